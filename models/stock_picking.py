from odoo import models

from .dealer_authorization_coverage import VIOLATIONS
from .stock_move_line import SHARES_JUDGED


class StockPicking(models.Model):
    """A delivery that goes to another place than its order said is judged again; so is what is typed into it."""

    _inherit = 'stock.picking'

    def write(self, vals):
        redirected = self.browse()
        if 'partner_id' in vals:
            redirected = self.filtered(lambda picking: picking.partner_id.id != vals['partner_id'])
        if vals.keys().isdisjoint({'move_line_ids', 'move_ids'}) or not self.move_ids._is_shared_out():
            result = super().write(vals)
        else:
            # What is reserved of products that are shared out is judged when all lines are written.
            before = self.move_line_ids._get_taken()
            result = super(StockPicking, self.with_context(shares_judged=SHARES_JUDGED)).write(vals)
            self.move_line_ids._check_shares_kept(before)
        redirected._judge_delivery_address()
        return result

    def _action_done(self):
        """Where do the goods go now, and how much of them? Both may be other than the order said."""
        self._judge_delivery_address(only_moved=True)
        result = super()._action_done()
        for picking in self.filtered(lambda picking: picking.picking_type_code == 'outgoing' and picking.partner_id):
            # Goods that the warehouse has added come onto the order only now.
            lines = picking.sudo().move_ids.sale_line_id.filtered(
                lambda line: (
                    line.order_id.state == 'sale'
                    and (
                        not (line.product_uom_qty or line.territory_verdict)
                        or (line.territory_verdict in VIOLATIONS and line.qty_delivered > line.product_uom_qty)
                    )
                )
            )
            if lines:
                lines.with_env(self.env)._enforce_territory(address=picking.partner_id)
        return result

    def _judge_delivery_address(self, only_moved=False):
        """Judge the order lines behind these deliveries by where they go.

        :param bool only_moved: leave alone what still goes to the territory that was judged
        :raise UserError: as on confirmation
        """
        for picking in self:
            if picking.picking_type_code != 'outgoing' or picking.state == 'cancel' or not picking.partner_id:
                continue
            # Whoever delivers need not be allowed to read orders.
            lines = picking.sudo().move_ids.sale_line_id._filter_ordered().with_env(self.env)
            verdicts = lines._judge_territory(address=picking.partner_id)
            if only_moved:
                verdicts = {
                    line: verdict
                    for line, verdict in verdicts.items()
                    if line.sudo().territory_verdict and line.sudo().territory_id.id != verdict.territory_id
                }
            lines._enforce_territory(verdicts, picking.partner_id)
