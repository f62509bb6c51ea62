from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import wallet
from ..tools.exact import exact

USE_KINDS = [
    ('order', 'Pays an Order'),
    ('back', 'Given Back'),
    ('correction', 'Claimed Back'),
    ('expiry', 'Expired'),
]


class DealerRebateWalletCredit(models.Model):
    """What one rebate statement put into a dealer's wallet (返利钱包), to pay orders with until it expires.

    What is taken out of it, and given back, is written down use by use; nothing is edited.
    """

    _name = 'dealer.rebate.wallet.credit'
    _description = 'Rebate Wallet Credit'
    _order = 'dealer_id, date_expiry, id'
    _check_company_auto = True

    payout_id = fields.Many2one(
        'dealer.rebate.payout', 'Statement', required=True, readonly=True, check_company=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    dealer_id = fields.Many2one('res.partner', required=True, readonly=True, ondelete='restrict')
    program_id = fields.Many2one('dealer.rebate.program', required=True, readonly=True, index=True, ondelete='restrict')
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    move_id = fields.Many2one(related='payout_id.move_id')
    date = fields.Date(required=True, readonly=True)
    date_expiry = fields.Date('Last Day', readonly=True, help='Inclusive. Empty: it does not expire.')
    max_share = fields.Float(
        'Share of an Order (%)',
        required=True,
        readonly=True,
        digits=(5, 2),
        help='Of the untaxed amount of an order, all credits of the program pay no more than this share.',
    )
    amount = fields.Monetary(required=True, readonly=True)
    amount_used = fields.Monetary(
        'Used',
        compute='_compute_amount_used',
        compute_sudo=True,
        store=True,
        help='By confirmed orders, claims and expiry, less what was given back.',
    )
    remaining = fields.Monetary('Left', compute='_compute_remaining', store=True)
    state = fields.Selection(
        [('open', 'Not Used Up'), ('used', 'Used Up'), ('expired', 'Expired')],
        compute='_compute_remaining',
        store=True,
    )
    told_date = fields.Datetime('Expiry Announced on', readonly=True, copy=False)
    use_ids = fields.One2many('dealer.rebate.wallet.use', 'credit_id', 'Uses', readonly=True)

    # The last word under two orders at once: both update this row, and PostgreSQL lets one win.
    _never_overdrawn = models.Constraint(
        'CHECK (amount_used >= 0 AND amount_used <= amount)',
        'More would be taken out of a rebate wallet than is in it, or more given back than was taken.',
    )
    _one_a_statement = models.Constraint('UNIQUE (payout_id)', 'A statement is paid into the wallet once.')
    _amount_positive = models.Constraint('CHECK (amount > 0)', 'What is paid into a wallet is more than 0.')
    _share_in_percent = models.Constraint(
        'CHECK (max_share > 0 AND max_share <= 100)', 'The share of an order lies between 0 and 100 %.'
    )
    _open_index = models.Index('(dealer_id, company_id) WHERE remaining > 0')
    _dealer_index = models.Index('(dealer_id, id)')

    # --------------------------------------------------------------- Computes

    @api.depends('payout_id')
    def _compute_display_name(self):
        for credit in self:
            # Whoever looks up an order need not be allowed to read statements.
            credit.display_name = credit.sudo().payout_id.name

    @api.depends('use_ids.amount')
    def _compute_amount_used(self):
        # From the database: it adds up exactly, and the uses of years are not loaded.
        sums = dict(
            self.env['dealer.rebate.wallet.use']._read_group(
                [('credit_id', 'in', self.ids)], ['credit_id'], ['amount:sum']
            )
        )
        for credit in self:
            credit.amount_used = sums.get(credit, 0)

    @api.depends('amount', 'amount_used')
    def _compute_remaining(self):
        for credit in self:
            credit.remaining = credit.currency_id.round(credit.amount - credit.amount_used)
        spent = self.filtered(lambda credit: credit.currency_id.is_zero(credit.remaining))
        (self - spent).state = 'open'
        expiries = self.env['dealer.rebate.wallet.use'].sudo()
        expired = expiries.search([('credit_id', 'in', spent.ids), ('kind', '=', 'expiry')]).credit_id
        for credit in spent:
            credit.state = 'expired' if credit in expired else 'used'

    # ------------------------------------------------------------------- CRUD

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._('What was paid into a rebate wallet is kept on record.'))

    # ---------------------------------------------------------------- Taking

    def _is_usable(self, day):
        self.ensure_one()
        return not self.date_expiry or day <= self.date_expiry

    def _is_of_payout(self, payout):
        """Whether what ``payout`` claims back can be taken out of this credit."""
        self.ensure_one()
        return (
            self.dealer_id == payout.dealer_id
            and self.company_id == payout.company_id
            and self.currency_id == payout.pay_currency_id
        )

    def _get_expiry_key(self):
        """To sort credits by: first what expires first, what never expires last."""
        self.ensure_one()
        return self.date_expiry or fields.Date.to_date('9999-12-31'), self.id

    def _to_tool(self, own=None):
        """The credit as the arithmetic takes it.

        :param Decimal own: what whoever asks has of it already, and may take again
        """
        self.ensure_one()
        return wallet.Credit(
            self,
            self.program_id,
            self.currency_id._to_decimal(self.remaining) + (own or 0),
            exact(self.max_share, 2),
        )

    @api.model
    def _get_balances(self, dealers, company=None):
        """What the dealers can pay orders with today.

        :param company: only in this company and those above it; in all that may be seen unless given
        :return: ``{(dealer, currency): amount}``, by one query a company
        """
        balances = {}
        for owner in company.parent_ids if company else self.env.companies:
            today = owner._get_dealer_date()
            for dealer, currency, amount in self._read_group(
                [
                    ('dealer_id', 'in', dealers.ids),
                    ('company_id', '=', owner.id),
                    ('remaining', '>', 0),
                    '|',
                    ('date_expiry', '=', False),
                    ('date_expiry', '>=', today),
                ],
                ['dealer_id', 'currency_id'],
                ['remaining:sum'],
            ):
                balances[dealer, currency] = balances.get((dealer, currency), 0) + amount
        return balances


