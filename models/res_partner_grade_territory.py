from odoo import fields, models

from .res_company_territory import TERRITORY_POLICIES


class ResPartnerGrade(models.Model):
    """How strictly the orders of a tier's dealers are held to their territories."""

    _inherit = 'res.partner.grade'

    territory_policy = fields.Selection(
        TERRITORY_POLICIES,
        'Orders outside the Authorization',
        help="What happens to an order of this tier's dealers that goes where they hold no grant; the company's rule"
        ' unless you choose another.',
    )
