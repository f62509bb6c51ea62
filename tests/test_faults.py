import errno
import secrets
from unittest.mock import patch

from psycopg2.errors import DiskFull

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .complaint_portal_common import ComplaintPortalCase, make_photo
from .fault_common import full_disk, mail_server
from .test_complaint_mail import ComplaintMailCase
from .test_deadline import DeadlineCase
from .test_price_change import PriceChangeCase

DOWN = ('refuses', 'hangs', 'drops')
NO_ROOM = 'The server cannot keep'
MAIL_LOGS = ('odoo.addons.mail.models.mail_mail', 'odoo.addons.base.models.ir_mail_server')
STORE_LOG = 'odoo.addons.dealer_management.models.ir_attachment_write'


class MailDownMixin:
    """The mail server is down; later it is back."""

    def send_queue(self, mode):
        """Let the queue send what waits; returns the mail server."""
        self.env.flush_all()
        with mail_server(mode) as server, mute_logger(*MAIL_LOGS):
            self.env['mail.mail'].process_email_queue(batch_size=1000)
        self.env.invalidate_all()
        return server

    def get_waiting(self, records):
        """The mails about ``records`` that have not been sent."""
        mails = self.env['mail.mail'].sudo().search([('model', '=', records._name), ('res_id', 'in', records.ids)])
        return mails.filtered(lambda mail: mail.state in ('outgoing', 'exception'))

    def check_sent_once(self, records, *addresses):
        """What could not be sent is still there; what is tried again comes once, and is not sent again."""
        waiting = self.get_waiting(records)
        self.assertTrue(waiting)
        for mode in DOWN:
            self.send_queue(mode)
            self.assertEqual(self.get_waiting(records), waiting, f'Nothing is lost: {mode}.')
            # The button of Odoo's own list of mails.
            waiting.filtered(lambda mail: mail.state == 'exception').mark_outgoing()
        server = self.send_queue('works')
        for address in addresses:
            self.assertEqual(len(server.to(address)), 1, address)
        self.assertFalse(self.get_waiting(records))
        self.assertFalse(self.send_queue('works').taken)


@tagged('post_install', '-at_install')
class TestMailDownComplaint(MailDownMixin, ComplaintPortalCase):
    """A dealer reports a problem while no mail goes out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.users['complaint']
        cls.person.write({'email': 'person@example.com', 'notification_type': 'email'})
        cls.team.assignment = 'balanced'
        cls.damage_type.team_id = cls.team

    def test_reported_and_answered(self):
        for mode in DOWN:
            with self.subTest(mode), mail_server(mode) as server:
                complaint = self.report()
                self.assertEqual(complaint.user_id, self.person)
                self.assertTrue(complaint.date_form)
                self.send(f'{complaint.access_url}/say', message='And the third one', form_key='ab' * 16)
                complaint.with_user(self.person)._tell_dealer('We send new ones.')
                self.assertFalse(server.asked, 'Nobody waits for the mail server.')
            self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', self.get_queue().id)]))
            self.get_waiting(complaint).filtered(
                lambda mail: 'person@example.com' not in mail.recipient_ids.mapped('email')
            ).unlink()
            self.get_waiting(complaint)[1:].unlink()
            self.check_sent_once(complaint, 'person@example.com')

    def get_queue(self):
        return self.env.ref('mail.ir_cron_mail_scheduler_action')

    def test_several_at_once_tell_by_the_queue(self):
        """Somebody is told of an import."""
        with mail_server('hangs') as server:
            self.env['dealer.complaint'].create([self.complaint_vals(user_id=self.person.id) for _number in range(3)])
            self.assertFalse(server.asked)
        server = self.send_queue('works')
        self.assertEqual(server.to('person@example.com'), ['3 complaints are yours to answer'])


@tagged('post_install', '-at_install')
class TestMailDownJobs(MailDownMixin, DeadlineCase):
    """A dealer's deadline passes while no mail goes out."""

    def test_deadline_of_a_dealer(self):
        self.set_targets(('form', 'calendar', 'days', 2))
        complaint = self.complain('2026-09-28 10:00')
        with mail_server('hangs') as server:
            self.run_job('2026-10-01 00:00')
            self.run_job('2026-10-01 00:05')
            self.assertFalse(server.asked)
        self.assertEqual(self.deadline(complaint, 'form').told, 100)
        to_dealer = self.get_waiting(complaint).filtered(lambda mail: mail.recipient_ids == self.contact)
        self.assertEqual(len(to_dealer), 1)
        self.check_sent_once(complaint, 'contact@example.com')
        self.run_job('2026-10-02 00:00')
        self.assertFalse(self.get_waiting(complaint), 'Nor is it told again.')


