from odoo import models


class DealerAuthorization(models.Model):
    _inherit = 'dealer.authorization'

    def action_view_orders(self):
        """Open the orders that went by these grants, or against them."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('sale.action_orders')
        action['domain'] = [('order_line.authorization_id', 'in', self.ids)]
        action['context'] = {}
        return action
