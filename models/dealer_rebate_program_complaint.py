from odoo import api, models
from odoo.tools import SQL


class DealerRebateProgram(models.Model):
    """A credit for our delay is no return of goods: neither it nor its payment lowers what a dealer earns."""

    _inherit = 'dealer.rebate.program'

    @api.model
    def _get_base_models(self):
        return [*super()._get_base_models(), 'dealer.complaint.outcome']

    @api.model
    def _get_documents_beside_sales(self):
        return SQL(
            """
            %s UNION ALL
            SELECT credit_note_id FROM dealer_complaint_outcome
             WHERE kind = 'compensation' AND credit_note_id IS NOT NULL
            """,
            super()._get_documents_beside_sales(),
        )
