from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .complaint_common import ComplaintCase, ComplaintMixin
from .complaint_portal_common import make_photo

COMMENT = {'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'}
# Whose words are not theirs to change.
ROLES = ('complaint', 'manager', 'staff')


@tagged('post_install', '-at_install')
class TestComplaintSpeaker(ComplaintCase):
    """Everybody speaks for itself, and what the dealer said and showed stays as it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaint = cls.make_complaint()
        cls.said = cls.complaint._say_from_portal(cls.contact, 'It is broken', [('box.jpg', make_photo())])
        cls.photo = cls.said.attachment_ids

    def test_words_of_the_dealer(self):
        admin = self.env.ref('base.user_admin')
        for user in (*(self.users[role] for role in ROLES), admin):
            said = self.said.with_user(user)
            with self.subTest(user.login):
                for attack in (
                    lambda said=said: said.write({'body': 'FORGED'}),
                    lambda said=said: said.write({'is_internal': True}),
                    lambda said=said: said.unlink(),
                    lambda said=said, user=user: self.complaint.with_user(user)._message_update_content(said, body='x'),
                ):
                    with self.assertRaises(AccessError):
                        attack()
        self.assertIn('It is broken', self.said.body)

    def test_photographs_of_the_dealer(self):
        for user in (*(self.users[role] for role in ROLES), self.env.ref('base.user_admin')):
            photo = self.photo.with_user(user)
            with self.subTest(user.login):
                self.assertTrue(photo.has_access('read'))
                for attack in (
                    lambda photo=photo: photo.write({'raw': b'other'}),
                    lambda photo=photo: photo.write({'res_id': False}),
                    lambda photo=photo: photo.unlink(),
                ):
                    with self.assertRaises(AccessError):
                        attack()
                self.assertFalse(photo._has_attachments_ownership([None]))

    def test_ones_own_words_and_files(self):
        agent = self.users['complaint']
        complaint = self.complaint.with_user(agent)
        file = (
            self.env['ir.attachment']
            .with_user(agent)
            .create({'name': 'a.txt', 'raw': b'a', 'res_model': complaint._name, 'res_id': complaint.id})
        )
        note = complaint.message_post(body='Ours', attachment_ids=file.ids, **COMMENT)
        note.write({'body': 'Ours, better'})
        complaint._message_update_content(note, body='Ours, best')
        self.assertIn('best', note.body)
        for theft in ({'author_id': self.contact.id}, {'email_from': self.contact.email}, {'message_type': 'email'}):
            with self.assertRaises(AccessError):
                note.write(theft)
        file.write({'name': 'b.txt'})
        with self.assertRaises(AccessError):
            file.with_user(self.users['manager']).unlink()
        file.unlink()
        note.unlink()

    def test_in_the_name_of_the_dealer(self):
        agent = self.users['complaint']
        complaint = self.complaint.with_user(agent)
        word = self.complaint.date_last_word
        forged = {'author_id': self.contact.id, 'email_from': self.contact.email_formatted}
        messages = (
            complaint.message_post(body='I agree', **forged, **COMMENT)
            | complaint.message_post(body='I agree', author_id=False, email_from=self.contact.email, **COMMENT)
            | complaint.message_notify(body='I agree', partner_ids=self.users['manager'].partner_id.ids, **forged)
            | self.env['mail.message']
            .with_user(agent)
            .create(
                {
                    'model': complaint._name,
                    'res_id': complaint.id,
                    'body': 'I agree',
                    'message_type': 'comment',
                    'subtype_id': self.env.ref('mail.mt_comment').id,
                    **forged,
                }
            )
        )
        self.assertEqual(len(messages), 4)
        for message in messages:
            self.assertEqual((message.author_id, message.email_from), (agent.partner_id, agent.email_formatted))
        self.assertEqual(self.complaint.date_last_word, word, 'The dealer has said nothing.')
        for attack in (
            lambda: complaint.message_post(body='I agree', **{**COMMENT, 'message_type': 'email'}),
            lambda: (
                self.env['mail.message']
                .with_user(agent)
                .create({'model': complaint._name, 'res_id': complaint.id, 'message_type': 'email', **forged})
            ),
        ):
            with self.assertRaises(UserError):
                attack()

    def test_other_records_are_odoos(self):
        agent = self.users['complaint']
        message = self.dealer.message_post(body='x', author_id=self.contact.id, **COMMENT)
        self.assertEqual(message.with_user(agent).has_access('read'), True)
        admin = self.env.ref('base.user_admin')
        message.with_user(admin).write({'body': 'y', 'author_id': admin.partner_id.id})
        self.assertEqual(message.author_id, admin.partner_id)


@tagged('post_install', '-at_install')
class TestComplaintWithoutLogin(ComplaintMixin, HttpCase):
    """No link and no token opens a complaint to anybody who is not logged in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpComplaints()
        cls.complaint = cls.make_complaint(answer='<p>Yes</p>')
        cls.complaint._tell_dealer('We look into it: WORDS')
        cls.complaint.action_answer()

    def call(self, path, **params):
        with mute_logger('odoo.http'):
            return self.url_open(path, json={'jsonrpc': '2.0', 'id': 1, 'method': 'call', 'params': params})

    def test_no_token(self):
        self.assertNotIn('access_token', self.env['dealer.complaint']._fields)
        before = self.complaint.message_ids
        for access in ({'token': 'x'}, {'token': ''}, {'hash': 'x', 'pid': self.contact.id}):
            with self.subTest(access):
                post = self.call(
                    '/mail/message/post',
                    thread_model='dealer.complaint',
                    thread_id=self.complaint.id,
                    post_data={'body': 'I agree', **COMMENT},
                    **access,
                )
                self.assertIn('error', post.json())
                for path in ('/mail/chatter_fetch', '/portal/chatter_init'):
                    seen = self.call(path, thread_model='dealer.complaint', thread_id=self.complaint.id, **access)
                    self.assertNotIn('WORDS', seen.text)
                    self.assertNotIn(self.contact.name, seen.text)
                seen = self.call(
                    '/mail/data',
                    fetch_params=[
                        [
                            'mail.thread',
                            {
                                'thread_model': 'dealer.complaint',
                                'thread_id': self.complaint.id,
                                'request_list': ['followers', 'attachments'],
                                'access_params': access,
                                **access,
                            },
                        ]
                    ],
                )
                self.assertNotIn(self.contact.name, seen.text)
        self.assertEqual(self.complaint.message_ids, before)

    @mute_logger('odoo.http')
    def test_stars_by_a_link(self):
        token = self.complaint._rating_get_access_token(self.contact)
        self.url_open(f'/rate/{token}/submit_feedback', data={'rate': '5', 'feedback': 'Great'})
        self.assertFalse(self.complaint.rating_ids.filtered('consumed'))
        self.complaint._confirm_from_portal(self.contact, 2, 'Slow')
        self.url_open(f'/rate/{token}/submit_feedback', data={'rate': '5', 'feedback': 'Great'})
        [rating] = self.complaint.rating_ids
        self.assertEqual((rating.rating, rating.feedback, rating.access_token), (2, 'Slow', False))
        for user in (self.users['complaint'], self.env.ref('base.user_admin')):
            with self.assertRaises(UserError):
                self.complaint.with_user(user).rating_apply(5, rating=rating)
