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
        watched = {'product_uom_qty', 'product_uom_id', 'product_id', 'order_id', 'is_downpayment', 'is_expense'}
        if vals.keys().isdisjoint(watched):
            return super().write(vals)
        before = {line: (line._get_what_is_ordered(), line._get_ordered_quantity()) for line in self}
        result = super().write(vals)
        self.filtered(
            lambda line: (
                line._get_what_is_ordered() != before[line][0] or line._get_ordered_quantity() > before[line][1]
            )
        )._check_dealer_may_order()
        return result

    def _get_what_is_ordered(self):
        self.ensure_one()
        return self.order_id, self.product_id, self._is_side_line()

    def _get_ordered_quantity(self):
        """The ordered quantity in the product's own unit, to compare across units."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False, raise_if_failure=False
        )

    def _is_side_line(self):
        """Whether the line orders nothing of its own: a down payment, an expense or freight charged
        on, a discount. None of them moves goods."""
        self.ensure_one()
        if self.display_type:
            return True
        if self.product_id and self.product_id.type != 'service':
            return False
        is_delivery = 'is_delivery' in self._fields and self.is_delivery
        return self.is_downpayment or self.is_expense or is_delivery or self.price_unit < 0

    def _filter_ordered(self):
        """The lines of confirmed orders that order something."""
        return self.filtered(
            # The order's own state: that of the line is a copy, which can be written.
            lambda line: line.order_id.state == 'sale' and line.product_uom_qty > 0 and not line._is_side_line()
        )

    def _check_dealer_may_order(self):
        """Refuse what is added to a confirmed order of a blocked dealer.

        Lines for what was delivered beyond the order (quantity 0) and side lines go on.

        :raise UserError: with the reason
        """
        for order in self._filter_ordered().order_id:
            if message := order._get_dealer_block_message():
                raise UserError(message)
