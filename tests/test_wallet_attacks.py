from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_rebate_wallet import WalletCase


class WalletAttackCase(WalletCase):
    def confirm(self, amount, quantity=10):
        order = self.make_paid_order(amount, quantity)
        order.action_confirm()
        return order

    def wallet_item(self, invoice):
        return invoice.invoice_line_ids.filtered(lambda item: item.sale_line_ids.is_rebate_wallet)

    def assertBooksAgree(self, left):
        """The ledger owes ``left``, and the wallet says the same."""
        credits = self.env['dealer.rebate.wallet.credit'].search([('dealer_id', '=', self.golden.id)])
        self.assertEqual((-self.balance_of(self.wallet_account), sum(credits.mapped('remaining'))), (left, left))

    def refuse_to_post(self, move, text):
        """``move`` stays a draft, and nothing is changed."""
        with self.assertRaisesRegex(UserError, text):
            move.action_post()
        self.env.invalidate_all()
        self.assertEqual(move.state, 'draft')


@tagged('post_install', '-at_install')
class TestWalletSubtotals(WalletAttackCase):
    """What a wallet pays does not depend on stored subtotals, which are written over the API."""

    def test_subtotal_of_goods(self):
        third = self.make_wallet_program('Third', wallet_max_share=30)
        credit = self.fill_wallet(self.golden, 900, program=third)
        order = self.make_quotation(self.golden, (self.tap, 1), user_id=self.users['salesman'].id)
        order = order.with_user(self.users['salesman'])
        order.order_line.write({'price_subtotal': 3000, 'price_reduce_taxexcl': 3000})
        self.assertEqual(order.wallet_limit, 30)
        with self.assertRaisesRegex(UserError, 'at most'):
            order.action_use_wallet(900)
        order.action_use_wallet(30)
        order.order_line[0].write({'price_subtotal': 3000})
        order.action_confirm()
        self.assertEqual((order.wallet_paid, order.amount_untaxed, credit.remaining), (30, 70, 870))

    def test_subtotal_of_goods_to_be_invoiced(self):
        self.tap.invoice_policy = 'delivery'
        self.fill_wallet(self.golden, 900)
        order = self.confirm(900)
        goods = order.order_line[0]
        goods.qty_delivered = 1
        goods.write({'price_subtotal': 9000, 'price_reduce_taxexcl': 900})
        self.assertEqual(self.wallet_item(self.invoice(order)).price_unit, -100)

    def test_subtotal_of_the_wallet(self):
        credit = self.fill_wallet(self.golden, 900)
        order = self.confirm(300)
        order.user_id = self.users['salesman']
        line = self.wallet_line(order)
        for name in ('price_subtotal', 'price_total', 'price_tax', 'technical_price_unit'):
            with self.subTest(name), self.assertRaisesRegex(UserError, 'is chosen by the button'):
                line.with_user(self.users['salesman']).write({name: -900})
        # Whoever gets past that gains nothing.
        line.price_subtotal = -900
        self.assertEqual(order.wallet_paid, 300)
        invoice = self.invoice(order)
        self.assertEqual((invoice.amount_untaxed, credit.remaining), (700, 600))
        self.assertBooksAgree(600)

    def test_subtotal_of_the_invoice(self):
        self.fill_wallet(self.golden, 900)
        invoice = self.confirm(300)._create_invoices()
        self.wallet_item(invoice).with_user(self.users['accountant']).price_subtotal = -900
        invoice.action_post()
        self.assertBooksAgree(600)

    def test_amounts_of_the_tax_engine(self):
        """Odoo keeps what a tax computation was told by hand: that is no base of a share either."""
        half = self.make_wallet_program('Half', wallet_max_share=50)
        self.fill_wallet(self.golden, 9000, program=half)
        tax = self.env['account.tax'].create({'name': 'On top', 'amount': 13})
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.order_line.tax_ids = tax
        order.order_line.extra_tax_data = {
            'currency_id': order.currency_id.id,
            'price_unit': 100,
            'discount': 0,
            'quantity': 10,
            'rate': 1,
            'manual_total_excluded_currency': 9000,
            'manual_total_excluded': 9000,
            'manual_tax_amounts': {
                str(tax.id): {
                    'tax_amount_currency': 0,
                    'base_amount_currency': 9000,
                    'tax_amount': 0,
                    'base_amount': 9000,
                }
            },
        }
        self.assertEqual(order.wallet_limit, 500)

    def test_taxes_of_the_wallet_line(self):
        tax = self.env['account.tax'].create(
            {'name': 'In the price', 'amount': 13, 'price_include_override': 'tax_included'}
        )
        self.company._get_wallet_product().taxes_id = tax
        half = self.make_wallet_program('Half', wallet_max_share=50)
        self.fill_wallet(self.golden, 900, program=half)
        order = self.confirm(500)
        self.assertEqual(self.wallet_line(order).price_unit, -565)
        self.wallet_line(order).tax_ids = False
        self.assertEqual((order.wallet_paid, self.wallet_line(order).price_unit), (500, -500))

    @mute_logger('odoo.sql_db')
    def test_the_line_never_adds_to_the_order(self):
        self.fill_wallet(self.golden, 900)
        line = self.wallet_line(self.make_paid_order(300))
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            line.price_unit = 300
            line.flush_recordset()


