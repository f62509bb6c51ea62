from contextlib import contextmanager

from odoo.tests import TransactionCase, new_test_user

ROLES = {
    # role: its groups; base.group_user is implied or named
    'staff_own': 'dealer_management.group_dealer_staff_own',
    'staff': 'dealer_management.group_dealer_staff',
    'manager': 'dealer_management.group_dealer_manager',
    'complaint': 'dealer_management.group_dealer_complaint',
    'auditor': 'dealer_management.group_dealer_auditor',
    'accountant': 'account.group_account_manager',
    'salesman': 'sales_team.group_sale_salesman',
    'employee': 'base.group_user',
}


class DealerMixin:
    """Users of every role, three tiers, and makers of dealers and orders."""

    @classmethod
    def setUpDealers(cls):
        cls.company = cls.env.company
        cls.users = {
            role: new_test_user(cls.env, login=f'test_{role}', groups=groups) for role, groups in ROLES.items()
        }
        cls.distributor = cls.env.ref('dealer_management.dealer_type_distributor')
        cls.pricelist_gold, cls.pricelist_silver = cls.env['product.pricelist'].create(
            [{'name': 'Gold prices', 'company_id': False}, {'name': 'Silver prices', 'company_id': False}]
        )
        cls.product = cls.env['product.product'].create(
            {'name': 'Test Goods', 'type': 'consu', 'list_price': 100, 'invoice_policy': 'order'}
        )
        cls.term_30 = cls.env.ref('account.account_payment_term_30days')
        cls.term_15 = cls.env.ref('account.account_payment_term_15days')
        cls.gold, cls.silver, cls.bare = cls.env['res.partner.grade'].create(
            [
                {
                    'name': 'Test Gold',
                    'default_pricelist_id': cls.pricelist_gold.id,
                    'payment_term_id': cls.term_30.id,
                    'credit_limit': 100000,
                },
                {
                    'name': 'Test Silver',
                    'default_pricelist_id': cls.pricelist_silver.id,
                    'payment_term_id': cls.term_15.id,
                    'credit_limit': 5000,
                },
                {'name': 'Test Bare'},
            ]
        )

    @contextmanager
    def assertRaisesRegex(self, exception, pattern):
        """As Odoo's ``assertRaises``: what the failed attempt wrote is taken back."""
        with super().assertRaisesRegex(exception, pattern) as caught, self.env.cr.savepoint():
            yield caught

    @classmethod
    def make_dealer(cls, name='Test Dealer', **vals):
        return cls.env['res.partner'].create(
            {
                'name': name,
                'is_company': True,
                'is_dealer': True,
                'dealer_type_id': cls.distributor.id,
                'dealer_state': 'active',
                **vals,
            }
        )

    @classmethod
    def make_order(cls, partner, quantity=1, **vals):
        return cls.env['sale.order'].create(
            {
                'partner_id': partner.id,
                'order_line': [(0, 0, {'product_id': cls.product.id, 'product_uom_qty': quantity})],
                **vals,
            }
        )

    def count_queries(self, function):
        """How many queries it takes from a cold cache, with all that is written by it."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before


class DealerCase(DealerMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpDealers()
