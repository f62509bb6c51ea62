from odoo.tests import HttpCase, new_test_user, tagged

from .common import DealerMixin


class DealerToursCase(DealerMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpDealers()
        cls.tier = cls.env['res.partner.grade'].create(
            {'name': 'Tour Tier', 'rights': '<p>Priority supply</p>', 'duties': '<p>Monthly report</p>'}
        )
        cls.company.dealer_hotline = '400-800-1688'
        cls.users['staff'].partner_id.phone = '+86 757 8888 1002'
        cls.dealer = cls.make_dealer(
            'Tour Dealer', grade_id=cls.tier.id, channel_account_manager_id=cls.users['staff'].id
        )
        new_test_user(cls.env, login='tour_dealer', groups='base.group_portal').partner_id.parent_id = cls.dealer


@tagged('post_install', '-at_install')
class TestTours(DealerToursCase):
    def test_staff_makes_a_dealer_and_grades_it(self):
        self.start_tour('/odoo/dealers', 'dealer_staff_tour', login='test_staff')
        dealer = self.env['res.partner'].search([('name', '=', '佛山新星建材')])
        self.assertEqual((dealer.dealer_state, dealer.grade_id), ('active', self.tier))

    def test_dealer_opens_its_portal_home(self):
        self.start_tour('/my', 'dealer_portal_tour', login='tour_dealer')


@tagged('post_install', '-at_install')
class TestToursPhone(DealerToursCase):
    browser_size = '390x844'
    touch_enabled = True

    def test_staff_makes_a_dealer_and_grades_it(self):
        self.start_tour('/odoo/dealers', 'dealer_staff_phone_tour', login='test_staff')
        self.assertEqual(self.env['res.partner'].search([('name', '=', '佛山新星建材')]).grade_id, self.tier)

    def test_dealer_opens_its_portal_home(self):
        self.start_tour('/my', 'dealer_portal_tour', login='tour_dealer')
