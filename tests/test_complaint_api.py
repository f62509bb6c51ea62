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

    def test_a_context_from_outside_hides_no_reply(self):
        """What our people answer is a reply, whatever their client says of it."""
        complaint = self.report()
        self.call(
            'message_post',
            ids=complaint.ids,
            body='We look at it.',
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            context={'complaint_opening': True},
        )
        self.assertTrue(complaint.date_first_reply)

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

    def test_nonsense_is_answered_by_a_sentence(self):
        complaint, other = self.report(), self.report(quantity=3)
        week = {'model': 'dealer.complaint.week'}
        ids = complaint.ids
        for method, name, values, pattern in (
            ('action_split', 'parts', (None, 'x', {'title': 'Part'}, [1]), 'as a list'),
            ('action_split', 'parts', ([], [{}], [{'title': 5}], [{'title': ' '}]), 'each part a subject'),
            (
                'action_split',
                'parts',
                [
                    [{'title': 'Part', **vals}]
                    for vals in (
                        {'type_id': 'x'},
                        {'type_id': [1]},
                        {'type_id': 10**9},
                        {'product_id': 10**9},
                        {'quantity': 'many'},
                        {'quantity': -2},
                        {'quantity_kind': 'lost'},
                        {'lot_name': 7},
                    )
                ],
                'The part "Part": .+ cannot be its',
            ),
            ('action_merge_into', 'target_id', (None, 0, 'x', [other.id], {}, True, 1.5), 'which complaint is to stay'),
            ('action_wait', 'question', (None, 5, ['x'], True), 'give a reason'),
            ('action_reopen', 'reason', (None, 5, ['x'], True), 'give a reason'),
            ('action_cancel', 'reason', (None, 5, ['x'], True), 'give a reason'),
            ('get_week', 'day', (5, ['x'], 'Monday'), 'is no day'),
        ):
            of_what = week if method == 'get_week' else {'ids': ids}
            for value in values:
                with self.subTest(method, value=value):
                    answer = self.call(method, **of_what, **{name: value}, expected=422)
                    self.assertRegex(answer['message'], pattern)
        for method in ('action_split', 'action_merge_into'):
            self.assertIn('missing', self.call(method, ids=ids, expected=422)['message'])
        self.assertIn(
            'one of the stages', self.call('write', ids=ids, vals={'stage_id': False}, expected=422)['message']
        )
        self.assertEqual((complaint.state, complaint.waiting_since, complaint.split_ids.ids), ('received', False, []))

    def test_parts_are_as_the_whole_unless_they_say_more(self):
        complaint = self.report()
        [part] = self.call('action_split', ids=complaint.ids, parts=[{'title': 'Part', 'type_id': None}])
        [wizard] = self.call(
            'create',
            model='dealer.complaint.split',
            vals_list=[{'complaint_id': complaint.id, 'part_ids': [[0, 0, {'title': 'By the form'}]]}],
        )
        self.call('action_split', model='dealer.complaint.split', ids=[wizard])
        parts = complaint.split_ids
        self.assertIn(part, parts.ids)
        self.assertEqual(set(parts.mapped('title')), {'Part', 'By the form'})
        self.assertEqual(parts.type_id, self.plain_type)

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
