from odoo import api, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    """A confirmed order of a blocked dealer takes nothing more; what it holds goes on."""

    _inherit = 'sale.order.line'

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_dealer_may_order()
        return lines

    def write(self, vals):
        if vals.keys().isdisjoint({'product_uom_qty', 'product_uom_id', 'order_id'}):
            return super().write(vals)
        before = {line: (line.order_id, line._get_ordered_quantity()) for line in self}
        result = super().write(vals)
        self.filtered(
            lambda line: line.order_id != before[line][0] or line._get_ordered_quantity() > before[line][1]
        )._check_dealer_may_order()
        return result

    def _get_ordered_quantity(self):
        """The ordered quantity in the product's own unit, to compare across units."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False, raise_if_failure=False
        )

    def _check_dealer_may_order(self):
        """Refuse goods added to a confirmed order of a blocked dealer.

        Down payments, expenses that are charged on, and lines for what was delivered beyond the
        order (quantity 0) are no orders of the dealer: they go on.
        """
        ordered = self.filtered(
            lambda line: (
                line.state == 'sale'
                and line.product_uom_qty > 0
                and not line.display_type
                and not line.is_downpayment
                and not line.is_expense
            )
        )
        for order in ordered.order_id:
            if message := order._get_dealer_block_message():
                raise UserError(message)
