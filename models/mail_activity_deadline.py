from odoo import fields, models


class MailActivity(models.Model):
    """A reminder of a deadline goes when the deadline is met."""

    _inherit = 'mail.activity'

    dealer_deadline_id = fields.Many2one(
        'dealer.deadline', 'Deadline', readonly=True, index='btree_not_null', ondelete='cascade'
    )
