from odoo import api, fields, models


class DealerComplaint(models.Model):
    """What else there is to know: former complaints of the dealer and about the goods, and the documents."""

    _inherit = 'dealer.complaint'

    dealer_complaint_count = fields.Integer("Dealer's Other Complaints", compute='_compute_related_counts')
    product_complaint_count = fields.Integer('Others of This Product', compute='_compute_related_counts')
    lot_complaint_count = fields.Integer('Others of This Lot', compute='_compute_related_counts')
    merged_ids = fields.One2many('dealer.complaint', 'merged_into_id', 'Merged Complaints')
    split_ids = fields.One2many('dealer.complaint', 'split_from_id', 'Split-off Complaints')

    @api.depends('dealer_id', 'product_id', 'lot_id')
    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_related_counts(self):
        """Three queries, whatever the number of complaints; each counts what the user may see."""
        dealers = self._count_by('dealer_id')
        products = self._count_by('product_id')
        lots = self._count_by('lot_id')
        for complaint in self:
            complaint.dealer_complaint_count = dealers.get(complaint.dealer_id, 1) - 1
            complaint.product_complaint_count = products.get(complaint.product_id, 1) - 1
            complaint.lot_complaint_count = lots.get(complaint.lot_id, 1) - 1

    def _count_by(self, name):
        """``{record: number of complaints}`` of these complaints' own ``name``, themselves included."""
        records = self[name]
        if not records:
            return {}
        return dict(self._read_group([(name, 'in', records.ids)], [name], ['__count']))

    # ------------------------------------------------------ Opening complaints

    def _prepare_complaints_action(self, ids):
        """The action that lists the complaints of ``ids``, open or not."""
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_complaint_action')
        return {
            **action,
            'domain': [('id', 'in', ids)],
            'context': {'create': False},
            'view_mode': 'list,kanban,form',
            'views': [(False, 'list'), (False, 'kanban'), (False, 'form')],
        }

    def _prepare_others_action(self, name, title):
        """The action that lists the other complaints of the same ``name``."""
        self.ensure_one()
        action = self._prepare_complaints_action([])
        return {**action, 'domain': [(name, '=', self[name].id), ('id', '!=', self.id)], 'name': title}

    def action_view_dealer_complaints(self):
        """List the other complaints of this dealer."""
        return self._prepare_others_action(
            'dealer_id', self.env._('Complaints of %s', self.dealer_id.sudo().display_name)
        )

    def action_view_product_complaints(self):
        """List the other complaints about this product."""
        return self._prepare_others_action(
            'product_id', self.env._('Complaints about %s', self.product_id.sudo().display_name)
        )

    def action_view_lot_complaints(self):
        """List the other complaints about this lot."""
        return self._prepare_others_action('lot_id', self.env._('Complaints about the Lot %s', self.lot_name))

    def action_view_merged(self):
        """List what was merged into this complaint, and what was split off."""
        self.ensure_one()
        return self._prepare_complaints_action((self.merged_ids | self.split_ids).ids)

    # ------------------------------------------------------- Opening documents

    def action_view_order(self):
        """Open the order."""
        return self.order_id._get_records_action()

    def action_view_picking(self):
        """Open the delivery."""
        return self.picking_id._get_records_action()

    def action_view_invoice(self):
        """Open the invoice."""
        return self.move_id._get_records_action()

    def action_view_statement(self):
        """Open the rebate statement."""
        return self.rebate_payout_id._get_records_action()
