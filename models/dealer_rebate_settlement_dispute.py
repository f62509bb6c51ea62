from odoo import fields, models


class DealerRebateSettlement(models.Model):
    """What the dealer disputes in a settled period."""

    _inherit = 'dealer.rebate.settlement'

    dispute_count = fields.Integer(compute='_compute_dispute_count')

    def _compute_dispute_count(self):
        groups = self.env['dealer.rebate.dispute']._read_group(
            [('settlement_id', 'in', self.ids)], ['settlement_id'], ['__count']
        )
        counts = dict(groups)
        for settlement in self:
            settlement.dispute_count = counts.get(settlement, 0)

    def action_open_disputes(self):
        """Show what the dealer disputes in the settlements."""
        self.check_access('read')
        return self.env['dealer.rebate.dispute']._prepare_list_action([('settlement_id', 'in', self.ids)])
