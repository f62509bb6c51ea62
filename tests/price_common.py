from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import TransactionCase

from .common import DealerMixin


class PriceMixin(DealerMixin):
    """Price lists of all levels, a gold and a silver dealer, and two products at 100 and 200."""

    @classmethod
    def setUpPrices(cls):
        cls.setUpDealers()
        cls.levels = {
            code: cls.env.ref(f'dealer_management.dealer_price_level_{code.lower()}') for code in ('A', 'B', 'C', 'D')
        }
        cls.levels['F'] = cls.env.ref('dealer_management.dealer_price_level_floor')
        cls.tap, cls.sink = cls.env['product.product'].create(
            [
                {'name': 'Tap', 'default_code': 'TAP-1', 'type': 'consu', 'list_price': 100, 'standard_price': 40},
                {'name': 'Sink', 'default_code': 'SINK-1', 'type': 'consu', 'list_price': 200, 'standard_price': 90},
            ]
        )
        (cls.tap | cls.sink).taxes_id = False
        # Gold pays 70 %, silver 80 % of the sales price, by the lists that their tiers give.
        cls.add_rule(cls.pricelist_gold, percent=30)
        cls.add_rule(cls.pricelist_silver, percent=20)
        cls.golden = cls.make_dealer('Golden', grade_id=cls.gold.id)
        cls.silvery = cls.make_dealer('Silvery', grade_id=cls.silver.id)
        cls.customer = cls.env['res.partner'].create({'name': 'No Dealer'})
        cls.requester, cls.approver = cls.users['staff'], cls.users['manager']

    @classmethod
    def add_rule(cls, pricelist, product=None, price=None, percent=None, **vals):
        return cls.env['product.pricelist.item'].create(
            {
                'pricelist_id': pricelist.id,
                'product_tmpl_id': product and product.product_tmpl_id.id,
                'compute_price': 'fixed' if percent is None else 'percentage',
                'fixed_price': price or 0,
                'percent_price': percent or 0,
                **vals,
            }
        )

    @classmethod
    def make_list(cls, name, level='A', tiers=(), types=(), percent=None, **vals):
        pricelist = cls.env['product.pricelist'].create(
            {
                'name': name,
                'company_id': False,
                'dealer_level_id': level and cls.levels[level].id,
                'grade_ids': [Command.set([tier.id for tier in tiers])],
                'dealer_type_ids': [Command.set([dealer_type.id for dealer_type in types])],
                **vals,
            }
        )
        if percent is not None:
            cls.add_rule(pricelist, percent=percent)
        return pricelist

    @classmethod
    def make_quotation(cls, partner, *quantities, **vals):
        """A quotation for ``(product, quantity)``, or ten taps."""
        return cls.env['sale.order'].create(
            {
                'partner_id': partner.id,
                'order_line': [
                    Command.create({'product_id': product.id, 'product_uom_qty': quantity})
                    for product, quantity in quantities or [(cls.tap, 10)]
                ],
                **vals,
            }
        )

    @classmethod
    def make_request(cls, dealer, *lines, user=None, **vals):
        """A draft for ``(product, quantity, price)``, for May."""
        return (
            cls.env['dealer.price.request']
            .with_user(user or cls.requester)
            .create(
                {
                    'dealer_id': dealer.id,
                    'date_from': '2026-05-01',
                    'date_to': '2026-05-31',
                    'reason': 'A tender',
                    'line_ids': [
                        Command.create({'product_id': product.id, 'quantity_max': quantity, 'special_price': price})
                        for product, quantity, price in lines
                    ],
                    **vals,
                }
            )
        )

    @classmethod
    def grant_price(cls, dealer, *lines, **vals):
        """An approved special price."""
        request = cls.make_request(dealer, *lines, **vals)
        request.action_submit()
        request.with_user(cls.approver).action_approve()
        return request


class PriceCase(PriceMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-05-04 04:00:00'))
        cls.setUpPrices()
