"""Order lines as people paste them from a spreadsheet: a code and a quantity a line."""

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

# More than anybody orders, and less than what a quantity can hold.
QUANTITY_MAX = Decimal(10) ** 9
LINES_MAX = 2000
SEPARATORS = ('\t', ';', '|', ',')
# What stands for a quantity where several columns hold figures.
SEVERAL = '\0several'
NUMBER = re.compile(r'-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?')


class PastedLine(NamedTuple):
    """One line: where it stood (from 1), what stood there, and what was understood.

    ``problem`` is None, or one of ``no_quantity``, ``not_a_number``, ``several`` (columns of figures),
    ``not_positive``, ``too_much``, ``too_many_lines``.
    """

    number: int
    text: str
    code: str
    quantity: Decimal | None
    problem: str | None


def parse_quantity(text):
    """The quantity that ``text`` says, with the problem that it has.

    :return: ``(Decimal or None, problem or None)``
    """
    # Full-width digits, as Chinese input methods give them, are digits.
    text = unicodedata.normalize('NFKC', text).replace(' ', '')
    if not text:
        return None, 'no_quantity'
    if text == SEVERAL:
        return None, 'several'
    if not NUMBER.fullmatch(text):
        return None, 'not_a_number'
    quantity = Decimal(text.replace(',', ''))
    if quantity <= 0:
        return None, 'not_positive'
    if quantity > QUANTITY_MAX:
        return None, 'too_much'
    return quantity, None


def parse_pasted(text):
    """Read pasted lines of a code and a quantity, apart by a tab, a semicolon, a bar, a comma or blanks.

    Empty lines are passed over, and so is a first line of headings. Nothing else is lost: what
    cannot be read comes back with its problem.

    :param str text: as pasted
    :return: a list of ``PastedLine``
    """
    lines = []
    for number, raw in enumerate(text.replace('\x00', '').splitlines(), 1):
        stripped = raw.strip()
        if not stripped:
            continue
        code, quantity_text = _split(raw)
        quantity, problem = parse_quantity(quantity_text)
        if not lines and problem == 'not_a_number' and not re.search(r'\d', unicodedata.normalize('NFKC', stripped)):
            continue  # headings
        if len(lines) >= LINES_MAX:
            lines.append(PastedLine(number, stripped, code, None, 'too_many_lines'))
            break
        lines.append(PastedLine(number, stripped, code, quantity, problem))
    return lines


def _split(raw):
    """The first and the last column that is filled."""
    normalized = raw.strip().replace('，', ',').replace('；', ';')
    for separator in SEPARATORS:
        if separator in normalized:
            first, *others = (cell.strip().strip('"') for cell in normalized.split(separator))
            if separator == ',' and NUMBER.fullmatch(','.join(others)):
                return first, ','.join(others)
            filled = [cell for cell in others if cell]
            figures = [cell for cell in filled if parse_quantity(cell)[1] != 'not_a_number']
            if len(figures) > 1:
                # A quantity and a price: which is which is not for us to guess.
                return first, SEVERAL
            return first, filled[-1] if filled else ''
    first, _blank, last = normalized.rpartition(' ')
    return (first.strip(), last) if first else (last, '')
