"""What an order may be paid with out of a wallet: which credit gives how much. Exact decimals, free of Odoo."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple


class Credit(NamedTuple):
    """What is left of one credit, and which part of an order credits of its program may pay (percent)."""

    key: Hashable
    program: Hashable
    left: Decimal
    share: Decimal


def take(wanted: Decimal, base: Decimal, credits: Iterable[Credit], unit: Decimal) -> dict[Hashable, Decimal]:
    """Take up to ``wanted`` out of ``credits``, in their order, to pay an order of ``base``.

    All credits of one program together pay no more than their share of the order, rounded down to
    ``unit``; all together never more than the order.

    :return: ``{key: amount}`` of the credits that give something
    """
    left = min(wanted, base)
    taken, by_program = {}, defaultdict(Decimal)
    for credit in credits:
        cap = (base * credit.share / 100 / unit).to_integral_value(ROUND_DOWN) * unit
        amount = min(credit.left, left, cap - by_program[credit.program])
        if amount > 0:
            taken[credit.key] = amount
            by_program[credit.program] += amount
            left -= amount
    return taken


def give_up(wanted: Decimal, credits: Iterable[Credit]) -> dict[Hashable, Decimal]:
    """Take up to ``wanted`` out of ``credits``, in their order, whatever their shares: what was invoiced, or is
    claimed back.

    :return: ``{key: amount}`` of the credits that give something
    """
    taken = {}
    for credit in credits:
        amount = min(credit.left, wanted)
        if amount > 0:
            taken[credit.key] = amount
            wanted -= amount
    return taken
