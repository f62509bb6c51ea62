from odoo import api, models
from odoo.exceptions import AccessError

MODEL = 'dealer.complaint'
# Who said it, and how it came.
SPEAKER = frozenset({'author_id', 'email_from', 'author_guest_id', 'message_type'})


class MailMessage(models.Model):
    """What was said about a complaint is said for good, and by whoever said it; its name follows the complaint's."""

    _inherit = 'mail.message'

    # ---------------------------------------------------------------- Who said it

    @api.model_create_multi
    def create(self, vals_list):
        """By hand everybody speaks for itself. The portal and the mail gateway write as superuser."""
        if not self.env.su:
            own = self.env.user.partner_id
            for vals in vals_list:
                if vals.get('model') == MODEL:
                    if vals.get('message_type') == 'email' or vals.get('author_guest_id'):
                        raise AccessError(self.env._('Only a mail that has arrived is kept as one.'))
                    vals.update(author_id=own.id, email_from=own.email_formatted)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not SPEAKER.isdisjoint(vals) and any(message.model == MODEL for message in self.sudo()):
            raise AccessError(self.env._('Who has said something about a complaint is not changed.'))
        return super().write(vals)

    def _check_access(self, operation):
        """Nobody rewrites or deletes what another has said about a complaint."""
        result = super()._check_access(operation)
        if operation not in ('write', 'unlink') or not self:
            return result
        own = self.env.user.partner_id
        others = self.sudo().filtered(lambda message: message.model == MODEL and message.author_id != own)
        if not others:
            return result
        forbidden = others.with_env(self.env) | (result[0] if result else self.browse())
        return forbidden, lambda: forbidden._make_access_error(operation)

    # ------------------------------------------------------------------ Its name

    @api.depends_context('uid')
    def _compute_display_name(self):
        """A notification, or whatever else leads to it, says no more than the complaint does."""
        result = super()._compute_display_name()
        for message in self._get_hidden_messages():
            message.display_name = message.record_name
        return result

    @api.depends_context('uid')
    def _compute_record_name(self):
        return super()._compute_record_name()

    def _get_hidden_messages(self):
        """Those of these messages that are about a complaint which the user may not read."""
        of_complaints = self.sudo().filtered(lambda message: message.model == MODEL and message.res_id)
        complaints = self.env[MODEL].sudo().browse(of_complaints.mapped('res_id')).exists()
        hidden = {complaint.id for complaint in complaints if complaint._is_hidden_from_user()}
        return self.browse(message.id for message in of_complaints if message.res_id in hidden)
