from decimal import Decimal
from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_compare

from .account_move_line_rebate import REBATE_READERS

# Invoices and credit notes.
SALES = ('out_invoice', 'out_refund')
# Of a thousand pieces one can be credited: more digits than quantities have.
FINE_DIGITS = 6


class CreditLeft(NamedTuple):
    """How much of an invoice line may still be credited.

    :param quantity: in the line's own unit
    :param digits: to which quantities are compared
    :param amount: before taxes, in the invoice's currency
    """

    quantity: float
    digits: int
    amount: Decimal

    def has_quantity(self, quantity):
        return float_compare(quantity, self.quantity, precision_digits=self.digits) <= 0

    def is_exceeded(self):
        return self.amount < 0 or not self.has_quantity(0)


class AccountMoveLine(models.Model):
    """An invoice line knows what was credited of it: no complaint gives back more than was paid for."""

    _inherit = 'account.move.line'

    credited_line_id = fields.Many2one(
        'account.move.line',
        'Credits the Invoice Line',
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        groups=REBATE_READERS,
        help='The line of the invoice that a complaint had credited by this one.',
    )
    is_allowance = fields.Boolean(
        readonly=True,
        groups=REBATE_READERS,
        help='Lowers the price of what was sold: nothing comes back, and no quantity is counted.',
    )

    def _eligible_for_stock_account(self):
        # What an allowance or a refund gives back brings no goods into stock, unless they are returned.
        line = self.sudo()  # whoever posts need not be allowed to read complaints
        if line.credited_line_id and not line.move_id.complaint_outcome_ids._brings_goods_back():
            return False
        return super()._eligible_for_stock_account()

    # ------------------------------------------------------------ What is left

    def _lock_for_credit(self):
        """Lock the invoices of these lines until the end of the transaction.

        Whoever credits them at the same time waits, and has to start over with what was credited meanwhile:
        PostgreSQL lets nobody change a row that has changed since its snapshot.
        """
        invoices = self.move_id | self.sale_line_ids.invoice_lines.move_id
        if invoices:
            invoices.flush_recordset()
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_move SET id = id
                     WHERE id IN (SELECT id FROM account_move WHERE id IN %s ORDER BY id FOR UPDATE)
                    """,
                    tuple(invoices.ids),
                )
            )

    def _get_credit_left(self):
        """What may still be credited of these invoice lines, by a fixed number of queries; negative, if too much was.

        Counted are drafts and posted documents: credit notes of complaints, Odoo's own of the invoice, and those
        that orders make. What takes a credit back counts once it is posted: a draft may still be deleted. Those that do not say which line they credit count for all lines of their product, and for
        the invoice as a whole.

        :return: ``{line: CreditLeft}``
        """
        credits = self._find_credits()
        return {line: line._get_least_credit_left(credits) for line in self}

    def _find_credits(self):
        """All items that credit these lines or others of their invoices, and those that take such credits back."""
        invoices = self.move_id
        reversals = invoices._find_reversals()
        return self.search(
            (
                Domain('parent_state', '=', 'posted')
                | (Domain('parent_state', '=', 'draft') & Domain('move_type', '=', 'out_refund'))
            )
            & Domain('display_type', '=', 'product')
            & Domain('move_type', 'in', SALES)
            & (
                Domain('credited_line_id.move_id', 'in', invoices.ids)
                | Domain('move_id', 'in', reversals.ids)
                | (Domain('move_type', '=', 'out_refund') & Domain('sale_line_ids', 'in', self.sale_line_ids.ids))
            )
        )

    def _get_least_credit_left(self, credits):
        """The least that is left of the line, of its product on the invoice, of the invoice, and of its order lines."""
        self.ensure_one()
        invoice = self.move_id
        lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == 'product')
        of_product = lines.filtered(lambda line: line.product_id == self.product_id)
        of_invoice = credits.filtered(lambda item: item._get_credited_invoice() == invoice)
        ordered = self.sale_line_ids
        of_order = ordered.invoice_lines.filtered(
            lambda line: (
                line.parent_state == 'posted' and line.move_type == 'out_invoice' and not line.move_id.reversed_entry_id
            )
        )
        pools = [
            (self, credits.filtered(lambda item: item.credited_line_id == self)),
            (
                of_product,
                of_invoice.filtered(
                    lambda item: (
                        item.credited_line_id in of_product
                        or (not item.credited_line_id and item.product_id == self.product_id)
                    )
                ),
            ),
            (
                of_order,
                credits.filtered(
                    lambda item: (
                        item.credited_line_id in of_order
                        or (not item.credited_line_id and item.sale_line_ids & ordered)
                    )
                ),
            ),
        ]
        quantities, amounts = [], []
        for sold, credited in pools:
            if sold:
                quantities.append(sold._sum_quantity(self.product_uom_id) + credited._sum_quantity(self.product_uom_id))
                amounts.append(sold._sum_amount(self.currency_id) + credited._sum_amount(self.currency_id))
        amounts.append(lines._sum_amount(self.currency_id) + of_invoice._sum_amount(self.currency_id))
        digits = self.env['decimal.precision'].precision_get('Product Unit') + FINE_DIGITS
        return CreditLeft(min(quantities), digits, min(amounts))

    def _get_credited_invoice(self):
        """The invoice that this item credits, directly or by taking such a credit back; else its own document."""
        self.ensure_one()
        return self.credited_line_id.move_id or self.move_id._get_reversed_root()

    def _sum_quantity(self, uom):
        """What these items sell, less what they take back, in ``uom``."""
        total = 0
        for item in self.filtered(lambda item: not item.is_allowance):
            sign = 1 if item.move_type == 'out_invoice' else -1
            unit = item.product_uom_id or uom
            total += sign * unit._compute_quantity(item.quantity, uom, round=False, raise_if_failure=False)
        return total

    def _sum_amount(self, currency):
        """What these items sell, less what they give back, before taxes, in ``currency``: ``Decimal``."""
        total = Decimal(0)
        for item in self:
            amount = -item.amount_currency
            if item.currency_id != currency:
                # Somebody has changed a credit note's currency: what the ledger says, at the day of that document.
                amount = item.company_currency_id._convert(-item.balance, currency, item.company_id, item.date)
            total += currency._to_decimal(amount)
        return total

    # ---------------------------------------------------------------- To the cent

    def _set_subtotal(self, amount):
        """Have this item of a draft come to ``amount`` before taxes, whatever taxes are in its price.

        :return: whether it does
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(self.price_subtotal, amount):
            price = self._add_included_taxes(amount) / self.quantity
            self.write({'discount': 0, 'price_unit': price})
        return not self.currency_id.compare_amounts(self.price_subtotal, amount)
