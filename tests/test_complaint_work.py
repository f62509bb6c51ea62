from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .complaint_common import ComplaintCase, ComplaintMixin

# As the views read them.
CARD = {
    'name': {},
    'title': {},
    'dealer_id': {'fields': {'display_name': {}}},
    'type_id': {'fields': {'display_name': {}}},
    'product_id': {'fields': {'display_name': {}}},
    'lot_name': {},
    'confidential': {},
    'duplicate_count': {},
    'due_status': {},
    'due_text': {},
    'next_due': {},
    'priority': {},
    'user_id': {'fields': {'display_name': {}}},
    'activity_ids': {'fields': {}},
    'stage_id': {'fields': {'display_name': {}}},
}
FORM = {
    **CARD,
    'may_work': {},
    'missing_text': {},
    'evidence_ids': {'fields': {'name': {}, 'mimetype': {}}},
    'dealer_complaint_count': {},
    'product_complaint_count': {},
    'lot_complaint_count': {},
    'outcome_ids': {'fields': {'kind': {}, 'state': {}}},
    'deadline_ids': {'fields': {'kind': {}, 'due': {}, 'result': {}}},
}


class WorkMixin(ComplaintMixin):
    """A team of three, of whom one is busy."""

    @classmethod
    def setUpComplaints(cls):
        result = super().setUpComplaints()
        cls.busy, cls.idle = (
            new_test_user(cls.env, login=f'test_{name}', groups='dealer_management.group_dealer_complaint')
            for name in ('busy', 'idle')
        )
        cls.team.member_ids = cls.users['complaint'] | cls.busy | cls.idle
        return result

    @classmethod
    def make_complaints(cls, number, **vals):
        return cls.env['dealer.complaint'].create([cls.complaint_vals(**vals) for _number in range(number)])


@tagged('post_install', '-at_install')
class TestComplaintAssignment(WorkMixin, ComplaintCase):
    def test_fewest_open_ones_first(self):
        self.make_complaints(2, user_id=self.busy.id)
        complaints = self.make_complaints(7)
        load = {user: len(complaints.filtered(lambda c, user=user: c.user_id == user)) for user in self.team.member_ids}
        self.assertEqual(load, {self.users['complaint']: 3, self.busy: 1, self.idle: 3})
        self.assertEqual(complaints[0].user_id, self.users['complaint'], 'Equal loads: the same one every time.')

    def test_what_is_over_is_no_load(self):
        over = self.make_complaints(3, user_id=self.users['complaint'].id)
        over.action_cancel('None')
        self.assertEqual(self.make_complaint().user_id, self.users['complaint'])

    def test_only_who_may_read_it(self):
        self.assertFalse(self.make_complaint(type_id=self.secret_type.id).user_id)
        self.idle.group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        self.assertEqual(self.make_complaint(type_id=self.secret_type.id).user_id, self.idle)
        self.team.member_ids = self.users['employee'] | self.users['staff_own']
        self.assertFalse(self.make_complaint().user_id)
        self.dealer.channel_account_manager_id = self.users['staff_own']
        self.assertEqual(self.make_complaint().user_id, self.users['staff_own'])
        self.users['staff_own'].active = False
        self.assertFalse(self.make_complaint().user_id)

    def test_only_members_of_its_company(self):
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        self.team.member_ids = self.idle
        self.assertFalse(self.make_complaint(company_id=company.id, dealer_id=False, partner_id=False).user_id)

    def test_by_hand_and_who_is_named(self):
        self.assertEqual(self.make_complaint(user_id=self.busy.id).user_id, self.busy)
        self.team.assignment = 'manual'
        complaint = self.make_complaint()
        self.assertFalse(complaint.user_id)
        other = self.team.copy({'assignment': 'balanced', 'member_ids': [(6, 0, self.idle.ids)]})
        complaint.team_id = other
        self.assertEqual(complaint.user_id, self.idle)
        complaint.user_id = self.busy
        complaint.team_id = self.team
        self.assertEqual(complaint.user_id, self.busy, 'Who has it keeps it.')

    def test_assigned_people_are_told(self):
        complaint = self.make_complaint(user_id=self.busy.id)
        told = self.env['mail.message'].search(
            [
                ('model', '=', 'dealer.complaint'),
                ('res_id', '=', complaint.id),
                ('message_type', '=', 'user_notification'),
            ]
        )
        self.assertEqual(told.partner_ids, self.busy.partner_id)
        self.assertIn(complaint.name, told.body)

    def test_several_at_once_are_one_message(self):
        def count(number):
            self.make_complaints(number, user_id=self.idle.id)  # warms what is cached
            return self.count_queries(lambda: self.make_complaints(number, user_id=self.idle.id))

        before = self.env['mail.message'].search([], order='id desc', limit=1)
        complaints = self.make_complaints(5, user_id=self.busy.id)
        told = self.env['mail.message'].search([('id', '>', before.id), ('message_type', '=', 'user_notification')])
        self.assertEqual(told.partner_ids, self.busy.partner_id)
        for complaint in complaints:
            self.assertIn(complaint.name, told.body)
        self.assertFalse(complaints.env.context.get('mail_auto_subscribe_no_notify'))
        self.assertLess(count(200), 10 * 200)

    def test_assigned_to_me(self):
        complaints = self.make_complaints(2, user_id=self.busy.id)
        mine = complaints.with_user(self.idle)
        mine.action_assign_to_me()
        mine.action_assign_to_me()
        self.assertEqual(complaints.user_id, self.idle)
        with self.assertRaises(AccessError):
            complaints.with_user(self.users['auditor']).action_assign_to_me()

    def test_costs_two_queries_whatever_the_number(self):
        def count(number, **vals):
            self.make_complaints(number, **vals)  # warms what is cached for the users
            return self.count_queries(lambda: self.make_complaints(number, **vals))

        self.assertLessEqual(count(1) - count(1, user_id=self.idle.id), 2)

        def count_choosing(number):
            cases = [(self.team.id, self.company.id, self.dealer.id, False)] * number
            return self.count_queries(lambda: self.env['dealer.complaint']._choose_members(cases))

        self.assertEqual(count_choosing(200), count_choosing(1))


