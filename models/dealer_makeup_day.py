from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerMakeupDay(models.Model):
    """A make-up working day (调休): a date that is worked by the hours of another day of the week.

    It holds whatever else is said of the date: a weekend, a day off.
    """

    _name = 'dealer.makeup.day'
    _description = 'Make-up Working Day'
    _inherit = ['dealer.clock.mixin']
    _order = 'date desc, id desc'
    _rec_name = 'date'

    calendar_id = fields.Many2one(
        'resource.calendar',
        'Working Hours',
        required=True,
        index=True,
        ondelete='cascade',
        default=lambda self: self.env.company.resource_calendar_id,
        domain=lambda self: [('company_id', 'in', [False, *self.env.companies.ids])],
    )
    date = fields.Date(required=True)
    works_as = fields.Selection(
        selection='_get_weekdays',
        required=True,
        default='0',
        help='The day of the week whose hours are worked on that date.',
    )
    name = fields.Char('Reason')

    _one_a_date = models.Constraint(
        'UNIQUE (calendar_id, date)', 'These working hours have a make-up working day on that date already.'
    )

    @api.model
    def _get_weekdays(self):
        return self.env['resource.calendar.attendance']._fields['dayofweek']._description_selection(self.env)

    @api.depends('date', 'name')
    def _compute_display_name(self):
        for day in self:
            day.display_name = ' · '.join(filter(None, (fields.Date.to_string(day.date), day.name)))

    @api.constrains('calendar_id', 'works_as', 'date')
    def _check_has_hours(self):
        weekdays = dict(self._get_weekdays())
        for day in self:
            # Working hours that are just being made have no lines yet.
            if day.sudo().calendar_id.attendance_ids and not day._get_hours():
                raise ValidationError(
                    self.env._(
                        'The working hours "%(calendar)s" have none on a %(weekday)s: please choose another day.',
                        calendar=day.calendar_id.name,
                        weekday=weekdays[day.works_as],
                    )
                )

    def _get_hours(self):
        """``[(from, to)]`` that are worked on this day, in hours as floats."""
        self.ensure_one()
        # Whoever enters it sees the calendar, but need not be allowed to read each of its lines.
        calendar = self.sudo().calendar_id
        if calendar.flexible_hours:
            half = min(calendar.hours_per_day, 24) / 2
            return [(12 - half, 12 + half)] if half else []
        week = str(self.env['resource.calendar.attendance'].get_week_type(self.date))
        return [
            (attendance.hour_from, attendance.hour_to)
            for attendance in calendar.attendance_ids
            if attendance._is_work_period()
            and attendance.dayofweek == self.works_as
            and (not calendar.two_weeks_calendar or attendance.week_type == week)
        ]
