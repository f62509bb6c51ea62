from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .dealer_complaint_stage import COMPLAINT_STATES, DONE_STATES

SOURCES = [
    ('portal', 'Portal'),
    ('email', 'E-mail'),
    ('phone', 'Telephone'),
    ('chat', 'WeChat or Chat'),
    ('visit', 'Visit'),
    ('import', 'Import or Other System'),
]
PRIORITIES = [('0', 'Normal'), ('1', 'High'), ('2', 'Urgent')]
# Documents of the dealer that a complaint hangs on, and whose dealer each is.
DOCUMENT_PARTNERS = {
    'order_id': 'partner_id',
    'picking_id': 'partner_id',
    'move_id': 'partner_id',
    'rebate_payout_id': 'dealer_id',
    'rebate_dispute_id': 'dealer_id',
}
# What is computed from the rest, and stored.
COMPUTED = frozenset({'lot_id', 'cost', 'first_reply_hours', 'resolution_hours', 'rating_last_value'})
# What the steps write, and nobody by hand.
SETTLED = COMPUTED | frozenset(
    {
        'name',
        'state',
        'is_open',
        'confidential',
        'grade_id',
        'territory_id',
        'date_acknowledged',
        'date_first_reply',
        'date_form',
        'date_solved',
        'date_answered',
        'date_confirmed',
        'date_closed',
        'date_last_word',
        'date_receipt',
        'waiting_since',
        'closed_by_silence',
        'date_silence_warned',
        'reopen_count',
        'idle_hours',
        'merged_into_id',
        'split_from_id',
        'next_due',
        'next_warning',
        'dealer_due',
        'is_breached',
        'is_dealer_late',
    }
)


