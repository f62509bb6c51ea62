from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    dealer_rebate_expense_account_id = fields.Many2one(
        related='company_id.dealer_rebate_expense_account_id', readonly=False, check_company=True
    )
    dealer_rebate_accrual_account_id = fields.Many2one(
        related='company_id.dealer_rebate_accrual_account_id', readonly=False, check_company=True
    )
    dealer_rebate_accrual_journal_id = fields.Many2one(
        related='company_id.dealer_rebate_accrual_journal_id', readonly=False, check_company=True
    )
    dealer_rebate_accrual_monthly = fields.Boolean(related='company_id.dealer_rebate_accrual_monthly', readonly=False)
    dealer_rebate_accountant_ids = fields.Many2many(related='company_id.dealer_rebate_accountant_ids', readonly=False)
