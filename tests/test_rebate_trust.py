from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .rebate_common import RebateCase
from .rebate_posting_common import PostingMixin
from .test_rebate_accrual import AccrualMixin
from .test_rebate_program import RebateProgramCase


class OwnDefaults:
    """Anybody may set defaults of one's own: they hold wherever a value is left out, in sudo() too."""

    def set_default(self, user, model, **values):
        for name, value in values.items():
            self.env['ir.default'].set(model, name, value, user_id=user.id)


@tagged('post_install', '-at_install')
class TestRebateDefaults(OwnDefaults, PostingMixin, RebateCase):
    """What settlements say is not said by defaults."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls.tap

    def test_no_free_goods(self):
        salesman = self.users['salesman']
        self.product.list_price = 50
        order = self.make_order(self.dealer, user_id=salesman.id).with_user(salesman)
        vals = {'order_id': order.id, 'product_id': self.product.id}
        lines = self.env['sale.order.line'].with_user(salesman)
        by_context = lines.with_context(default_is_free_goods=True).create(vals)
        self.set_default(salesman, 'sale.order.line', is_free_goods=True)
        for line in (by_context, lines.create(vals), lines.sudo().create(vals)):
            self.assertEqual((line.is_free_goods, line.price_unit), (False, 50))
        with self.assertRaises(AccessError):
            lines.create({**vals, 'is_free_goods': True})

    def test_no_role_of_a_journal_item(self):
        program = self.make_posting_program()
        vals = {
            'move_type': 'out_invoice',
            'partner_id': self.dealer.id,
            'invoice_line_ids': [Command.create({'name': 'Taps', 'price_unit': 10})],
        }
        moves = self.env['account.move'].with_user(self.accountant)
        by_context = moves.with_context(default_rebate_role='payout', default_rebate_program_id=program.id).create(vals)
        self.set_default(self.accountant, 'account.move.line', rebate_role='payout', rebate_program_id=program.id)
        for move in (by_context, moves.create(vals), moves.sudo().create(vals)):
            self.assertEqual(set(move.line_ids.mapped('rebate_role')), {False})
            self.assertFalse(move.line_ids.rebate_program_id)

    def test_who_cannot_read_roles_can_make_items(self):
        """Such as a clerk who enters bills: the field is not written for them."""
        clerk = self.users['employee']
        group = self.env['res.groups'].create({'name': 'Entry', 'user_ids': [Command.link(clerk.id)]})
        self.env['ir.model.access'].create(
            [
                {
                    'name': model,
                    'model_id': self.env['ir.model']._get_id(model),
                    'group_id': group.id,
                    'perm_read': True,
                    'perm_write': True,
                    'perm_create': True,
                }
                for model in ('account.move', 'account.move.line')
            ]
        )
        move = self.make_open_invoice(self.dealer, 10, '2026-04-01')
        item = self.env['account.move.line'].with_user(clerk)
        vals = {'move_id': move.copy().id, 'name': 'Note', 'display_type': 'line_note'}
        self.assertEqual(item.create(vals).name, 'Note')

    def test_previews_are_previews(self):
        program = self.make_program()
        self.invoice(self.dealer, '2026-02-01', 310_000)
        move = self.make_open_invoice(self.dealer, 10, '2026-04-01')
        order = self.make_order(self.dealer)
        self.set_default(
            self.accountant, 'dealer.rebate.payout', state='posted', name='RS-X', hold_reason='x',
            posted_date='2026-01-01 00:00:00', move_id=move.id, sale_order_id=order.id, pay_rate=7, pay_difference=3,
        )  # fmt: skip
        others = self.settle(self.make_program(), post=False).computation_ids[:1]
        self.set_default(self.accountant, 'dealer.rebate.settlement', computation_id=others.id)
        run = self.env['dealer.rebate.run'].with_user(self.accountant)
        run = run.create({'program_id': program.id, 'period_to': '2026-03-31', 'date': '2026-04-10'})
        run.with_context(default_state='posted').action_preview()
        payout = run.payout_ids
        self.assertEqual((payout.state, payout.name, payout.pay_rate, payout.pay_difference), ('preview', '/', 1, 0))
        self.assertFalse(payout.hold_reason or payout.posted_date or payout.move_id or payout.sale_order_id)
        self.assertFalse(run.computation_ids.settlement_id.computation_id)

    def test_disputes_of_the_portal_are_open(self):
        program = self.make_program()
        item = self.invoice(self.dealer, '2026-02-01', 310_000).invoice_line_ids
        run = self.settle(program, post=False)
        run.sudo().payout_ids.state = 'posted'
        user = self.users['employee']
        self.set_default(
            user, 'dealer.rebate.dispute', state='accepted', approver_id=self.approver.id, answer='You are right'
        )
        dispute = self.env['dealer.rebate.dispute'].with_user(user).sudo()
        dispute = dispute.create(
            {'computation_id': run.computation_ids.id, 'move_line_id': item.id, 'reason': 'Ten too many'}
        )
        self.assertEqual((dispute.state, dispute.answer, dispute.approver_id.id), ('open', False, False))
        self.assertEqual(dispute.requester_id, user)

    def test_text_of_documents_is_text(self):
        payout = self.post(self.make_run(10, title='A <b>bold</b> <i>offer</i>'))
        self.assertIn('A &lt;b&gt;bold&lt;/b&gt;', payout.move_id.narration)


@tagged('post_install', '-at_install')
class TestRebateAccrualDefaults(OwnDefaults, AccrualMixin, RebateCase):
    def test_accruals_are_prepared_first(self):
        self.setUpAccounts()
        program = self.make_program(accrual_method='earned')
        self.sell(310_000)
        entry = self.invoice(self.make_dealer('Another'), '2026-01-01', 1)
        self.set_default(
            self.accountant, 'dealer.rebate.accrual', state='posted', move_id=entry.id, posted_by_id=self.approver.id
        )
        accrual = program.with_user(self.accountant)._prepare_accruals('2026-01-31')
        self.assertEqual((accrual.state, accrual.move_id.id, accrual.posted_by_id.id), ('draft', False, False))
        self.assertEqual(accrual.expected, 12_400)


@tagged('post_install', '-at_install')
class TestRebateAuthors(OwnDefaults, RebateProgramCase):
    """Nobody decides on terms that they had a hand in, whoever hands them in."""

    def assertOwnWork(self, program):
        program.with_user(self.author).action_submit()
        managed = program.with_user(self.approver)
        self.assertEqual(program.requester_id, self.author)
        self.assertFalse(managed.may_decide)
        for step in (managed.action_approve, lambda: managed.action_refuse('No')):
            with self.assertRaisesRegex(UserError, 'written the terms .* somebody else has to decide'):
                step()

    def test_written_by_the_manager(self):
        self.assertOwnWork(self.draft(user=self.approver))

    def test_changed_by_the_manager(self):
        program = self.draft()
        self.assertEqual(program.author_ids, self.author)
        program.with_user(self.approver).payout_cap = 5000
        program.with_user(self.author).payout_cap = 6000
        self.assertEqual(program.author_ids, self.author | self.approver)
        self.assertOwnWork(program)

    def test_a_part_changed_by_the_manager(self):
        for change in (
            lambda program: program.band_ids[0].write({'rate': 3}),
            lambda program: program.band_ids[0].unlink(),
            lambda program: program.band_ids.create({'program_id': program.id, 'threshold': 900_000, 'rate': 7}),
        ):
            program = self.draft()
            change(program.with_user(self.approver))
            self.assertOwnWork(program)

    def test_amended_by_the_manager(self):
        program = self.open(self.draft())
        draft_id = program.with_user(self.approver).action_amend('2026-07-01')['res_id']
        self.assertOwnWork(program.browse(draft_id))

    def test_archiving_is_no_hand_in_the_terms(self):
        program = self.draft()
        program.with_user(self.approver).active = True
        program.action_submit()
        self.assertTrue(program.with_user(self.approver).may_decide)
        program.with_user(self.approver).action_approve()
        self.assertEqual(program.state, 'approved')

    def test_authors_are_not_written(self):
        program = self.draft()
        with self.assertRaises(AccessError):
            program.author_ids = False
        forged = self.draft(author_ids=[Command.set(self.approver.ids)])
        self.assertEqual(forged.author_ids, self.author)

    def test_amendments_begin_as_drafts(self):
        program = self.open(self.draft())
        self.set_default(self.author, program._name, state='open', approver_id=self.approver.id, decision_note='Yes')
        amendment = program.browse(program.with_user(self.author).action_amend('2026-07-01')['res_id'])
        self.assertEqual((amendment.state, amendment.approver_id.id), ('draft', False))
        self.assertEqual((amendment.decision_note, amendment.version), (False, 2))
        self.assertEqual((amendment.requester_id, amendment.amends_id), (self.author, program))


@tagged('post_install', '-at_install')
class TestRebateAgreed(RebateProgramCase):
    """What a dealer reads of a program: what holds when, and nothing of others."""

    def spans(self, program, day=None):
        return [(str(part.date_from), str(part.date_to), part.is_current) for part in program._get_agreed(day)]

    def test_no_names_of_others(self):
        friend, rival = self.make_dealer('Friend'), self.make_dealer('Rival')
        stack = self.env['dealer.rebate.stack'].create({'name': 'Squeeze'})
        program = self.draft(
            dealer_ids=[Command.set((self.dealer | friend).ids)],
            excluded_dealer_ids=[Command.set(rival.ids)],
            grade_ids=[Command.set(self.gold.ids)],
            stack_id=stack.id,
            stack_base='net',
        )
        told = ' '.join(program._get_dealer_sentences())
        for name in ('Friend', 'Rival', 'Golden', 'Squeeze', 'They', 'except'):
            self.assertNotIn(name, told)
        self.assertIn(
            f'every quarter, you, as a dealer of the tier {self.gold.name}, earn on the untaxed amount invoiced.', told
        )
        self.assertIn('You get 2 % from 100,000, 4 % from 300,000, and 6 % from 500,000.', told)
        self.assertIn('The band reached applies to everything.', told)
        self.assertIn('It is paid on what earlier rebates leave of the sales.', told)
        self.assertIn('Friend', self.say(program), 'Inside the company all of it is said.')

    def test_all_kinds_are_told(self):
        self.assertIn('You get 1 %.', ' '.join(self.draft(bands=[(0, 1)])._get_dealer_sentences()))
        self.assertIn('every quarter, you earn on', self.draft()._get_dealer_sentences()[0])
        for application, told in (
            ('marginal', 'Each band applies to its own slice.'),
            ('rolling', 'Each band reached applies up to the next one.'),
            ('total', 'All bands reached add up, each on everything.'),
        ):
            self.assertIn(told, self.draft(application=application)._get_dealer_sentences())
        fixed = {'reward': 'fixed', 'bands': [{'threshold': 1, 'amount': 5}, {'threshold': 2, 'amount': 9}]}
        self.assertIn('The highest band reached is paid.', self.draft(**fixed)._get_dealer_sentences())
        total = self.draft(**fixed, application='total')
        self.assertIn('All bands reached are added up.', total._get_dealer_sentences())

    def test_versions(self):
        program = self.open(self.draft())
        self.assertEqual(self.spans(program), [('2026-01-01', '2026-12-31', True)])
        for day, rate in (('2026-07-01', 3), ('2026-10-01', 1)):
            action = program.with_user(self.author).action_amend(day)
            amendment = program.browse(action['res_id']).with_user(self.author)
            amendment.band_ids[0].rate = rate
            self.approve(amendment)
        spans = [('2026-01-01', '2026-06-30'), ('2026-07-01', '2026-09-30'), ('2026-10-01', '2026-12-31')]
        for day, current in (('2025-12-01', 0), ('2026-06-30', 0), ('2026-07-01', 1), ('2027-03-01', 2)):
            with self.subTest(day), freeze_time(f'{day} 04:00:00'):
                self.assertEqual(self.spans(program), [(*span, number == current) for number, span in enumerate(spans)])
        told = [' '.join(part.sentences) for part in program._get_agreed()]
        self.assertEqual([text.split('You get ')[1][:3] for text in told], ['2 %', '3 %', '1 %'])

    def test_amended_from_the_first_day_on(self):
        program = self.approve(self.draft())
        amendment = program.browse(program.with_user(self.author).action_amend('2026-01-01')['res_id'])
        self.approve(amendment)
        self.assertEqual(self.spans(program), [('2026-01-01', '2026-12-31', True)])


@tagged('post_install', '-at_install')
class TestRebateYears(RebateProgramCase):
    def test_years_that_were_mistyped(self):
        for vals in ({'date_to': '9999-12-31'}, {'date_to': '2101-12-31'}, {'date_from': '0026-01-01'}):
            with self.subTest(vals), self.assertRaisesRegex(ValidationError, 'in the years from 1900 to 2100'):
                self.draft(**vals)
        form = Form(self.draft())
        form.date_to = '9999-12-31'
        with self.assertRaisesRegex(ValidationError, 'not in 9999'):
            form.save()
        self.draft(date_to='2100-12-31', period='year')


@tagged('post_install', '-at_install')
class TestRebateFindingOwner(RebateCase):
    def test_findings_stay_with_ones_own_dealers(self):
        own, other = self.users['staff_own'], self.make_dealer('Another')
        self.dealer.channel_account_manager_id = own
        finding = (
            self.env['dealer.rebate.finding']
            .with_user(own)
            .create(
                {
                    'name': 'Seen',
                    'dealer_id': self.dealer.id,
                    'criterion_id': self.env.ref('dealer_management.dealer_rebate_criterion_display').id,
                }
            )
        )
        finding.name = 'Seen twice'
        with self.assertRaises(AccessError):
            finding.dealer_id = other
