from odoo import fields, models

from .dealer_complaint_outcome import COMPLAINT_READERS


class StockPicking(models.Model):
    """What comes back for a complaint, and what is delivered in its place, tells the complaint when it is done."""

    _inherit = 'stock.picking'

    complaint_outcome_ids = fields.One2many(
        'dealer.complaint.outcome', 'picking_id', 'Complaint', readonly=True, groups=COMPLAINT_READERS
    )

    def _action_done(self):
        result = super()._action_done()
        self._follow_complaints()
        return result

    def action_cancel(self):
        result = super().action_cancel()
        # The others were told by their moves.
        self.filtered(lambda picking: not picking.move_ids)._follow_complaints()
        return result

    def unlink(self):
        # The warehouse works without a role in complaints.
        outcomes = self.sudo().complaint_outcome_ids
        result = super().unlink()
        outcomes._lose_documents()
        return result

    def _follow_complaints(self):
        """Have the complaints behind these pickings know what has become of them."""
        # The warehouse works without a role in complaints.
        pickings = self.sudo()
        returns = pickings.filtered(lambda picking: picking.location_id.usage == 'customer')
        first = returns
        while first := first.backorder_id:
            returns |= first
        replacing = pickings.move_ids.sale_line_id.filtered('is_replacement')
        outcomes = returns.complaint_outcome_ids | replacing.complaint_outcome_id
        outcomes._follow_documents()

    def action_view_complaints(self):
        """Open the complaints that have led to these pickings."""
        return self.complaint_outcome_ids.complaint_id._get_records_action(name=self.env._('Complaint'))
