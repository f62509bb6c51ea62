from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import DealerCase

SUSPENDED = 'is suspended, so its orders cannot be confirmed. Reason: Overdue by 60 days'


@tagged('post_install', '-at_install')
class TestDealerOrders(DealerCase):
    def setUp(self):
        super().setUp()
        self.dealer = self.make_dealer()
        self.branch = self.env['res.partner'].create(
            {'name': 'Branch', 'parent_id': self.dealer.id, 'type': 'delivery'}
        )
        self.open_order = self.make_order(self.branch, quantity=5)
        self.open_order.action_confirm()
        self.quotation = self.make_order(self.dealer)
        self.dealer.action_dealer_suspend('Overdue by 60 days')

    def assertRefused(self, attempt, message=SUSPENDED):
        with self.assertRaisesRegex(UserError, message):
            attempt()

    def make_transaction(self, **vals):
        provider = self.env['payment.provider'].create({'name': 'Test', 'code': 'none', 'state': 'test'})
        method = self.env['payment.method'].create({'name': 'Test', 'code': 'test', 'active': False})
        return self.env['payment.transaction'].create(
            {
                'provider_id': provider.id,
                'payment_method_id': method.id,
                'amount': self.quotation.amount_total,
                'currency_id': self.quotation.currency_id.id,
                'partner_id': self.dealer.id,
                'reference': 'TX-1',
                'sale_order_ids': self.quotation.ids,
                **vals,
            }
        )

    def test_staff_cannot_confirm(self):
        self.assertRefused(self.quotation.action_confirm)
        self.assertRefused(self.make_order(self.branch).action_confirm)
        self.assertEqual(self.quotation.state, 'draft')

    def test_terminated_says_so(self):
        self.dealer.action_dealer_terminate('Breach of contract')
        self.assertRefused(self.quotation.action_confirm, 'is terminated.*Reason: Breach of contract')

    def test_portal_validation_is_refused(self):
        self.quotation.state = 'sent'
        self.assertRefused(self.quotation.sudo()._validate_order)

    def test_payment_is_kept_and_the_order_waits(self):
        transaction = self.make_transaction(state='done')
        self.assertFalse(transaction._check_amount_and_confirm_order())
        self.assertEqual(self.quotation.state, 'draft')
        self.assertIn('Paid by TX-1, but not confirmed.', self.quotation.message_ids[0].body)
        self.dealer.action_dealer_activate()
        self.assertEqual(transaction._check_amount_and_confirm_order(), self.quotation)

    def test_payment_is_not_begun(self):
        """Whichever page offers it: money for an order that is refused buys nothing."""
        self.assertRefused(lambda: self.make_transaction(state='draft'))
        self.dealer.action_dealer_activate()
        self.assertTrue(self.make_transaction(state='draft'))

    def test_ways_round_action_confirm(self):
        self.assertRefused(lambda: self.make_order(self.dealer, state='sale'))
        self.assertRefused(lambda: self.quotation.write({'state': 'sale'}))
        other = self.make_order(self.env['res.partner'].create({'name': 'Customer'}))
        other.action_confirm()
        self.assertRefused(lambda: other.write({'partner_id': self.dealer.id}))

    def test_nobody_orders_in_its_place(self):
        front = self.env['res.partner'].create({'name': 'Front'})
        company_branch = self.env['res.partner'].create(
            {'name': 'Branch Ltd', 'parent_id': self.dealer.id, 'is_company': True}
        )
        for vals in (
            {'partner_id': front.id, 'partner_invoice_id': self.dealer.id},
            {'partner_id': front.id, 'partner_shipping_id': self.branch.id},
            {'partner_id': company_branch.id},
        ):
            order = self.make_order(front)
            order.write(vals)
            with self.subTest(vals):
                self.assertRefused(order.action_confirm)
        order = self.make_order(front)
        order.action_confirm()
        self.assertRefused(lambda: order.write({'partner_invoice_id': self.dealer.id}))

    def test_confirmed_order_moves_among_contacts_of_the_same_dealer(self):
        self.open_order.partner_id = self.dealer
        self.assertEqual(self.open_order.partner_id, self.dealer)

    def test_flags_do_not_carry_goods_in(self):
        vals = {'product_id': self.product.id, 'product_uom_qty': 50}
        for flag in ('is_expense', 'is_downpayment'):
            with self.subTest(flag):
                self.assertRefused(
                    lambda flag=flag: self.open_order.write({'order_line': [Command.create({**vals, flag: True})]})
                )
        service = self.env['product.product'].create({'name': 'Service', 'type': 'service', 'list_price': 10})
        expense = Command.create({'product_id': service.id, 'product_uom_qty': 1, 'is_expense': True})
        self.open_order.write({'order_line': [expense]})
        line = self.open_order.order_line.filtered('is_expense')
        self.assertTrue(line, 'An expense that is charged on goes on.')
        self.assertRefused(lambda: line.write({'is_expense': False}))
        discount = Command.create({'product_id': service.id, 'product_uom_qty': 1, 'price_unit': -5})
        self.open_order.write({'order_line': [discount]})

    def test_product_is_not_swapped(self):
        services = self.env['product.product'].create(
            [{'name': name, 'type': 'service', 'list_price': 10} for name in ('Cheap', 'Dear')]
        )
        dealer = self.make_dealer('Swapper')
        order = self.make_order(dealer)
        order.order_line = [Command.create({'product_id': services[0].id})]
        order.action_confirm()
        dealer.action_dealer_suspend('Overdue by 60 days')
        self.assertRefused(lambda: order.order_line[-1].write({'product_id': services[1].id}))

    def test_quotation_can_still_be_declined(self):
        self.quotation.write({'state': 'sent', 'require_signature': True})
        self.assertTrue(self.quotation._has_to_be_signed())
        self.quotation.require_payment = True
        self.assertFalse(self.quotation._has_to_be_paid(), 'Nobody pays for what cannot be confirmed.')

    def test_import_is_refused(self):
        result = self.env['sale.order'].load(
            ['partner_id/.id', 'state', 'order_line/product_id/.id', 'order_line/product_uom_qty'],
            [[str(self.dealer.id), 'sale', str(self.product.id), '3']],
        )
        self.assertFalse(result['ids'])
        self.assertIn('is suspended', result['messages'][0]['message'])

    def test_confirmed_order_takes_nothing_more(self):
        line = self.open_order.order_line
        self.assertRefused(
            lambda: self.open_order.write(
                {'order_line': [Command.create({'product_id': self.product.id, 'product_uom_qty': 1})]}
            )
        )
        self.assertRefused(lambda: line.write({'product_uom_qty': 6}))
        self.assertRefused(lambda: line.write({'product_uom_id': self.env.ref('uom.product_uom_dozen').id}))
        self.assertRefused(lambda: self.quotation.order_line.write({'order_id': self.open_order.id}))
        line.product_uom_qty = 4
        self.assertEqual(line.product_uom_qty, 4, 'Taking less is allowed.')

    def test_what_is_open_goes_on(self):
        order = self.open_order
        # delivered, even beyond what was ordered
        picking = order.picking_ids
        picking.move_ids.quantity = 6
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(order.order_line[:1].qty_delivered, 6)
        # invoiced, with a down payment
        wizard = (
            self.env['sale.advance.payment.inv']
            .with_context(active_model='sale.order', active_ids=order.ids)
            .create({'advance_payment_method': 'percentage', 'amount': 10})
        )
        wizard.create_invoices()
        invoice = order._create_invoices(final=True)
        invoice.action_post()
        # paid
        self.env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids).create(
            {}
        )._create_payments()
        self.assertIn(invoice.payment_state, ('in_payment', 'paid'))
        # returned
        wizard = self.env['stock.return.picking'].create({'picking_id': picking.id})
        wizard.product_return_moves.quantity = 1
        returned = wizard._create_return()
        returned.move_ids.picked = True
        returned._action_done()
        self.assertEqual(order.order_line[:1].qty_delivered, 5)
        # cancelled
        self.quotation.action_cancel()
        self.assertEqual(self.quotation.state, 'cancel')

    def test_active_again_orders_again(self):
        self.dealer.action_dealer_activate()
        self.quotation.action_confirm()
        self.assertEqual(self.quotation.state, 'sale')

    def test_other_states_order(self):
        for state in ('prospect', 'onboarding', 'active', 'probation'):
            order = self.make_order(self.make_dealer(state, dealer_state=state))
            order.action_confirm()
            self.assertEqual(order.state, 'sale')

    def test_membership_product_regrades_a_dealer_for_the_salesperson(self):
        dealer = self.make_dealer('Member', grade_id=self.silver.id)
        self.product.write({'service_tracking': 'partnership', 'type': 'service', 'grade_id': self.gold.id})
        order = self.make_order(dealer, user_id=self.users['salesman'].id)
        order.with_user(self.users['salesman']).action_confirm()
        self.assertEqual(dealer.grade_id, self.gold)
        period = dealer.tier_period_ids.filtered(lambda period: not period.date_to)
        self.assertEqual((period.user_id, period.grade_id), (self.users['salesman'], self.gold))
        self.assertIn(order.name, period.reason)
