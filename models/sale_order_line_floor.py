from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class SaleOrderLine(models.Model):
    """A line is held against the floor after its discount, whoever changes it and how."""

    _inherit = 'sale.order.line'

    def write(self, vals):
        if vals.keys().isdisjoint({'price_unit', 'discount'}):
            return super().write(vals)
        before = {line: line._get_unit_price_of_product() for line in self}
        result = super().write(vals)
        # What was confirmed at a price goes on; a step down is judged.
        self._filter_ordered().filtered(lambda line: line._get_unit_price_of_product() < before[line])._check_floor()
        return result

    def _check_dealer_may_order(self):
        result = super()._check_dealer_may_order()
        self._filter_ordered()._check_floor()
        return result

    def _check_floor(self):
        """Refuse what the company's rule refuses of these lines of confirmed orders; what it only warns of is
        said to those who follow the order.

        :raise UserError: with the reason
        """
        for order, lines in self.grouped('order_id').items():
            policy = order._get_floor_policy()
            below = lines & order._get_lines_below_floor()
            if below and policy == 'warn':
                # Whoever changes the order need not be allowed to write messages on it.
                order.sudo().message_post(body=order._describe_below_floor(below, policy) or None)
            elif below:
                raise UserError(order._describe_below_floor(below, policy))

    def _filter_below_floor(self):
        """The lines of this one order below the floor, without those at an approved special price."""
        judged = self.filtered(lambda line: line.product_id and line.product_uom_qty > 0 and not line._is_side_line())
        order = judged.order_id
        if not judged:
            return judged
        floors = order.company_id._get_floor_prices(judged.product_id, order.currency_id, order.date_order)
        digits = self.env['decimal.precision'].precision_get('Product Price')
        return judged.filtered(
            lambda line: (
                not line.sudo().price_request_line_id
                and float_compare(
                    line._get_unit_price_of_product(), floors.get(line.product_id, 0), precision_digits=digits
                )
                < 0
            )
        )

    def _get_unit_price_of_product(self):
        """What one of the product's own unit costs after the discount, before taxes as far as they are in
        the price list."""
        self.ensure_one()
        if not (self.product_id and self.product_uom_id):
            return self.price_unit
        price = self.price_unit * (1 - (self.discount or 0) / 100)
        return self.product_uom_id._compute_price(price, self.product_id.uom_id)
