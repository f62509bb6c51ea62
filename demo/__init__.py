from . import dealer_demo, dealer_demo_business, dealer_demo_price, dealer_demo_territory

# isort: split
# Come after what they build on.
from . import dealer_demo_allocation, dealer_demo_complaint, dealer_demo_price_change, dealer_demo_rebate

# isort: split
from . import dealer_demo_rebate_ledger
