from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.places import AFTER_ALL, Area, city_key, postal_key
from ..tools.spans import EVERYTHING, Box, outermost, product_path, subtract, subtree

# Paths of a tree of ids: children lengthen their parent's, numbers of different length among them.
PATHS = st.lists(st.sampled_from([1, 2, 10, 12, 19, 100]), min_size=1, max_size=4).map(
    lambda ids: ''.join(f'{number}/' for number in ids)
)
SPANS = PATHS.map(subtree) | st.just(EVERYTHING)
BOXES = st.builds(Box, SPANS, SPANS)
# A busy machine is no failure.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@tagged('post_install', '-at_install')
class TestSpans(BaseCase):
    @given(PATHS, PATHS)
    @CALM
    def test_subtree_holds_what_begins_with_its_path(self, node, path):
        self.assertEqual(path in subtree(node), path.startswith(node))
        self.assertEqual(subtree(node).overlaps(subtree(path)), path.startswith(node) or node.startswith(path))

    def test_paths_of_neighbours(self):
        self.assertNotIn('1/50/', subtree('1/5/'))
        self.assertIn('1/5/t7/', subtree('1/5/'))
        self.assertIn('t7/', EVERYTHING)
        for path in ('', '/', '1', '1/5'):
            with self.assertRaises(ValueError):
                subtree(path)

    def test_products_continue_the_path_of_their_category(self):
        self.assertEqual(product_path('3/8/', 41), '3/8/t41/')
        self.assertEqual(product_path(False, 41), 't41/')

    @given(st.lists(PATHS, max_size=8))
    @CALM
    def test_outermost(self, paths):
        kept = outermost(paths)
        for path in paths:
            self.assertEqual(sum(path.startswith(outer) for outer in kept), 1)

    @given(st.lists(BOXES, max_size=1), st.lists(BOXES, max_size=4), PATHS, PATHS)
    @settings(CALM, max_examples=300)
    def test_subtract(self, whole, cuts, place, product):
        pieces = subtract(whole, cuts)
        holding = [piece for piece in pieces if place in piece.places and product in piece.products]
        expected = any(place in box.places and product in box.products for box in whole) and not any(
            place in box.places and product in box.products for box in cuts
        )
        self.assertEqual(len(holding), int(expected), 'In exactly one piece, or in none.')


@tagged('post_install', '-at_install')
class TestPlaces(BaseCase):
    def test_city_key(self):
        for one, other in (
            ('广州市', '广州'),
            (' 广 州 市', '广州'),
            ('St. Gallen', 'st gallen'),
            ('ＦＯＳＨＡＮ', 'Foshan'),
        ):
            self.assertEqual(city_key(one), city_key(other))
        for city in ('广东省广州市', '广州市天河区', '广东省 广州市 天河区', '广东省广州'):
            self.assertEqual(city_key(city), '广州')
        self.assertEqual(city_key('广西壮族自治区南宁市'), '南宁')
        self.assertEqual(city_key('沙市'), '沙市')
        self.assertEqual(city_key('沙市区'), '沙市区')
        self.assertEqual(city_key(False), '')
        self.assertEqual(city_key('!?'), '')

    def test_postal_key(self):
        self.assertEqual(postal_key('sw1a 1aa'), 'SW1A1AA')
        self.assertEqual(postal_key('510-640'), '510640')
        self.assertEqual(postal_key(False), '')

    @given(st.data())
    @CALM
    def test_areas(self, data):
        """Containing and overlapping, against all addresses of a small world."""

        def some_area():
            low, high = sorted(data.draw(st.lists(st.sampled_from('123'), min_size=2, max_size=2)))
            codes = data.draw(st.sampled_from([(None, None), (low, high + AFTER_ALL)]))
            return Area(
                1, data.draw(st.sampled_from([None, 1, 2])), data.draw(st.sampled_from([None, 'a', 'b'])), *codes
            )

        one, other = some_area(), some_area()
        addresses = [
            (1, state, city, code) for state in (1, 2, 3) for city in 'abc' for code in ('', '1', '2', '29', '3')
        ]
        inside_one = {address for address in addresses if one.contains_address(*address)}
        inside_other = {address for address in addresses if other.contains_address(*address)}
        self.assertEqual(one.contains(other), inside_other <= inside_one)
        self.assertEqual(one.overlaps(other), bool(inside_one & inside_other))
