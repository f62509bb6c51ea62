from urllib.parse import quote

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_routes import fill, find_own, find_parameters, find_routes, make_form
from .portal_world import PortalWorldCase

# What lists of Odoo's portal read, whether ours do or not.
USUAL = ('sortby', 'filterby', 'groupby', 'search', 'search_in', 'page', 'step', 'date_begin', 'date_end', 'order')
USUAL += ('domain', 'limit', 'offset', 'lang', 'fields', 'context', 'debug', 'access_token', 'report_type', 'download')
# As they stand in an address.
STRANGE = (
    '-1',
    '%C2%B2',  # a superscript two: a digit, but no number
    '9' * 40,
    quote("' OR 1=1 --"),
    quote('id desc; DROP TABLE res_users'),
    quote("[('id', '>', 0)]"),
    '%25%5C',
    '%00',
    '%ED%A0%80',
    'x' * 3000,
    '2026-13-45',
)
# What JSON can say.
VALUES = (None, True, -1, 2**70, 1e308, '', 'x', '\x00', '\ud800', [], [[]], [[2**70, 1]], [1, 2, 3], {}, {'a': [1]})


@tagged('post_install', '-at_install')
class TestPortalParameters(PortalWorldCase):
    """Whatever the parameters of a page or a call say, there is an answer, and it holds nothing of others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routes = find_routes(cls.env)

    def setUp(self):
        super().setUp()
        self.log_in(self.own.login)

    def find_pages(self):
        """``(path, parameters)`` of every page that reads any, once each."""
        handlers = set()
        for route in self.routes:
            if route.method == 'GET' and route.handler.__name__ not in handlers and '.' not in route.rule:
                handlers.add(route.handler.__name__)
                yield fill(route, find_own(route, self.own)), find_parameters(route)

    def assertAnswered(self, path):
        with self.subTest(path[:300]):
            response = self.url_open(path, allow_redirects=False)
            self.assertIn(response.status_code, (200, 303, 404))
            self.assertNotIn(self.rival.canary, self.read_body(response))

    def test_strange_values(self):
        read = []
        for path, names in self.find_pages():
            read += names
            for name in names:
                for value in STRANGE:
                    self.assertAnswered(f'{path}?{name}={value}')
        for name in ('page', 'search', 'sortby', 'filterby', 'category', 'computation', 'amount', 'place', 'delivery'):
            self.assertIn(name, read)

    def test_parameters_that_nobody_reads(self):
        for path, names in self.find_pages():
            for value in ('9' * 40, quote("[('dealer_id', '!=', 0)]"), 'id%20desc;--', '%00'):
                self.assertAnswered(f'{path}?{"&".join(f"{name}={value}" for name in USUAL)}')
            several = [f'{name}=1&{name}=2&{name}[]=3&{name}[x]=4' for name in (*names, *USUAL)]
            self.assertAnswered(f'{path}?{"&".join(several)}')

    def test_others_are_not_found(self):
        """Names, codes and ids of another dealer's, in capitals, for a page may repeat what was asked."""
        words = [self.rival.canary, f'{self.rival.canary}-1', f'{self.rival.canary} product']
        ids = [getattr(self.rival, name).id for name in ('product', 'order', 'picking', 'invoice', 'payout', 'special')]
        ids += [self.rival.payout.computation_ids.id, self.rival.product.categ_id.id, self.rival.lines[0].id]
        values = [*(quote(word.upper()) for word in words), *set(ids)]
        for path, names in self.find_pages():
            for value in values:
                if names:
                    self.assertAnswered(f'{path}?{"&".join(f"{name}={value}" for name in names)}')
        for path, form in (
            *(('/my/quick-order/find', {'query': word.upper()}) for word in words),
            ('/my/quick-order/paste', {'text': f'{words[1].upper()} 5'}),
            ('/my/quick-order/save', {'lines': [[self.rival.product.id, 5]], 'address_id': self.rival.address.id}),
        ):
            with self.subTest(path=path, form=form):
                answer = self.request('JSON', path, form)
                self.assertNotIn('error', answer.json())
                self.assertNotIn(self.rival.canary, answer.text)

    @mute_logger('odoo.http')
    def test_calls(self):
        for route in self.routes:
            # Odoo's own call, to which we only add a sentence, is Odoo's to read.
            if route.method != 'JSON' or route.rule.endswith('/accept'):
                continue
            form = make_form(self, self.own, route)
            for name in form:
                for value in VALUES:
                    with self.subTest(path=route.rule, name=name, value=value), self.undone():
                        answer = self.request('JSON', route.rule, {**form, name: value})
                        self.assertNotIn('error', answer.json())
                        self.assertNotIn(self.rival.canary, answer.text)
