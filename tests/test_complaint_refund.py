from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.dealer_management.models.account_move_complaint import AccountMove

from .outcome_common import OutcomeCase


def write_without(moves, vals):
    """As if the module did not look at what is posted for complaints."""
    return super(AccountMove, moves).write(vals)


@tagged('post_install', '-at_install')
class TestComplaintRefund(OutcomeCase):
    """Refunds and allowances: a credit note on the invoice line, never above what is left of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order, cls.delivery, cls.sold = cls.sell()
        cls.line = cls.sold.invoice_line_ids
        cls.complaint = cls.make_complaint(
            move_id=cls.sold.id, product_id=cls.valve.id, quantity=2, quantity_kind='broken'
        )

    def test_proposed_by_the_complaint(self):
        outcome = self.plan(self.complaint, 'refund')
        self.assertEqual(outcome.invoice_line_id, self.line)
        self.assertEqual((outcome.quantity, outcome.amount, outcome.currency_id), (2, 180, self.cny))
        self.assertEqual((outcome.quantity_left, outcome.amount_left), (10, 900))
        self.assertEqual(self.plan(self.complaint, 'allowance').invoice_line_id, self.line)

    def test_found_by_the_delivery(self):
        complaint = self.make_complaint(picking_id=self.delivery.id, product_id=self.valve.id, quantity=1)
        self.assertEqual(self.plan(complaint, 'refund').invoice_line_id, self.line)
        complaint = self.make_complaint(order_id=self.order.id, product_id=self.valve.id, quantity=1)
        self.assertEqual(self.plan(complaint, 'refund').invoice_line_id, self.line)

    def test_credit_note_as_it_was_invoiced(self):
        analytic = self.env['account.analytic.plan'].create({'name': 'Plan'})
        account = self.env['account.analytic.account'].create({'name': 'North', 'plan_id': analytic.id})
        self.line.analytic_distribution = {str(account.id): 100}
        outcome = self.make(self.complaint, 'refund')
        note = outcome.credit_note_id
        self.assertEqual((outcome.state, note.state, note.move_type), ('made', 'draft', 'out_refund'))
        self.assertEqual(note.reversed_entry_id, self.sold)
        self.assertEqual((note.ref, note.invoice_origin), (self.complaint.name, self.complaint.name))
        line = note.invoice_line_ids
        self.assertEqual(
            (line.quantity, line.price_unit, line.discount, line.tax_ids, line.price_subtotal),
            (2, 100, 10, self.tax, 180),
        )
        self.assertEqual((line.account_id, line.analytic_distribution), (self.line.account_id, {str(account.id): 100}))
        self.assertEqual(note.amount_total, 203.4)
        self.assertEqual(note.complaint_outcome_ids, outcome)
        self.assertTrue(any('Refund' in message.body for message in self.complaint.message_ids))
        self.assertTrue(any(self.complaint.name in message.body for message in note.message_ids))

        outcome.action_make()
        self.assertEqual(outcome.credit_note_id, note, 'Twice is once.')
        self.post(outcome)
        self.assertEqual((outcome.state, outcome.cost), ('done', 180))
        self.assertEqual(self.complaint.cost, 180)
        self.assertEqual(self.sold.amount_residual, 1017 - 203.4, 'Set off against its invoice.')
        note.button_draft()
        self.assertEqual((outcome.state, self.complaint.cost), ('made', 0))

    def test_never_above_what_was_invoiced(self):
        self.make(self.complaint, 'refund', quantity=7)
        outcome = self.plan(self.complaint, 'refund', quantity=4)
        self.assertEqual((outcome.quantity_left, outcome.amount_left), (3, 270))
        with self.assertRaisesRegex(UserError, '3 .* and .*270'):
            outcome.action_make()
        outcome.quantity = 3
        outcome.action_make()
        self.assertEqual(outcome.amount, 270)
        with self.assertRaisesRegex(UserError, 'are left to be credited'):
            self.plan(self.complaint, 'allowance', amount=0.01).action_make()

    def test_allowance_counts_too(self):
        allowance = self.make(self.complaint, 'allowance', amount=100)
        line = allowance.credit_note_id.invoice_line_ids
        self.assertEqual((line.price_subtotal, line.tax_ids, line.is_allowance), (100, self.tax, True))
        refund = self.plan(self.complaint, 'refund', quantity=10)
        self.assertEqual((refund.quantity_left, refund.amount), (10, 800), 'All goods, and the money that is left.')
        refund.action_make()
        self.assertEqual(refund.credit_note_id.amount_untaxed, 800)
        self.assertEqual(refund.credit_note_id.invoice_line_ids.quantity, 10)

    def test_odoos_own_reversal_counts(self):
        own = self.sold._reverse_moves([{'invoice_date': '2026-11-20'}])
        own.invoice_line_ids.quantity = 6
        outcome = self.plan(self.complaint, 'refund', quantity=5)
        self.assertEqual(outcome.quantity_left, 4, 'Drafts too.')
        with self.assertRaisesRegex(UserError, 'are left to be credited'):
            outcome.action_make()
        own.button_cancel()
        outcome.action_make()
        self.assertEqual(outcome.state, 'made')

    def test_credit_that_was_taken_back_counts_no_more(self):
        outcome = self.make(self.complaint, 'refund', quantity=10)
        self.post(outcome)
        back = outcome.credit_note_id._reverse_moves([{'invoice_date': '2026-11-20'}])
        self.assertEqual(self.plan(self.complaint, 'refund').quantity_left, 0, 'A draft may still be deleted.')
        back.action_post()
        again = self.plan(self.complaint, 'refund', quantity=10)
        self.assertEqual((again.quantity_left, again.amount_left), (10, 900))
        back.button_draft()
        with self.assertRaisesRegex(UserError, 'are left to be credited'):
            again.action_make()
        back.button_cancel()
        self.assertEqual(self.plan(self.complaint, 'refund').quantity_left, 0)

    def take_back(self, credit):
        """What takes a credit note back is undone only as long as nobody has made use of it."""

        def check_it_stays():
            with self.assertRaisesRegex(UserError, 'more of "Valve" .+ than would be left'):
                back.button_draft()
            self.assertEqual(back.state, 'posted')

        back = credit._reverse_moves([{'invoice_date': '2026-11-20'}]).with_user(self.accountant)
        back.action_post()
        again = self.make(self.complaint, 'refund', quantity=10)
        check_it_stays()
        self.post(again)
        check_it_stays()
        again.credit_note_id.button_draft()
        again.with_user(self.staff).action_cancel_outcome()
        back.button_draft()
        back.action_post()
        self.assertEqual(self.plan(self.complaint, 'refund').quantity_left, 10)

    def test_taking_back_a_refund(self):
        outcome = self.make(self.complaint, 'refund', quantity=10)
        self.post(outcome)
        self.take_back(outcome.credit_note_id)

    def test_taking_back_odoos_own_reversal(self):
        own = self.sold._reverse_moves([{'invoice_date': '2026-11-20'}])
        own.action_post()
        self.take_back(own)

    def test_reversals_are_followed_however_often(self):
        """Of an invoice without an order, whose reversals nothing else links with it."""
        sold = self.invoice(self.dealer, '2026-03-10', (self.valve, 10, 90))
        complaint = self.make_complaint(move_id=sold.id, product_id=self.valve.id, quantity=2)
        move = sold
        for left in (0, 10, 0, 10):
            move = move._reverse_moves([{'invoice_date': '2026-11-20'}])
            move.action_post()
            self.assertEqual(self.plan(complaint, 'refund').quantity_left, left)
        self.make(complaint, 'refund', quantity=10)
        with self.assertRaisesRegex(UserError, 'more of "Valve" .+ than would be left'):
            move.button_draft()

    def test_invoice_is_not_lowered_below_what_was_credited(self):
        self.post(self.make(self.complaint, 'refund', quantity=8))
        sold = self.sold.with_user(self.accountant)
        sold.button_draft()
        sold.invoice_line_ids.quantity = 7
        with self.assertRaisesRegex(UserError, 'more of "Valve" .+ than would be left'):
            sold.action_post()
        sold.invoice_line_ids.quantity = 8
        sold.action_post()
        self.assertEqual(sold.state, 'posted')

    def test_credit_note_of_the_order_counts(self):
        returned = self.make(self.complaint, 'return', quantity=4)
        self.receive(returned.picking_id)
        own = self.order._create_invoices(final=True)
        self.assertEqual(
            (own.move_type, own.invoice_line_ids.quantity, own.reversed_entry_id.id), ('out_refund', 4, False)
        )
        self.assertEqual(self.plan(self.complaint, 'refund').quantity_left, 6)

    def test_checked_again_when_posted(self):
        outcome = self.make(self.complaint, 'refund', quantity=10)
        outcome.credit_note_id.with_user(self.accountant).invoice_line_ids.price_unit = 101
        with self.assertRaisesRegex(UserError, 'more would be credited'):
            self.post(outcome)
        outcome.credit_note_id.invoice_line_ids.price_unit = 50
        self.post(outcome)
        self.assertEqual((outcome.state, outcome.cost), ('done', 450))

    def test_lines_replaced_before_posting(self):
        """Whatever an accountant puts in the place of the line: no more than the invoice, nor than of its goods."""
        for line in (
            {'product_id': self.valve.id, 'quantity': 100, 'price_unit': 100},
            {'product_id': self.valve.id, 'quantity': 11, 'price_unit': 1},
            {'product_id': self.tap.id, 'quantity': 1, 'price_unit': 900.01},
            {'name': 'Goodwill', 'quantity': 1, 'price_unit': 10_000},
        ):
            with self.subTest(line):
                outcome = self.make(self.complaint, 'refund')
                note = outcome.credit_note_id.with_user(self.accountant)
                note.write({'invoice_line_ids': [Command.clear(), Command.create({**line, 'tax_ids': self.tax.ids})]})
                with self.assertRaisesRegex(UserError, 'more would be credited'):
                    note.action_post()
                outcome.with_user(self.staff).action_cancel_outcome()
        outcome = self.make(self.complaint, 'refund')
        note = outcome.credit_note_id.with_user(self.accountant)
        note.write({'invoice_line_ids': [Command.clear(), Command.create({'name': 'Goodwill', 'price_unit': 900})]})
        note.action_post()
        self.assertEqual((outcome.state, outcome.cost), ('done', 900), 'All of it, but no more.')

    def test_parts_come_to_the_whole(self):
        """Three thirds of 100.00."""
        sold = self.invoice(self.dealer, '2026-03-10', (self.valve, 3, 33.3333))
        self.assertEqual(sold.amount_untaxed, 100)
        complaint = self.make_complaint(move_id=sold.id, product_id=self.valve.id, quantity=1)
        amounts = [self.make(complaint, 'refund').credit_note_id.amount_untaxed for _part in range(3)]
        self.assertEqual(amounts, [33.33, 33.34, 33.33])

    def test_taxes_in_the_price(self):
        self.tax.price_include_override = 'tax_included'
        sold = self.invoice(self.dealer, '2026-03-10', (self.valve, 2, 113))
        sold.button_draft()
        sold.invoice_line_ids.tax_ids = self.tax
        sold.action_post()
        self.assertEqual(sold.amount_untaxed, 200)
        complaint = self.make_complaint(move_id=sold.id, product_id=self.valve.id, quantity=1)
        self.assertEqual(self.make(complaint, 'refund').credit_note_id.amount_total, 113)
        allowance = self.make(complaint, 'allowance', amount=33.33)
        self.assertEqual(allowance.credit_note_id.amount_untaxed, 33.33)

    def test_another_unit(self):
        dozen = self.env.ref('uom.product_uom_dozen')
        sold = self.invoice(self.dealer, '2026-03-10', (self.valve, 2, 120))
        sold.button_draft()
        sold.invoice_line_ids.write({'product_uom_id': dozen.id, 'price_unit': 120})
        sold.action_post()
        complaint = self.make_complaint(move_id=sold.id, product_id=self.valve.id, quantity=6)
        outcome = self.make(complaint, 'refund')
        line = outcome.credit_note_id.invoice_line_ids
        self.assertEqual((line.quantity, line.product_uom_id, line.price_subtotal), (0.5, dozen, 60))

    def test_taxes_of_parts_come_to_those_of_the_whole(self):
        """Each credit note rounds its taxes: the last one takes what is left of the invoice's."""
        self.tax.price_include_override = 'tax_included'
        for method in ('round_globally', 'round_per_line'):
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                prices = (9.99, 3.33, 7.77, 1.05)
                sold = self.invoice(
                    self.dealer, '2026-03-10', *[(self.valve, 3, price) for price in prices], post=False
                )
                sold.invoice_line_ids.tax_ids = self.tax
                sold.action_post()
                outcomes = self.env['dealer.complaint.outcome']
                complaint = self.make_complaint(move_id=sold.id, product_id=self.valve.id, quantity=1)
                for _piece in range(3):
                    for line in sold.invoice_line_ids:
                        outcomes |= self.make(complaint, 'refund', invoice_line_id=line.id)
                for outcome in outcomes:
                    self.post(outcome)
                self.assertEqual(
                    sum(map(self.cny._to_decimal, outcomes.credit_note_id.mapped('amount_total'))),
                    self.cny._to_decimal(sold.amount_total),
                )
                self.assertEqual(sold.amount_residual, 0)

    def test_a_part_of_the_invoiced_unit(self):
        """What cannot be said in the unit of the invoice is credited in the outcome's own, one by one to the whole."""
        thousand = self.env['uom.uom'].create(
            {'name': 'Thousand', 'relative_factor': 1000, 'relative_uom_id': self.valve.uom_id.id}
        )
        line = self.invoice_in(thousand, 1, 4000)
        for quantity, amount in ((3, 12), (5, 20), (6, 24)):
            with self.subTest(quantity):
                note = self.refund_of(line, quantity).credit_note_id
                credited = note.invoice_line_ids
                self.assertEqual(
                    (credited.quantity, credited.product_uom_id, credited.price_subtotal),
                    (quantity, self.valve.uom_id, amount),
                )
        credited = self.refund_of(line, 980).credit_note_id.invoice_line_ids
        self.assertEqual((credited.quantity, credited.product_uom_id), (0.98, thousand))
        with self.assertRaisesRegex(UserError, '0.006 Thousand'):
            self.refund_of(line, 7)
        self.assertEqual(self.refund_of(line, 6).amount, 24)

    def test_a_dozen_piece_by_piece(self):
        line = self.invoice_in(self.env.ref('uom.product_uom_dozen'), 1, 100)
        notes = self.env['account.move']
        for _piece in range(12):
            outcome = self.refund_of(line, 1)
            self.post(outcome)
            notes |= outcome.credit_note_id
        self.assertEqual(notes.invoice_line_ids.mapped('quantity'), [1] * 12)
        self.assertEqual(sum(self.cny._to_decimal(note.amount_untaxed) for note in notes), 100)
        [left] = line._get_credit_left().values()
        self.assertEqual((left.has_quantity(0.01), left.is_exceeded(), left.amount), (False, False, 0))

    def invoice_in(self, unit, quantity, price):
        """The line of a posted invoice in another unit."""
        sold = self.invoice(self.dealer, '2026-03-10', (self.valve, quantity, price), post=False)
        sold.invoice_line_ids.write({'product_uom_id': unit.id, 'price_unit': price})
        sold.action_post()
        return sold.invoice_line_ids

    def refund_of(self, line, quantity):
        complaint = self.make_complaint(move_id=line.move_id.id, product_id=self.valve.id, quantity=quantity)
        return self.make(complaint, 'refund')

    def test_foreign_currency(self):
        self.set_rate(self.usd, '2026-01-01', 7)
        sold = self.invoice(self.dealer, '2026-03-10', (self.valve, 10, 100), currency=self.usd)
        complaint = self.make_complaint(move_id=sold.id, product_id=self.valve.id, quantity=1)
        outcome = self.plan(complaint, 'refund')
        self.assertEqual(outcome.currency_id, self.usd)
        outcome.currency_id = self.cny
        with self.assertRaisesRegex(UserError, 'in USD'):
            outcome.action_make()
        outcome.currency_id = self.usd
        outcome.action_make()
        self.assertEqual(outcome.credit_note_id.currency_id, self.usd)
        self.post(outcome)
        self.assertEqual(outcome.cost, 700, "In the company's currency.")

    def test_no_invoice_to_credit(self):
        with self.assertRaisesRegex(UserError, 'choose the invoice line'):
            self.plan(self.make_complaint(product_id=self.valve.id, quantity=1), 'refund').action_make()
        draft = self.invoice(self.dealer, '2026-03-10', (self.valve, 1, 10), post=False)
        with self.assertRaisesRegex(UserError, 'posted invoice'):
            self.plan(self.complaint, 'refund', invoice_line_id=draft.invoice_line_ids.id, quantity=1).action_make()
        other = self.invoice(self.make_dealer('Other'), '2026-03-10', (self.valve, 1, 10))
        with self.assertRaisesRegex(ValidationError, 'not an invoice to'):
            self.plan(self.complaint, 'refund', invoice_line_id=other.invoice_line_ids.id)
        with self.assertRaisesRegex(UserError, 'not about'):
            self.plan(
                self.complaint,
                'refund',
                product_id=self.tap.id,
                invoice_line_id=self.line.id,
                quantity=1,
            ).action_make()

    def test_dealer_changed_since_it_was_planned(self):
        other = self.make_dealer('Other')
        complaint = self.make_complaint(product_id=self.valve.id, quantity=1)
        outcome = self.plan(complaint, 'refund', invoice_line_id=self.line.id)
        complaint.write({'dealer_id': other.id, 'partner_id': False})
        with self.assertRaisesRegex(UserError, 'not an invoice to Other'):
            outcome.action_make()
        complaint.write({'dealer_id': self.dealer.id})
        outcome.action_make()
        with self.assertRaisesRegex(UserError, 'has got something'):
            complaint.with_user(self.staff).dealer_id = other
        complaint.with_user(self.staff).dealer_id = self.dealer  # nothing changes
        outcome.action_cancel_outcome()
        complaint.with_user(self.staff).dealer_id = other
        self.assertEqual(complaint.dealer_id, other)

    def test_closed_period_of_the_invoice(self):
        self.company.fiscalyear_lock_date = '2026-10-31'
        outcome = self.make(self.complaint, 'refund')
        self.post(outcome)
        self.assertEqual(str(outcome.credit_note_id.date), '2026-11-20', 'Dated today.')

    def test_cost_account_of_the_type(self):
        self.plain_type.cost_account_id = self.cost_account
        note = self.make(self.complaint, 'refund').credit_note_id
        self.assertEqual(note.invoice_line_ids.account_id, self.cost_account)
        self.plain_type.bearer = 'third'
        note = self.make(self.complaint, 'refund').credit_note_id
        self.assertEqual(note.invoice_line_ids.account_id, self.line.account_id)

    def test_rebates(self):
        """A refund lowers turnover and quantity of the invoice's period; an allowance the turnover alone."""
        amount = self.make_program()
        quantity = self.make_program(
            [{'threshold': 0, 'amount': 1}],
            measure='quantity',
            uom_id=self.valve.uom_id.id,
            reward='per_unit',
            title='By pieces',
        )
        self.post(self.make(self.complaint, 'refund'))
        self.post(self.make(self.complaint, 'allowance', amount=20))
        self.assertEqual(self.account(amount).earning.whole, 900 - 180 - 20)
        self.assertEqual(self.account(quantity).earning.whole, 10 - 2)

    def test_order_asks_for_nothing_again(self):
        """Refunded without a return: delivered and paid no more, but not to be invoiced again."""
        self.post(self.make(self.complaint, 'refund'))
        self.assertEqual((self.order.order_line.qty_invoiced, self.order.order_line.qty_to_invoice), (10, 0))
        returned = self.make(self.complaint, 'return', quantity=3)
        self.receive(returned.picking_id)
        self.post(self.make(self.complaint, 'refund', quantity=3))
        line = self.order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced, line.qty_to_invoice), (7, 7, 0))

    def test_withdrawn(self):
        outcome = self.make(self.complaint, 'refund')
        note = outcome.credit_note_id
        outcome.action_cancel_outcome('Agreed otherwise')
        self.assertEqual((outcome.state, note.state), ('cancelled', 'cancel'))
        self.assertIn('Agreed otherwise', self.complaint.message_ids[0].body)
        outcome = self.make(self.complaint, 'refund')
        outcome.credit_note_id.unlink()
        self.assertEqual((outcome.state, outcome.credit_note_id.id), ('cancelled', False))
        outcome = self.make(self.complaint, 'refund')
        self.post(outcome)
        with self.assertRaisesRegex(UserError, 'is done'):
            outcome.action_cancel_outcome()

    def test_rights(self):
        outcome = self.plan(self.complaint, 'refund')
        for role in ('accountant', 'auditor'):
            with self.subTest(role), self.assertRaises(AccessError):
                outcome.with_user(self.users[role]).action_make()
        with self.assertRaises(AccessError):
            outcome.with_user(self.users['staff_own']).action_make()
        self.dealer.channel_account_manager_id = self.users['staff_own']
        outcome.with_user(self.users['staff_own']).action_make()
        self.assertEqual(outcome.state, 'made')

    def test_nothing_is_forged(self):
        outcome = (
            self.env['dealer.complaint.outcome']
            .with_user(self.staff)
            .with_context(default_state='done', default_cost=5)
            .create(
                {'complaint_id': self.complaint.id, 'kind': 'refund', 'state': 'made', 'credit_note_id': self.sold.id}
            )
        )
        self.assertEqual((outcome.state, outcome.cost, outcome.credit_note_id.id), ('draft', 0, False))
        with self.assertRaisesRegex(UserError, 'by the steps'):
            outcome.state = 'done'
        outcome.action_make()
        with self.assertRaisesRegex(UserError, 'document of this outcome exists'):
            outcome.amount = 1
        with self.assertRaises(AccessError):
            outcome.credit_note_id.with_user(self.accountant).invoice_line_ids.is_allowance = True
        mine = self.env['account.move'].with_user(self.accountant)
        forged = mine.create(
            {
                'move_type': 'out_refund',
                'partner_id': self.dealer.id,
                'invoice_line_ids': [
                    Command.create({'product_id': self.tap.id, 'price_unit': 1, 'is_allowance': True})
                ],
            }
        )
        self.assertFalse(forged.invoice_line_ids.is_allowance)

    def test_over_complaint(self):
        outcome = self.plan(self.complaint, 'refund')
        self.complaint.action_cancel('No complaint')
        with self.assertRaisesRegex(UserError, 'is over'):
            outcome.action_make()
        with self.assertRaisesRegex(UserError, 'is over'):
            self.plan(self.complaint, 'refund')

    def test_confidential_complaint_leaves_no_name(self):
        complaint = self.make_complaint(
            type_id=self.secret_type.id, move_id=self.sold.id, product_id=self.valve.id, quantity=1
        )
        outcome = self.env['dealer.complaint.outcome'].create({'complaint_id': complaint.id, 'kind': 'refund'})
        outcome.action_make()
        note = outcome.credit_note_id
        self.assertFalse(note.ref or note.invoice_origin)
        self.assertNotIn(complaint.name, ' '.join([note.invoice_line_ids.name, *note.message_ids.mapped('body')]))
        self.env.invalidate_all()
        self.assertFalse(note.with_user(self.accountant).complaint_outcome_ids)

    def test_plain_documents_cost_no_more(self):
        """What is posted without a complaint: an invoice no query more, a credit note one."""
        plain = self.env['res.partner'].create({'name': 'Customer'})

        def count(move_type):
            move = self.invoice(plain, '2026-11-20', 10, move_type=move_type, post=False)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            move.action_post()
            self.env.flush_all()
            return self.cr.sql_log_count - start

        for move_type, most in (('out_invoice', 0), ('out_refund', 1)):
            count(move_type)  # what is cached for good
            own = count(move_type)
            with patch.object(AccountMove, 'write', write_without):
                self.assertLessEqual(own - count(move_type), most, move_type)
