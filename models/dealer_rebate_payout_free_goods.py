from markupsafe import escape

from odoo import models
from odoo.fields import Command


class ProductProduct(models.Model):
    _inherit = 'product.product'

    def _get_rebate_uom(self, uom):
        """What is given free is counted in: bands that count boxes, ``uom``, give boxes where the product has them."""
        return uom if uom and uom._has_common_reference(self.uom_id) else self.uom_id


class DealerRebatePayout(models.Model):
    """Free goods: an order at no charge, confirmed if the channel's rules let it be."""

    _inherit = 'dealer.rebate.payout'

    def _pay_by_free_goods(self):
        """Make an order of the free product for each statement of one run, and confirm what can be."""
        self._fetch_settlements()
        orders = self.env['sale.order'].create([payout._prepare_free_order_vals() for payout in self])
        for payout, order in zip(self, orders, strict=True):
            payout.sale_order_id = order
        for payout in self:
            payout._confirm_free_order()

    def _prepare_free_order_vals(self):
        self.ensure_one()
        name, narration = self._describe_to_dealer()
        product = self.program_id.free_product_id
        return {
            'partner_id': self.dealer_id.id,
            'company_id': self.company_id.id,
            'origin': self.name,
            # It is text, put where markup is read.
            'note': escape(narration),
            'order_line': [
                Command.create(
                    {
                        'product_id': product.id,
                        'name': f'{product.display_name}\n{name}',
                        'product_uom_qty': self.pay_amount,
                        'product_uom_id': product._get_rebate_uom(self.program_id.uom_id).id,
                        'price_unit': 0,
                        'discount': 0,
                        'is_free_goods': True,
                    }
                )
            ],
        }

    def _confirm_free_order(self):
        """Confirm the order; what refuses it is told on the order to whoever looks after the dealer."""
        self.ensure_one()
        order = self.sale_order_id
        order._confirm_or_ask(
            self.env._('The free goods of the rebate statement %s wait to be confirmed', self.name),
            self.dealer_id.channel_account_manager_id or order.user_id or self.env.user,
        )

    def _find_free_goods_obstacles(self):
        program, product = self.program_id, self.program_id.free_product_id
        sentences = []
        if not product or not product.active:
            sentences.append(
                self.env._(
                    'The rebate program "%s" has no free product, or an archived one: choose one in the program.',
                    program.title,
                )
            )
        if claimed := self.filtered(lambda payout: payout.paid < 0):
            sentences.append(
                self.env._(
                    'Free goods cannot be claimed back by a document: %s. Hold these statements back, or have the'
                    ' program set them off against what is paid later.',
                    claimed.dealer_id._list_names(),
                )
            )
        return sentences
