"""What one line of the ledger counts in a rebate program, as SQL: an amount in the program's currency, or a quantity."""

from functools import cached_property

from odoo.tools import SQL

# Decimal places of what is counted: amounts in the ledger's own currency have those of the currency.
CONVERTED_PLACES, QUANTITY_PLACES = 8, 6
# What is wrong with a line that cannot be counted.
NO_RATE, WRONG_UNIT = 1, 2


class Measure:
    """The measure of one program. Lines are ``aml``; of invoices they are joined with ``product`` and ``template``.

    :param date: SQL of the document's own day, which exchange rates are looked up for
    :param counted_on: SQL of the day that the line counts on, unless it is the same
    """

    def __init__(self, program, date, counted_on=None):
        self.program, self.date, self.counted_on = program, date, counted_on or date
        self.env = program.env
        self.currency, self.ledger_currency = program.currency_id, program.company_id.currency_id
        self.in_ledger_currency = self.currency == self.ledger_currency

    @property
    def places(self):
        """To how many decimals a line counts."""
        if self.program.measure != 'amount':
            return QUANTITY_PLACES
        return self.currency.decimal_places if self.in_ledger_currency else CONVERTED_PLACES

    @property
    def value(self):
        """What the line counts; negative for what came back."""
        measure = self._amount if self.program.measure == 'amount' else self._quantity
        if self.has_diversions:
            measure = SQL(
                """(%s) * (1 - CASE WHEN diverted.quantity IS NULL THEN 0
                                     ELSE LEAST(diverted.quantity / NULLIF(abs(aml.quantity), 0), 1) END)""",
                measure,
            )
        elif self.program.measure == 'amount':
            return measure
        return SQL('round((%s)::numeric, %s)', measure, self.places)

    @property
    def joins(self):
        joins = [self._rate_joins] if self.program.measure == 'amount' else [self._unit_joins]
        if self.has_diversions:
            joins.append(self._diversion_join)
        return SQL(' ').join(joins)

    @property
    def problem(self):
        """What keeps the line from being counted, or None: found along with the sums, so that it costs no query."""
        conditions = self._unit_problems() if self.program.measure != 'amount' else self._rate_problems()
        whens = [SQL('WHEN %s THEN %s', condition, problem) for condition, problem in conditions]
        return SQL('CASE %s END', SQL(' ').join(whens)) if whens else SQL('NULL::integer')

    # ---------------------------------------------------------------- Amounts

    @property
    def converts(self):
        """Whether lines count in another currency than the ledger's."""
        return self.program.measure == 'amount' and not self.in_ledger_currency

    @property
    def converted(self):
        """What the line comes to in the program's currency, to be kept in the proof; NULL where nothing converts."""
        return self._amount if self.converts else SQL('NULL::numeric')

    @property
    def _amount(self):
        if self.in_ledger_currency:
            # The ledger's own figure, converted by the document at its own day.
            return SQL('-aml.balance')
        return SQL(
            """CASE WHEN aml.currency_id = %(currency)s THEN -aml.amount_currency
                    ELSE COALESCE(%(frozen)s, round(-aml.balance * own_rate.rate / ledger_rate.rate, %(places)s))
                    END""",
            currency=self.currency.id,
            frozen=self._frozen,
            places=CONVERTED_PLACES,
        )

    @property
    def _rate_joins(self):
        if self.in_ledger_currency:
            return SQL()
        return SQL(
            """
            LEFT JOIN LATERAL (%s) AS own_rate ON TRUE
            LEFT JOIN LATERAL (%s) AS ledger_rate ON TRUE
            LEFT JOIN (%s) AS settled ON settled.line_id = aml.id AND settled.amount = -aml.amount_currency
            """,
            self._rate(self.currency),
            self._rate(self.ledger_currency),
            self._settled,
        )

    @property
    def _frozen(self):
        """What the settlement has converted the line to, unless its amount or its day has changed since."""
        return SQL('CASE WHEN settled.date = %s THEN settled.converted END', self.counted_on)

    @property
    def _settled(self):
        """What settled lines were converted to: it is kept, whatever is written of past rates later."""
        return SQL(
            """
            SELECT DISTINCT ON (source.line_id) source.line_id, source.amount, source.date,
                   source.conversion / power(10::numeric, computation.line_places) AS converted
              FROM dealer_rebate_computation computation
              JOIN dealer_rebate_payout payout ON payout.id = computation.payout_id
        CROSS JOIN LATERAL unnest(
                       computation.line_move_line_ids, computation.line_amounts, computation.line_dates,
                       computation.line_conversions
                   ) AS source(line_id, amount, date, conversion)
             WHERE computation.program_id = %(program)s AND payout.state = 'posted'
               AND computation.line_conversions IS NOT NULL
          ORDER BY source.line_id, computation.id DESC
            """,
            program=self.program.id,
        )

    def _rate(self, currency):
        """The last rate of ``currency`` on or before the day; no row where there is none."""
        if currency == self.ledger_currency and not currency.sudo().rate_ids:
            # The company's own currency needs no rates.
            return SQL('SELECT 1.0 AS rate')
        return SQL(
            """
            SELECT rate.rate FROM res_currency_rate rate
             WHERE rate.currency_id = %s AND rate.name <= %s AND (rate.company_id IS NULL OR rate.company_id = %s)
          ORDER BY rate.company_id, rate.name DESC LIMIT 1
            """,
            currency.id,
            self.date,
            self.program.company_id.root_id.id,
        )

    def _rate_problems(self):
        if not self.in_ledger_currency:
            no_rate = SQL('%s IS NULL AND (own_rate.rate IS NULL OR ledger_rate.rate IS NULL)', self._frozen)
            yield SQL('aml.currency_id != %s AND %s', self.currency.id, no_rate), NO_RATE
        for currency, first_day in self._get_first_rates():
            # Odoo then books at the first rate there is, or one to one: neither is a rate of that day.
            invented = SQL('%s < %s', self.date, first_day) if first_day else SQL('aml.amount_currency = aml.balance')
            invented = SQL('aml.currency_id = %s AND %s', currency.id, invented)
            yield invented, NO_RATE

    def _get_first_rates(self):
        """``(currency, the first day that has a rate, or None)`` of all foreign currencies in use."""
        currencies = self.env['res.currency']
        foreign = currencies.browse(currencies._get_active_ids()) - self.ledger_currency
        if not foreign:
            return []
        companies = [False, self.program.company_id.root_id.id]
        rates = self.env['res.currency.rate'].sudo()
        first_days = dict(
            rates._read_group(
                [('currency_id', 'in', foreign.ids), ('company_id', 'in', companies)], ['currency_id'], ['name:min']
            )
        )
        return [(currency, first_days.get(currency)) for currency in foreign]

    # ------------------------------------------------------------- Quantities

    @property
    def _quantity(self):
        quantity = SQL(
            """CASE WHEN aml.is_allowance THEN 0
                    WHEN document.move_type = 'out_refund' THEN -aml.quantity ELSE aml.quantity END"""
        )
        if self.program.measure == 'weight':
            return SQL('%s * unit.factor * product.weight', quantity)
        return SQL('%s * unit.factor / %s', quantity, self.program.uom_id.factor)

    @property
    def _unit_joins(self):
        return SQL(
            """
            JOIN account_move document ON document.id = aml.move_id
            JOIN uom_uom unit ON unit.id = COALESCE(aml.product_uom_id, template.uom_id)
            """
        )

    def _unit_problems(self):
        if self.program.measure == 'quantity':
            # Units that stand below the same one can be converted.
            root = self.program.uom_id.parent_path.split('/', 1)[0]
            yield SQL("split_part(unit.parent_path, '/', 1) != %s", root), WRONG_UNIT

    # --------------------------------------------------------------- Diversion

    @property
    def _diversion_join(self):
        """The quantities that were found diverted count in no rebate."""
        return SQL(
            """
            LEFT JOIN (
                 SELECT finding.move_line_id,
                        GREATEST(sum(finding.quantity) - COALESCE(max(returned.quantity), 0), 0) AS quantity
                   FROM dealer_rebate_finding finding
                   JOIN dealer_rebate_criterion criterion ON criterion.id = finding.criterion_id
                   JOIN account_move_line sold ON sold.id = finding.move_line_id
              -- What came back to us is not diverted any more: its refund takes it off already.
              LEFT JOIN LATERAL (
                        SELECT sum(item.quantity) AS quantity
                          FROM account_move refund
                          JOIN account_move_line item ON item.move_id = refund.id
                         WHERE refund.reversed_entry_id = sold.move_id AND refund.move_type = 'out_refund'
                           AND refund.state = 'posted' AND item.product_id = sold.product_id
                           AND item.is_allowance IS NOT TRUE
                        ) AS returned ON TRUE
                  WHERE finding.state = 'confirmed' AND criterion.is_diversion AND finding.quantity > 0
               GROUP BY finding.move_line_id
            ) AS diverted ON diverted.move_line_id = aml.id
            """
        )

    @cached_property
    def has_diversions(self):
        """Whether any quantity was found diverted: without, nothing is joined. Payments are of no goods."""
        if self.program.basis == 'cash':
            return False
        findings = self.env['dealer.rebate.finding'].sudo()
        domain = [
            ('state', '=', 'confirmed'),
            ('move_line_id', '!=', False),
            ('quantity', '>', 0),
            ('criterion_id.is_diversion', '=', True),
        ]
        return bool(findings.search_count(domain, limit=1))
