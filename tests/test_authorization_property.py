import datetime
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.dealer_authorization_coverage import Case
from ..tools.places import city_key, postal_key
from .territory_common import TerritoryCase

# Without shrinking: with a database behind each example it would take longer than reading the example.
THOROUGH = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
DAYS = [datetime.date(2026, 5, 4) + datetime.timedelta(days=number) for number in range(4)]


class Reset(Exception):
    """Takes back what an example wrote."""


@tagged('post_install', '-at_install')
class TestAuthorizationProperty(TerritoryCase):
    """Random trees and grants, against references that look at every cell."""

    def in_a_world(self, check):
        """Run ``check`` and take back what it wrote."""
        try:
            with self.env.cr.savepoint():
                check()
                raise Reset
        except Reset:
            self.env.invalidate_all()

    # -------------------------------------------------------------- Conflicts

    def make_tree(self, data, model, size, **vals):
        """``size`` nodes, each below an earlier one or at the top."""
        nodes = []
        for number in range(size):
            parent = data.draw(st.sampled_from([None, *nodes]), f'parent of {model} {number}')
            nodes.append(self.env[model].create({'name': f'N{number}', 'parent_id': parent and parent.id, **vals}))
        return nodes

    def make_world(self, data):
        self.nodes = self.make_tree(data, 'dealer.territory', 5)
        self.categories = self.make_tree(data, 'product.category', 4)
        self.products = [
            self.env['product.template'].create(
                {'name': f'T{number}', 'categ_id': data.draw(st.sampled_from(self.categories)).id}
            )
            for number in range(3)
        ]
        # One more in each category stands for all that may come.
        self.universe = self.products + [
            self.env['product.template'].create({'name': f'In {category.name}', 'categ_id': category.id})
            for category in self.categories
        ]
        self.universe.append(self.env['product.template'].create({'name': 'Elsewhere', 'categ_id': False}))

    def draw_products(self, data):
        return {
            'category_ids': data.draw(st.lists(st.sampled_from(self.categories), max_size=2, unique=True)),
            'product_tmpl_ids': data.draw(st.lists(st.sampled_from(self.products), max_size=2, unique=True)),
        }

    def draw_grant(self, data):
        first, last = sorted(data.draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2)))
        scope = self.draw_products(data)
        node = data.draw(st.sampled_from(self.nodes))
        carveouts = []
        for _number in range(data.draw(st.integers(0, 2))):
            below = [other for other in self.nodes if other.parent_path.startswith(node.parent_path)]
            carved = {'territory_id': data.draw(st.sampled_from([None, *below])), **self.draw_products(data)}
            if any(carved.values()):
                carveouts.append(carved)
        return {
            'dealer_id': data.draw(st.sampled_from([self.a, self.b, self.c])),
            'territory_id': node,
            'kind': data.draw(st.sampled_from(['exclusive', 'sole', 'shared'])),
            'product_scope': 'selected' if any(scope.values()) else 'all',
            **scope,
            'channel_ids': data.draw(st.sampled_from([[], [self.shop], [self.web], [self.shop, self.web]])),
            'carveouts': carveouts,
            'date_from': first,
            'date_to': last,
        }

    def create_active(self, drawn):
        """Grant it as an import would: straight into force."""

        def ids(records):
            return [Command.set([record.id for record in records])]

        return self.env['dealer.authorization'].create(
            {
                **{name: drawn[name] for name in ('kind', 'product_scope', 'date_from', 'date_to')},
                'state': 'active',
                'dealer_id': drawn['dealer_id'].id,
                'territory_id': drawn['territory_id'].id,
                'category_ids': ids(drawn['category_ids']),
                'product_tmpl_ids': ids(drawn['product_tmpl_ids']),
                'channel_ids': ids(drawn['channel_ids']),
                'carveout_ids': [
                    Command.create(
                        {
                            'territory_id': carved['territory_id'] and carved['territory_id'].id,
                            'category_ids': ids(carved['category_ids']),
                            'product_tmpl_ids': ids(carved['product_tmpl_ids']),
                        }
                    )
                    for carved in drawn['carveouts']
                ],
            }
        )

    def get_cells(self, drawn):
        """Every (place, product, channel, day) that a grant covers, one by one."""

        def inside(node, top):
            return node.parent_path.startswith(top.parent_path)

        def selected(template, scope):
            return template in scope['product_tmpl_ids'] or any(
                template.categ_id and inside(template.categ_id, category) for category in scope['category_ids']
            )

        def carved_out(node, template):
            for carved in drawn['carveouts']:
                there = not carved['territory_id'] or inside(node, carved['territory_id'])
                these = not (carved['category_ids'] or carved['product_tmpl_ids']) or selected(template, carved)
                if there and these:
                    return True
            return False

        return {
            (node.id, template.id, channel and channel.id, day)
            for node in self.nodes
            if inside(node, drawn['territory_id'])
            for template in self.universe
            if drawn['product_scope'] == 'all' or selected(template, drawn)
            if not carved_out(node, template)
            for channel in drawn['channel_ids'] or [None, self.shop, self.web]
            for day in DAYS
            if drawn['date_from'] <= day <= drawn['date_to']
        }

    def are_in_conflict(self, one, other):
        return (
            one['dealer_id'] != other['dealer_id']
            and (one['kind'] != 'shared' or other['kind'] != 'shared')
            and bool(self.get_cells(one) & self.get_cells(other))
        )

    def has_conflict(self, grants):
        return any(self.are_in_conflict(one, other) for number, one in enumerate(grants) for other in grants[:number])

    @mute_logger('odoo.sql_db')
    def test_no_conflict_gets_in_and_nothing_else_is_kept_out(self):
        grants_model = type(self.env['dealer.authorization'])

        @given(st.data())
        @THOROUGH
        def check(data):
            self.make_world(data)
            accepted = []
            for _number in range(data.draw(st.integers(2, 6))):
                drawn = self.draw_grant(data)
                conflict = any(self.are_in_conflict(drawn, other) for other in accepted)
                # The database alone, with the question before it taken out…
                with patch.object(grants_model, '_check_no_conflict', lambda *args: None):
                    try:
                        with self.env.cr.savepoint():
                            self.create_active(drawn)
                            raise Reset
                    except (Reset, ExclusionViolation) as outcome:
                        self.assertEqual(isinstance(outcome, ExclusionViolation), conflict, 'the constraint')
                self.env.invalidate_all()
                # …and the question alone says the same.
                try:
                    with self.env.cr.savepoint():
                        drawn['record'] = self.create_active(drawn)
                except ValidationError:
                    self.assertTrue(conflict, 'the sentence')
                    continue
                self.assertFalse(conflict, 'the sentence')
                accepted.append(drawn)
            self.check_holders(accepted)
            self.check_move(data, accepted)

        self.in_many_worlds(check)

    def in_many_worlds(self, check):
        """Each example in a world of its own."""
        test = check.hypothesis.inner_test
        check.hypothesis.inner_test = lambda *args, **kwargs: self.in_a_world(lambda: test(*args, **kwargs))
        check()

    def check_holders(self, accepted):
        """Who holds each cell, against the cells of each grant."""
        cells = {drawn['record'].id: self.get_cells(drawn) for drawn in accepted}
        cases = {
            (node.id, template.id, channel and channel.id, day): Case(
                node.parent_path,
                self.env['dealer.authorization']._get_product_path(template),
                channel and channel.id,
                day,
            )
            for node in self.nodes
            for template in self.universe
            for channel in (None, self.shop, self.web)
            for day in DAYS[:2]
        }
        found = self.env['dealer.authorization']._find_holders(self.company, cases.values(), self.a | self.b | self.c)
        for cell, case in cases.items():
            # Of an unknown channel, what covers any is told.
            node, template, channel, day = cell
            same = [(node, template, any_channel, day) for any_channel in (None, self.shop.id, self.web.id)]
            self.assertEqual(
                {holder.grant_id for holder in found.get(case, ())},
                {
                    grant_id
                    for grant_id, covered in cells.items()
                    if not covered.isdisjoint([cell] if channel else same)
                },
            )

    def check_move(self, data, accepted):
        """Move a node or a category: refused exactly if it brings two grants into conflict."""
        kind = data.draw(st.sampled_from(['node', 'category', 'product']))
        if kind == 'product':
            record, target = data.draw(st.sampled_from(self.products)), data.draw(st.sampled_from(self.categories))
            field = 'categ_id'
        else:
            records = self.nodes if kind == 'node' else self.categories
            record, target = data.draw(st.sampled_from(records)), data.draw(st.sampled_from(records))
            field = 'parent_id'
            if target.parent_path.startswith(record.parent_path):
                return
        # What the tree would look like, found out without any grant in it.
        no_check = patch.object(
            type(self.env['dealer.authorization']), '_follow_move', lambda self, *args: self.browse()
        )
        try:
            with no_check, self.env.cr.savepoint():
                record[field] = target
                self.env.invalidate_all()
                conflict = self.has_conflict(accepted)
                raise Reset
        except Reset:
            self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                record[field] = target
        except ValidationError:
            self.env.invalidate_all()
            self.assertTrue(conflict, 'refused without need')
        else:
            self.assertFalse(conflict, 'let in')
            self.check_holders(accepted)

    # -------------------------------------------------------------- Addresses

    def test_address_belongs_to_the_deepest_area(self):
        states = self.env['res.country.state'].search([('country_id', '=', self.china.id)], limit=3)
        codes = ['51', '510', '5106', '5107', '52']
        areas = st.fixed_dictionaries(
            {
                'state': st.sampled_from([None, *range(3)]),
                'city': st.sampled_from([None, None, '广州市', 'Foshan']),
                'codes': st.none() | st.tuples(st.sampled_from(codes), st.sampled_from(codes)).map(sorted),
            }
        )
        addresses = st.tuples(
            st.sampled_from([None, 0, 1, 2]),
            st.sampled_from([None, '广州', '佛山', 'FOSHAN', '广州市']),
            st.sampled_from([None, '510640', '510700', '52 0000', '51', '9']),
        )
        territories = self.env['dealer.territory']

        @given(st.data())
        @THOROUGH
        def check(data):
            territories.search([]).area_ids.unlink()
            nodes = []
            for number in range(data.draw(st.integers(1, 8))):
                parent = data.draw(st.sampled_from([None, *nodes]))
                claims = data.draw(st.lists(areas, max_size=2))
                try:
                    with self.env.cr.savepoint():
                        nodes.append(
                            self.make_territory(
                                f'N{number}',
                                parent,
                                *(
                                    {
                                        'state_id': claim['state'] is not None and states[claim['state']].id,
                                        'city': claim['city'],
                                        'zip_from': claim['codes'] and claim['codes'][0],
                                        'zip_to': claim['codes'] and claim['codes'][1],
                                    }
                                    for claim in claims
                                ),
                            )
                        )
                except UserError:
                    continue  # it crosses another, or lies outside: refused, as is right
            asked = [
                (self.china.id, state is not None and states[state].id, city, code)
                for state, city, code in data.draw(st.lists(addresses, min_size=5, max_size=20))
            ]
            found = territories._resolve_addresses(self.company, asked)
            for address, territory in zip(asked, found, strict=True):
                country, state, city, code = address
                if not state and city:
                    # The state of a city that is claimed in one state only goes without saying.
                    claimed = [area for node in nodes for area in node.area_ids if area.city_key == city_key(city)]
                    state = claimed[0].state_id.id if len({area.state_id for area in claimed}) == 1 else None
                containing = [
                    node
                    for node in nodes
                    if any(
                        area._as_tuple().contains_address(country, state or None, city_key(city), postal_key(code))
                        for area in node.area_ids
                    )
                ]
                deepest = max((node.parent_path.count('/') for node in containing), default=0)
                self.assertEqual(
                    [territory] if territory else [],
                    [node for node in containing if node.parent_path.count('/') == deepest],
                    address,
                )

        self.in_many_worlds(check)
