from odoo import models
from odoo.fields import Command

from ..tools import rebate

# What says nothing, where that is not an empty field.
BLANKS = {
    'exclude_special_prices': True,
    'growth_without_prior': rebate.NOT_ELIGIBLE,
    'stack_base': rebate.GROSS,
    'lowers_later': True,
    'wallet_months': 12,
    'wallet_max_share': 100,
    'withheld': 100,
    'needs_band': True,
}


def blank(record, used):
    """Blank those fields of a record that are not used.

    :param used: ``{field: whether the options of the record use it}``
    """
    for name, is_used in used.items():
        value = BLANKS.get(name, False)
        if not is_used and (record[name] or False) != value:
            record[name] = [Command.clear()] if record._fields[name].type in ('one2many', 'many2many') else value


class DealerRebateProgram(models.Model):
    """What the chosen options do not use is not kept: a program says nothing that does not show."""

    _inherit = 'dealer.rebate.program'

    def _blank_unused(self):
        for program in self:
            blank(program, program._get_used_fields())
            program.band_ids._blank_unused()
            program.condition_ids._blank_unused()

    def _get_used_fields(self):
        """``{field: whether the options of this program use it}`` of all that depend on options."""
        self.ensure_one()
        goods, products = self.reward == rebate.FREE_GOODS, self.basis != 'cash'
        growth, policy = self.driver == rebate.GROWTH, self.growth_without_prior
        attainment, mix = self.driver == rebate.ATTAINMENT, self.driver == rebate.MIX
        return {
            'uom_id': self.measure == 'quantity',
            **dict.fromkeys(('product_tmpl_ids', 'category_ids'), products),
            **dict.fromkeys(('excluded_product_tmpl_ids', 'excluded_category_ids'), products),
            **dict.fromkeys(('include_services', 'exclude_special_prices'), products),
            **dict.fromkeys(('growth_increment_only', 'growth_without_prior'), growth),
            'growth_new_dealer_rate': growth and policy == rebate.NEW_DEALER,
            'growth_baseline': growth and policy == rebate.BASELINE,
            **dict.fromkeys(('target', 'target_ids'), attainment),
            **dict.fromkeys(('mix_category_ids', 'mix_product_tmpl_ids'), mix),
            **dict.fromkeys(('stack_base', 'lowers_later'), bool(self.stack_id)),
            **dict.fromkeys(('product_id', 'payout_currency_id', 'debit_negative'), not goods),
            'free_product_id': goods,
            'journal_id': self.payout_method in ('credit_note', 'vendor_bill'),
            'reconcile_oldest': self.payout_method == 'credit_note',
            **dict.fromkeys(('wallet_months', 'wallet_max_share'), self.payout_method == 'wallet'),
            'accrual_rate': self.accrual_method == 'estimate',
        }


class DealerRebatePart(models.AbstractModel):
    _inherit = 'dealer.rebate.part'

    def _blank_unused(self):
        for part in self:
            blank(part, part._get_used_fields())

    def _get_used_fields(self):
        """``{field: whether the options of the program and of this part use it}``."""
        return {}


class DealerRebateBand(models.Model):
    _inherit = 'dealer.rebate.band'

    def _get_used_fields(self):
        program = self.program_id
        reward, sliced = program.reward, program.application == rebate.MARGINAL or program.driver == rebate.MIX
        money = reward == rebate.PERCENT or (reward == rebate.FIXED and program.measure == 'amount')
        return super()._get_used_fields() | {
            'rate': reward == rebate.PERCENT,
            'amount': reward in (rebate.PER_UNIT, rebate.FIXED),
            **dict.fromkeys(('buy_quantity', 'free_quantity'), reward == rebate.FREE_GOODS),
            'has_excess_rate': money and not sliced,
            'excess_rate': money and not sliced and self.has_excess_rate,
        }


class DealerRebateCondition(models.Model):
    _inherit = 'dealer.rebate.condition'

    def _get_used_fields(self):
        return super()._get_used_fields() | {
            'criterion_id': self.kind == 'criterion',
            **dict.fromkeys(('category_ids', 'product_tmpl_ids', 'share'), self.kind == 'mix'),
            'withheld': self.effect == 'withhold',
            **dict.fromkeys(('rate', 'needs_band'), self.effect == 'adjust'),
        }
