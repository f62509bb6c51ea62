from odoo import models


class StockPicking(models.Model):
    """A delivery that goes to another place than its order said is judged again."""

    _inherit = 'stock.picking'

    def write(self, vals):
        if 'partner_id' not in vals:
            return super().write(vals)
        redirected = self.filtered(lambda picking: picking.partner_id.id != vals['partner_id'])
        result = super().write(vals)
        redirected._judge_delivery_address()
        return result

    def _action_done(self):
        """An address may have been edited since its order was confirmed: where is it now?"""
        edited = self.filtered(
            lambda picking: (
                picking.sale_id
                and picking.partner_id
                and picking.partner_id.sudo().write_date > picking.sudo().sale_id.date_order
            )
        )
        edited._judge_delivery_address(only_moved=True)
        return super()._action_done()

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
            lines._enforce_territory(verdicts)
