from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.dealer_management.models.stock_picking_complaint import StockPicking

from .outcome_common import OutcomeCase


@tagged('post_install', '-at_install')
class TestComplaintOutcome(OutcomeCase):
    """Goods that come back, are replaced or repaired, and what that costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order, cls.delivery, cls.sold = cls.sell()
        cls.complaint = cls.make_complaint(
            picking_id=cls.delivery.id,
            product_id=cls.valve.id,
            lot_name='LOT-A',
            quantity=3,
            quantity_kind='broken',
        )

    # ----------------------------------------------------------------- Return

    def test_return_by_the_delivery(self):
        outcome = self.plan(self.complaint, 'return')
        self.assertEqual((outcome.product_id, outcome.lot_id, outcome.quantity), (self.valve, self.lots[0], 3))
        outcome.action_make()
        outcome = outcome.with_env(self.env)
        receipt = outcome.picking_id
        self.assertEqual(
            (outcome.state, receipt.return_id, receipt.picking_type_code), ('made', self.delivery, 'incoming')
        )
        move = receipt.move_ids
        self.assertEqual((move.product_uom_qty, move.to_refund, move.move_line_ids.lot_id), (3, True, self.lots[0]))
        self.assertIn(self.complaint.name, receipt.origin)
        self.assertEqual(receipt.complaint_outcome_ids, outcome)
        self.receive(receipt)
        self.assertEqual(outcome.state, 'done')
        self.assertEqual(self.order.order_line.qty_delivered, 7)

    def test_return_of_no_more_than_was_delivered(self):
        first = self.make(self.complaint, 'return', quantity=8)
        outcome = self.plan(self.complaint, 'return', quantity=3)
        with self.assertRaisesRegex(UserError, 'no more than 2 .*: see the transfers of the delivery') as caught:
            outcome.action_make()
        # Another return may be of a complaint that does not exist to whoever reads this.
        self.assertNotIn('returned', str(caught.exception))
        outcome.quantity = 2
        outcome.action_make()
        self.assertEqual(first.picking_id.move_ids.move_line_ids.lot_id, self.lots[0], 'Still expected.')
        with self.assertRaisesRegex(UserError, 'no more than 0 '):
            self.plan(self.complaint, 'return', quantity=1, lot_id=self.lots[1].id).action_make()

    def test_return_of_the_lot_that_is_named(self):
        order = self.sell(4)[0]
        delivery = order.picking_ids
        delivered = delivery.move_ids
        self.env['stock.move.line'].create(
            {**delivered._prepare_move_line_vals(quantity=2), 'lot_id': self.lots[1].id, 'quantity': 2}
        )
        complaint = self.make_complaint(picking_id=delivery.id, product_id=self.valve.id, lot_name='LOT-B', quantity=2)
        receipt = self.make(complaint, 'return').picking_id
        self.assertEqual(receipt.move_ids.move_line_ids.lot_id, self.lots[1])

    def test_return_in_another_unit(self):
        dozen = self.env.ref('uom.product_uom_dozen')
        delivery = self.sell(24)[1]
        complaint = self.make_complaint(picking_id=delivery.id, product_id=self.valve.id, quantity=1)
        receipt = self.make(complaint, 'return', product_uom_id=dozen.id, lot_id=self.lots[0].id).picking_id
        self.assertEqual(receipt.move_ids.product_qty, 12)

    def test_return_without_a_known_delivery(self):
        complaint = self.make_complaint(product_id=self.valve.id, lot_name='LOT-B', quantity=2)
        outcome = self.make(complaint, 'return')
        receipt = outcome.picking_id
        self.assertEqual((receipt.picking_type_code, receipt.partner_id), ('incoming', self.dealer))
        self.assertEqual(receipt.move_ids.location_id.usage, 'customer')
        self.assertEqual(receipt.move_ids.move_line_ids.lot_id, self.lots[1])
        self.receive(receipt)
        self.assertEqual(outcome.state, 'done')

    def test_return_received_in_parts(self):
        outcome = self.make(self.complaint, 'return')
        receipt = outcome.picking_id
        receipt.move_ids.move_line_ids.quantity = 1
        receipt.move_ids.picked = True
        receipt.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        self.assertEqual((receipt.state, outcome.state), ('done', 'made'))
        self.receive(receipt.backorder_ids)
        self.assertEqual(outcome.state, 'done')

    def test_return_cancelled_by_the_warehouse(self):
        outcome = self.make(self.complaint, 'return')
        outcome.picking_id.action_cancel()
        self.assertEqual(outcome.state, 'cancelled')
        outcome = self.make(self.complaint, 'return')
        outcome.with_user(self.staff).action_cancel_outcome()
        self.assertEqual(outcome.picking_id.state, 'cancel')

    def test_return_cancelled_line_by_line(self):
        outcome = self.make(self.complaint, 'return')
        outcome.picking_id.move_ids._action_cancel()
        self.assertEqual((outcome.picking_id.state, outcome.state), ('cancel', 'cancelled'))

    def test_return_of_which_the_rest_is_cancelled(self):
        outcome = self.make(self.complaint, 'return')
        receipt = outcome.picking_id
        receipt.move_ids.move_line_ids.quantity = 1
        receipt.move_ids.picked = True
        receipt.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        receipt.backorder_ids.move_ids._action_cancel()
        self.assertEqual(outcome.state, 'done')

    def test_return_without_lines_is_cancelled(self):
        outcome = self.make(self.complaint, 'return')
        outcome.picking_id.move_ids._action_cancel()
        outcome.picking_id.move_ids.unlink()
        outcome.state = 'made'
        outcome.picking_id.action_cancel()
        self.assertEqual(outcome.state, 'cancelled')

    def test_return_is_deleted(self):
        outcome = self.make(self.complaint, 'return')
        warehouse = new_test_user(self.env, login='test_warehouse', groups='stock.group_stock_manager')
        outcome.picking_id.with_user(warehouse).unlink()
        self.assertEqual((outcome.state, outcome.picking_id.id), ('cancelled', False))
        self.assertIn('was deleted', self.complaint.message_ids[0].body)

    # ------------------------------------------------------------ Replacement

    def test_replacement_of_no_more_than_is_complained_about(self):
        """More, or other goods, is the channel manager's to give."""
        first = self.make(self.complaint, 'replacement', quantity=2)
        more = self.plan(self.complaint, 'replacement', quantity=2)
        with self.assertRaisesRegex(UserError, 'Of Valve 1 Units are left'):
            more.action_make()
        planned = self.plan(self.complaint, 'replacement', quantity=1)
        more.quantity = 1
        with self.assertRaisesRegex(UserError, 'Of Valve 0 Units are left'):
            (more | planned).action_make()
        planned.unlink()
        more.action_make()
        first.action_cancel_outcome()
        self.make(self.complaint, 'replacement', quantity=2)
        other = self.plan(self.complaint, 'replacement', product_id=self.tap.id, quantity=1)
        unknown = self.plan(self.make_complaint(), 'replacement', product_id=self.valve.id, quantity=10_000)
        for outcome in (other, unknown):
            with self.assertRaisesRegex(UserError, ' 0 Units are left'):
                outcome.action_make()
            outcome.with_user(self.users['manager']).action_make()
            self.assertEqual(outcome.state, 'made')

    def test_replacement(self):
        outcome = self.make(self.complaint, 'replacement')
        order = outcome.sale_order_id
        line = order.order_line
        self.assertEqual((order.state, order.partner_id, order.origin), ('sale', self.dealer, self.complaint.name))
        self.assertEqual(
            (line.product_uom_qty, line.price_unit, line.is_free_goods, line.is_replacement), (3, 0, True, True)
        )
        self.assertEqual(line.complaint_outcome_id, outcome)
        self.assertEqual(order.complaint_outcome_ids, outcome)
        self.deliver(order, self.lots[1])
        self.assertEqual((outcome.state, outcome.cost), ('done', 120))
        invoice = order._create_invoices()
        self.assertEqual((invoice.amount_total, invoice.invoice_line_ids.rebate_role), (0, 'complaint'))

    def test_replacement_meets_no_rule_of_the_channel(self):
        """A floor, a minimum order, a territory and a suspension are about what is bought."""
        self.company.write({'dealer_floor_policy': 'block', 'dealer_floor_pricelist_id': self.pricelist.id})
        self.dealer.grade_id = self.gold
        self.gold.minimum_order_amount = 1_000
        self.dealer.write({'dealer_state': 'suspended', 'dealer_state_reason': 'Does not pay'})
        order = self.make(self.complaint, 'replacement').sale_order_id
        self.assertEqual(order.state, 'sale', order.activity_ids.mapped('note'))
        with self.assertRaises(UserError):
            order.write({'order_line': [Command.create({'product_id': self.valve.id, 'product_uom_qty': 1})]})
        copied = order.copy()
        self.assertFalse(copied.order_line.is_replacement or copied.order_line.is_free_goods)
        self.assertEqual(copied.order_line.price_unit, 100, 'A copy is paid for.')

    def test_replacement_is_made_by_complaints_alone(self):
        salesman = self.users['salesman']
        order = self.make_order(self.dealer, user_id=salesman.id).with_user(salesman)
        outcome = self.plan(self.complaint, 'replacement')
        for vals in ({'is_replacement': True}, {'is_free_goods': True}):
            with self.subTest(vals), self.assertRaises(AccessError):
                order.order_line.write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                order.write({'order_line': [Command.create({'product_id': self.valve.id, **vals})]})
        made = outcome.with_env(self.env)
        outcome.action_make()
        made.sale_order_id.user_id = salesman
        line = made.sale_order_id.order_line.with_user(salesman)
        for vals in ({'product_uom_qty': 20}, {'price_unit': 1}, {'is_replacement': False}):
            with self.subTest(vals), self.assertRaises(UserError):
                line.write(vals)

    def test_replacement_is_cancelled(self):
        outcome = self.make(self.complaint, 'replacement')
        outcome.sale_order_id._action_cancel()
        self.assertEqual(outcome.state, 'cancelled')

    def test_exchanged_goods_stay_paid(self):
        """What is returned and replaced is still delivered on its order."""
        self.make(self.complaint, 'replacement')
        returned = self.make(self.complaint, 'return')
        self.assertFalse(returned.reduces_order)
        self.receive(returned.picking_id)
        self.assertEqual(self.order.order_line.qty_delivered, 10)
        self.assertEqual(self.order.order_line.qty_to_invoice, 0)

    # ------------------------------------------------------------------- Cost

    def test_cost_goes_to_the_account_of_the_type(self):
        self.plain_type.cost_account_id = self.cost_account
        outcome = self.make(self.complaint, 'replacement')
        self.assertFalse(outcome.cost_move_id)
        self.deliver(outcome.sale_order_id, self.lots[1])
        entry = outcome.cost_move_id
        self.assertEqual((entry.state, entry.move_type), ('posted', 'entry'))
        booked = {line.account_id: line.balance for line in entry.line_ids}
        expense = self.valve._get_product_accounts()['expense']
        self.assertEqual(booked, {self.cost_account: 120, expense: -120})
        outcome._follow_documents()
        self.assertEqual(outcome.cost_move_id, entry, 'Once.')

    def test_cost_in_a_closed_period(self):
        self.plain_type.cost_account_id = self.cost_account
        self.company.fiscalyear_lock_date = '2026-11-30'
        # Odoo would not deliver on such a day otherwise.
        self.env['ir.config_parameter'].set_param('stock_account.skip_lock_date_check', 'True')
        outcome = self.make(self.complaint, 'replacement')
        self.deliver(outcome.sale_order_id, self.lots[1])
        self.assertEqual(str(outcome.cost_move_id.date), '2026-12-01')

    def test_no_entry_where_others_bear_it(self):
        self.plain_type.write({'cost_account_id': self.cost_account.id, 'bearer': 'third'})
        outcome = self.make(self.complaint, 'replacement')
        self.deliver(outcome.sale_order_id, self.lots[1])
        self.assertEqual((outcome.cost, outcome.cost_move_id.id), (120, False))

    def test_sound_goods_lower_the_cost(self):
        returned = self.make(self.complaint, 'return')
        self.receive(returned.picking_id)
        self.assertEqual(returned.cost, 0, 'Broken goods are worth nothing until somebody has looked at them.')
        complaint = self.make_complaint(
            picking_id=self.delivery.id, product_id=self.valve.id, quantity=2, quantity_kind='unsold'
        )
        returned = self.make(complaint, 'return', lot_id=self.lots[0].id)
        self.receive(returned.picking_id)
        self.assertEqual((returned.cost, complaint.cost), (-80, -80))

    # --------------------------------------------------------- Repair and words

    def test_repair(self):
        returned = self.make(self.complaint, 'return')
        outcome = self.make(self.complaint, 'repair')
        repair = outcome.repair_id
        self.assertEqual(
            (repair.product_id, repair.lot_id, repair.product_qty, repair.under_warranty, repair.picking_id),
            (self.valve, self.lots[0], 3, True, returned.picking_id),
        )
        self.assertEqual((repair.partner_id, repair.complaint_outcome_ids), (self.dealer, outcome))
        repair._action_repair_confirm()
        repair.action_repair_start()
        self.assertEqual(outcome.state, 'made')
        repair.action_repair_end()
        self.assertEqual((outcome.state, outcome.cost), ('done', 0))

    def test_repair_with_parts(self):
        self.make(self.complaint, 'return')
        outcome = self.make(self.complaint, 'repair')
        seal = self.env['product.product'].create(
            {'name': 'Seal', 'type': 'consu', 'is_storable': True, 'standard_price': 7}
        )
        self.env['stock.quant']._update_available_quantity(seal, self.warehouse.lot_stock_id, 10)
        repair = outcome.repair_id
        repair.move_ids = [Command.create({'product_id': seal.id, 'product_uom_qty': 2, 'repair_line_type': 'add'})]
        repair._action_repair_confirm()
        repair.action_repair_start()
        repair.move_ids.quantity = 2
        repair.action_repair_end()
        self.assertEqual((outcome.state, outcome.cost), ('done', 14))

    def test_repair_is_cancelled(self):
        outcome = self.make(self.complaint, 'repair')
        outcome.with_user(self.staff).action_cancel_outcome()
        self.assertEqual((outcome.state, outcome.repair_id.state), ('cancelled', 'cancel'))

    def test_explanation(self):
        outcome = self.plan(self.complaint, 'explanation')
        with self.assertRaisesRegex(UserError, 'what the dealer is told'):
            outcome.action_make()
        outcome.note = 'It is meant <to> drip.'
        outcome.action_make()
        self.assertEqual(outcome.state, 'done')
        message = self.complaint.message_ids[0]
        self.assertIn('&lt;to&gt;', message.body)
        self.assertEqual((message.message_type, message.author_id), ('comment', self.staff.partner_id))
        self.assertTrue(self.complaint.date_first_reply)

    # ----------------------------------------------------------------- Around

    def test_several_outcomes_at_once(self):
        outcomes = self.plan(self.complaint, 'return') | self.plan(self.complaint, 'replacement')
        outcomes |= self.plan(self.complaint, 'explanation', note='Sorry')
        outcomes.action_make()
        outcomes.action_make()
        self.assertEqual(outcomes.mapped('state'), ['made', 'made', 'done'])

    def test_nothing_to_give(self):
        complaint = self.make_complaint()
        for kind in ('return', 'replacement', 'repair', 'refund'):
            with self.subTest(kind), self.assertRaisesRegex(UserError, 'choose the goods'):
                self.plan(complaint, kind).action_make()
        with self.assertRaisesRegex(UserError, 'how many'):
            self.plan(complaint, 'return', product_id=self.valve.id).action_make()

    def test_salesman_who_answers_complaints(self):
        """Reads what all dealers ordered and were invoiced, and writes what a salesman writes."""
        salesman = new_test_user(
            self.env,
            login='test_both',
            groups='sales_team.group_sale_salesman,dealer_management.group_dealer_complaint',
        )
        self.order.user_id = self.sold.invoice_user_id = self.users['salesman']
        for record in (self.order, self.order.order_line, self.sold, self.sold.invoice_line_ids):
            with self.subTest(record):
                self.assertTrue(record.with_user(salesman).has_access('read'))
                for operation in ('write', 'unlink'):
                    self.assertFalse(record.with_user(salesman).has_access(operation))
        own = self.make_order(self.dealer, user_id=salesman.id).with_user(salesman)
        own.order_line.product_uom_qty = 2

    def test_by_all_who_may(self):
        """In the form: complaint staff and staff of the dealer, without a role in sales, stock or invoicing."""
        self.dealer.channel_account_manager_id = self.users['staff_own']
        self.complaint.move_id = self.sold
        for role in ('complaint', 'staff_own', 'manager'):
            outcomes = self.env['dealer.complaint.outcome'].with_user(self.users[role])
            for kind in ('return', 'replacement', 'refund', 'allowance', 'repair'):
                with self.subTest(role=role, kind=kind):
                    self.env.invalidate_all()
                    form = Form(outcomes.with_context(default_complaint_id=self.complaint.id))
                    form.kind = kind
                    if kind == 'allowance':
                        form.amount = 1
                    else:
                        form.quantity = 1
                    outcome = form.save()
                    outcome.action_make()
                    self.env.invalidate_all()
                    shown = {name: {} for name in outcome.get_view(view_type='form')['models'][outcome._name]}
                    for name in ('invoice_line_id', 'credit_note_id', 'picking_id', 'sale_order_id', 'lot_id'):
                        shown[name] = {'fields': {'display_name': {}}}
                    [values] = outcome.web_read(shown)
                    self.assertEqual(values['state'], 'made')
                    outcome.action_cancel_outcome()

    def test_plain_pickings_cost_no_more(self):
        """Deliveries of customers who have no complaint."""
        plain = self.env['res.partner'].create({'name': 'Customer'})

        def count():
            order = self.make_order(plain)
            order.action_confirm()
            order.picking_ids.move_ids.picked = True
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            order.picking_ids._action_done()
            self.env.flush_all()
            return self.cr.sql_log_count - start

        count()  # what is cached for good
        own = count()
        with patch.object(StockPicking, '_follow_complaints', lambda _pickings: None):
            self.assertLessEqual(own - count(), 1)

    def test_what_the_dealer_sees(self):
        outcome = self.make(self.complaint, 'return')
        self.assertEqual(outcome._describe_document(), ('Return', outcome.picking_id.name, 'We expect it back'))
        self.receive(outcome.picking_id)
        self.assertEqual(outcome._describe_document()[2], 'Received')
        planned = self.plan(self.complaint, 'replacement')
        self.assertEqual(planned._describe_document(), ('Replacement', False, 'Planned'))

    def test_button_of_the_documents(self):
        outcome = self.make(self.complaint, 'replacement')
        action = outcome.sale_order_id.with_user(self.staff).action_view_complaints()
        self.assertEqual((action['res_model'], action['res_id']), ('dealer.complaint', self.complaint.id))
        action = outcome.with_user(self.staff).action_view_document()
        self.assertEqual((action['res_model'], action['res_id']), ('sale.order', outcome.sale_order_id.id))
        action = self.complaint.action_add_outcome()
        self.assertEqual(action['context']['default_complaint_id'], self.complaint.id)
