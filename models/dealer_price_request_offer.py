from collections import defaultdict
from math import inf
from typing import NamedTuple

from odoo import api, models
from odoo.tools import ormcache


class Offer(NamedTuple):
    """A special price that an order line may use.

    ``price`` and ``quantity`` (how much of the line may have it) are for the line's unit, in the
    order's currency, before taxes as in a price list.
    """

    request_line_id: int
    price: float
    quantity: float


class SpecialOffers(dict):
    """``{line: Offer}`` on its way to the prices: a class of our own, which no context from outside can hold."""


class DealerPriceRequestLine(models.Model):
    """What of a special price an order line may use."""

    _inherit = 'dealer.price.request.line'

    @api.model
    @ormcache()
    def _get_special_price_index(self):
        """``{(dealer id, product id): ids of request lines}`` of all approved special prices.

        Asked for with every order line: no query, until a special price is approved or ended.
        """
        index = defaultdict(list)
        lines = self.sudo().search_fetch(
            [('request_id.state', '=', 'approved')], ['request_id', 'product_id'], order='id'
        )
        for line in lines:
            index[line.request_id.dealer_id.id, line.product_id.id].append(line.id)
        return {key: tuple(ids) for key, ids in index.items()}

    def _get_quantities_used(self, but_orders=None):
        """``{request line: quantity}`` that orders have used, those of ``but_orders`` aside, by one query."""
        used = dict.fromkeys(self, 0)
        lines = self.env['sale.order.line'].search_fetch(
            [
                ('price_request_line_id', 'in', self.ids),
                ('order_id.state', 'in', ('sale', 'cancel')),
                ('order_id', 'not in', but_orders.ids if but_orders else []),
            ],
            ['price_request_line_id', 'order_id', 'product_uom_id', 'product_uom_qty', 'qty_delivered', 'qty_invoiced'],
        )
        for line in lines:
            used[line.price_request_line_id] += line._get_special_quantity_used()
        return used

    def _applies_to(self, line):
        """Whether the order of ``line`` is one that the special price is for: its day, company, currency, project."""
        request, order = self.request_id, line.order_id
        return (
            request.state == 'approved'
            and request.date_from <= order.company_id.sudo()._get_dealer_date(order.date_order) <= request.date_to
            and request._is_for_order(order)
        )

    def _make_offer(self, line, left, partial):
        """The offer to ``line`` of what is ``left``, in the product's unit; None if that is too little."""
        unit, line_unit = self.product_uom_id, line.product_uom_id
        if not line_unit:
            return None
        quantity = line.product_uom_qty
        if left != inf and unit.compare(line._get_ordered_quantity(), left) > 0:
            if not partial:
                return None
            quantity = unit._compute_quantity(left, line_unit, rounding_method='DOWN')
            if line.product_uom_qty.is_integer():
                # Who orders whole boxes gets whole boxes.
                quantity = float(int(quantity))
            if quantity <= 0:
                return None
        return Offer(self.id, unit._compute_price(self.special_price, line_unit), quantity)


class DealerPriceRequest(models.Model):
    _inherit = 'dealer.price.request'

    def _is_for_order(self, order):
        """Whether the order is one of this dealer's, company's, currency's and project's, whatever its day."""
        self.ensure_one()
        order = order.sudo()
        return (
            self.dealer_id == order.partner_id.commercial_partner_id
            and self.company_id in order.company_id.parent_ids
            and self.currency_id == order.currency_id
            and (not self.project_name or self.project_name == order.project_request_id.project_name)
        )


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _get_special_quantity_used(self):
        """How much of its special price this line uses up, in the product's own unit.

        What was ordered, or delivered beyond it; of a cancelled order what had been delivered or invoiced.
        """
        self.ensure_one()
        if self.order_id.state == 'sale':
            quantity = max(self.product_uom_qty, self.qty_delivered, 0)
        else:
            quantity = max(self.qty_delivered, self.qty_invoiced, 0)
        return self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False)


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_special_quantities_taken(self, request_lines, but_lines):
        """``{request line: quantity}`` that the other lines of this order use, confirmed or not."""
        taken = defaultdict(float)
        for line in self.order_line.sudo():
            if line not in but_lines and line.price_request_line_id in request_lines:
                taken[line.price_request_line_id] += max(line._get_ordered_quantity(), 0)
        return taken
