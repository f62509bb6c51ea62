from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .arguments import SHOWN


class DealerApprovalMixin(models.AbstractModel):
    """What is asked for by one person and decided by another, who is a channel manager.

    Models that inherit it have a ``company_id`` and a chatter.
    """

    _name = 'dealer.approval.mixin'
    _description = 'Request That Needs Approval'
    _inherit = ['mail.thread', 'mail.activity.mixin']

    requester_id = fields.Many2one('res.users', 'Requested By', readonly=True, copy=False, tracking=True)
    approver_id = fields.Many2one('res.users', 'Decided By', readonly=True, copy=False, tracking=True)

    _not_by_oneself = models.Constraint(
        'CHECK (approver_id != requester_id)', 'Nobody decides on what they have asked for themselves.'
    )

    def _check_manager(self):
        """Check that the user may decide on these records.

        :raise AccessError: for anyone but a channel manager of the records' companies
        """
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_manager'):
            raise AccessError(self.env._('Only a channel manager decides on this.'))
        # A role does not reach beyond the companies of the user.
        self.check_access('write')

    def _check_may_decide(self):
        """Check that the user is a channel manager, and not the one who asks.

        :raise AccessError: for anyone but a channel manager
        :raise UserError: for one's own request
        """
        self._check_manager()
        self._check_not_requester()

    def _check_not_requester(self):
        for request in self:
            if request.requester_id == self.env.user:
                raise UserError(
                    self.env._('You asked for "%s" yourself: somebody else has to decide on it.', request.display_name)
                )

    def _filter_step(self, target, sources, done=frozenset()):
        """The records that are to go to the state ``target``; those that are there already are left out.

        :param sources: the states that the step may be taken from
        :param done: further states in which the step is behind them
        :raise UserError: if one is in another state than ``sources``
        """
        records = self.filtered(lambda record: record.state != target and record.state not in done)
        names = dict(self._fields['state']._description_selection(self.env))
        for record in records:
            if record.state not in sources:
                raise UserError(record._describe_impossible_step(names[record.state]))
        return records

    def _move(self, state, **vals):
        """Write a step of the flow, which was checked before: nobody has the right to write it by hand."""
        self.sudo().write({'state': state, **vals})

    @api.model
    def _check_reason(self, reason):
        # Other systems may send anything.
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._('Please give a reason.'))

    @api.model
    def _check_note(self, note):
        """What may be said, and need not."""
        if note and not isinstance(note, str):
            raise UserError(self.env._('"%s" is no text.', str(note)[:SHOWN]))

    def _ask_approvers(self, summary, note):
        """Give each approver of the record's company a to-do."""
        self.ensure_one()
        self._schedule_approval(self.company_id._get_dealer_approvers(), summary, note)

    def _schedule_approval(self, approvers, summary, note):
        # What the requester wrote is text, not markup.
        note = Markup('<p>%s</p>') % note
        for approver in approvers:
            # The approver may be out of the sight of whoever asks.
            self.sudo().activity_schedule(
                'dealer_management.mail_activity_type_approval', summary=summary, note=note, user_id=approver.id
            )

    def _close_approval(self, feedback):
        """Whoever decides first does the to-dos of all."""
        self.sudo().activity_feedback(['dealer_management.mail_activity_type_approval'], feedback=feedback)

    def _tell_requester(self, summary, note):
        """Give whoever asked a to-do with the answer."""
        note = note and Markup('<p>%s</p>') % note
        for request in self.filtered(lambda request: request.requester_id != self.env.user):
            request.sudo().activity_schedule(
                'mail.mail_activity_data_todo', summary=summary, note=note, user_id=request.requester_id.id
            )
