from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .complaint_common import ComplaintMixin


@tagged('post_install', '-at_install')
class TestComplaintApi(ComplaintMixin, HttpCase):
    """Other systems: every step over JSON-2, by its rules and rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpComplaints()

    def setUp(self):
        super().setUp()
        self.keys = {}

    def call(self, method, user='complaint', expected=200, model='dealer.complaint', **values):
        if user not in self.keys:
            keys = self.env['res.users.apikeys'].with_user(self.users[user])
            self.keys[user] = keys._generate('rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        with mute_logger('odoo.http', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule'):
            response = self.url_open(
                f'/json/2/{model}/{method}', json=values, headers={'Authorization': f'bearer {self.keys[user]}'}
            )
        self.assertEqual(response.status_code, expected, response.text[:500])
        self.env.invalidate_all()
        return response.json()

    def report(self, **values):
        [complaint_id] = self.call(
            'create',
            vals_list=[
                {'title': 'Wet boxes', 'dealer_id': self.dealer.id, 'type_id': self.plain_type.id, **values},
            ],
        )
        return self.env['dealer.complaint'].browse(complaint_id)

    def test_way_to_the_end(self):
        complaint = self.report(source='import')
        self.assertEqual((complaint.state, complaint.source), ('received', 'import'))
        ids = complaint.ids
        self.call('action_acknowledge', ids=ids)
        self.assertTrue(complaint.date_acknowledged)
        self.call('action_submit_form', ids=ids)
        self.assertTrue(complaint.date_form)
        self.call('action_wait', ids=ids, question='Which lot?')
        self.assertTrue(complaint.waiting_since)
        self.call('action_resume', ids=ids)
        self.assertFalse(complaint.waiting_since)
        for method, state in (('action_analyse', 'analysed'), ('action_solve', 'solved')):
            for _twice in range(2):
                self.call(method, ids=ids)
            self.assertEqual(complaint.state, state)
        self.assertIn('write the answer', self.call('action_answer', ids=ids, expected=422)['message'])
        self.call('write', ids=ids, vals={'answer': '<p>New ones are on their way.</p>'})
        self.call('action_answer', ids=ids)
        self.assertEqual(complaint.state, 'answered')
        self.assertIn('give a reason', self.call('action_reopen', ids=ids, expected=422)['message'])
        self.call('action_reopen', ids=ids, reason='Still broken')
        self.assertEqual((complaint.state, complaint.reopen_count), ('analysed', 1))
        for method, state in (
            ('action_answer', 'answered'),
            ('action_confirm', 'confirmed'),
            ('action_close', 'closed'),
        ):
            for _twice in range(2):
                self.call(method, ids=ids)
            self.assertEqual(complaint.state, state)

    def test_withdrawn(self):
        complaint = self.report()
        self.call('action_cancel', ids=complaint.ids, reason='A mistake')
        self.assertEqual((complaint.state, complaint.withdrawal_reason), ('cancelled', 'A mistake'))

    def test_nothing_is_forged(self):
        complaint = self.report(state='closed', date_closed='2026-01-01 00:00:00', past_date_closed=False)
        self.assertEqual((complaint.state, complaint.date_closed), ('received', False))
        message = self.call('write', ids=complaint.ids, vals={'date_silence_warned': False}, expected=422)['message']
        self.assertIn('by the steps', message)

    def test_only_those_who_may(self):
        complaint = self.report()
        for user in ('auditor', 'accountant', 'salesman', 'employee'):
            with self.subTest(user):
                for method in ('action_acknowledge', 'action_analyse'):
                    self.call(method, user=user, ids=complaint.ids, expected=403)
        self.assertFalse(complaint.date_acknowledged)

    def test_steps_of_our_own_are_not_called(self):
        complaint = self.report()
        for method in ('_cron_follow_silence', '_remind', '_tell_dealer'):
            with self.subTest(method):
                self.call(method, ids=complaint.ids, expected=403)
