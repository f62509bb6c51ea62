from odoo import models
from odoo.fields import Command


class DealerComplaintOutcome(models.Model):
    """A replacement: an order at no charge, confirmed at once."""

    _inherit = 'dealer.complaint.outcome'

    def _check_replacement(self):
        self._check_goods()

    def _make_replacement(self):
        orders = self.env['sale.order'].create([outcome._prepare_replacement_vals() for outcome in self])
        self._set_documents(orders)
        for outcome in self:
            outcome.sale_order_id._confirm_or_ask(
                self.env._('The replacement for %s waits to be confirmed', outcome.complaint_id.name),
                outcome.complaint_id.user_id or outcome.dealer_id.channel_account_manager_id or self.env.user,
            )

    def _prepare_replacement_vals(self):
        """The order goes where the goods went that it replaces."""
        self.ensure_one()
        complaint, reference = self.complaint_id, self._get_reference()
        order = complaint.order_id or complaint.picking_id.sale_id
        vals = {
            'partner_id': (order.partner_id or self.dealer_id).id,
            'company_id': self.company_id.id,
            'warehouse_id': self._get_warehouse().id,
            'origin': reference,
            'order_line': [
                Command.create(
                    {
                        'product_id': self.product_id.id,
                        'product_uom_qty': self.quantity,
                        'product_uom_id': self.product_uom_id.id,
                        'price_unit': 0,
                        'discount': 0,
                        'is_free_goods': True,
                        'complaint_outcome_id': self.id,
                    }
                )
            ],
        }
        if address := complaint.picking_id.partner_id or order.partner_shipping_id:
            vals['partner_shipping_id'] = address.id
        return vals

    def _get_state_of_replacement(self):
        order = self.sale_order_id
        if order.state == 'cancel':
            return 'cancelled'
        return 'done' if order.delivery_status == 'full' and any(order.order_line.mapped('qty_delivered')) else 'made'

    def _withdraw_replacement(self):
        self.sale_order_id._action_cancel()
