from odoo import models

from ..tools import rebate


class DealerRebateProgram(models.Model):
    """The prose of a program, continued: limits, conditions, and how it is paid."""

    _inherit = 'dealer.rebate.program'

    def _say_limits(self):
        goods = self.reward == rebate.FREE_GOODS
        say_limit = self._say_number if goods else self._say_money
        if self.base_cap:
            yield self.env._('No more than %s of a period is paid for.', self._say_number(self.base_cap))
        if self.payout_cap:
            yield self.env._('A dealer gets at most %s a period.', say_limit(self.payout_cap))
        if self.minimum:
            yield self.env._(
                'Less than %s is not paid, but carried to the next period; the last one pays all.',
                say_limit(self.minimum),
            )

    # -------------------------------------------------------------- Conditions

    def _say_condition(self, condition):
        """What a condition does, and when, in one sentence."""
        self.ensure_one()
        when = self._say_when(condition)
        if condition.effect == 'withhold' and condition.withheld >= 100:
            return self.env._('Nothing is paid %(when)s.', when=when)
        if condition.effect == 'withhold':
            return self.env._(
                '%(withheld)s of the rebate is withheld %(when)s.',
                withheld=self._say_percent(condition.withheld),
                when=when,
            )
        rate = self._say_percent(abs(condition.rate))
        if condition.rate < 0:
            return self.env._('%(rate)s of the base is deducted %(when)s.', rate=rate, when=when)
        if condition.needs_band:
            return self.env._('%(rate)s of the base is added %(when)s, once a band is reached.', rate=rate, when=when)
        return self.env._('%(rate)s of the base is added %(when)s.', rate=rate, when=when)

    def _say_when(self, condition):
        if condition.kind == 'overdue':
            return self.env._('while the dealer has overdue invoices')
        if condition.kind == 'criterion':
            found = condition.criterion_id.name or ''
            if condition.effect == 'withhold':
                return self.env._('if "%s" was found in the period', found)
            return self.env._('for each time that "%s" was found in the period', found)
        values = {
            'products': self._list_products(condition.category_ids, condition.product_tmpl_ids),
            'share': self._say_percent(condition.share),
        }
        if condition.effect == 'withhold':
            return self.env._('if less than %(share)s of the sales are %(products)s', **values)
        return self.env._('if at least %(share)s of the sales are %(products)s', **values)

    # ------------------------------------------------------------- How it is paid

    def _say_stack(self):
        if not self.stack_id:
            return
        if self.stack_base == rebate.NET:
            yield self.env._(
                'In the stack "%s", it is paid on what earlier rebates leave of the sales.', self.stack_id.name
            )
        else:
            yield self.env._('In the stack "%s", it is paid on all of the sales.', self.stack_id.name)

    def _say_payout(self):
        if self.payout_method == 'free_goods':
            yield self.env._('It is delivered as %s, free of charge.', self.free_product_id.display_name or '…')
            return
        if self.payout_method == 'wallet':
            yield self._say_wallet()
        elif self.payout_method == 'vendor_bill':
            yield self.env._('It is paid by a vendor bill.')
        elif self.reconcile_oldest:
            yield self.env._("It is paid by a credit note, which is set off against the dealer's oldest invoices.")
        else:
            yield self.env._('It is paid by a credit note.')
        if self.payout_currency_id and self.payout_currency_id != self.currency_id:
            yield self.env._(
                'It is paid in %s, at the rate of the day of the settlement.', self.payout_currency_id.name
            )
        if self.debit_negative:
            yield self.env._('What was paid too much is claimed back at once by a debit note.')

    def _say_wallet(self):
        values = {'share': self._say_percent(self.wallet_max_share), 'months': self.wallet_months}
        if self.wallet_months:
            return self.env._(
                "It goes into the dealer's rebate wallet, expires after %(months)s months, and pays at most %(share)s"
                ' of an order.',
                **values,
            )
        return self.env._(
            "It goes into the dealer's rebate wallet, never expires, and pays at most %(share)s of an order.", **values
        )
