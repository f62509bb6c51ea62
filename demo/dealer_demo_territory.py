from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command


class DealerDemo(models.AbstractModel):
    """Territories and grants: who sells where, what is free, and an order that goes astray."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_dealers(self):
        result = super()._create_dealers()
        self._create_territories()
        return result

    @api.model
    def _create_business(self):
        self._create_authorizations()
        result = super()._create_business()
        self._judge_orders()
        return result

    @api.model
    def _create_territories(self):
        company = self.env.company
        company.partner_id.tz = 'Asia/Shanghai'
        for kind, channel in (
            ('distributor', 'shop'),
            ('special_shop', 'shop'),
            ('agent', 'shop'),
            ('franchise', 'shop'),
            ('retailer', 'shop'),
            ('web_shop', 'web'),
            ('direct', 'shop'),
        ):
            self._ref(f'dealer_type_{kind}').channel_id = self._ref(f'dealer_channel_{channel}')
        china = self.env.ref('base.cn')
        for row in self._read_csv('territories.csv'):
            # One after the other: each stands below one that is there already.
            state = row['state_code'] and self.env.ref(f'base.{row["state_code"]}')
            territory = self._create_named(
                'dealer.territory',
                {
                    f'territory_{row["xmlid"]}': {
                        'name': row['name'],
                        'code': row['xmlid'].upper() if len(row['xmlid']) == 2 else False,
                        'company_id': company.id,
                        'parent_id': bool(row['parent']) and self._ref(f'territory_{row["parent"]}').id,
                        'region_class_id': bool(row['class']) and self._ref(f'dealer_region_class_{row["class"]}').id,
                        'market_capacity': float(row['capacity'] or 0),
                        'population': int(row['population'] or 0),
                        'area_ids': [
                            Command.create({'country_id': china.id, 'state_id': state.id, 'city': row['city'] or False})
                        ]
                        if state
                        else [],
                    }
                },
            )
            territory.with_context(lang='zh_CN').name = row['name_zh']

    @api.model
    def _create_authorizations(self):
        rows = self._read_csv('authorizations.csv')
        today = self.env.company._get_dealer_date()
        grants = self._create_named(
            'dealer.authorization',
            {f'authorization_{row["xmlid"]}': self._prepare_authorization_vals(row, today) for row in rows},
        )
        manager = self._ref('user_manager')
        for grant, row in zip(grants, rows, strict=True):
            staff = grant.channel_account_manager_id - manager or self._ref('user_staff_all')
            if row['stage'] == 'draft':
                continue
            if grant.date_to < today:
                # Granted when it was time; today it could not be asked for any more.
                grant._move('submitted', requester_id=staff.id)
            else:
                grant.with_user(staff).action_submit()
            if row['stage'] == 'submitted':
                continue
            grant.with_user(manager).action_approve()
            grant.approved_date = grant.date_from - relativedelta(days=7)
            # Approved then, the grant owes the reports since.
            grant.report_ids.unlink()
            grant._plan_reports()
            grant.report_ids.filtered(lambda report: report.date_due < today - relativedelta(days=20)).action_receive()
            for report in grant.report_ids.filtered('date_received'):
                report.date_received = report.date_due - relativedelta(days=2)
            if row['stage'] == 'suspended':
                grant.with_user(manager).action_suspend('货款逾期超过60天')
        self._ref('authorization_37b').renewed_from_id = self._ref('authorization_37')
        self.env['dealer.authorization']._follow_states(self.env.company)

    @api.model
    def _prepare_authorization_vals(self, row, today):
        first = today + relativedelta(months=-int(row['from_months']), day=1)
        categories = [self._ref(f'product_category_{code}').id for code in row['categories'].split()]
        return {
            'dealer_id': self._ref(row['dealer']).id,
            'territory_id': self._ref(f'territory_{row["territory"]}').id,
            'kind': row['kind'],
            'product_scope': 'selected' if categories else 'all',
            'category_ids': [Command.set(categories)],
            'channel_ids': [Command.set([self._ref(f'dealer_channel_{code}').id for code in row['channels'].split()])],
            'carveout_ids': [
                Command.create(
                    {
                        'territory_id': self._ref(f'territory_{place}').id,
                        'category_ids': [Command.set([self._ref(f'product_category_{code}').id] if code else [])],
                    }
                )
                for place, _colon, code in (carved.partition(':') for carved in row['carveouts'].split())
            ],
            'date_from': first,
            'date_to': fields.Date.subtract(first + relativedelta(months=int(row['months'])), days=1),
        }

    @api.model
    def _judge_orders(self):
        """From now on the territories are guarded; what was ordered before is judged for the record."""
        company = self.env.company
        company.dealer_territory_policy = 'approval'
        lines = self.env['sale.order.line'].search([('company_id', '=', company.id), ('state', '=', 'sale')])
        lines._keep_verdicts(lines._judge_territory())
        # A quotation for another dealer's city waits for the channel manager.
        buyer, holder = self._ref('dealer_02'), self._ref('dealer_01')
        address = self.env['res.partner'].create(
            {
                'name': '广州天河项目工地',
                'parent_id': buyer.id,
                'type': 'delivery',
                'street': '天河路228号',
                'city': holder.city,
                'zip': '510620',
                'state_id': holder.state_id.id,
                'country_id': holder.country_id.id,
            }
        )
        order = self.env['sale.order'].create(
            {
                'partner_id': buyer.id,
                'partner_shipping_id': address.id,
                'user_id': self._ref('user_staff_all').id,
                'order_line': [
                    Command.create({'product_id': self._ref(f'product_{code}').id, 'product_uom_qty': quantity})
                    for code, quantity in (('ce_301', 20), ('sh_201', 20))
                ],
            }
        )
        order.with_user(self._ref('user_staff_all')).action_request_territory_approval(
            '酒店总部在深圳，工地在广州，合同已签'
        )
