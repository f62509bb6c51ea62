from odoo import models
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import DealerCase

MODULE = 'dealer_management'
# What a dealer may read over RPC, beside what Odoo shows it: of its own records, and of the company.
READABLE = {
    'res.company': {'dealer_hotline', 'dealer_service_email', 'dealer_service_hours'},
    'sale.order': {
        'allocation_count',
        'dealer_channel_id',
        'dealer_note',
        'dealer_placed_date',
        'dealer_portal_state',
        'minimum_waived',
        'territory_approval_needed',
        'territory_approval_pending',
        'territory_exception_count',
        'territory_warning',
        'wallet_asked',
        'wallet_limit',
        'wallet_paid',
    },
    'sale.order.line': {
        'allocated_quantity',
        'is_allocated',
        'is_free_goods',
        'is_rebate_wallet',
        'is_replacement',
        'price_reason',
        'territory_id',
        'territory_verdict',
    },
    'account.move': set(),
    'account.move.line': set(),
}


@tagged('post_install', '-at_install')
class TestPortalFields(DealerCase):
    """A portal user may call the ORM: Odoo lets it read its company, and its orders and invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealer = cls.make_dealer('Reading Dealer', grade_id=cls.gold.id)
        cls.clerk = new_test_user(cls.env, login='reading_clerk', groups='base.group_portal')
        cls.clerk.partner_id.parent_id = cls.dealer

    def test_fields_that_dealers_read(self):
        for name, readable in READABLE.items():
            with self.subTest(name):
                model = self.env[name].with_user(self.clerk)
                own = {field for field in model.fields_get() if model._fields[field]._modules[:1] == (MODULE,)}
                self.assertEqual(own, readable)

    def test_how_we_guard_is_not_told(self):
        """Neither the rules, nor the floor, nor whether a price is below it."""
        company = self.company.with_user(self.clerk)
        self.assertEqual(company.search_count([('id', '=', self.company.id)]), 1, 'Odoo lets it read its company.')
        order = self.env['sale.order'].create({'partner_id': self.dealer.id, 'state': 'sent'}).with_user(self.clerk)
        for record, name in (
            (company, 'dealer_floor_policy'),
            (company, 'dealer_floor_pricelist_id'),
            (company, 'dealer_territory_policy'),
            (order, 'price_warning'),
            (order, 'special_price_needed'),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                record.read([name])
            with self.subTest(name), self.assertRaises(AccessError):
                value = record.sudo()[name]
                record.search_count([(name, '=', value.id if isinstance(value, models.BaseModel) else value)])
