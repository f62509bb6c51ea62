from odoo import fields, models


class AccountMoveLine(models.Model):
    """An invoice line remembers the special price that it was sold at, its refunds too."""

    _inherit = 'account.move.line'

    price_request_line_id = fields.Many2one(
        'dealer.price.request.line',
        'Special Price',
        readonly=True,
        index='btree_not_null',
        ondelete='restrict',
        groups='dealer_management.group_dealer_access,account.group_account_readonly,account.group_account_invoice',
        help='The special price that the line was sold at: rebates may leave it out.',
    )
