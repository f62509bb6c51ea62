from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools import rebate
from .dealer_rebate_program_settlement import UNDER_WAY


class DealerRebateProgram(models.Model):
    """From a program to its settlements."""

    _inherit = 'dealer.rebate.program'

    payout_count = fields.Integer('Number of Statements', compute='_compute_payout_figures', compute_sudo=True)
    paid_amount = fields.Float(
        'Paid so Far', compute='_compute_payout_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2
    )

    earned_in = fields.Char('In', compute='_compute_earned_in', compute_sudo=True)

    @api.depends('currency_id', 'reward', 'uom_id', 'free_product_id')
    def _compute_earned_in(self):
        """What its amounts are: a currency, or the unit of free goods."""
        for program in self:
            if program.reward == rebate.FREE_GOODS:
                program.earned_in = program.free_product_id._get_rebate_uom(program.uom_id).name
            else:
                program.earned_in = program.currency_id.name

    def _compute_payout_figures(self):
        figures = {
            program.id: values
            for program, *values in self.env['dealer.rebate.payout']._read_group(
                [('program_id', 'in', self.ids), ('state', '=', 'posted')], ['program_id'], ['__count', 'paid:sum']
            )
        }
        for program in self:
            program.payout_count, program.paid_amount = figures.get(program._origin.id, (0, 0))

    def action_settle(self):
        """Open the settlement that is under way, or a new one of the next period that ended and is not settled.

        Where all are settled, the new one is of the last of them: it finds what has changed since.

        :raise UserError: before the first period has ended
        """
        self.ensure_one()
        program = self.amends_id or self
        runs = self.env['dealer.rebate.run']
        # A draft settles nothing yet, but whoever prepared it wants to find it again.
        run = runs.search([('program_id', '=', program.id), ('state', 'in', ('draft', *UNDER_WAY))], limit=1)
        action = {
            'type': 'ir.actions.act_window',
            'res_model': runs._name,
            'name': self.env._('Settlement'),
            'views': [(False, 'form')],
        }
        if run:
            return {**action, 'res_id': run.id}
        if not (day := program._get_period_to_settle()):
            raise UserError(
                self.env._(
                    'The first period of "%(program)s" ends on %(day)s: there is nothing to settle before.',
                    program=program.title,
                    day=format_date(self.env, program._get_periods()[0].date_to),
                )
            )
        return {
            **action,
            'context': {'default_program_id': program.id, 'default_period_to': fields.Date.to_string(day)},
        }

    def _get_period_to_settle(self):
        """The last day of the next period that ended and is not settled; of the last that ended if all are;
        None before the first period has ended."""
        self.ensure_one()
        today = self.company_id._get_dealer_date()
        ended = [period.date_to for period in self._get_periods() if period.date_to < today]
        [(settled,)] = self.env['dealer.rebate.run']._read_group(
            [('program_id', '=', self.id), ('state', '=', 'done')], aggregates=['period_to:max']
        )
        return next((day for day in ended if not settled or day > settled), ended[-1] if ended else None)

    def action_view_payouts(self):
        """Open the statements of these programs."""
        return self._open_settled('dealer_management.dealer_rebate_payout_action')

    def action_view_runs(self):
        """Open the settlements of these programs."""
        return self._open_settled('dealer_management.dealer_rebate_run_action')

    def _open_settled(self, xmlid):
        programs = self.amends_id | self
        return {
            **self.env['ir.actions.act_window']._for_xml_id(xmlid),
            'domain': [('program_id', 'in', programs.ids)],
        }

    # ----------------------------------------------------------- Where it is booked

    @api.model
    def _get_free_fields(self):
        """Where a rebate is booked may be put right at any time: it changes no amount."""
        return super()._get_free_fields() | {'product_id', 'journal_id'}

    def write(self, vals):
        if not {'product_id', 'journal_id'}.isdisjoint(vals):
            decided = self.filtered(lambda program: program.state != 'draft')
            if decided:
                decided._check_manager()
        return super().write(vals)
