from odoo.tests import HttpCase, new_test_user, tagged

from .territory_common import TerritoryMixin


class AuthorizationToursCase(TerritoryMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTerritories()
        cls.a.name = 'Tour Dealer'
        cls.guangdong.name = 'Tour South'
        cls.hunan.name = 'Tour North'
        cls.granted = cls.make_grant(cls.a, cls.guangdong, date_to='2089-12-31')
        cls.granted.with_user(cls.requester).action_submit()
        new_test_user(cls.env, login='tour_dealer', groups='base.group_portal').partner_id.parent_id = cls.a


@tagged('post_install', '-at_install')
class TestAuthorizationTours(AuthorizationToursCase):
    def test_manager_grants_and_prints(self):
        self.start_tour('/odoo/dealer-authorizations', 'authorization_manager_tour', login='test_manager')
        self.assertEqual((self.granted.state, self.granted.approver_id), ('active', self.approver))
        asked = self.env['dealer.authorization'].search([('territory_id', '=', self.hunan.id)])
        self.assertEqual(
            (asked.state, asked.requester_id, str(asked.date_to)), ('submitted', self.approver, '2090-12-31')
        )

    def test_dealer_downloads(self):
        self.granted.with_user(self.approver).action_approve()
        self.start_tour('/my', 'authorization_portal_tour', login='tour_dealer')

    def test_staff_is_refused_and_asks_for_approval(self):
        self.company.dealer_territory_policy = 'approval'
        self.granted.with_user(self.approver).action_approve()
        seller = new_test_user(self.env, 'tour_seller', 'sales_team.group_sale_salesman_all_leads')
        order = self.make_order_to(self.b, self.make_address(self.b, '广州市'), user_id=seller.id)
        self.start_tour(
            f'/odoo/action-sale.action_quotations/{order.id}', 'authorization_order_tour', login='tour_seller'
        )
        request = order.territory_exception_ids
        self.assertEqual((request.state, request.reason), ('requested', 'Project of the same group'))
        self.assertEqual(order.state, 'draft')
        request.with_user(self.approver).action_approve()
        order.with_user(seller).action_confirm()
        self.assertEqual(order.order_line.territory_verdict, 'exclusive')


@tagged('post_install', '-at_install')
class TestAuthorizationToursPhone(AuthorizationToursCase):
    browser_size = '390x844'
    touch_enabled = True

    def test_dealer_downloads(self):
        self.granted.with_user(self.approver).action_approve()
        self.start_tour('/my', 'authorization_portal_tour', login='tour_dealer')
