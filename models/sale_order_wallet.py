from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import wallet
from .arguments import is_number

# What decides whether, and how much, a wallet pays.
WATCHED = {
    'company_id',
    'currency_id',
    'date_order',
    'fiscal_position_id',
    'partner_id',
    'partner_invoice_id',
    'pricelist_id',
    'state',
}


class SaleOrder(models.Model):
    """A dealer pays part of its order out of its rebate wallet.

    What it wants to pay is kept, and one line of the order takes as much of it off as the order, the
    wallet and the programs' shares allow, whenever the order changes. A quotation reserves nothing:
    confirmed, the order takes what is left then; cancelled, it gives it back.
    """

    _inherit = 'sale.order'

    wallet_asked = fields.Monetary('To Pay from the Wallet', readonly=True, copy=False)
    wallet_paid = fields.Monetary('Wallet Pays', compute='_compute_wallet_paid', compute_sudo=True)
    wallet_limit = fields.Monetary(
        'Wallet Can Pay',
        compute='_compute_wallet_limit',
        compute_sudo=True,
        help="The most that the dealer's wallet can pay of this order now.",
    )

    _wallet_asked_positive = models.Constraint(
        'CHECK (wallet_asked >= 0)', 'What a rebate wallet is to pay cannot be negative.'
    )

    # --------------------------------------------------------------- Computes

    @api.depends('order_line.price_subtotal', 'order_line.is_rebate_wallet')
    def _compute_wallet_paid(self):
        for order in self:
            order.wallet_paid = float(order._get_wallet_amount())

    @api.depends(
        'order_line.price_subtotal',
        'partner_id',
        'partner_invoice_id',
        'company_id',
        'currency_id',
        'date_order',
        'state',
    )
    def _compute_wallet_limit(self):
        for order, credits in self._origin._get_wallet_credits().items():
            order.wallet_limit = float(order._get_wallet_limit(credits))
        for order in self - self._origin:
            # A form that is being filled in: as far as it is saved.
            order.wallet_limit = order._origin.wallet_limit

    def _get_wallet_limit(self, credits):
        base = self._get_wallet_base()
        return sum(
            wallet.take(base, base, self._to_tools(credits, {}), self.currency_id._get_smallest()).values(), Decimal(0)
        )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Said, not left to defaults, which anybody may set.
            vals_list = [{**vals, 'wallet_asked': 0} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if 'wallet_asked' in vals and not self.env.su:
            raise AccessError(self.env._('What a rebate wallet pays is chosen by its button, not written.'))
        if vals.keys().isdisjoint(WATCHED):
            return super().write(vals)
        using = self.filtered('wallet_asked')
        if vals.get('state') == 'sale':
            using.filtered(lambda order: order.state in ('draft', 'sent'))._limit_wallet_to_what_is_left()
        owners = {order: order._get_wallet_owner() for order in using}
        result = super().write(vals)
        changed = using.filtered(lambda order: order._get_wallet_owner() != owners[order])
        changed._leave_wallet()
        (using - changed)._limit_wallet()
        using.order_line._filter_wallet()._hold_wallet()
        return result

    def _get_wallet_owner(self):
        """Whose wallet pays, of which company and in which currency: nobody's, where somebody else is invoiced."""
        self.ensure_one()
        dealer = self._get_wallet_dealer()
        if not self.partner_invoice_id._is_paid_by_wallet_of(dealer):
            dealer = dealer.browse()
        return dealer, self.company_id, self.currency_id

    def _get_wallet_dealer(self):
        return self.partner_id.sudo().commercial_partner_id

    def _leave_wallet(self):
        """Another customer, payer, company or currency: the wallet is not taken along.

        :raise UserError: for a confirmed order
        """
        for order in self:
            if order.state == 'sale':
                raise UserError(
                    self.env._(
                        'The order %s is paid from a rebate wallet: please cancel it before you change whose it is,'
                        ' who is invoiced, or its currency.',
                        order.name,
                    )
                )
            order._ask_wallet(Decimal(0))

    def _limit_wallet_to_what_is_left(self):
        """Right before these quotations are confirmed: they pay no more out of the wallet than is left, nor more
        than they said; the dealer is told."""
        for order in self:
            shown = order._get_wallet_amount()
            order._limit_wallet(shown)
            if order._get_wallet_amount() < shown:
                order._tell_less_from_wallet(shown)

    def _tell_less_from_wallet(self, shown):
        dealer = self.partner_id
        order = self.with_context(lang=dealer.sudo().lang)
        # Whoever confirms need not be allowed to write messages on the order.
        order.sudo().message_post(
            body=order.env._(
                'Your rebate wallet pays %(paid)s of the order %(order)s, not %(shown)s as the quotation said: no more'
                ' was left when the order was confirmed.',
                paid=order.currency_id.format(float(order._get_wallet_amount())),
                order=order.name,
                shown=order.currency_id.format(float(shown)),
            ),
            partner_ids=dealer.ids,
            subtype_xmlid='mail.mt_comment',
        )

    def _get_copiable_order_lines(self):
        lines = super()._get_copiable_order_lines()
        return lines - lines._filter_wallet()

    def _get_update_prices_lines(self):
        lines = super()._get_update_prices_lines()
        return lines - lines._filter_wallet()

    def _recompute_prices(self):
        result = super()._recompute_prices()
        self._limit_wallet()
        return result

    def _recompute_taxes(self):
        result = super()._recompute_taxes()
        self._limit_wallet()
        return result

    # ------------------------------------------------------------------ Asking

    def action_use_wallet(self, amount):
        """Pay ``amount`` of these quotations, before taxes, out of their dealers' rebate wallets; 0: nothing.

        Of a confirmed order it can only be lowered.

        :param float amount: in the order's currency
        :raise UserError: if the wallet, the order or the programs do not allow that much
        """
        self.check_access('write')
        for order in self:
            # The wallet pays, whoever may read it.
            order.sudo()._check_wallet_may_pay(amount)
            order._ask_wallet(order.currency_id._to_decimal(amount))
        return True

    def _check_wallet_may_pay(self, amount):
        if not is_number(amount) or amount < 0:
            raise UserError(self.env._('Please enter an amount of 0 or more.'))
        limit = self.wallet_limit
        if self.state == 'sale':
            limit = self.wallet_paid
        elif self.state not in ('draft', 'sent'):
            raise UserError(self.env._('The order %s is cancelled.', self.name))
        if self.currency_id.compare_amounts(amount, limit) > 0:
            raise UserError(
                self.env._(
                    'The rebate wallet can pay %(limit)s of %(order)s at most.',
                    limit=self.currency_id.format(limit),
                    order=self.name,
                )
            )

    def _ask_wallet(self, amount):
        for order in self:
            # What was checked is kept where nobody writes.
            order.sudo().wallet_asked = float(amount)
            order._limit_wallet(amount)

    def _get_wallet_amount(self):
        """What the wallet pays of this order before taxes: ``Decimal``."""
        self.ensure_one()
        return sum((line._get_wallet_amount() for line in self.order_line._filter_wallet()), Decimal(0))

    def _limit_wallet(self, wanted=None):
        """Have the wallet pay what is asked of it, as far as it can, and these orders say so.

        :param Decimal wanted: unless given, what was asked for; of a confirmed order, what it is paid with now
        """
        for order in self:
            if order.state == 'cancel' or (wanted is None and not order.wallet_asked):
                continue
            asked = wanted
            if asked is None:
                is_sale = order.state == 'sale'
                asked = order._get_wallet_amount() if is_sale else order.currency_id._to_decimal(order.wallet_asked)
            line = order.order_line._filter_wallet()
            held = line._get_wallet_held().get(line, {})
            order._set_wallet_line(sum(order._take_from_wallet(asked, held).values(), Decimal(0)))
            order.order_line._filter_wallet()._hold_wallet()

    def _set_wallet_line(self, amount):
        """Make the order say that the wallet pays ``amount``; whoever changes the order cannot write that line."""
        order = self.sudo()
        line = order.order_line._filter_wallet()
        if line and line._get_wallet_amount() == amount:
            return
        if line and not amount and not line.invoice_lines and order.state != 'sale':
            asked = order.wallet_asked
            line.unlink()
            order.wallet_asked = asked
        elif line:
            line.write({**line._prepare_wallet_price_vals(amount), 'product_uom_qty': 1 if amount else 0})
            line._recount_wallet_invoiced()
        elif amount:
            product = order.company_id._get_wallet_product()
            line = line.create(
                {
                    'order_id': order.id,
                    'product_id': product.id,
                    'product_uom_id': product.uom_id.id,
                    'product_uom_qty': 1,
                    'price_unit': 0,
                    'discount': 0,
                    'is_rebate_wallet': True,
                    # After the goods.
                    'sequence': max(order.order_line.mapped('sequence'), default=0) + 1,
                }
            )
            line.write(line._prepare_wallet_price_vals(amount))

    # --------------------------------------------------------------- The wallet

    def _get_wallet_base(self):
        """What the order comes to before taxes, without what the wallet pays: ``Decimal``, 0 or more."""
        self.ensure_one()
        return max((self.order_line - self.order_line._filter_wallet())._get_exact_subtotal(), Decimal(0))

    def _get_wallet_invoice_base(self):
        """What is to be invoiced now, before taxes, without what the wallet pays: ``Decimal``, 0 or more."""
        self.ensure_one()
        amount = Decimal(0)
        for line in self.order_line:
            if line.is_downpayment:
                amount += self.currency_id._to_decimal(line.qty_to_invoice * line.price_unit)
            elif not (line.display_type or line.is_rebate_wallet):
                amount += line._get_exact_subtotal(quantity=line.qty_to_invoice)
        return max(amount, Decimal(0))

    def _get_invoiceable_lines(self, final=False):
        lines = super()._get_invoiceable_lines(final)
        if (
            lines._filter_wallet().filtered(lambda line: line.qty_to_invoice > 0)
            and not self._get_wallet_invoice_base()
        ):
            # The wallet pays goods: where none are invoiced, it waits.
            lines -= lines._filter_wallet()
        return lines

    def _get_wallet_credits(self):
        """``{order: credits that may pay it now, in sudo, first what expires first}``, by one query."""
        credits = self.env['dealer.rebate.wallet.credit'].sudo()
        found = credits.search(
            [
                ('dealer_id', 'in', self._get_wallet_dealer().ids),
                ('company_id', 'in', self.company_id.sudo().parent_ids.ids),
                ('remaining', '>', 0),
            ]
        ).sorted(lambda credit: credit._get_expiry_key())
        return {order: found.filtered(order._may_use_credit) for order in self}

    def _may_use_credit(self, credit):
        dealer, company, currency = self._get_wallet_owner()
        # Neither an order of an earlier day nor one of a later day uses what has expired.
        today = company._get_dealer_date()
        day = max(company._get_dealer_date(self.date_order), today) if self.date_order else today
        return (
            credit.dealer_id == dealer
            and credit.currency_id == currency
            and credit.company_id in company.sudo().parent_ids
            and credit._is_usable(day)
        )

    def _take_from_wallet(self, wanted, held, least=0):
        """How ``wanted`` would be taken out of the dealer's credits: what the order holds already first.

        :param Decimal wanted: before taxes
        :param dict held: ``{credit: Decimal}``, what the order has taken
        :param Decimal least: what was invoiced: has to be there, whatever the shares of the programs
        :return: ``{credit: Decimal}``, less than wanted where there is not so much
        :raise UserError: if less than ``least`` is there
        """
        self.ensure_one()
        if not wanted:
            return {}
        tools = self._to_tools(self._get_wallet_credits()[self], held)
        taken = wallet.take(wanted, self._get_wallet_base(), tools, self.currency_id._get_smallest())
        if sum(taken.values()) < least:
            taken = wallet.give_up(least, tools)
            if sum(taken.values()) < least:
                raise UserError(self._describe_short_wallet(least, sum(taken.values())))
        return taken

    def _describe_short_wallet(self, wanted, left):
        return self.env._(
            'The rebate wallet of %(dealer)s would pay %(wanted)s of the order %(order)s, and has only %(left)s.',
            dealer=self._get_wallet_dealer().display_name,
            wanted=self.currency_id.format(float(wanted)),
            order=self.name,
            left=self.currency_id.format(float(left)),
        )

    def _to_tools(self, credits, held):
        """The credits as the arithmetic takes them; of one that may not be used any longer only what is held."""
        mine = sorted(held, key=lambda credit: credit._get_expiry_key())
        tools = [credit._to_tool(held[credit]) for credit in mine if credit in credits]
        tools += [credit._to_tool()._replace(left=held[credit]) for credit in mine if credit not in credits]
        tools.sort(key=lambda tool: tool.key._get_expiry_key())
        return tools + [credit._to_tool() for credit in credits if credit not in held]
