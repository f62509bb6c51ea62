from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import rebate

STATES = [
    ('draft', 'Draft'),
    ('submitted', 'Submitted'),
    ('approved', 'Approved'),
    ('open', 'Running'),
    ('closed', 'Closed'),
    ('refused', 'Refused'),
    ('cancelled', 'Cancelled'),
]
PERIODS = [
    ('month', 'Month'),
    ('quarter', 'Quarter'),
    ('half_year', 'Half-Year'),
    ('year', 'Year'),
    ('whole', 'Whole Program'),
]
BASES = [
    ('invoiced', 'Invoiced'),
    ('paid', 'Invoiced and Fully Paid'),
    ('cash', 'Cash Received'),
]
MEASURES = [
    ('amount', 'Untaxed Amount'),
    ('quantity', 'Quantity'),
    ('weight', 'Weight'),
]
PAYOUTS = [
    ('credit_note', 'Credit Note'),
    ('vendor_bill', 'Vendor Bill'),
    ('free_goods', 'Free Goods'),
    ('wallet', 'Rebate Wallet'),
]
ACCRUALS = [
    ('none', 'No accruals'),
    ('earned', 'What has been earned so far'),
    ('estimate', 'A rate of what was sold so far'),
]


# What a program says holds, whatever of it is archived later.
EVEN_ARCHIVED = {'active_test': False}


