import re
import unicodedata
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request, route

from ..tools.order_lines import parse_quantity
from .quick_order import QuickOrderPortal

LINES_MAX = 200
DAYS_PROPOSED = 30


class SpecialPricePortal(QuickOrderPortal):
    """A dealer asks for special prices, and sees what became of them."""

    @route('/my/special-prices', type='http', auth='user', methods=['GET'], website=True, readonly=True)
    def portal_special_prices(self, asked='', **kw):
        dealer = self._get_ordering_dealer()
        if not dealer:
            return request.redirect('/my')
        requests = self._get_requests(dealer)
        return self._render_special_prices(dealer, asked=requests.filtered(lambda found: str(found.id) == asked))

    @route('/my/special-prices', type='http', auth='user', methods=['POST'], website=True)
    def portal_ask_special_price(self, lines='', date_from='', date_to='', project='', customer='', reason='', **kw):
        dealer = self._get_ordering_dealer()
        if not dealer:
            return request.redirect('/my')
        values = {
            'lines': self._clean(lines, 20000),
            'date_from': self._clean(date_from, 10),
            'date_to': self._clean(date_to, 10),
            'project': self._clean(project, 100),
            'customer': self._clean(customer, 100),
            'reason': self._clean(reason, 2000),
        }
        try:
            with request.env.cr.savepoint():
                special = self._ask(dealer, values)
        except (UserError, ValidationError) as error:
            # What was typed stays in the form.
            return self._render_special_prices(dealer, values=values, error=str(error))
        return request.redirect(f'/my/special-prices?asked={special.id}')

    def _get_requests(self, dealer):
        """The special prices of the user's own dealer, in sudo, without staff's drafts."""
        # The dealer is the session's own: see ``_get_portal_dealer``.
        return (
            request.env['dealer.price.request']
            .sudo()
            .search([('dealer_id', 'in', dealer.ids), ('state', 'not in', ('draft', 'cancelled'))])
        )

    def _render_special_prices(self, dealer, values=None, **extra):
        today = self._get_company(dealer)._get_dealer_date()
        return request.render(
            'dealer_management.portal_special_prices',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'special_prices',
                'requests': self._get_requests(dealer),
                'values': values or {'date_from': today, 'date_to': fields.Date.add(today, days=DAYS_PROPOSED)},
                'asked': None,
                'error': None,
                **extra,
            },
        )

    def _ask(self, dealer, values):
        """Write the request down for the user's own dealer and submit it."""
        company = self._get_company(dealer)
        if not values['reason']:
            raise UserError(request.env._('Please say why you ask for this price.'))
        first, last = self._read_day(values['date_from']), self._read_day(values['date_to'])
        if last < first:
            raise UserError(request.env._('A special price cannot end before it begins.'))
        # The portal user asks; it has no right of its own on requests.
        special = (
            request.env['dealer.price.request']
            .sudo()
            .with_company(company)
            .create(
                {
                    **request.env['dealer.price.request']._prepare_new_vals(),
                    'dealer_id': dealer.id,
                    'company_id': company.id,
                    'date_from': first,
                    'date_to': last,
                    'project_name': values['project'] or False,
                    'end_customer_name': values['customer'] or False,
                    'reason': values['reason'],
                    'line_ids': self._read_lines(dealer, values['lines']),
                }
            )
        )
        special.action_submit()
        return special

    def _read_day(self, value):
        try:
            day = fields.Date.to_date(value)
        except ValueError:
            day = None
        if not day:
            raise UserError(request.env._('Please give the first and the last day.'))
        return day

    def _read_lines(self, dealer, text):
        """The lines asked for: ``code quantity price`` each."""
        rows = [(number, self._split_line(line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if not rows:
            raise UserError(request.env._('Please write at least one line: a code, a quantity and a price.'))
        if len(rows) > LINES_MAX:
            raise UserError(request.env._('At most %s products at once.', LINES_MAX))
        found = self._find_by_codes(dealer, [cells[0] for _number, cells in rows])
        commands = []
        for number, cells in rows:
            product = found.get(cells[0].lower(), request.env['product.product'])
            if len(product) != 1:
                raise UserError(
                    request.env._('Line %(number)s: unknown code "%(code)s".', number=number, code=cells[0][:50])
                )
            if len(cells) != 3:
                raise UserError(request.env._('Line %s: please give a code, a quantity and a price.', number))
            quantity, problem = parse_quantity(cells[1])
            price = self._read_price(cells[2])
            if problem or price is None:
                raise UserError(
                    request.env._('Line %s: the quantity and the price must be figures above zero.', number)
                )
            if any(command[2]['product_id'] == product.id for command in commands):
                raise UserError(
                    request.env._('Line %(number)s: "%(code)s" stands there twice.', number=number, code=cells[0][:50])
                )
            commands.append(
                Command.create(
                    {'product_id': product.id, 'quantity_max': float(quantity), 'special_price': float(price)}
                )
            )
        return commands

    @staticmethod
    def _split_line(line):
        """The code, the quantity and the price of a line; a code may hold blanks."""
        line = unicodedata.normalize('NFKC', line).strip()
        if cells := [cell.strip() for cell in re.split(r'[\t;|]+', line) if cell.strip()][1:]:
            return [re.split(r'[\t;|]+', line)[0].strip(), *cells]
        return line.rsplit(maxsplit=2)

    @staticmethod
    def _read_price(text):
        """The price that ``text`` says, with the digits that prices have; None if it says none."""
        if not re.fullmatch(r'(\d+|\d{1,3}(,\d{3})+)(\.\d+)?', text):
            return None
        digits = request.env['decimal.precision'].precision_get('Product Price')
        price = round(Decimal(text.replace(',', '')), digits)
        return price if 0 < price < 10**9 else None
