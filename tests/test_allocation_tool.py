from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.allocation import Claim, share

# A busy machine is no failure.
CALM = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
STEPS = st.sampled_from([Decimal('1'), Decimal('0.01'), Decimal('0.5'), Decimal('12')])
QUANTITIES = st.integers(0, 6000).map(lambda cents: Decimal(cents) / 100) | st.integers(0, 60).map(Decimal)
WEIGHTS = st.sampled_from([Decimal(text) for text in ('0', '0.5', '1', '1.01', '2', '3', '10')])


@st.composite
def some_claims(draw, quantities=QUANTITIES, weights=WEIGHTS):
    rows = draw(st.lists(st.tuples(quantities, weights), max_size=7))
    ranks = draw(st.permutations(range(len(rows))))
    return [Claim(f'k{key}', *row, rank) for key, (row, rank) in enumerate(zip(rows, ranks, strict=True))]


def pour(available, claims):
    """The slow way to the exact shares: raise everybody's level bit by bit, until somebody is filled.

    ``{key: Fraction}``, without rounding.
    """
    got = {claim.key: Fraction(0) for claim in claims}
    left = max(Fraction(available), Fraction(0))
    while left:
        open_claims = [claim for claim in claims if got[claim.key] < claim.quantity]
        heavy = [claim for claim in open_claims if claim.weight]
        speeds = {
            claim.key: Fraction(claim.quantity) * (Fraction(claim.weight) if heavy else 1)
            for claim in heavy or open_claims
        }
        if not speeds:
            break
        # Until the first is filled, or nothing is left.
        time = min(
            left / sum(speeds.values()),
            *((Fraction(c.quantity) - got[c.key]) / speeds[c.key] for c in claims if c.key in speeds),
        )
        for key, speed in speeds.items():
            got[key] += speed * time
        left -= sum(speeds.values()) * time
    return got


@tagged('post_install', '-at_install')
class TestAllocationTool(BaseCase):
    @given(QUANTITIES | st.integers(-50, 400).map(Decimal), some_claims(), STEPS)
    @CALM
    def test_bounds(self, available, claims, step):
        shares = share(available, claims, step)
        total = sum(part.quantity for part in shares.values())
        wanted = min(max(available, Decimal(0)), sum(claim.quantity for claim in claims))
        self.assertEqual(shares.keys(), {claim.key for claim in claims})
        self.assertLessEqual(total, wanted)
        self.assertLess(wanted - total, step, 'Less than a step is left.')
        for claim in claims:
            got = shares[claim.key]
            self.assertGreaterEqual(min(got), 0)
            self.assertLessEqual(got.quantity, claim.quantity)
            self.assertTrue(got.quantity % step == 0 or got.quantity == claim.quantity, 'Whole steps, or all of it.')

    @given(QUANTITIES | st.integers(0, 400).map(Decimal), some_claims(), STEPS)
    @CALM
    def test_as_the_slow_way_says(self, available, claims, step):
        exact, shares = pour(available, claims), share(available, claims, step)
        unfilled = {claim.key for claim in claims if claim.weight and exact[claim.key] < claim.quantity}
        for claim in claims:
            if unfilled and not claim.weight:
                self.assertEqual(exact[claim.key], 0)
                continue
            full = exact[claim.key] == claim.quantity
            expected = claim.quantity if full else exact[claim.key] // Fraction(step) * step
            self.assertEqual(shares[claim.key].by_weight, expected)
            if all(any_claim.quantity % step == 0 for any_claim in claims):
                self.assertLessEqual(shares[claim.key].first_come, step, 'One step each.')

    @given(QUANTITIES, some_claims(), STEPS, st.randoms(use_true_random=False))
    @CALM
    def test_order_of_the_claims_makes_no_difference(self, available, claims, step, random):
        mixed = random.sample(claims, len(claims))
        self.assertEqual(share(available, claims, step), share(available, mixed, step))

    @given(
        QUANTITIES,
        some_claims(quantities=st.sampled_from([Decimal(7), Decimal('7.5'), Decimal(30)])),
        STEPS,
    )
    @CALM
    def test_higher_weight_never_gets_less(self, available, claims, step):
        shares = share(available, claims, step)
        for one in claims:
            for other in claims:
                if one.quantity == other.quantity and one.weight > other.weight:
                    self.assertGreaterEqual(shares[one.key].quantity, shares[other.key].quantity)

    @given(QUANTITIES, some_claims(weights=st.just(Decimal(1)), quantities=st.just(Decimal(10))), STEPS)
    @CALM
    def test_equals_are_served_as_they_came(self, available, claims, step):
        shares = share(available, claims, step)
        quantities = [shares[claim.key].quantity for claim in sorted(claims, key=lambda claim: claim.rank)]
        self.assertEqual(quantities, sorted(quantities, reverse=True))

    @given(some_claims(), STEPS, QUANTITIES)
    @CALM
    def test_enough_fills_all(self, claims, step, more):
        enough = sum((claim.quantity for claim in claims), more)
        shares = share(enough, claims, step)
        for claim in claims:
            self.assertEqual(shares[claim.key], (claim.quantity, 0))

    def test_figures(self):
        """As the users' chapter has them."""
        claims = [
            Claim('core', Decimal(50), Decimal(3), 3),
            Claim('senior', Decimal(50), Decimal(2), 2),
            Claim('ordinary', Decimal(40), Decimal(1), 1),
            Claim('last', Decimal(20), Decimal(0), 0),
        ]
        self.assertEqual(
            share(Decimal(100), claims, Decimal(1)),
            {'core': (50, 0), 'senior': (35, 0), 'ordinary': (14, 1), 'last': (0, 0)},
        )
        self.assertEqual(share(Decimal(155), claims, Decimal(1))['last'], (15, 0))
        self.assertEqual(share(Decimal(-5), claims, Decimal(1))['core'], (0, 0))
        self.assertEqual(share(Decimal(5), [], Decimal(1)), {})

    def test_sentences(self):
        good = Claim('a', Decimal(1), Decimal(1), 1)
        for available, claims, step, sentence in (
            (Decimal(1), [good], Decimal(0), 'step is more than 0'),
            (Decimal('NaN'), [good], Decimal(1), 'finite decimal'),
            (1.5, [good], Decimal(1), 'finite decimal'),
            (Decimal(1), [good._replace(quantity=Decimal(-1))], Decimal(1), 'negative quantity'),
            (Decimal(1), [good._replace(weight=Decimal(-1))], Decimal(1), 'negative weight'),
            (Decimal(1), [good, good._replace(rank=2)], Decimal(1), 'key of its own'),
            (Decimal(1), [good, good._replace(key='b')], Decimal(1), 'rank of its own'),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(ValueError, sentence):
                share(available, claims, step)
