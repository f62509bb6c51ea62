from odoo import api, fields, models

from .dealer_complaint_outcome import CREDIT_KINDS, GOODS_KINDS


class DealerComplaintOutcome(models.Model):
    """What an outcome begins with: the complaint says it already."""

    _inherit = 'dealer.complaint.outcome'

    quantity_left = fields.Float(
        'Left to Credit',
        digits='Product Unit',
        compute='_compute_left',
        help='What was invoiced of the line less what was credited of it, drafts too, in the unit of the invoice.',
    )
    amount_left = fields.Monetary(
        'Amount Left to Credit',
        compute='_compute_left',
        help='What was invoiced of the line less what was credited of it, drafts too, before taxes.',
    )

    # ------------------------------------------------------------ The goods

    @api.depends('complaint_id', 'kind')
    def _compute_product_id(self):
        for outcome in self:
            if outcome.state == 'draft':
                goods = outcome.kind in GOODS_KINDS or outcome.kind == 'allowance'
                outcome.product_id = goods and (outcome.product_id or outcome.complaint_id.product_id)

    @api.depends('product_id')
    def _compute_lot_id(self):
        for outcome in self:
            # Whoever settles complaints need not have a role in the warehouse.
            lots = outcome.sudo().lot_id | outcome.complaint_id.sudo().lot_id
            outcome.lot_id = lots.filtered(lambda lot, outcome=outcome: lot.product_id == outcome.product_id)[:1]

    @api.depends('complaint_id', 'kind', 'product_id')
    def _compute_quantity(self):
        for outcome in self:
            if outcome.kind not in GOODS_KINDS:
                outcome.quantity = 0
            elif not outcome.quantity and outcome.product_id == outcome.complaint_id.product_id:
                outcome.quantity = outcome.complaint_id.quantity

    @api.depends('product_id')
    def _compute_allowed_uom_ids(self):
        for outcome in self:
            outcome.allowed_uom_ids = outcome.product_id.uom_id | outcome.product_id.uom_ids

    @api.depends('product_id')
    def _compute_product_uom_id(self):
        for outcome in self:
            unit = outcome.product_id.uom_id
            if not outcome.product_uom_id or not outcome.product_uom_id._has_common_reference(unit):
                outcome.product_uom_id = unit

    @api.depends('complaint_id', 'kind', 'product_id')
    def _compute_reduces_order(self):
        """What is replaced or repaired, the dealer has in the end."""
        for outcome in self:
            others = outcome.complaint_id.outcome_ids.filtered(
                lambda other, outcome=outcome: (
                    other.product_id == outcome.product_id
                    and other.kind in ('replacement', 'repair')
                    and other.state != 'cancelled'
                )
            )
            outcome.reduces_order = outcome.kind == 'return' and not others

    # ------------------------------------------------------------ The money

    @api.depends('complaint_id', 'kind', 'product_id')
    def _compute_invoice_line_id(self):
        for outcome in self:
            # The invoice may be out of the user's sight.
            if outcome.kind not in CREDIT_KINDS:
                outcome.invoice_line_id = False
            elif outcome.invoice_line_id.sudo().product_id != outcome.product_id or not outcome.invoice_line_id:
                outcome.invoice_line_id = outcome._find_invoice_line()

    def _find_invoice_line(self):
        """The line by which the goods were invoiced: on the complaint's invoice, or by its delivery or order."""
        self.ensure_one()
        # Whoever settles complaints need not be allowed to read invoices, orders and deliveries.
        complaint = self.complaint_id.sudo()
        if complaint.move_id:
            lines = complaint.move_id.invoice_line_ids
        elif complaint.picking_id:
            lines = complaint.picking_id.move_ids.sale_line_id.invoice_lines
        else:
            lines = complaint.order_id.order_line.invoice_lines
        found = lines.filtered(
            lambda line: (
                line.parent_state == 'posted'
                and line.move_type == 'out_invoice'
                and line.display_type == 'product'
                and line.product_id
                and line.product_id == self.product_id
                and line.price_subtotal > 0
            )
        )
        return found.sorted('id')[:1].with_env(self.env)

    @api.depends('invoice_line_id', 'complaint_id')
    def _compute_currency_id(self):
        for outcome in self:
            # The invoice may be out of the user's sight.
            currency = outcome.invoice_line_id.sudo().currency_id
            outcome.currency_id = (
                currency or outcome.currency_id or outcome.company_id.currency_id or self.env.company.currency_id
            )

    @api.depends('invoice_line_id', 'quantity', 'product_uom_id', 'kind')
    def _compute_amount(self):
        for outcome in self.filtered(lambda outcome: outcome.state == 'draft'):
            if outcome.kind == 'refund':
                outcome.amount = float(outcome._get_refund_amount())
            elif outcome.kind not in ('allowance', 'compensation'):
                outcome.amount = 0

    @api.depends('invoice_line_id', 'kind', 'state')
    def _compute_left(self):
        # What is left is shown with the outcome; the documents may be out of the user's sight.
        lines = self.invoice_line_id._origin.sudo()
        left = lines._get_credit_left() if lines else {}
        for outcome in self:
            found = left.get(outcome.invoice_line_id._origin.sudo())
            outcome.quantity_left = found.quantity if found else 0
            outcome.amount_left = float(found.amount) if found else 0

    def _get_refund_amount(self):
        """The quantity at the price of the invoice line before taxes, at most what is left of it: ``Decimal``.

        Parts that are refunded one after the other come to exactly what was invoiced.
        """
        self.ensure_one()
        # The invoice may be out of the user's sight.
        line = self.invoice_line_id._origin.sudo()
        currency = line.currency_id or self.currency_id
        if not (line and line.quantity and self.quantity):
            return currency._to_decimal(0)
        left = line._get_credit_left()[line]
        before = line.quantity - left.quantity
        share, share_before = (
            currency._to_decimal(line.price_subtotal * quantity / line.quantity)
            for quantity in (before + self._get_quantity_in(line.product_uom_id), before)
        )
        return max(min(share - share_before, left.amount), currency._to_decimal(0))

    def _get_quantity_in(self, uom):
        """The quantity of this outcome in another unit."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(self.quantity, uom, round=False) if uom else self.quantity
