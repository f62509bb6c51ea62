import random
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools.wallet import Credit, give_up, take

CENT = Decimal('0.01')


@tagged('post_install', '-at_install')
class TestWalletTool(BaseCase):
    """What an order takes out of which credit: by hand, and for made-up wallets."""

    def credits(self, *credits):
        return [
            Credit(key, program, Decimal(left), Decimal(share))
            for key, (program, left, share) in enumerate(credits, start=1)
        ]

    def test_in_their_order(self):
        credits = self.credits(('A', 100, 100), ('A', 100, 100))
        self.assertEqual(take(Decimal(150), Decimal(1000), credits, CENT), {1: 100, 2: 50})
        self.assertEqual(take(Decimal(150), Decimal(120), credits, CENT), {1: 100, 2: 20})
        self.assertEqual(take(Decimal(0), Decimal(120), credits, CENT), {})
        self.assertEqual(take(Decimal(5), Decimal(-120), credits, CENT), {})

    def test_shares_of_programs(self):
        credits = self.credits(('A', 300, 10), ('A', 300, 10), ('B', 9000, 50))
        self.assertEqual(take(Decimal(9000), Decimal(5000), credits, CENT), {1: 300, 2: 200, 3: 2500})
        self.assertEqual(take(Decimal(9000), Decimal('0.07'), self.credits(('A', 9, '33.33')), CENT), {1: CENT * 2})
        self.assertEqual(give_up(Decimal(700), credits), {1: 300, 2: 300, 3: 100})

    def test_made_up_wallets(self):
        chance = random.Random(7)
        for _number in range(3000):
            credits = [
                Credit(
                    key,
                    chance.choice('ABC'),
                    chance.randrange(0, 100000) * CENT,
                    Decimal(chance.randrange(1, 10001)) / 100,
                )
                for key in range(chance.randrange(6))
            ]
            wanted, base = (chance.randrange(0, 300000) * CENT for _side in range(2))
            taken = take(wanted, base, credits, CENT)
            total = sum(taken.values())
            self.assertLessEqual(total, min(wanted, base))
            by_key = {credit.key: credit for credit in credits}
            for key, amount in taken.items():
                self.assertTrue(0 < amount <= by_key[key].left and amount % CENT == 0)
            for program in 'ABC':
                own = [credit for credit in credits if credit.program == program and credit.key in taken]
                paid = sum(taken[credit.key] for credit in own)
                self.assertLessEqual(paid, max((base * credit.share / 100 for credit in own), default=0))
            if total < min(wanted, base):
                # Nothing that could be taken is left: it stands at its own, or its program's, limit.
                for credit in credits:
                    paid = sum(taken.get(other.key, 0) for other in credits if other.program == credit.program)
                    full = taken.get(credit.key, 0) == credit.left
                    self.assertTrue(full or paid > base * credit.share / 100 - CENT)
