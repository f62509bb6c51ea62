import csv
import io

from odoo.tests import tagged
from odoo.tools import file_open

from .common import DealerCase

OPTIONS = {'quoting': '"', 'separator': ',', 'has_headers': True, 'encoding': 'utf-8', 'headers': True}


@tagged('post_install', '-at_install')
class TestImport(DealerCase):
    def run_import(self, rows, dryrun=False, user='manager'):
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        wizard = (
            self.env['base_import.import']
            .with_user(self.users[user])
            .create({'res_model': 'res.partner', 'file': buffer.getvalue().encode(), 'file_type': 'text/csv'})
        )
        columns = list(rows[0])
        return wizard.execute_import(columns, columns, OPTIONS, dryrun=dryrun)

    def read_template(self):
        with file_open('dealer_management/static/csv/dealers.csv') as file:
            return list(csv.DictReader(file))

    def test_template_is_offered_to_dealers_only(self):
        Partner = self.env['res.partner']
        [template] = Partner.with_context(default_is_dealer=True).get_import_templates()
        self.assertEqual(template['template'], '/dealer_management/static/csv/dealers.csv')
        self.assertNotIn(template, Partner.get_import_templates())

    def test_template_can_be_imported_as_it_is(self):
        self.env['res.lang']._activate_lang('zh_CN')
        for user, lang in (('manager', 'en_US'), ('manager', 'zh_CN'), ('staff_own', 'zh_CN')):
            with self.subTest(user=user, lang=lang):
                self.users[user].lang = lang
                result = self.run_import(self.read_template(), user=user)
                self.assertFalse(result['messages'])
                dealers = self.env['res.partner'].browse(result['ids'])
                self.assertEqual(dealers.mapped('dealer_state'), ['prospect', 'prospect'])
                self.assertEqual(dealers[0].state_id.name, '广东省')
                self.assertEqual(dealers.dealer_currency_id, self.company.currency_id)
                expected = self.users[user] if user == 'staff_own' else self.env['res.users']
                self.assertEqual(dealers.channel_account_manager_id, expected)

    def test_empty_cells_take_the_default(self):
        result = self.run_import([{'name': 'Blank', 'is_dealer': '1', 'dealer_state': '', 'dealer_code': ''}])
        self.assertFalse(result['messages'])

    def test_five_thousand(self):
        upstream = self.make_dealer('Upstream of the import', dealer_code='UP-1')
        rows = [
            {
                'name': f'Imported {number}',
                'is_company': '1',
                'is_dealer': '1',
                'dealer_type_id': 'DIST',
                'grade_id': 'Test Gold' if number % 2 else 'Test Silver',
                'upstream_dealer_id': 'UP-1' if number % 3 else '',
                'dealer_registered_capital': '1000000',
                'city': 'Foshan',
            }
            for number in range(5000)
        ]
        result = self.run_import(rows)
        self.assertFalse(result['messages'])
        dealers = self.env['res.partner'].browse(result['ids'])
        self.assertEqual(len(set(dealers.mapped('dealer_code'))), 5000)
        self.assertEqual(dealers[1].specific_property_product_pricelist, self.pricelist_gold)
        self.assertEqual(dealers[1].upstream_dealer_id, upstream)
        self.assertEqual(dealers.dealer_type_id, self.distributor)

    def test_bad_row_is_named_and_nothing_is_written(self):
        rows = [
            {'name': f'Row {number}', 'is_dealer': '1', 'dealer_code': f'R{number}', 'dealer_trade_since': '2000'}
            for number in range(20)
        ]
        for bad, message in (
            ({'dealer_code': 'R1'}, 'R1'),
            ({'dealer_trade_since': '20'}, 'must be a year'),
        ):
            broken = [{**row, **bad} if position == 7 else row for position, row in enumerate(rows)]
            result = self.run_import(broken)
            with self.subTest(bad):
                self.assertFalse(result['ids'])
                errors = {(error['rows']['from'], message in error['message']) for error in result['messages']}
                # Odoo tells the first error of the file at its first row, and again at its own.
                self.assertEqual(errors, {(0, True), (7, True)})
                self.assertIn('Row 7', result['messages'][-1]['message'])
                self.assertFalse(self.env['res.partner'].search([('dealer_code', '=like', 'R%')]))

    def test_salespeople_cannot_import_dealers(self):
        result = self.run_import([{'name': 'Sneaky', 'is_dealer': '1'}], user='salesman')
        self.assertIn('Only channel staff', result['messages'][0]['message'])
