from odoo import fields, models


class ResPartner(models.Model):
    """How complaints are handled with a dealer."""

    _inherit = 'res.partner'

    complaint_calendar_id = fields.Many2one(
        'resource.calendar',
        'Working Hours',
        ondelete='restrict',
        check_company=True,
        index='btree_not_null',
        groups='dealer_management.group_dealer_access',
        help="By which the dealer's own deadlines in complaints run. Empty: our hours, in the dealer's time zone.",
    )
