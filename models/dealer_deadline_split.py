from odoo import fields, models

from .dealer_deadline_clock import Clocks


class DealerDeadline(models.Model):
    """What a part's clock takes over from the one of the whole complaint."""

    _inherit = 'dealer.deadline'

    def _follow(self, whole):
        """Stand still for as long as ``whole``, the same deadline of the whole complaint; a miss is credited once."""
        self.ensure_one()
        if whole.is_breached or (whole.due and whole.due < fields.Datetime.now()):
            self.credit_amount = 0
        earlier = [stop for stop in whole.stops or [] if stop[1]]
        if earlier and self.pauses and self._is_open():
            self.stops = [*earlier, *(self.stops or [])]
            self._plan_course(Clocks())


class DealerComplaint(models.Model):
    _inherit = 'dealer.complaint'

    def _follow_clocks_of(self, whole):
        """The clocks of these parts have run, stood still and ended as those of the whole complaint."""
        parts = self.sudo()  # nobody writes deadlines, or when a step was taken, by hand
        # They began as if nothing had happened yet.
        parts.deadline_ids.unlink()
        parts.write({name: whole[name] for name in ('date_acknowledged', 'date_first_reply', 'date_form')})
        parts.waiting_since = whole.waiting_since
        parts._start_deadlines()
        known = {deadline.kind: deadline for deadline in whole.sudo().deadline_ids}
        for deadline in parts.deadline_ids:
            if deadline.kind in known:
                deadline._follow(known[deadline.kind])
