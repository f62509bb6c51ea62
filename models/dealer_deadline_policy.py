from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .dealer_complaint import PRIORITIES

# kind: what has to happen until then; the last two are the dealer's duties.
KINDS = [
    ('acknowledge', 'Acknowledge'),
    ('first_reply', 'First Reply'),
    ('form', 'Problem Form in'),
    ('resolve', 'Resolve'),
    ('confirm', 'Dealer Confirms'),
]
DEALER_KINDS = frozenset({'form', 'confirm'})
CLOCKS = [('calendar', 'Calendar'), ('working', 'Working Hours')]
UNITS = [('same_day', 'Same Day'), ('hours', 'Hours'), ('days', 'Days')]


class DealerDeadlinePolicy(models.Model):
    """Until when what has to happen, for complaints of a type, a priority and dealers of a tier.

    The most specific policy of a complaint's company holds: by type, then tier, then priority.
    """

    _name = 'dealer.deadline.policy'
    _description = 'Deadline Policy'
    _inherit = ['mail.thread']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one('res.company', help='Empty: for every company.')
    type_id = fields.Many2one(
        'dealer.complaint.type', 'Complaint Type', ondelete='restrict', tracking=True, help='Empty: every type.'
    )
    priority = fields.Selection(PRIORITIES, tracking=True, help='Empty: every priority.')
    grade_id = fields.Many2one(
        'res.partner.grade', 'Tier', ondelete='restrict', tracking=True, help='Empty: every tier.'
    )
    target_ids = fields.One2many('dealer.deadline.target', 'policy_id', 'Targets', copy=True)

    _one_for_each = models.UniqueIndex(
        "(COALESCE(company_id, 0), COALESCE(type_id, 0), COALESCE(grade_id, 0), COALESCE(priority, '')) WHERE active",
        'There is a policy for this type, priority and tier already.',
    )

    @api.constrains('target_ids', 'active')
    def _check_targets(self):
        for policy in self:
            if policy.active and not policy.target_ids:
                raise ValidationError(self.env._('The policy "%s" has no targets: please add one.', policy.name))


class DealerDeadlineTarget(models.Model):
    """One deadline that a policy sets: what, how long, by which clock, and what follows if we miss it."""

    _name = 'dealer.deadline.target'
    _description = 'Deadline Target'
    _order = 'policy_id, kind, id'
    _rec_name = 'kind'

    policy_id = fields.Many2one('dealer.deadline.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id')
    kind = fields.Selection(KINDS, 'Target', required=True)
    clock = fields.Selection(CLOCKS, required=True, default='working')
    unit = fields.Selection(UNITS, required=True, default='hours')
    amount = fields.Integer('How Long', default=24, help='Hours or days; same day needs none.')
    roll_forward = fields.Boolean(
        'Not on Days off', help='A calendar deadline on a day off goes to the end of the next working day.'
    )
    calendar_id = fields.Many2one(
        'resource.calendar',
        'Working Hours',
        ondelete='restrict',
        help="Empty: the team's for our deadlines, the dealer's for its own.",
    )
    pauses = fields.Boolean('Waits for the Dealer', default=True, help='Stands still while we wait for the dealer.')
    tell_50 = fields.Boolean('Tell at 50 %')
    tell_75 = fields.Boolean('Tell at 75 %', default=True)
    tell_100 = fields.Boolean('Tell When Missed', default=True)
    escalation_user_id = fields.Many2one(
        'res.users',
        'Tell as Well',
        domain=[('share', '=', False)],
        help='Besides whoever it is assigned to; empty: the team leader, when missed.',
    )
    credit_amount = fields.Monetary(help='What the dealer is credited if we miss this deadline; 0: nothing.')
    currency_id = fields.Many2one('res.currency', default=lambda self: self.env.company.currency_id)

    _one_each = models.Constraint('UNIQUE (policy_id, kind)', 'A policy sets each target once.')
    _amount_positive = models.Constraint(
        "CHECK (unit = 'same_day' OR amount > 0)", 'Please say how many hours or days a target has.'
    )
    _credit_not_negative = models.Constraint('CHECK (credit_amount >= 0)', 'A credit cannot be negative.')
    _credit_is_ours = models.Constraint(
        "CHECK (COALESCE(credit_amount, 0) = 0 OR kind NOT IN ('form', 'confirm'))",
        'Nobody is credited for what the dealer itself has missed.',
    )

    def unlink(self):
        """A policy keeps a target: looked at in the end, for others may be written in the place of these."""
        policies = self.policy_id
        result = super().unlink()
        self.env.cr.precommit.add(lambda: policies.exists()._check_targets())
        return result
