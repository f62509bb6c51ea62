from datetime import timedelta

from odoo import fields, http
from odoo.tests import tagged
from odoo.tools import mute_logger

from .complaint_portal_common import BOX, ComplaintPortalCase, make_photo

SCRIPT = '<script>alert(1)</script>'


@tagged('post_install', '-at_install')
class TestComplaintPortalAttacks(ComplaintPortalCase):
    """What a dishonest or unlucky browser sends: refused with a sentence, or harmless."""

    def refused(self, field, files=BOX, **values):
        answer = self.send(files=files, **self.form_values(**values))
        self.assertIn('error', answer)
        self.assertFalse(self.get_complaints())
        return answer['fields'][field] if field else answer['error']

    # ------------------------------------------------------------------ Others'

    def test_another_dealers_complaint_does_not_exist(self):
        complaint = self.report()
        file = complaint._get_evidence()
        self.log_in('rival_clerk')
        missing = complaint.id + 10**6
        for path in ('', '/form'):
            for complaint_id in (complaint.id, missing, 2**40):
                response = self.url_open(f'/my/complaints/{complaint_id}{path}')
                self.assertTrue(response.url.endswith('/my/complaints'), response.url)
                self.assertNotIn('crushed', response.text)
        for complaint_id in (complaint.id, missing):
            response = self.url_open(f'/my/complaints/{complaint_id}/files/{file.id}')
            self.assertEqual(response.status_code, 404)
        for step in ('say', 'confirm', 'reopen', 'withdraw', 'complete'):
            with self.subTest(step):
                response = self.send(
                    f'/my/complaints/{complaint.id}/{step}',
                    script=False,
                    message='x',
                    stars='1',
                    reopen_reason='x',
                    withdraw_reason='x',
                )
                self.assertTrue(response.url.endswith('/my/complaints'))
        self.assertEqual((complaint.state, len(complaint._get_said_messages())), ('received', 1))

    def test_file_of_another_complaint(self):
        """An id of a file opens with the complaint that it was shown with, and with none else."""
        complaint, other = self.report(), self.report()
        secret = self.env['ir.attachment'].create({'name': 'secret.txt', 'raw': b'secret'})
        for file in (other._get_evidence(), secret):
            response = self.url_open(f'{complaint.access_url}/files/{file.id}')
            self.assertEqual(response.status_code, 404)

    def test_another_dealers_documents(self):
        for field, record in (
            ('picking_id', self.rival_picking),
            ('order_id', self.rival_order),
            ('move_id', self.rival_invoice),
        ):
            for value in (str(record.id), '999999999', '-1', '1e3', "1' or 1=1", str(2**70)):
                with self.subTest(field=field, value=value):
                    self.assertIn('one of your own', self.refused(field, **{field: value}))
            page = self.page(f'/my/complaints/new?{field}={record.id}&delivery={record.id}&order={record.id}')
            self.assertNotIn(record.name, page)
        hidden = self.env['product.product'].create({'name': 'Hidden', 'sale_ok': False, 'type': 'consu'})
        self.assertIn('one of your products', self.refused('product_id', product_id=str(hidden.id)))
        for field in ('rebate_payout_id', 'rebate_dispute_id'):
            self.assertIn('one of your own', self.refused(field, **{field: '1'}))

    def test_employee_and_stranger(self):
        self.log_in('test_employee')
        self.assertTrue(self.url_open('/my/complaints').url.endswith('/my'))
        self.authenticate(None, None)
        self.assertIn('/web/login', self.url_open('/my/complaints').url)

    # ------------------------------------------------------------ Mass assignment

    def test_further_fields_are_passed_over(self):
        complaint = self.report(
            dealer_id=str(self.rival.id),
            partner_id=str(self.rival.id),
            state='closed',
            stage_id='6',
            priority='2',
            user_id=str(self.users['manager'].id),
            team_id='1',
            company_id='99',
            name='X1',
            answer='<p>Pay a million</p>',
            date_received='2020-01-01 00:00:00',
            is_breached='1',
            confidential='1',
            rating_ids='1',
            title='Other',
        )
        self.assertEqual(complaint.dealer_id, self.dealer)
        self.assertEqual((complaint.state, complaint.priority, complaint.company_id), ('received', '0', self.company))
        self.assertFalse(complaint.answer or complaint.is_breached or complaint.confidential)
        self.assertNotEqual((complaint.name, complaint.title), ('X1', 'Other'))
        self.assertLess(fields.Datetime.now() - complaint.date_received, timedelta(hours=1))

    @mute_logger('odoo.http')
    def test_forged_token(self):
        complaint = self.report()
        for path in ('/my/complaints/new', f'{complaint.access_url}/withdraw', f'{complaint.access_url}/say'):
            response = self.url_open(path, data={'csrf_token': 'x', **self.form_values(message='x')})
            self.assertEqual(response.status_code, 400)
        self.assertEqual(self.get_complaints(), complaint)

    # ---------------------------------------------------------------------- Text

    def test_markup_in_every_text(self):
        complaint = self.report(
            description=SCRIPT, lot_name=SCRIPT, phone=SCRIPT, files=[(f'{SCRIPT}.jpg', make_photo())]
        )
        self.send(f'{complaint.access_url}/say', message=SCRIPT)
        complaint.answer = '<p>Yes</p>'
        complaint.with_user(self.users['complaint']).action_answer()
        self.send(f'{complaint.access_url}/confirm', stars='1', feedback=SCRIPT)
        self.send(f'{complaint.access_url}/reopen', reopen_reason=SCRIPT)
        for path in ('/my/complaints', complaint.access_url, f'/my/complaints?search={SCRIPT}'):
            self.assertNotIn('<script>alert(1)', self.page(path))
        response = self.send(script=False, **self.form_values(description=SCRIPT, lot_name=f'">{SCRIPT}'))
        self.assertIn('please add', response.text)
        self.assertNotIn('<script>alert(1)', response.text)

    def test_strange_text(self):
        complaint = self.report(description='NUL \x00 here', lot_name='L\x007', phone=' 1 ')
        self.assertEqual((complaint.description, complaint.lot_name, complaint.phone), ('NUL  here', 'L7', '1'))
        surrogate = self.send(
            files=[('box.jpg', make_photo())], **self.form_values(description=b'half \xed\xa0\x80 sign')
        )
        self.assertIn('url', surrogate)
        for path in ('/my/complaints?search=%00', '/my/complaints?search=%ED%A0%80', '/my/complaints/new?order=%00'):
            self.assertEqual(self.url_open(path).status_code, 200)

    def test_overlong_text(self):
        for field, length in (('description', 5001), ('lot_name', 101), ('phone', 41)):
            with self.subTest(field):
                self.assertIn(f'it has {length}', self.refused(field, **{field: 'x' * length}))
        self.assertTrue(self.report(description='箱' * 5000).title.endswith('…'))

    # ------------------------------------------------------------ Figures, dates

    def test_strange_quantities(self):
        for quantity in ('0', '-2', 'nan', 'inf', '1e5', 'two', '9' * 30, '1,2,3'):
            with self.subTest(quantity):
                self.assertIn('number above 0', self.refused('quantity', quantity=quantity))
        self.assertEqual(self.report(quantity='１２').quantity, 12)

    def test_strange_dates(self):
        future = fields.Datetime.now() + timedelta(days=2)
        for text, sentence in (
            (future.strftime('%Y-%m-%dT%H:%M'), 'in the future'),
            ('9999-12-31T23:59', 'in the future'),
            ('0001-01-01T00:00', 'give the day|years back'),
            ('1999-01-01T00:00', 'years back'),
            ('2026-02-30T10:00', 'give the day'),
            ('yesterday', 'give the day'),
        ):
            with self.subTest(text):
                self.assertRegex(self.refused('date_found', date_found=text), sentence)

    def test_clock_that_is_fast(self):
        """A telephone that is five minutes ahead is not told that it sees the future."""
        ahead = fields.Datetime.now() + timedelta(hours=8, minutes=5)
        complaint = self.report(date_found=ahead.strftime('%Y-%m-%dT%H:%M'))
        self.assertLessEqual(complaint.date_found, complaint.date_received)

    def test_strange_types(self):
        for value in ('', '0', 'x', '999999', str(2**70)):
            with self.subTest(value):
                self.assertIn('choose what is wrong', self.refused('', type_id=value))
        self.damage_type.in_portal = False
        self.assertIn('choose what is wrong', self.refused(''))

    # --------------------------------------------------------------------- Files

    def test_files_that_are_none(self):
        for name, content, sentence in (
            ('invoice.jpg', b'MZ\x90\x00' + b'\x00' * 200, 'neither a photograph'),
            ('page.jpg', b'<html><script>alert(1)</script></html>', 'neither a photograph'),
            ('bomb.png', make_photo(20000, 20000, 'PNG', mode='1', colour=0), 'too many pixels'),
            ('big.jpg', b'\xff\xd8\xff' + b'\x00' * 60 * 1024**2, 'too large: at most 20 MB'),
        ):
            with self.subTest(name):
                self.assertIn(sentence, self.refused('', files=[('box.jpg', make_photo()), (name, content)]))
        photo = make_photo(4, 4)
        self.assertIn('At most 20', self.refused('', files=[('a.jpg', photo)] * 21))

    def test_file_in_place_of_text(self):
        """A field of text that a browser sends as a file says nothing."""
        response = self.url_open(
            '/my/complaints/new',
            data={'csrf_token': http.Request.csrf_token(self), 'type_id': str(self.plain_type.id)},
            files={'description': ('x.txt', b'text'), 'quantity': ('x.txt', b'1')},
            headers={'Accept': 'application/json'},
        )
        self.assertIn('say what happened', response.json()['error'])
        complaint = self.report()
        response = self.url_open(
            f'{complaint.access_url}/say',
            data={'csrf_token': http.Request.csrf_token(self)},
            files={'message': ('x.txt', b'text')},
            headers={'Accept': 'application/json'},
        )
        self.assertIn('write something', response.json()['error'])
