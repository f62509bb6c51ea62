import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase, tagged

from ..tools.deadline import (
    DAYS,
    HOURS,
    SAME_DAY,
    NoWorkingTime,
    Target,
    WorkingTime,
    consumed,
    follow,
    is_met,
    moment_at,
    plan,
    resume,
)
from .deadline_common import DAY, World

VECTORS = json.loads(Path(__file__).with_name('data').joinpath('complaints.json').read_text(encoding='utf-8'))
SHANGHAI = ZoneInfo('Asia/Shanghai')


class VectorCase(BaseCase):
    """The calendar of the vectors: Mon–Fri 9–12 and 13–18 in Shanghai, off from October 1st to 7th."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.off = {date(2026, 10, day) for day in range(1, 8)}
        week = [[(36, 48), (52, 72)]] * 5 + [[], []]
        cls.world = World(SHANGHAI, [week, week], cls.off)
        cls.work = cls.world.work

    @staticmethod
    def at(text, zone=SHANGHAI):
        return datetime.fromisoformat(text).replace(tzinfo=zone)

    def due(self, target, start):
        return plan(target, self.at(start), self.work).due

    def check_due(self, target, start, due):
        self.assertEqual(self.due(target, start), self.at(due))


@tagged('post_install', '-at_install')
class TestDeadlineVectors(VectorCase):
    def check(self, name, *by_hand):
        """Each row of a vector, and what was worked out by hand."""
        self.assertEqual([row['due'] for row in VECTORS[name]], list(by_hand))
        for row in VECTORS[name]:
            unit = SAME_DAY if row.get('same_day') else HOURS if 'hours' in row else DAYS
            target = Target(
                unit,
                row.get('hours') or row.get('days') or 0,
                row.get('clock') == 'working',
                row.get('roll_forward', False),
            )
            with self.subTest(name, **row):
                self.check_due(target, row['start'], row['due'])

    def test_C1(self):
        self.check('C1', '2026-09-29 10:00', '2026-10-08 10:00')

    def test_C2(self):
        self.check('C2', '2026-10-03 23:59:59')
        for working in (False, True):
            self.check_due(Target(SAME_DAY, working=working, roll=True), '2026-10-03 10:00', '2026-10-03 23:59:59')
        self.assertEqual(self.due(Target(SAME_DAY), '2026-10-03 10:00').isoformat(), '2026-10-03T15:59:59+00:00')

    def test_C3(self):
        self.check('C3', '2026-10-02 23:59:59', '2026-10-08 18:00', '2026-10-09 17:00')

    def test_C4(self):
        (row,) = VECTORS['C4']
        target = Target(HOURS, row['hours'], working=True)
        start, work = self.at(row['start']), self.work
        due, total = plan(target, start, work)
        self.assertEqual((due, total), (self.at('2026-09-29 16:00'), 8 * 3600))
        self.assertEqual(due, self.at(row['due']))
        self.assertEqual(moment_at(target, 75, 0, start, due, work), self.at('2026-09-29 14:00'))
        self.assertEqual(self.at('2026-09-29 14:00'), self.at(row['at_75_percent']))
        paused, resumed = map(self.at, row['paused'])
        spent = consumed(target, start, paused, work)
        self.assertEqual((spent, row['consumed_hours']), (3 * 3600, 3))
        due = resume(target, total - spent, resumed, work)
        self.assertEqual((due, self.at(row['due_after_pause'])), (self.at('2026-10-08 10:00'),) * 2)
        self.assertEqual(follow(target, start, [(paused, resumed)], work), (due, total, spent, resumed))
        self.assertEqual(follow(target, start, [(paused, None)], work)[1:], (total, spent, None))
        # 6 of 8 hours: 3 are consumed, 3 more.
        self.assertEqual(moment_at(target, 75, spent, resumed, due, work), self.at('2026-09-30 17:00'))
        self.assertEqual(moment_at(target, 25, spent, resumed, due, work), resumed, 'That was before the pause.')

    def test_C5(self):
        for row, met in zip(VECTORS['C5'], (True, False), strict=True):
            self.assertEqual(is_met(self.at(row['due']), self.at(row['at'])), met)
            self.assertEqual(row['met'], met)
        self.assertTrue(is_met(self.at('2026-10-08 10:00:00'), self.at('2026-10-08 10:00:00.900')))

    def test_C6(self):
        self.check('C6', '2026-09-28 11:30', '2026-09-28 18:00', '2026-09-28 10:00')

    def test_C7(self):
        self.check('C7', '2026-09-28 18:00')
        day = Target(DAYS, 1, working=True)
        for start, due in (
            ('2026-09-28 09:00', '2026-09-28 18:00'),
            ('2026-09-28 09:00:01', '2026-09-29 18:00'),
            ('2026-09-28 10:00', '2026-09-29 18:00'),
            ('2026-09-28 12:30', '2026-09-29 18:00'),
            ('2026-09-28 20:00', '2026-09-29 18:00'),
            ('2026-09-30 20:00', '2026-10-08 18:00'),
            ('2026-10-03 10:00', '2026-10-08 18:00'),
        ):
            with self.subTest(start):
                self.check_due(day, start, due)
        self.check_due(Target(DAYS, 3, working=True), '2026-09-29 08:00', '2026-10-08 18:00')


@tagged('post_install', '-at_install')
class TestDeadlineTool(VectorCase):
    def test_days_are_local(self):
        for zone, start, days, due in (
            ('America/New_York', '2026-03-07 23:30', 1, '2026-03-08 23:59:59'),
            ('Asia/Shanghai', '2026-12-31 08:00', 1, '2027-01-01 23:59:59'),
            ('Asia/Shanghai', '2028-02-28 08:00', 1, '2028-02-29 23:59:59'),
            ('Asia/Shanghai', '2028-02-29 08:00', 366, '2029-03-01 23:59:59'),
        ):
            with self.subTest(zone=zone, start=start):
                work = WorkingTime(ZoneInfo(zone))
                found = plan(Target(DAYS, days), self.at(start, work.zone), work).due
                self.assertEqual(found, self.at(due, work.zone))

    def test_durations_are_elapsed_time(self):
        """Clocks change in New York on 2026-03-08, from 2:00 to 3:00, and back on 2026-11-01."""
        zone = ZoneInfo('America/New_York')
        work = WorkingTime(zone)
        for start, due in (
            ('2026-03-07 10:00', '2026-03-08 11:00'),
            ('2026-10-31 10:00', '2026-11-01 09:00'),
        ):
            self.assertEqual(plan(Target(HOURS, 24), self.at(start, zone), work).due, self.at(due, zone))
        self.assertEqual(plan(Target(SAME_DAY), self.at('2026-03-08 00:00', zone), work).total, 23 * 3600 - 1)
        self.assertEqual(plan(Target(SAME_DAY), self.at('2026-11-01 00:00', zone), work).total, 25 * 3600 - 1)

    def test_midnight_that_is_skipped_or_comes_twice(self):
        """In Beirut, 2024-03-31 begins at 1:00; in Havana, 2024-11-03 has 0:00 twice; Apia had no 2011-12-30."""
        for zone, start, due in (
            ('Asia/Beirut', '2024-03-29 22:00', '2024-03-30T21:59:59+00:00'),
            ('America/Havana', '2024-11-01 22:00', '2024-11-03T03:59:59+00:00'),
            ('Pacific/Apia', '2011-12-28 22:00', '2011-12-30T09:59:59+00:00'),
        ):
            with self.subTest(zone):
                work = WorkingTime(ZoneInfo(zone))
                found = plan(Target(DAYS, 1), self.at(start, work.zone), work).due
                self.assertEqual(found.isoformat(), due)

    def test_days_end_with_a_day_after_a_pause(self):
        by_calendar, rolling, working = Target(DAYS, 7), Target(DAYS, 7, roll=True), Target(DAYS, 2, working=True)
        for target, start, paused, resumed, due in (
            # 7 days from 09-25 17:00: an hour's pause is an hour more, which lies in the next day.
            (by_calendar, '2026-09-25 17:00', '2026-09-26 10:00', '2026-09-26 11:00', '2026-10-03 23:59:59'),
            (rolling, '2026-09-25 17:00', '2026-09-26 10:00', '2026-09-26 11:00', '2026-10-08 18:00'),
            # In the wait for working hours nothing is left, and the wait goes on.
            (rolling, '2026-09-25 17:00', '2026-10-04 10:00', '2026-10-05 11:00', '2026-10-08 18:00'),
            (rolling, '2026-09-25 17:00', '2026-10-08 10:00', '2026-10-08 10:00', '2026-10-08 18:00'),
            (rolling, '2026-09-25 17:00', '2026-10-04 10:00', '2026-10-09 11:00', '2026-10-09 18:00'),
            (rolling, '2026-09-25 17:00', '2026-10-04 10:00', '2026-10-09 19:00', '2026-10-12 18:00'),
            (Target(SAME_DAY), '2026-10-03 10:00', '2026-10-03 12:00', '2026-10-03 14:00', '2026-10-04 23:59:59'),
            # 16 hours from Mon 8:00; 10 are left on Wed 14:00: 4 on that day, 6 after the holidays.
            (working, '2026-09-28 08:00', '2026-09-28 16:00', '2026-09-30 14:00', '2026-10-08 18:00'),
            # What just fills a day ends with it.
            (working, '2026-09-28 08:00', '2026-09-28 18:00', '2026-09-30 09:00', '2026-09-30 18:00'),
        ):
            with self.subTest(target=target, resumed=resumed):
                total = plan(target, self.at(start), self.work).total
                spent = consumed(target, self.at(start), self.at(paused), self.work)
                found = resume(target, total - spent, self.at(resumed), self.work)
                self.assertEqual(found, self.at(due))

    def test_nothing_left(self):
        sunday = self.at('2026-09-27 10:00')
        for target, due in (
            (Target(HOURS, 2), '2026-09-27 10:00'),
            (Target(HOURS, 2, working=True), '2026-09-27 10:00'),
            (Target(SAME_DAY), '2026-09-27 23:59:59'),
            (Target(DAYS, 2), '2026-09-27 23:59:59'),
            (Target(DAYS, 2, roll=True), '2026-09-28 18:00'),
            (Target(DAYS, 2, working=True), '2026-09-28 18:00'),
        ):
            with self.subTest(target):
                for rest in (0, -600):
                    self.assertEqual(resume(target, rest, sunday, self.work), self.at(due))
                before = self.at('2026-10-09 08:00')
                self.assertEqual(resume(target, 0, sunday, self.work, before=before), before)

    def test_working_days_of_the_whole_day(self):
        """A day that is worked round the clock ends at 23:59:59, like every other."""
        world = World(SHANGHAI, [[[(0, 96)]] * 7] * 2)
        for days, due in ((1, '2026-09-28 23:59:59'), (2, '2026-09-29 23:59:59')):
            found = plan(Target(DAYS, days, working=True), self.at('2026-09-28 00:00'), world.work).due
            self.assertEqual(found, self.at(due))

    def test_fractions_of_a_second_do_not_count(self):
        found = plan(Target(SAME_DAY), self.at('2026-10-03 23:59:59.700'), self.work)
        self.assertEqual(found, (self.at('2026-10-03 23:59:59'), 0))
        self.assertEqual(Target(HOURS, 0.1).seconds, 360)

    def test_no_working_time(self):
        work = WorkingTime(SHANGHAI)
        start = self.at('2026-09-28 10:00')
        for target in (
            Target(HOURS, 1, working=True),
            Target(DAYS, 1, working=True),
            Target(DAYS, 1, roll=True),
        ):
            with self.subTest(target):
                with self.assertRaisesRegex(NoWorkingTime, 'three years after 2026-09-'):
                    plan(target, start, work)
        self.assertTrue(plan(Target(HOURS, 1), start, work).due)
        self.assertEqual(consumed(Target(HOURS, 1, working=True), start, start + DAY * 99, work), 0)

    def test_last_work_before_the_end(self):
        """Work that ends for good gives what it has, and no more."""
        work = WorkingTime(SHANGHAI, lambda *_piece: [(self.at('2026-09-28 09:00'), self.at('2026-09-28 10:00'))])
        start = self.at('2026-09-20 00:00')
        for target in (Target(HOURS, 1, working=True), Target(DAYS, 1, working=True)):
            self.assertEqual(plan(target, start, work).due, self.at('2026-09-28 10:00'))
        for target in (Target(HOURS, 2, working=True), Target(DAYS, 2, working=True)):
            with self.assertRaises(NoWorkingTime):
                plan(target, start, work)

    def test_pieces_are_fetched_once_and_only_those_needed(self):
        week = [[(36, 48), (52, 72)]] * 5 + [[], []]
        world = World(SHANGHAI, [week, week], self.off)
        for minutes in range(300):
            start = self.at('2026-09-21 10:00') + timedelta(minutes=minutes * 13)
            plan(Target(HOURS, 8, working=True), start, world.work)
            plan(Target(DAYS, 3, roll=True), start, world.work)
        self.assertLessEqual(len(world.pieces), 2)
        for start, end in world.pieces:
            local = start.astimezone(SHANGHAI)
            self.assertEqual((local.weekday(), local.time()), (0, time()), 'A piece begins with a Monday.')
            self.assertEqual(end - start, timedelta(weeks=8))

    def test_targets_that_are_none(self):
        for vals in (('weeks', 1), (DAYS, 0), (DAYS, 1.5), (DAYS, -1), (HOURS, 0), (HOURS, -2), (HOURS, 0.0001)):
            with self.subTest(vals), self.assertRaises(ValueError):
                Target(*vals)
