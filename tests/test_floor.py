from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .price_common import PriceCase


@tagged('post_install', '-at_install')
class TestFloor(PriceCase):
    """Nobody sells to a dealer below the floor unnoticed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floor = cls.make_list('Floor', level='F')
        cls.add_rule(cls.floor, cls.tap, price=65)
        cls.company.write({'dealer_floor_pricelist_id': cls.floor.id, 'dealer_floor_policy': 'approval'})

    def order_at(self, price=None, discount=0, partner=None):
        order = self.make_quotation(partner or self.golden)
        if price is not None:
            order.order_line.price_unit = price
        order.order_line.discount = discount
        return order

    def test_at_and_below(self):
        order = self.order_at(65)
        self.assertFalse(order.price_warning)
        order.action_confirm()
        order = self.order_at(64.99)
        self.assertIn('Below the floor price: [TAP-1] Tap.', order.price_warning)
        self.assertTrue(order.special_price_needed)
        with self.assertRaisesRegex(UserError, 'approved special price is needed'):
            order.action_confirm()

    def test_the_discount_counts(self):
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            self.order_at(100, discount=35.1).action_confirm()
        self.order_at(100, discount=35).action_confirm()

    def test_policies(self):
        self.company.dealer_floor_policy = 'off'
        self.assertFalse(self.order_at(1).price_warning)
        self.order_at(1).action_confirm()
        self.company.dealer_floor_policy = 'warn'
        order = self.order_at(60)
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        self.assertIn('Below the floor price', order.message_ids[:1].body + order.message_ids[1:2].body)
        self.company.dealer_floor_policy = 'block'
        with self.assertRaisesRegex(UserError, 'not accepted'):
            self.order_at(60).action_confirm()

    def test_customers_who_are_no_dealers(self):
        self.order_at(1, partner=self.customer).action_confirm()

    def test_products_without_a_floor(self):
        order = self.make_quotation(self.golden, (self.sink, 1))
        order.order_line.price_unit = 1
        order.action_confirm()

    def test_no_way_around(self):
        order = self.order_at(60)
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            order.state = 'sale'
        confirmed = self.order_at()
        confirmed.action_confirm()
        for vals in ({'price_unit': 50}, {'discount': 50}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'Below the floor'):
                confirmed.order_line.write(vals)
        with self.assertRaisesRegex(UserError, 'Below the floor'):
            confirmed.order_line.create(
                {'order_id': confirmed.id, 'product_id': self.tap.id, 'product_uom_qty': 1, 'price_unit': 5}
            )

    def test_an_approved_special_price_is_the_approval(self):
        order = self.order_at(60)
        staff = order.with_user(self.users['staff'])
        order.user_id = self.users['staff']
        self.users['staff'].group_ids += self.env.ref('sales_team.group_sale_salesman')
        action = staff.action_request_special_price()
        request = self.env['dealer.price.request'].browse(action['res_id'])
        self.assertEqual(
            (request.order_id, request.dealer_id, request.line_ids.special_price, request.line_ids.quantity_max),
            (order, self.golden, 60, 10),
        )
        self.assertTrue(request.is_below_floor)
        request.with_user(self.users['staff']).action_submit()
        request.with_user(self.approver).action_approve()
        order.action_update_prices()
        self.assertFalse(order.price_warning)
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_used, 10)

    def test_where_nothing_goes_below_it_nobody_approves_it(self):
        self.company.dealer_floor_policy = 'block'
        request = self.make_request(self.golden, (self.tap, 10, 60))
        request.action_submit()
        with self.assertRaisesRegex(UserError, 'nothing be sold below it'):
            request.with_user(self.approver).action_approve()

    def test_other_units_and_currencies(self):
        order = self.order_at()
        order.order_line.product_uom_id = self.env.ref('uom.product_uom_dozen')
        order.order_line.price_unit = 12 * 64
        self.assertTrue(order.price_warning)
        order.order_line.price_unit = 12 * 65
        self.assertFalse(order.price_warning)


@tagged('post_install', '-at_install')
class TestMinimumOrder(PriceCase):
    """An order of a tier comes to its minimum, unless a channel manager lets it be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold.minimum_order_amount = 700

    def test_minimum(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.action_confirm()
        order = self.make_quotation(self.golden, (self.tap, 9))
        self.assertIn('at least', order.price_warning)
        self.assertTrue(order.is_below_minimum)
        with self.assertRaisesRegex(UserError, 'at least .*700.* before taxes; this one to .*630'):
            order.action_confirm()
        self.make_quotation(self.silvery, (self.tap, 1)).action_confirm()
        self.make_quotation(self.customer, (self.tap, 1)).action_confirm()

    def test_a_manager_lets_it_be(self):
        order = self.make_quotation(self.golden, (self.tap, 1))
        order.user_id = self.users['salesman']
        with self.assertRaises(AccessError):
            order.with_user(self.users['salesman']).minimum_waived = True
        with self.assertRaises(AccessError):
            order.with_user(self.users['salesman']).create({'partner_id': self.golden.id, 'minimum_waived': True})
        self.users['manager'].group_ids += self.env.ref('sales_team.group_sale_salesman_all_leads')
        order.with_user(self.users['manager']).action_waive_minimum()
        order.action_confirm()
        self.assertFalse(order.copy().minimum_waived)

    def test_other_currencies(self):
        other = self.env.ref('base.EUR') if self.company.currency_id.name != 'EUR' else self.env.ref('base.USD')
        other.active = True
        self.env['res.currency.rate'].search([('currency_id', '=', other.id)]).unlink()
        self.env['res.currency.rate'].create({'currency_id': other.id, 'name': '2026-01-01', 'rate': 2})
        pricelist = self.make_list('Foreign', level=None, currency_id=other.id)
        order = self.make_quotation(self.golden, (self.tap, 7), pricelist_id=pricelist.id)
        self.assertEqual(order.amount_untaxed, 1400)
        self.assertFalse(order.is_below_minimum)
        order.order_line.product_uom_qty = 6
        self.assertTrue(order.is_below_minimum)
