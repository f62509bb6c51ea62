from odoo import api, fields, models
from odoo.exceptions import ValidationError

FLOOR_POLICIES = [
    ('off', 'Off'),
    ('warn', 'Warn'),
    ('approval', 'Needs Approval'),
    ('block', 'Refuse'),
]
STOCK_DISPLAYS = [
    ('hidden', 'Nothing'),
    ('light', 'A Traffic Light'),
    ('quantity', 'The Quantity'),
]


class ResCompany(models.Model):
    """What a company lets be sold to dealers at which price, and what they may do in the portal."""

    _inherit = 'res.company'

    dealer_floor_pricelist_id = fields.Many2one(
        'product.pricelist',
        'Floor Prices',
        groups='base.group_user',
        help='The price list below which nothing is sold to a dealer unnoticed.',
    )
    dealer_floor_policy = fields.Selection(
        FLOOR_POLICIES,
        'Orders below the Floor',
        required=True,
        default='warn',
        groups='base.group_user',
        help='What happens to a line that is below the floor price after its discount. An approved special price'
        ' is the approval.',
    )
    dealer_price_limit_ids = fields.One2many(
        'dealer.price.limit', 'company_id', 'Approval Limits', groups='base.group_user'
    )
    dealer_portal_confirm_limit = fields.Monetary(
        'Confirmed at Once up to',
        currency_field='currency_id',
        groups='base.group_user',
        help='Orders that a dealer places in the portal are confirmed at once up to this amount before taxes;'
        ' 0: staff confirm every order.',
    )
    dealer_portal_stock = fields.Selection(
        STOCK_DISPLAYS,
        'Stock That Dealers See',
        required=True,
        default='light',
        groups='base.group_user',
    )
    dealer_portal_stock_low = fields.Float(
        'Short Below',
        digits='Product Unit',
        default=10,
        groups='base.group_user',
        help='The traffic light is amber while less than this is free to be sold, and red when nothing is.',
    )

    _portal_limit_positive = models.Constraint(
        'CHECK (dealer_portal_confirm_limit >= 0)',
        'The limit for orders that are confirmed at once cannot be negative.',
    )
    _portal_stock_low_positive = models.Constraint(
        'CHECK (dealer_portal_stock_low >= 0)', 'The quantity below which stock is short cannot be negative.'
    )

    @api.constrains('dealer_floor_pricelist_id')
    def _check_floor_pricelist(self):
        for company in self:
            owner = company.sudo().dealer_floor_pricelist_id.company_id
            if owner and owner not in company.sudo().parent_ids:
                raise ValidationError(
                    self.env._(
                        'The floor prices "%(list)s" belong to %(other)s.',
                        list=company.dealer_floor_pricelist_id.name,
                        other=owner.name,
                    )
                )

    def _get_floor_prices(self, products, currency, date=None):
        """What ``products`` cost at least, each for its own unit, by a fixed number of queries.

        :return: ``{product: price in currency}``; empty where the company has no floor, and without
            the products that no rule of the floor names
        """
        self.ensure_one()
        # The floor is nobody's to read but those who set it; it holds for everybody.
        floor = self.sudo().root_id.dealer_floor_pricelist_id
        if not floor or not products:
            return {}
        prices = floor.with_company(self)._get_prices(products.sudo().with_company(self), currency=currency, date=date)
        # Without a rule Odoo answers with the sales price, which is no floor.
        return {product.with_env(self.env): price for product, (price, rule_id) in prices.items() if rule_id}
