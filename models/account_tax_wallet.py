from odoo import models


class AccountTax(models.Model):
    _inherit = 'account.tax'

    def _prepare_global_discount_lines(self, base_lines, *args, **kwargs):
        """A discount of the whole order is taken of its goods, whether a rebate wallet pays for them or not."""
        order_line = type(self.env['sale.order.line'])
        goods = [
            line
            for line in base_lines
            # Lines may stand for records of any model, or for none.
            if not (isinstance(line['record'], order_line) and line['record'].is_rebate_wallet)
        ]
        return super()._prepare_global_discount_lines(goods, *args, **kwargs)

    def _get_wallet_price(self, amount, currency):
        """The unit price that comes to ``amount`` (Decimal) before these taxes: those in the price are added."""
        included = self.flatten_taxes_hierarchy().filtered('price_include')
        if not included:
            return float(amount)
        return included.compute_all(float(amount), currency, handle_price_include=False)['total_included']
