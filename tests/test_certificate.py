import re
from datetime import timedelta

from lxml import html

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .territory_common import TerritoryMixin


@tagged('post_install', '-at_install')
class TestCertificate(TerritoryMixin, HttpCase):
    """What a stranger with a telephone learns from a certificate, and what the dealer finds in its portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTerritories()
        cls.company.country_id = cls.china
        cls.today = cls.company._get_dealer_date()
        cls.a.name = 'Dealer <b>A</b>'
        cls.granted = cls.grant(
            cls.a,
            cls.guangdong,
            product_tmpl_ids=cls.p1.product_tmpl_id,
            carveouts=[(cls.shenzhen, False)],
            date_from=cls.today - timedelta(days=10),
            date_to=cls.today + timedelta(days=10),
        )
        cls.foreign = cls.grant(
            cls.b, cls.hunan, date_from=cls.today, date_to=cls.today + timedelta(days=300), note='<p>Foreign terms</p>'
        )
        cls.draft = cls.make_grant(cls.a, cls.hunan, kind='shared')
        cls.clerk = new_test_user(cls.env, login='test_clerk', groups='base.group_portal')
        cls.clerk.partner_id.parent_id = cls.a
        cls.path = f'/certificate/{cls.granted.certificate_number}/{cls.granted.certificate_token}'

    def text(self, response):
        return ' '.join(html.fromstring(response.content).text_content().split())

    def ask(self, path=None, **question):
        return self.url_open(
            f'{path or self.path}?lang=en_US&' + '&'.join(f'{key}={value}' for key, value in question.items())
        )

    # ------------------------------------------------------------ Public page

    def test_says_who_and_whether(self):
        response = self.url_open(f'{self.path}?lang=en_US')
        text = self.text(response)
        for part in (self.granted.certificate_number, 'Dealer <b>A</b>', 'Genuine, and valid today', self.company.name):
            self.assertIn(part, text)
        self.assertNotIn('<b>A</b>', response.text)
        self.assertEqual(response.headers['X-Robots-Tag'], 'noindex, nofollow')
        self.assertNotIn('session_id', response.cookies)

    def test_chinese(self):
        self.assertIn('lang="zh-CN"', self.url_open(self.path, headers={'Accept-Language': 'zh-CN,zh;q=0.9'}).text)
        self.assertIn('lang="en-US"', self.url_open(self.path, headers={'Accept-Language': 'fr;q=0.9,en;q=0.5'}).text)

    def test_answers_for_place_product_and_day(self):
        gd, hn = self.guangdong_state.id, self.hunan_state.id
        tomorrow, far = self.today + timedelta(days=1), self.today + timedelta(days=11)
        for question, answer in (
            ({'place': gd, 'city': '广州市'}, 'Yes'),
            ({'place': gd, 'city': '广州', 'product': 'P1'}, 'Yes'),
            ({'place': gd, 'city': '广州', 'product': 'p1', 'date': tomorrow}, 'Yes'),
            ({'place': gd, 'city': '广州', 'date': far}, 'No'),
            ({'place': gd, 'city': '深圳市'}, 'No'),
            ({'place': gd, 'city': '广州', 'product': 'P2'}, 'No'),
            ({'place': hn, 'city': '长沙'}, 'No'),
        ):
            with self.subTest(question):
                self.assertRegex(self.text(self.ask(**question)), rf'\b{answer}\. This')

    def test_questions_that_are_none(self):
        gd = self.guangdong_state.id
        for question, hint in (
            ({'product': 'P1'}, 'say where you are'),
            ({'city': '汕尾'}, 'say where you are'),
            ({'place': self.hunan_state.id}, 'say where you are'),
            ({'place': gd, 'city': '广州', 'product': 'Nonesuch'}, 'no product by this name'),
            ({'place': gd, 'product': '%25'}, 'no product by this name'),
            ({'place': gd, 'date': '2026-99-99'}, 'the day as a date'),
            ({'place': gd, 'date': 'today'}, 'the day as a date'),
        ):
            with self.subTest(question):
                text = self.text(self.ask(**question))
                self.assertIn(hint, text)
                self.assertNotRegex(text, r'(Yes|No)\. This')
        for question in (
            {'place': 'x; DROP', 'city': '<script>alert(1)</script>'},
            {'place': '9' * 30, 'city': 'x'},
            {'place': '-1', 'code': '%00'},
            {'place': gd, 'product': 'a%00b', 'city': '%00'},
            {'place': gd, 'city': 'x' * 3000},
        ):
            with self.subTest(question):
                response = self.ask(**question)
                self.assertLess(response.status_code, 500)
                self.assertNotIn('<script>alert', response.text)

    def test_reveals_nothing_else(self):
        self.a.write({'phone': '+86 139 0000 0000', 'email': 'secret@example.com', 'vat': 'VAT-SECRET'})
        body = self.ask(place=self.guangdong_state.id, city='深圳').text
        for secret in (
            '139 0000',
            'secret@example',
            'VAT-SECRET',
            'Dealer B',
            '广州',
            'Taps',
            self.foreign.certificate_number,
        ):
            self.assertNotIn(secret, body)

    def test_states_of_the_certificate(self):
        for step, word in (
            (lambda: self.granted.with_user(self.approver).action_suspend('Secret reason'), 'suspended'),
            (lambda: self.granted.with_user(self.approver).action_resume(), 'valid today'),
            (lambda: self.granted.with_user(self.approver).action_revoke('Secret reason'), 'was revoked'),
        ):
            step()
            text = self.text(self.url_open(f'{self.path}?lang=en_US'))
            self.assertIn(word, text)
            self.assertNotIn('Secret', text)
        self.assertIn('No. This', self.text(self.ask(place=self.guangdong_state.id, city='广州')))

    def test_cannot_be_guessed(self):
        number, token = self.granted.certificate_number, self.granted.certificate_token
        answers = {
            re.sub(r'\s+', ' ', self.url_open(f'/certificate/{wrong_number}/{wrong_token}?lang=en_US').text)
            for wrong_number, wrong_token in (
                (number, 'x'),
                (number, token[:-1]),
                (number, token + 'x'),
                (number, self.foreign.certificate_token),
                (self.foreign.certificate_number, token),
                ('SQ-2026-99999', token),
                (self.draft.name, 'False'),
                ('False', 'False'),
                (number, 'é' * 32),
                ('a%00b', token),
            )
        }
        self.assertEqual(len(answers), 1, 'The same answer to every wrong one.')
        self.assertEqual(self.url_open(f'/certificate/{number}/x').status_code, 404)
        for path in ('/certificate', '/certificate/', f'/certificate/{number}', f'/certificate/{number}/'):
            self.assertEqual(self.url_open(path).status_code, 404)
        self.assertEqual(self.url_open(self.path, data={'place': 1}).status_code, 405)
        self.assertGreaterEqual(len(token), 32)

    def test_queries_of_the_page_are_few(self):
        self.url_open(self.path)
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            self.ask(place=self.guangdong_state.id, city='广州', product='P1')

    # ------------------------------------------------------------------- PDF

    def render(self, report, grants):
        content, kind = (
            self.env['ir.actions.report']
            .with_context(force_report_rendering=False)
            ._render_qweb_html(report, grants.ids)
        )
        self.assertEqual(kind, 'html')
        return content.decode()

    def test_document(self):
        self.granted.write({'channel_ids': [Command.link(self.shop.id)]})
        self.a.lang = 'zh_CN'
        chinese = self.render('dealer_management.authorization_certificate', self.granted)
        english = self.render('dealer_management.authorization_certificate_en', self.granted)
        for body in (chinese, english):
            for part in (self.granted.certificate_number, 'P1', '深圳', 'data:image/png;base64', 'Dealer &lt;b&gt;A'):
                self.assertIn(part, body)
        self.assertIn('Certificate of Authorization', english)
        self.assertIn('授权书', chinese)
        self.assertNotIn('Certificate of Authorization', chinese)

    def test_document_of_an_ended_grant_says_so(self):
        self.assertNotIn(
            'o_void',
            re.sub(
                r'<style.*?</style>',
                '',
                self.render('dealer_management.authorization_certificate_en', self.granted),
                flags=re.S,
            ),
        )
        self.granted.with_user(self.approver).action_revoke('Breach')
        self.assertIn('Not Valid', self.render('dealer_management.authorization_certificate_en', self.granted))

    # ---------------------------------------------------------------- Portal

    def test_portal_shows_the_dealers_own(self):
        self.authenticate('test_clerk', 'test_clerk')
        response = self.url_open('/my/authorizations')
        text = self.text(response)
        for part in (self.granted.certificate_number, '广东', 'P1', '深圳', 'days left'):
            self.assertIn(part, text)
        for part in (self.foreign.certificate_number, 'Dealer B', 'Foreign terms', self.draft.name):
            self.assertNotIn(part, response.text)
        result = self.make_jsonrpc_request('/my/counters', {'counters': ['authorization_count']})
        self.assertEqual(result, {'authorization_count': 1})

    def test_portal_certificate(self):
        self.authenticate('test_clerk', 'test_clerk')
        response = self.url_open(f'/my/authorizations/{self.granted.id}/certificate?lang=zh', timeout=60)
        self.assertEqual(response.headers['Content-Type'], 'application/pdf')
        self.assertIn(self.granted.certificate_number, response.headers['Content-Disposition'])
        for grant in (self.foreign.id, self.draft.id, 999999):
            response = self.url_open(f'/my/authorizations/{grant}/certificate')
            self.assertTrue(response.url.endswith('/my/authorizations'))

    def test_portal_of_others(self):
        stranger = new_test_user(self.env, login='test_stranger', groups='base.group_portal')
        self.assertFalse(stranger.partner_id.dealer_id)
        self.authenticate('test_stranger', 'test_stranger')
        self.assertTrue(self.url_open('/my/authorizations').url.endswith('/my'))
        self.assertTrue(self.url_open(f'/my/authorizations/{self.granted.id}/certificate').url.endswith('/my'))
        self.authenticate(None, None)
        self.assertIn('/web/login', self.url_open('/my/authorizations').url)

    def test_T3_portal_refuses_with_the_reason_and_names_nobody(self):
        self.company.dealer_territory_policy = 'approval'
        order = self.make_order_to(
            self.a, self.make_address(self.a, '长沙市', self.hunan_state), require_signature=True, require_payment=False
        )
        order.action_quotation_sent()
        self.authenticate('test_clerk', 'test_clerk')
        page = self.url_open(order.get_portal_url())
        self.assertIn('reserved to another dealer', self.text(page))
        self.assertNotIn('Dealer B', page.text)
        self.assertNotIn(self.foreign.certificate_number, page.text)
        result = self.make_jsonrpc_request(
            f'/my/orders/{order.id}/accept',
            {
                'access_token': order.access_token,
                'name': 'Clerk',
                'signature': 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
            },
        )
        self.assertIn('reserved to another dealer', result['error'])
        order.invalidate_recordset()
        self.assertEqual((order.state, order.signed_by), ('sent', False))

    def test_api_is_refused_alike(self):
        self.company.dealer_territory_policy = 'block'
        order = self.make_order_to(self.a, self.make_address(self.a, '长沙市', self.hunan_state))
        key = self.env['res.users.apikeys'].with_user(self.env.ref('base.user_admin'))._generate('rpc', 'test', False)
        response = self.url_open(
            '/json/2/sale.order/action_confirm', json={'ids': order.ids}, headers={'Authorization': f'bearer {key}'}
        )
        self.assertEqual(response.status_code, 422)
        self.assertIn('another dealer holds', response.json()['message'])
