from odoo import api, fields, models


class DealerDeadline(models.Model):
    _inherit = 'dealer.deadline'

    def _is_open(self):
        """Whether the event is still waited for, in time."""
        self.ensure_one()
        return self.state in ('running', 'paused') and not self.is_breached


class DealerComplaint(models.Model):
    """What the steps of a complaint do to its deadlines, and what a complaint shows of them."""

    _inherit = 'dealer.complaint'

    next_due = fields.Datetime(compute='_compute_next_due', store=True)
    next_warning = fields.Datetime(compute='_compute_next_due', store=True)
    dealer_due = fields.Datetime(compute='_compute_next_due', store=True)
    is_breached = fields.Boolean(compute='_compute_next_due', store=True)
    is_dealer_late = fields.Boolean(compute='_compute_next_due', store=True)

    @api.depends('deadline_ids.state', 'deadline_ids.due', 'deadline_ids.warning', 'deadline_ids.is_breached')
    def _compute_next_due(self):
        """The next that is due of us, and of the dealer; clocks that stand still are not due."""
        for complaint in self:
            running = complaint.deadline_ids.filtered(lambda deadline: deadline.state == 'running').sorted('due')
            ours = running.filtered(lambda deadline: deadline.party == 'us')[:1]
            complaint.next_due = ours.due
            complaint.next_warning = ours.warning
            complaint.dealer_due = (running.filtered(lambda deadline: deadline.party == 'dealer')[:1]).due
            missed = complaint.deadline_ids.filtered('is_breached')
            complaint.is_breached = 'us' in missed.mapped('party')
            complaint.is_dealer_late = 'dealer' in missed.mapped('party')

    def _get_deadlines(self, *states):
        # Whoever takes a step need not be allowed to write deadlines.
        return self.sudo().deadline_ids.filtered(lambda deadline: deadline.state in states)

    def _reach_deadlines(self, kind, now):
        """What ``kind`` asks for has happened at ``now`` (naive UTC)."""
        open_deadlines = self._get_deadlines('running', 'paused')
        open_deadlines.filtered(lambda deadline: deadline.kind == kind)._stop_clock('done', now)

    def _pause_deadlines(self, now):
        """Stop the clocks that wait for the dealer; what they have consumed is kept."""
        self._get_deadlines('running').filtered('pauses')._stop_clock('paused', now)

    def _resume_deadlines(self, now):
        """Go on with the clocks that waited: what is left is planned anew."""
        self._get_deadlines('paused')._start_clock(now)

    def _continue_deadlines(self, now):
        """The complaint is worked on again: what was done or stopped runs on with what is left; a breach stays.

        What was acknowledged, replied and handed in is so once and for all. The dealer has nothing to
        confirm before it gets another answer.
        """
        to_confirm = self._get_deadlines('running', 'paused').filtered(lambda deadline: deadline.kind == 'confirm')
        to_confirm._stop_clock('stopped', now)
        ended = self._get_deadlines('done', 'stopped') - to_confirm
        ended.filtered(
            lambda deadline: deadline.kind == 'resolve' or (deadline.state == 'stopped' and deadline.kind != 'confirm')
        )._start_clock(now)

    def _stop_deadlines(self, now):
        """The complaint is over: nothing is due any more."""
        self._get_deadlines('running', 'paused')._stop_clock('stopped', now)
