import re
import unicodedata

from odoo.http import content_disposition, request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

# NUL, and halves of characters.
UNSTORABLE = re.compile('[\x00\ud800-\udfff]')


class DealerPortal(CustomerPortal):
    """The portal home of a dealer: its own card, its tier, and whom to ask."""

    @route()
    def home(self, **kw):
        response = super().home(**kw)
        if dealer := self._get_portal_dealer():
            response.qcontext.update(self._prepare_dealer_values(dealer))
        return response

    @route(['/my/dealer'], type='http', auth='user', website=True, readonly=True)
    def portal_my_dealer(self, **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        return request.render(
            'dealer_management.portal_my_dealer',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'dealer',
            },
        )

    def _get_portal_dealer(self):
        """The dealer that the user belongs to, in sudo: its own data and none other; or empty."""
        partner = request.env.user.partner_id
        # The dealer is taken from the session's own user, never from the request.
        return partner.sudo().dealer_id

    def _get_company(self, dealer):
        """The company that the dealer deals with, in sudo."""
        return dealer.company_id or request.env.company.sudo()

    # ------------------------------------------------- What a request says

    @staticmethod
    def _read_text(value):
        """Text as it was written, in lines, without what the database cannot hold; of a file, nothing."""
        if not isinstance(value, str):
            return ''
        return UNSTORABLE.sub('', value).replace('\r\n', '\n').strip()

    @classmethod
    def _clean_text(cls, value, length):
        """Short text to search for, or to read a figure of: full-width signs are as good as others."""
        return unicodedata.normalize('NFKC', cls._read_text(value))[:length]

    @classmethod
    def _read_page(cls, page):
        """The number of a page; the first one for what is none."""
        page = cls._read_text(str(page))
        return int(page) if page.isdecimal() and len(page) < 9 else 1

    # ---------------------------------------------------------------- Answers

    def _download(self, content, content_type, name):
        """The answer that has the browser keep ``content`` (bytes) as a file of this name."""
        return request.make_response(
            content,
            headers=[
                ('Content-Type', content_type),
                ('Content-Length', len(content)),
                ('Content-Disposition', content_disposition(name)),
            ],
        )

    def _prepare_dealer_values(self, dealer):
        """Rendering values of the dealer's card and page.

        :param dealer: the portal user's own dealer, in sudo
        """
        company = self._get_company(dealer)
        manager = dealer.channel_account_manager_id
        return {
            'dealer': dealer,
            'dealer_blocked': bool(dealer._get_dealer_block_message()),
            'dealer_tier': dealer.grade_id,
            'dealer_tier_since': dealer.tier_period_ids.filtered(lambda period: not period.date_to)[:1].date_from,
            # Name, telephone and e-mail of the person who looks after the dealer; no more of it.
            'dealer_manager': manager.partner_id,
            'dealer_company': company,
        }
