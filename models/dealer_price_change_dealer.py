import secrets

from odoo import fields, models


class DealerPriceChangeDealer(models.Model):
    """One dealer that a price change touches: what it would have meant for its last year, and when the
    dealer was told."""

    _name = 'dealer.price.change.dealer'
    _description = 'Dealer of a Price Change'
    _order = 'change_id, effect desc, id'
    _rec_name = 'dealer_id'

    change_id = fields.Many2one('dealer.price.change', 'Price Change', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='change_id.company_id')
    company_currency_id = fields.Many2one(related='change_id.company_currency_id')
    state = fields.Selection(related='change_id.state')
    date_start = fields.Date(related='change_id.date_start')
    dealer_id = fields.Many2one('res.partner', required=True, index=True, ondelete='cascade')
    grade_id = fields.Many2one('res.partner.grade', 'Tier', index='btree_not_null', ondelete='set null')
    channel_account_manager_id = fields.Many2one(related='dealer_id.channel_account_manager_id')
    turnover = fields.Monetary(
        'Turnover of 12 Months',
        currency_field='company_currency_id',
        help='Invoiced in the twelve months before the preview, untaxed, less what was credited.',
    )
    effect = fields.Monetary(
        'Effect in a Year',
        currency_field='company_currency_id',
        help="What the dealer would have paid more for last year's quantities at the new prices.",
    )
    effect_percent = fields.Float('Effect (%)', digits='Discount', aggregator='avg', help='Of the turnover.')
    announced_date = fields.Datetime('Told on', readonly=True, copy=False)
    recalled_date = fields.Datetime('Told of the End on', readonly=True, copy=False)
    is_unreachable = fields.Boolean(
        'No Email Address', readonly=True, copy=False, help='The dealer sees the change in its portal only.'
    )
    # In the address of the dealer's page: nobody can guess another one (192 random bits).
    access_token = fields.Char(
        required=True,
        copy=False,
        readonly=True,
        default=lambda self: secrets.token_urlsafe(24),
        groups='base.group_system',
    )

    _once_a_change = models.UniqueIndex('(change_id, dealer_id)', 'Each dealer stands once in a price change.')
    _token_unique = models.UniqueIndex('(access_token)', 'Each dealer has an address of its own for a price change.')
