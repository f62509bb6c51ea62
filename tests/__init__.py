from . import (
    test_access,
    test_dealer,
    test_dealer_orders,
    test_dealer_state,
    test_dealer_tier,
    test_import,
    test_portal,
    test_query_counts,
    test_sequence,
    test_tours,
    test_translations,
)
