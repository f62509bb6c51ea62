from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..tools.deadline import DAYS, HOURS, SAME_DAY, Target, WorkingTime, consumed, follow, plan
from .deadline_common import World
from .price_common import PriceMixin
from .rebate_common import RebateMixin
from .territory_common import TerritoryMixin
from .test_deadline import DeadlineCase
from .test_price_change import PriceChangeMixin
from .wallet_common import WalletMixin

BERLIN, NEW_YORK, SHANGHAI = 'Europe/Berlin', 'America/New_York', 'Asia/Shanghai'
# Days with a change of the clocks, the last of a year, and a leap day: (zone, day, its first and its last second, UTC).
# Clocks go from 2:00 to 3:00 in spring; in autumn from 3:00 (Berlin) or 2:00 (New York) back by an hour.
DAYS_OF_CHANGE = (
    (BERLIN, '2026-03-29', '2026-03-28 23:00:00', '2026-03-29 21:59:59'),
    (BERLIN, '2026-10-25', '2026-10-24 22:00:00', '2026-10-25 22:59:59'),
    (NEW_YORK, '2026-03-08', '2026-03-08 05:00:00', '2026-03-09 03:59:59'),
    (NEW_YORK, '2026-11-01', '2026-11-01 04:00:00', '2026-11-02 04:59:59'),
    (SHANGHAI, '2026-12-31', '2026-12-30 16:00:00', '2026-12-31 15:59:59'),
    (SHANGHAI, '2028-02-29', '2028-02-28 16:00:00', '2028-02-29 15:59:59'),
)


def around(first, last):
    """``(moment, whether it lies on the day)`` around the day's first and last second."""
    first, last = fields.Datetime.to_datetime(first), fields.Datetime.to_datetime(last)
    second = fields.Datetime.to_datetime('2000-01-01 00:00:01') - fields.Datetime.to_datetime('2000-01-01')
    return ((first - second, False), (first, True), (last, True), (last + second, False))


