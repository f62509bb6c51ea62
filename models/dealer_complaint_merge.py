from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from .dealer_complaint_flow import FOLLOWING

# What Odoo notes by itself, and whom of us it told that something is assigned.
NOTED = ('notification', 'user_notification')


class DealerComplaint(models.Model):
    """One complaint told twice becomes one: what was said and shown moves to the one that stays.

    Messages and files are moved, not copied: each stands once, and the dealer's reply to a mail about a
    merged complaint arrives at the one that stays. The merged ones stay on record, withdrawn, with their
    number, their dates, the breaches of their deadlines, and a link.
    """

    _inherit = 'dealer.complaint'

    def action_merge_into(self, target_id):
        """Merge these complaints into another one of the same dealer. Safe to call twice.

        :param int target_id: the complaint that stays
        :raise UserError: where they may not become one; nothing is merged then
        """
        # Other systems may send anything; nothing at all would merge into nothing.
        if type(target_id) is not int or not target_id:
            raise UserError(self.env._('Please say which complaint is to stay.'))
        target = self.browse(target_id)
        sources = (self - target).filtered(lambda complaint: complaint.merged_into_id != target)
        if not sources:
            return True
        (sources | target).check_access('write')
        target._check_may_take_in()
        for source in sources:
            source._check_may_merge_into(target)
        if target.confidential:
            # They tell what the one that stays is about, as do those merged into them: no less hidden than it.
            (sources | sources.merged_ids).filtered(lambda complaint: not complaint.confidential)._hide_with()
        sources._move_to(target)
        sources._leave_credits_to(target)
        sources.action_cancel(self.env._('Merged into %s.', target.name))
        # Steps. What was merged into these earlier has gone the same way.
        (sources | sources.merged_ids).sudo().merged_into_id = target
        target._log_merged(sources)
        target._tell_merged(sources)
        return True

    # ------------------------------------------------------------------ Rules

    def _check_may_take_in(self):
        self.ensure_one()
        if not self.is_open:
            raise UserError(
                self.env._(
                    'The complaint %s is over: please reopen it, or choose another one to stay.', self.display_name
                )
            )

    def _check_may_merge_into(self, target):
        """Check one complaint that is to be merged.

        :raise UserError: if it is another dealer's, over, answered, more secret, or has led to documents
        """
        self.ensure_one()
        if (self.dealer_id, self.company_id) != (target.dealer_id, target.company_id) or not self.dealer_id:
            raise UserError(
                self.env._(
                    '%(number)s and %(target)s are not of the same dealer: only complaints of one dealer are merged.',
                    number=self.name,
                    target=target.name,
                )
            )
        if self.confidential and not target.confidential:
            raise UserError(
                self.env._(
                    'The complaint %(number)s is confidential and %(target)s is not: please merge the other way round.',
                    number=self.name,
                    target=target.name,
                )
            )
        if self.merged_into_id or 'cancelled' not in FOLLOWING[self.state]:
            raise UserError(
                self.env._('%s was answered or is over: only complaints being worked on are merged.', self.name)
            )
        # Also outcomes that the user may not read.
        if any(outcome.state in ('made', 'done') for outcome in self.sudo().outcome_ids):
            raise UserError(
                self.env._(
                    '%s has led to documents already: please let it stay, and merge the others into it.', self.name
                )
            )

    # --------------------------------------------------------------- Merging

    def _hide_with(self):
        """Hide these plain complaints like the confidential one that they become part of."""
        self._leave_to_head_office({})
        self.sudo().confidential = True
        self._hide_what_was_told()

    def _move_to(self, target):
        """Move what was said, shown and planned; what Odoo noted by itself stays with each complaint."""
        # What others wrote moves as well, whatever the user may do with it elsewhere.
        messages = (
            self.env['mail.message']
            .sudo()
            .search([('model', '=', self._name), ('res_id', 'in', self.ids), ('message_type', 'not in', NOTED)])
        )
        messages.write({'res_id': target.id})
        (self | target).invalidate_recordset(['message_ids'])
        self.sudo().message_main_attachment_id = False
        self._get_evidence().write({'res_id': target.id})
        self.sudo().outcome_ids.filtered(lambda outcome: outcome.state == 'draft').write({'complaint_id': target.id})
        if not target.confidential:
            # Who followed a plain complaint need not be allowed to read a confidential one.
            target.message_subscribe(self.sudo().message_partner_ids.ids)

    def _leave_credits_to(self, target):
        """What was late stays on record, but one thing is credited once: where it is dealt with from now on.

        A credit that is due already and could only not be made yet is still owed, and will be made there: in place of
        the one's own for the same deadline, unless that is owed as well.
        """
        merged = (self | self.merged_ids).sudo()  # nobody writes deadlines by hand
        own = target.sudo().deadline_ids.grouped('kind')
        owed = merged.deadline_ids.browse()
        for kind, waiting in merged.deadline_ids.filtered('credit_again').grouped('kind').items():
            mine = own.get(kind, owed.browse())
            if not (mine.is_breached and mine.credit_amount):
                owed += waiting[:1]
                mine.credit_amount = 0
        (merged.deadline_ids - owed).write({'credit_amount': 0, 'credit_again': False})
        owed._hand_credits_over_to(target)

    def _log_merged(self, sources):
        """Note at the one that stays which ones it has taken in, and what they said."""
        self.ensure_one()
        # What the dealer wrote is text, not markup.
        said = [
            Markup('<p>%s<br/>%s</p>') % (source._get_html_link(title=source.display_name), source.description or '')
            for source in sources
        ]
        body = Markup('<p>%s</p>%s') % (self.env._('Merged into this complaint:'), Markup().join(said))
        self.message_post(body=body, subtype_xmlid='mail.mt_note')

    def _tell_merged(self, sources):
        """Tell the contacts of all of them at once. No person's reply: it stops no clock."""
        self.ensure_one()
        # Whoever merges need not be allowed to read the dealer's contacts.
        complaints = (self | sources).sudo()
        contacts = complaints.partner_id or complaints.dealer_id
        complaint = self.with_context(lang=contacts[:1].lang or self.env.lang)
        text = complaint.env._(
            'We deal with %(merged)s together with %(number)s from now on: please write to us about all of it there.',
            merged=', '.join(sources.mapped('name')),
            number=self.name,
        )
        complaint.message_post(
            body=text, message_type='auto_comment', subtype_xmlid='mail.mt_comment', partner_ids=contacts.ids
        )
