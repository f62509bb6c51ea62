from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import DealerCase


@tagged('post_install', '-at_install')
class TestDealer(DealerCase):
    def test_new_dealer_gets_code_state_and_account_manager(self):
        first, second = (
            self.env['res.partner']
            .with_user(self.users['staff_own'])
            .create([{'name': name, 'is_dealer': True} for name in ('One', 'Two')])
        )
        self.assertRegex(first.dealer_code, r'^D\d{5}$')
        self.assertEqual(int(second.dealer_code[1:]), int(first.dealer_code[1:]) + 1)
        self.assertEqual((first.dealer_state, first.is_company), ('prospect', True))
        self.assertEqual(first.channel_account_manager_id, self.users['staff_own'])

    def test_own_code_is_kept(self):
        self.assertEqual(self.make_dealer(dealer_code='GD-001').dealer_code, 'GD-001')

    def test_contact_becomes_dealer(self):
        contacts = self.env['res.partner'].create([{'name': 'A', 'is_company': True}, {'name': 'B'}])
        contact = self.env['res.partner'].create({'name': 'Clerk', 'parent_id': contacts[0].id})
        # Asked of a contact, its commercial partner becomes the dealer.
        (contact | contacts).with_user(self.users['staff']).action_make_dealer()
        self.assertEqual(contacts.mapped('is_dealer'), [True, True])
        self.assertEqual(contacts.mapped('dealer_state'), ['prospect', 'prospect'])
        self.assertEqual(len(set(contacts.mapped('dealer_code'))), 2)
        self.assertFalse(contact.is_dealer)
        self.assertFalse(contacts[1].is_company, 'A person may be a dealer and stays a person.')
        codes = contacts.mapped('dealer_code')
        contacts.action_make_dealer()
        self.assertEqual(contacts.mapped('dealer_code'), codes, 'Calling it twice changes nothing.')

    def test_mixed_write_makes_dealers_of_the_others_only(self):
        dealer = self.make_dealer()
        code = dealer.dealer_code
        contact = self.env['res.partner'].create({'name': 'New', 'is_company': True})
        (dealer | contact).write({'is_dealer': True, 'city': 'Foshan'})
        self.assertEqual((dealer.dealer_code, dealer.dealer_state), (code, 'active'))
        self.assertEqual(contact.dealer_state, 'prospect')
        self.assertEqual((dealer.city, contact.city), ('Foshan', 'Foshan'))

    def test_contacts_and_branches_resolve_to_their_dealer(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        branch = self.env['res.partner'].create({'name': 'Branch', 'parent_id': dealer.id, 'type': 'delivery'})
        other = self.env['res.partner'].create({'name': 'Customer'})
        self.assertEqual((branch | dealer | other).mapped('dealer_id'), dealer)
        self.assertFalse(branch.grade_id)
        self.assertEqual(branch.dealer_grade_id, self.gold)
        Partner = self.env['res.partner']
        both = [('id', 'in', (dealer | branch | other).ids)]
        self.assertEqual(Partner.search([('dealer_id', '=', dealer.id), *both]), dealer | branch)
        self.assertEqual(Partner.search([('dealer_id', '=', False), *both]), other)
        self.assertEqual(Partner.search([('dealer_id', '!=', False), *both]), dealer | branch)
        self.assertEqual(Partner.search([('dealer_id', 'in', [False, dealer.id]), *both]), dealer | branch | other)
        self.assertEqual(Partner.search([('dealer_id.dealer_code', '=', dealer.dealer_code), *both]), dealer | branch)

    def test_contact_of_a_company_cannot_be_dealer(self):
        company = self.env['res.partner'].create({'name': 'Parent', 'is_company': True})
        clerk = self.env['res.partner'].create({'name': 'Clerk', 'parent_id': company.id})
        with self.assertRaisesRegex(ValidationError, 'belongs to "Parent"'):
            clerk.is_dealer = True
        dealer = self.make_dealer()
        dealer.is_company = False
        with self.assertRaisesRegex(ValidationError, 'belongs to "Parent"'):
            dealer.parent_id = company

    def test_default_does_not_reach_contacts_of_the_new_dealer(self):
        dealer = (
            self.env['res.partner']
            .with_context(default_is_dealer=True)
            .create({'name': 'Dealer', 'is_company': True, 'child_ids': [Command.create({'name': 'Clerk'})]})
        )
        self.assertTrue(dealer.is_dealer)
        self.assertFalse(dealer.child_ids.is_dealer)

    def test_form_of_the_app(self):
        with Form(
            self.env['res.partner']
            .with_user(self.users['manager'])
            .with_context(default_is_dealer=True, default_is_company=True),
            'base.view_partner_form',
        ) as form:
            form.name = 'From the Form'
            form.dealer_type_id = self.distributor
            form.grade_id = self.gold
        dealer = form.save()
        self.assertEqual(dealer.channel_account_manager_id, self.users['manager'])
        self.assertEqual(dealer.specific_property_product_pricelist, self.pricelist_gold)

    def test_code_unique_per_company(self):
        other_company = self.env['res.company'].create({'name': 'Other Company'})
        self.make_dealer(dealer_code='X1', company_id=self.company.id)
        with self.assertRaisesRegex(ValidationError, 'X1'):
            self.make_dealer(dealer_code='X1', company_id=self.company.id)
        with self.assertRaisesRegex(ValidationError, 'X1'):
            self.make_dealer(dealer_code='X1')  # shared by all companies
        self.assertEqual(self.make_dealer(dealer_code='X1', company_id=other_company.id).dealer_code, 'X1')
        with self.assertRaisesRegex(ValidationError, 'needs a code'):
            self.make_dealer().dealer_code = ' '

    @mute_logger('odoo.sql_db')
    def test_database_guards_code_and_state(self):
        first, second = self.make_dealer(), self.make_dealer()
        self.env.flush_all()
        for statement in (
            'UPDATE res_partner SET dealer_code = %(code)s WHERE id = %(id)s',
            'UPDATE res_partner SET dealer_state = NULL WHERE id = %(id)s',
            'UPDATE res_partner SET is_dealer = FALSE WHERE id = %(id)s',
            'UPDATE res_partner SET upstream_dealer_id = id WHERE id = %(id)s',
            'UPDATE res_partner SET dealer_staff_count = -1 WHERE id = %(id)s',
            'UPDATE res_partner SET dealer_market_share = 101 WHERE id = %(id)s',
        ):
            with self.subTest(statement), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.cr.execute(statement, {'code': first.dealer_code, 'id': second.id})

    def test_company_has_its_own_sequence(self):
        self.env['ir.sequence'].create(
            {'name': 'Own', 'code': 'dealer.code', 'prefix': 'OWN', 'padding': 3, 'company_id': self.company.id}
        )
        self.assertEqual(self.make_dealer().dealer_code, 'OWN001')
        contact = self.env['res.partner'].create({'name': 'Contact', 'company_id': self.company.id})
        contact.is_dealer = True
        self.assertEqual(contact.dealer_code, 'OWN002')

    def test_missing_sequence_is_told(self):
        self.env['ir.sequence'].search([('code', '=', 'dealer.code')]).active = False
        with self.assertRaisesRegex(UserError, 'no number sequence'):
            self.make_dealer()

    def test_copy_starts_anew(self):
        dealer = self.make_dealer(dealer_joined_date='2020-01-01', dealer_license_no='L1')
        copy = dealer.copy()
        self.assertTrue(copy.is_dealer)
        self.assertEqual(copy.dealer_state, 'prospect')
        self.assertNotEqual(copy.dealer_code, dealer.dealer_code)
        self.assertFalse(copy.dealer_joined_date or copy.dealer_license_no)

    def test_only_prospects_are_deleted_or_become_contacts_again(self):
        prospect = self.make_dealer(dealer_state='prospect')
        prospect.is_dealer = False
        self.assertEqual((prospect.dealer_state, prospect.dealer_code), (False, False))
        prospect.unlink()
        active = self.make_dealer()
        with self.assertRaisesRegex(UserError, 'more than a prospect'):
            active.is_dealer = False
        with self.assertRaisesRegex(UserError, 'has a history'):
            active.unlink()

    def test_history_cannot_be_shed(self):
        graded = self.make_dealer(dealer_state='prospect', grade_id=self.gold.id)
        returned = self.make_dealer()
        returned.action_dealer_terminate('Breach')
        returned.action_dealer_onboard()
        returned.action_dealer_prospect()
        for dealer in graded | returned:
            with self.assertRaisesRegex(UserError, 'more than a prospect'):
                dealer.is_dealer = False
            with self.assertRaisesRegex(UserError, 'has a history'):
                dealer.unlink()
        supplier = self.make_dealer(dealer_state='prospect')
        self.make_dealer(upstream_dealer_id=supplier.id)
        with self.assertRaisesRegex(UserError, 'supplies other dealers'):
            supplier.is_dealer = False
        prospect = self.make_dealer(dealer_state='prospect', dealer_coverage='Secret', dealer_registered_capital=5)
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            prospect.with_user(self.users['staff']).is_dealer = False
        prospect.with_user(self.users['manager']).is_dealer = False
        self.assertFalse(prospect.dealer_coverage or prospect.dealer_registered_capital)
        with self.assertRaises(AccessError):
            self.make_dealer(dealer_state='prospect').with_user(self.users['salesman']).unlink()

    def test_amount_has_a_currency(self):
        dealer = self.make_dealer(dealer_registered_capital=5)
        later = self.make_dealer()
        self.assertFalse(later.dealer_currency_id)
        later.dealer_funds = 6
        self.assertEqual((dealer | later).dealer_currency_id, self.company.currency_id)

    def test_taken_numbers_are_passed_over(self):
        number = int(self.make_dealer().dealer_code[1:])
        for ahead in (1, 2, 4):
            self.make_dealer(dealer_code=f'D{number + ahead:05d}')
        dealers = self.env['res.partner'].create([{'name': 'Next', 'is_dealer': True} for _number in range(3)])
        self.assertEqual(len(set(dealers.mapped('dealer_code'))), 3)

    def test_code_of_another_company_is_not_told(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        self.make_dealer('Their Secret', dealer_code='S1', company_id=other.id)
        with self.assertRaisesRegex(ValidationError, 'a dealer of another company'):
            self.env['res.partner'].with_user(self.users['manager']).create(
                {'name': 'Mine', 'is_dealer': True, 'dealer_code': 'S1'}
            )

    def test_our_own_side_is_no_dealer(self):
        for partner in (self.company.partner_id, self.users['staff'].partner_id):
            with self.assertRaisesRegex(UserError, 'one of our own companies or users'):
                partner.action_make_dealer()

    def test_upstream_dealer_of_another_company_or_out_of_sight(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        theirs = self.make_dealer('Theirs', company_id=other.id)
        dealer = self.make_dealer(company_id=self.company.id, channel_account_manager_id=self.users['staff_own'].id)
        with self.assertRaisesRegex(ValidationError, 'belongs to'):
            dealer.upstream_dealer_id = theirs
        hidden = self.make_dealer('Hidden Name')
        with self.assertRaises(AccessError) as caught:
            dealer.with_user(self.users['staff_own']).upstream_dealer_id = hidden.id
        self.assertNotIn('Hidden Name', str(caught.exception))

    def test_anyone_still_copies_contacts(self):
        customer = self.env['res.partner'].create({'name': 'Customer'})
        self.assertEqual(customer.with_user(self.users['salesman']).copy().name, 'Customer (copy)')

    def test_defaults_make_no_dealers(self):
        salesman = self.users['salesman']
        Partner = self.env['res.partner'].with_user(salesman)
        self.env['ir.default'].with_user(salesman).set('res.partner', 'is_dealer', True, True)
        self.assertFalse(Partner.create({'name': 'Plain'}).is_dealer)
        for context in (
            {'default_channel_account_manager_id': salesman.id},
            {'default_dealer_coverage': 'All'},
            {'default_is_dealer': True},
        ):
            with self.subTest(context), self.assertRaises(AccessError):
                Partner.with_context(**context).create({'name': 'Sneaky'})
        self.assertFalse(Partner.with_context(default_dealer_code='X9').create({'name': 'Plain'}).dealer_code)
        staff = self.env['res.partner'].with_user(self.users['staff_own'])
        with self.assertRaisesRegex(UserError, 'a reason is required'):
            staff.with_context(default_is_dealer=True, default_dealer_state='suspended').create({'name': 'No reason'})

    def test_context_defaults_are_followed(self):
        context = {'default_is_dealer': True, 'default_dealer_state': 'onboarding'}
        Partner = self.env['res.partner'].with_user(self.users['manager']).with_context(**context)
        self.assertEqual(Partner.create({'name': 'From the column'}).dealer_state, 'onboarding')
        self.assertEqual(Partner.default_get(['dealer_state'])['dealer_state'], 'onboarding')

    def test_merging_contacts(self):
        dealer = self.make_dealer('Dealer', grade_id=self.gold.id)
        duplicate = self.env['res.partner'].create({'name': 'Duplicate', 'phone': '+86 1'})
        order = self.make_order(duplicate)
        wizard = self.env['base.partner.merge.automatic.wizard'].with_user(self.users['manager']).create({})
        wizard._merge((dealer | duplicate).ids, duplicate)
        self.assertFalse(duplicate.exists())
        self.assertEqual((order.partner_id, dealer.phone, dealer.grade_id), (dealer, '+86 1', self.gold))
        with self.assertRaisesRegex(UserError, 'cannot be merged'):
            wizard._merge((dealer | self.make_dealer('Second')).ids)

    def test_second_role_does_not_write_others_dealers(self):
        other = self.make_dealer('Foreign', channel_account_manager_id=self.users['manager'].id)
        for group in (
            'dealer_management.group_dealer_complaint',
            'dealer_management.group_dealer_auditor',
            'account.group_account_invoice',
            'sales_team.group_sale_salesman_all_leads',
        ):
            user = new_test_user(
                self.env, login=f'both_{group}', groups=f'dealer_management.group_dealer_staff_own,{group}'
            )
            with self.subTest(group):
                self.assertEqual(other.with_user(user).name, 'Foreign')
                with self.assertRaises(AccessError):
                    other.with_user(user).dealer_coverage = 'Mine'

    def test_upstream_chain_has_no_circle_at_any_depth(self):
        chain = [self.make_dealer(f'Dealer {number}') for number in range(6)]
        for lower, upper in zip(chain[1:], chain, strict=False):
            lower.upstream_dealer_id = upper
        self.assertEqual(chain[0].downstream_dealer_count, 1)
        with self.assertRaisesRegex(ValidationError, '"Dealer 0" would in the end supply itself'):
            chain[0].upstream_dealer_id = chain[-1]
        chain[0].upstream_dealer_id = False
        chain[5].upstream_dealer_id = chain[0]  # another branch is no circle
        self.assertEqual(chain[0].downstream_dealer_ids, chain[1] | chain[5])

    def test_upstream_must_be_a_dealer(self):
        customer = self.env['res.partner'].create({'name': 'Customer'})
        with self.assertRaisesRegex(ValidationError, 'Only a dealer can supply a dealer'):
            self.make_dealer(upstream_dealer_id=customer.id)

    def test_dates_and_year_are_checked(self):
        dealer = self.make_dealer(dealer_joined_date='2024-05-01')
        with self.assertRaisesRegex(ValidationError, 'before it joined'):
            dealer.dealer_ended_date = '2024-04-30'
        with self.assertRaisesRegex(ValidationError, 'must be a year'):
            dealer.dealer_trade_since = 12
        dealer.dealer_trade_since = date.today().year - 3
        self.assertEqual(dealer.dealer_years_in_trade, 3)

    def test_type_brings_facts_of_its_own(self):
        self.distributor.dealer_properties_definition = [
            {'name': 'cold_store', 'string': 'Cold Store', 'type': 'boolean'}
        ]
        dealer = self.make_dealer()
        dealer.dealer_properties = {'cold_store': True}
        self.env.flush_all()
        self.assertIn(dealer, self.env['res.partner'].search([('dealer_properties.cold_store', '=', True)]))

    def test_portal_access_keeps_the_facts(self):
        self.distributor.dealer_properties_definition = [{'name': 'cold_store', 'string': 'Cold', 'type': 'char'}]
        dealer = self.make_dealer(email='facts@example.com', dealer_properties={'cold_store': 'kept'})
        wizard = self.env['portal.wizard'].with_context(active_ids=dealer.ids, no_reset_password=True).create({})
        wizard.user_ids.action_grant_access()
        dealer.invalidate_recordset()
        self.assertTrue(dealer.user_ids)
        self.assertEqual(dict(dealer.dealer_properties), {'cold_store': 'kept'})

    def test_type_counts_and_opens_its_dealers(self):
        kind = self.env['dealer.type'].create({'name': 'Kind', 'code': 'KIND'})
        self.make_dealer(dealer_type_id=kind.id)
        self.assertEqual(kind.dealer_count, 1)
        action = kind.action_view_dealers()
        self.assertEqual(action['context']['search_default_dealer_type_id'], kind.id)
        self.assertEqual(self.env['dealer.type'].name_search('KIND')[0][0], kind.id)

    def test_downstream_action(self):
        upper = self.make_dealer('Upper')
        lower = self.make_dealer('Lower', upstream_dealer_id=upper.id)
        action = upper.action_view_downstream_dealers()
        self.assertEqual(self.env['res.partner'].search(action['domain']), lower)

    def test_who_may_set_what(self):
        dealer = self.make_dealer(channel_account_manager_id=self.users['staff_own'].id)
        for role in ('complaint', 'auditor', 'accountant', 'salesman', 'employee'):
            with self.subTest(role), self.assertRaises(AccessError):
                dealer.with_user(self.users[role]).dealer_coverage = 'All'
        for role in ('salesman', 'accountant'):
            with self.subTest(role), self.assertRaises(AccessError):
                self.env['res.partner'].with_user(self.users[role]).create({'name': 'D', 'is_dealer': True})
        dealer.with_user(self.users['staff_own']).dealer_coverage = 'Foshan'
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            dealer.with_user(self.users['staff']).dealer_code = 'MINE'
        dealer.with_user(self.users['manager']).dealer_code = 'OURS'
        with self.assertRaisesRegex(AccessError, 'hand them to somebody else'):
            dealer.with_user(self.users['staff_own']).channel_account_manager_id = self.users['staff']
        dealer.with_user(self.users['staff']).channel_account_manager_id = self.users['staff']
        with self.assertRaises(AccessError):
            dealer.with_user(self.users['staff_own']).read(['name'])

    def test_own_staff_sees_own_dealers_and_all_other_contacts(self):
        own = self.make_dealer('Own', channel_account_manager_id=self.users['staff_own'].id)
        foreign = self.make_dealer('Foreign', channel_account_manager_id=self.users['manager'].id)
        clerk = self.env['res.partner'].create({'name': 'Foreign clerk', 'parent_id': foreign.id})
        customer = self.env['res.partner'].create({'name': 'Customer'})
        everyone = own | foreign | clerk | customer
        for role, seen in (
            ('staff_own', own | customer),
            ('staff', everyone),
            ('complaint', everyone),
            ('auditor', everyone),
            ('accountant', everyone),
            ('employee', everyone),
        ):
            with self.subTest(role):
                found = self.env['res.partner'].with_user(self.users[role]).search([('id', 'in', everyone.ids)])
                self.assertEqual(found, seen)
        # A second role adds to the first.
        self.users['staff_own'].group_ids |= self.env.ref('dealer_management.group_dealer_complaint')
        found = self.env['res.partner'].with_user(self.users['staff_own']).search([('id', 'in', everyone.ids)])
        self.assertEqual(found, everyone)
