from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class DealerComplaintOutcome(models.Model):
    """A replacement: an order at no charge, confirmed at once."""

    _inherit = 'dealer.complaint.outcome'

    def _check_replacement(self):
        """Check that no more is replaced than is complained about; channel managers may give more, or other goods.

        :raise UserError: for whoever is none
        """
        self._check_goods()
        unit = self.product_id.uom_id
        left = self._get_replaceable()
        if unit.compare(self._get_quantity_in(unit), left) <= 0:
            return
        if not self.env.user.has_group('dealer_management.group_dealer_manager'):
            raise UserError(
                self.env._(
                    'Of %(product)s %(left)s %(unit)s are left to be replaced for %(complaint)s: that is what is'
                    ' complained about, less its other replacements, planned ones too. Please lower the quantity, or'
                    ' have a channel manager make it.',
                    product=self.product_id.display_name,
                    left=f'{max(left, 0):.10g}',
                    unit=unit.name,
                    complaint=self.complaint_id.display_name,
                )
            )

    def _get_replaceable(self):
        """How much of the goods is complained about and not replaced yet, in their own unit; of other goods nothing."""
        complaint, unit = self.complaint_id, self.product_id.uom_id
        if complaint.product_id != self.product_id:
            return 0
        others = complaint.outcome_ids.filtered(
            lambda other: (
                other != self
                and other.kind == 'replacement'
                and other.state != 'cancelled'
                and other.product_id == self.product_id
            )
        )
        return complaint.quantity - sum(other._get_quantity_in(unit) for other in others)

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
