from odoo import models


class DealerComplaintOutcome(models.Model):
    """A repair: Odoo's own repair order, for the goods that come back if a return is planned."""

    _inherit = 'dealer.complaint.outcome'

    def _check_repair(self):
        self._check_goods()

    def _make_repair(self):
        self._set_documents(self.env['repair.order'].create([outcome._prepare_repair_vals() for outcome in self]))

    def _prepare_repair_vals(self):
        self.ensure_one()
        receipts = self.complaint_id.outcome_ids.filtered(
            lambda other: other.kind == 'return' and other.product_id == self.product_id and other.state != 'cancelled'
        ).picking_id
        return {
            'partner_id': self.dealer_id.id,
            'company_id': self.company_id.id,
            'picking_type_id': self._get_warehouse().repair_type_id.id,
            'picking_id': receipts.filtered('return_id')[:1].id,
            'product_id': self.product_id.id,
            'product_qty': self.quantity,
            'product_uom': self.product_uom_id.id,
            'lot_id': self.lot_id.id,
            'under_warranty': self.under_warranty,
        }

    def _get_state_of_repair(self):
        return {'cancel': 'cancelled', 'done': 'done'}.get(self.repair_id.state, 'made')

    def _withdraw_repair(self):
        self.repair_id.action_repair_cancel()
