from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import DealerCase


@tagged('post_install', '-at_install')
class TestDealerState(DealerCase):
    def setUp(self):
        super().setUp()
        self.dealer = self.make_dealer(dealer_state='prospect')
        self.today = fields.Date.context_today(self.dealer)

    def test_whole_life(self):
        dealer = self.dealer
        dealer.action_dealer_onboard()
        dealer.action_dealer_prospect()
        dealer.action_dealer_onboard()
        self.assertFalse(dealer.dealer_joined_date)
        dealer.action_dealer_activate()
        self.assertEqual(dealer.dealer_joined_date, self.today)
        dealer.action_dealer_probation('Two quarters below target')
        self.assertEqual(dealer.dealer_state_reason, 'Two quarters below target')
        dealer.action_dealer_activate()
        self.assertFalse(dealer.dealer_state_reason, 'A reason does not outlive its state.')
        dealer.action_dealer_suspend('Overdue by 60 days')
        dealer.action_dealer_probation()
        dealer.action_dealer_terminate('Serious breach')
        self.assertEqual((dealer.dealer_state, dealer.dealer_ended_date), ('terminated', self.today))
        dealer.action_dealer_onboard()
        self.assertEqual((dealer.dealer_state, dealer.dealer_ended_date), ('onboarding', False))

    def test_steps_are_safe_to_call_twice(self):
        self.dealer.action_dealer_onboard()
        self.dealer.action_dealer_onboard()
        self.dealer.action_dealer_suspend('Reason')
        self.dealer.action_dealer_suspend()
        self.assertEqual((self.dealer.dealer_state, self.dealer.dealer_state_reason), ('suspended', 'Reason'))

    def test_impossible_step_is_told(self):
        with self.assertRaisesRegex(
            UserError,
            'is in the state Prospect and cannot become On Probation. It can become: Onboarding, Active, Terminated',
        ):
            self.dealer.action_dealer_probation()
        with self.assertRaisesRegex(UserError, 'is not a dealer'):
            self.env['res.partner'].create({'name': 'Customer'}).action_dealer_activate()

    def test_reason_is_required_from_anywhere(self):
        self.dealer.action_dealer_activate()
        for attempt in (
            self.dealer.action_dealer_suspend,
            lambda: self.dealer.action_dealer_suspend('  '),
            self.dealer.action_dealer_terminate,
            lambda: self.dealer.write({'dealer_state': 'suspended'}),
            lambda: self.make_dealer(dealer_state='terminated'),
            lambda: (
                self.env['res.partner'].create({'name': 'C'}).write({'is_dealer': True, 'dealer_state': 'suspended'})
            ),
        ):
            with self.assertRaisesRegex(UserError, 'a reason is required'):
                attempt()
        self.assertEqual(self.dealer.dealer_state, 'active')
        self.dealer.write({'dealer_state': 'suspended', 'dealer_state_reason': 'By import'})
        self.assertEqual(self.dealer.dealer_state_reason, 'By import')

    def test_reason_stays_and_is_the_managers(self):
        self.dealer.action_dealer_activate()
        self.dealer.channel_account_manager_id = self.users['staff_own']
        self.dealer.action_dealer_suspend('Overdue')
        as_staff, as_manager = (self.dealer.with_user(self.users[role]) for role in ('staff_own', 'manager'))
        for vals in ({'dealer_state_reason': False}, {'dealer_state': 'suspended', 'dealer_state_reason': ''}):
            with self.assertRaisesRegex(UserError, 'a reason is required'):
                as_manager.write(vals)
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            as_staff.dealer_state_reason = 'It was nothing'
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            as_staff.dealer_ended_date = '2030-01-01'
        as_manager.dealer_state_reason = 'Overdue by 90 days'
        self.assertIn('90 days', self.dealer._get_dealer_block_message())

    def test_reason_of_those_already_there_survives(self):
        self.dealer.action_dealer_activate()
        other = self.make_dealer('Other')
        other.action_dealer_probation('Below target')
        (self.dealer | other).write({'dealer_state': 'probation'})
        self.assertEqual((self.dealer | other).mapped('dealer_state_reason'), [False, 'Below target'])

    def test_contact_cannot_leave_its_blocked_dealer(self):
        clerk = self.env['res.partner'].create({'name': 'Clerk', 'parent_id': self.dealer.id})
        branch = self.env['res.partner'].create({'name': 'Branch Ltd', 'parent_id': self.dealer.id, 'is_company': True})
        self.dealer.action_dealer_terminate('Breach')
        self.assertIn('is terminated', branch._get_dealer_block_message(), 'A branch may be a company.')
        for vals in ({'is_company': True}, {'parent_id': False}):
            with self.assertRaisesRegex(AccessError, 'only a channel manager can take it from there'):
                clerk.with_user(self.users['salesman']).write(vals)
        clerk.with_user(self.users['salesman']).name = 'Renamed'
        clerk.with_user(self.users['manager']).parent_id = False

    def test_only_managers_suspend_and_terminate(self):
        self.dealer.channel_account_manager_id = self.users['staff_own']
        as_staff = self.dealer.with_user(self.users['staff_own'])
        as_staff.action_dealer_onboard()
        as_staff.action_dealer_activate()
        as_staff.action_dealer_probation()
        for attempt in (
            lambda: as_staff.action_dealer_suspend('Reason'),
            lambda: as_staff.action_dealer_terminate('Reason'),
            lambda: as_staff.write({'dealer_state': 'suspended', 'dealer_state_reason': 'Reason'}),
        ):
            with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
                attempt()
        self.dealer.with_user(self.users['manager']).action_dealer_suspend('Reason')
        with self.assertRaisesRegex(AccessError, 'take it back'):
            as_staff.action_dealer_activate()
        with self.assertRaises(AccessError):
            self.dealer.with_user(self.users['salesman']).action_dealer_activate()

    def test_change_is_tracked(self):
        self.dealer.action_dealer_activate()
        self.flush_tracking()
        self.dealer.action_dealer_suspend('Overdue')
        self.flush_tracking()
        tracked = self.dealer.message_ids[0].sudo().tracking_value_ids
        self.assertEqual(set(tracked.field_id.mapped('name')), {'dealer_state', 'dealer_state_reason'})

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()

    def test_many_at_once(self):
        dealers = self.dealer | self.make_dealer('Second', dealer_state='prospect')
        dealers.action_dealer_activate()
        self.assertEqual(dealers.mapped('dealer_joined_date'), [self.today] * 2)
        third = self.make_dealer('Third', dealer_state='terminated', dealer_state_reason='Gone')
        with self.assertRaises(UserError):
            (dealers | third).action_dealer_probation()
        self.assertEqual(dealers.mapped('dealer_state'), ['active'] * 2, 'Nothing is half done.')

    def test_wizard_asks_for_the_reason(self):
        self.dealer.action_dealer_activate()
        self.make_order(self.dealer).action_confirm()
        wizard = Form(
            self.env['dealer.state.wizard']
            .with_user(self.users['manager'])
            .with_context(active_model='res.partner', active_ids=self.dealer.ids)
        )
        self.assertEqual(wizard.open_order_count, 1)
        wizard.reason = 'Overdue'
        wizard.save().action_apply()
        self.assertEqual((self.dealer.dealer_state, self.dealer.dealer_state_reason), ('suspended', 'Overdue'))
        wizard = self.env['dealer.state.wizard'].create(
            {'dealer_ids': self.dealer.ids, 'dealer_state': 'terminated', 'reason': 'Breach'}
        )
        wizard.action_apply()
        self.assertEqual(self.dealer.dealer_state, 'terminated')

    def test_kanban_shows_every_state(self):
        result = (
            self.env['res.partner']
            .with_context(read_group_expand=True)
            .web_read_group([('id', '=', self.dealer.id)], ['dealer_state'], ['__count'])
        )
        self.assertEqual(
            [group['dealer_state'] for group in result['groups'] if group['dealer_state']],
            ['prospect', 'onboarding', 'active', 'probation', 'suspended', 'terminated'],
        )
