from odoo import api, models
from odoo.exceptions import ValidationError

# What else of working hours a clock rests on, beside their lines.
CLOCK_FIELDS = frozenset(
    {'tz', 'two_weeks_calendar', 'schedule_type', 'flexible_hours', 'hours_per_day', 'full_time_required_hours'}
)


class ResourceCalendar(models.Model):
    _inherit = 'resource.calendar'

    def write(self, vals):
        result = super().write(vals)
        if not CLOCK_FIELDS.isdisjoint(vals):
            self._plan_deadlines_anew()
        return result

    def _plan_deadlines_anew(self):
        """Plan the open deadlines of these working hours once, when all that is being changed is changed."""
        precommit = self.env.cr.precommit
        changed = precommit.data.setdefault('dealer_management.calendars', set())
        if not changed and self:
            precommit.add(self.browse()._plan_changed)
        changed.update(self.ids)

    @api.model
    def _plan_changed(self):
        changed = self.browse(self.env.cr.precommit.data.pop('dealer_management.calendars', ())).exists()
        changed._check_used_hours()
        self.env['dealer.deadline']._plan_calendars_anew(changed)

    def _check_used_hours(self):
        """Check that working hours by which deadlines run are not left without any.

        :raise ValidationError: naming them
        """
        # Who uses them is not for everybody to see, that they are used is.
        empty = self.sudo().filtered(lambda calendar: not calendar._has_hours())
        for model, domain in (
            ('dealer.deadline', [('state', 'in', ('running', 'paused'))]),
            ('dealer.deadline.target', []),
            ('dealer.complaint.team', []),
        ):
            used = (
                self.env[model].sudo().search([('calendar_id', 'in', empty.ids), *domain], limit=1) if empty else empty
            )
            if used:
                raise ValidationError(
                    self.env._(
                        'Deadlines of complaints run by the working hours "%s": please leave some in them.',
                        used.calendar_id.name,
                    )
                )

    def _has_hours(self):
        self.ensure_one()
        if self.flexible_hours:
            return self.hours_per_day > 0 and self.full_time_required_hours > 0
        return any(line._is_work_period() and line.hour_to > line.hour_from for line in self.attendance_ids)


class ResourceCalendarAttendance(models.Model):
    _name = 'resource.calendar.attendance'
    _inherit = ['resource.calendar.attendance', 'dealer.clock.mixin']


class ResourceCalendarLeaves(models.Model):
    _name = 'resource.calendar.leaves'
    _inherit = ['resource.calendar.leaves', 'dealer.clock.mixin']

    def _get_deadline_calendars(self):
        """The working hours by which deadlines run and in which these days off count: not those of one person."""
        shared = self.filtered(lambda leave: not leave.resource_id)
        calendars = shared.calendar_id
        if shared - shared.filtered('calendar_id'):
            # One for each of them, not one for each deadline.
            groups = (
                self.env['dealer.deadline']
                .sudo()
                ._read_group([('state', 'in', ('running', 'paused')), ('calendar_id', '!=', False)], ['calendar_id'])
            )
            calendars = calendars.union(*(calendar.with_env(self.env) for (calendar,) in groups))
        return calendars
