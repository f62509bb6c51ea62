from odoo import fields, models

from .dealer_complaint_outcome import COMPLAINT_READERS


class SaleOrderLine(models.Model):
    """A line that replaces what was paid for orders nothing of its own: no rule of the channel is in its way."""

    _inherit = 'sale.order.line'

    complaint_outcome_id = fields.Many2one(
        'dealer.complaint.outcome',
        'Replacement for',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        groups=COMPLAINT_READERS,
        help='The complaint for which the goods are replaced.',
    )
    # Known to everybody who works on orders, for rules go by it.
    is_replacement = fields.Boolean('Replacement', readonly=True, copy=False, help='Given for a complaint.')

    def _is_side_line(self):
        return self.is_replacement or super()._is_side_line()

    def _prepare_invoice_line(self, **optional_values):
        """No rebate counts what was given for a complaint."""
        values = super()._prepare_invoice_line(**optional_values)
        if self.is_replacement:
            values['rebate_role'] = 'complaint'
        return values
