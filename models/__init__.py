from . import (
    dealer_tier_period,
    dealer_type,
    ir_sequence,
    payment_transaction,
    res_company,
    res_config_settings,
    res_partner,
    res_partner_grade,
    res_partner_state,
    res_partner_tier,
    sale_order,
    sale_order_line,
)
