from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .rebate_common import RebateCase, RebateMixin

MONTH_ENDS = ('2026-01-31', '2026-02-28', '2026-03-31')
# Of R12: what is sold in the three months.
SALES = (100_000, 150_000, 60_000)


class AccrualMixin(RebateMixin):
    """The accounts of accruals, and what an accountant does with them."""

    @classmethod
    def setUpAccounts(cls):
        cls.expense, cls.accrued, cls.suspense = cls.env['account.account'].create(
            [
                {'name': 'Sales Rebates', 'code': '400090', 'account_type': 'income'},
                {'name': 'Accrued Rebates', 'code': '211090', 'account_type': 'liability_current'},
                {'name': 'Suspense', 'code': '211091', 'account_type': 'liability_current'},
            ]
        )
        cls.rebate_product.property_account_income_id = cls.expense
        cls.general = cls.env['account.journal'].search(
            [('type', '=', 'general'), ('company_id', '=', cls.company.id)], limit=1
        )
        cls.company.write(
            {
                'dealer_rebate_expense_account_id': cls.expense.id,
                'dealer_rebate_accrual_account_id': cls.accrued.id,
                'dealer_rebate_accrual_journal_id': cls.general.id,
            }
        )

    @classmethod
    def sell(cls, *amounts, dealer=None):
        """One invoice a month from January on."""
        return [
            cls.invoice(dealer or cls.dealer, f'2026-{month:02}-15', amount) for month, amount in enumerate(amounts, 1)
        ]

    @classmethod
    def accrue(cls, program, day, user=None):
        """Prepare and book what is to be booked on ``day``; the accruals, or none."""
        accruals = program.with_user(user or cls.accountant)._prepare_accruals(day)
        accruals.action_post()
        return accruals.sudo()

    @classmethod
    def take_out_of_books(cls, move):
        """As somebody does who writes the database: an entry of accruals is reset by no other means."""
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE account_move SET state = 'draft' WHERE id = %s", move.ids)
        cls.env.cr.execute("UPDATE account_move_line SET parent_state = 'draft' WHERE move_id = %s", move.ids)
        cls.env.invalidate_all()

    @classmethod
    def balance(cls, account, **domain):
        items = cls.env['account.move.line'].search(
            [('account_id', '=', account.id), ('parent_state', '=', 'posted')]
            + [(name, '=', value) for name, value in domain.items()]
        )
        return cls.company.currency_id.round(sum(items.mapped('balance')))

    @classmethod
    def pay_out(cls, program, amount, period_to='2026-03-31', day='2026-04-10', dealer=None, run='posting', **vals):
        """A settlement of one dealer as it stands when its statement is being posted."""
        run = cls.env['dealer.rebate.run'].create(
            {'program_id': program.id, 'period_to': period_to, 'date': day, 'state': run}
        )
        dealer = dealer or cls.dealer
        settlement = cls.env['dealer.rebate.settlement'].create(
            {
                'program_id': program.id,
                'company_id': program.company_id.id,
                'dealer_id': dealer.id,
                'period_from': '2026-01-01',
                'period_to': period_to,
            }
        )
        payout = cls.env['dealer.rebate.payout'].create(
            {
                'run_id': run.id,
                'program_id': program.id,
                'company_id': program.company_id.id,
                'dealer_id': dealer.id,
                'delta': amount,
                'due': amount,
                'paid': amount,
                'pay_currency_id': program.currency_id.id,
                'pay_amount': amount,
                'state': 'posted',
                **vals,
            }
        )
        cls.env['dealer.rebate.computation'].create(
            {
                'settlement_id': settlement.id,
                'program_id': program.id,
                'dealer_id': dealer.id,
                'company_id': program.company_id.id,
                'number': 1,
                'run_id': run.id,
                'payout_id': payout.id,
                'window_from': '2026-01-01',
                'window_to': period_to,
                'earned': amount,
                'delta': amount,
            }
        )
        return payout

    @classmethod
    def credit(cls, payout):
        """The credit note that pays a statement, marked as posting marks it."""
        move = cls.refund(payout.dealer_id, payout.date, (cls.rebate_product, 1, payout.paid), post=False)
        move.invoice_line_ids.write({'rebate_role': 'payout', 'rebate_program_id': payout.program_id.id})
        move.action_post()
        payout.move_id = move
        return move


