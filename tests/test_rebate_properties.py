from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import rebate
from ..tools.rebate import Adjustment, Band, Figures, Gate, Growth, Limits, StackRule, Terms

# A busy machine is no failure.
CALM = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
CENT = Decimal('0.01')
AMOUNTS = st.integers(-2000, 40_000).map(lambda cents: Decimal(cents) / 100)
POSITIVE = st.integers(1, 40_000).map(lambda cents: Decimal(cents) / 100)
# Rates of four bands together are less than 100 %, so that every application may have them.
RATES = st.integers(0, 96).map(lambda quarters: Decimal(quarters) / 4)
APPLICATIONS = st.sampled_from(rebate.APPLICATIONS[rebate.PERCENT])
EDGES = st.sampled_from([rebate.INCLUSIVE, rebate.STRICT])
DRIVERS = st.sampled_from([rebate.MEASURE, rebate.GROWTH, rebate.ATTAINMENT])
KEYS = st.text('abc', min_size=1, max_size=3)


@st.composite
def some_bands(draw, rising=False, excess=False, highest=200):
    thresholds = sorted(draw(st.sets(st.integers(0, highest), min_size=1, max_size=4)))
    rates = [draw(RATES) for _threshold in thresholds]
    if rising:
        rates.sort()
    excess_rates = [draw(st.none() | RATES) if excess else None for _threshold in thresholds]
    return [
        Band(threshold=threshold, rate=rate, excess_rate=excess_rate)
        for threshold, rate, excess_rate in zip(thresholds, rates, excess_rates, strict=True)
    ]


@st.composite
def percent_terms(draw, drivers=DRIVERS, applications=APPLICATIONS):
    application = draw(applications)
    driver = draw(drivers)
    growth = None
    if driver == rebate.GROWTH:
        policy = draw(st.sampled_from([rebate.NOT_ELIGIBLE, rebate.NEW_DEALER, rebate.BASELINE]))
        growth = Growth(
            increment_only=draw(st.booleans()),
            without_prior=policy,
            new_dealer_rate=draw(RATES) if policy == rebate.NEW_DEALER else None,
            baseline=draw(st.integers(1, 200)) if policy == rebate.BASELINE else None,
        )
    return Terms(
        bands=draw(some_bands(excess=application != rebate.MARGINAL)),
        application=application,
        edge=draw(EDGES),
        driver=driver,
        growth=growth,
        limits=Limits(base_cap=draw(st.none() | POSITIVE)),
    )


@st.composite
def any_terms(draw):
    """Terms of every kind, with all that can be said beside the bands."""
    thresholds = sorted(draw(st.sets(st.integers(0, 100), min_size=1, max_size=4)))
    reward = draw(st.sampled_from(list(rebate.APPLICATIONS)))
    fields = {
        rebate.PERCENT: lambda: {'rate': draw(RATES)},
        rebate.PER_UNIT: lambda: {'amount': draw(POSITIVE)},
        rebate.FIXED: lambda: {'amount': draw(POSITIVE), 'excess_rate': draw(st.none() | RATES)},
        rebate.FREE_GOODS: lambda: {'buy': draw(st.integers(1, 20)), 'free': draw(st.integers(0, 3))},
    }[reward]
    application = draw(st.sampled_from(rebate.APPLICATIONS[reward]))
    drivers = [rebate.MEASURE, rebate.GROWTH, rebate.ATTAINMENT]
    bands = [Band(threshold=threshold, **fields()) for threshold in thresholds]
    if application in (rebate.RETROACTIVE, rebate.TOTAL) and not any(band.excess_rate is not None for band in bands):
        drivers.append(rebate.MIX)
    adjustments = gates = ()
    if reward in (rebate.PERCENT, rebate.FIXED):
        adjustments = [
            Adjustment(key=f'adjust {number}', rate=draw(RATES.filter(bool)) * sign, share=draw(st.none() | RATES))
            for number, sign in enumerate(draw(st.lists(st.sampled_from([-1, 1]), max_size=3)))
        ]
    gates = [
        Gate(key=f'gate {number}', withheld=withheld, share=draw(st.none() | RATES))
        for number, withheld in enumerate(draw(st.lists(st.integers(1, 100), max_size=3)))
    ]
    return Terms(
        bands=bands,
        reward=reward,
        application=application,
        edge=draw(EDGES),
        driver=draw(st.sampled_from(drivers)),
        adjustments=adjustments,
        gates=gates,
        limits=Limits(base_cap=draw(st.none() | POSITIVE), payout_cap=draw(st.none() | POSITIVE)),
    )