class DealerRebateWalletUse(models.Model):
    """Something taken out of a credit, or given back to it (negative): written once, never edited."""

    _name = 'dealer.rebate.wallet.use'
    _description = 'Use of a Rebate Wallet Credit'
    _order = 'date desc, id desc'
    _rec_name = 'origin'

    credit_id = fields.Many2one(
        'dealer.rebate.wallet.credit', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='credit_id.company_id', store=True, index=True)
    dealer_id = fields.Many2one(related='credit_id.dealer_id', store=True, index=True)
    program_id = fields.Many2one(related='credit_id.program_id')
    currency_id = fields.Many2one(related='credit_id.currency_id')
    kind = fields.Selection(USE_KINDS, required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True, help='Taken out; negative where it was given back.')
    origin = fields.Char('Document', readonly=True, help='The order, statement or journal entry.')
    sale_line_id = fields.Many2one(
        'sale.order.line', 'Order Line', readonly=True, index='btree_not_null', ondelete='set null'
    )
    order_id = fields.Many2one(related='sale_line_id.order_id')
    payout_id = fields.Many2one(
        'dealer.rebate.payout', 'Statement', readonly=True, index='btree_not_null', ondelete='restrict'
    )
    move_id = fields.Many2one(
        'account.move', 'Journal Entry', readonly=True, index='btree_not_null', ondelete='restrict'
    )

    _takes_or_gives = models.Constraint(
        "CHECK (CASE kind WHEN 'back' THEN amount < 0 ELSE amount > 0 END)",
        'What is given back to a wallet is negative, all else positive.',
    )

    @api.depends('kind', 'origin')
    def _compute_display_name(self):
        labels = dict(self._fields['kind']._description_selection(self.env))
        for use in self:
            use.display_name = ' · '.join(filter(None, (labels.get(use.kind), use.origin)))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._('What a rebate wallet was used for is kept on record.'))
