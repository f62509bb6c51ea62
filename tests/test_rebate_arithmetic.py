import json
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..tools import rebate
from ..tools.rebate import Adjustment, Band, Figures, Gate, Growth, Limits, StackRule, Terms

VECTORS = json.loads(Path(__file__).with_name('data').joinpath('rebate_vectors.json').read_text(encoding='utf-8'))
SCALE = [(100_000, 2), (300_000, 4), (500_000, 6)]


def terms(*bands, **options):
    """Terms in percent, of ``(threshold, rate)``; the scale S without any."""
    bands = [Band(threshold=D(str(threshold)), rate=D(str(rate))) for threshold, rate in bands or SCALE]
    return Terms(bands=bands, **options)


def figures(measure, **facts):
    return Figures(measure=D(measure), **facts)


def paid(some_terms, measure, **facts):
    """What is settled, rounded."""
    return rebate.settle(rebate.earn(some_terms, figures(measure, **facts))).earned


class VectorCase(BaseCase):
    def check(self, got, expected, *keys):
        """``got`` is what was worked out by hand, and what the vectors hold at ``keys``."""
        vector = VECTORS
        for key in keys:
            vector = vector[key]
        self.assertEqual(D(expected), D(str(vector)), 'hand and vector')
        self.assertEqual(got, D(expected))


