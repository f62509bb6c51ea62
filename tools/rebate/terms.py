"""What a rebate program says about the arithmetic: bands and how they apply, limits, gates, bonuses.

Rates are in percent (``Decimal('2.5')`` is 2.5 %). Amounts are in the program's currency; measures in
whatever the program measures, money or a quantity. All of it is checked when it is made, so that
impossible terms cannot exist: :class:`RebateError` says what is wrong, in a sentence with a code.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from .numbers import HUNDRED, ZERO, RebateError, check_choice, exact, to_decimal, to_positive

# What a band pays.
PERCENT = 'percent'  # a rate on the base
PER_UNIT = 'per_unit'  # an amount for each unit of the base
FIXED = 'fixed'  # an amount for having reached it
FREE_GOODS = 'free_goods'  # units: so many free for each so many bought
# What the bands apply to, here with 10 % up to 1,000 and 25 % above, for 2,000.
RETROACTIVE = 'retroactive'  # the reached band, on everything: 500
MARGINAL = 'marginal'  # each band on the slice above its own threshold: 350
ROLLING = 'rolling'  # each band reached, on everything up to the next threshold: 600
TOTAL = 'total'  # each band reached, on everything: 700
# Whether a driver that equals the threshold has reached the band.
INCLUSIVE = 'inclusive'
STRICT = 'strict'
# What is compared with the thresholds.
MEASURE = 'measure'  # the measure itself
GROWTH = 'growth'  # its growth over a prior measure, in percent
ATTAINMENT = 'attainment'  # its percentage of a target
MIX = 'mix'  # the percentage that a part of it has, such as a category
# What becomes of growth over nothing (a prior measure of 0 or less).
NOT_ELIGIBLE = 'not_eligible'
NEW_DEALER = 'new_dealer'
BASELINE = 'baseline'

APPLICATIONS = {
    PERCENT: (RETROACTIVE, MARGINAL, ROLLING, TOTAL),
    PER_UNIT: (RETROACTIVE, MARGINAL, ROLLING, TOTAL),
    FIXED: (RETROACTIVE, TOTAL),
    FREE_GOODS: (RETROACTIVE,),
}
# What a band of each reward must say; and may say.
BAND_FIELDS = {
    PERCENT: (('rate',), ('excess_rate',)),
    PER_UNIT: (('amount',), ()),
    FIXED: (('amount',), ('excess_rate',)),
    FREE_GOODS: (('buy', 'free'), ()),
}
# The name of the part in Figures.parts that shares are taken of, unless a rule names another.
MIX_PART = 'mix'


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Base of all parts of the terms: numbers become exact decimals, within their bounds."""

    def _convert(self, check: Callable, *fields: str, **bounds):
        for field in fields:
            value = getattr(self, field)
            optional = getattr(type(self), field, ZERO) is None
            if value is not None or not optional:
                object.__setattr__(self, field, check(field, value, **bounds))


@dataclass(frozen=True, kw_only=True)
class Band(Rule):
    """From ``threshold`` upwards, until the next band begins; the highest band is open.

    :param threshold: in the unit of the driver: of the measure, or percent
    :param rate: percent of the base (PERCENT)
    :param amount: money for each unit (PER_UNIT), or for reaching the band (FIXED)
    :param buy, free: for each ``buy`` units, ``free`` more (FREE_GOODS)
    :param excess_rate: percent on the part of the base above this band's own threshold, where it differs
    :param until: where the band ends, for tables that say so; must be where the next one begins
    """

    threshold: Decimal
    rate: Decimal | None = None
    amount: Decimal | None = None
    buy: Decimal | None = None
    free: Decimal | None = None
    excess_rate: Decimal | None = None
    until: Decimal | None = None

    def __post_init__(self):
        self._convert(to_decimal, 'threshold', 'until')
        self._convert(to_decimal, 'rate', 'excess_rate', low=0, high=100)
        self._convert(to_decimal, 'amount', 'free', low=0)
        self._convert(to_positive, 'buy')


@dataclass(frozen=True, kw_only=True)
class Growth(Rule):
    """How growth is rewarded, and what becomes of dealers for whom it is not defined.

    :param increment_only: the base is what was gained over the prior measure, instead of the whole measure
    :param without_prior: NOT_ELIGIBLE earns nothing; NEW_DEALER earns ``new_dealer_rate`` percent of the
        whole measure; BASELINE compares with ``baseline`` instead
    """

    increment_only: bool = False
    without_prior: str = NOT_ELIGIBLE
    new_dealer_rate: Decimal | None = None
    baseline: Decimal | None = None

    def __post_init__(self):
        check_choice('without_prior', self.without_prior, (NOT_ELIGIBLE, NEW_DEALER, BASELINE))
        self._convert(to_decimal, 'new_dealer_rate', low=0, high=100)
        self._convert(to_positive, 'baseline')
        for field, policy in (('new_dealer_rate', NEW_DEALER), ('baseline', BASELINE)):
            given, used = getattr(self, field) is not None, self.without_prior == policy
            if given != used:
                raise RebateError('growth_value_missing' if used else 'growth_value_unused', field=field)


@dataclass(frozen=True, kw_only=True)
class Adjustment(Rule):
    """A bonus (a rate above 0) or a penalty (below 0), in percent of the base, for a fact about the dealer.

    It counts as often as ``Figures.times[key]`` says (not at all unless stated). With a ``share`` it
    counts once if ``Figures.parts[part]`` is at least that percentage of the measure.

    :param needs_band: only dealers who reach a band can earn the bonus; a penalty always counts
    """

    key: str
    rate: Decimal
    share: Decimal | None = None
    part: str = MIX_PART
    needs_band: bool = True

    def __post_init__(self):
        self._convert(to_decimal, 'rate', low=-100, high=100)
        self._convert(to_decimal, 'share', low=0, high=100)
        if not self.rate:
            raise RebateError('is_zero', field='rate')


