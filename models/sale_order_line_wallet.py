from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What a wallet line says, and nobody writes by hand.
FIXED = (
    'discount',
    'display_type',
    'extra_tax_data',
    'is_downpayment',
    'is_expense',
    'order_id',
    'price_subtotal',
    'price_tax',
    'price_total',
    'price_unit',
    'product_id',
    'product_uom_id',
    'product_uom_qty',
    'technical_price_unit',
)


class SaleOrderLine(models.Model):
    """One line of an order may say what the dealer's rebate wallet pays: a negative one, of the order's making.

    It is a means of payment: no discount, no goods. What a confirmed order holds of the wallet is
    what its line says, or what was invoiced of it, whichever is more.
    """

    _inherit = 'sale.order.line'

    is_rebate_wallet = fields.Boolean('Paid from the Rebate Wallet', readonly=True, copy=False)

    _wallet_takes_off = models.Constraint(
        'CHECK (is_rebate_wallet IS NOT TRUE OR price_unit * product_uom_qty <= 0)',
        'What a rebate wallet pays is taken off an order, never added to it.',
    )

    # --------------------------------------------------------------- Computes

    def _filter_wallet(self):
        return self.filtered('is_rebate_wallet')

    def _compute_price_unit(self):
        return super(SaleOrderLine, self - self._filter_wallet())._compute_price_unit()

    def _compute_discount(self):
        return super(SaleOrderLine, self - self._filter_wallet())._compute_discount()

    def _compute_price_reason(self):
        wallet = self._filter_wallet()
        wallet.price_reason = False
        return super(SaleOrderLine, self - wallet)._compute_price_reason()

    def _is_side_line(self):
        return self.is_rebate_wallet or super()._is_side_line()

    def _takes_off_order(self):
        # Who pays with what it has earned pays the full price: no floor and no minimum is touched.
        return not self.is_rebate_wallet and super()._takes_off_order()

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Said, not left to defaults, which anybody may set.
            vals_list = [{**vals, 'is_rebate_wallet': False} for vals in vals_list]
        lines = super().create(vals_list)
        (lines - lines._filter_wallet()).order_id._limit_wallet()
        return lines

    def write(self, vals):
        if not self.env.su:
            self._check_wallet_not_written(vals)
        result = super().write(vals)
        if 'tax_ids' in vals:
            # Of the wallet's own line, too: taxes that are in its price say how much it takes off.
            self.order_id._limit_wallet()
        elif not vals.keys().isdisjoint(FIXED):
            (self - self._filter_wallet()).order_id._limit_wallet()
        return result

    def unlink(self):
        wallet = self._filter_wallet()
        orders, paid = (self - wallet).order_id, wallet.order_id
        result = super().unlink()
        # Whoever removes the line does not want the wallet to pay.
        paid.exists().sudo().wallet_asked = 0
        orders.exists()._limit_wallet()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        if any(self._filter_wallet()._get_wallet_held().values()):
            raise UserError(self.env._('What a rebate wallet has paid for was invoiced: it cannot be removed.'))

    def _check_wallet_not_written(self, vals):
        if 'is_rebate_wallet' in vals:
            raise AccessError(self.env._('What a rebate wallet pays is chosen by its button, not written.'))
        for line in self._filter_wallet():
            for name in vals.keys() & set(FIXED):
                field = self._fields[name]
                value = field.convert_to_cache(vals[name], line)
                if value != field.convert_to_cache(line[name], line):
                    raise UserError(
                        self.env._(
                            'What the rebate wallet pays of %s is chosen by the button "Pay from the Rebate Wallet".',
                            line.order_id.name,
                        )
                    )

    def _get_protected_fields(self):
        # A locked order gives back to the wallet what is credited: the order does that, nobody else can.
        if self.env.su and self and all(line.is_rebate_wallet for line in self):
            return []
        return super()._get_protected_fields()

    # --------------------------------------------------------------- What it pays

    def _get_exact_subtotal(self, **changes):
        """What these lines come to before taxes: ``Decimal``, from price, quantity, discount and taxes.

        Stored subtotals are not asked: over the API anybody who writes orders may write them.

        :param changes: other values than the lines', say a ``quantity``
        """
        total, taxes = Decimal(0), self.env['account.tax']
        for line in self:
            base_line = line._prepare_base_line_for_taxes_computation(extra_tax_data={}, **changes)
            taxes._add_tax_details_in_base_line(base_line, line.company_id)
            taxes._round_base_lines_tax_details([base_line], line.company_id)
            total += line.currency_id._to_decimal(base_line['tax_details']['total_excluded_currency'])
        return total

    def _get_wallet_amount(self):
        """What this line takes off the order before taxes: ``Decimal``, 0 or more."""
        self.ensure_one()
        return -self._get_exact_subtotal()

    def _get_wallet_invoiced(self, posted=True):
        """What was invoiced of this line, less what was credited: ``Decimal``.

        :param bool posted: without the drafts
        """
        self.ensure_one()
        # Whoever orders need not be allowed to read invoices.
        items = self.sudo().invoice_lines.filtered(
            lambda item: item.parent_state == 'posted' or (not posted and item.parent_state == 'draft')
        )
        return items._get_wallet_amount()

    def _get_wallet_to_be_invoiced(self):
        """The most that invoices may say of this line: what the order says, or what it said before it was credited,
        as far as the wallet and the programs' shares still allow."""
        self.ensure_one()
        ordered, order = self._get_wallet_amount(), self.order_id
        if not any(item.parent_state == 'posted' and item.amount_currency < 0 for item in self.sudo().invoice_lines):
            return ordered
        asked = self.currency_id._to_decimal(order.wallet_asked)
        return max(ordered, sum(order._take_from_wallet(asked, self._get_wallet_held()[self]).values(), Decimal(0)))

    def _prepare_qty_invoiced(self):
        quantities = super()._prepare_qty_invoiced()
        for line in self._filter_wallet():
            # In money, for it may be invoiced in parts.
            done = line._get_wallet_invoiced(posted=False)
            quantities[line] = line.product_uom_qty if done and done >= line._get_wallet_amount() else 0
        return quantities

    def _compute_qty_to_invoice(self):
        result = super()._compute_qty_to_invoice()
        for line in self._filter_wallet():
            left = line.state == 'sale' and line._get_wallet_to_invoice()
            line.qty_to_invoice = (left > 0) - (left < 0)
        return result

    def _get_wallet_to_invoice(self):
        """What is left to be invoiced of this line; negative, where too much was."""
        return self._get_wallet_amount() - self._get_wallet_invoiced(posted=False)

    def _recount_wallet_invoiced(self):
        """What is left to be invoiced depends on amounts, which Odoo does not look at."""
        for name in ('qty_invoiced', 'qty_to_invoice'):
            self.env.add_to_compute(self._fields[name], self)

    def _can_be_invoiced_alone(self):
        return super()._can_be_invoiced_alone() and not self.is_rebate_wallet

    def _prepare_invoice_line(self, **optional_values):
        values = super()._prepare_invoice_line(**optional_values)
        if self.is_rebate_wallet:
            left = self._get_wallet_to_invoice()
            # No more than the invoice comes to: the rest pays the next one.
            amount = min(left, self.order_id._get_wallet_invoice_base()) if left > 0 else -left
            values |= {
                'price_unit': -self._add_wallet_taxes(amount),
                'quantity': 1 if left > 0 else -1,
                'rebate_role': 'wallet',
            }
        return values

    def _add_wallet_taxes(self, amount):
        """The unit price that comes to ``amount`` before taxes."""
        return self.tax_ids._get_wallet_price(amount, self.currency_id)

    # ------------------------------------------------------------- What it holds

    def _get_wallet_held(self):
        """``{line: {credit: Decimal}}``, what these lines have taken out of which credits and not given back."""
        held = {line: {} for line in self}
        if self:
            # Whoever writes the order need not be allowed to read wallets.
            uses = self.env['dealer.rebate.wallet.use'].sudo()
            for line, credit, amount in uses._read_group(
                [('sale_line_id', 'in', self.ids)], ['sale_line_id', 'credit_id'], ['amount:sum']
            ):
                if exact := credit.currency_id._to_decimal(amount):
                    held[line.with_env(self.env)][credit] = exact
        return held

    def _hold_wallet(self):
        """Write down what these wallet lines take out of the wallets, or give back, so that they hold what they pay.

        :raise UserError: if more was invoiced than there is
        """
        held = self._get_wallet_held()
        vals_list = []
        for line in self:
            wanted = line._get_wallet_amount() if line.order_id.state == 'sale' else Decimal(0)
            invoiced = line._get_wallet_invoiced()
            target = line.order_id._take_from_wallet(max(wanted, invoiced), held[line], least=invoiced)
            vals_list += line._prepare_wallet_uses_vals(held[line], target)
        # A use is found by this rule, and nobody has the right to write it.
        self.env['dealer.rebate.wallet.use'].sudo().create(vals_list)

    def _prepare_wallet_uses_vals(self, held, target):
        today = self.company_id._get_dealer_date()
        return [
            {
                'credit_id': credit.id,
                'sale_line_id': self.id,
                'kind': 'order' if change > 0 else 'back',
                'date': today,
                'amount': float(change),
                'origin': self.order_id.name,
            }
            for credit in {**held, **target}
            if (change := target.get(credit, 0) - held.get(credit, 0))
        ]

    def _prepare_wallet_price_vals(self, amount):
        price = -self._add_wallet_taxes(amount)
        vals = {'price_unit': price, 'technical_price_unit': price}
        if 'purchase_price' in self._fields:
            # Nothing is earned or lost by being paid: margins are those of the goods.
            vals['purchase_price'] = price
        return vals
