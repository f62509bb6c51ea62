from decimal import Decimal

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
        # Whoever invoices need not be allowed to write orders, or to read what rebates book.
        for move in self.sudo().filtered(lambda move: move.is_sale_document(include_receipts=True)):
            items = move.invoice_line_ids._filter_wallet()
            if items:
                items._check_wallet_order()
                items._check_wallet_amounts()
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

    def _filter_role_made_up(self):
        made_up = super()._filter_role_made_up()
        # What replaces a credited invoice says it as well, and is looked at when it is posted.
        return made_up.filtered(lambda item: item.rebate_role != 'wallet' or not item.sale_line_ids._filter_wallet())

    def _get_wallet_account(self):
        # Where wallets are booked is for our own people to read.
        return self.company_id.sudo().root_id.dealer_wallet_account_id

    def _filter_wallet(self):
        """Those that use a wallet: by what they say, by their order, or because they are booked there."""
        account = self._get_wallet_account()
        return self.filtered(
            lambda item: (
                item.rebate_role == 'wallet'
                or (account and item.account_id == account)
                or item.sale_line_ids._filter_wallet()
            )
        )

    def _get_wallet_amount(self):
        """What these lines take out of wallets, less what they give back, before taxes: ``Decimal``.

        Posted, it is what the ledger says.
        """
        return sum(
            (
                item.currency_id._to_decimal(
                    item.amount_currency
                    if item.parent_state == 'posted'
                    else item.move_id.direction_sign * item.price_subtotal
                )
                for item in self
            ),
            Decimal(0),
        )

    def _check_wallet_order(self):
        """Refuse lines that are paid from a wallet and are none of an order's, or are booked otherwise than it.

        :raise UserError: with what to do
        """
        for item in self.filtered(lambda item: item.parent_state == 'posted'):
            line = item.sale_line_ids
            if len(line) != 1 or not line.is_rebate_wallet:
                raise UserError(
                    self.env._(
                        'The line "%(line)s" of %(move)s says that a rebate wallet pays, but it is none of an order'
                        ' that the wallet pays: please remove it, and choose what the wallet pays on the order.',
                        line=item.name or item.product_id.display_name,
                        move=item.move_id.display_name,
                    )
                )
            if problem := item._get_wallet_problem(line):
                raise UserError(problem)
            # Without it rebates would count the line as a return of goods.
            item.rebate_role = 'wallet'

    def _get_wallet_problem(self, line):
        """What keeps this item from being paid by the wallet as its order's ``line`` says, as a sentence, or False."""
        self.ensure_one()
        account, dealer = self._get_wallet_account(), line.order_id._get_wallet_dealer()
        if not account:
            return self.env._(
                'Rebate wallets of %s need an account and a journal: please choose them in the settings of Dealers.',
                self.company_id.name,
            )
        if self.account_id != account or self.currency_id != line.currency_id:
            return self.env._(
                'What a rebate wallet pays on %(move)s has to be booked on the account %(account)s, in %(currency)s.',
                move=self.move_id.display_name,
                account=account.display_name,
                currency=line.currency_id.name,
            )
        if self._get_wallet_amount() > 0 and not self.move_id.partner_id._is_paid_by_wallet_of(dealer):
            return self.env._(
                'The rebate wallet of %(dealer)s cannot pay %(move)s, which is an invoice to %(partner)s.',
                dealer=dealer.display_name,
                move=self.move_id.display_name,
                partner=self.move_id.partner_id.display_name,
            )
        return False

    def _check_wallet_amounts(self):
        """After one move with these items was posted or taken back: no order is paid with more than it says, and
        none gives back more than it was paid with.

        :raise UserError: with what to do
        """
        for line in self.sale_line_ids._filter_wallet():
            items = self.filtered(lambda item, line=line: line in item.sale_line_ids)
            move, currency, invoiced = items.move_id, line.currency_id, line._get_wallet_invoiced()
            if invoiced < 0:
                raise UserError(
                    self.env._(
                        'Credit notes would give back %(excess)s more to the rebate wallet than the invoices of the'
                        ' order %(order)s have taken: please check %(move)s, and what was credited already.',
                        excess=currency.format(float(-invoiced)),
                        order=line.order_id.name,
                        move=move.display_name,
                    )
                )
            if move.state != 'posted' or items._get_wallet_amount() <= 0:
                continue
            most = line._get_wallet_to_be_invoiced()
            if invoiced > most:
                raise UserError(
                    self.env._(
                        'With %(move)s the rebate wallet would pay %(invoiced)s of the order %(order)s, which says'
                        ' %(most)s: please correct the line of the wallet, or make the document anew from the order.',
                        move=move.display_name,
                        invoiced=currency.format(float(invoiced)),
                        order=line.order_id.name,
                        most=currency.format(float(most)),
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
                before = invoiced - credited._get_wallet_amount()
                amount = min(ordered, invoiced + max(ordered - before, 0))
            else:
                amount = max(ordered, invoiced)
            if line.order_id.state == 'sale':
                line.order_id._set_wallet_line(amount)
            line._hold_wallet()
            line._recount_wallet_invoiced()
