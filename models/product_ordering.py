from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ProductTemplate(models.Model):
    """Who may order a product, and in which quantities."""

    _inherit = 'product.template'

    dealer_min_quantity = fields.Float(
        'Minimum Quantity for Dealers',
        digits='Product Unit',
        help="The least that a dealer orders, in the product's unit.",
    )
    dealer_packaging_id = fields.Many2one(
        'uom.uom',
        'Packaging for Dealers',
        domain="[('id', 'in', uom_ids)]",
        ondelete='restrict',
        help='Dealers order whole packagings of this kind.',
    )
    only_dealer_ids = fields.Many2many(
        'res.partner',
        'product_template_only_dealer_rel',
        'product_tmpl_id',
        'dealer_id',
        'Only for These Dealers',
        domain="[('is_dealer', '=', True)]",
        context={'active_test': False},
        groups='dealer_management.group_dealer_access',
        copy=False,  # by copy(), for whoever copies a product need not be allowed to read it
        help='Made for these dealers: nobody else sees or orders it in the portal. Empty: for all.',
    )

    _dealer_min_quantity_positive = models.Constraint(
        'CHECK (dealer_min_quantity >= 0)', 'A minimum quantity cannot be negative.'
    )

    @api.constrains('dealer_packaging_id', 'uom_id')
    def _check_dealer_packaging(self):
        for template in self:
            packaging = template.dealer_packaging_id
            if packaging and not packaging._has_common_reference(template.uom_id):
                raise ValidationError(
                    self.env._(
                        '"%(product)s" is counted in %(unit)s: it cannot be packed by the %(packaging)s.',
                        product=template.display_name,
                        unit=template.uom_id.name,
                        packaging=packaging.name,
                    )
                )

    def copy(self, default=None):
        """What was made for some dealers is copied for the same ones, whoever copies it."""
        copies = super().copy(default)
        if 'only_dealer_ids' not in (default or {}):
            # For whom it is made is read by roles of the channel only, and must not be lost without one.
            for template, made in zip(self.sudo(), copies.sudo(), strict=True):
                if template.only_dealer_ids:
                    made.only_dealer_ids = template.only_dealer_ids
        return copies


class ProductProduct(models.Model):
    _inherit = 'product.product'

    def _get_dealer_step(self):
        """How many of the product's unit one packaging for dealers holds; 0 where any quantity will do."""
        self.ensure_one()
        packaging = self.dealer_packaging_id
        return packaging._compute_quantity(1, self.uom_id, round=False) if packaging else 0

    def _get_dealer_quantity_problem(self, quantity):
        """Why a dealer cannot order this quantity, as a sentence, or False.

        :param float quantity: in the product's own unit
        """
        self.ensure_one()
        unit, step = self.uom_id, self._get_dealer_step()
        least = self.dealer_min_quantity
        if unit.compare(quantity, 0) <= 0:
            return self.env._('Please enter a quantity above zero.')
        if unit.compare(unit.round(quantity), quantity):
            return self.env._('%(quantity)s %(unit)s cannot be counted.', quantity=f'{quantity:.10g}', unit=unit.name)
        if least and unit.compare(quantity, least) < 0:
            return self.env._('At least %(least)s %(unit)s are ordered.', least=f'{least:.10g}', unit=unit.name)
        if step:
            whole = quantity // step * step
            if unit.compare(quantity - whole, 0) and unit.compare(quantity - whole, step):
                return self.env._(
                    'Sold by the %(packaging)s of %(step)s: %(less)s or %(more)s %(unit)s.',
                    packaging=self.dealer_packaging_id.name,
                    step=f'{step:.10g}',
                    less=f'{max(whole, step):.10g}',
                    more=f'{whole + step:.10g}',
                    unit=unit.name,
                )
        return False

    def _get_dealer_stock(self, company):
        """What a dealer is told of the stock of these products, by a fixed number of queries.

        A light shows nothing of how much there is beyond its two thresholds, which do not depend
        on what is asked: nobody finds out the stock by asking for more and more.

        :return: ``{product: {'light': 'green', 'amber' or 'red', 'quantity': only where the company
            shows it}}``; empty where it shows nothing
        """
        # How stock is shown, and where the light turns, is not a dealer's to read.
        company = company.sudo()
        display = company.dealer_portal_stock
        if display == 'hidden':
            return {}
        warehouses = self.env['stock.warehouse'].sudo().search([('company_id', '=', company.id)])
        products = self.sudo().with_context(warehouse_id=warehouses.ids)
        low = company.dealer_portal_stock_low
        told = {}
        for product, asked in zip(products, self, strict=True):
            if not product.is_storable:
                continue
            free = product.free_qty
            light = 'red' if free <= 0 else 'amber' if free < low else 'green'
            told[asked] = {'light': light}
            if display == 'quantity':
                told[asked]['quantity'] = max(free, 0)
        return told


class DealerAuthorization(models.Model):
    _inherit = 'dealer.authorization'

    def _get_granted_products_domain(self):
        """Domain of the ``product.product`` records that these grants name, wherever they are for.

        Grants with the same carve-outs are taken together: what lies below categories is a query for
        each condition that asks, and a dealer may hold hundreds of grants.
        """
        # All carve-outs at once, for what is filtered grant by grant is read grant by grant.
        carveouts = self.carveout_ids.filtered(lambda carveout: not carveout.territory_id)
        carved = defaultdict(set)
        for carveout in carveouts:
            carved[carveout.authorization_id].add((carveout.category_ids._ids, carveout.product_tmpl_ids._ids))
        domains = []
        for left_out, grants in self.grouped(lambda grant: frozenset(carved[grant])).items():
            domain = Domain.TRUE
            if all(grant.product_scope != 'all' for grant in grants):
                domain = self._get_named_products_domain(grants.category_ids.ids, grants.product_tmpl_ids.ids)
            for category_ids, template_ids in left_out:
                domain &= ~self._get_named_products_domain(category_ids, template_ids)
            domains.append(domain)
        return Domain.OR(domains)

    @api.model
    def _get_named_products_domain(self, category_ids, template_ids):
        return Domain('categ_id', 'child_of', list(category_ids)) | Domain('product_tmpl_id', 'in', list(template_ids))
