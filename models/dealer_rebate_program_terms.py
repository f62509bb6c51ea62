from decimal import Decimal

from odoo import api, models
from odoo.exceptions import ValidationError

from ..tools import rebate
from ..tools.exact import exact


def optional(value, digits):
    """The decimal of a float field, or None for 0: what is not limited."""
    return exact(value, digits) or None


class DealerRebateProgram(models.Model):
    """From the fields of a program to the terms that the arithmetic understands."""

    _inherit = 'dealer.rebate.program'

    def _get_terms(self):
        """What this version says about the arithmetic.

        :rtype: tools.rebate.Terms
        :raise ValidationError: for what cannot be: no bands, overlapping ones, values that do not fit
        """
        self.ensure_one()
        try:
            return self._prepare_terms()
        except rebate.RebateError as error:
            raise ValidationError(
                self.env._(
                    'The rebate program "%(program)s" cannot be as it is. %(problem)s',
                    program=self.title or self.env._('New'),
                    problem=self._describe_rebate_error(error),
                )
            ) from error

    def _prepare_terms(self):
        return rebate.Terms(
            bands=[self._prepare_band(band) for band in self.band_ids.sorted('threshold')],
            reward=self.reward,
            application=self.application,
            edge=self.edge,
            driver=self.driver,
            growth=self._prepare_growth() if self.driver == rebate.GROWTH else None,
            adjustments=[
                self._prepare_adjustment(condition) for condition in self.condition_ids if condition.effect == 'adjust'
            ],
            gates=[self._prepare_gate(condition) for condition in self.condition_ids if condition.effect == 'withhold'],
            limits=rebate.Limits(
                base_cap=optional(self.base_cap, 2),
                payout_cap=optional(self.payout_cap, 2),
                minimum=exact(self.minimum, 2),
            ),
        )

    def _prepare_band(self, band):
        vals = {'threshold': exact(band.threshold, 4), 'until': optional(band.until, 4)}
        if self.reward == rebate.PERCENT:
            vals['rate'] = exact(band.rate, 4)
        elif self.reward in (rebate.PER_UNIT, rebate.FIXED):
            vals['amount'] = exact(band.amount, 4)
        else:
            vals |= {'buy': exact(band.buy_quantity, 4), 'free': exact(band.free_quantity, 4)}
        if band.has_excess_rate:
            vals['excess_rate'] = exact(band.excess_rate, 4)
        return rebate.Band(**vals)

    def _prepare_growth(self):
        policy = self.growth_without_prior
        return rebate.Growth(
            increment_only=self.growth_increment_only,
            without_prior=policy,
            new_dealer_rate=exact(self.growth_new_dealer_rate, 4) if policy == rebate.NEW_DEALER else None,
            baseline=exact(self.growth_baseline, 2) if policy == rebate.BASELINE else None,
        )

    @api.model
    def _prepare_adjustment(self, condition):
        by_share = {'share': exact(condition.share, 4), 'part': condition._get_key()} if condition.kind == 'mix' else {}
        return rebate.Adjustment(
            key=condition._get_key(), rate=exact(condition.rate, 4), needs_band=condition.needs_band, **by_share
        )

    @api.model
    def _prepare_gate(self, condition):
        by_share = {'share': exact(condition.share, 4), 'part': condition._get_key()} if condition.kind == 'mix' else {}
        return rebate.Gate(key=condition._get_key(), withheld=exact(condition.withheld, 4), **by_share)

    # ----------------------------------------------------------- In words

    def _describe_rebate_error(self, error):
        """The sentence of a :class:`tools.rebate.RebateError` in the user's language."""
        names = self._get_rebate_field_names()
        values = {
            name: names.get(value, value) if isinstance(value, str) else self._format_exact(value)
            for name, value in error.values.items()
        }
        return self._get_rebate_sentences()[error.code] % values

    @api.model
    def _format_exact(self, value):
        return f'{value:,f}' if isinstance(value, Decimal | int) else value

    def _get_rebate_field_names(self):
        """What the arithmetic calls its values, in the user's words."""
        names = {
            'threshold': self.env._('From'),
            'until': self.env._('Until'),
            'rate': self.env._('Rate'),
            'excess rate': self.env._('Rate Above'),
            'amount': self.env._('Amount'),
            'buy': self.env._('Buy'),
            'free': self.env._('Get Free'),
            'share': self.env._('Share'),
            'withheld': self.env._('Withheld'),
            'new dealer rate': self.env._('Rate for New Dealers'),
            'baseline': self.env._('Baseline'),
            'base cap': self.env._('Base Cap'),
            'payout cap': self.env._('Payout Cap'),
            'minimum': self.env._('Minimum Payout'),
        }
        for name in ('reward', 'application'):
            names |= dict(self._fields[name]._description_selection(self.env))
        return names

    def _get_rebate_sentences(self):
        """``tools.rebate.SENTENCES``, to be translated."""
        return {
            'not_finite': self.env._('The value of "%(field)s" has to be a number.'),
            'too_many_digits': self.env._('The value of "%(field)s" has more digits than an amount can have.'),
            'not_positive': self.env._('The value of "%(field)s" has to be more than 0.'),
            'too_low': self.env._('The value of "%(field)s" cannot be less than %(low)s.'),
            'too_high': self.env._('The value of "%(field)s" cannot be more than %(high)s.'),
            'is_zero': self.env._('The value of "%(field)s" cannot be 0.'),
            'not_rounded': self.env._('The value of "%(field)s", %(value)s, is not a multiple of %(unit)s.'),
            'unknown_choice': self.env._('There is no %(field)s called "%(value)s".'),
            'no_bands': self.env._('A rebate needs at least one band.'),
            'bands_unsorted': self.env._(
                'The bands are listed by rising threshold, but %(threshold)s stands after %(previous)s.'
            ),
            'bands_overlap': self.env._('Two bands overlap at %(threshold)s.'),
            'bands_gap': self.env._('There is no band between %(low)s and %(high)s.'),
            'top_band_closed': self.env._('The highest band has to stay open, but it ends at %(until)s.'),
            'band_field_missing': self.env._('Band %(number)s needs a value for "%(field)s".'),
            'band_field_unused': self.env._(
                'Band %(number)s has a value for "%(field)s", which a rebate of this kind does not use.'
            ),
            'rates_add_up': self.env._('The rates of all bands together, %(total)s %%, are more than 100 %%.'),
            'application_unfit': self.env._(
                'Bands with the reward "%(reward)s" cannot be applied as "%(application)s".'
            ),
            'mix_has_no_slices': self.env._(
                'A share of the sales tells which band is reached, but cannot be cut into slices.'
            ),
            'growth_unused': self.env._('Rules about growth need a rebate on growth.'),
            'growth_value_missing': self.env._('Dealers without a prior period need a value for "%(field)s".'),
            'growth_value_unused': self.env._('"%(field)s" is not used for dealers without a prior period.'),
            'new_dealer_reward': self.env._('A rate for new dealers needs a rebate in percent.'),
            'adjustment_reward': self.env._(
                'A bonus or penalty in percent needs a rebate in percent or of fixed amounts.'
            ),
            'same_key': self.env._('Two rules are called "%(key)s".'),
            'whole_period_only': self.env._('A fixed amount or free goods cannot be earned for a part of a period.'),
            'stack_same_sequence': self.env._('"%(key)s" and "%(other)s" have the same place in the sequence.'),
            'stack_reward': self.env._('"%(key)s" pays "%(reward)s", which cannot be set off against amounts.'),
            'split_without_weight': self.env._('An amount cannot be split over lines that add up to 0.'),
        }
