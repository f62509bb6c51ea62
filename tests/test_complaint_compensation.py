from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .outcome_common import OutcomeCase


@tagged('post_install', '-at_install')
class TestComplaintCompensation(OutcomeCase):
    """Deadlines bind both sides: what we miss is credited once, as the policy states."""

    def make_deadlines(self, *kinds, complaint=None, **vals):
        complaint = complaint or self.make_complaint()
        # Those that the policies in the database may have set.
        complaint.deadline_ids.unlink()
        return self.env['dealer.deadline'].create(
            [
                {
                    'complaint_id': complaint.id,
                    'kind': kind,
                    'party': 'us',
                    'clock': 'calendar',
                    'unit': 'hours',
                    'amount': 24,
                    'credit_amount': 50,
                    'currency_id': self.cny.id,
                    'is_breached': True,
                    **vals,
                }
                for kind in kinds
            ]
        )

    def test_credited(self):
        deadline = self.make_deadlines('first_reply')
        outcome = deadline._compensate()
        note = outcome.credit_note_id
        self.assertEqual((outcome.kind, outcome.state, outcome.deadline_id), ('compensation', 'made', deadline))
        self.assertEqual((note.state, note.move_type, note.partner_id), ('draft', 'out_refund', self.dealer))
        self.assertEqual((note.amount_untaxed, note.currency_id, note.ref), (50, self.cny, deadline.complaint_id.name))
        self.assertIn('First Reply', note.invoice_line_ids.name)
        self.post(outcome)
        self.assertEqual((outcome.state, outcome.cost, deadline.complaint_id.cost), ('done', 50, 50))

    def test_once(self):
        deadlines = self.make_deadlines('first_reply', 'resolve')
        first = deadlines[0]._compensate()
        second = deadlines._compensate()
        self.assertEqual((first.deadline_id, second.deadline_id), (deadlines[0], deadlines[1]))
        self.assertFalse(deadlines._compensate())
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            self.env['dealer.complaint.outcome'].create(deadlines[0]._prepare_compensation_vals())

    def test_credited_though_it_was_withdrawn_by_hand(self):
        deadline = self.make_deadlines('resolve')
        outcome = deadline._compensate()
        outcome.with_user(self.staff).action_cancel_outcome('The dealer waives it')
        self.assertEqual(outcome.credit_note_id.state, 'cancel')
        self.assertFalse(deadline._compensate(), 'What people have decided stays.')

    def test_what_is_not_credited(self):
        for vals in ({'is_breached': False}, {'party': 'dealer'}, {'credit_amount': 0}):
            with self.subTest(vals):
                self.assertFalse(self.make_deadlines('resolve', **vals)._compensate())

    def test_dealer_becomes_known(self):
        complaint = self.env['dealer.complaint'].create(
            {'title': 'From nowhere', 'type_id': self.plain_type.id, 'email_from': 'x@example.com'}
        )
        deadline = self.make_deadlines('first_reply', complaint=complaint)
        self.assertFalse(deadline._compensate())
        complaint.with_user(self.staff).dealer_id = self.dealer
        self.assertEqual(complaint.outcome_ids.deadline_id, deadline)

    def test_killed_halfway(self):
        deadlines = self.make_deadlines('first_reply', 'resolve')
        outcomes = self.env.registry['dealer.complaint.outcome']
        with (
            patch.object(outcomes, '_set_documents', side_effect=RuntimeError),
            self.assertRaises(RuntimeError),
            self.env.cr.savepoint(),
        ):
            deadlines._compensate()
        self.assertFalse(self.env['dealer.complaint.outcome'].search([('deadline_id', 'in', deadlines.ids)]))
        self.assertEqual(len(deadlines._compensate()), 2)

    def test_no_rebate_counts_it(self):
        program = self.make_program(include_services=True, date_from='2026-01-01')
        self.invoice(self.dealer, '2026-11-02', 1000)
        self.post(self.make_deadlines('resolve')._compensate())
        self.assertEqual(self.account(program, number=4).earning.whole, 1000)

    def test_no_rebate_counts_its_payment(self):
        """What is paid to the dealer for our delay is none of its money that it gets back."""
        program = self.make_program(basis='cash')
        outcome = self.make_deadlines('resolve')._compensate()
        self.post(outcome)
        self.pay(self.invoice(self.dealer, '2026-11-02', 1000), '2026-11-03')
        self.pay(outcome.credit_note_id, '2026-11-20')
        self.assertEqual(outcome.credit_note_id.amount_residual, 0)
        self.assertEqual(self.account(program, number=4).earning.whole, 1000)

    def test_many_at_once(self):
        """What is asked does not grow with the deadlines, apart from the credit notes themselves and their messages."""
        deadlines = self.env['dealer.deadline'].browse()
        for _complaint in range(20):
            deadlines |= self.make_deadlines('resolve')
        outcomes = deadlines._compensate()
        self.assertEqual(len(outcomes.credit_note_id), 20)
        self.assertEqual(set(outcomes.mapped('state')), {'made'})
        self.env.flush_all()
        start = self.cr.sql_log_count
        self.assertFalse(deadlines._compensate())
        self.assertLessEqual(self.cr.sql_log_count - start, 2, 'Nothing is left to do: a lock and a search.')

    def test_currency_and_account(self):
        self.set_rate(self.usd, '2026-01-01', 7)
        self.plain_type.cost_account_id = self.cost_account
        outcome = self.make_deadlines('resolve', currency_id=self.usd.id)._compensate()
        line = outcome.credit_note_id.invoice_line_ids
        self.assertEqual((line.currency_id, line.account_id), (self.usd, self.cost_account))
        self.post(outcome)
        self.assertEqual(outcome.cost, 350)

    def test_by_hand(self):
        outcome = self.make(self.make_complaint(), 'compensation', amount=20)
        self.assertEqual(outcome.credit_note_id.amount_untaxed, 20)
        self.assertEqual(outcome.credit_note_id.invoice_line_ids.product_id, self.company._get_compensation_product())