class DealerRebateProgram(models.Model):
    """A rebate program (返利政策): on what, for whom, how much, and how it is paid.

    The axes are those of a dealer contract. What they mean, to the cent, is said once, in
    ``tools/rebate``; the figures that they are applied to come from the ledger
    (``dealer_rebate_program_base``). A program that pays other rates from a day on is amended: its
    amendment is a program of its own form and approval, which takes over from its first day.
    """

    _name = 'dealer.rebate.program'
    _description = 'Rebate Program'
    _inherit = ['dealer.request.mixin']
    _order = 'date_from desc, sequence, id desc'
    _rec_names_search = ['name', 'title']
    _check_company_auto = True

    # ------------------------------------------------------------ What and when

    title = fields.Char(required=True, translate=True, tracking=True, help='As the dealers read it.')
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help='In a stack, the order in which the rebates are applied.')
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    currency_id = fields.Many2one(
        'res.currency',
        compute='_compute_currency_id',
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help='Of thresholds, caps and what is earned. Sales in other currencies count at the rate of their own day.',
    )
    date_from = fields.Date('From', required=True, tracking=True, copy=False)
    date_to = fields.Date('Until', required=True, tracking=True, copy=False, help='The last day, inclusive.')
    period = fields.Selection(
        PERIODS,
        'Settled Every',
        required=True,
        default='quarter',
        help='Periods are counted from the first day, and fill the time until the last one.',
    )
    is_cumulative = fields.Boolean(
        'Cumulative',
        help='Each period looks at all that was sold since the first day, and pays what was not settled before.',
    )
    basis = fields.Selection(BASES, 'Counts What Was', required=True, default='invoiced')
    measure = fields.Selection(MEASURES, required=True, default='amount')
    uom_id = fields.Many2one('uom.uom', 'Unit', help='Of quantities and thresholds.')
    state = fields.Selection(
        STATES, required=True, readonly=True, copy=False, default='draft', index=True, tracking=True
    )
    decision_note = fields.Char('Answer', readonly=True, copy=False)
    decided_date = fields.Datetime('Decided on', readonly=True, copy=False)

    # ------------------------------------------------------------------- Scope

    product_tmpl_ids = fields.Many2many(
        'product.template',
        'dealer_rebate_program_product_rel',
        string='Products',
        check_company=True,
        context=EVEN_ARCHIVED,
    )
    category_ids = fields.Many2many(
        'product.category', 'dealer_rebate_program_category_rel', string='Categories', help='With those below them.'
    )
    excluded_product_tmpl_ids = fields.Many2many(
        'product.template',
        'dealer_rebate_program_no_product_rel',
        string='Except Products',
        check_company=True,
        context=EVEN_ARCHIVED,
    )
    excluded_category_ids = fields.Many2many(
        'product.category', 'dealer_rebate_program_no_category_rel', string='Except Categories'
    )
    include_services = fields.Boolean('Services Too', help='Services, freight among them, count only if this says so.')
    exclude_special_prices = fields.Boolean(
        'Special Prices Do Not Count', default=True, help='Lines that were sold at an approved special price (特价).'
    )

    # --------------------------------------------------------------- For whom

    grade_ids = fields.Many2many(
        'res.partner.grade',
        'dealer_rebate_program_grade_rel',
        string='Tiers',
        help="Dealers that have one of them on the period's last day.",
        context=EVEN_ARCHIVED,
    )
    dealer_type_ids = fields.Many2many('dealer.type', 'dealer_rebate_program_type_rel', string='Dealer Types')
    territory_ids = fields.Many2many(
        'dealer.territory',
        'dealer_rebate_program_territory_rel',
        string='Territories',
        help='Dealers that hold a grant there, or below, in the period.',
        context=EVEN_ARCHIVED,
    )
    dealer_ids = fields.Many2many(
        'res.partner',
        'dealer_rebate_program_dealer_rel',
        string='Dealers',
        domain="[('is_dealer', '=', True)]",
        help='Only these dealers. Empty: all that the rest says.',
        context=EVEN_ARCHIVED,
    )
    excluded_dealer_ids = fields.Many2many(
        'res.partner',
        'dealer_rebate_program_no_dealer_rel',
        string='Except Dealers',
        domain="[('is_dealer', '=', True)]",
        context=EVEN_ARCHIVED,
    )

    # --------------------------------------------------------------- How much

    driver = fields.Selection(
        [
            (rebate.MEASURE, 'Sales'),
            (rebate.GROWTH, 'Growth over the Year Before'),
            (rebate.ATTAINMENT, 'Target Attainment'),
            (rebate.MIX, 'Share of Chosen Products'),
        ],
        'Bands Look at',
        required=True,
        default=rebate.MEASURE,
    )
    reward = fields.Selection(
        [
            (rebate.PERCENT, 'Percent'),
            (rebate.PER_UNIT, 'Amount per Unit'),
            (rebate.FIXED, 'Fixed Amount'),
            (rebate.FREE_GOODS, 'Free Goods'),
        ],
        'Bands Pay',
        required=True,
        default=rebate.PERCENT,
    )
    application = fields.Selection(
        [
            (rebate.RETROACTIVE, 'Reached band on everything'),
            (rebate.MARGINAL, 'Each band on its own slice'),
            (rebate.ROLLING, 'Each reached band on everything up to the next'),
            (rebate.TOTAL, 'All reached bands on everything'),
        ],
        'Bands Apply',
        required=True,
        default=rebate.RETROACTIVE,
    )
    edge = fields.Selection(
        [(rebate.INCLUSIVE, 'from (≥)'), (rebate.STRICT, 'above (>)')],
        'Bands Begin',
        required=True,
        default=rebate.INCLUSIVE,
        help='Whether who stands exactly at a threshold has reached it.',
    )
    band_ids = fields.One2many('dealer.rebate.band', 'program_id', 'Bands', copy=True)
    growth_increment_only = fields.Boolean(
        'On the Increment Only', help='Pays for what was gained over the year before, not for everything.'
    )
    growth_without_prior = fields.Selection(
        [
            (rebate.NOT_ELIGIBLE, 'earn nothing'),
            (rebate.NEW_DEALER, 'earn a rate for new dealers'),
            (rebate.BASELINE, 'grow from a stated baseline'),
        ],
        'Dealers without Sales the Year Before',
        default=rebate.NOT_ELIGIBLE,
        required=True,
    )
    growth_new_dealer_rate = fields.Float('Rate for New Dealers (%)', digits=(7, 4))
    growth_baseline = fields.Float('Baseline', digits=(16, 2))
    target = fields.Float(
        digits=(16, 2), help='Of a period, for each dealer that has none of its own in the list of targets.'
    )
    target_ids = fields.One2many('dealer.rebate.target', 'program_id', "Dealers' Targets", copy=True)
    mix_category_ids = fields.Many2many(
        'product.category', 'dealer_rebate_program_mix_category_rel', string='Share of Categories'
    )
    mix_product_tmpl_ids = fields.Many2many(
        'product.template',
        'dealer_rebate_program_mix_product_rel',
        string='Share of Products',
        check_company=True,
        context=EVEN_ARCHIVED,
    )
    condition_ids = fields.One2many('dealer.rebate.condition', 'program_id', 'Conditions', copy=True)
    base_cap = fields.Float(digits=(16, 2), help='Of a period: what is above counts for the bands, but earns nothing.')
    payout_cap = fields.Float(digits=(16, 2), help='A dealer earns no more in a period.')
    minimum = fields.Float(
        'Minimum Payout', digits=(16, 2), help='Less than this is carried to the next period; the last one pays all.'
    )

    # ------------------------------------------------------------------ Stack

    stack_id = fields.Many2one(
        'dealer.rebate.stack',
        index='btree_not_null',
        ondelete='restrict',
        check_company=True,
        help='Rebates on the same sales, one after another by their sequence.',
    )
    stack_base = fields.Selection(
        [(rebate.GROSS, 'all of the sales'), (rebate.NET, 'what earlier rebates leave')],
        'Base in the Stack',
        required=True,
        default=rebate.GROSS,
    )
    lowers_later = fields.Boolean(
        'Lowers Later Bases', default=True, help='What it earns is taken off the base of later rebates that are net.'
    )

    # ----------------------------------------------------------------- Payout

    payout_method = fields.Selection(PAYOUTS, 'Paid as', required=True, default='credit_note')
    product_id = fields.Many2one(
        'product.product',
        'Rebate Product',
        default=lambda self: self.env.company._get_dealer_rebate_product(),
        domain="[('type', '=', 'service')]",
        check_company=True,
        ondelete='restrict',
        help='Its taxes, accounts and analytic rules are those of the credit note or bill.',
    )
    journal_id = fields.Many2one(
        'account.journal',
        check_company=True,
        help="Empty: the company's first journal for sales, or purchases.",
    )
    payout_currency_id = fields.Many2one(
        'res.currency',
        'Paid in',
        help="Empty: in the program's currency. Converted at the rate of the settlement's date.",
    )
    reconcile_oldest = fields.Boolean(
        'Set Off against Invoices', help="The credit note is reconciled with the dealer's oldest open invoices."
    )
    free_product_id = fields.Many2one(
        'product.product', check_company=True, ondelete='restrict', help='Delivered without charge.'
    )
    wallet_months = fields.Integer(
        'Wallet Expires after (Months)', default=12, help='0: what was put into the wallet does not expire.'
    )
    wallet_max_share = fields.Float(
        'Share of an Order (%)',
        digits=(5, 2),
        default=100,
        help='How much of the untaxed amount of an order may be paid out of the wallet.',
    )
    debit_negative = fields.Boolean(
        'Claim Back at Once',
        help='What was paid too much is claimed by a debit note; otherwise it is set off against what is paid later.',
    )

    # --------------------------------------------------------------- Accruals

    accrual_method = fields.Selection(
        ACCRUALS,
        'Accruals',
        required=True,
        default=lambda self: self.env.company.root_id.sudo().dealer_rebate_accrual_method,
    )
    accrual_rate = fields.Float('Accrual Rate (%)', digits=(7, 4))

    # --------------------------------------------------------------- Versions

    amends_id = fields.Many2one(
        'dealer.rebate.program',
        readonly=True,
        index='btree_not_null',
        copy=False,
        ondelete='cascade',
        help='The program whose terms this one replaces from its first day on.',
    )
    amendment_ids = fields.One2many('dealer.rebate.program', 'amends_id', 'Amendments', context=EVEN_ARCHIVED)
    version = fields.Integer(readonly=True, copy=False, default=1)

    settlement_ids = fields.One2many('dealer.rebate.settlement', 'program_id', 'Settlements')
    run_ids = fields.One2many('dealer.rebate.run', 'program_id', 'Settlement Runs')

    _dates_in_order = models.Constraint('CHECK (date_to >= date_from)', 'A program cannot end before it begins.')
    _name_unique = models.UniqueIndex("(name) WHERE name != '/'", 'Two rebate programs cannot have the same number.')
    _decided_by_somebody = models.Constraint(
        "CHECK (state NOT IN ('approved', 'open', 'closed', 'refused') OR approver_id IS NOT NULL)",
        'Somebody has decided on what is decided.',
    )
    _one_amendment_a_day = models.UniqueIndex(
        "(amends_id, date_from) WHERE amends_id IS NOT NULL AND state NOT IN ('refused', 'cancelled')",
        'Another amendment of the program begins on the same day.',
    )

    # --------------------------------------------------------------- Computes

    @api.depends('company_id')
    def _compute_currency_id(self):
        for program in self:
            program.currency_id = program.company_id.currency_id or program.currency_id

    @api.depends('name', 'title', 'version', 'amends_id')
    def _compute_display_name(self):
        for program in self:
            name = program.title or self.env._('New')
            if program.amends_id:
                name = self.env._('%(program)s, version %(number)s', program=name, number=program.version)
            program.display_name = name

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        if 'active' in vals and not self.env.su:
            self._check_may_be_archived()
        return super().write(vals)

    def _check_may_be_archived(self):
        """Check that nothing depends on these programs any more: archived, they are out of sight.

        :raise UserError: for what is handed in, approved or running
        """
        for program in self:
            if program.state in ('submitted', 'approved', 'open'):
                raise UserError(
                    self.env._('The rebate program "%s" is in force: close or cancel it first.', program.title)
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        for program in self:
            if program.state != 'draft':
                raise UserError(
                    self.env._('The rebate program "%s" has been handed in: it is kept on record.', program.title)
                )

    @api.model
    def _get_settled_fields(self):
        return super()._get_settled_fields() | {
            'decision_note',
            'decided_date',
            'amends_id',
            'amendment_ids',
            'version',
            'settlement_ids',
            'run_ids',
        }

    @api.model
    def _prepare_new_vals(self):
        return {**super()._prepare_new_vals(), 'version': 1}

    @api.model
    def _get_asked_fields(self):
        """All that the arithmetic, the scope, the dealers or the payout depend on."""
        return frozenset(self._fields) - self._get_settled_fields() - self._get_free_fields()

    @api.model
    def _get_free_fields(self):
        """What may be changed at any time: nothing that money depends on."""
        chatter = {name for name in self._fields if name.startswith(('message_', 'activity_', 'website_message_'))}
        return frozenset({'active', *chatter, *models.MAGIC_COLUMNS})

    @api.model
    def _get_settled_message(self):
        return self.env._('A rebate program is decided by its steps, not by writing it.')

    def _check_can_be_changed(self):
        for program in self:
            if program.state != 'draft':
                raise UserError(
                    self.env._(
                        'The rebate program "%s" has been handed in: take it back to change it, or amend it'
                        ' from a day on once it is open.',
                        program.title,
                    )
                )
        return super()._check_can_be_changed()

    @api.model
    def _get_versions_domain(self):
        return [('state', 'in', ('approved', 'open', 'closed'))]

    def _get_versions(self):
        """The program and its approved amendments, by their first days: what holds when."""
        self.ensure_one()
        root = self.amends_id or self
        amendments = root.sudo().amendment_ids.filtered_domain(self._get_versions_domain())
        return root | amendments.with_env(root.env).sorted(lambda version: (version.date_from, version.id))