@tagged('post_install', '-at_install')
class TestRebateVectors(VectorCase):
    def test_R1(self):
        self.check(paid(terms(), '420000'), '16800.00', 'R1', 'retro_420000')
        self.check(paid(terms(), '650000'), '39000.00', 'R1', 'retro_650000')
        marginal = terms(application=rebate.MARGINAL)
        self.check(paid(marginal, '420000'), '8800.00', 'R1', 'marginal_420000')
        self.check(paid(marginal, '650000'), '21000.00', 'R1', 'marginal_650000')

    def test_R1b(self):
        for application, expected, key in (
            (rebate.MARGINAL, '350.00', 'stepped'),
            (rebate.RETROACTIVE, '500.00', 'cumulative'),
            (rebate.ROLLING, '600.00', 'rolling'),
            (rebate.TOTAL, '700.00', 'total'),
        ):
            with self.subTest(application):
                self.check(paid(terms((0, 10), (1000, 25), application=application), '2000'), expected, 'R1b', key)

    def test_R2(self):
        strict = terms(edge=rebate.STRICT)
        self.check(paid(terms(), '299999.99'), '6000.00', 'R2', '299999.99')
        self.check(paid(terms(), '300000.00'), '12000.00', 'R2', '300000_incl')
        self.check(paid(strict, '300000.00'), '6000.00', 'R2', '300000_strict')
        self.check(paid(strict, '300000.01'), '12000.00', 'R2', '300000.01_strict')
        for edge in (rebate.INCLUSIVE, rebate.STRICT):
            marginal = terms(application=rebate.MARGINAL, edge=edge)
            self.check(paid(marginal, '300000'), '4000.00', 'R2', 'marg_300000')
        self.check(paid(terms(), '0'), '0.00', 'R2', '0')
        self.check(paid(terms(), '-500'), '0.00', 'R2', 'neg')
        self.assertEqual(rebate.earn(terms((0, 2)), figures('0')).reason, rebate.NO_BASE)

    def test_R3(self):
        cumulative = terms((5000, 2), (15000, 4))
        settled = D(0)
        for number, (measure, earned, expected) in enumerate(
            (('3000', '0.00', '0.00'), ('7000', '140.00', '140.00'), ('27000', '1080.00', '940.00'))
        ):
            payout = rebate.settle(rebate.earn(cumulative, figures(measure)), settled=settled)
            self.check(payout.earned, earned, 'R3', number, 0)
            self.check(payout.paid, expected, 'R3', number, 1)
            settled = payout.earned

    def test_R4(self):
        first = rebate.settle(rebate.earn(terms(), figures('310000')))
        self.check(first.paid, '12400.00', 'R4', 'settled')
        again = rebate.settle(
            rebate.earn(terms(), figures('295000')), settled=first.earned, carried_in=first.carried_out
        )
        self.check(again.earned, '5900.00', 'R4', 'recomputed')
        self.check(again.delta, '-6500.00', 'R4', 'clawback')
        self.assertEqual(again.paid, 0)
        second = rebate.settle(rebate.earn(terms(), figures('200000')), carried_in=again.carried_out)
        self.check(second.earned, '4000.00', 'R4', 'q2_earned')
        self.assertEqual(second.paid, 0)
        self.check(second.carried_out, '-2500.00', 'R4', 'net')
        # On request the dealer gets a debit note instead.
        debit = rebate.settle(rebate.earn(terms(), figures('295000')), settled=first.earned, debit=True)
        self.assertEqual((debit.paid, debit.carried_out), (D('-6500.00'), 0))

    def test_R4_marginal(self):
        marginal = terms(application=rebate.MARGINAL)
        self.check(paid(marginal, '310000'), '4400.00', 'R4', 'marg_before')
        self.check(paid(marginal, '295000'), '3900.00', 'R4', 'marg_after')
        correction = rebate.settle(rebate.earn(marginal, figures('295000')), settled=D('4400.00'))
        self.check(correction.delta, '-500.00', 'R4', 'marg_claw')

    def test_R5(self):
        cash = Terms(
            bands=[Band(threshold=60, rate=4), Band(threshold=100, rate=6, excess_rate=8)],
            driver=rebate.ATTAINMENT,
            edge=rebate.STRICT,
            adjustments=[Adjustment(key='display', rate=1), Adjustment(key='fault', rate=D('-0.5'))],
            gates=[Gate(key='diversion')],
        )
        facts = {'target': 1_000_000}
        self.check(paid(cash, '600000', **facts), '0.00', 'R5', '600000')
        self.check(paid(cash, '600000.01', **facts), '24000.00', 'R5', '600000.01')
        self.check(paid(cash, '1000000', **facts), '40000.00', 'R5', '1000000')
        self.check(paid(cash, '1000000.01', **facts), '60000.00', 'R5', '1000000.01')
        self.check(paid(cash, '1200000', **facts), '76000.00', 'R5', '1200000')
        facts['times'] = {'display': 1}
        self.check(paid(cash, '1200000', **facts), '88000.00', 'R5', '1200000+1%')
        facts['times'] = {'display': 1, 'fault': 2}
        self.check(paid(cash, '1200000', **facts), '76000.00', 'R5', '1200000+1%-2x0.5%')
        facts['failed'] = {'diversion'}
        killed = rebate.earn(cash, figures('1200000', **facts))
        self.check(killed.earned, '0.00', 'R5', 'kill')
        self.assertEqual(killed.reason, rebate.WITHHELD)
        # Who does not reach a band has no display bonus either.
        self.assertEqual(paid(cash, '500000', target=1_000_000, times={'display': 1}), 0)

    def test_R6(self):
        def growth(**rules):
            return terms((10, '0.5'), (15, '0.7'), driver=rebate.GROWTH, growth=Growth(**rules))

        self.check(paid(growth(), '220000', prior=200_000), '1100.00', 'R6', '220000/200000')
        self.check(paid(growth(), '219999.99', prior=200_000), '0.00', 'R6', '219999.99')
        self.check(paid(growth(), '230000', prior=200_000), '1610.00', 'R6', '230000')
        increment = growth(increment_only=True)
        self.check(paid(increment, '230000', prior=200_000), '210.00', 'R6', '230000_incr')
        self.check(paid(growth(), '80000', prior=0), '0.00', 'R6', '80000/0_none')
        self.check(paid(growth(), '80000'), '0.00', 'R6', '80000/0_none')
        newcomers = growth(without_prior=rebate.NEW_DEALER, new_dealer_rate=D('0.5'))
        self.check(paid(newcomers, '80000', prior=0), '400.00', 'R6', '80000/0_new')
        baseline = growth(without_prior=rebate.BASELINE, baseline=50_000)
        self.check(paid(baseline, '80000', prior=0), '560.00', 'R6', '80000/0_baseline50000')
        self.check(paid(growth(), '80000', prior=-500), '0.00', 'R6', '80000/-500')
        self.check(paid(growth(), '180000', prior=200_000), '0.00', 'R6', '180000')
        self.assertEqual(rebate.earn(growth(), figures('80000', prior=-500)).reason, rebate.NO_PRIOR)
        self.assertEqual(rebate.earn(growth(), figures('180000', prior=200_000)).reason, rebate.BELOW_BANDS)
        # For those who have a prior, neither policy is asked.
        for other in (newcomers, baseline):
            self.assertEqual(paid(other, '220000', prior=200_000), D('1100.00'))
        # Who had nothing before has gained everything.
        newcomers_increment = growth(increment_only=True, without_prior=rebate.NEW_DEALER, new_dealer_rate=D('0.5'))
        self.assertEqual(paid(newcomers_increment, '80000', prior=-500), D('400.00'))

    def test_R7(self):
        lines = (('10000', '7.10'), ('8000', '7.05'), ('5000', '7.80'))
        base = sum(rebate.convert(D(amount), D(rate)) for amount, rate in lines)
        self.check(base, '166400.00', 'R7', 'base_invoice_date')
        earned = paid(terms(), base)
        self.check(earned, '3328.00', 'R7', 'rebate')
        payout = rebate.pay_in_currency(earned, D('7.00'))
        self.check(payout.paid, '475.43', 'R7', 'payout_usd')
        self.check(payout.value, '3328.01', 'R7', 'payout_back_cny')
        self.check(payout.difference, '0.01', 'R7', 'fx_diff')
        # At the settlement's rates instead it would be something else.
        self.check(paid(terms(), VECTORS['R7']['base_settle_date']), '3295.00', 'R7', 'rebate_settle')

    def test_R7_edge(self):
        base = rebate.convert(D('14100'), D('7.10'))
        self.check(base, '100110.00', 'R7b', 'inv')
        self.check(paid(terms(), base), '2002.20', 'R7b', 'rebate_inv')
        late = rebate.convert(D('14100'), D('7.00'))
        self.check(late, '98700.00', 'R7b', 'set')
        self.check(paid(terms(), late), '0.00', 'R7b', 'rebate_set')

    def test_R8(self):
        total = paid(terms((0, 3)), '34.50')
        self.check(total, '1.04', 'R8', 'rounded_total')
        shares = rebate.split(total, [(key, D('11.50')) for key in 'abc'])
        for number, (key, expected) in enumerate((('a', '0.35'), ('b', '0.35'), ('c', '0.34'))):
            self.check(shares[key], expected, 'R8', 'allocation', number)
        wrong = 3 * paid(terms((0, 3)), '11.50')
        self.check(wrong, '1.05', 'R8', 'sum_of_rounded_lines_is_wrong')
        yen = rebate.settle(rebate.earn(terms((0, 3)), figures('12345')), unit=D(1))
        self.check(yen.paid, '370', 'R8', 'jpy')

    def test_R9(self):
        self.check(paid(terms(limits=Limits(payout_cap=15_000)), '420000'), '15000', 'R9', 'cap_payout')
        self.check(paid(terms((0, 1), limits=Limits(base_cap=100_000)), '250000'), '1000.00', 'R9', 'cap_base')
        first = rebate.settle(D('480.00'), minimum=D(500))
        self.assertEqual(first.paid, 0)
        self.check(first.carried_out, '480.00', 'R9', 'min500_p1')
        second = rebate.settle(D('100.00'), minimum=D(500), carried_in=first.carried_out)
        self.check(second.paid, '580.00', 'R9', 'p2_payable')
        self.assertEqual(second.carried_out, 0)
        capped = rebate.settle(rebate.earn(terms(limits=Limits(payout_cap=15_000)), figures('420000')))
        self.assertEqual((capped.earned, capped.capped), (15_000, 1_800))

    def test_R10(self):
        goods = Terms(bands=[Band(threshold=0, buy=10, free=1)], reward=rebate.FREE_GOODS)
        before, after = (rebate.earn(goods, figures(units)) for units in ('129', '119'))
        self.check(before.earned, '12', 'R10', '129')
        self.check(after.earned, '11', 'R10', 'after_return_119')
        payout = rebate.settle(after, settled=before.earned, unit=D(1), debit=True)
        self.check(payout.paid, '-1', 'R10', 'claw')
        self.assertEqual(before.parts[0].times, 12)

    def test_R11(self):
        rows = [(360_000, 3_600), (600_000, 7_200), (1_200_000, 16_800)]
        self.assertEqual([[str(number) for number in row] for row in rows], VECTORS['R11']['bands'])
        fixed = Terms(bands=[Band(threshold=low, amount=amount) for low, amount in rows], reward=rebate.FIXED)
        self.check(paid(fixed, '359999.99'), '0', 'R11', '359999.99')
        self.check(paid(fixed, '599999.99'), '3600', 'R11', '599999.99')
        self.check(paid(fixed, '600000'), '7200', 'R11', '600000')
        self.check(paid(fixed, '1300000'), '16800', 'R11', '1300000')

    def test_R12(self):
        booked = D(0)
        for number, (base, expected) in enumerate((('100000', '3000.00'), ('150000', '4500.00'), ('60000', '1800.00'))):
            accrual = rebate.accrue(booked + rebate.estimate(D(base), D(3)), booked)
            self.check(accrual.entry, expected, 'R12', 'accruals', number)
            booked = accrual.expected
            # Run again, nothing is left to book.
            self.assertEqual(rebate.accrue(accrual.expected, booked).entry, 0)
        self.check(booked, '9300.00', 'R12', 'sum')
        payout = rebate.settle(rebate.earn(terms(), figures('310000')))
        self.check(payout.paid, '12400.00', 'R12', 'final')
        self.check(rebate.accrue(payout.paid, booked).entry, '3100.00', 'R12', 'true_up')

    def test_R12_by_bands(self):
        """Accrued by what the bands give so far, instead of a rate."""
        booked = D(0)
        for number, (cumulative, expected) in enumerate(
            (('100000', '2000.00'), ('250000', '3000.00'), ('310000', '7400.00'))
        ):
            accrual = rebate.accrue(rebate.earn(terms(), figures(cumulative)), booked)
            self.check(accrual.entry, expected, 'R12', 'delta_cumulative', number)
            booked = accrual.expected

    def test_R13(self):
        old, new = terms((0, 2)), terms((0, 3))
        parts = [(old, figures('100000')), (new, figures('150000'))]
        for together in (False, True):
            earnings = rebate.earn_in_parts(parts, together=together)
            self.check(rebate.settle(rebate.total(earnings)).paid, '6500.00', 'R13', 'split')
        self.check(paid(new, '250000'), '7500.00', 'R13', 'latest')

    def test_R14(self):
        def rule(sequence, rate, **options):
            return StackRule(
                key=f'rule {sequence}', sequence=sequence, terms=terms((0, rate)), figures=figures('1000'), **options
            )

        rules = [
            rule(1, 10),
            rule(2, 15, lowers_later=False),
            rule(3, 20, base=rebate.NET),
            rule(4, 25, base=rebate.NET),
        ]
        for order in (rules, rules[::-1], [rules[2], rules[0], rules[3], rules[1]]):
            earnings = rebate.stack(order)
            self.assertEqual(list(earnings), ['rule 1', 'rule 2', 'rule 3', 'rule 4'])
            for number, (earning, expected) in enumerate(
                zip(earnings.values(), ('100', '150', '180', '180'), strict=True)
            ):
                self.check(earning.earned, expected, 'R14', 'd', number)
            self.check(rebate.total(earnings.values()), '610', 'R14', 'sum')

    def test_R15(self):
        """The bases differ, the scale is the same."""
        self.check(paid(terms(), '310000'), '12400.00', 'R15', 'invoiced')
        self.check(paid(terms(), '120000'), '2400.00', 'R15', 'fully_paid')
        self.check(paid(terms(), '180000'), '3600.00', 'R15', 'cash')

    def test_R16(self):
        ways = {
            'gate': terms((0, 1), gates=[Gate(key='mix', share=20)]),
            'driver': terms((20, 1), driver=rebate.MIX),
            'bonus': terms((0, 0), adjustments=[Adjustment(key='mix', rate=1, share=20)]),
        }
        for name, mix in ways.items():
            with self.subTest(name):
                self.check(paid(mix, '500000', parts={'mix': 120_000}), '5000.00', 'R16', '24%')
                self.check(paid(mix, '500000', parts={'mix': 100_000}), '5000.00', 'R16', 'exact20')
                self.check(paid(mix, '500000', parts={'mix': 99_999}), '0', 'R16', '19.9998%')
                self.assertEqual(paid(mix, '500000'), 0, 'Nothing of the category was bought.')

    def test_R17(self):
        marginal = terms((0, 10), (100, 20), (300, 30), application=rebate.MARGINAL)
        self.check(paid(marginal, '3800'), '1100.00', 'R17', 'correct_3800')
        self.check(paid(marginal, '1000'), '260.00', 'R17', 'correct_1000')

    def test_R18(self):
        first = rebate.settle(rebate.earn(terms(), figures('310000')))
        again = rebate.settle(
            rebate.earn(terms(), figures('310000')), settled=first.earned, carried_in=first.carried_out
        )
        self.check(again.paid, '0.00', 'R18', 'second_run')
        self.assertEqual((again.delta, again.carried_out), (0, 0))

    def test_R19(self):
        rebate_of_dealer = terms((0, 5), (5000, 10))
        branches = [D('3000'), D('4000')]
        self.check(paid(rebate_of_dealer, sum(branches)), '700.00', 'R19', 'branches_3000_4000')
        self.assertEqual(sum(paid(rebate_of_dealer, branch) for branch in branches), D('350.00'))


