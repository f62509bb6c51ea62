from odoo import fields, models

from .dealer_deadline_clock import LEVELS
from .dealer_deadline_start import FIRST_KINDS


class DealerDeadline(models.Model):
    """What a part's clock takes over from the one of the whole complaint."""

    _inherit = 'dealer.deadline'

    def _is_over_for_parts(self):
        """Whether parts have this deadline of the whole as it is: what was missed, or had only to happen once."""
        self.ensure_one()
        return self.is_breached or (self.state == 'done' and self.kind != 'resolve')

    def _copy_to(self, parts, now):
        """Give each part these deadlines of the whole as they are. What was missed was credited and told there."""
        ended = {'credit_amount': 0, 'told': LEVELS[-1], 'next_check': False}
        copies = self.create(
            [
                {**vals, **ended, 'complaint_id': part.id, 'state': deadline.state}
                for part in parts
                for deadline, vals in zip(self, self.copy_data(), strict=True)
            ]
        )
        # No part is solved yet, even if the whole was: as when it is reopened.
        copies.filtered(lambda deadline: deadline.kind == 'resolve' and deadline.state == 'done')._start_clock(now)

    def _get_stops_for_parts(self, now):
        """The times in which the clock of the whole stood still, without the one that lasts while we wait."""
        self.ensure_one()
        stops = [list(stop) for stop in self.stops or []]
        if stops and not stops[-1][1]:
            if self.state == 'done':
                # As when it is reopened.
                stops[-1][1] = fields.Datetime.to_string(self.complaint_id.waiting_since or now)
            else:
                stops.pop()
        return stops


class DealerComplaint(models.Model):
    _inherit = 'dealer.complaint'

    def _follow_clocks_of(self, whole):
        """The clocks of these parts have run, stood still and ended as those of the whole complaint.

        What the whole has missed each part has missed, and the dealer was credited for once.
        """
        now = self._get_now()
        parts = self.sudo()  # nobody writes deadlines, or when a step was taken, by hand
        # They began as if nothing had happened yet.
        parts.deadline_ids.unlink()
        parts.write({name: whole[name] for name in ('date_acknowledged', 'date_first_reply', 'date_form')})
        parts.waiting_since = whole.waiting_since
        theirs = whole.sudo().deadline_ids.filtered(lambda deadline: deadline.kind in FIRST_KINDS)
        theirs._find_late(now)._miss()
        theirs.filtered(lambda deadline: deadline._is_over_for_parts())._copy_to(parts, now)
        parts._start_deadlines()
        parts.filtered('waiting_since')._pause_deadlines(now)

    def _get_earlier_stops(self, target):
        """A part's clock has stood still for as long as that of the whole, if it is one that does."""
        stops = super()._get_earlier_stops(target)
        if not self.split_from_id or not target.pauses:
            return stops
        whole = self.split_from_id.deadline_ids.filtered(lambda deadline: deadline.kind == target.kind)
        return [*stops, *(whole._get_stops_for_parts(self._get_now()) if whole else [])]
