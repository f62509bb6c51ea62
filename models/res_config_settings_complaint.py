from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dealer_complaint_journal_id = fields.Many2one(
        related='company_id.dealer_complaint_journal_id', readonly=False, check_company=True
    )
    dealer_compensation_product_id = fields.Many2one(
        related='company_id.dealer_compensation_product_id', readonly=False
    )
