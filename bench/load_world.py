"""A channel of two years: dealers, grants, orders, deliveries, invoices, rebates and complaints, in any size.

It grows: first to a hundredth, then to its whole size, in one database. The share of one dealer is
the same in both, but for one big dealer, who has a twentieth of everything.
"""

import datetime
import os
from dataclasses import dataclass, fields

from order_world import make_orders
from rebate_world import make_invoices
from rows import copy_rows, pick, settle_statistics, shift_dates, without_indexes
from territory_world import make_country, make_grants, make_territories

from odoo.fields import Command
from odoo.tools import SQL

TODAY = datetime.date.today()
# Two calendar years, this one included: what is settled is over, what is open has begun.
FIRST = datetime.date(TODAY.year - 1, 1, 1)
CATEGORIES, PRODUCTS, CITIES, PRICE_LISTS, OWN_STAFF, ORDER_LINES = 20, 400, 24, 4, 10, 5
PASSWORD = 'bench-password'
GROUPS = {
    'manager': 'dealer_management.group_dealer_manager',
    'complaint': 'dealer_management.group_dealer_complaint',
    'accountant': 'account.group_account_manager',
    'auditor': 'dealer_management.group_dealer_auditor',
}


@dataclass(frozen=True)
class Size:
    """How much there is of what the benchmark is about; the rest follows from it."""

    dealers: int
    lines: int
    complaints: int
    grants: int

    @classmethod
    def whole(cls):
        """As promised, or as BENCH_DEALERS and so on say."""
        usual = {'dealers': 2_000, 'lines': 1_000_000, 'complaints': 100_000, 'grants': 10_000}
        return cls(**{name: int(os.environ.get(f'BENCH_{name.upper()}', count)) for name, count in usual.items()})

    def divide(self, number):
        return Size(**{field.name: getattr(self, field.name) // number for field in fields(self)})

    def __sub__(self, other):
        return Size(**{field.name: getattr(self, field.name) - getattr(other, field.name) for field in fields(self)})

    @property
    def orders(self):
        return self.dealers * 10

    def __str__(self):
        return ', '.join(f'{getattr(self, field.name):,} {field.name}' for field in fields(self))


class LoadWorld:
    """The channel, and what the pages are opened with.

    :ivar env: of the superuser, on the database of the benchmark
    :ivar dealers: all of them; the first is the big one
    """

    def __init__(self, env):
        self.env = env(context={'tracking_disable': True, 'mail_notify_force_send': False})
        self.size = Size(0, 0, 0, 0)
        self._make_company()
        self._make_goods()
        self._make_people()
        self.dealers = self.env['res.partner']
        self.towns = self.env['dealer.territory']
        self.country = None
        self.program, self.wallet_program = (self._make_program(method) for method in ('credit_note', 'wallet'))
        self.periods = iter(self.program._get_periods())
        self.allocation = self.env['dealer.allocation']

    # --------------------------------------------------------------- Masters

    def _make_company(self):
        env = self.env
        company = env.company
        company.country_id = env.ref('base.cn')
        if not company.chart_template:
            env['account.chart.template'].try_loading('generic_coa', company, install_demo=False)
        expense, accrued, wallet = env['account.account'].create(
            [
                {'code': 'B60010', 'name': 'Bench rebates', 'account_type': 'income'},
                {'code': 'B22410', 'name': 'Bench accruals', 'account_type': 'liability_current'},
                {'code': 'B22420', 'name': 'Bench wallets', 'account_type': 'liability_current'},
            ]
        )
        journal = env['account.journal'].search([('type', '=', 'general'), ('company_id', '=', company.id)], limit=1)
        company.write(
            {
                'dealer_rebate_expense_account_id': expense.id,
                'dealer_rebate_accrual_account_id': accrued.id,
                'dealer_rebate_accrual_journal_id': journal.id,
                'dealer_wallet_account_id': wallet.id,
                'dealer_wallet_journal_id': journal.id,
                'dealer_territory_policy': 'warn',
            }
        )
        self.rebate_product = company._get_dealer_rebate_product()
        self.rebate_product.taxes_id = False
        self.rebate_product.property_account_income_id = expense

    def _make_goods(self):
        env = self.env
        self.categories = env['product.category'].create([{'name': f'Bench {n}'} for n in range(CATEGORIES)])
        self.products = env['product.product'].create(
            [
                {
                    'name': f'Bench product {number}',
                    'default_code': f'BENCH-{number}',
                    'type': 'consu',
                    'is_storable': True,
                    'list_price': 100 + number,
                    'taxes_id': False,
                    'categ_id': self.categories[number % CATEGORIES].id,
                }
                for number in range(PRODUCTS)
            ]
        )
        grades = env['res.partner.grade'].create([{'name': f'Bench tier {n}'} for n in range(PRICE_LISTS)])
        self.price_lists = env['product.pricelist'].create(
            [
                {
                    'name': f'Bench list {number}',
                    'dealer_level_id': env.ref('dealer_management.dealer_price_level_a').id,
                    'grade_ids': [Command.set(grade.ids)],
                    'item_ids': [
                        Command.create(
                            {
                                'product_tmpl_id': product.product_tmpl_id.id,
                                'compute_price': 'fixed',
                                'fixed_price': product.list_price * (90 - number) / 100,
                            }
                        )
                        for product in self.products
                    ],
                }
                for number, grade in enumerate(grades)
            ]
        )
        for grade, price_list in zip(grades, self.price_lists, strict=True):
            grade.default_pricelist_id = price_list
        self.grades = grades
        self.suggested = env['product.pricelist'].create(
            {
                'name': 'Bench, suggested to consumers',
                'dealer_level_id': env.ref('dealer_management.dealer_price_level_c').id,
                'item_ids': [Command.create({'compute_price': 'percentage', 'percent_price': 0})],
            }
        )

    def _make_people(self):
        env = self.env
        own = [f'own_{number}' for number in range(OWN_STAFF)]
        groups = {**GROUPS, **dict.fromkeys(own, 'dealer_management.group_dealer_staff_own')}
        users = env['res.users'].create(
            [
                {
                    'name': f'Bench {role}',
                    'login': role,
                    'email': f'{role}@example.com',
                    'group_ids': [Command.set([env.ref(group).id, env.ref('base.group_user').id])],
                }
                for role, group in groups.items()
            ]
        )
        self.users = dict(zip(groups, users, strict=True))
        self.users['manager'].password = PASSWORD
        self.users['manager'].group_ids |= env.ref('dealer_management.group_dealer_complaint_confidential')
        self.staff = users.browse([self.users[role].id for role in own])
        team = env['dealer.complaint.team'].create(
            {
                'name': 'Bench',
                'user_id': self.users['manager'].id,
                'member_ids': [Command.set([self.users['complaint'].id, *self.staff.ids])],
            }
        )
        self.types = env['dealer.complaint.type'].create(
            [
                {'name': 'Bench', 'code': 'bench', 'team_id': team.id, 'needs_cause': False},
                {'name': 'Bench, confidential', 'code': 'bench_secret', 'team_id': team.id, 'confidential': True},
            ]
        )
        targets = [('acknowledge', 'working', 'hours', 4), ('first_reply', 'calendar', 'hours', 24)]
        targets.append(('resolve', 'working', 'days', 5))
        env['dealer.deadline.policy'].create(
            [
                {
                    'name': 'Bench',
                    'type_id': complaint_type.id,
                    'target_ids': [
                        Command.create({'kind': kind, 'clock': clock, 'unit': unit, 'amount': amount})
                        for kind, clock, unit, amount in targets
                    ],
                }
                for complaint_type in self.types
            ]
        )

    def _make_program(self, method):
        program = self.env['dealer.rebate.program'].create(
            {
                'title': f'Bench rebate by {method}',
                'date_from': FIRST,
                'date_to': datetime.date(TODAY.year, 12, 31),
                'period': 'quarter',
                'payout_method': method,
                'product_id': self.rebate_product.id,
                'category_ids': [Command.set(self.categories.ids)] if method == 'credit_note' else False,
                'band_ids': [Command.create({'threshold': n * 2_000, 'rate': n}) for n in (1, 2, 3)],
                'requester_id': self.users['accountant'].id,
                **({'wallet_months': 24, 'wallet_max_share': 50} if method == 'wallet' else {}),
            }
        )
        program.write({'state': 'open', 'approver_id': self.users['manager'].id})
        return program

    # ----------------------------------------------------------------- Growing

    def grow(self, size):
        """Grow to ``size``, and commit."""
        more = size - self.size
        newcomers = self._add_dealers(more.dealers)
        self._add_grants(newcomers, more.grants)
        # One in twenty is the big one's.
        buyers = self.dealers.browse(
            [
                self.dealers[0].id if n % 20 == 0 else newcomers[n % len(newcomers)].id
                for n in range(len(newcomers) * 20)
            ]
        )
        orders = self._add_orders(buyers, more.orders)
        days = (TODAY - FIRST).days
        make_invoices(self.env, buyers, self.products, more.lines, first=FIRST, days=days)
        self._add_complaints(buyers, more.complaints)
        self._add_prices(newcomers)
        self._add_exceptions(orders)
        self._settle()
        self._share_out()
        self.size = size
        settle_statistics(self.env)

    def _add_dealers(self, count):
        env, known = self.env, len(self.dealers)
        states = count // (CITIES * 2) + 1
        # Countries are cheap, and each part of the map keeps its own cities.
        self.country, new_states = make_country(env, states, f'Bench Land {known}', f'Q{2 + bool(known)}')
        _tops, towns = make_territories(env, new_states, CITIES)
        self.towns |= towns
        kind = env.ref('dealer_management.dealer_type_distributor')
        newcomers = env['res.partner'].create(
            [
                {
                    'name': f'Bench dealer {number}',
                    'email': f'dealer{number}@example.com',
                    'is_company': True,
                    'is_dealer': True,
                    'dealer_state': 'active' if number % 10 or not number else 'prospect',
                    'dealer_type_id': kind.id,
                    'grade_id': self.grades[number % PRICE_LISTS].id,
                    'customer_rank': 1,
                    'channel_account_manager_id': self.staff[number % OWN_STAFF].id,
                    'country_id': self.country.id,
                    'state_id': new_states[number % states].id,
                    'city': f'City {number % CITIES}',
                }
                for number in range(known, known + count)
            ]
        )
        self.dealers |= newcomers
        if not known:
            self._give_logins(self.dealers[:2])
        return newcomers

    def _give_logins(self, dealers):
        """Portal users of dealers, who log in by the dealer's e-mail address and PASSWORD."""
        users = (
            self.env['res.users']
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        'name': dealer.name,
                        'login': dealer.email,
                        'partner_id': dealer.id,
                        'group_ids': [Command.set(self.env.ref('base.group_portal').ids)],
                    }
                    for dealer in dealers
                    if not dealer.user_ids
                ]
            )
        )
        self.env.flush_all()
        # One hash for all: making one takes as long as a page.
        self.env.cr.execute(
            """UPDATE res_users SET password = (SELECT password FROM res_users WHERE login = 'manager')
                WHERE password IS NULL AND login IN %s""",
            [(*users.mapped('login'), *self.users)],
        )

    def give_logins(self, count):
        """The first ``count`` dealers that may order get portal users; commits, and returns their logins."""
        dealers = self.dealers.filtered(lambda dealer: dealer.dealer_state == 'active')[:count]
        self._give_logins(dealers)
        self.env.cr.commit()
        return dealers.mapped('email')

    def _add_grants(self, dealers, count):
        buyers = dealers.browse(
            [self.dealers[0].id if n % 20 == 0 else dealers[n % len(dealers)].id for n in range(count)]
        )
        grants = make_grants(self.env, buyers, self.towns[-(count // CATEGORIES + 1) :], self.categories, count)
        grants[:1]._issue_certificate()
        self.grants = grants
        self.env['dealer.authorization.report'].create(
            [{'authorization_id': grant.id, 'date_due': TODAY + datetime.timedelta(days=30)} for grant in grants[::2]]
        )

    def _add_orders(self, buyers, count):
        """Orders in thirds: quotations, confirmed and not delivered, delivered; returns the ids of the second."""
        days = (TODAY - FIRST).days
        return make_orders(self.env, buyers, self.products, count, days, ORDER_LINES)['confirmed']

    # -------------------------------------------------------------- Complaints

    def _add_complaints(self, buyers, count):
        """Six in a hundred are open, one of them confidential; the rest is answered, closed or withdrawn."""
        now = datetime.datetime.now()
        # How it stands, how many of a hundred, over how many days they came in.
        stories = [('received', 3, 20), ('analysed', 2, 30), ('secret', 1, 30), ('answered', 2, 7)]
        stories += [('closed', 87, 600), ('cancelled', 5, 600)]
        tables = ('dealer_complaint', 'dealer_deadline', 'mail_message', 'rating_rating')
        complaints = [self._make_complaint(story, now) for story, _share, _days in stories]
        with without_indexes(self.env, *tables):
            for complaint, (_story, share, days) in zip(complaints, stories, strict=True):
                self._copy_complaint(complaint, buyers, count * share // 100, days)

    def _make_complaint(self, story, now):
        dealer = self.dealers[0]
        received = now - datetime.timedelta(days=3)
        complaint = self.env['dealer.complaint'].create(
            {
                'title': 'Boxes are broken',
                'description': 'One in three was wet.',
                'dealer_id': dealer.id,
                'partner_id': dealer.id,
                'type_id': self.types[story == 'secret'].id,
                'product_id': self.products[0].id,
                'quantity': 2,
                'quantity_kind': 'broken',
                'date_found': received,
                'date_received': received,
                'user_id': self.users['manager' if story == 'secret' else 'complaint'].id,
            }
        )
        steps = {
            'received': [],
            'secret': [],
            'analysed': ['action_analyse'],
            'answered': ['action_analyse', 'action_solve', 'action_answer'],
            'closed': ['action_analyse', 'action_solve', 'action_answer', 'action_confirm', 'action_close'],
            'cancelled': ['action_cancel'],
        }[story]
        complaint = complaint.with_user(complaint.user_id).sudo()
        if steps[1:]:
            complaint.analysis = 'It rained.'
            complaint.answer = '<p>You get others.</p>'
        for number, step in enumerate(steps):
            moment = received + datetime.timedelta(hours=number + 1)
            arguments = ['It was another carrier.'] if step == 'action_cancel' else []
            getattr(complaint.with_context(complaint_now=moment), step)(*arguments)
        if story == 'closed':
            complaint._rate(dealer, 4, 'Quickly done')
        if story == 'analysed':
            self.env['dealer.complaint.outcome'].create(
                {'complaint_id': complaint.id, 'kind': 'explanation', 'note': 'Others come'}
            )
        return complaint.sudo(False).with_env(self.env)

    def _copy_complaint(self, complaint, buyers, count, days):
        [(known,)] = self.env.execute_query(SQL('SELECT max(id) FROM dealer_complaint'))
        days = f'mod(n * 13, {days})'
        dealer = pick(buyers.ids, 'n * 7919')
        # What is confidential stays with who may read it.
        users = complaint.user_id if complaint.confidential else self.users['complaint'] | self.staff
        complaints = copy_rows(
            complaint,
            count,
            **shift_dates(complaint, days),
            name=f"'BENCH/' || {known} + n",
            intake_key='NULL',
            dealer_id=dealer,
            partner_id=dealer,
            product_id=pick(self.products.ids, 'n * 37'),
            grade_id=pick(self.grades.ids, 'n'),
            user_id=pick(users.ids, 'n'),
        )
        own = f'{complaints.start} + n - 1'
        parts = [
            (complaint.deadline_ids, {'complaint_id': own}),
            (complaint.message_ids, {'res_id': own}),
            (complaint.outcome_ids, {'complaint_id': own}),
            (complaint.sudo().rating_ids, {'res_id': own, 'partner_id': dealer, 'access_token': 'NULL'}),
        ]
        for records, links in parts:
            if records:
                copy_rows(records, count, **shift_dates(records, days), **links)

    # ------------------------------------------------------------------ Prices

    def _add_prices(self, dealers):
        """Special prices, a price change, and prices that were seen elsewhere."""
        env = self.env
        buyers = dealers | self.dealers[0]
        for tier, of_tier in buyers.grouped('grade_id').items():
            if tier:
                self._grant_special_prices(of_tier)
        change = env['dealer.price.change'].create(
            {
                'pricelist_id': self.price_lists[bool(self.size.dealers)].id,
                'date_start': TODAY + datetime.timedelta(days=20),
                'adjustment': 3,
                'requester_id': self.staff[0].id,
            }
        )
        change.action_prepare()
        change.action_submit()
        change.with_user(self.users['manager']).action_approve('All right')
        deviation = env['dealer.price.deviation'].create(
            {
                'dealer_id': dealers[0].id,
                'product_id': self.products[0].id,
                'level_id': self.suggested.dealer_level_id.id,
                'pricelist_id': self.suggested.id,
                'date_seen': TODAY,
                'price_seen': 60,
                'seen_at': 'Web shop',
            }
        )
        [(known,)] = env.execute_query(SQL('SELECT max(id) FROM dealer_price_deviation'))
        copy_rows(
            deviation,
            len(dealers),
            **shift_dates(deviation, 'mod(n, 200)'),
            name=f"'BENCH/' || {known} + n",
            dealer_id=pick(dealers.ids, 'n'),
            channel_account_manager_id=pick(dealers.channel_account_manager_id.ids, 'n'),
        )

    def _grant_special_prices(self, dealers):
        """One in force and one that waits for each of these dealers of one tier: they buy from the same list."""
        request = self.env['dealer.price.request'].create(
            {
                'dealer_id': dealers[0].id,
                'date_from': TODAY - datetime.timedelta(days=10),
                'date_to': TODAY + datetime.timedelta(days=60),
                'reason': 'A tender',
                'requester_id': self.staff[0].id,
                'line_ids': [
                    Command.create(
                        {'product_id': self.products[place].id, 'quantity_max': 100, 'special_price': 80 + place}
                    )
                    for place in range(3)
                ],
            }
        )
        for state, approver in (('requested', False), ('approved', self.users['manager'].id)):
            request.write({'state': state, 'approver_id': approver})
            lines = request.line_ids
            [(known,)] = self.env.execute_query(SQL('SELECT max(id) FROM dealer_price_request'))
            dealer = pick(dealers.ids, 'n')
            copies = copy_rows(request, len(dealers), name=f"'BENCH/' || {known} + n", dealer_id=dealer)
            links = {'request_id': f'{copies.start} + n - 1'}
            if lines._fields.get('dealer_id') and lines._fields['dealer_id'].store:
                links['dealer_id'] = dealer
            copy_rows(lines, len(dealers), **links)

    def _add_exceptions(self, orders):
        """A request for one waiting order in ten."""
        chosen = self.env['sale.order'].browse(orders[::10])
        self.env['dealer.territory.exception'].create(
            [
                {
                    'order_id': order.id,
                    'dealer_id': order.partner_id.id,
                    'partner_shipping_id': order.partner_shipping_id.id,
                    'reason': 'A customer who moved',
                    'requester_id': self.staff[0].id,
                    'line_ids': [
                        Command.create(
                            {
                                'sale_line_id': line.id,
                                'product_id': line.product_id.id,
                                'product_uom_id': line.product_uom_id.id,
                                'quantity': line.product_uom_qty,
                                'verdict': 'no_grant',
                            }
                        )
                        for line in order.order_line[:1]
                    ],
                }
                for order in chosen
            ]
        )

    # ----------------------------------------------------------------- Rebates

    def _settle(self):
        """The next quarter of both programs, being posted; and questions about what the statements say.

        Of many statements one batch is posted: the rest waits, as while the job goes on.
        """
        period = next(self.periods)
        for program in (self.program, self.wallet_program):
            run = self.env['dealer.rebate.run'].create(
                {
                    'program_id': program.id,
                    'period_to': period.date_to,
                    'date': period.date_to + datetime.timedelta(days=10),
                }
            )
            run.action_preview()
            run.action_confirm()
            run.write({'state': 'posting', 'posted_by_id': self.users['accountant'].id})
            run._post_next_batch()
        lines = self.env['dealer.rebate.settlement.line'].search(
            [
                ('computation_id.payout_id.run_id.program_id', '=', self.program.id),
                ('computation_id.payout_id.state', '=', 'posted'),
            ],
            limit=len(self.dealers) // 4,
        )
        self.env['dealer.rebate.dispute'].create(
            [
                {
                    'computation_id': line.computation_id.id,
                    'move_line_id': line.move_line_id.id,
                    'reason': 'It was more',
                    'requester_id': self.staff[0].id,
                }
                for line in lines
            ]
        )
        criterion = self.env['dealer.rebate.criterion'].search([('is_diversion', '=', False)], limit=1)
        self.env['dealer.rebate.finding'].create(
            [
                {'name': 'Late report', 'dealer_id': dealer.id, 'criterion_id': criterion.id, 'date': FIRST}
                for dealer in self.dealers[len(self.dealers) // 2 :]
            ]
        )

    def _share_out(self):
        """A product that is short, among all who wait for it."""
        product = self.products[len(self.allocation)]
        self.allocation |= self.env['dealer.allocation'].create({'product_id': product.id})

    # ------------------------------------------------------------- One of each

    def get_certificate_path(self):
        grant = self.env['dealer.authorization'].search([('certificate_token', '!=', False)], order='id', limit=1)
        return f'/certificate/{grant.certificate_number}/{grant.certificate_token}'


def count_rows(env):
    """``{what: how many}`` of what the figures are about."""
    models = ('dealer.authorization', 'dealer.territory', 'sale.order', 'stock.picking', 'account.move.line')
    models += ('dealer.complaint', 'dealer.deadline', 'dealer.rebate.payout', 'dealer.rebate.computation')
    counts = {'dealers': env['res.partner'].search_count([('is_dealer', '=', True)])}
    for name in models:
        [(counts[env[name]._description],)] = env.execute_query(
            SQL('SELECT count(*) FROM %s', SQL.identifier(env[name]._table))
        )
    return counts
