from odoo import api, fields, models
from odoo.exceptions import ValidationError

FACTS_GROUPS = 'dealer_management.group_dealer_access'
FACTS = frozenset(
    {
        'dealer_properties',
        'dealer_license_no',
        'dealer_license_date_end',
        'dealer_trade_since',
        'dealer_currency_id',
        'dealer_registered_capital',
        'dealer_funds',
        'dealer_staff_count',
        'dealer_sales_staff_count',
        'dealer_vehicle_count',
        'dealer_store_area',
        'dealer_warehouse_area',
        'dealer_account_count',
        'dealer_market_share',
        'dealer_coverage',
        'dealer_other_brands',
    }
)


class ResPartner(models.Model):
    """A dealer's qualification: what we know of its licence, its means and its market.

    A company adds facts of its own by the properties of the dealer type. A copy has none of them:
    they are one dealer's, and whoever may copy a contact need not be allowed to read them.
    """

    _inherit = 'res.partner'

    dealer_properties = fields.Properties(
        'Further Facts', definition='dealer_type_id.dealer_properties_definition', groups=FACTS_GROUPS, copy=False
    )
    dealer_license_no = fields.Char('Business Licence', groups=FACTS_GROUPS, copy=False)
    dealer_license_date_end = fields.Date('Licence Valid Until', groups=FACTS_GROUPS, copy=False)
    dealer_trade_since = fields.Integer('In Trade Since', groups=FACTS_GROUPS, copy=False, help='Year.')
    dealer_years_in_trade = fields.Integer(
        'Years in Trade', groups=FACTS_GROUPS, compute='_compute_dealer_years_in_trade'
    )
    dealer_currency_id = fields.Many2one(
        'res.currency',
        'Currency of the Facts',
        groups=FACTS_GROUPS,
        copy=False,
        help='Currency of the registered capital and the funds.',
    )
    dealer_registered_capital = fields.Monetary(
        'Registered Capital', currency_field='dealer_currency_id', groups=FACTS_GROUPS, copy=False
    )
    dealer_funds = fields.Monetary(
        'Working Capital', currency_field='dealer_currency_id', groups=FACTS_GROUPS, copy=False
    )
    dealer_staff_count = fields.Integer('Staff', groups=FACTS_GROUPS, copy=False, help='Full-time persons.')
    dealer_sales_staff_count = fields.Integer('Sales Team', groups=FACTS_GROUPS, copy=False)
    dealer_vehicle_count = fields.Integer('Vehicles', groups=FACTS_GROUPS, copy=False)
    dealer_store_area = fields.Float('Store (m²)', groups=FACTS_GROUPS, copy=False)
    dealer_warehouse_area = fields.Float('Warehouse (m²)', groups=FACTS_GROUPS, copy=False)
    dealer_account_count = fields.Integer(
        'Downstream Accounts', groups=FACTS_GROUPS, copy=False, help='Shops and customers that it supplies.'
    )
    dealer_market_share = fields.Float(
        'Local Share (%)', groups=FACTS_GROUPS, copy=False, help='Its share of the local market for our goods.'
    )
    dealer_coverage = fields.Char('Coverage', groups=FACTS_GROUPS, copy=False, help='Where it sells.')
    dealer_other_brands = fields.Char(
        'Other Brands', groups=FACTS_GROUPS, copy=False, help='Brands it carries that compete with or complement ours.'
    )

    _dealer_facts_positive = models.Constraint(
        'CHECK (LEAST(dealer_registered_capital, dealer_funds, dealer_staff_count, dealer_sales_staff_count,'
        ' dealer_vehicle_count, dealer_store_area, dealer_warehouse_area, dealer_account_count,'
        ' dealer_market_share) >= 0 AND dealer_market_share <= 100)',
        'Capital, funds, staff, vehicles, areas, accounts and share cannot be negative, nor the share above 100 %.',
    )

    @api.constrains('dealer_trade_since')
    def _check_dealer_trade_since(self):
        this_year = self.env.company._get_dealer_date().year
        for partner in self.sudo():
            if partner.dealer_trade_since and not 1500 <= partner.dealer_trade_since <= this_year:
                raise ValidationError(
                    self.env._(
                        '"In Trade Since" of "%(dealer)s" must be a year up to %(this_year)s, such as 2010.',
                        dealer=partner.display_name,
                        this_year=this_year,
                    )
                )

    @api.depends('dealer_trade_since')
    def _compute_dealer_years_in_trade(self):
        this_year = self.env.company._get_dealer_date().year
        for partner in self:
            since = partner.dealer_trade_since
            partner.dealer_years_in_trade = this_year - since if since else 0

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._add_currency(vals) for vals in vals_list])

    def write(self, vals):
        without_currency = self.browse()
        if vals.get('dealer_registered_capital') or vals.get('dealer_funds'):
            without_currency = self.filtered(lambda partner: not partner.dealer_currency_id)
        result = super().write(vals)
        if without_currency:
            super(ResPartner, without_currency).write(self._add_currency(vals))
        return result

    @api.model
    def _add_currency(self, vals):
        """An amount without a currency is in the company's."""
        amounts = vals.get('dealer_registered_capital') or vals.get('dealer_funds')
        if amounts and not vals.get('dealer_currency_id'):
            return {**vals, 'dealer_currency_id': self.env.company.currency_id.id}
        return vals

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if self.env.context.get('default_is_dealer') and 'dealer_currency_id' in fields:
            defaults.setdefault('dealer_currency_id', self.env.company.currency_id.id)
        return defaults

    @api.model
    def _get_channel_fields(self):
        return super()._get_channel_fields() | FACTS

    def _prepare_unmake_dealer_vals(self, vals):
        """A contact that is no dealer has no dealer's facts."""
        return {**super()._prepare_unmake_dealer_vals(vals), **dict.fromkeys(FACTS, False)}
