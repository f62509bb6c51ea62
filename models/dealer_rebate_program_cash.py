from odoo import api, models
from odoo.tools import SQL

from .dealer_rebate_program_measure import Measure


class DealerRebateProgram(models.Model):
    """What came in from the dealers by bank and cash, from the ledger."""

    _inherit = 'dealer.rebate.program'

    def _get_cash_lines(self, members, buckets, until):
        """What came in from the dealers by bank or cash, less what was paid back: as it came, for no product.

        A payment may clear more than it brings: what is written off with it (an early payment discount and its
        taxes, a difference) never came in, and counts against what was cleared. What pays out a rebate is nothing
        that is paid back.
        """
        measure = Measure(self, SQL('aml.date'))
        return SQL(
            """
            SELECT aml.partner_id, aml.date, aml.id AS line_id, aml.move_name AS document,
                   -aml.amount_currency AS amount, NULL::integer AS product_id,
                   round(%(value)s * (1 - LEAST(COALESCE(beside.amount, 0) / NULLIF(abs(aml.balance), 0), 1)),
                         %(places)s) AS measure,
                   %(converted)s AS converted, %(problem)s AS problem
              FROM account_move_line aml
              JOIN account_account account ON account.id = aml.account_id
              JOIN account_journal journal ON journal.id = aml.journal_id
         LEFT JOIN (%(beside)s) AS beside ON beside.line_id = aml.id
                   %(joins)s
             WHERE aml.parent_state = 'posted' AND aml.rebate_role IS NULL AND aml.balance != 0
               AND journal.type IN ('bank', 'cash', 'credit')
               AND (account.account_type = 'asset_receivable' OR (%(written_off)s))
               AND aml.company_id = ANY(%(companies)s)
               AND aml.date >= %(start)s AND aml.date < %(end)s %(until)s AND %(few)s
            """,
            value=measure.value,
            places=measure.places,
            converted=measure.converted,
            problem=measure.problem,
            beside=self._get_paid_beside_sales(),
            joins=measure.joins,
            written_off=self._get_written_off(),
            companies=self._get_company_ids(),
            few=self._get_few_condition(members),
            start=buckets.starts[0],
            end=buckets.starts[-1],
            until=SQL('AND aml.date <= %s', until) if until else SQL(),
        )

    @api.model
    def _get_written_off(self):
        """Which items of a payment say that less came in than it has cleared, or more."""
        return SQL(
            """
            (split_part(account.account_type, '_', 1) IN ('income', 'expense') OR aml.tax_line_id IS NOT NULL)
            AND EXISTS (
                SELECT 1
                  FROM account_move_line cleared
                  JOIN account_account receivable ON receivable.id = cleared.account_id
                 WHERE cleared.move_id = aml.move_id AND cleared.partner_id = aml.partner_id
                   AND receivable.account_type = 'asset_receivable'
            )
            """
        )

    @api.model
    def _get_paid_beside_sales(self):
        """How much of which items was paid for documents that are no sales: ``line_id``, ``amount``."""
        return SQL(
            """
            WITH owed AS (
                 SELECT item.id
                   FROM (%s) AS document
                   JOIN account_move_line item ON item.move_id = document.move_id
                  WHERE item.display_type = 'payment_term'
            )
            SELECT partial.line_id, sum(partial.amount) AS amount
              FROM (
                   SELECT debit_move_id AS line_id, amount
                     FROM account_partial_reconcile JOIN owed ON owed.id = credit_move_id
                    UNION ALL
                   SELECT credit_move_id, amount
                     FROM account_partial_reconcile JOIN owed ON owed.id = debit_move_id
                   ) AS partial
          GROUP BY partial.line_id
            """,
            self._get_documents_beside_sales(),
        )

    @api.model
    def _get_documents_beside_sales(self):
        """Documents that pay a rebate, or claim it back: ``move_id``; what else is no sale is added by its own part."""
        return SQL('SELECT move_id FROM dealer_rebate_payout WHERE move_id IS NOT NULL')
