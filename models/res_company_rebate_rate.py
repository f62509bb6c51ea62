from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools import rebate


class ResCompany(models.Model):
    """Rebates in the company's own currency."""

    _inherit = 'res.company'

    def _get_rebate_rate(self, currency, day):
        """What one unit of ``currency`` is worth in the company's on ``day``, exact as Odoo has it.

        :raise UserError: if the currency has no rate until then: Odoo would take 1
        """
        self.ensure_one()
        if currency == self.currency_id:
            return Decimal(1)
        # Rates are the root's, and no secret to whoever books in their currency.
        for foreign in (currency | self.currency_id).sudo().filtered(lambda each: each != self.root_id.currency_id):
            if not foreign.rate_ids.filtered(
                lambda rate: rate.name <= day and (not rate.company_id or rate.company_id == self.root_id)
            ):
                raise UserError(
                    self.env._(
                        'There is no exchange rate of %(currency)s on %(day)s: enter one.',
                        currency=foreign.name,
                        day=format_date(self.env, day),
                    )
                )
        rate = self.env['res.currency']._get_conversion_rate(currency, self.currency_id, self, day)
        return Decimal(repr(rate))

    def _convert_rebate(self, amount, currency, day):
        """``amount`` of ``currency`` in the company's at the rate of ``day``, rounded once, half up."""
        if not amount:
            return Decimal(0)
        exact = rebate.convert(amount, self._get_rebate_rate(currency, day))
        return rebate.round_half_up(exact, self.currency_id._get_smallest())