@st.composite
def some_figures(draw, measures=AMOUNTS):
    # Whole numbers, so that thresholds in percent of them lie on cents.
    others = st.none() | st.integers(-5, 300)
    return Figures(measure=draw(measures), prior=draw(others), target=draw(others))


@st.composite
def rich_figures(draw):
    keys = [f'{name} {number}' for name in ('adjust', 'gate') for number in range(3)]
    return replace(
        draw(some_figures()),
        parts=draw(st.just({}) | st.fixed_dictionaries({'mix': AMOUNTS})),
        times=draw(st.dictionaries(st.sampled_from(keys), st.integers(0, 3))),
        failed=draw(st.sets(st.sampled_from(keys))),
    )


def percentage(terms, figures, measure):
    """The driver at ``measure``, by dividing; None where it is not defined."""
    if terms.driver == rebate.MEASURE:
        return Fraction(measure)
    if terms.driver == rebate.ATTAINMENT:
        return Fraction(measure) * 100 / Fraction(figures.target) if figures.target and figures.target > 0 else None
    prior = figures.prior if figures.prior and figures.prior > 0 else terms.growth.baseline
    return (Fraction(measure) - Fraction(prior)) * 100 / Fraction(prior) if prior else None


def cent_by_cent(terms, figures):
    """The slow way to what a rebate in percent gives: look at each cent of the base, and ask which bands pay for it."""
    driver = percentage(terms, figures, figures.measure)
    cents = range(int(figures.measure * 100))
    prior = figures.prior if figures.prior and figures.prior > 0 else (terms.growth and terms.growth.baseline)
    if terms.growth and terms.growth.increment_only and prior:
        cents = [cent for cent in cents if cent >= prior * 100]
    if terms.limits.base_cap is not None:
        cents = cents[: int(terms.limits.base_cap * 100)]
    if driver is None:
        rate = terms.growth.new_dealer_rate if terms.growth else None
        return len(cents) * Fraction(rate or 0) / 10_000
    strict = terms.edge == rebate.STRICT
    reached = [b for b in terms.bands if driver > b.threshold or (driver == b.threshold and not strict)]
    thresholds = [band.threshold for band in terms.bands]
    following = dict(pairwise(thresholds))
    earned = Fraction(0)
    for cent in cents:
        # The middle of a cent is never on the edge of a band.
        here = percentage(terms, figures, Fraction(2 * cent + 1, 200))
        for band in reached:
            until = following.get(band.threshold)
            pays = {
                rebate.RETROACTIVE: band is reached[-1],
                rebate.MARGINAL: here > band.threshold and (until is None or here < until),
                rebate.ROLLING: until is None or here < until,
                rebate.TOTAL: True,
            }[terms.application]
            in_excess = band.excess_rate is not None and here > band.threshold
            earned += Fraction(band.excess_rate if in_excess else band.rate) / 10_000 if pays else 0
    return earned


def by_hand(part):
    """What the part's own fields say that it is worth."""
    if part.kind in (rebate.BELOW, rebate.FLOOR, rebate.CAP):
        return part.value
    if part.rate is not None:
        return part.base * part.rate / 100 * (1 if part.times is None else part.times)
    factor = part.times if part.times is not None else part.base
    return part.amount if factor is None else part.amount * factor


