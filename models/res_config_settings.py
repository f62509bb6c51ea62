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
    dealer_floor_pricelist_id = fields.Many2one(related='company_id.root_id.dealer_floor_pricelist_id', readonly=False)
    dealer_floor_policy = fields.Selection(
        related='company_id.root_id.dealer_floor_policy', required=True, readonly=False
    )
    dealer_currency_id = fields.Many2one(related='company_id.currency_id', string='Currency of the Portal Limit')
    dealer_portal_confirm_limit = fields.Monetary(
        related='company_id.dealer_portal_confirm_limit', currency_field='dealer_currency_id', readonly=False
    )
    dealer_portal_stock = fields.Selection(related='company_id.dealer_portal_stock', required=True, readonly=False)
    dealer_portal_stock_low = fields.Float(related='company_id.dealer_portal_stock_low', readonly=False)
    dealer_supply_weight = fields.Float(related='company_id.dealer_supply_weight', readonly=False)
    dealer_resale_tolerance = fields.Float(related='company_id.root_id.dealer_resale_tolerance', readonly=False)
    dealer_resale_policy = fields.Selection(
        related='company_id.root_id.dealer_resale_policy', required=True, readonly=False
    )
    dealer_rebate_product_id = fields.Many2one(related='company_id.root_id.dealer_rebate_product_id', readonly=False)
    dealer_rebate_accrual_method = fields.Selection(
        related='company_id.root_id.dealer_rebate_accrual_method', required=True, readonly=False
    )
