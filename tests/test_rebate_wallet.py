from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.models import BaseModel
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger

from .wallet_common import WalletMixin


class WalletCase(WalletMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-05-04 04:00:00'))
        cls.setUpWallet()

    def make_paid_order(self, amount, quantity=100):
        """A quotation of ``quantity`` taps at 100, of which the wallet pays ``amount``."""
        order = self.make_quotation(self.golden, (self.tap, quantity))
        order.action_use_wallet(amount)
        return order

    def invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def refund(self, invoice, modify=False):
        wizard = (
            self.env['account.move.reversal']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({'journal_id': invoice.journal_id.id, 'reason': 'Returned'})
        )
        action = wizard.modify_moves() if modify else wizard.reverse_moves()
        return self.env['account.move'].browse(action['res_id'])


@tagged('post_install', '-at_install')
class TestWalletPayout(WalletCase):
    """A statement is paid into the wallet, and what was paid too much out of it."""

    def test_paid_into_the_wallet(self):
        payouts = self.make_payouts((self.golden, 3200), (self.silvery, 150.55))
        payouts.with_user(self.users['accountant'])._pay_by_wallet()
        credits = self.env['dealer.rebate.wallet.credit'].search([('payout_id', 'in', payouts.ids)])
        self.assertEqual(sorted(credits.mapped('amount')), [150.55, 3200])
        credit = credits.filtered(lambda credit: credit.dealer_id == self.golden)
        self.assertEqual((credit.remaining, credit.state, credit.max_share), (3200, 'open', 100))
        self.assertEqual(str(credit.date_expiry), '2027-05-04')
        move = credit.payout_id.move_id
        self.assertEqual((move.state, move.journal_id, str(move.date)), ('posted', self.journal, '2026-05-04'))
        self.assertEqual(len(payouts.move_id), 2, 'A statement has an entry of its own.')
        expense, owed = move.line_ids.sorted('balance', reverse=True)
        self.assertEqual(
            (expense.account_id, expense.balance, expense.rebate_role), (self.expense_account, 3200, 'payout')
        )
        self.assertEqual((owed.account_id, owed.balance, owed.rebate_role), (self.wallet_account, -3200, 'wallet'))
        self.assertEqual(move.line_ids.partner_id, self.golden)
        self.assertEqual(move.line_ids.rebate_program_id, self.program)
        self.assertEqual(self.balance_of(self.wallet_account), -3350.55)

    def test_never_expires(self):
        program = self.make_wallet_program('For ever', wallet_months=0)
        self.assertFalse(self.fill_wallet(self.golden, 10, program=program).date_expiry)

    @mute_logger('odoo.sql_db')
    def test_once_a_statement(self):
        payouts = self.make_payouts((self.golden, 10))
        payouts._pay_by_wallet()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            payouts._pay_by_wallet()

    def test_foreign_currency(self):
        currency = self.env['res.currency'].create({'name': 'WLC', 'symbol': 'W', 'rounding': 0.01})
        self.env['res.currency.rate'].create({'currency_id': currency.id, 'name': '2026-01-01', 'rate': 0.5})
        credit = self.fill_wallet(self.golden, 100, currency=currency, expiry='2026-05-03')
        self.assertEqual((credit.amount, credit.currency_id), (100, currency))
        self.assertEqual(self.balance_of(self.wallet_account), -200)
        self.env['res.currency.rate'].create({'currency_id': currency.id, 'name': '2026-05-04', 'rate': 0.4})
        move = credit._expire(self.company)
        self.assertEqual(move.line_ids.sorted('balance').mapped('amount_currency'), [-100, 100])
        self.assertEqual(self.balance_of(self.wallet_account), 0, 'At the rate that it came at.')

    def test_claimed_back(self):
        later = self.fill_wallet(self.golden, 100, expiry='2026-12-31')
        sooner = self.fill_wallet(self.golden, 50, expiry='2026-06-30')
        other = self.fill_wallet(self.silvery, 70)
        claim = self.make_payouts((self.golden, -80))
        claim._pay_by_wallet()
        self.assertEqual((sooner.remaining, later.remaining, other.remaining), (0, 70, 70))
        self.assertEqual((sooner.state, claim.paid, claim.carried_out), ('used', -80, 0))
        self.assertEqual(sorted(claim.move_id.line_ids.mapped('balance')), [-80, 80])
        self.assertEqual(self.balance_of(self.wallet_account), -140)

    def test_claim_beyond_the_wallet_is_carried(self):
        credit = self.fill_wallet(self.golden, 50)
        claim, empty = self.make_payouts((self.golden, -80), (self.silvery, -30))
        (claim | empty)._pay_by_wallet()
        self.assertEqual((claim.paid, claim.carried_out, claim.pay_amount, credit.remaining), (-50, -30, -50, 0))
        self.assertIn('carried', claim.message_ids[0].body)
        self.assertEqual((empty.paid, empty.carried_out, empty.move_id.id), (0, -30, False), 'Nothing to book.')

    def test_what_is_missing_is_said(self):
        payout = self.make_payouts((self.golden, 10))
        payout.state = 'confirmed'
        run = payout.run_id
        run._check_can_be_posted()
        for record, vals, text in (
            (self.company, {'dealer_wallet_account_id': False}, 'an account and a journal'),
            (self.company, {'dealer_wallet_journal_id': False}, 'an account and a journal'),
            (self.program, {'product_id': False}, 'needs a rebate product'),
            (self.company, {'fiscalyear_lock_date': '2026-05-31'}, 'books are locked on 05/04/2026'),
        ):
            with self.subTest(text), self.env.cr.savepoint() as savepoint:
                record.write(vals)
                with self.assertRaisesRegex(UserError, text):
                    run.with_user(self.users['accountant'])._check_can_be_posted()
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def hold(self, *paid, **options):
        """Statements that were held back when their run, of 4 May, was posted."""
        payouts = self.make_payouts(*paid, **options)
        payouts.state = 'held'
        return payouts.with_user(self.users['accountant'])

    def test_released_is_booked_on_the_day_of_its_release(self):
        credit = self.fill_wallet(self.silvery, 100)
        payouts = self.hold((self.golden, 10), (self.silvery, -30))
        with freeze_time('2026-07-20 04:00:00'):
            self.company.fiscalyear_lock_date = '2026-07-31'
            with self.assertRaisesRegex(UserError, 'locked on 07/20/2026, the day of the release'):
                payouts.action_release()
            # Whatever is locked until then is none of its business.
            self.company.fiscalyear_lock_date = '2026-06-30'
            payouts.invalidate_recordset()
            payouts.action_release()
        self.assertEqual({str(move.date) for move in payouts.move_id}, {'2026-07-20'})
        paid = self.env['dealer.rebate.wallet.credit'].search([('payout_id', 'in', payouts.ids)])
        self.assertEqual((str(paid.date), str(paid.date_expiry)), ('2026-07-20', '2027-07-20'))
        self.assertEqual((str(credit.use_ids.date), credit.use_ids.amount), ('2026-07-20', 30))

    def test_released_in_another_currency(self):
        currency = self.env['res.currency'].create({'name': 'WLC', 'symbol': 'W', 'rounding': 0.01})
        rates = self.env['res.currency.rate'].create(
            [
                {'currency_id': currency.id, 'name': day, 'inverse_company_rate': rate, 'company_id': self.company.id}
                for day, rate in (('2026-01-01', 2), ('2026-07-01', 3))
            ]
        )
        payout = self.hold((self.golden, 100), currency=currency)
        payout.sudo().write({'pay_amount': 50, 'pay_rate': 2})
        with freeze_time('2026-07-20 04:00:00'):
            payout.action_release()
        self.assertEqual((payout.pay_rate, payout.pay_amount, payout.pay_difference), (3, 33.33, -0.01))
        credit = self.env['dealer.rebate.wallet.credit'].search([('payout_id', '=', payout.id)])
        self.assertEqual((credit.amount, credit.currency_id), (33.33, currency))
        self.assertEqual(max(payout.move_id.line_ids.mapped('balance')), 99.99)
        late = self.hold((self.golden, 100), currency=currency)
        rates.unlink()
        with self.assertRaisesRegex(UserError, 'no exchange rate'):
            late.action_release()

    def test_wallet_that_pays_nothing(self):
        for share in (0, -1, 100.01):
            with self.subTest(share), self.assertRaisesRegex(ValidationError, 'more than 0 % and at most 100 %'):
                self.program.wallet_max_share = share

    def test_what_is_booked_stays(self):
        credit = self.fill_wallet(self.golden, 50)
        for step in (credit.move_id.button_draft, credit.move_id.button_cancel, credit.move_id._reverse_moves):
            with self.assertRaisesRegex(UserError, 'it stays'):
                step()
        with self.assertRaisesRegex(UserError, 'kept on record'):
            credit.unlink()
        with self.assertRaisesRegex(ValidationError, 'the account that owes it stays'):
            self.company.dealer_wallet_account_id = False


@tagged('post_install', '-at_install')
class TestWalletOrder(WalletCase):
    """An order is paid out of its dealer's wallet."""

    def test_one_line_and_no_more_than_there_is(self):
        self.fill_wallet(self.golden, 3200)
        order = self.make_quotation(self.golden, (self.tap, 100))
        self.assertEqual((order.wallet_limit, order.wallet_paid), (3200, 0))
        with self.assertRaisesRegex(UserError, 'at most'):
            order.action_use_wallet(3200.01)
        order.action_use_wallet(3200)
        line = self.wallet_line(order)
        self.assertEqual((line.price_unit, line.product_uom_qty, line.tax_ids.ids), (-3200, 1, []))
        self.assertEqual((order.amount_untaxed, order.wallet_paid), (6800, 3200))
        order.action_use_wallet(3200)
        self.assertEqual(self.wallet_line(order), line, 'Called twice, it says the same.')
        order.action_use_wallet(1000.5)
        self.assertEqual(order.amount_untaxed, 8999.5)
        order.action_use_wallet(0)
        self.assertFalse(self.wallet_line(order))

    def test_a_quotation_reserves_nothing(self):
        credit = self.fill_wallet(self.golden, 3200)
        first, second = self.make_paid_order(3000), self.make_paid_order(3200)
        self.assertEqual(credit.remaining, 3200)
        first.action_confirm()
        self.assertEqual((credit.remaining, credit.state), (200, 'open'))
        before = second.message_ids
        second.action_confirm()
        self.assertEqual((second.wallet_paid, second.amount_untaxed, credit.remaining), (200, 9800, 0))
        self.assertEqual(credit.state, 'used')
        told = (second.message_ids - before).filtered(lambda message: self.golden in message.partner_ids)
        self.assertIn('no more was left', told.body)

    def test_nothing_left_when_confirmed(self):
        self.fill_wallet(self.golden, 500)
        first, second = self.make_paid_order(500), self.make_paid_order(500)
        first.action_confirm()
        second.action_confirm()
        self.assertFalse(self.wallet_line(second))
        self.assertEqual(second.amount_untaxed, 10000)

    def test_cancelled_gives_back(self):
        credit = self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(3000)
        order.action_confirm()
        order._action_cancel()
        self.assertEqual(credit.remaining, 3200)
        self.assertEqual(credit.use_ids.sorted('id').mapped('amount'), [3000, -3000])
        order.action_draft()
        self.assertEqual((order.wallet_paid, credit.remaining), (3000, 3200))
        order.action_confirm()
        self.assertEqual(credit.remaining, 200)

    def test_confirmed_without_the_button(self):
        credit = self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(3000)
        order.write({'state': 'sale'})
        self.assertEqual(credit.remaining, 200)

    def test_shares_of_programs(self):
        half = self.make_wallet_program('Half', wallet_max_share=50)
        tenth = self.make_wallet_program('Tenth', wallet_max_share=10)
        first = self.fill_wallet(self.golden, 300, program=tenth, expiry='2026-06-30')
        second = self.fill_wallet(self.golden, 300, program=tenth, expiry='2026-07-31')
        third = self.fill_wallet(self.golden, 9000, program=half, expiry='2026-08-31')
        order = self.make_quotation(self.golden, (self.tap, 50))
        self.assertEqual(order.wallet_limit, 3000, 'A tenth of 5,000 and a half of it.')
        order.action_use_wallet(3000)
        order.action_confirm()
        self.assertEqual((first.remaining, second.remaining, third.remaining), (0, 100, 6500))

    def test_first_what_expires_first(self):
        never = self.fill_wallet(self.golden, 100, program=self.make_wallet_program('Never', wallet_months=0))
        later = self.fill_wallet(self.golden, 100, expiry='2026-12-31')
        sooner = self.fill_wallet(self.golden, 100, expiry='2026-06-30')
        self.make_paid_order(150).action_confirm()
        self.assertEqual((sooner.remaining, later.remaining, never.remaining), (0, 50, 100))

    def test_share_is_rounded_down(self):
        third = self.make_wallet_program('Third', wallet_max_share=33.33)
        self.fill_wallet(self.golden, 1000, program=third)
        self.tap.list_price = 0.07
        order = self.make_quotation(self.golden, (self.tap, 1))
        self.assertEqual(order.wallet_limit, 0.02, '33.33 % of 0.07 is 0.0233.')

    def test_follows_the_order(self):
        self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(3200)
        taps = order.order_line.filtered(lambda line: line.product_id == self.tap)
        taps.product_uom_qty = 20
        self.assertEqual(order.amount_untaxed, 0, 'Never more than the order.')
        taps.price_unit = 50
        self.assertEqual((order.wallet_paid, order.amount_untaxed), (1000, 0))
        order.order_line = [Command.create({'product_id': self.sink.id, 'product_uom_qty': 10})]
        self.assertEqual(order.wallet_paid, 3000)
        taps.product_uom_qty = 100
        self.assertEqual(order.wallet_paid, 3200, 'What was asked for.')
        taps.unlink()
        self.assertEqual(order.wallet_paid, 2000)
        self.assertEqual(order.copy().order_line.product_id, self.sink, 'A copy begins anew.')

    def test_confirmed_order_is_lowered(self):
        credit = self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(3200)
        order.action_confirm()
        order.order_line[0].product_uom_qty = 20
        self.assertEqual((order.wallet_paid, credit.remaining), (2000, 1200))
        order.order_line[0].product_uom_qty = 100
        self.assertEqual((order.wallet_paid, credit.remaining), (2000, 1200), 'It takes nothing by itself.')
        with self.assertRaisesRegex(UserError, 'at most'):
            order.action_use_wallet(2500)
        order.action_use_wallet(500)
        self.assertEqual((order.wallet_paid, credit.remaining), (500, 2700))
        order.action_use_wallet(0)
        self.assertEqual((order.wallet_paid, credit.remaining, order.amount_untaxed), (0, 3200, 10000))

    def test_only_ones_own(self):
        self.fill_wallet(self.golden, 3200)
        other = self.env['res.company'].create({'name': 'Other Company'})
        order = self.make_quotation(self.silvery, (self.tap, 10))
        self.assertEqual(order.wallet_limit, 0)
        order = self.make_paid_order(1000)
        order.partner_id = self.silvery
        self.assertFalse(self.wallet_line(order) or order.wallet_asked, 'Not taken along.')
        order = self.make_quotation(self.golden, (self.tap, 10), company_id=other.id)
        self.assertEqual(order.wallet_limit, 0)
        branch = self.env['res.partner'].create({'name': 'Branch', 'parent_id': self.golden.id})
        self.assertEqual(self.make_quotation(branch, (self.tap, 10)).wallet_limit, 1000, 'A contact of the dealer.')

    def test_only_ones_own_currency(self):
        self.fill_wallet(self.golden, 3200)
        euro = self.env.ref('base.EUR' if self.company.currency_id.name != 'EUR' else 'base.USD')
        euro.active = True
        pricelist = self.env['product.pricelist'].create({'name': 'Foreign', 'currency_id': euro.id})
        order = self.make_paid_order(1000)
        order.pricelist_id = pricelist
        self.assertFalse(self.wallet_line(order) or order.wallet_limit)
        order = self.make_paid_order(1000)
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'is paid from a rebate wallet'):
            order.partner_id = self.silvery

    def test_expired_pays_nothing(self):
        self.fill_wallet(self.golden, 3200, expiry='2026-05-04')
        order = self.make_paid_order(1000)
        self.assertEqual(order.wallet_paid, 1000, 'The last day counts.')
        with freeze_time('2026-05-05 04:00:00'):
            self.env.invalidate_all()
            self.assertEqual(self.make_quotation(self.golden, (self.tap, 10)).wallet_limit, 0)
            order.action_confirm()
        self.assertFalse(self.wallet_line(order))

    def test_rules_of_the_channel_see_goods(self):
        self.gold.minimum_order_amount = 900
        self.fill_wallet(self.golden, 3200)
        floor = self.make_list('Floor', level='F')
        self.add_rule(floor, self.tap, price=95)
        self.company.write({'dealer_floor_pricelist_id': floor.id, 'dealer_floor_policy': 'block'})
        order = self.make_paid_order(1000, quantity=10)
        self.assertFalse(order.price_warning)
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ('sale', 0))

    def test_taxes_in_the_price(self):
        tax = self.env['account.tax'].create(
            {'name': 'In the price', 'amount': 13, 'price_include_override': 'tax_included'}
        )
        product = self.company._get_wallet_product()
        product.taxes_id = tax
        self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(100)
        line = self.wallet_line(order)
        self.assertEqual((line.price_subtotal, line.price_unit), (-100, -113))

    def test_nothing_is_earned_or_lost_by_it(self):
        """What the wallet pays is no sale: Odoo's margins, if they are there, stay those of the goods."""
        if 'margin' not in self.env['sale.order.line']._fields:
            self.skipTest('Needs sale_margin.')
        self.fill_wallet(self.golden, 3200)
        self.assertEqual(self.wallet_line(self.make_paid_order(100)).margin, 0)

    def test_discounts_are_of_goods(self):
        """Whoever pays with its wallet gets the discount of whoever pays with money."""
        self.fill_wallet(self.golden, 3200)
        self.company.sale_discount_product_id = self.env['product.product'].create(
            {'name': 'Discount', 'type': 'service', 'taxes_id': False}
        )
        for kind in ('so_discount', 'sol_discount'):
            order = self.make_paid_order(3200)
            order.user_id = self.users['salesman']
            wizard = (
                self.env['sale.order.discount']
                .with_user(self.users['salesman'])
                .create({'sale_order_id': order.id, 'discount_type': kind, 'discount_percentage': 0.1})
            )
            with self.subTest(kind):
                wizard.action_apply_discount()
                self.assertEqual((order.wallet_paid, order.amount_untaxed), (3200, 5800))

    def test_promotions_look_at_goods(self):
        """``sale_loyalty`` asks which lines neither reach its thresholds nor are discounted, nor earn points."""
        self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(3200)
        nothing, everything = (lambda order: order.order_line.browse()), (lambda order: order.order_line)
        with (
            patch.object(BaseModel, '_get_no_effect_on_threshold_lines', nothing, create=True),
            patch.object(BaseModel, '_get_not_rewarded_order_lines', everything, create=True),
        ):
            self.assertEqual(order._get_no_effect_on_threshold_lines(), self.wallet_line(order))
            self.assertEqual(order._get_not_rewarded_order_lines().product_id, self.tap)

    def test_prices_brought_up_to_date(self):
        self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(3200)
        self.add_rule(self.pricelist_gold, percent=80)
        order.action_update_prices()
        self.assertEqual((order.wallet_paid, order.amount_untaxed), (2000, 0))


