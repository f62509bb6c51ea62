from odoo import api, models


class DealerClockMixin(models.AbstractModel):
    """What working hours consist of: when it changes, the open deadlines that run by them are planned anew."""

    _name = 'dealer.clock.mixin'
    _description = 'Part of Working Hours'

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._get_deadline_calendars()._plan_deadlines_anew()
        return parts

    def write(self, vals):
        calendars = self._get_deadline_calendars()
        result = super().write(vals)
        (calendars | self._get_deadline_calendars())._plan_deadlines_anew()
        return result

    def unlink(self):
        calendars = self._get_deadline_calendars()
        result = super().unlink()
        calendars._plan_deadlines_anew()
        return result

    def _get_deadline_calendars(self):
        return self.calendar_id
