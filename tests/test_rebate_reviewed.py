from decimal import Decimal as D

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .rebate_common import RebateCase


@tagged('post_install', '-at_install')
class TestRebateReviewed(RebateCase):
    """What an accountant who distrusted the figures found, each as it was found."""

    def statement(self, run, dealer=None):
        return run.payout_ids.filtered(lambda payout: payout.dealer_id == (dealer or self.dealer))

    def settled(self, program, number):
        run = self.settle(program, number, post=False)
        run.sudo().state = 'done'
        return self.statement(run)

    def test_cumulative_pays_a_late_invoice_once(self):
        program = self.make_program(((0, 10),), is_cumulative=True)
        self.invoice(self.dealer, '2026-02-10', 1000)
        self.invoice(self.dealer, '2026-05-10', 1000)
        self.assertEqual([self.settled(program, number).paid for number in (1, 2)], [100, 100])
        self.invoice(self.dealer, '2026-03-10', 500)
        self.assertEqual(self.settled(program, 1).paid, 50)
        self.assertFalse(self.settled(program, 2).paid)
        self.assertFalse(self.settled(program, 3).paid)

    def test_cumulative_corrects_who_has_left(self):
        program = self.make_program(((0, 10),), is_cumulative=True, dealer_type_ids=[Command.set(self.distributor.ids)])
        invoice = self.invoice(self.dealer, '2026-02-10', 1000)
        self.settled(program, 1)
        self.refund(self.dealer, '2026-04-10', 1000, origin=invoice)
        self.dealer.dealer_type_id = self.distributor.copy({'name': 'Other', 'code': 'OTHER'})
        self.assertEqual(self.settled(program, 2).carried_out, -100)

    def test_archived_products_and_dealers_count(self):
        self.invoice(self.dealer, '2026-02-10', (self.tap, 1, 1000), (self.sink, 1, 5000))
        chosen = self.make_program(((0, 10),), product_tmpl_ids=[Command.set(self.tap.product_tmpl_id.ids)])
        without = self.make_program(((0, 10),), excluded_product_tmpl_ids=[Command.set(self.tap.product_tmpl_id.ids)])
        named = self.make_program(((0, 10),), dealer_ids=[Command.set(self.dealer.ids)])
        self.tap.product_tmpl_id.action_archive()
        self.dealer.action_archive()
        self.assertEarned(chosen, 100)
        self.assertEarned(without, 500)
        self.assertEqual(named._find_dealers(self.period(named)), self.dealer)

    def test_what_is_in_force_is_not_archived(self):
        program = self.make_program(((0, 2),))
        amendment = self.make_program(((0, 3),), amends_id=program.id, date_from='2026-02-15')
        for record in (program, amendment):
            with self.assertRaisesRegex(UserError, 'is in force: close or cancel it first'):
                record.with_user(self.author).action_archive()
        self.invoice(self.dealer, '2026-02-20', 1000)
        amendment.action_archive()
        self.assertEarned(program, 30)

    def test_net_of_what_was_settled(self):
        stack = self.env['dealer.rebate.stack'].create({'name': 'Stack'})
        overdue = [Command.create({'kind': 'overdue', 'withheld': 100})]
        first = self.make_program(((0, 10),), stack_id=stack.id, sequence=1, condition_ids=overdue)
        second = self.make_program(((0, 20),), stack_id=stack.id, sequence=2, stack_base='net')
        invoice = self.invoice(self.dealer, '2026-02-10', 1000)
        self.assertEqual([self.settled(program, 1).paid for program in (first, second)], [0, 200])
        self.pay(invoice, '2026-04-20')
        self.assertFalse(self.settled(second, 2).due, 'Nothing of the first quarter has changed.')

    def test_branch_company(self):
        branch = self.env['res.company'].create({'name': 'Branch', 'parent_id': self.company.id})
        self.env.user.company_ids |= branch
        # A branch keeps its books with the accounts of the company above.
        account = self.invoice(self.dealer, '2026-02-11', 500).invoice_line_ids.account_id
        receivable = self.dealer.property_account_receivable_id
        self.dealer.with_company(branch).property_account_receivable_id = receivable
        line = {
            'product_id': self.tap.id,
            'quantity': 1,
            'price_unit': 1000,
            'tax_ids': False,
            'account_id': account.id,
        }
        invoice = (
            self.env['account.move']
            .with_company(branch)
            .create(
                {
                    'move_type': 'out_invoice',
                    'partner_id': self.dealer.id,
                    'invoice_date': '2026-02-10',
                    'journal_id': self.journal.id,
                    'invoice_line_ids': [Command.create(line)],
                }
            )
        )
        invoice.action_post()
        self.assertEqual(invoice.company_id, branch)
        self.assertEarned(self.make_program(((0, 10),)), 150)
        self.dealer.company_id = self.company
        self.assertEarned(self.make_program(((0, 10),), company_id=branch.id, journal_id=False), 100)

    def test_cash_of_a_contact(self):
        contact = self.env['res.partner'].create({'name': 'Clerk', 'parent_id': self.dealer.id})
        payment = self.env['account.payment'].create(
            {
                'partner_id': contact.id,
                'amount': 1000,
                'date': '2026-02-10',
                'journal_id': self.bank.id,
                'payment_type': 'inbound',
                'partner_type': 'customer',
            }
        )
        payment.action_post()
        self.assertEarned(self.make_program(((0, 10),), basis='cash'), 100)

    def test_reversed_return(self):
        invoice = self.invoice(self.dealer, '2026-02-10', 1000)
        refund = self.refund(self.dealer, '2026-05-10', 1000, origin=invoice)
        self.invoice(self.dealer, '2026-08-10', 1000, reversed_entry_id=refund.id)
        program = self.make_program(((0, 10),))
        for number, earned in ((1, 100), (2, 0), (3, 0)):
            self.assertEarned(program, earned, number=number)
        # The way for many dealers gives the same.
        many = self.env['res.partner'].concat(*(self.make_dealer(f'Many {number}') for number in range(25)))
        accounts = program._read_accounts([self.period(program)], many | self.dealer)
        self.assertEqual(accounts[self.dealer.id, self.period(program)].earned, 100)

    def test_diverted_and_returned(self):
        invoice = self.invoice(self.dealer, '2026-02-10', (self.tap, 10, 100), (self.sink, 10, 100))
        line = invoice.invoice_line_ids.filtered(lambda line: line.product_id == self.tap)
        finding = self.env['dealer.rebate.finding'].create(
            {
                'name': 'Found',
                'dealer_id': self.dealer.id,
                'criterion_id': self.env.ref('dealer_management.dealer_rebate_criterion_diversion').id,
                'date': '2026-02-15',
                'move_line_id': line.id,
                'quantity': 10,
            }
        )
        finding.sudo().state = 'confirmed'
        program = self.make_program(((0, 10),))
        self.assertEarned(program, 100)
        self.refund(self.dealer, '2026-03-10', (self.tap, 10, 100), origin=invoice)
        self.assertEarned(program, 100)

    def test_nothing_that_is_carried_is_lost(self):
        program = self.make_program(((0, 10),))
        self.invoice(self.dealer, '2026-02-10', 1000)
        statement = self.settled(program, 1)
        self.settled(program, 2)
        # What was to be paid is carried instead, after a later one was settled.
        statement.sudo().write({'paid': 0, 'carried_out': 100})
        self.invoice(self.dealer, '2026-08-10', 2000)
        self.assertEqual(self.settled(program, 3).paid, 300)

    def test_three_decimals(self):
        dinar = self.env.ref('base.KWD')
        dinar.active = True
        self.set_rate(dinar, '2026-01-01', 1)
        program = self.make_program(((0, D('3.333')),), currency_id=dinar.id)
        self.invoice(self.dealer, '2026-02-10', 1037.777, currency=dinar)
        self.assertEqual(self.settled(program, 1).paid, 34.589)
        self.assertFalse(self.settled(program, 1))
