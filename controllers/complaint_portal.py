import uuid

from psycopg2.errors import DiskFull

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import is_html_empty

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .complaint_portal_form import FormRefused
from .rebate_statement import RebateStatementPortal

PAGE_SIZE = 20
THUMBNAIL = 320
# What a browser may show by itself; all else it keeps as a file.
SHOWN_KINDS = frozenset({'image/jpeg', 'image/png', 'image/webp', 'image/gif'})
# What the page is told of the step before: a fixed word, never a text.
DONE_WORDS = frozenset({'sent', 'said', 'form', 'confirmed', 'reopened', 'withdrawn'})
FORM_REPORT = 'dealer_management.action_report_dealer_complaint'


class ComplaintPortal(RebateStatementPortal):
    """A dealer's complaints: where each stands, until when, what was said, what came of it."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if 'complaint_count' in counters:
            values['complaint_count'] = self._get_complaints().search_count(
                self._get_complaint_domain() & Domain('is_open', '=', True)
            )
        return values

    @route(
        ['/my/complaints', '/my/complaints/page/<int:page>'],
        type='http',
        auth='user',
        methods=['GET'],
        website=True,
        readonly=True,
    )
    def portal_my_complaints(self, page=1, sortby='', filterby='', search='', **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        self._use_dealers_zone(dealer)
        sortings, filters = self._get_sortings(), self._get_filters()
        sortby = sortby if sortby in sortings else 'new'
        filterby = filterby if filterby in filters else 'all'
        search = self._clean_text(search, 100)
        domain = self._get_complaint_domain() & filters[filterby]['domain'] & self._get_search_domain(search)
        complaints = self._get_complaints()
        chosen = {'sortby': sortby, 'filterby': filterby, **({'search': search} if search else {})}
        pager = portal_pager(
            url='/my/complaints',
            total=complaints.search_count(domain),
            page=self._read_page(page),
            step=PAGE_SIZE,
            url_args=chosen,
        )
        return request.render(
            'dealer_management.portal_my_complaints',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'complaints',
                'complaints': complaints.search(
                    domain, order=sortings[sortby]['order'], limit=PAGE_SIZE, offset=pager['offset']
                ),
                'pager': pager,
                'sortings': sortings,
                'filters': filters,
                'sortby': sortby,
                'filterby': filterby,
                'search_words': search,
            },
        )

    @route('/my/complaints/<int:complaint_id>', type='http', auth='user', methods=['GET'], website=True, readonly=True)
    def portal_my_complaint(self, complaint_id, done='', **kw):
        complaint = self._get_own_complaint(complaint_id)
        if not complaint:
            return request.redirect('/my/complaints')
        return self._render_complaint(complaint, done=done if done in DONE_WORDS else '')

    @route(
        [
            '/my/complaints/<int:complaint_id>/files/<int:file_id>',
            '/my/complaints/<int:complaint_id>/files/<int:file_id>/<string:size>',
        ],
        type='http',
        auth='user',
        methods=['GET'],
        readonly=True,
    )
    def portal_my_complaint_file(self, complaint_id, file_id, size='', **kw):
        """A photograph or a document that the dealer showed, or was sent."""
        complaint = self._get_own_complaint(complaint_id)
        # Another's file, one of our notes, or one that does not exist, is answered alike.
        file = complaint and complaint._get_said_files().filtered(lambda found: found.id == file_id)
        if not file:
            return request.not_found()
        binary = request.env['ir.binary']
        if file.mimetype not in SHOWN_KINDS:
            return binary._get_stream_from(file).get_response(as_attachment=True)
        if size == 'small':
            return binary._get_image_stream_from(file, width=THUMBNAIL, height=THUMBNAIL).get_response()
        return binary._get_stream_from(file).get_response(as_attachment=False)

    @route('/my/complaints/<int:complaint_id>/form', type='http', auth='user', methods=['GET'], website=True)
    def portal_my_complaint_form(self, complaint_id, **kw):
        complaint = self._get_own_complaint(complaint_id)
        if not complaint:
            return request.redirect('/my/complaints')
        # The dealer prints its own complaint; the document reads what the dealer may not.
        pdf = request.env['ir.actions.report'].sudo()._render_qweb_pdf(FORM_REPORT, complaint.ids)[0]
        return self._download(pdf, 'application/pdf', f'{complaint.name}.pdf')

    # --------------------------------------------------------------- The list

    def _get_sortings(self):
        return {
            'new': {'label': request.env._('Newest'), 'order': 'date_received desc, id desc'},
            'old': {'label': request.env._('Oldest'), 'order': 'date_received, id'},
            'word': {
                'label': request.env._('Last answered by you'),
                'order': 'date_last_word desc nulls last, id desc',
            },
        }

    def _get_filters(self):
        return {
            'all': {'label': request.env._('All'), 'domain': Domain.TRUE},
            'open': {'label': request.env._('Being worked on'), 'domain': Domain('is_open', '=', True)},
            'yours': {
                'label': request.env._('Your turn'),
                'domain': Domain('state', '=', 'answered')
                | (Domain('is_open', '=', True) & Domain('waiting_since', '!=', False)),
            },
            'done': {'label': request.env._('Done'), 'domain': Domain('is_open', '=', False)},
        }

    def _get_search_domain(self, search):
        """Each word stands in the number, the text, the product, the lot or a document."""
        domain = Domain.TRUE
        for word in search.split()[:5]:
            names = ('name', 'title', 'description', 'lot_name', 'product_id.name', 'product_id.default_code')
            documents = ('order_id.name', 'picking_id.name', 'move_id.name')
            domain &= Domain.OR(Domain(name, 'ilike', word) for name in (*names, *documents))
        return domain

    # ------------------------------------------------------------------ Parts

    def _get_complaints(self):
        # A portal user has no right on complaints: all it reaches is its own dealer's, by the domain below.
        return request.env['dealer.complaint'].sudo()

    def _get_complaint_domain(self):
        """The complaints of the user's own dealer."""
        return request.env['dealer.complaint']._get_portal_domain(self._get_portal_dealer())

    def _get_own_complaint(self, complaint_id):
        """The complaint of this id if it is the user's own dealer's, in sudo; or empty."""
        complaints = self._get_complaints()
        if complaint_id >= 1 << 31:
            return complaints
        found = complaints.search(self._get_complaint_domain() & Domain('id', '=', complaint_id))
        return found.with_company(found.company_id) if found else found

    def _use_dealers_zone(self, dealer):
        """Show and read times by the dealer's clock.

        :return: the name of its time zone
        """
        zone = dealer.tz or request.env.user.tz or str(self._get_company(dealer)._get_dealer_zone())
        request.update_context(tz=zone)
        return zone

    def _get_files(self):
        """The files of the request: ``[(name, bytes)]``; an empty field sends one without a name."""
        return [(file.filename, file.read()) for file in request.httprequest.files.getlist('files') if file.filename]

    def _submit(self, step, refuse):
        """Take a step of a form; what is refused loses nothing that was typed.

        :param step: does it, and returns where to go
        :param refuse: renders the page again with the sentence that says why
        :return: JSON ``{'url'}`` or ``{'error', 'fields'}`` to a script, a page to a browser without one
        """
        is_script = request.httprequest.accept_mimetypes.best == 'application/json'
        try:
            with request.env.cr.savepoint():
                url = step()
        except (UserError, DiskFull) as error:
            problems = error.problems if isinstance(error, FormRefused) else {}
            message = self._describe_no_room() if isinstance(error, DiskFull) else str(error)
            if is_script:
                return request.make_json_response({'error': message, 'fields': problems})
            return refuse(message, problems)
        if is_script:
            return request.make_json_response({'url': url})
        return request.redirect(url)

    def _describe_no_room(self):
        return request.env._(
            'The server cannot keep anything at the moment: nothing was saved. Please try again later.'
        )

    def _render_complaint(self, complaint, **extra):
        """The page of a complaint.

        :param extra: ``done``: what was done before; ``error`` and ``typed``: what was refused, and what was typed
        """
        dealer = complaint.dealer_id
        zone = self._use_dealers_zone(dealer)
        complaint = complaint.with_context(tz=zone)
        messages = complaint._get_said_messages()
        # Photographs without a word stand with what was reported, the others with what was said.
        said = messages.filtered(lambda message: not is_html_empty(message.body))
        outcomes = complaint._get_portal_outcomes()
        return request.render(
            'dealer_management.portal_my_complaint',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                **self._prepare_missing_values(complaint, dealer),
                'page_name': 'complaint',
                'complaint': complaint,
                'zone': zone,
                'state': complaint._describe_portal_state(),
                'deadlines': complaint._get_portal_deadlines(),
                'messages': said,
                'files': (messages - said).attachment_ids.sorted('id'),
                'shown_kinds': SHOWN_KINDS,
                'outcomes': outcomes,
                'open_documents': self._get_open_documents(outcomes),
                'document_labels': self._get_document_labels(),
                'rating': complaint._get_given_rating(),
                'done': '',
                'error': None,
                'problems': {},
                'typed': {},
                'form_key': uuid.uuid4().hex,
                **extra,
            },
        )

    def _prepare_missing_values(self, complaint, dealer):
        """What the problem form still asks for, and what can be chosen for it."""
        if complaint.date_form or not complaint.is_open or complaint.merged_into_id:
            return {'missing': []}
        names = complaint._get_missing_fields()
        return {
            'missing': complaint._get_missing(),
            'missing_fields': names,
            'missing_evidence': complaint._describe_missing_evidence(),
            'chosen': {},
            'quantity_kinds': self._get_quantity_kinds(),
            'now_local': self._get_local_now(),
            'choices': {
                name: complaint._find_portal_documents(dealer, name)
                for name in names
                if name in ('order_id', 'picking_id', 'move_id')
            },
            'products': complaint._get_portal_products(dealer, complaint.picking_id, complaint.order_id)
            if 'product_id' in names
            else [],
        }

    def _get_document_labels(self):
        """What a dealer calls the documents: ``{model: label}``."""
        return {
            'sale.order': request.env._('Order'),
            'stock.picking': request.env._('Delivery'),
            'account.move': request.env._('Invoice'),
            'dealer.rebate.payout': request.env._('Rebate statement'),
            'dealer.rebate.dispute': request.env._('Question about a rebate'),
        }

    def _get_quantity_kinds(self):
        return request.env['dealer.complaint']._fields['quantity_kind']._description_selection(request.env)

    def _get_local_now(self):
        """Now by the dealer's clock, as a browser's date field has it."""
        now = fields.Datetime.context_timestamp(self._get_complaints(), fields.Datetime.now())
        return now.strftime('%Y-%m-%dT%H:%M')

    def _get_open_documents(self, outcomes):
        """Addresses of the documents that the user may open in the portal: ``{record: url}``, by its own rights."""
        documents = [outcome.document for outcome in outcomes if outcome.document]
        found = {}
        for name in ('sale.order', 'account.move'):
            model = request.env[name]
            ids = [document.id for document in documents if document._name == name]
            if ids and model.has_access('read'):
                found.update({record: record.access_url for record in model.search([('id', 'in', ids)])})
        return found
