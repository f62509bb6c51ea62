import logging

from odoo import fields, http
from odoo.http import request

from ..models.dealer_authorization_certificate import CERTIFICATE_URL
from ..tools.guess_limit import GuessLimit, get_visitor

_logger = logging.getLogger(__name__)

# Wrong codes that a visitor has in ten minutes: whoever scans a certificate has the right one at once.
WRONG_CODES = GuessLimit(most=30, seconds=600, visitors=10_000)


class CertificateController(http.Controller):
    """The page behind the QR code of a certificate: is it genuine, and does it hold here, for this, today?

    Open to everybody who holds the certificate. It says what stands on the certificate and answers
    one question; it leaves no session behind.

    What keeps it closed to others is the token, 192 random bits: no number of guesses finds one. Who
    guesses all the same is sent away for a while, before anything is looked up; right codes do not count.
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
    def certificate(self, number, token, lang=None, place='', city='', code='', product='', date=''):
        request.update_context(lang=self._get_lang(lang))
        visitor = get_visitor(request.httprequest.remote_addr)
        if wait := WRONG_CODES.get_wait(visitor):
            response = self._render('dealer_management.certificate_wait', {}, 429)
            response.headers['Retry-After'] = str(wait)
            return response
        # Whatever a stranger sends is short text, without what the database cannot hold.
        number, token, *values = (
            value.replace('\x00', '')[:200] for value in (number, token, place, city, code, product, date)
        )
        question = dict(zip(('place', 'city', 'code', 'product', 'date'), values, strict=True))
        grant = request.env['dealer.authorization']._find_by_certificate(number, token)
        if not grant:
            if WRONG_CODES.count(visitor):
                _logger.info('Too many unknown certificates were asked for by %s.', visitor)
            # The same answer whether the number or the token is wrong.
            return self._render('dealer_management.certificate_unknown', {}, 404)
        countries = grant._get_verification_countries()
        countries.fetch(['name'])
        countries.state_ids.fetch(['name', 'country_id'])
        return self._render(
            'dealer_management.certificate_page',
            {
                'grant': grant,
                'status': grant._get_certificate_status(),
                'countries': countries,
                'question': question,
                **self._answer(grant, countries, question),
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

    def _get_place(self, countries, question):
        """The ``(country_id, state_id)`` that the visitor chose: ``c`` and a country's id, or a state's id."""
        chosen = question.get('place') or ''
        for country in countries:
            if chosen == f'c{country.id}':
                return country.id, False
            for state in country.state_ids:
                if chosen == str(state.id):
                    return country.id, state.id
        return countries[:1].id, False

    def _answer(self, grant, countries, question):
        """Answer the visitor's question, if one was asked.

        :return: ``{'answer': True, False or None, 'problem': what is wrong with the question}``
        """
        if not any(question[name] for name in ('place', 'city', 'code')):
            return {'answer': None, 'problem': 'place' if any(question.values()) else None}
        try:
            day = fields.Date.to_date(question.get('date')) or grant.company_id._get_dealer_date()
        except ValueError:
            return {'answer': None, 'problem': 'date'}
        templates = grant.env['product.template']
        if product := (question.get('product') or '').strip():
            templates = grant._find_verified_product(product)
            if not templates:
                return {'answer': None, 'problem': 'product'}
        address = (
            *self._get_place(countries, question),
            question.get('city') or False,
            question.get('code') or False,
        )
        answer = grant._covers(address, templates, day)
        if not answer and not (question['place'] and question['city']):
            # Half a place is no ground for saying that a dealer is not authorized.
            return {'answer': None, 'problem': 'place'}
        return {'answer': answer, 'problem': None}

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
