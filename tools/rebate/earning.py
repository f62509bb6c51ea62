"""What a dealer earns in one window, in parts that explain themselves."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from .bands import Figures, payable, slices, stand
from .numbers import HUNDRED, ZERO, exact
from .terms import FIXED, FREE_GOODS, NEW_DEALER, PERCENT, Terms

# Kinds of parts, in the order in which they come.
BELOW = 'below'  # a slice below the first band: earns nothing
BAND = 'band'
EXCESS = 'excess'  # the part above the band's own threshold, where it pays another rate
NEW = 'new_dealer'
BONUS = 'bonus'
PENALTY = 'penalty'
FLOOR = 'floor'  # penalties beyond what was earned are let off
CAP = 'cap'
WITHHELD = 'withheld'
# Why nothing was earned.
NO_BASE = 'no_base'
BELOW_BANDS = 'below_bands'


class Part(NamedTuple):
    """One step on the way to what is earned: ``value``, and how it comes about. What does not apply is None.

    :param kind: one of the kinds above
    :param value: exact; negative for what is taken away
    :param band: the band's place in ``Terms.bands``, from 0
    :param key: of the adjustment or the gate
    :param low, high: the slice of the measure, ``high - low`` being ``base``
    :param base: what the rate or the amount is multiplied with
    :param rate: percent: ``value = base × rate / 100 × (times or 1)``
    :param amount: for each unit of the base: ``value = base × amount``; or fixed: then there is no ``base``
    :param times: how often an adjustment counts, or how often the free units are given
    """

    kind: str
    value: Decimal
    band: int | None = None
    key: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    base: Decimal | None = None
    rate: Decimal | None = None
    amount: Decimal | None = None
    times: Decimal | None = None


class Earning(NamedTuple):
    """What the terms give for the figures, exact: it is rounded once, when it is settled.

    :param earned: money, or units of free goods; the sum of ``parts``, never negative
    :param base: what was paid for: within the base cap, after deductions
    :param whole: what was compared with the bands
    :param band: the place of the highest band reached, from 0, or None
    :param reason: why nothing was earned: NO_BASE, BELOW_BANDS, ``NO_TARGET``, ``NO_PRIOR``, PENALTY,
        WITHHELD; None where something was, or the rate is 0
    """

    earned: Decimal
    base: Decimal
    whole: Decimal
    band: int | None
    reason: str | None
    parts: tuple[Part, ...]

    @property
    def capped(self) -> Decimal:
        """What the payout cap took away."""
        return next((-part.value for part in self.parts if part.kind == CAP), ZERO)


@exact
def earn(terms: Terms, figures: Figures) -> Earning:
    """Apply ``terms`` to ``figures``.

    In this order: bands; bonuses and penalties on the base, the sum of all being 0 at least; the payout
    cap; then gates withhold their share of what would have been paid. A base of 0 or less earns 0.

    :raise RebateError: where fixed amounts or free goods are asked for a part of a period
    """
    standing = stand(terms, figures)
    start, end = payable(terms, figures, standing)
    base = end - start
    band = standing.reached - 1 if standing.reached else None
    if base <= 0 or figures.whole <= 0:
        return Earning(ZERO, ZERO, figures.whole, band, NO_BASE, ())
    if standing.undefined and terms.growth and terms.growth.without_prior == NEW_DEALER:
        parts, reason = [_new_dealer_part(terms, start, end)], None
    else:
        parts = [_band_part(terms, piece) for piece in slices(terms, standing, start, end)]
        reason = standing.undefined or (BELOW_BANDS if band is None else None)
    parts += _adjustments(terms, figures, base, eligible=reason is None)
    parts = limit(terms, figures, parts)
    earned = sum((part.value for part in parts), ZERO)
    if earned:
        reason = None
    else:
        reason = reason or next((part.kind for part in reversed(parts) if part.kind in (WITHHELD, PENALTY)), None)
    return Earning(earned, base, figures.whole, band, reason, tuple(parts))


def limit(terms: Terms, figures: Figures, parts: Iterable[Part]) -> list[Part]:
    """``parts`` and what then bounds and withholds their sum: 0 at least, the cap at most, less what gates keep back."""
    parts = list(parts)
    parts += _bounds(terms, sum((part.value for part in parts), ZERO))
    return parts + _withheld(terms, figures, sum((part.value for part in parts), ZERO))


def _new_dealer_part(terms, start, end):
    base, rate = end - start, terms.growth.new_dealer_rate
    return Part(NEW, base * rate / HUNDRED, low=start, high=end, base=base, rate=rate)


def _band_part(terms, piece):
    base = piece.high - piece.low
    part = Part(BAND, ZERO, piece.band, low=piece.low, high=piece.high, base=base)
    if piece.band is None:
        return part._replace(kind=BELOW)
    band = terms.bands[piece.band]
    if piece.excess:
        return part._replace(kind=EXCESS, value=base * band.excess_rate / HUNDRED, rate=band.excess_rate)
    if terms.reward == PERCENT:
        return part._replace(value=base * band.rate / HUNDRED, rate=band.rate)
    if terms.reward == FIXED:
        return part._replace(value=band.amount, low=None, high=None, base=None, amount=band.amount)
    if terms.reward == FREE_GOODS:
        times = base // band.buy
        return part._replace(value=times * band.free, amount=band.free, times=times)
    return part._replace(value=base * band.amount, amount=band.amount)


def _adjustments(terms, figures, base, eligible):
    for rule in terms.adjustments:
        times = figures.times.get(rule.key, ZERO)
        if rule.share is not None:
            times = Decimal(figures.has_share(rule.part, rule.share))
        if times and (eligible or rule.rate < 0 or not rule.needs_band):
            value = base * rule.rate / HUNDRED * times
            yield Part(BONUS if value > 0 else PENALTY, value, key=rule.key, base=base, rate=rule.rate, times=times)


def _bounds(terms, total):
    cap = terms.limits.payout_cap
    if total < 0:
        yield Part(FLOOR, -total)
    elif cap is not None and total > cap:
        yield Part(CAP, cap - total, amount=cap)


def _withheld(terms, figures, total):
    parts, left = [], HUNDRED
    for gate in terms.gates:
        by_share = gate.share is not None
        failed = not figures.has_share(gate.part, gate.share) if by_share else gate.key in figures.failed
        rate = min(gate.withheld, left)
        if failed and rate and total:
            parts.append(Part(WITHHELD, -total * rate / HUNDRED, key=gate.key, base=total, rate=-rate))
            left -= rate
    return parts
