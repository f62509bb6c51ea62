from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .complaint_common import ComplaintCase


@tagged('post_install', '-at_install')
class TestComplaintMerge(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.staff = self.users['complaint']
        self.first, self.again = self.env['dealer.complaint'].create(
            [
                self.complaint_vals(title='Broken', date_received='2026-03-02 08:00:00'),
                self.complaint_vals(title='Told again', date_received='2026-03-03 08:00:00'),
            ]
        )

    def say(self, complaint, text, **kwargs):
        return complaint.message_post(
            body=text,
            author_id=self.contact.id,
            message_type='email',
            subtype_xmlid='mail.mt_comment',
            message_id=f'<{text}@dealer.example.com>',
            **kwargs,
        )

    def open_wizard(self, complaints, user=None):
        wizard = self.env['dealer.complaint.merge'].with_context(
            active_model='dealer.complaint', active_ids=complaints.ids
        )
        return wizard.with_user(user or self.staff).create({})

    def test_what_was_said_and_shown_moves(self):
        message = self.say(self.again, 'first', attachments=[('a.txt', b'seen')])
        outcome = self.env['dealer.complaint.outcome'].create({'complaint_id': self.again.id, 'kind': 'explanation'})
        wizard = self.open_wizard(self.first | self.again)
        self.assertEqual(wizard.target_id, self.first, 'The first that came in.')
        action = wizard.action_merge()
        self.assertEqual(action['res_id'], self.first.id)
        self.assertIn(message, self.first.message_ids)
        self.assertEqual(message.attachment_ids.res_id, self.first.id)
        self.assertIn(message.attachment_ids, self.first.evidence_ids)
        self.assertEqual(outcome.complaint_id, self.first)
        self.assertEqual((self.again.state, self.again.merged_into_id), ('cancelled', self.first))
        self.assertIn(self.first.name, self.again.withdrawal_reason)
        self.assertTrue(self.first.message_ids.filtered(lambda note: self.again.name in note.body))

    def test_reply_to_a_merged_one_arrives_at_the_one_that_stays(self):
        parent = self.say(self.again, 'question')
        self.again.action_merge_into(self.first.id)
        mail = (
            f'From: {self.contact.email}\nTo: catchall@example.com\nSubject: Re\n'
            f'Message-Id: <reply@dealer.example.com>\nIn-Reply-To: {parent.message_id}\n\nHere it is.'
        )
        self.env['mail.thread'].message_process(None, mail)
        self.assertTrue(self.first.message_ids.filtered(lambda message: 'Here it is' in message.body))

    def test_dealer_is_told_once_and_no_clock_stops(self):
        third = self.make_complaint(title='Third')
        (self.again | third).with_user(self.staff).action_merge_into(self.first.id)
        told = self.first.message_ids.filtered(lambda message: message.message_type == 'auto_comment')
        self.assertEqual(len(told), 1)
        self.assertEqual(told.partner_ids, self.contact)
        for complaint in self.again | third:
            self.assertIn(complaint.name, told.body)
        self.assertFalse(self.first.date_first_reply)

    def test_safe_to_call_twice(self):
        wizard = self.open_wizard(self.first | self.again)
        wizard.action_merge()
        messages = self.first.message_ids
        wizard.action_merge()
        self.again.action_merge_into(self.first.id)
        self.assertEqual(self.first.message_ids, messages)

    def test_a_chain_ends_at_the_one_that_stays(self):
        third = self.make_complaint(title='Third')
        third.action_merge_into(self.again.id)
        self.again.action_merge_into(self.first.id)
        self.assertEqual(third.merged_into_id, self.first)
        with self.assertRaisesRegex(UserError, 'is over'):
            self.first.action_merge_into(third.id)

    def test_breaches_stay_on_record(self):
        deadline = self.again.deadline_ids[:1] or self.env['dealer.deadline'].create(
            {
                'complaint_id': self.again.id,
                'kind': 'resolve',
                'party': 'us',
                'clock': 'calendar',
                'unit': 'hours',
            }
        )
        deadline.sudo().is_breached = True
        self.again.action_merge_into(self.first.id)
        self.assertEqual((deadline.complaint_id, deadline.result), (self.again, 'breached'))

    def test_what_cannot_become_one(self):
        other = self.make_dealer('Other')
        foreign = self.make_complaint(dealer_id=other.id, partner_id=False)
        secret = self.make_complaint(type_id=self.secret_type.id)
        answered = self.make_complaint(answer='<p>Yes</p>')
        answered.action_answer()
        paid = self.make_complaint()
        self.env['dealer.complaint.outcome'].create(
            {'complaint_id': paid.id, 'kind': 'explanation'}
        ).sudo().state = 'made'
        unknown = self.make_complaint(dealer_id=False, partner_id=False)
        for source, pattern in (
            (foreign, 'same dealer'),
            (unknown, 'same dealer'),
            (secret, 'confidential'),
            (answered, 'was answered'),
            (paid, 'led to documents'),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(UserError, pattern):
                (source | self.again).action_merge_into(self.first.id)
            self.assertFalse(self.again.merged_into_id, 'All or none.')

    def test_plain_into_confidential_is_hidden_with_it(self):
        secret = self.make_complaint(type_id=self.secret_type.id)
        self.again.message_subscribe(self.staff.partner_id.ids)
        self.again.action_merge_into(secret.id)
        self.assertTrue(self.again.confidential)
        self.assertNotIn(self.staff.partner_id, secret.message_partner_ids)
        self.assertFalse(self.env['dealer.complaint'].with_user(self.staff).search([('id', '=', self.again.id)]))

    def test_who_worked_on_a_plain_one_loses_it_with_all_that_was_said(self):
        """Whoever it was assigned to, and whoever followed: they do not learn where it went either."""
        leader = self.users['manager']
        earlier = self.make_complaint(title='Told before', user_id=self.staff.id)
        earlier.action_merge_into(self.again.id)
        self.again.user_id = self.staff
        self.again.message_subscribe(leader.partner_id.ids)
        self.again.activity_schedule('mail.mail_activity_data_todo', user_id=leader.id)
        self.say(self.again, 'He takes bribes', partner_ids=leader.partner_id.ids)
        secret = self.make_complaint(type_id=self.secret_type.id)
        self.env.flush_all()
        self.env.invalidate_all()
        self.again.action_merge_into(secret.id)
        merged = self.again | earlier
        self.assertEqual(merged.mapped('confidential'), [True, True])
        self.assertFalse(merged.user_id | merged.message_partner_ids.user_ids.filtered(lambda user: not user.share))
        self.assertFalse(merged.activity_ids | secret.activity_ids.filtered(lambda todo: todo.user_id == leader))
        for user in (self.staff, leader):
            messages = self.env['mail.message'].with_user(user)
            moved = [('model', '=', 'dealer.complaint'), ('res_id', 'in', (merged | secret).ids)]
            self.assertFalse(messages.search([*moved, ('author_id', '!=', user.partner_id.id)]), user.login)
            self.assertFalse(self.env['dealer.complaint'].with_user(user).search([('id', 'in', merged.ids)]))

    def test_rights(self):
        with self.assertRaises(AccessError):
            self.again.with_user(self.users['auditor']).action_merge_into(self.first.id)
        secret = self.make_complaint(type_id=self.secret_type.id)
        with self.assertRaises(AccessError):
            self.again.with_user(self.staff).action_merge_into(secret.id)
        with self.assertRaises(AccessError):
            self.again.with_user(self.users['staff_own']).action_merge_into(self.first.id)

    def test_merge_of_one_proposes_its_duplicates(self):
        (self.first | self.again).write({'product_id': self.product.id, 'lot_name': 'L1'})
        wizard = self.open_wizard(self.again)
        self.assertEqual((wizard.complaint_ids, wizard.target_id), (self.first | self.again, self.first))


@tagged('post_install', '-at_install')
class TestComplaintSplit(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.complaint = self.make_complaint(
            date_received='2026-03-02 08:00:00',
            date_found='2026-03-01 08:00:00',
            order_id=self.make_order(self.dealer).id,
        )
        self.complaint.message_post(body='See', attachments=[('a.txt', b'seen')])
        self.complaint.action_acknowledge()

    def split(self, user=None, parts=2):
        form = Form(
            self.env['dealer.complaint.split']
            .with_user(user or self.users['complaint'])
            .with_context(active_id=self.complaint.id)
        )
        for number in range(parts):
            with form.part_ids.new() as part:
                part.title = f'Part {number}'
                part.product_id = self.product
                part.quantity = number
        return form.save()

    def test_parts_are_complaints_of_their_own(self):
        wizard = self.split()
        action = wizard.action_split()
        parts = self.complaint.split_ids
        self.assertEqual(sorted(parts.mapped('title')), ['Part 0', 'Part 1'])
        self.assertEqual(self.env['dealer.complaint'].search(action['domain']), parts | self.complaint)
        for part in parts:
            for name in ('dealer_id', 'partner_id', 'order_id', 'date_received', 'date_found', 'type_id', 'user_id'):
                self.assertEqual(part[name], self.complaint[name], name)
            self.assertEqual(part.date_acknowledged, self.complaint.date_acknowledged)
            self.assertEqual(part.evidence_ids.mapped('name'), ['a.txt'])
            self.assertNotEqual(part.name, self.complaint.name)
        self.assertEqual(len(self.complaint.evidence_ids), 1)

    def test_safe_to_call_twice(self):
        wizard = self.split()
        wizard.action_split()
        wizard.action_split()
        self.assertEqual(len(self.complaint.split_ids), 2)

    def test_dealer_is_told_once_and_no_clock_stops(self):
        self.split().action_split()
        told = self.complaint.message_ids.filtered(lambda message: message.message_type == 'auto_comment')
        self.assertEqual((len(told), told.partner_ids), (1, self.contact))
        self.assertFalse(self.complaint.date_first_reply)

    def test_confidential_part_of_a_plain_whole(self):
        """The dealer is told of it, and of our own people only the head office."""
        parts = self.complaint.action_split(
            [{'title': 'He takes bribes', 'type_id': self.secret_type.id}, {'title': 'Wet boxes'}]
        )
        secret, plain = parts
        self.assertTrue(secret.confidential)
        told = ''.join(self.complaint.message_ids.mapped('body'))
        self.assertIn(plain.name, told)
        for text in ('bribes', secret.name):
            self.assertNotIn(text, told)
        [word] = secret.message_ids.filtered(lambda message: message.message_type == 'auto_comment')
        self.assertIn('bribes', word.body)
        self.assertEqual(word.partner_ids, self.contact)
        messages = self.complaint.message_ids
        self.complaint.action_split([{'title': 'More bribes', 'type_id': self.secret_type.id}])
        self.assertEqual(self.complaint.message_ids, messages, 'Nothing is left to be told there.')

    def test_waits_like_the_whole(self):
        self.complaint.action_wait('Which lot?')
        part = self.complaint.action_split([{'title': 'Part'}])
        self.assertEqual(part.waiting_since, self.complaint.waiting_since)
        self.assertEqual(part.date_first_reply, self.complaint.date_first_reply)

    def test_what_cannot_be_split(self):
        with self.assertRaisesRegex(UserError, 'a subject'):
            self.complaint.action_split([{'title': ''}])
        with self.assertRaisesRegex(UserError, 'a complaint of its own'):
            self.split(parts=0).action_split()
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.users['auditor']).action_split([{'title': 'Part'}])
        secret = self.make_complaint(type_id=self.secret_type.id)
        with self.assertRaisesRegex(UserError, 'so must be'):
            secret.action_split([{'title': 'Part', 'type_id': self.plain_type.id}])
        self.assertTrue(secret.action_split([{'title': 'Part'}]).confidential)
        self.complaint.action_cancel('None')
        with self.assertRaisesRegex(UserError, 'is over'):
            self.complaint.action_split([{'title': 'Part'}])

    def test_nothing_is_forged_by_a_part(self):
        complaint = self.make_complaint()
        part = complaint.action_split([{'title': 'Part', 'state': 'closed', 'is_breached': True}])
        self.assertEqual((part.state, part.is_breached), ('received', False))

    def test_clocks_run_as_those_of_the_whole(self):
        now = fields.Datetime.now()
        whole = self.make_complaint(date_received=now - timedelta(days=3))
        whole.sudo().deadline_ids.credit_amount = 50
        acknowledged = now - timedelta(days=3)
        whole.sudo().date_acknowledged = acknowledged
        whole._reach_deadlines('acknowledge', acknowledged)
        # Asked the dealer for a whole day.
        whole._pause_deadlines(now - timedelta(days=2))
        whole._resume_deadlines(now - timedelta(days=1))
        resolve = whole.deadline_ids.filtered(lambda deadline: deadline.kind == 'resolve')
        part = whole.action_split([{'title': 'Part'}])
        mine = {deadline.kind: deadline for deadline in part.deadline_ids}
        self.assertEqual((mine['resolve'].due, mine['resolve'].started), (resolve.due, resolve.started))
        self.assertEqual((mine['acknowledge'].state, mine['acknowledge'].result), ('done', 'met'))

    def test_what_the_whole_has_missed_is_credited_once(self):
        whole = self.make_complaint(date_received=fields.Datetime.now() - timedelta(days=30))
        targets = whole.sudo().deadline_ids.target_id
        targets.filtered(lambda target: target.kind == 'resolve').credit_amount = 50
        part = whole.action_split([{'title': 'Part'}])
        resolve = part.deadline_ids.filtered(lambda deadline: deadline.kind == 'resolve')
        self.assertEqual((resolve.target_id.credit_amount, resolve.credit_amount), (50, 0))
