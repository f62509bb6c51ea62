from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import DealerCase


@tagged('post_install', '-at_install')
class TestCoreBehaviour(DealerCase):
    """What Odoo does for people without a role in the channel, and for customers who are no dealers, stays as it
    is. Odoo's own suites found these; ``./dev core-tests`` runs them all."""

    def test_products_are_copied_by_whoever_makes_products(self):
        maker = new_test_user(self.env, login='test_maker', groups='base.group_user,product.group_product_manager')
        dealer = self.make_dealer()
        self.product.product_tmpl_id.only_dealer_ids = dealer
        product = self.env['product.product'].browse(self.product.id)  # whose context says nothing of variants
        copied = product.with_user(maker).copy({'name': 'Copied'})
        self.assertEqual(copied.sudo().only_dealer_ids, dealer, 'A copy is not for everybody.')
        for_all = product.copy({'name': 'For all', 'only_dealer_ids': False})
        self.assertFalse(for_all.only_dealer_ids)

    def test_prices_of_an_order_that_is_not_saved(self):
        order = self.env['sale.order'].new(
            {
                'currency_id': False,
                'pricelist_id': False,
                'order_line': [Command.create({'product_id': self.product.id, 'price_unit': 7})],
            }
        )
        order._recompute_prices()
        self.assertEqual(order.order_line.price_unit, self.product.list_price)

    def test_new_order_with_lines_of_its_own_offers_no_update_of_prices(self):
        self.env.user.group_ids += self.env.ref('sale_management.group_sale_order_template')
        template = self.env['sale.order.template'].create(
            {'name': 'Usual', 'sale_order_template_line_ids': [Command.create({'product_id': self.product.id})]}
        )
        self.env['ir.default'].set('sale.order', 'sale_order_template_id', template.id)
        with Form(self.env['sale.order']) as order:
            self.assertTrue(order.order_line)
            self.assertFalse(order.show_update_pricelist)
            order.partner_id = self.make_dealer()
