from odoo import api, models
from odoo.fields import Domain


class ProductCategory(models.Model):
    """A category that moves takes along the grants that name it, or products in it."""

    _inherit = 'product.category'

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get('parent_id') for vals in vals_list):
            # Its path follows from its parent's, which may be moving.
            self.env['dealer.territory']._serialize_all_grants()
        return super().create(vals_list)

    def unlink(self):
        """Products of a category that goes belong to none: the grants that name them follow."""
        self.env['dealer.territory']._serialize_all_grants()
        grants = self.env['dealer.authorization']
        below = self.sudo().search([('id', 'child_of', self.ids)])
        products = grants._get_granted_products(Domain('categ_id', 'in', below.ids))
        result = super().unlink()
        products.invalidate_recordset(['categ_id'])
        grants._follow_move('product_tmpl_ids', products)
        return result

    def write(self, vals):
        moved = self.filtered(lambda category: 'parent_id' in vals and category.parent_id.id != vals['parent_id'])
        if not moved:
            return super().write(vals)
        self.env['dealer.territory']._serialize_all_grants()
        result = super().write(vals)
        self.flush_model(['parent_id', 'parent_path'])
        below = self.sudo().search([('id', 'child_of', moved.ids)])
        grants = self.env['dealer.authorization']
        grants._follow_move('category_ids', below)
        # Single products continue the paths of their categories.
        grants._follow_move('product_tmpl_ids', grants._get_granted_products(Domain('categ_id', 'in', below.ids)))
        return result
