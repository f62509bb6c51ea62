from odoo import api, fields, models


class DealerComplaintMerge(models.TransientModel):
    """Asks which of some complaints of one dealer stays, and merges the others into it."""

    _name = 'dealer.complaint.merge'
    _description = 'Merge Complaints'
    _inherit = ['dealer.window.mixin', 'dealer.complaint.link.mixin']

    complaint_ids = fields.Many2many(
        'dealer.complaint', string='Complaints', required=True, default=lambda self: self._default_complaint_ids()
    )
    dealer_id = fields.Many2one(related='complaint_ids.dealer_id')
    target_id = fields.Many2one(
        'dealer.complaint',
        'The One That Stays',
        required=True,
        compute='_compute_target_id',
        store=True,
        precompute=True,
        readonly=False,
        domain="[('id', 'in', complaint_ids), ('is_open', '=', True)]",
    )

    @api.model
    def _default_complaint_ids(self):
        """The chosen complaints; of a single one, what may be the same as well."""
        complaints = self.env['dealer.complaint'].browse(self.env.context.get('active_ids', []))
        if len(complaints) == 1:
            complaints |= complaints.duplicate_ids.filtered(
                lambda other: other.is_open and other.dealer_id == complaints.dealer_id
            )
        return complaints

    @api.depends('complaint_ids')
    def _compute_target_id(self):
        """The first that came in: its clocks have run longest."""
        for wizard in self:
            complaints = wizard.complaint_ids._origin
            if wizard.target_id not in complaints:
                wizard.target_id = complaints.filtered('is_open').sorted(
                    lambda complaint: (complaint.date_received, complaint.id)
                )[:1]

    def action_merge(self):
        """Merge, and open the one that stays."""
        self.ensure_one()
        self.complaint_ids.action_merge_into(self.target_id.id)
        return self.target_id._get_records_action(context={})