@tagged('post_install', '-at_install')
class TestWalletAttacks(WalletCase):
    """Nobody takes more out of a wallet than is in it, whichever way."""

    def test_mark_cannot_be_set(self):
        salesman = self.users['salesman']
        orders = self.env['sale.order'].with_user(salesman).with_context(default_is_rebate_wallet=True)
        order = orders.create(
            {
                'partner_id': self.golden.id,
                'wallet_asked': 100,
                'order_line': [
                    Command.create({'product_id': self.tap.id}),
                    Command.create({'product_id': self.sink.id, 'price_unit': -10, 'is_rebate_wallet': True}),
                ],
            }
        )
        self.assertFalse(any(order.order_line.mapped('is_rebate_wallet')))
        self.assertEqual(order.wallet_asked, 0)
        with self.assertRaises(AccessError):
            order.order_line[0].is_rebate_wallet = True
        with self.assertRaises(AccessError):
            order.wallet_asked = 5

    def test_line_cannot_be_written(self):
        self.fill_wallet(self.golden, 3200)
        order = self.make_paid_order(1000)
        order.user_id = self.users['salesman']
        line = self.wallet_line(order).with_user(self.users['salesman'])
        for vals in (
            {'price_unit': -3000},
            {'product_uom_qty': 2},
            {'product_id': self.sink.id},
            {'discount': -50},
            {'order_id': self.make_quotation(self.silvery).id},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'is chosen by the button'):
                line.write(vals)
        line.write({'price_unit': -1000, 'sequence': 99})
        with Form(order.with_user(self.users['salesman'])) as form:
            form.client_order_ref = 'As a form saves it'
        line.unlink()
        self.assertFalse(order.wallet_asked or order.wallet_paid)

    def test_wallets_are_written_by_the_rules_alone(self):
        credit = self.fill_wallet(self.golden, 3200)
        for role in ('accountant', 'manager', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                credit.with_user(self.users[role]).write({'amount': 9999})
        with self.assertRaises(AccessError):
            self.env['dealer.rebate.wallet.use'].with_user(self.users['accountant']).create(
                {'credit_id': credit.id, 'kind': 'back', 'date': '2026-05-04', 'amount': -5}
            )
        with self.assertRaises(AccessError):
            order = self.make_quotation(self.golden)
            order.with_user(self.users['employee']).action_use_wallet(1)

    def test_amounts_that_are_none(self):
        self.fill_wallet(self.golden, 3200)
        order = self.make_quotation(self.golden)
        for amount in (-1, float('nan'), float('inf'), '5', None, True, [1]):
            with self.subTest(amount), self.assertRaisesRegex(UserError, '0 or more'):
                order.action_use_wallet(amount)

    @mute_logger('odoo.sql_db')
    def test_the_database_has_the_last_word(self):
        credit = self.fill_wallet(self.golden, 100)
        uses = self.env['dealer.rebate.wallet.use']
        vals = {'credit_id': credit.id, 'kind': 'order', 'date': '2026-05-04'}
        for taken in ([{**vals, 'amount': 100.01}], [{**vals, 'amount': 60}, {**vals, 'amount': 41}]):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                uses.create(taken)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            uses.create({**vals, 'kind': 'back', 'amount': -1})

    def test_own_dealers(self):
        credit, other = self.fill_wallet(self.golden, 10), self.fill_wallet(self.silvery, 10)
        self.golden.channel_account_manager_id = self.users['staff_own']
        for role, seen in (('staff_own', credit), ('staff', credit | other), ('auditor', credit | other)):
            found = self.env['dealer.rebate.wallet.credit'].with_user(self.users[role])
            self.assertEqual(found.search([('id', 'in', (credit | other).ids)]), seen)
        self.assertIn('10.00', self.golden.with_user(self.users['staff_own']).wallet_balance)

    def test_salesman_uses_it_without_reading_wallets(self):
        credit = self.fill_wallet(self.golden, 3200)
        order = self.make_quotation(self.golden, (self.tap, 50), user_id=self.users['salesman'].id)
        order = order.with_user(self.users['salesman'])
        wizard = (
            self.env['dealer.rebate.wallet.wizard']
            .with_user(self.users['salesman'])
            .with_context(active_model='sale.order', active_id=order.id)
            .create({})
        )
        self.assertEqual(wizard.amount, 3200)
        wizard.action_apply()
        order.action_confirm()
        self.assertEqual((order.wallet_paid, credit.remaining), (3200, 0))


@tagged('post_install', '-at_install')
class TestWalletInvoices(WalletCase):
    """The books and the wallet agree, whatever is invoiced and credited."""

    def owed(self):
        """What the ledger says that dealers may still use, and what their wallets say."""
        credits = self.env['dealer.rebate.wallet.credit'].search([('dealer_id', '=', self.golden.id)])
        return -self.balance_of(self.wallet_account), sum(credits.mapped('remaining'))

    def confirm(self, amount, quantity=100):
        order = self.make_paid_order(amount, quantity)
        order.action_confirm()
        return order

    def test_invoiced(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        invoice = self.invoice(order)
        self.assertEqual((invoice.amount_untaxed, order.invoice_status), (6800, 'invoiced'))
        item = invoice.invoice_line_ids.filtered(lambda item: item.rebate_role == 'wallet')
        self.assertEqual((item.account_id, item.balance), (self.wallet_account, 3200))
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(self.balance_of(self.sales_account), -10000, 'The sale is what was sold.')

    def test_credited_gives_back(self):
        credit = self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        credit_note = self.refund(self.invoice(order))
        self.assertEqual(self.owed(), (0, 0), 'A draft gives nothing back.')
        credit_note.action_post()
        self.assertEqual(self.owed(), (3200, 3200))
        self.assertEqual((order.wallet_paid, self.wallet_line(order).qty_to_invoice), (0, 0))
        credit_note.button_draft()
        self.assertEqual(self.owed(), (0, 0))
        credit_note.action_post()
        other = self.confirm(3200)
        self.assertEqual(other.wallet_paid, 3200)
        with self.assertRaisesRegex(UserError, 'has only'):
            credit_note.button_draft()
        self.assertEqual(credit.remaining, 0)

    def test_credited_in_part(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        credit_note = self.refund(self.invoice(order))
        item = credit_note.invoice_line_ids.filtered(lambda item: item.rebate_role == 'wallet')
        item.price_unit = -1000
        credit_note.action_post()
        self.assertEqual(self.owed(), (1000, 1000))
        self.assertEqual((order.wallet_paid, self.wallet_line(order).qty_to_invoice), (2200, 0))

    def test_credited_and_invoiced_anew(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        invoice = self.refund(self.invoice(order), modify=True)
        self.assertEqual(self.owed(), (3200, 3200))
        invoice.invoice_date = '2026-05-04'
        invoice.action_post()
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual((order.wallet_paid, self.wallet_line(order).qty_to_invoice), (3200, 0))

    def test_invoiced_in_parts(self):
        self.tap.invoice_policy = 'delivery'
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        taps = order.order_line.filtered(lambda line: line.product_id == self.tap)
        with self.assertRaises(UserError):
            order._create_invoices()
        taps.qty_delivered = 20
        self.assertEqual(self.invoice(order).amount_untaxed, 0, 'The wallet pays all of the first 2,000.')
        taps.qty_delivered = 100
        self.assertEqual(self.invoice(order).amount_untaxed, 6800)
        self.assertEqual(self.owed(), (0, 0))
        self.assertEqual(sum(order.invoice_ids.mapped('amount_untaxed')), order.amount_untaxed)

    def test_lowered_after_it_was_invoiced(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        self.invoice(order)
        order.action_use_wallet(2200)
        self.assertEqual(self.owed(), (0, 0), 'What was invoiced is held until it is credited.')
        debit = order._create_invoices(final=True)
        self.assertEqual((debit.move_type, debit.amount_untaxed), ('out_invoice', 1000))
        debit.action_post()
        self.assertEqual(self.owed(), (1000, 1000))
        self.assertEqual(order.wallet_paid, 2200)

    def test_cancelled_after_it_was_invoiced(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        invoice = self.invoice(order)
        order._action_cancel()
        self.assertEqual(self.owed(), (0, 0), 'The invoice still uses it.')
        self.refund(invoice).action_post()
        self.assertEqual(self.owed(), (3200, 3200))

    def test_invoice_cannot_say_more(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(1000)
        invoice = order._create_invoices()
        item = invoice.invoice_line_ids.filtered(lambda item: item.rebate_role == 'wallet')
        item.price_unit = -3300
        with self.assertRaisesRegex(UserError, 'which says'):
            invoice.action_post()
        copied = invoice.copy({'invoice_date': '2026-05-04'})
        with self.assertRaisesRegex(UserError, 'none of an order'):
            copied.action_post()

    def test_account_follows_the_settings(self):
        self.fill_wallet(self.golden, 3200)
        invoice = self.confirm(1000)._create_invoices()
        item = invoice.invoice_line_ids.filtered(lambda item: item.rebate_role == 'wallet')
        self.assertEqual(item.account_id, self.wallet_account)
        self.assertNotIn(self.wallet_account, (invoice.invoice_line_ids - item).account_id)

    def test_locked_order_gives_back(self):
        self.fill_wallet(self.golden, 3200)
        order = self.confirm(3200)
        order.action_lock()
        self.refund(self.invoice(order)).action_post()
        self.assertEqual(self.owed(), (3200, 3200))


@tagged('post_install', '-at_install')
class TestWalletJob(WalletCase):
    """What is not used in time is booked, and announced before."""

    def run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_rebate_wallet').method_direct_trigger()
        self.env.invalidate_all()

    def test_expiry_is_booked_once(self):
        credits = self.fill_wallet(self.golden, 100, expiry='2026-05-03') | self.fill_wallet(
            self.silvery, 50.5, expiry='2026-05-01'
        )
        kept = self.fill_wallet(self.golden, 10, expiry='2026-05-04')
        self.run_job()
        self.assertEqual(credits.mapped('state'), ['expired', 'expired'])
        self.assertEqual((kept.state, kept.remaining), ('open', 10))
        move = credits.use_ids.move_id
        self.assertEqual((len(move), move.state, str(move.date)), (1, 'posted', '2026-05-04'))
        self.assertEqual(self.balance_of(self.wallet_account), -10)
        self.assertEqual(self.balance_of(self.expense_account), 10)
        self.assertEqual(set(move.line_ids.mapped('rebate_role')), {'wallet'})
        self.run_job()
        self.assertEqual(credits.use_ids.move_id, move)
        with self.assertRaisesRegex(UserError, 'it stays'):
            move.button_draft()

    def test_given_back_too_late_expires(self):
        credit = self.fill_wallet(self.golden, 100, expiry='2026-05-04')
        order = self.make_paid_order(100)
        order.action_confirm()
        with freeze_time('2026-05-10 04:00:00'):
            order._action_cancel()
            self.assertEqual(credit.remaining, 100)
            self.assertNotIn((self.golden, credit.currency_id), credit._get_balances(self.golden))
            self.run_job()
        self.assertEqual((credit.remaining, credit.state), (0, 'expired'))

    def test_locked_books(self):
        credit = self.fill_wallet(self.golden, 100, expiry='2026-05-03')
        self.company.fiscalyear_lock_date = '2026-05-31'
        move = credit._expire(self.company)
        self.assertEqual(str(move.date), '2026-06-01')
        self.assertIn('locked until', move.narration)

    def test_told_once(self):
        self.golden.email = 'golden@example.com'
        soon = self.fill_wallet(self.golden, 100, expiry='2026-05-20') | self.fill_wallet(
            self.golden, 50, expiry='2026-06-03'
        )
        later = self.fill_wallet(self.golden, 10, expiry='2026-06-04')
        self.run_job()
        self.assertTrue(all(soon.mapped('told_date')) and not later.told_date)
        mails = self.env['mail.mail'].search([('model', '=', soon._name), ('res_id', 'in', (soon | later).ids)])
        self.assertEqual(len(mails), 1, 'One mail about all of it.')
        self.assertIn('100.00', mails.body_html)
        self.assertIn('50.00', mails.body_html)
        self.assertNotIn('10.00', mails.body_html.replace('100.00', ''))
        self.run_job()
        again = self.env['mail.mail'].search([('model', '=', soon._name), ('res_id', 'in', (soon | later).ids)])
        self.assertEqual(again, mails)

    def test_not_told_if_the_company_does_not_want_to(self):
        self.company.dealer_wallet_notice_days = 0
        credit = self.fill_wallet(self.golden, 100, expiry='2026-05-20')
        self.run_job()
        self.assertFalse(credit.told_date)
