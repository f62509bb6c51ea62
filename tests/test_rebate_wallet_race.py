from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from .race import RaceWorldMixin

RACES = 30


@tagged('post_install', '-at_install')
class TestRebateWalletRace(RaceWorldMixin, BaseCase):
    """Two orders at once for what is left in a wallet: each cent pays once, and no order is lost."""

    def make_world(self, env):
        self.company = env.company.id
        dealer = env['res.partner'].create({'name': 'Wallet race', 'is_dealer': True})
        product, rebate = env['product.product'].create(
            [
                {'name': 'Wallet race', 'type': 'service', 'list_price': 100, 'taxes_id': [Command.clear()]},
                {'name': 'Wallet race rebate', 'type': 'service'},
            ]
        )
        program = env['dealer.rebate.program'].create(
            {
                'title': 'Wallet race',
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                'payout_method': 'wallet',
                'product_id': rebate.id,
                'requester_id': SUPERUSER_ID,
                'approver_id': env.ref('base.user_admin').id,
                'state': 'open',
                'band_ids': [Command.create({'threshold': 0, 'rate': 2})],
            }
        )
        run = env['dealer.rebate.run'].create({'program_id': program.id, 'period_to': '2026-03-31', 'state': 'done'})
        payout = env['dealer.rebate.payout'].create(
            {
                'run_id': run.id,
                'program_id': program.id,
                'company_id': env.company.id,
                'dealer_id': dealer.id,
                'pay_currency_id': program.currency_id.id,
                'state': 'posted',
            }
        )
        credit = env['dealer.rebate.wallet.credit'].create(
            {
                'payout_id': payout.id,
                'company_id': env.company.id,
                'dealer_id': dealer.id,
                'program_id': program.id,
                'currency_id': program.currency_id.id,
                'date': '2026-01-01',
                'max_share': 100,
                'amount': 60,
            }
        )
        self.dealer, self.product, self.rebate, self.program = dealer.id, product.id, rebate.id, program.id
        self.run_id, self.credit = run.id, credit.id

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            self.remove_orders(env)
            # What was in a wallet is kept on record: no method removes it.
            cr.execute('DELETE FROM dealer_rebate_wallet_credit WHERE id = %s', [self.credit])
            run = env['dealer.rebate.run'].browse(self.run_id)
            run.payout_ids.unlink()
            run.state = 'cancelled'
            run.unlink()
            program = env['dealer.rebate.program'].browse(self.program)
            program.state = 'draft'
            program.unlink()
            env['product.product'].browse([self.product, self.rebate]).product_tmpl_id.unlink()
            env['res.partner'].browse(self.dealer).unlink()

    def remove_orders(self, env):
        orders = env['sale.order'].search([('partner_id', '=', self.dealer)])
        orders._action_cancel()
        orders.unlink()
        env.flush_all()
        env.cr.execute('DELETE FROM dealer_rebate_wallet_use WHERE credit_id = %s', [self.credit])
        env.invalidate_all()

    def make_orders(self, *amounts):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            self.remove_orders(env)
            orders = env['sale.order'].create(
                [
                    {'partner_id': self.dealer, 'order_line': [Command.create({'product_id': self.product})]}
                    for _amount in amounts
                ]
            )
            for order, amount in zip(orders, amounts, strict=True):
                order.action_use_wallet(amount)
            return orders.ids

    def look(self):
        """``(what is left, what confirmed orders pay with, what the uses add up to)`` as the database has it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            orders = env['sale.order'].search([('partner_id', '=', self.dealer), ('state', '=', 'sale')])
            credit = env['dealer.rebate.wallet.credit'].browse(self.credit)
            return credit.remaining, sum(orders.mapped('wallet_paid')), sum(credit.use_ids.mapped('amount'))

    def confirm(self, order_id):
        return lambda env: env['sale.order'].browse(order_id).action_confirm()

    def cancel(self, order_id):
        return lambda env: env['sale.order'].browse(order_id)._action_cancel()

    @mute_logger('odoo.sql_db')
    def test_two_orders_for_what_is_left(self):
        """Both would pay with 40 of the 60: one does, the other with the 20 that are left."""
        for number in range(RACES):
            attempts = [self.confirm(order) for order in self.make_orders(40, 40)]
            outcomes = self.race(*(attempts if number % 2 else reversed(attempts)))
            self.assertEqual(outcomes, [None, None])
            self.assertEqual(self.look(), (0, 60, 60))

    @mute_logger('odoo.sql_db')
    def test_the_same_order_twice(self):
        for _number in range(RACES // 3):
            [order] = self.make_orders(40)
            outcomes = self.race(self.confirm(order), self.confirm(order))
            self.assertTrue(all(outcome is None or isinstance(outcome, UserError) for outcome in outcomes), outcomes)
            self.assertEqual(self.look(), (20, 40, 40))

    @mute_logger('odoo.sql_db')
    def test_one_is_cancelled_while_another_is_confirmed(self):
        for _number in range(RACES // 3):
            first, second = self.make_orders(60, 60)
            with self.registry.cursor() as cr:
                self.confirm(first)(api.Environment(cr, SUPERUSER_ID, {}))
            self.assertEqual(self.race(self.cancel(first), self.confirm(second)), [None, None])
            left, paid, used = self.look()
            self.assertIn(paid, (0, 60), 'Before it was given back, or after.')
            self.assertEqual((left, used), (60 - paid, paid))
