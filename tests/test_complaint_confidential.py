import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .complaint_common import ComplaintMixin

GROUP = 'dealer_management.group_dealer_complaint_confidential'
# Who must not learn of it, by role.
OTHERS = ('complaint', 'manager', 'staff', 'staff_own', 'auditor', 'accountant', 'employee')


class ConfidentialCase(ComplaintMixin, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpComplaints()
        cls.head = cls.env['res.users'].create(
            {
                'name': 'Head Office',
                'login': 'test_head',
                'email': 'head@our-company.example',
                'group_ids': [(6, 0, cls.env.ref(GROUP).ids)],
            }
        )
        cls.users['head'] = cls.head
        for role, user in cls.users.items():
            user.group_ids |= cls.env.ref('base.group_allow_export')
            user.email = f'{role}@our-company.example'
        cls.dealer.channel_account_manager_id = cls.users['staff_own']
        cls.secret = cls.make_complaint(type_id=cls.secret_type.id, title='He takes bribes', user_id=cls.head.id)
        cls.file = cls.env['ir.attachment'].create(
            {'name': 'proof.txt', 'raw': b'bribe', 'res_model': 'dealer.complaint', 'res_id': cls.secret.id}
        )

    def get_others(self):
        return [self.users[role] for role in OTHERS]


@tagged('post_install', '-at_install')
class TestComplaintConfidential(ConfidentialCase):
    """A confidential complaint does not exist but to the head office, by whatever way one asks."""

    def test_records_names_and_counts(self):
        counts = (self.team.complaint_count, self.secret_type.complaint_count)
        self.assertEqual(counts, (1, 1))
        for user in self.get_others():
            env = self.env(user=user)
            Complaint = env['dealer.complaint']
            if not Complaint.has_access('read'):
                continue
            secret = Complaint.browse(self.secret.id)
            self.assertFalse(Complaint.search([('title', 'like', 'bribes')]))
            self.assertFalse(Complaint.search_count([('type_id', '=', self.secret_type.id)]))
            self.assertFalse(Complaint.name_search('bribes'))
            self.assertFalse(Complaint._read_group([('id', '=', self.secret.id)], ['type_id'], ['__count']))
            self.assertFalse(Complaint.formatted_read_group([('id', '=', self.secret.id)], ['type_id'], ['__count']))
            for attack in (
                lambda secret=secret: secret.read(['title']),
                lambda secret=secret: secret.web_read({'title': {}}),
                lambda secret=secret: secret.export_data(['title']),
                lambda secret=secret: secret.write({'title': 'x'}),
                lambda secret=secret: secret.action_acknowledge(),
                lambda secret=secret: secret.copy(),
                lambda secret=secret: secret.message_subscribe(partner_ids=self.head.partner_id.ids),
            ):
                with self.assertRaises(AccessError):
                    attack()
            self.assertNotIn(self.head.name, str(secret.message_get_followers()))
            self.assertFalse(secret.message_subscribe(partner_ids=user.partner_id.ids))
            self.assertEqual(self.team.with_env(env).complaint_count, 0)
            self.assertEqual(self.secret_type.with_env(env).complaint_count, 0)

    def test_what_hangs_on_it(self):
        message = self.secret.message_post(body='bribe', message_type='comment', subtype_xmlid='mail.mt_comment')
        outcome = self.env['dealer.complaint.outcome'].create(
            {'complaint_id': self.secret.id, 'kind': 'explanation', 'note': 'bribe'}
        )
        activity = self.secret.activity_schedule('mail.mail_activity_data_todo', user_id=self.head.id)
        deadlines = self.secret.deadline_ids
        for user in self.get_others():
            for records in filter(None, (message, outcome, activity, self.file, deadlines)):
                found = records.with_user(user)
                if not found.browse().has_access('read'):
                    continue
                self.assertFalse(found.search([('id', 'in', records.ids)]), records)
                with self.assertRaises(AccessError), mute_logger('odoo.addons.base.models.ir_rule'):
                    found.read(['display_name'])
            Followers = self.env['mail.followers'].with_user(user)
            self.assertFalse(
                Followers.search([('res_model', '=', 'dealer.complaint'), ('res_id', '=', self.secret.id)])
            )
            groups = self.env['res.users'].with_user(user)._get_activity_groups()
            self.assertFalse([group for group in groups if group['model'] == 'dealer.complaint'])
        self.assertTrue(self.secret.with_user(self.head).message_ids)
        self.assertTrue(
            self.env['mail.followers'].with_user(self.head).search([('res_id', '=', self.secret.id)]).exists()
        )

    def test_followers_of_plain_ones_are_seen_as_before(self):
        complaint = self.make_complaint(user_id=self.users['complaint'].id)
        followers = self.env['mail.followers'].with_user(self.users['employee'])
        domain = [('res_model', '=', 'dealer.complaint'), ('res_id', '=', complaint.id)]
        self.assertTrue(followers.search(domain))
        self.assertTrue(followers.search([*domain, ('is_confidential', '=', False)]))
        self.assertFalse(followers.search([*domain, ('is_confidential', '=', True)]))
        self.assertFalse(followers.search(domain).is_confidential)

    def test_tracked_values(self):
        self.secret.with_user(self.head).title = 'He takes more bribes'
        self.flush_tracking()
        for user in self.get_others():
            messages = self.env['mail.message'].with_user(user)
            self.assertFalse(messages.search([('model', '=', 'dealer.complaint'), ('res_id', '=', self.secret.id)]))

    # ------------------------------------------------------------ Who is written to

    def send_mails_of(self, message):
        self.env['mail.mail'].sudo().search([('mail_message_id', '=', message.id)]).send()

    def test_mentioned(self):
        others = [self.users[role].partner_id.id for role in OTHERS]
        with self.mock_mail_gateway():
            message = self.secret.with_user(self.head).message_post(
                body='See: bribe',
                message_type='comment',
                subtype_xmlid='mail.mt_note',
                partner_ids=others,
            )
            self.send_mails_of(message)
        self.assertFalse(message.partner_ids.ids)
        self.assertFalse(message.notified_partner_ids & self.env['res.partner'].browse(others))
        self.assertNotIn('bribe', ''.join(mail['body'] for mail in self._mails))
        for user in self.get_others():
            self.assertFalse(self.env['mail.message'].with_user(user).search([('id', '=', message.id)]))
        told = self.secret.message_ids.filtered(lambda note: 'Not told' in note.body)
        self.assertIn(self.users['manager'].name, told.body)

    def test_notified(self):
        message = self.secret.message_notify(body='bribe', partner_ids=self.users['staff_own'].partner_id.ids)
        self.assertFalse(message)
        message = self.secret.message_notify(
            body='bribe', partner_ids=(self.users['staff_own'] | self.head).partner_id.ids
        )
        self.assertEqual(message.partner_ids, self.head.partner_id)

    def test_subscribed(self):
        others = self.env['res.users'].browse([self.users[role].id for role in OTHERS])
        self.secret.with_user(self.head).message_subscribe(partner_ids=others.partner_id.ids)
        self.assertFalse(self.secret.message_partner_ids & others.partner_id)
        wizard = (
            self.env['mail.followers.edit']
            .with_user(self.head)
            .create(
                {
                    'res_model': 'dealer.complaint',
                    'res_ids': str(self.secret.ids),
                    'operation': 'add',
                    'partner_ids': [(6, 0, others.partner_id.ids)],
                }
            )
        )
        wizard.edit_followers()
        self.assertFalse(self.secret.message_partner_ids & others.partner_id)
        # By the back door: who follows by force is not told all the same.
        self.env['mail.followers'].create(
            {'res_model': 'dealer.complaint', 'res_id': self.secret.id, 'partner_id': others[0].partner_id.id}
        )
        message = self.secret.with_user(self.head).message_post(
            body='bribe', message_type='comment', subtype_xmlid='mail.mt_comment'
        )
        self.assertNotIn(others[0].partner_id, message.notified_partner_ids)

    def test_assigned(self):
        for user in self.get_others():
            with self.assertRaisesRegex(ValidationError, 'not of the head office'):
                self.secret.user_id = user
            with self.assertRaisesRegex(ValidationError, 'no to-do'):
                self.secret.activity_schedule('mail.mail_activity_data_todo', user_id=user.id)
            todo = self.secret.activity_schedule('mail.mail_activity_data_todo', user_id=self.head.id)
            with self.assertRaisesRegex(ValidationError, 'no to-do'):
                todo.user_id = user
        self.secret.user_id = self.head

    def test_dealer_writes(self):
        self.secret.user_id = False
        with self.mock_mail_gateway():
            message = self.secret.message_post(
                body='He did it again', author_id=self.contact.id, message_type='email', subtype_xmlid='mail.mt_comment'
            )
            self.send_mails_of(message)
        [todo] = self.secret.activity_ids
        self.assertTrue(todo.user_id.has_group(GROUP), 'No leader or member of the team, but the head office.')
        self.assertNotIn('again', ''.join(str(mail) for mail in self._mails if 'manager@' in str(mail['email_to'])))

    # ------------------------------------------------------------------ Becoming so

    def test_becomes_confidential(self):
        agent, leader = self.users['complaint'], self.users['manager']
        complaint = self.make_complaint(user_id=agent.id)
        complaint.message_subscribe(partner_ids=leader.partner_id.ids)
        complaint.activity_schedule('mail.mail_activity_data_todo', user_id=leader.id)
        told = complaint.message_post(
            body='Look',
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            partner_ids=self.users['staff'].partner_id.ids,
        )
        self.assertTrue(self.env['mail.message'].with_user(self.users['staff']).search([('id', '=', told.id)]))
        self.flush_tracking()
        self.env.invalidate_all()
        complaint.with_user(agent).type_id = self.secret_type
        self.flush_tracking()
        self.assertTrue(complaint.confidential)
        self.assertFalse(complaint.user_id)
        self.assertFalse(complaint.activity_ids)
        self.assertFalse(complaint.message_partner_ids & (agent | leader).partner_id)
        for user in self.get_others():
            self.assertFalse(
                self.env['mail.message']
                .with_user(user)
                .search([('id', '=', told.id), ('author_id', '!=', user.partner_id.id)])
            )

    def test_goes_to_the_team_of_its_type(self):
        head_office = self.env['dealer.complaint.team'].create({'name': 'Head Office'})
        self.secret_type.team_id = head_office
        complaint = self.make_complaint()
        complaint.type_id = self.secret_type
        self.assertEqual(complaint.team_id, head_office)

    # -------------------------------------------------------------------- By a link

    def test_links_say_nothing(self):
        plain = self.make_complaint()
        plain.sudo().merged_into_id = self.secret
        for user in self.get_others():
            if user == self.users['employee']:
                continue
            [values] = plain.with_user(user).read(['merged_into_id'])
            self.assertNotIn('bribes', str(values))
            self.assertNotIn(self.secret.name, str(values))
            [values] = plain.with_user(user).web_read({'merged_into_id': {'fields': {'display_name': {}}}})
            self.assertNotIn('bribes', str(values))
        [values] = plain.with_user(self.head).read(['merged_into_id'])
        self.assertIn('bribes', str(values))
        self.assertIn(self.secret.name, self.secret.with_user(self.head).display_name)
        portal = self.env['res.users'].create(
            {
                'name': 'Portal',
                'login': 'portal_of_dealer',
                'partner_id': self.contact.id,
                'group_ids': [(6, 0, self.env.ref('base.group_portal').ids)],
            }
        )
        self.assertIn('bribes', self.secret.with_user(portal).sudo().display_name, 'The dealer wrote it itself.')


@tagged('post_install', '-at_install')
class TestComplaintConfidentialHttp(ConfidentialCase, HttpCase):
    """The same attacks from outside."""

    def get_key(self, user):
        keys = self.env['res.users.apikeys'].with_user(user)
        return keys._generate('rpc', 'test', fields.Datetime.now() + timedelta(hours=1))

    def post(self, path, key, **values):
        loggers = ('odoo.http', 'odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
        with mute_logger(*loggers):
            return self.url_open(path, json=values, headers={'Authorization': f'bearer {key}'})

    def test_json2(self):
        for user in (self.users['complaint'], self.users['manager'], self.users['auditor']):
            with self.subTest(user.login):
                key = self.get_key(user)
                found = self.post('/json/2/dealer.complaint/search_read', key, domain=[], fields=['title', 'name'])
                self.assertNotIn('bribes', found.text)
                self.assertNotIn(self.secret.name, found.text)
                for model, method, values in (
                    ('dealer.complaint', 'read', {'ids': self.secret.ids, 'fields': ['title']}),
                    ('dealer.complaint', 'message_post', {'ids': self.secret.ids, 'body': 'x'}),
                    ('dealer.complaint', 'action_cancel', {'ids': self.secret.ids, 'reason': 'x'}),
                    ('ir.attachment', 'read', {'ids': self.file.ids, 'fields': ['name', 'datas']}),
                ):
                    response = self.post(f'/json/2/{model}/{method}', key, **values)
                    self.assertIn(response.status_code, (403, 404, 422), f'{model}.{method}')
                    self.assertNotIn(base64.b64encode(b'bribe').decode(), response.text)
        self.assertEqual(self.secret.state, 'received')
        self.assertIn(
            'bribes',
            self.post(
                '/json/2/dealer.complaint/search_read', self.get_key(self.head), domain=[], fields=['title']
            ).text,
        )

    def test_files_and_messages(self):
        for login in ('test_complaint', 'test_manager'):
            with self.subTest(login):
                self.authenticate(login, login)
                for path in (f'/web/content/{self.file.id}', f'/web/image/{self.file.id}'):
                    self.assertNotIn(b'bribe', self.url_open(path).content)
                with mute_logger('odoo.http'):
                    result = self.make_jsonrpc_request_raw(
                        '/mail/thread/messages', {'thread_model': 'dealer.complaint', 'thread_id': self.secret.id}
                    )
                self.assertNotIn('bribe', result)
                self.assertNotIn(f'/mail/view?model=dealer.complaint&res_id={self.secret.id}', result)

    def make_jsonrpc_request_raw(self, path, params):
        return self.url_open(path, json={'jsonrpc': '2.0', 'id': 1, 'method': 'call', 'params': params}).text
