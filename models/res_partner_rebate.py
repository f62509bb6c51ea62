from odoo import models


class ResPartner(models.Model):
    """A dealer's rebates, from its form."""

    _inherit = 'res.partner'

    def action_view_rebates(self):
        """Open the rebate statements of these dealers."""
        return {
            **self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_payout_action'),
            'domain': [('dealer_id', 'in', self.commercial_partner_id.ids)],
            'context': {'create': False},
        }
