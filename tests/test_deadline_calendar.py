from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.deadline import DAYS, HOURS, NoWorkingTime, Target, plan
from .common import DealerCase
from .deadline_common import CalendarMixin

SHANGHAI = ZoneInfo('Asia/Shanghai')


class CalendarCase(CalendarMixin, DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpCalendar()

    def at(self, text, zone=SHANGHAI):
        return datetime.fromisoformat(text).replace(tzinfo=zone)

    def hours(self, start, end, calendar=None, **options):
        """``['Mon 09:00-12:00', …]``: what is worked between two dates, as the clock on the wall shows it."""
        work = (calendar or self.calendar)._get_working_time(**options)
        intervals = work.between(self.at(start, work.zone), self.at(end, work.zone))
        return [f'{low.astimezone(work.zone):%d %H:%M}-{high.astimezone(work.zone):%H:%M}' for low, high in intervals]

    def due(self, target, start, calendar=None):
        return plan(target, self.at(start), (calendar or self.calendar)._get_working_time()).due


@tagged('post_install', '-at_install')
class TestWorkingTime(CalendarCase):
    def test_vectors(self):
        working = Target(HOURS, 24, working=True)
        for target, start, due in (
            (working, '2026-09-28 10:00', '2026-10-08 10:00'),
            (Target(DAYS, 7, roll=True), '2026-09-25 17:00', '2026-10-08 18:00'),
            (Target(HOURS, 40, working=True), '2026-09-25 17:00', '2026-10-09 17:00'),
            (Target(HOURS, 4, working=True), '2026-09-25 16:30', '2026-09-28 11:30'),
            (Target(DAYS, 1, working=True), '2026-09-28 08:00', '2026-09-28 18:00'),
        ):
            with self.subTest(target=target, start=start):
                self.assertEqual(self.due(target, start), self.at(due))

    def test_breaks_do_not_count(self):
        self.calendar.attendance_ids = [
            (0, 0, {'name': 'x', 'dayofweek': '0', 'hour_from': 12, 'hour_to': 13, 'day_period': 'lunch'})
        ]
        self.assertEqual(self.hours('2026-09-28', '2026-09-29'), ['28 09:00-12:00', '28 13:00-18:00'])

    def test_day_off_ends_with_its_day(self):
        """Round the clock: no second of work is left at the end of a day off, which would make it a working day."""
        calendar = self.make_calendar([(str(day), (0, 24)) for day in range(7)])
        self.holidays.calendar_id = calendar
        self.assertEqual(
            self.hours('2026-09-30', '2026-10-09', calendar=calendar), ['30 00:00-00:00', '08 00:00-00:00']
        )
        self.assertEqual(
            self.due(Target(DAYS, 1, roll=True), '2026-10-06 10:00', calendar), self.at('2026-10-08 23:59:59')
        )

    def test_whose_days_off(self):
        """Of one person: none. Without a calendar: the company's own. Of another time type: work."""
        person = self.env['resource.resource'].create({'name': 'Somebody', 'calendar_id': self.calendar.id})
        day = ('2026-09-27 16:00:00', '2026-09-28 15:59:59')
        self.make_leave(*day, resource_id=person.id)
        self.make_leave(*day, time_type='other')
        other = self.env['res.company'].create({'name': 'Other Company'})
        abroad = (
            self.env['resource.calendar.leaves'].with_company(other).create({'date_from': day[0], 'date_to': day[1]})
        )
        self.assertEqual((abroad.calendar_id.id, abroad.company_id), (False, other))
        self.assertEqual(len(self.hours('2026-09-28', '2026-09-29')), 2)
        self.assertEqual(self.hours('2026-09-28', '2026-09-29', company=other), [])
        self.env['resource.calendar.leaves'].create({'date_from': day[0], 'date_to': day[1]})
        self.assertEqual(self.hours('2026-09-28', '2026-09-29'), [])

    def test_makeup_day(self):
        """Saturday 10-10 works as a Monday; so does a day of the holidays, and a Wednesday as a short Saturday."""
        self.assertEqual(self.hours('2026-10-10', '2026-10-11'), [])
        self.make_makeup_day('2026-10-10')
        self.make_makeup_day('2026-10-07')
        self.calendar.attendance_ids = [(0, 0, {'name': 's', 'dayofweek': '5', 'hour_from': 9, 'hour_to': 11})]
        self.make_makeup_day('2026-10-14', '5')
        for day in ('07', '10'):
            self.assertEqual(
                self.hours(f'2026-10-{day}', f'2026-10-{int(day) + 1:02}'),
                [f'{day} 09:00-12:00', f'{day} 13:00-18:00'],
            )
        self.assertEqual(self.hours('2026-10-14', '2026-10-15'), ['14 09:00-11:00'])
        self.assertEqual(
            self.due(Target(DAYS, 1, roll=True), '2026-10-04 10:00'), self.at('2026-10-07 18:00'), 'No holiday.'
        )

    def test_makeup_day_needs_hours_and_its_date(self):
        with self.assertRaisesRegex(ValidationError, 'have none on a Sunday'):
            self.make_makeup_day('2026-10-10', '6')
        self.make_makeup_day('2026-10-10')
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.make_makeup_day('2026-10-10', '1')

    def test_makeup_days_are_imported(self):
        result = (
            self.env['dealer.makeup.day']
            .with_user(self.users['manager'])
            .load(
                ['calendar_id/.id', 'date', 'works_as', 'name'],
                [[str(self.calendar.id), '2026-10-10', 'Wednesday', 'instead of 10-07']],
            )
        )
        self.assertFalse(result['messages'])
        self.assertEqual(self.calendar.makeup_day_ids.works_as, '2')
        self.assertEqual(self.calendar.copy().makeup_day_ids.works_as, '2', 'Copied with the calendar.')

    def test_two_weeks(self):
        """2026-09-28 begins a week of the second kind, the one after of the first."""
        calendar = self.make_calendar([('0', (9, 12))])
        calendar.switch_calendar_type()
        calendar.attendance_ids.filtered(lambda line: line.week_type == '1' and not line.display_type).hour_to = 10
        weeks = {
            self.env['resource.calendar.attendance'].get_week_type(self.at(day).date()): self.hours(
                day, f'{day[:8]}{int(day[8:]) + 1:02}', calendar=calendar
            )
            for day in ('2026-09-14', '2026-09-21')
        }
        self.assertEqual({week: hours[0][3:] for week, hours in weeks.items()}, {0: '09:00-12:00', 1: '09:00-10:00'})
        self.env['dealer.makeup.day'].create({'calendar_id': calendar.id, 'date': '2026-09-19', 'works_as': '0'})
        (saturday,) = self.hours('2026-09-19', '2026-09-20', calendar=calendar)
        week = self.env['resource.calendar.attendance'].get_week_type(self.at('2026-09-19').date())
        self.assertEqual(saturday[3:], weeks[week][0][3:], 'The Monday of its own week.')

    def test_flexible_hours(self):
        """Odoo spreads them around noon, from the beginning of each week."""
        calendar = self.make_calendar([('0', (9, 17))])
        calendar.write({'schedule_type': 'flexible', 'hours_per_day': 8, 'full_time_required_hours': 40})
        self.assertEqual(
            self.hours('2026-09-21', '2026-09-28', calendar=calendar),
            [f'{day} 08:00-16:00' for day in range(21, 26)],
        )
        self.env['dealer.makeup.day'].create({'calendar_id': calendar.id, 'date': '2026-09-26', 'works_as': '0'})
        self.assertEqual(self.hours('2026-09-26', '2026-09-27', calendar=calendar), ['26 08:00-16:00'])

    def test_zone(self):
        """The same hours on the clock of another place; a day off is the same stretch of time everywhere."""
        self.assertEqual(self.hours('2026-09-28', '2026-09-29', zone='Asia/Urumqi')[0], '28 09:00-12:00')
        work = self.calendar._get_working_time('Asia/Urumqi')
        (first, _rest) = work.between(self.at('2026-09-28'), self.at('2026-09-29'))
        self.assertEqual(first[0], self.at('2026-09-28 11:00'))

    def test_no_hours_at_all(self):
        calendar = self.make_calendar([])
        with self.assertRaises(NoWorkingTime):
            self.due(Target(HOURS, 1, working=True), '2026-09-28 10:00', calendar)

    def test_anybody_may_begin_a_deadline(self):
        self.make_makeup_day('2026-10-10')
        self.env.invalidate_all()
        calendar = self.calendar.with_user(self.env.ref('base.public_user'))
        self.assertEqual(len(self.hours('2026-10-10', '2026-10-11', calendar=calendar)), 2)

    def test_queries(self):
        """200 deadlines cost what one does."""
        self.env.flush_all()
        self.env.invalidate_all()
        work = self.calendar._get_working_time()
        with self.assertQueryCount(12):
            for number in range(200):
                start = self.at('2026-09-14 10:00') + timedelta(hours=number)
                plan(Target(HOURS, 24, working=True), start, work)
                plan(Target(DAYS, 7, roll=True), start, work)
