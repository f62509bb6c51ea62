from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

LISTS = [
    # xml id, name, Chinese name, level, discount on the sales price (%)
    ('retail', 'Suggested to Retailers', '零售商建议价', 'b', 12),
    ('consumer', 'Suggested to Consumers', '消费者建议零售价', 'c', 0),
    ('floor', 'Floor Prices', '底价表', 'floor', 42),
]
PACKED_BY_DOZEN = ('accessory',)


class DealerDemo(models.AbstractModel):
    """Levels, floor, a season to come, special prices in every state, what dealers order in the portal."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_tiers(self):
        result = super()._create_tiers()
        self._create_price_lists()
        return result

    @api.model
    def _create_business(self):
        result = super()._create_business()
        self._set_order_rules()
        self._create_special_prices()
        return result

    @api.model
    def _finish_states(self):
        # The orders of the demonstration are older than the minimum.
        for code, amount in (('core', 5000), ('senior', 3000), ('ordinary', 1000)):
            self._ref(f'tier_{code}').minimum_order_amount = amount
        return super()._finish_states()

    @api.model
    def _create_price_lists(self):
        company = self.env.company
        for code in ('core', 'senior', 'ordinary'):
            self._ref(f'pricelist_{code}').write(
                {
                    'dealer_level_id': self._ref('dealer_price_level_a').id,
                    'grade_ids': [Command.link(self._ref(f'tier_{code}').id)],
                }
            )
        common = {'currency_id': company.currency_id.id, 'company_id': company.id}
        lists = self._create_named(
            'product.pricelist',
            {
                f'pricelist_{code}': {
                    **common,
                    'name': name,
                    'dealer_level_id': self._ref(f'dealer_price_level_{level}').id,
                    'item_ids': [Command.create({'compute_price': 'percentage', 'percent_price': discount})],
                }
                for code, name, _name_zh, level, discount in LISTS
            },
        )
        first = fields.Date.context_today(self) + relativedelta(months=2, day=1)
        season = self._create_named(
            'product.pricelist',
            {
                'pricelist_season': {
                    **common,
                    'name': 'Spring Stocking',
                    'dealer_level_id': self._ref('dealer_price_level_d').id,
                    'grade_ids': [Command.set([self._ref('tier_core').id, self._ref('tier_senior').id])],
                    'date_start': first,
                    'date_end': first + relativedelta(days=19),
                    'item_ids': [Command.create({'compute_price': 'percentage', 'percent_price': 38})],
                }
            },
        )
        for pricelist, name_zh in zip(lists | season, [*(row[2] for row in LISTS), '春季备货价'], strict=True):
            pricelist.with_context(lang='zh_CN').name = name_zh

    @api.model
    def _set_order_rules(self):
        company = self.env.company
        company.write(
            {
                'dealer_floor_pricelist_id': self._ref('pricelist_floor').id,
                'dealer_floor_policy': 'approval',
                'dealer_portal_confirm_limit': 20000,
                'dealer_portal_stock_low': 200,
            }
        )
        dozen = self.env.ref('uom.product_uom_dozen')
        for product in self._get_products():
            if product.categ_id in {self._ref(f'product_category_{code}') for code in PACKED_BY_DOZEN}:
                product.product_tmpl_id.write(
                    {'uom_ids': [Command.link(dozen.id)], 'dealer_packaging_id': dozen.id, 'dealer_min_quantity': 24}
                )
            else:
                product.dealer_min_quantity = 2
        self._create_named(
            'dealer.price.limit',
            {
                'price_limit_staff': {
                    'company_id': company.id,
                    'discount_max': 5,
                    'user_ids': [Command.set(self._ref('user_staff_all').ids)],
                },
                'price_limit_manager': {
                    'company_id': company.id,
                    'discount_max': 15,
                    'user_ids': [Command.set((self._ref('user_manager') | self.env.ref('base.user_admin')).ids)],
                },
            },
        )

    @api.model
    def _create_special_prices(self):
        """One in force and partly used, one for a project, one to be decided, one refused, one draft."""
        dealers = self._get_dealers_by_state('active').filtered('grade_id')
        products = self._get_products()
        today = fields.Date.context_today(self)
        staff, manager = self._ref('user_staff_all'), self._ref('user_manager')
        rows = [
            # xml id, dealer, products, cap, off the list price (%), project, why, what becomes of it
            ('stock', 0, products[0] | products[3], 300, 8, False, '竞品在本地降价，需维持货架陈列', 'approve'),
            ('project', 0, products[5], 120, 12, '佛山云海酒店改造项目', '酒店工程投标，共 120 间客房', 'approve'),
            ('asked', 1, products[1], 200, 10, '长沙梅溪湖公寓项目', '精装公寓集采，竞争对手报价低 9%', 'submit'),
            ('refused', 2, products[2], 500, 14, False, '清理库存', 'refuse'),
            ('draft', 3, products[4], 100, 4, False, '开业促销', 'draft'),
        ]
        for name, position, wanted, cap, off, project, reason, fate in rows:
            dealer = dealers[position]
            request = self._create_named(
                'dealer.price.request',
                {
                    f'price_request_{name}': {
                        'dealer_id': dealer.id,
                        'company_id': self.env.company.id,
                        'date_from': today - relativedelta(days=10),
                        'date_to': today + relativedelta(days=50),
                        'project_name': project,
                        'end_customer_name': project and '项目业主',
                        'reason': reason,
                        'requester_id': staff.id,
                        'line_ids': [
                            Command.create({'product_id': product.id, 'quantity_max': cap, 'special_price': 0})
                            for product in wanted
                        ],
                    }
                },
            )
            for line in request.line_ids:
                line.special_price = round(line.list_price * (1 - off / 100), 2)
            if fate != 'draft':
                request.with_user(staff).action_submit()
            if fate == 'approve':
                request.with_user(manager).action_approve('同意，请按期执行')
            elif fate == 'refuse':
                request.with_user(manager).action_refuse('毛利不足，建议参加春季备货')
        self.env['sale.order'].create(
            {
                'partner_id': dealers[0].id,
                'partner_shipping_id': dealers[0].child_ids.filtered(lambda contact: contact.type == 'delivery').id,
                'client_order_ref': 'PO-SP-001',
                'order_line': [Command.create({'product_id': products[0].id, 'product_uom_qty': 120})],
            }
        ).action_confirm()
