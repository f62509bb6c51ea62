from odoo import fields, models

from .sale_order_allocation import READERS


class ProductTemplate(models.Model):
    """How a product was shared out, and the way to do so."""

    _inherit = 'product.template'

    allocation_count = fields.Integer('Allocations', compute='_compute_allocation_count', groups=READERS)

    def _compute_allocation_count(self):
        counts = dict(
            self.env['dealer.allocation']._read_group(
                [('product_id.product_tmpl_id', 'in', self.ids)], ['product_id'], ['__count']
            )
        )
        for template in self:
            template.allocation_count = sum(counts.get(variant, 0) for variant in template.product_variant_ids)

    def action_view_allocations(self):
        """Open the allocations of these products."""
        return self.product_variant_ids.action_view_allocations()


class ProductProduct(models.Model):
    _inherit = 'product.product'

    allocation_count = fields.Integer('Allocations', compute='_compute_allocation_count', groups=READERS)

    def _compute_allocation_count(self):
        counts = dict(
            self.env['dealer.allocation']._read_group([('product_id', 'in', self.ids)], ['product_id'], ['__count'])
        )
        for product in self:
            product.allocation_count = counts.get(product, 0)

    def action_view_allocations(self):
        """Open the allocations of these products; where there is none, begin one."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_allocation_action')
        action['domain'] = [('product_id', 'in', self.ids)]
        action['context'] = {'default_product_id': self.id if len(self) == 1 else False}
        allocations = self.env['dealer.allocation']
        if allocations.has_access('create') and not allocations.search(action['domain'], limit=1):
            action['views'] = [(False, 'form')]
        return action
