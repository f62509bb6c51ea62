from datetime import date, datetime

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_management.models.product_pricelist_rules import PriceRules

from .price_common import PriceCase


@tagged('post_install', '-at_install')
class TestPriceLists(PriceCase):
    """Which list a dealer buys from, and that Odoo's own engine prices by it."""

    def list_of(self, partner):
        partner.invalidate_recordset(['property_product_pricelist'])
        return partner.property_product_pricelist

    def choice_of(self, partner, day=None):
        return self.env['product.pricelist']._choose_dealer_lists(partner, day)[partner]

    def test_levels_are_data(self):
        for code, audience, seasonal in (
            ('A', 'dealer', False),
            ('B', 'retailer', False),
            ('C', 'consumer', False),
            ('D', 'dealer', True),
            ('F', 'internal', False),
        ):
            self.assertEqual(
                (self.levels[code].code, self.levels[code].audience, self.levels[code].is_seasonal),
                (code, audience, seasonal),
            )

    def test_without_levels_the_tiers_list_holds(self):
        self.assertEqual(self.list_of(self.golden), self.pricelist_gold)
        self.assertEqual(self.choice_of(self.golden).reason, 'tier')

    def test_tier_type_and_none(self):
        """The list that names more of the dealer goes first."""
        self.make_list('All dealers', percent=10)
        self.assertEqual(self.list_of(self.golden), self.pricelist_gold, "The tier's own list names the tier.")
        self.golden.specific_property_product_pricelist = False
        self.assertEqual(self.list_of(self.golden).name, 'All dealers')
        self.make_list('Distributors', types=[self.distributor], percent=11)
        self.assertEqual(self.list_of(self.golden).name, 'Distributors')
        self.make_list('Gold distributors', tiers=[self.gold], types=[self.distributor], percent=12)
        self.assertEqual(self.list_of(self.golden).name, 'Gold distributors')
        self.assertEqual(self.choice_of(self.golden).reason, 'level')
        self.assertEqual(self.list_of(self.silvery), self.pricelist_silver)

    def test_contacts_and_branches_get_the_dealers_list(self):
        self.make_list('Gold distributors', tiers=[self.gold], types=[self.distributor])
        contact = self.env['res.partner'].create({'name': 'Clerk', 'parent_id': self.golden.id})
        self.assertEqual(self.list_of(contact).name, 'Gold distributors')

    def test_dates_decide_by_themselves(self):
        self.make_list(
            'May', tiers=[self.gold], types=[self.distributor], date_start='2026-05-01', date_end='2026-05-31'
        )
        self.make_list('June', tiers=[self.gold], types=[self.distributor], date_start='2026-06-01')
        for day, name in (
            ('2026-04-30', 'Gold prices'),
            ('2026-05-01', 'May'),
            ('2026-05-31', 'May'),
            ('2026-06-01', 'June'),
        ):
            choice = self.choice_of(self.golden, date.fromisoformat(day))
            self.assertEqual(self.env['product.pricelist'].browse(choice.pricelist_id).name, name, day)

    def test_before_the_season_goes_first(self):
        self.make_list('Gold distributors', tiers=[self.gold], types=[self.distributor])
        season = self.make_list('Early', level='D', date_start='2026-05-01', date_end='2026-05-15')
        self.assertEqual(self.list_of(self.golden), season)
        self.assertEqual(self.choice_of(self.golden).reason, 'season')
        self.assertNotEqual(self.choice_of(self.golden, date(2026, 5, 16)).pricelist_id, season.id)

    def test_agreed_with_this_dealer_alone(self):
        own = self.make_list('For Golden alone', level=None)
        self.make_list('Early', level='D', date_start='2026-05-01', date_end='2026-05-15')
        self.golden.specific_property_product_pricelist = own
        self.assertEqual(self.list_of(self.golden), own)
        self.assertEqual(self.choice_of(self.golden).reason, 'agreed')

    def test_a_replaced_list_gives_way_wherever_it_was_named(self):
        new = self.make_list('New gold', level=None, replaces_id=self.pricelist_gold.id, date_start='2026-06-01')
        newer = self.make_list('Newer gold', level=None, replaces_id=new.id, date_start='2026-07-01')
        for day, expected in (
            (date(2026, 5, 31), self.pricelist_gold),
            (date(2026, 6, 1), new),
            (date(2026, 7, 1), newer),
        ):
            self.assertEqual(self.choice_of(self.golden, day).pricelist_id, expected.id)
        new.active = False
        self.assertEqual(self.choice_of(self.golden, date(2026, 6, 1)).pricelist_id, self.pricelist_gold.id)

    def test_lists_of_other_companies_and_in_preparation(self):
        other = self.env['res.company'].create({'name': 'Other'})
        self.make_list('Theirs', tiers=[self.gold], types=[self.distributor], company_id=other.id)
        self.make_list('In preparation', tiers=[self.gold], types=[self.distributor], active=False)
        self.assertEqual(self.list_of(self.golden), self.pricelist_gold)

    def test_customers_who_are_no_dealers(self):
        """Their list is Odoo's choice, and never one that belongs to a level."""
        before = self.list_of(self.customer)
        for level in ('A', 'B', 'C', 'F'):
            self.make_list(f'Level {level}', level=level, sequence=1)
        self.assertEqual(self.list_of(self.customer), before)
        self.assertFalse(before.dealer_level_id)

    def test_no_query_once_the_lists_are_known(self):
        self.make_list('Gold distributors', tiers=[self.gold], types=[self.distributor])
        dealers = self.golden | self.silvery
        dealers.mapped('property_product_pricelist')
        dealers.invalidate_recordset(['property_product_pricelist'])
        with self.assertQueryCount(0):
            dealers.mapped('property_product_pricelist')

    @mute_logger('odoo.sql_db')
    def test_impossible_lists(self):
        with self.assertRaisesRegex(ValidationError, 'first and last day'):
            self.make_list('Early', level='D', date_start='2026-05-01')
        with self.assertRaisesRegex(ValidationError, 'level that dealers buy at'):
            self.make_list('Consumers', level='C', tiers=[self.gold])
        with self.assertRaisesRegex(ValidationError, 'from which day'):
            self.make_list('New', replaces_id=self.pricelist_gold.id)
        with self.assertRaisesRegex(IntegrityError, 'dates_in_order'):
            self.make_list('Backwards', date_start='2026-05-02', date_end='2026-05-01')
        euro = self.env.ref('base.EUR') if self.company.currency_id.name != 'EUR' else self.env.ref('base.USD')
        euro.active = True
        with self.assertRaisesRegex(ValidationError, 'different currencies'):
            self.make_list('Euro', replaces_id=self.pricelist_gold.id, date_start='2026-06-01', currency_id=euro.id)
        with self.assertRaisesRegex(ValidationError, 'dealers buy at'):
            self.make_list('Gold', tiers=[self.gold])
            self.levels['A'].audience = 'retailer'

    def test_rules_at_hand_price_as_odoo_does(self):
        """The rules read once lead to the same prices as Odoo's searches, chained lists included."""
        parent, child = self.env['product.category'].create([{'name': 'Parent'}, {'name': 'Child'}])
        child.parent_id = parent
        self.tap.categ_id = child
        self.sink.categ_id = parent
        colour = self.env['product.attribute'].create(
            {'name': 'Colour', 'value_ids': [Command.create({'name': name}) for name in ('Red', 'Blue')]}
        )
        template = self.env['product.template'].create(
            {
                'name': 'In colours',
                'list_price': 50,
                'categ_id': child.id,
                'attribute_line_ids': [
                    Command.create({'attribute_id': colour.id, 'value_ids': [Command.set(colour.value_ids.ids)]})
                ],
            }
        )
        red, blue = template.product_variant_ids
        base, pricelist = self.make_list('Base', level=None), self.make_list('Chained', level=None)
        self.add_rule(base, self.tap, price=61)
        self.add_rule(base, percent=5)
        self.add_rule(pricelist, self.tap, price=55, min_quantity=10)
        self.add_rule(pricelist, percent=15, applied_on='2_product_category', categ_id=parent.id)
        self.add_rule(pricelist, percent=18, applied_on='2_product_category', categ_id=child.id, min_quantity=20)
        self.add_rule(
            pricelist,
            applied_on='0_product_variant',
            product_id=red.id,
            price=41,
            date_end=datetime(2026, 5, 30),
        )
        self.add_rule(pricelist, base='pricelist', base_pricelist_id=base.id, percent=3)
        others = self.env['product.product'].create(
            [{'name': f'P{number}', 'list_price': number} for number in range(5)]
        )
        products = self.tap | self.sink | red | blue | others
        for quantity in (1, 10, 25):
            expected = {
                product: pricelist._compute_price_rule(product, quantity, date=datetime(2026, 5, 4))[product.id]
                for product in products
            }
            self.assertEqual(pricelist._get_prices(products, quantity, date=datetime(2026, 5, 4)), expected)
        templates = pricelist.with_context(price_rules=PriceRules(products))
        for product_template in products.product_tmpl_id:
            self.assertEqual(
                templates._compute_price_rule(product_template, 25, date=datetime(2026, 5, 4)),
                pricelist._compute_price_rule(product_template, 25, date=datetime(2026, 5, 4)),
            )

    def test_prices_of_many_products_take_a_fixed_number_of_queries(self):
        base, pricelist = self.make_list('Base', level=None), self.make_list('Chained', level=None)
        products = self.env['product.product'].create(
            [{'name': f'P{number}', 'list_price': number} for number in range(60)]
        )
        for product in products:
            self.add_rule(base, product, price=product.list_price)
            self.add_rule(pricelist, product, percent=3, base='pricelist', base_pricelist_id=base.id)

        def count(number):
            self.env.flush_all()
            self.env.invalidate_all()
            chosen = products[:number]
            before = self.cr.sql_log_count
            pricelist._get_prices(chosen)
            return self.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(3), count(60))
