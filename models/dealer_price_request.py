from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

STATES = [
    ('draft', 'Draft'),
    ('requested', 'Requested'),
    ('approved', 'Approved'),
    ('refused', 'Refused'),
    ('closed', 'Closed'),
    ('cancelled', 'Cancelled'),
]


class DealerPriceRequest(models.Model):
    """A special price (特价) for one dealer: asked for, decided on, used by orders until it is used up.

    What is approved stands: price, quantity and days are changed by another request, or ended by
    ``action_close``.
    """

    _name = 'dealer.price.request'
    _description = 'Special Price'
    _inherit = ['dealer.request.mixin']
    _order = 'id desc'
    _check_company_auto = True

    dealer_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        domain="[('is_dealer', '=', True)]",
        ondelete='restrict',
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        'res.currency', compute='_compute_currency_id', store=True, readonly=False, required=True, precompute=True
    )
    pricelist_id = fields.Many2one(
        'product.pricelist',
        'Price List',
        compute='_compute_pricelist_id',
        store=True,
        precompute=True,
        ondelete='restrict',
        help='What the dealer would pay otherwise: the list that it buys from.',
    )
    channel_account_manager_id = fields.Many2one(related='dealer_id.channel_account_manager_id')
    date_from = fields.Date(
        'From', required=True, default=lambda self: self.env.company._get_dealer_date(), tracking=True
    )
    date_to = fields.Date('Until', required=True, tracking=True, help='Last day on which it can be ordered, inclusive.')
    reason = fields.Text(required=True, help='Why this price: a tender, a competitor, stock to be cleared.')
    project_name = fields.Char(
        'Project', tracking=True, help='Only orders that name this project get the price; empty for any order.'
    )
    end_customer_name = fields.Char('End Customer', help='For whom the goods are, as the dealer says.')
    order_id = fields.Many2one(
        'sale.order', 'For the Quotation', readonly=True, copy=False, index='btree_not_null', ondelete='set null'
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, copy=False, default='draft', index=True, tracking=True
    )
    decision_note = fields.Char('Answer', readonly=True, copy=False)
    decided_date = fields.Datetime('Decided on', readonly=True, copy=False)
    line_ids = fields.One2many('dealer.price.request.line', 'request_id', 'Products', copy=True)
    discount_depth = fields.Float(
        'Deepest Discount (%)',
        digits='Discount',
        compute='_compute_discount_depth',
        store=True,
        help='Of the line that lies furthest below the list price: it decides who may approve.',
    )
    is_below_floor = fields.Boolean('Below the Floor', compute='_compute_is_below_floor', compute_sudo=True)
    is_in_force = fields.Boolean('In Force', compute='_compute_is_in_force', search='_search_is_in_force')
    may_decide = fields.Boolean(compute='_compute_may_decide')
    sale_order_count = fields.Integer('Orders', compute='_compute_sale_order_count', compute_sudo=True)

    _dates_in_order = models.Constraint('CHECK (date_to >= date_from)', 'A special price cannot end before it begins.')
    _decided_by_somebody = models.Constraint(
        "CHECK (state NOT IN ('approved', 'refused', 'closed') OR approver_id IS NOT NULL)",
        'Somebody has decided on what is decided.',
    )
    _name_unique = models.UniqueIndex("(name) WHERE name != '/'", 'Two special prices cannot have the same number.')

    # --------------------------------------------------------------- Computes

    @api.depends('dealer_id', 'company_id')
    def _compute_pricelist_id(self):
        for request in self:
            # The dealer's list is found by rules that read tiers and types; who asks need not.
            dealer = request.dealer_id.sudo().with_company(request.company_id or self.env.company)
            request.pricelist_id = dealer.property_product_pricelist

    @api.depends('pricelist_id', 'company_id')
    def _compute_currency_id(self):
        for request in self:
            request.currency_id = (
                request.pricelist_id.currency_id or request.company_id.currency_id or self.env.company.currency_id
            )

    @api.depends('line_ids.discount')
    def _compute_discount_depth(self):
        for request in self:
            request.discount_depth = max(request.line_ids.mapped('discount'), default=0)

    @api.depends('line_ids.is_below_floor')
    def _compute_is_below_floor(self):
        for request in self:
            request.is_below_floor = any(request.line_ids.mapped('is_below_floor'))

    @api.depends('state', 'date_from', 'date_to')
    def _compute_is_in_force(self):
        for request in self:
            today = (request.company_id or self.env.company)._get_dealer_date()
            request.is_in_force = request.state == 'approved' and request.date_from <= today <= request.date_to

    def _search_is_in_force(self, operator, value):
        if operator != 'in':
            return NotImplemented
        today = self.env.company._get_dealer_date()
        return [('state', '=', 'approved'), ('date_from', '<=', today), ('date_to', '>=', today)]

    @api.depends('discount_depth', 'state', 'company_id')
    @api.depends_context('uid')
    def _compute_may_decide(self):
        for request in self:
            request.may_decide = (
                request.state == 'requested'
                and self.env.user not in (request.requester_id, request.create_uid)
                and request._is_approver(self.env.user)
            )

    def _compute_sale_order_count(self):
        counts = self.env['sale.order.line']._read_group(
            [('price_request_id', 'in', self.ids)], ['price_request_id'], ['order_id:count_distinct']
        )
        by_request = dict(counts)
        for request in self:
            request.sale_order_count = by_request.get(request, 0)

    @api.depends('name', 'project_name')
    def _compute_display_name(self):
        for request in self:
            parts = [request.name if request.name != '/' else self.env._('New'), request.project_name]
            request.display_name = ' · '.join(filter(None, parts))

    # ------------------------------------------------------------ Constraints

    @api.constrains('dealer_id')
    def _check_dealer(self):
        for request in self.sudo():
            if not request.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._('A special price is for a dealer: "%s" is none.', request.dealer_id.display_name)
                )

    @api.constrains('currency_id', 'pricelist_id')
    def _check_currency(self):
        for request in self.sudo():
            if request.pricelist_id and request.currency_id != request.pricelist_id.currency_id:
                raise ValidationError(
                    self.env._(
                        'The dealer "%(dealer)s" buys in %(theirs)s, by the price list "%(list)s": a special price in'
                        ' %(asked)s would never apply.',
                        dealer=request.dealer_id.display_name,
                        theirs=request.pricelist_id.currency_id.name,
                        list=request.pricelist_id.name,
                        asked=request.currency_id.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        if not self.env.su:
            # Found by the rules, whatever default filled it in: the discount is held against it.
            requests.sudo()._compute_pricelist_id()
        return requests

    def write(self, vals):
        result = super().write(vals)
        if 'dealer_id' in vals and not self.env.su:
            # One's own request does not become another's dealer's.
            self.check_access('write')
        if {'date_from', 'date_to', 'state'} & vals.keys():
            self._forget_special_prices()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        for request in self:
            if request.state not in ('draft', 'cancelled'):
                raise UserError(
                    self.env._('The special price %s has been asked for: it is kept on record.', request.name)
                )

    @api.model
    def _get_settled_fields(self):
        return frozenset(
            {
                'name',
                'state',
                'requester_id',
                'approver_id',
                'decision_note',
                'decided_date',
                'order_id',
                'pricelist_id',
                'discount_depth',
            }
        )

    @api.model
    def _get_asked_fields(self):
        """What is asked for: fixed once somebody decides on it."""
        return frozenset(
            {
                'dealer_id',
                'company_id',
                'currency_id',
                'date_from',
                'date_to',
                'reason',
                'project_name',
                'end_customer_name',
                'line_ids',
            }
        )

    @api.model
    def _get_settled_message(self):
        return self.env._('A special price is asked for and decided by its steps, not by writing it.')

    def _check_can_be_changed(self):
        for request in self:
            if request.state != 'draft':
                raise UserError(
                    self.env._(
                        'The special price %s has been submitted: what is asked for stands. Take it back or ask anew.',
                        request.name,
                    )
                )

    @api.model
    def _forget_special_prices(self):
        self.env.registry.clear_cache()
