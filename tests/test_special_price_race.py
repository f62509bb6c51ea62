from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger

from .race import RaceWorldMixin

RACES = 40


@tagged('post_install', '-at_install')
class TestSpecialPriceRace(RaceWorldMixin, BaseCase):
    """Two orders at once for what is left at a special price: never over the cap, and never an order lost."""

    def make_world(self, env):
        requester = new_test_user(env, 'price_race_requester', 'dealer_management.group_dealer_staff')
        approver = new_test_user(env, 'price_race_approver', 'dealer_management.group_dealer_manager')
        dealer = env['res.partner'].create({'name': 'Price race', 'is_dealer': True})
        # Nothing to deliver: only the price is raced for.
        product = env['product.product'].create({'name': 'Price race', 'type': 'service', 'list_price': 100})
        request = env['dealer.price.request'].create(
            {
                'dealer_id': dealer.id,
                'date_from': '2020-01-01',
                'date_to': '2099-12-31',
                'reason': 'A race',
                'requester_id': requester.id,
                'line_ids': [Command.create({'product_id': product.id, 'quantity_max': 60, 'special_price': 70})],
            }
        )
        request.with_user(requester).action_submit()
        request.with_user(approver).action_approve()
        self.users = (requester | approver).ids
        self.dealer, self.product, self.request = dealer.id, product.id, request.id

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            self.remove_orders(env)
            request = env['dealer.price.request'].browse(self.request)
            request.write({'state': 'cancelled'})
            request.unlink()
            env['product.product'].browse(self.product).product_tmpl_id.unlink()
            env['res.partner'].browse(self.dealer).unlink()
            users = env['res.users'].browse(self.users)
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def remove_orders(self, env):
        orders = env['sale.order'].search([('partner_id', '=', self.dealer)])
        orders._action_cancel()
        orders.unlink()

    def make_orders(self, *quantities):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            self.remove_orders(env)
            return (
                env['sale.order']
                .create(
                    [
                        {
                            'partner_id': self.dealer,
                            'order_line': [Command.create({'product_id': self.product, 'product_uom_qty': quantity})],
                        }
                        for quantity in quantities
                    ]
                )
                .ids
            )

    def look(self):
        """``(used, ordered at the special price, ordered in all)`` as it stands in the database."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            lines = env['sale.order'].search([('partner_id', '=', self.dealer), ('state', '=', 'sale')]).order_line
            return (
                env['dealer.price.request'].browse(self.request).line_ids.quantity_used,
                sum(lines.filtered(lambda line: line.price_unit == 70).mapped('product_uom_qty')),
                sum(lines.mapped('product_uom_qty')),
            )

    def confirm(self, order_id):
        return lambda env: env['sale.order'].browse(order_id).action_confirm()

    @mute_logger('odoo.sql_db')
    def test_two_orders_at_the_cap(self):
        """Both ask for 40 of the 60 that are left: one gets them, the other is told that 20 are left."""
        for number in range(RACES):
            first, second = self.make_orders(40, 40)
            attempts = [self.confirm(first), self.confirm(second)]
            outcomes = self.race(*(attempts if number % 2 else reversed(attempts)))
            self.assertEqual(outcomes.count(None), 1, outcomes)
            [error] = filter(None, outcomes)
            self.assertIsInstance(error, UserError)
            self.assertIn('only 20', str(error))
            self.assertEqual(self.look(), (40, 40, 40))

    @mute_logger('odoo.sql_db')
    def test_two_orders_that_fit(self):
        for _number in range(RACES // 4):
            orders = self.make_orders(30, 30)
            self.assertEqual(self.race(*map(self.confirm, orders)), [None, None])
            self.assertEqual(self.look(), (60, 60, 60))

    @mute_logger('odoo.sql_db')
    def test_prices_brought_up_to_date_and_confirmed_at_once(self):
        """As the portal places orders: what does not fit any more gets the list's price."""

        def place(order_id):
            def attempt(env):
                order = env['sale.order'].browse(order_id)
                order._recompute_prices()
                order.action_confirm()

            return attempt

        for _number in range(RACES // 4):
            orders = self.make_orders(40, 40)
            self.assertEqual(self.race(*map(place, orders)), [None, None])
            self.assertEqual(self.look(), (60, 60, 80))
