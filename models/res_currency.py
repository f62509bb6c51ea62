from decimal import Decimal

from odoo import api, models, tools


class ResCurrency(models.Model):
    """Amounts as exact decimals, for sums that have to come out to the cent."""

    _inherit = 'res.currency'

    def _to_decimal(self, amount):
        """``amount`` (a float of this currency) as ``Decimal``, with the currency's digits."""
        self.ensure_one()
        return Decimal(f'{self.round(amount):.{self.decimal_places}f}')

    def _get_smallest(self):
        """The smallest amount that there is, as ``Decimal``."""
        self.ensure_one()
        return Decimal(f'{self.rounding:.{self.decimal_places}f}')

    @api.model
    @tools.ormcache(cache='stable')
    def _get_active_ids(self):
        """The currencies in use: asked for each figure of a dealer, and changed about once a year."""
        return tuple(self.sudo().search([], order='id').ids)  # pylint: disable=no-search-all
