from email.message import EmailMessage
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mimetypes, mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .complaint_common import ComplaintMixin
from .complaint_portal_common import make_photo

PNG = make_photo(kind='PNG')
GATEWAY = 'odoo.addons.mail.models.mail_thread'


class ComplaintMailCase(ComplaintMixin, MailCommon):
    """A team with an address, and mails as they come in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpComplaints()
        cls.team.write({'alias_name': 'trouble', 'alias_domain_id': cls.mail_alias_domain.id})
        cls.address = f'trouble@{cls.mail_alias_domain.name}'
        cls.mail_number = 0

    @classmethod
    def write_mail(cls, text='Ten boxes are wet.', html=None, files=(), **headers):
        """An ``EmailMessage`` to the team; headers by their names with ``_`` for ``-``."""
        cls.mail_number += 1
        message = EmailMessage()
        given = {
            'From': 'Contact <contact@example.com>',
            'To': cls.address,
            'Subject': 'Wet boxes',
            'Message-Id': f'<test-{cls.mail_number}@dealer.example.com>',
        }
        given.update({name.replace('_', '-'): value for name, value in headers.items()})
        for name, value in given.items():
            message[name] = value
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype='html')
        for name, content, mimetype in files:
            kind, _slash, subtype = mimetype.partition('/')
            message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
        return message

    def receive(self, message=None, **kwargs):
        """Let a mail in; return the complaints that it has made."""
        before = self.env['dealer.complaint'].search([])
        message = message or self.write_mail(**kwargs)
        with (
            self.mock_mail_gateway(),
            mute_logger(GATEWAY, 'odoo.addons.dealer_management.models.dealer_complaint_mail'),
        ):
            self.env['mail.thread'].with_user(self.env.ref('base.user_root')).message_process(False, message.as_bytes())
        return self.env['dealer.complaint'].search([]) - before

    def answer_to(self, message, **kwargs):
        return self.receive(In_Reply_To=message.message_id, Subject='Re: your message', **kwargs)


@tagged('post_install', '-at_install')
class TestComplaintMail(ComplaintMailCase):
    """Complaints by mail: what is made of a mail, whose it is, and what is not let in."""

    # ------------------------------------------------------------ A new complaint

    def test_mail_of_a_known_contact(self):
        complaint = self.receive(text='Ten boxes are wet.\n\nPlease help.')
        self.assertEqual(len(complaint), 1)
        self.assertRegex(complaint.name, r'^CP\d\d-\d{5}$')
        self.assertEqual(complaint.title, 'Wet boxes')
        self.assertIn('Ten boxes are wet.', complaint.description)
        self.assertNotIn('<', complaint.description)
        self.assertEqual((complaint.source, complaint.state), ('email', 'received'))
        self.assertEqual(complaint.team_id, self.team)
        self.assertEqual(complaint.type_id, self.plain_type, "The team's first type.")
        self.assertEqual((complaint.dealer_id, complaint.partner_id), (self.dealer, self.contact))
        self.assertTrue(complaint.date_last_word)
        self.assertFalse(complaint.date_first_reply or complaint.date_acknowledged)
        mail = complaint.message_ids.filtered(lambda message: message.message_type == 'email')
        self.assertEqual(mail.author_id, self.contact)

    def test_address_in_other_letters(self):
        complaint = self.receive(From='"Somebody Else" <CONTACT@Example.COM>')
        self.assertEqual(complaint.partner_id, self.contact)

    def test_portal_user_of_several_contacts(self):
        self.env['res.partner'].create(
            {'name': 'Private Person', 'email': 'contact@example.com'}
        )  # no dealer's: does not count
        ended = self.make_dealer('Ended', email='contact@example.com')
        ended.action_dealer_suspend('Overdue')
        self.assertEqual(self.receive().dealer_id, self.dealer, "The active dealer's.")

    def test_two_active_dealers_with_one_address(self):
        other = self.make_dealer('Other', email='contact@example.com')
        complaint = self.receive()
        self.assertFalse(complaint.dealer_id, 'Nobody guesses.')
        self.assertEqual(complaint.email_normalized, 'contact@example.com')
        complaint.dealer_id = other
        self.assertEqual(complaint.partner_id, other)

    def test_subject_without_words(self):
        for subject in ('', '   '):
            with self.subTest(subject=subject):
                self.assertEqual(self.receive(Subject=subject).title, 'E-Mail without a Subject')
        self.assertLessEqual(len(self.receive(Subject='long ' * 200).title), 200)

    def test_script_in_a_mail(self):
        complaint = self.receive(
            html='<p onclick="steal()">See <b>this</b></p><script>steal()</script><img src="x" onerror="steal()">'
        )
        body = complaint.message_ids.filtered(lambda message: message.message_type == 'email').body
        self.assertIn('<b>this</b>', body)
        for text in (body, complaint.description):
            self.assertNotIn('steal', text)

    def test_signs_that_no_database_stores(self):
        raw = self.write_mail().as_bytes()
        raw = raw.replace(b'Subject: Wet boxes', b'Subject: Wet \xff\xfe boxes').replace(b'are wet', b'are\x00wet')
        with self.mock_mail_gateway():
            self.env['mail.thread'].message_process(False, raw)
        complaint = self.env['dealer.complaint'].search([], order='id desc', limit=1)
        self.assertIn('Wet', complaint.title)
        self.assertIn('arewet', complaint.description)

    def test_thousand_recipients(self):
        others = self.env['res.partner'].create(
            [{'name': f'Other {number}', 'email': f'other{number}@example.com'} for number in range(3)]
        )
        before = self.env['res.partner'].search_count([])
        complaint = self.receive(
            Cc=', '.join(
                [*others.mapped('email'), *(f'stranger{number}@example.com' for number in range(1000))],
            )
        )
        self.assertEqual(self.env['res.partner'].search_count([]), before)
        self.assertFalse(complaint.message_partner_ids & others)
        self.assertFalse(complaint.message_ids.partner_ids & others)
        suggested = complaint._message_get_suggested_recipients(reply_discussion=True)
        self.assertEqual([person['partner_id'] for person in suggested], self.contact.ids)

    def test_alias_of_a_team_of_another_company(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        domain = self.env['mail.alias.domain'].create({'name': 'other-company.example.com'})
        other.alias_domain_id = domain
        team = self.env['dealer.complaint.team'].create(
            {'name': 'Other Team', 'company_id': other.id, 'alias_name': 'trouble', 'alias_domain_id': domain.id}
        )
        dealer = self.make_dealer('Of the Other', email='of-other@example.com', company_id=other.id)
        complaint = self.receive(To='trouble@other-company.example.com', From='of-other@example.com')
        self.assertEqual((complaint.company_id, complaint.team_id), (other, team))
        self.assertEqual(complaint.dealer_id, dealer)
        self.assertFalse(self.receive(From='of-other@example.com').dealer_id.filtered('company_id') - dealer)

    def test_dealer_of_another_company(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        self.team.company_id = self.company
        self.make_dealer('Of the Other', email='of-other@example.com', company_id=other.id)
        complaint = self.receive(From='of-other@example.com')
        self.assertEqual(complaint.company_id, self.company)
        self.assertFalse(complaint.dealer_id, 'Not a dealer of this company.')

    # -------------------------------------------------------------- Unknown senders

    def test_stranger_is_not_made_a_contact(self):
        before = self.env['res.partner'].search_count([])
        complaint = self.receive(From='Stranger <stranger@nowhere.example>')
        self.assertEqual(self.env['res.partner'].search_count([]), before)
        self.assertFalse(complaint.dealer_id or complaint.partner_id)
        self.assertEqual(complaint.email_normalized, 'stranger@nowhere.example')
        whose = self.env.ref('dealer_management.mail_activity_complaint_whose')
        todo = complaint.activity_ids.filtered(lambda activity: activity.activity_type_id == whose)
        self.assertEqual(len(todo), 1)
        self.assertIn(todo.user_id, complaint.user_id | self.team.user_id | self.team.member_ids)
        # An answer reaches the stranger all the same.
        with self.mock_mail_gateway():
            complaint.with_user(self.users['complaint']).message_post(
                body='Who are you?', message_type='comment', subtype_xmlid='mail.mt_comment'
            )
            self.env['mail.mail'].process_email_queue()
        self.assertSentEmail(
            self.users['complaint'].partner_id, ['stranger@nowhere.example'], body_content='Who are you?'
        )
        # Once it is known, the to-do is done and the contact is answered.
        self.contact.email = 'stranger@nowhere.example'
        complaint.with_user(self.users['complaint']).dealer_id = self.dealer
        self.assertEqual(complaint.partner_id, self.contact)
        self.assertFalse(complaint.activity_ids.filtered(lambda activity: activity.activity_type_id == whose))
        message = complaint.message_post(
            body='We know',
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            author_id=self.env.user.partner_id.id,
        )
        self.assertIn(self.contact, message.partner_ids)

    # -------------------------------------------------------------------- Receipt

    def get_receipts(self):
        return self.env['mail.mail'].search([('model', '=', 'dealer.complaint'), ('subject', 'like', 'have received')])

    def test_receipt(self):
        complaint = self.receive()
        [receipt] = self.get_receipts()
        self.assertIn(complaint.name, receipt.subject)
        self.assertIn(f'/my/complaints/{complaint.id}', receipt.body_html)
        self.assertIn("'Auto-Submitted': 'auto-replied'", receipt.headers)
        self.assertIn('contact@example.com', receipt.email_to)
        self.assertIn(self.address, receipt.reply_to)
        self.assertNotIn('OdooBot', receipt.reply_to)
        self.assertFalse(complaint.date_first_reply or complaint.date_acknowledged, 'A machine acknowledges nothing.')
        self.receive(Subject='Another')
        self.assertEqual(len(self.get_receipts()), 1, 'Once an hour.')
        complaint.date_receipt = '2026-01-01 00:00:00'
        self.receive(Subject='Later')
        self.assertEqual(len(self.get_receipts()), 2)

    def test_receipt_of_a_stranger_has_no_portal(self):
        self.receive(From='stranger@nowhere.example', Subject='<b>Buy</b> this')
        [receipt] = self.get_receipts()
        self.assertNotIn('/my/complaints', receipt.body_html)
        self.assertNotIn('Buy', receipt.body_html + receipt.subject, 'What a stranger wrote is sent to nobody.')

    def test_receipt_in_the_dealers_language(self):
        self.env['res.lang']._activate_lang('zh_CN')
        template = self.env.ref('dealer_management.mail_template_complaint_receipt')
        template.with_context(lang='zh_CN').subject = '[{{ object.name }}] 我们已收到您的来信'
        self.contact.lang = 'zh_CN'
        complaint = self.receive()
        mail = self.env['mail.mail'].search([('res_id', '=', complaint.id), ('model', '=', 'dealer.complaint')])
        self.assertIn('已收到', ' '.join(mail.mapped('subject')))

    def test_no_receipt_to_ourselves(self):
        self.receive(From=self.users['staff'].email_formatted)
        self.assertFalse(self.get_receipts())

    # ------------------------------------------------------------ What is not let in

    def test_mails_of_machines(self):
        complaint = self.receive()
        complaint.with_user(self.users['complaint']).action_wait('Which lot?')
        question = complaint.message_ids.filtered(lambda message: 'Which lot' in message.body)
        known = complaint.date_last_word
        for headers in (
            {'Auto_Submitted': 'auto-replied'},
            {'Auto_Submitted': 'auto-generated (vacation)'},
            {'Precedence': 'bulk'},
            {'Precedence': 'Auto_Reply'},
            {'Precedence': 'list'},
            {'X_Autoreply': 'yes'},
            {'X_Auto_Response_Suppress': 'DR, OOF, AutoReply'},
            {'X_Auto_Response_Suppress': 'All'},
            {'Return_Path': '<>'},
            {'From': 'Mail Delivery System <MAILER-DAEMON@example.com>'},
        ):
            with self.subTest(headers):
                messages = complaint.message_ids
                self.assertFalse(self.receive(**headers), 'No new complaint.')
                self.assertFalse(self.answer_to(question, **headers))
                self.assertEqual(complaint.message_ids, messages)
                self.assertTrue(complaint.waiting_since, "Not the dealer's word.")
                self.assertEqual(complaint.date_last_word, known)

    def test_mails_of_people_with_such_headers(self):
        for headers in (
            {'Auto_Submitted': 'no'},
            {'Precedence': 'first-class'},
            {'X_Auto_Response_Suppress': 'OOF'},
            {'X_Autoreply': 'no'},
        ):
            with self.subTest(headers):
                self.assertEqual(len(self.receive(**headers)), 1)

    def test_bounce_is_no_complaint(self):
        self.assertFalse(self.receive(To=f'{self.mail_alias_domain.bounce_alias}@{self.mail_alias_domain.name}'))

    def test_other_models_get_mails_of_machines_as_before(self):
        group = self.env['mail.test.gateway'] if 'mail.test.gateway' in self.env else self.env['dealer.complaint.team']
        self.assertEqual(
            self.env['mail.thread'].message_route.__func__.__module__.rpartition('.')[2], 'mail_thread_complaint'
        )
        self.env['mail.alias'].create(
            {
                'alias_name': 'others',
                'alias_domain_id': self.mail_alias_domain.id,
                'alias_model_id': self.env['ir.model']._get_id(group._name),
                'alias_defaults': "{'name': 'Made by mail'}",
            }
        )
        before = group.search_count([])
        self.receive(To=f'others@{self.mail_alias_domain.name}', Auto_Submitted='auto-generated')
        self.assertEqual(group.search_count([]), before + 1)

    # ---------------------------------------------------------------------- Replies

    def test_reply_joins_and_ends_the_waiting(self):
        complaint = self.receive()
        complaint.with_user(self.users['complaint']).action_wait('Which lot?')
        question = complaint.message_ids.filtered(lambda message: 'Which lot' in message.body)
        self.assertFalse(self.answer_to(question, text='Lot 7'))
        self.assertIn('Lot 7', ''.join(complaint.message_ids.mapped('body')))
        self.assertFalse(complaint.waiting_since)

    def test_number_in_the_subject(self):
        complaint = self.receive()
        self.assertFalse(self.receive(Subject=f'Photographs for [{complaint.name}]', text='See these'))
        self.assertIn('See these', ''.join(complaint.message_ids.mapped('body')))
        other = self.make_dealer('Other', email='other@example.com')
        new = self.receive(Subject=f'[{complaint.name}] mine', From='other@example.com')
        self.assertEqual(new.dealer_id, other, "Another dealer's mail is not let into it.")
        new = self.receive(Subject=f'[{complaint.name}] mine', From='stranger@nowhere.example')
        self.assertEqual(len(new), 1)

    def test_reply_to_what_was_merged(self):
        gone, kept = self.receive(), self.make_complaint()
        gone.sudo().merged_into_id = kept
        self.assertFalse(self.receive(Subject=f'[{gone.name}]', text='More of it'))
        self.assertIn('More of it', ''.join(kept.message_ids.mapped('body')))

    def test_reply_of_our_people(self):
        complaint = self.receive()
        user = self.users['complaint']
        user.email = 'agent@our-company.example'
        mail = complaint.message_ids.filtered(lambda message: message.message_type == 'email')
        self.answer_to(mail, text='We look at it', From='agent@our-company.example')
        self.assertTrue(complaint.date_first_reply and complaint.date_acknowledged)
        reply = complaint.message_ids.filtered(lambda message: 'We look at it' in message.body)
        self.assertIn(self.contact, reply.notified_partner_ids, 'It goes on to the dealer.')

    def test_mail_passed_on_by_our_people(self):
        self.users['staff'].email = 'staff@our-company.example'
        complaint = self.receive(From='staff@our-company.example')
        self.assertFalse(complaint.dealer_id)
        self.assertFalse(complaint.date_first_reply, 'Nobody has replied to the dealer.')
        self.assertFalse(complaint.date_last_word)

    def test_others_do_not_speak_for_the_dealer(self):
        complaint = self.receive()
        complaint.with_user(self.users['complaint']).action_wait('Which lot?')
        question = complaint.message_ids.filtered(lambda message: 'Which lot' in message.body)
        self.answer_to(question, text='I carried it', From='carrier@lorries.example')
        self.assertIn('I carried it', ''.join(complaint.message_ids.mapped('body')))
        self.assertTrue(complaint.waiting_since)

    def test_word_after_the_end_is_kept_and_told_once(self):
        complaint = self.make_complaint(answer='<p>No.</p>', user_id=self.users['complaint'].id)
        word = self.env.ref('dealer_management.mail_activity_complaint_word')
        complaint.action_answer()
        for state in ('answered', 'closed'):
            with self.subTest(state):
                if state == 'closed':
                    complaint.action_close()
                for number in range(2):
                    self.receive(Subject=f'[{complaint.name}]', text=f'Still wrong {state} {number}')
                    self.assertIn(f'{state} {number}', ''.join(complaint.message_ids.mapped('body')))
                self.assertEqual(complaint.state, state, 'Not reopened by itself.')
                todo = complaint.activity_ids.filtered(lambda activity: activity.activity_type_id == word)
                self.assertEqual(todo.user_id, self.users['complaint'])
                self.assertEqual(len(todo), 1)
        complaint.with_user(self.users['complaint']).message_post(
            body='We see', message_type='comment', subtype_xmlid='mail.mt_comment'
        )
        self.assertFalse(complaint.activity_ids, 'Who has replied has read it.')

    # ------------------------------------------------------------------ Attachments

    def test_files_of_a_mail(self):
        complaint = self.receive(
            files=[
                ('photo.png', PNG, 'image/png'),
                ('photo.exe', PNG, 'application/octet-stream'),
                ('holiday.jpg', b'MZ\x90\x00' + b'\x00' * 200, 'image/jpeg'),
                ('page.pdf', b'<html><script>steal()</script></html>', 'application/pdf'),
                ('paper.pdf', b'%PDF-1.4\n%test', 'application/pdf'),
                ('torn.jpg', b'\xff\xd8\xff\xe0 torn', 'image/jpeg'),
                ('large.pdf', b'%PDF-1.4\n' + b'x' * (20 * 1024 * 1024), 'application/pdf'),
            ]
        )
        self.assertEqual(complaint._get_evidence().mapped('name'), ['photo.jpg', 'photo.jpg', 'paper.pdf'])
        note = complaint.message_ids.filtered(lambda message: 'Not kept' in message.body)
        self.assertEqual(note.subtype_id, self.env.ref('mail.mt_note'))
        for name in ('holiday.jpg', 'page.pdf', 'torn.jpg', 'large.pdf'):
            self.assertIn(name, note.body)

    def test_names_say_what_the_files_hold(self):
        """Whatever a mail calls them: what is text opens as text, and no name leads out of its folder."""
        files = [
            ('run.ps1', b'Write-Host "x"\n$a = 1\n', 'text/plain', 'run.txt', 'text/plain'),
            ('s.js', b'harmless words\n', 'text/javascript', 's.txt', 'text/plain'),
            ('x.svg', b' <svg xmlns="http://www.w3.org/2000/svg"></svg>', 'image/svg+xml', 'x.txt', 'text/plain'),
            ('../../etc/passwd.txt', b'words\n', 'text/plain', 'passwd.txt', 'text/plain'),
            ('list.CSV', b'a;b\n1;2\n', 'text/csv', 'list.csv', 'text/csv'),
            ('no extension', b'%PDF-1.4\n%test', 'application/pdf', 'no extension.pdf', 'application/pdf'),
            ('scan.bmp', make_photo(kind='BMP'), 'image/bmp', 'scan.jpg', 'image/jpeg'),
            ('fax.tiff', make_photo(kind='TIFF'), 'image/tiff', 'fax.jpg', 'image/jpeg'),
            ('moving.gif', make_photo(kind='GIF'), 'image/gif', 'moving.jpg', 'image/jpeg'),
            ('a/b.exe', b'\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic', 'image/heic', 'b.heic', 'image/heic'),
        ]
        # As Odoo tells them with libmagic, and without.
        for guess in (mimetypes.guess_mimetype, mimetypes._odoo_guess_mimetype):
            with patch('odoo.addons.dealer_management.models.dealer_complaint_mail_post.guess_mimetype', guess):
                complaint = self.receive(files=[file[:3] for file in files])
            evidence = complaint._get_evidence()
            self.assertEqual(sorted(evidence.mapped('name')), sorted(file[3] for file in files))
            kinds = {kept.name: kept.mimetype for kept in evidence}
            self.assertEqual(kinds, {name: mimetype for *_file, name, mimetype in files})

    def test_too_many_files(self):
        complaint = self.make_complaint()
        self.env['ir.attachment'].create(
            [
                {'name': f'{number}.png', 'raw': PNG, 'res_model': complaint._name, 'res_id': complaint.id}
                for number in range(199)
            ]
        )
        self.receive(
            Subject=f'[{complaint.name}]', files=[('one.png', PNG, 'image/png'), ('two.png', PNG, 'image/png')]
        )
        self.assertEqual(len(complaint._get_evidence()), 200)
        self.assertIn('two.png', ''.join(complaint.message_ids.mapped('body')))
