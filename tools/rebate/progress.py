"""What is missing to the next bands and what they would be worth; what a hypothetical amount would bring."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .bands import Figures, stand
from .earning import Earning, earn
from .numbers import CENT, HUNDRED, ZERO, exact, round_down, round_half_up, round_up, to_decimal, to_positive
from .terms import MIX, STRICT, Terms


class Effect(NamedTuple):
    """What ``amount`` more would change: ``now`` and ``then``, and their difference ``worth``, rounded."""

    amount: Decimal
    now: Earning
    then: Earning
    worth: Decimal


class Step(NamedTuple):
    """A band ahead: "38,200 more → +4,180".

    :param band: its place in ``Terms.bands``, from 0
    :param goal: the measure at which it is reached, for the bar; None for MIX
    :param missing: the smallest amount, in whole ``step``, that reaches it
    :param worth: what the whole rebate gains by that amount, rounded. Negative where reaching the band
        costs something else: a share that falls below its gate, say.
    """

    band: int
    goal: Decimal | None
    missing: Decimal
    worth: Decimal


@exact
def what_if(
    terms: Terms, figures: Figures, amount: Decimal, *, parts: Collection[str] = (), unit: Decimal = CENT
) -> Effect:
    """What ``amount`` more (or less, if negative) would bring. Nothing else changes.

    :param parts: the names in ``Figures.parts`` that the amount belongs to as well
    :param unit: the smallest amount of the currency of the rebate
    """
    now, then = earn(terms, figures), earn(terms, _add(figures, to_decimal('amount', amount), parts))
    return Effect(amount, now, then, round_half_up(then.earned, unit) - round_half_up(now.earned, unit))


@exact
def ladder(
    terms: Terms,
    figures: Figures,
    *,
    parts: Collection[str] = (),
    step: Decimal = CENT,
    unit: Decimal = CENT,
) -> list[Step]:
    """All bands that are not reached yet, the next one first; none where the driver is not defined.

    :param parts: as for :func:`what_if`; for MIX the driver's part always belongs to it
    :param step: the smallest amount of the measure: what is missing is rounded up to it
    :param unit: the smallest amount of the currency of the rebate
    """
    step = to_positive('step', step)
    if terms.driver == MIX:
        parts = {terms.driver_part, *parts}
    standing = stand(terms, figures)
    steps = []
    for band in range(standing.reached, len(standing.marks)):
        missing = _missing(terms, figures, standing, band, step)
        if missing is not None:
            worth = what_if(terms, figures, missing, parts=parts, unit=unit).worth
            steps.append(Step(band, None if terms.driver == MIX else standing.marks[band], missing, worth))
    return steps


def next_step(terms: Terms, figures: Figures, **options) -> Step | None:
    """The next band, if there is one; see :func:`ladder`."""
    return next(iter(ladder(terms, figures, **options)), None)


def _missing(terms, figures, standing, band, step):
    """The smallest multiple of ``step`` by which ``band`` is reached; None if nothing can reach it."""
    short = Fraction(standing.marks[band] - standing.value)
    if terms.driver == MIX:
        # What is added belongs to the part and to the whole: 100 × (part + x) against t × (whole + x).
        others = HUNDRED - terms.bands[band].threshold
        if not others:
            return None
        short /= Fraction(others)
    missing = round_up(short, step)
    if terms.edge == STRICT and missing == short:
        missing += step
    # Bands are reached by a measure of more than 0 only.
    return max(missing, round_down(-figures.whole, step) + step)


def _add(figures, amount, parts):
    more = {part: figures.parts.get(part, ZERO) + amount for part in parts}
    return replace(figures, measure=figures.measure + amount, parts={**figures.parts, **more})
