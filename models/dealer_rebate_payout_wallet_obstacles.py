from odoo import models


class DealerRebatePayout(models.Model):
    """What is in the way of paying into wallets."""

    _inherit = 'dealer.rebate.payout'

    def _find_wallet_obstacles(self):
        """What keeps the wallets of these statements of one run from being paid into, as sentences."""
        company, program = self.company_id, self.program_id
        account, journal = company.root_id.dealer_wallet_account_id, company.root_id.dealer_wallet_journal_id
        sentences = []
        if not (account and journal):
            sentences.append(
                self.env._(
                    'Rebate wallets of %s need an account and a journal: please choose them in the settings of Dealers.',
                    company.name,
                )
            )
        if not program.product_id:
            sentences.append(
                self.env._(
                    'The program "%s" needs a rebate product, which says where it is booked.',
                    program.title,
                )
            )
        elif not program._get_wallet_expense_account():
            sentences.append(
                self.env._(
                    'The product "%(product)s" of the program "%(program)s" needs an income account: what is paid into'
                    ' wallets is booked there.',
                    product=program.product_id.display_name,
                    program=program.title,
                )
            )
        if program.wallet_max_share <= 0:
            sentences.append(
                self.env._(
                    'The program "%s" lets no order be paid from the wallet: its share of an order has to be more than'
                    ' 0.',
                    program.title,
                )
            )
        if journal:
            sentences += self._find_locks(journal, False)
        return sentences
