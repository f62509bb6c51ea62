import io
import re

from openpyxl import load_workbook

from odoo.tests import tagged
from odoo.tools import mute_logger

from .complaint_portal_common import make_photo
from .portal_markup import SCRIPT, find_scripts, spoil
from .portal_routes import fill, find_own, find_parameters, find_routes
from .portal_world import PortalWorldCase

# Some of the texts that pages and documents show: whoever shows none proves nothing.
SHOWN = frozenset(
    {'dealer.authorization.note', 'dealer.territory.name', 'dealer.territory.area.city', 'dealer.type.name'}
    | {'dealer.complaint.answer', 'dealer.complaint.description', 'dealer.complaint.lot_name', 'dealer.complaint.name'}
    | {'dealer.complaint.title', 'dealer.complaint.phone', 'dealer.complaint.outcome.note', 'dealer.complaint.lesson'}
    | {'dealer.complaint.analysis', 'dealer.complaint.stage.name', 'dealer.complaint.type.name', 'ir.attachment.name'}
    | {'dealer.complaint.type.instruction', 'dealer.complaint.team.name', 'mail.message.body'}
    | {'dealer.price.change.announcement', 'dealer.price.change.name', 'dealer.price.change.line.product_code'}
    | {'dealer.price.request.name', 'dealer.price.request.project_name', 'dealer.price.request.decision_note'}
    | {'dealer.rebate.program.title', 'dealer.rebate.payout.name', 'dealer.rebate.computation.reason'}
    | {'dealer.rebate.dispute.reason', 'dealer.rebate.dispute.answer', 'dealer.rebate.dispute.document'}
    | {'dealer.rebate.wallet.use.origin', 'sale.order.client_order_ref', 'sale.order.dealer_note', 'sale.order.name'}
    | {'product.category.name', 'product.pricelist.name', 'product.product.default_code', 'product.template.name'}
    | {'res.company.dealer_hotline', 'res.company.dealer_service_email', 'res.company.dealer_service_hours'}
    | {'res.partner.dealer_code', 'res.partner.email', 'res.partner.name', 'res.partner.phone', 'res.partner.street'}
    | {'res.partner.grade.duties', 'res.partner.grade.name', 'res.partner.grade.rights', 'account.move.name'}
    | {'res.country.state.name', 'stock.picking.name', 'uom.uom.name'}
)
# What a browser would run, if it took it for a page of ours.
PAGES = (
    ('page.html', 'text/html', b'<html><script>alert(1)</script></html>'),
    ('drawing.svg', 'image/svg+xml', b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ('page.xml', 'application/xml', b'<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'),
    ('page.xhtml', 'application/xhtml+xml', b'<html xmlns="http://www.w3.org/1999/xhtml"/>'),
    ('code.js', 'text/javascript', b'alert(1)'),
)


@tagged('post_install', '-at_install')
class TestPortalTexts(PortalWorldCase):
    """Whatever is written anywhere is shown as it was written, and neither run nor reckoned with."""

    PAYLOAD = SCRIPT

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routes = [route for route in find_routes(cls.env) if route.method == 'GET']

    def setUp(self):
        super().setUp()
        self.log_in(self.own.login)

    def get_paths(self):
        """Every page of the module, and those of Odoo's that it adds to."""
        paths = [fill(route, find_own(route, self.own)) for route in self.routes]
        documents = [f'/my/orders/{order.id}' for order in (self.own.quotation, self.own.order)]
        return [*paths, *documents, f'/my/invoices/{self.own.invoice.id}']

    def draw_reports(self):
        """``(name, markup)`` of every document of the module."""
        known = self.env['ir.model.data'].search(
            [('module', '=', 'dealer_management'), ('model', '=', 'ir.actions.report')]
        )
        drawn = {
            'dealer.authorization': self.own.grant,
            'dealer.complaint': self.own.complaint,
            'dealer.rebate.payout': self.own.payout,
            'res.partner': self.own.dealer,
        }
        for report in self.env['ir.actions.report'].browse(known.mapped('res_id')):
            yield report.report_name, report._render_qweb_html(report.report_name, drawn[report.model].ids)[0].decode()

    def assertHarmless(self, text):
        self.assertFalse(find_scripts(text))

    def test_the_walk_finds_scripts(self):
        for markup in (SCRIPT, '<a href="javascript:alert(1)">x</a>', '<b onclick="alert(1)">x</b>'):
            self.assertTrue(find_scripts(f'<p title="{markup}"/>{markup}'))

    @mute_logger('odoo.http')
    def test_no_text_becomes_markup(self):
        shown = set()
        # First as it was written by forms, with what was worked out of it; then in every field.
        for prepare in (lambda: None, lambda: spoil(self.env, SCRIPT)):
            prepare()
            for path in self.get_paths():
                with self.subTest(path):
                    response = self.url_open(path, allow_redirects=False)
                    kind = response.headers['Content-Type']
                    self.assertIn(response.status_code, (200, 403))
                    # Documents are drawn as markup in tests, whatever their kind.
                    if kind.startswith(('text/html', 'application/pdf')):
                        self.assertHarmless(response.text)
                        shown |= set(re.findall(r'@([\w.]+)@', response.text))
        for name, markup in self.draw_reports():
            with self.subTest(name):
                self.assertIn('alert(1)', markup)
                self.assertHarmless(markup)
                shown |= set(re.findall(r'@([\w.]+)@', markup))
        self.assertFalse(SHOWN - shown, 'These are no longer shown, or no longer looked at.')

    @mute_logger('odoo.http')
    def test_no_link_runs_a_script(self):
        spoil(self.env, 'javascript:alert(1)//')
        for path in self.get_paths():
            with self.subTest(path):
                response = self.url_open(path, allow_redirects=False)
                if response.headers['Content-Type'].startswith(('text/html', 'application/pdf')):
                    self.assertHarmless(response.text)

    def test_what_is_asked_comes_back_as_text(self):
        for route in self.routes:
            if not (names := find_parameters(route)):
                continue
            path = fill(route, find_own(route, self.own))
            with self.subTest(path):
                response = self.url_open(path, params=dict.fromkeys(names, SCRIPT), method='GET')
                self.assertEqual(response.status_code, 200)
                if response.headers['Content-Type'].startswith('text/html'):
                    self.assertHarmless(response.text)

    def test_what_was_refused_comes_back_as_text(self):
        long = f'{SCRIPT}{"x" * 6000}'
        line = str(self.own.lines[0].id)
        names = ('lines', 'date_from', 'date_to', 'project', 'customer', 'reason')
        complaint = ('description', 'lot_name', 'phone', 'quantity', 'quantity_kind', 'date_found', 'type_id')
        for path, form in (
            ('/my/special-prices', dict.fromkeys(names, SCRIPT)),
            ('/my/complaints/new', dict.fromkeys(complaint, SCRIPT)),
            (self.own.payout.access_url, {'line': line, 'reason': long, 'contact': SCRIPT, 'search': SCRIPT}),
            (f'{self.own.complaint.access_url}/say', {'message': long}),
            (f'{self.own.complaint.access_url}/confirm', {'feedback': long, 'stars': SCRIPT}),
            (f'{self.own.complaint.access_url}/reopen', {'reopen_reason': long}),
            (f'{self.own.incomplete.access_url}/complete', dict.fromkeys(complaint, SCRIPT)),
            (f'{self.own.incomplete.access_url}/withdraw', {'withdraw_reason': long}),
        ):
            with self.subTest(path):
                response = self.request('POST', path, form)
                self.assertEqual(response.status_code, 200)
                self.assertIn('alert(1)', response.text)
                self.assertHarmless(response.text)

    # --------------------------------------------------------------------- Files

    def test_documents_are_kept_as_files(self):
        for path in self.get_paths():
            response = self.url_open(path, allow_redirects=False)
            with self.subTest(path):
                kind = response.headers['Content-Type']
                if response.status_code == 200:
                    self.assertEqual(response.headers['X-Content-Type-Options'], 'nosniff')
                if 'pdf' in kind or 'spreadsheet' in kind:
                    self.assertRegex(response.headers['Content-Disposition'], '^attachment;')

    def test_files_of_our_people_are_not_shown_as_pages(self):
        """What our people send is kept as it is; no browser shows it by itself, whatever it is called."""
        message = self.own.complaint.with_user(self.users['complaint'])._tell_dealer(
            'See', attachments=[(name, content) for name, _kind, content in PAGES]
        )
        for file in message.attachment_ids:
            kind = next(kind for name, kind, _content in PAGES if name == file.name)
            for claimed, size in ((kind, ''), (kind, '/small'), ('image/png', ''), ('image/png', '/small')):
                # As the superuser writes it: others' pages become plain text when they are stored.
                file.sudo().write({'mimetype': claimed})
                self.env.flush_all()
                with self.subTest(name=file.name, claimed=claimed, size=size):
                    response = self.url_open(f'{self.own.complaint.access_url}/files/{file.id}{size}')
                    self.assertLess(response.status_code, 500)
                    if response.status_code == 200:
                        self.assertEqual(response.headers['X-Content-Type-Options'], 'nosniff')
                        self.assertEqual(response.headers['Content-Security-Policy'], "default-src 'none'")
                        is_kept = response.headers['Content-Disposition'].startswith('attachment')
                        self.assertTrue(is_kept or response.headers['Content-Type'] == 'image/png')

    def test_files_of_a_dealer_hold_no_page(self):
        """A photograph with a page behind it, or in its comment, is drawn anew; a page that begins as a PDF is one."""
        page = PAGES[0][2]
        files = [
            ('a.html.jpg', make_photo() + page),
            ('b.jpg', make_photo(comment=page)),
            ('c.svg\x00.jpg', b'%PDF-1.4\n' + page),
        ]
        self.request(
            'POST',
            f'{self.own.complaint.access_url}/say',
            {'message': 'See'},
            files=[('files', (name, content)) for name, content in files],
        )
        self.env.invalidate_all()
        sent = self.own.complaint._get_said_files() - self.own.file
        self.assertEqual(sent.mapped('mimetype'), ['image/jpeg', 'image/jpeg', 'application/pdf'])
        for photo in sent[:2]:
            self.assertNotIn(b'script', photo.raw)
        self.assertRegex(sent[2].name, r'\.pdf$')
        response = self.url_open(f'{self.own.complaint.access_url}/files/{sent[2].id}')
        self.assertRegex(response.headers['Content-Disposition'], '^attachment;')
        self.assertEqual(response.headers['Content-Type'], 'application/pdf')

    def test_files_have_no_other_door(self):
        """Odoo's own addresses of files open none of a complaint's to another dealer, nor to anybody."""
        file = self.own.file
        for login in (self.rival.login, None):
            self.log_in(login)
            for path in (f'/web/content/{file.id}', f'/web/image/{file.id}', f'/web/content/{file.id}?access_token=x'):
                with self.subTest(login=login, path=path):
                    response = self.url_open(path, allow_redirects=False)
                    self.assertNotIn(file.raw, response.content)
                    self.assertNotIn(self.own.canary, str(response.headers))

    # -------------------------------------------------------------- Spreadsheets

    def test_no_text_becomes_a_formula(self):
        paths = [path for path in self.get_paths() if path.startswith('/my/') and path.endswith('.xlsx')]
        self.assertEqual(len(paths), 2)
        for text in (
            '=1+1',
            '+1+1',
            '-1+1',
            '@SUM(1)',
            '\t=1+1',
            '{=1+1}',
            'https://elsewhere.example',
            '=cmd|" /C"!A0',
        ):
            with self.undone():
                spoil(self.env, text)
                for path in paths:
                    with self.subTest(path=path, text=text):
                        sheets = load_workbook(io.BytesIO(self.url_open(path).content)).worksheets
                        cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
                        written = [cell for cell in cells if str(cell.value or '').strip().startswith(text.strip())]
                        self.assertTrue(written)
                        self.assertEqual({cell.data_type for cell in written}, {'s'})
                        self.assertFalse([cell for cell in cells if cell.data_type == 'f' or cell.hyperlink])
