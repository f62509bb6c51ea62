"""What a target allows, when it is due, and what a pause leaves of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import ceil
from typing import NamedTuple

SAME_DAY, HOURS, DAYS = 'same_day', 'hours', 'days'


@dataclass(frozen=True)
class Target:
    """How long something may take.

    ``unit`` is the same day, hours or days; ``working`` counts them on working time, otherwise they
    run by the calendar. "The same day" is the calendar's, whatever the clock. ``roll``: what falls
    due, by the calendar, on a day without work waits for the end of the next day's work.
    """

    unit: str
    amount: float = 0
    working: bool = False
    roll: bool = False

    def __post_init__(self):
        if self.unit not in (SAME_DAY, HOURS, DAYS):
            raise ValueError(f'a target has no unit {self.unit!r}')
        if self.unit == DAYS and (self.amount < 1 or self.amount != int(self.amount)):
            raise ValueError(f'a target is of whole days, not {self.amount}')
        if self.unit == HOURS and self.seconds < 1:
            raise ValueError(f'a target is of more than {self.amount} hours')

    @property
    def seconds(self):
        """Of a target in hours."""
        return round(Fraction(self.amount) * 3600)

    @property
    def by_working_time(self):
        return self.working and self.unit != SAME_DAY

    @property
    def rolls(self):
        return self.roll and not self.working and self.unit != SAME_DAY


class Plan(NamedTuple):
    """``due``, in UTC, and ``total``: the seconds of the target's clock that may be consumed.

    A due that has rolled forward is later than the total says: the wait for working hours is no
    part of what a pause keeps.
    """

    due: datetime
    total: int


class Course(NamedTuple):
    """Where a target stands: ``due`` and ``total`` as in :class:`Plan`, ``spent`` seconds consumed until ``since``.

    ``since`` is when it began or was resumed last; None while it stands still.
    """

    due: datetime
    total: int
    spent: int
    since: datetime | None


def plan(target, start, work):
    """When a target that begins at ``start`` is due.

    :param WorkingTime work: the clock's zone and working time
    :return: :class:`Plan`
    :raise NoWorkingTime: if the target needs work and there is none
    """
    start = whole(start)
    end = _end(target, start, work)
    return Plan(_rolled(target, end, work), consumed(target, start, end, work))


def resume(target, rest, moment, work, before=None):
    """When a target is due of which ``rest`` seconds were left when it was paused, and which goes on at ``moment``.

    Hours go on to the second. What is counted in days ends with a day again: the one in which the
    rest runs out. A rest of 0 is due at once, or at that day's end; less than 0 is left in the wait
    of a target that has rolled: it waits on, for the end of a day's work.

    :param before: the due before the pause, which a pause never brings nearer
    :return: the due, in UTC, never before ``moment``
    :raise NoWorkingTime: if the target needs work and there is none
    """
    end = _advance(target, whole(moment), max(rest, 0), work)
    if target.by_working_time:
        due = end if target.unit == HOURS else _closing(end, work)
    elif target.rolls and rest < 0:
        due = _closing(end, work)
    else:
        due = _rolled(target, end if target.unit == HOURS else work.day_end(work.date_of(end)), work)
    return max(due, before or due)


def follow(target, start, stops, work):
    """Plan a target and all that was planned anew since it began.

    :param stops: ``(from, to)`` of each time in which it stood still, in order; ``to`` of the last
        is None if it still does
    :return: :class:`Course`
    :raise NoWorkingTime: if the target needs work and there is none
    """
    due, total = plan(target, start, work)
    spent, since = 0, whole(start)
    for stopped, resumed in stops:
        spent += consumed(target, since, stopped, work)
        since = resumed and whole(resumed)
        if since:
            due = resume(target, total - spent, since, work, before=due)
    return Course(due, total, spent, since)


def consumed(target, start, end, work):
    """The seconds that pass between two moments on the target's clock; 0 if ``end`` is not later."""
    start, end = whole(start), whole(end)
    if end <= start:
        return 0
    return work.seconds(start, end) if target.by_working_time else int((end - start).total_seconds())


def moment_at(target, percent, spent, since, due, work):
    """The moment at which ``percent`` of a target is consumed.

    :param spent: seconds that were consumed before ``since``, when it began or was resumed last
    :param due: when it is due, as planned at ``since``
    :return: in UTC, to the full second; ``since`` where more was consumed already
    """
    since = whole(since)
    total = spent + consumed(target, since, due, work)
    return _advance(target, since, max(ceil(Fraction(percent) * total / 100) - spent, 0), work)


def is_met(due, moment):
    """Whether what happened at ``moment`` was in time, to the second."""
    return whole(moment) <= due


def whole(moment):
    """A moment in UTC, without what is less than a second."""
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def _end(target, start, work):
    """Where the target ends, before it rolls."""
    today = work.date_of(start)
    if target.unit == SAME_DAY:
        return work.day_end(today)
    if target.unit == HOURS:
        return _advance(target, start, target.seconds, work)
    if not target.by_working_time:
        return work.day_end(today + timedelta(days=int(target.amount)))
    # A day of which some work is gone already is no whole working day.
    whole_days = (closes for opens, closes in work.days(today) if opens >= start)
    return next(closes for number, closes in enumerate(whole_days, start=1) if number == target.amount)


def _advance(target, moment, seconds, work):
    return work.add(moment, seconds) if target.by_working_time else moment + timedelta(seconds=seconds)


def _rolled(target, end, work):
    if not target.rolls or work.day(work.date_of(end)):
        return end
    return _closing(end, work)


def _closing(moment, work):
    """The end of a day's work: the first at or after ``moment``."""
    return next(closes for _opens, closes in work.days(work.date_of(moment)) if closes >= moment)
