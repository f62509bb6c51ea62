from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .rebate_common import RebateCase


@tagged('post_install', '-at_install')
class TestRebateTrial(RebateCase):
    """A draft tried on a past year, against another program, and a hypothetical order: nothing is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.make_dealer('Small')
        for day, dealer, amount in (
            ('2025-02-10', cls.dealer, 310_000),
            ('2025-05-10', cls.dealer, 120_000),
            ('2025-05-11', cls.small, 90_000),
        ):
            cls.invoice(dealer, day, amount)

    def make_trial(self, program, user=None, **vals):
        user = user or self.author
        trial = self.env['dealer.rebate.trial'].with_user(user).create({'program_id': program.id, **vals})
        trial.action_compute()
        return trial

    def test_draft_on_last_year(self):
        draft = self.make_program(state='draft', date_from='2027-01-01', date_to='2027-12-31')
        trial = self.make_trial(draft, date_from='2025-01-01', date_to='2025-12-31')
        self.assertEqual((trial.base, trial.earned, trial.dealer_count), (520_000, 14_800, 1))
        self.assertEqual(trial.line_ids.mapped('dealer_id'), self.dealer | self.small)
        self.assertFalse(draft.settlement_ids)
        self.assertFalse(self.env['account.move'].search([('line_ids.rebate_program_id', '=', draft.id)]))

    def test_winners_and_losers(self):
        draft = self.make_program(state='draft')
        other = self.make_program(((50_000, 3),))
        trial = self.make_trial(draft, date_from='2025-01-01', date_to='2025-12-31', other_id=other.id)
        big = trial.line_ids.filtered(lambda line: line.dealer_id == self.dealer)
        small = trial.line_ids - big
        self.assertEqual((big.earned, big.other_earned, big.difference), (14_800, 12_900, 1_900))
        self.assertEqual((small.earned, small.other_earned, small.difference), (0, 2_700, -2_700))
        self.assertEqual((trial.winner_count, trial.loser_count), (1, 1))

    def test_a_trial_is_the_settlement_of_its_year(self):
        program = self.make_program(date_from='2025-01-01', date_to='2025-12-31')
        trial = self.make_trial(program, date_from='2025-01-01', date_to='2025-12-31')
        run = self.settle(program, 4, post=False)
        self.assertEqual(sum(run.payout_ids.mapped('due')), trial.earned)

    def test_cumulative_counts_once(self):
        draft = self.make_program(state='draft', is_cumulative=True)
        trial = self.make_trial(draft, date_from='2025-01-01', date_to='2025-12-31')
        self.assertEqual((trial.base, trial.earned), (520_000, 17_200))

    def test_one_dealer_today(self):
        program = self.make_program(date_from='2027-01-01', date_to='2027-12-31')
        self.invoice(self.dealer, '2027-01-15', 261_800)
        trial = self.env['dealer.rebate.trial'].with_user(self.author).create({'program_id': program.id})
        trial.dealer_id = self.dealer
        self.assertIn('261,800.00 count so far and earn 5,236.00', trial.what_if)
        trial.amount = 38_200
        self.assertIn('38,200.00 more would bring 6,764.00 more.', trial.what_if)
        self.assertIn('The next band is 38,200.00 away and worth 6,764.00 more.', trial.what_if)

    def test_last_year_is_proposed(self):
        trial = self.env['dealer.rebate.trial'].create({'program_id': self.make_program().id})
        self.assertEqual((str(trial.date_from), str(trial.date_to)), ('2026-01-01', '2026-12-31'))

    def test_reversed_days(self):
        with self.assertRaisesRegex(UserError, 'The last day of the trial is before its first'):
            self.make_trial(self.make_program(), date_from='2025-12-31', date_to='2025-01-01')

    def test_years_that_were_mistyped(self):
        for days in (('2025-01-01', '9999-12-31'), ('0025-01-01', '2025-12-31')):
            with self.assertRaisesRegex(UserError, 'in the years from 1900 to 2100'):
                self.make_trial(self.make_program(), date_from=days[0], date_to=days[1])

    def test_sales_that_nobody_makes(self):
        program = self.make_program(date_from='2027-01-01', date_to='2027-12-31')
        trial = self.env['dealer.rebate.trial'].with_user(self.author).create({'program_id': program.id})
        trial.dealer_id = self.dealer
        for amount in (1e300, -1e300, 1e12, float('nan'), float('inf')):
            for step in (trial.write, lambda vals: trial.create({'program_id': program.id, **vals})):
                with self.subTest(amount), self.assertRaisesRegex(UserError, 'less than 1,000,000,000,000'):
                    step({'amount': amount})
        typed = trial.new({'program_id': program.id, 'dealer_id': self.dealer.id, 'amount': 1e300})
        with self.assertRaisesRegex(UserError, 'less than 1,000,000,000,000'):
            typed._compute_what_if()
        trial.amount = 999_999_999_999
        self.assertIn('999,999,999,999.00 more would bring', trial.what_if)

    def test_own_staff_do_not_learn_of_others(self):
        with self.assertRaises(AccessError):
            self.make_trial(self.make_program(), user=self.users['staff_own'])
        trial = self.make_trial(self.make_program(), date_from='2025-01-01', date_to='2025-12-31')
        with self.assertRaises(AccessError):
            trial.with_user(self.approver).line_ids.read(['earned'])
