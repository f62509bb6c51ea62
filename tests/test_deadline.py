from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from .complaint_common import ComplaintMixin
from .deadline_common import CalendarMixin

SHANGHAI = ZoneInfo('Asia/Shanghai')


class DeadlineMixin(CalendarMixin, ComplaintMixin):
    """Complaints of a type of our own by the calendar of the vectors; moments are told on Shanghai's clock."""

    @classmethod
    def setUpDeadlines(cls):
        cls.setUpComplaints()
        cls.setUpCalendar()
        cls.team.calendar_id = cls.calendar
        cls.policy = cls.make_policy(type_id=cls.plain_type.id, targets=[('resolve', 'working', 'hours', 8)])

    @classmethod
    def make_policy(cls, targets, **vals):
        """``targets``: ``[(kind, clock, unit, amount[, more values])]``."""
        return cls.env['dealer.deadline.policy'].create(
            {'name': 'Test', **vals, 'target_ids': [(0, 0, cls.target_vals(*target)) for target in targets]}
        )

    @staticmethod
    def target_vals(kind, clock, unit, amount, more=None):
        return {'kind': kind, 'clock': clock, 'unit': unit, 'amount': amount, **(more or {})}

    @classmethod
    def set_targets(cls, *targets):
        cls.policy.target_ids = [(5, 0, 0), *((0, 0, cls.target_vals(*target)) for target in targets)]

    @staticmethod
    def utc(text, zone=SHANGHAI):
        """A moment on the wall, as Odoo keeps it."""
        local = fields.Datetime.to_datetime(text if len(text) > 16 else f'{text}:00').replace(tzinfo=zone)
        return local.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    @classmethod
    def at(cls, text):
        return freeze_time(cls.utc(text))

    @classmethod
    def complain(cls, text, **vals):
        with cls.at(text):
            return cls.make_complaint(date_received=cls.utc(text), **vals)

    @staticmethod
    def deadline(complaint, kind='resolve'):
        return complaint.deadline_ids.filtered(lambda deadline: deadline.kind == kind)

    def check_due(self, complaint, due, kind='resolve'):
        self.assertEqual(self.deadline(complaint, kind).due, self.utc(due))

    def run_job(self, text):
        with self.at(text), self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_deadline').method_direct_trigger()
        self.env.invalidate_all()


