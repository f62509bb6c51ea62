"""Sharing what is short: by weight and quantity, nobody more than claimed, the rest first come."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple


class Claim(NamedTuple):
    """Somebody asks for ``quantity``; ``weight`` says how much that counts, ``rank`` who came first.

    ``key`` names the claim, ``rank`` is anything that can be sorted and differs from claim to claim.
    """

    key: Any
    quantity: Decimal
    weight: Decimal
    rank: Any


class Share(NamedTuple):
    """What a claim gets, and by which part of the rule."""

    by_weight: Decimal
    first_come: Decimal

    @property
    def quantity(self):
        return self.by_weight + self.first_come


def share(available, claims, step):
    """Share ``available`` among ``claims``, in whole steps; a claim that is filled may end in less than a step.

    Everybody gets the same part of what it claims, times its weight, and never more than it claims;
    what somebody does not need is shared again among the rest. Rounded down to ``step``. The steps
    that rounding leaves over go to whoever came first, one each; of two who claim the same, the one
    with the higher weight is not passed by. Weight 0 is served, by the same rule, once all others are.

    :param Decimal available: nothing is shared where it is 0 or less
    :param claims: iterable of :class:`Claim`, in any order: it makes no difference
    :param Decimal step: the smallest quantity that is handed out
    :return: ``{key: Share}``
    :raise ValueError: for claims that cannot be shared, in a sentence
    """
    claims = list(claims)
    _check(available, claims, step)
    claims.sort(key=lambda claim: claim.rank)
    left = max(available, Decimal(0))
    shares = {}
    for group, weigh in (
        ([claim for claim in claims if claim.weight], lambda claim: Fraction(claim.weight)),
        ([claim for claim in claims if not claim.weight], lambda claim: Fraction(1)),
    ):
        given = _share_by_weight(left, group, weigh, step)
        extra = _share_first_come(left - sum(given.values()), group, given, step)
        shares.update((claim.key, Share(given[claim.key], extra[claim.key])) for claim in group)
        # The next group waits until this one is filled.
        filled = all(shares[claim.key].quantity == claim.quantity for claim in group)
        left = left - sum(shares[claim.key].quantity for claim in group) if filled else Decimal(0)
    return shares


def _check(available, claims, step):
    numbers = [available, step, *(number for claim in claims for number in (claim.quantity, claim.weight))]
    if not all(isinstance(number, Decimal) and number.is_finite() for number in numbers):
        raise ValueError('Quantities, weights and the step are finite decimal numbers.')
    if step <= 0:
        raise ValueError('The step is more than 0.')
    if any(claim.quantity < 0 or claim.weight < 0 for claim in claims):
        raise ValueError('Nobody claims a negative quantity, or with a negative weight.')
    if len({claim.key for claim in claims}) != len(claims):
        raise ValueError('Each claim has a key of its own.')
    if len({claim.rank for claim in claims}) != len(claims):
        raise ValueError('Each claim has a rank of its own.')


def _share_by_weight(available, claims, weigh, step):
    """Return ``{key: quantity}``: ``level`` × weight of each claim, all of it at most, rounded down.

    Exact in between. Whoever has the highest weight is filled first, so one pass by weight finds the
    level at which nothing is left over.
    """
    left = Fraction(available)
    volume = sum((weigh(claim) * Fraction(claim.quantity) for claim in claims), Fraction(0))
    level = None
    given = {}
    for claim in sorted(claims, key=weigh, reverse=True):
        if level is None and left * weigh(claim) >= volume:
            given[claim.key] = claim.quantity
            left -= Fraction(claim.quantity)
            volume -= weigh(claim) * Fraction(claim.quantity)
            continue
        if level is None:
            level = left / volume
        exact = level * weigh(claim) * Fraction(claim.quantity)
        given[claim.key] = Decimal(exact // Fraction(step)) * step
    return given


def _share_first_come(left, claims, given, step):
    """Return ``{key: quantity}``: what is left, step by step, one each in the order of ``claims``."""
    extra = {claim.key: Decimal(0) for claim in claims}
    queue = _let_weight_go_first(claims)
    moved = True
    while moved:
        moved = False
        for claim in queue:
            part = min(step, claim.quantity - given[claim.key] - extra[claim.key])
            if 0 < part <= left:
                extra[claim.key] += part
                left -= part
                moved = True
    return extra


def _let_weight_go_first(claims):
    """The claims in their order, but those of the same quantity among themselves by weight."""
    by_quantity = {}
    for claim in claims:
        by_quantity.setdefault(claim.quantity, []).append(claim)
    turns = {
        # Stable: the same weight keeps its order.
        quantity: iter(sorted(equals, key=lambda claim: claim.weight, reverse=True))
        for quantity, equals in by_quantity.items()
    }
    return [next(turns[claim.quantity]) for claim in claims]
