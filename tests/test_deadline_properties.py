from datetime import date, datetime, time, timezone
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.deadline import DAYS, HOURS, SAME_DAY, Target, consumed, follow, moment_at, plan
from .deadline_common import DAY, QUARTER, World, slow_due

# A busy machine is no failure.
CALM = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
# Summer time at night, at midnight (which is skipped, or comes twice), by half an hour, and none.
ZONES = [
    'Asia/Shanghai',
    'Europe/Berlin',
    'America/New_York',
    'America/Havana',
    'Asia/Beirut',
    'Australia/Lord_Howe',
    'UTC',
]
# Hours of a day in quarters, all after the clocks have changed; the whole day is one of them.
HOURS_OF_A_DAY = [[], [(36, 48), (52, 72)], [(36, 48)], [(20, 96)], [(0, 96)], [(33, 34), (90, 96)]]


@st.composite
def some_worlds(draw):
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    day_hours = st.sampled_from(HOURS_OF_A_DAY)
    weeks = draw(st.lists(st.lists(day_hours, min_size=7, max_size=7), min_size=2, max_size=2))
    # Work on one day of each week at least: without any, nothing is due.
    for week in weeks:
        assume(any(week))
    # The clocks change in the weeks around.
    first = draw(st.sampled_from([date(2020, 3, 5), date(2020, 10, 20), date(2023, 12, 25), date(2024, 2, 26)]))
    days = st.integers(0, 30).map(lambda number: first + DAY * number)
    world = World(zone, weeks, draw(st.sets(days, max_size=12)), draw(st.dictionaries(days, st.integers(0, 6))))
    moments = st.integers(0, 96 * 14).map(
        lambda quarters: datetime.combine(first, time(), timezone.utc) + QUARTER * quarters
    )
    return world, draw(moments)


TARGETS = st.one_of(
    st.just(Target(SAME_DAY)),
    st.builds(Target, st.just(DAYS), st.integers(1, 6), st.booleans(), st.booleans()),
    st.builds(Target, st.just(HOURS), st.integers(1, 160).map(lambda q: q / 4), st.booleans(), st.booleans()),
)
# How long it runs, and how long it then stands still, in quarters.
PAUSES = st.lists(st.tuples(st.integers(0, 96), st.integers(0, 300)), max_size=3)


def run(world, target, start, pauses):
    """As the engine does it: what has run is consumed, the rest is planned anew.

    :return: ``(due, pauses that came before it)``, the pauses as moments
    """
    due, since = plan(target, start, world.work).due, start
    kept = []
    for runs, stands in pauses:
        paused = since + runs * QUARTER
        if paused >= due:
            break
        since = paused + stands * QUARTER
        kept.append((paused, since))
        due = follow(target, start, kept, world.work).due
    return due, kept


@tagged('post_install', '-at_install')
class TestDeadlineProperties(BaseCase):
    @given(some_worlds(), TARGETS)
    @CALM
    def test_as_the_slow_way_says(self, world_and_start, target):
        world, start = world_and_start
        due, total = plan(target, start, world.work)
        self.assertEqual(due, slow_due(world, target, start))
        self.assertGreaterEqual(due, start)
        if target.unit == HOURS:
            self.assertEqual(total, target.seconds)

    @given(some_worlds(), TARGETS.filter(lambda target: target.unit == HOURS and not target.rolls), PAUSES)
    @CALM
    def test_pauses_as_the_slow_way_says(self, world_and_start, target, pauses):
        world, start = world_and_start
        due, kept = run(world, target, start, pauses)
        self.assertEqual(due, slow_due(world, target, start, kept))

    @given(some_worlds(), TARGETS, PAUSES)
    @CALM
    def test_pausing_never_shortens(self, world_and_start, target, pauses):
        world, start = world_and_start
        first = plan(target, start, world.work).due
        for number in range(len(pauses) + 1):
            due, kept = run(world, target, start, pauses[:number])
            self.assertGreaterEqual(due, first)
            self.assertGreaterEqual(due, max((high for _low, high in kept), default=start))
            first = due
        if pauses and not (target.unit == HOURS and target.rolls):
            # Hours that end on a day off wait for an end of work; a minute later, on a working day, they do not.
            *others, (runs, stands) = pauses
            longer, _kept = run(world, target, start, [*others, (runs, stands + 5)])
            self.assertGreaterEqual(longer, due)

    @given(some_worlds(), TARGETS, st.integers(0, 200))
    @CALM
    def test_pause_of_no_time_changes_nothing(self, world_and_start, target, runs):
        world, start = world_and_start
        due = plan(target, start, world.work).due
        self.assertEqual(run(world, target, start, [(runs, 0)])[0], due)

    @given(some_worlds(), TARGETS, PAUSES, st.lists(st.integers(0, 100), min_size=1, max_size=4))
    @CALM
    def test_percent_is_monotone_and_ends_at_the_due(self, world_and_start, target, pauses, percents):
        world, start = world_and_start
        due, kept = run(world, target, start, pauses)
        _due, _total, spent, since = follow(target, start, kept, world.work)
        moments = [moment_at(target, percent, spent, since, due, world.work) for percent in sorted(percents)]
        self.assertEqual(moments, sorted(moments))
        self.assertTrue(all(since <= moment <= due for moment in moments))
        self.assertEqual(moment_at(target, 100, spent, since, due, world.work), due)
        total = spent + consumed(target, since, due, world.work)
        for percent, moment in zip(sorted(percents), moments, strict=True):
            if moment > since:
                passed = spent + consumed(target, since, moment, world.work)
                self.assertTrue(passed - 1 < total * percent / 100 <= passed, 'Neither early, nor a second late.')

    @given(some_worlds(), st.integers(0, 3000), st.integers(0, 3000))
    @CALM
    def test_working_time_adds_up(self, world_and_start, one, other):
        world, start = world_and_start
        middle, end = start + QUARTER * min(one, other), start + QUARTER * max(one, other)
        work = world.work
        self.assertEqual(work.seconds(start, end), work.seconds(start, middle) + work.seconds(middle, end))
        self.assertEqual(
            work.seconds(start, middle),
            sum(900 for number in range(min(one, other)) if world.works(start + number * QUARTER)),
        )
        seconds = work.seconds(start, end)
        self.assertLessEqual(work.add(start, seconds), end, 'The earliest moment at which that much is worked.')
        self.assertEqual(work.seconds(start, work.add(start, seconds)), seconds)
