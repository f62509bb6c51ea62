import re
from contextlib import suppress
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_management.models import dealer_price_change_job

from .price_common import PriceCase, PriceMixin

FIRST_DAY = '2026-07-01'


class PriceChangeMixin(PriceMixin):
    @classmethod
    def make_change(cls, pricelist, adjustment=3, user=None, prepare=True, **vals):
        change = (
            cls.env['dealer.price.change']
            .with_user(user or cls.requester)
            .create(
                {'pricelist_id': pricelist.id, 'date_start': FIRST_DAY, 'adjustment': adjustment, **vals},
            )
        )
        if prepare:
            change.action_prepare()
        return change

    @classmethod
    def approve(cls, change):
        change.action_submit()
        change.with_user(cls.approver).action_approve()
        return change

    @classmethod
    def make_invoice(cls, partner, *lines, day='2026-03-01', move_type='out_invoice', post=True, **vals):
        """An invoice for ``(product, quantity, price)``."""
        move = cls.env['account.move'].create(
            {
                'move_type': move_type,
                'partner_id': partner.id,
                'invoice_date': day,
                'invoice_line_ids': [
                    Command.create(
                        {'product_id': product.id, 'quantity': quantity, 'price_unit': price, 'tax_ids': False}
                    )
                    for product, quantity, price in lines
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_price_change').method_direct_trigger()
        self.env.invalidate_all()

    def mails_of(self, change):
        return self.env['mail.mail'].search(
            [('model', '=', 'dealer.price.change.dealer'), ('res_id', 'in', change.sudo().dealer_line_ids.ids)],
            order='id',
        )


class PriceChangeCase(PriceChangeMixin, PriceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.golden | cls.silvery).channel_account_manager_id = cls.users['staff_own']
        cls.golden.email = 'golden@example.com'
        cls.silvery.email = 'silvery@example.com'

    def price_of(self, pricelist, product, day=None):
        return pricelist.sudo()._get_prices(product, date=day)[product][0]


@tagged('post_install', '-at_install')
class TestPreparing(PriceChangeCase):
    """The new list: the old one's rules, adjusted, and nothing that anybody buys at yet."""

    def test_a_copy_that_sells_nothing(self):
        level = self.make_list('Gold distributors', tiers=[self.gold], types=[self.distributor], percent=30, sequence=3)
        change = self.make_change(level)
        new = change.new_pricelist_id
        self.assertEqual(new.name, 'Gold distributors · 2026-07-01')
        self.assertEqual((new.active, new.date_start, new.replaces_id), (False, date(2026, 7, 1), level))
        for name in ('dealer_level_id', 'grade_ids', 'dealer_type_ids', 'currency_id', 'company_id', 'sequence'):
            self.assertEqual(new[name], level[name], name)
        choice = self.env['product.pricelist']._choose_dealer_lists(self.golden, date(2026, 7, 1))[self.golden]
        self.assertEqual(choice.pricelist_id, level.id)

    def test_arithmetic(self):
        """What is paid rises by the adjustment, whatever kind of rule it comes from."""
        pricelist = self.make_list('All kinds', level=None)
        fixed = self.add_rule(pricelist, self.tap, price=33.35)
        percent = self.add_rule(pricelist, self.sink, percent=30, min_quantity=5)
        formula, on_cost = self.env['product.pricelist.item'].create(
            [
                {
                    'pricelist_id': pricelist.id,
                    'compute_price': 'formula',
                    'base': 'list_price',
                    'price_discount': 10,
                    'price_surcharge': 5.55,
                    'price_min_margin': 1,
                    'price_max_margin': 20,
                    'price_round': 0.5,
                    'min_quantity': 2,
                },
                {
                    'pricelist_id': pricelist.id,
                    'compute_price': 'formula',
                    'base': 'standard_price',
                    'price_markup': 50,
                    'min_quantity': 3,
                },
            ]
        )
        change = self.make_change(pricelist)
        new = {rule.min_quantity: rule for rule in change.sudo().new_pricelist_id.item_ids}
        self.assertEqual(len(new), 4)
        # 33.35 × 1.03 = 34.3505
        self.assertEqual(new[0].fixed_price, 34.35)
        self.assertEqual(new[0].product_tmpl_id, fixed.product_tmpl_id)
        # 1 - 0.70 × 1.03
        self.assertEqual(new[5].percent_price, 27.9)
        # 1 - 0.90 × 1.03; 5.55 × 1.03 = 5.7165
        self.assertEqual((new[2].price_discount, new[2].price_surcharge), (7.3, 5.72))
        self.assertEqual((new[2].price_min_margin, new[2].price_max_margin), (1.03, 20.6))
        self.assertEqual(new[2].price_round, 0.5, 'What is rounded to is no price.')
        # (1 + 0.50) × 1.03 - 1
        self.assertEqual((new[3].price_markup, new[3].price_discount), (54.5, -54.5))
        for rule in (fixed, percent, formula, on_cost):
            self.assertEqual(rule.pricelist_id, pricelist)
        self.assertEqual((fixed.fixed_price, percent.percent_price), (33.35, 30), 'The old list stays as it is.')

    def test_every_price_rises_by_the_adjustment(self):
        for adjustment in (-12.5, -0.01, 0, 0.5, 7.77, 250):
            pricelist = self.make_list(f'List {adjustment}', level=None, percent=37)
            self.add_rule(pricelist, self.sink, price=123.45)
            new = self.make_change(pricelist, adjustment).sudo().new_pricelist_id
            for product, old in ((self.tap, 63), (self.sink, 123.45)):
                with self.subTest(adjustment=adjustment, product=product.name):
                    self.assertAlmostEqual(self.price_of(new, product), old * (1 + adjustment / 100), delta=0.005001)

    def test_currency_without_cents(self):
        yen = self.env['res.currency'].with_context(active_test=False).search([('name', '=', 'JPY')])
        yen.active = True
        pricelist = self.make_list('Yen', level=None, currency_id=yen.id)
        self.add_rule(pricelist, self.tap, price=1050)
        self.assertEqual(self.make_change(pricelist).sudo().new_pricelist_id.item_ids.fixed_price, 1082)

    def test_rules_that_have_ended_by_then_are_left_out(self):
        pricelist = self.make_list('With dates', level=None)
        for product, start, end in (
            (self.tap, False, '2026-06-30 23:59:59'),
            (self.tap, '2026-06-01 00:00:00', '2026-07-02 00:00:00'),
            (self.sink, '2026-08-01 00:00:00', False),
        ):
            self.add_rule(pricelist, product, price=10, date_start=start, date_end=end)
        rules = self.make_change(pricelist).sudo().new_pricelist_id.item_ids
        self.assertEqual(len(rules), 2)
        self.assertEqual(set(rules.product_tmpl_id), {self.tap.product_tmpl_id, self.sink.product_tmpl_id})

    def test_a_rule_ends_by_the_companys_day(self):
        self.company.partner_id.tz = 'Asia/Shanghai'
        pricelist = self.make_list('With dates', level=None)
        # Midnight in Shanghai is four in the afternoon before, by UTC.
        self.add_rule(pricelist, self.tap, price=10, date_end='2026-06-30 15:59:59')
        self.add_rule(pricelist, self.sink, price=20, date_end='2026-06-30 16:00:01')
        rules = self.make_change(pricelist).sudo().new_pricelist_id.item_ids
        self.assertEqual(rules.product_tmpl_id, self.sink.product_tmpl_id)

    def test_the_later_of_two_rules_alike_goes_first_again(self):
        pricelist = self.make_list('Twice', level=None)
        self.add_rule(pricelist, self.tap, price=10)
        self.add_rule(pricelist, self.tap, price=20)
        new = self.make_change(pricelist, 10).sudo().new_pricelist_id
        self.assertEqual((self.price_of(pricelist, self.tap), self.price_of(new, self.tap)), (20, 22))

    def test_twice_is_once_and_anew_discards(self):
        change = self.make_change(self.pricelist_gold)
        first = change.new_pricelist_id
        first.item_ids.percent_price = 11
        change.action_prepare()
        self.assertEqual((change.new_pricelist_id, first.item_ids.percent_price), (first, 11))
        change.action_preview()
        change.action_prepare_anew()
        self.assertFalse(first.exists())
        self.assertEqual(change.new_pricelist_id.item_ids.percent_price, 27.9)
        self.assertFalse(change.previewed_date or change.line_ids or change.dealer_line_ids, 'Figures of another list.')

    def test_the_list_follows_the_day_of_its_change(self):
        change = self.make_change(self.pricelist_gold)
        change.date_start = '2026-08-01'
        self.assertEqual(change.new_pricelist_id.date_start, date(2026, 8, 1))
        self.assertEqual(change.new_pricelist_id.name, 'Gold prices · 2026-08-01')

    def test_impossible_changes(self):
        with self.assertRaisesRegex(UserError, 'ends on 2026-05-31'):
            self.make_change(self.make_list('May', date_end='2026-05-31'))
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.make_change(self.pricelist_gold, -100, prepare=False)
        change = self.make_change(self.pricelist_gold)
        with self.assertRaisesRegex(ValidationError, 'prepared from "Gold prices"'):
            change.pricelist_id = self.pricelist_silver

    def test_a_change_that_is_deleted_takes_its_list_along(self):
        change = self.make_change(self.pricelist_gold)
        prepared = change.new_pricelist_id
        change.unlink()
        self.assertFalse(prepared.exists())
        submitted = self.make_change(self.pricelist_gold)
        submitted.action_submit()
        with self.assertRaisesRegex(UserError, 'kept on record'):
            submitted.unlink()


@tagged('post_install', '-at_install')
class TestPreview(PriceChangeCase):
    """Which dealers, which products, by how much, and what it would have meant for last year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env['res.partner'].create({'name': 'Branch', 'parent_id': cls.golden.id})
        cls.second = cls.make_dealer('Second gold', grade_id=cls.gold.id)

    def line_of(self, change, product):
        return change.line_ids.filtered(lambda line: line.product_id == product)

    def test_figures_against_invoices_made_by_hand(self):
        dozen = self.env.ref('uom.product_uom_dozen')
        self.make_invoice(self.golden, (self.tap, 100, 70), (self.sink, 10, 140))
        self.make_invoice(self.branch, (self.tap, 20, 70), day='2025-05-04')
        self.make_invoice(self.golden, (self.tap, 5, 70), move_type='out_refund')
        self.make_invoice(self.second, (self.sink, 30, 140), day='2026-05-03')
        in_dozens = self.make_invoice(self.second, (self.tap, 1, 840), post=False)
        in_dozens.invoice_line_ids.product_uom_id = dozen
        in_dozens.invoice_line_ids.price_unit = 840
        in_dozens.action_post()
        # None of these counts: too early, of today, a draft, another tier's, no dealer's.
        self.make_invoice(self.golden, (self.tap, 1000, 70), day='2025-05-03')
        self.make_invoice(self.golden, (self.tap, 1000, 70), day='2026-05-04')
        self.make_invoice(self.golden, (self.tap, 1000, 70), post=False)
        self.make_invoice(self.silvery, (self.tap, 1000, 80))
        self.make_invoice(self.customer, (self.tap, 1000, 100))
        change = self.make_change(self.pricelist_gold, 10)
        change.action_preview()
        tap, sink = self.line_of(change, self.tap), self.line_of(change, self.sink)
        # 70 % of 100 and of 200, and a tenth more.
        self.assertEqual((tap.old_price, tap.new_price, tap.difference), (70, 77, 7))
        self.assertEqual((sink.old_price, sink.new_price), (140, 154))
        self.assertAlmostEqual(tap.difference_percent, 10)
        self.assertEqual(tap.quantity, 100 + 20 - 5 + 12)
        self.assertEqual(sink.quantity, 40)
        self.assertEqual((tap.effect, sink.effect), (127 * 7, 40 * 14))
        dealers = {line.dealer_id: line for line in change.dealer_line_ids}
        self.assertEqual(set(dealers), {self.golden, self.second})
        self.assertEqual(dealers[self.golden].turnover, 115 * 70 + 10 * 140)
        self.assertEqual(dealers[self.golden].effect, 115 * 7 + 10 * 14)
        self.assertAlmostEqual(dealers[self.golden].effect_percent, 10)
        self.assertEqual(dealers[self.second].turnover, 30 * 140 + 840)
        self.assertEqual(dealers[self.second].effect, 30 * 14 + 12 * 7)
        self.assertEqual(change.effect, 127 * 7 + 40 * 14)
        self.assertEqual(change.turnover, 115 * 70 + 10 * 140 + 30 * 140 + 840)
        self.assertEqual(change.dealer_count, 2)

    def test_effect_in_the_companys_currency(self):
        other = self.env.ref('base.EUR') if self.company.currency_id.name != 'EUR' else self.env.ref('base.USD')
        other.active = True
        other.rate_ids.unlink()
        self.env['res.currency.rate'].create(
            {'currency_id': other.id, 'rate': 0.5, 'name': '2026-01-01', 'company_id': self.company.id}
        )
        pricelist = self.make_list('Theirs', tiers=[self.gold], types=[self.distributor], currency_id=other.id)
        self.add_rule(pricelist, self.tap, price=50)
        self.make_invoice(self.golden, (self.tap, 10, 100))
        change = self.make_change(pricelist, 10)
        change.action_preview()
        # Five more a piece, and each is worth two of ours.
        self.assertEqual(self.line_of(change, self.tap).effect, 100)

    def test_products_that_a_rule_names_are_shown_even_at_the_same_price(self):
        pricelist = self.make_list('Some', tiers=[self.gold], types=[self.distributor])
        self.add_rule(pricelist, self.tap, price=80)
        change = self.make_change(pricelist, 0)
        change.action_preview()
        self.assertEqual(change.line_ids.product_id, self.tap)
        self.assertEqual(change.product_count, 0)
        with self.assertRaisesRegex(UserError, 'changes no price'):
            change.action_submit()

    def test_prices_of_the_last_and_the_first_day(self):
        """An offer that ends with the old list is what dealers pay until then."""
        pricelist = self.make_list('Offer', tiers=[self.gold], types=[self.distributor])
        self.add_rule(pricelist, self.sink, price=150)
        self.add_rule(pricelist, self.sink, price=120, date_end='2026-06-30 23:59:59')
        change = self.make_change(pricelist, 10)
        change.action_preview()
        line = self.line_of(change, self.sink)
        self.assertEqual((line.old_price, line.new_price), (120, 165))

    def test_who_is_touched(self):
        """Whoever buys from the old list on the day before and from the new one on the day; nobody else."""
        own = self.make_list('Own', level=None, percent=50)
        self.make_dealer('Agreed', grade_id=self.gold.id).specific_property_product_pricelist = own
        self.make_dealer('Prospect', grade_id=self.gold.id, dealer_state='prospect')
        self.make_dealer('Gone', grade_id=self.gold.id).action_dealer_terminate('Over')
        self.make_dealer('Suspended', grade_id=self.gold.id).action_dealer_suspend('Overdue')
        change = self.make_change(self.pricelist_gold)
        change.action_preview()
        self.assertEqual(set(change.dealer_line_ids.dealer_id.mapped('name')), {'Golden', 'Second gold', 'Suspended'})
        self.make_list('Season', level='D', date_start='2026-06-15', date_end='2026-07-15', percent=40)
        change.action_preview()
        self.assertFalse(change.dealer_line_ids, 'They buy from the list for before the season on that day.')
        self.assertIn('No dealer buys from this list', change.warning)

    def test_warnings(self):
        computed = self.make_list('Computed', level=None)
        self.add_rule(
            computed, percent=5, base='pricelist', base_pricelist_id=self.pricelist_gold.id, compute_price='percentage'
        )
        floor = self.make_list('Floor', level='F')
        self.add_rule(floor, self.tap, price=65)
        self.company.dealer_floor_pricelist_id = floor
        change = self.make_change(self.pricelist_gold, -10)
        change.action_preview()
        self.assertIn('computed from "Gold prices" and do not change with it: Computed.', change.warning)
        self.assertIn('below the floor at the new prices: 1.', change.warning)
        self.assertTrue(self.line_of(change, self.tap).is_below_floor)
        self.assertFalse(self.line_of(change, self.sink).is_below_floor)
        with self.assertRaises(AccessError):
            self.line_of(change, self.tap).with_user(self.users['staff']).read(['floor_price'])

    def test_dealers_who_would_come_from_elsewhere_are_named(self):
        named = self.make_list('By type', types=[self.distributor], date_start='2026-06-01', percent=5)
        old = self.make_list('By type, older', types=[self.distributor], date_start='2026-01-01', percent=7)
        change = self.make_change(old)
        change.action_preview()
        self.golden.specific_property_product_pricelist = False
        change.action_preview()
        self.assertTrue(named.active)
        self.assertIn(self.golden, change.other_dealer_ids)
        self.assertIn('would come to the new one', change.warning)

    def test_as_many_queries_for_fifty_as_for_five(self):
        def make(number):
            tier = self.env['res.partner.grade'].create({'name': f'Tier {number}'})
            category = self.env['product.category'].create({'name': f'Category {number}'})
            products = self.env['product.product'].create(
                [{'name': f'Product {number}-{i}', 'list_price': 10, 'categ_id': category.id} for i in range(number)]
            )
            dealers = self.env['res.partner'].create(
                [
                    {
                        'name': f'Dealer {number}-{i}',
                        'is_company': True,
                        'is_dealer': True,
                        'dealer_state': 'active',
                        'dealer_type_id': self.distributor.id,
                        'grade_id': tier.id,
                    }
                    for i in range(number)
                ]
            )
            for dealer, product in zip(dealers, products, strict=True):
                self.make_invoice(dealer, (product, 10, 9), (products[0], 1, 9))
            pricelist = self.make_list(f'List {number}', tiers=[tier], types=[self.distributor])
            self.add_rule(pricelist, percent=10, applied_on='2_product_category', categ_id=category.id)
            return self.make_change(pricelist)

        def count(change):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            change.action_preview()
            self.env.flush_all()
            queries = self.cr.sql_log_count - before
            self.assertEqual(change.dealer_count, change.product_count)
            return queries, change.dealer_count

        few, many = make(5), make(50)
        for change in (few, many):
            count(change)  # warms what is cached for the user, and leaves figures to be replaced
        (few_queries, five), (many_queries, fifty) = count(few), count(many)
        self.assertEqual((five, fifty), (5, 50))
        self.assertEqual(few_queries, many_queries)


@tagged('post_install', '-at_install')
class TestPriceChangeFlow(PriceChangeCase):
    """Handed in by one, approved by another, in force by its day, and by nothing else."""

    def list_of(self, dealer):
        dealer.invalidate_recordset(['property_product_pricelist'])
        return dealer.property_product_pricelist

    def test_takes_effect_by_its_day(self):
        change = self.approve(self.make_change(self.pricelist_gold, 10))
        self.assertEqual((change.state, change.approver_id), ('approved', self.approver))
        self.assertTrue(change.sudo().new_pricelist_id.active)
        self.assertEqual(self.list_of(self.golden), self.pricelist_gold)
        for moment, price in (
            ('2026-06-30 23:59:59', 70),
            ('2026-07-01 00:00:01', 77),
            ('2027-07-01 00:00:01', 77),
        ):
            self.env.invalidate_all()
            with freeze_time(moment):
                order = self.make_quotation(self.golden)
                self.assertEqual(order.order_line.price_unit, price, moment)
                self.assertEqual(self.make_quotation(self.silvery).order_line.price_unit, 80)

    def test_the_day_is_the_companys(self):
        self.company.partner_id.tz = 'Asia/Shanghai'
        self.approve(self.make_change(self.pricelist_gold, 10))
        for moment, price in (('2026-06-30 15:59:00', 70), ('2026-06-30 16:01:00', 77)):
            self.env.invalidate_all()
            with freeze_time(moment):
                self.assertEqual(self.make_quotation(self.golden).order_line.price_unit, price, moment)

    def test_the_job_only_shows_it(self):
        change = self.approve(self.make_change(self.pricelist_gold, 10))
        with freeze_time('2026-07-01 08:00:00'):
            self.assertTrue(change.has_begun)
            self.assertEqual(change.state, 'approved')
            self.run_job()
            self.assertEqual(change.state, 'in_force')
            self.run_job()
            self.assertEqual(change.state, 'in_force')

    def test_a_change_of_a_changed_list(self):
        first = self.approve(self.make_change(self.pricelist_gold, 10)).sudo().new_pricelist_id
        with self.assertRaisesRegex(UserError, 'takes the place of "Gold prices" on 2026-07-01 already'):
            self.make_change(self.pricelist_gold, 5, date_start='2026-08-01').action_submit()
        second = self.make_change(first, 10, date_start='2026-08-01')
        self.assertEqual(second.new_pricelist_id.name, 'Gold prices · 2026-08-01')
        self.approve(second)
        with freeze_time('2026-08-01 08:00:00'):
            self.assertAlmostEqual(self.make_quotation(self.golden).order_line.price_unit, 84.7)

    def test_the_old_list_may_end_or_be_archived(self):
        """What has taken its place is found from it all the same."""
        self.pricelist_gold.date_end = '2026-06-30'
        change = self.approve(self.make_change(self.pricelist_gold, 10))
        self.assertFalse(change.new_pricelist_id.date_end)
        self.assertEqual(change.sudo().dealer_line_ids.dealer_id, self.golden)
        with freeze_time('2026-07-01 08:00:00'):
            self.assertEqual(self.make_quotation(self.golden).order_line.price_unit, 77)
            self.pricelist_gold.active = False
            self.env.invalidate_all()
            self.assertEqual(self.make_quotation(self.golden).order_line.price_unit, 77)

    @mute_logger('odoo.sql_db')
    def test_one_change_of_a_list_a_day(self):
        first, second = (self.make_change(self.pricelist_gold) for _again in range(2))
        first.action_submit()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            second.action_submit()

    def test_what_cannot_be_handed_in(self):
        with self.assertRaisesRegex(UserError, 'prepare the new list'):
            self.make_change(self.pricelist_gold, prepare=False).action_submit()
        today = self.make_change(self.pricelist_gold, date_start='2026-05-04')
        with self.assertRaisesRegex(UserError, 'in the future'):
            today.action_submit()
        late = self.make_change(self.pricelist_gold)
        late.action_submit()
        with freeze_time('2026-07-01 08:00:00'), self.assertRaisesRegex(UserError, 'in the future'):
            late.with_user(self.approver).action_approve()

    def test_nobody_decides_for_oneself(self):
        change = self.make_change(self.pricelist_gold, user=self.approver)
        change.action_submit()
        self.assertFalse(change.may_decide)
        with self.assertRaisesRegex(UserError, 'yourself'):
            change.action_approve()
        for role in ('staff', 'staff_own', 'salesman', 'auditor'):
            with self.subTest(role), self.assertRaises(AccessError):
                change.with_user(self.users[role]).action_approve()

    def test_refused_taken_back_and_handed_in_again(self):
        change = self.make_change(self.pricelist_gold)
        change.action_submit()
        self.assertIn(self.approver, change.sudo().activity_ids.user_id)
        with self.assertRaisesRegex(UserError, 'give a reason'):
            change.with_user(self.approver).action_refuse()
        wizard = (
            self.env['dealer.reason.wizard']
            .with_user(self.approver)
            .with_context(active_ids=change.ids)
            .create({'step': 'price_change_refuse', 'reason': 'Too much'})
        )
        wizard.action_apply()
        self.assertEqual((change.state, change.decision_note), ('refused', 'Too much'))
        self.assertFalse(change.new_pricelist_id.active)
        change.action_draft()
        self.assertFalse(change.approver_id)
        self.approve(change)
        self.assertEqual(change.state, 'approved')
        with self.assertRaisesRegex(UserError, 'decided already'):
            change.action_draft()

    def test_nothing_is_decided_by_writing(self):
        forged = {
            'state': 'approved',
            'approver_id': self.approver.id,
            'requester_id': self.approver.id,
            'new_pricelist_id': self.pricelist_silver.id,
            'effect': 1,
        }
        change = self.make_change(self.pricelist_gold, prepare=False, **forged)
        self.assertEqual((change.state, change.requester_id, change.effect), ('draft', self.requester, 0))
        self.assertFalse(change.new_pricelist_id)
        with_default = self.env['dealer.price.change'].with_user(self.requester).with_context(default_state='approved')
        vals = {'pricelist_id': self.pricelist_gold.id, 'date_start': FIRST_DAY}
        self.assertEqual(with_default.create(vals).state, 'draft')
        for name, value in forged.items():
            with self.subTest(name), self.assertRaises(AccessError):
                change.write({name: value})
        self.approve(self.make_change(self.pricelist_silver))
        change.action_prepare()
        change.action_submit()
        for vals in ({'date_start': '2026-09-01'}, {'adjustment': 1}, {'announcement': 'No'}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'take it back'):
                change.write(vals)
        with self.assertRaises(AccessError):
            change.sudo().line_ids.with_user(self.requester).write({'effect': 1})
        with self.assertRaises(AccessError):
            change.with_user(self.users['staff_own']).action_draft()

    def test_the_database_keeps_decisions(self):
        change = self.make_change(self.pricelist_gold)
        with mute_logger('odoo.sql_db'):
            for vals in (
                {'state': 'approved'},
                {'state': 'approved', 'approver_id': self.requester.id},
                {'state': 'submitted', 'new_pricelist_id': False},
            ):
                with self.subTest(vals), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    change.sudo().write(vals)
                    self.env.flush_all()

    # ------------------------------------------------------------ The new list

    def test_staff_edit_what_is_prepared_and_no_other_list(self):
        change = self.make_change(self.pricelist_gold)
        new = change.new_pricelist_id
        self.assertEqual(new.env.user, self.requester)
        new.item_ids.percent_price = 20
        new.item_ids = [
            Command.create(
                {'product_tmpl_id': self.sink.product_tmpl_id.id, 'fixed_price': 99, 'compute_price': 'fixed'}
            )
        ]
        new.item_ids.filtered('product_tmpl_id').unlink()
        for vals in ({'name': 'Mine'}, {'item_ids': [Command.clear()]}):
            with self.subTest(vals), self.assertRaises(AccessError):
                self.pricelist_gold.with_user(self.requester).write(vals)
        with self.assertRaises(AccessError):
            self.pricelist_gold.item_ids.with_user(self.requester).percent_price = 99
        with self.assertRaises(AccessError):
            self.env['product.pricelist'].with_user(self.requester).create({'name': 'Mine'})
        # Whoever writes lists by another role goes on doing so.
        self.requester.group_ids += self.env.ref('sales_team.group_sale_manager')
        self.pricelist_gold.with_user(self.requester).name = 'Ours'

    def test_the_list_takes_effect_by_its_change_alone(self):
        change = self.make_change(self.pricelist_gold)
        new = change.new_pricelist_id.with_user(self.approver)
        for vals in ({'active': True}, {'date_start': '2026-05-01'}, {'replaces_id': self.pricelist_silver.id}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, f'prepared by the price change {change.name}'):
                new.write(vals)
        with self.assertRaisesRegex(UserError, 'prepared by the price change'):
            new.unlink()

    def test_what_is_handed_in_stands_still(self):
        change = self.make_change(self.pricelist_gold)
        new = change.new_pricelist_id.with_user(self.approver)
        other_rule = self.pricelist_silver.item_ids.with_user(self.approver)
        attempts = {
            'rule': lambda: new.item_ids.write({'percent_price': 99}),
            'through the list': lambda: new.write({'item_ids': [Command.clear()]}),
            'new rule': lambda: new.item_ids.create({'pricelist_id': new.id, 'fixed_price': 1}),
            'rule away': new.item_ids.unlink,
            'rule from elsewhere': lambda: other_rule.write({'pricelist_id': new.id}),
            'rule to elsewhere': lambda: new.item_ids.write({'pricelist_id': self.pricelist_silver.id}),
            'through the product': lambda: self.tap.with_user(self.approver).product_tmpl_id.write(
                {'pricelist_rule_ids': [Command.create({'pricelist_id': new.id, 'fixed_price': 1})]}
            ),
            'last day': lambda: new.write({'date_end': '2026-12-31'}),
            'tiers': lambda: new.write({'dealer_level_id': self.levels['A'].id}),
        }
        self.approver.group_ids += self.env.ref('product.group_product_manager')
        for state in ('submitted', 'approved'):
            change.action_submit() if state == 'submitted' else change.with_user(self.approver).action_approve()
            for name, attempt in attempts.items():
                with self.subTest(state=state, attempt=name), self.assertRaisesRegex(UserError, change.name):
                    attempt()
        new.name = 'A better name'
        other_rule.percent_price = 21
        with freeze_time('2026-07-01 08:00:00'):
            new.item_ids.percent_price = 25
            new.active = False

    def test_taken_back_it_can_be_edited_again(self):
        change = self.make_change(self.pricelist_gold)
        change.action_submit()
        change.action_draft()
        change.new_pricelist_id.item_ids.percent_price = 20

    def test_other_lists_cost_no_query(self):
        """The same writes with the guard taken out."""
        self.make_change(self.pricelist_gold).action_submit()
        rule, pricelist = self.pricelist_silver.item_ids.with_user(self.approver), self.pricelist_silver

        def count(function):
            function()
            return self.count_queries(function)

        values = iter(range(1, 90))
        writes = {
            'rule': lambda: rule.write({'percent_price': next(values)}),
            'list': lambda: pricelist.with_user(self.approver).write(
                {'item_ids': [Command.update(rule.id, {'percent_price': next(values)})]}
            ),
            'new rule': lambda: rule.create({'pricelist_id': pricelist.id, 'fixed_price': next(values)}),
        }
        with_guard = {name: count(write) for name, write in writes.items()}
        for model in ('product.pricelist', 'product.pricelist.item'):
            self.patch(self.registry[model], '_check_not_frozen', lambda records: None)
        self.patch(self.registry['product.pricelist'], '_check_set_by_change', lambda lists: None)
        values = iter(range(1, 90))
        self.assertEqual(with_guard, {name: count(write) for name, write in writes.items()})

    # --------------------------------------------------------------- Cancelling

    def test_cancelled_before_its_day(self):
        change = self.approve(self.make_change(self.pricelist_gold))
        with self.assertRaises(AccessError):
            change.action_cancel()
        change.with_user(self.approver).action_cancel()
        self.assertEqual(change.state, 'cancelled')
        self.assertFalse(change.sudo().new_pricelist_id.active)
        with freeze_time('2026-07-02 08:00:00'):
            self.assertEqual(self.make_quotation(self.golden).order_line.price_unit, 70)
            with self.assertRaisesRegex(UserError, 'prepared by the price change'):
                change.new_pricelist_id.with_user(self.approver).active = True

    def test_not_cancelled_once_it_has_begun(self):
        change = self.approve(self.make_change(self.pricelist_gold))
        with freeze_time('2026-07-01 08:00:00'), self.assertRaisesRegex(UserError, 'has begun on'):
            change.with_user(self.approver).action_cancel()

    def test_a_draft_is_cancelled_by_staff(self):
        change = self.make_change(self.pricelist_gold)
        change.action_submit()
        change.action_cancel()
        self.assertEqual(change.state, 'cancelled')

    # ------------------------------------------------------- Companies and roles

    def test_companies_see_their_own(self):
        other = self.env['res.company'].create({'name': 'Other'})
        theirs = self.make_list('Theirs', company_id=other.id, percent=10)
        change = self.env['dealer.price.change'].create({'pricelist_id': theirs.id, 'date_start': FIRST_DAY})
        self.assertEqual(change.company_id, other)
        self.assertFalse(self.env['dealer.price.change'].with_user(self.requester).search([('id', '=', change.id)]))
        change.action_prepare()
        self.assertEqual(change.new_pricelist_id.company_id, other)
        shared = self.make_change(self.pricelist_gold)
        self.assertEqual(shared.company_id, self.company)
        self.assertIn('shared by all companies', shared.warning)

    def test_own_staff_see_their_own_dealers(self):
        self.second = self.make_dealer('Second gold', grade_id=self.gold.id)
        change = self.make_change(self.pricelist_gold)
        change.action_preview()
        Dealers = self.env['dealer.price.change.dealer']
        found = Dealers.with_user(self.users['staff_own']).search([('change_id', '=', change.id)])
        self.assertEqual(found.dealer_id, self.golden)
        self.assertEqual(len(Dealers.with_user(self.users['auditor']).search([('change_id', '=', change.id)])), 2)


@tagged('post_install', '-at_install')
class TestAnnouncement(PriceChangeCase):
    """Each dealer that is touched is told once, of the change and of its end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, login='clerk', groups='base.group_portal', email='clerk@example.com')
        cls.clerk.partner_id.parent_id = cls.golden
        cls.same = new_test_user(cls.env, login='same', groups='base.group_portal', email='Golden@example.com')
        cls.same.partner_id.parent_id = cls.golden

    def test_products_made_for_others(self):
        """Neither the mail nor the page names what another dealer has made for itself."""
        self.env['product.product'].create(
            [
                {'name': name, 'list_price': 10, 'only_dealer_ids': [Command.set(dealer.ids)]}
                for name, dealer in (('Own brand', self.golden), ('Foreign brand', self.silvery))
            ]
        )
        change = self.approve(self.make_change(self.pricelist_gold, 10))
        self.run_job()
        told = change.sudo().dealer_line_ids.told_line_ids.product_id.mapped('name')
        for names in (told, self.mails_of(change).body_html):
            self.assertIn('Own brand', names)
            self.assertNotIn('Foreign brand', names)

    def test_one_mail_to_the_dealer_and_its_people(self):
        self.make_invoice(self.golden, (self.sink, 10, 140))
        change = self.approve(self.make_change(self.pricelist_gold, 10, announcement='<p>Brass is dear</p>'))
        self.run_job()
        mail = self.mails_of(change)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.golden | self.clerk.partner_id, 'Each address once.')
        body = re.sub(r'\s+', ' ', html.fromstring(mail.body_html).text_content())
        self.assertIn('07/01/2026', mail.subject)
        for text in ('Dear Golden', 'Brass is dear', '07/01/2026', 'Sink', '140.00', '154.00', 'Tap', '77.00'):
            self.assertIn(text, body)
        self.assertLess(body.index('Sink'), body.index('Tap'), 'What the dealer buys comes first.')
        self.assertIn('/my/prices', mail.body_html)
        line = change.sudo().dealer_line_ids
        self.assertIn(line._get_portal_url(), mail.body_html)
        self.assertTrue(line.announced_date)
        self.assertEqual(change.told_count, 1)

    def test_the_job_run_twice_tells_once(self):
        change = self.approve(self.make_change(self.pricelist_gold))
        self.run_job()
        told = change.sudo().dealer_line_ids.announced_date
        self.run_job()
        self.assertEqual(len(self.mails_of(change)), 1)
        self.assertEqual(change.sudo().dealer_line_ids.announced_date, told)

    def test_a_run_that_is_killed_goes_on_where_it_stopped(self):
        for number in range(5):
            self.make_dealer(f'More {number}', grade_id=self.gold.id, email=f'more{number}@example.com')
        change = self.approve(self.make_change(self.pricelist_gold))
        self.patch(dealer_price_change_job, 'BATCH', 2)
        Lines = self.registry['dealer.price.change.dealer']
        tell, batches = Lines._tell, []

        def tell_and_be_killed(lines):
            """What a batch writes stays or goes as a whole: the second dies after its mails are written."""
            with self.env.cr.savepoint():
                tell(lines)
                batches.append(lines)
                if len(batches) == 2:
                    raise ZeroDivisionError

        with (
            patch.object(Lines, '_tell', tell_and_be_killed),
            patch.object(self.registry['ir.cron'], '_commit_progress', lambda *args, **kwargs: 60),
        ):
            with suppress(ZeroDivisionError):
                self.env['dealer.price.change.dealer']._tell_dealers()
        self.assertEqual(len(batches), 2)
        self.env.invalidate_all()
        self.assertEqual(len(self.mails_of(change)), 2)
        self.run_job()
        mails = self.mails_of(change)
        self.assertEqual(len(mails), 6)
        self.assertEqual(len(set(mails.mapped('res_id'))), 6)

    def test_nobody_is_told_of_what_is_not_approved(self):
        change = self.make_change(self.pricelist_gold)
        change.action_submit()
        self.run_job()
        self.assertFalse(self.mails_of(change))

    def test_dealers_without_an_address_are_named(self):
        bare = self.make_dealer('Bare', grade_id=self.gold.id)
        change = self.approve(self.make_change(self.pricelist_gold))
        self.run_job()
        line = change.sudo().dealer_line_ids.filtered(lambda line: line.dealer_id == bare)
        self.assertTrue(line.is_unreachable and line.announced_date)
        self.assertEqual(len(self.mails_of(change)), 1)

    def test_a_dealer_that_comes_later_is_told_too(self):
        change = self.approve(self.make_change(self.pricelist_gold))
        self.run_job()
        late = self.make_dealer('Late', grade_id=self.gold.id, email='late@example.com')
        self.run_job()
        self.assertEqual(change.sudo().dealer_line_ids.dealer_id, self.golden | late)
        self.assertEqual(len(self.mails_of(change)), 2)

    def test_told_in_its_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.golden.lang = 'fr_FR'
        change = self.approve(self.make_change(self.pricelist_gold))
        self.run_job()
        self.assertIn('01/07/2026', self.mails_of(change).subject)

    def test_the_end_is_told_to_those_who_were_told(self):
        change = self.approve(self.make_change(self.pricelist_gold))
        change.with_user(self.approver).action_cancel()
        self.run_job()
        self.assertFalse(self.mails_of(change), 'Nobody was told, so nobody is told of the end.')
        again = self.approve(self.make_change(self.pricelist_gold))
        self.run_job()
        again.with_user(self.approver).action_cancel()
        self.run_job()
        self.run_job()
        first, last = self.mails_of(again)
        self.assertIn('do not come', last.subject)
        self.assertEqual(last.recipient_ids, first.recipient_ids)

    def test_as_many_queries_to_tell_ten_as_to_tell_two(self):
        def count(number):
            tier = self.env['res.partner.grade'].create({'name': f'Tier {number}'})
            pricelist = self.make_list(f'List {number}', tiers=[tier], types=[self.distributor], percent=10)
            for i in range(number):
                self.make_dealer(f'Dealer {number}-{i}', grade_id=tier.id)
            change = self.make_change(pricelist)
            change.action_preview()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            told = change.sudo().dealer_line_ids.mapped(lambda line: line.told_line_ids.ids)
            self.assertEqual(len(told), number)
            self.assertTrue(all(told))
            return self.cr.sql_log_count - before

        self.assertEqual(count(2), count(10))

    def test_which_change_is_coming(self):
        Changes = self.env['dealer.price.change']
        change = self.make_change(self.pricelist_gold)
        self.assertFalse(Changes._get_coming_change(self.golden))
        self.approve(change)
        later = self.approve(self.make_change(change.sudo().new_pricelist_id, date_start='2026-08-01'))
        clerk = self.clerk.partner_id
        for dealer, expected in (
            (self.golden, change),
            (clerk, change),
            (self.silvery, Changes),
            (self.customer, Changes),
        ):
            self.assertEqual(Changes.with_user(self.clerk)._get_coming_change(dealer), expected)
        with freeze_time('2026-07-01 08:00:00'):
            self.assertEqual(Changes._get_coming_change(self.golden), later)

    def test_where_orders_outside_the_authorization_are_refused_the_rest_is_hidden(self):
        territory = self.env['dealer.territory'].create({'name': 'Anywhere'})
        grant = self.env['dealer.authorization'].create(
            {
                'dealer_id': self.golden.id,
                'territory_id': territory.id,
                'product_scope': 'selected',
                'product_tmpl_ids': self.tap.product_tmpl_id.ids,
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
            }
        )
        grant.with_user(self.requester).action_submit()
        grant.with_user(self.approver).action_approve()
        change = self.make_change(self.pricelist_gold)
        change.action_preview()
        line = change.sudo().dealer_line_ids
        self.assertIn(self.sink, line.told_line_ids.product_id)
        self.company.dealer_territory_policy = 'block'
        line.invalidate_recordset()
        self.assertEqual(line.told_line_ids.product_id, self.tap)


@tagged('post_install', '-at_install')
class TestPriceChangePortal(PriceChangeMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpPrices()
        cls.day = cls.company._get_dealer_date() + timedelta(days=20)
        cls.clerk = new_test_user(cls.env, login='test_clerk', groups='base.group_portal')
        cls.clerk.partner_id.parent_id = cls.golden
        cls.stranger = new_test_user(cls.env, login='test_stranger', groups='base.group_portal')
        cls.own = cls.make_change(
            cls.pricelist_gold, 10, date_start=cls.day, announcement='<p>Brass is dear</p><script>alert(1)</script>'
        )
        cls.foreign = cls.make_change(cls.pricelist_silver, 50, date_start=cls.day)
        cls.approve(cls.foreign)

    def get(self, url, login='test_clerk'):
        self.authenticate(login, login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return response

    def text(self, response):
        return ' '.join(html.fromstring(response.text).text_content().split())

    def test_a_dealer_sees_its_own_once_it_is_approved(self):
        self.own.action_submit()
        page = self.get('/my/price-changes')
        self.assertIn('No change of your prices has been announced', self.text(page))
        self.assertIn('href="/my/prices"', page.text, 'What a list changes by its days stands there.')
        self.own.with_user(self.approver).action_approve()
        response = self.get('/my/price-changes')
        self.assertIn(self.own.name, response.text)
        self.assertNotIn(self.foreign.name, response.text)
        self.assertNotIn('<script>alert(1)', response.text)
        line = self.own.sudo().dealer_line_ids
        page = self.get(line._get_portal_url())
        text = self.text(page)
        for part in ('Tap', '70.00', '77.00', '+10.0 %', 'Brass is dear', 'Coming'):
            self.assertIn(part, text)
        self.assertNotIn('<script>alert(1)', page.text)
        found = self.text(self.get(f'{line._get_portal_url()}?search=sink-1'))
        self.assertIn('Sink', found)
        self.assertNotIn('TAP-1', found)
        self.assertIn('No product of that name', self.text(self.get(f'{line._get_portal_url()}?search=nothing')))

    def test_never_anothers(self):
        foreign = self.foreign.sudo().dealer_line_ids
        self.assertTrue(foreign)
        for url in (
            foreign._get_portal_url(),
            f'/my/price-changes/{foreign.id}',
            f'/my/price-changes/{self.foreign.id}?dealer_id={self.silvery.id}',
            f'{foreign._get_portal_url()}/page/2',
        ):
            self.assertTrue(self.get(url).url.endswith('/my/price-changes'), url)
        for model in ('dealer.price.change', 'dealer.price.change.line', 'dealer.price.change.dealer'):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.clerk).search([], limit=1)
        self.assertTrue(self.get('/my/price-changes', 'test_stranger').url.endswith('/my'))

    def test_pages(self):
        self.env['product.product'].create([{'name': f'Part {i:03}', 'list_price': 10} for i in range(120)])
        line = self.approve(self.own).sudo().dealer_line_ids
        count = len(line.told_line_ids)
        self.assertGreater(count, 120)
        seen = set()
        for page in range(1, count // 50 + 2):
            response = self.get(f'{line._get_portal_url()}/page/{page}')
            names = html.fromstring(response.text).xpath("//ul[hasclass('o_dealer_price_lines')]/li/div[1]/div[1]")
            self.assertLessEqual(len(names), 50)
            seen |= {element.text_content().strip() for element in names}
        self.assertGreaterEqual(len([name for name in seen if name.startswith('Part')]), 120)

    def test_counted_on_the_home_page(self):
        self.approve(self.own)
        self.authenticate('test_clerk', 'test_clerk')
        counters = self.make_jsonrpc_request('/my/counters', {'counters': ['price_change_count']})
        self.assertEqual(counters, {'price_change_count': 1})

    def test_cancelled_is_shown_to_those_who_were_told(self):
        self.approve(self.own).with_user(self.approver).action_cancel()
        self.assertNotIn(self.own.name, self.get('/my/price-changes').text)
        self.own.sudo().dealer_line_ids.announced_date = '2026-01-01'
        self.assertIn('Does not come', self.text(self.get('/my/price-changes')))