class DealerComplaint(models.Model):
    """A complaint of a dealer (疑难问题处理单): what went wrong, who answers it until when, and what came of it."""

    _name = 'dealer.complaint'
    _description = 'Complaint'
    # No portal.mixin: its token would let anybody in who has the link. Dealers log in.
    _inherit = [
        'mail.thread.main.attachment',
        'mail.activity.mixin',
        'rating.mixin',
        'dealer.note.mixin',
        'dealer.complaint.link.mixin',
    ]
    _order = 'priority desc, next_due, id desc'
    _rec_names_search = ['name', 'title', 'dealer_id', 'lot_name']
    _check_company_auto = True
    _primary_email = 'email_from'

    name = fields.Char('Number', required=True, readonly=True, copy=False, default='/', index='trigram')
    access_url = fields.Char('Page in the Portal', compute='_compute_access_url')
    title = fields.Char('Subject', required=True, tracking=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    # --- Whose
    dealer_id = fields.Many2one(
        'res.partner',
        index='btree_not_null',
        domain=[('is_dealer', '=', True)],
        ondelete='restrict',
        check_company=True,
        tracking=True,
        help='Empty only for what came by mail from somebody unknown, until you say whose it is.',
    )
    partner_id = fields.Many2one(
        'res.partner',
        'Contact',
        domain="[('commercial_partner_id', '=', dealer_id)]",
        ondelete='restrict',
        check_company=True,
        help='Who complains for the dealer: gets our answers.',
    )
    email_from = fields.Char('E-mail', help='Where an unknown sender wrote from.')
    phone = fields.Char('Telephone')
    grade_id = fields.Many2one(
        'res.partner.grade', 'Tier', readonly=True, copy=False, ondelete='restrict', help='When it came in.'
    )
    territory_id = fields.Many2one(
        'dealer.territory',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        help='Where the dealer is.',
    )
    channel_account_manager_id = fields.Many2one(related='dealer_id.channel_account_manager_id')
    # --- What about
    type_id = fields.Many2one(
        'dealer.complaint.type',
        required=True,
        index=True,
        ondelete='restrict',
        tracking=True,
        default=lambda self: self.env['dealer.complaint.type'].search([], limit=1),
    )
    confidential = fields.Boolean(readonly=True, copy=False, index=True, help='Once confidential, for good.')
    source = fields.Selection(SOURCES, required=True, default='phone')
    priority = fields.Selection(PRIORITIES, required=True, default='0', tracking=True, index=True)
    description = fields.Text('What Was Seen')
    order_id = fields.Many2one('sale.order', index='btree_not_null', check_company=True)
    picking_id = fields.Many2one('stock.picking', 'Delivery', index='btree_not_null', check_company=True)
    move_id = fields.Many2one('account.move', 'Invoice', index='btree_not_null', check_company=True)
    # Whoever works on complaints finds them by these, and need have no right on the documents.
    order_name = fields.Char('Order Number', related='order_id.name')
    picking_name = fields.Char('Delivery Number', related='picking_id.name')
    move_name = fields.Char('Invoice Number', related='move_id.name')
    rebate_payout_id = fields.Many2one(
        'dealer.rebate.payout', 'Rebate Statement', index='btree_not_null', check_company=True
    )
    rebate_dispute_id = fields.Many2one('dealer.rebate.dispute', index='btree_not_null', check_company=True)
    rebate_line_id = fields.Many2one(
        'account.move.line',
        index='btree_not_null',
        check_company=True,
        help='The line of the rebate statement that is complained about.',
    )
    product_id = fields.Many2one('product.product', index='btree_not_null', check_company=True)
    lot_name = fields.Char('Lot or Serial Number')
    lot_id = fields.Many2one('stock.lot', compute='_compute_lot_id', store=True, index='btree_not_null')
    quantity = fields.Float(digits='Product Unit', tracking=True, help='Broken, short or faulty.')
    quantity_kind = fields.Selection(
        [('short', 'Missing'), ('broken', 'Broken'), ('faulty', 'Faulty'), ('unsold', 'Unsold')], 'Short or Broken'
    )
    product_uom_id = fields.Many2one(related='product_id.uom_id', string='Unit')
    sample_taken = fields.Boolean(help='A sample was taken and is kept for us.')
    date_found = fields.Datetime(
        'Found on', tracking=True, help='When the dealer noticed it: its own deadlines begin here.'
    )
    # --- Who answers
    team_id = fields.Many2one(
        'dealer.complaint.team', index=True, ondelete='restrict', check_company=True, tracking=True
    )
    user_id = fields.Many2one('res.users', 'Assigned to', index=True, domain=[('share', '=', False)], tracking=True)
    stage_id = fields.Many2one(
        'dealer.complaint.stage',
        required=True,
        index=True,
        ondelete='restrict',
        copy=False,
        tracking=True,
        group_expand='_read_group_stage_ids',
    )
    state = fields.Selection(COMPLAINT_STATES, compute='_compute_state', store=True, index=True)
    is_open = fields.Boolean(compute='_compute_state', store=True)
    # --- What came of it
    analysis = fields.Text()
    answer = fields.Html('Answer to the Dealer', copy=False)
    cause_id = fields.Many2one(
        'dealer.complaint.cause', 'Root Cause', index='btree_not_null', ondelete='restrict', copy=False
    )
    party_id = fields.Many2one(
        'dealer.complaint.party',
        'Accountable',
        ondelete='restrict',
        copy=False,
        compute='_compute_party_id',
        store=True,
        readonly=False,
    )
    lesson = fields.Text(copy=False, help='What we do so that it does not happen again.')
    outcome_ids = fields.One2many('dealer.complaint.outcome', 'complaint_id', 'Outcomes', copy=False)
    merged_into_id = fields.Many2one('dealer.complaint', readonly=True, copy=False, index='btree_not_null')
    split_from_id = fields.Many2one('dealer.complaint', readonly=True, copy=False, index='btree_not_null')
    # --- When
    date_received = fields.Datetime(
        'Came in',
        required=True,
        copy=False,
        index=True,
        tracking=True,
        default=lambda self: fields.Datetime.now(),
    )
    date_acknowledged = fields.Datetime('Acknowledged', readonly=True, copy=False)
    date_first_reply = fields.Datetime('First Reply', readonly=True, copy=False)
    date_form = fields.Datetime('Problem Form in', readonly=True, copy=False)
    date_solved = fields.Datetime('Solved', readonly=True, copy=False)
    date_answered = fields.Datetime('Answered', readonly=True, copy=False)
    date_confirmed = fields.Datetime('Confirmed', readonly=True, copy=False)
    date_closed = fields.Datetime('Closed', readonly=True, copy=False, index=True)
    date_last_word = fields.Datetime("Dealer's Last Word", readonly=True, copy=False)
    waiting_since = fields.Datetime('Waiting for the Dealer since', readonly=True, copy=False)
    withdrawal_reason = fields.Text(readonly=True, copy=False)
    reopen_reason = fields.Text(readonly=True, copy=False, help='What was still wrong when it was reopened last.')
    closed_by_silence = fields.Boolean(readonly=True, copy=False)
    reopen_count = fields.Integer('Reopened', readonly=True, copy=False)
    # --- Deadlines: written by dealer.deadline
    deadline_ids = fields.One2many('dealer.deadline', 'complaint_id', 'Deadlines', readonly=True, copy=False)
    next_due = fields.Datetime('Due by', readonly=True, copy=False, index=True, help='The next of our own deadlines.')
    next_warning = fields.Datetime(
        readonly=True, copy=False, help='When three quarters of the time to the next of our deadlines are gone.'
    )
    dealer_due = fields.Datetime('Due from the Dealer', readonly=True, copy=False)
    is_breached = fields.Boolean(
        'Deadline Missed', readonly=True, copy=False, index='btree_not_null', help='We missed one of our deadlines.'
    )
    is_dealer_late = fields.Boolean('Dealer Late', readonly=True, copy=False)

    _known_dealer = models.Constraint(
        "CHECK (dealer_id IS NOT NULL OR state IN ('received', 'cancelled'))",
        'Please say which dealer complains before you go on.',
    )
    _name_unique = models.UniqueIndex(
        "(name, company_id) WHERE name != '/'", 'Two complaints cannot have the same number.'
    )
    _quantity_not_negative = models.Constraint('CHECK (quantity >= 0)', 'The quantity cannot be negative.')
    _same_delivery_idx = models.Index('(picking_id, product_id) WHERE picking_id IS NOT NULL')
    _open_load_idx = models.Index('(user_id) WHERE is_open')
    _silence_idx = models.Index("(date_answered) WHERE state = 'answered'")

    # --------------------------------------------------------------- Computes

    @api.depends('stage_id')
    def _compute_state(self):
        for complaint in self:
            complaint.state = complaint.stage_id.state
            complaint.is_open = complaint.stage_id.state not in DONE_STATES

    @api.depends('lot_name', 'product_id')
    def _compute_lot_id(self):
        """The lot of that number; what a dealer reads off a box need not be in our books."""
        named = self.filtered('lot_name')
        (self - named).lot_id = False
        if not named:
            return
        # Who enters complaints need not have a role in the warehouse.
        lots = (
            self.env['stock.lot']
            .sudo()
            .search([('name', 'in', named.mapped('lot_name')), ('product_id', 'in', named.product_id.ids)])
        )
        found = {(lot.name, lot.product_id): lot.id for lot in lots}
        for complaint in named:
            complaint.lot_id = found.get((complaint.lot_name, complaint.product_id), False)

    @api.depends('cause_id')
    def _compute_party_id(self):
        for complaint in self:
            complaint.party_id = complaint.cause_id.party_id or complaint.party_id

    @api.depends('name', 'title')
    def _compute_display_name(self):
        for complaint in self:
            number = complaint.name if complaint.name != '/' else self.env._('New')
            complaint.display_name = ' · '.join(filter(None, (number, complaint.title)))

    def _compute_access_url(self):
        for complaint in self:
            complaint.access_url = f'/my/complaints/{complaint.id}'

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        return stages.search([])  # pylint: disable=no-search-all

    # ------------------------------------------------------------ Constraints

    @api.constrains('dealer_id', 'partner_id', *DOCUMENT_PARTNERS, 'rebate_line_id')
    def _check_own_documents(self):
        """The documents and the contact of a complaint are its dealer's."""
        # Who enters complaints need not be allowed to read each of them.
        for complaint in self.sudo():
            dealer = complaint.dealer_id
            if not dealer.is_dealer and dealer:
                raise ValidationError(self.env._('"%s" is no dealer.', dealer.display_name))
            for name, path in DOCUMENT_PARTNERS.items():
                document = complaint[name]
                if document and document[path].commercial_partner_id != dealer:
                    raise ValidationError(
                        self.env._(
                            '%(document)s is not of the dealer "%(dealer)s".',
                            document=document.display_name,
                            dealer=dealer.display_name or self.env._('unknown'),
                        )
                    )
            if complaint.rebate_line_id and complaint.rebate_line_id.partner_id.commercial_partner_id != dealer:
                raise ValidationError(self.env._('The line of the statement is not of this dealer.'))
            if dealer and complaint.partner_id and complaint.partner_id.commercial_partner_id != dealer:
                raise ValidationError(
                    self.env._(
                        '"%(contact)s" does not belong to the dealer "%(dealer)s".',
                        contact=complaint.partner_id.display_name,
                        dealer=dealer.display_name,
                    )
                )

    @api.constrains('date_received', 'date_found')
    def _check_dates(self):
        now = fields.Datetime.now()
        for complaint in self:
            if complaint.date_received > now:
                raise ValidationError(self.env._('A complaint cannot be received in the future.'))
            if complaint.date_found and complaint.date_found > complaint.date_received:
                raise ValidationError(self.env._('What is complained about was found before the complaint came in.'))

    # ------------------------------------------------------------------- CRUD

    @api.model
    def default_get(self, fields):
        # Anybody may set defaults.
        defaults = super().default_get(fields)
        return {name: value for name, value in defaults.items() if name not in COMPUTED}

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._prepare_new_vals_list(vals_list)
        complaints = super().create(vals_list)
        # What is taken over as closed has nothing due.
        complaints.filtered('is_open')._start_deadlines()
        return complaints

    def write(self, vals):
        if not self.env.su and not SETTLED.isdisjoint(vals):
            raise UserError(self.env._('This is written by the steps of the complaint, not by hand.'))
        if 'type_id' in vals and self.env['dealer.complaint.type'].browse(vals['type_id']).confidential:
            # Another type later does not show what was said in confidence.
            vals = {**vals, 'confidential': True}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        raise UserError(self.env._('A complaint is kept on record. What is none is withdrawn.'))
