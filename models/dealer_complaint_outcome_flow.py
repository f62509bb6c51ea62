from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .dealer_complaint_outcome import DOCUMENTS


class DealerComplaint(models.Model):
    _inherit = 'dealer.complaint'

    def _check_takes_outcomes(self):
        """Check that something may still come of these complaints.

        :raise UserError: for one that is over
        """
        for complaint in self:
            if complaint.merged_into_id or complaint.state in ('closed', 'cancelled'):
                raise UserError(
                    self.env._(
                        'The complaint %s is over: reopen it first, if something is still to be done for the dealer.',
                        complaint.display_name,
                    )
                )

    def write(self, vals):
        if 'dealer_id' in vals:
            changed = self.filtered(lambda complaint: complaint.dealer_id.id != vals['dealer_id'])
            # Also outcomes that the user may not read.
            if any(outcome.state in ('made', 'done') for outcome in changed.sudo().outcome_ids):
                raise UserError(
                    self.env._(
                        'The dealer has got something for this complaint already. Please withdraw its outcomes first, or'
                        ' enter a complaint of its own for the other dealer.'
                    )
                )
        return super().write(vals)

    def action_add_outcome(self):
        """Open a new outcome of this complaint, with what the complaint says of it."""
        self.ensure_one()
        self._check_takes_outcomes()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('What the Dealer Gets'),
            'res_model': 'dealer.complaint.outcome',
            'view_mode': 'form',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_complaint_id': self.id},
        }


class DealerComplaintOutcome(models.Model):
    """The steps of an outcome: its document is made, finished, or withdrawn."""

    _inherit = 'dealer.complaint.outcome'

    # ---------------------------------------------------------- Public steps

    def action_make(self):
        """Make the documents of these outcomes; of those that have one, nothing.

        :raise UserError: if something is missing, or more would be given than there was
        """
        self.check_access('write')
        planned = self._lock_planned()
        planned.complaint_id._check_takes_outcomes()
        planned._check_may_be_made()
        for kind, outcomes in planned.grouped('kind').items():
            # Whoever settles complaints need not be allowed to write orders, receipts and credit notes by hand.
            getattr(outcomes.sudo(), f'_make_{kind}')()
        return True

    def action_cancel_outcome(self, reason=None):
        """Withdraw these outcomes together with their documents, as long as nothing has left or been posted.

        :param str reason: noted on the complaint
        :raise UserError: for what is done
        """
        self.check_access('write')
        self.env['dealer.approval.mixin']._check_note(reason)
        self._lock()
        for outcome in self.filtered(lambda outcome: outcome.state != 'cancelled'):
            # As above: the documents are others'.
            outcome.sudo()._withdraw()
            outcome._note(self.env._('withdrawn'), reason)
        return True

    def action_view_document(self):
        """Open the document of this outcome.

        :raise UserError: while there is none
        """
        document = self._get_document()
        if not document:
            raise UserError(self.env._('This outcome has no document.'))
        return document._get_records_action()

    # ------------------------------------------------------------- The rules

    def _lock(self):
        """Lock these outcomes until the end of the transaction: two that make one document at once wait for each
        other, and the second starts over."""
        if self:
            self.flush_recordset()
            self.env.cr.execute(SQL('UPDATE dealer_complaint_outcome SET id = id WHERE id IN %s', tuple(self.ids)))

    def _lock_planned(self):
        self._lock()
        return self.filtered(lambda outcome: outcome.state == 'draft')

    def _check_may_be_made(self):
        """Check that these outcomes say all that their documents take.

        :raise UserError: naming what is missing
        """
        # The checks look at invoices and deliveries that may be out of the user's sight.
        for outcome in self.sudo():
            if not outcome.dealer_id:
                raise UserError(
                    self.env._(
                        'Please say which dealer complains before you settle %s.', outcome.complaint_id.display_name
                    )
                )
            getattr(outcome, f'_check_{outcome.kind}')()

    def _check_goods(self):
        """Check that the goods are named.

        :raise UserError: if they are not
        """
        kind = self._get_kind_label()
        if not self.product_id or self.product_id.type != 'consu':
            raise UserError(self.env._('%(kind)s: please choose the goods.', kind=kind))
        if self.product_uom_id.compare(self.quantity, 0) <= 0:
            raise UserError(self.env._('%(kind)s: please say how many.', kind=kind))

    def _get_kind_label(self):
        self.ensure_one()
        return dict(self._fields['kind']._description_selection(self.env))[self.kind]

    # ------------------------------------------------------------- Documents

    def _get_document(self):
        """The document of this outcome; None while there is none."""
        self.ensure_one()
        name = DOCUMENTS.get(self.kind)
        return (self[name] or None) if name else None

    def _set_documents(self, documents):
        """Link these outcomes (in sudo) with their documents, one each, and tell both sides of it."""
        for outcome, document in zip(self, documents, strict=True):
            outcome.write({DOCUMENTS[outcome.kind]: document.id, 'state': 'made'})
            outcome._note(document._get_html_link())
            if reference := outcome._get_reference():
                document.message_post(
                    body=self.env._('Made for the complaint %s.', outcome.complaint_id._get_html_link(title=reference)),
                    subtype_xmlid='mail.mt_note',
                )

    def _get_reference(self):
        """What documents say of the complaint: its number; nothing of confidential ones, which do not exist to
        whoever reads the document."""
        self.ensure_one()
        return '' if self.complaint_id.confidential else self.complaint_id.name

    def _brings_goods_back(self):
        """Whether one of the complaints of these outcomes has the same goods returned to us."""
        return any(
            other.kind == 'return' and other.state != 'cancelled' and other.product_id == outcome.product_id
            for outcome in self.filtered(lambda outcome: outcome.kind == 'refund')
            for other in outcome.complaint_id.outcome_ids
        )

    def _follow_documents(self):
        """Bring the state of these outcomes (in sudo) in line with their documents'."""
        for outcome in self:
            document = outcome._get_document()
            if outcome.state == 'draft' or not document:
                continue
            state = getattr(outcome, f'_get_state_of_{outcome.kind}')()
            if state != outcome.state:
                outcome.state = state
                outcome._settle_cost()

    def _lose_documents(self):
        """The documents of these outcomes (in sudo) were deleted."""
        for outcome in self.exists():
            outcome.write({'state': 'cancelled', 'cost': 0})
            outcome._note(self.env._('its document was deleted'))

    def _withdraw(self):
        """Take back the document of this outcome (in sudo), as far as it is not done.

        :raise UserError: if it is
        """
        self.ensure_one()
        if self.state == 'done':
            raise UserError(
                self.env._(
                    '%(kind)s of %(complaint)s is done: what was delivered or posted is taken back by its own document.',
                    kind=self._get_kind_label(),
                    complaint=self.complaint_id.display_name,
                )
            )
        if self.state == 'made':
            getattr(self, f'_withdraw_{self.kind}')()
        self.write({'state': 'cancelled', 'cost': 0})
