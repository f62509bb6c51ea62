from odoo import api, fields, models

from .dealer_deadline_policy import CLOCKS, KINDS, UNITS


class DealerDeadline(models.Model):
    """One deadline of one complaint, as the policy set it when it began; its clock, and how it ended.

    Only the engine writes it. What the clock has run is ``consumed`` (seconds) up to ``running_since``;
    ``due`` is planned anew whenever it goes on.
    """

    _name = 'dealer.deadline'
    _description = 'Complaint Deadline'
    _order = 'due, id'
    _rec_name = 'kind'

    complaint_id = fields.Many2one('dealer.complaint', required=True, readonly=True, index=True, ondelete='cascade')
    target_id = fields.Many2one(
        'dealer.deadline.target', 'Set by', readonly=True, index='btree_not_null', ondelete='set null'
    )
    kind = fields.Selection(KINDS, 'Target', required=True, readonly=True)
    party = fields.Selection([('us', 'We'), ('dealer', 'Dealer')], 'Whose Duty', required=True, readonly=True)
    # As the policy said when it began.
    clock = fields.Selection(CLOCKS, required=True, readonly=True)
    unit = fields.Selection(UNITS, required=True, readonly=True)
    amount = fields.Integer(readonly=True, aggregator=None)
    roll_forward = fields.Boolean(readonly=True)
    pauses = fields.Boolean(readonly=True)
    calendar_id = fields.Many2one('resource.calendar', readonly=True, index='btree_not_null', ondelete='restrict')
    tz = fields.Char('Time Zone', readonly=True)
    credit_amount = fields.Monetary(readonly=True, aggregator=None)
    currency_id = fields.Many2one('res.currency', readonly=True)
    # The clock.
    state = fields.Selection(
        [('running', 'Running'), ('paused', 'Paused'), ('done', 'Done'), ('stopped', 'Stopped')],
        required=True,
        readonly=True,
        default='running',
    )
    started = fields.Datetime(readonly=True)
    running_since = fields.Datetime(readonly=True)
    consumed = fields.Integer('Consumed Seconds', readonly=True, aggregator=None)
    due = fields.Datetime('Due by', readonly=True, index=True)
    warning = fields.Datetime('75 %', readonly=True, help='When three quarters of the time are gone.')
    next_check = fields.Datetime(readonly=True, help='The next moment at which somebody is to be told; empty: none.')
    told = fields.Integer('Told at %', readonly=True, aggregator=None)
    # How it ended.
    done_at = fields.Datetime('Done', readonly=True)
    is_breached = fields.Boolean('Missed', readonly=True, help='A missed deadline stays missed.')
    result = fields.Selection(
        [('open', 'Still Open'), ('met', 'Met'), ('breached', 'Missed'), ('stopped', 'Stopped')],
        compute='_compute_result',
        store=True,
        precompute=True,
        index=True,
    )

    _one_each = models.Constraint('UNIQUE (complaint_id, kind)', 'A complaint has each deadline once.')
    _next_check_idx = models.Index('(next_check) WHERE next_check IS NOT NULL')

    @api.depends('state', 'is_breached')
    def _compute_result(self):
        """A breach is one at once; what is stopped before it is due counts neither way."""
        for deadline in self:
            if deadline.is_breached:
                deadline.result = 'breached'
            else:
                deadline.result = {'done': 'met', 'stopped': 'stopped'}.get(deadline.state, 'open')

    def _compensate(self):
        """Credit the dealers what their policies state for these missed deadlines, once each."""
