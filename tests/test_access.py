import csv

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from .common import DealerCase

OPERATIONS = {'r': 'read', 'w': 'write', 'c': 'create', 'u': 'unlink'}


@tagged('post_install', '-at_install')
class TestAccess(DealerCase):
    """The table in tests/data/access_matrix.csv is what is granted; all else is denied."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users['portal'] = new_test_user(cls.env, login='test_portal', groups='base.group_portal')
        cls.users['public'] = cls.env.ref('base.public_user')
        with file_open('dealer_management/tests/data/access_matrix.csv') as file:
            cls.matrix = {row.pop('model'): row for row in csv.DictReader(file)}

    def test_matrix(self):
        for model, row in self.matrix.items():
            if self.env[model]._abstract:
                continue
            self.assertEqual(row.keys(), self.users.keys(), 'Every role has its column.')
            for role, granted in row.items():
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(self.users[role]).has_access(operation), letter in granted
                        )

    def test_every_model_has_its_row(self):
        models = (
            self.env['ir.model.data']
            .search([('module', '=', 'dealer_management'), ('model', '=', 'ir.model')])
            .mapped('res_id')
        )
        own = {
            model.model
            for model in self.env['ir.model'].browse(models)
            if self.env[model.model]._original_module == 'dealer_management'
        }
        self.assertTrue(own)
        self.assertFalse(own - self.matrix.keys(), 'Add a row to tests/data/access_matrix.csv.')

    def test_rows_grant_to_roles_only(self):
        """No access row of the module is without a group: that would grant to everyone."""
        access = self.env['ir.model.data'].search(
            [('module', '=', 'dealer_management'), ('model', '=', 'ir.model.access')]
        )
        self.assertTrue(access)
        self.assertTrue(all(row.group_id for row in self.env['ir.model.access'].browse(access.mapped('res_id'))))

    def test_menu_is_for_roles_only(self):
        menu = self.env.ref('dealer_management.dealer_menu_root')
        for role, user in self.users.items():
            if not user._is_internal():
                continue  # has no menus at all
            with self.subTest(role):
                self.assertEqual(
                    menu.id in self.env['ir.ui.menu'].with_user(user)._visible_menu_ids(),
                    role in ('staff_own', 'staff', 'manager', 'complaint', 'auditor'),
                )

    def test_facts_are_for_roles_only(self):
        dealer = self.make_dealer(dealer_registered_capital=1)
        self.users['portal'].partner_id.parent_id = dealer
        names = ['dealer_registered_capital', 'dealer_properties', 'dealer_state_reason', 'tier_period_ids']
        for role in ('staff', 'manager', 'complaint', 'auditor'):
            self.assertTrue(dealer.with_user(self.users[role]).read(names))
        for role in ('employee', 'salesman', 'accountant', 'portal'):
            for name in names:
                with self.subTest(role=role, name=name), self.assertRaises(AccessError):
                    dealer.with_user(self.users[role]).read([name])

    def test_people_without_a_role_make_contacts_and_users(self):
        salesman, administrator = (
            self.users['salesman'],
            new_test_user(self.env, login='test_erp', groups='base.group_erp_manager,base.group_partner_manager'),
        )
        for user in (salesman, administrator):
            self.assertTrue(self.env['res.partner'].with_user(user).create({'name': 'Plain'}))
        user = self.env['res.users'].with_user(administrator).create({'name': 'New', 'login': 'test_made'})
        self.assertEqual(user.partner_id.name, 'New')
        contact = self.env['res.partner'].create({'name': 'Contact'})
        user = (
            self.env['res.users']
            .with_user(administrator)
            .create({'login': 'test_of_contact', 'partner_id': contact.id})
        )
        self.assertEqual(user.name, 'Contact')

    def test_history_of_own_dealers(self):
        own = self.make_dealer(grade_id=self.gold.id, channel_account_manager_id=self.users['staff_own'].id)
        other = self.make_dealer(grade_id=self.gold.id)
        periods = (own | other).tier_period_ids
        for role, seen in (('staff_own', own), ('staff', own | other), ('auditor', own | other)):
            with self.subTest(role):
                found = self.env['dealer.tier.period'].with_user(self.users[role]).search([('id', 'in', periods.ids)])
                self.assertEqual(found.dealer_id, seen)

    def test_other_company_stays_apart(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        self.gold.company_id = False
        dealer = self.make_dealer(company_id=other.id, grade_id=self.gold.id)
        manager = self.users['manager']
        self.assertFalse(self.env['res.partner'].with_user(manager).search([('id', '=', dealer.id)]))
        self.assertFalse(self.env['dealer.tier.period'].with_user(manager).search([('dealer_id', '=', dealer.id)]))
