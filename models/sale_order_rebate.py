from odoo import fields, models
from odoo.exceptions import UserError

from .account_move_line_rebate import REBATE_READERS


class SaleOrder(models.Model):
    """An order of free goods may pay a rebate statement: it is not cancelled."""

    _inherit = 'sale.order'

    rebate_payout_ids = fields.One2many(
        'dealer.rebate.payout', 'sale_order_id', 'Rebate Statement', readonly=True, groups=REBATE_READERS
    )

    def write(self, vals):
        if vals.get('state') == 'cancel':
            self._check_gives_no_rebate()
        return super().write(vals)

    def _check_gives_no_rebate(self):
        """Check that none of these orders delivers a statement: it counts as settled, and nobody would deliver it.

        :raise UserError: for one that does
        """
        # Whoever works on orders need not be allowed to read statements; the rule holds all the same.
        payout = self.env['dealer.rebate.payout'].sudo().search([('sale_order_id', 'in', self.ids)], limit=1)
        if payout:
            raise UserError(
                self.env._(
                    'The order %(order)s delivers the rebate statement %(statement)s: it cannot be cancelled. What was'
                    ' settled wrongly is corrected by the next settlement.',
                    order=payout.sale_order_id.name,
                    statement=payout.name,
                )
            )

    def action_view_rebate_payout(self):
        """Open the rebate statement that these orders pay."""
        return self.rebate_payout_ids._get_records_action(name=self.env._('Rebate Statement'))


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _prepare_invoice_line(self, **optional_values):
        """No rebate counts what a rebate gave."""
        values = super()._prepare_invoice_line(**optional_values)
        # Accountants invoice without a role in the channel.
        if self.is_free_goods and (payouts := self.sudo().order_id.rebate_payout_ids):
            values |= {'rebate_role': 'payout', 'rebate_program_id': payouts.program_id[:1].id}
        return values
