from zoneinfo import ZoneInfo

from odoo import api, fields, models, tools


class ResCompany(models.Model):
    """What day it is for a company: its own time zone says so, whoever asks, and for the jobs as well.

    A company that names no zone has that of its working hours, or else its founder's: never the user's, or one and
    the same grant would have ended for one user and not for another.
    """

    _inherit = 'res.company'

    def write(self, vals):
        result = super().write(vals)
        if 'resource_calendar_id' in vals:
            self._forget_usual_zones()
        return result

    def _get_dealer_date(self, moment=None):
        """The day it is for this company at ``moment`` (UTC, naive; now unless given).

        A day begins and ends where the company is, not where the user is who happens to ask.
        """
        self.ensure_one()
        moment = moment or fields.Datetime.now()
        return moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(self._get_dealer_zone()).date()

    def _get_dealer_zone(self):
        # Whoever may read its contact and its calendar.
        company = self.sudo()
        return ZoneInfo(company.partner_id.tz or company._get_usual_zone())

    @tools.ormcache('self.id')
    def _get_usual_zone(self):
        """Name of the zone of a company that names none."""
        hours = self.resource_calendar_id.tz
        # Odoo makes the hours of the first company before anybody has said where it is.
        return hours if hours and hours != 'UTC' else self._get_founder_zone()

    @api.model
    def _get_founder_zone(self):
        founder = self.env.ref('base.user_admin', raise_if_not_found=False)
        # As above.
        return (founder and founder.sudo().tz) or 'UTC'

    @api.model
    def _forget_usual_zones(self):
        self.env.registry.clear_cache()


class ResourceCalendar(models.Model):
    _inherit = 'resource.calendar'

    def write(self, vals):
        result = super().write(vals)
        if 'tz' in vals:
            self.env['res.company']._forget_usual_zones()
        return result


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def write(self, vals):
        result = super().write(vals)
        if 'tz' in vals and self & self.env.ref('base.user_admin').sudo().partner_id:
            self.env['res.company']._forget_usual_zones()
        return result
