from odoo import api, fields, models
from odoo.tools import format_date


class DealerRebateSettlement(models.Model):
    """What one dealer has earned by one program in one period: there is one, whatever happens.

    Its computations say how it came about, and each later one why it changed.
    """

    _name = 'dealer.rebate.settlement'
    _description = 'Rebate Settlement'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'period_to desc, dealer_id, id'

    program_id = fields.Many2one('dealer.rebate.program', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related='program_id.currency_id')
    reward = fields.Selection(related='program_id.reward')
    dealer_id = fields.Many2one('res.partner', required=True, readonly=True, index=True, ondelete='restrict')
    period_from = fields.Date('From', required=True, readonly=True)
    period_to = fields.Date('Until', required=True, readonly=True)
    computation_ids = fields.One2many('dealer.rebate.computation', 'settlement_id', 'Computations', readonly=True)
    computation_id = fields.Many2one(
        'dealer.rebate.computation',
        'Computation in Force',
        readonly=True,
        ondelete='set null',
        help='The last one: what counts as settled.',
    )
    earned = fields.Float(related='computation_id.earned', digits=(16, 4), min_display_digits=2)
    base = fields.Float(related='computation_id.base', digits=(16, 4), min_display_digits=2)
    line_ids = fields.One2many(related='computation_id.line_ids')

    _one_a_period = models.Constraint(
        'UNIQUE (program_id, dealer_id, period_from)', 'A dealer has one settlement a period.'
    )

    @api.depends('program_id', 'dealer_id', 'period_from', 'period_to')
    def _compute_display_name(self):
        for settlement in self:
            days = (settlement.period_from, settlement.period_to)
            period = ' – '.join(format_date(self.env, day) for day in days)
            settlement.display_name = f'{settlement.dealer_id.name} · {period}'

    def _restore_computation(self):
        """After the last computation was discarded, the one before is in force; without any, nothing is settled."""
        self.invalidate_recordset(['computation_ids'])
        for settlement in self:
            settlement.computation_id = settlement.computation_ids.sorted('number')[-1:]
        self.filtered(lambda settlement: not settlement.computation_id).unlink()