@tagged('post_install', '-at_install')
class TestWalletDocuments(WalletAttackCase):
    """Invoices and credit notes neither take more out of a wallet than the order says, nor give back more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fill_wallet(cls.golden, 900)

    def test_credited_twice(self):
        order = self.confirm(500)
        invoice = self.invoice(order)
        self.refund(invoice).action_post()
        self.assertBooksAgree(900)
        again = self.refund(invoice)
        self.refuse_to_post(again, 'give back .*500.00 more')
        self.assertEqual((order.wallet_paid, order.amount_untaxed), (0, 1000))
        self.assertBooksAgree(900)

    def test_credited_twice_at_once(self):
        invoice = self.invoice(self.confirm(500))
        both = self.refund(invoice) | self.refund(invoice)
        with self.assertRaisesRegex(UserError, 'give back .*500.00 more'):
            both.action_post()
        self.assertBooksAgree(400)

    def test_credited_more_than_invoiced(self):
        order = self.confirm(100)
        credit_note = self.refund(self.invoice(order))
        self.wallet_item(credit_note).price_unit = -500
        self.refuse_to_post(credit_note, 'give back .*400.00 more')
        self.assertEqual(order.wallet_paid, 100)
        self.assertBooksAgree(800)

    def test_invoice_taken_back_after_it_was_credited(self):
        invoice = self.invoice(self.confirm(500))
        credit_note = self.refund(invoice)
        credit_note.action_post()
        with self.assertRaisesRegex(UserError, 'give back .*500.00 more'):
            invoice.button_draft()
        self.env.invalidate_all()
        self.assertBooksAgree(900)
        credit_note.button_draft()
        invoice.button_draft()
        invoice.action_post()
        self.assertBooksAgree(400)

    def test_copied_invoice(self):
        invoice = self.invoice(self.confirm(500)).with_user(self.users['accountant'])
        for context in ({}, {'include_business_fields': True}):
            with self.subTest(context):
                copied = invoice.with_context(**context).copy({'invoice_date': '2026-05-04'})
                self.refuse_to_post(copied, 'which says' if context else 'none of an order')
        self.assertBooksAgree(400)

    def test_line_made_by_hand(self):
        line = {'name': 'Sneaked in', 'quantity': 1, 'price_unit': -50, 'account_id': self.wallet_account.id}
        goods = {'product_id': self.tap.id, 'quantity': 1, 'price_unit': 100}
        for move_type in ('out_invoice', 'out_refund', 'out_receipt'):
            with self.subTest(move_type):
                move = (
                    self.env['account.move']
                    .with_user(self.users['accountant'])
                    .create(
                        {
                            'move_type': move_type,
                            'partner_id': self.golden.id,
                            'invoice_date': '2026-05-04',
                            'invoice_line_ids': [Command.create(goods), Command.create(line)],
                        }
                    )
                )
                self.refuse_to_post(move, 'none of an order')

    def test_one_line_for_two_orders(self):
        first, second = self.confirm(300), self.confirm(300)
        invoice = first._create_invoices()
        self.wallet_item(invoice).sale_line_ids |= self.wallet_line(second)
        self.refuse_to_post(invoice, 'none of an order')

    def test_raised_beyond_the_order(self):
        order = self.confirm(300)
        invoice = order._create_invoices()
        self.wallet_item(invoice).price_unit = -900
        self.refuse_to_post(invoice, '900.00 of the order .* which says')
        self.assertEqual(order.wallet_paid, 300)
        self.wallet_item(invoice).price_unit = -300
        invoice.action_post()
        self.assertBooksAgree(600)

    def test_raised_by_a_credit_note(self):
        order = self.confirm(300)
        credit_note = self.refund(self.invoice(order))
        self.wallet_item(credit_note).price_unit = 300
        self.refuse_to_post(credit_note, '600.00 of the order .* which says')
        self.assertBooksAgree(600)

    def test_raised_after_it_was_credited(self):
        """What replaces a credited invoice pays no more than was asked for, nor than the share of the order now."""
        order = self.confirm(300)
        invoice = self.refund(self.invoice(order), modify=True)
        invoice.invoice_date = '2026-05-04'
        item = self.wallet_item(invoice)
        item.price_unit = -301
        self.refuse_to_post(invoice, 'which says')
        item.price_unit = -300
        order.order_line[0].product_uom_qty = 2
        self.refuse_to_post(invoice, 'which says .*200.00')
        item.price_unit = -200
        invoice.action_post()
        self.assertEqual(order.wallet_paid, 200)
        self.assertBooksAgree(700)

    def test_replaced_by_an_accountant(self):
        order = self.confirm(300)
        invoice = self.invoice(order)
        wizard = (
            self.env['account.move.reversal']
            .with_user(self.users['accountant'])
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({'journal_id': invoice.journal_id.id, 'reason': 'Wrong address'})
        )
        replaced = self.env['account.move'].browse(wizard.modify_moves()['res_id'])
        self.assertEqual(self.wallet_item(replaced).rebate_role, 'wallet', 'Rebates do not count it.')
        replaced.invoice_date = '2026-05-04'
        replaced.with_user(self.users['accountant']).action_post()
        self.assertEqual(order.wallet_paid, 300)
        self.assertBooksAgree(600)

    def test_lowered_and_credited_in_part(self):
        order = self.confirm(300)
        credit_note = self.refund(self.invoice(order))
        order.order_line[0].product_uom_qty = 1
        self.assertEqual(order.wallet_paid, 100)
        self.wallet_item(credit_note).price_unit = -50
        credit_note.action_post()
        self.assertBooksAgree(650)

    def test_booked_elsewhere(self):
        order = self.confirm(300)
        invoice = order._create_invoices()
        self.wallet_item(invoice).account_id = self.sales_account
        self.refuse_to_post(invoice, 'has to be booked on the account')
        invoice.button_cancel()
        invoice = order._create_invoices()
        euro = self.env.ref('base.EUR' if self.company.currency_id.name != 'EUR' else 'base.USD')
        euro.active = True
        invoice.currency_id = euro
        self.refuse_to_post(invoice, 'has to be booked on the account')

    def test_no_account(self):
        order = self.confirm(900)
        self.company.dealer_wallet_account_id = False  # nothing is left in the wallets
        invoice = order._create_invoices()
        self.refuse_to_post(invoice, 'need an account')

    def test_accountant_posts_what_an_order_says(self):
        order = self.confirm(300)
        order._create_invoices().with_user(self.users['accountant']).action_post()
        self.assertBooksAgree(600)


@tagged('post_install', '-at_install')
class TestWalletPayer(WalletAttackCase):
    """A wallet pays what its own dealer is invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fill_wallet(cls.golden, 900)
        cls.stranger = cls.env['res.partner'].create({'name': 'Stranger', 'is_company': True})

    def test_somebody_else_is_invoiced(self):
        for payer in (self.stranger, self.silvery):
            order = self.make_quotation(self.golden, (self.tap, 10), partner_invoice_id=payer.id)
            self.assertEqual(order.wallet_limit, 0)
            with self.assertRaisesRegex(UserError, 'at most'):
                order.action_use_wallet(100)

    def test_address_and_branch(self):
        address, branch = self.env['res.partner'].create(
            [
                {'name': 'Accounts', 'parent_id': self.golden.id, 'type': 'invoice'},
                {'name': 'Golden Branch', 'parent_id': self.golden.id, 'is_company': True},
            ]
        )
        below = self.env['res.partner'].create({'name': 'Its desk', 'parent_id': branch.id})
        for payer in (address, branch, below):
            order = self.make_quotation(self.golden, (self.tap, 1), partner_invoice_id=payer.id)
            self.assertEqual(order.wallet_limit, 100)
            order.action_use_wallet(100)
            order.action_confirm()
            self.invoice(order)
        self.assertBooksAgree(600)
        branch.is_dealer = True
        order = self.make_quotation(self.golden, (self.tap, 1), partner_invoice_id=below.id)
        self.assertEqual(order.wallet_limit, 0, 'A dealer of its own.')

    def test_changed_on_the_order(self):
        order = self.make_paid_order(300)
        order.partner_invoice_id = self.stranger
        self.assertFalse(order.wallet_paid or order.wallet_asked or order.wallet_limit)
        order = self.confirm(300)
        with self.assertRaisesRegex(UserError, 'who is invoiced'):
            order.partner_invoice_id = self.stranger

    def test_changed_on_the_invoice(self):
        invoice = self.confirm(300)._create_invoices()
        invoice.partner_id = self.stranger
        self.stranger.property_account_receivable_id = self.receivable
        self.refuse_to_post(invoice, 'is an invoice to Stranger')
