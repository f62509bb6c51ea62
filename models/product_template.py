from odoo import fields, models
from odoo.fields import Domain


class ProductTemplate(models.Model):
    """Who is authorized to sell a product; one that changes its category takes along the grants that name it."""

    _inherit = 'product.template'

    authorization_count = fields.Integer(
        'Authorizations in Force',
        compute='_compute_authorization_count',
        groups='dealer_management.group_dealer_access',
    )

    def _compute_authorization_count(self):
        grants = self.env['dealer.authorization']
        in_force = grants.search_fetch(
            [('is_in_force', '=', True)], ['product_scope', 'category_ids', 'product_tmpl_ids']
        )
        for template in self:
            template.authorization_count = len(in_force.filtered_domain(template._get_authorization_domain()))

    def _get_authorization_domain(self):
        """Domain of the grants whose products include this one, carve-outs aside."""
        return (
            Domain('product_scope', '=', 'all')
            | Domain('product_tmpl_ids', 'in', self.ids)
            | Domain('category_ids', 'parent_of', self.categ_id.ids)
        )

    def action_view_authorizations(self):
        """Open the grants that include these products."""
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_authorization_action')
        action['domain'] = list(Domain.OR(template._get_authorization_domain() for template in self))
        action['context'] = {'search_default_in_force': 1}
        return action

    def write(self, vals):
        moved = self.filtered(lambda template: 'categ_id' in vals and template.categ_id.id != vals['categ_id'])
        if not moved:
            return super().write(vals)
        self.env['dealer.territory']._serialize_all_grants()
        result = super().write(vals)
        grants = self.env['dealer.authorization']
        grants._follow_move('product_tmpl_ids', grants._get_granted_products(Domain('id', 'in', moved.ids)))
        return result
