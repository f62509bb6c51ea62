from odoo.fields import Command

from .price_common import PriceMixin


class WalletMixin(PriceMixin):
    """A company with a wallet account, a program that pays into wallets, and statements of it."""

    @classmethod
    def setUpWallet(cls):
        cls.setUpPrices()
        cls.pricelist_gold.item_ids.unlink()  # a golden dealer pays 100 for a tap
        cls.wallet_account, cls.expense_account, cls.sales_account, cls.receivable = cls.env['account.account'].create(
            [
                {'code': 'W2410', 'name': 'Rebate wallets', 'account_type': 'liability_current'},
                {'code': 'W6002', 'name': 'Rebates granted', 'account_type': 'income'},
                {'code': 'W6001', 'name': 'Sales', 'account_type': 'income'},
                {'code': 'W1122', 'name': 'Receivables', 'account_type': 'asset_receivable', 'reconcile': True},
            ]
        )
        cls.journal = cls.env['account.journal'].create(
            {'code': 'WALT', 'name': 'Rebate wallets', 'type': 'general', 'company_id': cls.company.id}
        )
        if not cls.env['account.journal'].search([('type', '=', 'sale'), ('company_id', '=', cls.company.id)], limit=1):
            cls.env['account.journal'].create({'code': 'WINV', 'name': 'Sales', 'type': 'sale'})
        cls.company.write(
            {'dealer_wallet_account_id': cls.wallet_account.id, 'dealer_wallet_journal_id': cls.journal.id}
        )
        cls.company.partner_id.property_account_receivable_id = cls.receivable
        (cls.golden | cls.silvery).property_account_receivable_id = cls.receivable
        (cls.tap | cls.sink).property_account_income_id = cls.sales_account
        (cls.tap | cls.sink).invoice_policy = 'order'
        cls.rebate_product = cls.env['product.product'].create(
            {
                'name': 'Rebate',
                'type': 'service',
                'taxes_id': [Command.clear()],
                'property_account_income_id': cls.expense_account.id,
            }
        )
        cls.program = cls.make_wallet_program('Quarterly rebate')
        cls.runs = 0

    @classmethod
    def make_wallet_program(cls, title, **vals):
        # How a program comes to be open is not looked at here: superusers write states.
        return cls.env['dealer.rebate.program'].create(
            {
                'title': title,
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                'payout_method': 'wallet',
                'product_id': cls.rebate_product.id,
                'wallet_months': 12,
                'wallet_max_share': 100,
                'requester_id': cls.requester.id,
                'approver_id': cls.approver.id,
                'state': 'open',
                'band_ids': [Command.create({'threshold': 0, 'rate': 2})],
                **vals,
            }
        )

    @classmethod
    def make_payouts(cls, *paid, program=None, date='2026-05-04', currency=None):
        """Confirmed statements of one run for ``(dealer, amount)``."""
        program = program or cls.program
        cls.runs += 1
        run = cls.env['dealer.rebate.run'].create(
            {'program_id': program.id, 'period_to': '2026-03-31', 'date': date, 'state': 'done'}
        )
        return cls.env['dealer.rebate.payout'].create(
            [
                {
                    'name': f'RT{cls.runs:03}{position}',
                    'run_id': run.id,
                    'program_id': program.id,
                    'company_id': program.company_id.id,
                    'dealer_id': dealer.id,
                    'delta': amount,
                    'due': amount,
                    'paid': amount,
                    'pay_amount': amount,
                    'pay_currency_id': (currency or program.currency_id).id,
                    'state': 'posted',
                }
                for position, (dealer, amount) in enumerate(paid)
            ]
        )

    @classmethod
    def fill_wallet(cls, dealer, amount, expiry=None, **options):
        """A credit of ``amount``."""
        payout = cls.make_payouts((dealer, amount), **options)
        payout._pay_by_wallet()
        credit = cls.env['dealer.rebate.wallet.credit'].search([('payout_id', '=', payout.id)])
        if expiry:
            credit.date_expiry = expiry
        return credit

    def wallet_line(self, order):
        return order.order_line.filtered('is_rebate_wallet')

    def balance_of(self, account):
        """What stands on ``account``, in posted entries."""
        [(balance,)] = self.env['account.move.line']._read_group(
            [('account_id', '=', account.id), ('parent_state', '=', 'posted')], [], ['balance:sum']
        )
        return balance