@tagged('post_install', '-at_install')
class TestRebateEarning(BaseCase):
    @given(percent_terms(), some_figures(st.integers(-50, 1500).map(lambda tenths: Decimal(tenths) / 10)))
    @settings(CALM, max_examples=300)
    def test_as_the_slow_way_says(self, terms, figures):
        self.assertEqual(Fraction(rebate.earn(terms, figures).earned), cent_by_cent(terms, figures))

    @given(any_terms(), rich_figures())
    @CALM
    def test_never_negative_and_explained(self, terms, figures):
        earning = rebate.earn(terms, figures)
        self.assertGreaterEqual(earning.earned, 0)
        self.assertEqual(sum(part.value for part in earning.parts), earning.earned)
        for part in earning.parts:
            self.assertEqual(part.value, by_hand(part), part)
            if part.low is not None:
                self.assertEqual(part.high - part.low, part.base)
                self.assertGreater(part.base, 0)
        if figures.measure <= 0:
            self.assertEqual(earning.earned, 0)
        if terms.limits.payout_cap is not None:
            self.assertLessEqual(earning.earned, terms.limits.payout_cap)
        if terms.limits.base_cap is not None:
            self.assertLessEqual(earning.base, terms.limits.base_cap)
        if earning.earned:
            self.assertIsNone(earning.reason)
        if any(gate.withheld == 100 and gate.share is None and gate.key in figures.failed for gate in terms.gates):
            self.assertEqual(earning.earned, 0)

    @given(
        some_bands(rising=True),
        EDGES,
        st.sampled_from([rebate.RETROACTIVE, rebate.MARGINAL]),
        DRIVERS,
        st.integers(1, 300),
        AMOUNTS,
        POSITIVE,
        st.none() | POSITIVE,
    )
    @CALM
    def test_more_sales_never_earn_less(self, bands, edge, application, driver, other, measure, more, cap):
        terms = Terms(
            bands=bands,
            edge=edge,
            application=application,
            driver=driver,
            limits=Limits(base_cap=cap, payout_cap=cap),
        )
        less, then = (
            rebate.earn(terms, Figures(measure=m, prior=other, target=other)).earned for m in (measure, measure + more)
        )
        self.assertLessEqual(less, then)

    @given(st.lists(POSITIVE, min_size=1, max_size=4).map(sorted), AMOUNTS, POSITIVE)
    @CALM
    def test_more_sales_never_earn_less_by_fixed_amounts(self, amounts, measure, more):
        bands = [Band(threshold=50 * number, amount=amount) for number, amount in enumerate(amounts)]
        terms = Terms(bands=bands, reward=rebate.FIXED)
        self.assertLessEqual(*(rebate.earn(terms, Figures(measure=m)).earned for m in (measure, measure + more)))

    @given(some_bands(), EDGES, AMOUNTS, POSITIVE)
    @CALM
    def test_marginal_has_no_jumps(self, bands, edge, measure, more):
        terms = Terms(bands=bands, edge=edge, application=rebate.MARGINAL)
        less, then = (rebate.earn(terms, Figures(measure=m)).earned for m in (measure, measure + more))
        self.assertLessEqual(then - less, more * max(band.rate for band in bands) / 100)

    @given(some_bands(rising=True), EDGES, AMOUNTS)
    @CALM
    def test_who_gives_more(self, bands, edge, measure):
        earned = {
            application: rebate.earn(
                Terms(bands=bands, edge=edge, application=application), Figures(measure=measure)
            ).earned
            for application in rebate.APPLICATIONS[rebate.PERCENT]
        }
        self.assertGreaterEqual(earned[rebate.RETROACTIVE], earned[rebate.MARGINAL])
        self.assertGreaterEqual(earned[rebate.ROLLING], earned[rebate.RETROACTIVE])
        self.assertGreaterEqual(earned[rebate.TOTAL], earned[rebate.ROLLING])

    @given(percent_terms(applications=st.just(rebate.MARGINAL)), some_figures())
    @CALM
    def test_marginal_slices_are_the_base(self, terms, figures):
        earning = rebate.earn(terms, figures)
        if earning.parts:
            self.assertEqual(sum(part.base for part in earning.parts), earning.base)
            for part, following in pairwise(earning.parts):
                self.assertEqual(part.high, following.low)
                self.assertLess(-1 if part.band is None else part.band, following.band)

    @given(
        some_bands(),
        EDGES,
        st.sampled_from([rebate.MARGINAL, rebate.RETROACTIVE]),
        st.lists(AMOUNTS | AMOUNTS.map(lambda amount: -amount), min_size=1, max_size=4),
    )
    @CALM
    def test_a_period_cut_in_parts_is_the_same(self, bands, edge, application, measures):
        """If the terms do not change at all, and the bands look at the whole period."""
        terms = Terms(bands=bands, edge=edge, application=application)
        parts = [(terms, Figures(measure=measure)) for measure in measures]
        whole = rebate.earn(terms, Figures(measure=sum(measures)))
        self.assertEqual(rebate.total(rebate.earn_in_parts(parts, together=True)), whole.earned)

    @given(
        st.lists(
            st.tuples(some_bands(), AMOUNTS, st.sampled_from([rebate.GROSS, rebate.NET]), st.booleans()), max_size=5
        ),
        st.randoms(use_true_random=False),
    )
    @CALM
    def test_stack_in_any_order(self, rows, random):
        rules = [
            StackRule(
                key=f'k{number}',
                sequence=number,
                terms=Terms(bands=bands),
                figures=Figures(measure=measure),
                base=base,
                lowers_later=lowers,
            )
            for number, (bands, measure, base, lowers) in enumerate(rows)
        ]
        expected = rebate.stack(rules)
        mixed = random.sample(rules, len(rules))
        self.assertEqual(list(rebate.stack(mixed).items()), list(expected.items()))
        taken = Fraction(0)
        for rule in rules:
            measure, reached = (
                rule.figures.measure,
                [band for band in rule.terms.bands if band.threshold <= rule.figures.measure],
            )
            base = Fraction(measure) - (taken if rule.base == rebate.NET else 0)
            earned = max(base, Fraction(0)) * Fraction(reached[-1].rate) / 100 if reached and measure > 0 else 0
            self.assertEqual(Fraction(expected[rule.key].earned), earned)
            taken += earned if rule.lowers_later else 0