class DeadlineCase(DeadlineMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpDeadlines()


@tagged('post_install', '-at_install')
class TestDeadlineScenarios(DeadlineCase):
    """As they are told, with real complaints."""

    def test_c1(self):
        for clock, due in (('calendar', '2026-09-29 10:00'), ('working', '2026-10-08 10:00')):
            self.set_targets(('first_reply', clock, 'hours', 24))
            complaint = self.complain('2026-09-28 10:00')
            self.check_due(complaint, due, 'first_reply')
            self.assertEqual(complaint.next_due, self.utc(due))

    def test_c2(self):
        self.plain_type.evidence = 'photo_or_sample'
        self.set_targets(('form', 'calendar', 'same_day', 0, {'pauses': False}))
        complaint = self.complain('2026-10-04 08:00', date_found=self.utc('2026-10-03 10:00'))
        self.check_due(complaint, '2026-10-03 23:59:59', 'form')
        self.assertEqual(str(complaint.dealer_due), '2026-10-03 15:59:59')
        self.assertFalse(complaint.next_due, 'It is the dealer who has to do it.')
        self.assertIn('Sample', complaint._get_missing()[0])
        complaint.sample_taken = True
        with self.at('2026-10-04 08:10'):
            complaint.action_submit_form()
        self.assertEqual(self.deadline(complaint, 'form').result, 'breached')
        self.assertTrue(complaint.is_dealer_late and not complaint.is_breached)

    def test_c3(self):
        for clock, unit, amount, more, due in (
            ('calendar', 'days', 7, {}, '2026-10-02 23:59:59'),
            ('calendar', 'days', 7, {'roll_forward': True}, '2026-10-08 18:00'),
            ('working', 'hours', 40, {}, '2026-10-09 17:00'),
        ):
            with self.subTest(due):
                self.set_targets(('form', clock, unit, amount, more))
                complaint = self.complain('2026-09-25 17:00')
                self.check_due(complaint, due, 'form')

    def test_c4(self):
        complaint = self.complain('2026-09-28 16:00')
        deadline = self.deadline(complaint)
        self.check_due(complaint, '2026-09-29 16:00')
        self.assertEqual(deadline.warning, self.utc('2026-09-29 14:00'))
        with self.at('2026-09-29 10:00'):
            complaint.action_wait('Which lot?')
        self.assertEqual((deadline.state, deadline.consumed, deadline.status), ('paused', 3 * 3600, 'paused'))
        self.assertFalse(complaint.next_due, 'Nothing is due while we wait.')
        self.run_job('2026-09-30 13:00')
        self.assertFalse(deadline.told or deadline.is_breached)
        with self.at('2026-09-30 14:00'):
            complaint.message_post(
                body='Lot 7', author_id=self.contact.id, message_type='email', subtype_xmlid='mail.mt_comment'
            )
        self.check_due(complaint, '2026-10-08 10:00')
        self.assertEqual((deadline.state, deadline.consumed), ('running', 3 * 3600))
        self.assertEqual(complaint.next_due, deadline.due)

    def test_c5(self):
        self.set_targets(('resolve', 'working', 'hours', 24))
        for second, result in ((0, 'met'), (1, 'breached')):
            complaint = self.complain('2026-09-28 10:00', answer='<p>Done</p>')
            with self.at(f'2026-10-08 10:00:0{second}'):
                complaint.action_solve()
            self.assertEqual(self.deadline(complaint).result, result)
            complaint.action_answer()
            complaint.action_close()
            self.assertEqual((self.deadline(complaint).result, complaint.is_breached), (result, bool(second)))

    def test_c6(self):
        for start, hours, due in (
            ('2026-09-25 16:30', 4, '2026-09-28 11:30'),
            ('2026-09-26 11:00', 8, '2026-09-28 18:00'),
            ('2026-09-25 18:00', 1, '2026-09-28 10:00'),
        ):
            self.set_targets(('resolve', 'working', 'hours', hours))
            self.check_due(self.complain(start), due)

    def test_c7(self):
        self.set_targets(('resolve', 'working', 'days', 1))
        self.check_due(self.complain('2026-09-28 08:00'), '2026-09-28 18:00')
        self.check_due(self.complain('2026-09-28 10:00'), '2026-09-29 18:00')


@tagged('post_install', '-at_install')
class TestDeadlineEvents(DeadlineCase):
    def test_only_a_persons_reply_to_the_dealer_counts(self):
        self.set_targets(('first_reply', 'calendar', 'hours', 24), ('acknowledge', 'working', 'hours', 4))
        complaint = self.complain('2026-09-28 10:00')
        staff = complaint.with_user(self.users['complaint'])
        for options in (
            {'message_type': 'comment', 'subtype_xmlid': 'mail.mt_note'},
            {'message_type': 'auto_comment', 'subtype_xmlid': 'mail.mt_comment'},
            {'message_type': 'notification', 'subtype_xmlid': 'mail.mt_comment'},
        ):
            with self.at('2026-09-28 10:30'):
                staff.message_post(body='x', **options)
            self.assertEqual(self.deadline(complaint, 'first_reply').state, 'running')
        with self.at('2026-09-29 10:00'):
            staff.message_post(body='We look at it', message_type='comment', subtype_xmlid='mail.mt_comment')
        self.assertEqual(self.deadline(complaint, 'first_reply').result, 'met')
        self.assertEqual(self.deadline(complaint, 'acknowledge').result, 'breached', 'Four working hours are over.')

    def test_reopening_continues_the_clock(self):
        complaint = self.complain('2026-09-28 16:00', answer='<p>Done</p>')
        deadline = self.deadline(complaint)
        with self.at('2026-09-29 10:00'):
            complaint.action_answer()
        self.assertEqual((deadline.result, deadline.consumed), ('met', 3 * 3600))
        with self.at('2026-09-30 14:00'):
            complaint.action_reopen('Still broken')
        self.check_due(complaint, '2026-10-08 10:00')
        self.assertEqual((deadline.result, deadline.done_at), ('open', False))
        with self.at('2026-10-08 10:00:01'):
            complaint.action_solve()
        self.assertEqual(deadline.result, 'breached')
        complaint.action_answer()
        complaint.action_reopen('Again')
        self.assertEqual((deadline.result, deadline.state), ('breached', 'running'))
        self.check_due(complaint, '2026-10-08 10:00')
        complaint.action_solve()
        self.assertEqual((deadline.result, complaint.is_breached), ('breached', True), 'For good.')

    def test_confirmation_begins_with_each_answer(self):
        self.set_targets(('confirm', 'calendar', 'days', 7), ('resolve', 'working', 'hours', 8))
        complaint = self.complain('2026-09-28 10:00', answer='<p>Done</p>')
        self.assertFalse(self.deadline(complaint, 'confirm'))
        with self.at('2026-09-28 12:00'):
            complaint.action_answer()
        self.check_due(complaint, '2026-10-05 23:59:59', 'confirm')
        self.assertEqual(complaint.dealer_due, self.utc('2026-10-05 23:59:59'))
        with self.at('2026-09-29 12:00'):
            complaint.action_reopen('Still broken')
        self.assertEqual(self.deadline(complaint, 'confirm').state, 'stopped')
        self.assertFalse(complaint.dealer_due)
        with self.at('2026-10-09 12:00'):
            complaint.action_answer()
        self.check_due(complaint, '2026-10-16 23:59:59', 'confirm')
        with self.at('2026-10-10 12:00'):
            complaint.action_confirm()
        self.assertEqual(self.deadline(complaint, 'confirm').result, 'met')

    def test_stopped_when_it_is_over(self):
        self.set_targets(('resolve', 'working', 'hours', 8), ('first_reply', 'calendar', 'hours', 1))
        complaint = self.complain('2026-09-28 10:00')
        with self.at('2026-09-28 12:00'):
            complaint.action_cancel('A mistake')
        self.assertEqual(self.deadline(complaint).result, 'stopped')
        self.assertEqual(self.deadline(complaint, 'first_reply').result, 'breached', 'It was late already.')
        self.assertFalse(complaint.next_due)
        with self.at('2026-09-28 14:00'):
            complaint.action_reopen('None, after all')
        self.check_due(complaint, '2026-09-29 11:00')  # 2 of 8 hours were gone; 4 are left of Monday
        self.assertEqual(self.deadline(complaint).state, 'running')

    def test_what_does_not_wait_for_the_dealer(self):
        self.set_targets(('resolve', 'working', 'hours', 8, {'pauses': False}))
        complaint = self.complain('2026-09-28 10:00')
        with self.at('2026-09-28 11:00'):
            complaint.action_wait('Which lot?')
        self.assertEqual(self.deadline(complaint).state, 'running')

    def test_late_before_the_pause(self):
        complaint = self.complain('2026-09-28 10:00')
        with self.at('2026-09-30 10:00'):
            complaint.action_wait('Which lot?')
        self.assertTrue(complaint.is_breached, 'Waiting does not heal.')
        due = self.deadline(complaint).due
        with self.at('2026-10-08 10:00'):
            complaint.action_resume()
        self.assertEqual(self.deadline(complaint).due, due)

    def test_clock_stands_still_while_the_dealer_is_asked(self):
        """Whatever we do meanwhile."""
        complaint = self.complain('2026-09-28 09:00')
        deadline = self.deadline(complaint)
        for moment, step in (
            ('2026-09-28 10:00', complaint.action_solve),
            ('2026-09-28 11:00', lambda: complaint.action_wait('Which lot?')),
            ('2026-09-28 13:00', complaint.action_analyse),
        ):
            with self.at(moment):
                step()
        self.assertEqual((deadline.state, deadline.consumed), ('paused', 3600))
        self.run_job('2026-09-30 10:00')
        self.assertFalse(complaint.is_breached)
        with self.at('2026-09-30 10:00'):
            complaint.action_resume()
        self.assertEqual(deadline.state, 'running')
        self.check_due(complaint, '2026-09-30 18:00')

    def test_another_type_waits_or_does_not(self):
        self.plain_type.copy({'name': 'Other', 'code': 'test_other'})
        other_type = self.env['dealer.complaint.type'].search([('code', '=', 'test_other')])
        self.make_policy([('resolve', 'working', 'hours', 8, {'pauses': False})], type_id=other_type.id)
        complaint = self.complain('2026-09-28 09:00')
        deadline = self.deadline(complaint)
        with self.at('2026-09-28 10:00'):
            complaint.action_wait('Which lot?')
        with self.at('2026-09-28 11:00'):
            complaint.type_id = other_type
        self.assertEqual((deadline.state, deadline.pauses, deadline.stops[-1][1] is False), ('running', False, False))
        self.check_due(complaint, '2026-09-29 10:00')  # an hour was gone, and one stood still
        with self.at('2026-09-28 14:00'):
            complaint.type_id = self.plain_type
        self.assertEqual((deadline.state, deadline.pauses, deadline.stops[-1][1]), ('paused', True, False))
        self.run_job('2026-09-30 10:00')
        self.assertFalse(complaint.is_breached)
        with self.at('2026-09-30 10:00'):
            complaint.action_resume()
        self.assertEqual(deadline.state, 'running')

    def test_our_clock_is_turned_back_by_managers_only(self):
        complaint = self.complain('2026-09-28 10:00', date_found=self.utc('2026-09-27 10:00'))
        staff = complaint.with_user(self.users['complaint'])
        with self.at('2026-09-28 17:00'):
            with self.assertRaisesRegex(UserError, 'only a channel manager'):
                staff.date_received = self.utc('2026-09-28 16:00')
            staff.write({'date_received': self.utc('2026-09-28 09:00'), 'date_found': self.utc('2026-09-27 09:00')})
            self.env.cr.precommit.run()
            tracked = complaint.message_ids.tracking_value_ids.field_id.mapped('name')
            self.assertLessEqual({'date_received', 'date_found'}, set(tracked))
            complaint.with_user(self.users['manager']).date_received = self.utc('2026-09-28 10:00')
        self.check_due(complaint, '2026-09-29 10:00')

    def test_planned_anew_when_it_becomes_urgent(self):
        self.make_policy(
            type_id=self.plain_type.id,
            priority='2',
            targets=[('resolve', 'working', 'hours', 2), ('first_reply', 'calendar', 'hours', 1)],
        )
        complaint = self.complain('2026-09-28 10:00')
        deadline = self.deadline(complaint)
        with self.at('2026-09-28 11:00'):
            complaint.action_wait('Which lot?')
        with self.at('2026-09-28 14:00'):
            complaint.action_resume()
        with self.at('2026-09-28 14:30'):
            complaint.priority = '2'
        self.assertEqual(self.deadline(complaint), deadline, 'The same one.')
        self.check_due(complaint, '2026-09-28 15:00')
        self.check_due(complaint, '2026-09-28 11:00', 'first_reply')
        with self.at('2026-09-28 14:40'):
            complaint.action_solve()
            complaint.priority = '0'
        self.assertEqual((deadline.result, deadline.due), ('met', self.utc('2026-09-28 15:00')), 'Done stays done.')
        self.assertFalse(self.deadline(complaint, 'first_reply'), 'The ordinary policy has none.')

    def test_planned_anew_when_it_was_found_earlier(self):
        self.set_targets(('form', 'calendar', 'days', 7), ('resolve', 'working', 'hours', 8))
        complaint = self.complain('2026-09-28 10:00')
        self.check_due(complaint, '2026-10-05 23:59:59', 'form')
        complaint.date_found = self.utc('2026-09-26 10:00')
        self.check_due(complaint, '2026-10-03 23:59:59', 'form')
        complaint.date_received = self.utc('2026-09-28 09:00')
        self.check_due(complaint, '2026-09-28 18:00')

    def test_dealer_is_told_later(self):
        self.set_targets(('form', 'calendar', 'days', 7), ('resolve', 'working', 'hours', 8))
        complaint = self.complain('2026-09-28 10:00', dealer_id=False, partner_id=False)
        self.assertEqual(complaint.deadline_ids.mapped('kind'), ['resolve'])
        complaint.dealer_id = self.dealer
        self.check_due(complaint, '2026-10-05 23:59:59', 'form')

    def test_policy_without_targets(self):
        """Refused, however its last target goes."""
        policies = self.env['dealer.deadline.policy'].with_user(self.users['manager'])
        policy = policies.browse(self.policy.id)
        with self.assertRaisesRegex(ValidationError, 'Empty.+ has no targets'):
            policies.create({'name': 'Empty', 'type_id': self.secret_type.id})
        with self.assertRaisesRegex(ValidationError, 'has no targets'):
            policy.target_ids = [(5, 0, 0)]
        self.env.cr.precommit.clear()
        with self.assertRaisesRegex(ValidationError, 'has no targets'):
            policy.target_ids.unlink()
            self.env.cr.flush()
        self.env.cr.precommit.clear()
        policy.unlink()
        self.env.cr.flush()

    def test_policy_changes_leave_what_runs(self):
        complaint = self.complain('2026-09-28 16:00')
        self.set_targets(('resolve', 'working', 'hours', 1))
        self.check_due(complaint, '2026-09-29 16:00')
        self.assertFalse(self.deadline(complaint).target_id)

    def test_nobody_ever_works(self):
        """Nothing typed is lost: the deadline runs by the calendar, and says so."""
        self.make_leave('2026-01-01 00:00:00', '2036-01-01 00:00:00')
        complaint = self.complain('2026-09-28 16:00')
        self.check_due(complaint, '2026-09-29 00:00')
        self.assertEqual((self.deadline(complaint).clock, self.deadline(complaint).without_hours), ('working', True))
        self.assertIn('runs by the calendar', complaint.message_ids.mapped('body')[0])

    def test_somebody_works_again(self):
        leave = self.make_leave('2026-01-01 00:00:00', '2036-01-01 00:00:00')
        complaint = self.complain('2026-09-28 16:00')
        notes = complaint.message_ids
        with self.at('2026-09-28 17:00'):
            complaint.priority = '1'
            self.env.cr.precommit.run()
            leave.date_to = '2026-01-02 00:00:00'
            self.env.cr.precommit.run()
        self.check_due(complaint, '2026-09-29 16:00')
        self.assertFalse(self.deadline(complaint).without_hours)
        told = (complaint.message_ids - notes).filtered(lambda note: 'runs by the calendar' in note.body)
        self.assertFalse(told, 'Said once.')

    def test_forged_deadlines(self):
        complaint = self.complain('2026-09-28 16:00', next_due='2030-01-01 00:00:00', is_breached=True)
        self.check_due(complaint, '2026-09-29 16:00')
        self.assertEqual(complaint.next_due, self.utc('2026-09-29 16:00'))
        self.assertFalse(complaint.is_breached)


@tagged('post_install', '-at_install')
class TestDeadlinePolicy(DeadlineCase):
    def test_most_specific_holds(self):
        self.env['dealer.deadline.policy'].search([]).active = False
        amounts = {}
        number = 100
        other = self.env['res.company'].create({'name': 'Other Company'})
        for complaint_type in (False, self.plain_type.id):
            for grade in (False, self.gold.id):
                for priority in (False, '1'):
                    for company in (False, self.company.id, other.id):
                        key = (complaint_type, grade, priority, company)
                        number += 1
                        amounts[key] = number
                        self.make_policy(
                            [('resolve', 'calendar', 'hours', number)],
                            type_id=complaint_type,
                            grade_id=grade,
                            priority=priority,
                            company_id=company,
                        )
        self.dealer.grade_id = self.gold
        specific = [key for key in sorted(amounts, key=lambda key: [bool(part) for part in key]) if key[3] != other.id]
        for key in reversed(specific):
            complaint = self.complain('2026-09-28 10:00', priority='1')
            self.assertEqual(self.deadline(complaint).amount, amounts[key], key)
            self.env['dealer.deadline.policy'].search(
                [
                    (name, '=', part)
                    for name, part in zip(('type_id', 'grade_id', 'priority', 'company_id'), key, strict=True)
                ]
            ).active = False
        self.assertFalse(self.complain('2026-09-28 10:00', priority='1').deadline_ids)

    def test_sentences(self):
        for target, sentence in (
            (('form', 'calendar', 'same_day', 0), 'Problem Form in: on the same day, until 23:59:59'),
            (('first_reply', 'calendar', 'hours', 24), 'First Reply: within 24 h, day and night'),
            (('resolve', 'working', 'days', 5), 'Resolve: until the end of whole working day no. 5'),
            (
                ('form', 'calendar', 'days', 7, {'roll_forward': True}),
                'Problem Form in: until 23:59:59, 7 d later; on a day off, until the end of the next working day',
            ),
        ):
            self.set_targets(target)
            self.assertEqual(self.policy.target_ids.sentence, sentence)

    def test_whose_hours(self):
        """Ours: the target's, the team's, the company's. The dealer's: the target's, its own, ours in its zone."""
        self.set_targets(('form', 'working', 'hours', 1), ('resolve', 'working', 'hours', 1))
        night = self.make_calendar([(str(day), (20, 23)) for day in range(7)], tz='Europe/Berlin')
        self.dealer.tz = 'Asia/Urumqi'
        complaint = self.complain('2026-09-28 09:00')
        form, resolve = self.deadline(complaint, 'form'), self.deadline(complaint)
        self.assertEqual((form.calendar_id, form.tz), (self.calendar, 'Asia/Urumqi'))
        self.assertEqual((resolve.calendar_id, resolve.tz), (self.calendar, 'Asia/Shanghai'))
        self.check_due(complaint, '2026-09-28 12:00', 'form')  # 10:00 in Urumqi
        self.check_due(complaint, '2026-09-28 10:00')
        self.dealer.complaint_calendar_id = night
        complaint = self.complain('2026-09-28 09:00')
        form = self.deadline(complaint, 'form')
        self.assertEqual((form.calendar_id, form.tz), (night, 'Europe/Berlin'))
        self.assertEqual(form.due, self.utc('2026-09-28 21:00', ZoneInfo('Europe/Berlin')))
        self.team.calendar_id = False
        self.assertEqual(
            self.deadline(self.complain('2026-09-28 09:00')).calendar_id, self.company.resource_calendar_id
        )
        self.policy.target_ids.calendar_id = night
        self.assertEqual(self.deadline(self.complain('2026-09-28 09:00')).calendar_id, night)


@tagged('post_install', '-at_install')
class TestDeadlineStatus(DeadlineCase):
    def test_status(self):
        complaint = self.complain('2026-09-28 16:00')
        deadline = self.deadline(complaint)
        for moment, status, text in (
            ('2026-09-28 17:00', 'ok', '23 h 0 min left'),
            ('2026-09-29 14:00', 'soon', '2 h 0 min left'),
            ('2026-09-29 16:00', 'soon', '0 min left'),
            ('2026-09-30 17:10', 'late', '1 d 1 h late'),
        ):
            with self.at(moment):
                deadline.invalidate_recordset(['status', 'remaining_text'])
                self.assertEqual((deadline.status, deadline.remaining_text), (status, text))
        with self.at('2026-09-29 15:00'):
            complaint.action_wait('Which lot?')
            self.assertEqual((deadline.status, deadline.remaining_text), ('paused', '1 h 0 min left'))
            complaint.action_resume()
            complaint.action_solve()
            self.assertEqual((deadline.status, deadline.remaining_text), ('met', ''))
