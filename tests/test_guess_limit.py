from odoo.tests import BaseCase, tagged

from ..tools.guess_limit import GuessLimit, get_visitor


@tagged('post_install', '-at_install')
class TestGuessLimit(BaseCase):
    """Who guesses too often waits; nobody else does, and the memory stays small."""

    def setUp(self):
        super().setUp()
        self.now = 1000.0
        self.limit = GuessLimit(most=3, seconds=60, visitors=5, clock=lambda: self.now)

    def test_waits_after_so_many(self):
        reached = [self.limit.count('a') for _guess in range(4)]
        self.assertEqual(reached, [False, False, True, False], 'It is told once.')
        self.assertEqual(self.limit.get_wait('a'), 60)
        self.assertEqual(self.limit.get_wait('b'), 0, 'Nobody waits for what another did.')
        self.now += 59.5
        self.assertEqual(self.limit.get_wait('a'), 1)
        self.now += 0.5
        self.assertEqual(self.limit.get_wait('a'), 0)
        self.assertFalse(self.limit.count('a'), 'It begins anew.')
        self.assertEqual(self.limit.get_wait('a'), 0)

    def test_slow_mistakes_do_not_add_up(self):
        for _day in range(20):
            self.limit.count('a')
            self.limit.count('a')
            self.now += 61
            self.assertEqual(self.limit.get_wait('a'), 0)

    def test_remembers_so_many_visitors(self):
        for number in range(1000):
            self.limit.count(f'visitor {number}')
            self.limit.count('a')
        self.assertEqual(len(self.limit), 5)
        self.assertGreater(self.limit.get_wait('a'), 0, 'Who guesses on is not forgotten for others.')

    def test_visitors(self):
        for address, visitor in (
            ('8.8.4.4', '8.8.4.4'),
            ('::ffff:8.8.4.4', '8.8.4.4'),
            ('2400:3200:1:2:3:4:5:6', '2400:3200:1:2::/64'),
            ('2400:3200:1:2::9', '2400:3200:1:2::/64'),
            ('127.0.0.1', None),
            ('192.168.1.7', None),
            ('::1', None),
            ('fd00::7', None),
            ('unknown', None),
            ('8.8.4.4:4711', None),
            ('', None),
            (None, None),
        ):
            with self.subTest(address):
                self.assertEqual(get_visitor(address), visitor)
        for _guess in range(10):
            self.assertFalse(self.limit.count(None))
        self.assertEqual((self.limit.get_wait(None), len(self.limit)), (0, 0))
