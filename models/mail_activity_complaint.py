from odoo import api, models
from odoo.exceptions import ValidationError


class MailActivity(models.Model):
    """A to-do shows what it is about to whoever has it: nobody gets one for a confidential complaint that may not
    read it."""

    _inherit = 'mail.activity'

    @api.constrains('user_id', 'res_model', 'res_id')
    def _check_complaint_is_readable(self):
        activities = self.filtered(lambda activity: activity.res_model == 'dealer.complaint' and activity.user_id)
        # Asked of whoever gets the to-do, and not of the current user.
        complaints = self.env['dealer.complaint'].sudo().browse(activities.mapped('res_id')).exists()
        by_id = {complaint.id: complaint for complaint in complaints if complaint.confidential}
        for activity in activities:
            complaint = by_id.get(activity.res_id)
            if complaint and not complaint._may_be_read_by(activity.user_id):
                raise ValidationError(
                    self.env._(
                        'This complaint is confidential: %s is not of the head office and gets no to-do for it.',
                        activity.user_id.name,
                    )
                )
