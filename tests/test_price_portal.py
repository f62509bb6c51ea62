import io

from openpyxl import load_workbook

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_quick_order import QuickOrderCase


@tagged('post_install', '-at_install')
class TestPricePortal(QuickOrderCase):
    """A dealer sees its own prices, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        retail, consumer = cls.make_list('Retail', level='B'), cls.make_list('Consumer', level='C')
        cls.add_rule(retail, percent=10)
        cls.add_rule(consumer, cls.tap, price=119)
        cls.add_rule(consumer, percent=0)

    def page(self, query='', login='clerk'):
        self.authenticate(login, login)
        return self.url_open(f'/my/prices{query}').text

    def rows(self):
        company = self.company
        products = (self.tap | self.sink).sudo()
        return {row.product: row for row in self.golden._get_price_list(products, company).rows}

    def test_own_and_suggested_prices(self):
        row = self.rows()[self.tap]
        self.assertEqual((row.own, row.retailer, row.consumer, row.coming), (70, 90, 119, None))
        page = self.page('?search=tap-1')
        for text in ('TAP-1', '70.00', '90.00', '119.00', 'Gold prices'):
            self.assertIn(text, page)
        self.assertNotIn('SINK-1', page)
        self.assertIn('80.00', self.page('?search=tap-1', 'rival'))

    def test_what_is_to_come(self):
        new = self.make_list('New gold', level=None, replaces_id=self.pricelist_gold.id, date_start='2099-06-01')
        self.add_rule(new, self.tap, price=75)
        self.add_rule(new, percent=30)
        price_list = self.golden._get_price_list((self.tap | self.sink).sudo(), self.company)
        self.assertEqual(str(price_list.coming_day), '2099-06-01')
        self.assertEqual([row.coming for row in price_list.rows], [75, None], 'Only what changes.')
        self.assertIn('75.00', self.page('?search=tap-1'))

    def test_special_prices(self):
        self.grant_price(self.golden, (self.tap, 60, 58), date_from='2020-01-01', date_to='2099-12-31')
        self.assertIn('58.00', self.page('?search=tap-1'))
        self.assertNotIn('58.00', self.page('?search=tap-1', 'rival'))

    def test_another_dealers_product(self):
        self.env['product.product'].create(
            {'name': 'Own brand', 'default_code': 'SECRET', 'only_dealer_ids': [Command.set(self.silvery.ids)]}
        )
        self.assertNotIn('SECRET', self.page('?search=brand'))
        self.assertIn('SECRET', self.page('?search=brand', 'rival'))

    def test_spreadsheet(self):
        self.tap.name = '=HYPERLINK("http://evil")'
        self.authenticate('clerk', 'clerk')
        answer = self.url_open('/my/prices.xlsx')
        self.assertIn('spreadsheetml', answer.headers['Content-Type'])
        sheet = load_workbook(io.BytesIO(answer.content)).active
        head = [cell.value for cell in sheet[4]]
        rows = {row[1].value: dict(zip(head, row, strict=True)) for row in sheet.iter_rows(min_row=5)}
        self.assertEqual(rows['TAP-1']['Your price'].value, 70)
        self.assertEqual(rows['TAP-1']['Suggested to consumers'].value, 119)
        self.assertEqual(rows['TAP-1']['Product'].data_type, 's', 'A name is no formula.')

    def test_pdf(self):
        self.authenticate('clerk', 'clerk')
        answer = self.url_open('/my/prices.pdf')
        self.assertEqual(answer.headers['Content-Type'], 'application/pdf')
        # Tests leave the drawing to others: what is drawn is what counts.
        self.assertIn('TAP-1', answer.content.decode())
        self.assertNotIn('>80.00', answer.content.decode(), "The rival's price.")

    @mute_logger('odoo.http')
    def test_nobody_prints_by_another_way(self):
        report = '/report/html/dealer_management.dealer_price_list'
        self.authenticate('clerk', 'clerk')
        for dealer in (self.silvery, self.golden):
            self.assertNotIn('TAP-1', self.url_open(f'{report}/{dealer.id}').text)
        self.authenticate('test_staff', 'test_staff')
        self.assertIn('TAP-1', self.url_open(f'{report}/{self.silvery.id}').text)
        self.assertIn('is not a dealer', self.url_open(f'{report}/{self.customer.id}').text)

    def test_strange_parameters(self):
        for query in (
            '?search=%00%27%3B--&category=x',
            '/page/999',
            '/page/0',
            '?category=99999999',
            '?search=' + 'x' * 5000,
            '?search=%3Cscript%3Ealert(1)%3C/script%3E',
        ):
            with self.subTest(query):
                page = self.page(query)
                self.assertIn('o_dealer_page', page)
                self.assertNotIn('<script>alert(1)', page)

    def test_who_is_no_dealer(self):
        self.authenticate('stranger', 'stranger')
        for path in ('/my/prices', '/my/prices.xlsx', '/my/prices.pdf', '/my/special-prices'):
            self.assertTrue(self.url_open(path).url.endswith('/my'), path)

    def test_a_fixed_number_of_queries(self):
        products = self.env['product.product'].create(
            [
                {'name': f'P{number}', 'list_price': number + 1, 'is_storable': True, 'type': 'consu'}
                for number in range(80)
            ]
        )

        def count(number):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.golden._get_price_list(products[:number].sudo(), self.company)
            return self.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(5), count(80))


@tagged('post_install', '-at_install')
class TestSpecialPricePortal(QuickOrderCase):
    """A dealer asks for a special price."""

    def send(self, login='clerk', **values):
        self.authenticate(login, login)
        token = self.url_open('/my/special-prices').text.split('csrf_token: "')[1].split('"')[0]
        return self.url_open(
            '/my/special-prices',
            data={
                'csrf_token': token,
                'lines': 'TAP-1 100 60',
                'date_from': '2026-01-01',
                'date_to': '2099-12-31',
                'reason': 'A tender',
                **values,
            },
        )

    def requests(self):
        return self.env['dealer.price.request'].search([('dealer_id', '=', self.golden.id)])

    def test_asked_decided_and_shown(self):
        page = self.send(project='Airport', customer='City')
        request = self.requests()
        self.assertIn(request.name, page.text)
        self.assertEqual(
            (request.state, request.requester_id, request.project_name, request.line_ids.special_price),
            ('requested', self.clerk, 'Airport', 60),
        )
        request.with_user(self.approver).action_approve('Good luck')
        self.assertIn('Good luck', self.url_open('/my/special-prices').text)
        self.assertIn(self.clerk.partner_id, request.message_ids.partner_ids, 'The dealer is told by mail.')
        self.authenticate('rival', 'rival')
        self.assertNotIn(request.name, self.url_open('/my/special-prices').text)

    def test_bad_input_keeps_what_was_typed(self):
        for values, message in (
            ({'lines': 'NOPE 1 1'}, 'Line 1: unknown code'),
            ({'lines': 'TAP-1 100 60\nTAP-1 5 50'}, 'Line 2: &#34;TAP-1&#34; stands there twice'),
            ({'lines': 'TAP-1 100'}, 'Line 1: please give'),
            ({'lines': 'TAP-1 -1 60'}, 'figures above zero'),
            ({'lines': 'TAP-1 1 nan'}, 'figures above zero'),
            ({'lines': 'TAP-1 100 71'}, 'not below its list price'),
            ({'date_to': '2020-01-01'}, 'cannot end before'),
            ({'date_from': '2019-01-01', 'date_to': '2020-01-01'}, 'in the past'),
            ({'date_to': 'soon'}, 'first and the last day'),
            ({'reason': '  '}, 'why you ask'),
            ({'lines': ' \n'}, 'at least one line'),
        ):
            with self.subTest(message):
                page = self.send(**{'customer': 'Kept <b>customer', **values}).text
                self.assertIn(message, page)
                self.assertIn('Kept &lt;b&gt;customer', page)
                self.assertFalse(self.requests())

    def test_without_token(self):
        self.authenticate('clerk', 'clerk')
        self.assertEqual(self.url_open('/my/special-prices', data={'lines': 'TAP-1 1 1'}).status_code, 400)
