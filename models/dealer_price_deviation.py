from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

STATES = [
    ('reported', 'Reported'),
    ('confirmed', 'Confirmed'),
    ('settled', 'Settled'),
    ('dismissed', 'Dismissed'),
]
# Prices that we suggest, and do not set.
SUGGESTED = ('retailer', 'consumer')


class DealerPriceDeviation(models.Model):
    """A dealer sells at another price than the suggested one: where it was seen, and what became of it.

    By itself it is an alert and no more: see ``res.company.dealer_resale_policy``.
    """

    _name = 'dealer.price.deviation'
    _description = 'Price Deviation'
    _inherit = ['dealer.request.mixin']
    _order = 'date_seen desc, id desc'
    _rec_names_search = ['name', 'dealer_id', 'product_id']
    _check_company_auto = True

    company_id = fields.Many2one(
        'res.company', required=True, readonly=True, index=True, default=lambda self: self.env.company.root_id
    )
    dealer_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        domain="[('is_dealer', '=', True)]",
        ondelete='restrict',
        help='Who sells at that price.',
    )
    channel_account_manager_id = fields.Many2one(related='dealer_id.channel_account_manager_id', store=True)
    product_id = fields.Many2one(
        'product.product', required=True, index=True, tracking=True, check_company=True, ondelete='restrict'
    )
    product_uom_id = fields.Many2one(related='product_id.uom_id', string='Unit')
    categ_id = fields.Many2one(related='product_id.categ_id', string='Category', store=True)
    level_id = fields.Many2one(
        'dealer.price.level',
        'Price Level',
        required=True,
        ondelete='restrict',
        domain=[('audience', 'in', SUGGESTED)],
        default=lambda self: self.env['dealer.price.level'].search([('audience', '=', 'consumer')], limit=1),
    )
    date_seen = fields.Date(
        'Seen on', required=True, default=lambda self: self.env.company._get_dealer_date(), tracking=True
    )
    available_pricelist_ids = fields.Many2many('product.pricelist', compute='_compute_available_pricelist_ids')
    pricelist_id = fields.Many2one(
        'product.pricelist',
        'Suggested by',
        compute='_compute_pricelist_id',
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
        domain="[('id', 'in', available_pricelist_ids)]",
        ondelete='restrict',
        help='The list of the level that held on the day.',
    )
    currency_id = fields.Many2one(related='pricelist_id.currency_id', store=True, precompute=True)
    suggested_price = fields.Float(
        digits='Product Price',
        compute='_compute_suggested_price',
        store=True,
        precompute=True,
        aggregator=None,
        help='As the list suggested it on the day, for one of the product.',
    )
    price_seen = fields.Float(digits='Product Price', required=True, tracking=True, aggregator=None)
    deviation = fields.Float(
        'Deviation (%)',
        digits='Discount',
        compute='_compute_deviation',
        store=True,
        precompute=True,
        aggregator='avg',
        help='Of the suggested price; negative below it.',
    )
    is_beyond_tolerance = fields.Boolean(
        'Beyond the Tolerance', compute='_compute_deviation', store=True, precompute=True
    )
    seen_at = fields.Char('Seen at', required=True, help='The shop, the fair, the web shop.')
    seen_url = fields.Char('Web Address')
    note = fields.Text()
    alert_date = fields.Datetime('Alerted on', readonly=True, copy=False)
    state = fields.Selection(
        STATES, required=True, readonly=True, copy=False, default='reported', index=True, tracking=True
    )
    answer = fields.Char(readonly=True, copy=False)
    decided_date = fields.Datetime('Decided on', readonly=True, copy=False)
    settlement = fields.Char(readonly=True, copy=False)
    settled_date = fields.Date('Settled on', readonly=True, copy=False)
    may_decide = fields.Boolean(compute='_compute_may_decide')

    _price_positive = models.Constraint('CHECK (price_seen >= 0)', 'A price cannot be negative.')
    _decided_by_somebody = models.Constraint(
        "CHECK (state = 'reported' OR approver_id IS NOT NULL)", 'Somebody has decided on what is decided.'
    )
    _name_unique = models.UniqueIndex("(name) WHERE name != '/'", 'Two price deviations cannot have the same number.')
    _unsettled = models.Index("(dealer_id, product_id) WHERE state = 'confirmed'")

    # --------------------------------------------------------------- Computes

    @api.depends('level_id', 'date_seen', 'company_id')
    def _compute_available_pricelist_ids(self):
        for deviation in self:
            deviation.available_pricelist_ids = deviation._find_suggesting_lists()

    @api.depends('level_id', 'date_seen', 'company_id')
    def _compute_pricelist_id(self):
        for deviation in self:
            found = deviation._find_suggesting_lists()
            if deviation.pricelist_id not in found:
                # Of several the user picks one.
                deviation.pricelist_id = found if len(found) == 1 else False

    def _find_suggesting_lists(self):
        """The lists of the level that hold for the company on the day, without those that another has replaced."""
        self.ensure_one()
        if not (self.level_id and self.date_seen):
            return self.env['product.pricelist']
        company, day = self.company_id or self.env.company, self.date_seen
        begun = Domain('date_start', '=', False) | Domain('date_start', '<=', day)
        lists = self.env['product.pricelist'].search(
            Domain('dealer_level_id', '=', self.level_id.id)
            & Domain('company_id', 'in', [False, *company.parent_ids.ids])
            & begun
            & (Domain('date_end', '=', False) | Domain('date_end', '>=', day))
        )
        return lists - lists.replaced_by_ids.filtered_domain(begun).filtered('active').replaces_id

    @api.depends('product_id', 'pricelist_id', 'date_seen')
    def _compute_suggested_price(self):
        self.suggested_price = 0
        for (pricelist, company, day), deviations in self.grouped(
            lambda deviation: (deviation.pricelist_id, deviation.company_id, deviation.date_seen)
        ).items():
            products = deviations.product_id
            if not (pricelist and company and day and products):
                continue
            prices = pricelist._get_prices(products, date=company._get_dealer_day_start(day))
            for deviation in deviations.filtered('product_id'):
                price, rule_id = prices[deviation.product_id]
                # Without a rule Odoo answers with the sales price, which nobody has suggested.
                deviation.suggested_price = price if rule_id else 0

    @api.depends('suggested_price', 'price_seen')
    def _compute_deviation(self):
        for deviation in self:
            suggested = deviation.suggested_price
            deviation.deviation = (deviation.price_seen / suggested - 1) * 100 if suggested else 0
            # The setting is the company's, whoever may read it.
            tolerance = (deviation.company_id or self.env.company).sudo().root_id.dealer_resale_tolerance
            deviation.is_beyond_tolerance = round(abs(deviation.deviation), 2) > tolerance

    @api.depends('state', 'requester_id')
    @api.depends_context('uid')
    def _compute_may_decide(self):
        is_manager = self.env.user.has_group('dealer_management.group_dealer_manager')
        for deviation in self:
            deviation.may_decide = (
                is_manager and deviation.state == 'reported' and deviation.requester_id != self.env.user
            )

    @api.depends('name', 'product_id')
    def _compute_display_name(self):
        for deviation in self:
            number = deviation.name if deviation.name != '/' else self.env._('New')
            # The product may be out of the sight of whoever reads a message about it.
            product = deviation.sudo().product_id.display_name
            deviation.display_name = ' · '.join(filter(None, (number, product)))

    # ------------------------------------------------------------ Constraints

    @api.constrains('dealer_id')
    def _check_dealer(self):
        for deviation in self.sudo():
            if not deviation.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._('Deviations are reported of dealers: "%s" is none.', deviation.dealer_id.display_name)
                )

    @api.constrains('date_seen')
    def _check_date_seen(self):
        for deviation in self:
            if deviation.date_seen > deviation.company_id._get_dealer_date():
                raise ValidationError(self.env._('Nobody has seen the price on %s yet.', deviation.date_seen))

    @api.constrains('level_id', 'pricelist_id', 'product_id', 'date_seen')
    def _check_suggestion(self):
        for deviation in self.sudo():
            level, pricelist = deviation.level_id, deviation.pricelist_id
            if level.audience not in SUGGESTED or pricelist.dealer_level_id != level:
                raise ValidationError(
                    self.env._(
                        'The price list "%(list)s" suggests no prices of the level "%(level)s".',
                        list=pricelist.name,
                        level=level.name,
                    )
                )
            if not deviation.suggested_price:
                raise ValidationError(
                    self.env._(
                        'The price list "%(list)s" suggests no price for %(product)s on %(day)s.',
                        list=pricelist.name,
                        product=deviation.product_id.display_name,
                        day=deviation.date_seen,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        deviations = super().create(vals_list)
        deviations._alert()
        return deviations

    @api.model
    def _get_first_state(self):
        return 'reported'

    def write(self, vals):
        result = super().write(vals)
        if not {'price_seen', 'product_id', 'pricelist_id', 'level_id', 'date_seen'}.isdisjoint(vals):
            self._alert()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for deviation in self:
            if deviation.state != 'reported':
                raise UserError(self.env._('The deviation %s has been decided: it is kept on record.', deviation.name))

    @api.model
    def _get_settled_fields(self):
        """What the steps write, and nobody else; the suggested price is the list's."""
        return frozenset(
            {
                'name',
                'state',
                'requester_id',
                'approver_id',
                'answer',
                'decided_date',
                'settlement',
                'settled_date',
                'alert_date',
                # Found in the list.
                'currency_id',
                'suggested_price',
                'deviation',
                'is_beyond_tolerance',
            }
        )

    @api.model
    def _get_asked_fields(self):
        """What was seen: fixed once somebody has decided on it."""
        return frozenset(
            {
                'company_id',
                'dealer_id',
                'product_id',
                'level_id',
                'pricelist_id',
                'date_seen',
                'price_seen',
                'seen_at',
                'seen_url',
            }
        )

    @api.model
    def _get_settled_message(self):
        return self.env._('A deviation is decided and settled by its steps, not by writing it.')

    def _check_can_be_changed(self):
        for deviation in self:
            if deviation.state != 'reported':
                raise UserError(self.env._('The deviation %s has been decided: what was seen stands.', deviation.name))