@tagged('post_install', '-at_install')
class TestCompensationOnItsWay(OutcomeCase):
    """From a policy to the credit: through the job and the steps, split and merged, and with obstacles in the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(cls.plain_type, 'acknowledge', 'resolve')
        cls.journals = cls.env['account.journal'].search([('type', '=', 'sale'), ('company_id', '=', cls.company.id)])

    @classmethod
    def make_policy(cls, complaint_type, *kinds):
        """24 hours by the calendar for each of ``kinds``, and 100 for each that we miss."""
        target = {'clock': 'calendar', 'unit': 'hours', 'amount': 24, 'credit_amount': 100, 'currency_id': cls.cny.id}
        return cls.env['dealer.deadline.policy'].create(
            {
                'name': 'With Credits',
                'type_id': complaint_type.id,
                'target_ids': [(0, 0, {'kind': kind, **target}) for kind in kinds],
            }
        )

    def complain(self, **vals):
        """A complaint of which all has been overdue for two minutes."""
        return self.make_complaint(date_received='2026-11-19 03:58:00', user_id=self.staff.id, **vals)

    def run_job(self, moment='2026-11-20 04:00:00'):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_deadline').method_direct_trigger()
        self.env.invalidate_all()

    def credited(self, *complaints):
        """What the dealers were credited for each of these complaints."""
        return [sum(complaint.outcome_ids.mapped('amount')) for complaint in complaints]

    def get_obstacles(self, complaint):
        kind = self.env.ref('dealer_management.mail_activity_complaint_uncredited')
        return complaint.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def test_one_that_cannot_be_credited_holds_up_nobody(self):
        other = self.env['res.company'].create({'name': 'Without Books'})
        self.staff.company_ids |= other
        complaint = self.complain()
        stuck = self.complain(company_id=other.id)
        self.run_job()
        self.assertEqual(self.credited(complaint, stuck), [200, 0])
        for one in (complaint, stuck):
            self.assertEqual(one.deadline_ids.mapped('result'), ['breached', 'breached'])
            self.assertEqual(set(one.deadline_ids.mapped('told')), {100}, 'Everybody is told.')
            self.assertTrue(one.activity_ids.filtered('dealer_deadline_id'))
        self.assertEqual(self.get_obstacles(stuck).mapped('user_id'), self.staff)
        self.assertEqual(len(self.get_obstacles(stuck)), 1, 'One for both of its deadlines.')
        self.assertIn('Without Books', self.get_obstacles(stuck).note)
        self.assertFalse(self.get_obstacles(complaint))

    def test_tried_again(self):
        self.journals.active = False
        complaint = self.complain()
        self.run_job()
        self.get_obstacles(complaint).action_done()
        self.run_job('2026-11-20 05:00:00')
        self.assertFalse(self.get_obstacles(complaint), 'Said once.')
        self.assertEqual(self.credited(complaint), [0])
        self.journals.active = True
        self.run_job('2026-11-20 05:30:00')
        self.assertEqual(self.credited(complaint), [0], 'Once an hour.')
        self.run_job('2026-11-20 06:00:00')
        self.run_job('2026-11-20 08:00:00')
        self.assertEqual(self.credited(complaint), [200])
        self.assertFalse(any(complaint.deadline_ids.mapped('credit_again')))

    def test_obstacle_goes_with_the_credit(self):
        self.journals.active = False
        complaint = self.complain()
        self.run_job()
        self.assertTrue(self.get_obstacles(complaint))
        self.journals.active = True
        self.run_job('2026-11-20 05:00:00')
        self.assertFalse(self.get_obstacles(complaint))

    def test_steps_are_not_held_up(self):
        self.journals.active = False
        complaint = self.complain().with_user(self.staff)
        complaint.action_analyse()
        self.assertEqual(complaint.state, 'analysed')
        self.assertTrue(self.get_obstacles(complaint))
        unknown = self.complain(dealer_id=False, partner_id=False)
        self.run_job()
        unknown.with_user(self.staff).dealer_id = self.dealer
        self.assertEqual(unknown.dealer_id, self.dealer)
        self.assertEqual(self.credited(unknown), [0])
        self.journals.active = True
        self.run_job('2026-11-20 05:00:00')
        self.assertEqual(self.credited(complaint.sudo(), unknown), [200, 200])

    def test_split_credits_nothing_twice(self):
        whole = self.complain()
        self.run_job()
        other_type = self.plain_type.copy({'name': 'Other', 'code': 'test_other'})
        self.make_policy(other_type, 'acknowledge', 'first_reply', 'resolve')
        whole.with_user(self.staff).message_post(
            body='We look at it', message_type='comment', subtype_xmlid='mail.mt_comment'
        )
        self.assertTrue(whole.date_first_reply)
        parts = whole.with_user(self.staff).action_split([{'title': 'A'}, {'title': 'B', 'type_id': other_type.id}])
        self.run_job()
        parts.action_analyse()
        parts.action_solve()
        self.assertEqual(self.credited(whole, *parts.sudo()), [200, 0, 0])
        for part in parts:
            deadlines = part.deadline_ids.filtered(lambda deadline: deadline.kind in ('acknowledge', 'resolve'))
            self.assertEqual(deadlines.mapped('result'), ['breached', 'breached'])
            self.assertFalse(part.activity_ids.filtered('dealer_deadline_id'), 'Told of the whole.')
        self.assertEqual(
            parts[1].deadline_ids.filtered(lambda deadline: deadline.kind == 'first_reply').result, 'breached'
        )

    def test_split_before_the_job(self):
        whole = self.complain()
        parts = whole.with_user(self.staff).action_split([{'title': 'A'}, {'title': 'B'}])
        self.run_job()
        self.assertEqual(self.credited(whole, *parts.sudo()), [200, 0, 0])
        self.assertEqual(set(whole.deadline_ids.mapped('told')), {100})

    def test_merged_one_is_not_credited(self):
        stays, source = self.complain(), self.complain()
        source.with_user(self.staff).action_merge_into(stays.id)
        self.run_job()
        self.assertEqual(self.credited(stays, source), [200, 0])
        self.assertEqual(source.deadline_ids.mapped('result'), ['breached', 'breached'], 'On record.')

    def test_merged_one_is_owed_what_could_not_be_credited(self):
        """It is credited at the one that stays, which is not credited again for the same when it is late as well."""
        self.journals.active = False
        source = self.complain()
        self.run_job()
        obstacle = self.get_obstacles(source).note
        stays, last = (
            self.make_complaint(date_received='2026-11-20 03:00:00', user_id=self.staff.id) for _number in range(2)
        )
        for complaint, target in ((source, stays), (stays, last)):
            complaint.with_user(self.staff).action_merge_into(target.id)
            self.assertFalse(self.get_obstacles(complaint))
            self.assertEqual(self.get_obstacles(target).note, obstacle)
        self.journals.active = True
        self.run_job('2026-11-20 05:00:00')
        self.assertEqual(self.credited(last, stays, source), [200, 0, 0])
        self.assertEqual(last.outcome_ids.deadline_id, source.deadline_ids)
        self.assertFalse(self.get_obstacles(last))
        self.run_job('2026-11-22 05:00:00')
        self.assertEqual(last.deadline_ids.mapped('result'), ['breached', 'breached'])
        self.assertEqual(self.credited(last), [200])

    def test_merged_ones_that_are_owed_the_same(self):
        self.journals.active = False
        stays, source, other = self.complain(), self.complain(), self.complain()
        self.run_job()
        (source | other).with_user(self.staff).action_merge_into(stays.id)
        self.journals.active = True
        self.run_job('2026-11-20 05:00:00')
        self.assertEqual(self.credited(stays, source, other), [200, 0, 0])

    def test_merged_into_one_that_was_credited_for_the_same(self):
        self.journals.active = False
        source = self.complain()
        self.run_job()
        self.journals.active = True
        stays = self.complain()
        self.run_job('2026-11-20 04:10:00')
        self.assertEqual(self.credited(stays, source), [200, 0])
        source.with_user(self.staff).action_merge_into(stays.id)
        self.run_job('2026-11-20 05:00:00')
        self.assertEqual(self.credited(stays, source), [200, 0])
        self.assertFalse(self.get_obstacles(stays))

    def test_late_when_it_begins(self):
        """Another type asks for what has happened already, too late."""
        other_type = self.plain_type.copy({'name': 'Other', 'code': 'test_other'})
        complaint = self.make_complaint(date_received='2026-11-18 00:00:00', type_id=other_type.id)
        past = self.make_complaint(date_received='2026-11-18 00:00:00', type_id=other_type.id, source='import')
        self.env['dealer.deadline.policy'].search([('type_id', '=', False)]).active = False
        (complaint | past).deadline_ids.unlink()
        (complaint | past).action_acknowledge()
        (complaint | past).type_id = self.plain_type
        acknowledged = (complaint | past).deadline_ids.filtered(lambda deadline: deadline.kind == 'acknowledge')
        self.assertEqual(acknowledged.mapped('result'), ['breached', 'breached'])
        self.assertEqual(self.credited(complaint, past), [100, 0])

    def test_late_before_it_waits(self):
        """Another type's target was over before the dealer was asked: waiting does not heal."""
        other_type = self.plain_type.copy({'name': 'Other', 'code': 'test_other'})
        self.make_policy(other_type, 'resolve').target_ids.amount = 72
        complaint = self.make_complaint(date_received='2026-11-18 00:00:00', type_id=other_type.id)
        complaint.with_user(self.staff).action_wait('Which lot?')
        complaint.type_id = self.plain_type
        resolve = complaint.deadline_ids.filtered(lambda deadline: deadline.kind == 'resolve')
        self.assertEqual((resolve.state, resolve.result), ('paused', 'breached'))
        self.run_job()
        self.assertEqual(resolve.told, 100)
        self.assertIn(resolve, complaint.outcome_ids.deadline_id)
