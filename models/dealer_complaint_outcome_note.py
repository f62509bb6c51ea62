from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import UserError

from .dealer_complaint_outcome import DOCUMENTS


class DealerComplaintOutcome(models.Model):
    """What an outcome says to people: on the complaint, in lists, to the dealer; and an explanation is nothing else."""

    _inherit = 'dealer.complaint.outcome'

    @api.depends('kind', *DOCUMENTS.values())
    @api.depends_context('uid')
    def _compute_display_name(self):
        labels = dict(self._fields['kind']._description_selection(self.env))
        for outcome in self:
            # The document may be out of the user's sight; its number is not.
            document = outcome.sudo()._get_document()
            outcome.display_name = ' · '.join(
                filter(None, (labels.get(outcome.kind), document and document.display_name))
            )
            complaint = outcome.sudo().complaint_id
            if complaint._is_hidden_from_user():
                # A link from an order or a credit note says no more than one to the complaint.
                outcome.display_name = complaint.display_name

    def _note(self, what, reason=None):
        """Note on the complaint what has become of this outcome.

        :param what: plain text, or markup of our own
        :param str reason: plain text
        """
        self.ensure_one()
        body = escape(self._get_kind_label()) + ': ' + escape(what)
        if reason:
            body += Markup('<br/>') + escape(reason)
        self.complaint_id.message_post(body=body, subtype_xmlid='mail.mt_note')

    # ------------------------------------------------------------ Explanation

    def _check_explanation(self):
        if not (self.note or '').strip():
            raise UserError(self.env._('Please write what the dealer is told.'))

    def _make_explanation(self):
        for outcome in self:
            outcome.complaint_id._tell_dealer(outcome.note.strip())
        self.write({'state': 'done'})

    # -------------------------------------------------------------- The portal

    def _describe_document(self):
        """What the dealer is told of this outcome, in the language of the environment.

        :return: ``(label of the outcome, number of the document or False, state as a text)``
        """
        self.ensure_one()
        # Asked for the dealer, who has no right to any of it; what it may see is said here.
        outcome = self.sudo()
        document = outcome._get_document()
        name = document.name if document and document.name not in (False, '/') else False
        return outcome._get_kind_label(), name, outcome._describe_state()

    def _describe_state(self):
        texts = {
            'return': (self.env._('We expect it back'), self.env._('Received')),
            'replacement': (self.env._('Being delivered'), self.env._('Delivered')),
            'refund': (self.env._('Being checked'), self.env._('Credited')),
            'allowance': (self.env._('Being checked'), self.env._('Credited')),
            'compensation': (self.env._('Being checked'), self.env._('Credited')),
            'repair': (self.env._('Being repaired'), self.env._('Repaired')),
            'explanation': (self.env._('Explained'), self.env._('Explained')),
        }
        made, done = texts[self.kind]
        return {
            'draft': self.env._('Planned'),
            'made': made,
            'done': done,
            'cancelled': self.env._('Withdrawn'),
        }[self.state]
