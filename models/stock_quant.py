from odoo import models


class StockQuant(models.Model):
    """A share of a scarce product is reserved to the piece, whatever unit its order was made in."""

    _inherit = 'stock.quant'

    def _get_reserve_quantity(
        self, product_id, location_id, quantity, uom_id=None, lot_id=None, package_id=None, owner_id=None, strict=False
    ):
        # Odoo rounds to the move's unit where it is given one.
        if self.env.context.get('reserve_in_product_unit'):
            uom_id = None
        return super()._get_reserve_quantity(
            product_id, location_id, quantity, uom_id, lot_id, package_id, owner_id, strict
        )
