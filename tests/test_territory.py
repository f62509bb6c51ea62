from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.places import city_key, postal_key
from .territory_common import TerritoryCase


@tagged('post_install', '-at_install')
class TestTerritory(TerritoryCase):
    def test_address_belongs_to_the_deepest_territory(self):
        cn, gd, hn = self.china.id, self.guangdong_state.id, self.hunan_state.id
        for address, territory in (
            ((cn, gd, '广州市', '510640'), self.tianhe),
            ((cn, gd, '广州', '510640'), self.tianhe),
            ((cn, gd, ' 广 州 ', '510-661'), self.guangzhou),
            ((cn, gd, '广州市', False), self.guangzhou),
            ((cn, gd, '佛山市', '528000'), self.guangdong),
            ((cn, gd, False, False), self.guangdong),
            ((cn, hn, '广州市', '510640'), self.hunan),
            ((cn, False, '广州市', '510640'), self.tianhe),
            ((cn, False, '佛山市', False), self.env['dealer.territory']),
            ((self.env.ref('base.us').id, False, '广州市', False), self.env['dealer.territory']),
            ((False, False, False, False), self.env['dealer.territory']),
        ):
            with self.subTest(address):
                self.assertEqual(self.resolve(*address), territory)

    def test_many_addresses_in_one_query(self):
        addresses = [(self.china.id, self.guangdong_state.id, f'City {number}', False) for number in range(50)]
        self.env.flush_all()
        self.assertEqual(self.company.root_id, self.company)  # read before
        with self.assertQueryCount(1):
            found = self.env['dealer.territory']._resolve_addresses(self.company, addresses)
        self.assertEqual(found, [self.guangdong] * 50)

    def test_five_thousand_areas(self):
        """As the naive search says, by one query still."""
        usa = self.env.ref('base.us')
        states = self.env['res.country.state'].search([('country_id', '=', usa.id)], limit=50)
        tops = self.env['dealer.territory'].create(
            [
                {'name': state.name, 'area_ids': [Command.create({'country_id': usa.id, 'state_id': state.id})]}
                for state in states
            ]
        )
        towns = self.env['dealer.territory'].create(
            [
                {
                    'name': f'Towns of {top.name}',
                    'parent_id': top.id,
                    'area_ids': [
                        Command.create({'country_id': usa.id, 'state_id': state.id, 'city': f'Town {number}'})
                        for number in range(99)
                    ],
                }
                for top, state in zip(tops, states, strict=True)
            ]
        )
        areas = (tops | towns).area_ids
        self.assertEqual(len(areas), 5000)
        addresses = [
            (usa.id, states[number % 50].id, f'Town {number}' if number % 3 else 'Elsewhere', False)
            for number in range(120)
        ]
        tuples = [(area._as_tuple(), area.territory_id) for area in areas]
        naive = []
        for country, state, city, code in addresses:
            key = (country, state, city_key(city), postal_key(code))
            containing = [territory for area, territory in tuples if area.contains_address(*key)]
            naive.append(max(containing, key=lambda territory: territory.parent_path.count('/')))
        self.env.flush_all()
        self.assertEqual(self.company.root_id, self.company)  # read before
        with self.assertQueryCount(1):
            found = self.env['dealer.territory']._resolve_addresses(self.company, addresses)
        self.assertEqual(found, naive)

    def test_state_gives_the_country(self):
        partner = self.env['res.partner'].new({'state_id': self.hunan_state.id})
        key = self.env['dealer.territory']._get_address_key(partner)
        self.assertEqual(self.resolve(*key), self.hunan)

    def test_postal_codes_by_prefix_and_letters(self):
        uk = self.env.ref('base.uk')
        london = self.make_territory('London', False, {'country_id': uk.id, 'zip_from': 'SW', 'zip_to': 'SW'})
        inner = self.make_territory('Westminster', london, {'country_id': uk.id, 'zip_from': 'SW1A', 'zip_to': 'SW1P'})
        for code, territory in (('sw1a 1aa', inner), ('SW1P9ZZ', inner), ('SW1V 1AA', london), ('SE1 1AA', None)):
            with self.subTest(code):
                self.assertEqual(self.resolve(uk.id, False, False, code), territory or self.south.browse())

    def test_an_area_is_claimed_once(self):
        with self.assertRaisesRegex(ValidationError, 'claimed already by the territory "South / 广东 / 广州"'):
            self.make_territory('Canton', self.guangdong, {'state_id': self.guangdong_state.id, 'city': '广州'})
        with self.assertRaisesRegex(ValidationError, 'claimed already'):
            self.make_territory('Twice', self.guangdong, *[{'state_id': self.guangdong_state.id, 'city': '珠海'}] * 2)
        with self.assertRaisesRegex(ValidationError, 'claimed already'):
            self.shenzhen.area_ids.city = '广州'

    @mute_logger('odoo.sql_db')
    def test_the_database_holds_it_too(self):
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                """INSERT INTO dealer_territory_area (territory_id, company_id, country_id, state_id, city, city_key)
                   SELECT %s, company_id, country_id, state_id, city, city_key FROM dealer_territory_area
                    WHERE territory_id = %s""",
                [self.shenzhen.id, self.guangzhou.id],
            )

    def test_an_area_lies_inside_its_parent(self):
        with self.assertRaisesRegex(ValidationError, '长沙 of the territory .* lies outside "South / 广东" .*广东省'):
            self.make_territory('长沙', self.guangdong, {'state_id': self.hunan_state.id, 'city': '长沙'})
        with self.assertRaisesRegex(ValidationError, 'lies outside'):
            self.make_territory('Below a town', self.guangzhou, {'state_id': self.guangdong_state.id, 'city': '佛山'})
        with self.assertRaisesRegex(ValidationError, 'lies outside'):
            self.guangzhou.parent_id = self.hunan
        with self.assertRaisesRegex(ValidationError, 'lies outside'):
            self.guangdong.area_ids.state_id = self.env.ref('base.state_cn_ZJ')

    def test_an_area_inside_another_stands_below_it(self):
        with self.assertRaisesRegex(ValidationError, '珠海 lies inside 广东省, which .* has to stand below it'):
            self.make_territory('珠海', False, {'state_id': self.guangdong_state.id, 'city': '珠海'})
        with self.assertRaisesRegex(ValidationError, 'has to stand below it'):
            self.make_territory('China', False, {})
        with self.assertRaisesRegex(ValidationError, 'has to stand below it'):
            self.guangzhou.parent_id = False

    def test_areas_do_not_cross(self):
        with self.assertRaisesRegex(ValidationError, 'neither contains the other'):
            self.make_territory(
                'Codes', self.guangdong, {'state_id': self.guangdong_state.id, 'zip_from': '510000', 'zip_to': '519999'}
            )
        with self.assertRaisesRegex(ValidationError, 'neither contains the other'):
            self.make_territory(
                'Half',
                self.guangzhou,
                {'state_id': self.guangdong_state.id, 'city': '广州', 'zip_from': '510650', 'zip_to': '510670'},
            )

    def test_bad_areas(self):
        gd = self.guangdong_state.id
        for area, message in (
            ({'state_id': gd, 'city': '广州', 'zip_from': '510200', 'zip_to': '510100'}, 'turned round'),
            ({'state_id': gd, 'city': '广州', 'zip_from': '--'}, 'first and a last code'),
            ({'state_id': gd, 'city': '广州', 'zip_to': '510100'}, 'first and a last code'),
            ({'city': '广州'}, 'Name its state'),
            ({'state_id': gd, 'city': '···'}, 'is not the name of a city'),
            ({'country_id': self.env.ref('base.us').id, 'state_id': gd}, 'does not lie in'),
        ):
            with self.subTest(area), self.assertRaisesRegex(ValidationError, message):
                self.make_territory('Bad', self.guangzhou, area)
        self.assertFalse(self.env['dealer.territory'].search([('name', '=', 'Bad')]))

    def test_what_follows_is_not_written(self):
        other = self.env['res.company'].create({'name': 'Other'})
        for vals in ({'company_id': other.id}, {'city_key': '佛山'}, {'zip_low': '1', 'zip_high': '2'}):
            with self.assertRaisesRegex(AccessError, 'follow from the others'):
                self.shenzhen.area_ids.with_user(self.approver).write(vals)

    def test_tree_is_a_tree_of_one_company(self):
        with self.assertRaises(UserError):
            self.guangdong.parent_id = self.guangzhou
        other = self.env['res.company'].create({'name': 'Other'})
        with self.assertRaises(UserError):
            self.make_territory('Foreign', self.guangdong, company_id=other.id)
        with self.assertRaisesRegex(UserError, 'stays with its company'):
            self.guangdong.company_id = other
        elsewhere = self.make_territory('广东', False, {'state_id': self.guangdong_state.id}, company_id=other.id)
        self.assertEqual(
            self.env['dealer.territory']._resolve_addresses(
                other, [(self.china.id, self.guangdong_state.id, '广州', False)]
            ),
            [elsewhere],
        )

    def test_branches_share_the_tree(self):
        branch = self.env['res.company'].create({'name': 'Branch', 'parent_id': self.company.id})
        self.assertEqual(
            self.env['dealer.territory']._resolve_addresses(
                branch, [(self.china.id, self.guangdong_state.id, '广州', False)]
            ),
            [self.guangzhou],
        )
        with self.assertRaisesRegex(ValidationError, 'with all its branches'):
            self.make_territory('Of a branch', False, company_id=branch.id)

    def test_archived_territory_claims_nothing(self):
        with self.assertRaisesRegex(ValidationError, 'take them away'):
            self.shenzhen.active = False
        self.shenzhen.area_ids.unlink()
        self.shenzhen.active = False
        self.assertEqual(self.resolve(self.china.id, self.guangdong_state.id, '深圳', False), self.guangdong)
        with self.assertRaisesRegex(ValidationError, 'is archived'):
            self.env['dealer.territory.area'].create(
                {
                    'territory_id': self.shenzhen.id,
                    'state_id': self.guangdong_state.id,
                    'city': '深圳',
                    'country_id': self.china.id,
                }
            )

    def test_region_class_proposes_the_quota(self):
        class_c = self.env.ref('dealer_management.dealer_region_class_c')
        self.hunan.region_class_id = class_c
        self.assertEqual(self.hunan.dealer_quota, class_c.dealer_quota)
        self.hunan.dealer_quota = 7
        self.assertEqual(self.hunan.dealer_quota, 7)

    def test_white_space_and_who_holds_it(self):
        territories = self.south | self.guangdong | self.guangzhou | self.tianhe | self.shenzhen | self.hunan
        today = self.company._get_dealer_date()
        grant = self.grant(self.a, self.guangzhou, date_from=today, date_to=today)
        shared = self.grant(self.b, self.shenzhen, kind='shared', date_from=today, date_to=today)
        self.make_grant(self.c, self.hunan, date_from=today, date_to=today)  # a draft holds nothing
        territories.invalidate_recordset()
        self.assertEqual(
            [territory.holding_state for territory in territories], ['part', 'part', 'held', 'held', 'held', 'open']
        )
        for state, expected in (
            ('open', self.hunan),
            ('part', self.south | self.guangdong),
            ('held', self.guangzhou | self.tianhe | self.shenzhen),
        ):
            found = self.env['dealer.territory'].search([('holding_state', '=', state), ('id', 'in', territories.ids)])
            self.assertEqual(found, expected.sorted('id') & found, state)
            self.assertEqual(len(found), len(expected))
        self.assertEqual(self.tianhe.exclusive_dealer_id, self.a)
        self.assertFalse(self.shenzhen.exclusive_dealer_id)
        self.assertEqual(self.guangdong.holding_ids, grant | shared)
        self.assertEqual(
            (self.guangdong.dealer_count, self.guangzhou.dealer_count, self.tianhe.dealer_count), (2, 1, 0)
        )

    def test_holdings_take_as_many_queries_for_all(self):
        self.grant(self.a, self.guangzhou, date_from='2026-01-01', date_to='2030-12-31')
        territories = self.env['dealer.territory'].search([])

        def count(records):
            records.invalidate_recordset()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            records.mapped('holding_state'), records.mapped('dealer_count')
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(territories), count(territories[:1]))

    def test_T9_request_goes_to_whom_the_area_is_reserved(self):
        grant = self.grant(self.b, self.guangzhou, date_from='2026-01-01', date_to='2030-12-31')
        address = {'country_id': self.china.id, 'state_id': self.guangdong_state.id, 'city': '广州市'}
        route = self.env['dealer.territory'].with_user(self.users['staff']).route_request
        self.assertEqual(
            route(address, date='2026-11-01'),
            {'territory_id': self.guangzhou.id, 'dealer_id': self.b.id, 'authorization_id': grant.id},
        )
        open_area = {**address, 'city': '佛山市'}
        self.assertEqual(
            route(open_area, date='2026-11-01'),
            {'territory_id': self.guangdong.id, 'dealer_id': False, 'authorization_id': False},
        )
        self.assertFalse(route(address, date='2031-01-01')['dealer_id'])
        self.assertFalse(route({}, date='2026-11-01')['territory_id'])

    def test_T9_request_for_a_product(self):
        self.grant(self.a, self.guangzhou, product_tmpl_ids=self.p1.product_tmpl_id, date_to='2030-12-31')
        self.grant(self.b, self.guangzhou, product_tmpl_ids=self.p2.product_tmpl_id, date_to='2030-12-31')
        address = {'state_id': self.guangdong_state.id, 'city': '广州市'}
        route = self.env['dealer.territory'].route_request
        self.assertEqual(route(address, self.p1.product_tmpl_id.id)['dealer_id'], self.a.id)
        self.assertEqual(route(address, self.p2.product_tmpl_id.id)['dealer_id'], self.b.id)
        # Nobody holds all goods: which are asked for decides, and nobody said.
        self.assertFalse(route(address)['dealer_id'])
