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
    """

    def __init__(self, program, date):
        self.program, self.date = program, date
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
    def _amount(self):
        if self.in_ledger_currency:
            # The ledger's own figure, converted by the document at its own day.
            return SQL('-aml.balance')
        return SQL(
            """CASE WHEN aml.currency_id = %(currency)s THEN -aml.amount_currency
                    ELSE round(-aml.balance * own_rate.rate / ledger_rate.rate, %(places)s) END""",
            currency=self.currency.id,
            places=CONVERTED_PLACES,
        )

    @property
    def _rate_joins(self):
        if self.in_ledger_currency:
            return SQL()
        return SQL(
            'LEFT JOIN LATERAL (%s) AS own_rate ON TRUE LEFT JOIN LATERAL (%s) AS ledger_rate ON TRUE',
            self._rate(self.currency),
            self._rate(self.ledger_currency),
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
            no_rate = SQL('own_rate.rate IS NULL OR ledger_rate.rate IS NULL')
            yield SQL('aml.currency_id != %s AND (%s)', self.currency.id, no_rate), NO_RATE
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
