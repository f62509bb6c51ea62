from odoo import fields, models


class DealerPriceChangeLine(models.Model):
    """One product of a price change, as the preview found it: its price before and after, for one of its
    own unit, in the list's currency, and what that would have meant for last year's sales."""

    _name = 'dealer.price.change.line'
    _description = 'Product of a Price Change'
    _order = 'change_id, product_code, product_id, id'
    _rec_name = 'product_id'

    change_id = fields.Many2one('dealer.price.change', 'Price Change', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='change_id.company_id')
    currency_id = fields.Many2one(related='change_id.currency_id')
    company_currency_id = fields.Many2one(related='change_id.company_currency_id')
    product_id = fields.Many2one('product.product', required=True, index=True, ondelete='cascade')
    product_code = fields.Char('Reference')
    product_uom_id = fields.Many2one(related='product_id.uom_id', string='Unit')
    categ_id = fields.Many2one('product.category', 'Category', index='btree_not_null', ondelete='set null')
    old_price = fields.Float(digits='Product Price', aggregator=None)
    new_price = fields.Float(digits='Product Price', aggregator=None)
    difference = fields.Float(digits='Product Price', aggregator=None)
    difference_percent = fields.Float('Difference (%)', digits='Discount', aggregator='avg')
    quantity = fields.Float(
        'Quantity Last Year',
        digits='Product Unit',
        help='Invoiced to the dealers that are touched in the twelve months before the preview, less what was credited.',
    )
    effect = fields.Monetary(
        'Effect in a Year',
        currency_field='company_currency_id',
        help="Last year's quantity × the difference, in the company's currency.",
    )
    floor_price = fields.Float(digits='Product Price', aggregator=None, groups='dealer_management.group_dealer_manager')
    is_below_floor = fields.Boolean('Below the Floor')

    _once_a_change = models.UniqueIndex('(change_id, product_id)', 'Each product stands once in a price change.')
