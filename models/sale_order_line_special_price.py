from math import inf

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

from .dealer_price_request_offer import SpecialOffers


class SaleOrderLine(models.Model):
    """A line uses an approved special price of its dealer by itself, until the quantity is used up."""

    _inherit = 'sale.order.line'

    price_request_line_id = fields.Many2one(
        'dealer.price.request.line',
        'Special Price',
        compute='_compute_price_request_line_id',
        compute_sudo=True,
        store=True,
        precompute=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        groups='sales_team.group_sale_salesman,dealer_management.group_dealer_access',
        help='The special price that the line is sold at.',
    )
    price_request_id = fields.Many2one(
        'dealer.price.request',
        'Special Price Agreement',
        related='price_request_line_id.request_id',
        store=True,
        precompute=True,
        index='btree_not_null',
        groups='sales_team.group_sale_salesman,dealer_management.group_dealer_access',
    )

    def _auto_init(self):
        # No order of the years before has a special price: none is looked for, line by line.
        for name in ('price_request_line_id', 'price_request_id'):
            if not column_exists(self.env.cr, 'sale_order_line', name):
                create_column(self.env.cr, 'sale_order_line', name, 'int4')
        return super()._auto_init()

    # ------------------------------------------------------------------ Price

    def _compute_price_unit(self):
        return super(SaleOrderLine, self._with_special_offers())._compute_price_unit()

    def _compute_discount(self):
        offered = self._with_special_offers()
        result = super(SaleOrderLine, offered)._compute_discount()
        offers = offered._get_special_offers()
        for line in self:
            if line in offers:
                # A special price is what is paid: nothing comes off it.
                line.discount = 0
        return result

    def _get_display_price(self):
        offer = self._get_special_offers().get(self)
        return offer.price if offer else super()._get_display_price()

    def _with_special_offers(self):
        offers = self._match_special_prices()
        return self.with_context(special_offers=offers) if offers else self

    def _get_special_offers(self):
        offers = self.env.context.get('special_offers')
        return offers if isinstance(offers, SpecialOffers) else {}

    @api.depends(
        'product_id',
        'product_uom_id',
        'product_uom_qty',
        'price_unit',
        'discount',
        'order_id.partner_id',
        'order_id.company_id',
        'order_id.currency_id',
        'order_id.project_request_id',
    )
    def _compute_price_request_line_id(self):
        """What a line is sold at says whether it is sold at a special price: a price that was written
        by hand, and is another, uses up nothing."""
        offers = self._match_special_prices()
        for line in self:
            if line.qty_invoiced > 0 and line._get_kept_special_price():
                # Odoo prices nothing anew that has been invoiced: it stays what it was sold as.
                line.price_request_line_id = line._get_kept_special_price()
                continue
            offer = offers.get(line)
            is_used = offer and not line.discount and line._is_sold_at(offer.price)
            line.price_request_line_id = is_used and offer.request_line_id

    def _is_sold_at(self, price):
        """Whether the unit price is ``price``, one as in a price list."""
        digits = self.env['decimal.precision'].precision_get('Product Price')
        return float_compare(self.price_unit, self._from_list_price(price), precision_digits=digits) == 0

    def _from_list_price(self, price):
        """The unit price that Odoo makes of ``price``, one as in a price list: the taxes in it follow the order's
        fiscal position."""
        self.ensure_one()
        line = self.with_company(self.company_id)
        return line.product_id._get_tax_included_unit_price_from_price(
            price,
            product_taxes=line.product_id.taxes_id._filter_taxes_by_company(line.company_id),
            fiscal_position=line.order_id.fiscal_position_id,
        )

    def _is_below_list(self, price):
        digits = self.env['decimal.precision'].precision_get('Product Price')
        return float_compare(price, self._get_price_of_list(), precision_digits=digits) < 0

    def _get_price_of_list(self):
        """What the order's price list asks for this line, its discounts taken off, as in a price list."""
        self.ensure_one()
        line = self.with_company(self.company_id)
        return line.order_id.pricelist_id._get_product_price(
            line.product_id.with_context(**line._get_product_price_context()), **line._get_pricelist_kwargs()
        )

    # --------------------------------------------------------------- Matching

    def _match_special_prices(self, partial=False):
        """Find the special price that each of these lines may use.

        The lines of one order share what is left, in their order; what confirmed orders of others
        have used is gone, what stands on others' quotations is not.

        :param bool partial: also for lines that ask for more than what is left
        :return: ``SpecialOffers``; a query only if the dealer of one of the lines has a special
            price for its product
        """
        index = self.env['dealer.price.request.line']._get_special_price_index()
        candidates = {}
        for line in self:
            ids = index and index.get((line._get_special_price_dealer().id, line.product_id.id), ())
            # A confirmed order keeps the price that it was confirmed at, for what was confirmed.
            kept = line._get_kept_special_price()
            if (ids or kept) and line._may_have_special_price():
                candidates[line] = (kept.id, *(ids or ())) if kept else ids
        return self._share_special_prices(candidates, partial) if candidates else SpecialOffers()

    def _may_have_special_price(self):
        # What comes back, or only by delivery, is no order at a special price.
        return self.product_uom_qty > 0 and not (self.display_type or self.is_downpayment or self.combo_item_id)

    def _get_special_price_dealer(self):
        # Whoever writes the order need not be allowed to read the dealer.
        return self.order_id.partner_id.sudo().commercial_partner_id

    def _get_kept_special_price(self):
        line = self._origin.sudo()
        request_line = line.price_request_line_id
        if (
            line.order_id.state == 'sale'
            and request_line
            and request_line.product_id == self.product_id
            and request_line.request_id._is_for_order(line.order_id)
        ):
            return request_line
        return request_line.browse()

    @api.model
    def _share_special_prices(self, candidates, partial):
        # The terms hold for the order, whoever may read them.
        request_lines = self.env['dealer.price.request.line'].sudo()
        found = request_lines.browse({request_line_id for ids in candidates.values() for request_line_id in ids})
        orders = self.env['sale.order'].union(*(line.order_id for line in candidates))
        used = found._get_quantities_used(orders._origin)
        offers = SpecialOffers()
        for order in orders:
            lines = [line for line in order.order_line if line in candidates]
            lines += [line for line in candidates if line.order_id == order and line not in lines]
            taken = order._get_special_quantities_taken(found, lines)
            for line in lines:
                for request_line in found.browse(candidates[line]).sorted(
                    lambda found: (found.special_price, found.id)
                ):
                    kept = request_line == line._get_kept_special_price()
                    if not kept and not request_line._applies_to(line):
                        continue
                    left = inf
                    if request_line.quantity_max:
                        left = request_line.quantity_max - used[request_line] - taken[request_line]
                    offer = request_line._make_offer(line, left, partial)
                    # Nobody pays more for having asked for less.
                    if offer and (kept or line._is_below_list(offer.price)):
                        offers[line] = offer
                        taken[request_line] += min(line._get_ordered_quantity(), left)
                        break
        return offers

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_special_price_not_written(vals)
        lines = super().create(vals_list)
        lines._split_special_prices()
        return lines

    def copy_data(self, default=None):
        """A copy is a new order: it pays what holds for it, not the special price of the old one."""
        vals_list = super().copy_data(default)
        for line, vals in zip(self.sudo(), vals_list, strict=True):
            if line.price_request_line_id:
                for name in ('price_unit', 'technical_price_unit', 'discount'):
                    vals.pop(name, None)
        return vals_list

    def write(self, vals):
        self._check_special_price_not_written(vals)
        self._check_invoiced_quantity(vals)
        result = super().write(vals)
        if not {'product_id', 'product_uom_id', 'product_uom_qty'}.isdisjoint(vals):
            self._split_special_prices()
        return result

    @api.model
    def _check_special_price_not_written(self, vals):
        if not self.env.su and not vals.keys().isdisjoint({'price_request_line_id', 'price_request_id'}):
            raise AccessError(self.env._('The special price of an order line is found, not written.'))

    def _check_invoiced_quantity(self, vals):
        """Odoo does not price an invoiced line anew: more of it than is left goes on a line of its own.

        :raise UserError: if more is asked for
        """
        if 'product_uom_qty' not in vals:
            return
        for line in self:
            request_line = line.sudo().price_request_line_id
            more = vals['product_uom_qty'] - line.product_uom_qty
            if not request_line.quantity_max or line.qty_invoiced <= 0 or more <= 0:
                continue
            wanted = line.product_uom_id._compute_quantity(more, request_line.product_uom_id, round=False)
            if request_line.product_uom_id.compare(wanted, request_line.quantity_left) > 0:
                raise UserError(
                    self.env._(
                        '%(product)s has been invoiced at the special price %(name)s, of which %(left)s %(unit)s are'
                        ' left: please put the rest on a line of its own.',
                        product=line.product_id.display_name,
                        name=request_line.request_id.name,
                        left=f'{request_line.quantity_left:.10g}',
                        unit=request_line.product_uom_id.name,
                    )
                )

    def _split_special_prices(self):
        """Where less is left at the special price than a line asks for, that much gets it, on a line of its own."""
        open_lines = self.filtered(
            lambda line: (
                line.id  # what is not saved has no second line yet
                and line.order_id.state in ('draft', 'sent', 'sale')
                and not line.sudo().price_request_line_id
                and not line._has_price_by_hand()
                and not line.qty_invoiced
                and line.product_uom_qty > 0
            )
        )
        for line, offer in open_lines._match_special_prices(partial=True).items():
            if not 0 < offer.quantity < line.product_uom_qty:
                continue
            rest = line.product_uom_qty - offer.quantity
            line.write({'product_uom_qty': offer.quantity})
            if line.sudo().price_request_line_id:
                line._copy_at_list_price(rest)
            else:
                line.write({'product_uom_qty': offer.quantity + rest})

    def _copy_at_list_price(self, quantity):
        """A second line like this one, for ``quantity``, whose price is found anew."""
        [vals] = self.copy_data({'order_id': self.order_id.id, 'product_uom_qty': quantity, 'sequence': self.sequence})
        return self.create(vals)

    def _check_dealer_may_order(self):
        result = super()._check_dealer_may_order()
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_manager'):
            # Whoever confirms or adds on a later day than the order's own gets what holds on that day.
            self._filter_ordered()._check_special_prices_hold()
        return result

    def _check_special_prices_hold(self):
        """Refuse to order more at a special price that has ended.

        :raise UserError: with the reason
        """
        if message := self._get_special_price_refusal():
            raise UserError(message)

    def _get_special_price_refusal(self):
        """Why these lines cannot be ordered today at their special prices, as a sentence, or False."""
        for line in self.sudo():
            request_line = line.price_request_line_id
            request, today = request_line.request_id, line.company_id._get_dealer_date()
            if request and not (
                request.state == 'approved'
                and request.date_from <= today <= request.date_to
                and request._is_for_order(line.order_id)
            ):
                return self.env._(
                    'The special price %(name)s of %(product)s no longer holds: please update the prices of %(order)s.',
                    name=request.name,
                    product=line.product_id.display_name,
                    order=line.order_id.name,
                )
        return False

    def _price_anew(self):
        """Price these lines as if they had just been ordered."""
        self.invalidate_recordset(['pricelist_item_id'])
        self.with_context(force_price_recomputation=True)._compute_price_unit()
        self.discount = 0
        self._compute_discount()

    def _has_price_by_hand(self):
        self.ensure_one()
        # Reading the price works it out, if it is due, and brings the technical one along.
        price = self.price_unit
        return bool(self.currency_id.compare_amounts(self.technical_price_unit, price))

    def _prepare_invoice_line(self, **optional_values):
        """The invoice line remembers the special price: rebates may leave it out."""
        values = super()._prepare_invoice_line(**optional_values)
        # Accountants invoice without a role in the channel.
        if request_line := self.sudo().price_request_line_id:
            values['price_request_line_id'] = request_line.id
        return values
