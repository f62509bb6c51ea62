import csv

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import file_open

TIERS = [
    # xml id, name, Chinese name, colour, discount (%), days to pay, credit limit
    ('core', 'Core', '核心经销商', 10, 35, 60, 800000),
    ('senior', 'Senior', '高级经销商', 4, 30, 30, 300000),
    ('ordinary', 'Ordinary', '普通经销商', 3, 25, 0, 0),
]
RIGHTS = {
    'core': (
        [
            'Exclusive territory',
            'Priority supply in short season',
            'Display racks and samples free',
            'Training on site',
        ],
        ['享有独家经营区域', '旺季优先供货', '免费提供展架和样品', '上门培训'],
    ),
    'senior': (
        ['Priority for new products', 'Display racks at half price', 'Online training'],
        ['新品优先上市', '展架半价', '线上培训'],
    ),
    'ordinary': (['Uniform price list', 'Online training'], ['统一价格政策', '线上培训']),
}
DUTIES = {
    'core': (
        [
            'Yearly purchase of 2,000,000',
            'Payment within 60 days',
            'Monthly feedback form',
            'No sale outside the territory',
        ],
        ['年销售责任额 200 万元', '60 天内付款', '每月提交客户反馈表', '不得跨区销售'],
    ),
    'senior': (
        ['Yearly purchase of 800,000', 'Payment within 30 days', 'Monthly feedback form'],
        ['年销售责任额 80 万元', '30 天内付款', '每月提交客户反馈表'],
    ),
    'ordinary': (['Payment before delivery', 'Monthly feedback form'], ['先款后货', '每月提交客户反馈表']),
}
# Demonstration only needs the documents, not a message in the chatter for each step.
QUIET = {
    'tracking_disable': True,
    'mail_create_nolog': True,
    'mail_notrack': True,
    'mail_auto_subscribe_no_notify': True,
    # To-dos are there; nobody is written to about them.
    'mail_activity_quick_update': True,
}


