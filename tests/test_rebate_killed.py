import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import BaseCase, get_db_name, tagged

from .race import RaceWorldMixin

CHILD = Path(__file__).with_name('posting_child.py')
BATCH, STATEMENTS, KILLS = 3, 36, 50


@tagged('post_install', '-at_install')
class TestRebateKilled(RaceWorldMixin, BaseCase):
    """The job is killed at any moment and started again, or runs twice at once: each cent is paid once."""

    def make_world(self, env):
        self.runs = []
        company = env.company
        self.product = env['product.product'].create({'name': 'Killed', 'type': 'service', 'taxes_id': False}).id
        self.dealers = (
            env['res.partner']
            .create([{'name': f'Killed {number}', 'is_dealer': True} for number in range(STATEMENTS)])
            .ids
        )
        self.company_id = company.id
        self.make_settlement(env)

    def make_settlement(self, env):
        """A run that is being posted, of odd amounts; the first statement pays nothing."""
        program = env['dealer.rebate.program'].create(
            {
                'title': 'Killed',
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                'product_id': self.product,
                'state': 'open',
                'approver_id': env.uid,
                'requester_id': False,
                'band_ids': [Command.create({'threshold': 0, 'rate': 1})],
            }
        )
        run = env['dealer.rebate.run'].create(
            {
                'program_id': program.id,
                'period_to': '2026-03-31',
                'date': '2026-04-10',
                'state': 'posting',
                'posted_by_id': env.uid,
            }
        )
        env['dealer.rebate.payout'].create(
            [
                {
                    'name': f'KILLED-{run.id}-{number}',
                    'run_id': run.id,
                    'program_id': program.id,
                    'company_id': self.company_id,
                    'dealer_id': dealer,
                    'delta': 0.37 * number,
                    'due': 0.37 * number,
                    'paid': 0.37 * number,
                    'pay_amount': 0.37 * number,
                    'pay_currency_id': program.currency_id.id,
                    'state': 'confirmed',
                }
                for number, dealer in enumerate(self.dealers)
            ]
        )
        self.runs.append(run.id)

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            runs = env['dealer.rebate.run'].browse(self.runs)
            moves, programs = runs.payout_ids.move_id, runs.program_id
            runs.payout_ids.write({'move_id': False})
            runs.write({'state': 'draft'})
            runs.unlink()
            moves.button_draft()
            moves.unlink()
            programs.write({'state': 'draft'})
            programs.unlink()
            env['product.product'].browse(self.product).product_tmpl_id.unlink()
            env['res.partner'].browse(self.dealers).unlink()

    def setUp(self):
        super().setUp()
        self.child = subprocess.Popen(
            [sys.executable, str(CHILD), get_db_name(), str(BATCH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.end_child)
        self.assertEqual(self.child.stdout.readline(), 'ready\n')

    def end_child(self):
        self.child.stdin.close()
        self.child.wait(30)
        self.child.stdout.close()

    def command(self, text):
        """The exit codes of the jobs that were started."""
        self.child.stdin.write(f'{text}\n')
        self.child.stdin.flush()
        return [int(code) for code in self.child.stdout.readline().split()]

    def is_done(self):
        with self.registry.cursor() as cr:
            runs = api.Environment(cr, SUPERUSER_ID, {})['dealer.rebate.run'].browse(self.runs)
            return set(runs.mapped('state')) == {'done'}

    def finish(self, jobs):
        """Start the job again until nothing is left; a killed one's locks may take a moment to go."""
        for _again in range(20):
            self.assertEqual(set(self.command(f'post {jobs}')), {0})
            if self.is_done():
                return
            time.sleep(0.2)
        self.fail('The settlement was not posted to the end.')

    def check_ledger(self):
        """Each statement has one document of its amount; the ledger holds these, and nothing else."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            runs = env['dealer.rebate.run'].browse(self.runs)
            payouts = runs.payout_ids
            self.assertEqual(set(payouts.mapped('state')), {'posted'})
            paid = payouts.filtered('paid')
            self.assertEqual(len(paid), (STATEMENTS - 1) * len(runs))
            moves = env['account.move'].search([('partner_id', 'in', self.dealers)])
            self.assertEqual(moves, moves & paid.move_id, 'No document of a batch that was killed is left.')
            self.assertEqual(sorted(moves.mapped('ref')), sorted(paid.mapped('name')))
            self.assertEqual(set(moves.mapped('state')), {'posted'})
            for payout in paid:
                self.assertEqual(payout.move_id.amount_untaxed, payout.paid)
            lines = env['account.move.line'].search([('rebate_program_id', 'in', runs.program_id.ids)])
            cents = sum(37 * number for number in range(STATEMENTS)) * len(runs)
            self.assertEqual(sum(round(line.balance * 100) for line in lines), cents)

    def test_killed_at_any_moment(self):
        start = time.monotonic()
        self.finish(jobs=1)
        # As long as a few batches take on this machine.
        longest = (time.monotonic() - start) / 6
        chance, killed, at_work = random.Random(20260410), 0, 0
        while killed < KILLS:
            if self.is_done():
                with self.registry.cursor() as cr:
                    self.make_settlement(api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True}))
            before = self.count_posted()
            [code] = self.command(f'kill {chance.uniform(0, longest):.4f}')
            killed += code == -signal.SIGKILL
            at_work += self.count_posted() > before
        self.assertGreater(at_work, 5, 'Some were killed after their first batch, not before all work.')
        self.finish(jobs=1)
        self.check_ledger()

    def count_posted(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env['dealer.rebate.payout'].search_count([('run_id', 'in', self.runs), ('state', '=', 'posted')])

    def test_two_at_once(self):
        self.finish(jobs=2)
        self.check_ledger()
