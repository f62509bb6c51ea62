from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .outcome_common import OutcomeMixin


@tagged('post_install', '-at_install')
class TestComplaintStaffTours(OutcomeMixin, HttpCase):
    """What our own people do with complaints, in the web client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpOutcomes()
        # Its own duties, and its messages, are others' tests.
        cls.complaint, cls.again = cls.env['dealer.complaint'].create(
            [
                cls.complaint_vals(title=title, product_id=cls.valve.id, lot_name='L1', user_id=cls.staff.id, **vals)
                for title, vals in (
                    ('Tour: boxes crushed', {'quantity': 2, 'quantity_kind': 'broken'}),
                    ('Tour: told again', {}),
                )
            ]
        )

    def test_agent_answers_and_refunds(self):
        _order, _delivery, invoice = self.sell()
        complaint = self.complaint
        complaint.move_id = invoice
        self.start_tour('/odoo/complaints', 'complaint_staff_tour', login='test_complaint')
        self.assertEqual(complaint.state, 'answered')
        self.assertTrue(complaint.date_acknowledged and complaint.date_first_reply)
        self.assertIn('new boxes', complaint.answer)
        note = complaint.message_ids.filtered(lambda message: 'for us only' in message.body)
        self.assertEqual(note.subtype_id, self.env.ref('mail.mt_note'))
        self.assertFalse(note.partner_ids)
        outcome = complaint.outcome_ids
        self.assertEqual(
            (outcome.kind, outcome.state, outcome.invoice_line_id), ('refund', 'made', invoice.invoice_line_ids)
        )
        credit = outcome.credit_note_id
        self.assertEqual((credit.reversed_entry_id, credit.state), (invoice, 'draft'))
        # Two at 100 less 10 %, and the taxes of 13 %.
        self.assertEqual((credit.amount_untaxed, credit.amount_total), (180, 203.4))

    def test_agent_merges(self):
        self.start_tour('/odoo/complaints', 'complaint_merge_tour', login='test_complaint')
        self.assertEqual(self.again.merged_into_id, self.complaint)

    def test_agent_splits(self):
        self.start_tour('/odoo/complaints', 'complaint_split_tour', login='test_complaint')
        part = self.complaint.split_ids
        self.assertEqual((part.title, part.product_id, part.quantity), ('Tour: one tap leaks', self.valve, 1))

    def test_agent_sees_deadlines_on_their_day(self):
        # The browser is where the server is; in the middle of a week, for a bar may go on in the next line.
        today = self.company._get_dealer_date()
        wednesday = today - timedelta(days=today.weekday() - 2)
        self.complaint.next_due = fields.Datetime.to_datetime(wednesday) + timedelta(hours=23, minutes=59, seconds=59)
        self.start_tour('/odoo/complaints', 'complaint_calendar_tour', login='test_complaint')

    def test_manager_reads_the_monday_page(self):
        today = self.company._get_dealer_date()
        thursday = today - timedelta(days=today.weekday() + 4)
        self.complaint.date_received = fields.Datetime.to_datetime(thursday) + timedelta(hours=4)
        self.start_tour('/odoo/complaint-week', 'complaint_week_tour', login='test_manager')
