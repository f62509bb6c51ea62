from datetime import timedelta

from odoo import api, fields, models

from .dealer_deadline_policy import KINDS

# A clock that runs by working hours shows what is left on the wall: that is what people plan by.
STATUSES = [
    ('ok', 'In Time'),
    ('soon', 'Soon Due'),
    ('late', 'Late'),
    ('paused', 'Waits for the Dealer'),
    ('met', 'Met'),
    ('missed', 'Missed'),
    ('stopped', 'Stopped'),
]


class DealerDeadline(models.Model):
    """How a deadline stands at this moment, for screens."""

    _inherit = 'dealer.deadline'

    user_id = fields.Many2one(related='complaint_id.user_id', string='Assigned to')
    team_id = fields.Many2one(related='complaint_id.team_id')
    dealer_id = fields.Many2one(related='complaint_id.dealer_id')
    status = fields.Selection(STATUSES, compute='_compute_status')
    remaining_text = fields.Char('Left or Late', compute='_compute_status')

    def action_open_complaint(self):
        """Open the complaint of this deadline."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'dealer.complaint',
            'res_id': self.complaint_id.id,
            'view_mode': 'form',
        }

    @api.depends('state', 'due', 'warning', 'is_breached', 'done_at', 'total', 'consumed')
    def _compute_status(self):
        now = fields.Datetime.now()
        for deadline in self:
            deadline.status = deadline._get_status(now)
            deadline.remaining_text = deadline._describe_remaining(now)

    def _get_status(self, now):
        self.ensure_one()
        if self.state == 'done':
            return 'missed' if self.is_breached else 'met'
        if self.state == 'stopped':
            return 'missed' if self.is_breached else 'stopped'
        if self.is_breached or (self.state == 'running' and self.due and now > self.due):
            return 'late'
        if self.state == 'paused':
            return 'paused'
        return 'soon' if self.warning and now >= self.warning else 'ok'

    def _describe_remaining(self, now):
        self.ensure_one()
        if self.is_breached and self.done_at:
            return self.env._('%s late', self._describe_span(self.done_at - self.due))
        if self._get_status(now) == 'late':
            return self.env._('%s late', self._describe_span(now - self.due))
        if self.state == 'running' and self.due:
            return self.env._('%s left', self._describe_span(self.due - now))
        if self.state == 'paused':
            return self.env._('%s left', self._describe_span(timedelta(seconds=max(self.total - self.consumed, 0))))
        return ''

    def _describe_span(self, span):
        """A time span in the two largest of days, hours and minutes."""
        minutes = max(int(span.total_seconds()), 0) // 60
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        if days:
            return self.env._('%(days)s d %(hours)s h', days=days, hours=hours)
        if hours:
            return self.env._('%(hours)s h %(minutes)s min', hours=hours, minutes=minutes)
        return self.env._('%s min', minutes)


class DealerDeadlinePolicy(models.Model):
    """A policy in words."""

    _inherit = 'dealer.deadline.policy'

    summary = fields.Char('What It Sets', compute='_compute_summary')

    @api.depends('target_ids.sentence')
    def _compute_summary(self):
        for policy in self:
            policy.summary = ' · '.join(policy.target_ids.mapped('sentence'))


class DealerDeadlineTarget(models.Model):
    """A target in words, and where it comes in the course of a complaint."""

    _inherit = 'dealer.deadline.target'
    _order = 'policy_id, sequence, id'

    sequence = fields.Integer(compute='_compute_sequence', store=True, precompute=True)
    sentence = fields.Char('In Words', compute='_compute_sentence')

    @api.depends('kind')
    def _compute_sequence(self):
        order = [kind for kind, _label in KINDS]
        for target in self:
            target.sequence = order.index(target.kind) if target.kind else len(order)

    @api.depends('kind', 'clock', 'unit', 'amount', 'roll_forward')
    def _compute_sentence(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for target in self:
            kind, time = kinds.get(target.kind), target._describe_time()
            target.sentence = self.env._('%(what)s: %(until)s', what=kind, until=time) if kind else time

    def _describe_time(self):
        """How long the target has, such as "within 24 h, day and night"."""
        self.ensure_one()
        amount = self.amount
        if self.unit == 'same_day':
            return self.env._('on the same day, until 23:59:59')
        if self.clock == 'working':
            if self.unit == 'hours':
                return self.env._('within %s h of working time', amount)
            return self.env._('until the end of whole working day no. %s', amount)
        if self.unit == 'hours':
            time = self.env._('within %s h, day and night', amount)
        else:
            time = self.env._('until 23:59:59, %s d later', amount)
        if self.roll_forward:
            return self.env._('%s; on a day off, until the end of the next working day', time)
        return time
