from odoo.tests import HttpCase, tagged

from .complaint_portal_common import ComplaintPortalMixin


@tagged('post_install', '-at_install')
class TestComplaintPortalTour(ComplaintPortalMixin, HttpCase):
    browser_size = '390x844'
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpPortal()

    def test_dealer_reports_a_broken_delivery_on_its_telephone(self):
        self.start_tour('/my', 'complaint_portal_tour', login='complaint_clerk')
        complaint = self.env['dealer.complaint'].search([('dealer_id', '=', self.dealer.id)])
        self.assertEqual((complaint.picking_id, complaint.product_id), (self.picking, self.product))
        self.assertEqual(complaint._get_evidence().mapped('mimetype'), ['image/jpeg'])
        self.assertTrue(complaint.date_form)
        complaint.answer = '<p>Two new ones are on their way.</p>'
        complaint.with_user(self.users['complaint']).action_answer()
        self.start_tour(complaint.access_url, 'complaint_portal_confirm_tour', login='complaint_clerk')
        self.assertEqual((complaint.state, complaint.rating_last_value), ('confirmed', 4))
