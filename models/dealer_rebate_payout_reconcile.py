from odoo import models


class DealerRebatePayout(models.Model):
    """Credit notes are set off against what the dealer has owed longest."""

    _inherit = 'dealer.rebate.payout'

    def _set_off_oldest(self):
        """Reconcile the posted credit notes of these statements with their dealers' oldest open invoices.

        Invoices of the same account, currency and company; by a number of queries that does not grow
        with the dealers.
        """
        credits = self.move_id.line_ids.filtered(
            lambda line: line.display_type == 'payment_term' and not line.reconciled
        )
        debts = credits.search(
            [
                ('partner_id', 'in', credits.partner_id.ids),
                ('account_id', 'in', credits.account_id.ids),
                ('company_id', '=', self.company_id.id),
                ('currency_id', 'in', credits.currency_id.ids),
                ('parent_state', '=', 'posted'),
                ('move_type', '=', 'out_invoice'),
                ('reconciled', '=', False),
                ('amount_residual', '>', 0),
            ],
            order='date_maturity, date, id',
        )
        open_debts = debts.grouped(lambda line: (line.partner_id, line.account_id, line.currency_id))
        plan = []
        for key, owed in credits.grouped(lambda line: (line.partner_id, line.account_id, line.currency_id)).items():
            left = -sum(owed.mapped('amount_residual_currency'))
            chosen = debts.browse()
            for debt in open_debts.get(key, ()):
                if debt.currency_id.compare_amounts(left, 0) <= 0:
                    break
                chosen |= debt
                left -= debt.amount_residual_currency
            if chosen:
                plan.append(owed | chosen)
        if plan:
            credits._reconcile_plan(plan)
