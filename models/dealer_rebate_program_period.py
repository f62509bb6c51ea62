import datetime
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import models

MONTHS = {'month': 1, 'quarter': 3, 'half_year': 6, 'year': 12}
ONE_DAY = relativedelta(days=1)


class Period(NamedTuple):
    """Days from the first to the last, both inclusive."""

    date_from: datetime.date
    date_to: datetime.date

    def shift_years(self, years):
        """The same days in another year; of a leap day, the last one of February."""
        return Period(
            self.date_from + relativedelta(years=years),
            self.date_to + ONE_DAY + relativedelta(years=years) - ONE_DAY,
        )


class DealerRebateProgram(models.Model):
    """The periods of a program: what is settled when, and what each of them looks at."""

    _inherit = 'dealer.rebate.program'

    def _get_periods(self, date_from=None, date_to=None):
        """All periods by date, counted in months from the first day; the last one ends with the program.

        :param date_from, date_to: of another time that the same terms are tried on
        """
        self.ensure_one()
        root = self.amends_id or self
        first, last = date_from or root.date_from, date_to or root.date_to
        months = MONTHS.get(root.period)
        if not months:
            return [Period(first, last)]
        periods, number = [], 0
        while (begin := first + relativedelta(months=number * months)) <= last:
            number += 1
            end = first + relativedelta(months=number * months) - ONE_DAY
            periods.append(Period(begin, min(end, last)))
        return periods

    def _get_period(self, day):
        """The period that holds ``day``, or None."""
        return next((period for period in self._get_periods() if period.date_from <= day <= period.date_to), None)

    def _fills_periods(self):
        """Whether the program ends where a period ends."""
        self.ensure_one()
        months = MONTHS.get(self.period)
        if not months:
            return True
        last = self._get_periods()[-1]
        return last.date_to == last.date_from + relativedelta(months=months) - ONE_DAY

    def _get_window(self, period, start=None):
        """What is counted for ``period``: it alone, or all since the first day.

        :param start: the first day of a time that the same terms are tried on
        """
        self.ensure_one()
        root = self.amends_id or self
        return Period(start or root.date_from, period.date_to) if root.is_cumulative else period
