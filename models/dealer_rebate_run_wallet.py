from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date


class DealerRebateRun(models.Model):
    """What paying into wallets needs is asked for before anything is confirmed."""

    _inherit = 'dealer.rebate.run'

    def _check_can_be_posted(self):
        """Check, too, that what is paid into wallets can be booked.

        :raise UserError: with what is missing, and where to set it
        """
        result = super()._check_can_be_posted()
        for run in self.filtered(lambda run: run.payout_method == 'wallet'):
            # Accountants settle, who need not be allowed to read companies and products.
            if message := run.sudo()._get_wallet_problem():
                raise UserError(message)
        return result

    def _get_wallet_problem(self):
        """What keeps the wallets of this run from being paid into, as a sentence, or False."""
        self.ensure_one()
        company, program = self.company_id, self.program_id
        account, journal = company.root_id.dealer_wallet_account_id, company.root_id.dealer_wallet_journal_id
        if not (account and journal):
            return self.env._(
                'Rebate wallets of %s need an account and a journal: please choose them in the settings of Dealers.',
                company.name,
            )
        if not program.product_id:
            return self.env._('The program "%s" needs a rebate product, which says where it is booked.', program.title)
        if not program._get_wallet_expense_account():
            return self.env._(
                'The product "%(product)s" of the program "%(program)s" needs an income account: what is paid into'
                ' wallets is booked there.',
                product=program.product_id.display_name,
                program=program.title,
            )
        if program.wallet_max_share <= 0:
            return self.env._(
                'The program "%s" lets no order be paid from the wallet: its share of an order has to be more than 0.',
                program.title,
            )
        if locks := company._get_violated_lock_dates(self.date, False, journal):
            return self.env._(
                'The books of %(company)s are locked until %(day)s: please choose a later accounting date.',
                company=company.name,
                day=format_date(self.env, locks[-1][0]),
            )
        return False
