from odoo import models
from odoo.exceptions import UserError


class DealerRebateSettlementLine(models.Model):
    """A source line can be disputed by staff as well, in the dealer's name."""

    _inherit = 'dealer.rebate.settlement.line'

    def action_dispute(self):
        """Open the form in which staff writes down what the dealer says about the line."""
        self.ensure_one()
        if not self.move_line_id:
            raise UserError(self.env._('The line does not stand in the ledger any more.'))
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'dealer.rebate.dispute',
            'name': self.env._('Dispute'),
            'views': [(self.env.ref('dealer_management.dealer_rebate_dispute_view_form_new').id, 'form')],
            'target': 'new',
            'context': {
                'default_computation_id': self.computation_id.id,
                'default_move_line_id': self.move_line_id.id,
            },
        }
