from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """Where a company books its dealers' rebate wallets, and when it reminds them."""

    _inherit = 'res.company'

    dealer_wallet_account_id = fields.Many2one(
        'account.account',
        'Account of Rebate Wallets',
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
        ondelete='restrict',
        groups='base.group_user',
        help='What dealers may still pay orders with: a liability.',
    )
    dealer_wallet_journal_id = fields.Many2one(
        'account.journal',
        'Journal of Rebate Wallets',
        domain="[('type', '=', 'general')]",
        ondelete='restrict',
        groups='base.group_user',
        help='For what is paid into wallets, and what expires.',
    )
    dealer_wallet_product_id = fields.Many2one(
        'product.product',
        'Product of Rebate Wallets',
        domain="[('type', '=', 'service')]",
        ondelete='restrict',
        groups='base.group_user',
        help='Stands on orders and invoices for what the wallet pays; its taxes, if it has any, lower those of the'
        ' order. Empty: the product "Rebate Wallet".',
    )
    dealer_wallet_notice_days = fields.Integer(
        'Reminder before Wallets Expire (Days)',
        default=30,
        groups='base.group_user',
        help='So many days before something in its wallet expires the dealer gets a mail, once; 0: none.',
    )

    _wallet_notice_positive = models.Constraint(
        'CHECK (dealer_wallet_notice_days >= 0)',
        'The number of days between the reminder and the expiry of a wallet cannot be negative.',
    )

    @api.constrains('dealer_wallet_account_id', 'dealer_wallet_journal_id')
    def _check_wallet_accounts(self):
        for company in self:
            # The settings may be made by somebody who does not see every account.
            account, journal = company.sudo().dealer_wallet_account_id, company.sudo().dealer_wallet_journal_id
            if account and account.account_type not in ('liability_current', 'liability_non_current'):
                raise ValidationError(
                    self.env._('The account of rebate wallets has to be a liability: %s is none.', account.display_name)
                )
            if account and company not in account.company_ids:
                raise ValidationError(
                    self.env._(
                        'The account %(account)s is none of %(company)s.',
                        account=account.display_name,
                        company=company.name,
                    )
                )
            if journal and (journal.company_id != company or journal.type != 'general'):
                raise ValidationError(
                    self.env._(
                        'The journal of rebate wallets has to be one of %(company)s for miscellaneous entries:'
                        ' %(journal)s is not.',
                        company=company.name,
                        journal=journal.name,
                    )
                )

    def write(self, vals):
        if 'dealer_wallet_account_id' in vals:
            changed = self.filtered(
                lambda company: company.sudo().dealer_wallet_account_id.id != vals['dealer_wallet_account_id']
            )
            changed._check_wallets_empty()
        return super().write(vals)

    def _check_wallets_empty(self):
        """Refuse another account while the present one owes dealers something: the books would fall apart."""
        credits = self.env['dealer.rebate.wallet.credit'].sudo()  # the rule holds, whoever may read wallets
        for company in self:
            if company.sudo().dealer_wallet_account_id and credits.search_count(
                [('company_id', 'child_of', company.id), ('remaining', '>', 0)], limit=1
            ):
                raise ValidationError(
                    self.env._(
                        'Dealers of %s still have something in their rebate wallets: the account that owes it stays.',
                        company.name,
                    )
                )

    def _get_wallet_product(self):
        """The product that stands for what the wallet pays, in sudo: whoever orders need not read products."""
        self.ensure_one()
        return (
            self.sudo().root_id.dealer_wallet_product_id
            or self.env.ref('dealer_management.product_rebate_wallet').sudo()
        )
