from odoo import fields, models


class DealerType(models.Model):
    _inherit = 'dealer.type'

    channel_id = fields.Many2one(
        'dealer.channel',
        'Usual Channel',
        ondelete='restrict',
        help='The channel of the orders of these dealers, unless the order says otherwise.',
    )