@tagged('post_install', '-at_install')
class TestRebateRules(BaseCase):
    """What the vectors leave open."""

    def test_parts_explain_the_way(self):
        marginal = terms(application=rebate.MARGINAL, limits=Limits(base_cap=350_000))
        earning = rebate.earn(marginal, figures('420000'))
        self.assertEqual(
            [(part.kind, part.band, part.low, part.high, part.base, part.rate, part.value) for part in earning.parts],
            [
                ('below', None, 0, 100_000, 100_000, None, 0),
                ('band', 0, 100_000, 300_000, 200_000, 2, 4_000),
                ('band', 1, 300_000, 350_000, 50_000, 4, 2_000),
            ],
        )
        self.assertEqual((earning.base, earning.whole, earning.band, earning.reason), (350_000, 420_000, 1, None))

    def test_base_cap_lets_the_band_be(self):
        """What is above the cap still counts towards the bands."""
        capped = terms(limits=Limits(base_cap=100_000))
        self.assertEqual(paid(capped, '500000'), D('6000.00'))

    def test_excess(self):
        bands = [Band(threshold=100, rate=10), Band(threshold=200, rate=20, excess_rate=30)]
        for application, expected in (
            (rebate.RETROACTIVE, 200 * 20 + 50 * 30),
            (rebate.ROLLING, 200 * 10 + 200 * 20 + 50 * 30),
            (rebate.TOTAL, 250 * 10 + 200 * 20 + 50 * 30),
        ):
            with self.subTest(application):
                earned = rebate.earn(Terms(bands=bands, application=application), figures('250')).earned
                self.assertEqual(earned * 100, expected)

    def test_fixed_with_excess(self):
        bands = [Band(threshold=100, amount=5), Band(threshold=200, amount=12, excess_rate=10)]
        fixed = Terms(bands=bands, reward=rebate.FIXED)
        for measure, expected in (('99', '0'), ('150', '5'), ('200', '12'), ('250', '17')):
            self.assertEqual(rebate.earn(fixed, figures(measure)).earned, D(expected))
        every = Terms(bands=bands, reward=rebate.FIXED, application=rebate.TOTAL)
        earning = rebate.earn(every, figures('250'))
        self.assertEqual([part.value for part in earning.parts], [5, 12, 5])
        # An amount stays one, even where only the increment counts and lies above the band.
        growth = Terms(
            bands=[Band(threshold=-50, amount=5, excess_rate=10)],
            reward=rebate.FIXED,
            driver=rebate.GROWTH,
            growth=Growth(increment_only=True),
        )
        self.assertEqual(rebate.earn(growth, figures('150', prior=100)).earned, 5 + 5)

    def test_per_unit(self):
        bands = [Band(threshold=0, amount=D('0.50')), Band(threshold=100, amount=D('0.80'))]
        for application, expected in (
            (rebate.RETROACTIVE, '96'),
            (rebate.MARGINAL, '66'),
            (rebate.ROLLING, '146'),
            (rebate.TOTAL, '156'),
        ):
            per_unit = Terms(bands=bands, reward=rebate.PER_UNIT, application=application)
            self.assertEqual(rebate.earn(per_unit, figures('120')).earned, D(expected), application)

    def test_free_goods_by_bands(self):
        goods = Terms(
            bands=[Band(threshold=0, buy=10, free=1), Band(threshold=100, buy=10, free=2)], reward=rebate.FREE_GOODS
        )
        for units, expected in (('9', 0), ('99.9', 9), ('100', 20), ('109', 20), ('110', 22)):
            self.assertEqual(rebate.earn(goods, figures(units)).earned, expected)

    def test_slices_of_growth_and_attainment(self):
        """Thresholds in percent are measures as soon as the target, or the prior, is known."""
        attainment = terms((60, 4), (100, 6), driver=rebate.ATTAINMENT, application=rebate.MARGINAL)
        earning = rebate.earn(attainment, figures('1100', target=1000))
        self.assertEqual([(part.low, part.high) for part in earning.parts], [(0, 600), (600, 1000), (1000, 1100)])
        self.assertEqual(earning.earned, 400 * 4 / D(100) + 100 * 6 / D(100))
        growth = terms(
            (10, 5), (20, 10), driver=rebate.GROWTH, application=rebate.MARGINAL, growth=Growth(increment_only=True)
        )
        earning = rebate.earn(growth, figures('1300', prior=1000))
        self.assertEqual([(part.low, part.high) for part in earning.parts], [(1000, 1100), (1100, 1200), (1200, 1300)])
        self.assertEqual(earning.earned, 15)

    def test_shrinking_less(self):
        """Growth may be rewarded below 0; increments there are none then."""
        keep = terms((-10, 1), driver=rebate.GROWTH)
        self.assertEqual(paid(keep, '950', prior=1000), D('9.50'))
        self.assertEqual(paid(keep, '899.99', prior=1000), 0)
        none = terms((-10, 1), driver=rebate.GROWTH, growth=Growth(increment_only=True))
        self.assertEqual(rebate.earn(none, figures('950', prior=1000)).reason, rebate.NO_BASE)

    def test_growth_is_compared_unrounded(self):
        """A third more is not 33.34 %, however it is rounded."""
        growth = terms(('33.3333333333333333333333333333', 1), driver=rebate.GROWTH)
        self.assertEqual(paid(growth, '4', prior=3), D('0.04'))
        growth = terms(('33.3333333333333333333333333334', 1), driver=rebate.GROWTH)
        self.assertEqual(paid(growth, '4', prior=3), 0)

    def test_no_target(self):
        attainment = terms((60, 4), driver=rebate.ATTAINMENT)
        for target in (None, 0, -5):
            earning = rebate.earn(attainment, figures('500', target=target))
            self.assertEqual((earning.earned, earning.reason), (0, rebate.NO_TARGET))

    def test_driver_percent(self):
        mix = terms((20, 1), driver=rebate.MIX)
        growth = terms((10, 1), driver=rebate.GROWTH)
        attainment = terms((60, 4), driver=rebate.ATTAINMENT)
        for some_terms, some_figures, expected in (
            (mix, figures('500000', parts={'mix': 99_999}), D('19.9998')),
            (mix, figures('3', parts={'mix': 2}), D('66.6666')),
            (mix, figures('-3'), None),
            (growth, figures('219999.99', prior=200_000), D('9.9999')),
            (growth, figures('180000', prior=200_000), -10),
            (growth, figures('180000'), None),
            (attainment, figures('600', target=1000), 60),
            (attainment, figures('600'), None),
            (terms(), figures('600'), None),
        ):
            self.assertEqual(rebate.driver_percent(some_terms, some_figures), expected)

    def test_order_of_the_steps(self):
        """Bands, bonus and penalty, cap, and what is withheld of that."""
        all_of_it = terms(
            adjustments=[Adjustment(key='display', rate=1), Adjustment(key='fault', rate=-2)],
            limits=Limits(payout_cap=10_000),
            gates=[Gate(key='diversion', withheld=50), Gate(key='overdue', withheld=70)],
        )
        facts = {'times': {'display': 1, 'fault': 1}, 'failed': ['diversion', 'of another program']}
        earning = rebate.earn(all_of_it, figures('400000', **facts))
        self.assertEqual(
            [(part.kind, part.key, part.value) for part in earning.parts],
            [
                ('band', None, 16_000),
                ('bonus', 'display', 4_000),
                ('penalty', 'fault', -8_000),
                ('cap', None, -2_000),
                ('withheld', 'diversion', -5_000),
            ],
        )
        self.assertEqual((earning.earned, earning.capped), (5_000, 2_000))
        facts['failed'] = ['diversion', 'overdue']
        earning = rebate.earn(all_of_it, figures('400000', **facts))
        self.assertEqual([part.value for part in earning.parts[-2:]], [-5_000, -5_000], '100 % at most')
        self.assertEqual((earning.earned, earning.reason), (0, rebate.WITHHELD))
        facts['times'] = {'fault': 3}
        earning = rebate.earn(all_of_it, figures('400000', **facts))
        self.assertEqual([part.value for part in earning.parts], [16_000, -24_000, 8_000])
        self.assertEqual((earning.earned, earning.reason), (0, rebate.PENALTY))

    def test_gates_that_add_up_to_all(self):
        gates = [Gate(key=key, withheld=50) for key in ('first', 'second', 'third')]
        earning = rebate.earn(terms(gates=gates), figures('420000', failed={'first', 'second', 'third'}))
        self.assertEqual([part.key for part in earning.parts if part.kind == rebate.WITHHELD], ['first', 'second'])
        self.assertEqual(earning.earned, 0)

    def test_withheld_by_half(self):
        half = terms(gates=[Gate(key='diversion', withheld=50)])
        self.assertEqual(paid(half, '420000', failed={'diversion'}), D('8400.00'))

    def test_bonus_without_a_band(self):
        bonus = Adjustment(key='display', rate=1, needs_band=False)
        self.assertEqual(paid(terms(adjustments=[bonus]), '50000', times={'display': 1}), D('500.00'))

    def test_penalty_without_a_band(self):
        rules = [Adjustment(key='display', rate=1, needs_band=False), Adjustment(key='fault', rate=D('-0.4'))]
        facts = {'times': {'display': 1, 'fault': 1}}
        self.assertEqual(paid(terms(adjustments=rules), '50000', **facts), D('300.00'))
        earning = rebate.earn(terms(adjustments=rules[1:]), figures('50000', **facts))
        self.assertEqual((earning.earned, earning.reason), (0, rebate.BELOW_BANDS))

    def test_nothing_for_nothing(self):
        """A rate of 0 that is reached has no reason to be given."""
        earning = rebate.earn(terms((0, 0)), figures('50000'))
        self.assertEqual((earning.earned, earning.reason), (0, None))

    def test_stack_looks_at_the_whole_measure(self):
        """What an earlier rebate took away does not throw a dealer back into a lower band."""
        rules = [
            StackRule(key='a', sequence=1, terms=terms((0, 10)), figures=figures('310000')),
            StackRule(key='b', sequence=2, terms=terms(), figures=figures('310000'), base=rebate.NET),
        ]
        self.assertEqual(rebate.stack(rules)['b'].earned, 279_000 * 4 / D(100))

    def test_stack_keeps_other_deductions(self):
        rules = [
            StackRule(key='a', sequence=1, terms=terms((0, 10)), figures=figures('1000', deducted=100)),
            StackRule(
                key='b', sequence=2, terms=terms((0, 10)), figures=figures('1000', deducted=100), base=rebate.NET
            ),
        ]
        self.assertEqual([earning.earned for earning in rebate.stack(rules).values()], [90, 81])

    def test_stack_of_more_than_there_is(self):
        rules = [
            StackRule(key='a', sequence=1, terms=terms((0, 100)), figures=figures('1000')),
            StackRule(key='b', sequence=2, terms=terms((0, 10)), figures=figures('1000'), base=rebate.NET),
        ]
        earning = rebate.stack(rules)['b']
        self.assertEqual((earning.earned, earning.reason), (0, rebate.NO_BASE))

    def test_parts_of_a_period_together(self):
        """A new version halfway: the bands may look at the whole period, each part pays its own rates."""
        new = terms((100_000, 3), (300_000, 5))
        parts = [(terms(), figures('200000')), (new, figures('110000'))]
        alone = rebate.earn_in_parts(parts)
        self.assertEqual([earning.earned for earning in alone], [4_000, 3_300])
        together = rebate.earn_in_parts(parts, together=True)
        self.assertEqual([earning.earned for earning in together], [8_000, 5_500])
        marginal = [(terms(application=rebate.MARGINAL), figures(measure)) for measure in ('200000', '110000')]
        self.assertEqual(
            rebate.total(rebate.earn_in_parts(marginal, together=True)), 4_400, 'Cut in two, it is the same.'
        )
        mix = terms((0, 1), gates=[Gate(key='mix', share=20)])
        parts = [(mix, figures('100', parts={'mix': 40})), (mix, figures('100'))]
        self.assertEqual([earning.earned for earning in rebate.earn_in_parts(parts)], [1, 0])
        self.assertEqual([earning.earned for earning in rebate.earn_in_parts(parts, together=True)], [1, 1])
        self.assertEqual(rebate.earn_in_parts([], together=True), [])

    def test_parts_of_a_period_with_limits(self):
        """Together, the prior measure, the cap and returns are those of the whole period."""

        def bases(some_terms, *measures, **facts):
            parts = [(some_terms, figures(measure, **facts)) for measure in measures]
            return [earning.base for earning in rebate.earn_in_parts(parts, together=True)]

        increment = terms((10, 1), driver=rebate.GROWTH, growth=Growth(increment_only=True))
        self.assertEqual(bases(increment, '800', '500', '100', prior=1000), [0, 300, 100])
        self.assertEqual(bases(terms((0, 1), limits=Limits(base_cap=1000)), '800', '500', '100'), [800, 200, 0])
        self.assertEqual(bases(terms((0, 1)), '300', '-200', '300'), [100, 0, 300])
        self.assertEqual(bases(terms((0, 1)), '-100', '300'), [0, 200])
        self.assertEqual(bases(terms((0, 1)), '300', '-400'), [0, 0])

    def test_no_base_in_the_whole_period(self):
        bonus = terms((0, 1), adjustments=[Adjustment(key='display', rate=1, needs_band=False)])
        for rest in ({'after': -10}, {'before': -10}):
            earning = rebate.earn(bonus, figures('5', times={'display': 1}, **rest))
            self.assertEqual((earning.earned, earning.reason), (0, rebate.NO_BASE))

    def test_cap_on_the_increment(self):
        growth = Growth(increment_only=True)
        capped = terms((10, 1), driver=rebate.GROWTH, growth=growth, limits=Limits(base_cap=200))
        self.assertEqual(paid(capped, '1300', prior=1000), D('2.00'))

    def test_next_step(self):
        step = rebate.next_step(terms(), figures('310000'))
        self.assertEqual(step, (2, 500_000, 190_000, D('17600.00')))
        self.assertIsNone(rebate.next_step(terms(), figures('500000')))
        self.assertEqual(rebate.next_step(terms(), figures('-500')).missing, 100_500)
        self.assertEqual(
            [(ahead.goal, ahead.missing, ahead.worth) for ahead in rebate.ladder(terms(), figures('261800'))],
            [(300_000, 38_200, D('6764.00')), (500_000, 238_200, D('24764.00'))],
        )
        marginal = terms((0, 2), (300_000, 4), application=rebate.MARGINAL)
        self.assertEqual(rebate.next_step(marginal, figures('261800')).worth, D('764.00'))

    def test_next_step_beyond_strict_edges(self):
        strict = terms(edge=rebate.STRICT)
        self.assertEqual(rebate.next_step(strict, figures('261800')).missing, D('38200.01'))
        self.assertEqual(rebate.next_step(strict, figures('300000')).missing, D('0.01'))
        self.assertEqual(rebate.next_step(strict, figures('299999.5'), step=D(1)).missing, 1)

    def test_next_step_of_percentages(self):
        growth = terms((10, '0.5'), driver=rebate.GROWTH)
        step = rebate.next_step(growth, figures('200000', prior=D('190000.01')))
        self.assertEqual((step.goal, step.missing), (D('209000.011'), D('9000.02')))
        self.assertIsNone(rebate.next_step(growth, figures('200000')))
        mix = terms((20, 1), (100, 2), driver=rebate.MIX)
        step = rebate.next_step(mix, figures('500000', parts={'mix': 60_000}))
        # 60,000 + 50,000 of 550,000 are 20 %; all of it no purchase can reach any more.
        self.assertEqual(step, (0, None, 50_000, D('5500.00')))
        self.assertEqual(len(rebate.ladder(mix, figures('500000', parts={'mix': 60_000}))), 1)
        self.assertEqual(rebate.next_step(mix, figures('-100')).missing, D('100.01'))
        self.assertEqual(rebate.next_step(mix, figures('0')).missing, D('0.01'))

    def test_step_that_costs_a_share(self):
        """Sales of something else can cost more than the band brings: the figure says so."""
        gated = terms(gates=[Gate(key='mix', share=20)])
        start = figures('290000', parts={'mix': 58_000})
        self.assertEqual(rebate.next_step(gated, start).worth, D('-5800.00'))
        self.assertEqual(rebate.next_step(gated, start, parts=['mix']).worth, D('6200.00'))

    def test_what_if(self):
        effect = rebate.what_if(terms(), figures('295000'), D('10000'))
        self.assertEqual((effect.now.earned, effect.then.earned, effect.worth), (5_900, 12_200, D('6300.00')))
        self.assertEqual(rebate.what_if(terms(), figures('310000'), D('-15000')).worth, D('-6500.00'))

    def test_half_up(self):
        for value, unit, expected in (
            ('0.005', '0.01', '0.01'),
            ('0.0049999999999999999999999999999999', '0.01', '0'),
            ('-0.005', '0.01', '-0.01'),
            ('2.5', '1', '3'),
            ('1.025', '0.05', '1.05'),
            ('1.0249', '0.05', '1.00'),
        ):
            self.assertEqual(rebate.round_half_up(D(value), D(unit)), D(expected))
        self.assertEqual(rebate.round_half_up(Fraction(1, 3)), D('0.33'))

    def test_minimum_and_debts(self):
        def settle(earned, **options):
            payout = rebate.settle(D(earned), **options)
            return payout.paid, payout.carried_out

        self.assertEqual(settle('500', minimum=D(500)), (500, 0))
        self.assertEqual(settle('499.99', minimum=D(500)), (0, D('499.99')))
        self.assertEqual(settle('700', minimum=D(500), carried_in=D(-300)), (0, 400))
        self.assertEqual(settle('0', minimum=D(500), carried_in=D(-300)), (0, -300))
        self.assertEqual(settle('0', minimum=D(500), carried_in=D(-300), debit=True), (-300, 0))
        # A window that grows counts what was carried once.
        first = rebate.settle(D(480), minimum=D(500))
        second = rebate.settle(D(580), minimum=D(500), settled=first.earned, carried_in=first.carried_out)
        self.assertEqual((second.paid, second.carried_out), (580, 0))

    def test_yen_and_rappen(self):
        self.assertEqual(rebate.settle(D('1.12'), unit=D('0.05')).paid, D('1.10'))
        payout = rebate.pay_in_currency(D('1000'), D('0.0476'), unit=D(1))
        self.assertEqual((payout.paid, payout.value, payout.difference), (21_008, D('999.98'), D('-0.02')))

    def test_split_with_returns(self):
        shares = rebate.split(D('1.00'), [(1, D('150.00')), (2, D('-50.00')), (3, D('33.333'))])
        self.assertEqual(shares, {1: D('1.13'), 2: D('-0.38'), 3: D('0.25')})
        self.assertEqual(rebate.exact_share(D(1), D(-50), D('133.333')), Fraction(-50_000, 133_333))
        self.assertEqual(rebate.split(D(0), [(1, D(1)), (2, D(-1))]), {1: 0, 2: 0})
        self.assertEqual(rebate.split(D(0), []), {})
        self.assertEqual(rebate.split_units(5, [-1, -1]), [3, 2])
        self.assertEqual(rebate.split_units(-5, [1, 1]), [-3, -2])
        self.assertEqual(rebate.split_units(5, [1, 1], keys=['b', 'a']), [2, 3])
        self.assertEqual(rebate.split_units(10, [3, 2]), [6, 4])

    def test_callers_context_makes_no_difference(self):
        marginal = terms(application=rebate.MARGINAL, gates=[Gate(key='diversion', withheld=D('33.3'))])
        some_figures = figures('123456789012.34', failed={'diversion'})
        expected = rebate.earn(marginal, some_figures)
        with localcontext() as context:
            context.prec = 3
            self.assertEqual(rebate.earn(marginal, some_figures), expected)
            self.assertEqual(some_figures.whole, D('123456789012.34'))
            self.assertEqual(rebate.round_half_up(D('123456.785')), D('123456.79'))
            self.assertEqual(rebate.split(D('1234.56'), [(1, D('123456.78'))]), {1: D('1234.56')})


