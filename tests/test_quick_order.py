from odoo.exceptions import ConcurrencyError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .price_common import PriceMixin


class QuickOrderCase(PriceMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpPrices()
        cls.clerk = new_test_user(cls.env, login='clerk', groups='base.group_portal')
        cls.clerk.partner_id.parent_id = cls.golden
        cls.rival = new_test_user(cls.env, login='rival', groups='base.group_portal')
        cls.rival.partner_id.parent_id = cls.silvery
        cls.stranger = new_test_user(cls.env, login='stranger', groups='base.group_portal')
        cls.warehouse_address, cls.their_address = cls.env['res.partner'].create(
            [
                {'name': 'Store', 'parent_id': cls.golden.id, 'type': 'delivery', 'city': 'Foshan'},
                {'name': 'Their Store', 'parent_id': cls.silvery.id, 'type': 'delivery', 'city': 'Wuhan'},
            ]
        )
        cls.tap.barcode = '6901234567892'

    def ask(self, route, login='clerk', **params):
        if getattr(self, 'logged_in', None) != login:
            self.authenticate(login, login)
            self.logged_in = login
        return self.make_jsonrpc_request(f'/my/quick-order/{route}', params)

    def save(self, *lines, order=None, **params):
        answer = self.ask(
            'save', order_id=order, lines=[[product.id, quantity] for product, quantity in lines], **params
        )
        self.env.invalidate_all()
        return answer

    def order_of(self, answer):
        return self.env['sale.order'].browse(answer['order_id'])


@tagged('post_install', '-at_install')
class TestQuickOrder(QuickOrderCase):
    """A dealer writes an order in its portal: a quotation from the first line on."""

    def test_find(self):
        self.assertEqual([row['code'] for row in self.ask('find', query='tap')], ['TAP-1'])
        self.assertEqual([row['code'] for row in self.ask('find', query='6901234567892')], ['TAP-1'])
        self.assertEqual(self.ask('find', query='tap-1')[0]['price'].replace('\xa0', ' '), '$ 70.00')
        for query in ('', ' ', '\x00', "'; DROP", '%', '_' * 300):
            self.assertIsInstance(self.ask('find', query=query), list)

    def test_written_saved_and_placed(self):
        answer = self.save(
            (self.tap, 10), (self.sink, 2), address_id=self.warehouse_address.id, reference='B-7', note='Soon'
        )
        order = self.order_of(answer)
        self.assertEqual(order.partner_id, self.golden)
        self.assertEqual(order.partner_shipping_id, self.warehouse_address)
        self.assertEqual((order.client_order_ref, order.dealer_note, order.state), ('B-7', 'Soon', 'draft'))
        self.assertEqual(order.dealer_portal_state, 'draft')
        self.assertEqual(order.amount_untaxed, 10 * 70 + 2 * 140)
        self.assertEqual(answer['amount'], order.amount_total)
        self.assertIn('Gold prices', answer['lines'][0]['parts'][0]['reason'])
        again = self.save((self.tap, 12), order=order.id)
        self.assertEqual(again['order_id'], order.id)
        self.assertEqual(order.order_line.mapped('product_uom_qty'), [12])
        self.assertEqual(order.client_order_ref, 'B-7', 'What is not said stays.')
        answer = self.ask('place', order_id=order.id, amount=again['amount'])
        self.env.invalidate_all()
        self.assertIn(f'/my/orders/{order.id}', answer['url'])
        self.assertEqual((order.state, order.dealer_portal_state, order.amount_untaxed), ('sent', 'placed', 840))
        self.assertFalse(order.require_signature or order.require_payment, 'Staff confirm it, not a signature.')
        self.assertEqual(self.ask('place', order_id=order.id, amount=again['amount']), answer, 'Once.')
        self.assertIn('no longer there', self.save((self.tap, 1), order=order.id)['error'])

    def test_a_page_that_was_not_answered_begins_no_second_draft(self):
        key = '0a' * 16
        first = self.save((self.tap, 10), key=key)
        again = self.save((self.tap, 10), (self.sink, 1), key=key)
        self.assertEqual(again['order_id'], first['order_id'])
        self.assertEqual(len(self.order_of(again).order_line), 2)
        self.assertNotEqual(self.save((self.tap, 10), key='0b' * 16)['order_id'], first['order_id'])
        theirs = self.ask('save', login='rival', lines=[[self.tap.id, 1]], key=key)
        self.assertNotEqual(theirs['order_id'], first['order_id'], 'Of its own dealer.')
        for forged in ('', 'x', ['a'], 7):
            self.assertNotEqual(self.save((self.tap, 10), key=forged)['order_id'], first['order_id'])
        # At once, the second is run again by Odoo, and finds what the first has made.
        with self.assertRaises(ConcurrencyError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.env['sale.order']._create_quick_order(self.golden, self.env.company, key)

    def test_staff_confirm_at_the_price_that_was_shown(self):
        self.golden.channel_account_manager_id = self.users['staff']
        answer = self.save((self.tap, 10))
        order = self.order_of(answer)
        self.ask('place', order_id=order.id, amount=answer['amount'])
        self.env.invalidate_all()
        self.assertEqual(order.user_id, self.users['staff'])
        self.assertEqual(order.activity_ids.user_id, self.users['staff'])
        self.add_rule(self.pricelist_gold, self.tap, price=99)
        order.action_confirm()
        self.assertEqual(order.order_line.price_unit, 70)

    def test_confirmed_at_once_below_the_limit(self):
        self.company.dealer_portal_confirm_limit = 700
        answer = self.save((self.tap, 10))
        self.ask('place', order_id=answer['order_id'], amount=answer['amount'])
        self.env.invalidate_all()
        self.assertEqual(self.order_of(answer).state, 'sale')
        answer = self.save((self.tap, 11))
        self.ask('place', order_id=answer['order_id'], amount=answer['amount'])
        self.env.invalidate_all()
        self.assertEqual(self.order_of(answer).state, 'sent')

    def test_prices_that_have_changed_are_shown_before_placing(self):
        answer = self.save((self.tap, 10))
        self.add_rule(self.pricelist_gold, self.tap, price=77)
        placed = self.ask('place', order_id=answer['order_id'], amount=answer['amount'])
        self.assertTrue(placed['changed'])
        self.assertEqual(placed['lines'][0]['parts'][0]['price'].replace('\xa0', ' '), '$ 77.00')
        self.assertIn('url', self.ask('place', order_id=answer['order_id'], amount=placed['amount']))

    def test_special_prices_are_shared_out(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60), date_from='2020-01-01', date_to='2099-12-31')
        answer = self.save((self.tap, 100))
        [row] = answer['lines']
        self.assertEqual(row['quantity'], 100)
        self.assertEqual(
            sorted((part['quantity'], part['special']) for part in row['parts']), [(40, False), (60, True)]
        )
        answer = self.save((self.tap, 50), order=answer['order_id'])
        self.assertEqual([(part['quantity'], part['special']) for part in answer['lines'][0]['parts']], [(50, True)])
        self.assertIn('url', self.ask('place', order_id=answer['order_id'], amount=answer['amount']))
        self.env.invalidate_all()
        self.order_of(answer).action_confirm()
        self.assertEqual(request.line_ids.quantity_left, 10)

    def test_pasted(self):
        self.tap.dealer_min_quantity = 5
        answer = self.ask(
            'paste', text='Code\tQty\ntap-1\t10\nNOPE\t3\n\nSINK-1\t-1\n6901234567892\t2\nSINK-1\tmany\nSINK-1\t2.5'
        )
        self.assertEqual([(row['code'], row['quantity']) for row in answer['lines']], [('TAP-1', 12), ('SINK-1', 2.5)])
        self.assertEqual(
            [(problem['number'], problem['message']) for problem in answer['problems']],
            [
                (3, 'Unknown code "NOPE".'),
                (5, 'The quantity must be above zero.'),
                (7, 'The quantity is not a number.'),
            ],
        )

    def test_quantities_that_cannot_be(self):
        self.tap.write({'dealer_min_quantity': 5, 'dealer_packaging_id': self.env.ref('uom.product_uom_dozen').id})
        answer = self.save((self.tap, 3))
        self.assertIn('At least 5', answer['lines'][0]['problem'])
        answer = self.save((self.tap, 20), order=answer['order_id'])
        self.assertIn('12 or 24', answer['lines'][0]['problem'])
        self.assertIn('12 or 24', self.ask('place', order_id=answer['order_id'], amount=answer['amount'])['error'])
        answer = self.save((self.tap, 24), order=answer['order_id'])
        self.assertFalse(answer['lines'][0]['problem'])
        before = self.env['sale.order'].search_count([])
        for quantity in (0, -1, 10**12, None, 'many', True, []):
            with self.subTest(quantity):
                self.assertIn('above zero', self.ask('save', lines=[[self.tap.id, quantity]])['error'])
        for lines in ('x', [[1]], [['1', 2]], [[None, 1]], [1], [[self.tap.id, 1]] * 3000):
            with self.subTest(str(lines)[:20]):
                self.assertIn('error', self.ask('save', lines=lines))
        self.assertEqual(self.env['sale.order'].search_count([]), before)

    def test_what_is_in_the_way_is_said(self):
        self.gold.minimum_order_amount = 700
        answer = self.save((self.tap, 9))
        self.assertIn('at least', answer['warning'])
        self.assertIn('at least', self.ask('place', order_id=answer['order_id'], amount=answer['amount'])['error'])
        self.env.invalidate_all()
        self.assertEqual(self.order_of(answer).dealer_portal_state, 'draft')
        answer = self.save((self.tap, 10), order=answer['order_id'])
        self.golden._set_dealer_state('suspended', 'Unpaid')
        self.assertIn('suspended', self.ask('place', order_id=answer['order_id'], amount=answer['amount'])['error'])

    def test_another_dealers(self):
        """Ids lead nowhere but to one's own: drafts, products, addresses, orders."""
        answer = self.save((self.tap, 10))
        theirs = self.ask('save', 'rival', lines=[[self.tap.id, 1]])
        self.env.invalidate_all()
        secret = self.env['product.product'].create(
            {
                'name': 'Own brand',
                'default_code': 'SECRET',
                'list_price': 5,
                'only_dealer_ids': [Command.set(self.silvery.ids)],
            }
        )
        self.assertEqual(self.ask('find', query='secret'), [])
        self.assertEqual(self.ask('paste', text='SECRET\t1')['problems'][0]['message'], 'Unknown code "SECRET".')
        self.assertEqual(self.ask('find', 'rival', query='secret')[0]['code'], 'SECRET')
        saved = self.save((secret, 1), order=answer['order_id'])
        self.assertEqual(saved['lines'], [])
        self.assertIn('no longer there', self.save((self.tap, 1), order=theirs['order_id'])['error'])
        self.assertIn('no longer there', self.ask('place', order_id=theirs['order_id'], amount=0)['error'])
        saved = self.save((self.tap, 1), order=answer['order_id'], address_id=self.their_address.id)
        self.assertNotEqual(self.order_of(saved).partner_shipping_id, self.their_address)
        self.assertEqual(self.url_open(f'/my/products/{secret.id}/image').status_code, 404)
        self.assertEqual(self.url_open(f'/my/products/{self.tap.id}/image').status_code, 200)
        page = self.url_open(f'/my/quick-order/{theirs["order_id"]}')
        self.assertTrue(page.url.endswith('/my/quick-order'))
        for path in (f'again/{theirs["order_id"]}', f'{theirs["order_id"]}/discard', 'again/999999999'):
            self.url_open(f'/my/quick-order/{path}', data={'csrf_token': self.csrf_token()})
        self.env.invalidate_all()
        self.assertTrue(self.order_of(theirs).exists())
        self.assertEqual(self.env['sale.order'].search_count([('partner_id', '=', self.golden.id)]), 1)

    def csrf_token(self):
        return self.url_open('/my/quick-order').text.split('csrf_token: "')[1].split('"')[0]

    def test_who_is_no_dealer(self):
        self.assertEqual(self.ask('find', 'stranger', query='tap'), [])
        self.assertIn('Only a dealer', self.ask('save', 'stranger', lines=[[self.tap.id, 1]])['error'])
        self.assertTrue(self.url_open('/my/quick-order').url.endswith('/my'))
        with mute_logger('odoo.http'):
            self.authenticate(None, None)
            self.assertIn('/web/login', self.url_open('/my/quick-order').url)

    def test_order_again_and_discard(self):
        former = self.make_quotation(
            self.golden, (self.tap, 10), (self.sink, 4), partner_shipping_id=self.warehouse_address.id
        )
        former.action_confirm()
        self.sink.sale_ok = False
        self.ask('find', query='tap')
        page = self.url_open(f'/my/quick-order/again/{former.id}', data={'csrf_token': self.csrf_token()})
        draft = self.env['sale.order'].browse(int(page.url.rsplit('/', 1)[1]))
        self.assertEqual(draft.dealer_portal_state, 'draft')
        self.assertEqual(
            draft.order_line.mapped(lambda line: (line.product_id, line.product_uom_qty)), [(self.tap, 10)]
        )
        self.assertEqual(draft.partner_shipping_id, self.warehouse_address)
        self.url_open(f'/my/quick-order/{draft.id}/discard', data={'csrf_token': self.csrf_token()})
        self.assertFalse(draft.exists())
        self.url_open(f'/my/quick-order/{former.id}/discard', data={'csrf_token': self.csrf_token()})
        self.assertTrue(former.exists())
        self.assertEqual(
            self.url_open(f'/my/quick-order/again/{former.id}', data={'x': '1'}).status_code, 400, 'No token.'
        )

    def test_stock_is_a_light(self):
        self.tap.is_storable = True
        location = self.env['stock.warehouse'].search([('company_id', '=', self.company.id)], limit=1).lot_stock_id

        def light():
            return self.ask('find', query='tap-1')[0]['stock']

        self.assertEqual(light(), {'light': 'red'})
        self.env['stock.quant']._update_available_quantity(self.tap, location, 5)
        self.assertEqual(light(), {'light': 'amber'})
        self.env['stock.quant']._update_available_quantity(self.tap, location, 5)
        self.assertEqual(light(), {'light': 'green'})
        self.assertNotIn('quantity', self.save((self.tap, 1000))['lines'][0]['stock'])
        self.company.dealer_portal_stock = 'quantity'
        self.assertEqual(light(), {'light': 'green', 'quantity': 10})
        self.company.dealer_portal_stock = 'hidden'
        self.assertIsNone(light())

    def test_only_what_the_authorizations_name(self):
        self.company.dealer_territory_policy = 'block'
        self.assertEqual(self.ask('find', query='tap'), [])
        category = self.env['product.category'].create({'name': 'Taps'})
        self.tap.categ_id = category
        territory = self.env['dealer.territory'].create({'name': 'Anywhere'})
        grant = self.env['dealer.authorization'].create(
            {
                'dealer_id': self.golden.id,
                'territory_id': territory.id,
                'product_scope': 'selected',
                'category_ids': [Command.set(category.ids)],
                'date_from': '2020-01-01',
                'date_to': '2099-12-31',
            }
        )
        grant.with_user(self.requester).action_submit()
        grant.with_user(self.approver).action_approve()
        self.assertEqual([row['code'] for row in self.ask('find', query='-1')], ['TAP-1'])

    def test_two_hundred_lines_take_no_query_each_to_price(self):
        products = self.env['product.product'].create(
            [
                {'name': f'Part {number}', 'default_code': f'PART-{number}', 'list_price': number + 1}
                for number in range(60)
            ]
        )
        for product in products:
            self.add_rule(self.pricelist_gold, product, price=product.list_price / 2)
        orders = self.env['sale.order']

        def count(number, write):
            draft = orders.create(orders._prepare_quick_order_vals(self.golden, self.company))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            write(draft, products[:number])
            self.env.flush_all()
            return self.cr.sql_log_count - before

        def by_quick_order(draft, ordered):
            draft._set_quick_order(dict.fromkeys(ordered, 2))
            draft._read_quick_order()

        def by_odoo(draft, ordered):
            draft.order_line = [Command.create({'product_id': product.id, 'product_uom_qty': 2}) for product in ordered]

        count(2, by_quick_order)
        ours = count(60, by_quick_order) - count(10, by_quick_order)
        # Odoo looks for the price rule, and for the analytic distribution, of each line.
        self.assertLess(ours, count(60, by_odoo) - count(10, by_odoo))
