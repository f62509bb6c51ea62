from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.dealer_authorization_coverage import Case
from .territory_common import TerritoryCase


@tagged('post_install', '-at_install')
class TestAuthorization(TerritoryCase):
    def judge(self, territory, product, day, dealer=None, channel=None):
        """The names of the dealers whose grants cover it."""
        grants = self.env['dealer.authorization']
        path = grants._get_product_path(product.product_tmpl_id)
        case = Case(territory.parent_path, path, channel and channel.id, day)
        holders = grants._find_holders(self.company, [case], dealer or self.a | self.b | self.c | self.d)
        return {self.env['res.partner'].browse(holder.dealer_id).name for holder in holders.get(case, ())}

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_authorization_dates').method_direct_trigger()
        self.env.invalidate_all()

    # ------------------------------------------------------------------- Flow

    def test_flow(self):
        grant = self.make_grant(self.a, self.guangdong, date_to='2030-12-31')
        self.assertEqual((grant.state, grant.is_in_force), ('draft', False))
        grant.with_user(self.requester).action_submit()
        self.assertEqual((grant.state, grant.requester_id), ('submitted', self.requester))
        asked = grant.activity_ids.user_id
        self.assertIn(self.approver, asked)
        self.assertNotIn(self.requester, asked)
        self.assertFalse(grant.coverage_ids)
        grant.with_user(self.approver).action_approve()
        self.assertEqual((grant.state, grant.approver_id), ('active', self.approver))
        self.assertTrue(grant.is_in_force)
        self.assertTrue(grant.certificate_number)
        self.assertGreaterEqual(len(grant.certificate_token), 32)
        self.assertFalse(grant.activity_ids)
        number = grant.certificate_number
        grant.with_user(self.approver).action_approve()
        self.assertEqual(grant.certificate_number, number, 'Twice is once.')

    def test_approver_is_not_the_requester(self):
        grant = self.make_grant(self.a, self.guangdong, date_to='2030-12-31')
        grant.with_user(self.approver).action_submit()
        with self.assertRaisesRegex(UserError, 'somebody else has to decide'):
            grant.with_user(self.approver).action_approve()
        self.assertEqual((grant.state, grant.certificate_number), ('submitted', False))
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            grant.with_user(self.requester).action_approve()

    @mute_logger('odoo.sql_db')
    def test_the_database_knows_that_too(self):
        grant = self.grant(self.a, self.guangdong, date_to='2030-12-31')
        self.env.flush_all()
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.env.cr.execute('UPDATE dealer_authorization SET requester_id = approver_id WHERE id = %s', [grant.id])

    def test_refusal_tells_why(self):
        grant = self.make_grant(self.a, self.guangdong, date_to='2030-12-31')
        grant.with_user(self.requester).action_submit()
        with self.assertRaisesRegex(UserError, 'reason'):
            grant.with_user(self.approver).action_refuse(' ')
        grant.with_user(self.approver).action_refuse('Too large for it')
        self.assertEqual((grant.state, grant.state_reason), ('refused', 'Too large for it'))
        self.assertEqual(grant.activity_ids.user_id, self.requester)
        grant.with_user(self.requester).territory_id = self.shenzhen
        grant.with_user(self.requester).action_submit()
        self.assertEqual((grant.state, grant.state_reason), ('submitted', False))

    def test_withdraw(self):
        grant = self.make_grant(self.a, self.guangdong, date_to='2030-12-31')
        grant.with_user(self.requester).action_submit()
        with self.assertRaisesRegex(UserError, 'settled'):
            grant.with_user(self.requester).territory_id = self.shenzhen
        with self.assertRaises(AccessError):
            grant.with_user(self.users['staff_own']).action_withdraw()
        grant.with_user(self.requester).action_withdraw()
        self.assertEqual((grant.state, len(grant.activity_ids)), ('draft', 0))

    def test_states_are_not_written_by_hand(self):
        grant = self.make_grant(self.a, self.guangdong, date_to='2030-12-31')
        for vals in ({'state': 'active'}, {'approver_id': self.approver.id}, {'certificate_number': 'X'}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'by its steps'):
                grant.with_user(self.approver).write(vals)
        with self.assertRaisesRegex(UserError, 'by its steps'):
            self.env['dealer.authorization'].with_user(self.approver).create(
                {'dealer_id': self.a.id, 'territory_id': self.hunan.id, 'date_to': '2030-01-01', 'state': 'active'}
            )
        forged = (
            self.env['dealer.authorization']
            .with_user(self.requester)
            .with_context(
                default_state='active',
                default_certificate_number='SQ-2026-99999',
                default_approver_id=self.approver.id,
                default_suspended_date='2020-01-01',
            )
            .create({'dealer_id': self.a.id, 'territory_id': self.hunan.id, 'date_to': '2030-01-01'})
        )
        self.assertEqual(
            (forged.state, forged.certificate_number, forged.approver_id.id, forged.suspended_date),
            ('draft', False, False, False),
        )

    def test_what_is_granted_is_settled(self):
        grant = self.grant(self.a, self.guangdong, date_to='2030-12-31', carveouts=[(self.shenzhen, False)])
        manager = grant.with_user(self.approver)
        for change in (
            lambda: manager.write({'date_to': '2040-01-01'}),
            manager.carveout_ids.unlink,
            lambda: manager.carveout_ids.write({'territory_id': self.guangzhou.id}),
            lambda: manager.write({'carveout_ids': [(0, 0, {'territory_id': self.guangzhou.id})]}),
        ):
            with self.assertRaisesRegex(UserError, 'settled'):
                change()
        with self.assertRaisesRegex(UserError, 'on record'):
            manager.unlink()

    def test_suspend_resume_revoke(self):
        today = self.company._get_dealer_date()
        grant = self.grant(self.a, self.guangdong, date_from='2026-01-01', date_to='2030-12-31')
        grant.with_user(self.approver).action_suspend('Under review')
        self.assertEqual((grant.state, grant.is_in_force, grant.reserved_until), ('suspended', False, grant.date_to))
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.grant(self.b, self.guangzhou, date_from=today, date_to='2030-12-31')
        grant.with_user(self.approver).action_resume()
        self.assertEqual((grant.state, grant.is_in_force), ('active', True))
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            grant.with_user(self.requester).action_revoke('No')
        grant.with_user(self.approver).action_revoke('Serious breach')
        self.assertEqual((grant.state, grant.is_in_force), ('revoked', False))
        self.assertEqual(grant.valid_until, today - relativedelta(days=1))
        self.grant(self.b, self.guangdong, date_from=today, date_to='2030-12-31')
        self.assertEqual(self.judge(self.guangdong, self.p1, today), {'Dealer B'})
        self.assertEqual(self.judge(self.guangdong, self.p1, today - relativedelta(days=1)), {'Dealer A'})
        with self.assertRaisesRegex(UserError, 'not possible from there'):
            grant.with_user(self.approver).action_resume()

    def test_revoked_before_it_began(self):
        start = self.company._get_dealer_date() + relativedelta(days=30)
        grant = self.grant(self.a, self.guangdong, date_from=start, date_to='2030-12-31')
        self.assertEqual(grant.state, 'approved')
        grant.with_user(self.approver).action_revoke('Changed our minds')
        self.assertFalse(grant.is_in_force)
        self.grant(self.b, self.guangdong, date_from=start, date_to='2030-12-31')

    def test_renewal_follows_on(self):
        grant = self.grant(self.a, self.guangdong, date_from='2027-02-01', date_to='2028-01-31')
        renewal = self.env['dealer.authorization'].browse(grant.with_user(self.requester).action_renew()['res_id'])
        self.assertEqual((str(renewal.date_from), str(renewal.date_to)), ('2028-02-01', '2029-01-31'))
        self.assertEqual((renewal.state, renewal.renewed_from_id), ('draft', grant))
        self.assertEqual(grant.with_user(self.requester).action_renew()['res_id'], renewal.id, 'Twice is once.')
        self.approve(renewal)
        self.assertEqual(renewal.state, 'approved')

    def test_renewal_of_odd_days(self):
        for start, end, expected in (
            ('2027-03-15', '2027-06-30', ('2027-07-01', '2027-10-16')),
            ('2027-03-01', '2028-02-29', ('2028-03-01', '2029-02-28')),
            ('2027-07-01', '2027-12-31', ('2028-01-01', '2028-06-30')),
        ):
            grant = self.make_grant(self.a, self.hunan, date_from=start, date_to=end)
            vals = grant._prepare_renewal_vals()
            self.assertEqual((str(vals['date_from']), str(vals['date_to'])), expected)

    def test_days_decide_without_the_job(self):
        with freeze_time('2026-03-01 04:00'):
            grant = self.grant(self.a, self.guangdong, date_from='2026-03-10', date_to='2026-03-20')
            self.assertEqual((grant.state, grant.is_in_force), ('approved', False))
        for day, in_force, state in (('10', True, 'active'), ('20', True, 'active'), ('21', False, 'expired')):
            with freeze_time(f'2026-03-{day} 04:00'):
                grant.invalidate_recordset()
                self.assertEqual(grant.is_in_force, in_force)
                found = self.env['dealer.authorization'].search([('is_in_force', '=', True), ('id', '=', grant.id)])
                self.assertEqual(bool(found), in_force)
                self.run_job()
                self.run_job()
                self.assertEqual(grant.state, state)

    def test_days_are_the_companys(self):
        self.company.partner_id.tz = 'Asia/Shanghai'
        with freeze_time('2026-03-09 16:30'):  # 00:30 of the 10th in China
            grant = self.make_grant(self.a, self.guangdong, date_from='2026-03-10', date_to='2026-03-20')
            self.approve(grant)
            self.assertEqual(grant.with_user(self.users['staff']).with_context(tz='America/New_York').state, 'active')
            self.assertTrue(grant.is_in_force)

    def test_reminders_once(self):
        self.company.dealer_authorization_notice_days = 30
        self.a.write({'email': 'a@example.com', 'channel_account_manager_id': self.users['staff'].id})
        with freeze_time('2026-03-01 04:00'):
            grant = self.grant(self.a, self.guangdong, date_from='2026-01-01', date_to='2026-04-15', report_interval=1)
        for day, reminded in (('2026-03-15', False), ('2026-03-16', True), ('2026-03-17', True)):
            with freeze_time(f'{day} 04:00'):
                self.run_job()
                kind = self.env.ref('dealer_management.mail_activity_type_authorization_end')
                ends = grant.activity_ids.filtered(lambda activity, kind=kind: activity.activity_type_id == kind)
                self.assertEqual(len(ends), int(reminded), day)
                mails = self.env['mail.mail'].search([('recipient_ids', '=', self.a.id)])
                self.assertEqual(len(mails), int(reminded), day)
        self.assertEqual(ends.user_id, self.users['staff'])
        self.assertIn('ends on', mails.subject)

    def test_execution_reports_fall_due(self):
        with freeze_time('2026-01-31 04:00'):
            grant = self.grant(self.a, self.guangdong, date_from='2026-01-31', date_to='2026-12-31', report_interval=3)
        self.assertEqual(
            [str(day) for day in grant.report_ids.mapped('date_due')],
            ['2026-04-29', '2026-07-30', '2026-10-30', '2026-12-31'],
        )
        self.assertEqual(str(grant.report_due_date), '2026-04-29')
        with freeze_time('2026-05-02 04:00'):
            self.assertTrue(grant.report_ids[0].is_overdue)
            overdue = self.env['dealer.authorization.report'].search(
                [('is_overdue', '=', True), ('authorization_id', '=', grant.id)]
            )
            self.assertEqual(overdue, grant.report_ids[0])
            grant.with_user(self.requester).action_receive_report()
            self.assertEqual(str(grant.report_due_date), '2026-07-30')
            self.assertEqual(str(grant.report_ids[0].date_received), '2026-05-02')

    def test_bad_input(self):
        with mute_logger('odoo.sql_db'), self.assertRaisesRegex(IntegrityError, 'dates_in_order') as caught:
            self.make_grant(self.a, self.guangdong, date_from='2026-12-31', date_to='2026-01-01')
        self.assertIn(
            'cannot end before it begins', self.env['dealer.authorization']._sql_error_to_message(caught.exception)
        )
        ended = self.make_dealer('Ended', dealer_joined_date='2020-01-01')
        ended.action_dealer_terminate('Breach')
        with self.assertRaisesRegex(ValidationError, 'is terminated: it can be granted nothing'):
            self.make_grant(ended, self.guangdong)
        with self.assertRaisesRegex(ValidationError, 'is not a dealer'):
            self.make_grant(self.env['res.partner'].create({'name': 'Customer'}), self.guangdong)
        with self.assertRaisesRegex(ValidationError, 'Which products'):
            self.make_grant(self.a, self.guangdong, product_scope='selected')
        with self.assertRaisesRegex(ValidationError, 'does not lie in'):
            self.make_grant(self.a, self.guangzhou, carveouts=[(self.shenzhen, False)])
        with self.assertRaisesRegex(ValidationError, 'A carve-out names'):
            self.make_grant(self.a, self.guangzhou, carveouts=[(False, False)])
        past = self.make_grant(self.a, self.guangdong, date_from='2020-01-01', date_to='2020-12-31')
        with self.assertRaisesRegex(UserError, 'would have ended already'):
            past.with_user(self.requester).action_submit()

    def test_terminated_dealer_loses_its_grants(self):
        self.a.dealer_joined_date = '2020-01-01'
        grant = self.grant(self.a, self.guangdong, date_to='2030-12-31')
        waiting = self.make_grant(self.a, self.hunan, date_to='2030-12-31')
        waiting.with_user(self.requester).action_submit()
        self.a.with_user(self.approver).action_dealer_terminate('Serious breach')
        self.assertEqual((grant.state, grant.state_reason), ('revoked', 'Serious breach'))
        self.assertEqual(waiting.state, 'refused')
        self.grant(self.b, self.guangdong, date_from=self.company._get_dealer_date(), date_to='2030-12-31')

    def test_dealer_terminated_while_the_request_waits(self):
        grant = self.make_grant(self.a, self.guangdong, date_to='2030-12-31')
        grant.with_user(self.requester).action_submit()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET dealer_state = 'terminated', dealer_state_reason = 'x' WHERE id = %s", [self.a.id]
        )
        self.a.invalidate_recordset()
        with self.assertRaisesRegex(ValidationError, 'is terminated'):
            grant.with_user(self.approver).action_approve()

    def test_dealer_with_grants_stays_a_dealer(self):
        dealer = self.make_dealer('Prospect', dealer_state='prospect')
        self.make_grant(dealer, self.guangdong)
        with self.assertRaisesRegex(UserError, 'more than a prospect'):
            dealer.is_dealer = False

    def test_own_staff_ask_for_their_own_dealers(self):
        staff = self.users['staff_own']
        own = self.make_dealer('Own', channel_account_manager_id=staff.id)
        vals = {'territory_id': self.hunan.id, 'date_to': '2030-12-31'}
        grant = self.env['dealer.authorization'].with_user(staff).create({**vals, 'dealer_id': own.id})
        grant.action_submit()
        self.assertEqual(grant.state, 'submitted')
        with self.assertRaises(AccessError):
            self.env['dealer.authorization'].with_user(staff).create({**vals, 'dealer_id': self.a.id})
        foreign = self.make_grant(self.a, self.guangdong)
        self.assertTrue(foreign.with_user(staff).read(['name']))
        with self.assertRaises(AccessError):
            foreign.with_user(staff).action_submit()

    def test_dealer_of_another_company(self):
        other = self.env['res.company'].create({'name': 'Other'})
        foreign = self.make_dealer('Foreign', company_id=other.id)
        with self.assertRaisesRegex(ValidationError, 'belongs to .*but "Foreign" to Other'):
            self.make_grant(foreign, self.guangdong)

    def test_other_company_decides_on_its_own(self):
        other = self.env['res.company'].create({'name': 'Other'})
        foreign = self.make_territory('广东', False, {'state_id': self.guangdong_state.id}, company_id=other.id)
        grant = self.make_grant(self.b, foreign, date_to='2030-12-31')
        grant._move('submitted', requester_id=self.requester.id)
        self.assertFalse(self.env['dealer.authorization'].with_user(self.approver).search([('id', '=', grant.id)]))
        with self.assertRaises(AccessError):
            grant.with_user(self.approver).action_approve()
        # Two companies grant the same area without being in each other's way.
        self.grant(self.a, self.guangdong, date_to='2030-12-31')
        self.approver.company_ids |= other
        grant.with_user(self.approver).with_context(allowed_company_ids=other.ids).action_approve()
        self.assertEqual(grant.state, 'active')

    # -------------------------------------------------------------- Conflicts

    def test_T1_nested_territory_and_product(self):
        own = self.grant(self.a, self.guangdong)
        inner = self.make_grant(self.b, self.guangzhou, product_tmpl_ids=self.p1.product_tmpl_id)
        self.assertIn(own.certificate_number, inner.conflict_message)
        with self.assertRaisesRegex(
            ValidationError,
            f'"Dealer B" .*in conflict with {own.certificate_number} of "Dealer A" .*广东.*2026-01-01 to 2026-12-31',
        ):
            self.approve(inner)
        inner.invalidate_recordset()
        self.assertFalse(inner.coverage_ids)

    def test_T1_carve_out_makes_room(self):
        self.grant(self.a, self.guangdong, carveouts=[(self.guangzhou, self.p1)])
        self.grant(self.b, self.guangzhou, product_tmpl_ids=self.p1.product_tmpl_id)
        day = self.company._get_dealer_date().replace(year=2026, month=6, day=1)
        self.assertEqual(self.judge(self.guangzhou, self.p1, day), {'Dealer B'})
        self.assertEqual(self.judge(self.tianhe, self.p1, day), {'Dealer B'})
        self.assertEqual(self.judge(self.guangzhou, self.p2, day), {'Dealer A'})
        self.assertEqual(self.judge(self.shenzhen, self.p1, day), {'Dealer A'})

    def test_T2_days_follow_on(self):
        self.grant(self.a, self.guangdong, date_to='2026-06-30')
        self.grant(self.b, self.guangdong, date_from='2026-07-01')
        base = self.company._get_dealer_date().replace(year=2026, month=6, day=30)
        self.assertEqual(self.judge(self.guangdong, self.p1, base), {'Dealer A'})
        self.assertEqual(self.judge(self.guangdong, self.p1, base + relativedelta(days=1)), {'Dealer B'})

    def test_T2_one_day_is_enough(self):
        self.grant(self.a, self.guangdong, date_to='2026-06-30')
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.grant(self.b, self.guangdong, date_from='2026-06-30')

    def test_T10_quota(self):
        self.guangdong.dealer_quota = 3
        self.grant(self.a, self.guangzhou, kind='shared')
        self.grant(self.b, self.guangdong, kind='shared')
        self.grant(self.c, self.shenzhen, kind='shared')
        with self.assertRaisesRegex(ValidationError, 'quota of 3 dealers.*would have 4.*Dealer A'):
            self.grant(self.d, self.guangdong, kind='shared')
        self.grant(self.a, self.shenzhen, kind='shared')  # the same dealer again
        self.grant(self.d, self.guangdong, kind='shared', date_from='2027-01-01', date_to='2027-12-31')

    def test_T12_moved_node(self):
        """A region without areas of its own is granted; a town is moved into it."""
        east = self.make_territory('粤东', self.guangdong)
        own, other = (
            self.grant(self.a, east, date_to='2030-12-31'),
            self.grant(self.b, self.guangzhou, date_to='2030-12-31'),
        )
        with self.assertRaisesRegex(
            ValidationError, f'({own.certificate_number}|{other.certificate_number}).*in conflict with.*Dealer'
        ) as caught:
            self.guangzhou.with_user(self.approver).parent_id = east
        for grant in (own, other):
            self.assertIn(grant.certificate_number, str(caught.exception))
        self.guangzhou.invalidate_recordset()
        self.assertEqual(self.guangzhou.parent_id, self.guangdong)
        other.with_user(self.approver).action_revoke('Ceded')
        self.guangzhou.with_user(self.approver).parent_id = east
        self.assertEqual(self.judge(self.tianhe, self.p1, self.company._get_dealer_date()), {'Dealer A'})

    def test_moved_category_and_product(self):
        self.grant(self.a, self.guangdong, category_ids=self.other_category, date_to='2030-12-31')
        self.grant(self.b, self.guangdong, category_ids=self.sub_category, date_to='2030-12-31')
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.sub_category.parent_id = self.other_category
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.category.parent_id = self.other_category
        self.env['product.category'].create({'name': 'New', 'parent_id': self.other_category.id})
        self.p1.categ_id = self.other_category
        self.assertEqual(self.judge(self.guangdong, self.p1, self.company._get_dealer_date()), {'Dealer A'})

    def test_moved_product_that_is_granted(self):
        self.grant(self.a, self.guangdong, category_ids=self.other_category, date_to='2030-12-31')
        self.grant(self.b, self.guangdong, product_tmpl_ids=self.p1.product_tmpl_id, date_to='2030-12-31')
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.p1.categ_id = self.other_category
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.p1.product_tmpl_id.categ_id = self.other_category
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.sub_category.parent_id = self.other_category

    def test_past_days_do_not_hinder_a_move(self):
        with freeze_time('2026-02-01 04:00'):
            east = self.make_territory('粤东', self.guangdong)
            self.grant(self.a, east, date_to='2026-06-30')
            self.grant(self.b, self.guangzhou, date_to='2026-12-31')
        with freeze_time('2026-05-01 04:00'), self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.guangzhou.parent_id = east
        with freeze_time('2026-08-01 04:00'):
            self.guangzhou.parent_id = east
            self.assertEqual(self.guangzhou.parent_id, east)

    def test_widened_area(self):
        """An area does not grow over a neighbour's: see ``dealer.territory.area``."""
        self.grant(self.a, self.shenzhen)
        self.grant(self.b, self.guangzhou)
        with self.assertRaisesRegex(ValidationError, 'has to stand below|claimed already'):
            self.shenzhen.area_ids.city = False

    def test_archived_products_and_channels_stay_granted(self):
        template = self.p1.product_tmpl_id
        self.grant(self.a, self.guangdong, product_tmpl_ids=template)
        template.action_archive()
        template.categ_id = self.other_category
        template.action_unarchive()
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.grant(self.b, self.guangdong, product_tmpl_ids=template)
        carved = self.make_grant(self.c, self.hunan, carveouts=[(False, self.p2)])
        self.p2.product_tmpl_id.action_archive()
        self.approve(carved)
        self.assertEqual(self.judge(self.hunan, self.p1, carved.date_from), {'Dealer C'})
        by_web = self.make_grant(
            self.d, self.shenzhen, kind='shared', channel_ids=self.web, product_tmpl_ids=self.p2.product_tmpl_id
        )
        self.web.active = False
        self.approve(by_web)
        self.assertEqual(by_web.coverage_ids.channel_id, self.web)

    def test_category_that_goes(self):
        """Its products belong to none then, and stay granted."""
        doomed = self.env['product.category'].create({'name': 'Doomed', 'parent_id': self.other_category.id})
        self.p1.categ_id = doomed
        self.grant(self.a, self.guangdong, product_tmpl_ids=self.p1.product_tmpl_id)
        doomed.unlink()
        self.assertEqual(self.judge(self.guangdong, self.p1, self.company._get_dealer_date()), {'Dealer A'})
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.grant(self.b, self.guangdong, product_tmpl_ids=self.p1.product_tmpl_id)

    def test_grant_of_nothing(self):
        nothing = self.make_grant(self.a, self.guangdong, carveouts=[(self.guangdong, False)])
        nothing.with_user(self.requester).action_submit()
        with self.assertRaisesRegex(UserError, 'covers nothing'):
            nothing.with_user(self.approver).action_approve()
        grant = self.grant(self.a, self.guangdong, category_ids=self.sub_category, carveouts=[(False, self.p1)])
        self.p1.categ_id = self.other_category
        self.assertEqual(self.judge(self.guangdong, self.p2, grant.date_from), {'Dealer A'})

    def test_own_staff_cannot_reach_into_other_drafts(self):
        staff = self.users['staff_own']
        own_dealer = self.make_dealer('Own', channel_account_manager_id=staff.id)
        own = self.make_grant(own_dealer, self.hunan, carveouts=[(False, self.p1)])
        foreign = self.make_grant(self.a, self.hunan)
        with self.assertRaisesRegex(UserError, 'stays with its authorization'):
            own.carveout_ids.with_user(staff).authorization_id = foreign
        with self.assertRaises(AccessError):
            own.with_user(staff).dealer_id = self.a

    def test_due_days_are_not_written(self):
        grant = self.grant(self.a, self.guangdong)
        with self.assertRaises(AccessError):
            grant.report_ids[0].with_user(self.approver).date_due = '2030-01-01'

    def test_quota_counts_future_grants_when_a_node_moves(self):
        group = self.make_territory('Group', self.guangdong, dealer_quota=1)
        below = self.make_territory('Below', group)
        self.grant(self.a, below, date_from='2026-07-01')
        self.grant(self.b, self.shenzhen, date_from='2026-07-01')
        with self.assertRaisesRegex(ValidationError, 'quota of 1'):
            self.shenzhen.parent_id = group

    def test_document_needs_a_certificate(self):
        draft = self.make_grant(self.a, self.guangdong)
        with self.assertRaisesRegex(UserError, 'has no certificate'):
            draft.action_print_certificate()
        body = self.env['ir.actions.report']._render_qweb_html('dealer_management.authorization_certificate', draft.ids)
        self.assertNotIn(self.a.name, body[0].decode())

    def test_kinds_and_channels(self):
        self.grant(self.a, self.guangdong, kind='shared', channel_ids=self.shop)
        self.grant(self.b, self.guangdong, kind='shared')
        for kind in ('sole', 'exclusive'):
            with self.assertRaisesRegex(ValidationError, 'in conflict'):
                self.grant(self.c, self.guangzhou, kind=kind)
        self.grant(self.c, self.hunan, kind='sole', channel_ids=self.shop)
        self.grant(self.d, self.hunan, kind='exclusive', channel_ids=self.web)
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            self.grant(self.d, self.hunan, kind='shared', channel_ids=self.shop | self.web)
        self.grant(self.c, self.hunan, kind='exclusive', channel_ids=self.shop)

    def test_two_approved_at_once_in_one_go(self):
        first, second = self.make_grant(self.a, self.guangdong), self.make_grant(self.b, self.guangzhou)
        (first | second).with_user(self.requester).action_submit()
        with self.assertRaisesRegex(ValidationError, 'in conflict'):
            (first | second).with_user(self.approver).action_approve()

    @mute_logger('odoo.sql_db')
    def test_database_refuses_what_goes_behind_odoos_back(self):
        own = self.grant(self.a, self.guangdong, date_to='2026-06-30')
        later = self.grant(self.b, self.guangdong, date_from='2026-07-01')
        shared = self.grant(self.c, self.hunan, kind='shared')
        self.grant(self.d, self.hunan, kind='shared')
        self.env.flush_all()
        for statement, parameters in (
            ("UPDATE dealer_authorization SET reserved_until = '2026-07-01' WHERE id = %s", [own.id]),
            ("UPDATE dealer_authorization SET date_from = '2026-06-30' WHERE id = %s", [later.id]),
            ("UPDATE dealer_authorization SET kind = 'exclusive' WHERE id = %s", [shared.id]),
            (
                """INSERT INTO dealer_authorization_coverage (authorization_id, company_id, dealer_id, kind, date_from,
                       date_until, place_low, place_high, product_low, product_high)
                   SELECT %s, company_id, %s, kind, date_from, date_until, place_low, place_high, product_low,
                          product_high
                     FROM dealer_authorization_coverage WHERE authorization_id = %s""",
                [shared.id, self.c.id, own.id],
            ),
            (
                """UPDATE dealer_authorization_coverage own SET place_low = other.place_low,
                          place_high = other.place_high, date_until = other.date_until
                     FROM dealer_authorization_coverage other
                    WHERE own.authorization_id = %s AND other.authorization_id = %s""",
                [shared.id, own.id],
            ),
        ):
            with self.subTest(statement), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(statement, parameters)
