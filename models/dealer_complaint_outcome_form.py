from odoo import models


class DealerComplaintOutcome(models.Model):
    """The documents of an outcome, by name."""

    _inherit = 'dealer.complaint.outcome'

    def _get_document_names(self):
        """Numbers of the documents that this outcome has made, for people."""
        self.ensure_one()
        documents = (self.picking_id, self.sale_order_id, self.credit_note_id, self.repair_id)
        return ', '.join(document.display_name for document in documents if document)