@tagged('post_install', '-at_install')
class TestComplaintDesk(WorkMixin, ComplaintCase):
    def test_how_it_stands(self):
        complaint = self.make_complaint()
        now = fields.Datetime.now()
        hour = timedelta(hours=1)
        for due, warning, status in (
            (now + 4 * hour, now + 3 * hour, 'fine'),
            (now + hour, now - 2 * hour, 'soon'),
            (now - hour, now - 4 * hour, 'late'),
        ):
            complaint.sudo().write({'next_due': due, 'next_warning': warning})
            self.assertEqual(complaint.due_status, status)
            self.assertIn('hour', complaint.due_text)
        complaint.action_wait('Which lot?')
        self.assertEqual((complaint.due_status, complaint.due_text), ('waiting', False))
        complaint.sudo().is_dealer_late = True
        self.assertEqual(complaint.due_status, 'dealer_late')
        complaint.action_cancel('None')
        complaint.sudo().write({'next_due': now - hour})
        self.assertFalse(complaint.due_status)

    def test_what_the_form_lacks(self):
        self.plain_type.write({'evidence': 'photo', 'needs_product': True})
        complaint = self.make_complaint()
        self.assertEqual(complaint.missing_text, 'Product, Photograph')
        complaint.product_id = self.product
        photo = self.env['ir.attachment'].create({'name': 'a.png', 'mimetype': 'image/png'})
        complaint.evidence_ids |= photo
        self.assertEqual((photo.res_model, photo.res_id), ('dealer.complaint', complaint.id))
        self.assertFalse(complaint.missing_text)

    def test_evidence_of_others_is_not_shown_by_linking_it(self):
        secret = self.make_complaint(type_id=self.secret_type.id)
        photo = self.env['ir.attachment'].create(
            {'name': 'a.png', 'res_model': 'dealer.complaint', 'res_id': secret.id}
        )
        complaint = self.make_complaint().with_user(self.users['complaint'])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            complaint.write({'evidence_ids': [(4, photo.id)]})
        self.assertEqual(photo.res_id, secret.id)

    def test_who_may_work(self):
        complaint = self.make_complaint()
        may = {role: complaint.with_user(self.users[role]).may_work for role in ('complaint', 'manager', 'auditor')}
        self.assertEqual(may, {'complaint': True, 'manager': True, 'auditor': False})

    def test_duplicates(self):
        complaint, same, earlier, other_lot = self.env['dealer.complaint'].create(
            [
                self.complaint_vals(product_id=self.product.id, lot_name=lot, date_received=date)
                for lot, date in (
                    ('L1', '2026-03-31 08:00:00'),
                    ('L1', '2026-03-02 08:00:00'),
                    ('L1', '2026-02-01 08:00:00'),
                    ('L2', '2026-03-31 08:00:00'),
                )
            ]
        )
        self.assertEqual(complaint.duplicate_ids, same)
        self.assertEqual(earlier.duplicate_ids, same)
        self.assertFalse(other_lot.duplicate_ids)
        same.action_merge_into(complaint.id)
        complaint.invalidate_recordset(['duplicate_ids'])
        self.assertFalse(complaint.duplicate_ids)

    def test_duplicates_of_one_delivery(self):
        picking = self.env['stock.picking'].create(
            {
                'partner_id': self.dealer.id,
                'picking_type_id': self.env['stock.picking.type'].search([('code', '=', 'outgoing')], limit=1).id,
            }
        )
        complaint, same, _other = self.env['dealer.complaint'].create(
            [
                self.complaint_vals(picking_id=picking.id, product_id=product)
                for product in (self.product.id, self.product.id, False)
            ]
        )
        self.assertEqual(complaint.duplicate_ids, same)
        new = self.env['dealer.complaint'].new(self.complaint_vals(picking_id=picking.id, product_id=self.product.id))
        self.assertEqual(new.duplicate_ids._origin, complaint | same, 'While it is being written down.')

    def test_duplicates_do_not_show_what_is_confidential(self):
        complaint = self.make_complaint(product_id=self.product.id, lot_name='L1')
        secret = self.make_complaint(product_id=self.product.id, lot_name='L1', type_id=self.secret_type.id)
        self.assertEqual(complaint.duplicate_ids, secret)
        mine = complaint.with_user(self.users['complaint'])
        self.assertEqual((mine.duplicate_count, mine.dealer_complaint_count, mine.product_complaint_count), (0, 0, 0))

    def test_former_complaints(self):
        self.make_complaints(2, product_id=self.product.id)
        complaint = self.make_complaint(product_id=self.product.id)
        self.assertEqual((complaint.dealer_complaint_count, complaint.product_complaint_count), (2, 2))
        self.assertEqual(complaint.lot_complaint_count, 0)
        action = complaint.action_view_dealer_complaints()
        self.assertEqual(self.env['dealer.complaint'].search_count(action['domain']), 2)

    def test_board(self):
        self.make_complaints(3)[0].action_wait('Which?')
        late = self.make_complaint(user_id=False, type_id=self.secret_type.id)
        late.sudo().next_due = fields.Datetime.now() - timedelta(hours=1)
        team = self.team
        self.assertEqual((team.complaint_count, team.unassigned_count, team.waiting_count), (4, 1, 1))
        self.assertEqual(team.with_user(self.users['complaint']).unassigned_count, 0, 'It is confidential.')
        self.assertGreaterEqual(team.late_count, 1)
        action = team.with_context(search_default_late=1).action_view_complaints()
        self.assertEqual(action['context'], {'default_team_id': team.id, 'search_default_late': 1})

    def test_filters_run(self):
        """Each filter of the search view is a domain that the database understands."""
        complaint = self.make_complaint()
        complaint.sudo().next_due = fields.Datetime.now() - timedelta(hours=1)
        view = self.env['dealer.complaint'].get_view(view_type='search')['arch']
        found = {}
        for node in etree.fromstring(view).iter('filter'):
            if node.get('domain'):
                domain = safe_eval(node.get('domain'), {'uid': self.env.uid})
                found[node.get('name')] = complaint in self.env['dealer.complaint'].search(domain)
        self.assertTrue(found['late'] and found['open'])
        self.assertFalse(found['soon'] or found['waiting'] or found['silent'])

    def test_calendar_shows_when_our_deadlines_end(self):
        complaint = self.make_complaint()
        complaint.sudo().next_due = '2026-03-05 09:00:00'
        [view_id] = [
            view for view, kind in self.env.ref('dealer_management.dealer_complaint_action').views if kind == 'calendar'
        ]
        arch = etree.fromstring(self.env['dealer.complaint'].get_view(view_id, 'calendar')['arch'])
        field = arch.get('date_start')
        march = [(field, '>=', '2026-03-01 00:00:00'), (field, '<', '2026-04-01 00:00:00')]
        names = [field, 'display_name', *(node.get('name') for node in arch.iter('field'))]
        [shown] = self.env['dealer.complaint'].with_user(self.users['complaint']).search_read(march, names)
        self.assertEqual((shown['id'], shown['next_due']), (complaint.id, complaint.next_due))

    def test_canned_answers_in_both_languages(self):
        sources = ('received', 'photo', 'replace', 'credit', 'confirm', '收到', '照片', '补货', '退款', '确认')
        answers = self.env['mail.canned.response'].with_user(self.users['complaint'])
        found = answers.search([('source', 'in', sources)])
        self.assertEqual(set(found.mapped('source')), set(sources))
        self.assertFalse(answers.with_user(self.users['salesman']).search([('id', 'in', found.ids)]))

    def test_reads_do_not_grow_with_the_page(self):
        order = self.make_order(self.dealer)
        self.env['dealer.complaint'].create(
            [
                self.complaint_vals(
                    title=f'Broken {number}', product_id=self.product.id, lot_name=f'L{number % 7}', order_id=order.id
                )
                for number in range(50)
            ]
        )
        for role in ('complaint', 'manager'):
            complaints = self.env['dealer.complaint'].with_user(self.users[role])

            def read_list(size, complaints=complaints):
                result = complaints.web_search_read([('dealer_id', '=', self.dealer.id)], CARD, limit=size)
                self.assertEqual(len(result['records']), size)

            def read_form(size, complaints=complaints):
                complaints.search([('dealer_id', '=', self.dealer.id)], limit=size).web_read(FORM)

            def read_columns(size, complaints=complaints):
                complaints.web_read_group(
                    [('dealer_id', '=', self.dealer.id)],
                    ['stage_id'],
                    ['__count'],
                    auto_unfold=True,
                    unfold_read_specification=CARD,
                    unfold_read_default_limit=size,
                )

            for read in (read_list, read_columns, read_form):
                with self.subTest(role=role, read=read.__name__):
                    read(5)
                    few, many = (self.count_queries(lambda read=read, size=size: read(size)) for size in (5, 50))
                    self.assertLessEqual(many, few)
