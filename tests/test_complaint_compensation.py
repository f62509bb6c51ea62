from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .outcome_common import OutcomeCase


@tagged('post_install', '-at_install')
class TestComplaintCompensation(OutcomeCase):
    """Deadlines bind both sides: what we miss is credited once, as the policy states."""

    def make_deadlines(self, *kinds, complaint=None, **vals):
        complaint = complaint or self.make_complaint()
        # Those that the policies in the database may have set.
        complaint.deadline_ids.unlink()
        return self.env['dealer.deadline'].create(
            [
                {
                    'complaint_id': complaint.id,
                    'kind': kind,
                    'party': 'us',
                    'clock': 'calendar',
                    'unit': 'hours',
                    'amount': 24,
                    'credit_amount': 50,
                    'currency_id': self.cny.id,
                    'is_breached': True,
                    **vals,
                }
                for kind in kinds
            ]
        )

    def test_credited(self):
        deadline = self.make_deadlines('first_reply')
        outcome = deadline._compensate()
        note = outcome.credit_note_id
        self.assertEqual((outcome.kind, outcome.state, outcome.deadline_id), ('compensation', 'made', deadline))
        self.assertEqual((note.state, note.move_type, note.partner_id), ('draft', 'out_refund', self.dealer))
        self.assertEqual((note.amount_untaxed, note.currency_id, note.ref), (50, self.cny, deadline.complaint_id.name))
        self.assertIn('First Reply', note.invoice_line_ids.name)
        self.post(outcome)
        self.assertEqual((outcome.state, outcome.cost, deadline.complaint_id.cost), ('done', 50, 50))

    def test_once(self):
        deadlines = self.make_deadlines('first_reply', 'resolve')
        first = deadlines[0]._compensate()
        second = deadlines._compensate()
        self.assertEqual((first.deadline_id, second.deadline_id), (deadlines[0], deadlines[1]))
        self.assertFalse(deadlines._compensate())
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            self.env['dealer.complaint.outcome'].create(deadlines[0]._prepare_compensation_vals())

    def test_credited_though_it_was_withdrawn_by_hand(self):
        deadline = self.make_deadlines('resolve')
        outcome = deadline._compensate()
        outcome.with_user(self.staff).action_cancel_outcome('The dealer waives it')
        self.assertEqual(outcome.credit_note_id.state, 'cancel')
        self.assertFalse(deadline._compensate(), 'What people have decided stays.')

    def test_what_is_not_credited(self):
        for vals in ({'is_breached': False}, {'party': 'dealer'}, {'credit_amount': 0}):
            with self.subTest(vals):
                self.assertFalse(self.make_deadlines('resolve', **vals)._compensate())

    def test_dealer_becomes_known(self):
        complaint = self.env['dealer.complaint'].create(
            {'title': 'From nowhere', 'type_id': self.plain_type.id, 'email_from': 'x@example.com'}
        )
        deadline = self.make_deadlines('first_reply', complaint=complaint)
        self.assertFalse(deadline._compensate())
        complaint.with_user(self.staff).dealer_id = self.dealer
        self.assertEqual(complaint.outcome_ids.deadline_id, deadline)

    def test_killed_halfway(self):
        deadlines = self.make_deadlines('first_reply', 'resolve')
        outcomes = self.env.registry['dealer.complaint.outcome']
        with (
            patch.object(outcomes, '_set_documents', side_effect=RuntimeError),
            self.assertRaises(RuntimeError),
            self.env.cr.savepoint(),
        ):
            deadlines._compensate()
        self.assertFalse(self.env['dealer.complaint.outcome'].search([('deadline_id', 'in', deadlines.ids)]))
        self.assertEqual(len(deadlines._compensate()), 2)

    def test_no_rebate_counts_it(self):
        program = self.make_program(include_services=True, date_from='2026-01-01')
        self.invoice(self.dealer, '2026-11-02', 1000)
        self.post(self.make_deadlines('resolve')._compensate())
        self.assertEqual(self.account(program, number=4).earning.whole, 1000)

    def test_many_at_once(self):
        """What is asked does not grow with the deadlines, apart from the credit notes themselves and their messages."""
        deadlines = self.env['dealer.deadline'].browse()
        for _complaint in range(20):
            deadlines |= self.make_deadlines('resolve')
        outcomes = deadlines._compensate()
        self.assertEqual(len(outcomes.credit_note_id), 20)
        self.assertEqual(set(outcomes.mapped('state')), {'made'})
        self.env.flush_all()
        start = self.cr.sql_log_count
        self.assertFalse(deadlines._compensate())
        self.assertLessEqual(self.cr.sql_log_count - start, 2, 'Nothing is left to do: a lock and a search.')

    def test_currency_and_account(self):
        self.set_rate(self.usd, '2026-01-01', 7)
        self.plain_type.cost_account_id = self.cost_account
        outcome = self.make_deadlines('resolve', currency_id=self.usd.id)._compensate()
        line = outcome.credit_note_id.invoice_line_ids
        self.assertEqual((line.currency_id, line.account_id), (self.usd, self.cost_account))
        self.post(outcome)
        self.assertEqual(outcome.cost, 350)

    def test_by_hand(self):
        outcome = self.make(self.make_complaint(), 'compensation', amount=20)
        self.assertEqual(outcome.credit_note_id.amount_untaxed, 20)
        self.assertEqual(outcome.credit_note_id.invoice_line_ids.product_id, self.company._get_compensation_product())
