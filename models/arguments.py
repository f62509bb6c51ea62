"""What callers from outside send as arguments of public methods: it may be anything, and is read before it is used."""

from datetime import date

from odoo import fields
from odoo.exceptions import UserError

# Before this day nothing that the module counts can have happened; there, counting back would leave the calendar.
EARLIEST = date(1900, 1, 1)
# So much of what was sent is repeated in the answer.
SHOWN = 50


def read_day(env, value):
    """The day that is meant, by a date or ``YYYY-MM-DD``; None for nothing.

    :raise UserError: for what is no day
    """
    if value in (None, False, ''):
        return None
    try:
        day = isinstance(value, (str, date)) and fields.Date.to_date(value)
    except ValueError:
        day = False
    if not day or day < EARLIEST:
        raise UserError(env._('"%s" is no day.', str(value)[:SHOWN]))
    return day


def read_record(model, value):
    """The record of ``model`` that is meant, by its id; an empty one for nothing.

    :raise UserError: for what is no id, or that of no record
    """
    if value in (None, False, ''):
        return model.browse()
    if type(value) is not int or not model.browse(value).exists():
        kind = model.env['ir.model']._get(model._name).name
        raise UserError(
            model.env._('There is no "%(kind)s" with the id "%(value)s".', kind=kind, value=str(value)[:SHOWN])
        )
    return model.browse(value)


def is_number(value):
    """Whether it is a number that can be reckoned with."""
    return type(value) in (int, float) and abs(value) < 1e15
