from odoo import api, fields, models

RUN_STATES = [
    ('draft', 'Draft'),
    ('preview', 'Preview'),
    ('confirmed', 'Confirmed'),
    ('posting', 'Being Posted'),
    ('done', 'Settled'),
    ('cancelled', 'Cancelled'),
]
# What these hold is settled, be it posted or not.
SETTLED = ('confirmed', 'posting', 'done')


class DealerRebateRun(models.Model):
    """One settlement of a program for all of its dealers: previewed, confirmed, posted.

    It settles every period that ended by its last one and is not settled yet, and corrects those that
    are settled and have changed since. There is one run under way for a program at a time, so that
    nothing is counted twice.
    """

    _name = 'dealer.rebate.run'
    _description = 'Rebate Settlement Run'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'date desc, id desc'
    _check_company_auto = True

    program_id = fields.Many2one(
        'dealer.rebate.program',
        required=True,
        index=True,
        ondelete='restrict',
        tracking=True,
        check_company=True,
        domain="[('amends_id', '=', False), ('state', 'in', ('open', 'closed'))]",
    )
    company_id = fields.Many2one(related='program_id.company_id', store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related='program_id.currency_id')
    payout_method = fields.Selection(related='program_id.payout_method')
    period_from = fields.Date(readonly=True)
    period_to = fields.Date(
        'Settle until', required=True, tracking=True, help='The last day of the last period that is settled.'
    )
    date = fields.Date(
        'Accounting Date',
        required=True,
        tracking=True,
        default=lambda self: self.env.company._get_dealer_date(),
        help='Of the credit notes; overdue invoices are looked at, and currencies converted, on this day.',
    )
    state = fields.Selection(
        RUN_STATES, required=True, readonly=True, copy=False, default='draft', index=True, tracking=True
    )
    previewed_date = fields.Datetime('Previewed on', readonly=True, copy=False)
    confirmed_by_id = fields.Many2one('res.users', 'Confirmed by', readonly=True, copy=False)
    confirmed_date = fields.Datetime('Confirmed on', readonly=True, copy=False)
    payout_ids = fields.One2many('dealer.rebate.payout', 'run_id', 'Statements')
    computation_ids = fields.One2many('dealer.rebate.computation', 'run_id', 'Computations')

    _one_under_way = models.UniqueIndex(
        "(program_id) WHERE state IN ('preview', 'confirmed', 'posting')",
        'Another settlement of the program is under way: finish or cancel it first.',
    )

    @api.depends('program_id', 'period_to')
    def _compute_display_name(self):
        for run in self:
            run.display_name = ' · '.join(
                filter(None, (run.program_id.display_name, run.period_to and fields.Date.to_string(run.period_to)))
            )

    def _check_can_be_posted(self):
        """Check that what was computed can be booked, before anything is: parts add what they need.

        :raise UserError: with what is in the way and what to do; nothing is written then
        """
