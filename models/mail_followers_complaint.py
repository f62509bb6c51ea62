from odoo import api, fields, models
from odoo.fields import Domain

MODEL = 'dealer.complaint'


class MailFollowers(models.Model):
    """Who follows a confidential complaint: of our people only those who may read it; and others do not see it."""

    _inherit = 'mail.followers'

    is_confidential = fields.Boolean(
        compute='_compute_is_confidential',
        search='_search_is_confidential',
        help='Follows a complaint that only the head office sees.',
    )

    @api.depends('res_model', 'res_id')
    def _compute_is_confidential(self):
        of_complaints = self.filtered(lambda follower: follower.res_model == MODEL)
        (self - of_complaints).is_confidential = False
        # Also what the user may not see.
        complaints = self.env[MODEL].sudo().browse(of_complaints.mapped('res_id')).exists()
        hidden = set(complaints.filtered('confidential').ids)
        for follower in of_complaints:
            follower.is_confidential = follower.res_id in hidden

    def _search_is_confidential(self, operator, value):
        if operator != 'in':
            return NotImplemented
        hidden = self.env[MODEL].sudo()._search([('confidential', '=', True)])
        domain = Domain('res_model', '=', MODEL) & Domain('res_id', 'in', hidden)
        return (domain if True in value else Domain.FALSE) | (~domain if False in value else Domain.FALSE)

    @api.model
    def _insert_followers(self, res_model, res_ids, partner_ids, *args, **kwargs):
        if res_model != MODEL or not partner_ids:
            return super()._insert_followers(res_model, res_ids, partner_ids, *args, **kwargs)
        partners = self.env['res.partner'].browse(partner_ids)
        together = {}
        for complaint in self.env[MODEL].browse(res_ids):
            readers = partners - complaint._get_excluded_partners(partners)
            together.setdefault(readers, []).append(complaint.id)
        for readers, ids in together.items():
            super()._insert_followers(res_model, ids, readers.ids, *args, **kwargs)
        return None
