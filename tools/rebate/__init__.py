"""The arithmetic of dealer rebates, from what a program says to every cent of every line: the one door to it.

::

    terms = Terms(
        bands=[Band(threshold=100_000, rate=2), Band(threshold=300_000, rate=4), Band(threshold=500_000, rate=6)]
    )
    figures = Figures(measure=Decimal('310000.00'))
    earning = earn(terms, figures)                     # .earned 12400, .parts say how
    payout = settle(earning, minimum=terms.limits.minimum)  # .paid 12400.00, rounded once
    split(payout.earned, [('line 7', 200_000), ('line 9', 110_000)])  # {'line 7': 8000.00, 'line 9': 4400.00}
    next_step(terms, figures)                          # .missing 190000.00, .worth +17600.00

``terms`` holds what a program says, ``bands`` how bands apply, ``earning`` what is earned,
``stacking`` several rebates and parts of periods, ``settlement`` what is paid and accrued,
``splitting`` the lines, ``progress`` what would be.
"""

from .bands import NO_PRIOR, NO_TARGET, Figures, Standing, driver_percent, stand
from .earning import (
    BAND,
    BELOW,
    BELOW_BANDS,
    BONUS,
    CAP,
    EXCESS,
    FLOOR,
    NEW,
    NO_BASE,
    PENALTY,
    WITHHELD,
    Earning,
    Part,
    earn,
)
from .numbers import CENT, SENTENCES, RebateError, round_half_up
from .progress import Effect, Step, ladder, next_step, what_if
from .settlement import (
    Accrual,
    CurrencyPayout,
    Payout,
    accrue,
    convert,
    estimate,
    pay_in_currency,
    settle,
)
from .splitting import exact_share, split, split_units
from .stacking import GROSS, NET, StackRule, earn_in_parts, earn_window, last_piece, stack, total
from .terms import (
    APPLICATIONS,
    ATTAINMENT,
    BASELINE,
    FIXED,
    FREE_GOODS,
    GROWTH,
    INCLUSIVE,
    MARGINAL,
    MEASURE,
    MIX,
    NEW_DEALER,
    NOT_ELIGIBLE,
    PER_UNIT,
    PERCENT,
    RETROACTIVE,
    ROLLING,
    STRICT,
    TOTAL,
    Adjustment,
    Band,
    Gate,
    Growth,
    Limits,
    Terms,
    check_coverage,
)
