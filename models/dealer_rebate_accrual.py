from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerRebateAccrual(models.Model):
    """What the ledger owes the dealers by one program on one day: prepared, looked at, booked.

    Made by ``action_accrue`` of the program and changed by its own steps alone: nobody has the right to
    write one by hand. An accrual covers all dealers of the program, and its entry books what changes.
    """

    _name = 'dealer.rebate.accrual'
    _description = 'Rebate Accrual'
    _inherit = ['dealer.note.mixin', 'mail.activity.mixin']
    _order = 'date desc, id desc'
    _check_company_auto = True

    program_id = fields.Many2one('dealer.rebate.program', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='program_id.company_id', store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related='program_id.currency_id')
    company_currency_id = fields.Many2one(related='company_id.currency_id', string='Company Currency')
    accrual_method = fields.Selection(related='program_id.accrual_method', string='Method')
    date = fields.Date(
        'Accrued on',
        required=True,
        readonly=True,
        tracking=True,
        help='The last day that counts, and that of the entry.',
    )
    rate = fields.Float(
        'Exchange Rate',
        readonly=True,
        digits=(16, 8),
        default=1,
        help="What one unit of the program's currency was worth on that day.",
    )
    state = fields.Selection(
        [('draft', 'Preview'), ('posted', 'Booked')],
        required=True,
        readonly=True,
        default='draft',
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many('dealer.rebate.accrual.line', 'accrual_id', 'Dealers', readonly=True)
    expected = fields.Monetary(
        readonly=True,
        currency_field='company_currency_id',
        help='What the dealers may expect: earned and not settled, or settled and not paid.',
    )
    booked = fields.Monetary(
        'Booked Before', readonly=True, currency_field='company_currency_id', help='What the ledger had accrued.'
    )
    entry = fields.Monetary(
        readonly=True,
        currency_field='company_currency_id',
        help='Expected less booked: negative where less is expected than before.',
    )
    prepared_date = fields.Datetime('Prepared on', readonly=True)
    posted_by_id = fields.Many2one('res.users', 'Booked by', readonly=True)
    move_id = fields.Many2one(
        'account.move', 'Journal Entry', readonly=True, index='btree_not_null', ondelete='restrict'
    )

    _one_draft = models.UniqueIndex(
        "(program_id) WHERE state = 'draft'", 'An accrual of the program is waiting to be booked already.'
    )
    _booked_has_entry = models.Constraint(
        "CHECK (state != 'posted' OR move_id IS NOT NULL)", 'What is booked has its journal entry.'
    )
    _adds_up = models.Constraint(
        'CHECK (entry = expected - booked)', 'The entry is what is expected less what is booked.'
    )

    @api.depends('program_id', 'date')
    def _compute_display_name(self):
        for accrual in self:
            accrual.display_name = ' · '.join(
                filter(None, (accrual.program_id.display_name, accrual.date and fields.Date.to_string(accrual.date)))
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        for accrual in self:
            if accrual.state != 'draft':
                raise UserError(self.env._('The accrual %s is booked: it is kept on record.', accrual.display_name))

    def action_view_move(self):
        """Open the journal entry."""
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._('Journal Entry'))


class DealerRebateAccrualLine(models.Model):
    """One dealer of an accrual: what it may expect, and what the ledger had."""

    _name = 'dealer.rebate.accrual.line'
    _description = 'Dealer of a Rebate Accrual'
    _order = 'accrual_id, dealer_id, id'

    accrual_id = fields.Many2one('dealer.rebate.accrual', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='accrual_id.company_id', store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related='accrual_id.currency_id')
    company_currency_id = fields.Many2one(related='accrual_id.company_currency_id')
    dealer_id = fields.Many2one('res.partner', required=True, readonly=True, index=True, ondelete='restrict')
    earned = fields.Monetary(
        'Earned, Not Settled', readonly=True, help='By the periods that no settlement has closed, until the day.'
    )
    unpaid = fields.Monetary(
        'Settled, Not Paid',
        readonly=True,
        help='Carried on, held back or still to be posted; negative if too much was paid.',
    )
    expected = fields.Monetary(
        readonly=True, currency_field='company_currency_id', help='Both together, at the rate of the day; 0 at least.'
    )
    booked = fields.Monetary('Booked Before', readonly=True, currency_field='company_currency_id')
    entry = fields.Monetary(readonly=True, currency_field='company_currency_id')

    _one_a_dealer = models.Constraint('UNIQUE (accrual_id, dealer_id)', 'A dealer has one line in an accrual.')
    _adds_up = models.Constraint(
        'CHECK (entry = expected - booked)', 'The entry is what is expected less what is booked.'
    )
