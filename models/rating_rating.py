from odoo import api, fields, models
from odoo.fields import Domain

COMPLAINT = 'dealer.complaint'
# What says whose rating it is.
RATED = frozenset({'res_model_id', 'res_model', 'res_id'})


class RatingRating(models.Model):
    """Odoo shows every rating to every employee: those of complaints are for who may read the complaint.

    They are given by the dealer's own steps, as superuser, and written by nobody by hand; see the rules.
    """

    _inherit = 'rating.rating'

    is_shown = fields.Boolean(
        'Shown to Me', compute='_compute_is_shown', search='_search_is_shown', help='I may read what is rated.'
    )

    @api.depends('res_model', 'res_id')
    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_is_shown(self):
        of_complaints = self.filtered(lambda rating: rating.res_model == COMPLAINT)
        (self - of_complaints).is_shown = True
        readable = self.env[COMPLAINT].sudo(False).browse(of_complaints.mapped('res_id'))._filtered_access('read')
        for rating in of_complaints:
            rating.is_shown = rating.res_id in readable._ids

    @api.model
    def _search_is_shown(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # Rules are read as superuser: the complaints are those that the user itself may read.
        complaints = self.env[COMPLAINT].sudo(False)
        shown = Domain('res_model', '!=', COMPLAINT)
        if complaints.has_access('read'):
            shown |= Domain('res_id', 'in', complaints._search([]))
        return shown if True in value else ~shown

    def write(self, vals):
        result = super().write(vals)
        if not RATED.isdisjoint(vals):
            # Another's rating is not made one of a complaint.
            self.check_access('write')
        return result