@dataclass(frozen=True, kw_only=True)
class Gate(Rule):
    """A condition without which ``withheld`` percent of what was earned is not paid: 100 kills it.

    It fails if ``Figures.failed`` holds ``key``. With a ``share`` it fails if ``Figures.parts[part]`` is
    less than that percentage of the measure. Several that fail add up, to 100 % at most.
    """

    key: str
    withheld: Decimal = HUNDRED
    share: Decimal | None = None
    part: str = MIX_PART

    def __post_init__(self):
        self._convert(to_positive, 'withheld')
        self._convert(to_decimal, 'withheld', 'share', low=0, high=100)


@dataclass(frozen=True, kw_only=True)
class Limits(Rule):
    """What is paid at most and at least; None and 0 are no limit.

    :param base_cap: what is above it counts towards the bands, but earns nothing
    :param payout_cap: a window earns no more
    :param minimum: less than this is not paid, but carried to the next settlement
    """

    base_cap: Decimal | None = None
    payout_cap: Decimal | None = None
    minimum: Decimal = ZERO

    def __post_init__(self):
        self._convert(to_positive, 'base_cap', 'payout_cap')
        self._convert(to_decimal, 'minimum', low=0)


@dataclass(frozen=True, kw_only=True)
class Terms(Rule):
    """All that the arithmetic of one program needs to know.

    :param bands: :class:`Band` by rising threshold, at least one
    :param driver_part: for MIX, the name in ``Figures.parts`` of what the percentage is taken of
    """

    bands: Sequence[Band]
    reward: str = PERCENT
    application: str = RETROACTIVE
    edge: str = INCLUSIVE
    driver: str = MEASURE
    driver_part: str = MIX_PART
    growth: Growth | None = None
    adjustments: Sequence[Adjustment] = ()
    gates: Sequence[Gate] = ()
    limits: Limits = Limits()

    def __post_init__(self):
        for field in ('bands', 'adjustments', 'gates'):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        check_choice('reward', self.reward, tuple(APPLICATIONS))
        check_choice('application', self.application, APPLICATIONS[PERCENT])
        check_choice('edge', self.edge, (INCLUSIVE, STRICT))
        check_choice('driver', self.driver, (MEASURE, GROWTH, ATTAINMENT, MIX))
        if self.application not in APPLICATIONS[self.reward]:
            raise RebateError('application_unfit', reward=self.reward, application=self.application)
        self._check_bands()
        self._check_growth()
        self._check_rules()

    def _check_bands(self):
        if not self.bands:
            raise RebateError('no_bands')
        # Sales that fall by all of it are the least growth that there is.
        low = -HUNDRED if self.driver == GROWTH else ZERO
        high = HUNDRED if self.driver == MIX else None
        for number, band in enumerate(self.bands, 1):
            to_decimal('threshold', band.threshold, low=low, high=high)
            self._check_band_fields(number, band)
        check_coverage(self.bands)
        if self.driver == MIX and (
            self.application in (MARGINAL, ROLLING) or any(band.excess_rate is not None for band in self.bands)
        ):
            raise RebateError('mix_has_no_slices')
        self._check_rates()

    def _check_band_fields(self, number: int, band: Band):
        needed, optional = BAND_FIELDS[self.reward]
        if self.application == MARGINAL:
            optional = ()  # a slice begins at the threshold: all of it is excess
        for field in ('rate', 'amount', 'buy', 'free', 'excess_rate'):
            given = getattr(band, field) is not None
            if given and field not in needed + optional:
                raise RebateError('band_field_unused', number=number, field=field)
            if not given and field in needed:
                raise RebateError('band_field_missing', number=number, field=field)

    @exact
    def _check_rates(self):
        """Where bands add up, they pay no more than everything."""
        if self.reward == PERCENT and self.application in (ROLLING, TOTAL):
            total = sum((max(band.rate, band.excess_rate or ZERO) for band in self.bands), ZERO)
            if total > HUNDRED:
                raise RebateError('rates_add_up', total=total)

    def _check_growth(self):
        if self.driver == GROWTH and self.growth is None:
            object.__setattr__(self, 'growth', Growth())
        if self.driver != GROWTH and self.growth is not None:
            raise RebateError('growth_unused')
        if self.growth and self.growth.without_prior == NEW_DEALER and self.reward != PERCENT:
            raise RebateError('new_dealer_reward')

    def _check_rules(self):
        if self.adjustments and self.reward not in (PERCENT, FIXED):
            raise RebateError('adjustment_reward')
        keys = set()
        for rule in (*self.adjustments, *self.gates):
            if rule.key in keys:
                raise RebateError('same_key', key=rule.key)
            keys.add(rule.key)


def check_coverage(bands: Iterable[Band]):
    """Raise unless ``bands`` rise and follow one another without a gap or an overlap, the highest one open."""
    bands = tuple(bands)
    for band, following in pairwise(bands):
        if following.threshold < band.threshold:
            raise RebateError('bands_unsorted', threshold=following.threshold, previous=band.threshold)
        if following.threshold == band.threshold or (band.until is not None and band.until > following.threshold):
            raise RebateError('bands_overlap', threshold=following.threshold)
        if band.until is not None and band.until < following.threshold:
            raise RebateError('bands_gap', low=band.until, high=following.threshold)
    if bands[-1].until is not None:
        raise RebateError('top_band_closed', until=bands[-1].until)
