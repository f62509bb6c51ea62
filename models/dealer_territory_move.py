from odoo import api, models


class DealerTerritory(models.Model):
    """A territory that moves below another takes its grants along."""

    _inherit = 'dealer.territory'

    @api.model
    def _serialize_all_grants(self):
        """Stand in line with whatever changes grants, in every company that has territories."""
        companies = self.sudo().with_context(active_test=False)._read_group([], ['company_id'])
        self.env['res.company'].union(*(company for (company,) in companies))._serialize_dealer_grants()

    def write(self, vals):
        moved = self.filtered(lambda territory: 'parent_id' in vals and territory.parent_id.id != vals['parent_id'])
        result = super().write(vals)
        if moved:
            grants = self.env['dealer.authorization']._follow_move('territory_id', moved._get_subtree())
            for company, moved_grants in grants.grouped('company_id').items():
                today = company._get_dealer_date()
                moved_grants.filtered(lambda grant, today=today: grant.reserved_until >= today)._check_dealer_quota(
                    today
                )
        return result
