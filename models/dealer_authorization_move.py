from odoo import api, models
from odoo.fields import Domain

from .dealer_authorization import GRANTED_STATES


class DealerAuthorization(models.Model):
    """Nodes, categories and products that move carry along the grants that refer to them.

    A move that would bring two grants of different dealers into conflict is refused; see
    ``dealer.authorization.coverage``.
    """

    _inherit = 'dealer.authorization'

    @api.model
    def _follow_move(self, field_name, records):
        """Write anew the coverage of the grants that refer to ``records``, in sudo.

        Past days are left in peace: conflicts count from today on.

        :param str field_name: the field of grants and carve-outs that holds the records
        :raise ValidationError: if two grants would be in conflict, naming both
        """
        # Nobody moves a category away from under grants that are out of their sight.
        grants = self.sudo().search(
            (Domain(field_name, 'in', records.ids) | Domain(f'carveout_ids.{field_name}', 'in', records.ids))
            & Domain('state', 'in', list(GRANTED_STATES))
        )
        for company, touched in grants.grouped('company_id').items():
            touched._rebuild_coverage(guarded_from=company._get_dealer_date())
        return grants

    @api.model
    def _get_granted_products(self, domain):
        """The product templates of ``domain`` that a grant or carve-out names one by one, in sudo."""
        named = self.sudo().search([('product_tmpl_ids', '!=', False)]).product_tmpl_ids
        carveouts = self.env['dealer.authorization.carveout'].sudo()
        named |= carveouts.search([('product_tmpl_ids', '!=', False)]).product_tmpl_ids
        return named.filtered_domain(domain)
