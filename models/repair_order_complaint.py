from odoo import fields, models

from .dealer_complaint_outcome import COMPLAINT_READERS


class RepairOrder(models.Model):
    """A repair that a complaint has led to tells the complaint when it is done."""

    _inherit = 'repair.order'

    complaint_outcome_ids = fields.One2many(
        'dealer.complaint.outcome', 'repair_id', 'Complaint', readonly=True, groups=COMPLAINT_READERS
    )

    def write(self, vals):
        result = super().write(vals)
        if 'state' in vals:
            # The workshop works without a role in complaints.
            self.sudo().complaint_outcome_ids._follow_documents()
        return result

    def unlink(self):
        # As above.
        outcomes = self.sudo().complaint_outcome_ids
        result = super().unlink()
        outcomes._lose_documents()
        return result

    def action_view_complaints(self):
        """Open the complaints that have led to these repairs."""
        return self.complaint_outcome_ids.complaint_id._get_records_action(name=self.env._('Complaint'))
