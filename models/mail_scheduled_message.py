from odoo import api, models


class MailScheduledMessage(models.Model):
    """What is to be said later is said by whoever may say it now."""

    _inherit = 'mail.scheduled.message'

    @api.model
    def _check(self, values=None):
        result = super()._check(values)
        planned = [(message.model, message.res_id) for message in self.sudo()]  # asked of their records below
        if values:
            planned.append((values['model'], values['res_id']))
        for model, res_id in planned:
            if isinstance(self.env[model], self.env.registry['dealer.note.mixin']):
                record = self.env[model].browse(res_id)
                record.check_access(record._mail_get_operation_for_mail_message_operation('create')[record])
        return result
