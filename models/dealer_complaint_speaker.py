from odoo import models
from odoo.exceptions import AccessError, UserError


class DealerComplaint(models.Model):
    """Everybody speaks for itself: what the dealer said and showed is the dealer's, and stays as it was.

    The portal and the mail gateway write for the dealer as superuser; see also ``mail.message`` and ``ir.attachment``.
    """

    _inherit = 'dealer.complaint'

    def message_post(self, *, message_type='notification', **kwargs):
        if not self.env.su:
            if message_type == 'email':
                raise UserError(self.env._('Only a mail that has arrived is kept as one.'))
            kwargs = self._speak_for_oneself(kwargs)
        return super().message_post(message_type=message_type, **kwargs)

    def message_notify(self, **kwargs):
        return super().message_notify(**(kwargs if self.env.su else self._speak_for_oneself(kwargs)))

    def _speak_for_oneself(self, values):
        """These values of a message without another's name and address; the answers come back to the team's."""
        return {
            **{name: value for name, value in values.items() if name not in ('author_id', 'email_from')},
            'author_id': self.env.user.partner_id.id,
        }

    def _message_update_content(self, message, /, **kwargs):
        """Nobody rewrites another's words; Odoo would let administrators."""
        if not self.env.su and message.sudo().author_id != self.env.user.partner_id:
            raise AccessError(self.env._('What somebody else has said about a complaint stays as it was.'))
        return super()._message_update_content(message, **kwargs)

    # ------------------------------------------------------------- Ways without a login

    def _get_thread_with_access(self, thread_id, *, hash=None, pid=None, token=None, **kwargs):  # pylint: disable=redefined-builtin
        """By one's own right alone, and by no link: dealers log in."""
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """The dealer's people are led to their page of the portal, where they log in."""
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals=msg_vals)
        if not self:
            return groups
        # Whoever speaks to the dealer need not be allowed to read its contacts.
        contact = self.sudo().partner_id or self.sudo().dealer_id
        button = {'active': True, 'has_button_access': True, 'button_access': {'url': self.access_url}}
        for name, _is_in, data in groups:
            if name == 'portal':
                data.update(button)
        return [('portal_customer', lambda recipient: recipient['id'] == contact.id, dict(button)), *groups]
