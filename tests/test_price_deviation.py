from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .price_common import PriceCase


class DeviationCase(PriceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.retail = cls.make_list('Retail', level='C')
        cls.add_rule(cls.retail, cls.tap, price=120)
        cls.add_rule(cls.retail, cls.sink, price=250)
        cls.golden.channel_account_manager_id = cls.users['staff_own']

    @classmethod
    def report(cls, price, dealer=None, user=None, **vals):
        return (
            cls.env['dealer.price.deviation']
            .with_user(user or cls.requester)
            .create(
                {
                    'dealer_id': (dealer or cls.golden).id,
                    'product_id': cls.tap.id,
                    'level_id': cls.levels['C'].id,
                    'price_seen': price,
                    'seen_at': 'A shop',
                    **vals,
                }
            )
        )

    @classmethod
    def confirm(cls, *args, **kwargs):
        deviation = cls.report(*args, **kwargs)
        deviation.with_user(cls.approver).action_confirm()
        return deviation


@tagged('post_install', '-at_install')
class TestPriceDeviation(DeviationCase):
    """What was seen against what was suggested on the day, and who is alerted."""

    def test_deviation_and_snapshot(self):
        deviation = self.report(96)
        self.assertRegex(deviation.name, r'^PV\d+$')
        self.assertEqual(
            (deviation.state, deviation.pricelist_id, deviation.suggested_price), ('reported', self.retail, 120)
        )
        self.assertAlmostEqual(deviation.deviation, -20)
        self.assertTrue(deviation.is_beyond_tolerance)
        self.retail.item_ids.fixed_price = 500
        deviation.note = 'Seen again'
        self.assertEqual(deviation.suggested_price, 120, 'As it was on the day.')
        self.assertAlmostEqual(self.report(150, product_id=self.tap.id).deviation, -70)

    def test_alert_beyond_the_tolerance_only(self):
        self.company.dealer_resale_tolerance = 5
        for price, alerted in ((114, False), (113.98, True), (126, False), (126.02, True), (120, False)):
            with self.subTest(price):
                deviation = self.report(price)
                self.assertEqual(bool(deviation.alert_date), alerted)
                self.assertEqual(
                    deviation.sudo().activity_ids.user_id, self.users['staff_own'] if alerted else self.env['res.users']
                )

    def test_alert_goes_to_the_approvers_where_nobody_else_looks_after_the_dealer(self):
        without = self.report(60, dealer=self.silvery)
        self.assertIn(self.approver, without.sudo().activity_ids.user_id)
        own = self.report(60, user=self.users['staff_own'])
        self.assertIn(self.approver, own.sudo().activity_ids.user_id)
        self.assertNotIn(self.users['staff_own'], own.sudo().activity_ids.user_id)

    def test_alert_once(self):
        deviation = self.report(119)
        self.assertFalse(deviation.sudo().activity_ids)
        deviation.price_seen = 60
        deviation.price_seen = 50
        self.assertEqual(len(deviation.sudo().activity_ids), 1)

    def test_several_lists_leave_the_choice_to_the_user(self):
        self.make_list('Retail, north', level='C', percent=0)
        with Form(self.env['dealer.price.deviation'].with_user(self.requester)) as form:
            form.dealer_id = self.golden
            form.product_id = self.tap
            self.assertFalse(form.pricelist_id)
            form.pricelist_id = self.retail
            form.price_seen = 60
            form.seen_at = 'A shop'
        self.assertEqual(form.record.suggested_price, 120)
        self.assertEqual(form.record.level_id, self.levels['C'], 'What consumers pay is what people see.')

    def test_the_list_is_the_one_of_the_day(self):
        newer = self.make_list('Retail, new', level='C', date_start='2026-05-03', replaces_id=self.retail.id)
        self.add_rule(newer, self.tap, price=130)
        self.assertEqual(self.report(130).pricelist_id, newer)
        self.assertEqual(self.report(130, date_seen='2026-05-02').suggested_price, 120)
        newer.active = False
        self.assertEqual(self.report(130).pricelist_id, self.retail)

    def test_what_cannot_be_reported(self):
        with self.assertRaisesRegex(ValidationError, 'is none'):
            self.report(60, dealer=self.customer)
        with self.assertRaisesRegex(ValidationError, 'suggests no price for'):
            self.report(60, product_id=self.product.id)
        with self.assertRaisesRegex(ValidationError, 'Nobody has seen'):
            self.report(60, date_seen='2026-05-05')
        with self.assertRaisesRegex(ValidationError, 'suggests no prices of the level'):
            self.report(60, level_id=self.levels['B'].id, pricelist_id=self.retail.id)
        dealers_list = self.make_list('Dealers', percent=10)
        with self.assertRaisesRegex(ValidationError, 'suggests no prices of the level'):
            self.report(60, level_id=self.levels['A'].id, pricelist_id=dealers_list.id)
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.report(-1)

    # ------------------------------------------------------------------- Flow

    def test_confirmed_and_settled(self):
        deviation = self.report(96)
        with self.assertRaises(AccessError):
            deviation.action_confirm()
        deviation.with_user(self.approver).action_confirm('Seen by two of us')
        self.assertEqual((deviation.state, deviation.approver_id), ('confirmed', self.approver))
        deviation.with_user(self.approver).action_confirm()  # twice is once
        self.assertIn(self.users['staff_own'], deviation.sudo().activity_ids.user_id, 'Still to be settled.')
        with self.assertRaisesRegex(UserError, 'give a reason'):
            deviation.with_user(self.approver).action_settle()
        with self.assertRaises(AccessError):
            deviation.action_settle('Done')
        self.env['dealer.reason.wizard'].with_user(self.approver).with_context(active_ids=deviation.ids).create(
            {'step': 'deviation_settle', 'reason': 'Price put right'}
        ).action_apply()
        self.assertEqual((deviation.state, deviation.settlement), ('settled', 'Price put right'))
        self.assertNotIn(self.users['staff_own'], deviation.sudo().activity_ids.user_id)

    def test_dismissed_with_an_answer(self):
        deviation = self.report(96)
        with self.assertRaisesRegex(UserError, 'give a reason'):
            deviation.with_user(self.approver).action_dismiss('  ')
        self.env['dealer.reason.wizard'].with_user(self.approver).with_context(active_ids=deviation.ids).create(
            {'step': 'deviation_dismiss', 'reason': 'A promotion with consent'}
        ).action_apply()
        self.assertEqual((deviation.state, deviation.answer), ('dismissed', 'A promotion with consent'))
        with self.assertRaisesRegex(UserError, 'not waiting'):
            deviation.with_user(self.approver).action_confirm()
        with self.assertRaisesRegex(UserError, 'Only a confirmed'):
            deviation.with_user(self.approver).action_settle('No')

    def test_nobody_decides_on_an_own_report(self):
        deviation = self.report(96, user=self.approver)
        self.assertFalse(deviation.may_decide)
        for step in (deviation.action_confirm, lambda: deviation.action_dismiss('No')):
            with self.assertRaisesRegex(UserError, 'yourself'):
                step()

    def test_nothing_is_decided_by_writing(self):
        forged = {
            'state': 'confirmed',
            'approver_id': self.approver.id,
            'requester_id': self.approver.id,
            'settlement': 'Done',
        }
        deviation = self.report(96, **forged)
        self.assertEqual((deviation.state, deviation.requester_id), ('reported', self.requester))
        self.assertFalse(deviation.approver_id or deviation.settlement)
        for name, value in forged.items():
            with self.subTest(name), self.assertRaises(AccessError):
                deviation.write({name: value})
        deviation.with_user(self.approver).action_confirm()
        for vals in ({'price_seen': 1}, {'dealer_id': self.silvery.id}, {'pricelist_id': self.retail.id}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'what was seen stands'):
                deviation.write(vals)
        with self.assertRaisesRegex(UserError, 'kept on record'):
            deviation.unlink()
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            deviation.sudo().approver_id = self.requester
            self.env.flush_all()

    def test_own_staff_see_their_own_dealers(self):
        own, other = self.report(96), self.report(96, dealer=self.silvery)
        found = self.env['dealer.price.deviation'].with_user(self.users['staff_own'])
        self.assertEqual(found.search([('id', 'in', (own | other).ids)]), own)
        with self.assertRaises(AccessError):
            self.report(96, dealer=self.silvery, user=self.users['staff_own'])

    def test_what_was_suggested_is_found_and_not_written(self):
        deviation = self.report(96, suggested_price=100, deviation=1, is_beyond_tolerance=False)
        self.assertEqual((deviation.suggested_price, deviation.deviation), (120, -20))
        self.assertTrue(deviation.is_beyond_tolerance)
        forged = self.env['dealer.price.deviation'].with_user(self.requester).with_context(default_suggested_price=96)
        forged = forged.create(deviation.copy_data()[0])
        self.assertEqual(forged.suggested_price, 120)
        for name in ('suggested_price', 'deviation'):
            with self.subTest(name), self.assertRaises(AccessError):
                deviation.with_user(self.requester).write({name: 1})

    def test_companies_see_their_own(self):
        other = self.env['res.company'].create({'name': 'Other'})
        deviation = self.report(96, user=self.env.user, company_id=other.id)
        found = self.env['dealer.price.deviation'].with_user(self.approver).search([('id', '=', deviation.id)])
        self.assertFalse(found)


@tagged('post_install', '-at_install')
class TestResaleRule(DeviationCase):
    """By default an alert; a rule on orders only where the company has chosen so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deviation = cls.confirm(96)

    def settle(self):
        self.deviation.with_user(self.approver).action_settle('Done')

    def test_the_default_only_alerts(self):
        self.assertEqual(self.company.dealer_resale_policy, 'alert')
        self.assertFalse(self.make_quotation(self.golden)._get_channel_refusal())
        self.make_quotation(self.golden).action_confirm()

    def test_orders_wait_by_choice(self):
        self.company.dealer_resale_policy = 'rule'
        order = self.make_quotation(self.golden)
        with self.assertRaisesRegex(UserError, f'wait until that is settled .{self.deviation.name}'):
            order.action_confirm()
        self.make_quotation(self.golden, (self.sink, 1)).action_confirm()
        self.make_quotation(self.silvery).action_confirm()
        self.make_quotation(self.customer).action_confirm()
        self.settle()
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_what_is_only_reported_or_dismissed_stops_nothing(self):
        self.company.dealer_resale_policy = 'rule'
        self.settle()
        self.report(60)
        self.report(60).with_user(self.approver).action_dismiss('Another seller')
        self.make_quotation(self.golden).action_confirm()

    def test_whichever_way_it_comes(self):
        self.company.dealer_resale_policy = 'rule'
        branch = self.env['res.partner'].create({'name': 'Branch', 'parent_id': self.golden.id})
        confirmed = self.make_quotation(self.golden, (self.sink, 5))
        confirmed.action_confirm()
        elsewhere = self.make_quotation(self.customer)
        elsewhere.action_confirm()
        line = {'product_id': self.tap.id, 'product_uom_qty': 1}
        attempts = {
            'created as confirmed': lambda: self.make_quotation(self.golden, state='sale'),
            'state written': lambda: self.make_quotation(self.golden).write({'state': 'sale'}),
            'a branch': lambda: self.make_quotation(branch).action_confirm(),
            'line added': lambda: confirmed.write({'order_line': [Command.create(line)]}),
            'line created': lambda: self.env['sale.order.line'].create({'order_id': confirmed.id, **line}),
            'line moved': lambda: self.make_quotation(self.golden).order_line.write({'order_id': confirmed.id}),
            'customer changed': lambda: elsewhere.write({'partner_id': self.golden.id}),
        }
        for name, attempt in attempts.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, 'wait until'):
                attempt()

    def test_what_was_confirmed_goes_on(self):
        order = self.make_quotation(self.golden)
        order.action_confirm()
        self.company.dealer_resale_policy = 'rule'
        order.note = 'Mind the step'
        order.order_line.product_uom_qty = 5
        with self.assertRaisesRegex(UserError, 'wait until'):
            order.order_line.product_uom_qty = 50

    def test_a_dealer_is_told_whom_to_ask(self):
        self.company.dealer_resale_policy = 'rule'
        order = self.make_quotation(self.golden)
        self.patch(self.registry['sale.order'], '_is_told_to_staff', lambda orders: False)
        message = order._get_channel_refusal()
        self.assertIn('ask your channel account manager', message)
        self.assertNotIn(self.deviation.name, message)

    def test_other_companies_keep_their_own_rule(self):
        other = self.env['res.company'].create({'name': 'Other', 'dealer_resale_policy': 'rule'})
        self.assertEqual(other.dealer_resale_policy, 'rule')
        self.make_quotation(self.golden).action_confirm()

    def count_confirming(self, partner):
        order = self.make_quotation(partner)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        order.action_confirm()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_no_query_where_there_is_no_rule(self):
        """The same confirmations with the rule taken out."""
        partners = {'alert': self.golden, 'rule': self.customer}
        with_rule = {}
        for policy, partner in partners.items():
            self.company.dealer_resale_policy = policy
            self.count_confirming(partner)  # warms what is cached
            with_rule[policy] = self.count_confirming(partner)
        self.patch(self.registry['sale.order.line'], '_get_resale_refusal', lambda lines: False)
        for policy, partner in partners.items():
            self.company.dealer_resale_policy = policy
            with self.subTest(policy):
                self.assertEqual(self.count_confirming(partner), with_rule[policy])
