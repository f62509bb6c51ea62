from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dealer_hotline = fields.Char(related='company_id.dealer_hotline', readonly=False)
    dealer_service_email = fields.Char(related='company_id.dealer_service_email', readonly=False)
    dealer_service_hours = fields.Char(related='company_id.dealer_service_hours', readonly=False)