@tagged('post_install', '-at_install')
class TestRebateProgress(BaseCase):
    @given(any_terms(), rich_figures(), st.sampled_from([CENT, Decimal(1), Decimal('0.7')]))
    @CALM
    def test_promises_are_kept(self, terms, figures, step):
        """The missing amount reaches the band, one step less does not; and the rebate grows by what was promised."""
        now = rebate.earn(terms, figures)
        standing = rebate.stand(terms, figures)
        ladder = rebate.ladder(terms, figures, step=step)
        if not standing.undefined and terms.driver != rebate.MIX:
            self.assertEqual([ahead.band for ahead in ladder], list(range(standing.reached, len(terms.bands))))
        for ahead in ladder:
            self.assertEqual(ahead.missing % step, 0)
            self.assertGreater(ahead.missing, 0)

            def after(amount):
                parts = figures.parts
                if terms.driver == rebate.MIX:
                    parts = {'mix': figures.parts.get('mix', 0) + amount}
                return replace(figures, measure=figures.measure + amount, parts=parts)

            self.assertGreater(rebate.stand(terms, after(ahead.missing)).reached, ahead.band)
            self.assertLessEqual(rebate.stand(terms, after(ahead.missing - step)).reached, ahead.band)
            then = rebate.earn(terms, after(ahead.missing))
            promised = rebate.round_half_up(then.earned) - rebate.round_half_up(now.earned)
            self.assertEqual(ahead.worth, promised)

    @given(any_terms(), rich_figures(), AMOUNTS)
    @CALM
    def test_what_if_and_back(self, terms, figures, amount):
        there = rebate.what_if(terms, figures, amount)
        back = rebate.what_if(terms, replace(figures, measure=figures.measure + amount), -amount)
        self.assertEqual((there.now, there.then, there.worth), (back.then, back.now, -back.worth))


