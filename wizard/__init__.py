from . import (
    dealer_complaint_merge,
    dealer_complaint_split,
    dealer_reason_wizard,
    dealer_rebate_accrual_wizard,
    dealer_rebate_ledger_wizard,
    dealer_rebate_trial,
    dealer_rebate_wallet_wizard,
    dealer_state_wizard,
    dealer_tier_wizard,
    partner_merge,
    sale_order_discount,
)
