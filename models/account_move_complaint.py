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
        result = super().write(vals)
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

    def _check_credits_no_more(self):
        """Check that these credit notes of complaints, as they are now, give back no more than was invoiced.

        :raise UserError: for one that does
        """
        lines = self.invoice_line_ids.credited_line_id
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

    def action_view_complaints(self):
        """Open the complaints that have led to these documents."""
        return self.complaint_outcome_ids.complaint_id._get_records_action(name=self.env._('Complaint'))
