from odoo import fields, models

from .dealer_complaint_outcome import COMPLAINT_READERS


class SaleOrder(models.Model):
    """An order that replaces goods for a complaint: a blocked dealer gets it too, for it has paid for them."""

    _inherit = 'sale.order'

    complaint_outcome_ids = fields.One2many(
        'dealer.complaint.outcome', 'sale_order_id', 'Complaint', readonly=True, groups=COMPLAINT_READERS
    )

    def write(self, vals):
        result = super().write(vals)
        if 'state' in vals and (replacing := self.filtered(lambda order: order.order_line.filtered('is_replacement'))):
            # Whoever cancels orders need not have a role in complaints.
            replacing.sudo().complaint_outcome_ids._follow_documents()
        return result

    def _get_dealer_block_message(self):
        goods = self.order_line.filtered(lambda line: not line.display_type)
        if goods and all(goods.mapped('is_replacement')):
            return False
        return super()._get_dealer_block_message()

    def action_view_complaints(self):
        """Open the complaints that have led to these orders."""
        return self.complaint_outcome_ids.complaint_id._get_records_action(name=self.env._('Complaint'))
