from decimal import Decimal

from odoo import api, models
from odoo.tools.misc import get_lang

from ..tools import rebate

NBSP = '\xa0'


class DealerRebateProgram(models.Model):
    """The figures of a program as people read them: each in its unit and in the reader's language."""

    _inherit = 'dealer.rebate.program'

    @api.model
    def _format_number(self, value, digits=0, more=0):
        """``value`` with ``digits`` decimals, or up to ``more`` further ones where it has them."""
        value = Decimal(str(value))
        shown = rebate.round_half_up(value, Decimal(1).scaleb(-digits - more))
        decimals = max(digits, -shown.normalize().as_tuple().exponent)
        lang = self.env['res.lang'].browse(get_lang(self.env).id)
        # 0.0: a minus sign is not for nothing.
        return lang.format(f'%.{decimals}f', float(shown) + 0.0, grouping=True)

    @api.model
    def _format_percent(self, value):
        return self._join(self._format_number(value, more=4), '%')

    def _format_money(self, value, more=0):
        """An amount in the program's currency; with ``more``, what it has beyond the currency's decimals."""
        currency = self.currency_id
        text = self._format_number(value, currency.decimal_places, more)
        return self._join(text, currency.symbol, currency.position == 'after')

    @api.model
    def _join(self, text, symbol, after=True):
        return NBSP.join(filter(None, (text, symbol) if after else (symbol, text)))

    def _get_measure_unit(self):
        """What sales are measured in, in short; empty for money."""
        self.ensure_one()
        if self.measure == 'quantity':
            return self.uom_id.name or ''
        if self.measure == 'weight':
            return self.env['product.template']._get_weight_uom_name_from_ir_config_parameter()
        return ''

    def _format_measure(self, value):
        """What was sold, or a threshold of it: money, a quantity or a weight."""
        self.ensure_one()
        if self.measure == 'amount':
            return self._format_money(value)
        return self._join(self._format_number(value, more=4), self._get_measure_unit())

    def _format_earned(self, value, more=0):
        """What is earned or paid: money, or units of free goods."""
        self.ensure_one()
        if self.reward != rebate.FREE_GOODS:
            return self._format_money(value, more)
        number = self._format_number(value, more=max(more, 2))
        return self._join(number, self.free_product_id.uom_id.name)

    def _format_gain(self, value):
        """A change of what is earned, always with its sign."""
        text = self._format_earned(value)
        return f'+{text}' if value > 0 else text

    def _format_threshold(self, threshold):
        """Where a band begins, in the unit that the bands look at."""
        self.ensure_one()
        if self.driver != rebate.MEASURE:
            return self._format_percent(threshold)
        if self.measure == 'amount' and Decimal(str(threshold)) % 1 == 0:
            return self._join(
                self._format_number(threshold), self.currency_id.symbol, self.currency_id.position == 'after'
            )
        return self._format_measure(threshold)

    def _describe_threshold(self, threshold):
        """The beginning of a band in words: "from 10 % growth"."""
        self.ensure_one()
        value = self._format_threshold(threshold)
        strict = self.edge == rebate.STRICT
        if self.driver == rebate.GROWTH:
            return self.env._('above %s growth', value) if strict else self.env._('from %s growth', value)
        if self.driver == rebate.ATTAINMENT:
            return self.env._('above %s of the target', value) if strict else self.env._('from %s of the target', value)
        if self.driver == rebate.MIX:
            return self.env._('above a share of %s', value) if strict else self.env._('from a share of %s', value)
        return self.env._('above %s', value) if strict else self.env._('from %s', value)

    def _describe_reward(self, band):
        """What a band pays, in words.

        :param band: a :class:`tools.rebate.Band`
        """
        self.ensure_one()
        if self.reward == rebate.FREE_GOODS:
            return self.env._(
                'buy %(bought)s, get %(free)s free',
                bought=self._format_number(band.buy, more=4),
                free=self._format_number(band.free, more=4),
            )
        if self.reward == rebate.PERCENT:
            words = self._format_percent(band.rate)
        elif self.reward == rebate.FIXED:
            words = self._format_money(band.amount)
        else:
            words = self.env._(
                '%(amount)s for each %(unit)s',
                amount=self._format_money(band.amount, more=2),
                unit=self._get_measure_unit() or self.currency_id.name,
            )
        if band.excess_rate is not None:
            return self.env._(
                '%(reward)s, and %(rate)s on what is above',
                reward=words,
                rate=self._format_percent(band.excess_rate),
            )
        return words

    def _describe_reward_shortly(self, band):
        """What a band pays, as short as a mark on a bar can show it."""
        self.ensure_one()
        if self.reward == rebate.FREE_GOODS:
            return f'{self._format_number(band.buy, more=2)}+{self._format_number(band.free, more=2)}'
        if self.reward == rebate.PERCENT:
            return self._format_percent(band.rate)
        return self._format_number(band.amount, more=2)
