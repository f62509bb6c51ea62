from . import dealer_demo, dealer_demo_business, dealer_demo_price, dealer_demo_territory

# isort: split
# Comes after what it builds on.
from . import dealer_demo_allocation
