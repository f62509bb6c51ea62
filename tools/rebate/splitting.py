"""Splitting a rounded total over the lines that it comes from, so that the lines add up to it."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from .numbers import CENT, RebateError, check_rounded, exact, to_decimal, to_positive


def split_units(total: int, weights: Sequence[int], keys: Sequence | None = None) -> list[int]:
    """Split ``total`` units over ``weights`` by largest remainder: each line is within one unit of its exact share.

    The exact share of a line is ``total × weight / sum of weights``, so a return (a negative weight) takes
    back what its sale brought. A negative total is split as its positive, reversed: a correction undoes
    exactly what it corrects. Takes a second for a million lines.

    :param total: in the smallest unit of the currency, such as cents
    :param weights: in any one unit, such as cents of the base
    :param keys: one for each line, different and sortable: of equal remainders, the lower key gets the unit. Then
        the order of the lines makes no difference. Without keys, the earlier line gets it.
    :return: units in the order of ``weights``; a line that comes to whole units gets just those
    :raise RebateError: where there is something to split, but the weights add up to 0
    """
    kinds = {type(total), *map(type, weights)}
    if kinds != {int}:
        raise TypeError(f'Units and weights are int, not {", ".join(sorted(kind.__name__ for kind in kinds - {int}))}.')
    if keys is not None and (len(keys) != len(weights) or len(set(keys)) != len(keys)):
        raise ValueError('Each line has a key of its own.')
    whole = sum(weights)
    if not total:
        return [0] * len(weights)
    if not whole:
        raise RebateError('split_without_weight')
    if whole < 0:
        whole, weights = -whole, [-weight for weight in weights]
    units = abs(total)
    shares = [units * weight // whole for weight in weights]
    left = units - sum(shares)
    if left:
        remainders = [units * weight - share * whole for weight, share in zip(weights, shares, strict=True)]
        # The remainders add up to left × whole and each is less than whole: more than ``left`` of them
        # are above 0, so nobody gets a unit who has no remainder.
        cutoff = sorted(remainders, reverse=True)[left - 1]
        ties = []
        for index, remainder in enumerate(remainders):
            if remainder > cutoff:
                shares[index] += 1
                left -= 1
            elif remainder == cutoff:
                ties.append(index)
        if keys is not None:
            ties.sort(key=keys.__getitem__)
        for index in ties[:left]:
            shares[index] += 1
    return [-share for share in shares] if total < 0 else shares


@exact
def split(total: Decimal, lines: Iterable[tuple[Hashable, Decimal]], unit: Decimal = CENT) -> dict[Hashable, Decimal]:
    """Split ``total`` over ``(key, weight)``, in any order; see :func:`split_units`.

    :return: ``{key: amount}``, all multiples of ``unit``
    :raise RebateError: where the total is not a multiple of ``unit``, or the weights add up to 0
    """
    total, unit = to_decimal('total', total), to_positive('unit', unit)
    check_rounded('total', total, unit)
    lines = list(lines)
    keys = [key for key, _weight in lines]
    weights = [to_decimal('weight', weight) for _key, weight in lines]
    places = max((-weight.as_tuple().exponent for weight in weights), default=0)
    scale = Decimal(10) ** max(places, 0)
    shares = split_units(int(total / unit), [int(weight * scale) for weight in weights], keys)
    return {key: share * unit for key, share in zip(keys, shares, strict=True)}


def exact_share(total: Decimal, weight: Decimal | int, whole: Decimal | int) -> Fraction:
    """What a line of ``weight`` has of ``total`` where all weights add up to ``whole``, before it is rounded."""
    return Fraction(total) * Fraction(weight) / Fraction(whole)
