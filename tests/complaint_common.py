from odoo.tests import TransactionCase

from .common import DealerMixin


class ComplaintMixin(DealerMixin):
    """A dealer with a contact, complaint types of our own, and makers of complaints."""

    @classmethod
    def setUpComplaints(cls):
        cls.setUpDealers()
        cls.dealer = cls.make_dealer('Complaining Dealer', email='dealer@example.com')
        cls.contact = cls.env['res.partner'].create(
            {'name': 'Contact of the Dealer', 'parent_id': cls.dealer.id, 'email': 'contact@example.com'}
        )
        cls.team = cls.env['dealer.complaint.team'].create(
            {
                'name': 'Test Team',
                'user_id': cls.users['manager'].id,
                'member_ids': [(6, 0, cls.users['complaint'].ids)],
            }
        )
        cls.plain_type = cls.env['dealer.complaint.type'].create(
            {'name': 'Plain', 'code': 'test_plain', 'team_id': cls.team.id, 'needs_cause': False}
        )
        cls.secret_type = cls.env['dealer.complaint.type'].create(
            {'name': 'Secret', 'code': 'test_secret', 'team_id': cls.team.id, 'confidential': True}
        )

    @classmethod
    def make_complaint(cls, **vals):
        return cls.env['dealer.complaint'].create(cls.complaint_vals(**vals))

    @classmethod
    def complaint_vals(cls, **vals):
        return {
            'title': 'Boxes are broken',
            'dealer_id': cls.dealer.id,
            'partner_id': cls.contact.id,
            'type_id': cls.plain_type.id,
            **vals,
        }


class ComplaintCase(ComplaintMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpComplaints()