class DealerDemo(models.AbstractModel):
    """Makes the demonstration company: a Chinese manufacturer of sanitary ware and its channel.

    All of it is made through the ORM and from fixed lists, so that it is always the same; dates
    count back from the month of the installation.
    """

    _name = 'dealer.demo'
    _description = 'Demonstration Data of Dealer Management'

    @api.model
    def _load(self):
        """Make everything, once."""
        self = self.with_context(**QUIET)
        company = self._set_up_company()
        self = self.with_company(company)
        self._create_tiers()
        self._create_dealers()
        self._create_products()
        self._create_business()
        self._finish_states()

    @api.model
    def _ref(self, name):
        return self.env.ref(f'dealer_management.{name}')

    @api.model
    def _read_csv(self, name):
        with file_open(f'dealer_management/demo/csv/{name}') as file:
            return list(csv.DictReader(file))

    @api.model
    def _create_named(self, model, vals_by_name):
        """Create records of ``model`` from ``{xml id: values}``, in one batch, with their ids."""
        records = self.env[model].create(list(vals_by_name.values()))
        self.env['ir.model.data']._update_xmlids(
            [
                {'xml_id': f'dealer_management.{name}', 'record': record, 'noupdate': True}
                for name, record in zip(vals_by_name, records, strict=True)
            ]
        )
        return records

    @api.model
    def _send_nothing(self, model):
        """A demonstration writes to nobody: what waits to be sent about records of ``model`` counts as sent."""
        mails = self.env['mail.mail'].search([('model', '=', model), ('state', '=', 'outgoing')])
        mails.notification_ids.write({'notification_status': 'sent', 'is_read': True})
        mails.unlink()

    # --------------------------------------------------------------- Masters

    @api.model
    def _set_up_company(self):
        """Return the manufacturer: the main company while it has no entries, else a new one."""
        self.env['res.lang']._activate_lang('zh_CN')
        self.env.ref('base.CNY').active = True
        company = self.env.ref('base.main_company')
        if self.env['account.move'].search_count([('company_id', '=', company.id)], limit=1):
            company = self.env['res.company'].create({'name': '华岳卫浴股份有限公司'})
        company.write(
            {
                'name': '华岳卫浴股份有限公司',
                'street': '石湾镇街道季华四路33号',
                'city': '佛山市',
                'zip': '528000',
                'state_id': self.env.ref('base.state_cn_GD').id,
                'country_id': self.env.ref('base.cn').id,
                'phone': '+86 757 8888 1000',
                'email': 'service@example.com',
                'currency_id': self.env.ref('base.CNY').id,
                'account_use_credit_limit': True,
                'partnership_label': 'Dealers',
                'dealer_hotline': '400-800-1688',
                'dealer_service_email': 'dealers@example.com',
                'dealer_service_hours': 'Every day, round the clock',
            }
        )
        company.with_context(lang='zh_CN').write(
            {'dealer_service_hours': '全天候 7×24 小时', 'partnership_label': '经销商'}
        )
        chart = self.env['account.chart.template']
        code = 'cn' if 'cn' in chart._get_chart_template_mapping() else 'generic_coa'
        if company.chart_template != code:
            chart._load(code, company, install_demo=False)
        users = self.env['res.users'].browse(
            self._ref(f'user_{role}').id
            for role in ('manager', 'staff', 'staff_all', 'complaint', 'auditor', 'accountant', 'dealer')
        )
        (users | self.env.ref('base.user_admin')).write(
            {'company_ids': [Command.link(company.id)], 'company_id': company.id, 'tz': 'Asia/Shanghai'}
        )
        self.env['res.company']._activate_or_create_pricelists()
        return company

    @api.model
    def _create_tiers(self):
        company = self.env.company
        # The levels that Odoo brings along are not this company's.
        self.env['res.partner.grade'].search([('active', '=', True)]).active = False
        pricelists = self._create_named(
            'product.pricelist',
            {
                f'pricelist_{code}': {
                    'name': f'{name} Dealers',
                    'currency_id': company.currency_id.id,
                    'company_id': company.id,
                    'item_ids': [
                        Command.create(
                            {
                                'compute_price': 'percentage',
                                'percent_price': discount,
                                'applied_on': '3_global',
                            }
                        )
                    ],
                }
                for code, name, _name_zh, _color, discount, _days, _limit in TIERS
            },
        )
        terms = self._create_named(
            'account.payment.term',
            {
                f'payment_term_{code}': {
                    'name': f'{days} Days' if days else 'Before Delivery',
                    'line_ids': [Command.create({'value': 'percent', 'value_amount': 100, 'nb_days': days})],
                }
                for code, _name, _name_zh, _color, _discount, days, _limit in TIERS
            },
        )
        tiers = self._create_named(
            'res.partner.grade',
            {
                f'tier_{code}': {
                    'name': name,
                    'sequence': 10 + position,
                    'color': color,
                    'company_id': company.id,
                    'default_pricelist_id': pricelist.id,
                    'payment_term_id': term.id,
                    'credit_limit': limit,
                    'rights': self._html_list(RIGHTS[code][0]),
                    'duties': self._html_list(DUTIES[code][0]),
                }
                for position, ((code, name, _name_zh, color, _discount, _days, limit), pricelist, term) in enumerate(
                    zip(TIERS, pricelists, terms, strict=True)
                )
            },
        )
        for tier, pricelist, term, (code, _name, name_zh, _color, _discount, days, _limit) in zip(
            tiers, pricelists, terms, TIERS, strict=True
        ):
            tier.with_context(lang='zh_CN').name = name_zh
            tier.update_field_translations('rights', {'zh_CN': dict(zip(*RIGHTS[code], strict=True))})
            tier.update_field_translations('duties', {'zh_CN': dict(zip(*DUTIES[code], strict=True))})
            pricelist.with_context(lang='zh_CN').name = f'{name_zh}价格表'
            term.with_context(lang='zh_CN').name = f'{days} 天' if days else '先款后货'

    @api.model
    def _html_list(self, items):
        return '<ul>{}</ul>'.format(''.join(f'<li>{item}</li>' for item in items))

    @api.model
    def _create_dealers(self):
        rows = self._read_csv('dealers.csv')
        today = fields.Date.context_today(self)
        dealers = self._create_named(
            'res.partner', {row['xmlid']: self._prepare_dealer_vals(row, today) for row in rows}
        )
        for dealer, row in zip(dealers, rows, strict=True):
            if row['upstream']:
                dealer.upstream_dealer_id = self._ref(row['upstream'])
        # The first dealer's portal user is one of its contacts.
        self._ref('user_dealer').partner_id.write({'parent_id': dealers[0].id, 'lang': 'zh_CN'})
        # The present tier has been held since the dealer joined; one was promoted since.
        for dealer in dealers.filtered('grade_id'):
            dealer.tier_period_ids.write(
                {'date_from': dealer.dealer_joined_date or today, 'user_id': dealer.channel_account_manager_id.id}
            )
        promoted = self._ref('dealer_22')
        promoted.with_user(self._ref('user_manager')).action_dealer_change_tier(
            self._ref('tier_core').id, '上半年销售目标达成率 118%', today - relativedelta(months=5, day=1)
        )

    @api.model
    def _prepare_dealer_vals(self, row, today):
        joined = row['state'] not in ('prospect', 'onboarding') and today - relativedelta(
            months=int(row['joined_months']), day=1
        )
        return {
            'name': row['name'],
            'is_company': True,
            'is_dealer': True,
            'lang': 'zh_CN',
            'dealer_type_id': self._ref(f'dealer_type_{row["type"]}').id,
            'grade_id': bool(row['tier']) and self._ref(f'tier_{row["tier"]}').id,
            # Whoever is blocked now has done business before: see ``_finish_states``.
            'dealer_state': 'active' if row['reason'] else row['state'],
            'channel_account_manager_id': self._ref(f'user_{row["manager"]}').id,
            'dealer_joined_date': joined,
            'street': row['street'],
            'city': row['city'],
            'zip': row['zip'],
            'state_id': self.env.ref(f'base.{row["state_code"]}').id,
            'country_id': self.env.ref('base.cn').id,
            'partner_latitude': float(row['lat']),
            'partner_longitude': float(row['lon']),
            'phone': row['phone'],
            'email': row['email'],
            'customer_rank': 1,
            'dealer_license_no': row['license'],
            'dealer_license_date_end': today + relativedelta(days=int(row['license_days'])),
            'dealer_trade_since': int(row['since']),
            'dealer_registered_capital': float(row['capital']),
            'dealer_staff_count': int(row['staff']),
            'dealer_sales_staff_count': int(row['sales_staff']),
            'dealer_vehicle_count': int(row['vehicles']),
            'dealer_store_area': float(row['store']),
            'dealer_warehouse_area': float(row['warehouse']),
            'dealer_account_count': int(row['accounts']),
            'dealer_market_share': float(row['share']),
            'child_ids': [
                Command.create({'name': row['contact'], 'function': '店长', 'phone': row['phone']}),
                Command.create(
                    {
                        'name': '仓库',
                        'type': 'delivery',
                        'street': f'物流园{int(row["xmlid"][-2:])}号库',
                        'city': row['city'],
                        'zip': row['zip'],
                        'state_id': self.env.ref(f'base.{row["state_code"]}').id,
                        'country_id': self.env.ref('base.cn').id,
                    }
                ),
            ],
        }

    @api.model
    def _get_dealers_by_state(self, *states):
        """The dealers that the list gives one of ``states``, in its order."""
        return self.env['res.partner'].browse(
            self._ref(row['xmlid']).id for row in self._read_csv('dealers.csv') if row['state'] in states
        )

    @api.model
    def _finish_states(self):
        """Take the dealers to where the list has them, with its reasons."""
        for row in self._read_csv('dealers.csv'):
            if row['reason']:
                self._ref(row['xmlid'])._set_dealer_state(row['state'], row['reason'])

    @api.model
    def _create_products(self):
        rows = self._read_csv('products.csv')
        names = {row['category']: (row['category_name'], row['category_name_zh']) for row in rows}
        categories = self._create_named(
            'product.category', {f'product_category_{code}': {'name': name} for code, (name, _zh) in names.items()}
        )
        products = self._create_named(
            'product.product',
            {
                'product_' + row['code'].lower().replace('-', '_'): {
                    'name': row['name'],
                    'default_code': row['code'],
                    'list_price': float(row['price']),
                    'standard_price': float(row['cost']),
                    'categ_id': self._ref(f'product_category_{row["category"]}').id,
                    'type': 'consu',
                    'is_storable': True,
                    'invoice_policy': 'delivery',
                }
                for row in rows
            },
        )
        for category, (_name, name_zh) in zip(categories, names.values(), strict=True):
            category.with_context(lang='zh_CN').name = name_zh
        for product, row in zip(products, rows, strict=True):
            product.with_context(lang='zh_CN').name = row['name_zh']
        return products
