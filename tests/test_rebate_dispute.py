from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from .rebate_statement_common import StatementMixin


@tagged('post_install', '-at_install')
class TestRebateDispute(StatementMixin, TransactionCase):
    """What a dealer disputes is kept, answered by whoever looks after it, and changes no figure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpStatements()
        cls.move = cls.invoice(cls.dealer, cls.first_day, (cls.tap, 1, 110_000), (cls.sink, 1, 200_000))
        cls.rival_move = cls.invoice(cls.rival_dealer, cls.first_day, 100_000)
        cls.run_done = cls.settle_run()
        cls.payout = cls.run_done.payout_ids.filtered(lambda payout: payout.dealer_id == cls.dealer)
        cls.computation = cls.payout.computation_ids
        cls.staff, cls.manager = cls.users['staff'], cls.users['manager']

    def vals(self, item=0, **vals):
        return {
            'computation_id': self.computation.id,
            'move_line_id': self.move.invoice_line_ids[item].id,
            'reason': 'Ten too many',
            **vals,
        }

    def dispute(self, item=0, user=None, **vals):
        """As the portal writes it, or as ``user`` does."""
        disputes = self.env['dealer.rebate.dispute']
        if user:
            return disputes.with_user(user).create(self.vals(item, **vals))
        asked = disputes.with_user(self.clerk).sudo()
        return asked.create({**asked._prepare_new_vals(), **self.vals(item, **vals)}).with_env(self.env)

    def test_what_it_holds(self):
        dispute = self.dispute()
        self.assertRegex(dispute.name, r'^RD\d+$')
        self.assertEqual((dispute.document, dispute.date), (self.move.name, self.first_day))
        self.assertEqual((dispute.measure, dispute.share, dispute.product_id), (110_000, 4400, self.tap))
        self.assertEqual((dispute.dealer_id, dispute.payout_id), (self.dealer, self.payout))
        self.assertEqual((dispute.requester_id, dispute.state), (self.clerk, 'open'))
        self.assertEqual((self.payout.dispute_count, self.computation.settlement_id.dispute_count), (1, 1))
        action = self.payout.with_user(self.staff).action_open_disputes()
        self.assertEqual(self.env['dealer.rebate.dispute'].search(action['domain']), dispute)
        action = self.computation.settlement_id.action_open_disputes()
        self.assertEqual(self.env['dealer.rebate.dispute'].search(action['domain']), dispute)

    def test_whoever_looks_after_the_dealer_is_asked(self):
        self.assertEqual(self.dispute().activity_ids.user_id, self.staff)
        self.dealer.channel_account_manager_id = False
        asked = self.dispute(1).activity_ids
        self.assertIn(self.manager, asked.user_id)
        self.assertNotIn(self.staff, asked.user_id)
        self.assertIn('Ten too many', asked[0].note)

    def test_accepted(self):
        dispute = self.dispute()
        before = self.payout.read()
        dispute.with_user(self.staff).action_accept('Credited by RINV/1')
        self.assertEqual((dispute.state, dispute.answer), ('accepted', 'Credited by RINV/1'))
        self.assertEqual(dispute.approver_id, self.staff)
        self.assertTrue(dispute.decided_date)
        self.assertFalse(dispute.activity_ids, 'The to-do is done.')
        mail = dispute.message_ids.filtered(lambda message: self.clerk.partner_id in message.partner_ids)
        self.assertIn('Credited by RINV/1', mail.body)
        self.assertIn(self.payout.access_url, mail.body)
        dispute.with_user(self.staff).action_accept('Twice is once')
        self.assertEqual(dispute.answer, 'Credited by RINV/1')
        after = self.payout.read()
        for values in (before[0], after[0]):
            values.pop('dispute_ids'), values.pop('message_ids', None)
        self.assertEqual(before, after, 'No figure has changed.')
        with self.assertRaisesRegex(UserError, 'answered already'):
            dispute.with_user(self.staff).action_refuse('No')

    def test_refused_by_the_wizard(self):
        dispute = self.dispute()
        wizard = self.env['dealer.reason.wizard'].with_user(self.staff).with_context(active_ids=dispute.ids)
        wizard.create({'step': 'dispute_refuse', 'reason': 'It was delivered <b>'}).action_apply()
        self.assertEqual((dispute.state, dispute.answer), ('refused', 'It was delivered <b>'))
        mail = dispute.message_ids.filtered(lambda message: self.clerk.partner_id in message.partner_ids)
        self.assertIn('It was delivered &lt;b&gt;', mail.body)
        other = self.dispute(1)
        wizard.with_context(active_ids=other.ids).create(
            {'step': 'dispute_accept', 'reason': 'You are right'}
        ).action_apply()
        self.assertEqual(other.state, 'accepted')

    def test_an_answer_is_needed(self):
        dispute = self.dispute().with_user(self.staff)
        for step in (dispute.action_accept, dispute.action_refuse):
            for answer in (None, '', '  '):
                with self.assertRaisesRegex(UserError, 'reason'):
                    step(answer)
        with self.assertRaisesRegex(UserError, 'reason'):
            self.dispute(1, reason='  ')

    def test_who_may_answer(self):
        dispute = self.dispute()
        for role in ('accountant', 'auditor', 'complaint', 'salesman', 'employee'):
            with self.subTest(role), self.assertRaises(AccessError):
                dispute.with_user(self.users[role]).action_accept('Mine')
        with self.assertRaises(AccessError):
            dispute.with_user(self.clerk).action_accept('Mine')
        own = self.users['staff_own']
        with self.assertRaises(AccessError):
            dispute.with_user(own).action_accept('Not my dealer')
        self.dealer.channel_account_manager_id = own
        dispute.with_user(own).action_accept('My dealer')
        self.assertEqual(dispute.approver_id, own)

    def test_staff_writes_it_for_the_dealer(self):
        line = self.env['dealer.rebate.settlement.line'].search(
            [('computation_id', '=', self.computation.id)], order='id', limit=1
        )
        action = line.with_user(self.staff).action_dispute()
        disputes = self.env['dealer.rebate.dispute'].with_user(self.staff).with_context(**action['context'])
        form = Form(disputes, view=action['views'][0][0])
        self.assertEqual((form.document, form.share), (line.document, line.share))
        form.reason = 'By telephone'
        dispute = form.save()
        self.assertEqual((dispute.document, dispute.requester_id), (line.document, self.staff))
        self.assertFalse(dispute.may_decide)
        self.assertTrue(dispute.with_user(self.manager).may_decide)
        with self.assertRaisesRegex(UserError, 'yourself'):
            dispute.action_accept('Yes')
        dispute.with_user(self.manager).action_accept('Yes')
        mail = dispute.message_ids.filtered(lambda message: self.dealer in message.partner_ids)
        self.assertTrue(mail, 'Without a portal user the dealer itself is told.')

    def test_seen_by_their_own(self):
        dispute = self.dispute()
        own, disputes = self.users['staff_own'], self.env['dealer.rebate.dispute']
        self.assertFalse(disputes.with_user(own).search([('id', '=', dispute.id)]))
        with self.assertRaises(AccessError):
            self.dispute(1, user=own)
        for role in ('staff', 'manager', 'auditor', 'accountant'):
            self.assertTrue(disputes.with_user(self.users[role]).search([('id', '=', dispute.id)]), role)
        other = self.env['res.company'].create({'name': 'Other Company'})
        stranger = new_test_user(
            self.env,
            login='test_other_company',
            groups='dealer_management.group_dealer_manager',
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(disputes.with_user(stranger).search([('id', '=', dispute.id)]))

    def test_nothing_is_forged(self):
        dispute = self.dispute(user=self.manager)
        for vals in (
            {'state': 'accepted'},
            {'answer': 'Yes'},
            {'approver_id': self.staff.id},
            {'requester_id': self.staff.id},
            {'name': 'RD99999'},
            {'share': 1_000_000},
            {'source_id': 1},
            {'document': 'INV/X'},
            {'dealer_id': self.rival_dealer.id},
            {'payout_id': False},
            {'company_id': False},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                dispute.with_user(self.manager).write(vals)
        for vals in ({'reason': 'Other'}, {'contact': 'Me'}, {'move_line_id': self.move.invoice_line_ids[1].id}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'stays as it was written'):
                dispute.with_user(self.manager).write(vals)
        forged = self.dispute(
            1, user=self.manager, state='accepted', answer='Yes', approver_id=self.staff.id, share=9, name='RD1'
        )
        self.assertEqual((forged.state, forged.answer, forged.share), ('open', False, 8000))
        self.assertFalse(forged.approver_id)
        self.assertNotEqual(forged.name, 'RD1')
        disputes = self.env['dealer.rebate.dispute'].with_user(self.manager)
        by_default = disputes.with_context(default_state='refused', default_answer='x', default_share=7)
        self.env.cr.execute('DELETE FROM dealer_rebate_dispute WHERE id = %s', [forged.id])
        self.env.invalidate_all()
        forged = by_default.create(self.vals(1))
        self.assertEqual((forged.state, forged.answer, forged.share), ('open', False, 8000))

    def test_the_line_may_be_corrected(self):
        """What was disputed is put right in its invoice: the dispute keeps what it said, and stays the only one."""
        dispute, again = self.dispute(), self.dispute(1)
        line = self.move.invoice_line_ids[0]
        self.move.button_draft()
        line.unlink()
        self.env.invalidate_all()
        self.assertFalse(dispute.move_line_id)
        kept = (dispute.document, dispute.date, dispute.measure, dispute.share, dispute.source_id)
        self.assertEqual(kept, (self.move.name, self.first_day, 110_000, 4400, line.id))
        dispute._compute_source_id()
        dispute._compute_line()
        self.assertEqual((dispute.share, dispute.source_id), (4400, line.id), 'Computed anew, it says the same.')
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            again.source_id = line.id
            again.flush_recordset()
        with self.assertRaisesRegex(ValidationError, 'does not stand in this statement'):
            self.dispute(move_line_id=False)
        dispute.with_user(self.staff).action_accept('Corrected')
        self.assertEqual(dispute.state, 'accepted')

    def test_computations_are_written_without_looking_for_disputes(self):
        self.dispute()
        self.env.flush_all()
        with self.assertLogs('odoo.sql_db', 'DEBUG') as logs:
            self.computation.payout_id = False
            self.env.flush_all()
        self.assertFalse([line for line in logs.output if 'dealer_rebate_dispute' in line])

    def test_only_lines_that_stand_there(self):
        with self.assertRaisesRegex(ValidationError, 'does not stand in this statement'):
            self.dispute(move_line_id=self.rival_move.invoice_line_ids.id)
        with self.assertRaisesRegex(ValidationError, 'does not stand in this statement'):
            self.dispute(move_line_id=self.move.line_ids.filtered(lambda item: not item.product_id).id)
        self.payout.state = 'held'
        with self.assertRaisesRegex(ValidationError, 'Only what is settled'):
            self.dispute()

    def test_kept_for_good(self):
        dispute = self.dispute()
        with self.assertRaisesRegex(UserError, 'kept on record'):
            dispute.sudo().unlink()
        with self.assertRaises(AccessError):
            dispute.with_user(self.manager).unlink()

    def test_one_open_dispute_a_line(self):
        first = self.dispute()
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.dispute()
        first.with_user(self.staff).action_refuse('No')
        self.env.flush_all()
        second = self.dispute(reason='But look again')
        self.assertEqual((first.state, second.state), ('refused', 'open'))
