from odoo.tests import TransactionCase, tagged

from odoo.addons.dealer_management.hooks import pre_init_hook, uninstall_hook


@tagged('post_install', '-at_install')
class TestHooks(TransactionCase):
    """Price lists are turned on by the installation, and off again only if nobody uses them."""

    def setUp(self):
        super().setUp()
        self.user_group = self.env.ref('base.group_user')
        self.feature = self.env.ref('product.group_product_pricelist')
        self.env['product.pricelist'].search([]).item_ids.unlink()
        self.user_group._remove_group(self.feature)
        pre_init_hook(self.env)

    def test_on_and_off(self):
        self.assertIn(self.feature, self.user_group.implied_ids)
        uninstall_hook(self.env)
        self.assertNotIn(self.feature, self.user_group.implied_ids)

    def test_stays_on_when_used(self):
        self.env['product.pricelist'].create(
            {'name': 'Used', 'item_ids': [(0, 0, {'compute_price': 'percentage', 'percent_price': 5})]}
        )
        uninstall_hook(self.env)
        self.assertIn(self.feature, self.user_group.implied_ids)

    def test_stays_on_when_it_was_on_before(self):
        self.env['ir.config_parameter'].search([('key', '=like', 'dealer_management.%')]).unlink()
        pre_init_hook(self.env)
        uninstall_hook(self.env)
        self.assertIn(self.feature, self.user_group.implied_ids)

    def test_favourites_by_what_goes(self):
        """They would open with an error; all others stay."""
        searches = {
            'sale.order': ("[('partner_id.upstream_dealer_id.name', '=', 'A')]", "[('partner_id.name', '=', 'A')]"),
            'res.partner': ("['&', ('name', '!=', False), ('is_dealer', '=', True)]", "[('name', '=', 'is a dealer')]"),
            'res.users': ("[('dealer_state', '=', 'active')]", '[]'),
            'dealer.complaint': ('[]', None),
        }
        filters = self.env['ir.filters'].create(
            [
                {'name': str(number), 'model_id': model, 'domain': domain}
                for model, pair in searches.items()
                for number, domain in enumerate(pair)
                if domain
            ]
        )
        others = filters.filtered(lambda kept: kept.name == '1')
        uninstall_hook(self.env)
        self.assertEqual(filters.exists(), others)
