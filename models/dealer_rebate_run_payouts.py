from collections import defaultdict
from decimal import Decimal

from odoo import models

from ..tools import rebate
from ..tools.exact import exact

ZERO = Decimal(0)


class DealerRebateRun(models.Model):
    """What of all that was earned is paid now: one statement for each dealer."""

    _inherit = 'dealer.rebate.run'

    def _create_payouts(self, fresh):
        """One statement for each dealer with something new, or with a carry that is paid at last.

        :return: ``{dealer id: statement}``
        """
        carried, deltas = self._get_carried(), defaultdict(Decimal)
        for (dealer_id, _period), (account, settled) in fresh.items():
            deltas[dealer_id] += account.earned - settled
        terms = self._get_settling_terms()
        payouts = {
            dealer_id: rebate.settle(deltas.get(dealer_id, ZERO), carried_in=carried.get(dealer_id, ZERO), **terms)
            for dealer_id in {**deltas, **carried}
        }
        payouts = {dealer_id: payout for dealer_id, payout in payouts.items() if dealer_id in deltas or payout.paid}
        if not payouts:
            return {}
        currency, rate = self._get_pay_rate()
        created = self.env['dealer.rebate.payout'].create(
            [self._prepare_payout_vals(dealer_id, payout, currency, rate) for dealer_id, payout in payouts.items()]
        )
        return {payout.dealer_id.id: payout for payout in created}

    def _get_carried(self):
        """``{dealer id: what was settled and not paid}``, if it is not 0; what is still to be posted counts as paid."""
        groups = self.env['dealer.rebate.payout']._read_group(
            [('program_id', '=', self.program_id.id), ('run_id', '!=', self.id)],
            ['dealer_id'],
            ['delta:sum', 'paid:sum'],
        )
        carried = {dealer.id: exact(delta) - exact(paid) for dealer, delta, paid in groups}
        return {dealer_id: amount for dealer_id, amount in carried.items() if amount}

    def _get_settling_terms(self):
        """How all that is due is paid and carried, see ``tools.rebate.settle``."""
        program = self.program_id
        is_last = self.period_to >= program._get_periods()[-1].date_to
        return {
            # Nothing is carried beyond the end of the program.
            'minimum': ZERO if is_last else exact(program.minimum),
            'unit': program._get_earned_unit(),
            'debit': program.debit_negative,
        }

    def _get_pay_rate(self):
        """What is paid in: ``(currency, its rate on the accounting date)``; the program's own has the rate None.

        :raise UserError: without a rate on that day
        """
        program = self.program_id
        currency = program.payout_currency_id or program.currency_id
        if currency == program.currency_id or program.reward == rebate.FREE_GOODS:
            return program.currency_id, None
        return currency, program._get_exact_rate(currency, self.date)

    def _prepare_payout_vals(self, dealer_id, payout, currency, rate):
        return {
            'run_id': self.id,
            'program_id': self.program_id.id,
            'company_id': self.company_id.id,
            'dealer_id': dealer_id,
            'delta': float(payout.delta),
            'carried_in': float(payout.carried_in),
            'due': float(payout.due),
            'paid': float(payout.paid),
            'carried_out': float(payout.carried_out),
            # Said, not left to defaults, which anybody may set, and which hold in sudo() as well.
            'name': '/',
            'state': 'preview',
            'hold_reason': False,
            'posted_date': False,
            'move_id': False,
            'sale_order_id': False,
            'pay_currency_id': currency.id,
            **self.program_id._prepare_paid_vals(payout.paid, currency, rate),
        }
