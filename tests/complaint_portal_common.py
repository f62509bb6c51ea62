import io

from PIL import Image

from odoo import http
from odoo.tests import HttpCase, new_test_user

from .complaint_common import ComplaintMixin


def make_photo(width=40, height=30, kind='JPEG', colour='red', **options):
    """A photograph of one colour, as bytes."""
    stream = io.BytesIO()
    Image.new(options.pop('mode', 'RGB'), (width, height), colour).save(stream, kind, **options)
    return stream.getvalue()


# What nearly every form is sent with.
BOX = (('box.jpg', make_photo()),)


class ComplaintPortalMixin(ComplaintMixin):
    """A dealer with a clerk in the portal, a delivery, an order and an invoice; a rival with the same."""

    @classmethod
    def setUpPortal(cls):
        cls.setUpComplaints()
        cls.dealer.tz = 'Asia/Shanghai'
        cls.clerk = new_test_user(cls.env, login='complaint_clerk', groups='base.group_portal')
        cls.clerk.partner_id.write({'parent_id': cls.dealer.id, 'name': 'Clerk Wang'})
        cls.rival = cls.make_dealer('Rival Dealer')
        cls.rival_clerk = new_test_user(cls.env, login='rival_clerk', groups='base.group_portal')
        cls.rival_clerk.partner_id.parent_id = cls.rival
        cls.damage_type = cls.env.ref('dealer_management.complaint_type_damage')
        cls.billing_type = cls.env.ref('dealer_management.complaint_type_billing')
        cls.order, cls.picking, cls.invoice = cls.deliver(cls.dealer)
        cls.rival_order, cls.rival_picking, cls.rival_invoice = cls.deliver(cls.rival)

    @classmethod
    def deliver(cls, dealer, product=None):
        """An order of ``dealer``, delivered and invoiced."""
        order = cls.make_order(dealer, 5)
        if product:
            order.order_line.product_id = product
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.quantity = 5
        picking.move_ids.picked = True
        picking.button_validate()
        invoice = order._create_invoices()
        invoice.action_post()
        return order, picking, invoice

    @classmethod
    def form_values(cls, **values):
        """The filled in form of a broken delivery, as a browser sends it."""
        return {
            'type_id': str(cls.damage_type.id),
            'picking_id': str(cls.picking.id),
            'product_id': str(cls.product.id),
            'quantity': '2',
            'quantity_kind': 'broken',
            'date_found': '2026-01-05T10:30',
            'description': 'Two boxes are crushed\nand wet.',
            **values,
        }


class ComplaintPortalCase(ComplaintPortalMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpPortal()

    def setUp(self):
        super().setUp()
        self.log_in('complaint_clerk')

    def log_in(self, login):
        self.authenticate(login, login)

    def page(self, path):
        return self.url_open(path).text

    def send(self, path='/my/complaints/new', files=(), script=True, **values):
        """Send a form, by a script unless said otherwise.

        :param files: ``[(name, bytes)]``
        :return: what the script reads, or the response
        """
        response = self.url_open(
            path,
            data={'csrf_token': http.Request.csrf_token(self), **values},
            files=[('files', (name, content)) for name, content in files] or None,
            headers={'Accept': 'application/json'} if script else None,
        )
        return response.json() if script else response

    def report(self, files=BOX, **values):
        """A complaint that was sent by the form."""
        before = self.get_complaints()
        answer = self.send(files=files, **self.form_values(**values))
        self.assertNotIn('error', answer)
        return self.get_complaints() - before

    def get_complaints(self):
        return self.env['dealer.complaint'].search([('dealer_id', 'in', (self.dealer | self.rival).ids)])
