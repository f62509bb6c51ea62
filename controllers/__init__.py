from . import authorization_portal, certificate, portal, price_change_portal, sale_portal
