from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .complaint_common import ComplaintCase


@tagged('post_install', '-at_install')
class TestComplaint(ComplaintCase):
    """A complaint, its way, and what is said about it."""

    def test_what_follows_from_what_was_told(self):
        complaint = self.env['dealer.complaint'].create(
            {'title': 'Broken', 'partner_id': self.contact.id, 'type_id': self.secret_type.id}
        )
        self.assertRegex(complaint.name, r'^CP\d\d-\d{5}$')
        self.assertEqual(complaint.dealer_id, self.dealer)
        self.assertEqual(complaint.team_id, self.team)
        self.assertEqual((complaint.state, complaint.is_open), ('received', True))
        self.assertTrue(complaint.confidential)

    def test_nothing_is_forged(self):
        staff = self.users['complaint']
        complaint = (
            self.env['dealer.complaint']
            .with_user(staff)
            .with_context(default_state='closed', default_is_breached=True, default_confidential=True)
            .create(self.complaint_vals(state='closed', name='X', date_answered='2026-01-01 00:00:00'))
        )
        self.assertEqual((complaint.state, complaint.is_breached, complaint.confidential), ('received', False, False))
        self.assertFalse(complaint.date_answered)
        self.assertNotEqual(complaint.name, 'X')
        for vals in ({'state': 'closed'}, {'date_answered': '2026-01-01 00:00:00'}, {'confidential': True}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'by the steps'):
                complaint.write(vals)

    def test_figures_and_reasons_are_not_forged(self):
        figures = {'cost': -99, 'first_reply_hours': -1, 'resolution_hours': -1, 'rating_last_value': 5}
        reasons = {'withdrawal_reason': 'Forged', 'reopen_reason': 'Forged'}
        staff = self.env['dealer.complaint'].with_user(self.users['complaint'])
        complaint = staff.with_context(
            **{f'default_{name}': value for name, value in figures.items()}, default_lot_id=1
        ).create(self.complaint_vals(**figures, **reasons))
        for name in (*figures, *reasons, 'lot_id'):
            with self.subTest(name):
                self.assertFalse(complaint[name])
                with self.assertRaisesRegex(UserError, 'by the steps'):
                    complaint.write({name: figures.get(name) or 1})
        stages = self.env['dealer.complaint.stage']
        for state, name in (('received', 'withdrawal_reason'), ('analysed', 'reopen_reason'), ('solved', 'cost')):
            with self.subTest(state), self.assertRaisesRegex(UserError, 'by the steps'):
                complaint.write({'stage_id': stages._get_first(state).id, name: 'Forged'})
        complaint.action_cancel('A mistake')
        with self.assertRaisesRegex(UserError, 'by the steps'):
            complaint.write({'stage_id': stages._get_first('cancelled').id, 'withdrawal_reason': 'Forged'})
        complaint.write({'stage_id': stages._get_first('received').id, 'reopen_reason': 'It was none'})
        self.assertEqual((complaint.withdrawal_reason, complaint.reopen_reason), ('A mistake', 'It was none'))

    def test_dealer_known_later(self):
        self.dealer.grade_id = self.gold
        complaint = self.make_complaint(dealer_id=False, partner_id=False, email_from='who@example.com')
        self.assertFalse(complaint.grade_id)
        with self.assertRaisesRegex(UserError, 'which dealer'):
            complaint.action_analyse()
        complaint.with_user(self.users['complaint']).dealer_id = self.dealer
        self.assertEqual(complaint.grade_id, self.gold)
        complaint.action_analyse()

    def test_way_to_the_end(self):
        complaint = self.make_complaint().with_user(self.users['complaint'])
        complaint.action_analyse()
        self.assertTrue(complaint.date_acknowledged)
        with self.assertRaisesRegex(UserError, 'write the answer'):
            complaint.action_answer()
        complaint.answer = '<p>We send new ones.</p>'
        complaint.action_answer()
        self.assertTrue(complaint.date_solved and complaint.date_answered and complaint.date_first_reply)
        message = complaint.message_ids.filtered(lambda message: 'new ones' in message.body)
        self.assertEqual(message.message_type, 'comment')
        self.assertIn(self.contact, message.notified_partner_ids | message.partner_ids)
        complaint.action_confirm()
        complaint.action_close()
        self.assertEqual((complaint.state, complaint.is_open), ('closed', False))

    def test_card_is_dragged_by_the_same_rules(self):
        complaint = self.make_complaint().with_user(self.users['complaint'])
        stages = self.env['dealer.complaint.stage']
        for state in ('answered', 'cancelled', 'confirmed', 'closed'):
            with self.subTest(state), self.assertRaises(UserError):
                complaint.stage_id = stages._get_first(state)
        complaint.stage_id = stages._get_first('solved')
        self.assertTrue(complaint.date_solved)
        complaint.stage_id = stages._get_first('analysed')
        self.assertFalse(complaint.date_solved)

    def test_reopened_with_a_reason(self):
        complaint = self.make_complaint(answer='<p>No.</p>')
        complaint.action_answer()
        with self.assertRaisesRegex(UserError, 'give a reason'):
            complaint.action_reopen(' ')
        with self.assertRaisesRegex(UserError, 'by the button'):
            complaint.stage_id = self.env['dealer.complaint.stage']._get_first('analysed')
        complaint.action_reopen('Still broken')
        self.assertEqual((complaint.state, complaint.reopen_count, complaint.date_answered), ('analysed', 1, False))
        self.assertEqual(complaint.reopen_reason, 'Still broken')

    def test_closed_with_its_cause(self):
        self.plain_type.needs_cause = True
        complaint = self.make_complaint(answer='<p>Yes.</p>')
        complaint.action_answer()
        with self.assertRaisesRegex(UserError, 'root cause'):
            complaint.action_close()
        complaint.cause_id = self.env.ref('dealer_management.complaint_cause_transport')
        self.assertEqual(complaint.party_id, self.env.ref('dealer_management.complaint_party_carrier'))
        complaint.action_close()
        self.assertEqual(complaint.state, 'closed')

    def test_waiting_ends_with_the_dealers_word(self):
        complaint = self.make_complaint()
        complaint.with_user(self.users['complaint']).action_wait('Which lot?')
        self.assertTrue(complaint.waiting_since)
        complaint.message_post(
            body='Lot 7', author_id=self.contact.id, message_type='email', subtype_xmlid='mail.mt_comment'
        )
        self.assertFalse(complaint.waiting_since)
        self.assertTrue(complaint.date_last_word)

    def test_only_a_person_replies_to_the_dealer(self):
        complaint = self.make_complaint().with_user(self.users['complaint'])
        complaint.message_post(body='inside', message_type='comment', subtype_xmlid='mail.mt_note')
        complaint.message_post(body='by itself', message_type='auto_comment', subtype_xmlid='mail.mt_comment')
        complaint.message_post(body='by itself', message_type='notification', subtype_xmlid='mail.mt_comment')
        self.assertFalse(complaint.date_first_reply)
        complaint.message_post(body='We look at it', message_type='comment', subtype_xmlid='mail.mt_comment')
        self.assertTrue(complaint.date_first_reply)

    def test_documents_of_another_dealer(self):
        other = self.make_dealer('Other')
        order = self.make_order(other)
        with self.assertRaisesRegex(ValidationError, 'not of the dealer'):
            self.make_complaint(order_id=order.id)
        with self.assertRaisesRegex(ValidationError, 'does not belong'):
            self.make_complaint(partner_id=other.id)

    def test_confidential_is_the_head_offices(self):
        complaint = self.make_complaint(type_id=self.secret_type.id)
        for role in ('complaint', 'manager', 'staff', 'auditor', 'accountant'):
            with self.subTest(role):
                mine = complaint.with_user(self.users[role])
                self.assertFalse(mine.search([('id', '=', complaint.id)]))
                with self.assertRaises(AccessError):
                    mine.read(['title'])
        self.users['complaint'].group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        self.assertTrue(complaint.with_user(self.users['complaint']).search([('id', '=', complaint.id)]))
        complaint.type_id = self.plain_type
        self.assertTrue(complaint.confidential, 'For good.')

    def test_kept_on_record(self):
        complaint = self.make_complaint()
        with self.assertRaisesRegex(UserError, 'kept on record'):
            complaint.unlink()
        complaint.action_cancel('No complaint at all')
        self.assertFalse(complaint.is_open)
