from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .dealer_authorization import GRANTED_STATES


class DealerAuthorizationCarveout(models.Model):
    """What a grant leaves out: products, in a territory below its own or in all of it."""

    _name = 'dealer.authorization.carveout'
    _description = 'Carve-out of an Authorization'
    _order = 'authorization_id, id'
    _rec_name = 'territory_id'

    authorization_id = fields.Many2one('dealer.authorization', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='authorization_id.company_id')
    territory_id = fields.Many2one(
        'dealer.territory',
        index='btree_not_null',
        ondelete='restrict',
        help='With all territories below it. Empty: the whole territory of the grant.',
    )
    category_ids = fields.Many2many(
        'product.category',
        'dealer_authorization_carveout_category_rel',
        'carveout_id',
        'category_id',
        'Product Categories',
        ondelete='restrict',
        help='With all categories below them. Without categories and products: everything.',
    )
    product_tmpl_ids = fields.Many2many(
        'product.template',
        'dealer_authorization_carveout_product_rel',
        'carveout_id',
        'product_tmpl_id',
        'Single Products',
        ondelete='restrict',
        context={'active_test': False},
    )

    @api.constrains('territory_id', 'category_ids', 'product_tmpl_ids', 'authorization_id')
    def _check_takes_out_a_part(self):
        for carveout in self:
            grant = carveout.authorization_id
            if not (carveout.territory_id or carveout.category_ids or carveout.product_tmpl_ids):
                raise ValidationError(
                    self.env._('A carve-out names a territory, product categories or products that it takes out.')
                )
            whole = grant.territory_id
            if carveout.territory_id and not carveout.territory_id.parent_path.startswith(whole.parent_path):
                raise ValidationError(
                    self.env._(
                        'The carve-out "%(carveout)s" does not lie in "%(territory)s", which is granted.',
                        carveout=carveout.territory_id.display_name,
                        territory=whole.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        carveouts = super().create(vals_list)
        carveouts._follow_change()
        return carveouts

    def write(self, vals):
        grants = self.authorization_id
        grants._check_editable()
        if 'authorization_id' in vals and grants.ids != [vals['authorization_id']]:
            raise UserError(self.env._('A carve-out stays with its authorization.'))
        result = super().write(vals)
        self._follow_change(grants)
        return result

    def unlink(self):
        grants = self.authorization_id
        grants._check_editable()
        result = super().unlink()
        self.browse()._follow_change(grants)
        return result

    def _follow_change(self, grants=None):
        """The grants behind a changed carve-out are settled, or cover something else now."""
        grants = (grants or self.env['dealer.authorization']) | self.exists().authorization_id
        grants._check_editable()
        grants.filtered(lambda grant: grant.state in GRANTED_STATES)._rebuild_coverage()

    def _describe(self):
        """The carve-out in words: what, and where."""
        self.ensure_one()
        names = [*self.category_ids.mapped('name'), *self.product_tmpl_ids.mapped('name')]
        products = self.env._(', ').join(names) or self.env._('All products')
        return f'{self.territory_id.name}: {products}' if self.territory_id else products
