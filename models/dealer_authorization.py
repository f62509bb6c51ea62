from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

AUTHORIZATION_STATES = [
    ('draft', 'Draft'),
    ('submitted', 'Submitted'),
    ('refused', 'Refused'),
    ('approved', 'Approved'),
    ('active', 'In Force'),
    ('suspended', 'Suspended'),
    ('expired', 'Expired'),
    ('revoked', 'Revoked'),
]
# The terms can be written only before the grant is handed in.
EDITABLE_STATES = frozenset({'draft', 'refused'})
# Approved at some time: the grant keeps, or kept, its place among the others.
GRANTED_STATES = frozenset({'approved', 'active', 'suspended', 'expired', 'revoked'})


class DealerAuthorization(models.Model):
    """A grant (授权): a dealer may sell these products in this territory, by these channels, on these days.

    Exclusive: nobody else sells there. Sole: no other dealer, but we ourselves may. Non-exclusive:
    others may be granted the same. Days are inclusive.

    What a grant covers is kept in ``dealer.authorization.coverage``, which the database itself
    holds free of conflicts; a grant is in force only through it.
    """

    _name = 'dealer.authorization'
    _description = 'Dealer Authorization'
    _inherit = ['dealer.approval.mixin']
    _order = 'date_from desc, id desc'
    _rec_names_search = ['name', 'certificate_number', 'dealer_id']

    # ---------------------------------------------------------------- Fields

    name = fields.Char('Reference', required=True, readonly=True, copy=False, default='/')
    company_id = fields.Many2one(related='territory_id.company_id', store=True, precompute=True, index=True)
    dealer_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        ondelete='restrict',
        domain="[('is_dealer', '=', True), ('dealer_state', '!=', 'terminated')]",
        tracking=True,
    )
    channel_account_manager_id = fields.Many2one(related='dealer_id.channel_account_manager_id')
    territory_id = fields.Many2one('dealer.territory', required=True, index=True, ondelete='restrict', tracking=True)
    kind = fields.Selection(
        [('exclusive', 'Exclusive'), ('sole', 'Sole'), ('shared', 'Non-exclusive')],
        required=True,
        default='exclusive',
        tracking=True,
        help='Exclusive: nobody else sells there, we neither.\n'
        'Sole: no other dealer sells there, but we may.\n'
        'Non-exclusive: others may be granted the same.',
    )
    product_scope = fields.Selection(
        [('all', 'All Products'), ('selected', 'Selected')], 'Products', required=True, default='all', tracking=True
    )
    category_ids = fields.Many2many(
        'product.category',
        'dealer_authorization_category_rel',
        'authorization_id',
        'category_id',
        'Product Categories',
        ondelete='restrict',
        help='With all categories below them.',
    )
    product_tmpl_ids = fields.Many2many(
        'product.template',
        'dealer_authorization_product_rel',
        'authorization_id',
        'product_tmpl_id',
        'Single Products',
        ondelete='restrict',
        # An archived product or channel stays a part of what is granted.
        context={'active_test': False},
    )
    channel_ids = fields.Many2many(
        'dealer.channel',
        string='Channels',
        ondelete='restrict',
        context={'active_test': False},
        help='None: all channels.',
    )
    carveout_ids = fields.One2many(
        'dealer.authorization.carveout', 'authorization_id', 'Carve-outs', help='What the grant leaves out.', copy=True
    )
    date_from = fields.Date(
        'From', required=True, default=lambda self: self.env.company._get_dealer_date(), tracking=True
    )
    date_to = fields.Date('Until', required=True, help='The last day, inclusive.', tracking=True)

    state = fields.Selection(
        AUTHORIZATION_STATES, required=True, readonly=True, default='draft', copy=False, tracking=True, index=True
    )
    state_reason = fields.Char(
        'Reason', readonly=True, copy=False, tracking=True, help='Why it was refused, suspended or revoked.'
    )
    approved_date = fields.Date('Approved On', readonly=True, copy=False)
    suspended_date = fields.Date('Suspended since', readonly=True, copy=False)
    revoked_date = fields.Date('Revoked on', readonly=True, copy=False, help='The first day without the grant.')
    valid_until = fields.Date(
        compute='_compute_ends',
        store=True,
        precompute=True,
        help='The last day on which the grant is valid, as things stand.',
    )
    reserved_until = fields.Date(
        compute='_compute_ends',
        store=True,
        precompute=True,
        help='The last day on which nobody else can be granted the same: a suspended grant keeps its place.',
    )
    is_in_force = fields.Boolean(compute='_compute_is_in_force', search='_search_is_in_force')
    days_left = fields.Integer(compute='_compute_is_in_force')
    renewed_from_id = fields.Many2one(
        'dealer.authorization', 'Renews', readonly=True, copy=False, index='btree_not_null', ondelete='restrict'
    )
    renewal_ids = fields.One2many('dealer.authorization', 'renewed_from_id', 'Renewed by')
    coverage_ids = fields.One2many('dealer.authorization.coverage', 'authorization_id')
    scope_summary = fields.Char('Scope', compute='_compute_scope_summary')
    note = fields.Html('Terms', help='Printed on the certificate.')

    # ------------------------------------------------------------ Constraints

    _dates_in_order = models.Constraint('CHECK (date_from <= date_to)', 'An authorization cannot end before it begins.')
    _name_unique = models.Constraint('UNIQUE (name, company_id)', 'Two authorizations cannot have the same reference.')
    # What the coverage repeats of its grant; see there.
    _coverage_key = models.Constraint('UNIQUE (id, company_id, dealer_id, kind, date_from, reserved_until)')
    _one_renewal = models.UniqueIndex(
        "(renewed_from_id) WHERE renewed_from_id IS NOT NULL AND state NOT IN ('refused', 'revoked')",
        'This authorization is being renewed already.',
    )

    @api.constrains('dealer_id')
    def _check_dealer(self):
        for grant in self:
            if not grant.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._('"%s" is not a dealer: only dealers hold authorizations.', grant.dealer_id.display_name)
                )
            grant._check_dealer_not_terminated()

    @api.constrains('dealer_id', 'territory_id', 'product_tmpl_ids')
    def _check_companies(self):
        """Dealer and products are shared, or belong to the company whose territory it is."""
        # The other company need not be one of the user's.
        for grant in self.sudo():
            for record in (grant.dealer_id, *grant.product_tmpl_ids):
                if record.company_id and record.company_id.root_id != grant.company_id:
                    raise ValidationError(
                        self.env._(
                            'The territory "%(territory)s" belongs to %(company)s, but "%(other)s" to'
                            ' %(other_company)s.',
                            territory=grant.territory_id.display_name,
                            company=grant.company_id.name,
                            other=record.display_name,
                            other_company=record.company_id.name,
                        )
                    )

    def _check_dealer_not_terminated(self):
        for grant in self:
            if grant.dealer_id.dealer_state == 'terminated':
                raise ValidationError(
                    self.env._(
                        'The dealer "%s" is terminated: it can be granted nothing.', grant.dealer_id.display_name
                    )
                )

    @api.constrains('product_scope', 'category_ids', 'product_tmpl_ids')
    def _check_scope(self):
        for grant in self:
            if grant.product_scope == 'selected' and not (grant.category_ids or grant.product_tmpl_ids):
                raise ValidationError(
                    self.env._(
                        'Which products? Select categories or single products for the authorization of "%s".',
                        grant.dealer_id.display_name,
                    )
                )

    @api.constrains('territory_id')
    def _check_carveouts_inside(self):
        self.carveout_ids._check_takes_out_a_part()

    # --------------------------------------------------------------- Computes

    @api.depends('date_to', 'revoked_date', 'suspended_date')
    def _compute_ends(self):
        for grant in self:
            grant.reserved_until = grant.date_to
            if grant.revoked_date and grant.date_to:
                grant.reserved_until = min(grant.date_to, fields.Date.subtract(grant.revoked_date, days=1))
            grant.valid_until = grant.reserved_until
            if grant.suspended_date and grant.reserved_until:
                grant.valid_until = min(grant.reserved_until, fields.Date.subtract(grant.suspended_date, days=1))

    @api.depends('state', 'date_from', 'valid_until', 'company_id')
    def _compute_is_in_force(self):
        for grant in self:
            today = (grant.company_id or self.env.company)._get_dealer_date()
            grant.is_in_force = grant._is_valid_on(today)
            grant.days_left = (grant.valid_until - today).days if grant.is_in_force else 0

    def _is_valid_on(self, day):
        """Whether the grant is in force on ``day``: by its dates, whether or not the nightly job has run."""
        self.ensure_one()
        return self.state in GRANTED_STATES and self.date_from <= day <= self.valid_until

    @api.model
    def _get_valid_domain(self, day):
        """Domain of the grants in force on ``day``."""
        return (
            Domain('state', 'in', list(GRANTED_STATES))
            & Domain('date_from', '<=', day)
            & Domain('valid_until', '>=', day)
        )

    def _search_is_in_force(self, operator, value):
        if operator != 'in':
            return NotImplemented
        domain = self._get_valid_domain(self.env.company._get_dealer_date())
        domains = [domain if wanted else ~domain for wanted in value]
        return Domain.OR(domains)

    @api.depends('product_scope', 'category_ids', 'product_tmpl_ids', 'channel_ids')
    @api.depends_context('lang')
    def _compute_scope_summary(self):
        comma = self.env._(', ')
        for grant in self:
            if grant.product_scope == 'all':
                products = self.env._('All products')
            else:
                names = [*grant.category_ids.mapped('name'), *grant.product_tmpl_ids.mapped('name')]
                products = comma.join(names[:3])
                if len(names) > 3:
                    products = self.env._('%(first)s and %(count)s more', first=products, count=len(names) - 3)
            channels = comma.join(grant.channel_ids.mapped('name'))
            grant.scope_summary = f'{products} · {channels}' if channels else products

    @api.depends('name', 'certificate_number', 'dealer_id', 'territory_id')
    def _compute_display_name(self):
        for grant in self:
            number = grant.certificate_number or grant.name
            grant.display_name = f'{number} {grant.dealer_id.name or ""}'.strip()

    # ------------------------------------------------------------------- CRUD

    @api.model
    def _get_term_fields(self):
        """What is granted: settled when the grant is handed in."""
        return frozenset(
            {
                'company_id',
                'dealer_id',
                'territory_id',
                'kind',
                'product_scope',
                'category_ids',
                'product_tmpl_ids',
                'channel_ids',
                'carveout_ids',
                'date_from',
                'date_to',
                'note',
            }
        )

    @api.model
    def _get_flow_fields(self):
        """What the steps of the flow write, and nobody by hand."""
        return frozenset(
            {
                'name',
                'state',
                'state_reason',
                'requester_id',
                'approver_id',
                'approved_date',
                'suspended_date',
                'revoked_date',
                'valid_until',
                'reserved_until',
                'renewed_from_id',
            }
        )

    @api.model
    def _get_derived_fields(self):
        """Those of the flow's fields that are worked out from others."""
        return frozenset({'name', 'valid_until', 'reserved_until'})

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_written_by_hand(vals)
            if not self.env.su:
                # Said, not left to defaults: anybody may set defaults of their own.
                vals.update(dict.fromkeys(self._get_flow_fields() - self._get_derived_fields(), False), state='draft')
        numbers = self.env['ir.sequence'].next_by_code_batch('dealer.authorization', len(vals_list))
        for vals, number in zip(vals_list, numbers, strict=True):
            vals['name'] = number
        grants = super().create(vals_list)
        grants.filtered(lambda grant: grant.state in GRANTED_STATES)._rebuild_coverage()
        return grants

    def write(self, vals):
        self._check_not_written_by_hand(vals)
        touched = self._get_term_fields() & vals.keys()
        if touched:
            self._check_editable()
        result = super().write(vals)
        if 'dealer_id' in vals:
            # The rule on own dealers judged the former dealer.
            self.check_access('write')
        if touched - {'note'}:
            self.filtered(lambda grant: grant.state in GRANTED_STATES)._rebuild_coverage()
        return result

    def _check_not_written_by_hand(self, vals):
        if not self.env.su and not self._get_flow_fields().isdisjoint(vals):
            self._raise_written_by_hand()

    def _raise_written_by_hand(self):
        raise UserError(
            self.env._('An authorization goes from state to state by its steps (Submit, Approve…), not by writing it.')
        )

    def _check_editable(self):
        """Refuse to change what was handed in: it is withdrawn first, or renewed, or revoked.

        :raise UserError: with what to do instead
        """
        if self.env.su:
            return
        for grant in self:
            if grant.state not in EDITABLE_STATES:
                raise UserError(
                    self.env._(
                        'The authorization %s has been submitted and is settled. Withdraw it as long as it is not'
                        ' approved; later, revoke it or renew it.',
                        grant.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_granted(self):
        for grant in self:
            if grant.state not in EDITABLE_STATES:
                raise UserError(
                    self.env._('The authorization %s is on record and cannot be deleted.', grant.display_name)
                )

    # ------------------------------------------------------------------ Scope

    def _describe(self):
        """The grant in a few words, for a message that names it: number, dealer, place and days."""
        self.ensure_one()
        return self.env._(
            '%(number)s of "%(dealer)s" (%(territory)s, %(kind)s, %(date_from)s to %(date_to)s)',
            number=self.certificate_number or self.name,
            dealer=self.dealer_id.name,
            territory=self.territory_id.display_name,
            kind=dict(self._fields['kind']._description_selection(self.env))[self.kind],
            date_from=self.date_from,
            date_to=self.reserved_until,
        )
