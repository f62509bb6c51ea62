import csv
import io

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open

from .complaint_common import ComplaintCase

OPTIONS = {'quoting': '"', 'separator': ',', 'has_headers': True, 'encoding': 'utf-8', 'headers': True}


@tagged('post_install', '-at_install')
class TestComplaintImport(ComplaintCase):
    """Complaints of another system by Odoo's own import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealer.dealer_code = 'IMP-1'
        cls.product.default_code = 'GOODS-1'

    def run_import(self, rows, user='manager'):
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        wizard = (
            self.env['base_import.import']
            .with_user(self.users[user])
            .create({'res_model': 'dealer.complaint', 'file': buffer.getvalue().encode(), 'file_type': 'text/csv'})
        )
        columns = list(rows[0])
        return wizard.execute_import(columns, columns, OPTIONS)

    def make_row(self, **values):
        return {
            'id': 'former.complaint_1',
            'title': 'Wet boxes',
            'dealer_id': 'IMP-1',
            'type_id': 'test_plain',
            'product_id': 'GOODS-1',
            'date_received': '2024-03-04 02:15:00',
            **values,
        }

    def import_one(self, **values):
        result = self.run_import([self.make_row(**values)])
        self.assertFalse(result['messages'])
        return self.env['dealer.complaint'].browse(result['ids'])

    def test_open_one_by_codes(self):
        complaint = self.import_one()
        self.assertEqual(complaint.dealer_id, self.dealer)
        self.assertEqual(complaint.type_id, self.plain_type)
        self.assertEqual(complaint.product_id, self.product)
        self.assertEqual((complaint.source, complaint.state), ('import', 'received'))
        self.assertEqual(str(complaint.date_received), '2024-03-04 02:15:00')
        self.assertEqual(self.env.ref('former.complaint_1'), complaint)

    def test_closed_one(self):
        mails = self.env['mail.mail'].search_count([])
        complaint = self.import_one(past_date_closed='2024-03-12 08:00:00', cause_id='Weak Packaging')
        self.assertEqual((complaint.state, complaint.is_open), ('closed', False))
        self.assertEqual(str(complaint.date_closed), '2024-03-12 08:00:00')
        self.assertFalse(complaint.deadline_ids, 'Nothing is due.')
        self.assertFalse(complaint.user_id)
        self.assertEqual(self.env['mail.mail'].search_count([]), mails, 'Nobody is told.')
        self.assertEqual(complaint.past_date_closed, complaint.date_closed)

    def test_same_file_twice(self):
        complaint = self.import_one(past_date_closed='2024-03-12 08:00:00')
        again = self.import_one(past_date_closed='2024-03-12 08:00:00', title='Wet boxes, ten')
        self.assertEqual(again, complaint)
        self.assertEqual(complaint.title, 'Wet boxes, ten')
        opened = self.import_one(id='former.complaint_2')
        result = self.run_import([self.make_row(id='former.complaint_2', past_date_closed='2024-03-12 08:00:00')])
        self.assertIn('is here already', result['messages'][0]['message'])
        self.assertEqual(opened.state, 'received')

    def test_dates_that_cannot_be(self):
        for values in (
            {'past_date_closed': '2024-03-01 08:00:00'},
            {'past_date_closed': '2099-03-01 08:00:00'},
            {'past_date_closed': '2024-03-12 08:00:00', 'date_received': ''},
        ):
            with self.subTest(values):
                result = self.run_import([self.make_row(**values)])
                self.assertFalse(result['ids'])
                self.assertTrue(result['messages'])

    def test_only_managers_take_over_what_is_closed(self):
        result = self.run_import([self.make_row(past_date_closed='2024-03-12 08:00:00')], user='complaint')
        self.assertIn('Only a channel manager', result['messages'][0]['message'])

    def test_only_an_import_takes_over(self):
        Complaint = self.env['dealer.complaint'].with_user(self.users['manager'])
        with self.assertRaisesRegex(UserError, 'close it by its steps'):
            Complaint.create(self.complaint_vals(past_date_closed='2024-03-12 08:00:00'))
        complaint = Complaint.create(self.complaint_vals())
        with self.assertRaisesRegex(UserError, 'close it by its steps'):
            complaint.past_date_closed = '2024-03-12 08:00:00'
        self.assertEqual(complaint.state, 'received')

    def test_closed_needs_its_dealer(self):
        result = self.run_import([self.make_row(dealer_id='', past_date_closed='2024-03-12 08:00:00')])
        self.assertIn('which dealer complained', result['messages'][0]['message'])

    def test_unknown_code_is_said(self):
        for values in ({'dealer_id': 'NOBODY'}, {'type_id': 'nothing'}, {'product_id': 'NO-GOODS'}):
            with self.subTest(values):
                self.assertTrue(self.run_import([self.make_row(**values)])['messages'])

    def test_template(self):
        [template] = self.env['dealer.complaint'].get_import_templates()
        with file_open(template['template'].lstrip('/')) as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row['dealer_id'] = 'IMP-1'
        for lang in ('en_US', 'zh_CN'):
            with self.subTest(lang):
                self.env['res.lang']._activate_lang(lang)
                self.users['manager'].lang = lang
                result = self.run_import([{**row, 'cause_id': ''} for row in rows] if lang == 'zh_CN' else rows)
                self.assertFalse(result['messages'])
                self.assertEqual(
                    self.env['dealer.complaint'].browse(result['ids']).mapped('state'), ['closed', 'received']
                )

    def test_received_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, 'in the future'):
            self.make_complaint(date_received='2099-01-01 00:00:00')

    def test_hundred_are_as_many_queries_as_ten(self):
        """But for what each record costs Odoo itself: its messages, its number."""
        rows = [self.make_row(id=f'former.many_{number}') for number in range(100)]
        result = self.run_import(rows)
        self.assertEqual(len(result['ids']), 100)
        self.assertFalse(result['messages'])
