from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged

from .test_complaint_confidential import ConfidentialCase

SPECIFICATION = {'title': {}, 'type_id': {'fields': {'display_name': {}}}, 'deadline_ids': {'fields': {'kind': {}}}}


class HandoverCase(ConfidentialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.users['complaint']
        cls.head_office = cls.env['dealer.complaint.team'].create(
            {'name': 'Head Office', 'member_ids': [(6, 0, cls.head.ids)]}
        )
        cls.secret_type.team_id = cls.head_office
        cls.policy = cls.env['dealer.deadline.policy'].create(
            {
                'name': 'Secret',
                'type_id': cls.secret_type.id,
                'target_ids': [(0, 0, {'kind': 'resolve', 'amount': 3, 'unit': 'days'})],
            }
        )

    def forget(self):
        """As in a request of its own: nothing is in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()

    def assert_handed_over(self, complaints):
        self.flush_tracking()
        self.forget()
        for complaint in complaints:
            self.assertTrue(complaint.confidential)
            self.assertEqual(
                (complaint.type_id, complaint.team_id, complaint.user_id),
                (self.secret_type, self.head_office, self.head),
            )
            resolve = complaint.deadline_ids.filtered(lambda deadline: deadline.kind == 'resolve')
            self.assertEqual(resolve.target_id, self.policy.target_ids)
            self.assertFalse(complaint.message_partner_ids & self.agent.partner_id)
            for user in (self.agent, self.users['manager']):
                self.assertFalse(complaint.with_user(user).has_access('read'))


@tagged('post_install', '-at_install')
class TestComplaintHandover(HandoverCase):
    """Whoever sees that a complaint is confidential hands it over, without a right to it from then on."""

    def test_written(self):
        for role in ('complaint', 'manager'):
            with self.subTest(role):
                complaint = self.make_complaint(user_id=self.agent.id)
                self.forget()
                self.assertTrue(
                    complaint.with_user(self.users[role]).write(
                        {'type_id': self.secret_type.id, 'title': 'Is it so?', 'priority': '1'}
                    )
                )
                self.assert_handed_over(complaint)
                self.assertEqual((complaint.title, complaint.priority), ('Is it so?', '1'))

    def test_written_together_with_a_step_and_the_dealer(self):
        complaint = self.make_complaint(dealer_id=False, partner_id=False, email_from=self.contact.email)
        analysed = self.env['dealer.complaint.stage']._get_first('analysed')
        self.forget()
        complaint.with_user(self.agent).write(
            {'type_id': self.secret_type.id, 'dealer_id': self.dealer.id, 'stage_id': analysed.id}
        )
        self.assert_handed_over(complaint)
        self.assertEqual((complaint.partner_id, complaint.state), (self.contact, 'analysed'))

    def test_by_ones_own_right(self):
        """What else is written is not written as superuser."""
        complaint = self.make_complaint()
        for vals, error in (
            ({'confidential': True}, UserError),
            ({'user_id': self.agent.id}, ValidationError),
            ({'outcome_ids': [(0, 0, {'kind': 'explanation', 'state': 'done', 'cost': 7})]}, None),
        ):
            with self.subTest(vals), self.env.cr.savepoint() as savepoint:
                self.forget()
                attack = {'type_id': self.secret_type.id, **vals}
                if error:
                    with self.assertRaises(error):
                        complaint.with_user(self.agent).write(attack)
                else:
                    complaint.with_user(self.agent).write(attack)
                    self.assertEqual((complaint.outcome_ids.state, complaint.outcome_ids.cost), ('draft', 0))
                savepoint.rollback()
        for role in ('auditor', 'accountant'):
            self.forget()
            with self.assertRaises(AccessError):
                complaint.with_user(self.users[role]).write({'type_id': self.secret_type.id})
        self.dealer.channel_account_manager_id = False
        with self.assertRaises(AccessError):
            complaint.with_user(self.users['staff_own']).write({'type_id': self.secret_type.id})

    def test_created(self):
        vals = self.complaint_vals(type_id=self.secret_type.id, title='Our salesman takes bribes', source='phone')
        complaints = self.env['dealer.complaint'].with_user(self.agent).create([vals] * 4).sudo()
        self.assert_handed_over(complaints)
        self.assertFalse(
            self.env['mail.message'].with_user(self.users['manager']).search([('res_id', 'in', complaints.ids)])
            & complaints.message_ids
        )
        with self.assertRaises(ValidationError):
            self.env['dealer.complaint'].with_user(self.agent).create({**vals, 'user_id': self.agent.id})
        with self.assertRaises(AccessError):
            self.env['dealer.complaint'].with_user(self.users['auditor']).create(vals)
        self.dealer.channel_account_manager_id = False
        with self.assertRaises(AccessError):
            self.env['dealer.complaint'].with_user(self.users['staff_own']).create(vals)
        own = self.env['dealer.complaint'].with_user(self.head).create(vals)
        self.assertTrue(own.confidential and own.has_access('read'))

    def test_split_off(self):
        complaint = self.make_complaint(user_id=self.agent.id)
        self.forget()
        part = complaint.with_user(self.agent).action_split([{'title': 'Bribes', 'type_id': self.secret_type.id}])
        self.assert_handed_over(part.sudo())
        self.assertEqual(part.sudo().split_from_id, complaint)
        wizard = (
            self.env['dealer.complaint.split']
            .with_user(self.agent)
            .create(
                {
                    'complaint_id': complaint.id,
                    'part_ids': [(0, 0, {'title': 'More bribes', 'type_id': self.secret_type.id})],
                }
            )
        )
        self.forget()
        wizard.action_split()
        self.assert_handed_over(wizard.sudo().part_ids.made_id)
        self.assertTrue(complaint.with_user(self.agent).has_access('read'))

    # -------------------------------------------------------------------- On screen

    def test_saved_by_a_form(self):
        complaint = self.make_complaint()
        self.forget()
        saved = complaint.with_user(self.agent).web_save({'type_id': self.secret_type.id}, SPECIFICATION)
        self.assertEqual(saved, [])
        self.assert_handed_over(complaint)
        vals = self.complaint_vals(type_id=self.secret_type.id)
        Complaint = self.env['dealer.complaint'].with_user(self.agent)
        self.assertEqual(Complaint.web_save(vals, SPECIFICATION), [])
        self.assert_handed_over(self.env['dealer.complaint'].search([], order='id desc', limit=1))
        [saved] = Complaint.web_save(vals, {})
        self.assertEqual(list(saved), ['id'], 'As it is left, without a look back.')
        [saved] = self.env['dealer.complaint'].with_user(self.head).web_save(vals, SPECIFICATION)
        self.assertEqual(saved['title'], vals['title'])

    def test_saved_and_gone_on(self):
        """By the pager of the form: the next one is shown."""
        complaint, following = self.make_complaint(), self.make_complaint(title='Next')
        self.forget()
        [saved] = complaint.with_user(self.agent).web_save(
            {'type_id': self.secret_type.id}, SPECIFICATION, next_id=following.id
        )
        self.assertEqual((saved['id'], saved['title']), (following.id, 'Next'))

    def test_saved_by_a_list(self):
        complaints = self.make_complaint() | self.make_complaint() | self.make_complaint()
        self.forget()
        rows = complaints.with_user(self.agent).web_save_multi(
            [{'title': 'Stays'}, {'type_id': self.secret_type.id}, {'title': 'Stays'}], SPECIFICATION
        )
        self.assertEqual([row['id'] for row in rows], complaints.ids)
        self.assertEqual([row['title'] for row in rows], ['Stays', False, 'Stays'])
        self.assert_handed_over(complaints[1])
        rows = (
            complaints.with_user(self.agent)
            .browse(complaints[::2].ids)
            .web_save({'type_id': self.secret_type.id}, SPECIFICATION)
        )
        self.assertEqual(
            rows, [{'id': id_, 'title': False, 'type_id': False, 'deadline_ids': []} for id_ in complaints[::2].ids]
        )

    def test_told_where_it_went(self):
        complaint = self.make_complaint()
        with self.assertBus(
            [(self.env.cr.dbname, 'res.partner', self.agent.partner_id.id)],
            [
                {
                    'type': 'simple_notification',
                    'payload': {
                        'type': 'success',
                        'sticky': True,
                        'title': 'Handed to the Head Office',
                        'message': f'Confidential, and out of your sight from now on: {complaint.name}.',
                    },
                }
            ],
        ):
            complaint.with_user(self.agent).type_id = self.secret_type


@tagged('post_install', '-at_install')
class TestComplaintHandoverTour(HandoverCase, HttpCase):
    def test_form_is_left(self):
        complaint = self.make_complaint(title='Tour: he takes bribes', user_id=self.agent.id)
        self.start_tour('/odoo/complaints', 'complaint_handover_tour', login='test_complaint')
        self.assert_handed_over(complaint)
