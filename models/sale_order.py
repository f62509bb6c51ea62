from odoo import api, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """A suspended or terminated dealer's order is not confirmed, whoever tries and how."""

    _inherit = 'sale.order'

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._check_dealer_may_order()
        return orders

    def write(self, vals):
        if vals.keys().isdisjoint({'state', 'partner_id', 'partner_invoice_id', 'partner_shipping_id'}):
            return super().write(vals)
        before = {order: (order.state, order._get_ordering_dealers()) for order in self}
        result = super().write(vals)
        # What was confirmed for the same dealer goes on: only a step towards a new order is judged.
        self.filtered(
            lambda order: before[order][0] != 'sale' or order._get_ordering_dealers() - before[order][1]
        )._check_dealer_may_order()
        return result

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._get_channel_refusal()

    def _check_dealer_may_order(self):
        """Refuse orders that have become confirmed without passing ``action_confirm``.

        An import or an API call can create an order in the state ``sale``, write that state, or
        hand a confirmed order to another customer.

        :raise UserError: with the reason
        """
        for order in self:
            if order.state == 'sale' and (message := order._get_dealer_block_message()):
                raise UserError(message)

    def _get_ordering_dealers(self):
        """The dealers whose order this is: who orders, who pays, and who gets the goods."""
        # Whoever writes the order need not be allowed to read the dealers.
        order = self.sudo()
        return (order.partner_id | order.partner_invoice_id | order.partner_shipping_id)._get_dealers_above()

    def _get_channel_refusal(self):
        """Why the channel's rules do not let this quotation be confirmed, as a sentence, or False.

        Asked before anything else happens to it: signature, payment, confirmation.
        """
        return self._get_dealer_block_message()

    def _get_dealer_block_message(self):
        """Why this order cannot be confirmed for a dealer's sake, as a sentence, or False."""
        return self._get_ordering_dealers().with_env(self.env)._get_dealer_block_message()

    def _has_to_be_paid(self):
        """Nobody is asked to pay for an order that cannot be confirmed."""
        return super()._has_to_be_paid() and not self._get_channel_refusal()

    def _add_partnership(self):
        """A membership product regrades a dealer on its own authority, not on the salesperson's."""
        of_dealers = self.filtered(
            lambda order: order.assigned_grade_id and order.partner_id.commercial_partner_id.is_dealer
        )
        for order in of_dealers:
            # Selling the product was the decision; only channel staff regrade by hand.
            order.sudo().partner_id.commercial_partner_id._with_tier_change(
                self.env._('Bought with the order %s', order.name)
            ).grade_id = order.assigned_grade_id
        return super(SaleOrder, self - of_dealers)._add_partnership()
