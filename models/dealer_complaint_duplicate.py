from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

# Complaints about the same lot are taken for one within these days.
SAME_LOT_DAYS = 30
DEPENDS = ('picking_id', 'product_id', 'dealer_id', 'lot_name', 'date_received', 'state')


class DealerComplaint(models.Model):
    """Hints at what may be the same complaint told twice: by mail and by telephone, by two people of a dealer."""

    _inherit = 'dealer.complaint'

    duplicate_ids = fields.Many2many(
        'dealer.complaint',
        string='Possible Duplicates',
        compute='_compute_duplicate_ids',
        help='About the same product of the same delivery, or the same lot of this dealer within 30 days.',
    )
    duplicate_count = fields.Integer(compute='_compute_duplicate_count')

    @api.depends(*DEPENDS)
    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_duplicate_ids(self):
        found = self._find_duplicates()
        for complaint in self:
            complaint.duplicate_ids = self.browse(found[complaint])

    @api.depends(*DEPENDS)
    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_duplicate_count(self):
        """Apart from the duplicates themselves: Odoo would check each for its right once more."""
        found = self._find_duplicates()
        for complaint in self:
            complaint.duplicate_count = len(found[complaint])

    def _find_duplicates(self):
        """``{complaint: ids of its possible duplicates}``: one query, whatever the number of complaints."""
        suspects = self.filtered(
            lambda complaint: complaint.state != 'cancelled' and (complaint.picking_id or complaint.lot_name)
        )
        by_delivery, by_lot = defaultdict(set), defaultdict(list)
        for other in suspects._find_alike():
            if other.picking_id:
                by_delivery[other.picking_id, other.product_id].add(other.id)
            if other.lot_name:
                by_lot[other._get_lot_key()].append(other)
        span = timedelta(days=SAME_LOT_DAYS)
        found = dict.fromkeys(self, ())
        for complaint in suspects:
            received = complaint.date_received or fields.Datetime.now()
            alike = set(by_delivery[complaint.picking_id._origin, complaint.product_id._origin])
            alike |= {
                other.id for other in by_lot[complaint._get_lot_key()] if abs(other.date_received - received) <= span
            }
            found[complaint] = sorted(alike - {complaint._origin.id})
        return found

    def _find_alike(self):
        """Complaints of the same deliveries or lots that were neither merged nor withdrawn: more than the duplicates."""
        if not self:
            return self
        received = [complaint.date_received or fields.Datetime.now() for complaint in self]
        span = timedelta(days=SAME_LOT_DAYS)
        domain = fields.Domain('picking_id', 'in', self.picking_id._origin.ids) | (
            fields.Domain('dealer_id', 'in', self.dealer_id._origin.ids)
            & fields.Domain('lot_name', 'in', list(filter(None, self.mapped('lot_name'))))
            & fields.Domain('date_received', '>=', min(received) - span)
            & fields.Domain('date_received', '<=', max(received) + span)
        )
        domain &= fields.Domain('state', '!=', 'cancelled')
        return self.search_fetch(domain, ['picking_id', 'product_id', 'dealer_id', 'lot_name', 'date_received'])

    def _get_lot_key(self):
        self.ensure_one()
        return self.dealer_id._origin, self.product_id._origin, self.lot_name

    def action_view_duplicates(self):
        """Open what may be the same complaint, and these."""
        self.ensure_one()
        return {
            **self._prepare_complaints_action((self | self.duplicate_ids).ids),
            'name': self.env._('Possible Duplicates'),
        }
