import re
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .complaint_portal_common import ComplaintPortalCase, make_photo


@tagged('post_install', '-at_install')
class TestComplaintPortal(ComplaintPortalCase):
    """A dealer reports a problem on its telephone, follows it, and says whether it is settled."""

    # ---------------------------------------------------------------- Reporting

    def test_broken_delivery(self):
        complaint = self.report(files=[('box.png', make_photo(kind='PNG')), ('list.pdf', b'%PDF-1.4\n%%EOF')])
        self.assertEqual(
            (complaint.dealer_id, complaint.partner_id, complaint.source, complaint.type_id),
            (self.dealer, self.clerk.partner_id, 'portal', self.damage_type),
        )
        self.assertEqual((complaint.picking_id, complaint.order_id), (self.picking, self.order))
        self.assertEqual((complaint.product_id, complaint.quantity), (self.product, 2))
        self.assertEqual((complaint.quantity_kind, complaint.title), ('broken', 'Two boxes are crushed'))
        # 10:30 in Shanghai.
        self.assertEqual(complaint.date_found, datetime(2026, 1, 5, 2, 30))
        self.assertTrue(complaint.date_form)
        self.assertEqual(complaint._get_evidence().mapped('name'), ['box.jpg', 'list.pdf'])
        self.assertEqual(complaint._get_evidence().mapped('mimetype'), ['image/jpeg', 'application/pdf'])
        page = self.page(f'{complaint.access_url}?done=sent')
        for text in ('Your report has arrived', complaint.name, 'crushed', self.picking.name, '/small"', 'list.pdf'):
            self.assertIn(text, page)

    def test_several_photographs_at_once(self):
        photos = [
            (f'box {number}.jpg', make_photo(colour=colour)) for number, colour in enumerate(('red', 'green', 'blue'))
        ]
        complaint = self.report(files=photos)
        evidence = complaint._get_evidence().sorted('id')
        self.assertEqual(evidence.mapped('name'), [name for name, _photo in photos])
        self.assertEqual(len(set(evidence.mapped('checksum'))), 3)
        self.assertEqual(self.page(complaint.access_url).count('/small"'), 3)

    def test_c2_without_photograph(self):
        """Transit damage without a photograph or a sample cannot be submitted; with a sample it can."""
        for values, labels in (
            ({}, 'Photograph or Sample'),
            ({'quantity': '', 'product_id': ''}, 'Product, Quantity, Photograph or Sample'),
        ):
            answer = self.send(**self.form_values(**values))
            self.assertEqual(answer['error'], f'To hand in the problem form, please add: {labels}.')
            self.assertEqual(set(answer['fields']), {name for name, value in values.items() if not value})
        # A document is no photograph of the damage.
        answer = self.send(files=[('list.pdf', b'%PDF-1.4\n%%EOF')], **self.form_values())
        self.assertIn('Photograph or Sample', answer['error'])
        self.assertFalse(self.get_complaints())
        self.assertTrue(self.report(files=(), sample_taken='1').date_form)

    def test_no_scripts(self):
        """A browser without scripts gets its text back, and a sentence."""
        response = self.send(script=False, **self.form_values())
        self.assertEqual(response.status_code, 200)
        for text in ('please add: Photograph or Sample', 'Two boxes are crushed\nand wet.', 'value="2"'):
            self.assertIn(text, response.text)
        self.assertIn(f'value="{self.picking.id}" selected', response.text)
        response = self.send(script=False, files=[('box.jpg', make_photo())], **self.form_values())
        self.assertTrue(response.url.endswith(f'{self.get_complaints().id}?done=sent'))

    def test_double_tap_makes_one(self):
        key = 'a' * 32
        first = self.report(intake_key=key)
        answer = self.send(files=[('box.jpg', make_photo())], **self.form_values(intake_key=key))
        self.assertEqual(answer['url'], f'{first.access_url}?done=sent')
        self.assertEqual(self.get_complaints(), first)
        self.assertEqual(len(first._get_evidence()), 1)
        self.log_in('rival_clerk')
        self.send(**self.form_values(type_id=str(self.plain_type.id), intake_key=key, picking_id='', product_id=''))
        self.assertEqual(self.get_complaints().mapped('intake_key'), [key, key])
        # The other tap is not seen yet, but has been faster: the request is tried again.
        complaints = self.env['dealer.complaint']
        self.patch(type(complaints), '_find_by_intake_key', lambda *args: complaints)
        values = {'type_id': self.plain_type.id, 'description': 'Again', 'intake_key': key}
        with self.assertRaises(ConcurrencyError), mute_logger('odoo.sql_db'):
            complaints._create_from_portal(self.dealer, self.clerk.partner_id, values)

    def test_links_fill_the_form_in(self):
        for path, texts in (
            (f'order={self.order.id}', [f'value="{self.order.id}" selected']),
            (f'delivery={self.picking.id}', [f'value="{self.picking.id}" selected', 'value="%s" checked']),
            (f'invoice={self.invoice.id}', [f'value="{self.invoice.id}" selected']),
        ):
            page = self.page(f'/my/complaints/new?{path}')
            with self.subTest(path):
                for text in texts:
                    self.assertIn(text % self.damage_type.id if '%s' in text else text, page.replace('="checked"', ''))
                self.assertIn(self.product.name, page)
                self.assertNotIn(self.rival_picking.name, page)
        for path in (f'/my/orders/{self.order.id}', f'/my/invoices/{self.invoice.id}'):
            self.assertIn('o_complaint_link', self.page(path))

    def test_products_of_a_delivery(self):
        path = '/my/complaints/products'
        offered = self.url_open(f'{path}?delivery={self.picking.id}').json()
        self.assertEqual([product['id'] for product in offered], self.product.ids)
        hidden = self.env['product.product'].create({'name': 'Of the rival', 'type': 'consu'})
        self.deliver(self.rival, hidden)
        hidden.sale_ok = False
        self.assertEqual(self.url_open(f'{path}?search=Of the rival').json(), [])
        self.assertIn(self.product.id, [found['id'] for found in self.url_open(f'{path}?search=Test Goods').json()])

    def test_suspended_dealer_still_complains(self):
        self.dealer.action_dealer_suspend('Overdue')
        complaint = self.report()
        self.assertIn(complaint.name, self.page('/my/complaints'))

    def test_confidential_is_shown_to_its_dealer(self):
        complaint = self.report(type_id=str(self.env.ref('dealer_management.complaint_type_conflict').id))
        self.assertTrue(complaint.confidential)
        head_office = self.users['complaint']
        head_office.group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        complaint.user_id = head_office
        page = self.page(complaint.access_url)
        self.assertIn('crushed', page)
        self.assertNotIn(head_office.name, page)

    def test_printed_form(self):
        complaint = self.report()
        response = self.url_open(f'{complaint.access_url}/form')
        self.assertEqual(response.headers['Content-Type'], 'application/pdf')
        self.assertIn(f'{complaint.name}.pdf', response.headers['Content-Disposition'])
        self.assertIn(complaint.name, response.text)

    # ---------------------------------------------------------------- Following

    def test_home_and_list(self):
        open_one, done = self.report(), self.report(description='Old story')
        done.action_cancel('No complaint')
        self.assertIn('href="/my/complaints"', self.page('/my'))
        counted = self.make_jsonrpc_request('/my/counters', {'counters': ['complaint_count']})
        self.assertEqual(counted, {'complaint_count': 1})
        self.assertNotIn('complaint_count', self.make_jsonrpc_request('/my/counters', {'counters': ['order_count']}))
        for query, shown in (
            ('', (True, True)),
            ('filterby=open', (True, False)),
            ('filterby=done', (False, True)),
            ('filterby=yours', (False, False)),
            ('search=crushed', (True, False)),
            (f'search={self.picking.name}', (True, True)),
            ('search=nothing+like+it', (False, False)),
            ('filterby=dealer_id&sortby=id;drop', (True, True)),
        ):
            page = self.page(f'/my/complaints?{query}')
            with self.subTest(query):
                self.assertEqual((f'>{open_one.name}<' in page, f'>{done.name}<' in page), shown)

    def test_notes_stay_inside(self):
        complaint = self.report()
        staff = complaint.with_user(self.users['complaint'])
        staff.message_post(
            body='They always say that', subtype_xmlid='mail.mt_note', attachments=[('note.jpg', make_photo())]
        )
        staff._tell_dealer('Which lot was it?', attachments=[('where.jpg', make_photo())])
        page = self.page(complaint.access_url)
        self.assertIn('Which lot was it?', page)
        self.assertIn('where.jpg', page)
        for text in ('They always say that', 'note.jpg'):
            self.assertNotIn(text, page)
        for name, status in (('note.jpg', 404), ('where.jpg', 200), ('box.jpg', 200)):
            file = complaint._get_evidence().filtered(lambda file, name=name: file.name == name)
            for size in ('', '/small'):
                response = self.url_open(f'{complaint.access_url}/files/{file.id}{size}')
                self.assertEqual(response.status_code, status, name)
        self.assertEqual(response.headers['X-Content-Type-Options'], 'nosniff')

    def test_message_ends_the_waiting(self):
        complaint = self.report()
        complaint.with_user(self.users['complaint']).action_wait('Which lot?')
        self.assertIn('Please answer', self.page('/my/complaints?filterby=yours'))
        answer = self.send(f'{complaint.access_url}/say', message='Lot <b>7</b>', files=[('lot.jpg', make_photo())])
        self.assertEqual(answer['url'], f'{complaint.access_url}?done=said')
        self.assertFalse(complaint.waiting_since)
        page = self.page(complaint.access_url)
        self.assertIn('Lot &lt;b&gt;7&lt;/b&gt;', page)
        self.assertIn('Clerk Wang', page)
        self.assertIn('write something', self.send(f'{complaint.access_url}/say', message=' ')['error'])

    def test_sent_again_after_a_lost_connection(self):
        """The same words and photographs stand once; what was changed meanwhile is said as well."""
        complaint = self.report()
        path = f'{complaint.access_url}/say'
        self.assertRegex(self.page(complaint.access_url), 'name="form_key" value="[0-9a-f]{32}"')
        lot = [('lot.jpg', make_photo())]
        for key, message, files, count in (
            ('a' * 32, 'Lot 7', lot, 1),
            ('a' * 32, 'Lot 7', lot, 1),
            ('a' * 32, 'Lot 7, and 8', lot, 2),
            ('a' * 32, 'Lot 7', [('lot.jpg', make_photo(colour='blue'))], 3),
            ('b' * 32, 'Lot 7', lot, 4),
            ('', 'Lot 7', lot, 5),
        ):
            with self.subTest(key=key, message=message):
                answer = self.send(path, files=files, message=message, form_key=key)
                self.assertEqual(answer, {'url': f'{complaint.access_url}?done=said'})
                said = complaint._get_said_messages().filtered(lambda found: 'Lot 7' in found.body)
                self.assertEqual((len(said), len(said.attachment_ids)), (count, count))
        other = self.report(description='Another')
        self.send(f'{other.access_url}/say', message='Lot 7', files=lot, form_key='a' * 32)
        self.assertIn('Lot 7', ''.join(other._get_said_messages().mapped('body')), 'Of another complaint.')
        # A page that is shown again because something was refused is still the same form.
        response = self.send(path, script=False, message='x' * 5001, form_key='c' * 32)
        self.assertIn(f'value="{"c" * 32}"', response.text)

    def test_deadlines_and_outcomes(self):
        complaint = self.report()
        complaint.deadline_ids.unlink()
        now = fields.Datetime.now()
        self.env['dealer.deadline'].create(
            [
                {
                    'complaint_id': complaint.id,
                    'kind': kind,
                    'party': party,
                    'clock': 'calendar',
                    'unit': 'hours',
                    'due': now + timedelta(hours=hours),
                    'state': state,
                    'is_breached': hours < 0,
                    'credit_amount': credit,
                    'currency_id': self.company.currency_id.id,
                }
                for kind, party, hours, state, credit in (
                    ('first_reply', 'us', -1, 'running', 50),
                    ('resolve', 'us', 5, 'paused', 0),
                    ('confirm', 'dealer', 9, 'running', 0),
                )
            ]
        )
        self.env['dealer.complaint.outcome'].create(
            [
                {'complaint_id': complaint.id, 'kind': 'explanation', 'note': 'Packed badly'},
                {'complaint_id': complaint.id, 'kind': 'refund', 'note': 'Still a plan'},
            ]
        )[0].state = 'done'
        page = self.page(complaint.access_url)
        for text in ('You get our first reply', 'We are late: you are credited', 'stands still until you answer'):
            self.assertIn(text, page)
        self.assertIn('You confirm our answer', page)
        self.assertIn('Packed badly', page)
        self.assertNotIn('Refund', page)

    def test_document_without_a_number(self):
        """A credit note that nobody has posted yet has no name to show."""
        complaint = self.report()
        note = self.env['account.move'].create({'move_type': 'out_refund', 'partner_id': self.dealer.id})
        self.assertFalse(note.name)
        outcome = self.env['dealer.complaint.outcome'].create({'complaint_id': complaint.id, 'kind': 'explanation'})
        outcome.write({'state': 'made', 'credit_note_id': note.id})
        (item,) = re.findall('o_complaint_outcome">(.*?)</li>', self.page(complaint.access_url), re.DOTALL)
        self.assertNotIn(' · ', item)

    def test_link_in_a_mail(self):
        """What our answer's mail links to is the page of the complaint, for the dealer's people alone."""
        complaint = self.report()
        complaint.with_user(self.users['complaint'])._tell_dealer('We look into it')
        body = self.env['mail.mail'].sudo().search([('model', '=', complaint._name), ('res_id', '=', complaint.id)])[0]
        [link] = set(re.findall(rf'href="([^"]*/my/complaints/{complaint.id}[^"]*)"', body.body_html))
        self.assertTrue(link.endswith(f'/my/complaints/{complaint.id}'), link)
        for word in ('access_token', 'hash=', 'pid='):
            self.assertNotIn(word, body.body_html)
        self.assertIn('crushed', self.page(link))
        self.log_in('rival_clerk')
        self.assertNotIn('crushed', self.page(link))
        self.authenticate(None, None)
        self.assertIn('/web/login', self.url_open(link).url)

    def test_form_is_handed_in_later(self):
        """What staff took down by telephone lacks the photograph: the dealer adds it."""
        complaint = self.make_complaint(
            type_id=self.damage_type.id, quantity=3, quantity_kind='short', product_id=self.product.id
        )
        page = self.page(complaint.access_url)
        self.assertIn('Delivery, Found on, Photograph or Sample', page)
        path = f'{complaint.access_url}/complete'
        answer = self.send(path, picking_id=str(self.picking.id), date_found='2026-01-05T10:30', quantity='99')
        self.assertIn('Photograph or Sample', answer['error'])
        answer = self.send(
            path,
            files=[('box.jpg', make_photo())],
            picking_id=str(self.picking.id),
            date_found='2026-01-05T10:30',
            quantity='99',
        )
        self.assertEqual(answer, {'url': f'{complaint.access_url}?done=form'})
        self.assertTrue(complaint.date_form)
        self.assertEqual((complaint.picking_id, complaint.quantity), (self.picking, 3), 'What was said stays.')
        self.assertIn('in already', self.send(path, quantity='5')['error'])

    def test_what_about_them_is_needed_with_how_many(self):
        sentence = 'Please say whether they are missing, broken, faulty or unsold.'
        answer = self.send(files=[('box.jpg', make_photo())], **self.form_values(quantity_kind=''))
        self.assertEqual(answer['error'], 'To hand in the problem form, please add: Short or Broken.')
        self.assertEqual(answer['fields'], {'quantity_kind': sentence})
        self.assertFalse(self.get_complaints())
        # What staff took down says how many, and not what about them: only that is asked for.
        complaint = self.make_complaint(
            type_id=self.damage_type.id,
            quantity=3,
            product_id=self.product.id,
            picking_id=self.picking.id,
            date_found='2026-01-05 02:30:00',
            sample_taken=True,
        )
        page = self.page(complaint.access_url)
        self.assertIn('value="faulty"', page)
        self.assertNotIn('id="complaint_quantity"', page)
        path = f'{complaint.access_url}/complete'
        self.assertEqual(self.send(path)['fields'], {'quantity_kind': sentence})
        self.send(path, quantity_kind='faulty')
        self.assertEqual((complaint.quantity_kind, bool(complaint.date_form)), ('faulty', True))

    def test_all_that_is_missing_is_marked_at_once(self):
        """What is not understood, and what is blank."""
        answer = self.send(**self.form_values(quantity='many', description='', product_id='', quantity_kind=''))
        self.assertEqual(set(answer['fields']), {'quantity', 'description', 'product_id', 'quantity_kind'})
        self.assertIn('number above 0', answer['fields']['quantity'])
        page = self.page('/my/complaints/new')
        self.assertRegex(page, r'o_complaint_needed">\s*<label class="form-label" for="complaint_description"')

    # ---------------------------------------------------------------- Deciding

    def answered(self):
        complaint = self.report()
        complaint.answer = '<p>We send two new ones.</p>'
        complaint.with_user(self.users['complaint']).action_answer()
        return complaint

    def test_confirmed_with_stars(self):
        complaint = self.answered()
        page = self.page(complaint.access_url)
        self.assertIn('We send two new ones.', page)
        self.assertIn('Is it settled?', page)
        self.send(f'{complaint.access_url}/confirm', stars='4', feedback='Quick <i>help</i>')
        self.assertEqual((complaint.state, complaint.rating_last_value), ('confirmed', 4))
        rating = complaint.rating_ids
        self.assertEqual((rating.partner_id, rating.feedback), (self.clerk.partner_id, 'Quick <i>help</i>'))
        page = self.page(complaint.access_url)
        self.assertIn('aria-label="4/5"', page)
        self.assertNotIn('Is it settled?', page)
        self.assertIn('nothing to confirm', self.send(f'{complaint.access_url}/confirm', stars='1')['error'])
        self.assertEqual(complaint.rating_ids, rating)

    def test_confirmed_without_stars_and_rated_later(self):
        complaint = self.answered()
        self.send(f'{complaint.access_url}/confirm', stars='9')
        self.assertEqual(complaint.state, 'confirmed')
        self.assertFalse(complaint.rating_ids.filtered('consumed'))
        complaint.cause_id = self.env.ref('dealer_management.complaint_cause_transport')
        complaint.action_close()
        self.send(f'{complaint.access_url}/confirm', stars='5')
        self.assertEqual((complaint.state, complaint.rating_last_value), ('closed', 5))

    def test_reopened_with_a_reason(self):
        complaint = self.answered()
        path = f'{complaint.access_url}/reopen'
        self.assertIn('give a reason', self.send(path, reopen_reason=' ')['error'])
        self.send(path, reopen_reason='One is broken, too')
        self.assertEqual((complaint.state, complaint.reopen_count), ('analysed', 1))
        self.assertIn('One is broken, too', self.page(complaint.access_url))
        self.assertIn('write us a message', self.send(path, reopen_reason='Again')['error'])

    def test_withdrawn_until_answered(self):
        complaint, answered = self.report(), self.answered()
        self.send(f'{complaint.access_url}/withdraw', withdraw_reason='Found it')
        self.assertEqual((complaint.state, complaint.withdrawal_reason), ('cancelled', 'Found it'))
        answer = self.send(f'{answered.access_url}/withdraw', withdraw_reason='Found it')
        self.assertIn('no longer be withdrawn', answer['error'])
        self.assertEqual(answered.state, 'answered')

    def test_second_tap_ends_as_the_first(self):
        complaint = self.answered()
        for step, values, state in (
            ('confirm', {'stars': '4', 'feedback': 'Quick help'}, 'confirmed'),
            ('reopen', {'reopen_reason': 'Broken again'}, 'analysed'),
        ):
            answers = [self.send(f'{complaint.access_url}/{step}', **values) for _tap in range(2)]
            self.assertEqual(answers, [{'url': f'{complaint.access_url}?done={step}ed'}] * 2)
            self.assertEqual(complaint.state, state)
        self.assertEqual((len(complaint.rating_ids.filtered('consumed')), complaint.reopen_count), (1, 1))
        other = self.answered()
        values = {'feedback': 'Thank you', 'form_key': 'd' * 32}
        answers = [self.send(f'{other.access_url}/confirm', **values) for _tap in range(2)]
        self.assertEqual(answers, [{'url': f'{other.access_url}?done=confirmed'}] * 2)
        self.assertEqual(''.join(other._get_said_messages().mapped('body')).count('Thank you'), 1)
        withdrawn = self.report()
        path = f'{withdrawn.access_url}/withdraw'
        answers = [self.send(path, withdraw_reason='Found it') for _tap in range(2)]
        self.assertEqual(answers, [{'url': f'{withdrawn.access_url}?done=withdrawn'}] * 2)
        self.assertIn('no longer be withdrawn', self.send(path, withdraw_reason='Something else')['error'])

    def test_reopened_says_so(self):
        """Nothing of the answer that was not accepted stands there as if it were done."""
        for stars in ('2', ''):
            complaint = self.answered()
            self.send(f'{complaint.access_url}/confirm', stars=stars, feedback='Too slow')
            page = self.page(complaint.access_url)
            self.assertIn('You confirm our answer', page)
            self.assertEqual('o_complaint_rating' in page, bool(stars))
            self.send(f'{complaint.access_url}/reopen', reopen_reason='Still broken')
            page = self.page(complaint.access_url)
            for text in ('Reopened', 'We look into it again.'):
                self.assertIn(text, page)
            self.assertIn('Reopened', self.page('/my/complaints'))
            for text in ('We know what went wrong', 'You confirm our answer', 'o_complaint_rating', 'Is it settled?'):
                self.assertNotIn(text, page)
            complaint.with_user(self.users['complaint']).action_solve()
            self.assertIn('Our answer follows', self.page(complaint.access_url))
            complaint.answer = '<p>Three new ones.</p>'
            complaint.with_user(self.users['complaint']).action_answer()
            page = self.page(complaint.access_url)
            for text in ('Is it settled?', 'You confirm our answer'):
                self.assertIn(text, page)

    def test_refused_step_keeps_the_text(self):
        complaint = self.report()
        response = self.send(f'{complaint.access_url}/say', script=False, message='x' * 5001)
        self.assertIn('at most 5000 characters', response.text)
        self.assertIn('x' * 5001, response.text)

    # ---------------------------------------------------------------- Figures

    def test_a_fixed_number_of_queries(self):
        def count(path):
            self.page(path)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.page(path)
            return self.cr.sql_log_count - before

        complaint = self.report()
        few, short = count('/my/complaints'), count(complaint.access_url)
        form = count('/my/complaints/new')
        for number in range(12):
            self.make_complaint(title=f'Complaint {number}', picking_id=self.picking.id)
            complaint._say_from_portal(self.contact, f'Word {number}', [(f'{number}.jpg', make_photo())])
            self.deliver(self.dealer, self.product.copy())
        self.assertGreater(few, 5)
        self.assertLessEqual(count('/my/complaints'), few + 1)
        self.assertLessEqual(count(complaint.access_url), short + 2)
        self.assertLessEqual(count('/my/complaints/new'), form + 2)

    def test_model_says_no_by_itself(self):
        """The rules hold whoever calls the methods."""
        complaints = self.env['dealer.complaint']
        contact = self.clerk.partner_id
        for values, sentence in (
            ({}, 'choose what is wrong'),
            ({'type_id': self.plain_type.id}, 'say what happened'),
            ({'type_id': self.plain_type.id, 'description': 'x' * 5001}, 'at most 5000'),
            (
                {'type_id': self.plain_type.id, 'description': 'x', 'picking_id': self.rival_picking.id},
                'not of the dealer',
            ),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(UserError, sentence):
                complaints._create_from_portal(self.dealer, contact, values)
        self.plain_type.in_portal = False
        with self.assertRaisesRegex(UserError, 'choose what is wrong'):
            complaints._create_from_portal(self.dealer, contact, {'type_id': self.plain_type.id, 'description': 'x'})
