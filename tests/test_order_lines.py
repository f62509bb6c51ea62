from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.dealer_management.tools.order_lines import LINES_MAX, QUANTITY_MAX, parse_pasted, parse_quantity


@tagged('post_install', '-at_install')
class TestOrderLines(BaseCase):
    """Pasted lines: nothing is lost, and nothing is guessed."""

    def parse(self, text):
        return [(line.number, line.code, line.quantity, line.problem) for line in parse_pasted(text)]

    def test_separators(self):
        for text in (
            'TAP-1\t24',
            'TAP-1;24',
            'TAP-1,24',
            'TAP-1 24',
            'TAP-1   24',
            '  TAP-1\t\t24  ',
            'TAP-1|24',
            'TAP-1，24',
            'TAP-1；２４',
            '"TAP-1";"24"',
            'TAP-1\tBasin tap, chrome\t24',
            'TAP-1\t24\r',
        ):
            with self.subTest(text):
                self.assertEqual(self.parse(text), [(1, 'TAP-1', Decimal(24), None)])

    def test_codes_with_blanks_and_numbers(self):
        self.assertEqual(self.parse('6901234567890\t3'), [(1, '6901234567890', 3, None)])
        self.assertEqual(self.parse('TAP 1\t3'), [(1, 'TAP 1', 3, None)])

    def test_quantities(self):
        for text, expected in (
            ('1,200', (Decimal(1200), None)),
            ('2.5', (Decimal('2.5'), None)),
            ('１２', (Decimal(12), None)),
            ('1 200', (Decimal(1200), None)),
            ('0', (None, 'not_positive')),
            ('-3', (None, 'not_positive')),
            ('', (None, 'no_quantity')),
            ('ten', (None, 'not_a_number')),
            ('1e5', (None, 'not_a_number')),
            ('nan', (None, 'not_a_number')),
            ('1,2', (None, 'not_a_number')),
            ('9' * 30, (None, 'too_much')),
        ):
            with self.subTest(text):
                self.assertEqual(parse_quantity(text), expected)

    def test_headings_and_empty_lines(self):
        self.assertEqual(
            self.parse('商品编码\t数量\n\nTAP-1\t24\n\n  \nSINK-1\tx\nSINK-2'),
            [
                (3, 'TAP-1', Decimal(24), None),
                (6, 'SINK-1', None, 'not_a_number'),
                (7, 'SINK-2', None, 'no_quantity'),
            ],
        )

    def test_too_many_lines(self):
        lines = parse_pasted('\n'.join(f'P{number}\t1' for number in range(LINES_MAX + 50)))
        self.assertEqual(len(lines), LINES_MAX + 1)
        self.assertEqual(lines[-1].problem, 'too_many_lines')

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(st.tuples(st.from_regex(r'[A-Z]{1,3}-\d{1,6}', fullmatch=True), st.integers(1, 10**6))),
        st.sampled_from('\t;|'),
    )
    def test_what_was_written_is_read(self, rows, separator):
        text = '\n'.join(f'{code}{separator}{quantity}' for code, quantity in rows)
        self.assertEqual(
            self.parse(text), [(number, code, quantity, None) for number, (code, quantity) in enumerate(rows, 1)]
        )

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=300))
    def test_any_text_is_read_without_an_error(self, text):
        filled = [line for line in text.replace('\x00', '').splitlines() if line.strip()]
        lines = parse_pasted(text)
        self.assertGreaterEqual(len(lines), len(filled) - 1, 'At most the headings are passed over.')
        for line in lines:
            self.assertEqual(line.problem is None, line.quantity is not None)
            if line.quantity is not None:
                self.assertTrue(0 < line.quantity <= QUANTITY_MAX)
