from . import dealer_demo, dealer_demo_business, dealer_demo_price_change, dealer_demo_territory
