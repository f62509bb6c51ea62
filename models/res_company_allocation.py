from odoo import fields, models


class ResCompany(models.Model):
    """How strongly the orders of customers without a tier count when a product is short."""

    _inherit = 'res.company'

    dealer_supply_weight = fields.Float(
        'Supply Weight without a Tier',
        default=1,
        digits=(6, 2),
        groups='base.group_user',
        help='How strongly the orders of customers without a tier count when a product is short and is shared out.',
    )

    _dealer_supply_weight_positive = models.Constraint(
        'CHECK (dealer_supply_weight >= 0)', 'A supply weight cannot be negative.'
    )
