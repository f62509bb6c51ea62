from datetime import datetime, timedelta

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .complaint_common import ComplaintCase

# Monday, 10:00 in China. Last week: 5 to 11 October.
NOW = '2026-10-12 02:00:00'
HOURS = ((9, 12, 'morning'), (13, 18, 'afternoon'))


class FiguresCase(ComplaintCase):
    """A team that works in China from 9 to 12 and 13 to 18, with a week off, and dealers that get deliveries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.company.partner_id.tz = 'Asia/Shanghai'
        cls.team.assignment = 'manual'
        cls.team.calendar_id = cls.env['resource.calendar'].create(
            {
                'name': 'In China',
                'tz': 'Asia/Shanghai',
                'company_id': False,
                'attendance_ids': [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {'name': part, 'dayofweek': str(day), 'hour_from': start, 'hour_to': end, 'day_period': part},
                    )
                    for day in range(5)
                    for start, end, part in HOURS
                ],
                'leave_ids': [
                    (0, 0, {'name': 'Week off', 'date_from': '2026-09-30 16:00:00', 'date_to': '2026-10-07 15:59:59'})
                ],
            }
        )
        cls.rival = cls.make_dealer('Rival Dealer')
        cls.tap, cls.basin = cls.env['product.product'].create(
            [{'name': 'Tap', 'type': 'consu'}, {'name': 'Basin', 'type': 'consu'}]
        )
        cls.staff = cls.users['complaint']

    @classmethod
    def deliver(cls, dealer, *products, day='2026-10-06 02:00:00'):
        order = cls.env['sale.order'].create(
            {
                'partner_id': dealer.id,
                'order_line': [(0, 0, {'product_id': product.id, 'product_uom_qty': 1}) for product in products],
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.write({'quantity': 1, 'picked': True})
        picking._action_done()
        picking.date_done = day
        return picking

    @classmethod
    def complain(cls, dealer=None, day='2026-10-06 02:00:00', **vals):
        return cls.make_complaint(
            dealer_id=(dealer or cls.dealer).id,
            **{'partner_id': False, 'date_received': day, **vals},
        )

    @classmethod
    def make_deadlines(cls, complaint, **results):
        """Deadlines of ``complaint`` as if they had ended so: ``kind='met' | 'breached' | 'open' | 'stopped'``."""
        complaint.deadline_ids.unlink()
        states = {'met': 'done', 'breached': 'done', 'open': 'running', 'stopped': 'stopped'}
        return cls.env['dealer.deadline'].create(
            [
                {
                    'complaint_id': complaint.id,
                    'kind': kind,
                    'party': 'dealer' if kind in ('form', 'confirm') else 'us',
                    'clock': 'calendar',
                    'unit': 'hours',
                    'state': states[result],
                    'is_breached': result == 'breached',
                    'due': complaint.date_received + timedelta(hours=4),
                }
                for kind, result in results.items()
            ]
        )


@tagged('post_install', '-at_install')
class TestComplaintHours(FiguresCase):
    """Working hours until the first reply and the solution."""

    def at(self, moment):
        """A moment in China."""
        return freeze_time(datetime.fromisoformat(moment) - timedelta(hours=8))

    def test_pauses_holidays_and_reopening(self):
        with self.at('2026-09-28 16:00'):
            complaint = self.make_complaint(answer='<p>Sorry</p>').with_user(self.staff)
        with self.at('2026-09-29 10:00'):
            complaint.action_wait('Which lot?')
        # Mon 16-18 and Tue 9-10
        self.assertEqual(complaint.first_reply_hours, 3)
        self.assertEqual(complaint.resolution_hours, 0)
        with self.at('2026-09-30 14:00'):
            # As the mail gateway does.
            complaint.sudo().message_post(
                body='Lot 7', author_id=self.contact.id, message_type='email', subtype_xmlid='mail.mt_comment'
            )
        # Tue 10-12, 13-18 and Wed 9-12, 13-14
        self.assertEqual(complaint.idle_hours, 11)
        with self.at('2026-10-08 10:00'):
            complaint.action_answer()
        # Mon 2, Tue 1, Wed 14-18, then a week off, Thu 9-10
        self.assertEqual(complaint.resolution_hours, 8)
        with self.at('2026-10-08 15:00'):
            complaint.action_reopen('Still broken')
        self.assertEqual(complaint.resolution_hours, 0)
        with self.at('2026-10-09 10:00'):
            complaint.action_solve()
        # and Thu 15-18, Fri 9-10
        self.assertEqual(complaint.resolution_hours, 12)
        self.assertEqual(complaint.first_reply_hours, 3, 'The first reply stays the first.')

    def test_withdrawn_while_waiting(self):
        with self.at('2026-09-28 09:00'):
            complaint = self.make_complaint().with_user(self.staff)
            complaint.action_wait('Which lot?')
        with self.at('2026-09-28 11:00'):
            complaint.action_cancel('Not to be found')
        with self.at('2026-09-28 14:00'):
            complaint.action_reopen('Found')
        with self.at('2026-09-28 15:00'):
            complaint.action_solve()
        # Waiting 9-11, withdrawn 11-12 and 13-14: one hour of work is left.
        self.assertEqual((complaint.idle_hours, complaint.resolution_hours), (4, 1))

    def test_nothing_counts_twice(self):
        """It was solved from 9 on, the dealer asked at 10, and taken up again at 11 while it was still silent."""
        with self.at('2026-09-28 08:00'):
            complaint = self.make_complaint().with_user(self.staff)
        for moment, step in (
            ('2026-09-28 10:00', complaint.action_solve),
            ('2026-09-28 11:00', lambda: complaint.action_wait('Which lot?')),
            ('2026-09-28 13:00', complaint.action_analyse),
            ('2026-09-28 14:00', complaint.action_resume),
            ('2026-09-28 15:00', complaint.action_solve),
        ):
            with self.at(moment):
                step()
        # Solved 10-11, waiting 11-12 and 13-14; in our hands 9-10 and 14-15.
        self.assertEqual((complaint.idle_hours, complaint.resolution_hours), (3, 2))

    def test_waiting_while_it_is_solved(self):
        """What comes after the solution is no part of the time to it, and counts once if it is taken up again."""
        with self.at('2026-09-28 09:00'):
            complaint = self.make_complaint().with_user(self.staff)
        for moment, step in (
            ('2026-09-28 11:00', complaint.action_solve),
            ('2026-09-28 13:00', lambda: complaint.action_wait('Which lot?')),
            ('2026-09-28 14:00', complaint.action_resume),
        ):
            with self.at(moment):
                step()
        self.assertEqual((complaint.idle_hours, complaint.resolution_hours), (0, 2))
        with self.at('2026-09-28 15:00'):
            complaint.action_analyse()
        with self.at('2026-09-28 16:00'):
            complaint.action_solve()
        self.assertEqual((complaint.idle_hours, complaint.resolution_hours), (3, 3))

    def test_written_by_nobody_by_hand(self):
        complaint = self.make_complaint().with_user(self.staff)
        with self.assertRaisesRegex(UserError, 'by the steps'):
            complaint.idle_hours = 100
        forged = self.env['dealer.complaint'].with_user(self.staff).create(self.complaint_vals(idle_hours=100))
        self.assertEqual(forged.idle_hours, 0)

    def test_many_cost_what_one_costs(self):
        complaints = self.env['dealer.complaint'].create(
            [self.complaint_vals(date_received='2026-09-28 08:00:00') for _number in range(50)]
        )

        def count_queries(some):
            self.env.invalidate_all()
            spans = [(one, datetime(2026, 9, 28, 8), datetime(2026, 10, 9, 2)) for one in some]
            before = self.cr.sql_log_count
            self.assertEqual(set(some._count_working_hours(spans)), {27.0})
            return self.cr.sql_log_count - before

        count_queries(complaints)
        self.assertEqual(count_queries(complaints[:2]), count_queries(complaints))


@tagged('post_install', '-at_install')
class TestComplaintReport(FiguresCase):
    """Complaints per 100 deliveries, and deadlines met, against figures worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['dealer.complaint.report'].flush_model()
        # 4 deliveries of the dealer, 3 of them with taps and 2 with basins; one of the rival with both.
        cls.deliver(cls.dealer, cls.tap)
        cls.deliver(cls.dealer, cls.tap, day='2026-09-06 02:00:00')
        cls.deliver(cls.dealer, cls.tap, cls.basin)
        cls.deliver(cls.dealer, cls.basin)
        cls.deliver(cls.rival, cls.tap, cls.basin)
        cls.first = cls.complain(product_id=cls.tap.id, lot_name='L1')
        cls.second = cls.complain(product_id=cls.tap.id, day='2026-09-07 02:00:00', lot_name='L1')
        cls.third = cls.complain()
        cls.fourth = cls.complain(cls.rival, product_id=cls.basin.id)
        cls.ours = [('dealer_id', 'in', (cls.dealer | cls.rival).ids)]

    def figures(self, groupby, *aggregates, domain=(), model='dealer.complaint.report', user=None):
        rows = (
            self.env[model]
            .with_user(user or self.staff)
            ._read_group([*self.ours, *domain], [groupby] if groupby else [], aggregates)
        )
        return {row[0]: row[1:] for row in rows} if groupby else rows[0]

    def rates(self, groupby, **kwargs):
        return self.figures(groupby, 'complaint_count:sum', 'delivery_count:sum', 'per_hundred:avg', **kwargs)

    def test_per_hundred_deliveries(self):
        self.assertEqual(self.rates('dealer_id'), {self.dealer: (3, 4, 75), self.rival: (1, 1, 100)})
        # 4 by 5: not the mean of 75 and 100.
        self.assertEqual(self.rates(None), (4, 5, 80))
        products = self.rates('product_id')
        self.assertEqual(products[self.tap], (2, 4, 50))
        self.assertEqual(products[self.basin][:2], (1, 3))
        self.assertAlmostEqual(products[self.basin][2], 100 / 3)
        self.assertEqual(products[self.env['product.product']], (1, 0, False), 'Nothing divides it.')
        months = {month.month: row for month, row in self.rates('date:month').items()}
        self.assertEqual(months, {9: (1, 1, 100), 10: (3, 4, 75)})
        self.assertEqual(self.rates('type_id')[self.plain_type], (4, 0, False))

    def test_order_and_having(self):
        found = self.env['dealer.complaint.report']._read_group(
            self.ours,
            ['dealer_id'],
            ['per_hundred:avg'],
            having=[('delivery_count:sum', '>=', 1)],
            order='per_hundred:avg DESC',
        )
        self.assertEqual(found, [(self.rival, 100), (self.dealer, 75)])
        self.assertFalse(
            self.env['dealer.complaint.report']._read_group(
                self.ours, ['dealer_id'], having=[('delivery_count:sum', '>', 4)]
            )
        )

    def test_only_what_was_delivered_to_dealers(self):
        customer = self.env['res.partner'].create({'name': 'No Dealer'})
        picking = self.deliver(customer, self.tap)
        self.make_order(self.dealer).action_confirm()
        operation = self.env['stock.picking.type'].search(
            [('code', '=', 'incoming'), ('company_id', '=', self.company.id)], limit=1
        )
        places = {
            'location_id': self.env.ref('stock.stock_location_suppliers').id,
            'location_dest_id': operation.default_location_dest_id.id,
        }
        move = {'product_id': self.tap.id, 'product_uom_qty': 1, 'quantity': 1, 'picked': True, **places}
        incoming = self.env['stock.picking'].create(
            {'partner_id': self.dealer.id, 'picking_type_id': operation.id, 'move_ids': [(0, 0, move)], **places}
        )
        incoming._action_done()
        self.assertEqual(self.rates(None), (4, 5, 80))
        self.assertFalse(self.env['dealer.complaint.report'].search([('picking_id', 'in', (picking + incoming).ids)]))

    def test_merged_ones_count_once(self):
        self.third.sudo().merged_into_id = self.first
        self.assertEqual(self.rates(None), (3, 5, 60))

    def test_tier_is_of_the_day_where_the_company_is(self):
        gold, silver = self.env['res.partner.grade'].create([{'name': 'Test Gold'}, {'name': 'Test Silver'}])
        periods = self.env['dealer.tier.period'].sudo()
        periods.search([('dealer_id', '=', self.rival.id)]).unlink()
        periods.create(
            [
                {
                    'dealer_id': self.rival.id,
                    'grade_id': grade.id,
                    'date_from': date_from,
                    'date_to': date_to,
                }
                for grade, date_from, date_to in (
                    (gold, '2026-01-01', '2026-10-08'),
                    (silver, '2026-10-09', False),
                )
            ]
        )
        # 23:59:59 of the 8th and 00:00 of the 9th in China, both the 8th in UTC.
        for moment, grade in (('2026-10-08 15:59:59', gold), ('2026-10-08 16:00:00', silver)):
            picking = self.deliver(self.rival, self.tap, day=moment)
            row = self.env['dealer.complaint.report'].search([('picking_id', '=', picking.id)])
            self.assertEqual(row.grade_id, grade)

    def test_averages(self):
        self.first.sudo().write({'date_first_reply': '2026-10-08 03:00:00'})
        self.second.sudo().write({'date_first_reply': '2026-09-07 05:00:00', 'date_solved': '2026-09-08 02:00:00'})
        self.second.sudo().reopen_count = 2
        self.assertEqual(self.first.first_reply_hours, 2)
        self.assertEqual(self.second.first_reply_hours, 2, 'From 10 to 12; 13:00 begins the afternoon.')
        self.first.sudo().write({'date_first_reply': '2026-10-08 06:00:00'})
        self.assertEqual(self.first.first_reply_hours, 4)
        replied, solved, reopened = self.figures(
            None, 'first_reply_hours:avg', 'resolution_hours:avg', 'reopened_count:sum'
        )
        # Those without a reply or a solution make no mean smaller.
        self.assertEqual((replied, solved, reopened), (3, 8, 1))

    def test_cost_of_what_was_not_cancelled(self):
        outcomes = self.env['dealer.complaint.outcome'].create(
            [{'complaint_id': self.first.id, 'kind': 'refund'} for _number in range(3)]
        )
        for outcome, cost, state in zip(outcomes, (10.1, 20.2, 40), ('made', 'done', 'cancelled'), strict=True):
            outcome.write({'cost': cost, 'state': state})
        self.assertAlmostEqual(self.figures('dealer_id', 'cost:sum')[self.dealer][0], 30.3)

    def test_rows_open_what_they_are(self):
        complaint, delivery = (
            self.env['dealer.complaint.report'].search([*self.ours, ('kind', '=', kind)], limit=1)
            for kind in ('complaint', 'delivery')
        )
        self.assertEqual(complaint.action_open()['res_model'], 'dealer.complaint')
        self.assertEqual(complaint.document, complaint.complaint_id.name)
        self.assertEqual(delivery.action_open()['res_id'], delivery.picking_id.id)
        self.assertEqual(delivery.document, delivery.picking_id.name)

    # -------------------------------------------------------------- Deadlines

    def test_share_of_deadlines_met(self):
        self.make_deadlines(self.first, acknowledge='met', first_reply='met', resolve='breached', form='met')
        self.make_deadlines(self.second, acknowledge='open', resolve='stopped')
        self.make_deadlines(self.third)
        self.make_deadlines(self.fourth, acknowledge='breached', confirm='breached')
        aggregates = ('met_count:sum', 'missed_count:sum', 'decided_count:sum', 'share_met:avg')
        shares = self.figures('dealer_id', *aggregates, model='dealer.deadline.report')
        self.assertEqual(shares, {self.dealer: (3, 1, 4, 0.75), self.rival: (0, 2, 2, 0)})
        # 3 of 6: not the mean of 75 % and 0 %.
        self.assertEqual(self.figures(None, *aggregates, model='dealer.deadline.report'), (3, 3, 6, 0.5))
        kinds = self.figures('kind', 'share_met:avg', model='dealer.deadline.report')
        self.assertEqual(
            kinds, {'acknowledge': (0.5,), 'first_reply': (1,), 'resolve': (0,), 'form': (1,), 'confirm': (0,)}
        )
        row = self.env['dealer.deadline.report'].search([('complaint_id', '=', self.first.id)], limit=1)
        self.assertEqual((row.product_id, row.lot_name, row.product_categ_id), (self.tap, 'L1', self.tap.categ_id))
        self.assertEqual(row.action_open()['res_id'], self.first.id)

    def test_every_way_to_group_adds_up(self):
        """By team, type, product, lot, dealer, territory and whatever else the search views offer."""
        self.make_deadlines(self.first, acknowledge='met', resolve='breached')
        self.make_deadlines(self.fourth, acknowledge='breached')
        for model, counted in (
            ('dealer.deadline.report', 'decided_count'),
            ('dealer.complaint.report', 'complaint_count'),
        ):
            arch = etree.fromstring(self.env[model].get_view(view_type='search')['arch'])
            groups = [safe_eval(node.get('context'))['group_by'] for node in arch.iter('filter') if node.get('context')]
            names = {group.partition(':')[0] for group in groups}
            self.assertLessEqual({'type_id', 'product_id', 'lot_name', 'dealer_id', 'territory_id'}, names)
            [total] = self.figures(None, f'{counted}:sum', model=model)
            for group in groups:
                with self.subTest(model, group=group):
                    rows = self.figures(group, f'{counted}:sum', model=model)
                    self.assertEqual(sum(count for (count,) in rows.values()), total)
        teams = self.figures('team_id', 'met_count:sum', 'missed_count:sum', model='dealer.deadline.report')
        self.assertEqual(teams[self.team], (1, 2))
        lots = self.figures('lot_name', 'share_met:avg', model='dealer.deadline.report')
        self.assertEqual(lots['L1'], (0.5,))

    def test_deadlines_of_merged_ones_do_not_count(self):
        self.make_deadlines(self.first, acknowledge='met')
        self.make_deadlines(self.third, acknowledge='breached')
        self.third.sudo().merged_into_id = self.first
        shares = self.figures('dealer_id', 'decided_count:sum', 'share_met:avg', model='dealer.deadline.report')
        self.assertEqual(shares[self.dealer], (1, 1))

    def test_nothing_decided_has_no_share(self):
        self.make_deadlines(self.first, acknowledge='open')
        share = self.figures(
            None, 'share_met:avg', model='dealer.deadline.report', domain=[('complaint_id', '=', self.first.id)]
        )
        self.assertEqual(share, (False,))

    # ----------------------------------------------------------------- Rights

    def test_confidential_ones_are_not_counted(self):
        secret = self.complain(type_id=self.secret_type.id)
        self.make_deadlines(secret, acknowledge='breached')
        for role in ('complaint', 'staff', 'manager', 'auditor'):
            with self.subTest(role):
                self.assertEqual(self.rates(None, user=self.users[role])[0], 4)
                for model in ('dealer.complaint.report', 'dealer.deadline.report'):
                    reports = self.env[model].with_user(self.users[role])
                    self.assertFalse(reports.search([('complaint_id', '=', secret.id)]))
        self.staff.group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        self.assertEqual(self.rates(None)[0], 5)
        self.assertTrue(
            self.env['dealer.deadline.report'].with_user(self.staff).search([('complaint_id', '=', secret.id)])
        )

    def test_staff_see_their_own_dealers(self):
        own = self.users['staff_own']
        self.assertEqual(self.rates(None, user=own), (False, 0, False))
        self.rival.channel_account_manager_id = own
        self.assertEqual(self.rates('dealer_id', user=own), {self.rival: (1, 1, 100)})
        for role in ('accountant', 'employee', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                self.rates(None, user=self.users[role])

    def test_other_companies(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        self.staff.company_ids |= other
        reports = self.env['dealer.complaint.report'].with_user(self.staff)
        self.assertFalse(reports.with_company(other).with_context(allowed_company_ids=other.ids).search(self.ours))


@tagged('post_install', '-at_install')
class TestComplaintWeek(FiguresCase):
    """The Monday page: every figure, and the records behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Complaints of the tests alone.
        cls.env['dealer.complaint'].search([('company_id', '=', cls.company.id)], limit=10_000).sudo().write(
            {'company_id': cls.env['res.company'].create({'name': 'Elsewhere'}).id, 'team_id': False}
        )

    def page(self, user=None, day=None):
        return self.env['dealer.complaint.week'].with_user(user or self.staff).get_week(day)

    def card(self, key, page=None):
        return next(card for card in (page or self.page())['cards'] if card['key'] == key)

    def rows(self, key, page=None):
        """``{label: [texts]}`` of a table."""
        table = next(table for table in (page or self.page())['tables'] if table['key'] == key)
        self.assertTrue(all(len(row['cells']) + 1 == len(table['columns']) for row in table['rows']))
        return {row['label']: [cell['text'] for cell in row['cells']] for row in table['rows']}

    def test_week_of_the_company(self):
        page = self.page()
        self.assertIn('10/05/2026', page['title'])
        self.assertIn('10/11/2026', page['title'])
        self.assertEqual((page['previous'], page['next']), ('2026-10-05', False))
        earlier = self.page(day='2026-10-05')
        self.assertIn('09/28/2026', earlier['title'])
        self.assertEqual(earlier['next'], '2026-10-12')
        with freeze_time('2026-10-18 15:59:59'):  # Sunday, 23:59:59 in China
            self.assertIn('10/05/2026', self.page()['title'])
        with freeze_time('2026-10-18 16:00:00'):
            self.assertIn('10/12/2026', self.page()['title'])
        for day in ('2026-10-13', 'x', '2026-13-45'):
            with self.subTest(day), self.assertRaises(UserError):
                self.page(day=day)

    def test_new_to_the_second(self):
        # Monday 0:00 and Sunday 23:59:59 in China are in, a second before and after are not.
        for day in ('2026-10-04 16:00:00', '2026-10-11 15:59:59', '2026-10-04 15:59:59', '2026-10-11 16:00:00'):
            self.complain(day=day)
        # The weeks before: 1, 0, 0 and 1.
        self.complain(day='2026-09-08 02:00:00')
        card = self.card('new')
        self.assertEqual((card['value'], card['before'], card['usual']), (2, '1', '0.5'))
        self.assertEqual((card['trend'], card['arrow']), ('bad', 'up'))

    def test_closed_and_hours(self):
        for number, day in enumerate(('2026-10-08 01:00:00', '2026-10-08 02:00:00')):
            complaint = self.complain(day=day, answer='<p>Sorry</p>')
            with freeze_time(f'2026-10-08 0{3 + number}:00:00'):
                complaint.with_user(self.staff).action_answer()
                complaint.action_close()
        self.assertEqual(self.card('closed')['value'], 2)
        # 9 to 11 and 10 to 12 in China
        self.assertEqual(self.card('first_reply')['value'], 2)
        self.assertEqual(self.card('resolution')['text'], '2.0')
        self.assertEqual(self.card('resolution')['before'], '–', 'Nothing is no hours.')
        self.assertEqual(self.card('open')['value'], 0)

    def test_overdue_by_person(self):
        late = self.complain(user_id=self.staff.id)
        self.complain(user_id=self.staff.id)
        self.complain(user_id=False)
        for complaint in self.env['dealer.complaint'].search([('company_id', '=', self.company.id)], limit=10):
            complaint.sudo().next_due = '2026-10-13 02:00:00'
        late.sudo().next_due = '2026-10-12 01:59:59'
        self.assertEqual((self.card('open')['value'], self.card('overdue')['value']), (3, 1))
        self.assertEqual(
            self.rows('people'),
            {self.staff.name: ['Test Team', '2', '1'], 'Nobody': ['Test Team', '1', '0']},
        )

    def test_waiting_longest(self):
        for number in range(12):
            self.complain(title=f'Number {number}', day=f'2026-10-06 {number:02}:00:00')
        answered = self.complain(day='2026-09-01 02:00:00', answer='<p>Yes</p>')
        answered.action_answer()
        rows = self.rows('worst')
        self.assertEqual(list(rows), [f'Number {number}' for number in range(10)])
        self.assertEqual(rows['Number 0'][0], self.dealer.name)
        self.assertEqual(rows['Number 0'][-1], '6')

    def test_deadlines_by_target(self):
        for results in (
            {'acknowledge': 'met', 'form': 'breached'},
            {'acknowledge': 'breached'},
            {'acknowledge': 'met'},
            {'acknowledge': 'met', 'resolve': 'open'},
        ):
            self.make_deadlines(self.complain(), **results)
        self.make_deadlines(self.complain(day='2026-09-29 02:00:00'), acknowledge='met')
        self.assertEqual(
            self.rows('deadlines'),
            {
                'Acknowledge': ['We', '75 %', '100 %', '100 %', '1'],
                'Problem Form in': ['Dealers', '0 %', '–', '–', '1'],
            },
        )

    def test_pareto(self):
        causes = self.env['dealer.complaint.cause'].create([{'name': name} for name in 'ABC'])
        for cause, count in zip(causes, (3, 5, 2), strict=True):
            for _number in range(count):
                self.complain(day='2026-09-01 02:00:00').cause_id = cause
        self.complain(day='2026-07-01 02:00:00').cause_id = causes[2]
        self.complain().action_cancel('No complaint')
        self.assertEqual(
            self.rows('causes'),
            {'B': ['5', '50 %', '50 %'], 'A': ['3', '30 %', '80 %'], 'C': ['2', '20 %', '100 %']},
        )

    def test_products_lots_and_dealers(self):
        for _number in range(4):
            self.deliver(self.dealer, self.tap)
        self.deliver(self.dealer, self.tap, self.basin)
        self.deliver(self.rival, self.tap)
        self.complain(product_id=self.tap.id, lot_name='L1')
        self.complain(product_id=self.tap.id, lot_name='L1')
        self.complain(product_id=self.basin.id, lot_name='L2')
        self.complain(self.rival, product_id=self.tap.id, lot_name='L1')
        self.assertEqual(self.rows('products'), {'Tap': ['3', '6', '50.0'], 'Basin': ['1', '1', '100.0']})
        self.assertEqual(self.rows('lots'), {'L1': ['Tap', '3', '2'], 'L2': ['Basin', '1', '1']})
        # One delivery is too few to compare.
        self.assertEqual(self.rows('dealers'), {self.dealer.name: ['3', '5', '60.0']})

    def test_satisfaction_and_credits(self):
        for stars in (5, 2):
            complaint = self.complain()
            complaint.sudo().write({'date_confirmed': '2026-10-09 02:00:00'})
            self.env.flush_all()
            self.env.cr.execute(
                'UPDATE dealer_complaint SET rating_last_value = %s WHERE id = %s', (stars, complaint.id)
            )
        self.env.invalidate_all()
        self.assertEqual(self.card('satisfaction')['text'], '3.5')
        outcomes = self.env['dealer.complaint.outcome'].create(
            [
                {'complaint_id': complaint.id, 'kind': kind, 'amount': amount}
                for kind, amount in (
                    ('compensation', 50.1),
                    ('compensation', 20.2),
                    ('refund', 1000),
                    ('compensation', 7),
                )
            ]
        )
        outcomes[3].state = 'cancelled'
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE dealer_complaint_outcome SET create_date = '2026-10-07 02:00:00' WHERE id = ANY(%s)",
            (outcomes.ids,),
        )
        self.env.invalidate_all()
        card = self.card('credits')
        self.assertEqual(card['value'], 2)
        self.assertIn('70.30', card['text'])

    def test_every_figure_proves_itself(self):
        self.test_products_lots_and_dealers()
        self.test_deadlines_by_target()
        page = self.page()
        figures = [
            (card['key'], card['text'], card['link']) for card in page['cards'] if card['key'] in ('new', 'open')
        ]
        figures += [
            (table['key'], cell['text'], cell['link'])
            for table in page['tables']
            for row in table['rows']
            for cell in row['cells']
            if cell.get('link')
        ]
        self.assertGreater(len(figures), 10)
        for key, text, link in figures:
            with self.subTest(key=key, link=link):
                model = self.env[link['res_model']].with_user(self.staff)
                if link.get('context'):
                    count = len(model._read_group(link['domain'], link['context']['group_by']))
                else:
                    count = model.search_count(link['domain'])
                self.assertEqual(int(text), count)

    def test_with_the_readers_own_rights(self):
        self.complain(type_id=self.secret_type.id, lot_name='SECRET')
        self.complain(self.rival)
        self.assertEqual(self.card('new')['value'], 1)
        self.assertNotIn('SECRET', str(self.page()))
        own = self.users['staff_own']
        self.assertEqual(self.card('new', self.page(own))['value'], 0)
        self.rival.channel_account_manager_id = own
        self.assertEqual(self.card('new', self.page(own))['value'], 1)
        self.staff.group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        self.assertEqual(self.card('new')['value'], 2)
        self.assertIn('SECRET', str(self.page()))
        for role in ('auditor', 'manager', 'staff'):
            self.assertTrue(self.page(self.users[role])['cards'])
        for role in ('employee', 'salesman'):
            with self.subTest(role), self.assertRaises(AccessError):
                self.page(self.users[role])

    def test_empty_page(self):
        page = self.page()
        self.assertFalse(any(table['rows'] for table in page['tables']))
        self.assertTrue(all(table['empty'] for table in page['tables']))
        self.assertEqual(self.card('new', page)['value'], 0)

    def test_queries_do_not_grow(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.page()
            return self.cr.sql_log_count - before

        causes = self.env['dealer.complaint.cause'].search([], limit=10)
        types = self.env['dealer.complaint.type'].search([('confidential', '=', False)], limit=5)
        vals = [
            {
                'dealer_id': (self.dealer, self.rival)[number % 2].id,
                'partner_id': False,
                'type_id': types[number % 5].id,
                'team_id': self.team.id,
                'cause_id': causes[number % 10].id,
                'product_id': (self.tap, self.basin)[number % 2].id,
                'lot_name': f'L{number % 20}',
                'date_received': datetime(2026, 10, 11, 2) - timedelta(hours=5 * (number % 150)),
            }
            for number in range(500)
        ]
        self.deliver(self.dealer, self.tap, self.basin)
        self.env['dealer.complaint'].create([self.complaint_vals(**one) for one in vals[:5]])
        self.page()
        few = count_queries()
        self.env['dealer.complaint'].create([self.complaint_vals(**one) for one in vals[5:]])
        self.page()
        self.assertLessEqual(count_queries(), few)
        self.assertLess(few, 60)
