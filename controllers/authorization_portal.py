from odoo.http import request, route

from ..models.dealer_authorization import GRANTED_STATES
from .portal import DealerPortal


class AuthorizationPortal(DealerPortal):
    """What a dealer may sell where, and its certificates."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if 'authorization_count' in counters:
            values['authorization_count'] = len(self._get_portal_authorizations().filtered('is_in_force'))
        return values

    @route(['/my/authorizations'], type='http', auth='user', website=True, readonly=True)
    def portal_my_authorizations(self, **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        grants = self._get_portal_authorizations()
        return request.render(
            'dealer_management.portal_my_authorizations',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'authorizations',
                'grants': grants.filtered(lambda grant: grant.state not in ('expired', 'revoked')),
                'past_grants': grants.filtered(lambda grant: grant.state in ('expired', 'revoked')),
            },
        )

    @route(['/my/authorizations/<int:grant_id>/certificate'], type='http', auth='user', website=True)
    def portal_my_certificate(self, grant_id, lang=None, **kw):
        # Another dealer's id, or one that does not exist, is answered alike.
        grant = self._get_portal_authorizations().filtered(lambda grant: grant.id == grant_id)
        if not grant:
            return request.redirect('/my/authorizations')
        report = 'dealer_management.authorization_certificate'
        if lang in ('zh', 'en'):
            report = f'{report}_{lang}'
        # The dealer prints its own certificate; the document reads what the dealer may not.
        pdf = request.env['ir.actions.report'].sudo()._render_qweb_pdf(report, grant.ids)[0]
        return self._download(pdf, 'application/pdf', f'{grant.certificate_number}.pdf')

    def _get_portal_authorizations(self):
        """The grants of the user's own dealer, in sudo, drafts and refusals left out."""
        dealer = self._get_portal_dealer()
        # The dealer is the session's own: see ``_get_portal_dealer``.
        return (
            request.env['dealer.authorization']
            .sudo()
            .search([('dealer_id', 'in', dealer.ids), ('state', 'in', list(GRANTED_STATES))])
        )
