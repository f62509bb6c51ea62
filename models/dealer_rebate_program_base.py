import itertools
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .dealer_rebate_program_measure import WRONG_UNIT, Measure

# Of as many contacts, the lines are looked up.
FEW = 20


class Buckets(NamedTuple):
    """Days cut at the edges of all that is looked at: a line of the ledger lies in one bucket.

    :param starts: the first day of each bucket, and the first day after the last one
    """

    starts: tuple

    @classmethod
    def cut(cls, periods):
        """Buckets such that each of ``periods`` consists of whole ones."""
        edges = {day for period in periods for day in (period.date_from.toordinal(), period.date_to.toordinal() + 1)}
        return cls(tuple(date.fromordinal(day) for day in sorted(edges)))

    def inside(self, period):
        """The numbers of the buckets that make up ``period``, from 1."""
        end = date.fromordinal(period.date_to.toordinal() + 1)
        return [
            number
            for number, (start, following) in enumerate(itertools.pairwise(self.starts), 1)
            if period.date_from <= start and following <= end
        ]


class Sums(NamedTuple):
    """What one dealer has in one bucket: the measure, and the parts of it that shares are taken of."""

    measure: Decimal
    parts: tuple


class DealerRebateProgram(models.Model):
    """The base of rebates, from the ledger: every line that counts, for all dealers at once.

    One definition of the lines (``_get_base_lines``) serves the sums that bands look at and the proof.
    It reads posted journal items, whoever may see them; a dealer is its commercial partner with the
    branches below it.
    """

    _inherit = 'dealer.rebate.program'

    def _read_base(self, dealers, buckets, parts, until=None):
        """Sum up what counts, by one query.

        :param dealers: ``res.partner`` records
        :param buckets: the :class:`Buckets` that it is summed up in
        :param parts: ``{name: ids of products}`` of the parts that shares are taken of
        :param until: documents after this day are left out
        :return: ``{dealer id: {bucket: Sums}}`` in exact decimals
        :raise UserError: where a line cannot be counted: no exchange rate, another kind of unit
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                # Text keeps every digit; numbers become floats on their way.
                """
                SELECT dealer_id, bucket, max(problem), sum(measure)::text %(sums)s
                  FROM (%(lines)s) AS line
              GROUP BY dealer_id, bucket
                """,
                sums=SQL().join(
                    SQL(', (sum(measure) FILTER (WHERE product_id = ANY(%s)))::text', product_ids)
                    for product_ids in parts.values()
                ),
                lines=self._get_base_lines(dealers, buckets, until),
            )
        )
        base = {}
        for dealer_id, bucket, problem, measure, *sums in rows:
            if problem:
                self._raise_problem(dealers, buckets, until)
            base.setdefault(dealer_id, {})[bucket] = Sums(Decimal(measure), tuple(Decimal(part or 0) for part in sums))
        return base

    @api.model
    def _prepare_scan(self):
        """Have PostgreSQL sort in memory, and not compile queries, which takes longer than it saves; until commit."""
        self.env.cr.execute("SELECT set_config('jit', 'off', TRUE), set_config('work_mem', '64MB', TRUE)")

    # ------------------------------------------------------------- The lines

    def _get_base_lines(self, dealers, buckets, until=None):
        """The lines that count, as SQL.

        Columns: ``dealer_id``, ``bucket``, ``date`` (that it counts on), ``line_id``, ``document`` (its number),
        ``amount`` (in its own currency), ``product_id``, ``measure`` (numeric), ``converted`` (what the amount comes to
        in the program's currency, where that is not the ledger's) and ``problem`` (None, NO_RATE, WRONG_UNIT).
        """
        self.ensure_one()
        for model in self._get_base_models():
            self.env[model].flush_model()
        # Payments are booked in the name of whoever pays; invoices in that of the commercial partner.
        members = self._find_members(dealers, contacts=self.basis == 'cash')
        if len(members) > FEW:
            self._prepare_scan()
        if self.basis == 'cash':
            sources = [self._get_cash_lines(members, buckets, until)]
        elif self.basis == 'paid':
            sources = self._select_lines(self._get_paid_sources(), members, buckets, until)
        else:
            sources = self._select_lines(self._get_invoiced_sources(members), members, buckets, until)
        return SQL(
            """
            SELECT member.dealer_id, width_bucket(source.date, %(starts)s::date[]) AS bucket, source.date,
                   source.line_id, source.document, source.amount, source.product_id, source.measure, source.converted,
                   source.problem
              FROM (%(sources)s) AS source
              JOIN (%(members)s) AS member ON member.partner_id = source.partner_id
            """,
            starts=list(buckets.starts),
            sources=SQL(' UNION ALL ').join(sources),
            members=self._list_members(members),
        )

    @api.model
    def _get_base_models(self):
        """What the lines are read from, whatever the basis."""
        return [
            'account.move',
            'account.move.line',
            'account.partial.reconcile',
            'dealer.rebate.computation',
            'dealer.rebate.finding',
            'dealer.rebate.payout',
            'product.product',
            'product.template',
            'res.currency.rate',
            'res.partner',
            'uom.uom',
        ]

    def _find_members(self, dealers, contacts=False):
        """``{partner id: dealer id}`` of the dealers and their branches that are companies of their own.

        :param contacts: their contacts too
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE member AS (
                    SELECT id AS partner_id, id AS dealer_id FROM res_partner WHERE id = ANY(%s)
                    UNION ALL
                    SELECT branch.id, member.dealer_id
                      FROM res_partner branch JOIN member ON branch.parent_id = member.partner_id
                     WHERE branch.is_dealer IS NOT TRUE
                )
                SELECT member.partner_id, member.dealer_id
                  FROM member JOIN res_partner partner ON partner.id = member.partner_id
                 WHERE %s OR partner.commercial_partner_id = partner.id
                """,
                dealers.ids,
                contacts,
            )
        )
        return dict(rows)

    @api.model
    def _list_members(self, members):
        """The same as SQL: as lists, so that the planner knows how many they are."""
        return SQL(
            'SELECT * FROM unnest(%s::integer[], %s::integer[]) AS member(partner_id, dealer_id)',
            list(members),
            list(members.values()),
        )

    @api.model
    def _get_invoiced_sources(self, members):
        """Posted invoice lines by their own dates; refunds of an invoice by that invoice's.

        ``(date that a line counts on, what it takes to know)``: in two parts, so that lines are found by their
        dates; in one for a few dealers, whose lines are few.
        """
        by_invoice = SQL('refund.id = aml.move_id AND refund.reversed_entry_id IS NOT NULL')
        # A refund that is itself reversed, and that again: all belong to the first of them.
        origins = SQL(
            """
            LEFT JOIN account_move second ON second.id = origin.reversed_entry_id
            LEFT JOIN account_move first ON first.id = second.reversed_entry_id
            """
        )
        counted_on = SQL('COALESCE(first.invoice_date, second.invoice_date, origin.invoice_date, aml.invoice_date)')
        if len(members) <= FEW:
            both = SQL(
                """
                LEFT JOIN account_move refund ON %s
                LEFT JOIN account_move origin ON origin.id = refund.reversed_entry_id
                          %s
                    WHERE TRUE
                """,
                by_invoice,
                origins,
            )
            return [(counted_on, both)]
        own = SQL('LEFT JOIN account_move refund ON %s WHERE refund.id IS NULL', by_invoice)
        linked = SQL(
            """
            JOIN account_move refund ON %s
            JOIN account_move origin ON origin.id = refund.reversed_entry_id
                 %s
           WHERE TRUE
            """,
            by_invoice,
            origins,
        )
        return [(SQL('aml.invoice_date'), own), (counted_on, linked)]

    @api.model
    def _get_paid_sources(self):
        """The lines of invoices that are fully paid, by the day of the last payment; refunds with their invoice."""
        paid = SQL(
            """
                 JOIN account_move move ON move.id = aml.move_id
            LEFT JOIN account_move third ON third.id = move.reversed_entry_id
            LEFT JOIN account_move second ON second.id = third.reversed_entry_id
                 JOIN account_move origin
                   ON origin.id = COALESCE(second.reversed_entry_id, third.reversed_entry_id, move.reversed_entry_id, move.id)
            LEFT JOIN (
                      SELECT term.move_id, max(term.date) AS date
                        FROM (
                             SELECT debit.move_id, partial.max_date AS date
                               FROM account_partial_reconcile partial
                               JOIN account_move_line debit ON debit.id = partial.debit_move_id
                              WHERE debit.display_type = 'payment_term'
                              UNION ALL
                             SELECT credit.move_id, partial.max_date
                               FROM account_partial_reconcile partial
                               JOIN account_move_line credit ON credit.id = partial.credit_move_id
                              WHERE credit.display_type = 'payment_term'
                             ) AS term
                    GROUP BY term.move_id
                      ) AS payment ON payment.move_id = origin.id
                WHERE origin.state = 'posted' AND origin.amount_residual = 0
            """
        )
        return [(SQL('COALESCE(payment.date, origin.invoice_date)'), paid)]

    def _select_lines(self, sources, members, buckets, until):
        """Invoice lines that count.

        :param sources: ``(SQL of the date that a line counts on, joins and the begin of the conditions)``
        """
        conditions = SQL(' AND ').join([*self._get_line_conditions(), self._get_few_condition(members)])
        return [
            SQL(
                """
                SELECT aml.partner_id, %(date)s AS date, aml.id AS line_id, aml.move_name AS document,
                       -aml.amount_currency AS amount, aml.product_id,
                       %(value)s AS measure, %(converted)s AS converted, %(problem)s AS problem
                  FROM account_move_line aml
                  JOIN product_product product ON product.id = aml.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                       %(joins)s %(source)s
                   AND %(conditions)s
                   AND %(date)s >= %(start)s AND %(date)s < %(end)s %(until)s
                """,
                date=counted_on,
                value=measure.value,
                converted=measure.converted,
                problem=measure.problem,
                joins=measure.joins,
                source=source,
                conditions=conditions,
                start=buckets.starts[0],
                end=buckets.starts[-1],
                until=SQL('AND aml.invoice_date <= %s AND %s <= %s', until, counted_on, until) if until else SQL(),
            )
            for counted_on, source in sources
            for measure in [Measure(self, SQL('aml.invoice_date'), counted_on)]
        ]

    @api.model
    def _get_few_condition(self, members):
        """Of a few dealers their own lines are looked up; for many, the ledger is read once from end to end."""
        return SQL('aml.partner_id = ANY(%s)', list(members)) if len(members) <= FEW else SQL('TRUE')

    # ----------------------------------------------------------- What is wrong

    def _raise_problem(self, dealers, buckets, until):
        """Say which line cannot be counted, and why.

        :raise UserError: always
        """
        [[line_id, problem]] = self.env.execute_query(
            SQL(
                'SELECT line_id, problem FROM (%s) AS line WHERE problem IS NOT NULL ORDER BY date, line_id LIMIT 1',
                self._get_base_lines(dealers, buckets, until),
            )
        )
        line = self.env['account.move.line'].sudo().browse(line_id)
        values = {
            'document': line.move_id.display_name,
            'dealer': line.partner_id.display_name,
            'date': format_date(self.env, line.invoice_date or line.date),
        }
        if problem == WRONG_UNIT:
            raise UserError(
                self.env._(
                    '%(document)s of %(dealer)s counts "%(product)s" in %(unit)s, which cannot be converted to'
                    ' %(wanted)s. Choose another unit for the program, or leave the product out.',
                    **values,
                    product=line.product_id.display_name,
                    unit=line.product_uom_id.display_name,
                    wanted=self.uom_id.display_name,
                )
            )
        in_ledger_currency = line.currency_id == self.company_id.currency_id
        raise UserError(
            self.env._(
                '%(document)s of %(dealer)s cannot be converted: %(currency)s has no exchange rate on %(date)s.'
                ' Enter the rate of that day under Invoicing / Configuration / Currencies.',
                **values,
                currency=(self.currency_id if in_ledger_currency else line.currency_id).name,
            )
        )
