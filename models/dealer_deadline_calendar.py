from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from .dealer_deadline_clock import Clocks

OPEN = Domain('state', 'in', ('running', 'paused')) & Domain('is_breached', '=', False)
# Planned anew with the change itself; what is more, the job does.
AT_ONCE = 500
BATCH = 100


class DealerDeadline(models.Model):
    """Other working hours plan what is open anew, and leave what is done or missed."""

    _inherit = 'dealer.deadline'

    to_plan = fields.Boolean(
        'To Be Planned Anew', readonly=True, help='Working hours have changed: the job plans it anew.'
    )

    _to_plan_idx = models.Index('(id) WHERE to_plan')

    @api.model
    def _plan_calendars_anew(self, calendars):
        """Plan the open deadlines that run by ``calendars``."""
        self._plan_found_anew([('calendar_id', 'in', calendars.ids)])

    @api.model
    def _plan_found_anew(self, domain):
        """Plan the open deadlines of ``domain``: the next due at once, the rest by the job."""
        # Whoever may change working hours need not be allowed to see complaints.
        deadlines = self.sudo()
        domain = OPEN & Domain(domain)
        found = deadlines.search(domain, order='due, id', limit=AT_ONCE + 1)
        if len(found) > AT_ONCE:
            self.flush_model()
            # One statement, whatever their number.
            query = deadlines._search(domain & Domain('id', 'not in', found[:AT_ONCE].ids))
            self.env.cr.execute(SQL('UPDATE dealer_deadline SET to_plan = TRUE WHERE id IN %s', query.subselect()))
            deadlines.invalidate_model(['to_plan'])
            self.env.ref('dealer_management.ir_cron_deadline').sudo()._trigger()
        found[:AT_ONCE]._plan_with_new_hours()

    @api.model
    def _plan_dealers_anew(self, dealers):
        """Plan what is open of these dealers' own duties by the hours and the zone that they now have.

        What runs by hours that its target names has them still.
        """
        deadlines = self._find_open([('complaint_id.dealer_id', 'in', dealers.ids), ('party', '=', 'dealer')])
        deadlines._take_present_hours()
        deadlines._plan_with_new_hours()

    @api.model
    def _plan_complaints_anew(self, domain):
        """Plan what is open of the complaints of ``domain``, which other people's hours govern from now on.

        What runs by hours that its target names, or the dealer has, runs by them still.
        """
        moved = self._find_open([('complaint_id', 'any', domain)])._take_present_hours()
        if moved:
            self._plan_found_anew([('id', 'in', moved.ids)])

    @api.model
    def _find_open(self, domain):
        # Whoever changes hours need not be allowed to see complaints.
        return self.sudo().search(OPEN & Domain(domain))

    def _take_present_hours(self):
        """Have these deadlines run by the hours and the zone that their complaints give them now, but for those whose
        target names hours.

        :return: those whose hours or zone are others now
        """
        moved = self.browse()
        for deadline in self:
            if not deadline.target_id or deadline.calendar_id == deadline.target_id.calendar_id:
                continue
            calendar, tz = deadline.complaint_id._get_deadline_clock(deadline.kind, self.env['resource.calendar'])
            if (calendar, tz) != (deadline.calendar_id, deadline.tz):
                deadline.write({'calendar_id': calendar.id, 'tz': tz})
                moved += deadline
        return moved

    def _plan_with_new_hours(self):
        """Plan these anew; the zone follows the working hours, where it is not the dealer's own."""
        for deadline in self:
            tz = deadline._get_present_tz()
            if tz != deadline.tz:
                deadline.tz = tz
        self._plan_course(Clocks())

    def _get_present_tz(self):
        self.ensure_one()
        calendar, dealer = self.calendar_id, self.complaint_id.dealer_id
        own = self.target_id.calendar_id | dealer.complaint_calendar_id
        return (self.party == 'dealer' and calendar not in own and dealer.tz) or calendar.tz or 'UTC'

    @api.model
    def _plan_marked(self):
        """Plan what working hours have marked, batch by batch.

        :return: whether there is time left
        """
        jobs = self.env['ir.cron']
        marked = self.search([('to_plan', '=', True)], order='due, id')
        if not marked:
            return True
        jobs._commit_progress(remaining=len(marked))
        for ids in split_every(BATCH, marked.ids):
            deadlines = self.browse(ids).try_lock_for_update().filtered('to_plan')
            deadlines.to_plan = False
            deadlines.filtered(lambda deadline: deadline._is_open())._plan_with_new_hours()
            if not jobs._commit_progress(len(ids)):
                return False
        return True
