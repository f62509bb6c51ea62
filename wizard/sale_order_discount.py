from odoo import models


class SaleOrderDiscount(models.TransientModel):
    """Goods are discounted, not what a rebate wallet pays for them."""

    _inherit = 'sale.order.discount'

    def action_apply_discount(self):
        lines = self.sale_order_id.order_line
        if self.discount_type == 'sol_discount' and (wallet := lines._filter_wallet()):
            (lines - wallet).write({'discount': self.discount_percentage * 100})
            return None
        return super().action_apply_discount()