@tagged('post_install', '-at_install')
class TestDeadlinesOverClockChanges(TransactionCase):
    """The arithmetic alone; the dues were worked out by hand."""

    @staticmethod
    def at(text, zone):
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))

    def check(self, zone, target, start, due, work=None):
        with self.subTest(zone=zone, start=start, target=target):
            found = plan(target, self.at(start, zone), work or WorkingTime(ZoneInfo(zone))).due
            self.assertEqual(found.isoformat(), self.at(due, 'UTC').isoformat())

    def test_the_same_day_ends_by_the_clock_on_the_wall(self):
        for zone, day, first, last in DAYS_OF_CHANGE:
            for hour in ('00:00:00', '01:30:00', '12:00:00', '23:59:59'):
                self.check(zone, Target(SAME_DAY), f'{day} {hour}', last)
            length = fields.Datetime.to_datetime(last) - fields.Datetime.to_datetime(first)
            day_long = plan(Target(SAME_DAY), self.at(day, zone), WorkingTime(ZoneInfo(zone)))
            self.assertEqual(day_long.total, length.total_seconds())

    def test_days_end_by_the_clock_on_the_wall(self):
        for zone, start, days, due in (
            (BERLIN, '2026-03-28 23:59', 1, '2026-03-29 21:59:59'),
            (BERLIN, '2026-03-28 12:00', 2, '2026-03-30 21:59:59'),
            (BERLIN, '2026-10-24 12:00', 1, '2026-10-25 22:59:59'),
            (NEW_YORK, '2026-10-31 12:00', 1, '2026-11-02 04:59:59'),
            (SHANGHAI, '2026-12-29 12:00', 3, '2027-01-01 15:59:59'),
            (SHANGHAI, '2028-02-28 12:00', 2, '2028-03-01 15:59:59'),
            (SHANGHAI, '2027-02-28 12:00', 1, '2027-03-01 15:59:59'),
        ):
            self.check(zone, Target(DAYS, days), start, due)

    def test_hours_are_elapsed_hours(self):
        for zone, start, due in (
            (BERLIN, '2026-03-28 12:00', '2026-03-29 11:00'),  # 13:00 on the wall
            (BERLIN, '2026-10-24 12:00', '2026-10-25 10:00'),  # 11:00 on the wall
            (NEW_YORK, '2026-03-07 12:00', '2026-03-08 17:00'),
            (NEW_YORK, '2026-10-31 12:00', '2026-11-01 16:00'),
            (SHANGHAI, '2028-02-28 12:00', '2028-02-29 04:00'),
        ):
            self.check(zone, Target(HOURS, 24), start, due)

    def test_night_shift(self):
        """Whoever works from Saturday 22:00 to Sunday 6:00 works seven hours in spring, and nine in autumn."""
        week = [[], [], [], [], [], [(88, 96)], [(0, 24)]]
        work = World(ZoneInfo(BERLIN), [week, week]).work
        for saturday, hours in (('2026-03-21', 8), ('2026-03-28', 7), ('2026-10-24', 9)):
            start = self.at(f'{saturday} 22:00', BERLIN)
            end = fields.Date.add(date.fromisoformat(saturday), days=1)
            self.assertEqual(work.seconds(start, self.at(f'{end} 06:00', BERLIN)), hours * 3600)
        eight = Target(HOURS, 8, working=True)
        self.check(BERLIN, eight, '2026-03-28 22:00', '2026-04-04 21:00', work)  # an hour of the next shift
        self.check(BERLIN, eight, '2026-10-24 22:00', '2026-10-25 04:00', work)  # 5:00 on the wall

    def test_working_hours_over_the_year_end_and_the_leap_day(self):
        week = [[(36, 48), (52, 72)]] * 5 + [[], []]
        work = World(ZoneInfo(SHANGHAI), [week, week], off={date(2027, 1, 1)}).work
        eight = Target(HOURS, 8, working=True)
        self.check(SHANGHAI, eight, '2026-12-31 17:00', '2027-01-04 09:00', work)
        self.check(SHANGHAI, eight, '2028-02-28 17:00', '2028-02-29 09:00', work)
        self.check(SHANGHAI, Target(DAYS, 2, working=True), '2028-02-28 08:00', '2028-02-29 10:00', work)
        self.check(SHANGHAI, Target(DAYS, 2, working=True), '2026-12-31 08:00', '2027-01-04 10:00', work)

    def test_paused_over_the_change(self):
        """What is left is left in elapsed hours, whichever way the clocks go while it stands still."""
        for paused, resumed, due in (
            ('2026-03-28 18:00', '2026-03-30 18:00', '2026-03-31 10:00'),
            ('2026-10-24 18:00', '2026-10-26 18:00', '2026-10-27 11:00'),
        ):
            work = WorkingTime(ZoneInfo(BERLIN))
            start = self.at(f'{paused[:10]} 12:00', BERLIN)
            stop = (self.at(paused, BERLIN), self.at(resumed, BERLIN))
            course = follow(Target(HOURS, 24), start, [stop], work)
            self.assertEqual(course.spent, 6 * 3600)
            # 18 hours are left, from 16:00 or 17:00 UTC on.
            self.assertEqual(course.due.isoformat(), self.at(due, 'UTC').isoformat())

    def test_hour_that_is_skipped_or_comes_twice(self):
        work = WorkingTime(ZoneInfo(BERLIN))
        hour = Target(HOURS, 1)
        self.check(BERLIN, hour, '2026-03-29 01:30', '2026-03-29 01:30')  # 3:30 on the wall
        once = self.at('2026-10-25 02:30', BERLIN)
        again = once.replace(fold=1)
        self.assertEqual(plan(hour, once, work).due, again.astimezone(ZoneInfo('UTC')))
        self.assertEqual(consumed(hour, once, again, work), 3600)


