from odoo.http import request, route
from odoo.tools import consteq, format_date

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal import DealerPortal

PAGE_SIZE = 50


class PriceChangePortal(DealerPortal):
    """What a dealer is told of the changes of its prices."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if 'price_change_count' in counters:
            values['price_change_count'] = len(self._get_portal_price_changes().filtered(self._is_coming))
        return values

    @route(['/my/price-changes'], type='http', auth='user', website=True, readonly=True)
    def portal_my_price_changes(self, **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        changes = self._get_portal_price_changes()
        coming = changes.filtered(self._is_coming)
        return request.render(
            'dealer_management.portal_my_price_changes',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'price_changes',
                'coming_changes': coming.sorted('date_start'),
                'past_changes': changes - coming,
            },
        )

    @route(
        ['/my/price-changes/<string:token>', '/my/price-changes/<string:token>/page/<int:page>'],
        type='http',
        auth='user',
        website=True,
        readonly=True,
    )
    def portal_my_price_change(self, token, page=1, search='', **kw):
        # Another dealer's address, or one that does not exist, is answered alike.
        change = self._get_portal_price_changes().filtered(
            lambda line: consteq(line.access_token.encode(), token.encode(errors='replace'))
        )
        if not change:
            return request.redirect('/my/price-changes')
        products = change.told_line_ids
        search = self._clean_text(search, 100)
        if search:
            wanted = search.lower()
            products = products.filtered(lambda line: wanted in line.product_id.display_name.lower())
        pager = portal_pager(
            url=change._get_portal_url(),
            url_args={'search': search} if search else {},
            total=len(products),
            page=self._read_page(page),
            step=PAGE_SIZE,
        )
        return request.render(
            'dealer_management.portal_my_price_change',
            {
                **self._prepare_portal_layout_values(),
                'page_name': 'price_change',
                'change': change,
                'is_coming': self._is_coming(change),
                'first_day': format_date(request.env, change.date_start),
                'product_lines': products[pager['offset'] : pager['offset'] + PAGE_SIZE],
                'product_total': len(products),
                'search_words': search,
                'pager': pager,
            },
        )

    @staticmethod
    def _is_coming(line):
        return line.state == 'approved' and not line.change_id.has_begun

    def _get_portal_price_changes(self):
        """What the user's own dealer is, or was, told, in sudo; nothing of what was only prepared."""
        dealer = self._get_portal_dealer()
        lines = request.env['dealer.price.change.dealer'].sudo()  # the session's own dealer's: see there
        return lines.search(
            [
                ('dealer_id', 'in', dealer.ids),
                '|',
                ('change_id.state', 'in', ('approved', 'in_force')),
                '&',
                ('change_id.state', '=', 'cancelled'),
                ('announced_date', '!=', False),
            ]
        ).sorted('date_start', reverse=True)
