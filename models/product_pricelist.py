from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductPricelist(models.Model):
    """A price list belongs to a level; those that dealers buy at say which dealers, and from when to when."""

    _inherit = 'product.pricelist'

    dealer_level_id = fields.Many2one(
        'dealer.price.level',
        'Price Level',
        index='btree_not_null',
        ondelete='restrict',
        tracking=True,
        help='Empty: an ordinary price list of Odoo, which dealers only get if their tier or their contact names it.',
    )
    dealer_audience = fields.Selection(related='dealer_level_id.audience', string='Who Buys')
    is_seasonal = fields.Boolean(related='dealer_level_id.is_seasonal')
    grade_ids = fields.Many2many(
        'res.partner.grade',
        'dealer_pricelist_grade_rel',
        'pricelist_id',
        'grade_id',
        'Tiers',
        ondelete='restrict',  # without its tiers the list would be every dealer's
        context={'active_test': False},
        help='Whose dealers buy at this list; empty for dealers of every tier.',
    )
    dealer_type_ids = fields.Many2many(
        'dealer.type',
        'dealer_pricelist_type_rel',
        'pricelist_id',
        'type_id',
        'Dealer Types',
        ondelete='restrict',
        context={'active_test': False},
        help='Which dealers buy at this list; empty for those of every type.',
    )
    date_start = fields.Date('First Day', tracking=True, help='Inclusive; empty for always.')
    date_end = fields.Date('Last Day', tracking=True, help='Inclusive; empty until another list replaces it.')
    replaces_id = fields.Many2one(
        'product.pricelist',
        index='btree_not_null',
        ondelete='restrict',
        tracking=True,
        copy=False,
        help='From its first day this list takes the place of that one, wherever a dealer bought from it.',
    )
    replaced_by_ids = fields.One2many('product.pricelist', 'replaces_id')

    _dates_in_order = models.Constraint('CHECK (date_end >= date_start)', 'A price list cannot end before it begins.')
    _not_replaced_by_itself = models.Constraint('CHECK (replaces_id != id)', 'A price list cannot replace itself.')

    @api.constrains('dealer_level_id', 'date_start', 'date_end')
    def _check_season_dates(self):
        for pricelist in self:
            if pricelist.is_seasonal and not (pricelist.date_start and pricelist.date_end):
                raise ValidationError(
                    self.env._(
                        'The price list "%s" is one for before the season: please say its first and last day.',
                        pricelist.name,
                    )
                )

    @api.constrains('dealer_level_id', 'grade_ids', 'dealer_type_ids')
    def _check_named_dealers(self):
        for pricelist in self:
            if (pricelist.grade_ids or pricelist.dealer_type_ids) and pricelist.dealer_audience != 'dealer':
                raise ValidationError(
                    self.env._(
                        'Tiers and types say which dealers buy at the list "%s": give it a level that dealers buy at.',
                        pricelist.name,
                    )
                )

    @api.constrains('replaces_id', 'date_start', 'currency_id', 'company_id')
    def _check_replaces(self):
        if self._has_cycle('replaces_id'):
            raise ValidationError(self.env._('A price list would in the end replace itself.'))
        # The list that is replaced may be archived, or be out of the sight of who writes this one.
        for pricelist in self.sudo().filtered('replaces_id'):
            old = pricelist.replaces_id
            if not pricelist.date_start:
                raise ValidationError(
                    self.env._(
                        'Please say from which day "%(new)s" replaces "%(old)s".', new=pricelist.name, old=old.name
                    )
                )
            if pricelist.currency_id != old.currency_id or pricelist.company_id != old.company_id:
                raise ValidationError(
                    self.env._(
                        '"%(new)s" cannot replace "%(old)s": they are of different currencies or companies.',
                        new=pricelist.name,
                        old=old.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        pricelists = super().create(vals_list)
        self._forget_dealer_lists()
        return pricelists

    def write(self, vals):
        result = super().write(vals)
        if not self._get_choice_fields().isdisjoint(vals):
            self._forget_dealer_lists()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_dealer_lists()
        return result

    @api.model
    def _get_choice_fields(self):
        """What decides which dealers buy from a list."""
        return frozenset(
            {
                'active',
                'company_id',
                'sequence',
                'dealer_level_id',
                'grade_ids',
                'dealer_type_ids',
                'date_start',
                'date_end',
                'replaces_id',
            }
        )

    @api.model
    def _forget_dealer_lists(self):
        self.env.registry.clear_cache()
