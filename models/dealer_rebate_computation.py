from odoo import api, fields, models
from odoo.tools import SQL, sql


class DealerRebateComputation(models.Model):
    """How what was earned came about: the proof, never edited.

    The source lines are kept in arrays beside the record, one place in each array a line: a year of a
    large dealer is one row instead of ten thousand. ``dealer.rebate.settlement.line`` shows them one by one.
    """

    _name = 'dealer.rebate.computation'
    _description = 'Rebate Computation'
    _order = 'settlement_id, number desc'

    settlement_id = fields.Many2one(
        'dealer.rebate.settlement', required=True, readonly=True, index=True, ondelete='cascade'
    )
    number = fields.Integer(required=True, readonly=True, help='1 settles the period; later ones correct it.')
    run_id = fields.Many2one('dealer.rebate.run', required=True, readonly=True, index=True, ondelete='cascade')
    # Whoever reads a computation may know whether it holds, also those who do not read settlement runs.
    run_state = fields.Selection(related='run_id.state')
    payout_id = fields.Many2one('dealer.rebate.payout', readonly=True, index=True, ondelete='cascade')
    # Of the settlement: written once with it, since thousands are written at a time.
    program_id = fields.Many2one('dealer.rebate.program', required=True, readonly=True, index=True, ondelete='restrict')
    dealer_id = fields.Many2one('res.partner', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related='program_id.currency_id')
    period_from = fields.Date(related='settlement_id.period_from')
    period_to = fields.Date(related='settlement_id.period_to')
    window_from = fields.Date(
        'Counted from', required=True, readonly=True, help='Of a cumulative program: its first day.'
    )
    window_to = fields.Date('Counted until', required=True, readonly=True)
    version = fields.Char(readonly=True, help='Of the terms, and from when they held.')
    grade_id = fields.Many2one('res.partner.grade', 'Tier', readonly=True, ondelete='restrict')
    base = fields.Float(readonly=True, digits=(16, 4), help='What was paid for.')
    whole = fields.Float('Compared with the Bands', readonly=True, digits=(16, 4))
    earned = fields.Float(
        readonly=True, digits=(16, 4), min_display_digits=2, help='In the currency of the program; units of free goods.'
    )
    settled_before = fields.Float(readonly=True, digits=(16, 4), min_display_digits=2)
    delta = fields.Float(
        'Change', readonly=True, digits=(16, 4), min_display_digits=2, help='Earned less what was settled before.'
    )
    reason = fields.Char(readonly=True, help='Why nothing was earned: a code of the arithmetic.')
    band = fields.Integer('Band Reached', readonly=True, help='0: none.')
    # {'versions': [{'version', 'date_from', 'date_to', 'bands': [...]}], 'figures': {...}, 'parts': [...]}
    proof = fields.Json(readonly=True, help='The terms, the figures and each step, as the arithmetic had them.')
    line_count = fields.Integer('Lines', readonly=True)
    line_places = fields.Integer(readonly=True, help='Decimals of what the lines count.')
    line_ids = fields.One2many('dealer.rebate.settlement.line', 'computation_id', 'Source Lines', readonly=True)

    _one_number = models.Constraint('UNIQUE (settlement_id, number)', 'A computation has a number of its own.')

    def init(self):
        """The arrays of the source lines: read and written by SQL alone."""
        self.env.cr.execute("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
        [has_lz4] = self.env.cr.fetchone() or [False]
        for column, kind in self._get_line_columns().items():
            if not sql.column_exists(self.env.cr, self._table, column):
                name = SQL.identifier(column)
                # Names and types are constants of this class.
                self.env.cr.execute(SQL('ALTER TABLE dealer_rebate_computation ADD COLUMN %s %s', name, SQL(kind)))
                if has_lz4:
                    # Written in half the time.
                    self.env.cr.execute(
                        SQL('ALTER TABLE dealer_rebate_computation ALTER COLUMN %s SET COMPRESSION lz4', name)
                    )

    @api.model
    def _get_line_columns(self):
        """``{column: type}`` of the arrays, one place in each a line.

        The journal item; what it counts, in units of the last of ``line_places`` decimals; its share, in the
        smallest unit of what is earned; its amount in its own currency; the day that it counts on; the number of
        its document; and where it was converted, what to, in units of the last of ``line_places`` decimals.
        """
        return {
            'line_move_line_ids': 'integer[]',
            'line_weights': 'bigint[]',
            'line_shares': 'bigint[]',
            'line_amounts': 'numeric[]',
            'line_dates': 'date[]',
            'line_documents': 'text[]',
            'line_conversions': 'bigint[]',
        }
