from odoo import models


class DealerRebateProgram(models.Model):
    """Where what is paid into wallets is booked."""

    _inherit = 'dealer.rebate.program'

    def _get_wallet_expense_account(self):
        """The account that lowers the revenue: that of the rebate product, in the program's company; or none."""
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        return product._get_product_accounts()['income'] if product else self.env['account.account']
