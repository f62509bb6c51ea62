from odoo.tests import Form, new_test_user, tagged

from .outcome_common import OutcomeCase


@tagged('post_install', '-at_install')
class TestComplaintDocuments(OutcomeCase):
    """Whoever may read a document opens it, with all that its form shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order, cls.delivery, cls.sold = cls.sell()
        cls.complaint = cls.make_complaint(
            order_id=cls.order.id,
            picking_id=cls.delivery.id,
            move_id=cls.sold.id,
            product_id=cls.valve.id,
            lot_name='LOT-A',
            quantity=2,
        )

    def open(self, record, user):
        self.env.invalidate_all()
        return Form(record.with_user(user))

    def test_complaint_staff_open_what_it_is_about_and_what_came_of_it(self):
        documents = [self.complaint, self.order, self.delivery, self.sold]
        for kind in ('return', 'replacement', 'refund', 'repair'):
            outcome = self.make(self.complaint, kind, quantity=1)
            documents += [outcome, outcome._get_document()]
        self.post(self.make(self.complaint, 'allowance', amount=10))
        documents.append(
            self.complaint.outcome_ids.filtered(lambda outcome: outcome.kind == 'allowance').credit_note_id
        )
        for document in documents:
            with self.subTest(document._name, name=document.display_name):
                form = self.open(document, self.staff)
                self.assertEqual(form.id, document.id)

    def test_salespeople_open_deliveries_and_invoices_as_without_repairs(self):
        salesman = new_test_user(self.env, login='test_seller', groups='sales_team.group_sale_salesman_all_leads')
        for document in (self.delivery, self.sold):
            with self.subTest(document._name):
                self.assertEqual(self.open(document, salesman).id, document.id)
