import io

from openpyxl import load_workbook

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .rebate_statement_common import StatementMixin


class RebatePortalCase(StatementMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As after some years: ids of source lines are beyond what four bytes hold.
        sequence = 'dealer_rebate_computation_id_seq'
        cls.env.cr.execute('SELECT setval(%s, greatest(nextval(%s), 1000))', [sequence, sequence])
        cls.setUpStatements()
        cls.tap.default_code = 'TAP-1'
        begin = cls.first_day
        cls.first_invoice = cls.invoice(cls.dealer, begin, (cls.tap, 10, 11_000), (cls.sink, 1, 200_000))
        cls.invoice(cls.rival_dealer, begin, 123_456)
        cls.invoice(cls.dealer, cls.today, 61_800)
        run = cls.settle_run()
        cls.payout, cls.rivals = (
            run.payout_ids.filtered(lambda payout, dealer=dealer: payout.dealer_id == dealer)
            for dealer in (cls.dealer, cls.rival_dealer)
        )
        cls.computation = cls.payout.computation_ids

    def page(self, path, login='rebate_clerk'):
        if getattr(self, 'logged_in', None) != login:
            self.authenticate(login, login)
            self.logged_in = login
        return self.url_open(path)

    def text(self, path, login='rebate_clerk'):
        """The page as it is read: with plain blanks."""
        return self.page(path, login).text.replace('\xa0', ' ')

    def lines(self, computation=None):
        return self.env['dealer.rebate.settlement.line'].search(
            [('computation_id', '=', (computation or self.computation).id)], order='date, document, id'
        )

    def send(self, path=None, login='rebate_clerk', **values):
        self.page('/my', login)
        return self.url_open(
            path or self.payout.access_url, data={'csrf_token': http.Request.csrf_token(self), **values}
        )


@tagged('post_install', '-at_install')
class TestRebatePortal(RebatePortalCase):
    """A dealer sees where it stands and what it was settled by, and nothing of anybody else."""

    def test_home_card(self):
        page = self.text('/my')
        self.assertIn('href="/my/rebates"', page)
        self.authenticate('rebate_clerk', 'rebate_clerk')
        counted = self.make_jsonrpc_request('/my/counters', {'counters': ['rebate_count']})
        self.assertEqual(counted['rebate_count'], 1)

    def test_where_it_stands(self):
        page = self.text('/my/rebates')
        for text in (
            'Monthly rebate',
            '¥ 0.00',
            '¥ 61,800.00',
            '¥ 38,200.00 more by',
            '+\N{WORD JOINER}¥ 2,000.00',
            'role="progressbar"',
        ):
            self.assertIn(text, page)
        self.assertIn(self.payout.name, page)
        self.assertNotIn(self.rivals.name, page)

    def test_ladder_and_what_if(self):
        path = f'/my/rebates/{self.program.id}'
        page = self.text(path)
        for text in (
            'from ¥ 100,000',
            '2 %',
            '¥ 238,200.00 more',
            '+¥ 12,000.00',
            *self.program._get_dealer_sentences(),
        ):
            self.assertIn(text, page)
        self.assertNotIn('o_rebate_effect', page)
        for amount in ('38200', '38,200', '３８２００', ' 38,200.00 '):
            with self.subTest(amount):
                page = self.text(f'{path}?amount={amount}')
                self.assertIn('o_rebate_effect', page)
                self.assertIn('+¥ 2,000.00', page.split('o_rebate_effect')[1])
        self.assertIn(
            '+¥ 0.00', self.text(f'{path}?amount=38199.99').split('o_rebate_effect')[1].replace('¥ 0', '+¥ 0')
        )

    def test_strange_amounts(self):
        path = f'/my/rebates/{self.program.id}?amount='
        for amount in (
            '0',
            '-5',
            'nan',
            'inf',
            '1e9',
            '٣',
            '1,0',
            '9' * 40,
            '%00',
            '<script>alert(1)</script>',
            '1.234',
        ):
            with self.subTest(amount):
                page = self.text(path + amount)
                self.assertNotIn('o_rebate_effect', page)
                self.assertNotIn('<script>alert(1)', page)
                self.assertTrue(amount == '%00' or 'Please type a figure' in page)

    def test_withheld_is_said(self):
        self.program.condition_ids = [Command.create({'kind': 'overdue', 'withheld': 50})]
        self.first_invoice.line_ids.date_maturity = '2020-01-01'
        self.invoice(self.dealer, self.today, 100_000)
        page = self.text('/my/rebates')
        self.assertIn('o_rebate_withheld', page)
        self.assertIn('verdue invoices', page)

    def test_other_kinds(self):
        bands = ({'threshold': 10, 'buy_quantity': 10, 'free_quantity': 1},)
        unit = self.env.ref('uom.product_uom_unit').id
        dates = {'date_from': self.program.date_from, 'date_to': self.program.date_to, 'period': 'whole'}
        goods = self.make_program(
            bands, title='Buy 10', measure='quantity', uom_id=unit, reward='free_goods', free_product_id=self.tap.id,
            payout_method='free_goods', **dates,
        )  # fmt: skip
        others_target = Command.create({'dealer_id': self.rival_dealer.id, 'amount': 500_000})
        target = self.make_program(
            ((60, 1), (100, 2)), title='Target', driver='attainment', target_ids=[others_target], **dates
        )
        growth = self.make_program(((10, 1),), title='Growth', driver='growth', **dates)
        mix = self.make_program(
            ((20, 1), (60, 2)), title='Mix', driver='mix', mix_category_ids=[Command.set(self.sinks.ids)], **dates
        )
        page = self.text('/my/rebates')
        for title in ('Buy 10', 'Target', 'Growth', 'Mix'):
            self.assertIn(title, page)
        self.assertIn('1 Units', page)
        self.assertIn('No target has been set', page)
        self.assertIn('no sales in the same days a year before', page)
        self.assertIn('buy 10, get 1 free', self.text(f'/my/rebates/{goods.id}?amount=20'))
        self.assertIn('from a share of 20 %', self.text(f'/my/rebates/{mix.id}?amount=5'))
        self.assertIn('from 10 % growth', self.text(f'/my/rebates/{growth.id}?amount=5'))
        target.target = 1_000_000
        self.assertIn('from 60 % of the target', self.text(f'/my/rebates/{target.id}'))

    def make_broken_program(self, **vals):
        """A program in a currency that has no rate."""
        self.usd.active = True
        self.usd.rate_ids.unlink()
        dates = {'date_from': self.program.date_from, 'date_to': self.program.date_to}
        return self.make_program(title='In dollars', currency_id=self.usd.id, **dates, **vals)

    def test_one_broken_program(self):
        program = self.make_broken_program()
        for path in ('/my/rebates', f'/my/rebates/{program.id}', f'/my/rebates/{program.id}?amount=5'):
            page = self.text(path)
            self.assertIn('In dollars', page)
            self.assertIn('cannot be worked out at the moment', page)
            self.assertIn(self.users['staff'].name, page)
            self.assertNotIn('exchange rate', page)
        page = self.text('/my/rebates')
        self.assertIn('¥ 38,200.00 more by', page, 'The other one is shown as ever.')
        self.assertIn(self.payout.name, page)
        todo = program.activity_ids
        self.assertEqual(len(todo), 1, 'One, however often the pages are opened.')
        self.assertTrue(todo.user_id.has_group('dealer_management.group_dealer_manager'))
        self.assertIn(self.dealer.name, todo.note)
        todo.action_done()
        self.set_rate(self.usd, '2000-01-01', 7)
        self.assertNotIn('cannot be worked out', self.text('/my/rebates'))

    def test_broken_program_with_statements(self):
        self.usd.active = True
        self.usd.rate_ids.unlink()
        self.program.flush_recordset()
        self.env.cr.execute(
            'UPDATE dealer_rebate_program SET currency_id = %s WHERE id = %s', [self.usd.id, self.program.id]
        )
        self.env.invalidate_all()
        for path in ('/my/rebates', f'/my/rebates/{self.program.id}'):
            page = self.text(path)
            self.assertIn('cannot be worked out', page)
            self.assertIn(self.payout.name, page)
        self.assertIn(self.payout.name, self.text(self.payout.access_url))

    def test_broken_program_of_others(self):
        program = self.make_broken_program(dealer_ids=[Command.set(self.rival_dealer.ids)])
        self.assertNotIn('In dollars', self.text('/my/rebates'))
        self.assertTrue(self.page(f'/my/rebates/{program.id}').url.endswith('/my/rebates'))
        self.assertFalse(program.activity_ids)

    def test_what_was_agreed(self):
        self.program.dealer_ids = self.dealer | self.rival_dealer
        path = f'/my/rebates/{self.program.id}'
        page = self.text(path)
        self.assertNotIn(self.rival_dealer.name, page)
        self.assertNotIn('o_rebate_version', page)
        amendment = self.program.copy(
            {
                'amends_id': self.program.id,
                'version': 2,
                'date_from': self.period(self.program, 3).date_from,
                'date_to': self.program.date_to,
                'requester_id': self.author.id,
            }
        )
        amendment.band_ids[0].rate = 2.5
        amendment.write({'state': 'open', 'approver_id': self.approver.id})
        page = self.text(path)
        self.assertEqual(page.count('o_rebate_version'), 2)
        former, current = page.split('o_rebate_version')[1:]
        self.assertIn('You get 2 % from', former)
        self.assertNotIn('In force', former)
        self.assertIn('In force', current)
        self.assertIn('You get 2.5 % from', current)

    def test_closed_program_stays_readable(self):
        self.program.state = 'closed'
        self.assertIn('Monthly rebate', self.text('/my/rebates'))
        self.assertTrue(self.page(f'/my/rebates/{self.program.id}').url.endswith(str(self.program.id)))

    def test_programs_of_others(self):
        other = self.make_program(title='Not for you', dealer_ids=[Command.set(self.rival_dealer.ids)])
        draft = self.make_program(title='Draft', state='draft')
        self.assertNotIn('Not for you', self.text('/my/rebates'))
        for program_id in (other.id, draft.id, 999_999, 2**31, 2**70):
            with self.subTest(program_id):
                self.assertTrue(self.page(f'/my/rebates/{program_id}').url.endswith('/my/rebates'))

    def test_who_is_no_dealer(self):
        for path in ('/my/rebates', f'/my/rebates/{self.program.id}', self.payout.access_url):
            page = self.page(path, 'rebate_stranger')
            self.assertTrue(page.url.endswith('/my'), page.url)

    def test_texts_are_escaped(self):
        self.program.title = '<script>alert(1)</script>'
        self.tap.name = '<img src=x onerror=alert(2)>'
        for path in ('/my/rebates', f'/my/rebates/{self.program.id}', self.payout.access_url):
            page = self.text(path)
            self.assertNotIn('<script>alert(1)', page)
            self.assertNotIn('<img src=x', page)


@tagged('post_install', '-at_install')
class TestRebateStatement(RebatePortalCase):
    """The statement: each cent down to its invoice line, on the screen, on paper and as a spreadsheet."""

    def test_down_to_the_invoice(self):
        page = self.text(self.payout.access_url)
        for text in (
            self.payout.name,
            'Band 2 (from ¥ 300,000): ¥ 310,000.00 × 4 %',
            '¥ 12,400.00',
            self.first_invoice.name,
            '[TAP-1] Tap',
            '¥ 4,400.00',
            '¥ 8,000.00',
        ):
            self.assertIn(text, page)
        self.assertEqual(sum(self.lines().mapped('share')), 12_400)
        link = f'/my/invoices/{self.first_invoice.id}'
        self.assertIn(f'href="{link}"', page)
        self.assertIn(self.first_invoice.name, self.text(link))

    def test_another_dealers_statement(self):
        for path in (self.rivals.access_url, '/my/rebates/statements/999999', f'/my/rebates/statements/{2**70}'):
            for ending in ('', '/page/2', '.pdf', '.xlsx'):
                with self.subTest(path=path, ending=ending):
                    page = self.page(path + ending)
                    self.assertTrue(page.url.endswith('/my/rebates'))
                    self.assertNotIn('123,456', page.text)

    def test_what_is_not_settled_is_not_shown(self):
        for state, shown in (('preview', False), ('held', False), ('confirmed', True), ('posted', True)):
            with self.subTest(state):
                self.payout.state = state
                self.assertEqual(self.payout.name in self.text('/my/rebates'), shown)
                page = self.page(self.payout.access_url)
                self.assertEqual(page.url.endswith(self.payout.access_url), shown)
                self.assertEqual('Being settled' in page.text, state == 'confirmed')

    def test_correction(self):
        self.refund(self.dealer, self.first_day, (self.tap, 1, 15_000), origin=self.first_invoice)
        payout = self.settle_run(2).payout_ids.filtered(lambda payout: payout.dealer_id == self.dealer)
        page = self.text(payout.access_url)
        for text in ('correction 1', '¥ 12,400.00 → <b>¥ 5,900.00</b>', '¥ -6,500.00', 'Carried on'):
            self.assertIn(text, page)
        corrected = payout.computation_ids.filtered(lambda found: found.number == 2)
        page = self.text(f'{payout.access_url}?computation={corrected.id}')
        self.assertIn('-15,000.00', page)
        self.assertEqual([total[:1] + total[2:3] for total in payout._get_totals()][1], ('corrected', -6500))

    def make_long_statement(self):
        lines = [(self.tap, 1, 1000 + number) for number in range(120)]
        self.invoice(self.dealer, self.period(self.program, 2).date_from, *lines)
        run = self.settle_run(2)
        return run.payout_ids.filtered(lambda payout: payout.dealer_id == self.dealer)

    def test_pages_and_search(self):
        payout = self.make_long_statement()
        counts = [
            self.text(f'{payout.access_url}{ending}').count('o_rebate_line"')
            for ending in ('', '/page/2', '/page/3', '/page/99', '/page/0', '?search=nope', '?search=tap-1 Tap')
        ]
        self.assertEqual(counts, [50, 50, 20, 20, 50, 0, 50])
        for search in ('%25', "';--", '%00', '<script>alert(1)</script>', 'x' * 3000):
            with self.subTest(search[:10]):
                self.assertNotIn('<script>alert(1)', self.text(f'{payout.access_url}?search={search}'))
        for computation in ('x', '999999', str(self.rivals.computation_ids.id), '%00'):
            with self.subTest(computation):
                page = self.text(f'{payout.access_url}?computation={computation}')
                self.assertEqual(page.count('o_rebate_line"'), 50)
                self.assertNotIn('123,456', page)

    def test_a_fixed_number_of_queries(self):
        def count(path):
            self.page(path)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.page(path)
            return self.cr.sql_log_count - before

        short = count(self.payout.access_url)
        long = count(self.make_long_statement().access_url)
        self.assertGreater(short, 10)
        # The long one has a pager; it has no correction to show.
        self.assertLessEqual(long, short + 2)

    def test_spreadsheet(self):
        self.tap.name = '=HYPERLINK("http://evil")'
        self.first_invoice.invoice_line_ids[1].product_id.name = '@SUM(A1)'
        answer = self.page(f'{self.payout.access_url}.xlsx')
        self.assertIn('spreadsheetml', answer.headers['Content-Type'])
        statement, steps, lines = load_workbook(io.BytesIO(answer.content))
        values = {row[0].value: row[1].value for row in statement.iter_rows()}
        self.assertEqual((values['Earned'], values['Paid']), (12400, 12400))
        self.assertIn(12400, [row[3].value for row in steps.iter_rows()])
        rows = list(lines.iter_rows(min_row=2))
        self.assertEqual([row[7].value for row in rows], [4400, 8000])
        self.assertEqual([row[4].data_type for row in rows], ['s', 's'], 'A name is no formula.')
        self.assertEqual([row[6].value for row in rows], [110_000, 200_000])

    def test_pdf(self):
        answer = self.page(f'{self.payout.access_url}.pdf')
        self.assertEqual(answer.headers['Content-Type'], 'application/pdf')
        # Tests leave the drawing to others: what is drawn is what counts.
        drawn = answer.content.decode().replace('\xa0', ' ')
        for text in (self.payout.name, '¥ 12,400.00', self.first_invoice.name, '¥ 4,400.00'):
            self.assertIn(text, drawn)
        self.assertNotIn('123,456', drawn)

    def test_pdf_in_the_dealers_language(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.dealer.lang = 'zh_CN'
        drawn = self.page(f'{self.payout.access_url}.pdf').content.decode()
        self.assertIn(self.payout.date.strftime('%Y/%m/%d'), drawn)

    @mute_logger('odoo.http')
    def test_nobody_takes_it_by_another_way(self):
        ways = ('/report/html/dealer_management.dealer_rebate_statement/{}', '/dealer/rebates/statements/{}.xlsx')
        for login, payout, may in (
            ('rebate_clerk', self.payout, False),
            ('rebate_clerk', self.rivals, False),
            ('test_salesman', self.payout, False),
            ('test_staff_own', self.payout, False),
            ('test_staff', self.payout, True),
            ('test_auditor', self.payout, True),
            ('test_accountant', self.payout, True),
        ):
            for way in ways:
                with self.subTest(login=login, way=way):
                    answer = self.page(way.format(payout.id), login)
                    self.assertEqual(answer.status_code == 200 and b'not allowed' not in answer.content, may)

    def test_web_client(self):
        action = self.payout.with_user(self.accountant).action_download_xlsx()
        self.assertEqual(action['url'], f'/dealer/rebates/statements/{self.payout.id}.xlsx')
        self.assertIn('12,400.00', self.computation.with_user(self.users['staff']).explanation)


@tagged('post_install', '-at_install')
class TestRebateDisputePortal(RebatePortalCase):
    """A dealer disputes a single line of its statement."""

    def disputes(self):
        return self.env['dealer.rebate.dispute'].search([('dealer_id', 'in', (self.dealer | self.rival_dealer).ids)])

    def test_disputed_answered_and_shown(self):
        line = self.lines()[0]
        page = self.send(line=line.id, reason='Ten <b>too many</b>', contact='Ms Chen').text
        self.assertIn('Your question has been sent', page)
        dispute = self.disputes()
        self.assertEqual(
            (dispute.state, dispute.requester_id, dispute.contact, dispute.reason),
            ('open', self.clerk, 'Ms Chen', 'Ten <b>too many</b>'),
        )
        self.assertEqual((dispute.document, dispute.share, dispute.measure), (line.document, line.share, line.measure))
        self.assertIn('Ten &lt;b&gt;too many&lt;/b&gt;', page)
        self.assertEqual(page.count('Being looked into'), 2, 'At the line, and among the questions.')
        dispute.with_user(self.users['staff']).action_accept('We have credited 10 <i>taps</i>.')
        page = self.page(self.payout.access_url).text
        self.assertIn('We have credited 10 &lt;i&gt;taps&lt;/i&gt;.', page)
        self.assertNotIn('Being looked into', page)
        self.assertNotIn('Ten &lt;b&gt;', self.page(self.rivals.access_url, 'rebate_rival').text)

    def test_twice_is_once(self):
        line = self.lines()[0]
        for _time in range(2):
            answer = self.send(line=line.id, reason='Wrong')
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.disputes()), 1)
        self.assertIn('being looked into already', answer.text)
        self.assertNotIn('Your question has been sent', answer.text)

    def test_kept_as_it_was_written(self):
        self.send(
            line=self.lines()[0].id, reason='  数量不对，（多了１０件）：①\r\n请核查！\x00 ', contact='王女士（财务）'
        )
        dispute = self.disputes()
        self.assertEqual(dispute.reason, '数量不对，（多了１０件）：①\n请核查！')
        self.assertEqual(dispute.contact, '王女士（财务）')

    def test_nothing_is_cut(self):
        line = self.lines()[0]
        for values in ({'reason': 'x' * 2001}, {'reason': 'x', 'contact': 'y' * 101}):
            page = self.send(line=line.id, **values).text
            self.assertIn('please say it in no more than', page)
            self.assertNotIn('Your question has been sent', page)
            for value in values.values():
                self.assertIn(value, page, 'What was typed is kept.')
            self.assertFalse(self.disputes())
        # A browser counts the end of a line once, and sends two characters.
        self.send(line=line.id, reason='\r\n'.join(['x' * 99] * 20) + 'x')
        self.assertEqual(len(self.disputes().reason), 2000)

    def test_files_instead_of_text(self):
        self.page('/my')
        token, line = http.Request.csrf_token(self), str(self.lines()[0].id)
        values = {'line': line, 'reason': 'Wrong', 'contact': 'x', 'page': '1', 'search': 'x'}
        for name in values:
            with self.subTest(name):
                data = {'csrf_token': token, **{other: text for other, text in values.items() if other != name}}
                answer = self.url_open(self.payout.access_url, data=data, files={name: ('a.txt', b'1')})
                self.assertEqual(answer.status_code, 200)
        for page in ('²', 'x', '-1', '9' * 30):
            self.assertEqual(self.page(f'{self.payout.access_url}?page={page}').status_code, 200)

    def test_without_a_reason(self):
        line = self.lines()[1]
        page = self.send(line=line.id, reason='  ', contact='Kept <b>').text
        self.assertIn('Please give a reason.', page)
        self.assertIn('Kept &lt;b&gt;', page)
        self.assertFalse(self.disputes())

    def test_forged_lines(self):
        rivals = self.lines(self.rivals.computation_ids)[0]
        for line in (rivals.id, 0, -1, 'x', '', 10**17, 9 * 10**18, '٣', '1e3'):
            with self.subTest(line):
                self.send(line=line, reason='Mine')
                self.assertFalse(self.disputes())
        self.send(self.rivals.access_url, line=rivals.id, reason='Mine')
        self.assertFalse(self.disputes())
        self.send(login='rebate_stranger', line=self.lines()[0].id, reason='Mine')
        self.assertFalse(self.disputes())

    def test_only_what_is_settled(self):
        self.payout.state = 'confirmed'
        page = self.send(line=self.lines()[0].id, reason='Too early').text
        self.assertIn('Only what is settled can be disputed.', page)
        self.assertFalse(self.disputes())
        self.assertNotIn('Something wrong?', self.page(self.payout.access_url).text)

    def test_without_token(self):
        self.page('/my')
        answer = self.url_open(self.payout.access_url, data={'line': self.lines()[0].id, 'reason': 'x'})
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.disputes())


class RebateTourCase(RebatePortalCase):
    def follow(self):
        self.program.title = 'Strategic-partnership rebate for bathroom fittings, taps and sinks in East China'
        self.start_tour('/my', 'rebate_portal_tour', login='rebate_clerk')
        dispute = self.env['dealer.rebate.dispute'].search([('dealer_id', '=', self.dealer.id)])
        self.assertEqual((dispute.product_id, dispute.share, dispute.reason), (self.sink, 8000, 'We sent it back'))


@tagged('post_install', '-at_install')
class TestRebatePortalTour(RebateTourCase):
    def test_dealer_follows_a_cent(self):
        self.follow()


@tagged('post_install', '-at_install')
class TestRebatePortalTourPhone(RebateTourCase):
    browser_size = '390x844'
    touch_enabled = True

    def test_dealer_follows_a_cent(self):
        self.follow()
