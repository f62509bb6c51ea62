from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """What a dealer is authorized to sell."""

    _inherit = 'res.partner'

    authorization_ids = fields.One2many(
        'dealer.authorization', 'dealer_id', 'Authorizations', groups='dealer_management.group_dealer_access'
    )
    authorization_count = fields.Integer(
        'Authorizations in Force',
        compute='_compute_authorization_count',
        groups='dealer_management.group_dealer_access',
    )

    def _compute_authorization_count(self):
        counts = dict(
            self.env['dealer.authorization']._read_group(
                [('dealer_id', 'in', self.ids), ('is_in_force', '=', True)], ['dealer_id'], ['__count']
            )
        )
        for partner in self:
            partner.authorization_count = counts.get(partner, 0)

    def write(self, vals):
        """A dealer that is terminated loses its grants: they are revoked, for the same reason."""
        ending = self.browse()
        if vals.get('dealer_state') == 'terminated':
            ending = self.filtered(lambda dealer: dealer.dealer_state != 'terminated')
        result = super().write(vals)
        if ending:
            # Whoever may terminate a dealer ends its grants, those out of sight included.
            grants = (
                self.env['dealer.authorization']
                .sudo()
                .search(
                    [('dealer_id', 'in', ending.ids), ('state', 'in', ['submitted', 'approved', 'active', 'suspended'])]
                )
            )
            for grant in grants:
                if grant.state == 'submitted':
                    grant._move('refused', state_reason=vals.get('dealer_state_reason'))
                    grant._close_approval(vals.get('dealer_state_reason'))
                else:
                    grant._revoke(vals.get('dealer_state_reason'))
        return result

    def _check_without_history(self, message):
        # Grants are a history, whoever may read them.
        held = self.env['dealer.authorization'].sudo().search([('dealer_id', 'in', self.ids)], limit=1)
        if held:
            raise UserError(message % held.dealer_id.display_name)
        return super()._check_without_history(message)

    @api.model
    def _get_dealer_chain(self, dealers):
        """These dealers and all that supply them, level by level: a second-level dealer sells under the
        grants of the dealer it buys from."""
        chain = dealers
        while dealers := dealers.upstream_dealer_id - chain:
            chain |= dealers
        return chain

    def action_view_authorizations(self):
        """Open the dealer's authorizations."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_authorization_action')
        action['domain'] = [('dealer_id', '=', self.commercial_partner_id.id)]
        action['context'] = {'default_dealer_id': self.commercial_partner_id.id}
        return action
