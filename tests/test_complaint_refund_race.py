from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL, mute_logger

from .race import RaceWorldMixin

RACES = 5


@tagged('post_install', '-at_install')
class TestComplaintRefundRace(RaceWorldMixin, BaseCase):
    """Two that credit the same invoice line, or make the same outcome, at once: never more than was invoiced."""

    def make_world(self, env):
        account, receivable = env['account.account'].create(
            [
                {'name': 'Race Sales', 'code': 'RACE3', 'account_type': 'income'},
                {'name': 'Race Debts', 'code': 'RACE4', 'account_type': 'asset_receivable', 'reconcile': True},
            ]
        )
        journal = env['account.journal'].create(
            {'name': 'Race Sales', 'code': 'RACES', 'type': 'sale', 'default_account_id': account.id}
        )
        product = env['product.product'].create({'name': 'Race', 'type': 'consu', 'taxes_id': False})
        dealer = env['res.partner'].create(
            {
                'name': 'Refund race',
                'is_company': True,
                'is_dealer': True,
                'property_account_receivable_id': receivable.id,
            }
        )
        invoice = env['account.move'].create(
            {
                'move_type': 'out_invoice',
                'partner_id': dealer.id,
                'journal_id': journal.id,
                'invoice_date': '2026-01-10',
                'invoice_line_ids': [
                    Command.create({'product_id': product.id, 'quantity': 10, 'price_unit': 10, 'tax_ids': False})
                ],
            }
        )
        invoice.action_post()
        complaint_type = env['dealer.complaint.type'].create({'name': 'Race', 'code': 'refund_race'})
        complaint = env['dealer.complaint'].create(
            {
                'title': 'Race',
                'dealer_id': dealer.id,
                'type_id': complaint_type.id,
                'move_id': invoice.id,
                'product_id': product.id,
                'quantity': 6,
            }
        )
        complaint.deadline_ids.unlink()
        outcomes = env['dealer.complaint.outcome'].create(
            [{'complaint_id': complaint.id, 'kind': 'refund'} for _outcome in range(2)]
        )
        deadline = env['dealer.deadline'].create(
            {
                'complaint_id': complaint.id,
                'kind': 'resolve',
                'party': 'us',
                'clock': 'calendar',
                'unit': 'hours',
                'credit_amount': 5,
                'currency_id': env.company.currency_id.id,
                'is_breached': True,
            }
        )
        self.line, self.outcomes, self.complaint = invoice.invoice_line_ids.id, outcomes.ids, complaint.id
        self.deadline, self.type = deadline.id, complaint_type.id
        self.journal, self.accounts = journal.id, (account | receivable).ids
        self.dealer, self.product = dealer.id, product.id

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            self.clear(env)
            # A complaint is kept on record by all other means.
            for table in ('dealer_complaint_outcome', 'dealer_deadline'):
                cr.execute(SQL('DELETE FROM %s WHERE complaint_id = %s', SQL.identifier(table), self.complaint))
            cr.execute('DELETE FROM dealer_complaint WHERE id = %s', [self.complaint])
            env.invalidate_all()
            env['dealer.complaint.type'].browse(self.type).unlink()
            invoice = env['account.move'].search([('journal_id', '=', self.journal)])
            invoice.button_draft()
            invoice.with_context(force_delete=True).unlink()
            env['product.product'].browse(self.product).product_tmpl_id.unlink()
            env['res.partner'].browse(self.dealer).unlink()
            env['account.journal'].browse(self.journal).unlink()
            env['account.account'].browse(self.accounts).unlink()

    def clear(self, env):
        """Take back what was credited."""
        notes = env['account.move'].search([('partner_id', '=', self.dealer), ('move_type', '=', 'out_refund')])
        notes.filtered(lambda note: note.state == 'posted').button_draft()
        notes.with_context(force_delete=True).unlink()
        env.flush_all()
        env.cr.execute('DELETE FROM dealer_complaint_outcome WHERE deadline_id = %s', [self.deadline])
        env.cr.execute("UPDATE dealer_complaint_outcome SET state = 'draft' WHERE complaint_id = %s", [self.complaint])
        env.invalidate_all()

    def make(self, number):
        return lambda env: env['dealer.complaint.outcome'].browse(self.outcomes[number]).action_make()

    def look(self, function):
        with self.registry.cursor() as cr:
            return function(api.Environment(cr, SUPERUSER_ID, {}))

    def count_notes(self, env):
        return env['account.move'].search_count([('partner_id', '=', self.dealer), ('move_type', '=', 'out_refund')])

    @mute_logger('odoo.sql_db')
    def test_two_refunds_of_one_line(self):
        """Six and six of ten: one of them is refused, whoever comes first."""
        for attempt in range(RACES):
            with self.subTest(attempt):
                ended = self.race(self.make(0), self.make(1), head_start=0.02 * (attempt % 2))
                self.assertEqual([bool(error) for error in sorted(ended, key=bool)], [False, True], ended)
                self.assertIsInstance(max(ended, key=bool), UserError)
                left = self.look(lambda env: env['account.move.line'].browse(self.line)._get_credit_left())
                self.assertEqual([(one.quantity, one.amount) for one in left.values()], [(4, 40)])
                self.look(self.clear)

    @mute_logger('odoo.sql_db')
    def test_one_outcome_twice(self):
        for attempt in range(RACES):
            with self.subTest(attempt):
                self.assertEqual(self.race(self.make(0), self.make(0)), [None, None])
                self.assertEqual(self.look(self.count_notes), 1)
                self.look(self.clear)

    @mute_logger('odoo.sql_db')
    def test_one_deadline_twice(self):
        def credit(env):
            env['dealer.deadline'].browse(self.deadline)._compensate()

        for attempt in range(RACES):
            with self.subTest(attempt):
                self.assertEqual(self.race(credit, credit), [None, None])
                self.assertEqual(self.look(self.count_notes), 1)
                self.look(self.clear)
