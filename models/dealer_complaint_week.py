from datetime import date, datetime, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from .arguments import read_day

WEEK = timedelta(days=7)
# Weeks before the last one that say what is usual.
USUAL_WEEKS = 4
# Days over which causes, products and dealers are compared: a week is too short for that.
LONG_DAYS = 90


class Week(NamedTuple):
    """Seven days, Monday to Sunday, of a company; ``start`` and ``stop`` are the moments (naive UTC), half open."""

    first: date
    last: date
    start: datetime
    stop: datetime


class DealerComplaintWeek(models.AbstractModel):
    """The Monday page: what became of complaints last week, and what waits.

    Every figure carries the domain of the records behind it. All of it is read with the reader's own rights:
    confidential complaints do not count for who may not read them. As many queries for 500 complaints as for 5.
    """

    _name = 'dealer.complaint.week'
    _description = 'Complaints of the Week'

    @api.model
    @api.readonly
    def get_week(self, day=None):
        """The Monday page of the current company.

        :param str day: any day of the week *after* the one that is shown; today unless given
        :return: dict, see ``_get_week``
        :raise UserError: for what is no day, or a day to come
        """
        company = self.env.company
        today = company._get_dealer_date()
        day = read_day(self.env, day) or today
        if day > today:
            raise UserError(self.env._('There are no figures of weeks to come.'))
        return self._get_week(company, day)

    @api.model
    def _get_week(self, company, day):
        """The page that somebody reads on ``day``.

        :return: ``{'title', 'company', 'note', 'previous', 'next', 'cards': [figure], 'tables': [table]}``. A figure is
            ``{'value', 'text', 'before', 'usual', 'compared', 'trend', 'link', …}``, a table ``{'key', 'title', 'note',
            'columns', 'rows'}``; a link is ``{'name', 'res_model', 'domain'}``, or None
        """
        # Days begin where the company is.
        page = self.with_company(company).with_context(tz=str(company._get_dealer_zone()))
        weeks = page._make_weeks(company, day)
        last = weeks[0]
        following = last.first + 2 * WEEK
        return {
            'title': page.env._(
                'Complaints, %(first)s to %(last)s',
                first=format_date(page.env, last.first),
                last=format_date(page.env, last.last),
            ),
            'company': company.name,
            'note': page.env._('Usual: the mean of the %s weeks before.', USUAL_WEEKS),
            'previous': fields.Date.to_string(last.first),
            'next': following <= company._get_dealer_date() and fields.Date.to_string(following),
            'cards': page._get_cards(weeks),
            'tables': page._get_tables(weeks),
        }

    @api.model
    def _make_weeks(self, company, day):
        """The last whole week before ``day`` and those before it, the latest first."""
        monday = day - timedelta(days=day.weekday())
        return [
            Week(
                first := monday - number * WEEK,
                first + timedelta(days=6),
                company._get_dealer_day_start(first),
                company._get_dealer_day_start(first + WEEK),
            )
            for number in range(1, USUAL_WEEKS + 2)
        ]

    # ---------------------------------------------------------------- Reading

    @api.model
    def _get_base_domain(self):
        """Complaints that count: of this company, and once each."""
        return Domain([('company_id', '=', self.env.company.id), ('merged_into_id', '=', False)])

    @api.model
    def _in_week(self, name, week):
        """The domain of what has its datetime ``name`` in a week."""
        return Domain([(name, '>=', week.start), (name, '<', week.stop)])

    @api.model
    def _read_weeks(self, model, domain, name, weeks, groupby=(), aggregates=('__count',)):
        """Aggregates of each week, in one query.

        :param name: the datetime that says in which week a record counts
        :return: list of ``{group values: [aggregates]}``, one for each week; aggregates must be sums
        """
        span = Domain([(name, '>=', weeks[-1].start), (name, '<', weeks[0].stop)])
        found = [{} for _week in weeks]
        rows = self.env[model]._read_group(Domain(domain) & span, [f'{name}:day', *groupby], aggregates)
        for moment, *values in rows:
            group, figures = tuple(values[: len(groupby)]), values[len(groupby) :]
            week = found[(weeks[0].last - moment.date()).days // 7]
            week[group] = [
                old + (new or 0) for old, new in zip(week.get(group, [0] * len(figures)), figures, strict=True)
            ]
        return found

    # ---------------------------------------------------------------- Telling

    @api.model
    def _make_link(self, name, domain, model='dealer.complaint'):
        """What opens the records behind a figure."""
        return {'name': name, 'res_model': model, 'domain': _to_json(Domain(domain))}

    @api.model
    def _make_figure(self, values, link=None, digits=0, better=0, suffix=''):
        """A figure of last week beside the week before and what is usual.

        :param values: of each week, the latest first; None where there is nothing to tell
        :param better: 1 if more is better, -1 if less is, 0 if neither
        """
        value, before = values[0], values[1]
        known = [old for old in values[1:] if old is not None]
        usual = sum(known) / len(known) if known else None
        difference = 0 if value is None or usual is None else round(value - usual, 2)
        texts = {
            'before': self._format_number(before, digits, suffix),
            # A mean of counts is no whole number.
            'usual': self._format_number(usual, digits if suffix else 1, suffix),
        }
        return {
            **texts,
            'value': value,
            'text': self._format_number(value, digits, suffix),
            'compared': self.env._('week before %(before)s · usual %(usual)s', **texts),
            'trend': ('bad', 'same', 'good')[1 + _sign(difference * better)],
            'arrow': ('down', '', 'up')[1 + _sign(difference)],
            'link': link,
        }

    @api.model
    def _format_number(self, value, digits=0, suffix=''):
        return '–' if value is None else f'{formatLang(self.env, value, digits=digits)}{suffix}'

    @api.model
    def _get_percent(self, part, whole):
        """``part`` of ``whole`` in percent; None of nothing."""
        return 100 * part / whole if whole else None

    @api.model
    def _name_of(self, record):
        """The name of what was grouped by, which the reader need not be allowed to open; as Odoo's lists show it."""
        return record.sudo().display_name or self.env._('None')


def _sign(number):
    return (number > 0) - (number < 0)


def _to_json(domain):
    """A domain that can travel to the web client."""
    return [leaf if isinstance(leaf, str) else (leaf[0], leaf[1], _to_value(leaf[2])) for leaf in domain]


def _to_value(value):
    if isinstance(value, datetime):
        return fields.Datetime.to_string(value)
    return value if isinstance(value, str | int | float) else list(value)
