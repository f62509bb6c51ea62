from odoo import models

from .dealer_complaint_confidential import CONFIDENTIAL_GROUP
from .dealer_complaint_mail import OPENING

WORD = 'dealer_management.mail_activity_complaint_word'
WHOSE = 'dealer_management.mail_activity_complaint_whose'


class DealerComplaint(models.Model):
    """Who of our people is told what there is to do: one to-do of a kind for a complaint, however much is said."""

    _inherit = 'dealer.complaint'

    def _get_responsible_user(self):
        """Who looks at this complaint: whoever it is assigned to, else the leader or a member of the team.

        :return: one user who may read it, in sudo; of confidential ones, at worst anybody of the head office
        """
        self.ensure_one()
        complaint = self.sudo()  # who speaks for a dealer need not be allowed to read our users
        team = complaint.team_id
        for users in (complaint.user_id, team.user_id, team.member_ids.sorted('id')):
            if readers := users.filtered(complaint._may_be_read_by):
                return readers[0]
        if complaint.confidential:
            return complaint.env.ref(CONFIDENTIAL_GROUP).user_ids.filtered(complaint._may_be_read_by)[:1]
        return complaint.env['res.users']

    def _remind(self, activity_xmlid, note=''):
        """Give the responsible user of each complaint a to-do, unless there is an open one of this kind.

        :param note: markup or plain text
        """
        activity_type = self.env.ref(activity_xmlid, raise_if_not_found=False)
        if not activity_type:
            # Somebody has deleted the kind of to-do, and wants none.
            return
        for complaint in self.sudo():  # a step: whoever takes it need not be allowed to write the complaint
            user = complaint._get_responsible_user()
            if not user or activity_type in complaint.activity_ids.activity_type_id:
                continue
            # Whoever follows has the message itself already.
            follows = user.partner_id in complaint.message_partner_ids
            complaint.with_context(lang=user.lang, mail_activity_quick_update=follows).activity_schedule(
                activity_xmlid,
                date_deadline=complaint.company_id._get_dealer_date(),
                note=note,
                user_id=user.id,
            )

    def _settle(self, activity_xmlid):
        """The to-dos of this kind are done."""
        activity_type = self.env.ref(activity_xmlid, raise_if_not_found=False)
        # They may be another's.
        self.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == activity_type).action_done()

    # ------------------------------------------------------- What there is to do

    def _note_dealers_word(self):
        result = super()._note_dealers_word()
        # A new complaint is told by its assignment, if it is assigned.
        opening = self.env.context.get('complaint_opening') is OPENING
        self.filtered(lambda complaint: not (opening and complaint.sudo().user_id))._remind(WORD)
        return result

    def _note_reply(self, message):
        if self.env.context.get('complaint_opening') is OPENING:
            # Passed on by one of our people: nobody has replied to the dealer.
            return None
        result = super()._note_reply(message)
        self._settle(WORD)
        return result

    def _ask_whose(self):
        """Somebody has to say which dealer wrote."""
        for complaint in self:
            complaint._remind(WHOSE, note=complaint.email_from or '')

    def _answer_whose(self):
        self._settle(WHOSE)