@tagged('post_install', '-at_install')
class TestRebateSettlement(BaseCase):
    UNITS = st.sampled_from([CENT, Decimal('0.05'), Decimal(1)])
    EARNED = st.integers(0, 10**6).map(lambda number: Decimal(number) / 1000)

    @given(EARNED, UNITS, st.integers(0, 300), st.integers(-200, 200), st.booleans())
    @CALM
    def test_settling_again_pays_nothing(self, earned, unit, minimum, carried, debit):
        options = {'minimum': minimum, 'unit': unit, 'debit': debit}
        first = rebate.settle(earned, carried_in=Decimal(carried), **options)
        again = rebate.settle(earned, settled=first.earned, carried_in=first.carried_out, **options)
        self.assertEqual((again.delta, again.paid, again.carried_out), (0, 0, first.carried_out))
        self.assertLessEqual(abs(first.earned - earned), unit / 2)
        self.assertEqual(first.earned % unit, 0)

    @given(st.lists(st.tuples(EARNED, EARNED), max_size=6), UNITS, st.integers(0, 300), st.booleans())
    @CALM
    def test_no_cent_is_lost(self, periods, unit, minimum, debit):
        """Periods are settled, and each once more after its base changed: what is paid and carried is what was earned."""
        carried, paid, settled = Decimal(0), Decimal(0), []
        for number, (earned, recomputed) in enumerate(periods):
            for amount in (earned, recomputed):
                payout = rebate.settle(
                    amount,
                    settled=settled[number] if len(settled) > number else Decimal(0),
                    carried_in=carried,
                    minimum=minimum,
                    unit=unit,
                    debit=debit,
                )
                self.assertEqual(payout.delta, payout.earned - payout.settled)
                self.assertEqual(payout.paid + payout.carried_out, payout.delta + payout.carried_in)
                self.assertTrue(payout.paid == 0 or payout.paid >= minimum or (debit and payout.paid < 0))
                self.assertTrue(debit or payout.paid >= 0)
                self.assertLess(payout.carried_out, max(minimum, unit))
                settled[number:] = [payout.earned]
                carried, paid = payout.carried_out, paid + payout.paid
        self.assertEqual(paid + carried, sum(settled))
        self.assertEqual(settled, [rebate.round_half_up(recomputed, unit) for _earned, recomputed in periods])

    @given(percent_terms(), st.lists(AMOUNTS, min_size=1, max_size=5), st.none() | POSITIVE, st.integers(0, 20))
    @CALM
    def test_cumulative_windows_sum_to_the_whole(self, terms, measures, cap, minimum):
        terms = replace(terms, limits=Limits(payout_cap=cap, minimum=minimum))
        measure, settled, carried, paid = Decimal(0), Decimal(0), Decimal(0), Decimal(0)
        for more in measures:
            measure += more
            earning = rebate.earn(terms, Figures(measure=measure, prior=100, target=100))
            payout = rebate.settle(earning, settled=settled, carried_in=carried, minimum=terms.limits.minimum)
            settled, carried, paid = payout.earned, payout.carried_out, paid + payout.paid
        whole = rebate.settle(rebate.earn(terms, Figures(measure=sum(measures), prior=100, target=100)))
        self.assertEqual(paid + carried, whole.earned)
        self.assertTrue(cap is None or paid + carried <= rebate.round_half_up(cap))

    @given(st.lists(EARNED, max_size=6), UNITS)
    @CALM
    def test_accruals_come_to_what_is_settled(self, expectations, unit):
        booked = Decimal(0)
        for expected in expectations:
            accrual = rebate.accrue(expected, booked, unit)
            booked += accrual.entry
            self.assertEqual(booked, rebate.round_half_up(expected, unit))
            self.assertEqual(rebate.accrue(expected, booked, unit).entry, 0)

    @given(POSITIVE, st.integers(1, 10**9).map(lambda number: Decimal(number).scaleb(-6)), UNITS)
    @CALM
    def test_another_currency(self, amount, rate, unit):
        payout = rebate.pay_in_currency(amount, rate, unit)
        self.assertEqual(payout.paid % unit, 0)
        self.assertLessEqual(abs(Fraction(payout.paid) - Fraction(amount) / Fraction(rate)), Fraction(unit) / 2)
        self.assertEqual(payout.value, amount + payout.difference)
        self.assertLessEqual(abs(payout.difference), unit * rate / 2 + CENT / 2)


