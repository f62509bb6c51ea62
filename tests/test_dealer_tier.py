from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import DealerCase


@tagged('post_install', '-at_install')
class TestDealerTier(DealerCase):
    def assertTerms(self, partner, pricelist=None, term=None, credit=0):
        none = self.env['res.partner'].browse()
        partner.invalidate_recordset()
        self.assertEqual(
            partner.specific_property_product_pricelist, pricelist or none.specific_property_product_pricelist
        )
        self.assertEqual(partner.property_payment_term_id, term or none.property_payment_term_id)
        self.assertEqual(partner.credit_limit, credit)

    def assertGold(self, partner):
        self.assertTerms(partner, self.pricelist_gold, self.term_30, 100000)

    def assertSilver(self, partner):
        self.assertTerms(partner, self.pricelist_silver, self.term_15, 5000)

    # ------------------------------------------------------------ Terms follow

    def test_create(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        self.assertGold(dealer)
        self.assertEqual(dealer.property_product_pricelist, self.pricelist_gold)

    def test_becoming_a_dealer(self):
        contact = self.env['res.partner'].create({'name': 'Contact', 'grade_id': self.gold.id})
        self.assertTerms(contact)
        contact.is_dealer = True
        self.assertGold(contact)

    def test_switch(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        dealer.grade_id = self.silver
        self.assertSilver(dealer)

    def test_switch_to_a_tier_that_says_nothing(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        dealer.grade_id = self.bare
        self.assertTerms(dealer)

    def test_clear(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        dealer.grade_id = False
        self.assertTerms(dealer)

    def test_own_terms_survive_a_tier_that_says_nothing(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        dealer.credit_limit = 7
        dealer.grade_id = False
        self.assertTerms(dealer, credit=7)

    def test_edit_of_the_tier_reaches_its_dealers(self):
        dealers = self.make_dealer(grade_id=self.gold.id) | self.make_dealer(
            'Archived', grade_id=self.gold.id, active=False
        )
        own = self.make_dealer('Own terms', grade_id=self.gold.id)
        own.specific_property_product_pricelist = self.pricelist_silver
        other = self.make_dealer('Silver', grade_id=self.silver.id)
        special = self.env['product.pricelist'].create({'name': 'Special'})
        self.gold.write({'default_pricelist_id': special.id, 'payment_term_id': False, 'credit_limit': 9})
        for dealer in dealers:
            self.assertTerms(dealer, special, None, 9)
        self.assertTerms(own, self.pricelist_silver, None, 9)
        self.assertSilver(other)
        self.gold.default_pricelist_id = False
        self.assertTerms(dealers[0], None, None, 9)
        self.gold.default_pricelist_id = special
        self.assertTerms(dealers[0], special, None, 9)
        self.assertTerms(own, self.pricelist_silver, None, 9)

    def test_branches_share_the_terms(self):
        dealer = self.make_dealer(grade_id=self.gold.id)
        branch = self.env['res.partner'].create({'name': 'Branch', 'parent_id': dealer.id})
        self.assertGold(branch)
        dealer.grade_id = self.silver
        self.assertSilver(branch)
        self.silver.credit_limit = 6000
        self.assertTerms(branch, self.pricelist_silver, self.term_15, 6000)
        self.assertEqual(branch.dealer_grade_id, self.silver)

    def test_customers_who_are_no_dealers_keep_what_odoo_does(self):
        customer = self.env['res.partner'].create({'name': 'Customer', 'grade_id': self.gold.id})
        self.assertTerms(customer)
        customer.grade_id = self.silver
        self.assertTerms(customer, self.pricelist_silver)
        customer.grade_id = False
        self.assertTerms(customer, self.pricelist_silver)
        self.gold.default_pricelist_id = self.pricelist_silver
        self.assertFalse(customer.tier_period_ids)

    def test_terms_hold_in_the_companies_of_the_tier(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        shared = self.env['res.partner.grade'].create(
            {'name': 'Shared', 'company_id': False, 'default_pricelist_id': self.pricelist_gold.id, 'credit_limit': 50}
        )
        self.gold.company_id = self.company
        pricelist_other = self.env['product.pricelist'].create({'name': 'Other', 'company_id': other.id})
        elsewhere = self.env['res.partner.grade'].create(
            {'name': 'Elsewhere', 'company_id': other.id, 'default_pricelist_id': pricelist_other.id}
        )
        dealer = self.make_dealer(grade_id=shared.id)
        for company in self.company | other:
            self.assertTerms(dealer.with_company(company), self.pricelist_gold, None, 50)
        dealer.grade_id = self.gold
        self.assertGold(dealer)
        self.assertTerms(dealer.with_company(other))
        # A tier of another company leaves this company's terms alone.
        dealer.write({'grade_id': elsewhere.id, 'ref': 'moved'})
        self.assertEqual((dealer.ref, dealer.grade_id), ('moved', elsewhere))
        self.assertTerms(dealer)
        self.assertTerms(dealer.with_company(other), pricelist_other)

    def test_tier_and_its_terms_belong_together(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        self.gold.company_id = self.company
        with self.assertRaisesRegex(ValidationError, 'belongs to'):
            self.gold.default_pricelist_id = self.env['product.pricelist'].create(
                {'name': 'Other', 'company_id': other.id}
            )

    def test_contradiction_is_refused_as_odoo_does(self):
        dealer = self.make_dealer()
        with self.assertRaisesRegex(UserError, 'two different pricelists'):
            dealer.write({'grade_id': self.gold.id, 'specific_property_product_pricelist': self.pricelist_silver.id})

    # ----------------------------------------------------------------- History

    def test_history_answers_for_any_day(self):
        today = fields.Date.context_today(self.gold)
        dealer = self.make_dealer(grade_id=self.silver.id)
        branch = self.env['res.partner'].create({'name': 'Branch', 'parent_id': dealer.id})
        dealer.tier_period_ids.date_from = date(2026, 1, 1)
        dealer.with_user(self.users['manager']).action_dealer_change_tier(
            self.gold.id, 'Reached 118 %', date(2026, 5, 4)
        )
        none = self.make_dealer('No tier')
        for day, tier in (
            (date(2025, 12, 31), None),
            (date(2026, 1, 1), self.silver),
            (date(2026, 5, 3), self.silver),
            (date(2026, 5, 4), self.gold),
            (today, self.gold),
        ):
            with self.subTest(day):
                self.assertEqual((dealer | none)._get_tiers_on(day), {dealer: tier} if tier else {})
        with self.assertQueryCount(1):
            self.assertEqual((branch | none)._get_tiers_on(date(2026, 5, 3)), {dealer: self.silver})
        dealer.invalidate_recordset(['tier_period_ids'])
        new, old = dealer.tier_period_ids
        self.assertEqual((old.date_to, new.date_to), (date(2026, 5, 3), False))
        self.assertEqual((new.user_id, new.reason), (self.users['manager'], 'Reached 118 %'))

    def test_two_changes_on_one_day(self):
        today = fields.Date.context_today(self.gold)
        dealer = self.make_dealer(grade_id=self.silver.id)
        dealer.grade_id = self.gold
        dealer.grade_id = False
        self.assertEqual(dealer._get_tiers_on(today), {})
        self.assertEqual(len(dealer.tier_period_ids), 3, 'Each step is kept.')
        dealer.grade_id = self.gold
        self.assertEqual(dealer._get_tiers_on(today), {dealer: self.gold})

    def test_dates_are_checked(self):
        today = fields.Date.context_today(self.gold)
        dealer = self.make_dealer(grade_id=self.silver.id)
        with self.assertRaisesRegex(UserError, 'begins today or earlier'):
            dealer.action_dealer_change_tier(self.gold.id, 'Why', today + timedelta(days=1))
        with self.assertRaisesRegex(UserError, 'cannot begin before'):
            dealer.action_dealer_change_tier(self.gold.id, 'Why', today - timedelta(days=1))
        with self.assertRaisesRegex(UserError, 'a reason is required'):
            dealer.action_dealer_change_tier(self.gold.id, ' ')
        with self.assertRaisesRegex(UserError, 'is not a dealer'):
            self.env['res.partner'].create({'name': 'C'}).action_dealer_change_tier(self.gold.id, 'Why')
        self.assertEqual(dealer.grade_id, self.silver)
        # Nothing of it can be smuggled in by a caller's context.
        forged = {
            'dealer_tier_date': '1999-01-01',
            'dealer_tier_reason': 'x',
            'dealer_tier_change': ['x', '1999-01-01'],
        }
        dealer.with_context(**forged).grade_id = self.gold
        self.assertEqual(dealer.tier_period_ids.mapped('date_from'), [today, today])
        self.assertFalse(any(dealer.tier_period_ids.mapped('reason')))

    def test_later_tier_needs_a_reason_from_anywhere(self):
        dealer = self.make_dealer(grade_id=self.silver.id).with_user(self.users['manager'])
        for grade in (self.gold.id, False):
            with self.assertRaisesRegex(UserError, 'asks for the reason'):
                dealer.write({'grade_id': grade})

    def test_tier_taken_away_is_no_first_tier(self):
        dealer = self.make_dealer(grade_id=self.silver.id, channel_account_manager_id=self.users['staff_own'].id)
        dealer.with_user(self.users['manager']).action_dealer_change_tier(False, 'Missed its target')
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            dealer.with_user(self.users['staff_own']).action_dealer_change_tier(self.gold.id, 'Friend')

    def test_tier_of_another_company_is_not_ours(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        tier = self.env['res.partner.grade'].create({'name': 'Theirs', 'company_id': other.id})
        with self.assertRaises(AccessError):
            tier.with_user(self.users['manager']).credit_limit = 99
        with self.assertRaisesRegex(ValidationError, 'belongs to'):
            self.make_dealer(company_id=self.company.id, grade_id=tier.id)

    def test_shared_tier_with_a_list_of_another_company(self):
        other = self.env['res.company'].create({'name': 'Other Company'})
        theirs = self.env['product.pricelist'].create({'name': 'Theirs', 'company_id': other.id})
        shared = self.env['res.partner.grade'].create(
            {'name': 'Shared', 'company_id': False, 'default_pricelist_id': theirs.id}
        )
        dealer = self.make_dealer(grade_id=self.gold.id)
        contact = self.env['res.partner'].create({'name': 'Contact'})
        dealer.grade_id = shared
        contact.write({'is_dealer': True, 'grade_id': shared.id})
        for partner in dealer | contact:
            self.assertFalse(partner.specific_property_product_pricelist & theirs)
            self.assertEqual(partner.with_company(other).specific_property_product_pricelist, theirs)

    def test_new_company_gets_the_terms_of_shared_tiers(self):
        self.gold.company_id = False
        dealer = self.make_dealer(grade_id=self.gold.id)
        other = self.env['res.company'].create({'name': 'New Company'})
        self.assertEqual(dealer.with_company(other).specific_property_product_pricelist, self.pricelist_gold)

    def test_shared_credit_limit_needs_one_currency(self):
        self.env['res.company'].create({'name': 'New', 'currency_id': self.env.ref('base.EUR').id})
        with self.assertRaisesRegex(ValidationError, 'different currencies'):
            self.gold.company_id = False

    def test_same_tier_again_changes_nothing(self):
        dealer = self.make_dealer(grade_id=self.silver.id)
        dealer.action_dealer_change_tier(self.silver.id, 'Again')
        self.assertEqual(len(dealer.tier_period_ids), 1)

    @mute_logger('odoo.sql_db')
    def test_database_keeps_one_present_tier(self):
        dealer = self.make_dealer(grade_id=self.silver.id)
        self.env.flush_all()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute(
                'INSERT INTO dealer_tier_period (dealer_id, date_from) VALUES (%s, %s)', [dealer.id, date(2030, 1, 1)]
            )
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute('UPDATE dealer_tier_period SET date_to = date_from - 2 WHERE dealer_id = %s', [dealer.id])

    def test_wizard(self):
        dealers = self.make_dealer(grade_id=self.silver.id) | self.make_dealer('Second')
        wizard = Form(
            self.env['dealer.tier.wizard']
            .with_user(self.users['manager'])
            .with_context(active_model='res.partner', active_ids=dealers.ids)
        )
        wizard.grade_id = self.gold
        wizard.reason = 'Appraisal'
        wizard.save().action_apply()
        self.assertEqual(dealers.grade_id, self.gold)

    # ------------------------------------------------------------------ Rights

    def test_first_tier_is_staffs_the_next_the_managers(self):
        dealer = self.make_dealer(channel_account_manager_id=self.users['staff_own'].id)
        as_staff = dealer.with_user(self.users['staff_own'])
        as_staff.action_dealer_change_tier(self.silver.id, 'First grading')
        self.assertSilver(dealer)
        with self.assertRaisesRegex(AccessError, 'Only a channel manager'):
            as_staff.action_dealer_change_tier(self.gold.id, 'Friend')
        with self.assertRaisesRegex(AccessError, 'Only channel staff'):
            dealer.with_user(self.users['salesman']).grade_id = self.gold
        dealer.with_user(self.users['manager']).action_dealer_change_tier(self.gold.id, 'Appraisal')
        self.assertGold(dealer)

    def test_salespeople_do_not_make_tiers(self):
        for role in ('salesman', 'staff', 'complaint', 'auditor', 'accountant', 'employee'):
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    self.env['res.partner.grade'].with_user(self.users[role]).create({'name': 'Mine'})
                with self.assertRaises(AccessError):
                    self.gold.with_user(self.users[role]).name = 'Mine'
        self.gold.with_user(self.users['manager']).name = 'Ours'
        self.env['res.partner.grade'].with_user(self.users['manager']).create({'name': 'Ours too'})

    def test_customers_tier_stays_the_salespersons(self):
        customer = self.env['res.partner'].create({'name': 'Customer', 'grade_id': self.silver.id})
        customer.with_user(self.users['salesman']).grade_id = self.gold
        self.assertEqual(customer.grade_id, self.gold)

    def test_tier_opens_its_dealers(self):
        self.assertEqual(self.gold.action_view_dealers()['context']['search_default_grade_id'], self.gold.id)
