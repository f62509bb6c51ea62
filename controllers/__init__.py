from . import authorization_portal, certificate, portal, sale_portal
