from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.exact import exact

STATES = [
    ('open', 'To Answer'),
    ('accepted', 'Accepted'),
    ('refused', 'Refused'),
]
# Characters: a question about one line, not a file.
REASON_MAX = 2000
CONTACT_MAX = 100


class DealerRebateDispute(models.Model):
    """A dealer disagrees with one source line of its statement: what it says, and what it was answered.

    Kept for good. It changes no figure by itself: what was wrong is put right where it stands, in the
    ledger or the findings, and the next settlement corrects the period.
    """

    _name = 'dealer.rebate.dispute'
    _description = 'Rebate Dispute'
    _inherit = ['dealer.request.mixin']
    _order = 'id desc'
    _rec_names_search = ['name', 'document', 'dealer_id']
    _check_company_auto = True

    computation_id = fields.Many2one('dealer.rebate.computation', required=True, index=True, ondelete='restrict')
    # An invoice can be corrected, and its lines removed, whatever was disputed: the proof is kept here.
    move_line_id = fields.Many2one(
        'account.move.line', 'Journal Item', index='btree_not_null', ondelete='set null', check_company=True
    )
    source_id = fields.Integer(
        'Source Line',
        compute='_compute_source_id',
        store=True,
        aggregator=None,
        help='The journal item, also when it is gone from the ledger.',
    )
    # A computation never changes: its writing does not look for disputes, as related fields would have it.
    payout_id = fields.Many2one(
        'dealer.rebate.payout', 'Statement', compute='_compute_from_computation', store=True, index=True
    )
    settlement_id = fields.Many2one(
        'dealer.rebate.settlement', compute='_compute_from_computation', store=True, index=True
    )
    program_id = fields.Many2one('dealer.rebate.program', compute='_compute_from_computation', store=True, index=True)
    dealer_id = fields.Many2one('res.partner', compute='_compute_from_computation', store=True, index=True)
    company_id = fields.Many2one('res.company', compute='_compute_from_computation', store=True, index=True)
    currency_id = fields.Many2one(related='computation_id.currency_id')
    channel_account_manager_id = fields.Many2one(related='dealer_id.channel_account_manager_id', store=True)
    # As the dealer saw them.
    document = fields.Char('Document Number', compute='_compute_line', store=True)
    date = fields.Date('Counted on', compute='_compute_line', store=True)
    measure = fields.Float('Counted', compute='_compute_line', store=True, digits=(16, 4), aggregator=None)
    share = fields.Float(
        'Share of the Rebate',
        compute='_compute_line',
        store=True,
        digits=(16, 4),
        min_display_digits=2,
        aggregator=None,
    )
    product_id = fields.Many2one(related='move_line_id.product_id')
    reason = fields.Text('What Is Wrong', required=True)
    contact = fields.Char(help='Whom to ask about it, as the dealer says.')
    state = fields.Selection(
        STATES, required=True, readonly=True, copy=False, default='open', index=True, tracking=True
    )
    answer = fields.Text(readonly=True, copy=False)
    decided_date = fields.Datetime('Answered on', readonly=True, copy=False)
    may_decide = fields.Boolean(compute='_compute_may_decide')

    _one_open_a_line = models.UniqueIndex(
        "(computation_id, source_id) WHERE state = 'open'", 'This line is being disputed already.'
    )
    _answered_by_somebody = models.Constraint(
        "CHECK (state = 'open' OR (approver_id IS NOT NULL AND answer IS NOT NULL))",
        'Somebody has answered what is answered.',
    )
    _name_unique = models.UniqueIndex("(name) WHERE name != '/'", 'Two disputes cannot have the same number.')

    # --------------------------------------------------------------- Computes

    @api.depends('move_line_id')
    def _compute_source_id(self):
        for dispute in self:
            dispute.source_id = dispute.move_line_id.id or dispute.source_id

    @api.depends('computation_id')
    def _compute_from_computation(self):
        for dispute in self:
            computation = dispute.computation_id
            dispute.payout_id = computation.payout_id
            dispute.settlement_id = computation.settlement_id
            dispute.program_id = computation.program_id
            dispute.dealer_id = computation.dealer_id
            dispute.company_id = computation.company_id

    @api.depends('computation_id', 'source_id')
    def _compute_line(self):
        """What the proof says about the line; on account of payments it may stand there several times."""
        lines = (
            self.env['dealer.rebate.settlement.line']
            .sudo()  # the proof of a computation that whoever asks may read
            .search(
                [
                    ('computation_id', 'in', self.computation_id.ids),
                    ('source_id', 'in', self.mapped('source_id')),
                ]
            )
            .grouped(lambda line: (line.computation_id.id, line.source_id))
        )
        for dispute in self:
            found = lines.get((dispute.computation_id.id, dispute.source_id), ())
            dispute.document = found[0].document if found else False
            dispute.date = found[0].date if found else False
            dispute.measure = sum(exact(line.measure, 4) for line in found)
            dispute.share = sum(exact(line.share) for line in found)

    @api.depends('state', 'requester_id')
    @api.depends_context('uid')
    def _compute_may_decide(self):
        is_staff = self.env.user.has_group('dealer_management.group_dealer_staff_own')
        for dispute in self:
            dispute.may_decide = is_staff and dispute.state == 'open' and dispute.requester_id != self.env.user

    @api.depends('name', 'document')
    def _compute_display_name(self):
        for dispute in self:
            number = dispute.name if dispute.name != '/' else self.env._('New')
            dispute.display_name = ' · '.join(filter(None, (number, dispute.document)))

    # ------------------------------------------------------------ Constraints

    @api.constrains('computation_id', 'move_line_id')
    def _check_line(self):
        """A line of a settled statement, and no other."""
        for dispute in self.sudo():
            if dispute.payout_id.state != 'posted':
                raise ValidationError(self.env._('Only what is settled can be disputed.'))
            if not dispute.document:
                raise ValidationError(self.env._('The line does not stand in this statement.'))

    @api.constrains('reason', 'contact')
    def _check_what_is_asked(self):
        for dispute in self:
            self._check_reason(dispute.reason)
            for name, longest in (('reason', REASON_MAX), ('contact', CONTACT_MAX)):
                if len(dispute[name] or '') > longest:
                    raise ValidationError(
                        self.env._(
                            'What you wrote under "%(field)s" has %(length)s characters: please say it in no more'
                            ' than %(longest)s.',
                            field=self._fields[name]._description_string(self.env),
                            length=len(dispute[name]),
                            longest=longest,
                        )
                    )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        # Said for the portal too, which writes in sudo(): there, defaults hold as well.
        new = self._prepare_new_vals()
        disputes = super().create([{**new, **vals} for vals in vals_list])
        disputes._ask_for_answer()
        return disputes

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        raise UserError(self.env._('A dispute is kept on record.'))

    @api.model
    def _get_first_state(self):
        return 'open'

    @api.model
    def _get_settled_fields(self):
        return super()._get_settled_fields() | {
            'answer',
            'decided_date',
            # Read from the proof.
            'source_id',
            'document',
            'date',
            'measure',
            'share',
            'payout_id',
            'settlement_id',
            'program_id',
            'dealer_id',
            'company_id',
            'channel_account_manager_id',
        }

    @api.model
    def _get_asked_fields(self):
        return frozenset({'computation_id', 'move_line_id', 'reason', 'contact'})

    @api.model
    def _get_settled_message(self):
        return self.env._('A dispute is answered by its buttons, not by writing it.')

    def _check_can_be_changed(self):
        raise UserError(self.env._('What was disputed stays as it was written: please answer it.'))
