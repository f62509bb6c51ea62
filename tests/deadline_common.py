"""Working hours: as Odoo keeps them, and of a small world with the slow way to find what is due in it."""

from datetime import datetime, time, timedelta, timezone

from ..tools.deadline import HOURS, SAME_DAY, WorkingTime

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# All that is made up happens on full quarters of an hour: the slow way goes through them one by one.
QUARTER = timedelta(minutes=15)


class World:
    """Hours of two weeks, days off, and days that work as another day of the week: when is there work?"""

    def __init__(self, zone, weeks, off=(), makeup=()):
        self.zone, self.weeks, self.off, self.makeup = zone, weeks, off, dict(makeup)
        self.work = WorkingTime(zone, self.fetch)
        self.pieces = []

    def hours(self, day):
        """``[(from, to)]`` of a date, in quarters."""
        if day in self.makeup:
            return self.weeks[0][self.makeup[day]]
        return [] if day in self.off else self.weeks[day.isocalendar().week % 2][day.weekday()]

    def fetch(self, start, end):
        self.pieces.append((start, end))
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for low, high in reversed(self.hours(day)):
                yield self.wall(day, low), self.wall(day, high) - timedelta(microseconds=high == 96)
            day += DAY

    def wall(self, day, quarters):
        day += DAY * (quarters // 96)
        return datetime.combine(day, time(quarters % 96 // 4, quarters % 4 * 15), self.zone).astimezone(timezone.utc)

    def works(self, moment):
        """The slow way: whether the quarter of an hour that begins at ``moment`` is worked, by the clock on the wall."""
        local = moment.astimezone(self.zone)
        quarters = local.hour * 4 + local.minute // 15
        return any(low <= quarters < high for low, high in self.hours(local.date()))

    def quarters(self, day):
        """The moments of a date, a quarter of an hour each."""
        moment = datetime.combine(day, time(), timezone.utc) - DAY
        while moment.astimezone(self.zone).date() < day:
            moment += QUARTER
        while moment.astimezone(self.zone).date() == day:
            yield moment
            moment += QUARTER

    def end_of(self, day):
        return max(self.quarters(day)) + QUARTER - SECOND

    def end_of_work(self, day):
        """The end of the day's work; None on a day off."""
        worked = [moment for moment in self.quarters(day) if self.works(moment)]
        return min(max(worked) + QUARTER, self.end_of(day)) if worked else None


def slow_due(world, target, start, pauses=()):
    """When a target is due: quarter by quarter, pausing on the way. What is counted in days has no pauses."""
    day = start.astimezone(world.zone).date()
    if target.unit == HOURS:
        left, moment = target.seconds // 900, start
        while left:
            if not any(low <= moment < high for low, high in pauses):
                left -= not target.working or world.works(moment)
            moment += QUARTER
        end = moment
    elif target.unit == SAME_DAY:
        return world.end_of(day)
    elif target.working:
        left = target.amount
        if any(world.works(moment) for moment in world.quarters(day) if moment < start):
            day += DAY
        while True:
            left -= bool(world.end_of_work(day))
            if not left:
                return world.end_of_work(day)
            day += DAY
    else:
        end = world.end_of(day + DAY * target.amount)
    day = end.astimezone(world.zone).date()
    if target.roll and not target.working and not world.end_of_work(day):
        while not world.end_of_work(day):
            day += DAY
        return world.end_of_work(day)
    return end


class CalendarMixin:
    """The calendar of the vectors, as Odoo keeps it: Mon–Fri 9–12 and 13–18, the first week of October 2026 off."""

    @classmethod
    def setUpCalendar(cls):
        cls.calendar = cls.make_calendar([(str(day), hours) for day in range(5) for hours in ((9, 12), (13, 18))])
        cls.holidays = cls.make_leave('2026-09-30 16:00:00', '2026-10-07 15:59:59')

    @classmethod
    def make_calendar(cls, hours, **vals):
        """``hours``: ``[(day of the week, (from, to))]``."""
        return cls.env['resource.calendar'].create(
            {
                'name': 'Test Hours',
                'tz': 'Asia/Shanghai',
                'company_id': False,
                'attendance_ids': [
                    (5, 0, 0),
                    *(
                        (0, 0, {'name': day, 'dayofweek': day, 'hour_from': low, 'hour_to': high})
                        for day, (low, high) in hours
                    ),
                ],
                **vals,
            }
        )

    @classmethod
    def make_leave(cls, date_from, date_to, **vals):
        return cls.env['resource.calendar.leaves'].create(
            {'name': 'Off', 'calendar_id': cls.calendar.id, 'date_from': date_from, 'date_to': date_to, **vals}
        )

    @classmethod
    def make_makeup_day(cls, day, works_as='0', **vals):
        return cls.env['dealer.makeup.day'].create(
            {'calendar_id': cls.calendar.id, 'date': day, 'works_as': works_as, **vals}
        )
