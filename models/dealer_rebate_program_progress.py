from decimal import Decimal
from typing import NamedTuple

from odoo import models

from ..tools import rebate
from .dealer_rebate_program_account import Account
from .dealer_rebate_program_period import Period


class Progress(NamedTuple):
    """Where a dealer stands in the period of a day.

    :param account: what it has earned so far
    :param steps: :class:`tools.rebate.Step` of the bands ahead, the next one first
    """

    period: Period
    account: Account
    steps: list

    @property
    def earned(self):
        return self.account.earned

    @property
    def measure(self):
        return self.account.earning.whole


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
        return Progress(period, account, self._get_steps_ahead(account))

    def _get_steps_ahead(self, account):
        terms, figures = self._get_last_terms(account)
        program = self.sudo()
        step = program._get_unit() if program.measure == 'amount' else Decimal(1)
        return rebate.ladder(terms, figures, step=step, unit=program._get_earned_unit())

    def _what_if(self, dealer, amount, day=None):
        """What ``amount`` (a decimal, of the measure) more would bring; None as for ``_get_progress``.

        :rtype: tools.rebate.Effect
        """
        progress = self._get_progress(dealer, day)
        if not progress:
            return None
        terms, figures = self._get_last_terms(progress.account)
        return rebate.what_if(terms, figures, amount, unit=self.sudo()._get_earned_unit())

    def _get_last_terms(self, account):
        """The terms in force, and the figures of their part; what other parts sold counts for the bands."""
        piece = account.pieces[-1]
        if len(account.pieces) == 1:
            return piece.terms, piece.figures
        return rebate.last_piece([(piece.terms, piece.figures) for piece in account.pieces])
