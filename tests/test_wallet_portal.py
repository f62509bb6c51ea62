from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .wallet_common import WalletMixin


class WalletPortalCase(WalletMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpWallet()
        for login, dealer in (('purse', cls.golden), ('thief', cls.silvery)):
            user = new_test_user(cls.env, login=login, groups='base.group_portal')
            user.partner_id.parent_id = dealer
        cls.credit = cls.fill_wallet(cls.golden, 3200, expiry='2099-12-31')


@tagged('post_install', '-at_install')
class TestWalletPortal(WalletPortalCase):
    """A dealer sees its own wallet, and pays its own quotations with it."""

    def page(self, url, login='purse'):
        self.authenticate(login, login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return response.text.replace('\xa0', ' ')

    def use(self, order, amount, login='purse', token=True):
        self.authenticate(login, login)
        response = self.url_open(
            f'/my/orders/{order.id}/wallet',
            data={
                'amount': amount,
                'access_token': order._portal_ensure_token() if token else '',
                'csrf_token': Request.csrf_token(self),
            },
        )
        self.env.invalidate_all()
        return response

    def test_wallet(self):
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.action_use_wallet(700)
        order.action_confirm()
        page = self.page('/my/wallet')
        for text in ('2,500.00', '3,200.00', 'Quarterly rebate', order.name, f'/my/orders/{order.id}', '700.00'):
            self.assertIn(text, page)
        self.assertIn('href="/my/wallet"', self.page('/my'))
        page = self.page('/my/wallet', 'thief')
        self.assertIn('nothing in your wallet', page)
        for text in ('3,200.00', '2,500.00', order.name):
            self.assertNotIn(text, page)

    def test_no_dealer_has_no_wallet(self):
        new_test_user(self.env, login='nobody', groups='base.group_portal')
        self.authenticate('nobody', 'nobody')
        self.assertTrue(self.url_open('/my/wallet').url.endswith('/my'))

    def test_quotation(self):
        order = self.make_quotation(self.golden, (self.tap, 10), state='sent')
        self.assertIn('o_order_wallet', self.page(order.get_portal_url()))
        response = self.use(order, '800')
        self.assertIn('800.00', response.text)
        self.assertEqual((order.wallet_paid, order.amount_untaxed), (800, 200))
        self.assertIn('at most', self.use(order, '1000.01').text)
        self.assertEqual(order.wallet_paid, 800)
        for amount in ('', 'x', 'nan', '-1', '1e400'):
            with self.subTest(amount):
                self.use(order, amount)
                self.assertEqual(order.wallet_paid, 800)
        self.use(order, '0')
        self.assertEqual(order.wallet_paid, 0)
        order.action_confirm()
        self.use(order, '5')
        self.assertEqual(order.wallet_paid, 0, 'A confirmed order is changed by staff.')

    def test_amounts_that_are_none(self):
        order = self.make_quotation(self.golden, (self.tap, 10), state='sent')
        for amount in ('', 'x', 'nan', 'inf', '-inf', '-1', '1e400', '9' * 400):
            with self.subTest(amount):
                response = self.use(order, amount)
                self.assertEqual(response.status_code, 200)
                self.assertIn('an amount of 0 or more', response.text)
        self.assertIn('at most', self.use(order, '1e14').text)
        self.assertFalse(order.wallet_paid or order.wallet_asked)

    def test_files_are_no_amounts(self):
        order = self.make_quotation(self.golden, (self.tap, 10), state='sent')
        for login, name, answer in (
            ('purse', 'amount', 'an amount of 0 or more'),
            ('thief', 'access_token', '/my/orders'),
        ):
            with self.subTest(name):
                self.authenticate(login, login)
                fields = {
                    'amount': '5',
                    'access_token': order._portal_ensure_token(),
                    'csrf_token': Request.csrf_token(self),
                }
                del fields[name]
                response = self.url_open(
                    f'/my/orders/{order.id}/wallet', data=fields, files={name: ('file.txt', b'5', 'text/plain')}
                )
                self.assertEqual(response.status_code, 200)
                self.assertIn(answer, response.text)
                self.env.invalidate_all()
                self.assertFalse(order.wallet_paid or order.wallet_asked)

    def test_another_dealer_with_the_link(self):
        order = self.make_quotation(self.golden, (self.tap, 10), state='sent')
        self.assertNotIn('o_order_wallet', self.page(order.get_portal_url(), 'thief'))
        for token in (True, False):
            self.use(order, '500', 'thief', token)
            self.assertEqual(order.wallet_paid, 0)
        theirs = self.make_quotation(self.silvery, (self.tap, 10), state='sent')
        self.use(theirs, '500', 'thief')
        self.assertEqual(theirs.wallet_paid, 0, 'They have no wallet.')

    def test_quick_order(self):
        self.authenticate('purse', 'purse')

        def save(quantity, order=None, **params):
            answer = self.make_jsonrpc_request(
                '/my/quick-order/save', {'order_id': order, 'lines': [[self.tap.id, quantity]], **params}
            )
            self.env.invalidate_all()
            return answer

        answer = save(10)
        self.assertEqual((answer['wallet']['limit'], answer['wallet']['paid']), (1000, 0))
        answer = save(10, answer['order_id'], wallet=5000, version=answer['version'])
        self.assertEqual((answer['wallet']['paid'], answer['amount']), (1000, 0))
        self.assertEqual(len(answer['lines']), 1, 'What the wallet pays is no product.')
        answer = save(10, answer['order_id'], wallet=600, version=answer['version'])
        self.assertEqual(answer['amount'], 400)
        answer = save(4, answer['order_id'])
        self.assertEqual((answer['wallet']['paid'], answer['amount']), (400, 0), 'As far as it can.')
        answer = save(10, answer['order_id'])
        order = self.env['sale.order'].browse(answer['order_id'])
        self.assertEqual((answer['amount'], order.wallet_asked), (400, 600))
        for value in ('x', [], True, float('1e300')):
            save(10, order.id, wallet=value)
            self.assertFalse(order.wallet_paid)
        save(10, order.id, wallet=600)
        self.company.dealer_portal_confirm_limit = 500
        answer = self.make_jsonrpc_request('/my/quick-order/place', {'order_id': order.id, 'amount': 400})
        self.assertIn('url', answer)
        self.env.invalidate_all()
        self.assertEqual((order.state, order.wallet_paid), ('sent', 600), 'An order of 1,000 is not below the limit.')

    def test_placed_when_the_wallet_is_empty(self):
        self.authenticate('purse', 'purse')
        answer = self.make_jsonrpc_request('/my/quick-order/save', {'lines': [[self.tap.id, 40]], 'wallet': 3200})
        other = self.make_quotation(self.golden, (self.tap, 32))
        other.action_use_wallet(3000)
        other.action_confirm()
        self.env.flush_all()
        changed = self.make_jsonrpc_request(
            '/my/quick-order/place', {'order_id': answer['order_id'], 'amount': answer['amount']}
        )
        self.assertTrue(changed['changed'], 'The dealer looks at the new total first.')
        self.assertEqual((changed['wallet']['paid'], changed['amount']), (200, 3800))
