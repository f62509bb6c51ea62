from odoo import fields, http
from odoo.http import request

from ..models.dealer_authorization_certificate import CERTIFICATE_URL


class CertificateController(http.Controller):
    """The page behind the QR code of a certificate: is it genuine, and does it hold here, for this, today?

    Open to everybody who holds the certificate. It says what stands on the certificate and answers
    one question; it leaves no session behind.
    """

    @http.route(
        [f'{CERTIFICATE_URL}/<string:number>/<string:token>'],
        type='http',
        auth='public',
        methods=['GET'],
        readonly=True,
        save_session=False,
        sitemap=False,
    )
    def certificate(self, number, token, lang=None, **question):
        request.update_context(lang=self._get_lang(lang))
        grant = request.env['dealer.authorization']._find_by_certificate(number, token)
        if not grant:
            # The same answer whether the number or the token is wrong.
            return self._render('dealer_management.certificate_unknown', {}, 404)
        return self._render(
            'dealer_management.certificate_page',
            {
                'grant': grant,
                'status': grant._get_certificate_status(),
                'states': self._get_states(grant),
                'question': question,
                **self._answer(grant, question),
            },
        )

    def _get_lang(self, asked):
        """The visitor's language: the one clicked, else what the browser prefers of those installed."""
        installed = [code for code, _name in request.env['res.lang'].get_installed()]
        if asked in installed:
            return asked
        short = {code[:2]: code for code in reversed(installed)}
        best = request.httprequest.accept_languages.best_match(list(short))
        return short.get(best) or request.env.context.get('lang') or installed[0]

    def _get_states(self, grant):
        """The states that a visitor can choose from: those of the countries that the company sells in."""
        # Names of states are public; which ones the company's tree covers is not told.
        return request.env['res.country.state'].sudo().search_fetch(
            [('country_id', '=', grant.company_id.country_id.id)], ['name'], order='name'
        )

    def _answer(self, grant, question):
        """Answer the visitor's question, if one was asked.

        :return: ``{'answer': True, False or None, 'problem': what is wrong with the question}``
        """
        if not any(question.get(name) for name in ('state', 'city', 'zip')):
            return {'answer': None, 'problem': 'place' if question else None}
        try:
            day = fields.Date.to_date(question.get('date')) or grant.company_id._get_dealer_date()
        except ValueError:
            return {'answer': None, 'problem': 'date'}
        template = grant.env['product.template']
        if product := (question.get('product') or '').strip():
            template = grant._find_verified_product(product)
            if not template:
                return {'answer': None, 'problem': 'product'}
        state = question.get('state') or ''
        address = (
            grant.company_id.country_id.id,
            int(state) if state.isascii() and state.isdigit() and len(state) < 9 else False,
            question.get('city') or False,
            question.get('zip') or False,
        )
        return {'answer': grant._covers(address, template, day), 'problem': None}

    def _render(self, template, values, status=200):
        response = request.render(template, {'lang': request.env.lang, **values}, status=status)
        response.headers.update(
            {
                'X-Robots-Tag': 'noindex, nofollow',
                'Referrer-Policy': 'no-referrer',
                'Cache-Control': 'no-store',
            }
        )
        return response
