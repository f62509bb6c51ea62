"""Several rebates on the same sales: one after another, or one period cut in parts by date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

from .bands import Figures
from .earning import NO_BASE, Earning, earn, limit
from .numbers import ZERO, RebateError, check_choice, exact
from .terms import FIXED, FREE_GOODS, PERCENT, Terms

GROSS = 'gross'
NET = 'net'


@dataclass(frozen=True, kw_only=True)
class StackRule:
    """One rebate of a stack.

    :param key: its name
    :param sequence: sortable, and different from rule to rule
    :param base: GROSS, or NET of all earlier rebates that lower later bases. The bands look at the whole
        measure in either case.
    :param lowers_later: whether what it earns is taken off the NET bases that come later
    """

    key: Any
    sequence: Any
    terms: Terms
    figures: Figures
    base: str = GROSS
    lowers_later: bool = True

    def __post_init__(self):
        check_choice('base', self.base, (GROSS, NET))
        # Money is not taken off units, nor units off money.
        reward = self.terms.reward
        if (self.base == NET and reward not in (PERCENT, FIXED)) or (self.lowers_later and reward == FREE_GOODS):
            raise RebateError('stack_reward', key=self.key, reward=reward)


@exact
def stack(rules: Iterable[StackRule]) -> dict[Any, Earning]:
    """Apply all rules by their sequence, in whatever order they are given.

    What lowers a later base is exact, not rounded: when and in which run a rebate is settled makes no
    difference to another.

    :return: ``{key: Earning}`` by sequence
    :raise RebateError: for two rules with the same key or the same place in the sequence
    """
    rules = sorted(rules, key=lambda rule: rule.sequence)
    for rule, following in pairwise(rules):
        if rule.sequence == following.sequence:
            raise RebateError('stack_same_sequence', key=rule.key, other=following.key)
    earnings, taken = {}, ZERO
    for rule in rules:
        if rule.key in earnings:
            raise RebateError('same_key', key=rule.key)
        figures = rule.figures
        if rule.base == NET:
            figures = replace(figures, deducted=figures.deducted + taken)
        earning = earnings[rule.key] = earn(rule.terms, figures)
        if rule.lowers_later:
            taken += earning.earned
    return earnings


@exact
def earn_in_parts(parts: Sequence[tuple[Terms, Figures]], together: bool = False) -> list[Earning]:
    """Apply to each part of a period, by date, the terms that were in force: their sum is the period's.

    Together, a part whose returns outweigh its sales takes back what was bought last before it. So the
    bases of all parts add up to what is left in the whole period.

    :param parts: ``(terms, figures of that part alone)``, by date
    :param together: bands and shares look at the whole period, instead of at each part alone; ``prior`` and
        ``target`` are then those of the whole period
    :return: an :class:`Earning` for each part; round :func:`total` of them, not each
    """
    if not together:
        return [earn(terms, figures) for terms, figures in parts]
    # Where the measure stood at the end of each part; and how much of that no later return took back.
    ends = list(accumulate(figures.measure for _terms, figures in parts))
    kept = [max(end, ZERO) for end in accumulate(reversed(ends), min)][::-1]
    names = {name for _terms, figures in parts for name in figures.parts}
    shares = {name: sum(figures.parts.get(name, ZERO) for _terms, figures in parts) for name in names}
    return [
        earn(terms, replace(figures, measure=high - low, parts=shares, before=low, after=ends[-1] - high))
        for (terms, figures), (low, high) in zip(parts, pairwise([ZERO, *kept]), strict=True)
    ]


@exact
def earn_window(pieces: Sequence[tuple[Terms, Figures]]) -> tuple[Earning, list[Decimal]]:
    """What a window earns whose parts, by date, have terms of their own.

    Bands and shares look at the whole window, and each part is paid by its own terms. The payout cap and the
    gates are those of the last terms, and hold for the sum.

    :param pieces: as for :func:`earn_in_parts`, at least one
    :return: one :class:`Earning` for the window, its parts by date; and what each piece brought to it, before
        cap and gates: by these the lines of the pieces share
    """
    if len(pieces) == 1:
        earning = earn(*pieces[0])
        return earning, [earning.earned]
    last_terms, last_figures = pieces[-1]
    unlimited = [
        (replace(terms, gates=(), limits=replace(terms.limits, payout_cap=None)), figures) for terms, figures in pieces
    ]
    earnings = earn_in_parts(unlimited, together=True)
    names = {name for _terms, figures in pieces for name in figures.parts}
    whole = replace(
        last_figures,
        measure=sum(figures.measure for _terms, figures in pieces),
        parts={name: sum(figures.parts.get(name, ZERO) for _terms, figures in pieces) for name in names},
    )
    parts = limit(last_terms, whole, [part for earning in earnings for part in earning.parts])
    earned = sum((part.value for part in parts), ZERO)
    reason = None
    if not earned:
        reason = next((earning.reason for earning in reversed(earnings) if earning.reason != NO_BASE), NO_BASE)
        reason = parts[-1].kind if any(earning.earned for earning in earnings) else reason
    base = sum((earning.base for earning in earnings), ZERO)
    band = max((earning.band for earning in earnings if earning.band is not None), default=None)
    summed = Earning(earned, base, whole.measure, band, reason, tuple(parts))
    return summed, [earning.earned for earning in earnings]


@exact
def total(earnings: Iterable[Earning]) -> Decimal:
    """What all of them come to, exact."""
    return sum((earning.earned for earning in earnings), ZERO)


@exact
def last_piece(pieces: Sequence[tuple[Terms, Figures]]) -> tuple[Terms, Figures]:
    """The terms in force at the end of a window, and its last part's figures with all the rest before it.

    What is sold from now on is paid by these; see :func:`earn_window`.
    """
    terms, figures = pieces[-1]
    names = {name for _terms, each in pieces for name in each.parts}
    return terms, replace(
        figures,
        before=max(sum((each.measure for _terms, each in pieces[:-1]), ZERO), ZERO),
        parts={name: sum(each.parts.get(name, ZERO) for _terms, each in pieces) for name in names},
    )
