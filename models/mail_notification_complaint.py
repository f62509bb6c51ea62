from odoo import api, fields, models
from odoo.fields import Domain

MODEL = 'dealer.complaint'


class MailNotification(models.Model):
    """Who was told of a confidential complaint: every employee reads notifications in Odoo, but not these."""

    _inherit = 'mail.notification'

    is_confidential = fields.Boolean(
        compute='_compute_is_confidential',
        search='_search_is_confidential',
        help='Tells of a complaint that only the head office sees.',
    )

    @api.depends('mail_message_id')
    def _compute_is_confidential(self):
        # Also what the user may not see.
        messages = self.mail_message_id.sudo().filtered(lambda message: message.model == MODEL)
        complaints = self.env[MODEL].sudo().browse(messages.mapped('res_id')).exists()
        hidden = set(complaints.filtered('confidential').ids)
        confidential = messages.filtered(lambda message: message.res_id in hidden)
        for notification in self:
            notification.is_confidential = notification.mail_message_id.sudo() in confidential

    @api.model
    def _search_is_confidential(self, operator, value):
        """By the few messages of the few confidential complaints, found by their indexes."""
        if operator != 'in':
            return NotImplemented
        complaints = self.env[MODEL].sudo()._search([('confidential', '=', True)])
        messages = self.env['mail.message'].sudo()._search([('model', '=', MODEL), ('res_id', 'in', complaints)])
        domain = Domain('mail_message_id', 'in', messages)
        return (domain if True in value else Domain.FALSE) | (~domain if False in value else Domain.FALSE)
