from odoo import models


class StockMove(models.Model):
    """What will not come back, or not be delivered, tells the complaint: people also cancel line by line."""

    _inherit = 'stock.move'

    def _action_cancel(self):
        result = super()._action_cancel()
        self.picking_id._follow_complaints()
        return result
