from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .territory_common import TerritoryCase


@tagged('post_install', '-at_install')
class TestOrderTerritory(TerritoryCase):
    """What becomes of orders, by the company's rule, whichever way they come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dealer_territory_policy = 'block'
        cls.grant_a = cls.grant(cls.a, cls.guangdong, carveouts=[(cls.guangzhou, cls.p1)], date_to='2030-12-31')
        cls.grant_b = cls.grant(
            cls.b, cls.guangzhou, product_tmpl_ids=cls.p1.product_tmpl_id, date_from='2026-01-01', date_to='2030-12-31'
        )
        cls.in_guangzhou = cls.make_address(cls.a, '广州市')
        cls.in_shenzhen = cls.make_address(cls.a, '深圳市')
        cls.in_hunan = cls.make_address(cls.a, '长沙市', cls.hunan_state)
        cls.seller = new_test_user(cls.env, 'test_seller', 'sales_team.group_sale_salesman_all_leads')
        cls.customer = cls.env['res.partner'].create({'name': 'Customer', 'country_id': cls.china.id})

    def verdicts(self, order):
        return [(line.territory_verdict, line.territory_id, line.authorization_id) for line in order.order_line]

    def set_policy(self, policy):
        self.company.dealer_territory_policy = policy

    # --------------------------------------------------------------- Verdicts

    def test_T1_order_belongs_to_whom_it_was_carved_out_for(self):
        order = self.make_order_to(self.b, self.in_guangzhou, self.p1)
        order.with_user(self.seller).action_confirm()
        self.assertEqual(self.verdicts(order), [('authorized', self.guangzhou, self.grant_b)])
        order = self.make_order_to(self.a, self.in_guangzhou, self.p2)
        order.with_user(self.seller).action_confirm()
        self.assertEqual(self.verdicts(order), [('authorized', self.guangzhou, self.grant_a)])

    def test_T2_order_of_the_day(self):
        self.grant_b.with_user(self.approver).action_revoke('Room for the test')
        self.grant(self.c, self.hunan, date_to='2026-06-30')
        self.grant(self.d, self.hunan, date_from='2026-07-01')
        for day, dealer, other in (('2026-06-30', self.c, self.d), ('2026-07-01', self.d, self.c)):
            with freeze_time(f'{day} 04:00'), self.subTest(day):
                order = self.make_order_to(dealer, self.in_hunan)
                order.action_confirm()
                self.assertEqual(order.order_line.territory_verdict, 'authorized')
                with self.assertRaisesRegex(UserError, f'another dealer holds.*{dealer.name}'):
                    self.make_order_to(other, self.in_hunan).action_confirm()

    def test_order_dated_back_is_judged_by_its_date(self):
        self.grant(self.c, self.hunan, date_from='2026-01-01', date_to='2026-03-31')
        order = self.make_order_to(self.c, self.in_hunan, date_order='2026-03-31 04:00:00', state='sale')
        self.assertEqual(order.order_line.territory_verdict, 'authorized')
        with self.assertRaisesRegex(UserError, 'holds no grant'):
            order.date_order = '2026-04-01 04:00:00'

    def test_T3_block(self):
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1, self.p2)
        with self.assertRaisesRegex(UserError, 'P1.*another dealer holds.*Dealer B.*Such an order is not accepted'):
            order.with_user(self.seller).action_confirm()
        self.assertEqual((order.state, order.order_line.mapped('territory_verdict')), ('draft', [False, False]))

    def test_no_grant(self):
        with self.assertRaisesRegex(UserError, '"Dealer A" holds no grant for .*P1.* in "湖南"'):
            self.make_order_to(self.a, self.in_hunan).with_user(self.seller).action_confirm()
        nowhere = self.make_address(self.a, '杭州市', self.env.ref('base.state_cn_ZJ'))
        with self.assertRaisesRegex(UserError, 'lies in no territory'):
            self.make_order_to(self.a, nowhere).with_user(self.seller).action_confirm()

    def test_direct_sale(self):
        there = self.make_address(self.customer, '广州市')
        with self.assertRaisesRegex(UserError, 'another dealer holds.*Dealer B'):
            self.make_order_to(self.customer, there, self.p1).action_confirm()
        free = self.make_order_to(self.customer, self.make_address(self.customer, '长沙', self.hunan_state))
        free.action_confirm()
        self.assertEqual(self.verdicts(free), [('open', self.hunan, self.grant_a.browse())])

    def test_sole_leaves_room_for_ourselves(self):
        self.grant(self.c, self.hunan, kind='sole')
        there = self.make_address(self.customer, '长沙', self.hunan_state)
        order = self.make_order_to(self.customer, there)
        order.action_confirm()
        self.assertEqual(order.order_line.territory_verdict, 'open')
        with self.assertRaisesRegex(UserError, 'another dealer holds.*Dealer C'):
            self.make_order_to(self.a, self.in_hunan).action_confirm()

    def test_day_of_the_order_is_no_key(self):
        """Whoever may choose the day chooses one without the grant; today counts as well."""
        orders = self.env['sale.order'].with_user(self.seller)
        for day in ('2025-05-01 10:00:00', '2031-05-01 10:00:00'):
            order = self.make_order_to(self.customer, self.make_address(self.customer, '广州市'), self.p1)
            with self.assertRaisesRegex(UserError, 'another dealer holds'):
                order.with_user(self.seller).write({'state': 'sale', 'date_order': day})
            with self.assertRaisesRegex(UserError, 'another dealer holds'):
                orders.create(
                    {
                        'partner_id': self.customer.id,
                        'partner_shipping_id': order.partner_shipping_id.id,
                        'order_line': [Command.create({'product_id': self.p1.id})],
                        'state': 'sale',
                        'date_order': day,
                    }
                )
        order = self.make_order_to(self.customer, self.make_address(self.customer, '长沙', self.hunan_state), self.p1)
        order.with_user(self.seller).action_confirm()
        order.with_user(self.seller).date_order = '2025-05-01 10:00:00'
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            order.with_user(self.seller).partner_shipping_id = self.in_guangzhou

    def test_state_of_a_line_is_no_key(self):
        order = self.make_order_to(self.b, self.in_guangzhou, self.p1)
        order.action_confirm()
        self.grant_b.with_user(self.approver).action_revoke('Ended')
        line = order.order_line.with_user(self.seller)
        line.state = 'draft'
        with self.assertRaisesRegex(UserError, 'holds no grant'):
            line.product_uom_qty = 11

    def test_payer_of_another_house_has_to_be_entitled_too(self):
        order = self.make_order_to(self.b, self.make_address(self.a, '广州市'), self.p1, partner_invoice_id=self.a.id)
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            order.action_confirm()
        branch = self.make_dealer('Branch of B', upstream_dealer_id=self.b.id)
        self.make_order_to(self.b, self.in_guangzhou, self.p1, partner_invoice_id=branch.id).action_confirm()

    def test_vague_addresses(self):
        for vals in (
            {'state_id': False, 'zip': '510000'},
            {'state_id': False, 'country_id': False},
            {'city': '广东省广州市'},
            {'city': '广州市天河区'},
        ):
            self.company.country_id = self.china
            there = self.make_address(self.customer, '广州市')
            there.write(vals)
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'another dealer holds'):
                self.make_order_to(self.customer, there, self.p1).action_confirm()

    def test_request_is_not_approved_by_a_default(self):
        self.set_policy('approval')
        self.env['ir.default'].with_user(self.seller).set('dealer.territory.exception', 'state', 'approved', True)
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1).with_user(self.seller)
        order.action_request_territory_approval('<a href="http://evil.example">x</a>')
        request = order.territory_exception_ids
        self.assertEqual((request.state, request.approver_id.id), ('requested', False))
        self.assertNotIn('<a href', request.sudo().activity_ids[0].note)
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.action_confirm()

    def test_second_level_dealer_sells_under_its_suppliers_grant(self):
        second = self.make_dealer('Second', upstream_dealer_id=self.b.id)
        third = self.make_dealer('Third', upstream_dealer_id=second.id)
        for dealer in (second, third):
            order = self.make_order_to(dealer, self.in_guangzhou, self.p1)
            order.action_confirm()
            self.assertEqual(order.order_line.authorization_id, self.grant_b)

    def test_delivery_to_another_dealer_is_no_order_of_that_dealers(self):
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            self.make_order_to(self.a, self.make_address(self.b, '广州市'), self.p1).action_confirm()

    def test_channels(self):
        self.grant(self.c, self.hunan, channel_ids=self.web)
        there = self.make_address(self.c, '长沙市', self.hunan_state)
        order = self.make_order_to(self.c, there, dealer_channel_id=self.shop.id)
        with self.assertRaisesRegex(UserError, 'holds no grant'):
            order.action_confirm()
        order.dealer_channel_id = self.web
        order.action_confirm()
        self.assertEqual(order.order_line.territory_verdict, 'authorized')
        with self.assertRaisesRegex(UserError, 'holds no grant'):
            order.dealer_channel_id = self.shop

    def test_unknown_channel_must_be_nobody_elses(self):
        there = self.make_address(self.c, '长沙市', self.hunan_state)
        self.grant(self.c, self.hunan, channel_ids=self.web)
        order = self.make_order_to(self.c, there)
        order.action_confirm()
        self.assertEqual(order.order_line.territory_verdict, 'authorized')
        self.grant(self.d, self.hunan, channel_ids=self.shop)
        with self.assertRaisesRegex(UserError, 'another dealer holds.*Dealer D'):
            self.make_order_to(self.c, there).action_confirm()
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            self.make_order_to(self.customer, there).action_confirm()
        self.make_order_to(self.c, there, dealer_channel_id=self.web.id).action_confirm()

    def test_type_of_dealer_proposes_the_channel(self):
        self.c.dealer_type_id.channel_id = self.web
        self.assertEqual(self.make_order_to(self.c, self.c).dealer_channel_id, self.web)
        self.assertFalse(self.make_order_to(self.customer, self.customer).dealer_channel_id)

    def test_queries_of_twenty_lines(self):
        """Judging adds a fixed number of queries, whatever the number of lines; without a rule, none."""

        def count(policy, lines):
            self.set_policy(policy)
            order = self.make_order_to(self.b, self.in_guangzhou, *[self.p1] * lines)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            verdicts = order.order_line._judge_territory(today=True)
            self.assertEqual(len(verdicts), lines if policy != 'off' else 0)
            return self.env.cr.sql_log_count - before

        count('block', 1)
        self.assertEqual(count('block', 20), count('block', 1))
        # Of a cold cache: order, lines, contacts, product, category and company, then the two questions.
        self.assertLessEqual(count('block', 20) - count('off', 20), 7)

    # --------------------------------------------------------------- Policies

    def test_off_judges_nothing(self):
        self.set_policy('off')
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        order.action_confirm()
        self.assertFalse(order.order_line.territory_verdict)

    def test_warn_says_so_and_goes_on(self):
        self.set_policy('warn')
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        self.assertIn('another dealer holds', order.territory_warning)
        messages = order.message_ids
        order.action_confirm()
        self.assertEqual(self.verdicts(order), [('exclusive', self.guangzhou, self.grant_b)])
        self.assertIn('another dealer holds', str((order.message_ids - messages).mapped('body')))

    def test_tier_has_a_rule_of_its_own(self):
        self.a.grade_id = self.gold
        self.gold.territory_policy = 'off'
        self.make_order_to(self.a, self.in_guangzhou, self.p1).action_confirm()
        self.set_policy('off')
        self.gold.territory_policy = 'block'
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            self.make_order_to(self.a, self.in_guangzhou, self.p1).action_confirm()

    def test_T3_approval(self):
        self.set_policy('approval')
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1, user_id=self.seller.id)
        mine = order.with_user(self.seller)
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            mine.action_confirm()
        self.assertTrue(mine.territory_approval_needed)
        with self.assertRaisesRegex(UserError, 'reason'):
            mine.action_request_territory_approval('  ')
        mine.action_request_territory_approval('Project of the same group')
        request = order.territory_exception_ids
        self.assertEqual((request.state, request.requester_id), ('requested', self.seller))
        self.assertEqual(
            (request.line_ids.territory_id, request.line_ids.authorization_id, request.line_ids.quantity),
            (self.guangzhou, self.grant_b, 2),
        )
        self.assertIn(self.approver, request.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            mine.action_confirm()
        with self.assertRaises(AccessError):
            request.with_user(self.seller).action_approve()
        request.with_user(self.approver).action_approve('Once')
        self.assertEqual((request.state, request.approver_id), ('approved', self.approver))
        mine.invalidate_recordset()
        self.assertFalse(mine.territory_warning)
        mine.action_confirm()
        self.assertEqual(self.verdicts(order), [('exclusive', self.guangzhou, self.grant_b)])

    def test_approval_of_ones_own_request(self):
        self.set_policy('approval')
        self.approver.group_ids |= self.env.ref('sales_team.group_sale_salesman_all_leads')
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        order.with_user(self.approver).action_request_territory_approval('I want it')
        with self.assertRaisesRegex(UserError, 'somebody else has to decide'):
            order.territory_exception_ids.with_user(self.approver).action_approve()
        self.assertEqual(order.territory_exception_ids.state, 'requested')

    def approved_order(self, *products):
        self.set_policy('approval')
        order = self.make_order_to(self.a, self.in_guangzhou, *products or [self.p1])
        order.with_user(self.seller).action_request_territory_approval('Once')
        order.territory_exception_ids.with_user(self.approver).action_approve()
        return order

    def test_approval_holds_for_what_was_asked(self):
        order = self.approved_order()
        order.order_line.product_uom_qty = 3
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.action_confirm()
        order.order_line.product_uom_qty = 1
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.order_line.product_uom_qty = 5
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.order_line = [Command.create({'product_id': self.p1.id, 'product_uom_qty': 1})]
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.partner_shipping_id = self.in_hunan
        order.order_line = [Command.create({'product_id': self.p2.id, 'product_uom_qty': 1})]

    def test_approval_of_another_address_before_it_is_set(self):
        self.set_policy('approval')
        order = self.make_order_to(self.a, self.in_shenzhen, self.p1)
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.partner_shipping_id = self.in_guangzhou
        order.with_user(self.seller).action_request_territory_approval('They moved', self.in_guangzhou.id)
        order.territory_exception_ids.with_user(self.approver).action_approve()
        order.partner_shipping_id = self.in_guangzhou
        self.assertEqual(self.verdicts(order), [('exclusive', self.guangzhou, self.grant_b)])

    def test_refused_request_can_be_made_again(self):
        self.set_policy('approval')
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        order.with_user(self.seller).action_request_territory_approval('Please')
        order.territory_exception_ids.with_user(self.approver).action_refuse('No')
        self.assertEqual(order.territory_exception_ids.activity_ids.user_id, self.seller)
        with self.assertRaisesRegex(UserError, 'decided already'):
            order.territory_exception_ids.with_user(self.approver).action_approve()
        order.with_user(self.seller).action_request_territory_approval('Now with a letter')
        self.assertEqual(order.territory_exception_ids.mapped('state'), ['requested', 'refused'])

    def test_nothing_to_approve(self):
        self.set_policy('approval')
        order = self.make_order_to(self.b, self.in_guangzhou, self.p1)
        with self.assertRaisesRegex(UserError, 'needs an approval'):
            order.action_request_territory_approval('Why not')

    def test_request_is_not_written_by_hand(self):
        order = self.approved_order()
        request = order.territory_exception_ids
        for user in (self.seller, self.approver):
            with self.assertRaises(AccessError):
                request.line_ids.with_user(user).quantity = 100
        with self.assertRaises(AccessError):
            request.with_user(self.seller).state = 'approved'
        with self.assertRaises(AccessError):
            self.env['dealer.territory.exception'].with_user(self.approver).create(
                {'order_id': order.id, 'partner_shipping_id': self.a.id, 'reason': 'x', 'state': 'approved'}
            )
        with self.assertRaisesRegex(AccessError, 'by its steps'):
            request.with_user(self.approver).write({'state': 'requested', 'requester_id': self.seller.id})

    # --------------------------------------------------------------- Any way in

    def test_every_way_into_a_confirmed_order(self):
        vals = {
            'partner_id': self.a.id,
            'partner_shipping_id': self.in_guangzhou.id,
            'order_line': [Command.create({'product_id': self.p1.id, 'product_uom_qty': 1})],
        }
        orders = self.env['sale.order'].with_user(self.seller)
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            orders.create({**vals, 'state': 'sale'})
        order = orders.create(vals)
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            order.write({'state': 'sale'})
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            (order | orders.create({**vals, 'order_line': []})).action_confirm()
        confirmed = self.make_order_to(self.a, self.in_guangzhou, self.p2).with_user(self.seller)
        confirmed.action_confirm()
        for change in (
            {'order_line': vals['order_line']},
            {'order_line': [Command.update(confirmed.order_line.id, {'product_uom_qty': 0}), *vals['order_line']]},
            {'partner_shipping_id': self.in_hunan.id},
            {'partner_id': self.c.id, 'partner_invoice_id': self.c.id},
        ):
            with self.subTest(change), self.assertRaisesRegex(UserError, 'another dealer holds|holds no grant'):
                confirmed.write(change)
        messages = orders.load(
            ['partner_id/.id', 'partner_shipping_id/.id', 'state', 'order_line/product_id/.id'],
            [[str(self.a.id), str(self.in_guangzhou.id), 'sale', str(self.p1.id)]],
        )['messages']
        self.assertIn('another dealer holds', messages[0]['message'])

    def test_verdict_is_not_written(self):
        order = self.make_order_to(self.b, self.in_guangzhou, self.p1)
        with self.assertRaisesRegex(AccessError, 'found, not written'):
            order.order_line.with_user(self.seller).territory_verdict = 'authorized'
        order.action_confirm()
        self.assertFalse(order.copy().order_line.territory_verdict)

    def test_forged_judgement_in_the_context(self):
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        for forged in (True, {'order_ids': order.ids, 'verdicts': {}}, [order.id]):
            with self.assertRaisesRegex(UserError, 'another dealer holds'):
                order.with_user(self.seller).with_context(territory_judgement=forged).action_confirm()

    def test_side_lines_are_not_judged(self):
        order = self.make_order_to(self.a, self.in_hunan, self.p1)
        order.order_line = [
            Command.clear(),
            Command.create({'display_type': 'line_section', 'name': 'Section'}),
            Command.create(
                {
                    'product_id': self.env['product.product'].create({'name': 'Freight', 'type': 'service'}).id,
                    'is_expense': True,
                    'product_uom_qty': 1,
                }
            ),
        ]
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_address_changed_on_the_way_to_confirmation(self):
        """Another module writes the order between the question and the confirmation, or after it."""
        order = self.make_order_to(self.a, self.in_shenzhen, self.p1)
        elsewhere = self.in_guangzhou

        def redirect(orders):
            orders.partner_shipping_id = elsewhere

        with (
            patch.object(type(order), '_action_confirm', redirect),
            self.assertRaisesRegex(UserError, 'another dealer'),
        ):
            order.action_confirm()
        prepare = type(order)._prepare_confirmation_values

        def add_line(orders):
            orders.order_line = [Command.create({'product_id': self.p1.id, 'product_uom_qty': 1})]
            orders.partner_shipping_id = elsewhere
            return prepare(orders)

        with (
            patch.object(type(order), '_prepare_confirmation_values', add_line),
            self.assertRaisesRegex(UserError, 'another dealer'),
        ):
            order.action_confirm()

    def test_day_changes_where_the_company_is(self):
        self.company.partner_id.tz = 'Asia/Shanghai'
        self.grant(self.c, self.hunan, date_to='2026-04-30')
        order = self.make_order_to(self.c, self.in_hunan, date_order='2026-04-30 15:00:00', state='sale')
        with self.assertRaisesRegex(UserError, 'holds no grant'):
            order.date_order = '2026-04-30 17:00:00'

    def test_branch_keeps_the_rule_of_its_company(self):
        branch = self.env['res.company'].create({'name': 'Branch', 'parent_id': self.company.id})
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1, company_id=branch.id)
        self.assertEqual(order._get_territory_policy(), 'block')

    def test_other_readers_of_orders(self):
        """Warehouse and accounting open orders as ever."""
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        for group in (
            'account.group_account_invoice',
            'account.group_account_user',
            'sales_team.group_sale_salesman_all_leads',
        ):
            with self.subTest(group):
                user = new_test_user(self.env, 'reader_' + group.replace('.', '_'), group)
                with Form(order.with_user(user)) as form:
                    self.assertTrue(form.partner_id)
        keeper = new_test_user(self.env, 'reader_stock', 'stock.group_stock_user')
        names = [name for name in order._fields if name.startswith('territory_') and name != 'territory_exception_ids']
        self.assertTrue(order.with_user(keeper).read([*names, 'dealer_channel_id']))

    def test_salespeople_see_requests_for_their_own_orders(self):
        order = self.approved_order()
        order.user_id = self.seller
        for login, groups, seen in (
            ('own', 'sales_team.group_sale_salesman', False),
            ('all', 'sales_team.group_sale_salesman_all_leads', True),
            ('own_staff', 'sales_team.group_sale_salesman,dealer_management.group_dealer_staff', True),
        ):
            user = new_test_user(self.env, f'seller_{login}', groups)
            for model in ('dealer.territory.exception', 'dealer.territory.exception.line'):
                self.assertEqual(bool(self.env[model].with_user(user).search([])), seen, login)

    def test_approval_is_for_its_buyer_and_its_address(self):
        order = self.approved_order()
        order.partner_id = self.d
        order.write({'partner_shipping_id': self.in_guangzhou.id})
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.action_confirm()
        nowhere = [self.make_address(self.a, city, self.env.ref('base.state_cn_ZJ')) for city in ('杭州', '宁波')]
        order = self.make_order_to(self.a, nowhere[0], self.p1)
        order.with_user(self.seller).action_request_territory_approval('Once')
        order.territory_exception_ids.with_user(self.approver).action_approve()
        order.partner_shipping_id = nowhere[1]
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            order.action_confirm()
        order.partner_shipping_id = nowhere[0]
        order.action_confirm()

    # --------------------------------------------------------------- Deliveries

    def validate(self, picking, quantity=2):
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()

    def test_delivery_made_anew_for_another_address(self):
        with freeze_time('2026-05-03 04:00'):
            elsewhere = self.in_guangzhou
        order = self.make_order_to(self.a, self.in_shenzhen, self.p1)
        order.action_confirm()
        other = order.picking_ids.copy({'partner_id': elsewhere.id, 'move_ids': []})
        order.picking_ids.move_ids.picking_id = other
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            self.validate(other)

    def test_more_delivered_than_approved(self):
        order = self.approved_order()
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'Ask for Approval'):
            self.validate(order.picking_ids, 500)
        self.validate(order.picking_ids, 2)
        self.assertEqual(order.picking_ids.state, 'done')

    def test_goods_added_in_the_warehouse(self):
        order = self.make_order_to(self.a, self.in_guangzhou, self.p2)
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids = [
            Command.create(
                {
                    'product_id': self.p1.id,
                    'product_uom_qty': 5,
                    'product_uom': self.p1.uom_id.id,
                    'location_id': picking.location_id.id,
                    'location_dest_id': picking.location_dest_id.id,
                }
            )
        ]
        picking.action_confirm()
        with self.assertRaisesRegex(UserError, 'P1.*another dealer holds'):
            self.validate(picking)

    def test_delivery_redirected(self):
        order = self.make_order_to(self.a, self.in_shenzhen, self.p1)
        order.action_confirm()
        with self.assertRaisesRegex(UserError, 'another dealer holds'):
            order.picking_ids.partner_id = self.in_guangzhou
        order.picking_ids.partner_id = self.make_address(self.a, '深圳')
        self.assertEqual(order.order_line.territory_verdict, 'authorized')

    def test_address_edited_after_the_order(self):
        with freeze_time('2020-01-01'):
            order = self.make_order_to(self.a, self.in_shenzhen, self.p1)
            self.grant(self.a, self.shenzhen, date_from='2020-01-01', date_to='2020-12-31')
            order.action_confirm()
        self.in_shenzhen.city = '广州市'
        self.env.flush_all()
        order.picking_ids.move_ids.quantity = 2
        order.picking_ids.move_ids.picked = True
        with self.assertRaisesRegex(UserError, 'holds no grant|another dealer holds'):
            order.picking_ids.button_validate()
        self.in_shenzhen.city = '深圳'
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, 'done')

    def test_orders_from_before_the_rule_go_on(self):
        self.set_policy('off')
        order = self.make_order_to(self.a, self.in_guangzhou, self.p1)
        order.action_confirm()
        self.set_policy('block')
        self.in_guangzhou.city = '广州'
        order.picking_ids.move_ids.quantity = 2
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, 'done')

    def test_customers_delivery_of_another_kind_is_left_alone(self):
        receipt = self.env['stock.picking'].create(
            {
                'picking_type_id': self.env['stock.picking.type'].search([('code', '=', 'incoming')], limit=1).id,
                'partner_id': self.a.id,
            }
        )
        receipt.partner_id = self.in_guangzhou
        self.assertEqual(receipt.partner_id, self.in_guangzhou)
