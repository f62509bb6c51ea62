from . import dealer_state_wizard, dealer_tier_wizard, partner_merge
