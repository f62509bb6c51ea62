from odoo import fields, models
from odoo.tools import SQL

# Beyond the lines that one computation can have: computation × this + place is an id.
LINES = 1 << 24


class DealerRebateSettlementLine(models.Model):
    """A source line of a computation and its share of the rebate: a view of the arrays kept there."""

    _name = 'dealer.rebate.settlement.line'
    _description = 'Source Line of a Rebate'
    _auto = False
    _order = 'computation_id, date, source_id'
    _rec_name = 'document'

    computation_id = fields.Many2one('dealer.rebate.computation', readonly=True)
    settlement_id = fields.Many2one('dealer.rebate.settlement', readonly=True)
    program_id = fields.Many2one('dealer.rebate.program', readonly=True)
    dealer_id = fields.Many2one('res.partner', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    currency_id = fields.Many2one(related='program_id.currency_id')
    move_line_id = fields.Many2one('account.move.line', 'Journal Item', readonly=True)
    source_id = fields.Integer(readonly=True, help='The journal item, also when it is gone from the ledger.')
    document = fields.Char('Document Number', readonly=True, help='Its number when it was counted.')
    date = fields.Date('Counted on', readonly=True)
    measure = fields.Float('Counted', readonly=True, digits=(16, 4))
    amount = fields.Float('Amount in Its Currency', readonly=True, digits=(16, 4))
    share = fields.Float('Share of the Rebate', readonly=True, digits=(16, 4), min_display_digits=2)
    move_id = fields.Many2one(related='move_line_id.move_id', string='Document')
    product_id = fields.Many2one(related='move_line_id.product_id')
    quantity = fields.Float(related='move_line_id.quantity')
    line_currency_id = fields.Many2one(related='move_line_id.currency_id', string='Its Currency')

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT computation.id::bigint * %(lines)s + source.place AS id,
                   computation.id AS computation_id,
                   computation.settlement_id,
                   computation.program_id,
                   computation.dealer_id,
                   computation.company_id,
                   line.id AS move_line_id,
                   source.move_line_id AS source_id,
                   source.document,
                   source.date,
                   source.weight / power(10::numeric, COALESCE(computation.line_places, 0)) AS measure,
                   source.amount,
                   source.share * COALESCE(currency.rounding, 1) AS share
              FROM dealer_rebate_computation computation
              JOIN dealer_rebate_program program ON program.id = computation.program_id
         LEFT JOIN res_currency currency ON currency.id = program.currency_id AND program.reward != 'free_goods'
        CROSS JOIN LATERAL unnest(
                       computation.line_move_line_ids, computation.line_weights, computation.line_shares,
                       computation.line_amounts, computation.line_dates, computation.line_documents
                   ) WITH ORDINALITY AS source(move_line_id, weight, share, amount, date, document, place)
         LEFT JOIN account_move_line line ON line.id = source.move_line_id
            """,
            lines=LINES,
        )

    def _fetch_query(self, query, fields):
        """Read few lines without unnesting those of all computations."""
        if ids := [id_ for id_ in self._ids if isinstance(id_, int)]:
            query.add_where(
                SQL('%s = ANY(%s)', SQL.identifier(self._table, 'computation_id'), [id_ // LINES for id_ in ids])
            )
        return super()._fetch_query(query, fields)
