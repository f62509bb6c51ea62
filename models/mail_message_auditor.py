from odoo import models

AUDITORS = 'dealer_management.group_dealer_auditor'


class MailMessage(models.Model):
    """Whoever follows a record may speak there, says Odoo; auditors do not, unless by the right to change it."""

    _inherit = 'mail.message'

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation != 'create' or not self or not self.env.user.has_group(AUDITORS):
            return result
        ours = self.sudo().filtered(lambda message: (message.model or '').startswith('dealer.') and message.res_id)
        forbidden = result[0] if result else self.browse()
        for model, messages in ours.grouped('model').items():
            allowed = self._filter_records_for_message_operation(model, messages.mapped('res_id'), operation)
            silent = messages.filtered(lambda message, allowed=allowed: message.res_id not in allowed.ids)
            forbidden |= silent.with_env(self.env)
        return (forbidden, lambda: forbidden._make_access_error(operation)) if forbidden else result
