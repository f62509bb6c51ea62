"""Which band a dealer has reached, and which slices of its base each band pays for.

Nothing is divided: growth and attainment are compared by multiplying the threshold instead, so a
percentage that would have endless digits decides as exactly as an amount.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .numbers import HUNDRED, ZERO, RebateError, exact, to_decimal
from .terms import (
    ATTAINMENT,
    BASELINE,
    FIXED,
    FREE_GOODS,
    GROWTH,
    INCLUSIVE,
    MARGINAL,
    MEASURE,
    MIX,
    RETROACTIVE,
    ROLLING,
    Rule,
    Terms,
)

NO_TARGET = 'no_target'
NO_PRIOR = 'no_prior'


@dataclass(frozen=True, kw_only=True)
class Figures(Rule):
    """What one dealer did in one window.

    :param measure: money or quantity; what is negative or 0 earns nothing
    :param prior: the measure of the window that growth is compared with; None or 0 if there was none
    :param target: the measure that attainment is compared with; None or 0 if there is none
    :param parts: ``{name: measure}`` of what has a share of the whole measure; nothing where a name is missing
    :param times: ``{key of an adjustment: how often}``
    :param failed: keys of the gates that this dealer failed (others may stand there too)
    :param deducted: what the base is lowered by, for rebates on what is left after others; bands do not mind
    :param before, after: where only a part of a period is paid by these terms, the measure of the rest of
        the period: it counts towards the bands
    """

    measure: Decimal
    prior: Decimal | None = None
    target: Decimal | None = None
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    failed: Collection[str] = frozenset()
    deducted: Decimal = ZERO
    before: Decimal = ZERO
    after: Decimal = ZERO

    def __post_init__(self):
        self._convert(to_decimal, 'measure', 'prior', 'target', 'before', 'after')
        self._convert(to_decimal, 'deducted', low=0)
        object.__setattr__(self, 'parts', {name: to_decimal('part', part) for name, part in self.parts.items()})
        object.__setattr__(self, 'times', {key: to_decimal('times', n, low=0) for key, n in self.times.items()})

    @property
    @exact
    def whole(self) -> Decimal:
        """The measure of the whole period, which is compared with the bands."""
        return self.before + self.measure + self.after

    @exact
    def has_share(self, part: str, share: Decimal) -> bool:
        """Whether ``part`` is at least ``share`` percent of the whole measure."""
        return self.parts.get(part, ZERO) * HUNDRED >= share * self.whole


class Standing(NamedTuple):
    """How a dealer stands towards the bands.

    :param value: what is compared: the measure, or for MIX 100 × the part
    :param marks: what it is compared with, one for each band, in the same unit: for all but MIX
        the measures at which the bands begin
    :param reached: how many bands are reached
    :param prior: for GROWTH, the measure that is grown from
    :param undefined: NO_TARGET or NO_PRIOR where there is nothing to compare with: then no marks
    """

    value: Decimal
    marks: tuple[Decimal, ...]
    reached: int
    prior: Decimal | None = None
    undefined: str | None = None


@exact
def stand(terms: Terms, figures: Figures) -> Standing:
    """Compare the driver with all bands, unrounded."""
    value, unit, origin = figures.whole, Decimal(1), ZERO
    prior = None
    if terms.driver == ATTAINMENT:
        if not figures.target or figures.target < 0:
            return Standing(value, (), 0, undefined=NO_TARGET)
        unit = figures.target / HUNDRED
    elif terms.driver == GROWTH:
        prior = figures.prior
        if not prior or prior < 0:
            if terms.growth.without_prior != BASELINE:
                return Standing(value, (), 0, undefined=NO_PRIOR)
            prior = terms.growth.baseline
        unit, origin = prior / HUNDRED, prior
    elif terms.driver == MIX:
        value, unit = figures.parts.get(terms.driver_part, ZERO) * HUNDRED, figures.whole
    marks = tuple(origin + band.threshold * unit for band in terms.bands)
    reached = 0
    if figures.whole > 0:
        reached = sum(value > mark or (value == mark and terms.edge == INCLUSIVE) for mark in marks)
    return Standing(value, marks, reached, prior)


@exact
def driver_percent(terms: Terms, figures: Figures) -> Decimal | None:
    """The driver in percent, for people to read; None for MEASURE and where it is not defined.

    Cut after four decimals, never rounded up: who sees 20 % has reached 20 %.
    """
    standing = stand(terms, figures)
    if terms.driver == MEASURE or standing.undefined or figures.whole <= 0:
        return None
    part, whole = {
        ATTAINMENT: (figures.whole, figures.target),
        GROWTH: (figures.whole - (standing.prior or ZERO), standing.prior),
        MIX: (figures.parts.get(terms.driver_part, ZERO), figures.whole),
    }[terms.driver]
    return Decimal(math.floor(Fraction(part) / Fraction(whole) * 10**6)).scaleb(-4)


@exact
def payable(terms: Terms, figures: Figures, standing: Standing) -> tuple[Decimal, Decimal]:
    """The stretch ``(start, end)`` of the measure that is paid for: the base is what lies in between.

    It begins where an earlier part of the period ended, or at the prior measure if only what is above it
    counts. The base cap ends it, wherever the part of the period lies.
    """
    if terms.reward in (FIXED, FREE_GOODS) and (figures.before or figures.after):
        raise RebateError('whole_period_only')
    origin = ZERO
    if terms.growth and terms.growth.increment_only and standing.prior is not None:
        origin = standing.prior
    end = figures.before + figures.measure - figures.deducted
    if terms.limits.base_cap is not None:
        end = min(end, origin + terms.limits.base_cap)
    return max(figures.before, origin), end


class Slice(NamedTuple):
    """Band ``band`` (from 0; None below the first one) pays from ``low`` to ``high``, as excess or not."""

    band: int | None
    low: Decimal
    high: Decimal
    excess: bool = False


@exact
def slices(terms: Terms, standing: Standing, start: Decimal, end: Decimal) -> list[Slice]:
    """What the reached bands pay for, none of it empty; with a marginal rebate also what lies below the first."""
    found = []
    for band, low, high in _stretches(terms, standing, start, end):
        if band is not None and terms.bands[band].excess_rate is not None:
            mark = standing.marks[band]
            found.append(Slice(band, low, min(high, mark)))
            found.append(Slice(band, max(low, mark), high, excess=True))
        else:
            found.append(Slice(band, low, high))
    # An amount for reaching a band is earned even where all of the base is excess.
    return [piece for piece in found if piece.low < piece.high or (terms.reward == FIXED and not piece.excess)]


def _stretches(terms, standing, start, end):
    """``(band, low, high)`` by the way in which the bands are applied, before excess is cut off."""
    marks, reached = standing.marks, standing.reached
    ends = [min(mark, end) for mark in marks[1:]] + [end]
    if terms.application == RETROACTIVE:
        return [(reached - 1, start, end)] if reached else []
    if terms.application == MARGINAL:
        below = [(None, start, min(marks[0], end))] if marks else []
        return below + [(band, max(marks[band], start), ends[band]) for band in range(reached)]
    if terms.application == ROLLING:
        return [(band, start, ends[band]) for band in range(reached)]
    return [(band, start, end) for band in range(reached)]
