"""From what was earned to what is paid: rounding, what was settled before, carry, accruals, currencies."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .earning import Earning
from .numbers import CENT, HUNDRED, ZERO, check_rounded, exact, round_half_up, to_decimal, to_positive


class Payout(NamedTuple):
    """One settlement; all amounts are rounded, and they add up.

    :param earned: what the window has earned until now; the ``settled`` of the next settlement of the window
    :param capped: what a payout cap has taken away before (it is not in ``earned``)
    :param settled: what earlier settlements of the same window had counted
    :param delta: ``earned - settled``
    :param carried_in: what earlier settlements left unpaid, or paid too much (negative)
    :param due: ``delta + carried_in``
    :param paid: what is paid now; negative only for a debit note
    :param carried_out: ``due - paid``: the ``carried_in`` of the dealer's next settlement
    """

    earned: Decimal
    capped: Decimal
    settled: Decimal
    delta: Decimal
    carried_in: Decimal
    due: Decimal
    paid: Decimal
    carried_out: Decimal


@exact
def settle(
    earning: Earning | Decimal,
    *,
    settled: Decimal = ZERO,
    carried_in: Decimal = ZERO,
    minimum: Decimal = ZERO,
    unit: Decimal = CENT,
    debit: bool = False,
) -> Payout:
    """Round what was earned, once and half up, and say what is to be paid of it.

    The same for a first settlement (nothing settled), for a window that grows with each settlement, and for
    one whose base changed after it was settled. Settling again with nothing new pays 0: ``settled`` is then
    the former ``earned`` and ``carried_in`` the former ``carried_out``.

    :param earning: of the whole window until now, exact
    :param settled: the ``earned`` of the last settlement of the same window: it counts whether it was
        paid or carried
    :param carried_in: the ``carried_out`` of the dealer's last settlement
    :param minimum: less than this is carried on, not paid; 0 for the last settlement of all
    :param unit: the smallest amount of the currency
    :param debit: what is due from the dealer becomes a debit note (``paid`` is negative), not a carry
    """
    unit = to_positive('unit', unit)
    settled, carried_in = to_decimal('settled', settled), to_decimal('carried_in', carried_in)
    minimum = to_decimal('minimum', minimum, low=0)
    check_rounded('settled', settled, unit)
    check_rounded('carried_in', carried_in, unit)
    earned, capped = _amount(earning), ZERO
    if isinstance(earning, Earning):
        capped = round_half_up(earning.capped, unit)
    earned = round_half_up(earned, unit)
    delta = earned - settled
    due = delta + carried_in
    paid = due if due >= minimum or (debit and due < 0) else ZERO
    return Payout(earned, capped, settled, delta, carried_in, due, paid, due - paid)


def _amount(earning):
    return earning.earned if isinstance(earning, Earning) else to_decimal('earned', earning)


# -------------------------------------------------------------------------
# Accruals
# -------------------------------------------------------------------------


class Accrual(NamedTuple):
    """What is to be booked so that ``booked`` becomes ``expected``: ``entry``, which may be negative."""

    expected: Decimal
    booked: Decimal
    entry: Decimal


@exact
def estimate(base: Decimal, rate: Decimal) -> Decimal:
    """What ``rate`` percent of ``base`` comes to, exact: an accrual without regard to bands. Never negative."""
    return max(to_decimal('base', base), ZERO) * to_decimal('rate', rate, low=0, high=100) / HUNDRED


@exact
def accrue(expected: Earning | Decimal, booked: Decimal = ZERO, unit: Decimal = CENT) -> Accrual:
    """Return the entry by which accrued rebates become what is expected to be paid; 0 if they are already.

    The true-up at settlement is the same: expected is then what was settled, and the entry is what the
    accruals fell short of it.
    """
    booked = to_decimal('booked', booked)
    unit = to_positive('unit', unit)
    check_rounded('booked', booked, unit)
    expected = round_half_up(_amount(expected), unit)
    return Accrual(expected, booked, expected - booked)


# -------------------------------------------------------------------------
# Currencies
# -------------------------------------------------------------------------


class CurrencyPayout(NamedTuple):
    """A rebate paid in another currency.

    :param amount: in the program's currency
    :param rate: what one unit of the other currency is worth in the program's
    :param paid: in the other currency, rounded
    :param value: ``paid`` in the program's currency, rounded
    :param difference: ``value - amount``: what rounding the payout gained or cost the dealer
    """

    amount: Decimal
    rate: Decimal
    paid: Decimal
    value: Decimal
    difference: Decimal


@exact
def convert(amount: Decimal, rate: Decimal) -> Decimal:
    """Return ``amount`` at ``rate``, of its own document's date, exact: a base is not rounded line by line."""
    return to_decimal('amount', amount) * to_positive('exchange_rate', rate)


@exact
def pay_in_currency(amount: Decimal, rate: Decimal, unit: Decimal = CENT, home_unit: Decimal = CENT) -> CurrencyPayout:
    """Pay the settled ``amount`` in another currency, at the ``rate`` of the settlement's date.

    :param unit, home_unit: the smallest amounts of the other and of the program's currency
    """
    amount, rate = to_decimal('amount', amount), to_positive('exchange_rate', rate)
    paid = round_half_up(Fraction(amount) / Fraction(rate), to_positive('unit', unit))
    value = round_half_up(paid * rate, to_positive('unit', home_unit))
    return CurrencyPayout(amount, rate, paid, value, value - amount)
