from . import (
    authorization_portal,
    certificate,
    portal,
    price_change_portal,
    price_portal,
    quick_order,
    rebate_portal,
    rebate_statement,
    sale_portal,
    special_price_portal,
    wallet_portal,
)
