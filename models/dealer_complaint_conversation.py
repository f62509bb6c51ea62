from odoo import api, models
from odoo.tools import email_normalize, is_html_empty, plaintext2html

# Written by a person; all else a machine has sent.
PERSONAL = frozenset({'comment', 'email'})


class DealerComplaint(models.Model):
    """What is said between the dealer and us, apart from what we note among ourselves.

    A comment reaches the dealer; a note stays inside. Only a person's comment is a reply.
    """

    _inherit = 'dealer.complaint'

    def _tell_dealer(self, text, **kwargs):
        """Send ``text`` (plain, or markup of our own) to the dealer as a message of the current user."""
        self.ensure_one()
        body = text if hasattr(text, '__html__') else plaintext2html(text)
        return self.message_post(body=body, message_type='comment', subtype_xmlid='mail.mt_comment', **kwargs)

    def message_post(self, *, message_type='notification', partner_ids=None, **kwargs):
        """What our people say to the dealer goes to its contact, whoever else follows."""
        if message_type == 'comment' and self.env.user._is_internal() and self._is_for_dealer(kwargs):
            # Whoever speaks to the dealer need not be allowed to read its contacts.
            contact = self.sudo().partner_id or self.sudo().dealer_id
            partner_ids = [*(partner_ids or ()), *(contact - self.env.user.partner_id).ids]
        return super().message_post(message_type=message_type, partner_ids=partner_ids, **kwargs)

    @api.model
    def _is_for_dealer(self, values):
        """Whether a message of these ``message_post`` values is a comment, and no note."""
        if values.get('subtype_xmlid'):
            return values['subtype_xmlid'] == 'mail.mt_comment'
        return values.get('subtype_id') == self.env['ir.model.data']._xmlid_to_res_id('mail.mt_comment')

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if message.message_type in PERSONAL and message.subtype_id == self.env.ref('mail.mt_comment'):
            if self._is_of_staff(message):
                self._note_reply(message)
            elif self._is_of_dealer(message):
                self._note_dealers_word()
        return result

    def _is_of_staff(self, message):
        """Whether one of our own people said it; what OdooBot says is automatic."""
        # Who the author is does not depend on who may read users.
        author = message.sudo().author_id
        return author != self.env.ref('base.partner_root') and any(not user.share for user in author.user_ids)

    def _is_of_dealer(self, message):
        """Whether the dealer said it, or whoever wrote while nobody knows yet which dealer it is; others who were
        sent a copy may speak too, but not for the dealer.
        """
        # Who the author is does not depend on who may read contacts.
        complaint, author = self.sudo(), message.sudo().author_id
        if complaint.dealer_id and author.commercial_partner_id == complaint.dealer_id:
            return True
        address = email_normalize(message.email_from or '', strict=False)
        return bool(address) and address in (
            complaint.email_normalized,
            complaint.partner_id.email_normalized,
            complaint.dealer_id.email_normalized,
        )

    def _note_reply(self, message):
        """Our reply stops the clock of the first reply, and acknowledges the complaint."""
        if is_html_empty(message.body) and not message.attachment_ids:
            return
        now = self._get_now()
        new = self.filtered(lambda complaint: not complaint.date_first_reply)
        # Whoever may speak to the dealer has replied, also without the right to write the complaint.
        new.sudo().date_first_reply = now
        new.sudo()._reach_deadlines('first_reply', now)
        new.sudo().action_acknowledge()

    def _note_dealers_word(self):
        """The dealer's word ends the waiting for it."""
        complaints = self.sudo()  # dealers have no right of their own here
        complaints.date_last_word = self._get_now()
        complaints.filtered('waiting_since').action_resume()
