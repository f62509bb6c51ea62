from markupsafe import Markup

from odoo import fields, models


class ResCompany(models.Model):
    """Where a company books the rebates that its dealers have earned and not got yet."""

    _inherit = 'res.company'

    dealer_rebate_expense_account_id = fields.Many2one(
        'account.account',
        'Rebate Expense Account',
        check_company=True,
        groups='base.group_user',
        help='Accruals debit it: what lowers the revenue, most often the account of the rebate product.',
    )
    dealer_rebate_accrual_account_id = fields.Many2one(
        'account.account',
        'Accrued Rebates Account',
        check_company=True,
        groups='base.group_user',
        help='Accruals credit it, dealer by dealer. Keep it for rebates alone: then its balance proves itself.',
    )
    dealer_rebate_accrual_journal_id = fields.Many2one(
        'account.journal',
        'Rebate Accrual Journal',
        check_company=True,
        domain="[('type', '=', 'general')]",
        groups='base.group_user',
    )
    dealer_rebate_accrual_monthly = fields.Boolean(
        'Prepare Accruals Every Month',
        groups='base.group_user',
        help='On the second day of each month, those of the month before are prepared and the accountants asked to'
        ' book them.',
    )
    dealer_rebate_accountant_ids = fields.Many2many(
        'res.users',
        'res_company_rebate_accountant_rel',
        string='Rebate Accountants',
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        groups='base.group_user',
        help='Who is asked to book accruals. Empty: all who administer the accounting.',
    )

    def _get_rebate_setting(self, name):
        """The value of a setting: the company's own, or that of the nearest company above it."""
        self.ensure_one()
        # Whoever prepares accruals need not see the companies above.
        companies = reversed(self.sudo().parent_ids)
        return next((company[name] for company in companies if company[name]), self[name])

    def _get_rebate_accountants(self):
        """Who is asked to book: those that are named, or all accounting administrators of the company."""
        self.ensure_one()
        # Whoever the job runs as.
        company = self.sudo()
        administrators = self.env.ref('account.group_account_manager').sudo().all_user_ids
        asked = company._get_rebate_setting('dealer_rebate_accountant_ids') or administrators
        return asked.filtered(lambda user: user.active and not user.share and company in user.company_ids)

    def _ask_rebate_accountants(self, record, summary, note):
        """Give each of them a to-do on ``record``.

        :param str note: plain text
        """
        for user in self._get_rebate_accountants():
            # Out of the sight of whoever asks, perhaps.
            record.sudo().activity_schedule(
                'dealer_management.mail_activity_type_rebate_accrual',
                summary=summary,
                note=Markup('<p>%s</p>') % note,
                user_id=user.id,
            )

    def _get_last_month_end(self):
        """The last day of the month before the company's own today."""
        return fields.Date.subtract(self._get_dealer_date().replace(day=1), days=1)
