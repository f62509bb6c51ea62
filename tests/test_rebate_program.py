from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import html2plaintext, mute_logger

from .rebate_common import SCALE, RebateCase


class RebateProgramCase(RebateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-02-10 04:00:00'))

    @classmethod
    def draft(cls, user=None, bands=SCALE, **vals):
        """A draft, written by staff as it would be in the form."""
        band_vals = [band if isinstance(band, dict) else {'threshold': band[0], 'rate': band[1]} for band in bands]
        return (
            cls.env['dealer.rebate.program']
            .with_user(user or cls.author)
            .create(
                {
                    'title': 'Tap rebate',
                    'date_from': '2026-01-01',
                    'date_to': '2026-12-31',
                    'product_id': cls.rebate_product.id,
                    'band_ids': [Command.create(vals) for vals in band_vals],
                    **vals,
                }
            )
        )

    @classmethod
    def approve(cls, program):
        program.with_user(cls.author).action_submit()
        program.with_user(cls.approver).action_approve()
        return program

    @classmethod
    def open(cls, program):
        cls.approve(program).with_user(cls.approver).action_open()
        return program

    def say(self, program, lang='en_US'):
        return html2plaintext(program.with_context(lang=lang).sentence)


@tagged('post_install', '-at_install')
class TestRebateProgramFlow(RebateProgramCase):
    def test_from_draft_to_closed(self):
        program = self.draft()
        self.assertEqual((program.state, program.requester_id), ('draft', self.author))
        self.assertRegex(program.name, r'^RP\d{5}$')
        program.action_submit()
        self.assertEqual(program.state, 'submitted')
        todo = self.env['mail.activity'].search(
            [('res_model', '=', program._name), ('res_id', '=', program.id), ('user_id', '=', self.approver.id)]
        )
        self.assertIn('Tap rebate', todo.summary)
        managed = program.with_user(self.approver)
        self.assertTrue(managed.may_decide)
        self.assertFalse(program.may_decide)
        managed.action_approve('Well done')
        self.assertEqual((program.state, program.approver_id), ('approved', self.approver))
        self.assertEqual(program.decision_note, 'Well done')
        self.assertTrue(program.activity_ids.filtered(lambda todo: todo.user_id == self.author))
        managed.action_open()
        self.assertEqual(program.state, 'open')
        managed.action_close()
        self.assertEqual(program.state, 'closed')
        self.assertEqual(str(program.closed_date), '2026-02-10')

    def test_steps_are_safe_to_call_twice(self):
        program = self.draft()
        program.action_submit()
        program.action_submit()
        managed = program.with_user(self.approver)
        for step in ('action_approve', 'action_open', 'action_close'):
            getattr(managed, step)()
            getattr(managed, step)()
        managed.action_approve()
        self.assertEqual(program.state, 'closed')
        with self.assertRaisesRegex(UserError, 'this step is not possible'):
            managed.action_open()

    def test_nobody_approves_what_they_have_asked_for(self):
        program = self.draft(user=self.approver)
        program.action_submit()
        self.assertFalse(program.may_decide)
        with self.assertRaisesRegex(UserError, 'somebody else has to decide'):
            program.action_approve()
        with self.assertRaisesRegex(UserError, 'somebody else has to decide'):
            program.action_refuse('No')

    def test_refused_and_taken_back(self):
        program = self.draft()
        program.action_submit()
        managed = program.with_user(self.approver)
        with self.assertRaisesRegex(UserError, 'reason'):
            managed.action_refuse(' ')
        self.env['dealer.reason.wizard'].with_user(self.approver).with_context(active_ids=program.ids).create(
            {'step': 'rebate_program_refuse', 'reason': 'Too dear'}
        ).action_apply()
        self.assertEqual((program.state, program.decision_note), ('refused', 'Too dear'))
        program.action_draft()
        self.assertEqual((program.state, program.decision_note, program.approver_id.id), ('draft', False, False))
        program.title = 'A cheaper one'

    def test_each_role_has_its_steps(self):
        steps = {
            # step: the state that it is taken from, the roles that may
            'action_submit': ('draft', {'staff', 'manager'}),
            'action_approve': ('submitted', {'manager'}),
            'action_open': ('approved', {'manager'}),
            'action_close': ('open', {'manager'}),
            'action_amend': ('open', {'staff', 'manager'}),
        }
        for step, (state, roles) in steps.items():
            for role in ('staff_own', 'staff', 'manager', 'auditor', 'accountant', 'complaint', 'salesman'):
                with self.subTest(step=step, role=role):
                    program = self.make_program(state=state, requester_id=self.env.user.id)
                    asked = program.with_user(self.users[role])
                    if role in roles:
                        getattr(asked, step)()
                    else:
                        with self.assertRaises(AccessError):
                            getattr(asked, step)()
                        self.assertEqual(program.state, state)

    def test_cancelled_before_anything_is_booked(self):
        program = self.open(self.draft())
        with self.assertRaisesRegex(AccessError, 'channel manager'):
            program.action_cancel()
        self.assertFalse(program.may_cancel)
        program.with_user(self.approver).action_cancel()
        self.assertEqual(program.state, 'cancelled')

    def test_not_cancelled_once_it_was_accrued(self):
        program = self.open(self.draft())
        move = self.invoice(self.dealer, '2026-02-01', 1000, post=False)
        move.invoice_line_ids.write({'rebate_role': 'accrual', 'rebate_program_id': program.id})
        move.action_post()
        with self.assertRaisesRegex(UserError, 'Close it instead'):
            program.with_user(self.approver).action_cancel()

    @freeze_time('2026-05-10 04:00:00')
    def test_not_cancelled_while_or_after_it_is_settled(self):
        program = self.open(self.draft())
        self.invoice(self.dealer, '2026-02-01', 310000)
        run = self.env['dealer.rebate.run'].create(
            {'program_id': program.id, 'period_to': '2026-03-31', 'date': '2026-05-10'}
        )
        run.action_preview()
        with self.assertRaisesRegex(UserError, 'is being settled'):
            program.with_user(self.approver).action_cancel()
        run.action_cancel()
        self.settle(program, post=False).sudo().state = 'done'
        with self.assertRaisesRegex(UserError, 'Close it instead'):
            program.with_user(self.approver).action_cancel()

    @freeze_time('2026-05-10 04:00:00')
    def test_no_period_begins_after_it_was_closed(self):
        program = self.open(self.draft())
        self.assertEqual(len(program._get_periods()), 4)
        program.with_user(self.approver).action_close()
        # The one that has begun is still settled, with all that it carries.
        self.assertEqual([str(period.date_to) for period in program._get_periods()], ['2026-03-31', '2026-06-30'])


@tagged('post_install', '-at_install')
class TestRebateProgramForging(RebateProgramCase):
    FORGED = {
        'state': 'open',
        'requester_id': 2,
        'approver_id': 2,
        'version': 7,
        'name': 'RP1',
        'decision_note': 'Yes',
        'closed_date': '2026-01-01',
    }

    def test_steps_are_not_written_by_hand(self):
        other = self.make_program()
        for user in (self.author, self.approver):
            program = self.draft(user=user)
            for name, value in {**self.FORGED, 'amends_id': other.id}.items():
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    program.write({name: value})

    def test_steps_are_not_created_by_hand(self):
        program = self.draft(**self.FORGED, amends_id=self.make_program().id)
        self.assertEqual((program.state, program.version, program.requester_id), ('draft', 1, self.author))
        self.assertFalse(program.amends_id or program.approver_id or program.decision_note or program.closed_date)
        defaults = {f'default_{name}': value for name, value in self.FORGED.items()}
        program = self.draft(user=self.author).with_context(**defaults).copy()
        self.assertEqual((program.state, program.version), ('draft', 1))

    def test_what_was_handed_in_stands_still(self):
        for state in ('submitted', 'approved', 'open', 'closed', 'refused', 'cancelled'):
            program = self.make_program(state=state, condition_ids=[Command.create({'kind': 'overdue'})])
            attempts = {
                'title': lambda program: program.write({'title': 'Another'}),
                'date_to': lambda program: program.write({'date_to': '2027-12-31'}),
                'band by its program': lambda program: program.write({'band_ids': [Command.clear()]}),
                'band': lambda program: program.band_ids[0].write({'rate': 50}),
                'new band': lambda program: program.band_ids.create({'program_id': program.id, 'threshold': 1}),
                'dropped band': lambda program: program.band_ids[0].unlink(),
                'condition': lambda program: program.condition_ids.unlink(),
                'target': lambda program: program.target_ids.create(
                    {'program_id': program.id, 'dealer_id': self.dealer.id, 'amount': 1}
                ),
                'deleted': lambda program: program.unlink(),
            }
            for user in (self.author, self.approver):
                for name, attempt in attempts.items():
                    with (
                        self.subTest(state=state, user=user.login, attempt=name),
                        self.assertRaisesRegex(UserError, 'handed in'),
                    ):
                        attempt(program.with_user(user))

    def test_a_band_does_not_move_into_a_program_that_stands_still(self):
        band = self.draft(bands=[(700000, 8), (800000, 9)]).band_ids[0]
        with self.assertRaisesRegex(UserError, 'handed in'):
            band.program_id = self.make_program()

    def test_the_check_is_not_put_off_from_outside(self):
        band = self.draft().band_ids[0]
        with self.assertRaisesRegex(ValidationError, 'cannot be more than 100'):
            band.with_context(rebate_check=True).write({'rate': 150})

    def test_a_draft_is_deleted(self):
        program = self.draft()
        program.unlink()
        self.assertFalse(program.exists())


@tagged('post_install', '-at_install')
class TestRebateImpossible(RebateProgramCase):
    def assertImpossible(self, sentence, **vals):
        with self.subTest(sentence=sentence), self.assertRaisesRegex(ValidationError, sentence):
            self.draft(**vals)

    def test_bands(self):
        self.assertImpossible('at least one band', bands=[])
        self.assertImpossible('overlap at 300,000', bands=[{'threshold': 0, 'rate': 1, 'until': 400000}, (300000, 2)])
        self.assertImpossible(
            'no band between 200,000.* and 300,000', bands=[{'threshold': 0, 'rate': 1, 'until': 200000}, (300000, 2)]
        )
        self.assertImpossible('has to stay open', bands=[{'threshold': 0, 'rate': 1, 'until': 200000}])
        self.assertImpossible('cannot be more than 100', bands=[(0, 101)])
        self.assertImpossible('cannot be less than 0', bands=[(0, -1)])
        self.assertImpossible('No band of "Tap rebate" pays anything', bands=[(0, 0)])
        self.assertImpossible('are more than 100 %', bands=[(0, 60), (1, 60)], application='total')
        excess = {'threshold': 5, 'rate': 1, 'has_excess_rate': True, 'excess_rate': 2}
        self.assertImpossible('does not use', bands=[excess], application='marginal')
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.draft(bands=[(5, 1), (5, 2)])

    def test_bands_that_are_written_by_themselves(self):
        program = self.draft()
        first, second, third = program.band_ids
        with self.assertRaisesRegex(ValidationError, 'no band between'):
            first.until = 150000
        first.until = 300000
        with self.assertRaisesRegex(ValidationError, 'no band between'):
            second.unlink()
        with self.assertRaisesRegex(ValidationError, 'overlap'):
            program.band_ids.create({'program_id': program.id, 'threshold': 200000, 'rate': 3})
        third.unlink()
        with self.assertRaisesRegex(ValidationError, 'at least one band'):
            program.band_ids.unlink()
        with self.assertRaisesRegex(ValidationError, 'Please choose what has to be found'):
            program.condition_ids.create({'program_id': program.id, 'kind': 'criterion'})

    def test_dates(self):
        self.assertImpossible('after the 28th', date_from='2026-01-29', date_to='2026-04-28')
        self.assertImpossible(
            'the last one begins on November 15, 2026, and would end on February 14, 2027',
            date_from='2026-02-15',
            date_to='2026-12-31',
        )
        self.assertTrue(self.draft(date_from='2026-02-15', date_to='2027-02-14'))
        self.assertTrue(self.draft(date_from='2026-01-31', date_to='2026-03-02', period='whole'))
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.draft(date_from='2026-02-15', date_to='2026-01-01', period='whole')

    def test_measure(self):
        unit, per_unit = self.env.ref('uom.product_uom_unit').id, [{'threshold': 0, 'amount': 1}]
        self.assertImpossible('choose the unit', measure='quantity', reward='per_unit', bands=per_unit)
        self.assertImpossible('not on quantities', measure='quantity', uom_id=unit)
        self.assertImpossible('not on amounts', reward='per_unit', bands=per_unit)
        self.assertImpossible('Free goods are given for quantities', reward='free_goods', bands=self.buy_10())
        fixed = {'measure': 'weight', 'reward': 'fixed'}
        excess = {'threshold': 5, 'amount': 10, 'has_excess_rate': True, 'excess_rate': 2}
        self.assertImpossible('on amounts only', bands=[excess], **fixed)
        bonus = {'kind': 'overdue', 'effect': 'adjust', 'rate': -1}
        self.assertImpossible(
            'on amounts only',
            bands=[{'threshold': 5, 'amount': 10}],
            condition_ids=[Command.create(bonus)],
            **fixed,
        )

    def buy_10(self, free=1):
        return [{'threshold': 0, 'buy_quantity': 10, 'free_quantity': free}]

    def test_cash(self):
        self.assertImpossible(
            'no quantity', basis='cash', measure='weight', reward='fixed', bands=[{'threshold': 1, 'amount': 1}]
        )
        self.assertImpossible('for no product', basis='cash', category_ids=[Command.link(self.taps.id)])
        self.assertImpossible(
            'no share of it', basis='cash', driver='mix', mix_category_ids=self.taps.ids, bands=[(20, 1)]
        )
        mix = {'kind': 'mix', 'category_ids': self.taps.ids, 'share': 20}
        self.assertImpossible('no share of it', basis='cash', condition_ids=[Command.create(mix)])

    def test_driver(self):
        self.assertImpossible('"Rate for New Dealers"|needs a value', **self.growth('new_dealer', rate=-1))
        self.assertImpossible('"Baseline" has to be more than 0', **self.growth('baseline'))
        self.assertImpossible('whose share the bands look at', driver='mix', bands=[(20, 1)])
        self.assertImpossible('cannot be more than 100', driver='mix', mix_category_ids=self.taps.ids)
        self.assertImpossible(
            'cut into slices', driver='mix', mix_category_ids=self.taps.ids, application='marginal', bands=[(20, 1)]
        )
        self.assertImpossible('give the target', driver='attainment', bands=[(60, 4)])
        target = {'dealer_id': self.dealer.id, 'amount': 5, 'date_from': '2026-02-01'}
        self.assertImpossible(
            'begins on February 1, 2026: there is none',
            driver='attainment',
            bands=[(60, 4)],
            target_ids=[Command.create(target)],
        )
        self.assertImpossible('"Target" cannot be negative', driver='attainment', target=-5, bands=[(60, 4)])
        self.assertImpossible('has to be more than 0', payout_cap=-5)
        self.assertImpossible('cannot be less than 0', minimum=-5)

    def growth(self, policy, rate=0):
        return {
            'driver': 'growth',
            'growth_without_prior': policy,
            'growth_new_dealer_rate': rate,
            'bands': [(10, 0.5)],
        }

    def test_application_and_reward(self):
        fixed = [{'threshold': 1, 'amount': 5}]
        self.assertImpossible('cannot be applied', reward='fixed', application='marginal', bands=fixed)

    def test_conditions(self):
        for sentence, vals in (
            ('what has to be found', {'kind': 'criterion'}),
            ('whose share the condition looks at', {'kind': 'mix', 'share': 20}),
            ('give the share', {'kind': 'mix', 'category_ids': self.taps.ids}),
            ('"Withheld" has to be more than 0', {'kind': 'overdue', 'withheld': 0}),
            ('cannot be 0', {'kind': 'overdue', 'effect': 'adjust'}),
        ):
            self.assertImpossible(sentence, condition_ids=[Command.create(vals)])

    def test_payout(self):
        self.assertImpossible('rebate product', product_id=False)
        self.assertImpossible('Only bands that give free goods', payout_method='free_goods')
        goods = {
            'measure': 'quantity',
            'uom_id': self.env.ref('uom.product_uom_unit').id,
            'reward': 'free_goods',
            'payout_method': 'free_goods',
            'free_product_id': self.tap.id,
        }
        self.assertTrue(self.draft(bands=self.buy_10(), **goods))
        self.assertImpossible('pays anything', bands=self.buy_10(0), **goods)
        self.assertImpossible('given as free goods', bands=self.buy_10(), **{**goods, 'payout_method': 'wallet'})
        self.assertImpossible('given without charge', bands=self.buy_10(), **{**goods, 'free_product_id': False})
        self.assertImpossible('not paid in a currency', bands=self.buy_10(), **goods, payout_currency_id=self.usd.id)
        self.assertImpossible('at most 100 % of an order', payout_method='wallet', wallet_max_share=120)
        self.assertImpossible('at most 100 % of an order', payout_method='wallet', wallet_months=-1)
        self.assertImpossible('accrual rate of', accrual_method='estimate')
        self.assertImpossible('it counts no amounts', bands=self.buy_10(), **goods, accrual_method='estimate')

    def test_journal(self):
        self.assertImpossible('no journal for documents', journal_id=self.bank.id)
        self.assertImpossible('no journal for documents', journal_id=self.journal.id, payout_method='vendor_bill')
        self.usd.active = True
        self.journal.currency_id = self.usd
        self.assertImpossible('is kept in USD, but the rebate is paid in CNY', journal_id=self.journal.id)
        self.assertTrue(self.draft(journal_id=self.journal.id, payout_currency_id=self.usd.id))

    def test_stack(self):
        stack = self.env['dealer.rebate.stack'].create({'name': 'Taps'})
        first = self.draft(stack_id=stack.id, sequence=1)
        self.assertImpossible('the same place in their stack', stack_id=stack.id, sequence=1)
        for vals in (
            {'period': 'month'},
            {'basis': 'paid'},
            {'is_cumulative': True},
            {'currency_id': self.usd.id},
            {'date_to': '2027-12-31'},
        ):
            self.assertImpossible('are in one stack', stack_id=stack.id, sequence=2, **vals)
        self.assertImpossible(
            'amounts on amounts',
            stack_id=stack.id,
            sequence=2,
            measure='weight',
            reward='fixed',
            bands=[{'threshold': 1, 'amount': 5}],
        )
        second = self.draft(stack_id=stack.id, sequence=2, stack_base='net')
        with self.assertRaisesRegex(ValidationError, 'the same place'):
            second.sequence = 1
        first.with_user(self.author).action_cancel()
        second.sequence = 1

    def test_impossible_programs_are_not_handed_in(self):
        program = self.draft()
        # What was possible when it was written may be impossible by now.
        self.env.cr.execute('UPDATE dealer_rebate_program SET product_id = NULL WHERE id = %s', [program.id])
        program.invalidate_recordset()
        with self.assertRaisesRegex(ValidationError, 'rebate product'):
            program.action_submit()


@tagged('post_install', '-at_install')
class TestRebateUnused(RebateProgramCase):
    """What the chosen options do not use is not kept where nobody sees it."""

    def test_blanked_on_the_server(self):
        program = self.draft(
            uom_id=self.env.ref('uom.product_uom_unit').id,
            growth_baseline=5,
            target=7,
            mix_category_ids=self.taps.ids,
            accrual_rate=3,
            wallet_months=3,
            free_product_id=self.tap.id,
            condition_ids=[Command.create({'kind': 'overdue', 'share': 9, 'rate': 3})],
            bands=[{'threshold': 5, 'rate': 2, 'amount': 9, 'excess_rate': 3}],
        )
        self.assertFalse(program.uom_id or program.growth_baseline or program.target or program.accrual_rate)
        self.assertFalse(program.mix_category_ids or program.free_product_id)
        self.assertEqual(program.wallet_months, 12)
        self.assertEqual((program.band_ids.amount, program.band_ids.excess_rate), (0, 0))
        self.assertEqual((program.condition_ids.share, program.condition_ids.rate), (0, 0))
        program.band_ids.amount = 4
        self.assertEqual(program.band_ids.amount, 0)

    def test_the_form(self):
        with Form(self.env['dealer.rebate.program'].with_user(self.author)) as form:
            form.template = 'free_goods'
            form.free_product_id = self.tap
            self.assertEqual((form.measure, form.payout_method), ('quantity', 'free_goods'))
        program = form.record
        self.assertEqual((program.band_ids.buy_quantity, program.band_ids.free_quantity), (10, 1))
        self.assertFalse(program.product_id)
        with Form(program) as form:
            form.reward = 'percent'
            self.assertEqual((form.measure, form.payout_method), ('amount', 'credit_note'))
            self.assertFalse(form.uom_id or form.free_product_id)
            self.assertEqual(form.product_id, self.env.ref('dealer_management.product_rebate'))
            with form.band_ids.edit(0) as band:
                band.rate = 2
        self.assertEqual((program.band_ids.buy_quantity, program.band_ids.rate), (0, 2))

    def test_every_template_can_be_saved_and_handed_in(self):
        for template in ('tiers', 'growth', 'per_unit', 'free_goods'):
            with self.subTest(template=template):
                with Form(self.env['dealer.rebate.program'].with_user(self.author)) as form:
                    form.template = template
                    if template == 'free_goods':
                        form.free_product_id = self.tap
                form.record.action_submit()
                self.assertEqual((str(form.record.date_from), str(form.record.date_to)), ('2026-03-01', '2027-02-28'))

    def test_company_settings(self):
        self.company.dealer_rebate_product_id = self.rebate_product
        self.company.dealer_rebate_accrual_method = 'none'
        program = self.env['dealer.rebate.program'].with_user(self.author).new({})
        self.assertEqual((program.product_id, program.accrual_method), (self.rebate_product, 'none'))

    def test_a_copy_begins_where_the_program_ends(self):
        program = self.draft(
            driver='attainment',
            bands=[(60, 4)],
            target_ids=[
                Command.create({'dealer_id': self.dealer.id, 'date_from': '2026-04-01', 'amount': 100}),
                Command.create({'dealer_id': self.dealer.id, 'amount': 90}),
            ],
        )
        copy = program.copy()
        self.assertEqual((str(copy.date_from), str(copy.date_to)), ('2027-01-01', '2027-12-31'))
        self.assertEqual([str(day) for day in copy.target_ids.sorted('amount').mapped('date_from')][1], '2027-04-01')
        self.assertEqual((copy.state, copy.requester_id), ('draft', self.author))


@tagged('post_install', '-at_install')
class TestRebateAmendments(RebateProgramCase):
    def amend(self, program, day='2026-04-01', **vals):
        action = program.with_user(self.author).action_amend(day)
        amendment = self.env['dealer.rebate.program'].with_user(self.author).browse(action['res_id'])
        amendment.write(vals)
        return amendment

    def test_an_amendment_of_an_open_program_holds_at_once(self):
        program = self.open(self.draft())
        amendment = self.amend(program)
        self.assertEqual((amendment.amends_id, amendment.version, amendment.state), (program, 2, 'draft'))
        self.assertEqual((str(amendment.date_from), amendment.date_to), ('2026-04-01', program.date_to))
        self.assertEqual((amendment.requester_id, amendment.title), (self.author, program.title))
        self.assertEqual(amendment.band_ids.mapped('rate'), [2, 4, 6])
        amendment.band_ids[0].rate = 3
        self.assertEqual(program._get_versions(), program)
        self.approve(amendment)
        self.assertEqual(amendment.state, 'open')
        self.assertEqual(program._get_versions(), program | amendment)
        self.assertIn('April 1, 2026', html2plaintext(program.message_ids[0].body))
        self.invoice(self.dealer, '2026-02-01', 100000)
        self.invoice(self.dealer, '2026-05-01', 100000)
        self.assertEarned(program, 2000, number=1)
        self.assertEarned(program, 3000, number=2)

    def test_one_draft_at_a_time(self):
        program = self.open(self.draft())
        amendment = self.amend(program)
        self.assertEqual(self.amend(program, None), amendment)
        self.assertEqual(amendment.action_amend('2026-07-01')['res_id'], amendment.id)
        self.assertEqual(str(amendment.date_from), '2026-07-01')
        self.assertEqual(program.amendment_count, 1)

    def test_the_day_is_proposed(self):
        program = self.open(self.draft())
        self.assertEqual(str(self.amend(program, None).date_from), '2026-04-01')

    def test_the_next_amendment_begins_with_the_terms_in_force(self):
        program = self.open(self.draft())
        first = self.amend(program)
        first.band_ids[0].rate = 3
        self.approve(first)
        second = self.amend(program, '2026-07-01')
        self.assertEqual((second.version, second.band_ids.mapped('rate')), (3, [3, 4, 6]))
        self.assertEqual(second.amends_id, program)

    def test_what_was_agreed_for_the_whole_program_stays(self):
        program = self.open(self.draft())
        amendment = self.amend(program)
        for vals in (
            {'basis': 'paid'},
            {'category_ids': [Command.link(self.taps.id)]},
            {'period': 'month'},
            {'reward': 'fixed', 'band_ids': [Command.clear(), Command.create({'threshold': 1, 'amount': 5})]},
            {'payout_method': 'wallet'},
            {'date_to': '2027-12-31'},
            {'grade_ids': [Command.link(self.gold.id)]},
            {'debit_negative': True},
            {'title': 'Another'},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(ValidationError, 'agreed for all of its time'):
                amendment.write(vals)
        amendment.write(
            {
                'application': 'marginal',
                'edge': 'strict',
                'payout_cap': 15000,
                'minimum': 500,
                'condition_ids': [Command.create({'kind': 'overdue'})],
            }
        )

    def test_the_day_has_to_fit(self):
        program = self.open(self.draft())
        amendment = self.amend(program)
        with self.assertRaisesRegex(ValidationError, 'it runs from January 1, 2026 to December 31, 2026'):
            amendment.date_from = '2025-12-31'
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            amendment.date_from = '2027-01-01'
            amendment.flush_recordset()
        amendment.invalidate_recordset()
        # Rates may change in mid-period; amounts for a whole period cannot.
        amendment.date_from = '2026-04-15'
        fixed = self.open(self.draft(reward='fixed', bands=[{'threshold': 1, 'amount': 5}]))
        with self.assertRaisesRegex(ValidationError, 'the first day of a period'):
            self.amend(fixed, '2026-04-15')

    @freeze_time('2026-05-10 04:00:00')
    def test_what_is_settled_is_not_amended(self):
        program = self.open(self.draft())
        early = self.amend(program, '2026-03-01')
        early.action_submit()
        self.invoice(self.dealer, '2026-02-01', 310000)
        run = self.env['dealer.rebate.run'].create(
            {'program_id': program.id, 'period_to': '2026-03-31', 'date': '2026-05-10'}
        )
        run.action_preview()
        with self.assertRaisesRegex(UserError, 'is being settled'):
            early.with_user(self.approver).action_approve()
        run.action_confirm()
        with self.assertRaisesRegex(ValidationError, 'it is settled until March 31, 2026'):
            early.with_user(self.approver).action_approve()
        early.action_draft()
        early.date_from = '2026-04-01'

    def test_in_its_last_period_with_nothing_settled(self):
        program = self.open(self.draft())
        with freeze_time('2026-11-30 04:00:00'):
            amendment = self.amend(program, None)
        self.assertEqual(str(amendment.date_from), '2026-12-01')

    def test_only_what_is_agreed_is_amended(self):
        program = self.draft()
        with self.assertRaisesRegex(UserError, 'neither approved nor open'):
            program.action_amend()

    def test_amendments_go_the_way_of_their_program(self):
        program = self.approve(self.draft())
        early, late = self.approve(self.amend(program)), self.amend(program, '2026-07-01')
        self.assertEqual((early.state, late.state), ('approved', 'draft'))
        with self.assertRaisesRegex(UserError, 'goes the way of the program'):
            early.with_user(self.approver).action_open()
        program.with_user(self.approver).action_open()
        self.assertEqual((early.state, late.state), ('open', 'draft'))
        with self.assertRaisesRegex(UserError, 'goes the way of the program'):
            early.with_user(self.approver).action_close()
        program.with_user(self.approver).action_close()
        self.assertEqual((early.state, late.state), ('closed', 'cancelled'))

    def test_cancelled_with_their_program(self):
        program = self.open(self.draft())
        amendment = self.approve(self.amend(program))
        program.with_user(self.approver).action_cancel()
        self.assertEqual(amendment.state, 'cancelled')

    def test_an_amendment_alone_is_cancelled(self):
        program = self.open(self.draft())
        amendment = self.approve(self.amend(program))
        amendment.with_user(self.approver).action_cancel()
        self.assertEqual((amendment.state, program.state), ('cancelled', 'open'))
        self.assertEqual(program._get_versions(), program)

    def test_two_of_one_day(self):
        program = self.open(self.draft())
        self.approve(self.amend(program))
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.amend(program)


@tagged('post_install', '-at_install')
class TestRebateSentence(RebateProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('zh_CN')

    def assertSays(self, program, english, chinese):
        self.assertEqual(self.say(program), '\n'.join(english))
        self.assertEqual(self.say(program, 'zh_CN'), '\n'.join(chinese))

    def test_tiers(self):
        program = self.draft(
            grade_ids=(self.gold | self.silver).ids,
            category_ids=self.taps.ids,
            payout_cap=15000,
            minimum=500,
            condition_ids=[Command.create({'kind': 'overdue'})],
        )
        self.assertSays(
            program,
            [
                'From January 1, 2026 to December 31, 2026, every quarter, dealers of the tier Test Gold or Test Silver'
                ' earn on the untaxed amount invoiced for Taps.',
                'Sales at special prices do not count.',
                'They get 2 % from 100,000, 4 % from 300,000, and 6 % from 500,000: the band reached applies to'
                ' everything.',
                'A dealer gets at most CNY 15,000 a period.',
                'Less than CNY 500 is not paid, but carried to the next period; the last one pays all.',
                'Nothing is paid while the dealer has overdue invoices.',
                'It is paid by a credit note.',
            ],
            [
                '2026年1月1日至2026年12月31日，等级为Test Gold或Test Silver的经销商按Taps的开票未税金额每季度计算返利。',
                '特价销售不计入。',
                '满100,000返2%、满300,000返4%和满500,000返6%；全部按达到的档位计算。',
                '每家经销商每期最多返15,000 CNY。',
                '每期不足500 CNY的暂不支付，结转下期；最后一期全部结清。',
                '有逾期未付发票期间，不予返利。',
                '以红字发票（贷项通知单）兑付。',
            ],
        )

    def test_cash_against_a_target(self):
        criterion = self.env['dealer.rebate.criterion'].create({'name': 'Late report'})
        found = {'kind': 'criterion', 'criterion_id': criterion.id, 'effect': 'adjust', 'rate': -0.5}
        program = self.draft(
            basis='cash',
            driver='attainment',
            edge='strict',
            target=1000000,
            bands=[(60, 4), {'threshold': 100, 'rate': 6, 'has_excess_rate': True, 'excess_rate': 8}],
            condition_ids=[Command.create(found)],
            payout_method='wallet',
            wallet_max_share=30,
        )
        self.assertSays(
            program,
            [
                'From January 1, 2026 to December 31, 2026, every quarter, all dealers earn on the payments received.',
                'They get 4 % above 60 % of the target and 6 % (8 % on the part above) above 100 % of the target: the'
                ' band reached applies to everything.',
                'The target of a period is 1,000,000.',
                '0.5 % of the base is deducted for each time that "Late report" was found in the period.',
                "It goes into the dealer's rebate wallet, expires after 12 months, and pays at most 30 % of an order.",
            ],
            [
                '2026年1月1日至2026年12月31日，全部经销商按实际回款额每季度计算返利。',
                '目标完成率超过60%返4%和目标完成率超过100%返6%（超出部分8%）；全部按达到的档位计算。',
                '每期目标为1,000,000。',
                '期内每认定一次“Late report”，扣减计算基数的0.5%。',
                '返利转入经销商返利钱包，12个月后到期，每张订单最多抵扣30%。',
            ],
        )

    def test_growth(self):
        program = self.draft(
            period='year',
            driver='growth',
            growth_without_prior='new_dealer',
            growth_new_dealer_rate=0.5,
            bands=[(10, 0.5), (15, 0.7)],
            excluded_category_ids=self.sinks.ids,
            excluded_dealer_ids=self.dealer.ids,
            exclude_special_prices=False,
        )
        self.assertSays(
            program,
            [
                'From January 1, 2026 to December 31, 2026, every year, all dealers, except Golden, earn on the untaxed'
                ' amount invoiced for all products except Sinks.',
                'They get 0.5 % from a growth of 10 % and 0.7 % from a growth of 15 %: the band reached applies to'
                ' everything.',
                'Dealers without sales the year before earn 0.5 % of everything.',
                'It is paid by a credit note.',
            ],
            [
                '2026年1月1日至2026年12月31日，全部经销商（Golden除外）按除Sinks以外全部产品的开票未税金额每年计算返利。',
                '同比增长达到10%返0.5%和同比增长达到15%返0.7%；全部按达到的档位计算。',
                '上年同期无销售的经销商按全部金额的0.5%返利。',
                '以红字发票（贷项通知单）兑付。',
            ],
        )

    def test_free_goods(self):
        program = self.draft(
            measure='quantity',
            uom_id=self.env.ref('uom.product_uom_dozen').id,
            reward='free_goods',
            payout_method='free_goods',
            free_product_id=self.tap.id,
            product_tmpl_ids=self.sink.product_tmpl_id.ids,
            bands=[{'threshold': 0, 'buy_quantity': 10, 'free_quantity': 1}],
            period='whole',
        )
        self.env.ref('uom.product_uom_dozen').with_context(lang='zh_CN').name = '打'
        self.assertSays(
            program,
            [
                'From January 1, 2026 to December 31, 2026, all dealers earn once, at the end, on the quantity (Dozens)'
                ' invoiced for Sink.',
                'Sales at special prices do not count.',
                'They get 1 free for each 10.',
                'It is delivered as Tap, free of charge.',
            ],
            [
                '2026年1月1日至2026年12月31日，全部经销商按Sink的开票数量（打）于期末一次性计算返利。',
                '特价销售不计入。',
                '返利为每买10赠1。',
                '以Tap作为赠品免费发货。',
            ],
        )

    def test_every_choice_can_be_said(self):
        """No combination of options is left without a sentence."""
        said = 0
        for driver, edge in (
            (d, e) for d in ('measure', 'growth', 'attainment', 'mix') for e in ('inclusive', 'strict')
        ):
            for application in ('retroactive', 'marginal', 'rolling', 'total'):
                if driver == 'mix' and application in ('marginal', 'rolling'):
                    continue
                program = self.draft(
                    driver=driver,
                    edge=edge,
                    application=application,
                    target=5,
                    mix_category_ids=self.taps.ids,
                    bands=[(20, 1), (30, 2)],
                )
                self.assertRegex(self.say(program), 'They get 1 % .* and 2 % ')
                said += 1
        self.assertEqual(said, 28)

    def test_numbers_have_the_decimals_that_they_have(self):
        program = self.draft(bands=[(0.5, 2.25), (1234567.5, 3)], payout_cap=1500.5)
        self.assertIn('They get 2.25 % from 0.5 and 3 % from 1,234,567.5:', self.say(program))
        self.assertIn('at most CNY 1,500.5 a period', self.say(program))

    def test_nothing_is_said_before_it_says_when_and_how_much(self):
        self.assertFalse(self.env['dealer.rebate.program'].new({'title': 'New'}).sentence)

    def test_accountants_read_it(self):
        program = self.draft(dealer_type_ids=self.distributor.ids)
        self.assertIn('of the type Distributor', self.say(program.with_user(self.accountant)))
        Form(program.with_user(self.accountant))


@tagged('post_install', '-at_install')
class TestRebateFindings(RebateProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.diversion = cls.env.ref('dealer_management.dealer_rebate_criterion_diversion')
        cls.display = cls.env.ref('dealer_management.dealer_rebate_criterion_display')
        cls.line = cls.invoice(cls.dealer, '2026-02-01', (cls.tap, 10, 100)).invoice_line_ids
        cls.dealer.channel_account_manager_id = cls.users['staff_own']

    @classmethod
    def find(cls, user='staff', **vals):
        values = {'name': 'Seen', 'dealer_id': cls.dealer.id, 'criterion_id': cls.display.id, **vals}
        return cls.env['dealer.rebate.finding'].with_user(cls.users[user]).create(values)

    def divert(self, quantity, **vals):
        return self.find(criterion_id=self.diversion.id, move_line_id=self.line.id, quantity=quantity, **vals)

    def test_staff_write_and_managers_confirm(self):
        finding = self.find(user='staff_own', state='confirmed')
        self.assertEqual((finding.state, str(finding.date)), ('draft', '2026-02-10'))
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            finding.action_confirm()
        with self.assertRaisesRegex(UserError, 'by its buttons'):
            finding.state = 'confirmed'
        managed = finding.with_user(self.approver)
        managed.action_confirm()
        managed.action_confirm()
        self.assertEqual(finding.state, 'confirmed')
        with self.assertRaisesRegex(UserError, 'stays as it is'):
            managed.times = 3
        with self.assertRaisesRegex(UserError, 'kept on record'):
            managed.unlink()
        managed.action_cancel()
        managed.action_cancel()
        with self.assertRaisesRegex(UserError, 'has been withdrawn'):
            managed.action_confirm()

    def test_nobody_confirms_their_own(self):
        finding = self.find(user='manager').with_user(self.users['manager'])
        self.assertFalse(finding.may_confirm)
        with self.assertRaisesRegex(UserError, 'written "Seen" yourself'):
            finding.action_confirm()
        self.assertEqual(finding.state, 'draft')
        groups = 'dealer_management.group_dealer_manager'
        another = finding.with_user(new_test_user(self.env, 'another_manager', groups))
        self.assertTrue(another.may_confirm)
        another.action_confirm()
        self.assertEqual((finding.state, another.may_confirm), ('confirmed', False))

    def test_own_staff_find_about_their_own_dealers(self):
        other = self.make_dealer('Another')
        with self.assertRaises(AccessError):
            self.find(user='staff_own', dealer_id=other.id)

    def test_a_diverted_quantity_is_one_that_was_sold(self):
        with self.assertRaisesRegex(ValidationError, 'No more than 10'):
            self.divert(11)
        first, second = self.divert(6), self.divert(6)
        first.with_user(self.approver).action_confirm()
        with self.assertRaisesRegex(ValidationError, 'No more than 10'):
            second.with_user(self.approver).action_confirm()
        with self.assertRaisesRegex(ValidationError, 'No more than 10'):
            self.divert(5)
        self.divert(4).with_user(self.approver).action_confirm()

    def test_what_a_finding_cannot_say(self):
        other = self.make_dealer('Another')
        with self.assertRaisesRegex(ValidationError, 'is no diversion'):
            self.find(move_line_id=self.line.id, quantity=1)
        with self.assertRaisesRegex(ValidationError, 'name the invoice line'):
            self.find(criterion_id=self.diversion.id, quantity=1)
        with self.assertRaisesRegex(ValidationError, 'none of "Another"'):
            self.divert(1, dealer_id=other.id)
        with self.assertRaisesRegex(ValidationError, 'about dealers'):
            self.find(dealer_id=self.env['res.partner'].create({'name': 'Nobody'}).id)

    def test_a_criterion_that_was_found_stays_what_it_is(self):
        self.find().with_user(self.approver).action_confirm()
        with self.assertRaisesRegex(UserError, 'has been found already'):
            self.display.with_user(self.approver).is_diversion = True
        self.display.with_user(self.approver).name = 'Display'
