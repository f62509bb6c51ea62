from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dealer_hotline = fields.Char(related='company_id.dealer_hotline', readonly=False)
    dealer_service_email = fields.Char(related='company_id.dealer_service_email', readonly=False)
    dealer_service_hours = fields.Char(related='company_id.dealer_service_hours', readonly=False)
    dealer_territory_policy = fields.Selection(
        related='company_id.root_id.dealer_territory_policy', required=True, readonly=False
    )
    dealer_approver_ids = fields.Many2many(related='company_id.root_id.dealer_approver_ids', readonly=False)
    dealer_authorization_notice_days = fields.Integer(
        related='company_id.root_id.dealer_authorization_notice_days', readonly=False
    )
    dealer_supply_weight = fields.Float(related='company_id.dealer_supply_weight', readonly=False)
