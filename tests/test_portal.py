from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged

from .common import DealerMixin


@tagged('post_install', '-at_install')
class TestPortal(DealerMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpDealers()
        cls.company.write({'dealer_hotline': '400-800-1688', 'dealer_service_email': 'help@example.com'})
        cls.users['staff'].partner_id.write({'phone': '+86 757 1', 'name': 'Lin Jing'})
        cls.gold.write({'rights': '<p>Priority supply</p>', 'duties': '<p>Monthly report</p>'})
        cls.upstream = cls.make_dealer('Upstream Dealer')
        cls.dealer = cls.make_dealer(
            'Own <b>Dealer</b>',
            grade_id=cls.gold.id,
            channel_account_manager_id=cls.users['staff'].id,
            upstream_dealer_id=cls.upstream.id,
            dealer_joined_date='2024-02-29',
            dealer_registered_capital=12345678,
        )
        cls.other = cls.make_dealer('Foreign Dealer', grade_id=cls.silver.id)
        cls.clerk = new_test_user(cls.env, login='test_clerk', groups='base.group_portal')
        cls.clerk.partner_id.parent_id = cls.dealer
        cls.stranger = new_test_user(cls.env, login='test_stranger', groups='base.group_portal')

    def get(self, url, login=None):
        self.authenticate(login, login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return response

    def text(self, response):
        return ' '.join(html.fromstring(response.text).text_content().split())

    def test_home_shows_the_dealers_card(self):
        text = self.text(self.get('/my', 'test_clerk'))
        for part in ('Own <b>Dealer</b>', self.dealer.dealer_code, 'Test Gold', 'Active', 'Lin Jing', 'My Dealership'):
            self.assertIn(part, text)
        self.assertNotIn('Foreign Dealer', text)

    def test_page_shows_tier_and_contacts_and_nothing_else(self):
        response = self.get('/my/dealer', 'test_clerk')
        text = self.text(response)
        for part in (
            'Priority supply',
            'Monthly report',
            '400-800-1688',
            'help@example.com',
            '+86 757 1',
            'Upstream Dealer',
            '02/29/2024',
        ):
            self.assertIn(part, text)
        for part in ('Foreign Dealer', '12345678', '12,345,678', 'Test Silver'):
            self.assertNotIn(part, response.text)

    def test_request_cannot_name_another_dealer(self):
        for url in (
            f'/my/dealer?dealer={self.other.id}&dealer_id={self.other.id}&partner_id={self.other.id}',
            f'/my?dealer={self.other.id}',
        ):
            self.assertNotIn('Foreign Dealer', self.get(url, 'test_clerk').text)
        self.assertEqual(self.url_open(f'/my/dealer/{self.other.id}').status_code, 404)

    def test_blocked_dealer_is_told_why(self):
        self.dealer.action_dealer_suspend('Overdue <script>alert(1)</script>')
        response = self.get('/my', 'test_clerk')
        self.assertIn('is suspended, so its orders cannot be confirmed', self.text(response))
        self.assertNotIn('<script>alert(1)', response.text)

    def test_dealer_without_tier_or_manager(self):
        self.dealer.write({'grade_id': False, 'channel_account_manager_id': False})
        text = self.text(self.get('/my/dealer', 'test_clerk'))
        self.assertIn('You have not been given a tier yet', text)
        self.assertNotIn('Lin Jing', text)

    def test_customer_who_is_no_dealer_sees_nothing_of_it(self):
        self.assertNotIn('My Dealership', self.get('/my', 'test_stranger').text)
        self.assertTrue(self.get('/my/dealer', 'test_stranger').url.endswith('/my'))

    def test_public_is_asked_to_log_in(self):
        self.assertIn('/web/login', self.get('/my/dealer').url)

    def test_counters_still_work(self):
        self.authenticate('test_clerk', 'test_clerk')
        result = self.make_jsonrpc_request('/my/counters', {'counters': ['order_count', 'quotation_count']})
        self.assertEqual(set(result), {'order_count', 'quotation_count'})

    def test_portal_signature_of_a_blocked_dealer_is_refused(self):
        order = self.make_order(self.dealer, require_signature=True, require_payment=False)
        order.action_quotation_sent()
        self.dealer.action_dealer_suspend('Overdue')
        self.authenticate('test_clerk', 'test_clerk')
        self.assertIn('is suspended', self.text(self.url_open(order.get_portal_url())))
        for token, message in ((order.access_token, 'is suspended'), ('forged', 'Invalid order')):
            self.authenticate('test_clerk' if token != 'forged' else 'test_stranger', None)
            result = self.make_jsonrpc_request(
                f'/my/orders/{order.id}/accept',
                {
                    'access_token': token,
                    'name': 'Clerk',
                    'signature': 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
                },
            )
            self.assertIn(message, result['error'])
        order.invalidate_recordset()
        self.assertEqual((order.state, order.signed_by), ('sent', False))

    def test_api_call_of_a_blocked_dealer_is_refused(self):
        order = self.make_order(self.dealer)
        self.dealer.action_dealer_suspend('Overdue')
        key = self.env['res.users.apikeys'].with_user(self.env.ref('base.user_admin'))._generate('rpc', 'test', False)
        response = self.url_open(
            '/json/2/sale.order/action_confirm',
            json={'ids': order.ids},
            headers={'Authorization': f'bearer {key}'},
        )
        self.assertEqual(response.status_code, 422)
        self.assertIn('is suspended', response.json()['message'])
