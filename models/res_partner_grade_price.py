from odoo import api, fields, models


class ResPartnerGrade(models.Model):
    """What a dealer of the tier orders at least."""

    _inherit = 'res.partner.grade'

    minimum_order_amount = fields.Monetary(
        'Minimum Order',
        help="What an order of this tier's dealers comes to at least, before taxes; 0 for any amount.",
    )

    _minimum_order_positive = models.Constraint(
        'CHECK (minimum_order_amount >= 0)', 'A minimum order cannot be negative.'
    )

    @api.constrains('company_id', 'minimum_order_amount')
    def _check_minimum_order_currency(self):
        self.filtered('minimum_order_amount')._check_one_currency()