@tagged('post_install', '-at_install')
class TestRebateSplit(BaseCase):
    TOTALS = st.integers(-500, 500)
    # Few weights, so that there are many ties.
    WEIGHTS = st.lists(st.sampled_from([1150, 1150, 500, 333, 1, 0, -200]), max_size=12)

    @given(TOTALS, WEIGHTS.filter(sum))
    @CALM
    def test_lines_sum_to_the_total(self, total, weights):
        shares = rebate.split_units(total, weights)
        self.assertEqual(sum(shares), total)
        for share, weight in zip(shares, weights, strict=True):
            exact = rebate.exact_share(Decimal(total), weight, sum(weights))
            self.assertLess(abs(share - exact), 1)
            if exact.denominator == 1:
                self.assertEqual(share, exact)
        self.assertEqual(rebate.split_units(-total, weights), [-share for share in shares])

    @given(TOTALS, WEIGHTS.filter(sum), st.randoms(use_true_random=False))
    @CALM
    def test_largest_remainders_come_first(self, total, weights, random):
        """Against the rule said in exact fractions, with keys in any order."""
        keys = random.sample(range(100), len(weights))
        shares = dict(zip(keys, rebate.split_units(total, weights, keys), strict=True))
        exact = {
            key: rebate.exact_share(Decimal(abs(total)), weight, sum(weights))
            for key, weight in zip(keys, weights, strict=True)
        }
        expected = {key: share // 1 for key, share in exact.items()}
        by_remainder = sorted(keys, key=lambda key: (expected[key] - exact[key], key))
        for key in by_remainder[: abs(total) - sum(expected.values())]:
            expected[key] += 1
        self.assertEqual(shares, {key: -share if total < 0 else share for key, share in expected.items()})

    @given(
        st.integers(-(10**6), 10**6),
        st.dictionaries(KEYS, st.decimals(-100, 1000, places=3), min_size=1).filter(lambda lines: sum(lines.values())),
        st.sampled_from([CENT, Decimal('0.05'), Decimal(1)]),
        st.randoms(use_true_random=False),
    )
    @CALM
    def test_order_of_lines_makes_no_difference(self, units, lines, unit, random):
        total = units * unit
        lines = list(lines.items())
        shares = rebate.split(total, lines, unit)
        self.assertEqual(shares, rebate.split(total, random.sample(lines, len(lines)), unit))
        self.assertEqual(sum(shares.values()), total)
        whole = sum(weight for _key, weight in lines)
        for key, weight in lines:
            self.assertEqual(shares[key] % unit, 0)
            self.assertLess(abs(Fraction(shares[key]) - rebate.exact_share(total, weight, whole)), unit)

    def test_a_million_lines(self):
        weights = [number * 7919 % 200_000 - 5_000 for number in range(1_000_000)]
        shares = rebate.split_units(123_456_789, weights, range(1_000_000))
        self.assertEqual(sum(shares), 123_456_789)
