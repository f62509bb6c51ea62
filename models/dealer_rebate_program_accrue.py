from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools import rebate
from .arguments import read_day
from .dealer_rebate_program_accrual import ZERO, Expected


class AccrualFigures(NamedTuple):
    """One dealer: what it may expect in the program's currency, the entry in the company's, and how each
    account changes by it (``{account id: change}``)."""

    expected: Expected
    accrual: rebate.Accrual
    changes: dict


class DealerRebateProgram(models.Model):
    """What is to be booked on a day: expected less booked, dealer by dealer."""

    _inherit = 'dealer.rebate.program'

    def action_accrue(self, date=None):
        """Prepare the accruals of these programs as of ``date``: nothing is booked yet.

        Safe to call twice: an accrual that is waiting to be booked is prepared anew, and one that has
        become needless is removed.

        :param str date: the last day that counts; the last one of the month before unless given
        :return: an action that shows what is to be booked, or a notice that nothing is
        :raise AccessError: for anyone but accountants and channel managers
        :raise UserError: for a day to come, or before what is booked already
        """
        accruals = self._prepare_accruals(date)
        if not accruals:
            return {
                'type': 'ir.actions.client',
                'tag': 'display_notification',
                'params': {
                    'type': 'success',
                    'message': self.env._('There is nothing to book: the ledger has what is expected.'),
                    'next': {'type': 'ir.actions.act_window_close'},
                },
            }
        return accruals._get_records_action(name=self.env._('Accruals'))

    def _prepare_accruals(self, date=None):
        """See ``action_accrue``.

        :rtype: dealer.rebate.accrual
        """
        self.env['dealer.rebate.accrual']._check_may_prepare()
        self.check_access('read')
        day_asked = read_day(self.env, date)
        programs = self.filtered(lambda program: not program.amends_id and program.state in ('open', 'closed'))
        # Written by its steps alone: nobody has the right to do it by hand.
        accruals = self.env['dealer.rebate.accrual'].sudo()
        drafts = accruals.search([('program_id', 'in', programs.ids), ('state', '=', 'draft')])
        by_program = {draft.program_id.id: draft for draft in drafts}
        for program in programs:
            day = day_asked or program.company_id._get_last_month_end()
            draft = by_program.get(program.id, accruals.browse())
            figures = program._read_accrual_figures(day)
            if any(line.changes for line in figures.values()):
                accruals |= draft._write_figures(program, day, figures)
            else:
                draft.unlink()
        return accruals.with_env(self.env)

    def _read_accrual_figures(self, day):
        """What is to be booked on ``day``, from the sales and the ledger as they are now.

        :return: ``{dealer id: AccrualFigures}``
        :raise UserError: if it cannot be booked on that day
        """
        self.ensure_one()
        # Reads the ledger for those who are not accountants as well; whoever asks was checked.
        program = self.sudo()
        booked = program._read_booked()[program.id]
        if not booked and not program._is_accrued():
            return {}
        program._check_accrual_order(day)
        program._check_accrual_day(day)
        account, unit = program._get_accrual_places().accrued, program.company_id.currency_id._get_smallest()
        expected = program._read_expected(day)
        figures = {}
        for dealer_id in sorted(expected.keys() | booked.keys()):
            of_dealer = expected.get(dealer_id, Expected(ZERO, ZERO))
            of_ledger = booked.get(dealer_id, {})
            accrual = rebate.accrue(
                program._convert_to_company(of_dealer.total, day), sum(of_ledger.values(), ZERO), unit
            )
            if accrual.expected or accrual.booked or of_ledger:
                changes = program._get_accrual_changes(accrual, of_ledger, account)
                figures[dealer_id] = AccrualFigures(of_dealer, accrual, changes)
        return figures

    def _convert_to_company(self, amount, day):
        """``amount``, rounded in the program's currency first, in the company's at the rate of ``day``."""
        amount = rebate.round_half_up(amount, self._get_unit())
        return self.company_id._convert_rebate(amount, self.currency_id, day)

    def _check_accrual_order(self, day):
        """Check that accruals can be stated as of ``day``.

        :raise UserError: for a day to come, or before the last accrual: it has counted that day already
        """
        self.ensure_one()
        if day > self.company_id._get_dealer_date():
            raise UserError(
                self.env._(
                    'Accruals cannot be prepared as of %s: what will be sold until then is not known.',
                    format_date(self.env, day),
                )
            )
        last = self._get_last_accrual_date()
        if last and day < last:
            raise UserError(
                self.env._(
                    'Accruals of "%(program)s" are booked until %(last)s already: choose that day or a later one.',
                    program=self.title,
                    last=format_date(self.env, last),
                )
            )
