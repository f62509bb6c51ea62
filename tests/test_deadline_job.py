from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models import dealer_deadline_calendar, dealer_deadline_job
from .test_deadline import DeadlineCase

EIGHT_HOURS = ('resolve', 'working', 'hours', 8)


class JobCase(DeadlineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader, cls.person, cls.chief = (cls.users[role] for role in ('manager', 'complaint', 'staff'))

    def told(self, complaint):
        """``{login: summary}`` of the reminders on the complaint."""
        activities = complaint.activity_ids.filtered('dealer_deadline_id')
        return {activity.user_id.login.removeprefix('test_'): activity.summary for activity in activities}


@tagged('post_install', '-at_install')
class TestDeadlineJob(JobCase):
    def test_levels_are_told_once(self):
        self.set_targets((*EIGHT_HOURS, {'tell_50': True, 'escalation_user_id': self.chief.id}))
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
        deadline = self.deadline(complaint)
        half, three_quarters = '50 % of the time is gone: Resolve', '75 % of the time is gone: Resolve'
        for moment, told, people in (
            ('2026-09-29 10:59', 0, {}),
            ('2026-09-29 11:00', 50, {'complaint': half, 'staff': half}),
            ('2026-09-29 13:59', 50, {'complaint': half, 'staff': half}),
            ('2026-09-29 14:00', 75, {'complaint': three_quarters, 'staff': three_quarters}),
            ('2026-09-29 16:00', 75, {'complaint': three_quarters, 'staff': three_quarters}),
            ('2026-09-29 16:00:01', 100, dict.fromkeys(('complaint', 'staff', 'manager'), 'Missed: Resolve')),
            ('2026-09-30 16:00', 100, dict.fromkeys(('complaint', 'staff', 'manager'), 'Missed: Resolve')),
        ):
            with self.subTest(moment):
                before = complaint.activity_ids
                self.run_job(moment)
                self.assertEqual((deadline.told, self.told(complaint)), (told, people))
                self.assertEqual(complaint.is_breached, told == 100)
                self.run_job(moment)
                self.assertFalse(complaint.activity_ids - before - complaint.activity_ids, 'Not twice.')
        self.assertFalse(deadline.next_check)
        self.assertEqual(complaint.activity_ids.mapped('date_deadline'), [fields.Date.to_date('2026-09-29')] * 3)
        self.assertEqual(len(complaint.activity_ids), 3)

    def test_second_run_tells_nothing(self):
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
        self.run_job('2026-09-29 14:00')
        activities = complaint.activity_ids
        self.assertEqual(len(activities), 1)
        self.run_job('2026-09-29 14:05')
        self.assertEqual(complaint.activity_ids, activities)

    def test_job_was_off(self):
        """Only the highest level is told."""
        self.set_targets((*EIGHT_HOURS, {'tell_50': True}))
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
        self.run_job('2026-10-09 10:00')
        self.assertEqual(set(self.told(complaint).values()), {'Missed: Resolve'})
        later = self.complain('2026-10-09 16:00', user_id=self.person.id)
        self.run_job('2026-10-12 15:00')
        self.assertEqual(self.told(later), {'complaint': '75 % of the time is gone: Resolve'})

    def test_levels_that_are_not_ticked(self):
        self.set_targets((*EIGHT_HOURS, {'tell_75': False, 'tell_100': False}))
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
        self.run_job('2026-09-29 15:00')
        self.assertEqual(self.deadline(complaint).told, 0)
        self.run_job('2026-09-29 16:00:01')
        self.assertTrue(complaint.is_breached, 'Noted, not told.')
        self.assertFalse(complaint.activity_ids.filtered('dealer_deadline_id'))

    def test_nobody_is_assigned(self):
        complaint = self.complain('2026-09-28 16:00', user_id=False)
        complaint.user_id = False
        self.run_job('2026-09-29 14:00')
        self.assertEqual(self.told(complaint).keys(), {'manager'})
        self.team.user_id = False
        other = self.complain('2026-09-28 16:00')
        other.user_id = False
        self.run_job('2026-09-29 14:00')
        self.assertEqual(self.told(other).keys(), {'complaint'}, 'The members.')

    def test_reminders_go_when_it_is_done(self):
        for step in ('action_solve', 'action_wait', 'action_cancel'):
            complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
            self.run_job('2026-09-29 15:00')
            self.assertTrue(self.told(complaint))
            with self.at('2026-09-29 15:30'):
                getattr(complaint, step)(*(['x'] if step != 'action_solve' else []))
            self.assertFalse(self.told(complaint))
            self.run_job('2026-09-30 15:00')
            self.assertFalse(self.told(complaint) or complaint.is_breached)

    def test_asking_the_dealer_takes_nothing_back(self):
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
        self.run_job('2026-09-29 16:00:01')
        missed = dict.fromkeys(('complaint', 'manager'), 'Missed: Resolve')
        self.assertEqual(self.told(complaint), missed)
        with self.at('2026-09-29 17:00'):
            complaint.action_wait('Which lot?')
        self.assertEqual(self.told(complaint), missed)
        activities = complaint.activity_ids
        with self.at('2026-09-30 10:00'):
            complaint.action_resume()
        self.run_job('2026-09-30 11:00')
        self.assertEqual(complaint.activity_ids, activities, 'Nor is it told twice.')
        with self.at('2026-09-30 12:00'):
            complaint.action_solve()
        self.assertFalse(self.told(complaint))

    def test_asking_the_dealer_before_the_job_hides_nothing(self):
        for resumed in (False, True):
            complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
            with self.at('2026-09-29 16:02'):
                complaint.action_wait('Which lot?')
                if resumed:
                    complaint.action_resume()
            self.assertTrue(complaint.is_breached)
            self.run_job('2026-09-29 16:05')
            self.assertEqual(self.told(complaint), dict.fromkeys(('complaint', 'manager'), 'Missed: Resolve'))
            self.assertFalse(self.deadline(complaint).next_check)

    def test_reopened_before_the_job_knew(self):
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id, answer='<p>Done</p>')
        with self.at('2026-09-29 16:01'):
            complaint.action_answer()
        self.run_job('2026-09-29 16:05')
        self.assertFalse(self.told(complaint), 'It is done.')
        with self.at('2026-09-29 16:10'):
            complaint.action_reopen('Still broken')
        self.run_job('2026-09-29 16:15')
        self.assertEqual(self.told(complaint).keys(), {'complaint', 'manager'})

    def test_confidential_is_told_to_the_head_office_only(self):
        self.policy.type_id = self.secret_type
        trusted = self.users['auditor']
        trusted.group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        self.set_targets((*EIGHT_HOURS, {'escalation_user_id': self.chief.id}))
        complaint = self.complain('2026-09-28 16:00', type_id=self.secret_type.id)
        self.run_job('2026-09-29 16:00:01')
        self.assertIn('auditor', self.told(complaint), 'Nobody else of them may read it.')
        self.assertTrue(self.told(complaint).keys().isdisjoint(('manager', 'complaint', 'staff')))
        self.assertFalse(complaint.message_partner_ids & (self.leader | self.chief).partner_id)

    def test_dealers_are_written_to(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.contact.lang = 'zh_CN'
        self.set_targets(('form', 'calendar', 'days', 2))
        complaint = self.complain('2026-09-28 10:00')
        self.run_job('2026-09-29 10:00')
        # The person who answers has its own mail.
        to_dealer = [
            ('model', '=', complaint._name),
            ('res_id', '=', complaint.id),
            ('recipient_ids', 'in', self.contact.ids),
        ]
        self.assertFalse(self.env['mail.mail'].search(to_dealer))
        for moment, number in (('2026-09-30 16:00', 1), ('2026-09-30 16:05', 1), ('2026-10-01 00:00', 2)):
            self.run_job(moment)
            mails = self.env['mail.mail'].search(to_dealer)
            self.assertEqual(len(mails), number)
        self.assertEqual(mails.recipient_ids, self.contact)
        self.assertIn(complaint.name, mails[-1].subject)
        self.assertIn('23:59:59', mails[-1].body_html, "On the dealer's clock.")
        self.assertTrue(complaint.is_dealer_late)
        self.assertFalse(self.told(complaint))
        self.assertFalse(complaint.date_first_reply, 'No person has replied.')

    def test_missed_ones_are_credited(self):
        self.set_targets((*EIGHT_HOURS, {'credit_amount': 200}), ('first_reply', 'calendar', 'hours', 1))
        compensated = []
        with patch.object(
            self.registry['dealer.deadline'], '_compensate', lambda deadlines: compensated.append(deadlines.ids)
        ):
            by_job = self.complain('2026-09-28 16:00')
            self.run_job('2026-09-29 16:00:01')
            by_step = self.complain('2026-09-28 16:00')
            with self.at('2026-09-29 17:00'):
                by_step.action_solve()
            self.complain('2026-09-28 16:00').action_cancel('x')
        self.assertEqual(
            [ids for ids in compensated if ids][:2], [self.deadline(by_job).ids, self.deadline(by_step).ids]
        )

    def test_killed_halfway(self):
        """What was committed is told, the rest at the next run: each once."""
        complaints = self.env['dealer.complaint']
        for _number in range(5):
            complaints |= self.complain('2026-09-28 16:00', user_id=self.person.id)
        commits = []

        def no_time_left(_jobs, processed=0, *, remaining=None, **_options):
            commits.append(processed)
            return remaining or 0

        with (
            patch.object(dealer_deadline_job, 'BATCH', 2),
            patch.object(self.registry['ir.cron'], '_commit_progress', no_time_left),
            self.at('2026-09-29 15:00'),
        ):
            for left in (3, 1, 0, 0):
                self.env['dealer.deadline']._cron_follow_deadlines()
                deadlines = complaints.deadline_ids
                self.assertEqual(len(deadlines.filtered(lambda deadline: not deadline.told)), left)
                self.assertEqual(len(deadlines.activity_ids), 5 - left)
        self.assertEqual(sum(commits), 5)

    def test_queries(self):
        """200 that are due: a bounded number of queries each, and few."""
        with self.at('2026-09-28 16:00'):
            self.env['dealer.complaint'].create([self.complaint_vals(user_id=self.person.id) for _n in range(200)])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.at('2026-09-29 15:00'):
            due = self.env['dealer.deadline'].search(self.env['dealer.deadline']._get_check_domain())
            self.assertEqual(len(due), 200)
            before = self.cr.sql_log_count
            due._check()
            self.env.flush_all()
            self.assertLess(self.cr.sql_log_count - before, 60)
        self.assertEqual(len(due.activity_ids), 200)

    def test_index_finds_what_is_due(self):
        self.env.flush_all()
        self.env.cr.execute('SET LOCAL enable_seqscan = off')
        query = self.env['dealer.deadline']._search(
            self.env['dealer.deadline']._get_check_domain(), order='next_check, id', limit=100
        )
        sql = query.select()
        self.env.cr.execute('EXPLAIN ' + sql.code, sql.params)
        plan = '\n'.join(line for (line,) in self.env.cr.fetchall())
        self.assertIn('dealer_deadline_next_check_idx', plan)


@tagged('post_install', '-at_install')
class TestDeadlineCalendarChange(JobCase):
    def commit(self):
        """What happens at the end of a request."""
        self.env.cr.flush()

    def test_day_off_plans_open_ones_anew(self):
        self.set_targets(EIGHT_HOURS, ('acknowledge', 'working', 'hours', 4))
        complaint = self.complain('2026-09-28 16:00', user_id=self.person.id)
        with self.at('2026-09-28 17:00'):
            complaint.action_acknowledge()
        done = self.deadline(complaint, 'acknowledge')
        due = done.due
        self.run_job('2026-09-29 14:30')
        self.assertEqual(self.deadline(complaint).told, 75)
        leave = self.make_leave('2026-09-29 07:00:00', '2026-09-29 15:59:59')
        self.commit()
        self.check_due(complaint, '2026-09-30 10:00')
        self.assertEqual(complaint.next_due, self.deadline(complaint).due)
        self.assertEqual(done.due, due, 'Done stays done.')
        self.run_job('2026-09-30 09:30')
        self.assertEqual(len(complaint.activity_ids), 1, 'What was told is not told again.')
        leave.unlink()
        self.commit()
        self.check_due(complaint, '2026-09-29 16:00')

    def test_all_that_a_clock_rests_on(self):
        complaint = self.complain('2026-09-28 16:00')
        lines = self.calendar.attendance_ids
        tuesday = lines.filtered(lambda line: line.dayofweek == '1' and line.hour_from == 13)
        for change, due in (
            (lambda: tuesday.write({'hour_from': 14}), '2026-09-29 17:00'),
            (tuesday.unlink, '2026-09-30 12:00'),
            (lambda: self.make_makeup_day('2026-09-29', '0'), '2026-09-29 16:00'),
            (lambda: self.calendar.makeup_day_ids.write({'date': '2026-09-30'}), '2026-09-30 12:00'),
            (lambda: self.calendar.write({'makeup_day_ids': [(5,)]}), '2026-09-30 12:00'),
            (lambda: self.calendar.write({'tz': 'Asia/Urumqi'}), '2026-09-30 12:00'),
            (
                lambda: self.env['resource.calendar.leaves'].create(
                    {'date_from': '2026-09-28 16:00:00', 'date_to': '2026-09-29 15:59:59'}
                ),
                '2026-09-30 16:00',
            ),
        ):
            change()
            self.commit()
            with self.subTest(due=due):
                self.check_due(complaint, due)
        self.assertEqual(self.deadline(complaint).tz, 'Asia/Urumqi')

    def test_pauses_are_planned_by_the_new_hours(self):
        complaint = self.complain('2026-09-28 16:00')
        with self.at('2026-09-29 10:00'):
            complaint.action_wait('Which lot?')
        with self.at('2026-09-30 14:00'):
            complaint.action_resume()
        self.make_leave('2026-09-28 16:00:00', '2026-09-29 15:59:59')
        self.commit()
        self.assertEqual(self.deadline(complaint).consumed, 2 * 3600, 'Tuesday is a day off: nothing was consumed.')
        self.check_due(complaint, '2026-10-08 11:00')

    def test_missed_ones_stay(self):
        complaint = self.complain('2026-09-28 16:00')
        self.run_job('2026-09-29 16:00:01')
        self.make_leave('2026-09-28 16:00:00', '2026-09-29 15:59:59')
        self.commit()
        self.assertTrue(complaint.is_breached)
        self.check_due(complaint, '2026-09-29 16:00')

    def test_hours_of_one_person_change_nothing(self):
        self.complain('2026-09-28 16:00')
        self.commit()
        person = self.env['resource.resource'].create({'name': 'Somebody', 'calendar_id': self.calendar.id})
        with patch.object(self.registry['dealer.deadline'], '_plan_calendars_anew') as plan:
            self.make_leave('2026-09-28 16:00:00', '2026-09-29 15:59:59', resource_id=person.id)
            self.commit()
        plan.assert_not_called()

    def test_many_are_planned_by_the_job(self):
        complaints = self.env['dealer.complaint']
        for hour in range(4):
            complaints |= self.complain(f'2026-09-28 1{hour + 3}:00')
        with patch.object(dealer_deadline_calendar, 'AT_ONCE', 1):
            self.make_leave('2026-09-28 16:00:00', '2026-09-29 15:59:59')
            self.commit()
        deadlines = complaints.deadline_ids.sorted('started')
        self.assertEqual(deadlines.mapped('to_plan'), [False, True, True, True])
        self.check_due(deadlines[0].complaint_id, '2026-09-30 12:00')
        self.run_job('2026-09-28 17:00')
        self.assertFalse(any(deadlines.mapped('to_plan')))
        self.check_due(deadlines[3].complaint_id, '2026-09-30 16:00')

    def test_dealer_moves(self):
        """Its own duties follow its hours and its zone at once; ours and those of the target's own hours do not."""
        self.set_targets(('form', 'working', 'hours', 1), EIGHT_HOURS)
        self.dealer.tz = False
        complaint = self.complain('2026-09-28 08:00')
        other = self.complain('2026-09-28 08:00', dealer_id=self.make_dealer('Other').id, partner_id=False)
        with self.at('2026-09-28 08:00'):
            self.dealer.with_user(self.users['manager']).tz = 'Asia/Urumqi'
            self.check_due(complaint, '2026-09-28 12:00', 'form')  # 10:00 in Urumqi
            self.dealer.complaint_calendar_id = self.make_calendar([(str(day), (20, 23)) for day in range(7)])
            self.check_due(complaint, '2026-09-28 21:00', 'form')
            # A policy changes what is to come only.
            self.policy.target_ids.calendar_id = self.make_calendar([(str(day), (15, 18)) for day in range(7)])
            later = self.complain('2026-09-28 08:00')
            self.dealer.complaint_calendar_id = False
        self.check_due(complaint, '2026-09-28 12:00', 'form')
        self.check_due(complaint, '2026-09-28 18:00')
        self.check_due(later, '2026-09-28 16:00', 'form')
        self.check_due(other, '2026-09-28 10:00', 'form')

    def test_another_team_works_other_hours(self):
        night = self.make_calendar([(str(day), (20, 23)) for day in range(7)])
        team = self.env['dealer.complaint.team'].create({'name': 'Night', 'calendar_id': night.id})
        with self.at('2026-09-28 17:00'):
            complaint, other = self.complain('2026-09-28 16:00'), self.complain('2026-09-28 16:00')
            missed = self.complain('2026-09-21 16:00')
            self.run_job('2026-09-28 17:00')
            before = self.deadline(missed).due
            (complaint | missed).with_user(self.users['complaint']).team_id = team
            self.check_due(complaint, '2026-09-30 22:00')  # 3 hours, 3 hours, 2 hours
            self.check_due(other, '2026-09-29 16:00')
            self.assertEqual((self.deadline(missed).due, self.deadline(missed).result), (before, 'breached'))
            complaint.team_id = self.team
            self.check_due(complaint, '2026-09-29 16:00')
            # Hours of a target hold for every team.
            self.policy.target_ids.calendar_id = night
            own = self.complain('2026-09-28 16:00')
            own.team_id = team
            own.team_id = self.team
            self.check_due(own, '2026-09-30 22:00')

    def test_team_and_company_take_other_hours(self):
        night = self.make_calendar([(str(day), (20, 23)) for day in range(7)])
        with self.at('2026-09-28 17:00'):
            complaint = self.complain('2026-09-28 16:00')
            self.team.with_user(self.users['manager']).calendar_id = night
            self.check_due(complaint, '2026-09-30 22:00')
            self.company.resource_calendar_id = self.calendar
            self.check_due(complaint, '2026-09-30 22:00')
            self.team.calendar_id = False
            self.check_due(complaint, '2026-09-29 16:00')
            self.company.resource_calendar_id = night
            self.check_due(complaint, '2026-09-30 22:00')

    def test_dealer_moves_when_its_target_is_gone(self):
        self.set_targets(('form', 'working', 'hours', 1))
        self.dealer.tz = False
        complaint = self.complain('2026-09-28 08:00')
        self.set_targets(EIGHT_HOURS)
        self.dealer.tz = 'Asia/Urumqi'
        self.check_due(complaint, '2026-09-28 12:00', 'form')

    def test_other_changes_of_partners_plan_nothing(self):
        customer = self.env['res.partner'].create({'name': 'No Dealer'})
        self.dealer.tz = 'Asia/Urumqi'
        with patch.object(self.registry['dealer.deadline'], '_plan_dealers_anew') as plan:
            self.dealer.write({'phone': '1', 'tz': 'Asia/Urumqi'})
            (customer | self.contact).tz = 'Asia/Tokyo'
        plan.assert_not_called()

    def test_used_hours_are_not_emptied(self):
        with self.assertRaisesRegex(ValidationError, 'Test Hours.+leave some'):
            self.calendar.attendance_ids.unlink()
            self.commit()
        self.env.cr.precommit.clear()

    def test_hours_are_replaced_in_one_go(self):
        """Odoo takes all lines away and makes others: between them there are none."""
        complaint = self.complain('2026-09-28 16:00')
        self.calendar.attendance_ids.unlink()
        self.calendar.attendance_ids = [
            (0, 0, {'name': 'x', 'dayofweek': str(day), 'hour_from': 9, 'hour_to': 17}) for day in range(5)
        ]
        self.commit()
        self.check_due(complaint, '2026-09-29 16:00')

    def test_one_change_of_many_lines_is_planned_once(self):
        self.complain('2026-09-28 16:00')
        self.commit()
        with patch.object(self.registry['dealer.deadline'], '_plan_calendars_anew') as plan:
            for line in self.calendar.attendance_ids:
                line.hour_to += 0.5
            self.commit()
        plan.assert_called_once()


@tagged('post_install', '-at_install')
class TestDeadlineQueries(JobCase):
    def test_two_hundred_at_once(self):
        """Who assigns to somebody else has Odoo write to that person, which costs what it costs."""
        self.set_targets(EIGHT_HOURS, ('first_reply', 'calendar', 'hours', 24), ('acknowledge', 'working', 'hours', 4))
        create = self.env['dealer.complaint'].create
        vals = self.complaint_vals(user_id=self.env.uid)
        with self.at('2026-09-28 16:00'):
            create([dict(vals)])
            many = self.count_queries(lambda: create([dict(vals) for _n in range(200)]))
            one = self.count_queries(lambda: create([dict(vals)]))
            with patch.object(self.registry['dealer.complaint'], '_start_deadlines'):
                bare = self.count_queries(lambda: create([dict(vals)]))
        self.assertLess(many, 200 * 10)
        self.assertLessEqual(one - bare, 12, 'Three deadlines, by two calendars.')

    def test_deadlines_of_many_cost_what_those_of_one_do(self):
        complaints = self.env['dealer.complaint']
        with self.at('2026-09-28 16:00'), patch.object(self.registry['dealer.complaint'], '_start_deadlines'):
            complaints = complaints.create([self.complaint_vals() for _n in range(50)])
        with self.at('2026-09-28 16:00'):
            one = self.count_queries(complaints[0]._start_deadlines)
            many = self.count_queries(complaints[1:]._start_deadlines)
        self.assertEqual(len(complaints.deadline_ids), 50)
        self.assertLessEqual(many, one + 2)

    def test_next_due_in_time(self):
        """Computed with the deadlines, not by a step of its own."""
        complaint = self.complain('2026-09-28 16:00')
        self.assertEqual(complaint.next_due - complaint.next_warning, timedelta(hours=2))
