from odoo import api, fields, models
from odoo.tools import SQL

from .arguments import read_day

# The columns that the sources fill; what a source does not name is 0.
AMOUNTS = (
    'settled',
    'paid',
    'accrued',
    'ledger_accrued',
    'payout',
    'ledger_payout',
    'ledger_wallet',
)
# Beyond the ids of dealers: program × this + dealer is an id.
DEALERS = 1 << 31


class DealerRebateLedger(models.Model):
    """What the programs say and what the ledger says, side by side: a difference of 0.00 is the proof.

    One row a program and dealer, as of a day (context key ``rebate_until``, the last day that counts;
    today unless given). Journal items that name no program have a row of their own: somebody wrote them
    by hand on the account of accrued rebates. Free goods are counted in units, and are left out.
    """

    _name = 'dealer.rebate.ledger'
    _description = 'Rebates and Ledger'
    _auto = False
    _order = 'program_id, dealer_id, id'
    _rec_name = 'dealer_id'

    company_id = fields.Many2one('res.company', readonly=True)
    program_id = fields.Many2one('dealer.rebate.program', readonly=True)
    dealer_id = fields.Many2one('res.partner', readonly=True)
    currency_id = fields.Many2one('res.currency', readonly=True)
    company_currency_id = fields.Many2one('res.currency', readonly=True)
    settled = fields.Monetary(
        'Earned and Settled', readonly=True, help='By all settlements that are confirmed, corrections included.'
    )
    paid = fields.Monetary(readonly=True, help='By the statements that are posted.')
    unpaid = fields.Monetary(
        'Carried or to Pay', readonly=True, help='Settled less paid: carried on, held back or still to be posted.'
    )
    accrued = fields.Monetary(
        'Accrued by the Program',
        readonly=True,
        currency_field='company_currency_id',
        help='What the last accrual expected, less what settlements have released since.',
    )
    ledger_accrued = fields.Monetary(
        'Accrued in the Ledger',
        readonly=True,
        currency_field='company_currency_id',
        help='The balance of the accounts of accrued rebates, whoever booked it.',
    )
    accrual_difference = fields.Monetary('Difference of Accruals', readonly=True, currency_field='company_currency_id')
    payout = fields.Monetary(
        'Paid by Statements',
        readonly=True,
        currency_field='company_currency_id',
        help='What the posted statements have paid, as it was booked on their accounting dates.',
    )
    ledger_payout = fields.Monetary(
        'Paid in the Ledger',
        readonly=True,
        currency_field='company_currency_id',
        help='Credit notes, bills and debit notes of statements, before taxes, and what went into wallets.',
    )
    payout_difference = fields.Monetary('Difference of Payouts', readonly=True, currency_field='company_currency_id')
    ledger_wallet = fields.Monetary(
        'Wallets in the Ledger',
        readonly=True,
        currency_field='company_currency_id',
        help='What went into wallets, less what was claimed back or has expired; what pays orders is of no single program.',
    )

    # ----------------------------------------------------------------- Query

    @property
    def _table_query(self):
        return SQL(
            """
            WITH last_accrual AS (%(last_accrual)s), accrual_account AS (%(accounts)s), source AS (%(sources)s)
            SELECT COALESCE(source.program_id * 2, source.company_id * 2 + 1)::bigint * %(dealers)s
                   + COALESCE(source.dealer_id, 0) AS id,
                   source.company_id,
                   company.currency_id AS company_currency_id,
                   COALESCE(program.currency_id, company.currency_id) AS currency_id,
                   source.program_id,
                   source.dealer_id,
                   %(sums)s,
                   SUM(source.settled - source.paid) AS unpaid,
                   SUM(source.ledger_accrued - source.accrued) AS accrual_difference,
                   SUM(source.ledger_payout - source.payout) AS payout_difference
              FROM source
              JOIN res_company company ON company.id = source.company_id
         LEFT JOIN dealer_rebate_program program ON program.id = source.program_id
          GROUP BY source.company_id, company.currency_id, source.program_id, program.currency_id, source.dealer_id
            HAVING %(something)s
            """,
            last_accrual=self._get_last_accrual_query(),
            accounts=self._get_accounts_query(),
            sources=SQL(' UNION ALL ').join(self._get_sources()),
            dealers=DEALERS,
            sums=SQL(', ').join(SQL('SUM(source.%s) AS %s', SQL.identifier(n), SQL.identifier(n)) for n in AMOUNTS),
            something=SQL(' OR ').join(SQL('SUM(source.%s) != 0', SQL.identifier(name)) for name in AMOUNTS),
        )

    @api.model
    def _get_until(self):
        """The last day that counts."""
        return read_day(self.env, self.env.context.get('rebate_until')) or self.env.company._get_dealer_date()

    @api.model
    def _get_last_accrual_query(self):
        """The last accrual of each program: it covers all of its dealers."""
        return SQL(
            """
            SELECT DISTINCT ON (program_id) id, program_id, move_id
              FROM dealer_rebate_accrual
             WHERE state = 'posted' AND date <= %s
          ORDER BY program_id, date DESC, id DESC
            """,
            self._get_until(),
        )

    @api.model
    def _get_accounts_query(self):
        """The accounts of accrued rebates: those in the settings, and those that were ever used."""
        return SQL(
            """
            SELECT dealer_rebate_accrual_account_id AS id FROM res_company
             WHERE dealer_rebate_accrual_account_id IS NOT NULL
             UNION
            SELECT accrual_account_id FROM dealer_rebate_program WHERE accrual_account_id IS NOT NULL
             UNION
            SELECT account_id FROM account_move_line
             WHERE rebate_program_id IS NOT NULL AND rebate_role = 'accrual' AND partner_id IS NOT NULL
            """
        )

    @api.model
    def _get_sources(self):
        """The queries that are added up; what else belongs to programs adds its own."""
        until = self._get_until()
        settlements = SQL(
            """
              FROM dealer_rebate_computation computation
              JOIN dealer_rebate_run run ON run.id = computation.run_id
              JOIN dealer_rebate_program program ON program.id = computation.program_id
             WHERE run.state IN ('confirmed', 'posting', 'done') AND run.date <= %s AND program.reward != 'free_goods'
            """,
            until,
        )
        statements = SQL(
            """
              FROM dealer_rebate_payout payout
              JOIN dealer_rebate_program program ON program.id = payout.program_id
         LEFT JOIN account_move document ON document.id = payout.move_id
             WHERE payout.state = 'posted' AND COALESCE(document.date, payout.date) <= %s
               AND program.reward != 'free_goods'
            """,
            until,
        )
        expected = SQL(
            """
              FROM dealer_rebate_accrual_line line
              JOIN last_accrual ON last_accrual.id = line.accrual_id
            """
        )
        releases = SQL(
            """
              FROM dealer_rebate_payout payout
              JOIN account_move release ON release.id = payout.accrual_move_id
         LEFT JOIN last_accrual ON last_accrual.program_id = payout.program_id
             WHERE (release.id > COALESCE(last_accrual.move_id, 0)) = (release.date <= %s)
            """,
            until,
        )
        # What was released since the last accrual. What it found released already, as of a later day, was still
        # in the books.
        released = SQL(
            'CASE WHEN release.date <= %s THEN -payout.accrual_released ELSE payout.accrual_released END', until
        )
        # By the index of the accounts (OFFSET 0): the planner does not know how few items they have, and would read
        # all of the ledger.
        accrual_items = SQL(
            """
              FROM accrual_account
        CROSS JOIN LATERAL (SELECT * FROM account_move_line
                             WHERE account_id = accrual_account.id AND parent_state = 'posted' AND date <= %s
                            OFFSET 0) item
            """,
            until,
        )
        items = SQL("FROM account_move_line item WHERE item.parent_state = 'posted' AND item.date <= %s", until)
        return [
            self._prepare_source('computation', settlements, settled=SQL('computation.delta')),
            self._prepare_source('payout', statements, paid=SQL('payout.paid'), payout=SQL('payout.paid_value')),
            self._prepare_source(
                'line', expected, program=SQL('last_accrual.program_id'), accrued=SQL('line.expected')
            ),
            self._prepare_source('payout', releases, accrued=released),
            self._prepare_item_source(accrual_items, ledger_accrued=SQL('-item.balance')),
            self._prepare_item_source(
                SQL("%s AND item.rebate_program_id IS NOT NULL AND item.rebate_role = 'payout'", items),
                ledger_payout=SQL('item.balance'),
            ),
            self._prepare_item_source(
                SQL("%s AND item.rebate_program_id IS NOT NULL AND item.rebate_role = 'wallet'", items),
                ledger_wallet=SQL('-item.balance'),
            ),
        ]

    @api.model
    def _prepare_source(self, alias, rest, program=None, dealer=None, **amounts):
        """``SELECT company, program, dealer, amounts``: 0 where no amount is given."""
        columns = [SQL('COALESCE(%s, 0) AS %s', amounts.get(name, SQL('0')), SQL.identifier(name)) for name in AMOUNTS]
        return SQL(
            'SELECT %s AS company_id, %s AS program_id, %s AS dealer_id, %s %s',
            SQL.identifier(alias, 'company_id'),
            program or SQL.identifier(alias, 'program_id'),
            dealer or SQL.identifier(alias, 'dealer_id'),
            SQL(', ').join(columns),
            rest,
        )

    @api.model
    def _prepare_item_source(self, rest, **amounts):
        return self._prepare_source(
            'item',
            rest,
            program=SQL.identifier('item', 'rebate_program_id'),
            dealer=SQL.identifier('item', 'partner_id'),
            **amounts,
        )

    # --------------------------------------------------------------- Actions

    def action_view_items(self):
        """Open the journal items behind these rows."""
        accounts = [id_ for (id_,) in self.env.execute_query(self._get_accounts_query())]
        domains = [
            [
                ('company_id', '=', row.company_id.id),
                ('rebate_program_id', '=', row.program_id.id),
                ('partner_id', '=', row.dealer_id.id),
                '|',
                ('rebate_role', '!=', False),
                ('account_id', 'in', accounts),
            ]
            for row in self
        ]
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Journal Items of Rebates'),
            'res_model': 'account.move.line',
            'view_mode': 'list,form',
            'search_view_id': [self.env.ref('dealer_management.account_move_line_view_search_rebate').id],
            'views': [
                (self.env.ref('dealer_management.account_move_line_view_list_rebate').id, 'list'),
                (False, 'form'),
            ],
            'domain': fields.Domain.OR(domains)
            & fields.Domain('parent_state', '=', 'posted')
            & fields.Domain('date', '<=', self._get_until()),
            'context': {'create': False},
        }
