from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.fields import Command

# How strongly each tier counts when a product is short.
WEIGHTS = {'core': 3, 'senior': 2, 'ordinary': 1}
# Who asks for how many of the display sets, so many days ago.
DISPLAY_ORDERS = [
    ('dealer_03', 24, 12),
    ('dealer_17', 40, 11),
    ('dealer_07', 30, 10),
    ('dealer_01', 60, 9),
    ('dealer_06', 40, 8),
    ('dealer_02', 36, 7),
    ('dealer_16', 50, 6),
]
DISPLAY_STOCK = 150


class DealerDemo(models.AbstractModel):
    """A product that is short: free display sets of a new series, and how to share them waits for the manager."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_business(self):
        result = super()._create_business()
        self._create_allocation()
        return result

    @api.model
    def _create_allocation(self):
        for code, weight in WEIGHTS.items():
            self._ref(f'tier_{code}').supply_weight = weight
        product = self._create_display_sets()
        noon = datetime.combine(fields.Date.context_today(self), time(4))
        for name, quantity, days in DISPLAY_ORDERS:
            # One after the other: the first have reserved everything, before anybody shares it out.
            dealer = self._ref(name)
            warehouses = dealer.child_ids.filtered(lambda child: child.type == 'delivery').sorted('id')
            order = self.env['sale.order'].create(
                {
                    'partner_id': dealer.id,
                    'partner_shipping_id': warehouses[:1].id,
                    'company_id': self.env.company.id,
                    'user_id': dealer.channel_account_manager_id.id,
                    'order_line': [Command.create({'product_id': product.id, 'product_uom_qty': quantity})],
                }
            )
            order.action_confirm()
            order.date_order = noon - timedelta(days=days)
        allocation = (
            self.env['dealer.allocation'].with_user(self._ref('user_staff_all')).create({'product_id': product.id})
        )
        line = allocation.line_ids.filtered(lambda line: line.partner_id == self._ref('dealer_02'))
        line.action_correct(24, '深圳旗舰店下周开业，先保证 24 套')
        allocation.action_submit()

    @api.model
    def _create_display_sets(self):
        product = self.env['product.product'].create(
            {
                'name': 'Display Set, New Series',
                'default_code': 'DS-2026',
                # Given away: the price list has nothing to say.
                'list_price': 0,
                'standard_price': 260,
                'categ_id': self._ref('product_category_accessory').id,
                'type': 'consu',
                'is_storable': True,
                'invoice_policy': 'delivery',
            }
        )
        product.with_context(lang='zh_CN').name = '新品系列展示套装'
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', self.env.company.id)], limit=1)
        self.env['stock.quant'].with_context(inventory_mode=True).create(
            {
                'product_id': product.id,
                'location_id': warehouse.lot_stock_id.id,
                'inventory_quantity': DISPLAY_STOCK,
            }
        ).action_apply_inventory()
        return product
