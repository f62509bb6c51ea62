from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import format_date

from ..tools import rebate


class Mark(NamedTuple):
    """A band on the bar: how far along it stands, in percent, and what it pays."""

    left: float
    label: str
    is_reached: bool


class Rung(NamedTuple):
    """A band of the ladder.

    :param threshold, reward: in words
    :param is_current: the highest one reached
    :param missing, worth: in words; empty for what is reached, or cannot be reached by selling more
    """

    threshold: str
    reward: str
    is_reached: bool
    is_current: bool
    missing: str = ''
    worth: str = ''


class Card(NamedTuple):
    """Where a dealer stands in a program.

    :param progress: of ``program._get_progress``; None where the dealer takes no part today
    :param is_broken: it takes part, but what it has earned cannot be worked out
    :param steps: how what was earned so far came about, see ``computation._get_steps``
    :param filled: how far the bar is filled, in percent
    """

    program: Any
    progress: Any
    is_broken: bool = False
    days_left: int = 0
    time_left: str = ''
    measure: str = ''
    earned: str = ''
    sentence: str = ''
    steps: tuple = ()
    filled: float = 0
    marks: tuple = ()
    ladder: tuple = ()


class DealerRebateProgram(models.Model):
    """What a dealer sees of a program: how far it is, and what more would bring."""

    _inherit = 'dealer.rebate.program'

    def _get_dealer_card(self, dealer, day=None):
        """Where the dealer stands today; for the dealer itself, whoever calls this has checked that.

        :rtype: Card
        """
        self.ensure_one()
        progress = self._get_progress(dealer, day)
        if not progress:
            return Card(self, None)
        today = day or self.company_id._get_dealer_date()
        days_left = (progress.period.date_to - today).days
        terms, standing = progress.terms, rebate.stand(progress.terms, progress.figures)
        return Card(
            program=self,
            progress=progress,
            days_left=days_left,
            time_left=self._describe_time_left(days_left),
            measure=self._format_measure(progress.measure),
            earned=self._format_earned(progress.earned),
            sentence=self._describe_next_step(progress, standing),
            steps=tuple(self._get_account_steps(progress.account)),
            filled=self._get_bar_filled(standing),
            marks=tuple(self._get_bar_marks(terms, standing)),
            ladder=tuple(self._get_ladder(terms, standing, progress)),
        )

    @api.model
    def _describe_time_left(self, days):
        if days > 1:
            return self.env._('%s days left', days)
        return self.env._('1 day left') if days else self.env._('last day')

    def _describe_next_step(self, progress, standing):
        """ "38,200 more by 31 March: +4,180", or why there is nothing to say."""
        if progress.steps:
            step = progress.steps[0]
            return self.env._(
                '%(missing)s more by %(day)s → %(worth)s',
                missing=self._format_measure(step.missing),
                day=format_date(self.env, progress.period.date_to),
                # No line ends between the sign and the currency.
                worth=self._format_gain(step.worth).replace('+', '+\N{WORD JOINER}'),
            )
        if standing.undefined == rebate.NO_TARGET:
            return self.env._('No target has been set for you yet: please ask for it.')
        if standing.undefined == rebate.NO_PRIOR:
            return self.env._('Bands look at growth, and you had no sales in the same days a year before.')
        return self.env._('You have reached the highest band.')

    def _get_account_steps(self, account):
        """The steps of what was not settled yet: those of the computation that it would be today."""
        earning = account.earning
        computation = self.env['dealer.rebate.computation'].new(
            {
                'program_id': self.id,
                'window_from': account.window.date_from,
                'window_to': account.window.date_to,
                'base': float(earning.base),
                'whole': float(earning.whole),
                'earned': float(account.earned),
                'reason': earning.reason,
                'proof': account.describe({}),
            }
        )
        return computation._get_steps()

    # -------------------------------------------------------------------- Bar

    def _get_bar_place(self, number, count):
        """Where the bar shows the beginning of a band, in percent: bands are shown as equally long, however far
        apart they are, for a bar has to be read on a phone. Behind the last one some room is left."""
        return 100 * number / (count + 0.5)

    def _get_bar_filled(self, standing):
        count, reached = len(standing.marks), standing.reached
        if not count:
            return 0
        if reached == count:
            return 100
        low = standing.marks[reached - 1] if reached else Decimal()
        high = standing.marks[reached]
        part = (standing.value - low) / (high - low) if high > low else Decimal()
        return float(self._get_bar_place(reached + float(min(max(part, Decimal()), Decimal(1))), count))

    def _get_bar_marks(self, terms, standing):
        count = len(standing.marks)
        for number, band in enumerate(terms.bands[:count]):
            yield Mark(
                self._get_bar_place(number + 1, count),
                self._describe_reward_shortly(band),
                number < standing.reached,
            )

    def _get_ladder(self, terms, standing, progress):
        """All bands by rising threshold."""
        steps = {step.band: step for step in progress.steps}
        for number, band in enumerate(terms.bands):
            step = steps.get(number)
            yield Rung(
                threshold=self._describe_threshold(band.threshold),
                reward=self._describe_reward(band),
                is_reached=number < standing.reached,
                is_current=number == standing.reached - 1,
                missing=self.env._('%s more', self._format_measure(step.missing)) if step else '',
                worth=self._format_gain(step.worth) if step else '',
            )
