from odoo import api, fields, models


class DealerRebatePayout(models.Model):
    """From a statement to its document, its proof and its run."""

    _inherit = 'dealer.rebate.payout'

    earned_in = fields.Char(related='program_id.earned_in')
    has_document = fields.Boolean(compute='_compute_has_document', compute_sudo=True)
    may_see_run = fields.Boolean(compute='_compute_may_see_run')
    line_count = fields.Integer('Source Lines', compute='_compute_line_count', compute_sudo=True)

    @api.depends('move_id', 'sale_order_id')
    def _compute_has_document(self):
        for payout in self:
            payout.has_document = payout.move_id or payout.sale_order_id

    @api.depends_context('uid')
    def _compute_may_see_run(self):
        # Those who look after their own dealers read statements, not whole settlements.
        self.may_see_run = self.env['dealer.rebate.run'].has_access('read')

    @api.depends('computation_ids.line_count')
    def _compute_line_count(self):
        counts = dict(
            self.env['dealer.rebate.computation']._read_group(
                [('payout_id', 'in', self.ids)], ['payout_id'], ['line_count:sum']
            )
        )
        for payout in self:
            payout.line_count = counts.get(payout._origin, 0)

    def action_view_document(self):
        """Open the document that pays these statements."""
        return (self.sale_order_id or self.move_id)._get_records_action(name=self.env._('Document'))

    def action_view_run(self):
        """Open the settlement that made these statements."""
        return self.run_id._get_records_action(name=self.env._('Settlement'))

    def action_view_lines(self):
        """Open the lines that the rebate was earned with, and the share of each."""
        return self.computation_ids.action_view_lines()
