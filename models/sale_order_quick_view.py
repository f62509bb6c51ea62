import hashlib

from odoo import models
from odoo.tools import formatLang


class ResPartner(models.Model):
    """What a dealer is shown of products, prices and its own draft: plain values for the portal."""

    _inherit = 'res.partner'

    def _read_orderable_products(self, products, company):
        """What this dealer is told of ``products`` before it orders them.

        By a number of queries that does not grow with the products.

        :param products: ``product.product`` records, in sudo, that the dealer may order
        :return: a list of dicts in their order
        """
        self.ensure_one()
        choice = self._get_dealer_pricelist(company)
        pricelist = self.env['product.pricelist'].sudo().with_company(company).browse(choice.pricelist_id or ())
        currency = pricelist.currency_id or company.currency_id
        prices = pricelist._get_prices(products, currency=currency)
        stock = products._get_dealer_stock(company)
        return [
            {
                'id': product.id,
                'code': product.default_code or '',
                'name': product.with_context(display_default_code=False).display_name,
                'unit': product.uom_id.name,
                'least': product.dealer_min_quantity,
                'step': product._get_dealer_step(),
                'packaging': product.dealer_packaging_id.name or '',
                'price': formatLang(self.env, prices[product][0], dp='Product Price', currency_obj=currency),
                'stock': stock.get(product),
            }
            for product in products
        ]


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _read_quick_order(self):
        """The draft as its dealer sees it: a row a product, with each price that makes it up, and the totals."""
        self.ensure_one()
        dealer = self.partner_id.sudo().commercial_partner_id
        lines = self._get_quick_lines()
        products = lines.product_id
        problems = self._get_quick_problems()
        by_product = lines.grouped('product_id')
        rows = dealer._read_orderable_products(products, self.company_id)
        for row, product in zip(rows, products, strict=True):
            row |= {
                'quantity': sum(line._get_ordered_quantity() for line in by_product[product]),
                'subtotal': self.currency_id.format(sum(by_product[product].mapped('price_subtotal'))),
                'parts': [self._read_quick_part(line) for line in by_product[product]],
                'problem': problems.get(product) or False,
            }
        return {
            'order_id': self.id,
            'name': self.name,
            'lines': rows,
            'untaxed': self.currency_id.format(self.amount_untaxed),
            'tax': self.currency_id.format(self.amount_tax) if self.amount_tax else False,
            'total': self.currency_id.format(self.amount_total),
            'amount': self.amount_total,
            'warning': self._get_channel_refusal() or False if lines else False,
            'address_id': self.partner_shipping_id.id,
            'note': self.dealer_note or '',
            'reference': self.client_order_ref or '',
            'wallet': self._read_quick_wallet(),
            'version': self._get_quick_version(),
        }

    def _read_quick_wallet(self):
        """What the dealer's wallet can pay of the draft, and what it pays, or False without a wallet."""
        if not (self.wallet_limit or self.wallet_asked):
            return False
        return {
            'limit': self.wallet_limit,
            'limit_text': self.currency_id.format(self.wallet_limit),
            'paid': self.wallet_paid,
            'paid_text': self.currency_id.format(self.wallet_paid),
            'step': self.currency_id.rounding,
        }

    def _get_quick_version(self):
        """A short text that is another as soon as a line of the draft is."""
        self.ensure_one()
        lines = sorted(
            (line.product_id.id, line.product_uom_id.id, line.product_uom_qty) for line in self._get_quick_lines()
        )
        return hashlib.sha256(repr(lines).encode()).hexdigest()[:16]

    def _read_quick_part(self, line):
        price = line.price_unit * (1 - (line.discount or 0) / 100)
        return {
            'quantity': line.product_uom_qty,
            'price': formatLang(self.env, price, dp='Product Price', currency_obj=self.currency_id),
            'reason': line.price_reason or '',
            'special': bool(line.sudo().price_request_line_id),
        }
