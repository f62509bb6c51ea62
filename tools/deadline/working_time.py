"""Working time: half-open intervals of UTC moments, fetched piece by piece when they are needed, and kept."""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta, timezone

SECOND = timedelta(seconds=1)
# A piece is a number of whole weeks from a Monday on: the deadlines of many complaints lie in a few of them.
PIECE_DAYS = 8 * 7
# Nobody waits longer for somebody to come to work.
LONGEST_WAIT = timedelta(days=3 * 366)


class NoWorkingTime(ValueError):
    """Nobody works for three years from ``moment`` on: nothing can be due."""

    def __init__(self, moment):
        super().__init__(f'no working time in the three years after {moment:%Y-%m-%d %H:%M}')
        self.moment = moment


class WorkingTime:
    """When work is done, in a time zone. One object serves any number of deadlines.

    :param zone: a :class:`zoneinfo.ZoneInfo`, in which days begin and end
    :param fetch: called with two UTC moments, each the beginning of a Monday in the zone; gives
        ``(start, end)`` of all work between them. They need be neither sorted nor disjoint, and
        may exceed the two. Without it, there is no work: good for what runs by the calendar.
    """

    def __init__(self, zone, fetch=None):
        self.zone = zone
        self._fetch = fetch or (lambda start, end: ())
        self._pieces = {}

    # --------------------------------------------------
    # Days of the zone
    # --------------------------------------------------

    def date_of(self, moment):
        return moment.astimezone(self.zone).date()

    def day_start(self, day):
        """The first moment of a date: where midnight is skipped, the one after the leap; where it comes twice, the first."""
        return datetime.combine(day, time.min, self.zone).astimezone(timezone.utc)

    def day_end(self, day):
        """The last second of a date, 23:59:59."""
        return self.day_start(day + timedelta(days=1)) - SECOND

    # --------------------------------------------------
    # Work
    # --------------------------------------------------

    def after(self, moment):
        """Yield the intervals of work from ``moment`` on, the first cut there, without end.

        :raise NoWorkingTime: when none comes for three years
        """
        index, last = self._index(self.date_of(moment)), moment
        while self._piece_start(index) - last <= LONGEST_WAIT:
            piece = self._piece(index)
            for start, end in piece[bisect_right(piece, moment, key=lambda interval: interval[1]) :]:
                yield max(start, moment), end
                last = end
            index += 1
        raise NoWorkingTime(last)

    def between(self, start, end):
        """``[(start, end)]``: the intervals of work between two moments, cut there."""
        found = []
        for index in range(self._index(self.date_of(start)), self._index(self.date_of(end)) + 1):
            piece = self._piece(index)
            for opens, closes in piece[bisect_right(piece, start, key=lambda interval: interval[1]) :]:
                if opens >= end:
                    break
                found.append((max(opens, start), min(closes, end)))
        return found

    def seconds(self, start, end):
        """How many seconds are worked between two moments."""
        return sum(int((closes - opens).total_seconds()) for opens, closes in self.between(start, end))

    def add(self, moment, seconds):
        """The moment at which ``seconds`` have been worked since ``moment``: the end of an interval if they just fill it."""
        if seconds <= 0:
            return moment
        intervals = self.after(moment)
        while True:
            start, end = next(intervals)
            worked = int((end - start).total_seconds())
            if seconds <= worked:
                return start + timedelta(seconds=seconds)
            seconds -= worked

    def day(self, day):
        """``(opens, closes)``: a date's first and last moment of work (no later than 23:59:59); None on a day off."""
        start, end = self.day_start(day), self.day_start(day + timedelta(days=1))
        intervals = self.between(start, end)
        return (intervals[0][0], min(intervals[-1][1], end - SECOND)) if intervals else None

    def days(self, day):
        """Yield ``(opens, closes)`` of each date with work, from ``day`` on.

        :raise NoWorkingTime: when none comes for three years
        """
        last = day
        while day - last <= LONGEST_WAIT:
            if hours := self.day(day):
                yield hours
                last = day
            day += timedelta(days=1)
        raise NoWorkingTime(self.day_start(last))

    # --------------------------------------------------
    # Pieces
    # --------------------------------------------------

    def _index(self, day):
        return (day.toordinal() - 1) // PIECE_DAYS

    def _piece_start(self, index):
        # The first day of year 1 was a Monday.
        return self.day_start(date.fromordinal(index * PIECE_DAYS + 1))

    def _piece(self, index):
        if index not in self._pieces:
            low, high = self._piece_start(index), self._piece_start(index + 1)
            self._pieces[index] = _merged(self._fetch(low, high), low, high)
        return self._pieces[index]


def _merged(intervals, low, high):
    """The intervals in whole seconds, cut to ``low`` and ``high``, sorted; those that touch become one."""
    merged = []
    for start, end in sorted((max(_rounded(start), low), min(_rounded(end), high)) for start, end in intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _rounded(moment):
    """To the next full second: calendars write the end of a day as 23:59:59.999999."""
    return (moment.astimezone(timezone.utc) + SECOND / 2).replace(microsecond=0)
