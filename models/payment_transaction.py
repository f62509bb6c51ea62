from odoo import models


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    def _check_amount_and_confirm_order(self):
        """Keep the payment of a blocked dealer, and leave its quotation to be decided by staff."""
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
