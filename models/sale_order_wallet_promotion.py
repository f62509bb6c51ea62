from odoo import models


class SaleOrder(models.Model):
    """Promotions look at the goods: what a rebate wallet pays of an order makes none smaller.

    Asked by ``sale_loyalty`` alone, where it is installed.
    """

    _inherit = 'sale.order'

    def _get_no_effect_on_threshold_lines(self):
        return super()._get_no_effect_on_threshold_lines() | self.order_line._filter_wallet()

    def _get_not_rewarded_order_lines(self):
        lines = super()._get_not_rewarded_order_lines()
        return lines - lines._filter_wallet()
