from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .quick_order import QuickOrderPortal

PAGE_SIZE = 30


class WalletPortal(QuickOrderPortal):
    """A dealer sees its rebate wallet, and pays quotations with it."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if 'wallet_count' in counters:
            values['wallet_count'] = len(self._find_open_credits(self._get_portal_dealer()))
        return values

    @route(['/my/wallet', '/my/wallet/page/<int:page>'], type='http', auth='user', website=True, readonly=True)
    def portal_my_wallet(self, page=1, **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        company = self._get_company(dealer)
        credits = self._find_open_credits(dealer)
        # What the session's own dealer used it for: see ``_get_portal_dealer``.
        uses = request.env['dealer.rebate.wallet.use'].sudo()
        domain = [('dealer_id', '=', dealer.id), ('company_id', 'in', company.parent_ids.ids)]
        pager = portal_pager(
            url='/my/wallet', total=uses.search_count(domain), page=self._read_page(page), step=PAGE_SIZE
        )
        balances = credits._get_balances(dealer, company)
        return request.render(
            'dealer_management.portal_my_wallet',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'wallet',
                'balances': [currency.format(amount) for (_dealer, currency), amount in balances.items()]
                or [company.currency_id.format(0)],
                'credits': credits,
                'today': company._get_dealer_date(),
                'uses': uses.search(domain, limit=PAGE_SIZE, offset=pager['offset']),
                'pager': pager,
            },
        )

    @route('/my/orders/<int:order_id>/wallet', type='http', auth='user', methods=['POST'], website=True)
    def portal_use_wallet(self, order_id, amount='', access_token=None, **kw):
        """Pay part of a quotation of the user's own dealer out of its wallet."""
        # A form may send files, too.
        access_token = access_token if isinstance(access_token, str) else None
        try:
            order = self._document_check_access('sale.order', order_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect('/my')
        dealer = self._get_ordering_dealer()
        # A confirmed order is changed by staff.
        if not dealer or order.state not in ('draft', 'sent') or order.partner_id.commercial_partner_id != dealer:
            return request.redirect('/my')
        try:
            with request.env.cr.savepoint():
                order.action_use_wallet(self._parse_amount(amount))
        except UserError as error:
            request.session['wallet_error'] = str(error)
        return request.redirect(order.get_portal_url(anchor='wallet'))

    @staticmethod
    def _parse_amount(text):
        """An amount as a browser's number field sends it; what is none is refused by whoever gets it."""
        try:
            return float(text) if isinstance(text, str) else -1
        except ValueError:
            return -1

    def _get_page_view_values(self, document, access_token, values, session_history, no_breadcrumbs, **kwargs):
        if document._name == 'sale.order' and document.state in ('draft', 'sent'):
            dealer = self._get_ordering_dealer()
            if dealer and document.partner_id.commercial_partner_id == dealer:
                # The wallet is for the dealer's own people alone, whoever has the link.
                values['wallet_limit'] = document.wallet_limit
                values['wallet_error'] = request.session.pop('wallet_error', False)
        return super()._get_page_view_values(document, access_token, values, session_history, no_breadcrumbs, **kwargs)

    def _find_open_credits(self, dealer):
        """What the user's own dealer can still use, in sudo, first what expires first."""
        company = self._get_company(dealer)
        today = company._get_dealer_date()
        # The dealer is the session's own: see ``_get_portal_dealer``.
        credits = request.env['dealer.rebate.wallet.credit'].sudo()
        found = credits.search(
            [
                ('dealer_id', 'in', dealer.ids),
                ('company_id', 'in', company.parent_ids.ids),
                ('remaining', '>', 0),
            ]
        )
        return found.filtered(lambda credit: credit._is_usable(today)).sorted(lambda credit: credit._get_expiry_key())
