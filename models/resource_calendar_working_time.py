from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytz

from odoo import fields, models
from odoo.tools.date_utils import float_to_time
from odoo.tools.intervals import Intervals

from ..tools.deadline import WorkingTime

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class ResourceCalendar(models.Model):
    """Working hours as the clock of deadlines: attendances, less days off, and make-up working days."""

    _inherit = 'resource.calendar'

    makeup_day_ids = fields.One2many(
        'dealer.makeup.day',
        'calendar_id',
        'Make-up Working Days',
        copy=True,
        groups='dealer_management.group_dealer_access,base.group_system',
        help='Days that are worked although they are a weekend or fall on a day off.',
    )

    def _get_working_time(self, zone=None, company=None):
        """When work is done: days off that hold for everybody count, those of one person do not.

        Costs nothing before it is asked; each eight weeks that it is asked for cost some four
        queries, once. Keep it for all deadlines of one batch, and no longer.

        :param str zone: whose days; the calendar's own if not given
        :param company: whose days off without a calendar hold; the calendar's own if it has one
        :return: :class:`~..tools.deadline.WorkingTime`
        """
        self.ensure_one()
        # Working hours are no secret, and whoever's act begins a deadline may have no right to them: a
        # dealer in the portal, a mail.
        calendar = self.sudo()
        company = calendar.company_id or company or self.env.company
        zone = ZoneInfo(zone or calendar.tz)
        return WorkingTime(zone, lambda start, end: calendar._list_work(start, end, zone, company))

    def _list_work(self, start, end, zone, company):
        """Yield ``(start, end)`` of all work between two moments; they may touch each other."""
        zone = pytz.timezone(zone.key)
        usual = self._attendance_intervals_batch(start, end, tz=zone)[False]
        usual -= self._list_days_off(start, end, zone, company)
        makeup_days = self.env['dealer.makeup.day'].search(
            [
                ('calendar_id', '=', self.id),
                ('date', '>=', start.astimezone(zone).date()),
                ('date', '<', end.astimezone(zone).date()),
            ]
        )
        usual -= Intervals(
            (self._localize(day.date, 0, zone), self._localize(day.date + DAY, 0, zone), day) for day in makeup_days
        )
        for opens, closes, _attendance in usual:
            yield opens, closes
        for day in makeup_days:
            for hour_from, hour_to in day._get_hours():
                yield self._localize(day.date, hour_from, zone), self._localize(day.date, hour_to, zone)

    def _list_days_off(self, start, end, zone, company):
        """The days off that hold for everybody: of this calendar, and of the company without a calendar."""
        domain = [
            ('time_type', '=', 'leave'),
            '|',
            ('calendar_id', '=', self.id),
            ('company_id', 'in', [company.id, False]),
        ]
        leaves = self._leave_intervals_batch(start, end, domain=domain, tz=zone)[False]
        # Odoo writes the end of a day off as its last second, and takes work up again with it.
        return Intervals((opens, closes + SECOND * (closes.second == 59), leave) for opens, closes, leave in leaves)

    @staticmethod
    def _localize(day, hour, zone):
        return zone.localize(datetime.combine(day, float_to_time(hour) if hour else time()))
