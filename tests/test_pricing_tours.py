from odoo.tests import HttpCase, new_test_user, tagged

from .price_common import PriceMixin


class PricingToursCase(PriceMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpPrices()
        consumer = cls.make_list('Consumer', level='C')
        cls.add_rule(consumer, cls.tap, price=119)
        cls.add_rule(consumer, percent=0)
        cls.always = {'date_from': '2020-01-01', 'date_to': '2089-12-31'}
        cls.granted = cls.grant_price(cls.golden, (cls.tap, 60, 60), **cls.always)
        cls.clerk = new_test_user(cls.env, login='tour_clerk', groups='base.group_portal')
        cls.clerk.partner_id.parent_id = cls.golden


@tagged('post_install', '-at_install')
class TestPricingTours(PricingToursCase):
    def test_manager_approves_a_special_price(self):
        request = self.make_request(self.silvery, (self.sink, 10, 140), project_name='Tour project', **self.always)
        request.action_submit()
        self.start_tour('/odoo', 'special_price_manager_tour', login='test_manager')
        self.assertEqual((request.state, request.approver_id), ('approved', self.approver))

    def test_why_this_price(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.user_id = self.users['salesman']
        self.start_tour(f'/odoo/action-sale.action_quotations/{order.id}', 'price_reason_tour', login='test_salesman')

    def test_dealer_asks_for_a_special_price(self):
        self.start_tour('/my', 'special_price_portal_tour', login='tour_clerk')
        request = self.env['dealer.price.request'].search([('project_name', '=', 'Airport')])
        self.assertEqual((request.state, request.requester_id), ('requested', self.clerk))


@tagged('post_install', '-at_install')
class TestPricingToursPhone(PricingToursCase):
    browser_size = '390x844'
    touch_enabled = True

    def test_dealer_orders(self):
        self.start_tour('/my', 'quick_order_tour', login='tour_clerk')
        order = self.env['sale.order'].search([('partner_id', '=', self.golden.id)])
        self.assertEqual((order.state, order.dealer_portal_state, order.amount_untaxed), ('sent', 'placed', 880))

    def test_dealer_asks_for_a_special_price(self):
        self.start_tour('/my', 'special_price_portal_tour', login='tour_clerk')
