from . import dealer_reason_wizard, dealer_rebate_trial, dealer_state_wizard, dealer_tier_wizard, partner_merge
