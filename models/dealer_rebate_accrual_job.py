from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class DealerRebateAccrual(models.Model):
    """Every month the accruals are prepared for the companies that say so, and their accountants asked."""

    _inherit = 'dealer.rebate.accrual'

    @api.model
    def _cron_prepare(self):
        """Prepare the accruals of the month before, company by company; safe to run at any time and twice."""
        companies = self.env['res.company'].sudo().search([('dealer_rebate_accrual_monthly', '=', True)])
        self.env['ir.cron']._commit_progress(remaining=len(companies))
        for company in companies:
            self.with_company(company)._prepare_month(company)
            if not self.env['ir.cron']._commit_progress(1):
                break

    @api.model
    def _prepare_month(self, company):
        """Prepare what is missing; a program that cannot be accrued does not hold up the others.

        :return: the accruals to be booked
        """
        day = company._get_last_month_end()
        accruals = self.sudo()
        programs = self.env['dealer.rebate.program'].sudo().search(self._get_program_domain(company))
        for program in programs:
            # Booked for that day or a later one: nothing is missing.
            if (last := program._get_last_accrual_date()) and last >= day:
                continue
            try:
                with self.env.cr.savepoint():
                    accruals |= program._prepare_accruals(day)
            except UserError as error:
                # A closed day, a missing account: the accountants are told.
                company._ask_rebate_accountants(
                    program,
                    self.env._('Accrual of %s', program.title),
                    self.env._('The accrual could not be prepared. %s', error.args[0]),
                )
        for accrual in accruals.filtered(lambda accrual: not accrual._is_asked_for()):
            company._ask_rebate_accountants(
                accrual,
                self.env._('Book the accrual of %s', accrual.program_id.title),
                self.env._(
                    'Expected on %(day)s: %(expected)s. To be booked: %(entry)s.',
                    day=format_date(self.env, day),
                    expected=company.currency_id.format(accrual.expected),
                    entry=company.currency_id.format(accrual.entry),
                ),
            )
        return accruals

    @api.model
    def _get_program_domain(self, company):
        """The programs of ``company`` that accruals are made for."""
        return (
            Domain('company_id', '=', company.id)
            & Domain('state', 'in', ('open', 'closed'))
            & Domain('amends_id', '=', False)
            & Domain('accrual_method', '!=', 'none')
            & Domain('reward', '!=', 'free_goods')
        )

    def _is_asked_for(self):
        return bool(self.activity_search(['dealer_management.mail_activity_type_rebate_accrual'], only_automated=False))