@tagged('post_install', '-at_install')
class TestRebateErrors(BaseCase):
    def check(self, code, sentence, function, *args, **kwargs):
        with self.subTest(sentence), self.assertRaises(rebate.RebateError) as caught:
            function(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(str(caught.exception), sentence)

    def test_bands(self):
        for code, sentence, rows in (
            ('no_bands', 'A rebate needs at least one band.', []),
            (
                'bands_unsorted',
                'The bands are listed by rising threshold, but 100 stands after 300.',
                [{'threshold': 300}, {'threshold': 100}],
            ),
            ('bands_overlap', 'Two bands overlap at 100.', [{'threshold': 100}, {'threshold': 100}]),
            ('bands_overlap', 'Two bands overlap at 200.', [{'threshold': 100, 'until': 250}, {'threshold': 200}]),
            (
                'bands_gap',
                'There is no band between 150 and 200.',
                [{'threshold': 100, 'until': 150}, {'threshold': 200}],
            ),
            (
                'top_band_closed',
                'The highest band has to stay open, but it ends at 150.',
                [{'threshold': 100, 'until': 150}],
            ),
            ('too_low', 'The value of "threshold" cannot be less than 0.', [{'threshold': -1}]),
            (
                'band_field_unused',
                'Band 1 has a value for "amount", which a rebate of this kind does not use.',
                [{'threshold': 1, 'amount': 5}],
            ),
        ):
            self.check(code, sentence, lambda rows: Terms(bands=[Band(**{'rate': 1, **row}) for row in rows]), rows)
        Terms(bands=[Band(threshold=100, until=200, rate=1), Band(threshold=200, rate=2)])
        self.check('band_field_missing', 'Band 1 needs a value for "rate".', Terms, bands=[Band(threshold=1)])
        self.check(
            'too_low', 'The value of "threshold" cannot be less than -100.', terms, (-101, 1), driver=rebate.GROWTH
        )
        self.check('too_high', 'The value of "threshold" cannot be more than 100.', terms, (101, 1), driver=rebate.MIX)
        unused = 'Band 1 has a value for "excess rate", which a rebate of this kind does not use.'
        excess = [Band(threshold=1, rate=1, excess_rate=2)]
        self.check('band_field_unused', unused, Terms, bands=excess, application=rebate.MARGINAL)
        cannot = 'A share of the sales tells which band is reached, but cannot be cut into slices.'
        self.check('mix_has_no_slices', cannot, Terms, bands=excess, driver=rebate.MIX)
        for application in (rebate.MARGINAL, rebate.ROLLING):
            self.check('mix_has_no_slices', cannot, terms, (1, 1), driver=rebate.MIX, application=application)

    def test_rates(self):
        self.check('too_high', 'The value of "rate" cannot be more than 100.', Band, threshold=1, rate=101)
        self.check('too_low', 'The value of "rate" cannot be less than 0.', Band, threshold=1, rate=-1)
        self.check(
            'too_high',
            'The value of "excess rate" cannot be more than 100.',
            Band,
            threshold=1,
            rate=1,
            excess_rate=101,
        )
        self.check('too_low', 'The value of "amount" cannot be less than 0.', Band, threshold=1, amount=-1)
        self.check('not_positive', 'The value of "buy" has to be more than 0.', Band, threshold=1, buy=0, free=1)
        sentence = 'The rates of all bands together, 110 %, are more than 100 %.'
        for application in (rebate.ROLLING, rebate.TOTAL):
            self.check('rates_add_up', sentence, terms, (0, 50), (9, 60), application=application)
            self.assertTrue(terms((0, 50), (9, 50), application=application))
        self.assertTrue(terms((0, 50), (9, 60)))
        excess = [Band(threshold=1, rate=1, excess_rate=50), Band(threshold=2, rate=60)]
        self.check('rates_add_up', sentence, Terms, bands=excess, application=rebate.TOTAL)

    def test_rules(self):
        bonus = Adjustment(key='display', rate=1)
        for code, sentence, function, options in (
            ('unknown_choice', 'There is no reward called "gold".', terms, {'reward': 'gold'}),
            ('unknown_choice', 'There is no application called "x".', terms, {'application': 'x'}),
            ('unknown_choice', 'There is no edge called "x".', terms, {'edge': 'x'}),
            ('unknown_choice', 'There is no driver called "x".', terms, {'driver': 'x'}),
            ('unknown_choice', 'There is no without prior called "x".', Growth, {'without_prior': 'x'}),
            (
                'application_unfit',
                'Bands with the reward "fixed" cannot be applied as "marginal".',
                terms,
                {'reward': rebate.FIXED, 'application': rebate.MARGINAL},
            ),
            ('growth_unused', 'Rules about growth need a rebate on growth.', terms, {'growth': Growth()}),
            (
                'growth_value_missing',
                'Dealers without a prior period need a value for "new dealer rate".',
                Growth,
                {'without_prior': rebate.NEW_DEALER},
            ),
            (
                'growth_value_unused',
                '"baseline" is not used for dealers without a prior period.',
                Growth,
                {'baseline': 5},
            ),
            (
                'same_key',
                'Two rules are called "display".',
                terms,
                {'adjustments': [bonus], 'gates': [Gate(key='display')]},
            ),
            ('is_zero', 'The value of "rate" cannot be 0.', Adjustment, {'key': 'a', 'rate': 0}),
            ('too_low', 'The value of "rate" cannot be less than -100.', Adjustment, {'key': 'a', 'rate': -101}),
            ('too_high', 'The value of "share" cannot be more than 100.', Gate, {'key': 'a', 'share': 101}),
            ('not_positive', 'The value of "withheld" has to be more than 0.', Gate, {'key': 'a', 'withheld': 0}),
            ('too_high', 'The value of "withheld" cannot be more than 100.', Gate, {'key': 'a', 'withheld': 101}),
            ('not_positive', 'The value of "payout cap" has to be more than 0.', Limits, {'payout_cap': -1}),
            ('not_positive', 'The value of "base cap" has to be more than 0.', Limits, {'base_cap': 0}),
            ('too_low', 'The value of "minimum" cannot be less than 0.', Limits, {'minimum': -1}),
            ('too_low', 'The value of "deducted" cannot be less than 0.', Figures, {'measure': 1, 'deducted': -1}),
            ('too_low', 'The value of "times" cannot be less than 0.', Figures, {'measure': 1, 'times': {'a': -1}}),
        ):
            self.check(code, sentence, function, **options)
        per_unit = {'bands': [Band(threshold=0, amount=1)], 'reward': rebate.PER_UNIT}
        sentence = 'A bonus or penalty in percent needs a rebate in percent or of fixed amounts.'
        self.check('adjustment_reward', sentence, Terms, adjustments=[bonus], **per_unit)
        growth = Growth(without_prior=rebate.NEW_DEALER, new_dealer_rate=1)
        sentence = 'A rate for new dealers needs a rebate in percent.'
        self.check('new_dealer_reward', sentence, Terms, driver=rebate.GROWTH, growth=growth, **per_unit)

    def test_use(self):
        fixed = Terms(bands=[Band(threshold=0, amount=1)], reward=rebate.FIXED)
        goods = Terms(bands=[Band(threshold=0, buy=10, free=1)], reward=rebate.FREE_GOODS)
        sentence = 'A fixed amount or free goods cannot be earned for a part of a period.'
        for whole in (fixed, goods):
            parts = [(whole, figures('5')), (whole, figures('5'))]
            self.check('whole_period_only', sentence, rebate.earn_in_parts, parts, together=True)
            self.assertEqual(len(rebate.earn_in_parts(parts)), 2)
        rule = {'terms': terms(), 'figures': figures('5')}
        twice = [StackRule(key='a', sequence=1, **rule), StackRule(key='b', sequence=1, **rule)]
        sentence = '"a" and "b" have the same place in the sequence.'
        self.check('stack_same_sequence', sentence, rebate.stack, twice)
        twice = [StackRule(key='a', sequence=1, **rule), StackRule(key='a', sequence=2, **rule)]
        self.check('same_key', 'Two rules are called "a".', rebate.stack, twice)
        self.check('unknown_choice', 'There is no base called "x".', StackRule, key='a', sequence=1, base='x', **rule)
        sentence = '"a" pays "free_goods", which cannot be set off against amounts.'
        goods_rule = {'key': 'a', 'sequence': 1, 'terms': goods, 'figures': figures('5')}
        self.check('stack_reward', sentence, StackRule, base=rebate.NET, **goods_rule)
        self.check('stack_reward', sentence, StackRule, lowers_later=True, **goods_rule)
        self.assertTrue(StackRule(lowers_later=False, **goods_rule))
        sentence = 'The value of "settled", 0.005, is not a multiple of 0.01.'
        self.check('not_rounded', sentence, rebate.settle, D(1), settled=D('0.005'))
        sentence = 'An amount cannot be split over lines that add up to 0.'
        self.check('split_without_weight', sentence, rebate.split_units, 5, [1, -1])
        sentence = 'The value of "total", 0.005, is not a multiple of 0.01.'
        self.check('not_rounded', sentence, rebate.split, D('0.005'), [(1, D(1))])
        self.check('not_positive', 'The value of "exchange rate" has to be more than 0.', rebate.convert, D(1), D(0))

    def test_numbers(self):
        for wrong in (1.5, '1.5', True, None):
            with self.subTest(wrong), self.assertRaises(TypeError):
                Figures(measure=wrong)
        for wrong in (0.1, [0.1]):
            with self.subTest(wrong), self.assertRaises(TypeError):
                Band(threshold=1, rate=wrong)
        self.check('not_finite', 'The value of "measure" has to be a number.', Figures, measure=D('NaN'))
        self.check('not_finite', 'The value of "measure" has to be a number.', Figures, measure=D('-Infinity'))
        sentence = 'The value of "measure" has more digits than an amount can have.'
        for wrong in (D('1E+20'), -(10**20), D('1E-41'), D.from_float(0.1)):
            self.check('too_many_digits', sentence, Figures, measure=wrong)
        for weights in ([1.0, 2], [D(1)], [True]):
            with self.subTest(weights), self.assertRaises(TypeError):
                rebate.split_units(1, weights)
        with self.assertRaises(TypeError):
            rebate.split_units(1.0, [1])
        for keys in ([1], [1, 1]):
            with self.assertRaisesRegex(ValueError, 'a key of its own'):
                rebate.split_units(1, [1, 2], keys)

    def test_widest_numbers(self):
        """The longest numbers that are let in are still multiplied without loss."""
        widest = D('9' * 20 + '.' + '9' * 40)
        rate = D('99.' + '9' * 40)
        terms_of_all = Terms(
            bands=[Band(threshold=rate, rate=rate, excess_rate=rate)],
            driver=rebate.ATTAINMENT,
            adjustments=[Adjustment(key='a', rate=rate)],
            gates=[Gate(key='b', withheld=rate)],
        )
        earning = rebate.earn(terms_of_all, Figures(measure=widest, target=widest, times={'a': widest}, failed=['b']))
        expected = Fraction(widest) * Fraction(rate) / 100 * (1 + Fraction(widest)) * (1 - Fraction(rate) / 100)
        self.assertEqual(Fraction(earning.earned), expected)
        self.assertTrue(rebate.settle(earning).paid)

    def test_every_sentence_is_a_sentence(self):
        for code, sentence in rebate.SENTENCES.items():
            self.assertTrue(sentence.endswith('.'), code)
