from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .complaint_common import ComplaintCase

# Answered on a Tuesday morning in Shanghai, on a Monday evening in UTC.
ANSWERED = datetime(2026, 3, 2, 23, 0)


@tagged('post_install', '-at_install')
class TestComplaintSilence(ComplaintCase):
    """Who neither confirms nor comes back agrees, and is told before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealer.tz = 'Asia/Shanghai'
        cls.plain_type.silence_days = 14
        cls.env['dealer.complaint'].search([('state', '=', 'answered')]).sudo().write(
            {'date_answered': fields.Datetime.now()}
        )

    def answer(self, **vals):
        complaint = self.make_complaint(
            **{'answer': '<p>No.</p>', 'user_id': self.users['complaint'].id, 'date_received': ANSWERED, **vals}
        )
        with freeze_time(ANSWERED):
            complaint.action_answer()
        return complaint

    def run_job(self, local_day, hour=9):
        """Run it at that hour in Shanghai."""
        moment = datetime.combine(fields.Date.to_date(local_day), datetime.min.time()) + timedelta(hours=hour - 8)
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_complaint_silence').method_direct_trigger()

    def get_told(self, complaint):
        return complaint.message_ids.filtered(lambda message: message.message_type == 'auto_comment')

    def count_told(self, complaint):
        return len(self.get_told(complaint))

    def test_warned_once_and_closed(self):
        complaint = self.answer()
        # Answered on 3 March where the dealer is: it may speak until the 17th.
        self.run_job('2026-03-14', hour=23)
        self.assertFalse(complaint.date_silence_warned)
        for _twice in range(2):
            self.run_job('2026-03-15')
            self.assertEqual((complaint.state, self.count_told(complaint)), ('answered', 1))
        warning = self.get_told(complaint)
        self.assertIn('03/17/2026', warning.body)
        self.assertIn(self.contact, warning.notified_partner_ids)
        self.run_job('2026-03-17', hour=23)
        self.assertEqual(complaint.state, 'answered', 'The last day is its own.')
        for _twice in range(2):
            self.run_job('2026-03-18', hour=0)
            self.assertEqual((complaint.state, complaint.closed_by_silence), ('closed', True))
            self.assertEqual(self.count_told(complaint), 2)
        self.assertIn(self.contact, self.get_told(complaint)[0].notified_partner_ids)

    def test_counted_from_the_dealers_word(self):
        complaint = self.answer()
        self.run_job('2026-03-16')
        with freeze_time('2026-03-16 04:00:00'):
            complaint.message_post(
                body='Wait', author_id=self.contact.id, message_type='comment', subtype_xmlid='mail.mt_comment'
            )
        self.run_job('2026-03-25')
        self.assertEqual((complaint.state, self.count_told(complaint)), ('answered', 1))
        self.run_job('2026-03-28')
        self.assertEqual(self.count_told(complaint), 2, 'Told anew.')
        self.run_job('2026-03-31')
        self.assertEqual(complaint.state, 'closed')

    def test_job_that_did_not_run_leaves_the_dealer_its_days(self):
        complaint = self.answer()
        self.run_job('2026-05-01')
        self.assertEqual((complaint.state, self.count_told(complaint)), ('answered', 1))
        self.run_job('2026-05-03')
        self.assertEqual(complaint.state, 'answered')
        self.run_job('2026-05-04')
        self.assertEqual(complaint.state, 'closed')

    def test_never(self):
        self.plain_type.silence_days = 0
        complaint = self.answer()
        self.run_job('2026-12-31')
        self.assertEqual((complaint.state, self.count_told(complaint)), ('answered', 0))

    def test_without_its_cause_it_is_not_closed(self):
        self.plain_type.needs_cause = True
        complaint, fine = self.answer(), self.answer()
        fine.cause_id = self.env.ref('dealer_management.complaint_cause_none')
        self.run_job('2026-03-15')
        for _twice in range(2):
            self.run_job('2026-03-18')
        self.assertEqual((complaint.state, fine.state), ('answered', 'closed'))
        todo = complaint.activity_ids
        self.assertEqual(len(todo), 1)
        self.assertEqual(todo.user_id, self.users['complaint'])
        self.assertIn('root cause', todo.note)
        self.assertEqual(self.count_told(complaint), 1, 'The dealer is not told that it is closed.')

    def test_reopened_in_the_meantime(self):
        complaint = self.answer()
        self.run_job('2026-03-15')
        complaint.action_reopen('Still broken')
        self.run_job('2026-03-18')
        self.assertEqual(complaint.state, 'analysed')

    def test_told_in_the_dealers_language(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.contact.lang = 'zh_CN'
        complaint = self.answer()
        self.run_job('2026-03-15')
        self.assertIn('2026', self.get_told(complaint).body)
        self.assertNotIn('03/17/2026', self.get_told(complaint).body, 'Dates as the dealer reads them.')

    def test_reads_what_is_due_by_an_index(self):
        domain = self.env['dealer.complaint']._get_silence_domain(fields.Datetime.now())
        query = self.env['dealer.complaint'].sudo()._search(domain)
        self.env.cr.execute('SET LOCAL enable_seqscan = off')
        plan = '\n'.join(row[0] for row in self.env.execute_query(type(query.select())('EXPLAIN %s', query.select())))
        self.assertIn('dealer_complaint_silence_idx', plan)
