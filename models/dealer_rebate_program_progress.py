from decimal import Decimal
from typing import NamedTuple

from odoo import models

from ..tools import rebate
from .dealer_rebate_program_account import Account
from .dealer_rebate_program_period import Period


class Progress(NamedTuple):
    """Where a dealer stands in the period of a day.

    :param account: what it has earned so far
    :param terms: those in force
    :param figures: those of the part in which they are; what other parts sold counts for the bands
    :param unit: the smallest that is earned
    :param steps: :class:`tools.rebate.Step` of the bands ahead, the next one first
    """

    period: Period
    account: Account
    terms: rebate.Terms
    figures: rebate.Figures
    unit: Decimal
    steps: list

    @property
    def earned(self):
        return self.account.earned

    @property
    def measure(self):
        return self.account.earning.whole

    def what_if(self, amount):
        """What ``amount`` (a decimal, of the measure) more would bring.

        :rtype: tools.rebate.Effect
        """
        return rebate.what_if(self.terms, self.figures, amount, unit=self.unit)


class DealerRebateProgram(models.Model):
    """Where a dealer stands, what the next band is worth, and what an order would bring. Writes nothing."""

    _inherit = 'dealer.rebate.program'

    def _get_progress(self, dealer, day=None):
        """How ``dealer`` stands on ``day`` (today unless given); None outside the program, or if it is not for it."""
        self.ensure_one()
        day = day or self.company_id.sudo()._get_dealer_date()
        period = self._get_period(day)
        account = period and self._read_accounts([period], dealer, until=day).get((dealer.id, period))
        if not account:
            return None
        terms, figures = self._get_last_terms(account)
        # Whoever may see the program need not be allowed to see what its units are read from.
        program = self.sudo()
        step = program._get_unit() if program.measure == 'amount' else Decimal(1)
        unit = program._get_earned_unit()
        steps = rebate.ladder(terms, figures, step=step, unit=unit)
        return Progress(period, account, terms, figures, unit, steps)

    def _get_last_terms(self, account):
        """The terms in force, and the figures of their part; what other parts sold counts for the bands."""
        piece = account.pieces[-1]
        if len(account.pieces) == 1:
            return piece.terms, piece.figures
        return rebate.last_piece([(piece.terms, piece.figures) for piece in account.pieces])
