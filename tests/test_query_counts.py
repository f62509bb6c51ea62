from unittest.mock import patch

from lxml import etree

from odoo.tests import tagged

from .common import DealerCase
from .territory_common import TerritoryCase

LIST_FIELDS = {
    'dealer_code': {},
    'name': {},
    'dealer_type_id': {'fields': {'display_name': {}}},
    'grade_id': {'fields': {'display_name': {}}},
    'channel_account_manager_id': {'fields': {'display_name': {}}},
    'upstream_dealer_id': {'fields': {'display_name': {}}},
    'state_id': {'fields': {'display_name': {}}},
    'city': {},
    'dealer_state': {},
    'activity_ids': {'fields': {}},
}


@tagged('post_install', '-at_install')
class TestQueryCounts(DealerCase):
    """What does not depend on the number of records, and what a contact that is no dealer costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealers = cls.env['res.partner'].create(
            [
                {
                    'name': f'Dealer {number}',
                    'is_dealer': True,
                    'dealer_type_id': cls.distributor.id,
                    'grade_id': cls.gold.id,
                    'channel_account_manager_id': cls.users['staff'].id,
                    'state_id': cls.env.ref('base.state_cn_GD').id,
                }
                for number in range(80)
            ]
        )
        for dealer in cls.dealers[1:]:
            dealer.upstream_dealer_id = cls.dealers[0]
        cls.env.flush_all()

    def test_list_and_kanban_do_not_grow_with_the_page(self):
        for role in ('manager', 'staff_own'):
            self.dealers.channel_account_manager_id = self.users[role]
            Partner = self.env['res.partner'].with_user(self.users[role])

            def read_page(size, Partner=Partner):
                result = Partner.web_search_read([('is_dealer', '=', True)], LIST_FIELDS, limit=size)
                self.assertEqual(len(result['records']), size)

            def read_columns(size, Partner=Partner):
                Partner.web_read_group(
                    [('is_dealer', '=', True)],
                    ['dealer_state'],
                    ['__count'],
                    auto_unfold=True,
                    unfold_read_specification=LIST_FIELDS,
                    unfold_read_default_limit=size,
                )

            for read in (read_page, read_columns):
                with self.subTest(role=role, view=read.__name__):
                    read(2)  # warms what is cached for the user
                    self.assertEqual(
                        self.count_queries(lambda read=read: read(5)), self.count_queries(lambda read=read: read(80))
                    )

    def test_contact_that_is_no_dealer_costs_nothing(self):
        """The same calls with this module's overrides of create and write taken out."""
        Partner = self.env['res.partner']
        own = [
            cls
            for cls in type(Partner).__mro__
            if cls.__module__.startswith('odoo.addons.dealer_management') and {'create', 'write'} & cls.__dict__.keys()
        ]
        self.assertEqual(len(own), 7)

        def create():
            Partner.create([{'name': 'Plain', 'parent_id': False}])

        contact = Partner.create({'name': 'Plain'})

        def edit():
            contact.write({'name': 'Plainer', 'phone': '1', 'city': 'Foshan'})

        for function in (create, edit):
            function()
            with_module = self.count_queries(function)
            taken = [
                (cls, name, cls.__dict__[name]) for cls in own for name in ('create', 'write') if name in cls.__dict__
            ]
            for cls, name, _method in taken:
                delattr(cls, name)
            try:
                without = self.count_queries(function)
            finally:
                for cls, name, method in taken:
                    setattr(cls, name, method)
            with self.subTest(function.__name__):
                self.assertEqual(with_module, without)

    def test_creating_dealers_costs_no_query_each(self):
        def count(number, **vals):
            return self.count_queries(
                lambda: self.env['res.partner'].create([{'name': 'D', **vals} for _number in range(number)])
            )

        dealer = {'is_dealer': True, 'grade_id': self.gold.id, 'upstream_dealer_id': self.dealers[0].id}
        count(1, **dealer)
        self.assertEqual(
            count(60, **dealer) - count(10, **dealer), count(60, is_company=True) - count(10, is_company=True)
        )

    def test_editing_a_tier_takes_a_fixed_number_of_queries(self):
        limits = iter(range(10000, 20000))
        silver = self.dealers[:3]
        silver.grade_id = self.silver
        self.gold.credit_limit = next(limits)
        few = self.count_queries(lambda: self.silver.write({'credit_limit': next(limits)}))
        many = self.count_queries(lambda: self.gold.write({'credit_limit': next(limits)}))
        self.assertEqual(few, many)

    def test_order_of_a_customer_who_is_no_dealer(self):
        """Confirming takes no query more than with the dealers' rule taken out."""
        customer = self.env['res.partner'].create({'name': 'Customer'})
        self.make_order(customer).action_confirm()
        with_rule = self.count_queries(self.make_order(customer).action_confirm)
        for model in ('res.partner', 'sale.order'):
            self.patch(self.registry[model], '_get_dealer_block_message', lambda records: False)
        self.patch(self.registry['sale.order'], '_get_ordering_dealers', lambda orders: orders.partner_id.browse())
        self.assertEqual(with_rule, self.count_queries(self.make_order(customer).action_confirm))


