"""From the floats of fields to the decimals that they stand for."""

from decimal import Decimal


def exact(value: float | None, digits: int = 4) -> Decimal:
    """The decimal that a float field with so many decimals holds; 0 for nothing."""
    return Decimal(f'{value or 0:.{digits}f}')
