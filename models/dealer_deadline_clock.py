from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models

from ..tools.deadline import NoWorkingTime, Target, WorkingTime, follow, moment_at

SECOND = timedelta(seconds=1)
LEVELS = (50, 75, 100)
# What the clock writes of a deadline that is missed already.
COURSE = ('stops', 'consumed', 'running_since')


def aware(moment):
    return moment and moment.replace(tzinfo=timezone.utc)


def naive(moment):
    return moment and moment.replace(tzinfo=None)


class Clocks:
    """The working times that a batch of deadlines needs, each fetched once."""

    def __init__(self):
        self._known = {}

    def get(self, calendar, tz, company):
        """The working time of ``calendar`` in the zone ``tz``; without a calendar there is none."""
        key = (calendar.id, tz, company.id)
        if key not in self._known:
            self._known[key] = (
                calendar._get_working_time(tz, company) if calendar else WorkingTime(ZoneInfo(tz or 'UTC'))
            )
        return self._known[key]


class DealerDeadline(models.Model):
    """A deadline's clock: when it is due, given when it began and when it stood still."""

    _inherit = 'dealer.deadline'

    total = fields.Integer('Seconds in All', readonly=True, aggregator=None)
    stops = fields.Json(
        'Stood Still',
        readonly=True,
        help='The times in which the clock stood still: pairs of moments, the last one may be open.',
    )
    without_hours = fields.Boolean(
        'Nobody Works', readonly=True, help='Nobody works in these hours: for now it runs by the calendar.'
    )
    tell_50 = fields.Boolean('Tell at 50 %', readonly=True)
    tell_75 = fields.Boolean('Tell at 75 %', readonly=True)
    tell_100 = fields.Boolean('Tell When Missed', readonly=True)
    escalation_user_id = fields.Many2one(
        'res.users', 'Tell as Well', readonly=True, index='btree_not_null', ondelete='set null'
    )

    # ------------------------------------------------------------ The course

    def _plan_course(self, clocks):
        """Plan these deadlines from where they began, with all that they stood still; a breach stays as it is."""
        for deadline in self:
            vals = self._prepare_course_vals(
                deadline, deadline.calendar_id, deadline.complaint_id.company_id, deadline.stops or [], clocks
            )
            if deadline.is_breached:
                vals = {name: vals[name] for name in COURSE}
            deadline._write_course(vals)

    def _write_course(self, vals):
        """Write a new plan of this deadline; that nobody works in its hours is told once."""
        self.ensure_one()
        is_new = vals.get('without_hours') and not self.without_hours
        self.write(vals)
        if is_new:
            self._note_without_hours()

    def _prepare_course_vals(self, terms, calendar, company, stops, clocks):
        """What the clock writes of a deadline.

        Where nobody ever works, it runs by the calendar for as long as that is so: ``without_hours``.

        :param terms: a deadline, or values of a new one
        :param stops: ``[[from, to]]`` as :attr:`stops`
        """
        start = aware(terms['started'])
        moments = [tuple(aware(fields.Datetime.to_datetime(moment)) for moment in stop) for stop in stops]
        target = self._get_terms(terms)
        work = clocks.get(calendar, terms['tz'], company)
        try:
            course, vals = follow(target, start, moments, work), {'without_hours': False}
        except NoWorkingTime:
            target = Target(target.unit, target.amount)
            course, vals = follow(target, start, moments, work), {'without_hours': True}
        due = naive(course.due)
        vals.update(
            stops=stops,
            total=course.total,
            consumed=course.spent,
            running_since=naive(course.since) or False,
            due=due,
            warning=False,
            next_check=False,
        )
        if course.since:
            marks = {
                percent: naive(moment_at(target, percent, course.spent, course.since, course.due, work))
                for percent in (50, 75)
            }
            vals['warning'] = marks[75]
            vals['next_check'] = self._find_next_check(terms, {**marks, 100: due + SECOND})
        return vals

    def _get_terms(self, terms):
        return Target(terms['unit'], terms['amount'] or 0, terms['clock'] == 'working', bool(terms['roll_forward']))

    def _find_next_check(self, terms, marks):
        """The next moment at which somebody is to be told, or a breach to be noted; False if there is none.

        :param marks: ``{percent: moment}`` of :data:`LEVELS`; a deadline is missed the second after it was due
        """
        told = terms['told'] or 0
        return next(
            (marks[level] for level in LEVELS if level > told and (level == 100 or terms[f'tell_{level}'])), False
        )

    # ------------------------------------------------------------- Its steps

    def _stop_clock(self, state, now):
        """The clock stands still from ``now`` on: paused, done or stopped; what is overdue is missed.

        Nobody is reminded any more of what is done, or was in time when it paused. That we wait for the dealer takes
        nothing back of what was missed: whoever was not told yet will be.

        :param now: naive UTC
        """
        clocks = Clocks()
        late = self._find_late(now)
        for deadline in self:
            running = deadline.state == 'running'
            vals = {'state': state, 'next_check': False, 'done_at': now if state == 'done' else False}
            if running:
                stops = [*(deadline.stops or []), [fields.Datetime.to_string(now), False]]
                course = self._prepare_course_vals(
                    deadline, deadline.calendar_id, deadline.complaint_id.company_id, stops, clocks
                )
                vals.update({name: course[name] for name in COURSE})
            deadline.write(vals)
        late._miss()
        missed = self.filtered('is_breached') if state == 'paused' else self.browse()
        missed.filtered(lambda deadline: deadline.told < LEVELS[-1]).next_check = now
        (self - missed).activity_ids.unlink()

    def _start_clock(self, now):
        """The clock goes on: what is left is planned anew from ``now``. What was missed is told, if it never was."""
        for deadline in self:
            # Read before: what was written is done at is not asked again.
            stops = [list(stop) for stop in deadline.stops or []]
            if stops and not stops[-1][1]:
                stops[-1][1] = fields.Datetime.to_string(now)
            untold = deadline.is_breached and deadline.told < LEVELS[-1]
            deadline.write({'state': 'running', 'done_at': False, 'stops': stops, 'next_check': untold and now})
        self._plan_course(Clocks())

    def _find_late(self, now):
        """Those of these deadlines that have run out at ``now`` (naive UTC), which nobody has noted yet."""
        return self.filtered(
            lambda deadline: deadline.state == 'running' and not deadline.is_breached and now > deadline.due
        )

    def _miss(self):
        """A missed deadline stays missed; what the policy states for it is credited."""
        self.write({'is_breached': True})
        self._credit_missed()

    def _note_without_hours(self):
        """Tell our people that a deadline could not be planned by working hours."""
        self.ensure_one()
        self.complaint_id._log(
            self.env._(
                'Nobody works in the hours "%(calendar)s": the deadline "%(kind)s" runs by the calendar.',
                calendar=self.calendar_id.name or self.env._('none'),
                kind=dict(self._fields['kind']._description_selection(self.env))[self.kind],
            )
        )
