from typing import NamedTuple

from odoo import fields, models


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
        coming_day, coming = self._get_coming_prices(pricelists, products, currency, company)
        special = self._get_special_price_lines(company, currency)
        stock = products._get_dealer_stock(company)
        rows = [
            PriceRow(
                product,
                own[product][0],
                *(
                    suggestions[audience][product][0] if product in suggestions[audience] else None
                    for audience in ('retailer', 'consumer')
                ),
                coming.get(product)
                if currency.compare_amounts(coming.get(product, own[product][0]), own[product][0])
                else None,
                special.get(product, self.env['dealer.price.request.line']),
                stock.get(product),
            )
            for product in products
        ]
        return PriceList(pricelist, pricelists._describe_choice(choice), currency, suggested, coming_day, rows)

    def _get_coming_prices(self, pricelists, products, currency, company):
        """``(day, {product: price})`` from the next change on; ``(None, {})`` if none is known."""
        found = pricelists._find_next_choice(self)
        if not found:
            return None, {}
        day, choice = found
        # The prices as they will be in the middle of that day, whatever the time zone.
        moment = fields.Datetime.to_datetime(day).replace(hour=12)
        prices = pricelists.browse(choice.pricelist_id or ())._get_prices(products, currency=currency, date=moment)
        return day, {product: price for product, (price, _rule) in prices.items()}

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
