from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged

from .rebate_common import RebateCase


@tagged('post_install', '-at_install')
class TestRebateSteps(RebateCase):
    """The proof in words: what is read adds up to what was earned, to the last digit."""

    def steps(self, program, number=1):
        """``[(text, amount)]`` of the dealer's computation, with plain blanks; all parts add up."""
        self.settle(program, number, post=False)
        computation = self.env['dealer.rebate.computation'].search(
            [('program_id', '=', program.id), ('dealer_id', '=', self.dealer.id)], limit=1
        )
        steps = computation._get_steps()
        kinds = ('earned', 'before', 'delta')
        parts = sum((step.value for step in steps if step.value is not None and step.kind not in kinds), Decimal())
        earned = next(step.value for step in steps if step.kind == 'earned')
        self.assertLessEqual(abs(parts - earned), Decimal('0.005'))
        self.assertEqual(float(earned), computation.earned)
        for step in steps:
            self.assertIn(step.text.split(':')[0], computation.explanation)
        return [(step.text.replace('\xa0', ' '), step.amount.replace('\xa0', ' ')) for step in steps]

    def test_retroactive(self):
        self.invoice(self.dealer, '2026-02-01', 310_000)
        self.assertEqual(
            self.steps(self.make_program()),
            [
                ('Counted from 01/01/2026 until 03/31/2026', '¥ 310,000.00'),
                ('Band 2 (from ¥ 300,000): ¥ 310,000.00 × 4 %', '¥ 12,400.00'),
                ('Earned, rounded once', '¥ 12,400.00'),
            ],
        )

    def test_marginal_with_a_cap(self):
        self.invoice(self.dealer, '2026-02-01', 420_000)
        self.assertEqual(
            self.steps(self.make_program(application='marginal', payout_cap=8000))[1:],
            [
                ('Below the first band: ¥ 100,000.00', '¥ 0.00'),
                ('Band 1 (from ¥ 100,000): ¥ 200,000.00 × 2 %', '¥ 4,000.00'),
                ('Band 2 (from ¥ 300,000): ¥ 120,000.00 × 4 %', '¥ 4,800.00'),
                ('No more than ¥ 8,000.00 is earned in a period', '¥ -800.00'),
                ('Earned, rounded once', '¥ 8,000.00'),
            ],
        )

    def test_base_cap_and_digits(self):
        self.invoice(self.dealer, '2026-02-01', 250_000)
        program = self.make_program(((0, 1.2345),), base_cap=33_333.33, edge='strict')
        self.assertEqual(
            self.steps(program)[1:],
            [
                ('Of this is paid for', '¥ 33,333.33'),
                ('Band 1 (above ¥ 0): ¥ 33,333.33 × 1.2345 %', '¥ 411.499959'),
                ('Earned, rounded once', '¥ 411.50'),
            ],
        )

    def test_bonus_deduction_and_gate(self):
        display = self.env.ref('dealer_management.dealer_rebate_criterion_display')
        fault = self.env.ref('dealer_management.dealer_rebate_criterion_fault')
        self.invoice(self.dealer, '2026-02-01', 1_200_000)
        conditions = [
            {'kind': 'criterion', 'criterion_id': display.id, 'effect': 'adjust', 'rate': 1},
            {'kind': 'criterion', 'criterion_id': fault.id, 'effect': 'adjust', 'rate': -0.5},
            {'kind': 'mix', 'category_ids': [Command.set(self.sinks.ids)], 'share': 20, 'withheld': 25},
        ]
        bands = (
            {'threshold': 60, 'rate': 4},
            {'threshold': 100, 'rate': 6, 'has_excess_rate': True, 'excess_rate': 8},
        )
        program = self.make_program(
            bands,
            edge='strict',
            driver='attainment',
            target=1_000_000,
            condition_ids=[Command.create(vals) for vals in conditions],
        )
        for criterion, times in ((display, 1), (fault, 2)):
            self.env['dealer.rebate.finding'].create(
                {
                    'name': 'Seen',
                    'dealer_id': self.dealer.id,
                    'criterion_id': criterion.id,
                    'date': '2026-02-10',
                    'times': times,
                }
            ).action_confirm()
        self.assertEqual(
            self.steps(program)[1:],
            [
                ('Target; reached by 120 %', '¥ 1,000,000.00'),
                ('Band 2 (above 100 % of the target): ¥ 1,000,000.00 × 6 %', '¥ 60,000.00'),
                ('Above band 2 (above 100 % of the target): ¥ 200,000.00 × 8 %', '¥ 16,000.00'),
                ('Bonus: Display standard met, ¥ 1,200,000.00 × 1 %', '¥ 12,000.00'),
                ('Deduction: Fault, ¥ 1,200,000.00 × -0.5 % × 2', '¥ -12,000.00'),
                ('Withheld: Share of Sinks, 20 %, ¥ 76,000.00 × 25 %', '¥ -19,000.00'),
                ('Earned, rounded once', '¥ 57,000.00'),
            ],
        )

    def test_growth(self):
        self.invoice(self.dealer, '2025-02-01', 200_000)
        self.invoice(self.dealer, '2026-02-01', 229_999.99)
        steps = self.steps(self.make_program(((10, 0.5), (15, 0.7)), driver='growth'))
        self.assertEqual(steps[1], ('The same days a year before; growth 14.99 %', '¥ 200,000.00'))
        self.assertEqual(steps[2][0], 'Band 1 (from 10 % growth): ¥ 229,999.99 × 0.5 %')

    def test_new_dealer_and_reasons(self):
        self.invoice(self.dealer, '2026-02-01', 80_000)
        vals = {'driver': 'growth', 'growth_without_prior': 'new_dealer', 'growth_new_dealer_rate': 0.5}
        program = self.make_program(((10, 0.5),), **vals)
        others_target = Command.create({'dealer_id': self.make_dealer('Other').id, 'amount': 500_000})
        self.assertIn(('Rate for new dealers: ¥ 80,000.00 × 0.5 %', '¥ 400.00'), self.steps(program))
        for program, sentence in (
            (self.make_program(), 'The first band is not reached, so nothing is earned.'),
            (self.make_program(((10, 0.5),), driver='growth'), 'There are no sales a year before to grow from'),
            (
                self.make_program(((10, 0.5),), driver='attainment', target_ids=[others_target]),
                'There is no target to compare with',
            ),
        ):
            with self.subTest(sentence):
                self.assertTrue(any(text.startswith(sentence) for text, _amount in self.steps(program)))

    def test_goods_units_and_fixed_amounts(self):
        self.invoice(self.dealer, '2026-02-01', (self.tap, 129, 10))
        unit = self.env.ref('uom.product_uom_unit')
        of_units = {'measure': 'quantity', 'uom_id': unit.id}
        goods = self.make_program(
            ({'threshold': 10, 'buy_quantity': 10, 'free_quantity': 1},),
            reward='free_goods',
            payout_method='free_goods',
            free_product_id=self.tap.id,
            **of_units,
        )
        self.assertEqual(
            self.steps(goods)[1:],
            [
                ('Band 1 (from 10 Units): 129 Units give 12 × 1 Units', '12 Units'),
                ('Earned, rounded once', '12 Units'),
            ],
        )
        each = self.make_program(({'threshold': 100, 'amount': 2.5},), reward='per_unit', **of_units)
        self.assertIn(('Band 1 (from 100 Units): 129 Units × ¥ 2.50', '¥ 322.50'), self.steps(each))
        fixed = self.make_program(({'threshold': 1000, 'amount': 36},), reward='fixed')
        self.assertIn(('Band 1 (from ¥ 1,000): a fixed amount', '¥ 36.00'), self.steps(fixed))

    def test_correction(self):
        move = self.invoice(self.dealer, '2026-02-01', 310_000)
        program = self.make_program()
        run = self.settle(program, 1, post=False).with_user(self.env.user)
        run.payout_ids.state, run.state = 'posted', 'done'
        self.refund(self.dealer, '2026-05-01', 15_000, origin=move)
        self.settle(program, 2, post=False)
        corrected = self.env['dealer.rebate.computation'].search(
            [('program_id', '=', program.id), ('number', '=', 2)], limit=1
        )
        steps = [(step.text, step.amount.replace('\xa0', ' ')) for step in corrected._get_steps()]
        self.assertEqual(
            steps[-3:],
            [
                ('Earned, rounded once', '¥ 5,900.00'),
                ('Settled before', '¥ 12,400.00'),
                ('Change', '¥ -6,500.00'),
            ],
        )
        self.assertIn('correction 1', corrected.display_name)

    def test_in_the_readers_language(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.invoice(self.dealer, '2026-02-01', 310_000)
        self.steps(self.make_program())
        computation = self.env['dealer.rebate.computation'].search([], limit=1)
        self.assertIn('2026/01/01', computation.with_context(lang='zh_CN').explanation)
        self.assertIn('01/01/2026', computation.explanation)