class AccrualCase(AccrualMixin, RebateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpAccounts()


@tagged('post_install', '-at_install')
class TestAccrual(AccrualCase):
    """What is expected, what is booked, and the entry between them (R12 and what surrounds it)."""

    def test_a_rate_of_the_sales(self):
        program = self.make_program(accrual_method='estimate', accrual_rate=3)
        self.sell(*SALES)
        entries = [self.accrue(program, day).entry for day in MONTH_ENDS]
        self.assertEqual(entries, [3_000, 4_500, 1_800])
        self.assertEqual(self.balance(self.accrued), -9_300)
        self.assertEqual(self.balance(self.expense), 9_300)

    def test_what_was_earned(self):
        program = self.make_program()
        self.sell(*SALES)
        entries = [self.accrue(program, day).entry for day in MONTH_ENDS]
        self.assertEqual(entries, [2_000, 3_000, 7_400])
        self.assertEqual(self.balance(self.accrued, partner_id=self.dealer.id), -12_400)

    def test_entry(self):
        program = self.make_program()
        other = self.make_dealer('Other')
        self.sell(*SALES)
        self.sell(500_000, dealer=other)
        accrual = self.accrue(program, MONTH_ENDS[2])
        move = accrual.move_id
        self.assertEqual((move.state, move.date, move.journal_id), ('posted', date(2026, 3, 31), self.general))
        self.assertEqual(
            sorted((line.account_id.code, line.partner_id.name or '', line.balance) for line in move.line_ids),
            [('211090', 'Golden', -12_400), ('211090', 'Other', -30_000), ('400090', '', 42_400)],
        )
        self.assertEqual(set(move.line_ids.mapped('rebate_role')), {'accrual'})
        self.assertEqual(move.line_ids.rebate_program_id, program)
        self.assertEqual((accrual.state, accrual.posted_by_id), ('posted', self.accountant))

    def test_again_books_the_difference_only(self):
        program = self.make_program()
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[0])
        self.assertFalse(self.accrue(program, MONTH_ENDS[0]), 'Nothing is new.')
        self.assertEqual(program.action_accrue(MONTH_ENDS[0])['tag'], 'display_notification')
        self.assertEqual(len(program.accrual_ids), 1)
        self.invoice(self.dealer, '2026-01-20', 10_000)
        self.assertEqual(self.accrue(program, MONTH_ENDS[0]).entry, 400)
        self.assertEqual(self.balance(self.accrued), -12_800)

    def test_returns_take_back(self):
        program = self.make_program()
        [invoice] = self.sell(310_000)
        self.accrue(program, MONTH_ENDS[0])
        self.refund(self.dealer, '2026-02-10', 15_000, origin=invoice)
        accrual = self.accrue(program, MONTH_ENDS[1])
        self.assertEqual((accrual.expected, accrual.booked, accrual.entry), (5_900, 12_400, -6_500))
        self.assertEqual(self.balance(self.accrued), -5_900)
        self.assertEqual(self.balance(self.expense), 5_900)

    def test_what_the_ledger_says_counts(self):
        """An entry that is out of the books is not booked any more: the next accrual makes up for it."""
        program = self.make_program()
        self.sell(310_000)
        self.take_out_of_books(self.accrue(program, MONTH_ENDS[0]).move_id)
        accrual = self.accrue(program, MONTH_ENDS[1])
        self.assertEqual((accrual.booked, accrual.entry), (0, 12_400))

    def test_another_account(self):
        """What was accrued on a former account moves to the present one; the expense stays."""
        program = self.make_program()
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[0])
        self.company.dealer_rebate_accrual_account_id = self.suspense
        accrual = self.accrue(program, MONTH_ENDS[1])
        self.assertEqual(accrual.entry, 0)
        self.assertEqual([self.balance(account) for account in (self.accrued, self.suspense)], [0, -12_400])
        self.assertEqual(self.balance(self.expense), 12_400)

    def test_accounts_of_the_program(self):
        program = self.make_program(accrual_account_id=self.suspense.id)
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[0])
        self.assertEqual(self.balance(self.suspense), -12_400)

    def test_cumulative(self):
        """Each period looks at all that was sold: what is settled is not expected again."""
        program = self.make_program(is_cumulative=True)
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[2])
        self.pay_out(program, 12_400)._release_accruals()
        self.invoice(self.dealer, '2026-04-20', 200_000)
        # 6 % of 510,000 less what was settled.
        self.assertEqual(self.accrue(program, '2026-04-30').expected, 18_200)

    def test_foreign_currency(self):
        self.cny.rate_ids.unlink()
        program = self.make_program(currency_id=self.usd.id)
        self.sell(710_000)
        with self.assertRaisesRegex(UserError, 'USD has no exchange rate'):
            self.accrue(program, MONTH_ENDS[0])
        self.set_rate(self.usd, '2026-01-01', 7.10)
        self.set_rate(self.usd, '2026-01-31', 7.20)
        self.env.flush_all()
        accrual = self.accrue(program, MONTH_ENDS[0])
        self.assertEqual((accrual.line_ids.earned, accrual.expected, accrual.rate), (2_000, 14_400, 7.2))
        self.assertEqual(self.balance(self.accrued), -14_400)

    def test_no_accruals(self):
        self.sell(310_000)
        silent = self.make_program(accrual_method='none')
        goods = self.make_program(
            [{'threshold': 1, 'buy_quantity': 10, 'free_quantity': 1}],
            reward='free_goods',
            payout_method='free_goods',
            free_product_id=self.sink.id,
            measure='quantity',
            uom_id=self.env.ref('uom.product_uom_unit').id,
        )
        self.assertFalse((silent | goods).with_user(self.accountant)._prepare_accruals(MONTH_ENDS[0]))

    def test_rate_is_checked(self):
        with self.assertRaises(ValidationError):
            self.make_program(accrual_method='estimate')
        with self.assertRaises(ValidationError):
            self.make_program(accrual_method='estimate', accrual_rate=3, measure='quantity')

    # ------------------------------------------------------------ What is refused

    def test_closed_books(self):
        program = self.make_program()
        self.sell(310_000)
        self.company.fiscalyear_lock_date = '2026-02-28'
        with self.assertRaisesRegex(UserError, r'(?s)closed by .*02/28/2026.* first open day is 03/01/2026'):
            self.accrue(program, MONTH_ENDS[0])
        self.assertFalse(self.env['account.move.line'].search([('rebate_role', '!=', False)]))
        self.assertEqual(self.accrue(program, MONTH_ENDS[2]).move_id.date, date(2026, 3, 31))

    def test_closed_between_preview_and_booking(self):
        program = self.make_program()
        self.sell(310_000)
        accruals = program.with_user(self.accountant)._prepare_accruals(MONTH_ENDS[0])
        self.company.fiscalyear_lock_date = MONTH_ENDS[0]
        with self.assertRaisesRegex(UserError, 'first open day'):
            accruals.action_post()
        self.assertEqual(accruals.state, 'draft')
        self.assertEqual(self.balance(self.accrued), 0)

    def test_sold_between_preview_and_booking(self):
        program = self.make_program()
        self.sell(310_000)
        accruals = program.with_user(self.accountant)._prepare_accruals(MONTH_ENDS[0])
        self.invoice(self.dealer, '2026-01-20', 10_000)
        with self.assertRaisesRegex(UserError, 'have changed'):
            accruals.action_post()
        accruals.action_refresh()
        accruals.action_post()
        self.assertEqual(self.balance(self.accrued), -12_800)
        accruals.action_post()
        self.assertEqual(self.balance(self.accrued), -12_800, 'Booked once.')

    def test_days_that_cannot_be(self):
        program = self.make_program()
        self.sell(310_000)
        with self.assertRaisesRegex(UserError, 'not known'):
            self.accrue(program, '2027-02-28')
        self.accrue(program, MONTH_ENDS[1])
        with self.assertRaisesRegex(UserError, 'booked until 02/28/2026'):
            self.accrue(program, MONTH_ENDS[0])

    def test_missing_accounts(self):
        program = self.make_program()
        self.sell(310_000)
        for name, words in (
            ('dealer_rebate_expense_account_id', 'the rebate expense account'),
            ('dealer_rebate_accrual_account_id', 'the accrued rebates account'),
            ('dealer_rebate_accrual_journal_id', 'the rebate accrual journal'),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, words):
                self.company[name] = False
                self.accrue(program, MONTH_ENDS[0])

    def test_one_draft(self):
        program = self.make_program()
        self.sell(310_000)
        first = program.with_user(self.accountant)._prepare_accruals(MONTH_ENDS[0])
        self.assertEqual(program.with_user(self.accountant)._prepare_accruals(MONTH_ENDS[1]), first)
        self.assertEqual(first.date, date(2026, 2, 28))
        first.action_discard()
        self.assertFalse(first.exists())

    def test_rights(self):
        program = self.make_program()
        self.sell(310_000)
        for role in ('staff_own', 'staff', 'auditor', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                program.with_user(self.users[role]).action_accrue(MONTH_ENDS[0])
        manager, biller = self.users['manager'], new_test_user(self.env, 'biller', 'account.group_account_invoice')
        accrual = program.with_user(manager)._prepare_accruals(MONTH_ENDS[0])
        with self.assertRaises(AccessError):
            accrual.action_post()
        for user in (manager, biller):
            with self.assertRaises(AccessError):
                accrual.with_user(user).write({'entry': 1})
            with self.assertRaises(AccessError):
                accrual.with_user(user).create({'program_id': program.id, 'date': MONTH_ENDS[0]})
            with self.assertRaises(AccessError):
                accrual.with_user(user).line_ids.write({'expected': 1})
        accrual.with_user(biller).action_post()
        self.assertEqual(self.balance(self.accrued), -12_400)
        with self.assertRaisesRegex(UserError, 'kept on record'):
            accrual.with_user(biller).action_discard()

    def test_companies_stay_apart(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        program = self.make_program()
        self.sell(310_000)
        accrual = self.accrue(program, MONTH_ENDS[0])
        stranger = new_test_user(
            self.env,
            'stranger',
            'account.group_account_manager',
            company_id=other.id,
            company_ids=other.ids,
        )
        self.assertFalse(self.env['dealer.rebate.accrual'].with_user(stranger).search([]))
        self.assertFalse(self.env['dealer.rebate.ledger'].with_user(stranger).search([]))
        for step in (accrual.with_user(stranger).action_post, program.with_user(stranger).action_accrue):
            with self.assertRaises(AccessError):
                step()

    # ------------------------------------------------------------------ Monthly

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_rebate_accrual').method_direct_trigger()
        self.env.invalidate_all()

    def test_every_month(self):
        program = self.make_program()
        self.sell(310_000)
        with freeze_time('2026-02-02 04:00:00'):
            self.run_job()
            self.assertFalse(program.accrual_ids, 'Only where the company says so.')
            self.company.dealer_rebate_accrual_monthly = True
            self.company.dealer_rebate_accountant_ids = self.accountant
            self.run_job()
            self.run_job()
            accrual = program.accrual_ids
            self.assertEqual((accrual.state, accrual.date, accrual.entry), ('draft', date(2026, 1, 31), 12_400))
            self.assertEqual(accrual.activity_ids.user_id, self.accountant)
            self.assertEqual(len(accrual.activity_ids), 1, 'Asked once.')
            accrual.with_user(self.accountant).action_post()
            self.assertFalse(accrual.activity_ids)
            self.run_job()
        self.assertEqual(program.accrual_ids, accrual)

    def test_every_month_what_cannot_be(self):
        """What is missing for one program is told, and holds up no other."""
        self.sell(310_000)
        good, bad = self.make_program(accrual_account_id=self.accrued.id), self.make_program()
        self.company.write(
            {
                'dealer_rebate_accrual_monthly': True,
                'dealer_rebate_accountant_ids': self.accountant.ids,
                'dealer_rebate_accrual_account_id': False,
            }
        )
        with freeze_time('2026-02-02 04:00:00'):
            self.run_job()
        self.assertEqual(good.accrual_ids.entry, 12_400)
        self.assertFalse(bad.accrual_ids)
        self.assertIn('the accrued rebates account', bad.activity_ids.note)

    def test_wizard(self):
        program = self.make_program()
        self.make_program(accrual_method='none')
        self.sell(310_000)
        with freeze_time('2026-02-20 04:00:00'):
            wizard = self.env['dealer.rebate.accrual.wizard'].with_user(self.accountant).create({})
            self.assertEqual((wizard.date, wizard.program_ids), (date(2026, 1, 31), program))
            action = wizard.action_accrue()
        self.assertEqual((action['res_model'], action['res_id']), ('dealer.rebate.accrual', program.accrual_ids.id))

    def test_queries(self):
        """As many for many dealers as for few."""
        program = self.make_program()
        self.sell(310_000)
        program._prepare_accruals(MONTH_ENDS[0])
        counts = []
        # For many dealers the engine plans otherwise, which is one statement more.
        for number in (30, 60):
            dealers = [self.make_dealer(f'Dealer {number}-{place}') for place in range(number)]
            for dealer in dealers:
                self.sell(100_000, dealer=dealer)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            program.sudo()._read_accrual_figures(date(2026, 1, 31))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged('post_install', '-at_install')
class TestTrueUp(AccrualCase):
    """A settlement releases what was accrued for it."""

    def test_release(self):
        program = self.make_program(accrual_method='estimate', accrual_rate=3)
        self.sell(*SALES)
        for day in MONTH_ENDS:
            self.accrue(program, day)
        payout = self.pay_out(program, 12_400)
        payout.with_user(self.accountant)._release_accruals()
        self.assertEqual(
            (payout.accrued_before, payout.accrual_released, payout.true_up, payout.paid_value),
            (9_300, 9_300, 3_100, 12_400),
        )
        move = payout.accrual_move_id
        self.assertEqual((move.state, move.date), ('posted', date(2026, 4, 10)))
        self.assertEqual(self.balance(self.accrued), 0)
        self.credit(payout)
        self.assertEqual(self.balance(self.expense), 12_400, 'What it cost in the end.')
        self.assertFalse(self.accrue(program, '2026-04-30'))

    def test_what_is_booked_stays(self):
        program = self.make_program()
        self.sell(310_000)
        accrual = self.accrue(program, MONTH_ENDS[2])
        payout = self.pay_out(program, 12_400)
        payout._release_accruals()
        for entry in (accrual.move_id, payout.accrual_move_id):
            booked = entry.with_user(self.accountant)
            for step in (booked.button_draft, booked.button_cancel, booked._reverse_moves, entry.sudo().unlink):
                with (
                    self.subTest(entry=entry.name, step=step.__name__),
                    self.assertRaisesRegex(UserError, 'by the next accrual|a posted journal item'),
                ):
                    step()
                self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, 'Quarterly rebate'):
                entry.sudo().state = 'cancel'
            self.env.invalidate_all()
            self.assertEqual(entry.state, 'posted')

    def test_settlement(self):
        """Through preview and confirmation: what is confirmed and not posted is still accrued, then released."""
        program = self.make_program()
        self.sell(*SALES)
        entries = [self.accrue(program, day).entry for day in MONTH_ENDS]
        self.assertEqual(entries, [2_000, 3_000, 7_400])
        payout = self.settle(program, post=False).sudo().payout_ids.filtered('paid')
        self.assertFalse(self.accrue(program, '2026-04-09'), 'Confirmed: as much is expected as before.')
        payout.state = 'posted'
        payout.with_user(self.accountant)._release_accruals()
        self.assertEqual((payout.paid, payout.accrual_released, payout.true_up), (12_400, 12_400, 0))
        self.assertEqual(self.balance(self.accrued), 0)
        self.assertFalse(self.accrue(program, '2026-04-30'))

    def test_posting(self):
        """From the accruals to the posted credit note, by either method: the ledger ties to the program."""
        self.sell(*SALES)
        for vals, accrued, true_up in (
            ({'accrual_method': 'estimate', 'accrual_rate': 3}, [3_000, 4_500, 1_800], 3_100),
            ({}, [2_000, 3_000, 7_400], 0),
        ):
            program = self.make_program(**vals)
            self.assertEqual([self.accrue(program, day).entry for day in MONTH_ENDS], accrued)
            run = self.settle(program).sudo()
            payout = run.payout_ids.filtered('paid')
            self.assertEqual((run.state, payout.true_up, payout.paid_value), ('done', true_up, 12_400))
            self.assertEqual(payout.accrued_before, sum(accrued))
            self.assertEqual(self.balance(self.accrued, rebate_program_id=program.id), 0)
            self.assertEqual(self.balance(self.expense, rebate_program_id=program.id), 12_400)
            self.env.flush_all()
            row = self.env['dealer.rebate.ledger'].search([('program_id', '=', program.id)])
            self.assertEqual((row.paid, row.ledger_payout), (12_400, 12_400))
            self.assertFalse(row.accrual_difference or row.payout_difference)

    def test_next_period_stays_accrued(self):
        """What was accrued for the period after is not touched, and what was sold since is not added."""
        program = self.make_program()
        self.sell(*SALES, 100_000)
        self.accrue(program, '2026-04-30')
        self.invoice(self.dealer, '2026-05-05', 100_000)
        payout = self.pay_out(program, 12_400, day='2026-05-10')
        payout._release_accruals()
        self.assertEqual((payout.accrued_before, payout.accrual_released, payout.true_up), (14_400, 12_400, 0))
        self.assertEqual(self.balance(self.accrued), -2_000)

    def test_settled_for_an_earlier_day(self):
        """Nothing is released before it was accrued."""
        program = self.make_program()
        self.sell(*SALES)
        self.accrue(program, '2026-04-30')
        payout = self.pay_out(program, 12_400, day='2026-03-31')
        payout._release_accruals()
        self.assertEqual(payout.accrual_move_id.date, date(2026, 4, 30))

    def test_month_end_after_the_settlement(self):
        """A settlement of May is posted before the accruals of April are made: each stands on its own day."""
        program = self.make_program()
        self.sell(*SALES, 100_000)
        self.accrue(program, MONTH_ENDS[2])
        payout = self.pay_out(program, 12_400, day='2026-05-05')
        payout._release_accruals()
        self.assertEqual(self.accrue(program, '2026-04-30').entry, 2_000)
        self.assertEqual(self.balance(self.accrued), -2_000)
        self.env.flush_all()
        for day, accrued in (('2026-03-31', 12_400), ('2026-04-30', 14_400), ('2026-05-05', 2_000)):
            row = (
                self.env['dealer.rebate.ledger']
                .with_context(rebate_until=day)
                .search([('program_id', '=', program.id)])
            )
            self.assertEqual((row.accrued, row.ledger_accrued), (accrued, accrued), day)
            self.env.invalidate_all()

    def test_only_these_dealers(self):
        program = self.make_program()
        other = self.make_dealer('Other')
        self.sell(*SALES)
        self.sell(500_000, dealer=other)
        self.accrue(program, MONTH_ENDS[2])
        self.pay_out(program, 12_400)._release_accruals()
        self.assertEqual(self.balance(self.accrued, partner_id=self.dealer.id), 0)
        self.assertEqual(self.balance(self.accrued, partner_id=other.id), -30_000)

    def test_carried_stays_accrued(self):
        program = self.make_program(minimum=500)
        self.sell(110_000)
        self.accrue(program, MONTH_ENDS[2])
        payout = self.pay_out(program, 2_200, paid=0, pay_amount=0, carried_out=2_200)
        payout._release_accruals()
        self.assertEqual((payout.accrual_released, payout.true_up), (0, 0))
        self.assertEqual(self.balance(self.accrued), -2_200)
        self.assertFalse(self.accrue(program, '2026-04-30'))

    def test_held_back_stays_accrued(self):
        program = self.make_program()
        self.sell(310_000)
        payout = self.pay_out(program, 12_400, state='held')
        self.assertEqual(self.accrue(program, '2026-04-30').line_ids.unpaid, 12_400)
        payout.state = 'posted'
        payout._release_accruals()
        self.assertEqual(self.balance(self.accrued), 0)

    def test_owed_by_the_dealer(self):
        """What was paid too much lowers what is expected; beyond that, it is no asset."""
        program = self.make_program()
        self.pay_out(program, 12_400, delta=-6_500, due=-6_500, paid=0, carried_out=-6_500)
        self.invoice(self.dealer, '2026-04-20', 300_000)
        self.assertEqual(self.accrue(program, '2026-04-30').expected, 5_500)
        self.refund(self.dealer, '2026-05-05', 250_000)
        self.assertEqual(self.accrue(program, '2026-05-31').expected, 0)

    def test_nothing_accrued(self):
        program = self.make_program()
        payout = self.pay_out(program, 12_400)
        payout._release_accruals()
        self.assertFalse(payout.accrual_move_id)
        self.assertEqual((payout.accrued_before, payout.true_up), (0, 12_400))

    def test_closed_books(self):
        program = self.make_program()
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[2])
        payout = self.pay_out(program, 12_400)
        payout.run_id._check_can_be_posted()
        self.company.fiscalyear_lock_date = '2026-04-30'
        with self.assertRaisesRegex(UserError, 'first open day is 05/01/2026'):
            payout.run_id._check_can_be_posted()
        with self.assertRaisesRegex(UserError, 'first open day is 05/01/2026'):
            payout._release_accruals()

    def test_paid_in_another_currency(self):
        self.set_rate(self.usd, '2026-01-01', 7)
        program = self.make_program()
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[2])
        payout = self.pay_out(program, 12_400, pay_currency_id=self.usd.id, pay_amount=1_771.43)
        payout._release_accruals()
        self.assertEqual((payout.paid_value, payout.true_up), (12_400.01, 0.01))


