import datetime
from typing import NamedTuple

from odoo import models
from odoo.tools import format_list

from ..tools import rebate
from .dealer_rebate_program_period import ONE_DAY


class Agreed(NamedTuple):
    """What was agreed for some days, both inclusive, in sentences.

    :param is_current: it holds today; before the program begins, it will be the first to hold
    """

    date_from: datetime.date
    date_to: datetime.date
    sentences: list
    is_current: bool


class DealerRebateProgram(models.Model):
    """The prose of a program as one of its dealers reads it: what concerns it, and nobody else's name."""

    _inherit = 'dealer.rebate.program'

    def _get_agreed(self, day=None):
        """What was agreed with a dealer, version by version: terms that were amended hold until the day before.

        :param day: today unless given
        :return: list of :class:`Agreed`, by their days; none without any sentence
        """
        self.ensure_one()
        root = self.amends_id or self
        day = day or root.company_id._get_dealer_date()
        versions = list(root._get_versions())
        ends = [*(following.date_from - ONE_DAY for following in versions[1:]), root.date_to]
        # A version that was amended from its own first day on never holds.
        held = [(version, end) for version, end in zip(versions, ends, strict=True) if version.date_from <= end]
        current = max((version.date_from for version, _end in held if version.date_from <= day), default=None)
        return [
            Agreed(
                version.date_from,
                end,
                version._get_dealer_sentences(),
                version.date_from == current if current else number == 0,
            )
            for number, (version, end) in enumerate(held)
        ]

    def _get_dealer_sentences(self):
        """As ``_get_sentences``, told to a dealer: without other dealers, exclusions and names of stacks."""
        self.ensure_one()
        if not (self.date_from and self.date_to and self.band_ids):
            return []
        return [
            *self._say_what(self._say_you()),
            *self._say_how_much_to_you(),
            *self._say_driver(),
            *self._say_limits(),
            *(self._say_condition(condition) for condition in self.condition_ids),
            *self._say_stack_to_you(),
            *self._say_payout(),
        ]

    def _say_you(self):
        clauses = self._say_restrictions()
        if not clauses:
            return self.env._('you')
        return self.env._('you, as a dealer %(clauses)s,', clauses=format_list(self.env, clauses))

    def _say_how_much_to_you(self):
        bands = self.band_ids.sorted('threshold')
        if len(bands) == 1 and not bands.threshold and self.driver == rebate.MEASURE:
            yield self.env._('You get %s.', self._say_reward(bands))
            return
        yield self.env._('You get %s.', format_list(self.env, [self._say_band(band) for band in bands]))
        applied = {
            (False, rebate.RETROACTIVE): self.env._('The band reached applies to everything.'),
            (False, rebate.MARGINAL): self.env._('Each band applies to its own slice.'),
            (False, rebate.ROLLING): self.env._('Each band reached applies up to the next one.'),
            (False, rebate.TOTAL): self.env._('All bands reached add up, each on everything.'),
            (True, rebate.RETROACTIVE): self.env._('The highest band reached is paid.'),
            (True, rebate.TOTAL): self.env._('All bands reached are added up.'),
        }.get((self.reward == rebate.FIXED, self.application))
        if applied:
            yield applied

    def _say_stack_to_you(self):
        if self.stack_id and self.stack_base == rebate.NET:
            yield self.env._('It is paid on what earlier rebates leave of the sales.')
