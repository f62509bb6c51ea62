import io
from datetime import datetime

from PIL import Image

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .complaint_common import ComplaintMixin

COPY = 'dealer_management.dealer_complaint_form'
INTERNAL = 'dealer_management.dealer_complaint_form_internal'
# What the dealer does not read.
SECRETS = ('Our carrier is careless', 'Damaged in Transport', 'Carrier', 'Pack it better', '123.45')


@tagged('post_install', '-at_install')
class TestComplaintForm(ComplaintMixin, HttpCase):
    """The printed problem form: whole for our people, and without what stays inside for the dealer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpComplaints()
        cls.company.partner_id.tz = 'Asia/Shanghai'
        cls.order = cls.make_order(cls.dealer)
        cls.complaint = cls.make_complaint(
            description='First line\n<script>alert("seen")</script>',
            date_received=datetime(2026, 1, 5, 8, 0, 7),
            date_found=datetime(2026, 1, 5, 1, 30),
            order_id=cls.order.id,
            product_id=cls.product.id,
            lot_name='LOT-7',
            quantity=3,
            quantity_kind='broken',
            sample_taken=True,
            analysis='Our carrier is careless',
            lesson='Pack it better',
            answer='<p>We send <b>three</b> new ones.</p>',
        )
        cls.complaint.cause_id = cls.env.ref('dealer_management.complaint_cause_transport')
        cls.env['dealer.complaint.outcome'].create(
            [
                {'complaint_id': cls.complaint.id, 'kind': 'replacement', 'product_id': cls.product.id, 'quantity': 3},
                {'complaint_id': cls.complaint.id, 'kind': 'explanation', 'note': 'Only a plan'},
            ]
        )
        cls.made = cls.complaint.outcome_ids[0]
        cls.made.write({'state': 'made', 'sale_order_id': cls.order.id, 'cost': 123.45})

    def render(self, report=COPY, complaint=None, user=None, **context):
        complaint = complaint or self.complaint
        reports = self.env['ir.actions.report'].with_user(user or self.users['complaint']).with_context(**context)
        return reports._render_qweb_html(report, complaint.ids)[0].decode()

    @classmethod
    def attach(cls, name, content, **vals):
        return cls.env['ir.attachment'].create(
            {'name': name, 'raw': content, 'res_model': 'dealer.complaint', 'res_id': cls.complaint.id, **vals}
        )

    @classmethod
    def draw(cls, size=(2000, 1500)):
        content = io.BytesIO()
        Image.new('RGB', size, 'red').save(content, 'JPEG')
        return content.getvalue()

    # ------------------------------------------------------------------ Texts

    def test_what_it_says(self):
        text = self.render()
        for part in (
            self.complaint.name,
            self.dealer.name,
            self.dealer.dealer_code,
            self.contact.name,
            'Boxes are broken',
            'First line',
            'LOT-7',
            self.order.name,
            'Test Goods',
            'Broken',
            'Taken and kept',
            '01/05/2026',
        ):
            self.assertIn(part, text)
        self.assertIn('04:00', text, 'In the time of the company.')

    def test_script_is_harmless(self):
        self.complaint.answer = '<p onclick="alert(1)">Sorry</p><script>alert("answer")</script>'
        self.complaint.title = '<img src=x onerror=alert(2)>'
        self.complaint.action_answer()
        for report in (COPY, INTERNAL):
            text = self.render(report)
            self.assertIn('Sorry', text)
            self.assertIn('&lt;script&gt;', text)
            for attack in ('<script>alert', 'onclick', '<img src=x'):
                self.assertNotIn(attack, text)

    def test_inside_and_outside(self):
        outside, inside = self.render(), self.render(INTERNAL)
        for secret in SECRETS:
            with self.subTest(secret):
                self.assertNotIn(secret, outside)
                self.assertIn(secret, inside)
        self.assertNotIn('Only a plan', outside, 'What is planned is not promised.')
        self.assertIn('Only a plan', inside)
        self.assertIn(self.order.name, outside)

    def test_answer_is_shown_once_it_is_sent(self):
        self.assertNotIn('three', self.render())
        self.assertIn('Not answered yet', self.render())
        self.assertIn('Not sent yet', self.render(INTERNAL))
        self.complaint.with_user(self.users['complaint']).action_answer()
        self.assertIn('<b>three</b>', self.render())
        self.assertNotIn('Not sent yet', self.render(INTERNAL))

    def test_any_stage(self):
        bare = self.env['dealer.complaint'].create(
            {'title': 'Who is it?', 'email_from': 'who@example.com', 'type_id': self.plain_type.id}
        )
        for report in (COPY, INTERNAL):
            self.assertIn('who@example.com', self.render(report, bare))
        bare.action_cancel('Nobody knows')
        self.assertIn('Withdrawn', self.render(complaint=bare))

    def test_deadlines_of_both_sides(self):
        self.complaint.deadline_ids.unlink()
        self.env['dealer.deadline'].create(
            [
                {
                    'complaint_id': self.complaint.id,
                    'kind': kind,
                    'party': party,
                    'clock': 'calendar',
                    'unit': 'hours',
                    'state': 'done',
                    'due': datetime(2026, 1, 6, 8),
                    'done_at': datetime(2026, 1, 6, 9),
                    'is_breached': kind == 'resolve',
                }
                for kind, party in (('resolve', 'us'), ('form', 'dealer'))
            ]
        )
        text = self.render()
        for part in ('Resolve', 'Problem Form in', 'Missed', 'Met', '01/06/2026'):
            self.assertIn(part, text)

    def test_languages(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.contact.lang = 'zh_CN'
        self.contact.tz = 'Europe/Berlin'
        self.assertIn('2026/01/05', self.render(lang='en_US'), "The dealer's copy is in its language.")
        self.assertIn('09:00', self.render(lang='en_US'), 'And in its time.')
        self.assertIn('01/05/2026', self.render(INTERNAL, lang='en_US'), "The inner one in the reader's.")

    # ------------------------------------------------------------ Photographs

    def test_photographs_are_shrunk(self):
        big = self.draw()
        for number in range(8):
            self.attach(f'photo_{number}.jpg', big)
        self.attach('list.pdf', b'%PDF-1.4 nothing', mimetype='application/pdf')
        photographs = self.complaint._get_form_photographs(internal=False)
        self.assertEqual([photograph.name for photograph in photographs], [f'photo_{n}.jpg' for n in range(6)])
        self.assertTrue(all(photograph.src.startswith('data:image/jpeg;base64,') for photograph in photographs))
        self.assertLess(len(photographs[0].src), len(big))
        self.assertEqual(self.render().count('data:image/jpeg'), 6)

    def test_broken_photographs(self):
        whole = self.draw((300, 200))
        self.attach('cut.jpg', whole[: len(whole) // 2])
        self.attach('lie.jpg', b'\xff\xd8\xff\xe0 nothing at all', mimetype='image/jpeg')
        self.attach('drawing.svg', b'<svg onload="alert(1)"/>', mimetype='image/svg+xml')
        self.attach('good.jpg', whole)
        text = self.render()
        self.assertIn('This picture cannot be shown', text)
        self.assertIn('good.jpg', text)
        self.assertIn('data:image/jpeg', text)
        self.assertNotIn('drawing.svg', text)

    def test_photographs_of_notes_stay_inside(self):
        note, told = self.attach('note.jpg', self.draw()), self.attach('told.jpg', self.draw())
        staff = self.complaint.with_user(self.users['complaint'])
        staff.message_post(body='inside', attachment_ids=note.ids, subtype_xmlid='mail.mt_note')
        staff.message_post(
            body='look', attachment_ids=told.ids, message_type='comment', subtype_xmlid='mail.mt_comment'
        )
        outside, inside = self.render(), self.render(INTERNAL)
        self.assertNotIn('note.jpg', outside)
        self.assertIn('told.jpg', outside)
        self.assertIn('note.jpg', inside)

    # -------------------------------------------------------------------- PDF

    def test_pdf(self):
        self.env['ir.config_parameter'].set_param('report.url', self.base_url())
        self.attach('broken.jpg', b'\xff\xd8\xff\xe0', mimetype='image/jpeg')
        self.attach('good.jpg', self.draw())
        for report in (COPY, INTERNAL):
            pdf, kind = (
                self.env['ir.actions.report']
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(report, self.complaint.ids)
            )
            self.assertEqual((kind, pdf[:5]), ('pdf', b'%PDF-'))
        report = self.env.ref('dealer_management.action_report_dealer_complaint')
        self.assertEqual(report.report_name, COPY)
        self.assertIn(self.complaint.name, self.complaint._get_form_filename())

    # ---------------------------------------------------------------- Who may

    def test_who_may_print(self):
        secret = self.make_complaint(type_id=self.secret_type.id)
        for role in ('complaint', 'auditor', 'accountant'):
            self.assertIn('LOT-7', self.render(INTERNAL, user=self.users[role]))
            with self.subTest(role), self.assertRaises(AccessError):
                self.render(complaint=secret, user=self.users[role])
        for role in ('staff_own', 'employee', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                self.render(user=self.users[role])

    @mute_logger('odoo.http')
    def test_dealers_print_by_the_portal_only(self):
        clerk = new_test_user(self.env, login='form_clerk', groups='base.group_portal')
        clerk.partner_id.parent_id = self.dealer
        self.authenticate('form_clerk', 'form_clerk')
        for report in (COPY, INTERNAL):
            self.assertNotIn('LOT-7', self.url_open(f'/report/html/{report}/{self.complaint.id}').text)
        # As the portal does, after it has checked whose it is.
        reports = self.env['ir.actions.report'].with_user(clerk).sudo()
        self.assertIn(b'LOT-7', reports._render_qweb_html(COPY, self.complaint.ids)[0])
        with self.assertRaises(AccessError):
            reports._render_qweb_html(INTERNAL, self.complaint.ids)
