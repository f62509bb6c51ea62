from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

ADJUSTMENT = 3
# product, of the suggested price, how many days ago, where
DEVIATIONS = [
    ('ce_301', 0.82, 6, 'user_staff_all', '广州天河建材市场 B12 铺', ''),
    ('sh_201', 0.97, 3, 'user_staff_all', '网店', 'https://shop.example.com/shower'),
]


class DealerDemo(models.AbstractModel):
    """New prices that come with the next month, and prices that were seen elsewhere."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_business(self):
        result = super()._create_business()
        self._create_price_change()
        self._create_deviations()
        return result

    @api.model
    def _create_price_change(self):
        today = self.env.company._get_dealer_date()
        change = (
            self.env['dealer.price.change']
            .with_user(self._ref('user_staff_all'))
            .with_company(self.env.company)
            .create(
                {
                    'pricelist_id': self._ref('pricelist_ordinary').id,
                    'date_start': today + relativedelta(months=1, day=1),
                    'adjustment': ADJUSTMENT,
                    'announcement': '<p>因铜价和陶瓷原料上涨，普通经销商价格上调 3%。生效日前下单按原价执行。</p>',
                }
            )
        )
        change.action_prepare()
        change.action_submit()
        change.with_user(self._ref('user_manager')).action_approve('同意')
        # A demonstration writes to nobody.
        change.sudo().dealer_line_ids.announced_date = fields.Datetime.now()

    @api.model
    def _create_deviations(self):
        level = self._ref('dealer_price_level_c')
        today = self.env.company._get_dealer_date()
        pricelist = level.pricelist_ids.filtered(lambda found: found.company_id == self.env.company)[:1]
        if not pricelist:
            pricelist = self._create_retail_list(level)
        dealer = self._ref('dealer_02')
        for code, ratio, days, user, place, address in DEVIATIONS:
            product = self._ref(f'product_{code}')
            self.env['dealer.price.deviation'].with_user(self._ref(user)).with_company(self.env.company).create(
                {
                    'dealer_id': dealer.id,
                    'product_id': product.id,
                    'level_id': level.id,
                    'pricelist_id': pricelist.id,
                    'date_seen': today - relativedelta(days=days),
                    'price_seen': round(product.list_price * ratio, 2),
                    'seen_at': place,
                    'seen_url': address,
                }
            )

    @api.model
    def _create_retail_list(self, level):
        """What consumers are suggested to pay: the sales prices."""
        pricelist = self._create_named(
            'product.pricelist',
            {
                'pricelist_suggested': {
                    'name': 'Suggested Retail Prices',
                    'dealer_level_id': level.id,
                    'company_id': self.env.company.id,
                    'currency_id': self.env.company.currency_id.id,
                    'item_ids': [Command.create({'compute_price': 'percentage', 'percent_price': 0})],
                }
            },
        )
        pricelist.with_context(lang='zh_CN').name = '建议零售价'
        return pricelist
