from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Command

# From, percent; by quarter and dealer.
QUARTERLY_BANDS = [(60_000, 1), (120_000, 1.5), (250_000, 2.5)]
# Attainment from, percent.
TARGET_BANDS = [(80, 0.5), (100, 1), (120, 1.5)]
# Pieces from, amount for each.
PIECE_BANDS = [(20, 5), (60, 8), (150, 12)]
# What the largest dealers have to buy in a year.
TARGETS = {'core': 900_000, 'senior': 420_000}


class DealerDemo(models.AbstractModel):
    """Three rebate programs: by quarter, two of them settled; by yearly target; and one that waits for approval."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_business(self):
        result = super()._create_business()
        self._set_up_rebate_accounts()
        quarterly = self._create_quarterly_program()
        # The third quarter waits to be settled.
        self._settle(quarterly, 2)
        self._create_target_program()
        self._create_piece_program()
        return result

    @api.model
    def _set_up_rebate_accounts(self):
        """Accounts of their own, so that rebates and the ledger can be compared."""
        company = self.env.company
        expense, accrued, wallet = self.env['account.account'].create(
            [
                {'code': 'R60010', 'name': 'Sales Rebates', 'account_type': 'income'},
                {'code': 'R22410', 'name': 'Accrued Rebates', 'account_type': 'liability_current'},
                {'code': 'R22420', 'name': 'Rebate Wallets', 'account_type': 'liability_current'},
            ]
        )
        for account, name in ((expense, '销售返利'), (accrued, '预提返利'), (wallet, '经销商返利钱包')):
            account.with_context(lang='zh_CN').name = name
        journal = self.env['account.journal'].search(
            [('type', '=', 'general'), ('company_id', '=', company.id)], order='sequence, id', limit=1
        )
        company.write(
            {
                'dealer_rebate_expense_account_id': expense.id,
                'dealer_rebate_accrual_account_id': accrued.id,
                'dealer_rebate_accrual_journal_id': journal.id,
                **self._prepare_wallet_settings(wallet, journal),
            }
        )
        product = company._get_dealer_rebate_product()
        product.property_account_income_id = product.property_account_expense_id = expense

    @api.model
    def _prepare_wallet_settings(self, account, journal):
        return {'dealer_wallet_account_id': account.id, 'dealer_wallet_journal_id': journal.id}

    @api.model
    def _create_quarterly_program(self):
        """A year of quarters that began two months into the demonstration: the present one is half over."""
        begin = self._first_day() + relativedelta(months=2)
        return self._create_program(
            'rebate_quarterly',
            'Quarterly Sales Rebate',
            '季度销售返利',
            date_from=begin,
            date_to=begin + relativedelta(years=1, days=-1),
            grade_ids=[Command.set([self._ref('tier_core').id, self._ref('tier_senior').id])],
            band_ids=[Command.create({'threshold': start, 'rate': rate}) for start, rate in QUARTERLY_BANDS],
            condition_ids=[Command.create({'kind': 'overdue', 'effect': 'withhold', 'withheld': 50})],
            minimum=500,
            reconcile_oldest=True,
        )

    @api.model
    def _create_target_program(self):
        begin = self._first_day()
        dealers = self.env['res.partner'].search([('is_dealer', '=', True)])
        targets = {self._ref(f'tier_{tier}'): amount for tier, amount in TARGETS.items()}
        return self._create_program(
            'rebate_target',
            'Yearly Target Rebate',
            '年度达标返利',
            date_from=begin,
            date_to=begin + relativedelta(years=1, months=2, days=-1),
            period='whole',
            driver='attainment',
            grade_ids=[Command.set([grade.id for grade in targets])],
            band_ids=[Command.create({'threshold': start, 'rate': rate}) for start, rate in TARGET_BANDS],
            target_ids=[
                Command.create({'dealer_id': dealer.id, 'amount': targets[dealer.grade_id]})
                for dealer in dealers
                if dealer.grade_id in targets
            ],
            payout_method='wallet',
            wallet_max_share=30,
        )

    @api.model
    def _create_piece_program(self):
        """Written by staff, and waiting for the channel manager."""
        begin = self._first_day() + relativedelta(years=1)
        program = self._create_program(
            'rebate_showers',
            'Shower Sets by the Piece',
            '花洒计件返利',
            user='user_staff_all',
            date_from=begin,
            date_to=begin + relativedelta(months=6, days=-1),
            period='month',
            measure='quantity',
            uom_id=self.env.ref('uom.product_uom_unit').id,
            reward='per_unit',
            application='marginal',
            category_ids=[Command.set(self._ref('product_category_shower').ids)],
            band_ids=[Command.create({'threshold': start, 'amount': amount}) for start, amount in PIECE_BANDS],
            opened=False,
        )
        program.action_submit()
        return program

    @api.model
    def _create_program(self, name, title, chinese, user='user_staff_all', opened=True, **vals):
        author = self._ref(user)
        programs = self.env['dealer.rebate.program'].with_user(author).with_company(self.env.company)
        program = programs.create({'title': title, 'company_id': self.env.company.id, **vals})
        program.with_context(lang='zh_CN').title = chinese
        self.env['ir.model.data']._update_xmlids(
            [{'xml_id': f'dealer_management.{name}', 'record': program.sudo(), 'noupdate': True}]
        )
        if opened:
            program.action_submit()
            managed = program.with_user(self._ref('user_manager'))
            managed.action_approve()
            managed.action_open()
        return program

    @api.model
    def _settle(self, program, count=1):
        """As the accountant does, ten days after the end of each of the first ``count`` periods."""
        runs = self.env['dealer.rebate.run'].with_user(self._ref('user_accountant')).with_company(self.env.company)
        # The program is its author's; the accountant settles it.
        for period in program.sudo()._get_periods()[:count]:
            run = runs.create(
                {
                    'program_id': program.id,
                    'period_to': period.date_to,
                    'date': period.date_to + relativedelta(days=10),
                }
            )
            run.action_preview()
            run.action_confirm()
            run.action_post()
