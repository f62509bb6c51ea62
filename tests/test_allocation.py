from datetime import timedelta

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import DealerCase
from .race import RaceWorldMixin


class AllocationCase(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env['stock.warehouse'].search([('company_id', '=', cls.company.id)], limit=1)
        cls.gold.supply_weight, cls.silver.supply_weight, cls.bare.supply_weight = 3, 2, 0
        cls.scarce = cls.make_product('Scarce Goods')
        cls.core = cls.make_dealer('Core Dealer', grade_id=cls.gold.id)
        cls.senior = cls.make_dealer('Senior Dealer', grade_id=cls.silver.id)
        cls.last = cls.make_dealer('Last Dealer', grade_id=cls.bare.id)
        cls.customer = cls.env['res.partner'].create({'name': 'Plain Customer'})
        cls.requester, cls.approver = cls.users['staff'], cls.users['manager']
        cls.keeper = new_test_user(cls.env, login='test_keeper', groups='stock.group_stock_user')

    @classmethod
    def make_product(cls, name, **vals):
        return cls.env['product.product'].create(
            {'name': name, 'type': 'consu', 'is_storable': True, 'list_price': 10, **vals}
        )

    @classmethod
    def stock_up(cls, quantity, product=None, warehouse=None):
        """Set what is there, as an inventory count does."""
        quants = cls.env['stock.quant'].with_context(inventory_mode=True)
        quants.create(
            {
                'product_id': (product or cls.scarce).id,
                'location_id': (warehouse or cls.warehouse).lot_stock_id.id,
                'inventory_quantity': quantity,
            }
        ).action_apply_inventory()

    @classmethod
    def order(cls, partner, quantity, days=0, product=None, **vals):
        """A confirmed order, made so many days ago."""
        line = {'product_id': (product or cls.scarce).id, 'product_uom_qty': quantity}
        if 'product_uom_id' in vals:
            line['product_uom_id'] = vals.pop('product_uom_id')
        order = cls.env['sale.order'].create({'partner_id': partner.id, 'order_line': [Command.create(line)], **vals})
        order.action_confirm()
        order.date_order = fields.Datetime.now() - timedelta(days=days)
        return order

    @classmethod
    def allocate(cls, **vals):
        return (
            cls.env['dealer.allocation']
            .with_user(cls.requester)
            .create({'product_id': cls.scarce.id, 'warehouse_id': cls.warehouse.id, **vals})
        )

    @classmethod
    def approve(cls, allocation):
        allocation.with_user(cls.requester).action_submit()
        allocation.with_user(cls.approver).action_approve()

    def shares(self, allocation):
        return {line.order_id: line.allocated_quantity for line in allocation.sudo().line_ids}

    def reserved(self, *orders):
        """What the open deliveries of each order have reserved, in the product's unit."""
        self.env.invalidate_all()
        return [
            sum(
                order.picking_ids.move_ids.filtered(
                    lambda move: move.state not in ('done', 'cancel')
                ).move_line_ids.mapped('quantity_product_uom')
            )
            for order in orders
        ]

    def deliver(self, order, quantity=None, user=None):
        """Deliver what is reserved, or what is typed in; the rest stays open."""
        picking = order.picking_ids.filtered(lambda p: p.state not in ('done', 'cancel')).sorted('id')[:1]
        picking = picking.with_user(user or self.env.user)
        if quantity is not None:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking._action_done()
        return picking


@tagged('post_install', '-at_install')
class TestAllocation(AllocationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock_up(100)
        # The one who came last took everything before: first come, first served.
        cls.of_last = cls.order(cls.last, 20, days=9)
        cls.of_customer = cls.order(cls.customer, 40, days=8)
        cls.of_senior = cls.order(cls.senior, 50, days=7)
        cls.of_core = cls.order(cls.core, 50, days=6)
        cls.orders = cls.of_core, cls.of_senior, cls.of_customer, cls.of_last

    # ------------------------------------------------------------------ Sharing

    def test_shares_and_their_reasons(self):
        allocation = self.allocate()
        self.assertRegex(allocation.name, r'^AL\d{5}$')
        self.assertEqual((allocation.stock_quantity, allocation.available_quantity), (100, 100))
        self.assertEqual((allocation.claimed_quantity, allocation.short_quantity), (160, 60))
        shares = self.shares(allocation)
        self.assertEqual([shares[order] for order in self.orders], [50, 35, 15, 0])
        self.assertEqual(allocation.allocated_quantity, 100)
        told = {line.order_id: line.explanation for line in allocation.line_ids}
        self.assertEqual(told[self.of_core], 'Tier Test Gold, weight 3: 50 of 50')
        self.assertEqual(told[self.of_customer], 'Weight 1: 14 of 40; then 1 more, first come')
        self.assertEqual(told[self.of_last], 'Tier Test Bare, weight 0: 0 of 20; served after all others')

    def test_weight_without_a_tier_is_the_company_s(self):
        self.company.dealer_supply_weight = 0
        shares = self.shares(self.allocate())
        self.assertEqual([shares[order] for order in self.orders], [50, 50, 0, 0])

    def test_weight_is_kept_as_it_was(self):
        allocation = self.allocate()
        self.approve(allocation)
        self.gold.supply_weight = 0
        self.senior.grade_id = self.bare
        self.assertEqual(self.shares(allocation)[self.of_core], 50)
        self.assertIn('weight 3', allocation.line_ids.filtered(lambda line: line.order_id == self.of_core).explanation)

    @mute_logger('odoo.sql_db')
    def test_weights_are_not_negative(self):
        for record, name in ((self.gold, 'supply_weight'), (self.company, 'dealer_supply_weight')):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                record[name] = -1
                self.env.flush_all()

    def test_held_back(self):
        allocation = self.allocate(available_quantity=60)
        self.assertEqual(sum(self.shares(allocation).values()), 60)
        allocation.available_quantity = 80
        self.assertEqual(sum(self.shares(allocation).values()), 80)
        with self.assertRaisesRegex(ValidationError, 'Only 100 of "Scarce Goods" are there'):
            allocation.available_quantity = 101
        self.stock_up(110)
        allocation.action_compute()
        self.assertEqual((allocation.stock_quantity, allocation.available_quantity), (110, 90), '20 stay held back.')

    def test_steps(self):
        allocation = self.allocate(step=12)
        for order, quantity in self.shares(allocation).items():
            self.assertTrue(quantity % 12 == 0 or quantity == order.order_line.product_uom_qty)
        with mute_logger('odoo.sql_db'), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            allocation.step = 0
            self.env.flush_all()

    def test_only_what_is_due(self):
        self.of_senior.picking_ids.move_ids.date = fields.Datetime.now() + timedelta(days=30)
        allocation = self.allocate(date_until=fields.Date.today() + timedelta(days=20))
        self.assertEqual(set(self.shares(allocation)), set(self.orders) - {self.of_senior})
        self.assertEqual(allocation.stock_quantity, 100 - sum(self.reserved(self.of_senior)))
        allocation.date_until = False
        self.assertIn(self.of_senior, self.shares(allocation))

    def test_what_does_not_claim(self):
        """Quotations, other products, other warehouses, done and picked deliveries, goods made to order."""
        other_warehouse = self.env['stock.warehouse'].create({'name': 'Other', 'code': 'OTH'})
        self.order(self.core, 7, warehouse_id=other_warehouse.id)
        self.order(self.core, 7, product=self.make_product('Plenty'))
        self.make_order(self.core, 7).order_line.product_id = self.scarce
        self.of_customer._action_cancel()
        self.of_core.picking_ids.move_ids.quantity = 5
        self.of_core.picking_ids.move_ids.picked = True
        self.of_senior.picking_ids.move_ids.procure_method = 'make_to_order'
        self.assertEqual(set(self.shares(self.allocate())), {self.of_last})

    def test_contacts_of_a_dealer_count_as_the_dealer(self):
        buyer = self.env['res.partner'].create({'name': 'Buyer', 'parent_id': self.core.id})
        order = self.order(buyer, 5)
        line = self.allocate().line_ids.filtered(lambda line: line.order_id == order)
        self.assertEqual((line.partner_id, line.tier_id, line.weight), (self.core, self.gold, 3))

    def test_compute_in_the_form(self):
        with Form(self.env['dealer.allocation'].with_user(self.requester)) as form:
            form.product_id = self.scarce
        allocation = form.record
        self.assertEqual(allocation.allocated_quantity, 100)
        with Form(allocation) as form:
            form.available_quantity = 50
            with form.line_ids.edit(0) as line:
                line.corrected_quantity = 10
                line.correction_reason = 'Closed for holidays'
                self.assertEqual(line.allocated_quantity, 10)
        self.assertEqual((allocation.available_quantity, allocation.allocated_quantity), (50, 50))

    # --------------------------------------------------------------- Correcting

    def test_share_set_by_hand(self):
        allocation = self.allocate()
        line = allocation.line_ids.filtered(lambda line: line.order_id == self.of_last)
        line.action_correct(10, 'A hotel opens on Monday')
        shares = self.shares(allocation)
        self.assertEqual([shares[order] for order in self.orders], [46, 31, 13, 10])
        self.assertEqual(line.explanation, 'Set by hand to 10 of 20: A hotel opens on Monday')
        allocation.action_compute()
        line = allocation.line_ids.filtered(lambda line: line.order_id == self.of_last)
        self.assertEqual(line.correction_reason, 'A hotel opens on Monday', 'Kept when computed again.')
        self.assertEqual(line.allocated_quantity, 10)
        line.action_correct()
        self.assertEqual(self.shares(allocation)[self.of_last], 0)

    def test_share_set_by_hand_has_bounds(self):
        allocation = self.allocate()
        of_core, of_last = (
            allocation.line_ids.filtered(lambda line, order=order: line.order_id == order)
            for order in (self.of_core, self.of_last)
        )
        with self.assertRaisesRegex(ValidationError, 'asks for 20 of "Scarce Goods"'):
            of_last.action_correct(21, 'Too much')
        with self.assertRaisesRegex(ValidationError, 'asks for 20'):
            of_last.action_correct(-1, 'Less than nothing')
        with self.assertRaisesRegex(ValidationError, 'give a reason'):
            of_last.corrected_quantity = 5
        allocation.available_quantity = 60
        of_core.action_correct(50, 'All of it')
        with self.assertRaisesRegex(ValidationError, 'come to 70 of "Scarce Goods", but only 60'):
            of_last.action_correct(20, 'All of it')
        with self.assertRaisesRegex(ValidationError, 'come to 50 of "Scarce Goods", but only 40'):
            allocation.available_quantity = 40
        # Two at once are judged together, in whatever order they are written.
        allocation.write(
            {
                'line_ids': [
                    Command.update(of_last.id, {'corrected_quantity': 20, 'correction_reason': 'All of it'}),
                    Command.update(of_core.id, {'corrected_quantity': 40, 'correction_reason': 'Less'}),
                ]
            }
        )
        self.assertEqual((of_core.allocated_quantity, of_last.allocated_quantity), (40, 20))

    def test_context_is_no_way_around(self):
        allocation = self.allocate(available_quantity=30)
        for line in allocation.line_ids[:2]:
            line.with_context(allocation_lines_together=True).action_correct(20, 'More than there is')
        self.assertLessEqual(sum(self.shares(allocation).values()), 30)
        with self.assertRaisesRegex(ValidationError, 'only 30 are shared out'):
            allocation.action_submit()

    # -------------------------------------------------------------------- Flow

    def test_flow(self):
        allocation = self.allocate()
        allocation.action_submit()
        self.assertEqual((allocation.state, allocation.requester_id), ('submitted', self.requester))
        self.assertIn(self.approver, allocation.activity_ids.user_id)
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            allocation.action_approve()
        allocation.with_user(self.approver).action_approve()
        self.assertEqual((allocation.state, allocation.approver_id), ('approved', self.approver))
        self.assertFalse(allocation.activity_ids)
        self.assertEqual(self.reserved(*self.orders), [50, 35, 15, 0])
        allocation.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            allocation.action_close()
        allocation.with_user(self.approver).action_close()
        allocation.with_user(self.approver).action_close()
        self.assertEqual(allocation.state, 'closed')
        self.assertEqual(self.reserved(*self.orders), [50, 35, 15, 0], 'What is reserved stays so.')

    def test_not_by_oneself(self):
        allocation = self.allocate().with_user(self.approver)
        allocation.action_submit()
        for step, arguments in (('action_approve', ()), ('action_refuse', ('No',)), ('action_compute', ())):
            with self.subTest(step), self.assertRaisesRegex(UserError, 'somebody else has to decide'):
                getattr(allocation, step)(*arguments)

    def test_refused_withdrawn_cancelled(self):
        allocation = self.allocate()
        allocation.action_submit()
        with self.assertRaisesRegex(UserError, 'reason'):
            allocation.with_user(self.approver).action_refuse(' ')
        allocation.with_user(self.approver).action_refuse('The hotel first')
        self.assertEqual((allocation.state, allocation.state_reason), ('refused', 'The hotel first'))
        self.assertEqual(allocation.activity_ids.user_id, self.requester)
        allocation.action_submit()
        allocation.action_withdraw()
        self.assertEqual((allocation.state, allocation.requester_id.id), ('draft', False))
        allocation.action_cancel()
        self.assertEqual(allocation.state, 'cancelled')
        with self.assertRaisesRegex(UserError, 'in the state "Cancelled"'):
            allocation.action_submit()
        with self.assertRaisesRegex(UserError, 'on record'):
            allocation.unlink()
        self.allocate().unlink()

    def test_refused_by_the_wizard(self):
        allocation = self.allocate()
        allocation.action_submit()
        self.env['dealer.reason.wizard'].with_user(self.approver).with_context(active_ids=allocation.ids).create(
            {'step': 'allocation_refuse', 'reason': 'Not now'}
        ).action_apply()
        self.assertEqual((allocation.state, allocation.state_reason), ('refused', 'Not now'))

    def test_states_are_not_forged(self):
        forged = {
            'state': 'approved',
            'approver_id': self.approver.id,
            'requester_id': self.approver.id,
            'stock_quantity': 1000,
            'allocated_quantity': 5,
            'approved_date': fields.Datetime.now(),
        }
        allocation = self.allocate()
        for name, value in forged.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, 'by its steps'):
                allocation.write({name: value})
            with self.subTest(name), self.assertRaisesRegex(UserError, 'by its steps'):
                self.allocate(**{name: value})
            by_default = {f'default_{name}': value}
            made = self.env['dealer.allocation'].with_user(self.requester).with_context(**by_default)
            made = made.create({'product_id': self.scarce.id})
            self.assertEqual((made.state, made.approver_id.id, made.stock_quantity), ('draft', False, 100))
            self.assertEqual(made.allocated_quantity, 100)
            self.assertEqual(self.shares(made), self.shares(allocation))
        with self.assertRaisesRegex(UserError, 'found, not written'):
            allocation.line_ids[0].allocated_quantity = 20
        with self.assertRaisesRegex(UserError, 'found, not written'):
            allocation.line_ids[0].weight = 100
        for command in (Command.create({'partner_id': self.core.id}), Command.delete(allocation.line_ids[0].id)):
            with self.assertRaises(AccessError):
                allocation.line_ids = [command]
        allocation.action_submit()
        for vals in ({'available_quantity': 5}, {'product_id': self.product.id}, {'step': 2}, {'date_until': False}):
            with self.assertRaisesRegex(UserError, 'submitted and is settled'):
                allocation.write(vals)
        with self.assertRaisesRegex(UserError, 'submitted and is settled'):
            allocation.line_ids[0].action_correct(1, 'Late')

    def test_nothing_to_share(self):
        empty = self.allocate(product_id=self.make_product('Nobody Wants It').id)
        self.assertFalse(empty.line_ids)
        with self.assertRaisesRegex(UserError, 'shares nothing out'):
            empty.action_submit()

    def test_changed_meanwhile(self):
        allocation = self.allocate()
        allocation.action_submit()
        of_late = self.order(self.core, 10)
        with self.assertRaisesRegex(UserError, f'These orders ask for another quantity by now: {of_late.name}'):
            allocation.with_user(self.approver).action_approve()
        self.assertEqual(allocation.state, 'submitted')
        allocation.with_user(self.approver).action_compute()
        self.assertEqual(allocation.state, 'submitted')
        self.stock_up(90)
        with self.assertRaisesRegex(UserError, 'There are 90 for these orders by now, and not 100'):
            allocation.with_user(self.approver).action_approve()
        allocation.with_user(self.approver).action_compute()
        of_late.order_line.product_uom_qty = 12
        with self.assertRaisesRegex(UserError, of_late.name):
            allocation.with_user(self.approver).action_approve()
        allocation.with_user(self.approver).action_compute()
        allocation.with_user(self.approver).action_approve()
        self.assertEqual(sum(self.reserved(*self.orders, of_late)), 90)

    def test_one_in_force(self):
        first, second = self.allocate(), self.allocate()
        first.action_submit()
        second.action_submit()
        first.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(UserError, f'{first.name} of "Scarce Goods" is in force'):
            second.with_user(self.approver).action_approve()
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE dealer_allocation SET state = 'approved', approver_id = %s WHERE id = %s",
                [self.approver.id, second.id],
            )
        first.with_user(self.approver).action_close()
        second.with_user(self.approver).action_approve()

    @mute_logger('odoo.sql_db')
    def test_the_database_knows_that_too(self):
        allocation = self.allocate()
        self.approve(allocation)
        self.env.flush_all()
        for query in (
            'UPDATE dealer_allocation SET requester_id = approver_id WHERE id = %s',
            'UPDATE dealer_allocation SET approver_id = NULL WHERE id = %s',
            'UPDATE dealer_allocation SET available_quantity = stock_quantity + 1 WHERE id = %s',
            'UPDATE dealer_allocation SET allocated_quantity = available_quantity + 1 WHERE id = %s',
            'UPDATE dealer_allocation_line SET allocated_quantity = open_quantity + 1 WHERE allocation_id = %s',
        ):
            with self.subTest(query), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.env.cr.execute(query, [allocation.id])

    def test_orders_and_salespeople_are_told(self):
        salesman = self.users['salesman']
        self.of_core.user_id = self.of_senior.user_id = salesman
        allocation = self.allocate()
        self.approve(allocation)
        for order, share in ((self.of_core, '50 of 50'), (self.of_senior, '35 of 50'), (self.of_last, '0 of 20')):
            told = order.message_ids.filtered(lambda message: allocation.name in (message.body or ''))
            self.assertEqual(len(told), 1)
            self.assertIn(share, told.body)
        notes = self.env['mail.message'].search(
            [('notified_partner_ids', 'in', salesman.partner_id.ids), ('subject', 'ilike', 'Scarce Goods')]
        )
        self.assertEqual(len(notes), 1, 'One message for all orders of a salesperson.')
        self.assertIn(self.of_core.name, notes.body)
        self.assertNotIn(self.of_last.name, notes.body)
        line = self.of_senior.order_line
        self.assertEqual((line.is_allocated, line.allocated_quantity), (True, 35))
        self.assertEqual(self.of_senior.with_user(salesman).allocation_count, 1)
        self.assertEqual(self.of_senior.with_user(salesman).order_line.allocated_quantity, 35)

    # ------------------------------------------------------------------ Holding

    def check_availability(self, *orders):
        for order in orders:
            order.picking_ids.filtered(lambda p: p.state not in ('done', 'cancel')).action_assign()

    def test_holds_against_the_scheduler(self):
        allocation = self.allocate(available_quantity=80)
        self.approve(allocation)
        before = self.reserved(*self.orders)
        self.assertEqual(sum(before), 80)
        with mute_logger('odoo.addons.stock.models.stock_rule'):
            self.env['stock.rule'].run_scheduler()
        self.check_availability(*self.orders)
        self.assertEqual(self.reserved(*self.orders), before)
        # What was put down by hand is taken up again, to the share.
        self.of_core.picking_ids.do_unreserve()
        self.assertEqual(self.reserved(self.of_core), [0])
        self.check_availability(self.of_core)
        self.assertEqual(self.reserved(*self.orders), before)
        # Who comes later takes what was held back, as ever.
        late = self.order(self.customer, 30)
        self.assertEqual(self.reserved(late), [20])
        allocation.with_user(self.approver).action_close()
        late._action_cancel()
        self.check_availability(self.of_last)
        self.assertEqual(self.reserved(self.of_last), [20], 'Closed: as ever.')

    def test_more_ordered_is_not_more_reserved(self):
        self.approve(self.allocate(available_quantity=80))
        before = self.reserved(self.of_senior)
        self.of_senior.order_line.product_uom_qty = 70
        self.check_availability(self.of_senior)
        self.assertEqual(sum(self.of_senior.picking_ids.move_ids.mapped('product_qty')), 70)
        self.assertEqual(self.reserved(self.of_senior), before)

    def test_more_ordered_of_the_same_delivery(self):
        """Odoo merges what is added into the delivery that is there; the share stays what it is."""
        order = self.order(self.core, 20, commitment_date=fields.Datetime.now() + timedelta(days=5))
        self.approve(self.allocate(available_quantity=80))
        move = order.picking_ids.move_ids
        share = move.allocated_quantity
        self.assertTrue(0 < share < 25)
        order.order_line.product_uom_qty = 45
        self.check_availability(order)
        self.assertEqual((order.picking_ids.move_ids, move.product_qty), (move, 45))
        self.assertEqual((move.allocated_quantity, self.reserved(order)), (share, [share]))

    def test_defaults_are_no_way_to_a_share(self):
        self.approve(self.allocate(available_quantity=80))
        line = self.of_last.picking_ids.move_ids.allocation_line_id
        late = self.env['sale.order'].with_context(default_allocation_line_id=line.id, default_allocated_quantity=99)
        late = late.create({'partner_id': self.core.id, 'order_line': [Command.create({'product_id': self.scarce.id})]})
        late.action_confirm()
        move = late.picking_ids.move_ids
        self.assertEqual((move.allocation_line_id.id, move.allocated_quantity), (False, 0))

    def test_arrival(self):
        allocation = self.allocate()
        self.approve(allocation)
        self.stock_up(110)
        self.assertEqual(allocation.state, 'approved')
        self.assertEqual(self.reserved(*self.orders), [50, 35, 15, 0], 'Still short: nobody gets more.')
        self.assertEqual(allocation.activity_ids.user_id, self.requester)
        self.stock_up(120)
        self.assertEqual(len(allocation.activity_ids), 1, 'Asked once.')
        self.stock_up(160)
        self.assertEqual((allocation.state, allocation.state_reason), ('closed', 'Enough has arrived for all.'))
        self.assertEqual(self.reserved(*self.orders), [50, 50, 40, 20], 'And handed out.')

    def test_delivered(self):
        """Nobody delivers more than the share; what is left of a share goes along with the rest."""
        allocation = self.allocate()
        self.approve(allocation)
        with self.assertRaisesRegex(UserError, f'by {allocation.name}, {self.of_senior.name} gets 35, not 50'):
            self.deliver(self.of_senior, 50, self.keeper)
        with self.assertRaisesRegex(UserError, 'gets 0, not 1'):
            self.deliver(self.of_last, 1, self.keeper)
        self.deliver(self.of_senior, 30, self.keeper)
        self.assertEqual(self.of_senior.order_line.qty_delivered, 30)
        rest = self.of_senior.picking_ids.move_ids.filtered(lambda move: move.state != 'done')
        self.assertEqual((rest.product_qty, rest.allocated_quantity), (20, 5))
        self.check_availability(self.of_senior)
        self.assertEqual(self.reserved(self.of_senior), [5])
        self.deliver(self.of_core, user=self.keeper)
        self.deliver(self.of_customer, user=self.keeper)
        self.assertEqual(allocation.state, 'approved')
        self.deliver(self.of_senior, user=self.keeper)
        self.assertEqual(allocation.state, 'closed')
        self.assertIn('has been delivered', allocation.state_reason)
        open_moves = self.env['stock.move'].search(
            [('product_id', '=', self.scarce.id), ('state', 'not in', ('done', 'cancel'))]
        )
        self.assertEqual(sum(open_moves.mapped('product_qty')), 60)
        self.assertFalse(open_moves.allocation_line_id)
        again = self.allocate()
        self.assertEqual(again.claimed_quantity, 60, 'What is still open claims again.')

    def test_added_to_the_delivery(self):
        """What is free and added to a delivery that has a share counts as its share."""
        self.approve(self.allocate(available_quantity=80))
        picking = self.of_last.picking_ids.with_user(self.keeper)
        picking.move_ids.create(
            {
                'product_id': self.scarce.id,
                'product_uom_qty': 1,
                'quantity': 1,
                'picked': True,
                'picking_id': picking.id,
                'location_id': picking.location_id.id,
                'location_dest_id': picking.location_dest_id.id,
            }
        )
        with self.assertRaisesRegex(UserError, 'gets 0, not 1'):
            self.deliver(self.of_last, user=self.keeper)

    def test_cancelled_orders_end_it(self):
        """Whoever had a share has cancelled; what is free then is not enough for the others."""
        allocation = self.allocate(available_quantity=2)
        self.approve(allocation)
        self.stock_up(2)
        shares = self.shares(allocation)
        served = [order for order in self.orders if shares[order]]
        self.assertEqual(sum(self.reserved(*served)), 2)
        for order in served:
            self.assertEqual(allocation.state, 'approved')
            order._action_cancel()
        self.assertEqual(allocation.state, 'closed')
        self.assertIn('has been delivered', allocation.state_reason)

    def test_delivered_in_several_parts(self):
        """A line whose delivery was split: its share goes to the first part first."""
        move = self.of_core.picking_ids.move_ids
        move._do_unreserve()
        rest = self.env['stock.move'].create(move._split(20))
        rest._action_confirm(merge=False)
        allocation = self.allocate(available_quantity=60)
        line = allocation.line_ids.filtered(lambda line: line.order_id == self.of_core)
        self.assertEqual(line.open_quantity, 50)
        line.action_correct(35, 'Exactly')
        self.approve(allocation)
        self.assertEqual([part.allocated_quantity for part in (move, rest)], [30, 5])
        self.assertEqual([part.quantity for part in (move, rest)], [30, 5])

    def test_shares_are_not_forged_on_moves(self):
        self.approve(self.allocate())
        move = self.of_last.picking_ids.move_ids
        for vals in ({'allocation_line_id': False}, {'allocated_quantity': 20}):
            with self.assertRaisesRegex(AccessError, 'found by an allocation'):
                move.with_user(self.keeper).write(vals)
        with self.assertRaisesRegex(AccessError, 'found by an allocation'):
            move.with_user(self.keeper).copy({'allocated_quantity': 20})
        other = self.of_core.picking_ids.move_ids.allocation_line_id
        with self.assertRaisesRegex(AccessError, 'found by an allocation'):
            move.with_user(self.keeper).copy({'allocation_line_id': other.id})
        own = {'allocation_line_id': move.allocation_line_id.id, 'allocated_quantity': 9999}
        with self.assertRaisesRegex(AccessError, 'found by an allocation'):
            move.with_user(self.keeper).copy(own)
        added = move.copy()
        self.assertEqual((added.allocation_line_id, added.allocated_quantity), (move.allocation_line_id, 0))

    def test_pick_and_ship(self):
        """In two steps it is the picking from stock that claims and is held."""
        self.env['sale.order'].browse([order.id for order in self.orders])._action_cancel()
        self.warehouse.delivery_steps = 'pick_ship'
        first, second = self.order(self.core, 80, days=2), self.order(self.customer, 60, days=1)
        allocation = self.allocate()
        shares = self.shares(allocation)
        self.assertEqual((shares[first], shares[second]), (80, 20))
        self.approve(allocation)
        self.assertEqual(self.reserved(first, second), [80, 20])
        self.deliver(second)
        shipping = second.picking_ids.move_ids.filtered(lambda move: move.location_dest_id.usage == 'customer')
        self.assertEqual(shipping.quantity, 20)
        self.assertFalse(shipping.allocation_line_id)
        self.assertEqual(self.shares(self.allocate()).keys(), {first, second}, 'What is on its way claims no more.')

    def test_units(self):
        """Ordered in dozens, shared in pieces; with the warehouse working in dozens or in pieces."""
        dozen = self.env.ref('uom.product_uom_dozen')
        for propagate in (False, '1'):
            with self.subTest(propagate):
                self.env['ir.config_parameter'].set_param('stock.propagate_uom', propagate)
                product = self.make_product('Sold by the Dozen')
                self.stock_up(20, product)
                by_dozen = self.order(self.core, 2, product=product, product_uom_id=dozen.id)
                by_piece = self.order(self.core, 24, product=product)
                self.assertEqual(by_dozen.picking_ids.move_ids.product_uom == dozen, bool(propagate))
                allocation = self.allocate(product_id=product.id)
                line = allocation.line_ids.filtered(lambda line, order=by_dozen: line.order_id == order)
                self.assertEqual((line.open_quantity, line.allocated_quantity), (24, 10))
                line.action_correct(7, 'Seven')
                self.approve(allocation)
                self.assertEqual(self.reserved(by_dozen, by_piece), [7, 13])
                self.assertAlmostEqual(by_dozen.order_line.allocated_quantity, 0.58)
                self.deliver(by_dozen)
                self.assertAlmostEqual(by_dozen.order_line.qty_delivered, 0.58, 2)
                rest = by_dozen.picking_ids.move_ids.filtered(lambda move: move.state != 'done')
                self.assertEqual(rest.allocated_quantity, 0)
                self.assertAlmostEqual(rest.product_qty, 17, delta=0.05, msg='As Odoo rounds dozens.')

    def test_parts_of_a_unit(self):
        product = self.make_product('Sold by Weight')
        self.stock_up(10, product)
        one, other = self.order(self.customer, 7.5, product=product), self.order(self.customer, 7.25, product=product)
        allocation = self.allocate(product_id=product.id, step=0.5)
        self.assertEqual(self.shares(allocation), {one: 5.5, other: 4.5})
        self.approve(allocation)
        self.assertEqual(self.reserved(one, other), [5.5, 4.5])

    # ------------------------------------------------------------------- Rights

    def test_rights(self):
        self.core.channel_account_manager_id = self.users['staff_own']
        allocation = self.allocate()
        own = allocation.with_user(self.users['staff_own'])
        self.env.invalidate_all()
        self.assertEqual(own.search([]), own)
        self.assertEqual(own.line_ids.order_id, self.of_core)
        with self.assertRaises(AccessError):
            own.action_submit()
        self.core.channel_account_manager_id = False
        self.assertFalse(own.search([]))
        for user in (self.keeper, self.users['auditor']):
            reader = allocation.with_user(user)
            self.assertEqual(len(reader.line_ids), 4)
            self.assertTrue(all(reader.line_ids.mapped('explanation')))
            for step in ('action_submit', 'action_compute', 'action_cancel'):
                with self.subTest(step), self.assertRaises(AccessError):
                    getattr(reader, step)()
            with self.assertRaises(AccessError):
                reader.line_ids[0].action_correct(1, 'Mine')
            with self.assertRaises(AccessError):
                reader.create({'product_id': self.scarce.id})
        allocation.action_submit()
        for user in (self.keeper, self.users['auditor'], self.users['staff_own'], self.users['salesman']):
            for step in ('action_approve', 'action_refuse', 'action_withdraw', 'action_cancel', 'action_compute'):
                with self.subTest(step), self.assertRaises(AccessError):
                    getattr(allocation.with_user(user), step)()
        self.assertEqual(allocation.state, 'submitted')

    def test_companies_stay_apart(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', other.id)], limit=1)
        allocation = self.env['dealer.allocation'].create({'product_id': self.scarce.id, 'warehouse_id': warehouse.id})
        self.assertEqual(allocation.company_id, other)
        self.assertFalse(allocation.line_ids, 'The orders of the other company claim there.')
        self.assertFalse(self.env['dealer.allocation'].with_user(self.approver).search([('id', '=', allocation.id)]))
        with self.assertRaises(AccessError):
            allocation.with_user(self.approver).action_compute()
        theirs = self.make_product('Theirs', company_id=other.id)
        with self.assertRaisesRegex(UserError, 'Theirs'):
            self.env['dealer.allocation'].create({'product_id': theirs.id, 'warehouse_id': self.warehouse.id})

    def test_buttons(self):
        """From the product, with the product; from the order, what it was given."""
        action = self.scarce.with_user(self.requester).action_view_allocations()
        self.assertEqual((action['context']['default_product_id'], action['views'][0][1]), (self.scarce.id, 'form'))
        allocation = self.allocate()
        action = self.scarce.product_tmpl_id.with_user(self.requester).action_view_allocations()
        self.assertNotEqual(action['views'][0][1], 'form')
        self.assertEqual(self.env['dealer.allocation'].search(action['domain']), allocation)
        self.assertEqual(self.scarce.product_tmpl_id.with_user(self.requester).allocation_count, 1)
        self.assertEqual(self.scarce.with_user(self.requester).allocation_count, 1)
        self.assertEqual(self.of_core.action_view_allocations()['res_id'], allocation.id)


@tagged('post_install', '-at_install')
class TestAllocationHold(AllocationCase):
    """Ten pieces, two orders for eight, five each: nobody else gets them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock_up(10)
        # Due on a day that is said: what is ordered less is taken off the delivery then.
        due = fields.Datetime.now() + timedelta(days=5)
        cls.one, cls.other = (cls.order(cls.customer, 8, days=days, commitment_date=due) for days in (3, 2))
        cls.allocation = cls.allocate()
        cls.approve(cls.allocation)
        cls.third = cls.order(cls.core, 10)

    def setUp(self):
        super().setUp()
        self.assertEqual(self.reserved(self.one, self.other, self.third), [5, 5, 0])

    def move_of(self, order, user=None):
        moves = order.picking_ids.move_ids.filtered(lambda move: move.state not in ('done', 'cancel'))
        return moves.with_user(user or self.keeper)

    def test_not_typed_into_another_delivery(self):
        refused = f'shared out by {self.allocation.name}: 10 cannot be taken here, only 0'
        with self.assertRaisesRegex(UserError, refused):
            self.move_of(self.third).quantity = 10
        with self.assertRaisesRegex(UserError, '10 cannot be taken here, only 0'):
            self.third.picking_ids.with_user(self.keeper).move_ids = [
                Command.update(self.third.picking_ids.move_ids.id, {'quantity': 10})
            ]
        self.assertEqual(self.reserved(self.one, self.other, self.third), [5, 5, 0])
        self.stock_up(11)
        self.move_of(self.third)._action_assign()
        self.assertEqual(self.reserved(self.third), [1])
        with self.assertRaisesRegex(UserError, '2 cannot be taken here, only 1'):
            self.deliver(self.third, 2, self.keeper)
        self.deliver(self.third, user=self.keeper)
        self.assertEqual(self.third.order_line.qty_delivered, 1, 'What is free is free.')
        self.allocation.with_user(self.approver).action_close()
        self.deliver(self.third, 5, self.keeper)
        self.assertEqual(self.third.order_line.qty_delivered, 6, 'Closed: as ever.')

    def test_not_by_lines(self):
        move = self.move_of(self.third)
        vals = move._prepare_move_line_vals(quantity=4)
        with self.assertRaisesRegex(UserError, '4 cannot be taken here, only 0'):
            move.move_line_ids.create({**vals, 'picked': True})
        with self.assertRaisesRegex(UserError, '4 cannot be taken here, only 0'):
            move.move_line_ids.with_context(shares_judged=True).create(vals)
        with self.assertRaisesRegex(UserError, '4 cannot be taken here, only 0'):
            # Without a delivery behind it.
            move.move_line_ids.create({**vals, 'move_id': False, 'picking_id': False, 'company_id': self.company.id})
        line = move.move_line_ids.create({**vals, 'quantity': 0})
        with self.assertRaisesRegex(UserError, '1 cannot be taken here, only 0'):
            line.quantity = 1
        elsewhere = self.env['stock.location'].create({'name': 'Elsewhere', 'usage': 'internal'})
        line.location_id = elsewhere
        line.quantity = 1
        with self.assertRaisesRegex(UserError, '1 cannot be taken here, only 0'):
            line.location_id = self.warehouse.lot_stock_id

    def test_not_in_one_that_is_done(self):
        """Neither by more in what has left, nor by another line there."""
        self.stock_up(12)
        self.move_of(self.third)._action_assign()
        picking = self.deliver(self.third, user=self.keeper)
        self.assertEqual(picking.move_ids.quantity, 2)
        line = picking.move_line_ids
        with self.assertRaisesRegex(UserError, 'cannot be taken here'):
            line.quantity = 5
        with self.assertRaisesRegex(UserError, 'cannot be taken here'):
            line.create({**line.copy_data()[0], 'quantity': 3, 'move_id': line.move_id.id})
        self.assertEqual(self.reserved(self.one, self.other), [5, 5])

    def test_not_by_one_of_its_own(self):
        with self.assertRaisesRegex(UserError, f'{self.one.name} gets 5, not 8'):
            self.move_of(self.one).quantity = 8
        self.deliver(self.one, 3, self.keeper)
        rest = self.move_of(self.one)
        self.assertEqual((rest.product_qty, rest.allocated_quantity), (5, 2))
        with self.assertRaisesRegex(UserError, f'{self.one.name} gets 2, not 3'):
            rest.quantity = 3
        # What is left of the share is kept, though nothing is reserved.
        rest._do_unreserve()
        self.assertEqual(self.reserved(self.one, self.other), [0, 5])
        self.move_of(self.third)._action_assign()
        self.assertEqual(self.reserved(self.third), [0])
        rest._action_assign()
        self.assertEqual(self.reserved(self.one), [2])

    def test_lines_together(self):
        """From one line to the other, whichever is written first."""
        move = self.move_of(self.one)
        line = move.move_line_ids
        line.quantity = 4
        second = line.create({**move._prepare_move_line_vals(quantity=1), 'picking_id': move.picking_id.id})
        for write in (
            lambda commands: move.write({'move_line_ids': commands}),
            lambda commands: move.picking_id.write({'move_line_ids': commands}),
        ):
            for first, then in ((line, second), (second, line)):
                write([Command.update(first.id, {'quantity': 4}), Command.update(then.id, {'quantity': 1})])
                self.assertEqual((first.quantity, then.quantity), (4, 1))
            with self.assertRaisesRegex(UserError, f'{self.one.name} gets 5, not 6'):
                write([Command.update(line.id, {'quantity': 2}), Command.update(second.id, {'quantity': 4})])

    def test_unreserved_is_not_given_away(self):
        self.one.picking_ids.with_user(self.keeper).do_unreserve()
        self.assertEqual(self.reserved(self.one), [0])
        self.third.picking_ids.with_user(self.keeper).action_assign()
        late = self.order(self.core, 5)
        with mute_logger('odoo.addons.stock.models.stock_rule'):
            self.env['stock.rule'].run_scheduler()
        self.assertEqual(self.reserved(self.third, late), [0, 0])
        with self.assertRaisesRegex(UserError, '1 cannot be taken here, only 0'):
            self.move_of(late).quantity = 1
        self.one.picking_ids.with_user(self.keeper).action_assign()
        self.assertEqual(self.reserved(self.one, self.other), [5, 5])

    def test_above_the_shelves(self):
        """A delivery from the whole warehouse gets no more."""
        self.move_of(self.one)._do_unreserve()
        move = self.move_of(self.third).sudo()
        move.location_id = self.warehouse.view_location_id
        move._action_assign()
        self.assertEqual(self.reserved(self.third), [0])

    def test_lots(self):
        """By lots: typed in from whichever lot, no share is lost."""
        product = self.make_product('By the Lot', tracking='lot')
        lots = self.env['stock.lot'].create([{'name': name, 'product_id': product.id} for name in ('L1', 'L2')])
        for lot in lots:
            self.env['stock.quant']._update_available_quantity(product, self.warehouse.lot_stock_id, 5, lot_id=lot)
        orders = [self.order(self.customer, 8, product=product) for _order in range(2)]
        allocation = self.allocate(product_id=product.id, available_quantity=8)
        self.approve(allocation)
        self.assertEqual(sum(self.reserved(*orders)), 8)
        late = self.order(self.core, 5, product=product)
        self.assertEqual(self.reserved(late), [2])
        move = self.move_of(late)
        with self.assertRaisesRegex(UserError, '3 cannot be taken here, only 2'):
            move.move_line_ids.quantity = 3
        for lot in lots:
            with self.subTest(lot.name):
                move.move_line_ids.write({'lot_id': lot.id, 'quantity': 2})
                with self.assertRaisesRegex(UserError, 'cannot be taken here'):
                    move.move_line_ids.quantity = 5
        self.deliver(late, user=self.keeper)
        self.assertEqual(late.order_line.qty_delivered, 2)
        self.assertEqual(sum(self.reserved(*orders)), 8)
        self.assertFalse(allocation.activity_ids)

    def test_shelves_are_tidied(self):
        """Moving goods from shelf to shelf takes nothing from anybody."""
        shelf = self.env['stock.location'].create({'name': 'Shelf', 'location_id': self.warehouse.lot_stock_id.id})
        quants = self.scarce.stock_quant_ids.filtered(lambda quant: quant.location_id == self.warehouse.lot_stock_id)
        quants.move_quants(location_dest_id=shelf)
        self.assertEqual(self.reserved(self.one, self.other), [5, 5])
        self.assertEqual(self.move_of(self.one).move_line_ids.location_id, shelf)
        self.assertFalse(self.allocation.activity_ids)

    def count_down_to(self, quantity):
        quant = self.scarce.stock_quant_ids.filtered(lambda quant: quant.location_id == self.warehouse.lot_stock_id)
        quant = quant.with_user(new_test_user(self.env, 'test_counter', 'stock.group_stock_manager'))
        quant.with_context(inventory_mode=True).inventory_quantity = quantity
        quant.action_apply_inventory()

    def test_lost_in_a_count(self):
        self.count_down_to(2)
        self.assertEqual(sum(self.reserved(self.one, self.other)), 2)
        self.assertEqual(self.allocation.state, 'approved')
        self.assertEqual(self.allocation.activity_ids.user_id, self.requester)
        self.assertEqual(len(self.allocation.activity_ids), 1, 'Two deliveries, one to-do.')
        self.assertIn('8 of "Scarce Goods" that were reserved', self.allocation.activity_ids.note)
        self.assertTrue(self.allocation.message_ids.filtered(lambda note: 'are gone' in (note.body or '')))
        # Not even two are left for others, nor does a share take what another has reserved.
        with self.assertRaisesRegex(UserError, 'only 0'):
            self.move_of(self.third).quantity = 1
        poor = min(self.one, self.other, key=lambda order: self.reserved(order)[0])
        with self.assertRaisesRegex(UserError, 'cannot be taken here'):
            self.move_of(poor).quantity = 5

    def test_lost_by_scrapping(self):
        scrap = self.env['stock.scrap'].with_user(self.keeper)
        for _turn in range(2):
            scrap.create(
                {'product_id': self.scarce.id, 'scrap_qty': 4, 'location_id': self.warehouse.lot_stock_id.id}
            ).do_scrap()
        self.assertEqual(sum(self.reserved(self.one, self.other)), 2)
        self.assertEqual(len(self.allocation.activity_ids), 1)

    def test_nothing_lost_nothing_told(self):
        self.third._action_cancel()
        self.stock_up(12)
        self.allocation.activity_ids.unlink()
        self.count_down_to(10)
        self.assertEqual(self.reserved(self.one, self.other), [5, 5])
        self.assertFalse(self.allocation.activity_ids)

    def test_cancelled_and_enough_for_the_others(self):
        self.one._action_cancel()
        self.assertEqual(
            (self.allocation.state, self.allocation.state_reason), ('closed', 'There is enough for all now.')
        )
        self.assertEqual(self.reserved(self.other), [8])
        self.move_of(self.third)._action_assign()
        self.assertEqual(self.reserved(self.third), [2])

    def test_reduced_and_enough_for_the_others(self):
        self.one.order_line.product_uom_qty = 2
        self.assertEqual(self.allocation.state, 'closed')
        self.move_of(self.third)._action_assign()
        self.assertEqual(self.reserved(self.one, self.other, self.third), [2, 8, 0])

    def test_reduced_and_still_short(self):
        self.one.order_line.product_uom_qty = 3
        self.assertEqual(self.allocation.state, 'approved')
        self.assertEqual(self.move_of(self.one).allocated_quantity, 3, 'No share beyond what is asked for.')
        self.assertEqual(self.allocation.activity_ids.user_id, self.requester)
        self.assertIn('2 of "Scarce Goods" are free', self.allocation.activity_ids.note)
        self.assertEqual(self.reserved(self.one, self.other), [3, 5])
        self.one.order_line.product_uom_qty = 8
        self.assertEqual(self.reserved(self.one), [3], 'Once given up, it is gone.')

    def test_reduced_in_the_delivery(self):
        self.move_of(self.one, self.env.user).product_uom_qty = 2
        self.assertEqual(self.allocation.state, 'closed')
        self.assertEqual(self.reserved(self.other), [8])

    def test_no_backorder(self):
        move = self.move_of(self.one)
        move.quantity, move.picked = 2, True
        move.picking_id.with_context(cancel_backorder=True)._action_done()
        self.assertEqual((self.allocation.state, self.reserved(self.other)), ('closed', [8]))

    def test_deleted(self):
        self.move_of(self.one, self.env.user).unlink()
        self.assertEqual((self.allocation.state, self.reserved(self.other)), ('closed', [8]))

    def test_more_ordered_is_no_reduction(self):
        """What was held back is not handed out because somebody orders more."""
        self.allocation.with_user(self.approver).action_close()
        self.stock_up(20)
        self.third._action_cancel()
        again = self.allocate(available_quantity=10)
        self.approve(again)
        self.one.order_line.product_uom_qty = 9
        self.assertEqual(again.state, 'approved')
        self.assertFalse(again.activity_ids)
        self.assertEqual(sum(self.reserved(self.one, self.other)), 10)

    def test_closing_that_is_taken_back(self):
        """A savepoint takes back that it has ended: it holds as before."""
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.allocation.with_user(self.approver).action_close()
            self.env['dealer.allocation']._map_in_force()
            raise ZeroDivisionError
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, '10 cannot be taken here, only 0'):
            self.move_of(self.third).quantity = 10


@tagged('post_install', '-at_install')
class TestAllocationQueries(AllocationCase):
    """What it costs."""

    def make_claims(self, count):
        product = self.make_product(f'Short for {count}')
        self.stock_up(count * 3, product)
        orders = self.env['sale.order']
        for position in range(count):
            orders |= self.order((self.core, self.senior, self.customer)[position % 3], 5, product=product)
        return product, orders

    def count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_claims_make_no_queries_of_their_own(self):
        # The first is for what stays in memory: sequences, access rights, addresses of views.
        _first, few, many = (
            self.count(lambda product=product: self.allocate(product_id=product.id))
            for product in [self.make_claims(count)[0] for count in (3, 4, 12)]
        )
        self.assertEqual(few, many)
        self.assertLess(many, 40)

    def test_approving_ten(self):
        allocation = self.allocate(product_id=self.make_claims(10)[0].id)
        allocation.action_submit()
        queries = self.count(allocation.with_user(self.approver).action_approve)
        self.assertLess(queries, 400, 'Of these, 10 × what Odoo takes to reserve a delivery.')

    def test_reserving_costs_nothing_more(self):
        """``_action_assign`` of ten deliveries: the same queries with an allocation in force and without."""
        product, orders = self.make_claims(10)
        moves = orders.picking_ids.move_ids

        def reserve():
            moves._do_unreserve()
            moves._action_assign()

        reserve()
        without = self.count(reserve)
        allocation = self.allocate(product_id=product.id)
        for line in allocation.line_ids:
            # The same quantities, so that nothing but the hold differs.
            line.action_correct(sum(line.sudo().sale_line_id.move_ids.mapped('quantity')), 'As it is')
        self.approve(allocation)
        self.assertEqual(len(moves.allocation_line_id), 10)
        self.assertLessEqual(self.count(reserve), without)

    def count_hooks(self, product):
        """What a delivery of the product takes: reserved, typed in, put down, cut, done; another one cancelled."""

        def work(order, leaving):
            move = order.picking_ids.move_ids
            move._do_unreserve()
            move._action_assign()
            move.quantity = 2
            move.move_line_ids.quantity = 1
            move.product_uom_qty = 4
            move.picked = True
            move.picking_id._action_done()
            leaving.picking_ids.move_ids._action_cancel()

        counts = []
        for _turn in range(2):
            order, leaving = self.order(self.core, 5, product=product), self.order(self.core, 1, product=product)
            self.env['dealer.allocation']._map_in_force()
            counts.append(self.count(lambda order=order, leaving=leaving: work(order, leaving)))
        return counts[-1]

    def test_other_products_cost_nothing_more(self):
        """With the hooks taken out, and with an allocation of another product in force: the same queries."""
        plenty = self.make_product('Plenty')
        self.stock_up(100, plenty)
        idle = self.count_hooks(plenty)
        product = self.make_claims(3)[0]
        self.approve(self.allocate(product_id=product.id))
        self.assertEqual(self.count_hooks(plenty), idle)
        self.patch(self.registry['dealer.allocation'], '_map_in_force', lambda allocations: {})
        self.patch(self.registry['stock.move'], '_filter_shrinking', lambda moves, vals: moves.browse())
        for name in ('create', 'write', '_free_reservation'):
            own = next(
                cls
                for cls in self.registry['stock.move.line'].__mro__
                if cls.__module__.endswith('dealer_management.models.stock_move_line') and name in cls.__dict__
            )
            self.addCleanup(setattr, own, name, own.__dict__[name])
            delattr(own, name)
        self.assertEqual(self.count_hooks(plenty), idle)

    def test_what_is_free_costs_a_constant(self):
        """A delivery without a share, of a product that is shared out: however many deliveries are held."""
        counts = []
        for number in (3, 12):
            product = self.make_claims(number)[0]
            allocation = self.allocate(product_id=product.id)
            self.approve(allocation)
            location = self.warehouse.lot_stock_id
            self.env['stock.quant']._update_available_quantity(product, location, 2)
            counts.append(self.count_hooks_of_one(product))
        plenty = self.make_product('Plenty')
        self.stock_up(100, plenty)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1] - self.count_hooks_of_one(plenty), 40)

    def count_hooks_of_one(self, product):
        move = self.order(self.core, 2, product=product).picking_ids.move_ids
        self.env['dealer.allocation']._map_in_force()

        def work():
            move._do_unreserve()
            move._action_assign()
            move.quantity = 1
            move.quantity = 2

        return self.count(work)


@tagged('post_install', '-at_install')
class TestAllocationRace(RaceWorldMixin, BaseCase):
    """Two approvals for one product on two connections at the same instant: one of them wins."""

    def make_world(self, env):
        self.requester = new_test_user(env, 'race_requester', 'dealer_management.group_dealer_staff').id
        self.approver = new_test_user(env, 'race_approver', 'dealer_management.group_dealer_manager').id
        self.product = env['product.product'].create({'name': 'Race Goods', 'type': 'consu', 'is_storable': True}).id
        warehouse = env['stock.warehouse'].search([('company_id', '=', env.company.id)], limit=1)
        self.location = warehouse.lot_stock_id.id
        env['stock.quant']._update_available_quantity(
            env['product.product'].browse(self.product), warehouse.lot_stock_id, 10
        )
        partner = env['res.partner'].create({'name': 'Race Customer'})
        self.partner = partner.id
        orders = env['sale.order'].create(
            [
                {
                    'partner_id': partner.id,
                    'order_line': [Command.create({'product_id': self.product, 'product_uom_qty': 10})],
                }
                for _order in range(2)
            ]
        )
        orders.action_confirm()
        self.orders = orders.ids
        allocations = env['dealer.allocation'].create(
            [{'product_id': self.product, 'warehouse_id': warehouse.id} for _allocation in range(2)]
        )
        self.allocations = allocations.ids
        allocations.with_user(self.requester).action_submit()

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            allocations = env['dealer.allocation'].browse(self.allocations)
            allocations.activity_ids.unlink()
            cr.execute("UPDATE dealer_allocation SET state = 'draft' WHERE id = ANY (%s)", [self.allocations])
            env.invalidate_all()
            allocations.unlink()
            orders = env['sale.order'].browse(self.orders)
            pickings = orders.picking_ids
            orders._action_cancel()
            pickings.move_ids.unlink()
            pickings.unlink()
            orders.unlink()
            env['stock.quant'].search([('product_id', '=', self.product)]).sudo().unlink()
            env['product.product'].browse(self.product).product_tmpl_id.unlink()
            env['res.partner'].browse(self.partner).unlink()
            users = env['res.users'].browse([self.requester, self.approver])
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def approve(self, allocation):
        def attempt(env):
            env['dealer.allocation'].browse(allocation).with_user(self.approver).action_approve()

        return attempt

    def start_again(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            in_force = env['dealer.allocation'].browse(self.allocations).filtered(lambda a: a.state == 'approved')
            in_force._close()
            env.flush_all()
            cr.execute(
                "UPDATE dealer_allocation SET state = 'submitted', approver_id = NULL WHERE id = ANY (%s)",
                [self.allocations],
            )

    @mute_logger('odoo.sql_db')
    def test_two_approvals(self):
        for turn in range(8):
            first, second = self.allocations[:: 1 if turn % 2 else -1]
            with self.subTest(turn):
                outcomes = self.race(self.approve(first), self.approve(second), head_start=0.02 * (turn % 3))
                failures = [error for error in outcomes if error]
                self.assertEqual(len(failures), 1, outcomes)
                self.assertIsInstance(failures[0], (UserError, IntegrityError))
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    states = env['dealer.allocation'].browse(self.allocations).mapped('state')
                    self.assertEqual(sorted(states), ['approved', 'submitted'])
                    moves = env['sale.order'].browse(self.orders).picking_ids.move_ids
                    self.assertEqual(moves.mapped('quantity'), [5, 5])
            self.start_again()
