from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    """Where a company books what its complaints cost."""

    _inherit = 'res.company'

    dealer_complaint_journal_id = fields.Many2one(
        'account.journal',
        'Journal for the Cost of Replacements',
        check_company=True,
        domain="[('type', '=', 'general')]",
        groups='base.group_user',
        help='Empty: the first journal for miscellaneous entries. It is used for complaint types that name a cost account.',
    )

    dealer_compensation_product_id = fields.Many2one(
        'product.product',
        'Product of Compensations',
        domain="[('type', '=', 'service')]",
        groups='base.group_user',
        help='Its taxes and accounts are those of the credit notes for deadlines that we have missed.',
    )

    def write(self, vals):
        """Other working hours plan anew what runs by them: complaints of teams without hours of their own."""
        result = super().write(vals)
        if 'resource_calendar_id' in vals:
            self.env['dealer.deadline']._plan_complaints_anew([('company_id', 'in', self.ids)])
        return result

    def _get_compensation_product(self):
        """What dealers are credited by for deadlines that we have missed.

        :raise UserError: if there is none
        """
        self.ensure_one()
        # Whatever the rights of whoever is at work when a deadline is missed.
        product = self.sudo().dealer_compensation_product_id or self.env.ref(
            'dealer_management.product_compensation', raise_if_not_found=False
        )
        if not product:
            raise UserError(
                self.env._('%s has no product for compensations: please choose one in the settings.', self.name)
            )
        return product.sudo()

    def _get_complaint_journal(self):
        """The journal that moves the cost of replacements to the accounts that complaint types name.

        :raise UserError: for a company without any
        """
        self.ensure_one()
        # Whoever delivers need not be allowed to read journals.
        company = self.sudo()
        journal = company.dealer_complaint_journal_id or company.env['account.journal'].search(
            [*self.env['account.journal']._check_company_domain(company), ('type', '=', 'general')], limit=1
        )
        if not journal:
            raise UserError(
                self.env._(
                    '%s has no journal for miscellaneous entries: please create one, for the cost of replacements is'
                    ' booked there.',
                    company.name,
                )
            )
        return journal

    def _get_open_day(self, journal):
        """Today, or the first day after it that the books are open on."""
        self.ensure_one()
        today = self._get_dealer_date()
        # Whoever delivers need not be allowed to see what is closed.
        locks = self.sudo()._get_violated_lock_dates(today, False, journal)
        return max(lock for lock, _field in locks) + timedelta(days=1) if locks else today
