from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..tools import rebate
from .dealer_rebate_program_period import ONE_DAY

TEMPLATES = [
    ('tiers', 'Quarterly tiers: the more, the higher the rate'),
    ('growth', 'Growth over the year before'),
    ('per_unit', 'An amount for each unit'),
    ('free_goods', 'Buy 10, get 1 free'),
]


class DealerRebateProgram(models.Model):
    """The form of a program: what a new one begins with, and how one option leads to another."""

    _inherit = 'dealer.rebate.program'

    template = fields.Selection(
        TEMPLATES, 'Start From', store=False, help='Fills in typical terms, to be changed to yours.'
    )

    is_for_all = fields.Boolean('For All Dealers', compute='_compute_is_for_all', compute_sudo=True)

    @api.depends('grade_ids', 'dealer_type_ids', 'territory_ids', 'dealer_ids', 'excluded_dealer_ids')
    def _compute_is_for_all(self):
        for program in self:
            narrowed = program.grade_ids or program.dealer_type_ids or program.territory_ids or program.dealer_ids
            program.is_for_all = not (narrowed or program.excluded_dealer_ids)

    # --------------------------------------------------------------- Templates

    @api.onchange('template')
    def _onchange_template(self):
        if not self.template:
            return
        today = (self.company_id or self.env.company)._get_dealer_date()
        first = self.date_from or today + relativedelta(months=1, day=1)
        vals = {
            'title': self.title or dict(self._fields['template']._description_selection(self.env))[self.template],
            'date_from': first,
            'date_to': first + relativedelta(years=1) - ONE_DAY,
            **self._prepare_template_vals(),
        }
        bands = [Command.clear(), *map(Command.create, vals.pop('bands'))]
        self.update({**vals, 'band_ids': bands})
        self._onchange_payout_method()
        self._blank_unused()

    def _prepare_template_vals(self):
        """What a template fills in: fields of the program, and ``bands``, a list of their values."""
        vals = {
            'period': 'quarter',
            'basis': 'invoiced',
            'measure': 'amount',
            'driver': rebate.MEASURE,
            'reward': rebate.PERCENT,
            'application': rebate.RETROACTIVE,
            'payout_method': 'credit_note',
        }
        if self.template == 'tiers':
            vals['bands'] = [
                {'threshold': threshold, 'rate': rate} for threshold, rate in ((100000, 2), (300000, 4), (500000, 6))
            ]
        elif self.template == 'growth':
            vals |= {'period': 'year', 'driver': rebate.GROWTH}
            vals['bands'] = [{'threshold': threshold, 'rate': rate} for threshold, rate in ((10, 0.5), (15, 0.7))]
        elif self.template == 'per_unit':
            vals |= {'measure': 'quantity', 'reward': rebate.PER_UNIT, 'uom_id': self._get_default_unit()}
            vals['bands'] = [{'threshold': 0, 'amount': 1}]
        else:
            vals |= {'measure': 'quantity', 'reward': rebate.FREE_GOODS, 'uom_id': self._get_default_unit()}
            vals |= {'payout_method': 'free_goods'}
            vals['bands'] = [{'threshold': 0, 'buy_quantity': 10, 'free_quantity': 1}]
        return vals

    def _get_default_unit(self):
        return self.uom_id or self.env.ref('uom.product_uom_unit', raise_if_not_found=False)

    # ----------------------------------------------- One option leads to another

    @api.onchange('basis')
    def _onchange_basis(self):
        if self.basis == 'cash':
            self.measure = 'amount'
            if self.driver == rebate.MIX:
                self.driver = rebate.MEASURE
            self._onchange_measure()

    @api.onchange('measure')
    def _onchange_measure(self):
        if self.measure == 'amount' and self.reward in (rebate.PER_UNIT, rebate.FREE_GOODS):
            self.reward = rebate.PERCENT
        elif self.measure != 'amount' and self.reward == rebate.PERCENT:
            self.reward = rebate.PER_UNIT
        self._onchange_reward()

    @api.onchange('reward')
    def _onchange_reward(self):
        if self.reward == rebate.PERCENT:
            self.measure = 'amount'
        elif self.reward == rebate.FREE_GOODS or (self.reward == rebate.PER_UNIT and self.measure == 'amount'):
            self.measure = 'quantity'
        if self.measure == 'quantity':
            self.uom_id = self._get_default_unit()
        if self.application not in rebate.APPLICATIONS[self.reward]:
            self.application = rebate.RETROACTIVE
        if self.reward == rebate.FREE_GOODS:
            self.payout_method = 'free_goods'
        elif self.payout_method == 'free_goods':
            self.payout_method = 'credit_note'
        if self.measure != 'amount' and self.accrual_method == 'estimate':
            self.accrual_method = 'earned'
        self._onchange_payout_method()

    @api.onchange('payout_method')
    def _onchange_payout_method(self):
        if self.payout_method == 'free_goods':
            if self.reward != rebate.FREE_GOODS:
                self.reward = rebate.FREE_GOODS
                self._onchange_reward()
        else:
            if self.reward == rebate.FREE_GOODS:
                self.reward = rebate.PER_UNIT
            self.product_id = self.product_id or (self.company_id or self.env.company)._get_dealer_rebate_product()
        # Staff need not read journals: one that does not fit goes.
        if self.journal_id.sudo().type != {'credit_note': 'sale', 'vendor_bill': 'purchase'}.get(self.payout_method):
            self.journal_id = False

    @api.onchange(
        'basis',
        'measure',
        'driver',
        'reward',
        'application',
        'growth_without_prior',
        'stack_id',
        'payout_method',
        'accrual_method',
    )
    def _onchange_options(self):
        """What the options do not use does not stay where nobody sees it."""
        self._blank_unused()

    @api.onchange('date_from', 'period')
    def _onchange_date_from(self):
        """A program of a year, unless it says otherwise."""
        if self.date_from and not self.date_to:
            self.date_to = self.date_from + relativedelta(years=1) - ONE_DAY
