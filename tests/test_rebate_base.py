from decimal import Decimal as D

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .rebate_common import RebateCase


@tagged('post_install', '-at_install')
class TestRebateBase(RebateCase):
    """What the ledger gives: which lines count, for whom, when, and how much."""

    def test_what_counts(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 1000.50, (self.sink, 2, 300), (self.freight, 1, 50), (self.tap, 5, 0))
        self.invoice(self.dealer, '2026-02-11', 77, post=False)
        self.invoice(self.dealer, '2026-04-01', 5000)
        self.invoice(self.dealer, '2025-12-31', 9000)
        self.refund(self.dealer, '2026-03-31', 100)
        self.assertEqual(self.measure(program), D('1500.50'))

    def test_vector_r1(self):
        for amount, retroactive, marginal in ((420_000, 16_800, 8_800), (650_000, 39_000, 21_000)):
            dealer = self.make_dealer(f'R1 {amount}')
            self.invoice(dealer, '2026-01-15', amount)
            self.assertEarned(self.make_program(), retroactive, dealer)
            self.assertEarned(self.make_program(application='marginal'), marginal, dealer)

    def test_scope(self):
        self.invoice(self.dealer, '2026-02-10', (self.tap, 1, 100), (self.sink, 1, 10))
        below = self.env['product.category'].create({'name': 'Below', 'parent_id': self.taps.id})
        deep = self.env['product.product'].create({'name': 'Deep', 'type': 'consu', 'categ_id': below.id})
        self.invoice(self.dealer, '2026-02-11', (deep, 1, 1000))
        scopes = {
            1110: {},
            1100: {'category_ids': self.taps},
            10: {'product_tmpl_ids': self.sink.product_tmpl_id},
            110: {'excluded_category_ids': below},
            1010: {'excluded_product_tmpl_ids': self.tap.product_tmpl_id},
            1000: {'category_ids': self.taps, 'excluded_product_tmpl_ids': self.tap.product_tmpl_id},
        }
        for expected, scope in scopes.items():
            program = self.make_program(**{name: [Command.set(records.ids)] for name, records in scope.items()})
            self.assertEqual(self.measure(program), expected, scope)

    def test_products_as_they_are_said_to_be_now(self):
        """Also what was written a moment ago, in the same transaction."""
        program = self.make_program(category_ids=self.taps.ids)
        self.invoice(self.dealer, '2026-02-10', 100)
        self.assertEqual(self.measure(program), 100)
        self.tap.categ_id = self.sinks
        self.assertEqual(self.measure(program), 0)

    def test_services_if_the_program_says_so(self):
        self.invoice(self.dealer, '2026-02-10', 100, (self.freight, 1, 7))
        self.assertEqual(self.measure(self.make_program(include_services=True)), 107)

    def test_discounts_of_whole_orders(self):
        """Odoo books them on a service; the goods were sold for less all the same."""
        discount = self.env['product.product'].create({'name': 'Discount', 'type': 'service', 'taxes_id': False})
        self.company.sale_discount_product_id = discount
        invoice = self.invoice(self.dealer, '2026-02-10', 100_000, (discount, 1, -1_000), (self.freight, 1, 7))
        self.assertEqual(self.measure(self.make_program()), 99_000)
        self.assertEarned(self.make_program(), 0)
        self.assertEqual(self.measure(self.make_program(include_services=True)), 99_007)
        # They are of no quantity, and of none of the products that a program may be for.
        units = {'measure': 'quantity', 'reward': 'per_unit', 'uom_id': self.tap.uom_id.id}
        self.assertEqual(self.measure(self.make_program([{'threshold': 0, 'amount': 1}], **units)), 1)
        self.assertEqual(self.measure(self.make_program(category_ids=self.taps.ids)), 100_000)
        self.refund(self.dealer, '2026-05-10', 100_000, (discount, 1, -1_000), origin=invoice)
        self.assertEqual(self.measure(self.make_program()), 0)

    def test_vector_r19_branches(self):
        branch = self.env['res.partner'].create({'name': 'Branch', 'is_company': True, 'parent_id': self.dealer.id})
        shop = self.env['res.partner'].create({'name': 'Shop', 'parent_id': self.dealer.id})
        self.invoice(branch, '2026-01-15', 3_000)
        self.invoice(shop, '2026-01-16', 4_000)
        self.assertEarned(self.make_program(bands=((1, 5), (5_000, 10))), 700)

    def test_returns_belong_to_their_invoice(self):
        program = self.make_program()
        invoice = self.invoice(self.dealer, '2026-01-15', 310_000)
        self.refund(self.dealer, '2026-04-10', 15_000, origin=invoice)
        self.refund(self.dealer, '2026-04-11', 1_000)
        self.invoice(self.dealer, '2026-05-01', 200_000)
        self.assertEqual(self.measure(program), 295_000)
        self.assertEqual(self.measure(program, number=2), 199_000)

    def test_as_of_a_day(self):
        program = self.make_program()
        invoice = self.invoice(self.dealer, '2026-01-15', 310_000)
        self.refund(self.dealer, '2026-02-10', 15_000, origin=invoice)

        self.assertEqual(self.measure(program, until=invoice.invoice_date), 310_000)

    def test_vector_r15_bases(self):
        invoices = [self.invoice(self.dealer, '2026-01-15', amount) for amount in (120_000, 190_000)]
        self.pay(invoices[0], '2026-02-01')
        self.pay(invoices[1], '2026-02-02', 60_000)
        for basis, earned in (('invoiced', 12_400), ('paid', 2_400), ('cash', 3_600)):
            with self.subTest(basis):
                self.assertEarned(self.make_program(basis=basis), earned)

    def test_cash_is_what_came_in(self):
        """What is written off with a payment clears an invoice, and never came in."""
        program = self.make_program(basis='cash')
        term = self.env['account.payment.term'].create(
            {
                'name': '2 % within 10 days',
                'early_discount': True,
                'discount_percentage': 2,
                'discount_days': 10,
                'early_pay_discount_computation': 'included',
                'line_ids': [Command.create({'value': 'percent', 'value_amount': 100, 'nb_days': 30})],
            }
        )
        tax = self.env['account.tax'].create({'name': '13 %', 'amount': 13})
        early = self.invoice(self.dealer, '2026-01-15', 100_000, post=False, invoice_payment_term_id=term.id)
        early.invoice_line_ids.tax_ids = tax
        early.action_post()
        self.pay(early, '2026-01-20')
        self.assertEqual((early.amount_total, early.amount_residual), (113_000, 0))
        self.assertEqual(self.measure(program), 110_740)

        short = self.invoice(self.dealer, '2026-05-10', 1_000)
        payment = (
            self.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=short.ids)
            .create(
                {
                    'payment_date': '2026-05-11',
                    'journal_id': self.bank.id,
                    'amount': 999,
                    'payment_difference_handling': 'reconcile',
                    'writeoff_account_id': self.company.account_journal_early_pay_discount_loss_account_id.id,
                }
            )
            ._create_payments()
        )
        self.assertEqual(short.amount_residual, 0)
        self.assertEqual(self.measure(program, number=2), 999)
        payment.action_draft()
        self.assertEqual(self.measure(program, number=2), 0)

    def test_paid_by_the_day_of_the_last_payment(self):
        program = self.make_program(basis='paid')
        invoice = self.invoice(self.dealer, '2026-03-15', 1_000)
        self.pay(invoice, '2026-03-20', 600)
        self.pay(invoice, '2026-04-02', 400)
        self.assertEqual(self.measure(program), 0)
        self.assertEqual(self.measure(program, number=2), 1_000)

    def test_vector_r7_currencies(self):
        for currency, day, rate in (
            (self.usd, '2026-01-10', 7.10),
            (self.usd, '2026-02-10', 7.05),
            (self.eur, '2026-01-10', 7.80),
        ):
            self.set_rate(currency, day, rate)
        self.invoice(self.dealer, '2026-01-10', 10_000, currency=self.usd)
        self.invoice(self.dealer, '2026-02-10', 8_000, currency=self.usd)
        self.invoice(self.dealer, '2026-02-10', 5_000, currency=self.eur)
        program = self.make_program()
        self.assertEqual(self.measure(program), D('166400.00'))
        self.assertEarned(program, 3_328)

    def test_no_rate_on_the_day(self):
        self.set_rate(self.usd, '2026-02-10', 7.05)
        program = self.make_program()
        self.invoice(self.dealer, '2026-01-10', 10_000, currency=self.usd)
        with self.assertRaisesRegex(UserError, 'USD has no exchange rate on 01/10/2026'):
            self.measure(program)

    def test_program_in_another_currency(self):
        self.set_rate(self.usd, '2026-01-01', 7)
        self.invoice(self.dealer, '2026-01-10', 700)
        self.invoice(self.dealer, '2026-01-11', 50, currency=self.usd)
        self.assertEqual(self.measure(self.make_program(currency_id=self.usd.id)), 150)

    def test_quantities(self):
        dozen = self.env.ref('uom.product_uom_dozen')
        unit = self.env.ref('uom.product_uom_unit')
        self.invoice(self.dealer, '2026-01-10', (self.tap, 30, 1))
        invoice = self.invoice(self.dealer, '2026-01-11', (self.tap, 2, 1), post=False)
        invoice.invoice_line_ids.product_uom_id = dozen
        invoice.action_post()
        self.refund(self.dealer, '2026-01-12', (self.tap, 6, 1))
        program = self.make_program(
            [{'threshold': 0, 'amount': 2}], measure='quantity', uom_id=unit.id, reward='per_unit'
        )
        self.assertEqual(self.measure(program), 48)
        self.assertEarned(program, 96)
        self.tap.weight = 1.5
        heavy = self.make_program([{'threshold': 0, 'amount': 2}], measure='weight', reward='per_unit')
        self.assertEqual(self.measure(heavy), 72)

    def test_unit_that_cannot_be_converted(self):
        self.invoice(self.dealer, '2026-01-10', (self.tap, 30, 1))
        program = self.make_program(
            [{'threshold': 0, 'amount': 2}],
            measure='quantity',
            uom_id=self.env.ref('uom.product_uom_kgm').id,
            reward='per_unit',
        )
        with self.assertRaisesRegex(UserError, 'counts "Tap" in Units, which cannot be converted to kg'):
            self.measure(program)

    def test_growth_looks_at_the_year_before(self):
        self.invoice(self.dealer, '2025-02-10', 200_000)
        self.invoice(self.dealer, '2026-02-10', 230_000)
        program = self.make_program(((10, 0.5), (15, 0.7)), driver='growth')
        self.assertEarned(program, 1_610)
        self.assertEarned(self.make_program(((10, 0.5), (15, 0.7)), driver='growth', growth_increment_only=True), 210)

    def test_vector_r16_mix(self):
        condition = {
            'kind': 'mix',
            'category_ids': [Command.set(self.sinks.ids)],
            'share': 20,
            'effect': 'adjust',
            'rate': 1,
            'needs_band': False,
        }
        for sinks, earned in ((120_000, 5_000), (100_000, 5_000), (99_999, 0)):
            dealer = self.make_dealer(f'Mix {sinks}')
            self.invoice(dealer, '2026-02-10', (self.sink, 1, sinks), (self.tap, 1, 500_000 - sinks))
            program = self.make_program(((9_999_999, 1),), condition_ids=[Command.create(condition)])
            self.assertEarned(program, earned, dealer)

    def test_vector_r13_rates_change_within_the_period(self):
        program = self.make_program(((0, 2),))
        self.make_program(((0, 3),), amends_id=program.id, date_from='2026-02-15')
        self.invoice(self.dealer, '2026-02-14', 100_000)
        self.invoice(self.dealer, '2026-02-15', 150_000)
        self.assertEarned(program, 6_500)

    def test_cumulative(self):
        program = self.make_program(((5_000, 2), (15_000, 4)), is_cumulative=True)
        for day, amount in (('2026-01-10', 3_000), ('2026-04-10', 4_000), ('2026-07-10', 20_000)):
            self.invoice(self.dealer, day, amount)
        for number, earned in ((1, 0), (2, 140), (3, 1_080)):
            self.assertEarned(program, earned, number=number)

    def test_dealers_of_the_program(self):
        silver = self.make_dealer('Silver', grade_id=self.silver.id)
        for dealer in (self.dealer, silver):
            self.invoice(dealer, '2026-02-10', 1000)
        program = self.make_program(grade_ids=[Command.set(self.gold.ids)])
        period = self.period(program)
        self.assertEqual(program._find_dealers(period) & (self.dealer | silver), self.dealer)
        # The tier of the last day decides, not today's.
        with freeze_time('2026-01-05'):
            moved = self.make_dealer('Moved', grade_id=self.gold.id)
        with freeze_time('2026-04-01'):
            moved.action_dealer_change_tier(self.silver.id, 'Less')
        self.assertIn(moved, program._find_dealers(period))
        self.assertNotIn(moved, program._find_dealers(self.period(program, 2)))

    def test_overdue_withholds(self):
        program = self.make_program(((0, 2),), condition_ids=[Command.create({'kind': 'overdue', 'withheld': 100})])
        invoice = self.invoice(self.dealer, '2026-02-10', 1000)
        self.assertTrue(self.account(program).overdue)
        self.assertEarned(program, 0)
        self.pay(invoice, '2026-02-20')
        self.assertEarned(program, 20)

    def test_findings(self):
        display, fault = (self.env.ref(f'dealer_management.dealer_rebate_criterion_{n}') for n in ('display', 'fault'))
        diversion = self.env.ref('dealer_management.dealer_rebate_criterion_diversion')
        conditions = [
            {'kind': 'criterion', 'criterion_id': display.id, 'effect': 'adjust', 'rate': 1},
            {'kind': 'criterion', 'criterion_id': fault.id, 'effect': 'adjust', 'rate': -0.5},
            {'kind': 'criterion', 'criterion_id': diversion.id, 'effect': 'withhold', 'withheld': 100},
        ]
        program = self.make_program(
            ((600_000, 4), (1_000_000, 6)),
            edge='strict',
            basis='cash',
            condition_ids=[Command.create(condition) for condition in conditions],
        )
        program.band_ids[1].write({'has_excess_rate': True, 'excess_rate': 8})
        invoice = self.invoice(self.dealer, '2026-02-10', 1_200_000)
        self.pay(invoice, '2026-02-11')
        self.assertEarned(program, 76_000)
        self.find(display)
        self.assertEarned(program, 88_000)
        self.find(fault, times=2)
        self.assertEarned(program, 76_000)
        self.find(diversion)
        self.assertEarned(program, 0)

    def find(self, criterion, **vals):
        finding = self.env['dealer.rebate.finding'].create(
            {'name': 'Found', 'dealer_id': self.dealer.id, 'criterion_id': criterion.id, 'date': '2026-02-15', **vals}
        )
        finding.action_confirm()
        return finding

    def test_diverted_quantity_counts_in_no_rebate(self):
        invoice = self.invoice(self.dealer, '2026-02-10', (self.tap, 10, 100))
        self.find(
            self.env.ref('dealer_management.dealer_rebate_criterion_diversion'),
            move_line_id=invoice.invoice_line_ids.id,
            quantity=4,
        )
        self.assertEqual(self.measure(self.make_program()), 600)

    def test_vector_r14_stack(self):
        stack = self.env['dealer.rebate.stack'].create({'name': 'Stack'})
        self.invoice(self.dealer, '2026-02-10', 1000)
        programs = [
            self.make_program(((0, rate),), stack_id=stack.id, sequence=number, stack_base=base, lowers_later=lowers)
            for number, (rate, base, lowers) in enumerate(
                [(10, 'gross', True), (15, 'gross', False), (20, 'net', True), (25, 'net', True)], 1
            )
        ]
        # Whichever is asked first.
        for program, earned in zip(reversed(programs), (180, 180, 150, 100), strict=True):
            self.assertEarned(program, earned)

    def test_progress(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 261_800)
        progress = program._get_progress(self.dealer, self.period(program).date_to)
        self.assertEqual(progress.earned, D('5236.00'))
        self.assertEqual((progress.steps[0].missing, progress.steps[0].worth), (38_200, 6_764))
        self.assertEqual(progress.what_if(D(38_200)).worth, 6_764)

    def test_queries_do_not_grow(self):
        program = self.make_program(condition_ids=[Command.create({'kind': 'overdue'})])
        program._read_accounts([self.period(program)])
        counts = []
        for number in (2, 8):
            for index in range(number):
                dealer = self.make_dealer(f'Many {number} {index}')
                self.invoice(dealer, '2026-02-10', 100_000, 50_000)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            program._read_accounts([self.period(program)])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
