from odoo import api, fields, models


class DealerRebateAccrualWizard(models.TransientModel):
    """Asks as of which day accruals are prepared, and of which programs."""

    _name = 'dealer.rebate.accrual.wizard'
    _description = 'Prepare Rebate Accruals'
    _inherit = ['dealer.window.mixin']
    _check_company_auto = True

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)
    date = fields.Date(
        'As of',
        required=True,
        compute='_compute_date',
        store=True,
        readonly=False,
        precompute=True,
        help='The last day that counts, and that of the entries.',
    )
    program_ids = fields.Many2many(
        'dealer.rebate.program',
        string='Programs',
        compute='_compute_program_ids',
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('state', 'in', ('open', 'closed')), ('amends_id', '=', False), ('reward', '!=', 'free_goods')]",
    )

    @api.depends('company_id')
    def _compute_date(self):
        for wizard in self:
            wizard.date = wizard.company_id._get_last_month_end()

    @api.depends('company_id')
    def _compute_program_ids(self):
        accruals = self.env['dealer.rebate.accrual']
        for wizard in self:
            wizard.program_ids = wizard.program_ids.search(accruals._get_program_domain(wizard.company_id))

    def action_accrue(self):
        """Prepare the accruals and show them."""
        self.ensure_one()
        return self.program_ids.action_accrue(self.date)
