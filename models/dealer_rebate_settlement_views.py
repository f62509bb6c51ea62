from odoo import fields, models


class DealerRebateComputation(models.Model):
    """From a computation, and from what it settles, to each line that was counted and its document."""

    _inherit = 'dealer.rebate.computation'

    earned_in = fields.Char(related='program_id.earned_in')

    def action_view_lines(self):
        """Open the lines that were counted, and the share of each."""
        self.check_access('read')
        return {
            **self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_settlement_line_action'),
            'domain': [('computation_id', 'in', self.ids)],
        }


class DealerRebateSettlement(models.Model):
    _inherit = 'dealer.rebate.settlement'

    earned_in = fields.Char(related='program_id.earned_in')
    # Kept, so that settlements can be summed by them.
    earned = fields.Float(store=True)
    base = fields.Float(store=True)
    grade_id = fields.Many2one(related='computation_id.grade_id', store=True, index='btree_not_null')

    def action_view_lines(self):
        """Open the lines of what is in force, and the share of each."""
        return self.computation_id.action_view_lines()


class DealerRebateSettlementLine(models.Model):
    _inherit = 'dealer.rebate.settlement.line'

    def action_view_document(self):
        """Open the documents of these lines."""
        return self.move_line_id.move_id._get_records_action(name=self.env._('Document'))
