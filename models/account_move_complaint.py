from odoo import fields, models
from odoo.exceptions import UserError

from .account_move_line_rebate import REBATE_READERS


class AccountMove(models.Model):
    """A credit note that a complaint has led to: it gives back no more than was invoiced, and tells the complaint."""

    _inherit = 'account.move'

    complaint_outcome_ids = fields.One2many(
        'dealer.complaint.outcome', 'credit_note_id', 'Complaint', readonly=True, groups=REBATE_READERS
    )

    def write(self, vals):
        limits = self._find_limits_of_credits(vals)
        result = super().write(vals)
        limits._check_covers_credits()
        if 'state' in vals and (refunds := self.filtered(lambda move: move.move_type == 'out_refund')):
            # Accountants post without a role in complaints.
            outcomes = refunds.sudo().complaint_outcome_ids
            if vals['state'] == 'posted':
                outcomes.credit_note_id._check_credits_no_more()
            outcomes._follow_documents()
        return result

    def unlink(self):
        # Whoever deletes a draft need not have a role in complaints.
        outcomes = self.filtered(lambda move: move.move_type == 'out_refund').sudo().complaint_outcome_ids
        result = super().unlink()
        outcomes._lose_documents()
        return result

    def _find_limits_of_credits(self, vals):
        """Those of these documents, about to be written, by which more may have been credited than they leave.

        They are invoices that are posted once more, and may be lower than they were; and what has taken a credit back,
        so that its invoice could be credited again, and does so no more.
        """
        state = vals.get('state')
        invoices = self.filtered(lambda move: move.move_type == 'out_invoice') if state else self.browse()
        if state == 'posted':
            return invoices.filtered(lambda move: move.posted_before and move.state != 'posted')
        return invoices.filtered(lambda move: move.state == 'posted' and move.reversed_entry_id)

    def _check_covers_credits(self):
        """Check that complaints have not credited more than these documents, as they are now, leave to be credited.

        :raise UserError: if they have
        """
        if not self:
            return
        # Whoever posts need not be allowed to see what complaints have credited.
        moves = self.sudo()
        invoices = moves | moves._get_reversed_root() | moves.invoice_line_ids.credited_line_id.move_id
        credited = moves.env['account.move.line'].search(
            [
                ('credited_line_id.move_id', 'in', invoices.ids),
                ('move_id.move_type', '=', 'out_refund'),
                ('parent_state', 'in', ('draft', 'posted')),
            ]
        )
        lines = credited.credited_line_id
        lines._lock_for_credit()
        for line, left in lines._get_credit_left().items():
            if left.is_exceeded():
                raise UserError(
                    self.env._(
                        'Complaints have credited more of "%(line)s" on %(invoice)s than would be left by this. Please'
                        ' cancel or lower their credit notes first, drafts too.',
                        line=line.product_id.display_name or line.name,
                        invoice=line.move_id.display_name,
                    )
                )

    def _find_reversals(self):
        """All that reverses these documents, and what reverses that again, however often."""
        found = level = self
        while level := self.search([('reversed_entry_id', 'in', level.ids), ('id', 'not in', found.ids)]):
            found |= level
        return found - self

    def _get_reversed_root(self):
        """What these documents reverse in the end; those that reverse nothing themselves."""
        roots = self
        while reversals := roots.filtered('reversed_entry_id'):
            roots = roots - reversals | reversals.reversed_entry_id
        return roots

    def _check_credits_no_more(self):
        """Check that these credit notes of complaints, as they are now, give back no more than was invoiced.

        :raise UserError: for one that does
        """
        # Whoever posts may have replaced the lines: what the complaint has credited, whatever the notes say of it, and
        # all of the same goods on those invoices.
        lines = self.invoice_line_ids.credited_line_id | self.complaint_outcome_ids.invoice_line_id
        lines |= lines.move_id.invoice_line_ids.filtered(
            lambda line: line.display_type == 'product' and line.product_id in self.invoice_line_ids.product_id
        )
        lines._lock_for_credit()
        for line, left in lines._get_credit_left().items():
            if left.is_exceeded():
                raise UserError(
                    self.env._(
                        '%(invoice)s: with this credit note more would be credited of "%(line)s" than was invoiced.'
                        ' Please look at the other credit notes of the invoice, drafts too, and lower this one.',
                        invoice=line.move_id.display_name,
                        line=line.product_id.display_name or line.name,
                    )
                )

    def _settle_taxes(self):
        """Have the draft that credits the last of an invoice take the last of its taxes, too.

        Each credit note rounds its taxes by itself: after several the dealer would get some cents too few or too many.
        They are changed as an accountant changes them on the draft; more than roundings, somebody has decided so.
        """
        self.ensure_one()
        invoice = self.reversed_entry_id
        documents = (invoice | invoice.invoice_line_ids._find_credits().move_id | self).filtered(
            lambda move: move.currency_id == self.currency_id
        )
        items = documents.invoice_line_ids.filtered(lambda line: line.display_type == 'product')
        if items._sum_amount(self.currency_id):
            return
        most = self.currency_id.rounding * len(items)
        for taxes in self.line_ids.filtered('tax_line_id').grouped('tax_line_id').values():
            of_tax = documents.line_ids.filtered(lambda line, tax=taxes.tax_line_id: line.tax_line_id == tax)
            left = self.currency_id.round(sum(of_tax.mapped('amount_currency')))
            if left and self.currency_id.compare_amounts(abs(left), most) <= 0:
                taxes[0].amount_currency -= left

    def action_view_complaints(self):
        """Open the complaints that have led to these documents."""
        return self.complaint_outcome_ids.complaint_id._get_records_action(name=self.env._('Complaint'))
