from odoo import api, fields, models
from odoo.exceptions import AccessError


class DealerPriceRequestLine(models.Model):
    """One product at a special price: how much of it may be ordered, and how much has been.

    Quantities and prices are for the product's own unit, prices in the request's currency and
    before taxes.
    """

    _name = 'dealer.price.request.line'
    _description = 'Product at a Special Price'
    _order = 'request_id, sequence, id'
    _rec_name = 'product_id'
    _check_company_auto = True

    request_id = fields.Many2one('dealer.price.request', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related='request_id.company_id')
    currency_id = fields.Many2one(related='request_id.currency_id')
    state = fields.Selection(related='request_id.state')
    product_id = fields.Many2one(
        'product.product',
        required=True,
        index=True,
        check_company=True,
        domain="[('sale_ok', '=', True)]",
        ondelete='restrict',
    )
    product_uom_id = fields.Many2one(related='product_id.uom_id', string='Unit')
    quantity_max = fields.Float(
        'Quantity', digits='Product Unit', help='How much may be ordered at this price in all; 0 for any quantity.'
    )
    special_price = fields.Float(digits='Product Price', required=True)
    list_price = fields.Float(
        'Price of the List',
        digits='Product Price',
        compute='_compute_list_price',
        store=True,
        precompute=True,
        help='What the dealer pays otherwise; as it was when the request was submitted or decided on.',
    )
    discount = fields.Float(
        'Discount (%)', digits='Discount', compute='_compute_discount', store=True, help='Below the price of the list.'
    )
    floor_price = fields.Float(
        digits='Product Price',
        compute='_compute_floor_price',
        compute_sudo=True,
        groups='dealer_management.group_dealer_manager',
    )
    is_below_floor = fields.Boolean('Below the Floor', compute='_compute_floor_price', compute_sudo=True)
    sale_line_ids = fields.One2many(
        'sale.order.line', 'price_request_line_id', 'Order Lines', groups='base.group_system'
    )
    quantity_used = fields.Float(
        'Ordered',
        digits='Product Unit',
        compute='_compute_quantity_used',
        compute_sudo=True,
        store=True,
        help='On confirmed orders; what is cancelled is given back.',
    )
    quantity_left = fields.Float('Left', digits='Product Unit', compute='_compute_quantity_left')

    # The last word under two orders at once: both update this row, and PostgreSQL lets one win.
    _never_over_the_cap = models.Constraint(
        'CHECK (quantity_max = 0 OR quantity_used <= quantity_max)',
        'More would be ordered or delivered at a special price than was approved: please update the prices of the'
        ' order, or put the rest on a line of its own.',
    )
    _quantity_positive = models.Constraint(
        'CHECK (quantity_max >= 0)', 'The quantity of a special price cannot be negative; 0 is for any quantity.'
    )
    _price_positive = models.Constraint('CHECK (special_price >= 0)', 'A special price cannot be negative.')
    _once_a_request = models.UniqueIndex(
        '(request_id, product_id)', 'Each product stands once in a request: put its quantities together.'
    )

    # --------------------------------------------------------------- Computes

    @api.depends('product_id', 'request_id.pricelist_id', 'request_id.currency_id')
    def _compute_list_price(self):
        for request, lines in self.grouped('request_id').items():
            priced = lines.filtered('product_id')
            (lines - priced).list_price = 0
            company = request.company_id or self.env.company
            prices = request.pricelist_id.with_company(company)._get_prices(
                priced.product_id.with_company(company),
                currency=request.currency_id or company.currency_id,
                date=fields.Datetime.now(),
            )
            for line in priced:
                line.list_price = prices[line.product_id][0]

    def _remember_list_price(self):
        """Take down what the list says now: before it is asked for, and before it is decided."""
        # Whoever decides need not be allowed to write prices.
        self.sudo().request_id._compute_pricelist_id()
        lines = self.sudo()
        lines._compute_list_price()
        # Also where the list says what it said: whoever has written another discount gains nothing by it.
        lines._compute_discount()
        lines._compute_quantity_used()
        lines.request_id._compute_discount_depth()

    @api.depends('list_price', 'special_price')
    def _compute_discount(self):
        for line in self:
            line.discount = (1 - line.special_price / line.list_price) * 100 if line.list_price else 0

    @api.depends('product_id', 'special_price')
    def _compute_floor_price(self):
        for request, lines in self.grouped('request_id').items():
            floors = (request.company_id or self.env.company)._get_floor_prices(
                lines.product_id, request.currency_id or self.env.company.currency_id
            )
            for line in lines:
                line.floor_price = floors.get(line.product_id, 0)
                line.is_below_floor = bool(line.currency_id) and line._is_lower(line.special_price, line.floor_price)

    def _is_lower(self, price, other):
        digits = self.env['decimal.precision'].precision_get('Product Price')
        return round(price, digits) < round(other, digits)

    @api.depends(
        'sale_line_ids.product_uom_qty',
        'sale_line_ids.product_uom_id',
        'sale_line_ids.product_id',
        'sale_line_ids.qty_delivered',
        'sale_line_ids.qty_invoiced',
        'sale_line_ids.order_id.state',
    )
    def _compute_quantity_used(self):
        # From the database: an order line that is just being made stands twice in the cache.
        for line, quantity in self._get_quantities_used().items():
            line.quantity_used = quantity

    @api.depends('quantity_max', 'quantity_used')
    def _compute_quantity_left(self):
        for line in self:
            line.quantity_left = max(line.quantity_max - line.quantity_used, 0)

    # ------------------------------------------------------------------- CRUD

    @api.model
    def _get_found_fields(self):
        """What is found in price lists and orders, and written by nobody."""
        return frozenset({'list_price', 'discount', 'quantity_used'})

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            found = self._get_found_fields()
            vals_list = [{name: value for name, value in vals.items() if name not in found} for vals in vals_list]
        lines = super().create(vals_list)
        if not self.env.su:
            lines.request_id._check_can_be_changed()
        return lines

    def write(self, vals):
        if not self.env.su:
            if not self._get_found_fields().isdisjoint(vals):
                raise AccessError(self.env['dealer.price.request']._get_settled_message())
            self.request_id._check_can_be_changed()
        result = super().write(vals)
        if 'request_id' in vals and not self.env.su:
            # Nor does a line move into what has been decided, or is somebody else's.
            self.request_id.check_access('write')
            self.request_id._check_can_be_changed()
        return result

    def unlink(self):
        if not self.env.su:
            self.request_id._check_can_be_changed()
        return super().unlink()

    def action_view_orders(self):
        """Open the orders that use this special price."""
        return self.request_id.action_view_orders()
