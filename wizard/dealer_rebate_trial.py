from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools.exact import exact

ZERO = Decimal(0)
# Nobody sells more than this to a dealer; beyond, a float would not be exact to the cent either.
AMOUNT_MAX = 10**12


class DealerRebateTrial(models.TransientModel):
    """A program tried on a time that is past: what it would have cost, for whom, and against another program.

    The same engine as settlements, and nothing of it is kept. The dealers are those that the program is
    for now, whatever they were then.
    """

    _name = 'dealer.rebate.trial'
    _description = 'Trial of a Rebate Program'
    _inherit = ['dealer.window.mixin']

    program_id = fields.Many2one('dealer.rebate.program', required=True, ondelete='cascade')
    other_id = fields.Many2one(
        'dealer.rebate.program',
        'Compared with',
        ondelete='cascade',
        domain="[('id', '!=', program_id), ('company_id', '=', company_id), ('currency_id', '=', currency_id),"
        " ('reward', '!=', 'free_goods')]",
        help='Another program, such as the one in force: who wins and who loses.',
    )
    company_id = fields.Many2one(related='program_id.company_id', related_sudo=False)
    currency_id = fields.Many2one(related='program_id.currency_id', related_sudo=False)
    reward = fields.Selection(related='program_id.reward', related_sudo=False)
    date_from = fields.Date('From', required=True)
    date_to = fields.Date('Until', required=True)
    line_ids = fields.One2many('dealer.rebate.trial.line', 'trial_id', 'Dealers', readonly=True)
    is_computed = fields.Boolean(readonly=True)
    base = fields.Float('Sales That Count', compute='_compute_totals', digits=(16, 4), min_display_digits=2)
    earned = fields.Float('Rebates', compute='_compute_totals', digits=(16, 4), min_display_digits=2)
    other_earned = fields.Float('Rebates of the Other', compute='_compute_totals', digits=(16, 4), min_display_digits=2)
    difference = fields.Float(compute='_compute_totals', digits=(16, 4), min_display_digits=2)
    cost_rate = fields.Float('Cost (%)', compute='_compute_totals', digits=(7, 2), help='Rebates of what was sold.')
    dealer_count = fields.Integer('Dealers with a Rebate', compute='_compute_totals')
    winner_count = fields.Integer('Winners', compute='_compute_totals')
    loser_count = fields.Integer('Losers', compute='_compute_totals')
    # One dealer
    dealer_id = fields.Many2one('res.partner', domain="[('is_dealer', '=', True)]")
    amount = fields.Float('Further Sales', digits=(16, 2), help='A hypothetical order, in what the program counts.')
    what_if = fields.Text('What It Would Bring', compute='_compute_what_if')

    @api.model
    def default_get(self, fields):
        """The last full year, unless asked otherwise."""
        defaults = super().default_get(fields)
        today = self.env.company._get_dealer_date()
        first = today + relativedelta(years=-1, month=1, day=1)
        whole_year = {'date_from': first, 'date_to': first + relativedelta(month=12, day=31)}
        return {**{name: day for name, day in whole_year.items() if name in fields}, **defaults}

    @api.depends('program_id')
    def _compute_display_name(self):
        for trial in self:
            trial.display_name = self.env._('Trial of %s', trial.program_id.title or self.env._('New'))

    @api.depends('line_ids')
    def _compute_totals(self):
        for trial in self:
            lines = trial.line_ids
            totals = {name: sum(lines.mapped(name)) for name in ('base', 'earned', 'other_earned', 'difference')}
            trial.update(totals)
            trial.cost_rate = 100 * totals['earned'] / totals['base'] if totals['base'] > 0 else 0
            trial.dealer_count = len(lines.filtered('earned'))
            trial.winner_count = len(lines.filtered(lambda line: line.difference > 0))
            trial.loser_count = len(lines.filtered(lambda line: line.difference < 0))

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_amount(vals.get('amount'))
        return super().create(vals_list)

    def write(self, vals):
        self._check_amount(vals.get('amount'))
        return super().write(vals)

    @api.model
    def _check_amount(self, amount):
        """Check further sales as they were sent: a field cannot even hold what is no number.

        :raise UserError: for an amount that nobody sells
        """
        # What is no number is not below the bound either.
        if amount and not abs(float(amount)) < AMOUNT_MAX:
            raise UserError(
                self.env._(
                    'Further sales are an amount of less than %s.',
                    self.env['dealer.rebate.program']._format_number(AMOUNT_MAX),
                )
            )

    # ------------------------------------------------------------ Of last year

    def action_compute(self):
        """Try the program, and the other one, on the time from the first to the last day.

        :raise UserError: where the days are reversed, or something cannot be counted
        """
        self.ensure_one()
        self._check_may_try()
        if self.date_to < self.date_from:
            raise UserError(self.env._('The last day of the trial is before its first.'))
        self.program_id._check_years(self.date_from, self.date_to)
        earned = self._try_program(self.program_id)
        other = self._try_program(self.other_id) if self.other_id else {}
        self.line_ids = False
        self.env['dealer.rebate.trial.line'].create(
            [
                self._prepare_line_vals(dealer, earned.get(dealer, (ZERO, ZERO)), other.get(dealer, (ZERO, ZERO)))
                for dealer in self.env['res.partner'].union(*earned, *other)
            ]
        )
        self.is_computed = True
        return True

    def _check_may_try(self):
        """A trial reads all that was sold, for whoever may see the program."""
        self.check_access('write')
        for program in self.program_id | self.other_id:
            program.check_access('read')

    def _try_program(self, program):
        """``{dealer: (base, earned)}`` over all periods of the trial."""
        periods = program._get_periods(self.date_from, self.date_to)
        dealers = program._find_dealers(program._get_trial_period())
        totals = defaultdict(lambda: (ZERO, ZERO))
        accounts = program._compute_accounts(
            dict.fromkeys(periods, dealers), versions=[program.sudo()], start=self.date_from
        )
        if program.is_cumulative:
            # Each period counts again what came before: the last one has it all.
            accounts = {key: account for key, account in accounts.items() if account.period == periods[-1]}
        for account in accounts.values():
            dealer = self.env['res.partner'].browse(account.dealer_id)
            base, earned = totals[dealer]
            totals[dealer] = (base + account.earning.whole, earned + account.earned)
        return {dealer: total for dealer, total in totals.items() if any(total)}

    def _prepare_line_vals(self, dealer, own, other):
        base = own[0] or other[0]
        return {
            'trial_id': self.id,
            'dealer_id': dealer.id,
            'grade_id': dealer.sudo().grade_id.id,
            'base': float(base),
            'earned': float(own[1]),
            'other_earned': float(other[1]),
            'difference': float(own[1] - other[1]) if self.other_id else 0,
        }

    def _prepare_form_action(self):
        return {
            'type': 'ir.actions.act_window',
            'name': self.display_name,
            'res_model': self._name,
            'res_id': self.id,
            'view_mode': 'form',
            'target': 'current',
        }

    def action_view_lines(self):
        """Open the dealers of the trial as chart, pivot and list."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_trial_line_action')
        action['domain'] = [('trial_id', '=', self.id)]
        return action

    # ----------------------------------------------------------- One dealer

    @api.depends('dealer_id', 'amount', 'program_id')
    def _compute_what_if(self):
        for trial in self:
            trial.what_if = trial._describe_what_if() if trial.dealer_id and trial.program_id else False

    def _describe_what_if(self):
        """What the dealer has now, what the amount would bring, and what the next band asks for."""
        program, dealer = self.program_id, self.dealer_id
        progress = program._get_progress(dealer)
        if not progress:
            return self.env._('The program is not for "%s" today, or has no period today.', dealer.display_name)
        told = [
            self.env._(
                'From %(start)s to %(end)s, %(measure)s count so far and earn %(earned)s.',
                start=format_date(self.env, progress.period.date_from),
                end=format_date(self.env, progress.period.date_to),
                measure=program._format_exact(progress.measure),
                earned=program._format_exact(progress.earned),
            )
        ]
        if self.amount:
            self._check_amount(self.amount)
            effect = progress.what_if(exact(self.amount, 2))
            told.append(
                self.env._(
                    '%(amount)s more would bring %(worth)s more.',
                    amount=program._format_exact(effect.amount),
                    worth=program._format_exact(effect.worth),
                )
            )
        for step in progress.steps[:1]:
            told.append(
                self.env._(
                    'The next band is %(missing)s away and worth %(worth)s more.',
                    missing=program._format_exact(step.missing),
                    worth=program._format_exact(step.worth),
                )
            )
        return '\n'.join(told)


class DealerRebateTrialLine(models.TransientModel):
    """What one dealer would have had."""

    _name = 'dealer.rebate.trial.line'
    _description = 'Dealer in a Trial of a Rebate Program'
    _inherit = ['dealer.window.mixin']
    _order = 'earned desc, base desc, id'
    _rec_name = 'dealer_id'

    trial_id = fields.Many2one('dealer.rebate.trial', required=True, index=True, ondelete='cascade')
    dealer_id = fields.Many2one('res.partner', readonly=True)
    grade_id = fields.Many2one('res.partner.grade', 'Tier', readonly=True)
    base = fields.Float('Sales That Count', readonly=True, digits=(16, 4), min_display_digits=2)
    earned = fields.Float('Rebate', readonly=True, digits=(16, 4), min_display_digits=2)
    other_earned = fields.Float('Rebate of the Other', readonly=True, digits=(16, 4), min_display_digits=2)
    difference = fields.Float(readonly=True, digits=(16, 4), min_display_digits=2)


class DealerRebateProgram(models.Model):
    _inherit = 'dealer.rebate.program'

    def action_try(self):
        """Open a trial of the program on last year."""
        self.ensure_one()
        self.check_access('read')
        trial = self.env['dealer.rebate.trial'].create({'program_id': self.id})
        return trial._prepare_form_action()

    def _get_trial_period(self):
        """The period whose dealers a trial is for: today's, or the one nearest to it."""
        periods, today = self._get_periods(), self.company_id.sudo()._get_dealer_date()
        begun = [period for period in periods if period.date_from <= today]
        return begun[-1] if begun else periods[0]
