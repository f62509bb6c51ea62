from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """Where the company has chosen so, orders of a product wait until the dealer's confirmed deviation from
    its suggested price is settled."""

    _inherit = 'sale.order'

    def _check_dealer_may_order(self):
        result = super()._check_dealer_may_order()
        for order in self:
            if order.state == 'sale' and order._has_resale_rule():
                order.order_line._filter_ordered()._check_resale()
        return result

    def _get_channel_refusal(self):
        return super()._get_channel_refusal() or (self._has_resale_rule() and self.order_line._get_resale_refusal())

    def _has_resale_rule(self):
        """Whether the company has chosen the rule; nothing else is asked where it has not."""
        # A branch keeps the rule of the company whose prices they are.
        return self.company_id.sudo().root_id.dealer_resale_policy == 'rule'


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _check_dealer_may_order(self):
        result = super()._check_dealer_may_order()
        self._filter_ordered()._check_resale()
        return result

    def _check_resale(self):
        """Refuse what a deviation that is not settled keeps from being ordered.

        :raise UserError: with the reason
        """
        for order, lines in self.grouped('order_id').items():
            if order._has_resale_rule() and (message := lines._get_resale_refusal()):
                raise UserError(message)

    def _get_resale_refusal(self):
        """Why these lines of one order cannot be ordered for a price deviation's sake, as a sentence, or False."""
        dealers = self.order_id._get_buying_dealers()
        ordered = self.filtered(lambda line: line.product_id and not line._is_side_line())
        if not (dealers and ordered):
            return False
        # The rule holds, whoever may read deviations.
        deviations = self.env['dealer.price.deviation'].sudo()
        found = deviations.search(
            [
                ('state', '=', 'confirmed'),
                ('dealer_id', 'in', dealers.ids),
                ('product_id', 'in', ordered.product_id.ids),
                ('company_id', '=', self.order_id.company_id.sudo().root_id.id),
            ]
        )
        if not found:
            return False
        goods = self.env._(', ').join(found.product_id.with_env(self.env).sudo().mapped('display_name'))
        if not self.order_id._is_told_to_staff():
            return self.env._(
                'Orders of %s wait until the deviation from its suggested price is settled. Please ask your channel'
                ' account manager.',
                goods,
            )
        return self.env._(
            '%(dealer)s sells %(products)s at another price than the suggested one: its orders of it wait until that'
            ' is settled (%(numbers)s).',
            dealer=found[0].dealer_id.display_name,
            products=goods,
            numbers=self.env._(', ').join(found.mapped('name')),
        )
