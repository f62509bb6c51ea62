from odoo import fields, models


class DealerRebatePayout(models.Model):
    """What the dealer disputes in a statement."""

    _inherit = 'dealer.rebate.payout'

    dispute_ids = fields.One2many('dealer.rebate.dispute', 'payout_id', 'Disputes', readonly=True)
    dispute_count = fields.Integer(compute='_compute_dispute_count')

    def _compute_dispute_count(self):
        groups = self.env['dealer.rebate.dispute']._read_group(
            [('payout_id', 'in', self.ids)], ['payout_id'], ['__count']
        )
        counts = dict(groups)
        for payout in self:
            payout.dispute_count = counts.get(payout, 0)

    def action_open_disputes(self):
        """Show what the dealer disputes in the statements."""
        self.check_access('read')
        return self.env['dealer.rebate.dispute']._prepare_list_action([('payout_id', 'in', self.ids)])
