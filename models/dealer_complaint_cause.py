from odoo import fields, models


class DealerComplaintParty(models.Model):
    """Who can be accountable for what went wrong: the factory, the carrier, our sales, the dealer."""

    _name = 'dealer.complaint.party'
    _description = 'Accountable Party'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)


class DealerComplaintCause(models.Model):
    """Why complaints arise, in words that can be counted."""

    _name = 'dealer.complaint.cause'
    _description = 'Root Cause'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    party_id = fields.Many2one(
        'dealer.complaint.party', 'Usually Accountable', ondelete='restrict', help='Proposed when the cause is chosen.'
    )
