import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.exceptions import UserError

from ..tools.order_lines import parse_quantity
from .portal import UNSTORABLE

# What a text field takes, in characters; more is refused, not cut: nothing typed is lost without a word.
TEXT_MAX = {'description': 5000, 'lot_name': 100, 'phone': 40}
# A telephone's clock is not ours.
AHEAD_MAX = timedelta(minutes=10)
FOUND_YEARS_MAX = 5
DOCUMENTS = ('order_id', 'picking_id', 'move_id', 'rebate_payout_id', 'rebate_dispute_id')


def read_text(value):
    """Text as it was written, in lines, without what the database cannot hold; of a file, nothing."""
    if not isinstance(value, str):
        return ''
    return UNSTORABLE.sub('', value).replace('\r\n', '\n').strip()


def read_id(value, most=(1 << 31) - 1):
    """The id that a request names; 0 for what is none, or above ``most``."""
    value = read_text(value)
    number = int(value) if re.fullmatch('[0-9]{1,19}', value) else 0
    return number if number <= most else 0


def read_key(value):
    """The key that a form was made with; '' for what is none."""
    value = read_text(value)
    return value if re.fullmatch('[0-9a-f]{32}', value) else ''


class FormRefused(UserError):
    """A form that is not taken; ``problems`` says what is wrong with which field: ``{field: sentence}``."""

    def __init__(self, message, problems):
        super().__init__(message)
        self.problems = problems


class ComplaintForm:
    """What a dealer typed into the form of a complaint, and what of it can be understood.

    :ivar typed: ``{name: text}`` as it is shown again
    :ivar values: ``{field: value}`` of what is understood; documents and products are the dealer's own
    :ivar problems: ``{field: sentence}`` of what is not
    """

    def __init__(self, complaints, dealer, zone, post):
        """
        :param complaints: ``dealer.complaint`` in sudo
        :param dealer: the session's own dealer
        :param str zone: name of the dealer's time zone
        :param post: the form as it was sent; what it holds besides is passed over
        """
        self.complaints = complaints
        self.env = complaints.env
        self.dealer = dealer
        self.zone = ZoneInfo(zone)
        self.post = post
        self.typed = {}
        self.values = {}
        self.problems = {}
        self.type = self._read_type()
        for name in DOCUMENTS:
            self._read_document(name)
        self._read_line()
        self._read_product()
        for name in TEXT_MAX:
            self._read_text(name)
        self._read_quantity()
        self._read_found()
        self._read_rest()

    def _get(self, name):
        text = self.typed[name] = read_text(self.post.get(name))
        return text

    def _read_type(self):
        types = self.complaints._get_portal_types()
        chosen = self._get('type_id')
        found = types.filtered(lambda complaint_type: chosen in (str(complaint_type.id), complaint_type.code))
        self.values['type_id'] = found.id
        return found

    def _read_document(self, name):
        """A document of the dealer's own; another's, or one that does not exist, is answered alike."""
        if not self._get(name):
            return
        found = self.complaints._find_portal_documents(self.dealer, name, read_id(self.typed[name]))
        if found:
            self.values[name] = found.id
        else:
            self.typed[name] = ''
            self.problems[name] = self.env._('Please choose one of your own.')

    def _read_line(self):
        """The line of the statement that is complained about."""
        if not self._get('rebate_line'):
            return
        payout = self.env['dealer.rebate.payout'].browse(self.values.get('rebate_payout_id') or ())
        # Lines are shown by a view, whose ids are large.
        line_id = read_id(self.typed['rebate_line'], most=(1 << 63) - 1)
        line = self.complaints._find_portal_line(self.dealer, payout, line_id)
        if line:
            self.values['rebate_line_id'] = line.id
        else:
            self.typed['rebate_line'] = ''

    def _read_product(self):
        if not self._get('product_id'):
            return
        product_id = read_id(self.typed['product_id'])
        if self.complaints._find_portal_products(self.dealer, [('id', '=', product_id)]):
            self.values['product_id'] = product_id
        else:
            self.typed['product_id'] = ''
            self.problems['product_id'] = self.env._('Please choose one of your products.')

    def _read_text(self, name):
        text = self._get(name)
        if len(text) > TEXT_MAX[name]:
            self.problems[name] = self.env._(
                'This is too long: at most %(most)s characters, please; it has %(has)s.',
                most=TEXT_MAX[name],
                has=len(text),
            )
        elif text:
            self.values[name] = text

    def _read_quantity(self):
        text = self._get('quantity')
        if not text:
            return
        quantity, problem = parse_quantity(text)
        if problem:
            self.problems['quantity'] = self.env._('Please type a number above 0.')
        else:
            self.values['quantity'] = float(quantity)

    def _read_found(self):
        """When it was found: minutes by the dealer's clock, as a browser's date field sends them."""
        text = self._get('date_found')
        if not text:
            return
        try:
            local = datetime.strptime(text.replace(' ', 'T')[:16], '%Y-%m-%dT%H:%M').replace(tzinfo=self.zone)
            found = local.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)
        except (ValueError, OverflowError):
            self.problems['date_found'] = self.env._('Please give the day and the time, such as 2026-03-31 14:30.')
            return
        now = fields.Datetime.now()
        if found > now + AHEAD_MAX:
            self.problems['date_found'] = self.env._('This lies in the future.')
        elif found < fields.Datetime.subtract(now, years=FOUND_YEARS_MAX):
            self.problems['date_found'] = self.env._('This lies more than %s years back.', FOUND_YEARS_MAX)
        else:
            self.values['date_found'] = min(found, now)

    def _read_rest(self):
        kind = self._get('quantity_kind')
        if kind in dict(self.complaints._fields['quantity_kind'].selection):
            self.values['quantity_kind'] = kind
        self.values['sample_taken'] = bool(self._get('sample_taken'))
        if key := read_key(self._get('intake_key')):
            self.values['intake_key'] = key

    # ---------------------------------------------------------------- Its end

    def check(self, names):
        """Check that all that was typed is understood.

        :param names: fields that are needed
        :raise FormRefused: with what is wrong or blank, all of it at once
        """
        if self.problems:
            raise self.refuse(self.env._('Please correct what is marked.'), names)

    def refuse(self, error, names):
        """The refusal of the model, with those of the fields ``names`` marked that are blank."""
        usual = self.env._('Please fill this in.')
        own = {'quantity_kind': self.env._('Please say whether they are missing, broken, faulty or unsold.')}
        blank = {name: own.get(name, usual) for name in names if not self.values.get(name)}
        return FormRefused(str(error), {**blank, **self.problems})
