from itertools import chain

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.tools.misc import babel_locale_parse

from .dealer_complaint_type import NEEDS

# Fields that some type asks for.
NEEDED = tuple(chain.from_iterable(NEEDS.values()))

# How a complaint stands with the next of our deadlines.
DUE_STATUSES = [
    ('late', 'Late'),
    ('soon', 'Due Soon'),
    ('fine', 'In Time'),
    ('dealer_late', 'Dealer Late'),
    ('waiting', 'Waiting for the Dealer'),
]


class DealerComplaint(models.Model):
    """What the desk shows: how a complaint stands, what is missing, what was photographed, who may work on it."""

    _inherit = 'dealer.complaint'

    due_status = fields.Selection(DUE_STATUSES, 'Deadline', compute='_compute_due_status')
    due_text = fields.Char('Time Left', compute='_compute_due_status', help='Until the next of our own deadlines.')
    missing_text = fields.Char(
        'Missing', compute='_compute_missing_text', help='What the problem form still lacks, by the type.'
    )
    evidence_ids = fields.Many2many(
        'ir.attachment',
        compute='_compute_evidence_ids',
        inverse='_inverse_evidence_ids',
        copy=False,
        help='Photographs and documents, of the form and of the conversation.',
    )
    may_work = fields.Boolean(compute='_compute_may_work')

    @api.depends('state', 'waiting_since', 'next_due', 'next_warning', 'is_dealer_late')
    @api.depends_context('lang')
    def _compute_due_status(self):
        now = fields.Datetime.now()
        locale = babel_locale_parse(self.env.lang)
        for complaint in self:
            complaint.due_status = complaint._get_due_status(now)
            complaint.due_text = complaint._is_ours_to_act() and format_timedelta(
                complaint.next_due - now, add_direction=True, locale=locale
            )

    def _get_due_status(self, now):
        self.ensure_one()
        if self.waiting_since or self.state == 'answered':
            return 'dealer_late' if self.is_dealer_late else 'waiting'
        if not self._is_ours_to_act():
            return False
        if self.next_due < now:
            return 'late'
        return 'soon' if self.next_warning and self.next_warning < now else 'fine'

    def _is_ours_to_act(self):
        """Whether something is due from us, and nothing holds it up."""
        self.ensure_one()
        return bool(self.is_open and self.next_due and not self.waiting_since and self.state != 'answered')

    @api.depends('type_id', 'date_form', 'is_open', 'sample_taken', 'evidence_ids', *NEEDED)
    @api.depends_context('lang')
    def _compute_missing_text(self):
        """Of open complaints whose form is not in yet."""
        for complaint in self:
            asked = complaint.is_open and complaint.type_id and not complaint.date_form
            complaint.missing_text = asked and ', '.join(complaint._get_missing())

    def _compute_evidence_ids(self):
        by_complaint = {}
        for attachment in self._get_evidence():
            by_complaint.setdefault(attachment.res_id, []).append(attachment.id)
        for complaint in self:
            complaint.evidence_ids = by_complaint.get(complaint.id)

    def _inverse_evidence_ids(self):
        """Hang on what was uploaded; evidence that is there is not taken away by a form."""
        for complaint in self:
            new = complaint.evidence_ids.filtered(
                lambda attachment, complaint=complaint: (
                    (attachment.res_model, attachment.res_id) != (complaint._name, complaint.id)
                )
            )
            # By the user's own right to each file: nobody shows what is not theirs.
            new.write({'res_model': complaint._name, 'res_id': complaint.id})

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_may_work(self):
        may = self._origin._filtered_access('write')
        can_create = self.has_access('create')
        for complaint in self:
            complaint.may_work = complaint._origin in may if complaint._origin else can_create
