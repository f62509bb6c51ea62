from typing import NamedTuple

from odoo import fields, models

# How many of the coming changes are looked at for one that concerns the products.
CHANGES_SEEN = 6


class PriceRow(NamedTuple):
    """What a dealer is told of one product: its own price, what it is suggested to ask, what is to come."""

    product: models.BaseModel
    own: float
    retailer: float | None
    consumer: float | None
    coming: float | None
    special: models.BaseModel
    stock: dict | None


class PriceList(NamedTuple):
    """A dealer's prices: the rows, and what holds for all of them."""

    pricelist: models.BaseModel
    reason: str
    currency: models.BaseModel
    suggested: dict
    coming_day: object
    rows: list


class ResPartner(models.Model):
    """The price list of a dealer, as page, PDF and spreadsheet show it alike."""

    _inherit = 'res.partner'

    def _get_price_list(self, products, company):
        """The prices of ``products`` for this dealer today, and from the next change on.

        By a number of queries that does not grow with the products.

        :param products: ``product.product`` records, in sudo
        :return: ``PriceList``
        """
        self.ensure_one()
        pricelists = self.env['product.pricelist'].sudo().with_company(company)
        choice = self._get_dealer_pricelist(company)
        pricelist = pricelists.browse(choice.pricelist_id or ())
        currency = pricelist.currency_id or company.currency_id
        now = fields.Datetime.now()
        own = pricelist._get_prices(products, currency=currency, date=now)
        suggested = pricelists._get_suggested_lists(company)
        suggestions = {
            audience: suggested_list._get_prices(products, currency=currency, date=now) if suggested_list else {}
            for audience, suggested_list in suggested.items()
        }
        present = {product: price for product, (price, _rule) in own.items()}
        coming_day, coming = self._get_coming_prices(pricelists, products, currency, company, present)
        special = self._get_special_price_lines(company, currency)
        stock = products._get_dealer_stock(company)
        no_special = self.env['dealer.price.request.line']
        rows = [
            PriceRow(
                product,
                own[product][0],
                *(self._get_named_price(suggestions[audience].get(product)) for audience in ('retailer', 'consumer')),
                coming.get(product)
                if currency.compare_amounts(coming.get(product, own[product][0]), own[product][0])
                else None,
                special[product] if self._is_worth(special.get(product), own[product][0]) else no_special,
                stock.get(product),
            )
            for product in products
        ]
        return PriceList(pricelist, pricelists._describe_choice(choice), currency, suggested, coming_day, rows)

    def _get_named_price(self, price_and_rule):
        """The price, if a rule of the list names the product; without one Odoo answers with the sales price."""
        price, rule_id = price_and_rule or (None, None)
        return price if rule_id else None

    def _is_worth(self, request_line, price):
        """Whether the special price is below what the dealer pays anyway."""
        return bool(request_line) and request_line.special_price < price

    def _get_coming_prices(self, pricelists, products, currency, company, own):
        """``(day, {product: price})`` from the next change on that changes one of these prices; ``(None, {})`` if
        none is known.

        :param dict own: ``{product: present price}``
        """
        # A season has a beginning and an end; what lies behind them is seen when they are over.
        for moment, choice in pricelists._find_next_choices(self)[:CHANGES_SEEN]:
            prices = pricelists.browse(choice.pricelist_id or ())._get_prices(products, currency=currency, date=moment)
            coming = {product: price for product, (price, _rule) in prices.items()}
            if any(currency.compare_amounts(price, own[product]) for product, price in coming.items()):
                return company._get_dealer_date(moment), coming
        return None, {}

    def _get_special_price_lines(self, company, currency):
        """``{product: request line}``: the lowest special price in force for any order of this dealer, with
        something left."""
        # The dealer's own agreements: see who asks.
        lines = (
            self.env['dealer.price.request.line']
            .sudo()
            .search(
                [
                    ('request_id', 'any', [('dealer_id', '=', self.id), ('is_in_force', '=', True)]),
                    ('request_id.project_name', '=', False),
                    ('request_id.company_id', 'in', company.parent_ids.ids),
                    ('request_id.currency_id', '=', currency.id),
                ],
                order='special_price desc, id desc',
            )
        )
        return {line.product_id: line for line in lines if not line.quantity_max or line.quantity_left > 0}
