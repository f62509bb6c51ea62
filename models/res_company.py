from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    dealer_hotline = fields.Char(help='The telephone number that dealers call; shown in their portal.')
    dealer_service_email = fields.Char(help='The address that dealers write to; shown in their portal.')
    dealer_service_hours = fields.Char(translate=True, help='When the hotline answers; shown in the portal.')
