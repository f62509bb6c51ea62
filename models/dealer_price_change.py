from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

STATES = [
    ('draft', 'Draft'),
    ('submitted', 'Submitted'),
    ('approved', 'Approved'),
    ('in_force', 'In Force'),
    ('refused', 'Refused'),
    ('cancelled', 'Cancelled'),
]


class DealerPriceChange(models.Model):
    """A change of prices (调价): a new list that takes the place of an old one from a day on.

    Prepared, previewed, approved, and announced to the dealers that it touches. The new list is
    archived until the change is approved, and then takes effect by its first day, without anybody's
    click or any job: see ``product.pricelist._choose_dealer_lists``.
    """

    _name = 'dealer.price.change'
    _description = 'Price Change'
    _inherit = ['dealer.request.mixin']
    _order = 'date_start desc, id desc'
    _rec_names_search = ['name', 'pricelist_id']
    _check_company_auto = True

    company_id = fields.Many2one(
        'res.company', compute='_compute_company_id', store=True, precompute=True, required=True, index=True
    )
    pricelist_id = fields.Many2one(
        'product.pricelist',
        'Price List',
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        ondelete='restrict',
        help='The list whose prices change.',
    )
    new_pricelist_id = fields.Many2one(
        'product.pricelist',
        'New Price List',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        help='Takes the place of the old one from its first day on, once the change is approved.',
    )
    date_start = fields.Date('First Day', required=True, copy=False, tracking=True, help='From this day on, inclusive.')
    adjustment = fields.Float(
        'Adjustment (%)',
        digits='Discount',
        tracking=True,
        help='By how much the preparation of the new list raises every rule; negative to lower them.'
        ' Each can be changed afterwards.',
    )
    announcement = fields.Html(help='What the dealers are told beside the prices: why, and what to mind.')
    state = fields.Selection(
        STATES, required=True, readonly=True, copy=False, default='draft', index=True, tracking=True
    )
    decision_note = fields.Char('Answer', readonly=True, copy=False)
    decided_date = fields.Datetime('Decided on', readonly=True, copy=False)
    currency_id = fields.Many2one(related='pricelist_id.currency_id')
    company_currency_id = fields.Many2one(related='company_id.currency_id', string='Currency of the Company')
    has_begun = fields.Boolean(compute='_compute_has_begun')
    may_decide = fields.Boolean(compute='_compute_may_decide')

    # What the preview found.
    line_ids = fields.One2many('dealer.price.change.line', 'change_id', 'Products', readonly=True)
    dealer_line_ids = fields.One2many('dealer.price.change.dealer', 'change_id', 'Dealers', readonly=True)
    other_dealer_ids = fields.Many2many(
        'res.partner', 'dealer_price_change_other_rel', string='Dealers from Other Lists', readonly=True, copy=False
    )
    previewed_date = fields.Datetime('Previewed on', readonly=True, copy=False)
    product_count = fields.Integer('Products Touched', readonly=True, copy=False)
    dealer_count = fields.Integer('Dealers Touched', readonly=True, copy=False)
    turnover = fields.Monetary(
        'Turnover of 12 Months',
        currency_field='company_currency_id',
        readonly=True,
        copy=False,
        help='What the dealers that are touched were invoiced in the twelve months before the preview, untaxed.',
    )
    effect = fields.Monetary(
        'Effect in a Year',
        currency_field='company_currency_id',
        readonly=True,
        copy=False,
        help="What the dealers would have paid more for last year's quantities at the new prices.",
    )
    effect_percent = fields.Float('Effect (%)', digits='Discount', readonly=True, copy=False)
    warning = fields.Text(compute='_compute_warning', compute_sudo=True)
    told_count = fields.Integer('Dealers Told', compute='_compute_told_count', compute_sudo=True)

    _adjustment_keeps_prices = models.Constraint(
        'CHECK (adjustment > -100)', 'Prices cannot be lowered by a hundred per cent or more.'
    )
    _decided_by_somebody = models.Constraint(
        "CHECK (state NOT IN ('approved', 'in_force', 'refused') OR approver_id IS NOT NULL)",
        'Somebody has decided on what is decided.',
    )
    _list_is_prepared = models.Constraint(
        "CHECK (state IN ('draft', 'cancelled') OR new_pricelist_id IS NOT NULL)",
        'A price change cannot be handed in without its new list.',
    )
    _name_unique = models.UniqueIndex("(name) WHERE name != '/'", 'Two price changes cannot have the same number.')
    _new_list_unique = models.UniqueIndex(
        '(new_pricelist_id) WHERE new_pricelist_id IS NOT NULL', 'Each price change prepares a list of its own.'
    )
    _one_a_day = models.UniqueIndex(
        "(pricelist_id, date_start) WHERE state IN ('submitted', 'approved', 'in_force')",
        'Another change of the same price list begins on the same day.',
    )

    # --------------------------------------------------------------- Computes

    @api.depends('pricelist_id')
    def _compute_company_id(self):
        for change in self:
            # A list that companies share is changed by one of them.
            change.company_id = change.pricelist_id.company_id or change.company_id or self.env.company.root_id

    @api.depends('date_start', 'company_id')
    def _compute_has_begun(self):
        for change in self:
            change.has_begun = change._has_begun()

    def _has_begun(self):
        self.ensure_one()
        return bool(self.date_start) and self.date_start <= (self.company_id or self.env.company)._get_dealer_date()

    @api.depends('state', 'requester_id')
    @api.depends_context('uid')
    def _compute_may_decide(self):
        is_manager = self.env.user.has_group('dealer_management.group_dealer_manager')
        for change in self:
            change.may_decide = is_manager and change.state == 'submitted' and change.requester_id != self.env.user

    @api.depends('dealer_line_ids.announced_date')
    def _compute_told_count(self):
        counts = dict(
            self.env['dealer.price.change.dealer']._read_group(
                [('change_id', 'in', self.ids), ('announced_date', '!=', False)], ['change_id'], ['__count']
            )
        )
        for change in self:
            change.told_count = counts.get(change._origin, 0)

    @api.depends('name', 'pricelist_id', 'date_start')
    def _compute_display_name(self):
        for change in self:
            number = change.name if change.name != '/' else self.env._('New')
            # The list may be out of the sight of whoever reads a message about it.
            day = change.date_start and format_date(self.env, change.date_start)
            change.display_name = ' · '.join(filter(None, (number, change.sudo().pricelist_id.name, day)))

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        if 'pricelist_id' in vals:
            self._check_list_stays(vals['pricelist_id'])
        result = super().write(vals)
        if not {'state', 'date_start', 'new_pricelist_id'}.isdisjoint(vals):
            self._forget_prepared_lists()
        if 'date_start' in vals:
            self._move_prepared_lists()
        return result

    def unlink(self):
        prepared = self.sudo().new_pricelist_id
        result = super().unlink()
        # What was prepared for the change alone goes with it.
        prepared.unlink()
        self._forget_prepared_lists()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        for change in self:
            if change.state != 'draft':
                raise UserError(
                    self.env._('The price change %s has been handed in: it is kept on record.', change.name)
                )

    @api.model
    def _get_settled_fields(self):
        """What the steps of a change write, and nobody else."""
        return frozenset(
            {
                'name',
                'state',
                'requester_id',
                'approver_id',
                'decision_note',
                'decided_date',
                'new_pricelist_id',
                'line_ids',
                'dealer_line_ids',
                'other_dealer_ids',
                'previewed_date',
                'product_count',
                'dealer_count',
                'turnover',
                'effect',
                'effect_percent',
            }
        )

    @api.model
    def _get_asked_fields(self):
        """What is asked for: fixed once it was handed in."""
        return frozenset({'company_id', 'pricelist_id', 'date_start', 'adjustment', 'announcement'})

    @api.model
    def _get_settled_message(self):
        return self.env._('A price change is prepared and decided by its steps, not by writing it.')

    def _check_can_be_changed(self):
        self._check_draft()
        return super()._check_can_be_changed()

    def _check_draft(self):
        """Check that the change can still be changed itself.

        :raise UserError: once it was handed in
        """
        for change in self:
            if change.state != 'draft':
                raise UserError(
                    self.env._('The price change %s has been handed in: take it back to change it.', change.name)
                )

    def _check_list_stays(self, pricelist_id):
        for change in self:
            if change.new_pricelist_id and change.pricelist_id.id != pricelist_id:
                raise ValidationError(
                    self.env._(
                        'The new list of %(change)s was prepared from "%(list)s": make another change for another list.',
                        change=change.name,
                        list=change.pricelist_id.name,
                    )
                )

    @api.model
    def _forget_prepared_lists(self):
        self.env.registry.clear_cache()
