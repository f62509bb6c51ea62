from odoo import api, fields, models
from odoo.exceptions import ValidationError

AUDIENCES = [
    ('dealer', 'Dealers Buy'),
    ('retailer', 'Retailers Buy'),
    ('consumer', 'Consumers Buy'),
    ('internal', 'Internal'),
]


class DealerPriceLevel(models.Model):
    """A step of the way from us to the consumer, at which a price is set.

    A: company to dealer; B: company or dealer to retailer; C: to the consumer; D: company to
    dealer before the season. Price lists belong to a level. Not to be taken for a dealer's tier,
    nor for an ABC class of sales or regions.
    """

    _name = 'dealer.price.level'
    _description = 'Price Level'
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help='The letter that people say, and that imports use.')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    audience = fields.Selection(
        AUDIENCES,
        required=True,
        default='dealer',
        help='Who buys at these prices. What dealers buy at is chosen for them by tier, type and date; what'
        ' retailers and consumers pay is a suggestion that dealers see; internal lists are shown to nobody outside.',
    )
    is_seasonal = fields.Boolean(
        'Before the Season',
        help='These lists hold from a first to a last day, and go before the ordinary ones in that time.',
    )
    pricelist_ids = fields.One2many('product.pricelist', 'dealer_level_id', 'Price Lists')
    pricelist_count = fields.Integer('Lists', compute='_compute_pricelist_count')

    _code_unique = models.Constraint('UNIQUE (code)', 'Two price levels cannot have the same code.')
    _season_is_for_dealers = models.Constraint(
        "CHECK (is_seasonal IS NOT TRUE OR audience = 'dealer')",
        'Only what dealers buy at has prices of its own before the season.',
    )

    def _compute_display_name(self):
        for level in self:
            level.display_name = f'{level.code} · {level.name}' if level.code else level.name

    def _compute_pricelist_count(self):
        counts = dict(
            self.env['product.pricelist']._read_group(
                [('dealer_level_id', 'in', self.ids)], ['dealer_level_id'], ['__count']
            )
        )
        for level in self:
            level.pricelist_count = counts.get(level, 0)

    @api.constrains('is_seasonal')
    def _check_lists_have_season(self):
        self.pricelist_ids._check_season_dates()

    @api.constrains('audience')
    def _check_audience_of_lists(self):
        """What dealers buy at does not become a suggestion behind their backs."""
        for level in self:
            named = level.pricelist_ids.filtered(lambda pricelist: pricelist.grade_ids or pricelist.dealer_type_ids)
            if level.audience != 'dealer' and named:
                raise ValidationError(
                    self.env._(
                        'The price list "%(list)s" names tiers or types of dealers, so its level "%(level)s" is one'
                        ' that dealers buy at.',
                        list=named[0].name,
                        level=level.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if not {'audience', 'is_seasonal'}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def action_view_pricelists(self):
        """Open the price lists of this level."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_pricelist_action')
        action['domain'] = [('dealer_level_id', '=', self.id)]
        action['context'] = {'default_dealer_level_id': self.id}
        return action