@tagged('post_install', '-at_install')
class TestComplaintsOverClockChanges(DeadlineCase):
    """Real complaints, on Odoo's calendars; and a job whose clock jumps."""

    def test_working_hours_of_a_calendar(self):
        for zone, start, due in (
            # From Friday on 8 working hours, 9 to 12 and 13 to 18 on the wall: from 16:00 to 16:00, 15:00 to 15:00.
            (BERLIN, '2026-03-27 15:00', '2026-03-30 14:00'),
            (BERLIN, '2026-10-23 14:00', '2026-10-26 15:00'),
            (NEW_YORK, '2026-03-06 20:00', '2026-03-09 19:00'),
            (NEW_YORK, '2026-10-30 19:00', '2026-11-02 20:00'),
        ):
            with self.subTest(zone=zone, start=start):
                self.team.calendar_id = self.make_calendar(
                    [(str(day), hours) for day in range(5) for hours in ((9, 12), (13, 18))], tz=zone
                )
                with freeze_time(start):
                    complaint = self.make_complaint(date_received=start)
                self.assertEqual(self.deadline(complaint).due, fields.Datetime.to_datetime(f'{due}:00'))

    def test_the_dealers_day(self):
        """The dealer's own deadline ends with its own day."""
        self.set_targets(('form', 'calendar', 'same_day', 0))
        for zone, day, first, last in DAYS_OF_CHANGE:
            with self.subTest(zone=zone, day=day):
                self.dealer.tz = zone
                with freeze_time(first):
                    complaint = self.make_complaint(date_received=first)
                due = self.deadline(complaint, 'form').due
                self.assertEqual(due, fields.Datetime.to_datetime(last))
                for moment, is_late in ((last, False), (fields.Datetime.add(due, seconds=1), True)):
                    with freeze_time(moment), self.enter_registry_test_mode():
                        self.env.ref('dealer_management.ir_cron_deadline').method_direct_trigger()
                    self.env.invalidate_all()
                    self.assertEqual(complaint.is_dealer_late, is_late, moment)

    def test_job_whose_clock_jumps(self):
        complaint = self.complain('2026-09-28 16:00', user_id=self.users['complaint'].id)
        deadline, told = self.deadline(complaint), []
        for moment, level in (
            ('2026-09-29 14:00', 75),
            ('2026-09-29 11:00', 75),  # back by three hours
            ('2026-09-28 09:00', 75),  # before it began
            ('2026-09-29 14:30', 75),
            ('2027-09-29 16:00', 100),  # a year ahead
            ('2026-09-29 15:00', 100),
            ('2026-09-29 16:30', 100),
        ):
            self.run_job(moment)
            self.assertEqual(deadline.told, level, moment)
            told += (complaint.activity_ids - self.env['mail.activity'].union(*told)).sorted('id')
        self.assertEqual([todo.exists().user_id.login for todo in told].count('test_complaint'), 1)
        self.assertEqual(len(told), 3, 'One at 75 %, and one each for two people once it was missed.')


