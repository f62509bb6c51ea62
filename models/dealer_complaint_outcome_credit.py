from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare, float_round

from .account_move_line_complaint import FINE_DIGITS


class DealerComplaintOutcome(models.Model):
    """Refunds and allowances: a draft credit note on an invoice line, never above what is left of it.

    A compensation is a credit note as well, of no invoice.
    """

    _inherit = 'dealer.complaint.outcome'

    # ------------------------------------------------------------- The rules

    def _check_refund(self):
        self._check_goods()
        self._check_credit()

    def _check_allowance(self):
        self._check_credit()

    def _check_compensation(self):
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._('Please say which amount the dealer is credited.'))

    def _check_credit(self):
        """Check that the invoice line can be credited at all.

        :raise UserError: with what is wrong
        """
        line, invoice = self.invoice_line_id, self.invoice_line_id.move_id
        kind = self._get_kind_label()
        if not line:
            raise UserError(self.env._('%(kind)s: please choose the invoice line.', kind=kind))
        # Since it was planned the complaint may have turned out to be another dealer's.
        self._check_invoice_line()
        if (
            invoice.state != 'posted'
            or invoice.move_type != 'out_invoice'
            or line.display_type != 'product'
            or line.price_subtotal <= 0
        ):
            raise UserError(
                self.env._(
                    '%(kind)s: "%(line)s" is not a line of a posted invoice that the dealer has to pay.',
                    kind=kind,
                    line=line.display_name,
                )
            )
        if self.currency_id != line.currency_id:
            raise UserError(
                self.env._(
                    '%(invoice)s is in %(currency)s: it is credited in the same currency.',
                    invoice=invoice.display_name,
                    currency=line.currency_id.name,
                )
            )
        if self.kind == 'refund' and (
            line.product_id != self.product_id or not self.product_uom_id._has_common_reference(line.product_uom_id)
        ):
            raise UserError(
                self.env._(
                    '%(invoice)s: the chosen line is not about "%(product)s".',
                    invoice=invoice.display_name,
                    product=self.product_id.display_name,
                )
            )

    def _check_left(self):
        """Check one outcome against what is left of its line, after the line was locked.

        :raise UserError: if it is more
        """
        line = self.invoice_line_id
        left = line._get_credit_left()[line]
        fits = left.has_quantity(self._get_quantity_in(line.product_uom_id)) if self.kind == 'refund' else True
        if fits and self.amount and self.currency_id._to_decimal(self.amount) <= left.amount:
            return
        raise UserError(
            self.env._(
                'Of "%(line)s" on %(invoice)s %(quantity)s %(unit)s and %(amount)s are left to be credited, credit'
                ' notes that are drafts included: please lower the quantity or the amount, above zero.',
                line=line.product_id.display_name or line.name,
                invoice=line.move_id.display_name,
                quantity=f'{max(left.quantity, 0):.10g}',
                unit=line.product_uom_id.name or '',
                amount=self.currency_id.format(float(max(left.amount, 0))),
            )
        )

    # --------------------------------------------------------- Credit notes

    def _make_refund(self):
        self._make_credit_of_lines()

    def _make_allowance(self):
        self._make_credit_of_lines()

    def _make_credit_of_lines(self):
        """Make a draft credit note of each outcome.

        One after the other: what the first one takes of an invoice is not left for the second.
        """
        self.invoice_line_id._lock_for_credit()
        for outcome in self:
            if outcome.kind == 'refund':
                # Since it was planned others may have credited something.
                outcome.amount = float(outcome._get_refund_amount())
            outcome._check_left()
            note = self.env['account.move'].create(outcome._prepare_credit_note_vals())
            outcome._make_exact(note)
            note._settle_taxes()
            outcome._set_documents(note)

    def _make_exact(self, note):
        """Have the credit note come to the amount before taxes, to the cent.

        :raise UserError: where the taxes in the price do not let it
        """
        if not note.invoice_line_ids._set_subtotal(self.amount):
            raise UserError(
                self.env._(
                    'The taxes in the price do not let the credit note come to %s without them: choose an amount that'
                    ' is a little lower.',
                    self.currency_id.format(self.amount),
                )
            )

    def _make_compensation(self):
        notes = self.env['account.move'].create([outcome._prepare_compensation_vals() for outcome in self])
        for outcome, note in zip(self, notes, strict=True):
            outcome._make_exact(note)
        self._set_documents(notes)

    def _prepare_credit_vals(self, partner):
        """What all credit notes of complaints have in common."""
        self.ensure_one()
        day = self.company_id._get_dealer_date()
        return {
            'move_type': 'out_refund',
            'company_id': self.company_id.id,
            'partner_id': partner.id,
            'currency_id': self.currency_id.id,
            'invoice_date': day,
            'ref': self._get_reference(),
            'invoice_origin': self._get_reference(),
            # What the dealer is owed is owed at once; its payment term is for what it owes.
            'invoice_payment_term_id': False,
            'invoice_date_due': day,
        }

    def _prepare_credit_note_vals(self):
        line, invoice = self.invoice_line_id, self.invoice_line_id.move_id
        return {
            **self._prepare_credit_vals(invoice.partner_id),
            'journal_id': invoice.journal_id.id,
            'fiscal_position_id': invoice.fiscal_position_id.id,
            'partner_shipping_id': invoice.partner_shipping_id.id,
            'invoice_user_id': invoice.invoice_user_id.id,
            'partner_bank_id': False,
            # Posting sets it off against this invoice.
            'reversed_entry_id': invoice.id,
            'invoice_line_ids': [Command.create(self._prepare_credit_line_vals(line))],
        }

    def _prepare_credit_line_vals(self, line):
        """The line of a refund: as it was invoiced; of an allowance: its amount."""
        vals = {
            'product_id': line.product_id.id,
            'name': self._describe_credit(line),
            'tax_ids': [Command.set(line.tax_ids.ids)],
            'account_id': (self._get_cost_account() or line.account_id).id,
            'analytic_distribution': line.analytic_distribution,
            'credited_line_id': line.id,
            'price_request_line_id': line.price_request_line_id.id,
        }
        if self.kind == 'allowance':
            return {
                **vals,
                'quantity': 1,
                'product_uom_id': line.product_uom_id.id,
                'price_unit': self.amount,
                'is_allowance': True,
            }
        unit = self._get_credited_unit(line)
        vals |= {
            'quantity': self._get_quantity_in(unit),
            'product_uom_id': unit.id,
            # To the cent it comes by ``_make_exact``.
            'price_unit': (line.product_uom_id or unit)._compute_price(line.price_unit, unit),
            'discount': line.discount,
        }
        if self._takes_off_order():
            # The order knows that it is not to be paid any more, as by Odoo's own credit note.
            vals['sale_line_ids'] = [Command.set(line.sale_line_ids.ids)]
        return vals

    def _get_credited_unit(self, line):
        """The unit of the invoice if the quantity can be said in it, else the outcome's own: 1 piece of a thousand."""
        unit = line.product_uom_id or self.product_uom_id
        quantity = self._get_quantity_in(unit)
        digits = self.env['decimal.precision'].precision_get('Product Unit')
        said = float_round(quantity, precision_digits=digits)
        return self.product_uom_id if float_compare(said, quantity, precision_digits=digits + FINE_DIGITS) else unit

    def _takes_off_order(self):
        """Whether the refunded goods come back and are off the order: else it would ask to invoice them again."""
        return self.product_id.invoice_policy == 'delivery' and any(
            other.kind == 'return'
            and other.state != 'cancelled'
            and other.product_id == self.product_id
            and other.reduces_order
            for other in self.complaint_id.outcome_ids
        )

    def _prepare_compensation_vals(self):
        product = self.company_id._get_compensation_product()
        vals = {
            'product_id': product.id,
            'name': self._describe_compensation(),
            'quantity': 1,
            'price_unit': self.amount,
            # A credit for our delay is no return of goods, and lowers no turnover.
            'rebate_role': 'complaint',
        }
        if account := self._get_cost_account():
            vals['account_id'] = account.id
        return {**self._prepare_credit_vals(self.dealer_id), 'invoice_line_ids': [Command.create(vals)]}

    # ------------------------------------------------------------- In words

    def _describe_credit(self, line):
        """The line in the dealer's language: the goods, and why they are credited below."""
        env = self.with_context(lang=self.dealer_id.lang or self.env.lang).env
        goods = line.with_env(env).product_id.display_name or line.name
        if self.kind == 'allowance':
            text = env._('Allowance on invoice %s', line.move_id.name)
        else:
            text = env._('Refund on invoice %s', line.move_id.name)
        return '\n'.join((goods, ', '.join(filter(None, (text, self._get_reference())))))

    def _describe_compensation(self):
        env = self.with_context(lang=self.dealer_id.lang or self.env.lang).env
        if self.deadline_id:
            kinds = dict(self.deadline_id._fields['kind']._description_selection(env))
            text = env._('Compensation for a missed deadline: %s', kinds[self.deadline_id.kind])
        else:
            text = env._('Compensation for our delay')
        return ', '.join(filter(None, (text, self._get_reference())))

    # ---------------------------------------------------------------- States

    def _get_state_of_refund(self):
        return {'posted': 'done', 'cancel': 'cancelled'}.get(self.credit_note_id.state, 'made')

    def _get_state_of_allowance(self):
        return self._get_state_of_refund()

    def _get_state_of_compensation(self):
        return self._get_state_of_refund()

    def _withdraw_refund(self):
        self.credit_note_id.button_cancel()

    def _withdraw_allowance(self):
        self._withdraw_refund()

    def _withdraw_compensation(self):
        self._withdraw_refund()