@tagged('post_install', '-at_install')
class TestMailDownPrices(MailDownMixin, PriceChangeCase):
    """A price change is approved and announced while no mail goes out."""

    def test_announced(self):
        self.approver.write({'email': 'approver@example.com', 'notification_type': 'email'})
        with mail_server('hangs') as server:
            change = self.approve(self.make_change(self.pricelist_gold))
            self.run_job()
            self.assertFalse(server.asked)
        self.assertEqual(change.state, 'approved')
        lines = change.sudo().dealer_line_ids
        self.assertTrue(all(lines.mapped('announced_date')))
        self.check_sent_once(lines, 'golden@example.com')
        self.run_job()
        self.assertFalse(self.get_waiting(lines))


@tagged('post_install', '-at_install')
class TestDiskFull(ComplaintPortalCase):
    """There is no room for a photograph."""

    def setUp(self):
        super().setUp()
        # A picture that nobody has kept already: it would not be written again.
        self.photo = make_photo(colour=tuple(secrets.token_bytes(3)))
        self.files = (('box.jpg', self.photo),)
        self.key = 'fa' * 16

    def send_form(self, **options):
        return self.send(files=self.files, **options, **self.form_values(intake_key=self.key))

    def check_nothing_is_kept(self):
        self.assertFalse(self.get_complaints())
        self.assertFalse(self.env['ir.attachment'].search([('name', '=', 'box.jpg')]))

    def test_complaint(self):
        with full_disk(), mute_logger(STORE_LOG):
            answer = self.send_form()
        self.assertIn(NO_ROOM, answer['error'])
        self.check_nothing_is_kept()
        answer = self.send_form()
        complaint = self.get_complaints()
        self.assertEqual(answer, {'url': f'{complaint.access_url}?done=sent'})
        self.assertTrue(complaint._get_evidence().raw.startswith(b'\xff\xd8'), 'Whole, not what was cut off.')

    def test_without_scripts_the_form_comes_back(self):
        with full_disk(), mute_logger(STORE_LOG):
            response = self.send_form(script=False)
        self.assertEqual(response.status_code, 200)
        for text in (NO_ROOM, 'Two boxes are crushed', self.key):
            self.assertIn(text, response.text)
        self.check_nothing_is_kept()

    def test_message(self):
        complaint = self.report(files=(('other.jpg', make_photo(colour='blue')),))
        said = complaint.message_ids
        words = {'message': 'See here', 'form_key': self.key}
        path = f'{complaint.access_url}/say'
        with full_disk(), mute_logger(STORE_LOG):
            self.assertIn(NO_ROOM, self.send(path, files=self.files, **words)['error'])
            page = self.send(path, files=self.files, script=False, **words).text
        self.assertIn('See here', page)
        self.assertEqual(complaint.message_ids, said)
        self.assertIn('url', self.send(path, files=self.files, **words))
        self.assertEqual(len(complaint.message_ids - said), 1)

    def test_database_without_room(self):
        with patch.object(self.registry['dealer.complaint'], 'action_submit_form', side_effect=DiskFull('no room')):
            self.assertIn(NO_ROOM, self.send_form()['error'])
        self.check_nothing_is_kept()
        self.assertIn('url', self.send_form())

    def test_nothing_is_left_in_the_store(self):
        """Neither by a full disk nor by a server that is killed while it writes: the same file can come again."""
        files = self.env['ir.attachment']
        checksum = files._compute_checksum(self.photo)
        path = files._full_path(f'{checksum[:2]}/{checksum}')
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            with full_disk(number), mute_logger(STORE_LOG), self.assertRaises(UserError):
                files.create({'name': 'box.jpg', 'raw': self.photo})
            self.check_is_absent(path)
        with patch('os.replace', side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
            files.create({'name': 'box.jpg', 'raw': self.photo})
        self.check_is_absent(path)
        self.assertEqual(files.create({'name': 'box.jpg', 'raw': self.photo}).raw, self.photo)

    def check_is_absent(self, path):
        with self.assertRaises(FileNotFoundError):
            open(path, 'rb').close()


@tagged('post_install', '-at_install')
class TestDiskFullMail(ComplaintMailCase):
    """There is no room for what a mail brings: the mail server keeps it, and brings it again."""

    def test_mail(self):
        photo = make_photo(colour=tuple(secrets.token_bytes(3)))
        message = self.write_mail(files=[('box.jpg', photo, 'image/jpeg')])
        with full_disk(), mute_logger(STORE_LOG), self.assertRaisesRegex(UserError, NO_ROOM):
            self.receive(message)
        self.env.invalidate_all()
        self.assertFalse(self.env['dealer.complaint'].search([('dealer_id', '=', self.dealer.id)]))
        complaint = self.receive(message)
        self.assertEqual(len(complaint._get_evidence()), 1)
