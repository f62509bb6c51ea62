from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import rebate
from .dealer_rebate_program_period import MONTHS, ONE_DAY

# A program is checked with all of its bands and conditions, not while they are being written. No client can
# send this object: what comes in a context from outside is never the same.
LATER = object()
YEAR_MIN, YEAR_MAX = 1900, 2100
MONEY_REWARDS = (rebate.PERCENT, rebate.FIXED)


class DealerRebateProgram(models.Model):
    """Impossible programs cannot be saved: each says in one sentence what is wrong."""

    _inherit = 'dealer.rebate.program'

    @api.model_create_multi
    def create(self, vals_list):
        later = self.with_context(rebate_check=LATER)
        programs = super(DealerRebateProgram, later).create(vals_list).with_env(self.env)
        programs.with_context(rebate_check=LATER)._blank_unused()
        return programs

    def write(self, vals):
        later = self.with_context(rebate_check=LATER)
        result = super(DealerRebateProgram, later).write(vals)
        if not self._get_asked_fields().isdisjoint(vals):
            later._blank_unused()
        return result

    @api.model
    def _get_checked_fields(self):
        """What is asked for and stored."""
        return sorted(name for name in self._get_asked_fields() if self._fields[name].store)

    @api.constrains(lambda self: self._get_checked_fields())
    def _check_possible(self):
        """Check that the programs can be as they are.

        :raise ValidationError: with what is wrong
        """
        for program in self:
            program._check_days()
            program._get_terms()
            program._check_measure()
            program._check_scope()
            program._check_driver()
            program._check_conditions()
            program._check_payout()
            program._check_journal()
            if program.amends_id:
                program._check_amendment()
            else:
                program._check_periods()
                program._check_stack()
            program._check_targets()

    # ------------------------------------------------------------ What counts

    def _check_days(self):
        self.ensure_one()
        self._check_years(self.date_from, self.date_to)

    @api.model
    def _check_years(self, *days):
        """Check that days are such that their periods, and those of a year before, can be counted.

        :raise ValidationError: for a year that was mistyped
        """
        for day in days:
            if not YEAR_MIN <= day.year <= YEAR_MAX:
                raise ValidationError(
                    self.env._(
                        'Rebates are counted in the years from %(first)s to %(last)s, not in %(year)s.',
                        first=YEAR_MIN,
                        last=YEAR_MAX,
                        year=day.year,
                    )
                )

    def _check_periods(self):
        self.ensure_one()
        if self.period in MONTHS and self.date_from.day > 28:
            raise ValidationError(
                self.env._('Periods are counted in months: a program cannot begin on a day after the 28th.')
            )
        if not self._fills_periods():
            begin = self._get_periods()[-1].date_from
            raise ValidationError(
                self.env._(
                    '"%(program)s" has to end where a period ends: the last one begins on %(begin)s, and would end on'
                    ' %(end)s.',
                    program=self.title,
                    begin=self._format_day(begin),
                    end=self._format_day(begin + relativedelta(months=MONTHS[self.period]) - ONE_DAY),
                )
            )

    def _check_measure(self):
        self.ensure_one()
        if self.measure == 'quantity' and not self.uom_id:
            raise ValidationError(self.env._('Please choose the unit that quantities are counted in.'))
        if self.measure != 'amount' and self.reward == rebate.PERCENT:
            raise ValidationError(self.env._('A rebate in percent is paid on amounts, not on quantities or weights.'))
        if self.measure == 'amount' and self.reward == rebate.PER_UNIT:
            raise ValidationError(self.env._('An amount per unit is paid on quantities or weights, not on amounts.'))
        if self.measure != 'quantity' and self.reward == rebate.FREE_GOODS:
            raise ValidationError(self.env._('Free goods are given for quantities.'))
        if self.measure != 'amount' and any(band.has_excess_rate for band in self.band_ids):
            raise ValidationError(self.env._('Another rate above the threshold is paid on amounts only.'))
        if self.measure != 'amount' and any(condition.effect == 'adjust' for condition in self.condition_ids):
            raise ValidationError(self.env._('A bonus or penalty in percent is paid on amounts only.'))

    def _check_scope(self):
        self.ensure_one()
        if self.basis != 'cash':
            return
        if self.measure != 'amount':
            raise ValidationError(self.env._('Cash received is an amount: it has no quantity or weight.'))
        scope = self.product_tmpl_ids or self.category_ids
        if scope or self.excluded_product_tmpl_ids or self.excluded_category_ids:
            raise ValidationError(self.env._('Cash received is for no product: it cannot be narrowed to products.'))
        if self.driver == rebate.MIX or 'mix' in self.condition_ids.mapped('kind'):
            raise ValidationError(self.env._('Cash received is for no product: products have no share of it.'))

    # --------------------------------------------------------------- How much

    def _check_driver(self):
        self.ensure_one()
        if not any(self._get_band_reward(band) for band in self.band_ids):
            raise ValidationError(self.env._('No band of "%s" pays anything.', self.title))
        if self.driver == rebate.MIX and not (self.mix_category_ids or self.mix_product_tmpl_ids):
            raise ValidationError(self.env._('Please choose the products whose share the bands look at.'))
        if self.driver == rebate.ATTAINMENT and not (self.target or self.target_ids):
            raise ValidationError(self.env._('Please give the target that the bands look at.'))
        for name in ('target', 'base_cap', 'payout_cap', 'minimum'):
            if self[name] < 0:
                raise ValidationError(
                    self.env._('"%s" cannot be negative.', self._fields[name]._description_string(self.env))
                )

    def _get_band_reward(self, band):
        """What a band pays, whatever it is: 0 for nothing."""
        if self.reward == rebate.PERCENT:
            return band.rate or (band.has_excess_rate and band.excess_rate)
        return band.free_quantity if self.reward == rebate.FREE_GOODS else band.amount

    def _check_targets(self):
        self.ensure_one()
        begins = {period.date_from for period in self._get_periods()}
        for target in self.target_ids:
            if target.date_from and target.date_from not in begins:
                raise ValidationError(
                    self.env._(
                        'The target of %(dealer)s is for a period that begins on %(day)s: there is none.',
                        dealer=target.dealer_id.display_name,
                        day=self._format_day(target.date_from),
                    )
                )

    def _check_conditions(self):
        self.ensure_one()
        for condition in self.condition_ids:
            if condition.kind == 'criterion' and not condition.criterion_id:
                raise ValidationError(self.env._('Please choose what has to be found for the condition.'))
            if condition.kind != 'mix':
                continue
            if not (condition.category_ids or condition.product_tmpl_ids):
                raise ValidationError(self.env._('Please choose the products whose share the condition looks at.'))
            if not condition.share:
                raise ValidationError(self.env._('Please give the share that the condition asks for.'))

    # ----------------------------------------------------------------- Payout

    def _check_payout(self):
        self.ensure_one()
        gives_goods = self.reward == rebate.FREE_GOODS
        if gives_goods != (self.payout_method == 'free_goods'):
            raise ValidationError(
                self.env._('Free goods are given as free goods.')
                if gives_goods
                else self.env._('Only bands that give free goods are paid as free goods.')
            )
        if gives_goods and not self.free_product_id:
            raise ValidationError(self.env._('Please choose the product that is given without charge.'))
        if gives_goods and self.payout_currency_id:
            raise ValidationError(self.env._('Free goods are not paid in a currency.'))
        if not gives_goods and not self.product_id:
            raise ValidationError(self.env._('Please choose the rebate product: it says how the rebate is booked.'))
        if self.payout_method == 'wallet' and not (0 < self.wallet_max_share <= 100 and self.wallet_months >= 0):
            raise ValidationError(
                self.env._(
                    'A wallet pays more than 0 % and at most 100 % of an order, and expires after a number of months'
                    ' or never (0).'
                )
            )

    def _check_journal(self):
        """Staff may choose no journal and still write a program that has one."""
        self.ensure_one()
        journal = self.sudo().journal_id
        kind = {'credit_note': 'sale', 'vendor_bill': 'purchase'}.get(self.payout_method)
        if journal and journal.type != kind:
            raise ValidationError(self.env._('"%s" is no journal for documents of this kind.', journal.display_name))
        currency = self.payout_currency_id or self.currency_id
        if journal.currency_id and journal.currency_id != currency:
            raise ValidationError(
                self.env._(
                    'The journal "%(journal)s" is kept in %(other)s, but the rebate is paid in %(currency)s.',
                    journal=journal.display_name,
                    other=journal.currency_id.name,
                    currency=currency.name,
                )
            )

    # ------------------------------------------------------------------ Stack

    def _check_stack(self):
        """Rebates on the same sales: what differs but the terms would count other sales."""
        self.ensure_one()
        if not self.stack_id:
            return
        if self.measure != 'amount' or self.reward not in MONEY_REWARDS:
            raise ValidationError(
                self.env._('In a stack, rebates are amounts on amounts: "%s" cannot be one of them.', self.title)
            )
        # Others of the stack may be out of the sight of whoever writes this one; they count with it.
        for other in self.sudo().stack_id.program_ids.filtered_domain(self._get_stacked_domain()):
            self._check_same_in_stack(other)

    def _get_stacked_domain(self):
        return (
            Domain('id', '!=', self.id)
            & Domain('amends_id', '=', False)
            & Domain('state', 'not in', ('refused', 'cancelled'))
        )

    def _check_same_in_stack(self, other):
        for name in ('company_id', 'currency_id', 'date_from', 'date_to', 'period', 'basis', 'is_cumulative'):
            if self[name] != other[name]:
                raise ValidationError(
                    self.env._(
                        '"%(program)s" and "%(other)s" are in one stack: "%(field)s" has to be the same.',
                        program=self.title,
                        other=other.title,
                        field=self._fields[name]._description_string(self.env),
                    )
                )
        if self.sequence == other.sequence:
            raise ValidationError(
                self.env._(
                    '"%(program)s" and "%(other)s" have the same place in their stack: change the sequence of one.',
                    program=self.title,
                    other=other.title,
                )
            )


class DealerRebatePart(models.AbstractModel):
    """A band or a condition that is written by itself is checked with its program."""

    _inherit = 'dealer.rebate.part'

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_with_program()
        return parts

    def write(self, vals):
        before = self.program_id
        result = super().write(vals)
        # It may have been moved into another program.
        self._check_with_program(before)
        return result

    def unlink(self):
        programs = self.program_id
        result = super().unlink()
        self.browse()._check_with_program(programs)
        return result

    def _check_with_program(self, programs=None):
        if self.env.context.get('rebate_check') is LATER:
            return
        programs = (programs or self.env['dealer.rebate.program']) | self.program_id
        programs._check_possible()
        programs.with_context(rebate_check=LATER)._blank_unused()
