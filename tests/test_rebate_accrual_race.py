from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .race import RaceWorldMixin

RACES = 10
DAY = date(2026, 1, 31)


@tagged('post_install', '-at_install')
class TestAccrualRace(RaceWorldMixin, BaseCase):
    """Two that prepare, book or release at once: the ledger comes to what is expected, once."""

    def setUp(self):
        super().setUp()
        # What was sold is not raced for.
        self.expected = Decimal(0)
        programs = self.registry['dealer.rebate.program']
        patcher = patch.object(programs, '_read_unsettled', lambda *_args: {self.dealer: self.expected})
        patcher.start()
        self.addCleanup(patcher.stop)

    def make_world(self, env):
        people = [new_test_user(env, f'accrual_race_{name}', 'base.group_user') for name in ('author', 'approver')]
        self.users = [user.id for user in people]
        expense, accrued = env['account.account'].create(
            [
                {'name': 'Race Rebates', 'code': 'RACE1', 'account_type': 'income'},
                {'name': 'Race Accrued', 'code': 'RACE2', 'account_type': 'liability_current'},
            ]
        )
        journal = env['account.journal'].create({'name': 'Race', 'code': 'RACEJ', 'type': 'general'})
        program = env['dealer.rebate.program'].create(
            {
                'title': 'Race',
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                'band_ids': [Command.create({'threshold': 1, 'rate': 1})],
                'accrual_expense_account_id': expense.id,
                'accrual_account_id': accrued.id,
                'accrual_journal_id': journal.id,
                'requester_id': people[0].id,
                'approver_id': people[1].id,
                'state': 'open',
            }
        )
        dealer = env['res.partner'].create({'name': 'Accrual race', 'is_dealer': True})
        self.accounts, self.journal, self.program, self.dealer = (
            (expense | accrued).ids,
            journal.id,
            program.id,
            dealer.id,
        )

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            # What is booked is kept on record by all other means.
            for name in ('computation', 'payout', 'run', 'settlement', 'accrual'):
                table = SQL.identifier(f'dealer_rebate_{name}')
                cr.execute(SQL('DELETE FROM %s WHERE program_id = %s', table, self.program))
            moves = env['account.move'].search([('journal_id', '=', self.journal)])
            moves.button_draft()
            moves.with_context(force_delete=True).unlink()
            cr.execute('DELETE FROM dealer_rebate_program WHERE id = %s', [self.program])
            env['account.journal'].browse(self.journal).unlink()
            env['account.account'].browse(self.accounts).unlink()
            env['res.partner'].browse(self.dealer).unlink()
            users = env['res.users'].browse(self.users)
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def prepare(self, env):
        return env['dealer.rebate.program'].browse(self.program)._prepare_accruals(DAY)

    def book(self, env):
        accruals = env['dealer.rebate.accrual'].search([('program_id', '=', self.program), ('state', '=', 'draft')])
        accruals.action_post()

    def look(self):
        """``(what the ledger has accrued, number of entries)``."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            items = env['account.move.line'].search(
                [('account_id', '=', self.accounts[1]), ('parent_state', '=', 'posted')]
            )
            return -sum(items.mapped('balance')), len(items.move_id)

    @mute_logger('odoo.sql_db')
    def test_booked_once(self):
        for number in range(1, RACES + 1):
            self.expected += 1_000
            with self.registry.cursor() as cr:
                self.prepare(api.Environment(cr, SUPERUSER_ID, {}))
            self.assertEqual(self.race(self.book, self.book), [None, None])
            self.assertEqual(self.look(), (number * 1_000, number))

    @mute_logger('odoo.sql_db')
    def test_prepared_and_booked(self):
        """Each prepares and books: one is told that another one is waiting, or finds nothing left to book."""

        def attempt(env):
            self.prepare(env)
            self.book(env)

        for number in range(1, RACES + 1):
            self.expected += 1_000
            self.assertIn(None, self.race(attempt, attempt))
            self.assertEqual(self.look(), (number * 1_000, number))

    @mute_logger('odoo.sql_db')
    def test_booked_and_released(self):
        """A statement that is posted while an accrual is booked: what is left is what is still expected."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.expected = Decimal(1_000)
            self.prepare(env)
            self.book(env)
            payout = self.make_payout(env).id
            # What the statement pays is no longer earned and unsettled; 400 more were sold since.
            self.expected = Decimal(400)
            env['dealer.rebate.payout'].browse(payout).state = 'confirmed'
            self.prepare(env)

        def release(env):
            statement = env['dealer.rebate.payout'].browse(payout)
            statement.state = 'posted'
            statement._release_accruals()

        self.race(self.book, release)
        # Whoever came first: another accrual brings the ledger to what is expected.
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.prepare(env)
            self.book(env)
        self.assertEqual(self.look()[0], 400)

    def make_payout(self, env):
        run = env['dealer.rebate.run'].create(
            {'program_id': self.program, 'period_to': '2026-03-31', 'date': DAY, 'state': 'posting'}
        )
        return env['dealer.rebate.payout'].create(
            {
                'run_id': run.id,
                'program_id': self.program,
                'company_id': run.company_id.id,
                'dealer_id': self.dealer,
                'delta': 1_000,
                'due': 1_000,
                'paid': 1_000,
                'pay_currency_id': run.company_id.currency_id.id,
                'pay_amount': 1_000,
            }
        )
