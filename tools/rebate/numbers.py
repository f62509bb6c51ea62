"""Numbers of a rebate: exact decimals in, one rounding at the end; and what is wrong, with a code.

Nothing here depends on the decimal context of the caller: public functions run under ``EXACT``, which
raises where a digit would be lost instead of losing it. Where a quotient cannot be written in
decimals (a share, a payout in another currency) it is a ``Fraction`` until it is rounded.
"""

import math
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, localcontext
from fractions import Fraction
from functools import wraps

CENT = Decimal('0.01')
ZERO = Decimal(0)
HUNDRED = Decimal(100)
# Wider than any amount, quantity or rate; the longest product of them fits into the context below.
DIGITS_BEFORE_POINT = 20
DIGITS_AFTER_POINT = 40
EXACT = Context(prec=800, Emin=-99999, Emax=99999, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow])

SENTENCES = {
    # numbers
    'not_finite': 'The value of "{field}" has to be a number.',
    'too_many_digits': 'The value of "{field}" has more digits than an amount can have.',
    'not_positive': 'The value of "{field}" has to be more than 0.',
    'too_low': 'The value of "{field}" cannot be less than {low:f}.',
    'too_high': 'The value of "{field}" cannot be more than {high:f}.',
    'is_zero': 'The value of "{field}" cannot be 0.',
    'not_rounded': 'The value of "{field}", {value:f}, is not a multiple of {unit:f}.',
    # terms
    'unknown_choice': 'There is no {field} called "{value}".',
    'no_bands': 'A rebate needs at least one band.',
    'bands_unsorted': 'The bands are listed by rising threshold, but {threshold:f} stands after {previous:f}.',
    'bands_overlap': 'Two bands overlap at {threshold:f}.',
    'bands_gap': 'There is no band between {low:f} and {high:f}.',
    'top_band_closed': 'The highest band has to stay open, but it ends at {until:f}.',
    'band_field_missing': 'Band {number} needs a value for "{field}".',
    'band_field_unused': 'Band {number} has a value for "{field}", which a rebate of this kind does not use.',
    'rates_add_up': 'The rates of all bands together, {total:f} %, are more than 100 %.',
    'application_unfit': 'Bands with the reward "{reward}" cannot be applied as "{application}".',
    'mix_has_no_slices': 'A share of the sales tells which band is reached, but cannot be cut into slices.',
    'growth_unused': 'Rules about growth need a rebate on growth.',
    'growth_value_missing': 'Dealers without a prior period need a value for "{field}".',
    'growth_value_unused': '"{field}" is not used for dealers without a prior period.',
    'new_dealer_reward': 'A rate for new dealers needs a rebate in percent.',
    'adjustment_reward': 'A bonus or penalty in percent needs a rebate in percent or of fixed amounts.',
    'same_key': 'Two rules are called "{key}".',
    # figures
    'whole_period_only': 'A fixed amount or free goods cannot be earned for a part of a period.',
    # stacks
    'stack_same_sequence': '"{key}" and "{other}" have the same place in the sequence.',
    'stack_reward': '"{key}" pays "{reward}", which cannot be set off against amounts.',
    # splits
    'split_without_weight': 'An amount cannot be split over lines that add up to 0.',
}


class RebateError(ValueError):
    """A rebate that cannot be, as a sentence; ``code`` (a key of ``SENTENCES``) and ``values`` are for translation.

    ``values['field']`` names a field of the classes in words: ``'excess rate'``.
    """

    def __init__(self, code: str, **values):
        if 'field' in values:
            values['field'] = values['field'].replace('_', ' ')
        super().__init__(SENTENCES[code].format(**values))
        self.code = code
        self.values = values


def exact(function: Callable) -> Callable:
    """Decorate a function so that its decimals are computed without any loss, whatever the caller's context."""

    @wraps(function)
    def exactly(*args, **kwargs):
        with localcontext(EXACT):
            return function(*args, **kwargs)

    return exactly


def to_decimal(field: str, value: Decimal | int, low=None, high=None) -> Decimal:
    """Return ``value`` as a finite decimal between ``low`` and ``high``, both inclusive.

    :raise TypeError: for floats, whose cents were lost before they came here, and for all else
    :raise RebateError: for what is not finite, too long or out of bounds
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f'The {field} is a Decimal or an int, not {value!r}.')
    value = Decimal(value)
    if not value.is_finite():
        raise RebateError('not_finite', field=field)
    if not value:
        value = ZERO  # without a sign or an exponent
    elif value.adjusted() >= DIGITS_BEFORE_POINT or value.as_tuple().exponent < -DIGITS_AFTER_POINT:
        raise RebateError('too_many_digits', field=field)
    if low is not None and value < low:
        raise RebateError('too_low', field=field, low=Decimal(low))
    if high is not None and value > high:
        raise RebateError('too_high', field=field, high=Decimal(high))
    return value


def to_positive(field: str, value: Decimal | int) -> Decimal:
    """Return ``value`` as a decimal of more than 0; see :func:`to_decimal`."""
    value = to_decimal(field, value)
    if value <= 0:
        raise RebateError('not_positive', field=field)
    return value


def check_choice(field: str, value: str, choices: tuple[str, ...]):
    if value not in choices:
        raise RebateError('unknown_choice', field=field, value=value)


@exact
def round_half_up(value: Decimal | Fraction, unit: Decimal = CENT) -> Decimal:
    """Return the multiple of ``unit`` nearest to ``value``; of two, the one farther from 0."""
    steps = Fraction(value) / Fraction(unit)
    rounded = math.floor(abs(steps) + Fraction(1, 2))
    return Decimal(-rounded if steps < 0 else rounded) * unit


@exact
def round_up(value: Decimal | Fraction, unit: Decimal) -> Decimal:
    """Return the smallest multiple of ``unit`` that is not less than ``value``."""
    return Decimal(math.ceil(Fraction(value) / Fraction(unit))) * unit


@exact
def round_down(value: Decimal | Fraction, unit: Decimal) -> Decimal:
    """Return the largest multiple of ``unit`` that is not more than ``value``."""
    return Decimal(math.floor(Fraction(value) / Fraction(unit))) * unit


@exact
def check_rounded(field: str, value: Decimal, unit: Decimal):
    if value % unit:
        raise RebateError('not_rounded', field=field, value=value, unit=unit)
