from odoo import fields, models


class DealerRegionClass(models.Model):
    """A class of regions (A, B, C…) with the number of dealers that such a region carries."""

    _name = 'dealer.region.class'
    _description = 'Region Class'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    dealer_quota = fields.Integer(
        'Quota of Dealers', help='How many dealers a region of this class carries; 0 for any number.'
    )

    _quota_positive = models.Constraint('CHECK (dealer_quota >= 0)', 'A quota cannot be negative.')
