from odoo import api, models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    """Nobody pays for what cannot be confirmed."""

    _inherit = 'payment.transaction'

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse to begin a payment of a quotation that cannot be confirmed, wherever it is paid: by a link, in a shop.

        :raise UserError: with the reason
        """
        transactions = super().create(vals_list)
        # What a provider tells of a payment that was made is kept, see below.
        for order in transactions.filtered(lambda transaction: transaction.state == 'draft').sale_order_ids:
            if order.state in ('draft', 'sent') and (message := order._get_channel_refusal()):
                raise UserError(message)
        return transactions

    def _check_amount_and_confirm_order(self):
        """Keep what was paid for a quotation that is refused since, and leave it to be decided by staff."""
        blocked = self.browse()
        for transaction in self:
            for order in transaction.sale_order_ids:
                if order.state in ('draft', 'sent') and (message := order._get_channel_refusal()):
                    blocked |= transaction
                    order.message_post(
                        body=self.env._(
                            'Paid by %(reference)s, but not confirmed. %(why)s',
                            reference=transaction.reference,
                            why=message,
                        )
                    )
        return super(PaymentTransaction, self - blocked)._check_amount_and_confirm_order()
