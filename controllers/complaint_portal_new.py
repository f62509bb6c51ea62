import uuid

from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.dealer_complaint_portal_choices import OFFERED
from .complaint_portal import ComplaintPortal
from .complaint_portal_form import ComplaintForm

# Bytes of one submission; a browser with scripts sends photographs that are smaller by far.
REQUEST_MAX = 120 * 1024 * 1024
# What a page of the portal calls the document that it complains about.
LINK_NAMES = {
    'order': 'order_id',
    'delivery': 'picking_id',
    'invoice': 'move_id',
    'statement': 'rebate_payout_id',
    'dispute': 'rebate_dispute_id',
    'line': 'rebate_line',
    'type': 'type_id',
}
# Code of the type that is proposed for what the link names.
LINK_TYPES = {
    'picking_id': 'transit_damage',
    'move_id': 'billing',
    'rebate_payout_id': 'billing',
    'rebate_dispute_id': 'billing',
}


class ComplaintNewPortal(ComplaintPortal):
    """A dealer reports a problem: about an order, a delivery, an invoice, a rebate, or anything else."""

    @route('/my/complaints/new', type='http', auth='user', methods=['GET'], website=True, readonly=True)
    def portal_new_complaint(self, **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        asked = {LINK_NAMES[name]: value for name, value in kw.items() if name in LINK_NAMES}
        for name, code in LINK_TYPES.items():
            if asked.get(name):
                asked.setdefault('type_id', code)
        asked['phone'] = request.env.user.partner_id.phone or ''
        form = ComplaintForm(self._get_complaints(), dealer, self._use_dealers_zone(dealer), asked)
        return self._render_new(dealer, form)

    @route(
        '/my/complaints/new',
        type='http',
        auth='user',
        methods=['POST'],
        website=True,
        max_content_length=REQUEST_MAX,
    )
    def portal_create_complaint(self, **post):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        form = ComplaintForm(self._get_complaints(), dealer, self._use_dealers_zone(dealer), post)
        return self._submit(
            lambda: self._create_complaint(dealer, form),
            lambda error, problems: self._render_new(dealer, form, error=error, problems=problems),
        )

    @route('/my/complaints/products', type='http', auth='user', methods=['GET'], website=True, readonly=True)
    def portal_complaint_products(self, delivery='', order='', invoice='', search='', **kw):
        """The products that can be chosen: of a document of the dealer's, or those whose name holds the words.

        :return: JSON ``[{'id', 'name'}]``
        """
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.make_json_response([])
        search = self._clean_text(search, 100)
        if search:
            products = self._get_complaints()._search_portal_products(dealer, search)
        else:
            asked = {'picking_id': delivery, 'order_id': order, 'move_id': invoice}
            form = ComplaintForm(self._get_complaints(), dealer, 'UTC', asked)
            products = self._get_offered_products(dealer, form)
        return request.make_json_response([{'id': product.id, 'name': product.display_name} for product in products])

    # ------------------------------------------------------------------ Parts

    def _create_complaint(self, dealer, form):
        """Write the complaint down.

        :return: the address of its page
        :raise UserError: see ``_create_from_portal``; what is blank or not understood is marked
        """
        names = self._get_needed_names(form)
        form.check(names)
        contact = request.env.user.partner_id
        try:
            complaint = self._get_complaints()._create_from_portal(dealer, contact, form.values, self._get_files())
        except UserError as error:
            raise form.refuse(error, names) from error
        return f'{complaint.access_url}?done=sent'

    def _get_needed_names(self, form):
        return ['type_id', 'description', *(form.type._get_needed_fields() if form.type else ())]

    def _get_offered_products(self, dealer, form):
        """The products of the document that was chosen, and the one that was chosen itself."""
        complaints = form.complaints
        documents = {name: self._browse_chosen(form, name) for name in OFFERED}
        products = complaints._get_portal_products(
            dealer, documents['picking_id'], documents['order_id'], documents['move_id']
        )
        return self._browse_chosen(form, 'product_id') | products

    def _browse_chosen(self, form, name):
        model = form.complaints.env[form.complaints._fields[name].comodel_name]
        return model.browse(form.values.get(name) or ())

    def _render_new(self, dealer, form, error=None, problems=None):
        complaints = form.complaints
        # A document that a link names may be older than what is offered.
        choices = {
            name: self._browse_chosen(form, name) | complaints._find_portal_documents(dealer, name) for name in OFFERED
        }
        return request.render(
            'dealer_management.portal_new_complaint',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'complaint_new',
                'types': complaints._get_portal_types(),
                'chosen_type': form.type,
                'typed': {**form.typed, 'intake_key': form.values.get('intake_key') or uuid.uuid4().hex},
                'choices': choices,
                'chosen': {name: form.values.get(name) for name in (*OFFERED, 'product_id')},
                'payout': self._browse_chosen(form, 'rebate_payout_id'),
                'dispute': self._browse_chosen(form, 'rebate_dispute_id'),
                'rebate_line': self._browse_chosen(form, 'rebate_line_id'),
                'products': self._get_offered_products(dealer, form),
                'quantity_kinds': self._get_quantity_kinds(),
                'now_local': self._get_local_now(),
                'zone': form.zone.key,
                'error': error,
                'problems': problems or {},
            },
        )
