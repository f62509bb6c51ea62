from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date

from ..tools import rebate
from ..tools.exact import exact


class Step(NamedTuple):
    """One step of a computation as a line of text: the same for staff, accountant and dealer.

    :param kind: a kind of ``tools.rebate.Part``, or what the line tells beside them
    :param text: what the step does, with its arithmetic
    :param amount: what it comes to, with its unit; empty where it comes to nothing of its own
    :param value: the same as a number, exact; None for what is no part of the sum
    :param is_result: what all the steps before it come to
    """

    kind: str
    text: str
    amount: str = ''
    value: Decimal | None = None
    is_result: bool = False


class DealerRebateComputation(models.Model):
    """The proof in words."""

    _inherit = 'dealer.rebate.computation'

    explanation = fields.Html('How It Was Computed', compute='_compute_explanation', sanitize=False, compute_sudo=True)

    @api.depends('proof', 'base', 'whole', 'earned', 'settled_before', 'delta', 'reason', 'number')
    @api.depends_context('lang')
    def _compute_explanation(self):
        for computation in self:
            computation.explanation = self.env['ir.qweb']._render(
                'dealer_management.rebate_computation_steps', {'steps': computation._get_steps()}
            )

    @api.depends('settlement_id', 'number')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for computation in self:
            computation.display_name = ' · '.join(
                filter(None, (computation.dealer_id.name, computation._describe_period()))
            )

    def _describe_period(self):
        """The settled period, and which time it is."""
        self.ensure_one()
        if not (self.period_from and self.period_to):
            return ''
        period = f'{format_date(self.env, self.period_from)} – {format_date(self.env, self.period_to)}'
        if self.number > 1:
            return self.env._('%(period)s, correction %(number)s', period=period, number=self.number - 1)
        return period

    # ------------------------------------------------------------------ Steps

    def _get_steps(self):
        """How what was earned came about, one :class:`Step` after the other.

        Whoever calls this has checked who may read the computation.
        """
        self.ensure_one()
        computation = self.sudo()  # the program and its conditions may be out of the reader's sight
        steps = computation._get_figure_steps()
        steps += [computation._get_part_step(part) for part in computation._get_proof('parts')]
        if computation.reason:
            steps.append(Step('reason', computation._describe_reason()))
        return steps + computation._get_result_steps()

    def _get_proof(self, name):
        """A list of the proof: ``pieces`` of the window with their terms and figures, or ``parts`` of what was
        earned; see ``Account.describe``."""
        return (self.proof or {}).get(name) or []

    def _get_figure_steps(self):
        """What was counted, and what it is compared with."""
        program = self.program_id
        days = {
            'date_from': format_date(self.env, self.window_from),
            'date_to': format_date(self.env, self.window_to),
        }
        steps = [
            Step(
                'whole',
                self.env._('Counted from %(date_from)s until %(date_to)s', **days),
                program._format_measure(self.whole),
            )
        ]
        pieces = self._get_proof('pieces')
        figures = pieces[-1]['figures'] if pieces else {}
        whole = exact(self.whole, 4)
        prior, target = (Decimal(str(figures.get(name) or 0)) for name in ('prior', 'target'))
        if program.driver == rebate.GROWTH and prior > 0:
            growth = self._cut_percent(whole - prior, prior)
            text = self.env._('The same days a year before; growth %s', growth)
            steps.append(Step('prior', text, program._format_measure(prior)))
        if program.driver == rebate.ATTAINMENT and target > 0:
            text = self.env._('Target; reached by %s', self._cut_percent(whole, target))
            steps.append(Step('target', text, program._format_measure(target)))
        if 0 < self.base < self.whole:
            steps.append(Step('base', self.env._('Of this is paid for'), program._format_measure(self.base)))
        return steps

    def _cut_percent(self, part, whole):
        """``part`` in percent of ``whole``, cut after two decimals: who reads 20 % has reached 20 %."""
        return self.program_id._format_percent((part * 100 / whole).quantize(Decimal('0.01'), rounding='ROUND_FLOOR'))

    def _get_result_steps(self):
        program = self.program_id
        earned = exact(self.earned)
        steps = [Step('earned', self.env._('Earned, rounded once'), program._format_earned(earned), earned, True)]
        if self.number > 1 or self.settled_before:
            before, delta = exact(self.settled_before), exact(self.delta)
            steps += [
                Step('before', self.env._('Settled before'), program._format_earned(before), before),
                Step('delta', self.env._('Change'), program._format_gain(delta), delta, True),
            ]
        return steps

    def _describe_reason(self):
        """Why nothing was earned."""
        reasons = {
            rebate.NO_BASE: self.env._('Nothing is left that counts, so nothing is earned.'),
            rebate.BELOW_BANDS: self.env._('The first band is not reached, so nothing is earned.'),
            rebate.PENALTY: self.env._('Penalties take all of it.'),
            rebate.FLOOR: self.env._('Penalties take all of it.'),
            rebate.WITHHELD: self.env._('All of it is withheld.'),
            rebate.NO_TARGET: self.env._('There is no target to compare with, so nothing is earned.'),
            rebate.NO_PRIOR: self.env._('There are no sales a year before to grow from, so nothing is earned.'),
        }
        # A kind of refusal that a later version of the arithmetic knows is still shown.
        return reasons.get(self.reason, self.reason)

    # ------------------------------------------------------------------ Parts

    def _get_part_step(self, part):
        """The step of one ``tools.rebate.Part``, as the proof holds it: ``{field: text, number or None}``."""
        numbers = defaultdict(lambda: None)
        for name in ('value', 'low', 'high', 'base', 'rate', 'amount', 'times'):
            if part.get(name) is not None:
                numbers[name] = Decimal(str(part[name]))
        kind, value = part['kind'], numbers['value'] or Decimal()
        text = self._describe_part(kind, part, numbers)
        if kind == rebate.BELOW:
            return Step(kind, text, self.program_id._format_earned(0), value)
        return Step(kind, text, self.program_id._format_earned(value, more=4), value)

    def _describe_part(self, kind, part, numbers):
        if kind in (rebate.BAND, rebate.EXCESS, rebate.NEW):
            return self._describe_band_part(kind, part, numbers)
        program = self.program_id
        if kind == rebate.BELOW:
            return self.env._('Below the first band: %s', program._format_measure(numbers['base']))
        if kind in (rebate.BONUS, rebate.PENALTY):
            return self._describe_adjustment(kind, part, numbers)
        if kind == rebate.FLOOR:
            return self.env._('Penalties take no more than what was earned')
        if kind == rebate.CAP:
            return self.env._('No more than %s is earned in a period', program._format_earned(numbers['amount']))
        if kind == rebate.WITHHELD:
            return self.env._(
                'Withheld: %(condition)s, %(amount)s × %(rate)s',
                condition=self._describe_condition(part['key']),
                amount=program._format_earned(numbers['base'], more=4),
                rate=program._format_percent(abs(numbers['rate'])),
            )
        return kind

    def _describe_band_part(self, kind, part, numbers):
        program = self.program_id
        band = self._describe_band(kind, part)
        if numbers['base'] is None:
            if program.reward == rebate.FREE_GOODS:
                return self.env._('%(band)s: free goods', band=band)
            return self.env._('%(band)s: a fixed amount', band=band)
        base = program._format_measure(numbers['base'])
        if program.reward == rebate.FREE_GOODS and numbers['times'] is not None:
            return self.env._(
                '%(band)s: %(base)s give %(times)s × %(free)s',
                band=band,
                base=base,
                times=program._format_number(numbers['times'], more=4),
                free=program._format_earned(numbers['amount']),
            )
        factor = (
            program._format_percent(numbers['rate'])
            if numbers['rate'] is not None
            else program._format_money(numbers['amount'], more=2)
        )
        return self.env._('%(band)s: %(base)s × %(factor)s', band=band, base=base, factor=factor)

    def _describe_band(self, kind, part):
        """The band of a part, by its number and where it begins."""
        if kind == rebate.NEW:
            return self.env._('Rate for new dealers')
        number = (part.get('band') or 0) + 1
        if threshold := self._get_band_threshold(part):
            words = self.program_id._describe_threshold(threshold)
            if kind == rebate.EXCESS:
                return self.env._('Above band %(number)s (%(words)s)', number=number, words=words)
            return self.env._('Band %(number)s (%(words)s)', number=number, words=words)
        if kind == rebate.EXCESS:
            return self.env._('Above band %s', number)
        return self.env._('Band %s', number)

    def _get_band_threshold(self, part):
        """Where the band of a part begins; None where several versions of the terms have bands of their own."""
        pieces, place = self._get_proof('pieces'), part.get('band')
        if len(pieces) != 1 or place is None:
            return None
        return pieces[0]['terms']['bands'][place]['threshold']

    def _describe_adjustment(self, kind, part, numbers):
        program = self.program_id
        values = {
            'condition': self._describe_condition(part['key']),
            'base': program._format_measure(numbers['base']),
            'rate': program._format_percent(numbers['rate']),
        }
        if numbers['times'] is not None and numbers['times'] != 1:
            times = program._format_number(numbers['times'], more=4)
            if kind == rebate.BONUS:
                return self.env._('Bonus: %(condition)s, %(base)s × %(rate)s × %(times)s', times=times, **values)
            return self.env._('Deduction: %(condition)s, %(base)s × %(rate)s × %(times)s', times=times, **values)
        if kind == rebate.BONUS:
            return self.env._('Bonus: %(condition)s, %(base)s × %(rate)s', **values)
        return self.env._('Deduction: %(condition)s, %(base)s × %(rate)s', **values)

    def _describe_condition(self, key):
        """The condition that a part names ``condition <id>``, in the reader's language; it is fixed once its
        program was approved. Of a condition that is gone, the name that the proof has kept."""
        condition = self.env['dealer.rebate.condition'].browse(int(key.split()[-1])).exists()
        if condition:
            return condition.display_name
        return next(piece['conditions'][key] for piece in self._get_proof('pieces') if key in piece['conditions'])
