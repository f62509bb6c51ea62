from odoo import api, models


class ReportDealerRebateStatement(models.AbstractModel):
    """What the printed statement shows."""

    _name = 'report.dealer_management.dealer_rebate_statement'
    _description = 'Printed Rebate Statement'

    @api.model
    def _get_report_values(self, docids, data=None):
        payouts = self.env['dealer.rebate.payout'].browse(docids)
        payouts._check_may_print()
        # Who may read a statement need not be allowed to read products and documents.
        payouts = payouts.sudo()
        return {
            'doc_ids': docids,
            'doc_model': payouts._name,
            'docs': payouts,
        }
