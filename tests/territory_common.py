from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import TransactionCase

from .common import DealerMixin


class TerritoryMixin(DealerMixin):
    """A small map: 广东 with 广州 (and its 天河) and 深圳, and 湖南; two dealers and two products."""

    @classmethod
    def setUpTerritories(cls):
        cls.setUpDealers()
        cls.china = cls.env.ref('base.cn')
        cls.guangdong_state = cls.env.ref('base.state_cn_GD')
        cls.hunan_state = cls.env.ref('base.state_cn_HN')
        cls.south = cls.make_territory('South')
        cls.guangdong = cls.make_territory('广东', cls.south, {'state_id': cls.guangdong_state.id})
        cls.guangzhou = cls.make_territory(
            '广州', cls.guangdong, {'state_id': cls.guangdong_state.id, 'city': '广州市'}
        )
        cls.tianhe = cls.make_territory(
            '天河',
            cls.guangzhou,
            {'state_id': cls.guangdong_state.id, 'city': '广州', 'zip_from': '510630', 'zip_to': '510660'},
        )
        cls.shenzhen = cls.make_territory('深圳', cls.guangdong, {'state_id': cls.guangdong_state.id, 'city': '深圳市'})
        cls.hunan = cls.make_territory('湖南', False, {'state_id': cls.hunan_state.id})
        cls.category, cls.other_category = cls.env['product.category'].create([{'name': 'Taps'}, {'name': 'Tiles'}])
        cls.sub_category = cls.env['product.category'].create({'name': 'Mixers', 'parent_id': cls.category.id})
        cls.p1, cls.p2 = cls.env['product.product'].create(
            [
                {
                    'name': name,
                    'type': 'consu',
                    'list_price': 100,
                    'categ_id': cls.sub_category.id,
                    'default_code': name,
                }
                for name in ('P1', 'P2')
            ]
        )
        # The terms of the dealers' tiers are not what is tested here.
        cls.a, cls.b, cls.c, cls.d = (
            cls.make_dealer(f'Dealer {letter}', country_id=cls.china.id, state_id=cls.guangdong_state.id)
            for letter in 'ABCD'
        )
        cls.requester, cls.approver = cls.users['staff'], cls.users['manager']
        cls.shop, cls.web = (
            cls.env.ref('dealer_management.dealer_channel_shop'),
            cls.env.ref('dealer_management.dealer_channel_web'),
        )

    @classmethod
    def make_territory(cls, name, parent=False, *areas, **vals):
        return cls.env['dealer.territory'].create(
            {
                'name': name,
                'parent_id': parent and parent.id,
                'area_ids': [Command.create({'country_id': cls.china.id, **area}) for area in areas],
                **vals,
            }
        )

    @classmethod
    def make_grant(cls, dealer, territory, **vals):
        """A draft for all of 2026, unless said otherwise."""
        if vals.get('category_ids') or vals.get('product_tmpl_ids'):
            vals.setdefault('product_scope', 'selected')
        for name in ('category_ids', 'product_tmpl_ids', 'channel_ids'):
            if name in vals:
                vals[name] = [Command.set(vals[name].ids)]
        vals['carveout_ids'] = [
            Command.create(
                {
                    'territory_id': carved and carved.id,
                    'product_tmpl_ids': [Command.set(products.product_tmpl_id.ids)] if products else [],
                }
            )
            for carved, products in vals.pop('carveouts', ())
        ]
        return cls.env['dealer.authorization'].create(
            {
                'dealer_id': dealer.id,
                'territory_id': territory.id,
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                **vals,
            }
        )

    @classmethod
    def approve(cls, *grants):
        for grant in grants:
            if grant.date_to < grant.company_id._get_dealer_date():
                # What was granted in the past cannot be asked for today: as an import would.
                grant._move('submitted', requester_id=cls.requester.id)
            else:
                grant.with_user(cls.requester).action_submit()
            grant.with_user(cls.approver).action_approve()
        return grants[0] if len(grants) == 1 else grants

    @classmethod
    def grant(cls, dealer, territory, **vals):
        """An approved grant."""
        return cls.approve(cls.make_grant(dealer, territory, **vals))

    @classmethod
    def make_address(cls, partner, city='广州市', state=None, **vals):
        return cls.env['res.partner'].create(
            {
                'name': f'{partner.name}, {city}',
                'parent_id': partner.id,
                'type': 'delivery',
                'city': city,
                'state_id': (state or cls.guangdong_state).id,
                'country_id': cls.china.id,
                **vals,
            }
        )

    @classmethod
    def make_order_to(cls, partner, address, *products, **vals):
        return cls.env['sale.order'].create(
            {
                'partner_id': partner.id,
                'partner_shipping_id': address.id,
                'order_line': [
                    Command.create({'product_id': product.id, 'product_uom_qty': 2}) for product in products or [cls.p1]
                ],
                **vals,
            }
        )


class TerritoryCase(TerritoryMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTerritories()

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time('2026-05-04 04:00:00'))

    def resolve(self, *address):
        return self.env['dealer.territory']._resolve_addresses(self.company, [address])[0]
