from decimal import Decimal as D

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .rebate_common import RebateCase


@tagged('post_install', '-at_install')
class TestRebateSettlement(RebateCase):
    """Preview and confirmation: what is earned, corrected, carried and proved."""

    def statement(self, run, dealer=None):
        return run.payout_ids.filtered(lambda payout: payout.dealer_id == (dealer or self.dealer))

    def test_first_settlement(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 200_000, 110_000)
        run = self.settle(program, post=False)
        statement = self.statement(run)
        self.assertEqual((statement.delta, statement.paid, statement.carried_out), (12_400, 12_400, 0))
        computation = statement.computation_ids
        self.assertEqual((computation.number, computation.earned, computation.band), (1, 12_400, 2))
        self.assertEqual(computation.line_ids.mapped('measure'), [200_000, 110_000])
        self.assertEqual(computation.line_ids.mapped('share'), [8_000, 4_400])
        self.assertEqual(computation.settlement_id.earned, 12_400)

    def test_vector_r8_lines_add_up(self):
        program = self.make_program(((0, 3),))
        self.invoice(self.dealer, '2026-02-10', 11.5, 11.5, 11.5)
        computation = self.statement(self.settle(program, post=False)).computation_ids
        self.assertEqual(computation.line_ids.mapped('share'), [0.35, 0.35, 0.34])
        self.assertEqual(computation.earned, 1.04)

    def test_vector_r4_linked_return(self):
        for application, corrected, carried in (('retroactive', -6_500, -2_500), ('marginal', -500, None)):
            dealer = self.make_dealer(f'R4 {application}')
            program = self.make_program(application=application, dealer_ids=[Command.set(dealer.ids)])
            invoice = self.invoice(dealer, '2026-01-15', 310_000)
            self.settle(program, 1, post=False).sudo().state = 'done'
            self.refund(dealer, '2026-04-10', 15_000, origin=invoice)
            self.invoice(dealer, '2026-05-10', 200_000)
            statement = self.statement(self.settle(program, 2, post=False), dealer)
            first, second = statement.computation_ids.sorted('window_from')
            self.assertEqual((first.number, first.delta), (2, corrected))
            self.assertEqual(second.delta, 4_000 if carried else 2_000)
            self.assertEqual(statement.due, corrected + second.delta)
            if carried:
                self.assertEqual((statement.paid, statement.carried_out), (0, carried))

    def test_vector_r3_cumulative(self):
        program = self.make_program(((5_000, 2), (15_000, 4)), is_cumulative=True)
        for number, day, amount, paid in (
            (1, '2026-01-10', 3_000, 0),
            (2, '2026-04-10', 4_000, 140),
            (3, '2026-07-10', 20_000, 940),
        ):
            self.invoice(self.dealer, day, amount)
            run = self.settle(program, number, post=False)
            self.assertEqual(self.statement(run).paid, paid)
            run.sudo().state = 'done'

    def test_vector_r9_minimum_is_carried(self):
        program = self.make_program(((0, 1),), minimum=500)
        self.invoice(self.dealer, '2026-01-10', 48_000)
        self.invoice(self.dealer, '2026-04-10', 10_000)
        run = self.settle(program, 1, post=False)
        self.assertEqual((self.statement(run).paid, self.statement(run).carried_out), (0, 480))
        run.sudo().state = 'done'
        self.assertEqual(self.statement(self.settle(program, 2, post=False)).paid, 580)

    def test_vector_r10_free_goods(self):
        program = self.make_program(
            [{'threshold': 0, 'buy_quantity': 10, 'free_quantity': 1}],
            measure='quantity',
            uom_id=self.env.ref('uom.product_uom_unit').id,
            reward='free_goods',
            payout_method='free_goods',
            free_product_id=self.tap.id,
        )
        invoice = self.invoice(self.dealer, '2026-01-10', (self.tap, 129, 10))
        run = self.settle(program, 1, post=False)
        self.assertEqual(self.statement(run).pay_amount, 12)
        run.sudo().state = 'done'
        self.refund(self.dealer, '2026-04-10', (self.tap, 10, 10), origin=invoice)
        self.assertEqual(self.statement(self.settle(program, 2, post=False)).delta, -1)

    def test_vector_r18_settle_again(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 310_000)
        self.settle(program, 1, post=False).sudo().state = 'done'
        again = self.settle(program, 1, post=False)
        self.assertFalse(again.payout_ids.filtered('paid'))
        self.assertFalse(again.computation_ids)

    def test_vector_r7_paid_in_another_currency(self):
        self.set_rate(self.usd, '2026-01-01', 7.0)
        program = self.make_program(((0, 2),), payout_currency_id=self.usd.id)
        self.invoice(self.dealer, '2026-02-10', 166_400)
        statement = self.statement(self.settle(program, post=False))
        self.assertEqual((statement.pay_currency_id, statement.pay_amount), (self.usd, 475.43))
        self.assertEqual((statement.pay_rate, statement.pay_difference), (7, 0.01))

    def test_what_was_converted_stays_so(self):
        """Rule 6: a corrected rate of a past day changes no settled line; what is new, or changed, has the new rate."""
        rate = self.set_rate(self.usd, '2026-01-01', 7)
        program = self.make_program(((0, 2),), currency_id=self.usd.id)
        kept, changed = (
            self.invoice(self.dealer, f'2026-02-{day}', amount) for day, amount in ((10, 70_000), (11, 7_000))
        )
        foreign = self.invoice(self.dealer, '2026-02-12', 1_000, currency=self.usd)
        run = self.settle(program)
        self.assertEqual(self.statement(run).pay_amount, 240, '2 % of 10,000, of 1,000 and of 1,000')
        rate.inverse_company_rate = 7.5
        self.assertEqual(self.measure(program), 12_000)
        self.assertFalse(self.settle(program).computation_ids, 'There is nothing to correct.')
        # 10,000 + 7,500 / 7.5 + 1,000, and what was posted late, 15,000 / 7.5.
        changed.button_draft()
        changed.invoice_line_ids.price_unit = 7_500
        changed.action_post()
        self.invoice(self.dealer, '2026-02-13', 15_000)
        self.assertEqual(self.measure(program), 14_000)
        correction = self.settle(program, number=2).computation_ids.filtered(lambda found: found.number == 2)
        self.assertEqual((correction.base, correction.delta), (14_000, 40))
        measures = correction.line_ids.grouped('move_id')
        self.assertEqual([measures[move].measure for move in (kept, changed, foreign)], [10_000, 1_000, 1_000])
        # The correction is what holds from now on.
        rate.inverse_company_rate = 8
        self.assertEqual(self.measure(program), 14_000)
        kept.button_draft()
        kept.invoice_date = '2026-02-14'
        kept.action_post()
        self.assertEqual(self.measure(program), 14_000 - 10_000 + 8_750)

    def test_settled_conversions_do_not_need_their_rates(self):
        rate = self.set_rate(self.usd, '2026-01-01', 7)
        program = self.make_program(((0, 2),), currency_id=self.usd.id)
        self.invoice(self.dealer, '2026-02-10', 70_000)
        self.settle(program)
        rate.unlink()
        self.assertEqual(self.measure(program), 10_000)

    def test_paying_a_rebate_out_is_no_cash_paid_back(self):
        """A credit note that the bank pays, alone or with one for goods, lowers no base; nor does a claim raise one."""
        program = self.make_program(basis='cash', debit_negative=True)
        first = self.invoice(self.dealer, '2026-01-15', 310_000)
        self.pay(first, '2026-02-15')
        note = self.settle(program).payout_ids.move_id
        self.assertEqual(note.amount_total, 12_400)
        returned = self.refund(self.dealer, '2026-04-15', 20_000, origin=first)
        wizard = (
            self.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=(note | returned).ids)
            .create({'payment_date': '2026-04-20', 'journal_id': self.bank.id, 'group_payment': True})
        )
        payment = wizard._create_payments()
        self.assertEqual((payment.amount, note.amount_residual, returned.amount_residual), (32_400, 0, 0))
        self.pay(self.invoice(self.dealer, '2026-05-15', 120_000), '2026-05-16')
        self.assertEqual(self.account(program, number=2).earning.whole, 100_000)
        self.settle(program, 2)
        # The bank gives 20,000 back in the first period: of 290,000 it would have been 5,800.
        self.pay(self.refund(self.dealer, '2026-03-15', 20_000), '2026-03-20')
        claim = self.settle(program, 3).payout_ids.move_id
        self.assertEqual((claim.move_type, claim.amount_total), ('out_invoice', 6_600))
        self.pay(claim, '2026-10-20')
        self.assertEqual(self.account(program, number=4).earning.whole, 0)

    def test_one_settlement_a_period(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 310_000)
        settlement = self.statement(self.settle(program, post=False)).computation_ids.settlement_id
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.errors.UniqueViolation):
            settlement.sudo().copy()

    def test_one_run_under_way(self):
        program = self.make_program()
        self.settle(program, post=False)
        with self.assertRaisesRegex(UserError, 'is under way, until 03/31/2026'):
            self.settle(program, 2)

    def test_cancel_gives_everything_back(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 310_000)
        run = self.settle(program, post=False)
        run.action_cancel()
        self.assertFalse(program.settlement_ids)
        self.assertEqual(self.statement(self.settle(program, post=False)).paid, 12_400)

    def test_preview_again(self):
        program = self.make_program()
        run = self.env['dealer.rebate.run'].create({'program_id': program.id, 'period_to': '2026-03-31'})
        run.action_preview()
        self.assertFalse(self.statement(run).paid)
        self.invoice(self.dealer, '2026-02-10', 310_000)
        run.action_preview()
        self.assertEqual(self.statement(run).paid, 12_400)

    def test_periods(self):
        program = self.make_program(date_to='2027-12-31')
        for day, date, message in (
            ('2026-03-30', '2026-04-10', 'No period of "Quarterly rebate" ends on 03/30/2026'),
            ('2027-03-31', '2027-04-10', 'The period lasts until 03/31/2027'),
            ('2026-03-31', '2026-03-31', 'The accounting date has to be later than 03/31/2026'),
        ):
            run = self.env['dealer.rebate.run'].create({'program_id': program.id, 'period_to': day, 'date': date})
            with self.assertRaisesRegex(UserError, message):
                run.action_preview()

    def test_roles(self):
        program = self.make_program()
        vals = {'program_id': program.id, 'period_to': '2026-03-31', 'date': '2026-04-10'}
        for role in ('staff', 'auditor', 'complaint', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                self.env['dealer.rebate.run'].with_user(self.users[role]).create(vals)
        run = self.env['dealer.rebate.run'].with_user(self.approver).create({**vals, 'state': 'done'})
        self.assertEqual(run.state, 'draft')
        run.action_preview()
        with self.assertRaises(AccessError):
            run.action_confirm()
        with self.assertRaises(AccessError):
            run.write({'state': 'done'})
        run.with_user(self.accountant).action_confirm()
        self.assertEqual(run.state, 'confirmed')

    def test_overdue_stays_as_it_was_settled(self):
        program = self.make_program(((0, 1),), condition_ids=[Command.create({'kind': 'overdue'})])
        invoice = self.invoice(self.dealer, '2026-01-10', 10_000)
        self.pay(invoice, '2026-02-01')
        run = self.settle(program, 1, post=False)
        self.assertEqual(self.statement(run).paid, 100)
        run.sudo().state = 'done'
        self.invoice(self.dealer, '2026-04-10', 10_000)
        statement = self.statement(self.settle(program, 2, post=False))
        self.assertEqual(statement.due, 0, 'The second quarter is withheld, the first one is not claimed back.')

    def test_two_versions_share_by_their_lines(self):
        program = self.make_program(((0, 2),))
        self.make_program(((0, 3),), amends_id=program.id, date_from='2026-02-15')
        self.invoice(self.dealer, '2026-02-14', 100_000)
        self.invoice(self.dealer, '2026-02-15', 150_000)
        computation = self.statement(self.settle(program, post=False)).computation_ids
        self.assertEqual(computation.line_ids.mapped('share'), [2_000, 4_500])

    def test_proof_outlives_the_invoice(self):
        program = self.make_program(((0, 2),))
        invoice = self.invoice(self.dealer, '2026-02-14', 100_000)
        number = invoice.name
        self.settle(program, post=False).sudo().state = 'done'
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        settlement = program.settlement_ids.filtered(lambda each: each.dealer_id == self.dealer)
        self.assertEqual(settlement.line_ids.document, number)
        self.assertFalse(settlement.line_ids.move_line_id)
        statement = self.statement(self.settle(program, 2, post=False))
        self.assertEqual((statement.paid, statement.carried_out), (0, -2_000))

    def test_invoice_moved_to_another_dealer(self):
        program, other = self.make_program(((0, 2),)), self.make_dealer('Other')
        invoice = self.invoice(self.dealer, '2026-02-14', 100_000)
        self.settle(program, post=False).sudo().state = 'done'
        invoice.button_draft()
        invoice.partner_id = other
        invoice.action_post()
        run = self.settle(program, 2, post=False)
        self.assertEqual(self.statement(run).carried_out, -2_000)
        self.assertEqual(self.statement(run, other).paid, 2_000)

    def test_amounts_of_lines_are_exact(self):
        program = self.make_program(((0, D('1.2345')),))
        self.invoice(self.dealer, '2026-02-14', 33.33, 66.67, 0.01)
        computation = self.statement(self.settle(program, post=False)).computation_ids
        self.assertAlmostEqual(sum(computation.line_ids.mapped('share')), computation.earned, 9)
