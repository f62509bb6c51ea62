from odoo import fields, models

RESALE_POLICIES = [
    ('alert', 'Alert'),
    ('rule', 'Refuse Orders'),
]


class ResCompany(models.Model):
    """What follows when a dealer sells at another price than the suggested one."""

    _inherit = 'res.company'

    dealer_resale_tolerance = fields.Float(
        'Tolerance for Resale Prices (%)',
        default=5,
        digits='Discount',
        groups='base.group_user',
        help='How far a price may lie above or below the suggested one before anybody is alerted.',
    )
    dealer_resale_policy = fields.Selection(
        RESALE_POLICIES,
        'Deviations from Suggested Prices',
        required=True,
        default='alert',
        groups='base.group_user',
        help='Alert: the channel account manager has a to-do, nothing else.\n'
        'Refuse Orders: while a confirmed deviation is not settled, orders of that product by that dealer are not'
        ' confirmed.\n'
        "Legal note: fixing dealers' resale prices (resale-price maintenance) is restricted or prohibited in many"
        ' countries: in China by Article 18 of the Anti-Monopoly Law, in the European Union by Article 4 of the'
        ' Vertical Block Exemption Regulation. Choose the second only after legal advice.',
    )

    _resale_tolerance_positive = models.Constraint(
        'CHECK (dealer_resale_tolerance >= 0)', 'The tolerance for resale prices cannot be negative.'
    )