class DayCase(TransactionCase):
    """Days of a company, and people elsewhere."""

    def set_zone(self, zone):
        self.env.company.partner_id.tz = zone
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestGrantsOverClockChanges(TerritoryMixin, DayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTerritories()

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_authorization_dates').method_direct_trigger()
        self.env.invalidate_all()

    def test_in_force_from_the_first_to_the_last_second(self):
        for zone, day, first, last in DAYS_OF_CHANGE:
            self.set_zone(zone)
            with freeze_time('2026-01-05 12:00'):
                grant = self.grant(self.a, self.guangdong, date_from=day, date_to=day)
            for moment, is_in_force in around(first, last):
                with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                    self.env.invalidate_all()
                    elsewhere = grant.with_user(self.users['staff']).with_context(tz='Pacific/Auckland')
                    self.assertEqual(elsewhere.is_in_force, is_in_force)
                    certified = grant._find_by_certificate(grant.certificate_number, grant.certificate_token)
                    self.assertEqual(certified.is_in_force, is_in_force)
            with freeze_time(first):
                self.run_job()
                self.assertEqual(grant.state, 'active')
            with freeze_time(fields.Datetime.add(fields.Datetime.to_datetime(last), seconds=1)):
                self.run_job()
                self.assertEqual(grant.state, 'expired')

    def test_leap_day_is_renewed(self):
        for start, end, expected in (
            ('2027-03-01', '2028-02-29', ('2028-03-01', '2029-02-28')),
            ('2028-02-29', '2029-02-27', ('2029-02-28', '2030-02-27')),
            ('2026-01-01', '2026-12-31', ('2027-01-01', '2027-12-31')),
        ):
            vals = self.make_grant(self.a, self.hunan, date_from=start, date_to=end)._prepare_renewal_vals()
            self.assertEqual((str(vals['date_from']), str(vals['date_to'])), expected)

    def test_clock_that_ran_ahead(self):
        """What a wrong clock has shown as ended is shown as it is once the clock is right; nobody is told twice."""
        self.company.dealer_authorization_notice_days = 30
        self.a.email = 'a@example.com'
        with freeze_time('2026-03-01 04:00'):
            grant = self.grant(self.a, self.guangzhou, date_from='2026-01-01', date_to='2026-12-31')
            suspended = self.grant(self.b, self.hunan, date_from='2026-01-01', date_to='2026-12-31')
            suspended.action_suspend('Unpaid')
            later = self.grant(self.c, self.shenzhen, date_from='2026-06-01', date_to='2026-12-31')
        for moment, states, mails in (
            ('2026-12-10 04:00', ['active', 'suspended', 'active'], 1),
            ('2027-12-10 04:00', ['expired', 'expired', 'expired'], 1),
            ('2026-03-02 04:00', ['active', 'suspended', 'approved'], 1),
            ('2026-12-11 04:00', ['active', 'suspended', 'active'], 1),
            ('2027-01-01 04:00', ['expired', 'expired', 'expired'], 1),
        ):
            with freeze_time(moment):
                self.run_job()
                self.run_job()
            self.assertEqual((grant + suspended + later).mapped('state'), states, moment)
            self.assertEqual(self.env['mail.mail'].search_count([('recipient_ids', '=', self.a.id)]), mails, moment)

    def test_today_is_the_companys_whoever_asks(self):
        """Also where nobody has told Odoo the zone of the company: its working hours know."""
        self.company.partner_id.tz = False
        self.company.resource_calendar_id.tz = SHANGHAI
        people = [self.env.user, self.users['staff'], self.env.ref('base.user_root')]
        people[1].tz = NEW_YORK
        for moment, day in (('2026-12-31 15:59:59', '2026-12-31'), ('2026-12-31 16:00:00', '2027-01-01')):
            with freeze_time(moment):
                for user in people:
                    company = self.company.with_user(user).with_context(tz=user.tz)
                    self.assertEqual(str(company._get_dealer_date()), day)
        self.company.resource_calendar_id.tz = 'UTC'
        self.env.ref('base.user_admin').tz = SHANGHAI
        self.assertEqual(self.company.with_user(people[1])._get_dealer_zone().key, SHANGHAI, 'Who set it up.')

    def test_two_people_in_two_zones_grade_a_dealer(self):
        """It is the 2nd in Shanghai and the 1st in New York: the tier begins on the day of the company."""
        self.set_zone(SHANGHAI)
        here, there = self.users['manager'], self.users['staff']
        there.group_ids |= self.env.ref('dealer_management.group_dealer_manager')
        here.tz, there.tz = SHANGHAI, NEW_YORK
        with freeze_time('2026-05-01 18:00'):
            dealer = self.make_dealer(grade_id=self.bare.id)
            for user, tier in ((here, self.silver), (there, self.gold)):
                dealer.with_user(user).with_context(tz=user.tz).action_dealer_change_tier(tier.id, 'Good year')
            self.assertEqual(set(dealer.tier_period_ids.mapped('date_from')), {date(2026, 5, 2)})
            self.assertEqual(dealer._get_tiers_on(date(2026, 5, 2)), {dealer: self.gold})
            wizard = self.env['dealer.tier.wizard'].with_context(tz=NEW_YORK).new({})
            self.assertEqual(wizard.date, date(2026, 5, 2))
            dealer.with_context(tz=NEW_YORK)._set_dealer_state('terminated', 'Closed')
            self.assertEqual(dealer.dealer_ended_date, date(2026, 5, 2))


@tagged('post_install', '-at_install')
class TestPricesOverClockChanges(PriceChangeMixin, DayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-01-05 12:00:00'))
        cls.setUpPrices()

    def test_in_force_by_its_day(self):
        self.add_rule(self.pricelist_silver, self.sink, 150, date_end='2028-12-31 15:59:59')
        for zone, day, first, _last in (DAYS_OF_CHANGE[1], DAYS_OF_CHANGE[3], DAYS_OF_CHANGE[5]):
            self.set_zone(zone)
            tier = self.gold.copy({'name': f'{zone} tier'})
            pricelist = self.make_list(f'{zone} prices', tiers=[tier], percent=30)
            tier.default_pricelist_id = pricelist
            dealer = self.make_dealer(f'{zone} dealer', grade_id=tier.id)
            self.approve(self.make_change(pricelist, 10, date_start=day))
            for moment, has_begun in around(first, first)[:2]:
                with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                    self.env.invalidate_all()
                    order = self.make_quotation(dealer)
                    self.assertEqual(order.order_line.price_unit, 77 if has_begun else 70)

    def test_clock_that_ran_ahead(self):
        self.golden.email = 'golden@example.com'
        change = self.approve(self.make_change(self.pricelist_gold, 10, date_start='2026-07-01'))
        lines = change.sudo().dealer_line_ids
        for moment, state in (
            ('2026-01-06 12:00', 'approved'),
            ('2026-08-01 12:00', 'in_force'),
            ('2026-01-07 12:00', 'approved'),
            ('2026-07-01 12:00', 'in_force'),
        ):
            with freeze_time(moment):
                self.run_job()
                self.run_job()
            self.assertEqual(change.state, state, moment)
            mails = self.env['mail.mail'].search_count([('model', '=', lines._name), ('res_id', 'in', lines.ids)])
            self.assertEqual(mails, 1, moment)


@tagged('post_install', '-at_install')
class TestRebatesOverClockChanges(RebateMixin, DayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRebates()

    def test_periods_that_end_on_a_leap_day(self):
        for kind, begin, end, count, ends in (
            ('quarter', '2027-12-01', '2028-11-30', 4, '2028-02-29'),
            ('half_year', '2027-09-01', '2028-08-31', 2, '2028-02-29'),
            ('half_year', '2026-09-01', '2027-08-31', 2, '2027-02-28'),
            ('month', '2028-02-01', '2028-12-31', 11, '2028-02-29'),
            ('year', '2027-03-01', '2029-02-28', 2, '2028-02-29'),
        ):
            with self.subTest(kind=kind, begin=begin):
                program = self.make_program(period=kind, date_from=begin, date_to=end, state='draft')
                periods = program._get_periods()
                self.assertEqual((len(periods), str(periods[0].date_to)), (count, ends))
                for period, following in pairwise(periods):
                    self.assertEqual(fields.Date.add(period.date_to, days=1), following.date_from)
                self.assertEqual(str(periods[-1].date_to), end)
                before = periods[0].shift_years(-1)
                self.assertEqual(before.date_to.day, 28, 'The year before is compared to its whole February.')

    def test_the_month_that_is_accrued_is_over_where_the_company_is(self):
        for zone, moment, last in (
            (SHANGHAI, '2028-02-29 15:59:59', '2028-01-31'),
            (SHANGHAI, '2028-02-29 16:00:00', '2028-02-29'),
            (NEW_YORK, '2027-01-01 04:59:59', '2026-11-30'),
            (NEW_YORK, '2027-01-01 05:00:00', '2026-12-31'),
        ):
            self.set_zone(zone)
            with freeze_time(moment):
                self.assertEqual(str(self.company._get_last_month_end()), last)
                self.assertEqual(
                    self.env['dealer.rebate.run'].with_context(tz='Pacific/Auckland').default_get(['date'])['date'],
                    self.company._get_dealer_date(),
                )


@tagged('post_install', '-at_install')
class TestWalletsOverClockChanges(WalletMixin, DayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-01-05 12:00:00'))
        cls.setUpWallet()

    def run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref('dealer_management.ir_cron_rebate_wallet').method_direct_trigger()
        self.env.invalidate_all()

    def test_good_until_the_last_second(self):
        for zone, day, _first, last in DAYS_OF_CHANGE:
            self.set_zone(zone)
            credit = self.fill_wallet(self.golden, 100, expiry=day)
            for moment, remaining in ((last, 100), (around(last, last)[3][0], 0), (last, 0)):
                with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                    self.run_job()
                    self.run_job()
                    self.assertEqual(credit.remaining, remaining)
            self.assertEqual(len(credit.use_ids), 1, 'Booked once, also after the clock went back.')

    def test_months_from_a_leap_day(self):
        with freeze_time('2028-02-29 12:00'):
            credit = self.fill_wallet(self.golden, 100)
            vals = credit.payout_id._prepare_wallet_credit_vals()
        self.assertEqual(vals['date_expiry'], fields.Date.add(vals['date'], months=12))

    def test_clock_that_jumps_tells_once(self):
        self.golden.email = 'golden@example.com'
        credit = self.fill_wallet(self.golden, 100, expiry='2026-12-31')
        for moment in ('2026-12-15 12:00', '2026-06-01 12:00', '2026-12-31 12:00', '2026-12-01 12:00'):
            with freeze_time(moment):
                self.run_job()
        mails = self.env['mail.mail'].search_count([('model', '=', credit._name), ('res_id', '=', credit.id)])
        self.assertEqual(mails, 1)


@tagged('post_install', '-at_install')
class TestPricesFollowTheDay(PriceMixin, DayCase):
    """A special price is good on its days, wherever whoever orders is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-01-05 12:00:00'))
        cls.setUpPrices()

    def test_special_price(self):
        for zone, day, first, last in DAYS_OF_CHANGE:
            self.set_zone(zone)
            self.grant_price(self.golden, (self.tap, 100, 50), date_from=day, date_to=day)
            for moment, is_good in around(first, last):
                with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                    order = self.make_quotation(self.golden, (self.tap, 1))
                    self.assertEqual(order.order_line.price_unit, 50 if is_good else 70)
