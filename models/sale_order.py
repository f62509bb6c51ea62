from odoo import api, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _confirmation_error_message(self):
        """A suspended or terminated dealer's order is not confirmed, whoever tries."""
        return super()._confirmation_error_message() or self._get_dealer_block_message()

    @api.constrains('state', 'partner_id')
    def _check_dealer_may_order(self):
        """Hold the same for orders that become confirmed without passing ``action_confirm``.

        An import or an API call can create an order in the state ``sale``, write that state, or
        hand a confirmed order to another customer.
        """
        for order in self:
            if order.state == 'sale' and (message := order._get_dealer_block_message()):
                raise UserError(message)

    def _get_dealer_block_message(self):
        """Why this order cannot be confirmed for its dealer's sake, as a sentence, or False."""
        self.ensure_one()
        return bool(self.partner_id) and self.partner_id._get_dealer_block_message()

    def _has_to_be_signed(self):
        return super()._has_to_be_signed() and not self._get_dealer_block_message()

    def _has_to_be_paid(self):
        return super()._has_to_be_paid() and not self._get_dealer_block_message()

    def _add_partnership(self):
        """A membership product regrades a dealer on its own authority, not on the salesperson's."""
        of_dealers = self.filtered(
            lambda order: order.assigned_grade_id and order.partner_id.commercial_partner_id.is_dealer
        )
        for order in of_dealers:
            reason = self.env._('Bought with the order %s', order.name)
            # Selling the product was the decision; only channel staff regrade by hand.
            super(SaleOrder, order.sudo().with_context(dealer_tier_reason=reason))._add_partnership()
        return super(SaleOrder, self - of_dealers)._add_partnership()
