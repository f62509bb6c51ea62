from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Invoices and credit notes of orders that a rebate wallet pays: the wallet follows the books."""

    _inherit = 'account.move'

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._follow_wallet()
        return posted

    def button_draft(self):
        self._check_wallet_entries()
        result = super().button_draft()
        self._follow_wallet()
        return result

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self._check_wallet_entries()
        return super()._reverse_moves(default_values_list, cancel)

    def _check_wallet_entries(self):
        """Refuse to undo an entry by which something was paid into a wallet, or expired.

        :raise UserError: with what to do instead
        """
        entries = self.filtered(lambda move: move.move_type == 'entry')
        if not entries:
            return
        # The rule holds, whoever may read wallets.
        env = self.sudo().env
        credits = env['dealer.rebate.wallet.credit'].search([('payout_id.move_id', 'in', entries.ids)])
        uses = env['dealer.rebate.wallet.use'].search([('move_id', 'in', entries.ids)])
        statements = env['dealer.rebate.payout'].search(
            [('move_id', 'in', entries.ids), ('payout_method', '=', 'wallet')]
        )
        if found := (credits.move_id | uses.move_id | statements.move_id)[:1]:
            raise UserError(
                self.env._(
                    'The entry %s books what dealers have in their rebate wallets: it stays. What was paid too much is'
                    ' claimed back by the next settlement.',
                    found.name,
                )
            )

    def _follow_wallet(self):
        """After these moves were posted, or taken back: orders hold what their invoices were paid with.

        :raise UserError: if a wallet has not as much as an invoice says
        """
        for move in self.filtered(lambda move: move.move_type in ('out_invoice', 'out_refund')):
            # Whoever invoices need not be allowed to write orders, or to read what rebates book.
            items = move.sudo().invoice_line_ids.filtered(lambda item: item.rebate_role == 'wallet')
            if items:
                items._check_wallet_order()
                items._bring_orders_to_wallet()


class AccountMoveLine(models.Model):
    """What a rebate wallet pays is booked against what it owes."""

    _inherit = 'account.move.line'

    def _compute_account_id(self):
        result = super()._compute_account_id()
        # What is booked where is no secret to whoever makes the invoice.
        for item in self.sudo():
            if item.rebate_role == 'wallet' and item.display_type == 'product' and item.move_id.is_invoice(True):
                item.account_id = item.company_id.root_id.dealer_wallet_account_id or item.account_id
        return result

    def _check_wallet_order(self):
        """Refuse lines that say they are paid from a wallet, and are none of an order's.

        :raise UserError: with what to do
        """
        for item in self:
            if item.parent_state == 'posted' and not item.sale_line_ids._filter_wallet():
                raise UserError(
                    self.env._(
                        'The line "%(line)s" of %(move)s says that a rebate wallet pays, but it is none of an order'
                        ' that the wallet pays: please remove it, and choose what the wallet pays on the order.',
                        line=item.name or item.product_id.display_name,
                        move=item.move_id.display_name,
                    )
                )

    def _bring_orders_to_wallet(self):
        """After one move with these items was posted or taken back, its orders say what is left to be paid.

        What was credited is off the order, unless too much had been invoiced; what was invoiced is on it.
        """
        for line in self.sale_line_ids._filter_wallet():
            items = self.filtered(lambda item, line=line: line in item.sale_line_ids)
            credited = items.filtered(
                lambda item: item.parent_state == 'posted' and item.move_id.move_type == 'out_refund'
            )
            ordered, invoiced = line._get_wallet_amount(), line._get_wallet_invoiced()
            if credited:
                before = invoiced - line.currency_id._to_decimal(sum(credited.mapped('price_subtotal')))
                amount = min(ordered, invoiced + max(ordered - before, 0))
            else:
                amount = max(ordered, invoiced)
            if line.order_id.state == 'sale':
                line.order_id._set_wallet_line(amount)
            line._hold_wallet()
            line._recount_wallet_invoiced()
