from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class SaleOrderLine(models.Model):
    """A line is held against the floor after its discount, whoever changes it and how."""

    _inherit = 'sale.order.line'

    def write(self, vals):
        if vals.keys().isdisjoint(
            {'price_unit', 'discount', 'product_id', 'product_uom_id', 'product_uom_qty', 'tax_ids'}
        ):
            return super().write(vals)
        before = {line: (line._get_unit_price_of_product(), line.tax_ids) for line in self}
        result = super().write(vals)
        # What was confirmed at a price goes on; a step down is judged.
        lower = self.filtered(
            lambda line: line._get_unit_price_of_product() < before[line][0] or line.tax_ids != before[line][1]
        )
        lower._filter_judged_with_discounts()._check_floor()
        self._tell_below_minimum()
        return result

    def _tell_below_minimum(self):
        """Say so to those who follow an order that is taken below the minimum after it was confirmed."""
        for order in self.order_id.filtered(lambda order: order.state == 'sale'):
            if message := order._get_minimum_refusal():
                # Whoever changes the order need not be allowed to write messages on it.
                order.sudo().message_post(body=message)

    def _check_dealer_may_order(self):
        result = super()._check_dealer_may_order()
        self._filter_judged_with_discounts()._check_floor()
        return result

    def _filter_judged_with_discounts(self):
        """These lines of confirmed orders; where one of them takes something off the whole order, all of it."""
        discounted = self.filtered(lambda line: line.order_id.state == 'sale' and line._takes_off_order()).order_id
        return (self | discounted.order_line)._filter_ordered()

    def _takes_off_order(self):
        """Whether the line takes something off the goods of the order."""
        self.ensure_one()
        # A down payment stands on the order without a quantity, until it is invoiced.
        is_negative = self.price_unit < 0 and self.product_uom_qty > 0 and not self.display_type
        return is_negative and not self._is_reward_beside_goods()

    def _is_reward_beside_goods(self):
        """Gift cards and wallets of promotions pay for the goods, and free shipping lowers the freight."""
        if 'reward_id' not in self._fields:
            return False
        # The rule holds, whoever may read promotions.
        reward = self.sudo().reward_id
        return reward.program_id.is_payment_program or reward.reward_type == 'shipping'

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
        """The lines of this one order below the floor, without those at an approved special price.

        A discount on the whole order comes off each line in proportion.
        """
        judged = self.filtered(
            lambda line: (
                line.product_id
                and line.product_uom_qty > 0
                and line.product_type != 'combo'  # costs nothing itself: its items do
                and not line._is_side_line()
            )
        )
        if not judged:
            return judged
        order = judged.order_id
        share = order._get_share_after_discounts()
        floors = order.company_id._get_floor_prices(judged.product_id, order.currency_id, order.date_order)
        return judged.filtered(
            lambda line: (
                line.product_id in floors
                and (share < 1 or not line.sudo().price_request_line_id)
                and line._is_below(floors[line.product_id], share)
            )
        )

    def _is_below(self, floor, share):
        """Whether ``share`` of the line's price is below ``floor``, one as in a price list; both before taxes."""
        digits = self.env['decimal.precision'].precision_get('Product Price')
        price = self._get_price_before_taxes(self._get_unit_price_of_product() * share, self.tax_ids)
        taxes = self.order_id.fiscal_position_id.map_tax(
            self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        )
        floor = self._get_price_before_taxes(self._from_list_price(floor), taxes)
        return float_compare(price, floor, precision_digits=digits) < 0

    def _get_price_before_taxes(self, price, taxes):
        """What is left of a unit price without the ``taxes`` that are in it, unrounded."""
        included = taxes.flatten_taxes_hierarchy().filtered('price_include')
        if not included:
            return price
        details = included.with_context(round=False).compute_all(
            price, self.currency_id, product=self.product_id, partner=self.order_id.partner_shipping_id
        )
        return details['total_excluded']

    def _get_unit_price_of_product(self):
        """What one of the product's own unit costs after the line's discount."""
        self.ensure_one()
        if not (self.product_id and self.product_uom_id):
            return self.price_unit
        price = self.price_unit * (1 - (self.discount or 0) / 100)
        return self.product_uom_id._compute_price(price, self.product_id.uom_id)

    def _get_price_to_ask_for(self):
        """The line's price as one of a price list, for the product's own unit: what a special price would be.

        Where the fiscal position changes the taxes in the price, it is the same part of the list price.
        """
        self.ensure_one()
        price, listed = self._get_unit_price_of_product(), self._get_price_of_list()
        listed_here = self._from_list_price(listed)
        if not listed_here or listed == listed_here:
            return price
        return price * listed / listed_here
