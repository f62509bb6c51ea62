from datetime import date, datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .price_common import PriceCase


@tagged('post_install', '-at_install')
class TestSpecialPriceAttacks(PriceCase):
    """Ways to more at a special price than was approved; each is closed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls.grant_price(cls.golden, (cls.tap, 10, 50))
        cls.used = cls.request.line_ids
        cls.seller = cls.users['salesman']

    def prices(self, order):
        return sorted((line.product_uom_qty, line.price_unit * (1 - line.discount / 100)) for line in order.order_line)

    def confirmed(self, *quantities, partner=None, **vals):
        order = self.make_quotation(partner or self.golden, *quantities or [(self.tap, 10)], **vals)
        order.user_id = self.seller
        order.action_confirm()
        return order

    def test_a_quotation_that_grows_is_shared_out_anew(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        self.assertEqual(self.prices(order), [(10, 50)])
        order.order_line.product_uom_qty = 15
        self.assertEqual(self.prices(order), [(5, 70), (10, 50)])

    def test_an_invoiced_line_does_not_grow_over_the_cap(self):
        order = self.confirmed((self.tap, 10))
        self.tap.invoice_policy = 'order'
        order._create_invoices().action_post()
        with self.assertRaisesRegex(UserError, 'has been invoiced at the special price'):
            order.order_line.with_user(self.seller).product_uom_qty = 30
        self.assertEqual((self.used.quantity_used, order.order_line.price_request_line_id), (10, self.used))

    def test_a_copy_pays_what_holds_for_it(self):
        order = self.confirmed((self.tap, 10))
        self.assertEqual(self.prices(order.copy()), [(10, 70)])

    def test_another_customer_does_not_take_the_price_along(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.partner_id = self.silvery
        self.assertEqual(self.prices(order), [(10, 80)])
        confirmed = self.confirmed((self.tap, 10))
        with self.assertRaisesRegex(UserError, 'cancel it and order anew'):
            confirmed.with_user(self.seller).partner_id = self.silvery

    def test_another_currency_does_not_take_the_price_along(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        yen = self.env.ref('base.JPY')
        yen.active = True
        order.pricelist_id = self.make_list('Yen', level=None, currency_id=yen.id)
        self.assertFalse(order.order_line.price_request_line_id)
        self.assertNotEqual(order.order_line.price_unit, 50)

    def test_nobody_pays_more_for_having_asked(self):
        self.add_rule(self.pricelist_gold, self.tap, price=45)
        order = self.make_quotation(self.golden, (self.tap, 5))
        self.assertEqual(self.prices(order), [(5, 45)])
        self.assertFalse(order.order_line.price_request_line_id)

    def test_negative_quantities_give_nothing_back(self):
        order = self.make_quotation(self.golden, (self.tap, -30), (self.tap, 10))
        order.action_confirm()
        self.assertEqual(self.used.quantity_used, 10)
        self.assertEqual(self.prices(self.make_quotation(self.golden, (self.tap, 10))), [(10, 70)])

    @mute_logger('odoo.sql_db')
    def test_what_was_delivered_counts(self):
        self.tap.type = 'service'  # delivered by saying so
        order = self.confirmed((self.tap, 6))
        order.order_line.qty_delivered = 4
        order._action_cancel()
        self.assertEqual(self.used.quantity_used, 4, 'What has left is not given back.')
        other = self.confirmed((self.tap, 6))
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            other.order_line.qty_delivered = 7
            self.env.flush_all()

    @mute_logger('odoo.sql_db')
    def test_states_written_by_hand(self):
        order = self.make_quotation(self.golden, (self.tap, 5))
        order.user_id = self.seller
        self.request.with_user(self.approver).action_close('Over')
        with self.assertRaisesRegex(UserError, 'no longer holds'):
            order.with_user(self.seller).write({'state': 'sale'})

    def test_lines_do_not_move_into_what_is_decided(self):
        own = self.users['staff_own']
        self.golden.channel_account_manager_id = own
        draft = self.make_request(self.golden, (self.sink, 0, 0.5), user=own)
        with self.assertRaisesRegex(UserError, 'what is asked for stands'):
            draft.line_ids.write({'request_id': self.request.id})
        others = self.make_request(self.silvery, (self.tap, 5, 60))
        with self.assertRaises(AccessError):
            draft.line_ids.write({'request_id': others.id})
        with self.assertRaises(AccessError):
            draft.write({'dealer_id': self.silvery.id})

    def test_the_list_that_the_discount_is_held_against(self):
        cheap = self.make_list('Cheap', level=None)
        self.add_rule(cheap, self.sink, price=1.03)
        request = self.make_request(self.golden, (self.sink, 5, 1), pricelist_id=cheap.id)
        self.assertEqual(request.pricelist_id, self.pricelist_gold)
        for name, value in (('pricelist_id', cheap.id), ('discount_depth', 1)):
            with self.subTest(name), self.assertRaises(AccessError):
                request.write({name: value})
        request.sudo().pricelist_id = cheap
        request.action_submit()
        self.assertGreater(request.discount_depth, 99)

    def test_discounts_are_found_and_not_written(self):
        """Whoever may approve 10 % approves no 30 %, whatever the request says of itself."""
        self.env['dealer.price.limit'].create(
            [
                {'discount_max': depth, 'user_ids': [Command.set(user.ids)]}
                for depth, user in ((10, self.approver), (30, self.env.ref('base.user_admin')))
            ]
        )
        requests = self.env['dealer.price.request'].with_user(self.requester)
        requests = requests.with_context(default_discount_depth=1, default_discount=1, default_list_price=112)
        request = self.make_request(self.golden).with_env(requests.env)
        request.line_ids = [
            Command.create(
                {'product_id': self.sink.id, 'special_price': 112, 'discount': 1, 'list_price': 113, 'quantity_used': 9}
            )
        ]
        line = request.line_ids.with_env(self.env(user=self.requester, context={}))
        for name in ('discount', 'list_price', 'quantity_used'):
            with self.subTest(name), self.assertRaises(AccessError):
                line.write({name: 1})
        # By the back door, and the list says what it said.
        line.sudo().write({'list_price': 140, 'discount': 1, 'quantity_used': -5})
        request.with_env(request.env(context={})).action_submit()
        self.assertEqual((line.list_price, line.discount, line.quantity_used, request.discount_depth), (140, 20, 0, 20))
        with self.assertRaisesRegex(AccessError, 'not for you'):
            request.with_user(self.approver).action_approve()

    def test_who_wrote_it_does_not_decide(self):
        request = self.make_request(self.golden, (self.sink, 5, 100), user=self.approver)
        request.with_user(self.requester).action_submit()
        self.assertFalse(request.with_user(self.approver).may_decide)
        with self.assertRaisesRegex(UserError, 'You wrote'):
            request.with_user(self.approver).action_approve()

    def test_the_quotation_it_was_asked_for_has_it_at_once(self):
        floor = self.make_list('Floor', level='F')
        self.add_rule(floor, self.sink, price=120)
        self.company.write({'dealer_floor_pricelist_id': floor.id, 'dealer_floor_policy': 'approval'})
        order = self.make_quotation(self.golden, (self.sink, 3))
        order.order_line.price_unit = 100
        staff = self.users['staff']
        staff.group_ids += self.env.ref('sales_team.group_sale_salesman_all_leads')
        request = self.env['dealer.price.request'].browse(
            order.with_user(staff).action_request_special_price()['res_id']
        )
        request.with_user(staff).action_submit()
        request.with_user(self.approver).action_approve()
        self.assertEqual(order.order_line.price_request_line_id, request.line_ids)
        order.action_confirm()

    def test_portal_orders_are_not_forged(self):
        orders = self.env['sale.order'].with_user(self.seller)
        with self.assertRaises(ValidationError):
            orders.create({'partner_id': self.golden.id, 'dealer_portal_state': 'placed'})
        order = orders.with_context(default_dealer_portal_state='placed').create({'partner_id': self.golden.id})
        self.assertFalse(order.dealer_portal_state)

    def test_a_suspended_dealer_places_nothing_where_approval_is_needed(self):
        self.company.dealer_territory_policy = 'approval'
        orders = self.env['sale.order']
        draft = orders.create(orders._prepare_quick_order_vals(self.golden, self.company))
        draft._set_quick_order({self.sink: 1})
        self.golden._set_dealer_state('suspended', 'Unpaid')
        with self.assertRaisesRegex(UserError, 'suspended|cannot be ordered'):
            draft.action_place_quick_order()
        self.assertEqual(draft.dealer_portal_state, 'draft')

    def test_in_the_catalog(self):
        order = self.make_quotation(self.golden, (self.tap, 15))
        self.assertEqual(len(order.order_line), 2)
        order.order_line._set_quick_quantity(self.tap, 16)
        self.assertEqual(self.prices(order), [(6, 70), (10, 50)])
        order.order_line._set_quick_quantity(self.tap, 7)
        self.assertEqual(self.prices(order), [(7, 50)])


@tagged('post_install', '-at_install')
class TestFloorAttacks(PriceCase):
    """Ways below the floor and the minimum; each is closed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floor = cls.make_list('Floor', level='F')
        cls.add_rule(cls.floor, percent=40)
        cls.company.write({'dealer_floor_pricelist_id': cls.floor.id, 'dealer_floor_policy': 'block'})

    def discount(self, order, amount, **vals):
        service = self.env['product.product'].create({'name': 'Discount', 'type': 'service', 'taxes_id': False})
        return self.env['sale.order.line'].create(
            {'order_id': order.id, 'product_id': service.id, 'product_uom_qty': 1, 'price_unit': -amount, **vals}
        )

    def test_a_discount_on_the_whole_order(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        self.discount(order, 90)
        self.assertFalse(order.price_warning)
        order.action_confirm()
        other = self.make_quotation(self.golden, (self.tap, 10))
        self.discount(other, 110, is_downpayment=True)
        self.assertIn('Below the floor', other.price_warning)
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            other.action_confirm()
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            self.discount(order, 50)

    def test_a_discount_counts_against_the_minimum(self):
        self.company.dealer_floor_policy = 'off'
        self.gold.minimum_order_amount = 600
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.action_confirm()
        order = self.make_quotation(self.golden, (self.tap, 10))
        self.discount(order, 101)
        with self.assertRaisesRegex(UserError, 'at least'):
            order.action_confirm()
        with self.assertRaisesRegex(UserError, 'at least'):
            order.write({'state': 'sale'})
        with self.assertRaisesRegex(UserError, 'at least'):
            self.make_quotation(self.golden, (self.tap, 1), state='sale')

    def test_a_smaller_order_after_confirmation_is_told(self):
        self.gold.minimum_order_amount = 600
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.action_confirm()
        order.order_line.product_uom_qty = 1
        self.assertTrue(order.message_ids.filtered(lambda message: 'at least' in message.body))

    def test_another_unit_for_the_same_price(self):
        order = self.make_quotation(self.golden, (self.tap, 12))
        order.order_line.price_unit = 69
        order.action_confirm()
        dozen = self.env.ref('uom.product_uom_dozen')
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            order.order_line.write({'product_uom_id': dozen.id, 'product_uom_qty': 1, 'price_unit': 69})

    def test_another_buyer(self):
        order = self.make_quotation(self.customer, (self.tap, 10))
        order.order_line.price_unit = 1
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            order.partner_id = self.golden

    def test_taxes_in_the_price(self):
        included = self.env['account.tax'].create(
            {'name': '25 in', 'amount': 25, 'price_include_override': 'tax_included', 'type_tax_use': 'sale'}
        )
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.order_line.tax_ids = included
        self.assertIn('Below the floor', order.price_warning, '70 with 25 % in it are 56.')
        order.order_line.tax_ids = False
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            order.order_line.tax_ids = included

    def test_taxes_that_the_fiscal_position_takes_out(self):
        included = self.env['account.tax'].create(
            {'name': '13 in', 'amount': 13, 'price_include_override': 'tax_included', 'type_tax_use': 'sale'}
        )
        position = self.env['account.fiscal.position'].create({'name': 'Export'})
        zero = self.env['account.tax'].create(
            {
                'name': 'Zero',
                'amount': 0,
                'type_tax_use': 'sale',
                'original_tax_ids': [Command.set(included.ids)],
                'fiscal_position_ids': [Command.set(position.ids)],
            }
        )
        self.tap.write({'list_price': 113, 'taxes_id': [Command.set(included.ids)]})
        floor = self.make_list('Floor with tax', level='F')
        self.add_rule(floor, self.tap, price=79)
        self.company.dealer_floor_pricelist_id = floor
        order = self.make_quotation(self.golden, (self.tap, 10), fiscal_position_id=position.id)
        self.assertEqual(order.order_line.tax_ids, zero)
        self.assertAlmostEqual(order.order_line.price_unit, 70)
        self.assertFalse(order.price_warning, '79.10 against 79, both with the tax.')
        order.order_line.price_unit = 69.9
        self.assertIn('Below the floor', order.price_warning)

    def test_the_floor_of_the_orders_company(self):
        other = self.env['res.company'].create({'name': 'Other', 'currency_id': self.company.currency_id.id})
        cost = self.make_list('Cost', level='F')
        self.add_rule(cost, base='standard_price', compute_price='formula', percent=0)
        self.tap.with_company(other).standard_price = 90
        other.dealer_floor_pricelist_id = cost
        floors = other._get_floor_prices(self.tap, other.currency_id)
        self.assertEqual(floors, {self.tap: 90})


@tagged('post_install', '-at_install')
class TestPriceListAttacks(PriceCase):
    """What a dealer is shown is what it is charged, and why."""

    def list_of(self, partner):
        partner.invalidate_recordset(['property_product_pricelist'])
        return partner.property_product_pricelist

    def test_a_form_that_is_saved_agrees_on_nothing(self):
        self.make_list('For all')
        self.users['manager'].group_ids += self.env.ref('sales_team.group_sale_manager')
        form = Form(self.env['res.partner'].with_user(self.users['manager']).with_context(default_is_dealer=True))
        form.name = 'New dealer'
        dealer = form.save().sudo()
        self.assertFalse(dealer.specific_property_product_pricelist)
        own = self.make_list('For it alone', level=None)
        dealer.property_product_pricelist = own
        self.assertEqual(dealer.specific_property_product_pricelist, own)

    def test_a_replacement_that_has_ended_or_is_for_others(self):
        self.make_list(
            'For May', level=None, replaces_id=self.pricelist_gold.id, date_start='2026-05-01', date_end='2026-05-03'
        )
        self.assertEqual(self.list_of(self.golden), self.pricelist_gold)
        self.make_list('Silver only', tiers=[self.silver], replaces_id=self.pricelist_gold.id, date_start='2026-05-01')
        self.assertEqual(self.list_of(self.golden), self.pricelist_gold)

    def test_archived_lists_do_not_break_the_chain(self):
        new = self.make_list('New', level=None, replaces_id=self.pricelist_gold.id, date_start='2026-04-01')
        newer = self.make_list('Newer', level=None, replaces_id=new.id, date_start='2026-05-01')
        self.assertEqual(self.list_of(self.golden), newer)
        new.active = False
        self.assertEqual(self.list_of(self.golden), newer)
        self.pricelist_gold.active = False
        self.assertEqual(self.list_of(self.golden), newer)

    @mute_logger('odoo.sql_db')
    def test_a_tier_that_a_list_names_stays(self):
        tier = self.env['res.partner.grade'].create({'name': 'VIP'})
        self.make_list('VIP only', tiers=[tier], percent=90)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            tier.unlink()
            self.env.flush_all()

    def test_agreed_in_another_company(self):
        other = self.env['res.company'].create({'name': 'Other'})
        own = self.make_list('Agreed there', level=None)
        self.make_list('For all')
        self.silvery.with_company(other).specific_property_product_pricelist = own
        self.env.user.company_ids += other
        self.assertEqual(self.silvery._get_dealer_pricelist(other).pricelist_id, own.id)
        self.assertNotEqual(self.silvery._get_dealer_pricelist(self.company).pricelist_id, own.id)

    def test_a_quotation_of_a_season_that_is_over(self):
        season = self.make_list('Season', level='D', percent=50, date_start='2026-05-01', date_end='2026-05-10')
        order = self.make_quotation(self.golden, (self.tap, 1))
        self.assertEqual((order.pricelist_id, order.order_line.price_unit), (season, 50))
        valid = self.make_quotation(self.golden, (self.tap, 1), validity_date='2026-05-20')
        order.validity_date = False
        with freeze_time('2026-05-11 04:00:00'):
            order.invalidate_recordset(['price_warning'])
            self.assertIn('ended on', order.price_warning)
            with self.assertRaisesRegex(UserError, 'price list "Season" ended'):
                order.action_confirm()
            valid.action_confirm()

    def test_why_is_never_wrong(self):
        order = self.make_quotation(self.golden, (self.tap, 1))
        line = order.order_line
        self.assertIn('30 % discount', line.price_reason)
        self.assertNotIn('by the list it is', line.price_reason)
        self.pricelist_gold.item_ids.percent_price = 50
        line.invalidate_recordset(['price_reason'])
        self.assertRegex(line.price_reason, r'by the list it is .*50\.00')
        order.action_update_prices()
        line.discount = 40
        self.assertIn('by the list it is', line.price_reason)
        line.discount = 0
        order.action_confirm()
        self.pricelist_gold.item_ids.percent_price = 10
        line.product_uom_qty = 2
        line.invalidate_recordset(['price_reason'])
        self.assertIn('50 % discount' if line.price_unit == 50 else '10 % discount', line.price_reason)
        other = self.make_quotation(self.customer, (self.tap, 1))
        self.assertFalse(other.order_line.price_reason)

    def test_no_list_says_what_comes_off_the_order(self):
        order = self.make_quotation(self.golden, (self.tap, 1))
        service = self.env['product.product'].create({'name': 'Voucher', 'type': 'service', 'taxes_id': False})
        voucher = order.order_line.create({'order_id': order.id, 'product_id': service.id, 'price_unit': -1})
        self.assertFalse(voucher.price_reason)
        order.action_confirm()
        self.assertFalse(voucher.price_facts)
        self.assertFalse(voucher._is_discount_line(), "What Odoo's own discount is, only Odoo says.")

    def test_what_is_kept_from_dealers(self):
        """What a price is made of, our cost or another list, is staff's."""
        self.add_rule(self.pricelist_gold, self.sink, base='standard_price', compute_price='formula', price_markup=25)
        order = self.make_quotation(self.golden, (self.sink, 1))
        self.assertIn('cost', order.order_line.price_reason)
        self.patch(self.registry['sale.order'], '_is_told_to_staff', lambda order: False)
        order.order_line.invalidate_recordset(['price_reason'])
        self.assertNotIn('cost', order.order_line.price_reason)
        self.assertIn('Gold prices', order.order_line.price_reason)

    def test_what_is_to_come_by_dated_rules(self):
        """A rule that ends at midnight and one that begins then, in the list and in the one below it."""
        base = self.make_list('Base', level=None)
        self.add_rule(base, self.tap, price=60, date_end=datetime(2026, 5, 31, 23, 59, 59))
        self.add_rule(base, self.tap, price=66, date_start=datetime(2026, 6, 1))
        own = self.make_list('On base', level=None)
        self.add_rule(own, base='pricelist', base_pricelist_id=base.id, percent=0)
        self.golden.specific_property_product_pricelist = own
        price_list = self.golden._get_price_list(self.tap.sudo(), self.company)
        self.assertEqual((price_list.rows[0].own, price_list.rows[0].coming), (60, 66))
        self.assertEqual(price_list.coming_day, date(2026, 6, 1))

    def test_a_suggestion_needs_a_rule(self):
        retail = self.make_list('Retail', level='B')
        self.add_rule(retail, self.tap, price=90)
        rows = self.golden._get_price_list((self.tap | self.sink).sudo(), self.company).rows
        self.assertEqual([row.retailer for row in rows], [90, None])

    def test_without_price_lists(self):
        self.make_list('For all', percent=10)
        self.patch(
            self.registry['res.groups'],
            '_is_feature_enabled',
            lambda groups, name: name != 'product.group_product_pricelist',
        )
        self.assertFalse(self.golden._get_dealer_pricelist(self.company).pricelist_id)
        rows = self.golden._get_price_list(self.tap.sudo(), self.company).rows
        self.assertEqual(rows[0].own, 100)