@tagged('post_install', '-at_install')
class TestRebateLedger(AccrualCase):
    """The balances of the programs tie to the ledger to the cent, and what does not is shown."""

    def rows(self, until=None):
        self.env.flush_all()
        self.env.invalidate_all()
        ledger = self.env['dealer.rebate.ledger'].with_user(self.accountant).with_context(rebate_until=until)
        return ledger.search([])

    def assertRow(self, row, **expected):
        self.assertEqual({name: row[name] for name in expected}, expected)

    def test_ties(self):
        program = self.make_program()
        self.sell(100_000.33, 150_000.33, 60_000)
        for day in MONTH_ENDS:
            self.accrue(program, day)
        payout = self.pay_out(program, 12_400.03)
        self.credit(payout)
        payout._release_accruals()
        self.invoice(self.dealer, '2026-04-20', 111_111.11)
        self.accrue(program, '2026-04-30')
        row = self.rows()
        self.assertEqual((row.program_id, row.dealer_id), (program, self.dealer))
        self.assertRow(
            row,
            settled=12_400.03,
            paid=12_400.03,
            unpaid=0,
            accrued=2_222.22,
            ledger_accrued=2_222.22,
            accrual_difference=0,
            payout=12_400.03,
            ledger_payout=12_400.03,
            payout_difference=0,
        )
        # As of a day before, and between accrual and release.
        self.assertRow(self.rows('2026-02-28'), accrued=5_000.01, ledger_accrued=5_000.01, settled=0, payout=0)
        self.assertRow(self.rows('2026-04-10'), accrued=0, ledger_accrued=0, ledger_payout=12_400.03)

    def test_ties_in_another_currency(self):
        """Taxes in the price are taken out after the document is converted: its books are what was paid."""
        self.set_rate(self.usd, '2026-01-01', 7.3321)
        self.rebate_product.taxes_id = self.env['account.tax'].create(
            {'name': '13 % in the price', 'amount': 13, 'price_include_override': 'tax_included'}
        )
        program = self.make_program(payout_currency_id=self.usd.id)
        for amount in (559_153, 712_580.33, 640_000):
            self.sell(amount, dealer=self.make_dealer(f'Dealer {amount}'))
        self.accrue(program, MONTH_ENDS[2])
        run = self.settle(program)
        rows = self.rows().filtered('paid')
        self.assertEqual(sorted(rows.mapped('paid')), [33_549.18, 38_400, 42_754.82])
        self.assertFalse(rows.filtered(lambda row: row.payout_difference or row.accrual_difference))
        self.assertEqual(self.balance(self.accrued), 0)
        for payout in run.payout_ids.filtered('paid'):
            self.assertEqual(payout.paid_value, payout.move_id.invoice_line_ids.balance)
            self.assertAlmostEqual(payout.paid_value, payout.pay_amount * 7.3321, delta=0.02)
            self.assertAlmostEqual(payout.true_up, payout.paid_value - payout.accrual_released)

    def test_accrued_over_settlements(self):
        """What was settled and not paid yet, and several dealers and programs."""
        first, second = self.make_program(), self.make_program([(1, 1)], title='Second')
        other = self.make_dealer('Other')
        for dealer in (self.dealer, other):
            self.sell(*SALES, dealer=dealer)
        self.accrue(first | second, MONTH_ENDS[2])
        self.credit(self.pay_out(first, 12_400))
        payout = self.env['dealer.rebate.payout'].search([])
        payout._release_accruals()
        payout.run_id.state = 'done'
        self.env.flush_all()
        held = self.pay_out(first, 12_400, dealer=other, state='held')
        rows = {(row.program_id, row.dealer_id): row for row in self.rows()}
        self.assertEqual(len(rows), 4)
        self.assertFalse([row for row in rows.values() if row.accrual_difference or row.payout_difference])
        self.assertRow(rows[first, other], settled=12_400, paid=0, unpaid=12_400, accrued=12_400, ledger_accrued=12_400)
        self.assertRow(rows[second, self.dealer], accrued=3_100, ledger_accrued=3_100)
        self.assertEqual(held.state, 'held')

    def test_manual_entry_is_shown(self):
        program = self.make_program()
        self.sell(310_000)
        accrual = self.accrue(program, MONTH_ENDS[2])
        move = self.env['account.move'].create(
            {
                'journal_id': self.general.id,
                'date': '2026-03-31',
                'line_ids': [
                    (0, 0, {'account_id': self.accrued.id, 'partner_id': self.dealer.id, 'balance': 0.01}),
                    (0, 0, {'account_id': self.expense.id, 'balance': -0.01}),
                ],
            }
        )
        move.action_post()
        tied, by_hand = self.rows().sorted(lambda row: not row.program_id)
        self.assertRow(tied, accrued=12_400, ledger_accrued=12_400, accrual_difference=0)
        self.assertRow(by_hand, accrued=0, ledger_accrued=-0.01, accrual_difference=-0.01)
        self.assertEqual(by_hand.dealer_id, self.dealer)
        items = self.env['account.move.line'].with_user(self.accountant).search(by_hand.action_view_items()['domain'])
        self.assertEqual(items, move.line_ids[0])
        items = self.env['account.move.line'].with_user(self.accountant).search(tied.action_view_items()['domain'])
        self.assertEqual(items, accrual.move_id.line_ids.filtered('partner_id'))
        self.take_out_of_books(accrual.move_id)
        self.assertRow(self.rows().filtered('program_id'), accrued=12_400, ledger_accrued=0, accrual_difference=-12_400)

    def test_lost_credit_note_is_shown(self):
        program = self.make_program()
        self.sell(310_000)
        payout = self.pay_out(program, 12_400)
        payout._release_accruals()
        self.assertRow(self.rows(), payout=12_400, ledger_payout=0, payout_difference=-12_400)
        self.credit(payout)
        self.assertRow(self.rows(), payout=12_400, ledger_payout=12_400, payout_difference=0)

    def test_former_account(self):
        program = self.make_program()
        self.sell(310_000)
        self.accrue(program, MONTH_ENDS[0])
        self.company.dealer_rebate_accrual_account_id = self.suspense
        self.accrue(program, MONTH_ENDS[1])
        self.assertRow(self.rows(), accrued=12_400, ledger_accrued=12_400, accrual_difference=0)

    def test_wizard(self):
        wizard = self.env['dealer.rebate.ledger.wizard'].with_user(self.users['auditor']).create({'date': '2026-03-31'})
        self.assertEqual(wizard.action_open()['context']['rebate_until'], '2026-03-31')
