from odoo import fields, models


class PriceRules:
    """The rules of price lists for a set of products, read once and found by product.

    Odoo searches the rules anew for every order line, and looks through all of them for every
    product. With this object in the context (``price_rules``) it is handed only those that can
    apply to the product, in its own order: the choice and the price stay Odoo's.
    """

    def __init__(self, products):
        self.variants = products
        self._by_list = {}

    def find(self, pricelist, products, date, search):
        """The rules that can apply to ``products``, or None if one of them was not foreseen.

        :param search: what searches the rules of all foreseen products
        """
        is_template = products._name == 'product.template'
        foreseen = self.variants.product_tmpl_id if is_template else self.variants
        if not set(products._ids) <= set(foreseen._ids):
            return None
        key = (pricelist.id, date, pricelist.env.company.id)
        if key not in self._by_list:
            self._by_list[key] = self._read(search(self.variants))
        by_variant, by_template, by_category, general = self._by_list[key]
        found = set(general)
        for product in products:
            template = product if is_template else product.product_tmpl_id
            variants = template.product_variant_ids if is_template else product
            for variant in variants:
                found.update(by_variant.get(variant.id, ()))
            found.update(by_template.get(template.id, ()))
            for category in (product.categ_id.parent_path or '').split('/')[:-1]:
                found.update(by_category.get(int(category), ()))
        # The positions keep Odoo's order of the rules.
        return pricelist.env['product.pricelist.item'].browse(rule_id for _position, rule_id in sorted(found))

    @staticmethod
    def _read(rules):
        by_variant, by_template, by_category, general = {}, {}, {}, []
        for position, rule in enumerate(rules):
            entry = (position, rule.id)
            if rule.product_id:
                by_variant.setdefault(rule.product_id.id, []).append(entry)
            elif rule.product_tmpl_id:
                by_template.setdefault(rule.product_tmpl_id.id, []).append(entry)
            elif rule.categ_id:
                by_category.setdefault(rule.categ_id.id, []).append(entry)
            else:
                general.append(entry)
        return by_variant, by_template, by_category, general


class ProductPricelist(models.Model):
    _inherit = 'product.pricelist'

    def _get_applicable_rules(self, products, date, **kwargs):
        rules = self.env.context.get('price_rules')
        if self and products and isinstance(rules, PriceRules):
            found = rules.find(
                self,
                products,
                date,
                lambda all_products: super(ProductPricelist, self)._get_applicable_rules(all_products, date, **kwargs),
            )
            if found is not None:
                return found
        return super()._get_applicable_rules(products, date, **kwargs)

    def _get_prices(self, products, quantity=1.0, uoms=None, **kwargs):
        """The price of each product by this list, by a number of queries that does not grow with the products.

        :param products: ``product.product`` records
        :param dict uoms: ``{product: unit}``; each product's own unit unless given
        :return: ``{product: (price, rule id)}``
        """
        # One moment for all: the rules are found by it.
        kwargs['date'] = kwargs.get('date') or fields.Datetime.now()
        pricelist = self.with_context(price_rules=PriceRules(products))
        return {
            product: pricelist._compute_price_rule(product, quantity, uom=(uoms or {}).get(product), **kwargs)[
                product.id
            ]
            for product in products
        }
