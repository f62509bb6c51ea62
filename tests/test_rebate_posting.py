from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_management.models import dealer_rebate_run_post

from .rebate_common import RebateCase
from .rebate_posting_common import DAY, PostingMixin


class PostingCase(PostingMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpPosting()

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_rebate_post').method_direct_trigger()
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestDocuments(PostingCase):
    """Each method's document: the exact amount, the right day, partner, reference and role."""

    def test_credit_note(self):
        run = self.make_run(12400, -300.5, 0)
        credit, debit, nothing = self.post(run)
        self.assertEqual(run.state, 'done')
        self.assertEqual({credit.state, debit.state, nothing.state}, {'posted'})
        self.assertFalse(nothing.move_id, 'Nothing is paid: nothing to document.')
        move = credit.move_id
        self.assertEqual(
            (move.move_type, move.state, str(move.invoice_date), str(move.date)), ('out_refund', 'posted', DAY, DAY)
        )
        self.assertEqual((move.partner_id, move.ref, move.invoice_origin), (credit.dealer_id, credit.name, credit.name))
        self.assertEqual((move.amount_untaxed, move.amount_total, str(move.invoice_date_due)), (12400, 12400, DAY))
        line = move.invoice_line_ids
        self.assertEqual(
            (line.product_id, line.rebate_role, line.rebate_program_id), (self.rebate_product, 'payout', run.program_id)
        )
        self.assertIn(credit.name, line.name)
        self.assertEqual((debit.move_id.move_type, debit.move_id.amount_untaxed), ('out_invoice', 300.5))
        self.assertEqual(move.create_uid, self.accountant, 'Booked in the name of who posted it.')

    def test_vendor_bill(self):
        paid, claimed = self.post(self.make_run(500, -20, payout_method='vendor_bill'))
        self.assertEqual((paid.move_id.move_type, paid.move_id.amount_untaxed), ('in_invoice', 500))
        self.assertEqual((paid.move_id.ref, paid.move_id.state), (paid.name, 'posted'))
        self.assertEqual((claimed.move_id.move_type, claimed.move_id.amount_untaxed), ('in_refund', 20))

    def test_taxes_leave_what_is_paid(self):
        tax = self.env['account.tax'].create({'name': '13 %', 'amount': 13, 'price_include_override': 'tax_excluded'})
        included = tax.copy({'name': '13 % in the price', 'price_include_override': 'tax_included'})
        odd = [99.99, 100.01, 0.01, 12345.67, 3333.33]
        for taxes in (tax, included):
            with self.subTest(taxes.name):
                self.rebate_product.taxes_id = taxes
                payouts = self.post(self.make_run(*odd))
                self.assertEqual(payouts.move_id.invoice_line_ids.tax_ids, taxes)
                self.assertEqual([payout.move_id.amount_untaxed for payout in payouts], odd)
                for payout in payouts:
                    self.assertAlmostEqual(payout.move_id.amount_tax, payout.paid * 0.13, delta=0.0051)

    def make_included_taxes(self, *rates, **vals):
        return self.env['account.tax'].create(
            [
                {'name': f'{rate} %', 'amount': rate, 'price_include_override': 'tax_included', 'sequence': n, **vals}
                for n, rate in enumerate(rates)
            ]
        )

    def test_taxes_that_need_the_price_beside(self):
        self.rebate_product.taxes_id = self.make_included_taxes(1.23, 7.7, include_base_amount=True)
        payouts = self.post(self.make_run(33.85, 100, 0.07))
        self.assertEqual([payout.move_id.amount_untaxed for payout in payouts], [33.85, 100, 0.07])
        self.assertEqual(payouts[0].move_id.amount_total, 36.91)

    def test_taxes_that_cannot_be_exact(self):
        """Where no price leaves what is paid, the dealer is named, and nothing is booked."""
        self.rebate_product.taxes_id = self.make_included_taxes(100, amount_type='division')
        with self.assertRaisesRegex(UserError, 'do not let the document of Dealer 0 come to'):
            self.post(self.make_run(10))

    def test_currency_without_decimals(self):
        yen = self.env.ref('base.JPY')
        yen.active = True
        self.env['res.currency.rate'].create({'currency_id': yen.id, 'rate': 150, 'name': '2026-01-01'})
        payouts = self.post(self.make_run(12345, payout_currency_id=yen.id))
        self.assertEqual((payouts.move_id.currency_id, payouts.move_id.amount_untaxed), (yen, 12345))
        self.assertAlmostEqual(payouts.move_id.invoice_line_ids.balance, 82.3)

    def test_dealers_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        program = self.make_posting_program()
        program.with_context(lang='fr_FR').title = 'Remise annuelle'
        dealer = self.make_dealer('French', lang='fr_FR')
        payout = self.post(self.make_run(10, program=program, dealers=[dealer]))
        self.assertIn('Remise annuelle', payout.move_id.invoice_line_ids.name)
        self.assertIn('Remise annuelle', payout.move_id.narration)

    def test_oldest_invoices_first(self):
        dealer, other = self.make_dealer('Owing'), self.make_dealer('Other')
        late, early, paid_by_nobody = (
            self.make_open_invoice(dealer, amount, day)
            for amount, day in ((100, '2026-03-01'), (80, '2026-01-05'), (60, '2026-04-01'))
        )
        others = self.make_open_invoice(other, 500, '2025-01-01')
        payouts = self.post(self.make_run(120, 30, dealers=[dealer, other], reconcile_oldest=True))
        self.assertEqual([move.amount_residual for move in (early, late, paid_by_nobody, others)], [0, 60, 60, 470])
        self.assertEqual(payouts.move_id.mapped('amount_residual'), [0, 0])

    def test_no_set_off_unless_asked(self):
        dealer = self.make_dealer('Owing')
        invoice = self.make_open_invoice(dealer, 80, '2026-01-05')
        payout = self.post(self.make_run(120, dealers=[dealer]))
        self.assertEqual((invoice.amount_residual, payout.move_id.amount_residual), (80, 120))

    def test_released_after_the_run(self):
        run = self.make_run(10, 20)
        held = run.payout_ids.sorted('id')[0]
        held.with_user(self.approver).action_hold('Disputed')
        self.post(run)
        self.assertEqual((run.state, held.state, held.hold_reason), ('done', 'held', 'Disputed'))
        self.assertFalse(held.move_id)
        with self.assertRaises(AccessError):
            held.with_user(self.approver).action_release()
        held.with_user(self.accountant).action_release()
        held.with_user(self.accountant).action_release()
        self.assertEqual((held.state, held.move_id.amount_untaxed), ('posted', 10))
        self.assertEqual(held.move_id.invoice_date, run.company_id._get_dealer_date())


@tagged('post_install', '-at_install')
class TestFreeGoods(PostingCase):
    """An order at no charge, which no floor and no minimum stops, and which nobody else can make or bend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.free = cls.env['product.product'].create(
            {'name': 'Free', 'type': 'consu', 'list_price': 50, 'invoice_policy': 'order'}
        )
        floor = cls.env['product.pricelist'].create({'name': 'Floor', 'company_id': cls.company.id})
        cls.env['product.pricelist.item'].create(
            {'pricelist_id': floor.id, 'compute_price': 'percentage', 'percent_price': 10}
        )
        cls.company.write({'dealer_floor_pricelist_id': floor.id, 'dealer_floor_policy': 'block'})
        cls.silver.minimum_order_amount = 1000

    def make_free_run(self, *quantities, **vals):
        program = self.make_posting_program(
            measure='quantity',
            uom_id=self.free.uom_id.id,
            reward='free_goods',
            payout_method='free_goods',
            free_product_id=self.free.id,
            band_ids=[Command.create({'threshold': 10, 'buy_quantity': 10, 'free_quantity': 1})],
        )
        return self.make_run(*quantities, program=program, **vals)

    def give(self, *quantities, **vals):
        return self.post(self.make_free_run(*quantities, **vals))

    def test_order(self):
        dealer = self.make_dealer('Silver', grade_id=self.silver.id)
        payout = self.give(12, dealers=[dealer])
        order = payout.sale_order_id
        self.assertEqual(
            (order.state, order.partner_id, order.origin), ('sale', dealer, payout.name), order.activity_ids.note
        )
        line = order.order_line
        self.assertEqual(
            (line.product_id, line.product_uom_qty, line.price_unit, line.is_free_goods), (self.free, 12, 0, True)
        )
        self.assertEqual(order.amount_total, 0)
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 12)

    def test_its_invoice_counts_in_no_rebate(self):
        payout = self.give(3)
        line = payout.sale_order_id._create_invoices().invoice_line_ids
        self.assertEqual((line.rebate_role, line.rebate_program_id), ('payout', payout.program_id))
        self.assertFalse(line.price_subtotal)
        line.move_id.action_post()
        reverse = line.move_id.with_user(self.accountant)._reverse_moves()
        self.assertEqual(
            (reverse.invoice_line_ids.rebate_role, reverse.invoice_line_ids.rebate_program_id),
            ('payout', payout.program_id),
            'Nor does its reversal.',
        )

    def test_refused_order_waits(self):
        dealer = self.make_dealer('Suspended')
        run = self.make_free_run(3, dealers=[dealer])
        dealer.write({'dealer_state': 'suspended', 'dealer_state_reason': 'Fraud'})
        payout = self.post(run)
        self.assertEqual((payout.state, payout.sale_order_id.state), ('posted', 'draft'))
        self.assertIn('Suspended', payout.sale_order_id.activity_ids.note)

    def test_nobody_gives_away(self):
        salesman = self.users['salesman']
        dealer = self.make_dealer('Dealer', grade_id=self.bare.id)
        order = self.make_order(dealer, user_id=salesman.id).with_user(salesman)
        with self.assertRaises(AccessError):
            order.order_line.is_free_goods = True
        with self.assertRaises(AccessError):
            order.write({'order_line': [Command.create({'product_id': self.free.id, 'is_free_goods': True})]})
        given = self.give(2, dealers=[dealer]).sale_order_id
        given.user_id = salesman
        given = given.with_user(salesman)
        for vals in (
            {'product_uom_qty': 20},
            {'product_id': self.product.id},
            {'price_unit': 1},
            {'is_free_goods': False},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                given.order_line.write(vals)
        given.order_line.write({'product_uom_qty': 2, 'name': 'As it was'})
        with self.assertRaises(UserError):
            given.partner_id = self.make_dealer('Friend')
        with self.assertRaises(UserError):
            given.order_line.unlink()
        copied = given.copy()
        self.assertFalse(copied.order_line.is_free_goods)
        self.assertEqual(copied.order_line.price_unit, 50, 'A copy is paid for.')

    def test_stays_free(self):
        order = self.give(2).sale_order_id
        order.order_line.with_context(force_price_recomputation=True)._compute_price_unit()
        self.assertEqual(order.order_line.price_unit, 0)

    def test_is_not_cancelled(self):
        order = self.give(2).sale_order_id
        order.user_id = self.users['salesman']
        for step in (order.action_cancel, order.with_user(self.users['salesman'])._action_cancel):
            with self.assertRaisesRegex(UserError, 'cannot be cancelled.*corrected by the next settlement'):
                step()
            self.env.invalidate_all()
        other = self.make_order(order.partner_id)
        other.action_cancel()
        self.assertEqual((order.state, other.state), ('sale', 'cancel'))

    def test_cannot_be_claimed_back(self):
        with self.assertRaisesRegex(UserError, 'cannot be claimed back'):
            self.give(5, -1)


@tagged('post_install', '-at_install')
class TestPostingFlow(PostingCase):
    """Who posts what when; in batches, once, and all or nothing."""

    def count_moves(self):
        return self.env['account.move'].search_count([])

    def test_twice_pays_once(self):
        run = self.make_run(10, 20)
        first = self.post(run).move_id
        self.assertEqual(self.post(run).move_id, first)
        self.assertEqual(self.count_moves(), self.env['account.move'].search_count([('id', 'in', first.ids)]))
        run.payout_ids._post_batch()
        self.assertEqual(run.payout_ids.sorted('id').move_id, first)

    def test_only_accountants(self):
        run = self.make_run(10)
        for role in ('manager', 'staff', 'auditor', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                run.with_user(self.users[role]).action_post()
        plain = new_test_user(self.env, 'plain_accountant', 'account.group_account_invoice')
        run.with_user(plain).action_post()
        self.assertEqual(run.payout_ids.move_id.state, 'posted')

    def test_only_confirmed(self):
        for state in ('draft', 'preview', 'cancelled'):
            with self.subTest(state), self.assertRaisesRegex(UserError, 'has to be confirmed'):
                self.post(self.make_run(10, state=state))

    def test_steps_are_not_written(self):
        run = self.make_run(10).with_user(self.accountant)
        for vals in ({'state': 'done'}, {'posted_by_id': self.approver.id}, {'posting_stopped': 'no'}):
            with self.subTest(vals), self.assertRaises(AccessError):
                run.write(vals)
        with self.assertRaisesRegex(UserError, 'cancel it to settle something else'):
            run.date = '2026-05-05'
        with self.assertRaisesRegex(UserError, 'kept on record'):
            run.unlink()
        with self.assertRaises(AccessError):
            run.payout_ids.state = 'posted'
        made = self.env['dealer.rebate.run'].with_user(self.accountant)
        made = made.create(
            {'program_id': self.make_posting_program().id, 'period_to': '2026-03-31', 'state': 'confirmed'}
        )
        self.assertEqual(made.state, 'draft')

    def test_large_runs_in_the_background(self):
        self.patch(dealer_rebate_run_post, 'BATCH', 2)
        run = self.make_run(1, 2, 3, 4, 5)
        held = run.payout_ids.sorted('id')[1]
        held.with_user(self.accountant).action_hold('Disputed')
        self.post(run)
        self.assertEqual((run.state, run.to_post_count, run.progress), ('posting', 4, 0))
        run.with_user(self.accountant).sudo()._post_next_batch()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.posted_count, run.progress, run.posted_amount), ('posting', 2, 50, 4))
        self.run_job()
        self.assertEqual((run.state, run.posted_count, run.held_count), ('done', 4, 1))
        self.assertEqual((run.paid, run.posted_amount, run.held_amount), (15, 13, 2))
        self.assertEqual(sum(run.payout_ids.move_id.mapped('amount_untaxed')), 13)

    @mute_logger('odoo.addons.base.models.ir_cron')
    def test_stopped_in_the_background(self):
        """What comes in the way after the first batches is told to who posted; whoever mends it goes on."""
        self.patch(dealer_rebate_run_post, 'BATCH', 2)
        run = self.make_run(1, 2, 3)
        self.post(run)
        dealer = run.payout_ids.sorted('id')[2].dealer_id
        dealer.active = False
        self.run_job()
        self.assertEqual((run.state, run.posted_count), ('posting', 2))
        self.assertIn(dealer.name, run.posting_stopped)
        self.assertEqual(run.activity_ids.user_id, self.accountant)
        self.run_job()
        self.assertEqual(run.posted_count, 2, 'It waits for somebody to mend it.')
        dealer.active = True
        self.post(run)
        self.assertEqual((run.state, run.posting_stopped), ('done', False))
        self.assertEqual(len(run.payout_ids.move_id), 3)

    def test_hold_needs(self):
        run = self.make_run(10, 20)
        payout = run.payout_ids[0]
        for role in ('staff', 'auditor', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                payout.with_user(self.users[role]).action_hold('Why not')
        with self.assertRaisesRegex(UserError, 'give a reason'):
            payout.with_user(self.accountant).action_hold(' ')
        wizard = (
            self.env['dealer.reason.wizard']
            .with_user(new_test_user(self.env, 'plain_accountant', 'account.group_account_invoice'))
            .with_context(active_ids=payout.ids)
            .create({'step': 'rebate_hold', 'reason': 'Disputed'})
        )
        wizard.action_apply()
        wizard.action_apply()
        self.assertEqual((payout.state, payout.hold_reason), ('held', 'Disputed'))
        payout.with_user(self.accountant).action_release()
        self.assertEqual((payout.state, payout.hold_reason), ('confirmed', False), 'The run posts it.')
        self.post(run)
        with self.assertRaisesRegex(UserError, 'only those in the state'):
            payout.with_user(self.accountant).action_hold('Too late')

    def test_query_count(self):
        """A few statements a document, however many there are: what is beyond Odoo's own is asked once."""
        small, large = (self.make_run(*[10] * number) for number in (5, 25))
        warm = self.make_run(10, 20)
        self.post(warm)
        counts = []
        for run in (small, large):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.post(run)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess((counts[1] - counts[0]) / 20, 10, counts)


@tagged('post_install', '-at_install')
class TestObstacles(PostingCase):
    """Whatever cannot be booked is said in one sentence each, at once, and nothing is written."""

    def assertRefused(self, pattern, run):
        moves, states = self.env['account.move'].search_count([]), run.payout_ids.mapped('state')
        with self.assertRaisesRegex(UserError, pattern):
            run.with_user(self.accountant).action_post()
        self.env.invalidate_all()
        self.assertEqual(self.env['account.move'].search_count([]), moves)
        self.assertEqual((run.state, run.payout_ids.mapped('state')), ('confirmed', states))

    def test_product(self):
        with self.assertRaisesRegex(UserError, 'choose the rebate product'):
            self.make_posting_program(product_id=False)
        run = self.make_run(10)
        # Where it is booked may be changed at any time.
        run.program_id.with_user(self.approver).product_id = False
        self.assertRefused('"Yearly Rebate" has no rebate product', run)
        run.program_id.with_user(self.approver).product_id = self.rebate_product
        with self.assertRaises(AccessError):
            run.program_id.with_user(self.users['staff']).product_id = self.goods
        self.post(run)
        self.assertEqual(run.state, 'done')

    def test_archived_product(self):
        run = self.make_run(10)
        self.rebate_product.active = False
        self.assertRefused('"Rebate" of the program "Yearly Rebate" is archived', run)

    def test_account(self):
        self.rebate_product.categ_id = self.env['product.category'].create(
            {'name': 'Without accounts', 'property_account_income_categ_id': False}
        )
        self.company.income_account_id = False
        self.assertRefused('has no account', self.make_run(10))

    def test_taxes_of_another_company(self):
        other = self.env['res.company'].create({'name': 'Other'})
        group = self.env['account.tax.group'].create({'name': 'Other', 'company_id': other.id})
        self.rebate_product.taxes_id = self.env['account.tax'].create(
            {
                'name': 'Other',
                'amount': 5,
                'company_id': other.id,
                'tax_group_id': group.id,
                'country_id': self.company.account_fiscal_country_id.id,
            }
        )
        self.assertRefused('only taxes of other companies', self.make_run(10))

    def test_journal(self):
        purchases = self.env['account.journal'].search(
            [('type', '=', 'purchase'), ('company_id', '=', self.company.id)], limit=1
        )
        with self.assertRaisesRegex(UserError, 'is no journal for documents'):
            self.make_posting_program(journal_id=purchases.id)
        journal = self.env['account.journal'].create({'name': 'Rebates', 'code': 'RBT', 'type': 'sale'})
        run = self.make_run(10, journal_id=journal.id)
        journal.active = False
        self.assertRefused('The journal "Rebates" of the program "Yearly Rebate" is archived', run)
        journal.active = True
        self.assertEqual(self.post(run).move_id.journal_id, journal)

    def test_locked_books(self):
        run = self.make_run(10)
        self.company.sale_lock_date = '2026-04-30'
        self.assertRefused('The books are locked on 04/10/2026.*Sales Lock', run)
        self.company.sale_lock_date = False
        self.company.fiscalyear_lock_date = '2026-04-30'
        self.assertRefused('The books are locked', run)

    def test_currency(self):
        euro = self.env['res.currency'].create({'name': 'XEU', 'symbol': 'X', 'rounding': 0.01})
        run = self.make_run(10, payout_currency_id=euro.id)
        self.assertRefused('no exchange rate of XEU on 04/10/2026', run)
        self.env['res.currency.rate'].create({'currency_id': euro.id, 'rate': 2, 'name': '2026-04-11'})
        self.assertRefused('no exchange rate of XEU', run)
        self.env['res.currency.rate'].create({'currency_id': euro.id, 'rate': 4, 'name': '2026-04-10'})
        payout = self.post(run)
        self.assertEqual((payout.move_id.currency_id, payout.move_id.amount_untaxed), (euro, 10))
        self.assertEqual(payout.move_id.invoice_line_ids.balance, 2.5)

    def test_dealers_all_at_once(self):
        run = self.make_run(10, 20, 30)
        self.rebate_product.active = False
        first, second, _third = run.payout_ids.sorted('id').dealer_id
        first.active = False
        second.property_account_receivable_id = False
        self.env['ir.default'].search([('field_id.name', '=', 'property_account_receivable_id')]).unlink()
        self.env.invalidate_all()
        self.assertRefused(
            '(?s)Archived dealers.*Dealer 0.*without an account.*"Rebate" of the program "Yearly Rebate" is archived',
            run,
        )

    def test_nothing_to_pay_needs_nothing(self):
        run = self.make_run(0)
        self.rebate_product.active = False
        self.company.fiscalyear_lock_date = '2026-04-30'
        self.post(run)
        self.assertEqual((run.state, run.payout_ids.state), ('done', 'posted'))


@tagged('post_install', '-at_install')
class TestKeptOnRecord(PostingCase):
    """What pays a statement is not edited, not taken back and not reversed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payout = cls.post(cls.make_run(100))
        cls.move = cls.payout.move_id.with_user(cls.accountant)

    def test_neither_draft_nor_deleted(self):
        for attempt in (self.move.button_draft, self.move.button_cancel, self.move.unlink):
            with (
                self.subTest(attempt.__name__),
                self.assertRaisesRegex(UserError, 'by the next settlement|a posted journal item'),
            ):
                attempt()
        with self.assertRaisesRegex(UserError, self.payout.name):
            self.move.sudo().state = 'draft'
        self.assertEqual(self.move.state, 'posted')

    def test_other_documents_as_ever(self):
        invoice = self.make_open_invoice(self.payout.dealer_id, 10, DAY).with_user(self.accountant)
        invoice.button_draft()
        invoice.unlink()
        self.assertFalse(invoice.exists())

    def test_not_reversed(self):
        invoice = self.make_open_invoice(self.payout.dealer_id, 10, DAY).with_user(self.accountant)
        for cancel in (False, True):
            with self.subTest(cancel), self.assertRaisesRegex(UserError, 'corrected by the next settlement'):
                (invoice | self.move)._reverse_moves(cancel=cancel)
            self.env.invalidate_all()
        reverse = invoice._reverse_moves()
        with self.assertRaisesRegex(UserError, 'corrected by the next settlement'):
            reverse.reversed_entry_id = self.move
        wizard = self.env['account.move.reversal'].with_user(self.accountant)
        wizard = wizard.with_context(active_model='account.move', active_ids=self.move.ids)
        with self.assertRaisesRegex(UserError, self.payout.name):
            wizard.create({'journal_id': self.move.journal_id.id, 'reason': 'Wrong'}).modify_moves()

    def test_roles_are_not_written(self):
        invoice = self.make_open_invoice(self.payout.dealer_id, 10, DAY).with_user(self.accountant)
        line = invoice.invoice_line_ids
        with self.assertRaises(AccessError):
            line.rebate_role = 'payout'
        with self.assertRaises(AccessError):
            self.move.invoice_line_ids.rebate_role = False
        forged = invoice.create(
            {
                'move_type': 'out_invoice',
                'partner_id': self.payout.dealer_id.id,
                'invoice_line_ids': [Command.create({'name': 'Forged', 'rebate_role': 'payout'})],
            }
        )
        for move in (forged, self.move.copy()):
            self.assertEqual(
                (move.invoice_line_ids.rebate_role, move.invoice_line_ids.rebate_program_id.id), (False, False)
            )

    @mute_logger('odoo.sql_db')
    def test_database_keeps_them(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.payout.state = 'confirmed'
            self.payout.flush_recordset()

    def test_from_the_document(self):
        self.assertEqual(self.move.action_view_rebate_payout()['res_id'], self.payout.id)


@tagged('post_install', '-at_install')
class TestSettledToTheEnd(RebateCase):
    """From the ledger to the ledger: preview, confirm, post, and again."""

    def test_vector_r18_nothing_new_pays_nothing(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 310_000)
        first = self.settle(program)
        note = first.payout_ids.move_id
        self.assertEqual((first.state, note.amount_untaxed, str(note.invoice_date)), ('done', 12_400, '2026-04-10'))
        self.assertIn('01/01/2026 to 03/31/2026', note.narration)
        self.invoice(self.dealer, '2026-05-10', 200_000)
        second = self.settle(program, 2)
        self.assertEqual(second.payout_ids.move_id.amount_untaxed, 4_000, 'The credit note lowers no base.')
        self.assertIn('04/01/2026 to 06/30/2026', second.payout_ids.move_id.narration)
        again = self.settle(program, 2)
        self.assertFalse(again.payout_ids)
        self.assertEqual(again.state, 'done')

    def test_three_decimals(self):
        """What is kept, booked and shown is to the smallest coin; the next run finds nothing to correct."""
        dinar = self.env.ref('base.KWD')
        self.set_rate(dinar, '2026-01-01', 20)
        program = self.make_program([(0, 1)], currency_id=dinar.id)
        self.invoice(self.dealer, '2026-02-10', 3_458.9, currency=dinar)
        run = self.settle(program)
        payout, computation = run.payout_ids, run.payout_ids.computation_ids
        self.assertEqual([payout[name] for name in ('delta', 'due', 'paid', 'pay_amount')], [34.589] * 4)
        self.assertEqual((computation.earned, computation.line_ids.share, run.paid), (34.589, 34.589, 34.589))
        self.assertEqual(payout.move_id.amount_untaxed, 34.589)
        self.assertIn('34.589', {kind: text for kind, _label, _value, text in payout._get_totals()}['paid'])
        self.assertFalse(self.settle(program).payout_ids)
        shown = payout.fields_get(['paid', 'delta'], ['digits', 'min_display_digits'])
        for attributes in shown.values():
            self.assertEqual((attributes['digits'], attributes['min_display_digits']), ((16, 4), 2))

    def test_settlements_are_read_at_once(self):
        program = self.make_program()
        for number in range(6):
            self.invoice(self.make_dealer(f'Dealer {number}'), '2026-02-10', 310_000)
        run = self.settle(program, post=False)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertLogs('odoo.sql_db', 'DEBUG') as logs:
            run.action_post()
        reads = [line for line in logs.output if 'FROM "dealer_rebate_settlement"' in line]
        self.assertEqual(len(run.payout_ids.move_id), 6)
        self.assertLessEqual(len(reads), 1, reads)

    def test_correction_is_carried_not_edited(self):
        program = self.make_program()
        invoice = self.invoice(self.dealer, '2026-02-10', 310_000)
        note = self.settle(program).payout_ids.move_id
        self.refund(self.dealer, '2026-04-20', 15_000, origin=invoice)
        self.invoice(self.dealer, '2026-05-10', 420_000)
        run = self.settle(program, 2)
        payout = run.payout_ids
        self.assertEqual((run.correction_count, run.correction), (1, -6_500))
        self.assertEqual(payout.move_id.amount_untaxed, 16_800 - 6_500)
        self.assertIn('with corrections of other periods', payout.move_id.narration)
        self.assertEqual((note.amount_untaxed, note.state), (12_400, 'posted'))

    def test_what_cannot_be_booked_is_not_confirmed(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 310_000)
        self.rebate_product.active = False
        with self.assertRaisesRegex(UserError, '"Sales Rebate" of the program "Quarterly rebate" is archived'):
            self.settle(program, post=False)

    def test_settle_from_the_program(self):
        program = self.make_program()
        action = program.with_user(self.accountant).action_settle()
        self.assertEqual(action['context'], {'default_program_id': program.id, 'default_period_to': '2026-03-31'})
        run = self.settle(program, post=False)
        self.assertEqual(program.action_settle()['res_id'], run.id)
        run.action_post()
        self.assertEqual(program.action_settle()['context']['default_period_to'], '2026-06-30')
        late = self.make_program(date_from='2027-01-15', date_to='2028-01-14')
        with self.assertRaisesRegex(UserError, 'nothing to settle before'):
            late.action_settle()

    def test_screens_of_a_plain_accountant(self):
        """Whoever has no role in the channel settles all the same, and sees each line and its document."""
        plain = new_test_user(self.env, 'plain_accountant', 'account.group_account_invoice')
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-10', 310_000)
        with Form(self.env['dealer.rebate.run'].with_user(plain)) as form:
            form.program_id = program
            self.assertEqual(str(form.period_to), '2026-03-31', 'The next period that ended is proposed.')
            form.date = '2026-04-10'
        run = form.record
        run.action_preview()
        run.action_confirm()
        run.action_post()
        payout = run.payout_ids
        for record in (run, payout, payout.computation_ids, payout.computation_ids.settlement_id):
            with self.subTest(record._name):
                self.assertTrue(Form(record).record)
        self.assertEqual(payout.action_view_document()['res_id'], payout.move_id.id)
        self.assertEqual(payout.line_count, 1)
        lines = self.env['dealer.rebate.settlement.line'].with_user(plain).search(payout.action_view_lines()['domain'])
        self.assertEqual(lines.action_view_document()['res_id'], lines.move_id.id)
        self.assertEqual((program.payout_count, program.paid_amount, program.earned_in), (1, 12_400, 'CNY'))
        self.assertEqual(program.action_view_runs()['domain'], [('program_id', 'in', program.ids)])