@tagged('post_install', '-at_install')
class TestGrantsReadAtOnce(TerritoryCase):
    """Screens that show or count any number of grants read them at once, not by the thousand as the ORM does.

    Here the ORM reads four at a time: what it reads so takes more queries for twelve grants than for three.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.a.channel_account_manager_id = cls.users['staff_own']

    def make_grants(self, count):
        """Grants in force, each of a town below 湖南."""
        for number in range(count):
            town = self.make_territory(f'Town {number}', self.hunan)
            self._make_grant_in_force(town, '2020-01-01', '2099-12-31')

    def make_following_grants(self, count):
        """Grants of one territory, one after the other."""
        first = len(self.hunan.authorization_ids)
        for number in range(first, first + count):
            self._make_grant_in_force(self.hunan, f'2026-{number + 1:02}-01', f'2026-{number + 1:02}-20')

    def _make_grant_in_force(self, territory, date_from, date_to):
        self.make_grant(
            self.a,
            territory,
            category_ids=self.category,
            channel_ids=self.shop,
            date_from=date_from,
            date_to=date_to,
            state='active',
        )

    def assertSameQueries(self, read, make, check):
        """``read(user)`` takes as many queries for twelve grants as for three; ``check`` says how many were read."""
        with patch('odoo.orm.fields.PREFETCH_MAX', 4):
            counts = []
            for count, more in ((3, 3), (12, 9)):
                make(more)
                self.env.invalidate_all()  # who holds what is looked up again
                for role in ('manager', 'staff_own'):
                    self.count_queries(lambda role=role: read(self.users[role]))  # warms what is cached for the user
                    self.assertEqual(check(self.users[role]), count)
                    counts.append(self.count_queries(lambda role=role: read(self.users[role])))
        self.assertEqual(counts[:2], counts[2:])

    def test_territories_read_the_grants_below_at_once(self):
        def read(user):
            specification = {'holding_state': {}, 'exclusive_dealer_id': {'fields': {'display_name': {}}}}
            return self.hunan.with_user(user).web_read(specification)

        self.assertSameQueries(read, self.make_grants, lambda user: len(self.hunan.with_user(user).holding_ids))
        self.assertEqual(read(self.users['manager'])[0]['holding_state'], 'part')

    def test_calendar_reads_the_scopes_at_once(self):
        view = self.env.ref('dealer_management.dealer_authorization_view_calendar')
        grants = self.env['dealer.authorization']

        def read(user):
            arch = etree.fromstring(grants.with_user(user).get_view(view.id, 'calendar')['arch'])
            names = [node.get('name') for node in arch.iter('field')]
            found = grants.with_user(user).search_read([('territory_id', '=', self.hunan.id)], names)
            self.assertEqual({row['scope_summary'] for row in found}, {f'{self.category.name} · {self.shop.name}'})
            return found

        self.assertSameQueries(read, self.make_following_grants, lambda user: len(read(user)))

    def test_products_of_any_number_of_grants_are_one_condition(self):
        """What a dealer may order: grants of many categories, some of them with the same carve-out."""
        categories = self.env['product.category'].create([{'name': f'Category {number}'} for number in range(12)])
        products = self.env['product.product'].create(
            [{'name': category.name, 'categ_id': category.id} for category in categories]
        )
        grants = self.env['dealer.authorization']
        for number, category in enumerate(categories):
            carved = {'carveouts': [(False, products[0])]} if number % 2 else {}
            grants += self.make_grant(self.a, self.hunan, category_ids=category, **carved)

        def find(count):
            return products.search(grants.browse(grants.ids[:count])._get_granted_products_domain(), order='id')

        self.assertEqual(find(3), products[:3])
        self.assertEqual(find(12), products)
        self.assertEqual(self.count_queries(lambda: find(3)), self.count_queries(lambda: find(12)))
        # What one grant leaves out may be named by another.
        grants[3].category_ids |= categories[0]
        self.assertIn(products[0], find(12))
        self.assertNotIn(products[0], products.search(grants[1::2]._get_granted_products_domain()))
