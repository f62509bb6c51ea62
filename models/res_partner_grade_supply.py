from odoo import fields, models


class ResPartnerGrade(models.Model):
    """How strongly the orders of a tier's dealers count when a product is short."""

    _inherit = 'res.partner.grade'

    supply_weight = fields.Float(
        default=1,
        digits=(6, 2),
        help='How strongly the tier counts when a product is short and is shared out: a dealer with weight 2 gets twice'
        ' the part of its orders that one with weight 1 gets. With 0 it is served once all others are.',
    )

    _supply_weight_positive = models.Constraint('CHECK (supply_weight >= 0)', 'A supply weight cannot be negative.')
