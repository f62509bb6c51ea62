from markupsafe import escape

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

# payout method: (what is paid, what is claimed back)
MOVE_TYPES = {
    'credit_note': ('out_refund', 'out_invoice'),
    'vendor_bill': ('in_invoice', 'in_refund'),
}
# The price that taxes give may be one beside it, for each of them is rounded: None is the price itself.
PRICE_STEPS = (None, 0, 1, -1, 2, -2)
RANKS = {'credit_note': 'customer_rank', 'vendor_bill': 'supplier_rank'}


class DealerRebatePayout(models.Model):
    """Credit notes and vendor bills of the statements of one run; debit notes for what is claimed back."""

    _inherit = 'dealer.rebate.payout'

    def _pay_by_credit_note(self):
        """Make and post credit notes, and debit notes for what is claimed back."""
        self._make_moves()
        if self.program_id.reconcile_oldest:
            self.filtered(lambda payout: payout.paid > 0)._set_off_oldest()

    def _pay_by_vendor_bill(self):
        """Make and post the dealers' bills, and credit notes of them for what is claimed back."""
        self._make_moves()

    def _make_moves(self):
        """Make one document for each statement, and post them all at once."""
        self._prepare_ranks()
        self._fetch_settlements()
        day = self._get_document_date()
        journals = self._find_journals()
        moves = self.env['account.move'].create(
            [payout._prepare_move_vals(day, journals[payout._get_move_type()]) for payout in self]
        )
        for payout, move in zip(self, moves, strict=True):
            payout.move_id = move
        self._make_exact()
        moves.action_post()

    def _get_move_type(self):
        self.ensure_one()
        return MOVE_TYPES[self.program_id.payout_method][self.paid < 0]

    def _find_journals(self):
        """``{move type: journal}``: the program's, or the one that Odoo chooses, asked once for all documents."""
        moves = self.env['account.move']
        currency = self.pay_currency_id.ensure_one()
        return {
            move_type: self.program_id.journal_id
            or moves.new(
                {'move_type': move_type, 'company_id': self.company_id.id, 'currency_id': currency.id}
            ).journal_id
            for move_type in {payout._get_move_type() for payout in self}
        }

    def _prepare_ranks(self):
        """Posting writes one partner after the other that is no customer, or vendor, yet."""
        rank = RANKS[self.program_id.payout_method]
        # The ranks are bookkeeping of Odoo's own, on contacts that accountants need not be allowed to write.
        self.dealer_id.sudo().filtered(lambda dealer: not dealer[rank]).write({rank: 1})

    def _prepare_move_vals(self, day, journal):
        self.ensure_one()
        name, narration = self._describe_to_dealer()
        vals = {
            'move_type': self._get_move_type(),
            'company_id': self.company_id.id,
            'journal_id': journal.id,
            'partner_id': self.dealer_id.id,
            'currency_id': self.pay_currency_id.id,
            # Said at once: posting would rewrite each document otherwise.
            'invoice_date': day,
            'date': day,
            'ref': self.name,
            'invoice_origin': self.name,
            # It is text, put where markup is read.
            'narration': escape(narration),
            'invoice_line_ids': [
                Command.create(
                    {
                        'product_id': self.program_id.product_id.id,
                        'name': name,
                        'quantity': 1,
                        'price_unit': abs(self.pay_amount),
                        'rebate_role': 'payout',
                        'rebate_program_id': self.program_id.id,
                    }
                )
            ],
        }
        if vals['move_type'] == 'out_refund':
            # What the dealer is owed is owed at once; its payment term is for what it owes.
            vals |= {'invoice_payment_term_id': False, 'invoice_date_due': day}
        return vals

    def _describe_to_dealer(self):
        """``(line, narration)`` of the document, in the dealer's language."""
        payout = self.with_context(lang=self.dealer_id.lang or self.env.lang)
        names = {'program': payout.program_id.title, 'statement': payout.name}
        line = payout.env._('%(program)s, rebate statement %(statement)s', **names)
        if not (settlements := payout._get_settlements()):
            return line, line
        days = {
            'first': format_date(payout.env, min(settlements.mapped('period_from'))),
            'last': format_date(payout.env, max(settlements.mapped('period_to'))),
        }
        if len(settlements) == len(payout.computation_ids):
            return line, payout.env._(
                '%(program)s: rebate statement %(statement)s for %(first)s to %(last)s.', **names, **days
            )
        return line, payout.env._(
            '%(program)s: rebate statement %(statement)s for %(first)s to %(last)s, with corrections of other periods.',
            **names,
            **days,
        )

    def _fetch_settlements(self):
        """Read at once what the descriptions of these statements say."""
        # The proof of computations is large, and of no interest here.
        self.computation_ids.fetch(['number', 'settlement_id'])
        self.computation_ids.settlement_id.fetch(['period_from', 'period_to'])

    def _get_settlements(self):
        """What the statement settles for the first time; if that is nothing, what it corrects."""
        self.ensure_one()
        settled = self.computation_ids.filtered(lambda computation: computation.number == 1)
        return (settled or self.computation_ids).settlement_id

    # ------------------------------------------------------------ To the cent

    def _make_exact(self):
        """Where taxes are in the price, raise it so that what is left without them is what is paid.

        :raise UserError: where no price gives that amount
        """
        inexact = self.filtered(lambda payout: not payout._is_exact())
        lines = inexact.move_id.invoice_line_ids
        prices = {line: line._add_included_taxes(line.price_unit) for line in lines}
        for units in PRICE_STEPS:
            if not inexact:
                return
            container = {'records': inexact.move_id}
            with inexact.move_id._check_balanced(container), inexact.move_id._sync_dynamic_lines(container):
                for line in inexact.move_id.invoice_line_ids:
                    line.price_unit = line._get_price_beside(prices[line], units)
            inexact = inexact.filtered(lambda payout: not payout._is_exact())
        if inexact:
            raise UserError(
                self.env._(
                    'The taxes of the product "%(product)s" do not let the document of %(dealer)s come to %(amount)s'
                    ' without them: choose taxes that are not included in the price.',
                    product=self.program_id.product_id.display_name,
                    dealer=inexact[0].dealer_id.display_name,
                    amount=inexact[0].pay_currency_id.format(abs(inexact[0].pay_amount)),
                )
            )

    def _is_exact(self):
        self.ensure_one()
        move = self.move_id
        return move.currency_id.compare_amounts(move.amount_untaxed, abs(self.pay_amount)) == 0


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _add_included_taxes(self, amount):
        """The price whose taxes leave ``amount`` when those that are in it are taken out."""
        self.ensure_one()
        details = self.tax_ids._get_tax_details(
            amount,
            1,
            precision_rounding=self.currency_id.rounding,
            rounding_method='round_globally',
            product=self.product_id,
            special_mode='total_excluded',
        )
        return amount + sum(data['tax_amount'] for data in details['taxes_data'] if data['tax'].price_include)

    def _get_price_beside(self, price, units):
        """``price``, or the whole price that is so many smallest units beside it; None: ``price`` as it is."""
        self.ensure_one()
        if units is None:
            return price
        return self.currency_id.round(self.currency_id.round(price) + units * self.currency_id.rounding)
