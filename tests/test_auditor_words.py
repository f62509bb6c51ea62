from odoo.exceptions import AccessError
from odoo.tests import tagged

from .outcome_common import OutcomeCase


@tagged('post_install', '-at_install')
class TestAuditorWords(OutcomeCase):
    """Auditors read what was said and what there is to do; they say nothing and give nobody anything to do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = cls.users['auditor']
        program = cls.make_program(date_from='2026-01-01')
        cls.records = {
            record._name: record
            for record in (
                cls.make_complaint(),
                cls.env['dealer.rebate.accrual'].create({'program_id': program.id, 'date': '2026-10-31'}),
                program,
                cls.team,
                cls.env['dealer.territory'].create({'name': 'East'}),
            )
        }

    def test_every_chatter_asks_for_the_right_to_write(self):
        models = [
            name
            for name, model in self.registry.items()
            if name.startswith('dealer.') and not model._abstract and hasattr(model, 'message_post')
        ]
        self.assertGreater(len(models), 10)
        for name in models:
            record = self.env[name].with_user(self.auditor).browse(1)
            with self.subTest(name):
                operations = record._mail_get_operation_for_mail_message_operation('create')
                self.assertEqual(operations, {record: 'write'})

    def test_nothing_is_said(self):
        manager = self.users['manager'].partner_id
        for name, read in self.records.items():
            read.message_subscribe(self.auditor.partner_id.ids)  # Odoo lets followers speak
            record = read.with_user(self.auditor)
            message = {'model': name, 'res_id': record.id, 'body': 'Why?'}
            later = {'author_id': self.auditor.partner_id.id, 'scheduled_date': '2027-01-01 08:00:00'}
            for way, say in (
                ('comment', lambda record=record: self.say(record, 'mail.mt_comment')),
                ('note', lambda record=record: self.say(record, 'mail.mt_note')),
                ('notice', lambda record=record: record.message_notify(body='Why?', partner_ids=manager.ids)),
                ('message', lambda record=record, vals=message: record.env['mail.message'].create(vals)),
                (
                    'later',
                    lambda record=record, vals=message | later: record.env['mail.scheduled.message'].create(vals),
                ),
            ):
                with self.subTest(name, way=way), self.assertRaises(AccessError):
                    say()

    def say(self, record, subtype):
        return record.message_post(body='Why?', message_type='comment', subtype_xmlid=subtype)

    def test_nobody_gets_a_to_do(self):
        for name, record in self.records.items():
            for user in (self.auditor, self.users['manager']) if 'activity_ids' in record else ():
                with self.subTest(name, user=user.login), self.assertRaises(AccessError):
                    record.with_user(self.auditor).activity_schedule('mail.mail_activity_data_todo', user_id=user.id)

    def test_all_is_read(self):
        complaint = self.records['dealer.complaint']
        complaint.activity_schedule('mail.mail_activity_data_todo', user_id=self.staff.id)
        seen = complaint.with_user(self.auditor)
        self.assertEqual(seen.message_ids.sudo(), complaint.message_ids)
        self.assertEqual(seen.activity_ids.sudo(), complaint.activity_ids)

    def test_accountants_write_notes(self):
        for name in ('dealer.complaint', 'dealer.rebate.accrual'):
            record = self.records[name].with_user(self.accountant)
            with self.subTest(name):
                self.assertFalse(record.has_access('write'))
                note = self.say(record, 'mail.mt_note')
                self.assertEqual(note.author_id, self.accountant.partner_id)
                record.activity_schedule('mail.mail_activity_data_todo', user_id=self.accountant.id)
