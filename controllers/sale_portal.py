from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import CustomerPortal


class DealerSalePortal(CustomerPortal):
    @route()
    def portal_quote_accept(self, order_id, access_token=None, name=None, signature=None):
        """Tell a blocked dealer why it cannot sign, before anything of the signature is kept."""
        try:
            order_sudo = self._document_check_access(
                'sale.order', order_id, access_token=access_token or request.httprequest.args.get('access_token')
            )
        except (AccessError, MissingError):
            order_sudo = None  # answered by Odoo
        if order_sudo and (message := order_sudo._get_channel_refusal()):
            return {'error': message}
        return super().portal_quote_accept(order_id, access_token=access_token, name=name, signature=signature)
