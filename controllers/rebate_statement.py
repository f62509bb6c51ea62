from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import Controller, content_disposition, request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .price_portal import XLSX
from .rebate_portal import RebatePortal

PAGE_SIZE = 50
# What became of a question, as the page is told.
SENT, ASKED_ALREADY = 'sent', 'already'


class RebateStatementPortal(RebatePortal):
    """A dealer's statement, down to the invoice lines behind each cent; any of them can be disputed."""

    @route(
        ['/my/rebates/statements/<int:payout_id>', '/my/rebates/statements/<int:payout_id>/page/<int:page>'],
        type='http',
        auth='user',
        methods=['GET'],
        website=True,
        readonly=True,
    )
    def portal_my_rebate_statement(self, payout_id, page=1, computation='', search='', disputed='', **kw):
        payout = self._get_own_payout(payout_id)
        if not payout:
            return request.redirect('/my/rebates')
        return self._render_statement(payout, self._read_page(page), computation, search, disputed=disputed)

    @route('/my/rebates/statements/<int:payout_id>.xlsx', type='http', auth='user', readonly=True)
    def portal_my_rebate_statement_xlsx(self, payout_id, **kw):
        payout = self._get_own_payout(payout_id)
        if not payout:
            return request.redirect('/my/rebates')
        return self._download(payout._write_xlsx(), XLSX, f'{payout._get_file_name()}.xlsx')

    @route('/my/rebates/statements/<int:payout_id>.pdf', type='http', auth='user')
    def portal_my_rebate_statement_pdf(self, payout_id, **kw):
        payout = self._get_own_payout(payout_id)
        if not payout:
            return request.redirect('/my/rebates')
        report = 'dealer_management.dealer_rebate_statement_report'
        # The dealer prints its own statement; the document reads what the dealer may not.
        pdf = request.env['ir.actions.report'].sudo()._render_qweb_pdf(report, payout.ids)[0]
        return self._download(pdf, 'application/pdf', f'{payout._get_file_name()}.pdf')

    @route('/my/rebates/statements/<int:payout_id>', type='http', auth='user', methods=['POST'], website=True)
    def portal_dispute_rebate_line(self, payout_id, line='', reason='', contact='', page='', search='', **kw):
        payout = self._get_own_payout(payout_id)
        if not payout:
            return request.redirect('/my/rebates')
        source = self._get_statement_line(payout, line)
        if not source:
            return request.redirect(payout.access_url)
        reason, contact = self._read_text(reason), self._read_text(contact)
        computation, search = str(source.computation_id.id), self._clean_text(search, 100)
        try:
            with request.env.cr.savepoint():
                is_new = self._dispute(source, reason, contact)
        except UserError as error:
            problem = {'line_id': source.id, 'text': str(error), 'reason': reason, 'contact': contact}
            return self._render_statement(payout, self._read_page(page), computation, search, problem=problem)
        except IntegrityError:
            # Two people of the dealer at once: the line is disputed now, by one of them.
            request.env.invalidate_all()
            is_new = False
        disputed = SENT if is_new else ASKED_ALREADY
        return request.redirect(f'{payout.access_url}?computation={computation}&disputed={disputed}#rebate_disputes')

    # ------------------------------------------------------------------ Parts

    def _get_own_payout(self, payout_id):
        """The statement of this id if the user's own dealer may see it, in sudo; or empty."""
        dealer = self._get_portal_dealer()
        # The dealer is the session's own: see ``_get_portal_dealer``.
        payouts = request.env['dealer.rebate.payout'].sudo()
        if payout_id >= 1 << 31:
            return payouts
        return payouts.search(Domain('id', '=', payout_id) & payouts._get_shown_domain(dealer))

    def _get_statement_line(self, payout, line_id):
        """The source line of this id if it stands in the statement, in sudo; or empty."""
        # Dealers may not read source lines; these are of a statement of their own: see ``_get_own_payout``.
        lines = request.env['dealer.rebate.settlement.line'].sudo()
        line_id = self._read_text(line_id)
        if not (line_id.isdecimal() and len(line_id) < 19):
            return lines
        # The computations first: the lines of all others are not looked at.
        return lines.search([('computation_id', 'in', payout.computation_ids.ids), ('id', '=', int(line_id))])

    def _render_statement(self, payout, page, computation, search, disputed='', problem=None):
        """The page of a statement.

        :param disputed: ``SENT`` or ``ASKED_ALREADY``, after a line was disputed
        :param problem: what kept a line from being disputed, and what was typed
        """
        search = self._clean_text(search, 100)
        computations = payout._get_computations()
        chosen = computations.filtered(lambda found: str(found.id) == computation) or computations[:1]
        # Of the dealer's own statement, as above.
        lines = request.env['dealer.rebate.settlement.line'].sudo()
        domain = self._get_line_domain(chosen, search)
        # What is not searched for is counted already.
        total = lines.search_count(domain) if search else chosen.line_count
        pages = portal_pager(
            url=payout.access_url,
            total=total,
            page=page,
            step=PAGE_SIZE,
            url_args={'computation': chosen.id or '', **({'search': search} if search else {})},
        )
        lines = lines.search(domain, order='date, document, id', limit=PAGE_SIZE, offset=pages['offset'])
        disputes = payout.dispute_ids
        return request.render(
            'dealer_management.portal_my_rebate_statement',
            {
                **self._prepare_portal_layout_values(),
                'page_name': 'rebate_statement',
                'payout': payout,
                'program': payout.program_id,
                'computations': computations,
                'chosen': chosen,
                'lines': lines,
                'line_total': total,
                'search_words': search,
                'pager': pages,
                'open_invoices': self._get_open_invoices(lines.move_id | payout.move_id),
                'disputes': disputes,
                'disputed_items': disputes.filtered(
                    lambda dispute: dispute.state == 'open' and dispute.computation_id == chosen
                ).mapped('source_id'),
                'disputed': disputed,
                'problem': problem,
            },
        )

    def _get_line_domain(self, computation, search):
        domain = Domain('computation_id', 'in', computation.ids)
        for word in search.split():
            domain &= (
                Domain('document', 'ilike', word)
                | Domain('product_id.name', 'ilike', word)
                | Domain('product_id.default_code', 'ilike', word)
            )
        return domain

    def _get_open_invoices(self, moves):
        """Those of the documents that the user may open in the portal: by its own rights, not by ours."""
        documents = request.env['account.move']
        if not documents.has_access('read'):
            return documents
        return documents.search([('id', 'in', moves.ids), ('move_type', '!=', 'entry')])

    def _dispute(self, line, reason, contact):
        """Write down what the dealer says about the line.

        :return: whether it was written down: a line that is being looked into already is not disputed twice
        :raise UserError: without a reason, or with one that is too long
        """
        # The portal user asks; it has no right of its own on disputes.
        disputes = request.env['dealer.rebate.dispute'].sudo()
        item = Domain('computation_id', '=', line.computation_id.id) & Domain('source_id', '=', line.source_id)
        if disputes.search_count(item & Domain('state', '=', 'open'), limit=1):
            return False
        disputes.create(
            {
                **disputes._prepare_new_vals(),
                'computation_id': line.computation_id.id,
                'move_line_id': line.move_line_id.id,
                'reason': reason,
                'contact': contact or False,
            }
        )
        return True


class RebateStatement(Controller):
    """The statement as a file, for whoever may read it in the web client."""

    @route('/dealer/rebates/statements/<int:payout_id>.xlsx', type='http', auth='user', readonly=True)
    def rebate_statement_xlsx(self, payout_id, **kw):
        payout = request.env['dealer.rebate.payout'].browse(payout_id)
        payout._check_may_print()
        return request.make_response(
            payout._write_xlsx(),
            headers=[
                ('Content-Type', XLSX),
                ('Content-Disposition', content_disposition(f'{payout._get_file_name()}.xlsx')),
            ],
        )
