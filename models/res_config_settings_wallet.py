from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dealer_wallet_account_id = fields.Many2one(related='company_id.root_id.dealer_wallet_account_id', readonly=False)
    dealer_wallet_journal_id = fields.Many2one(related='company_id.root_id.dealer_wallet_journal_id', readonly=False)
    dealer_wallet_product_id = fields.Many2one(related='company_id.root_id.dealer_wallet_product_id', readonly=False)
    dealer_wallet_notice_days = fields.Integer(related='company_id.root_id.dealer_wallet_notice_days', readonly=False)
