from odoo import api, fields, models


class DealerRebatePayout(models.Model):
    """What one run pays one dealer: the statement (返利结算单).

    Earned in the settled periods, corrections of former ones, what was carried in, what is paid and
    what is carried on; and the document that pays it.
    """

    _name = 'dealer.rebate.payout'
    _description = 'Rebate Statement'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'portal.mixin']
    _order = 'date desc, id desc'
    _check_company_auto = True

    name = fields.Char('Number', required=True, readonly=True, copy=False, default='/', index='trigram')
    run_id = fields.Many2one('dealer.rebate.run', required=True, readonly=True, index=True, ondelete='cascade')
    program_id = fields.Many2one('dealer.rebate.program', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related='program_id.currency_id')
    reward = fields.Selection(related='program_id.reward')
    payout_method = fields.Selection(related='program_id.payout_method')
    dealer_id = fields.Many2one('res.partner', required=True, readonly=True, index=True, ondelete='restrict')
    date = fields.Date(related='run_id.date', store=True, precompute=True)
    period_to = fields.Date(related='run_id.period_to')
    computation_ids = fields.One2many('dealer.rebate.computation', 'payout_id', 'Computations', readonly=True)
    delta = fields.Float('Earned and Corrected', readonly=True, digits=(16, 4), min_display_digits=2)
    carried_in = fields.Float(readonly=True, digits=(16, 4), min_display_digits=2)
    due = fields.Float(readonly=True, digits=(16, 4), min_display_digits=2)
    paid = fields.Float(
        readonly=True, digits=(16, 4), min_display_digits=2, help='Negative: claimed back by a debit note.'
    )
    carried_out = fields.Float(readonly=True, digits=(16, 4), min_display_digits=2)
    # In another currency.
    pay_currency_id = fields.Many2one('res.currency', 'Paid in', required=True, readonly=True)
    pay_rate = fields.Float(
        'Exchange Rate', readonly=True, digits=(16, 8), default=1, help='What one unit of it is worth in the program.'
    )
    pay_amount = fields.Float(
        'Amount Paid',
        readonly=True,
        digits=(16, 4),
        min_display_digits=2,
        help='In the currency that it is paid in; units of free goods.',
    )
    pay_difference = fields.Float(
        'Rounding Difference',
        readonly=True,
        digits=(16, 4),
        min_display_digits=2,
        help='What rounding in that currency gained or cost.',
    )
    state = fields.Selection(
        [
            ('preview', 'Preview'),
            ('confirmed', 'To Post'),
            ('held', 'Held Back'),
            ('posted', 'Settled'),
        ],
        required=True,
        readonly=True,
        default='preview',
        index=True,
        tracking=True,
    )
    hold_reason = fields.Char(readonly=True)
    posted_date = fields.Datetime('Settled on', readonly=True)
    move_id = fields.Many2one('account.move', 'Document', readonly=True, index='btree_not_null', ondelete='restrict')
    sale_order_id = fields.Many2one(
        'sale.order', 'Free Goods Order', readonly=True, index='btree_not_null', ondelete='restrict'
    )

    _one_a_run = models.Constraint('UNIQUE (run_id, dealer_id)', 'A dealer has one statement a run.')
    _adds_up = models.Constraint(
        'CHECK (due = delta + carried_in AND due = paid + carried_out)', 'What is paid and carried is what is due.'
    )
    _one_move = models.UniqueIndex('(move_id) WHERE move_id IS NOT NULL', 'A document pays one statement.')
    _dealer_index = models.Index('(program_id, dealer_id, id)')

    @api.depends('name', 'dealer_id')
    def _compute_display_name(self):
        for payout in self:
            payout.display_name = ' · '.join(filter(None, (payout.name != '/' and payout.name, payout.dealer_id.name)))

    def _release_accruals(self):
        """Called with the statements of one run that have just been settled: what was accrued for them is no
        longer needed."""
