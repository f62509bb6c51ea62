from odoo import models


class AccountTax(models.Model):
    _inherit = 'account.tax'

    def _get_wallet_price(self, amount, currency):
        """The unit price that comes to ``amount`` (Decimal) before these taxes: those in the price are added."""
        included = self.flatten_taxes_hierarchy().filtered('price_include')
        if not included:
            return float(amount)
        return included.compute_all(float(amount), currency, handle_price_include=False)['total_included']
