import json
import re
from contextlib import contextmanager

from odoo import http
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .portal_routes import fill, find_own, find_routes, get_files, make_form
from .portal_world import PortalWorldCase

# Whatever a form of the portal makes or changes is of these models, or of one of the module's own.
WRITTEN = ('sale.order', 'sale.order.line', 'rating.rating', 'ir.attachment')
FORGED = 'forgedcanary'
# Months to seconds of this moment, the seconds of clocks, tokens, ids of mails.
CHANCE = re.compile(
    r'(?<=\d{4})-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?'
    r'|(?<="consumed": )\d+|(?<="total": )\d+'
    r'|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|<\d+\.\d+\.\d+'
)
# What no form has, but a careless reader of requests would mind.
FURTHER = ('id', 'ids', 'uid', 'context', 'model', 'res_id', 'vals', 'values', 'dealer', 'company', 'sudo', 'domain')


@tagged('post_install', '-at_install')
class TestPortalForms(PortalWorldCase):
    """What a page of somebody else's makes a dealer's browser send, and what a dishonest dealer adds to a form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routes = find_routes(cls.env)

    def find_requests(self, wanted):
        """``(route, path, form)`` of what the first dealer's people send, and it is done, to the routes wanted."""
        for route in filter(wanted, self.routes):
            yield route, fill(route, find_own(route, self.own)), make_form(self, self.own, route)

    # ---------------------------------------------------------- Others' pages

    def test_nothing_is_opened_to_other_pages(self):
        for route in self.routes:
            with self.subTest(route.rule):
                self.assertTrue(route.routing.get('csrf', True))
                self.assertFalse(route.routing.get('cors'))
                self.assertIn(route.routing['auth'], ('user', 'public'))

    @mute_logger('odoo.http')
    def test_forms_need_the_token_of_the_session(self):
        self.log_in(self.rival.login)
        another = http.Request.csrf_token(self)
        self.log_in(self.own.login)
        expired = http.Request.csrf_token(self, time_limit=-1)
        for _route, path, form in self.find_requests(lambda route: route.takes_forms):
            for name, token in (('none', {}), ('empty', ''), ("another's", another), ('expired', expired)):
                data = {'x': '1', **form} if token == {} else {**form, 'csrf_token': token}
                with self.subTest(path=path, token=name), self.assertNothingWritten():
                    response = self.url_open(path, data=data, allow_redirects=False)
                    self.assertEqual(response.status_code, 400)

    @mute_logger('odoo.http')
    def test_calls_are_not_sent_by_forms(self):
        """A script's call has no token: it is JSON, which no page of another site sends without being asked for."""
        self.log_in(self.own.login)
        for _route, path, form in self.find_requests(lambda route: route.method == 'JSON'):
            body = json.dumps({'jsonrpc': '2.0', 'params': form})
            for kind in ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''):
                with self.subTest(path=path, kind=kind), self.assertNothingWritten():
                    response = self.url_open(path, data=body, headers={'Content-Type': kind}, allow_redirects=False)
                    self.assertIn(response.status_code, (400, 415))
            asked = self.url_open(
                path,
                method='OPTIONS',
                headers={
                    'Origin': 'https://elsewhere.example',
                    'Access-Control-Request-Method': 'POST',
                    'Access-Control-Request-Headers': 'content-type',
                },
            )
            self.assertNotIn('Access-Control-Allow-Origin', asked.headers)

    # ---------------------------------------------------------- Further fields

    def forge(self, field):
        """A value of the kind of ``field`` that nobody should be able to give it."""
        if field.type == 'many2one':
            known = {
                'res.partner': self.rival.dealer,
                'sale.order': self.rival.quotation,
                'dealer.complaint': self.rival.complaint,
                'product.product': self.rival.product,
                'account.move': self.rival.invoice,
                'res.users': self.env.ref('base.user_admin'),
            }
            return known[field.comodel_name].id if field.comodel_name in known else 1
        if field.type in ('one2many', 'many2many'):
            return [[6, 0, [1]]]
        if field.type == 'selection':
            values = field.get_values(self.env)
            return values[-1] if values else FORGED
        values = {'boolean': True, 'integer': 1, 'float': 0.01, 'monetary': 0.01, 'date': '2020-01-01'}
        return values.get(field.type, '2020-01-01 00:00:00' if field.type == 'datetime' else FORGED)

    def make_further(self, form):
        """Every field of what a form can reach, by its name, and then some."""
        models = [*WRITTEN, 'dealer.complaint', 'dealer.price.request', 'dealer.price.request.line']
        models += ['dealer.rebate.dispute', 'dealer.rebate.wallet.use', 'mail.message']
        further = dict.fromkeys(FURTHER, self.rival.dealer.id)
        further |= dict.fromkeys(('order_id', 'complaint_id', 'payout_id'), self.rival.quotation.id)
        for model in models:
            further |= {name: self.forge(field) for name, field in self.env[model]._fields.items()}
        return {name: value for name, value in further.items() if name not in form}

    @contextmanager
    def sequences_kept(self):
        """What is made within, and taken back, gets the same ids and numbers the next time."""
        query = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        self.env.cr.execute(query)
        before = dict(self.env.cr.fetchall())
        yield
        self.env.cr.execute(query)
        for name, value in self.env.cr.fetchall():
            if value != before[name]:
                self.env.cr.execute('SELECT setval(%s, %s, %s)', [name, before[name] or 1, before[name] is not None])

    def read_rows(self):
        """``{(table, id): row}`` of all that a form could change, without what chance and the clock say."""
        names = self.env['ir.model.data'].search([('module', '=', 'dealer_management'), ('model', '=', 'ir.model')])
        models = self.env['ir.model'].browse(names.mapped('res_id')).mapped('model')
        tables = sorted({self.env[name]._table for name in (*models, *WRITTEN) if self.env[name]._auto})
        self.env.flush_all()
        rows = {}
        for table, record_id, row in self.env.execute_query(
            SQL(' UNION ALL ').join(
                SQL('SELECT %s, t.id, to_jsonb(t)::text FROM %s t', table, SQL.identifier(table)) for table in tables
            )
        ):
            rows[table, record_id] = CHANCE.sub('', row)
        return rows

    def send(self, route, path, form):
        """What a request changes: ``{(table, id): row}``, of a row that is removed None."""
        before = self.read_rows()
        with self.sequences_kept(), self.undone():
            response = self.request('JSON' if route.method == 'JSON' else 'POST', path, form, files=get_files(route))
            self.assertLess(response.status_code, 400)
            after = self.read_rows()
        return {
            key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        }, response

    @mute_logger('odoo.http')
    def test_further_fields_are_passed_over(self):
        self.log_in(self.own.login)
        for route, path, form in self.find_requests(lambda route: route.method != 'GET'):
            with self.subTest(path):
                changed, response = self.send(route, path, form)
                forged, answer = self.send(route, path, {**self.make_further(form), **form})
                keys = changed.keys() | forged.keys()
                others = {key: (changed.get(key), forged.get(key)) for key in keys}
                self.assertFalse({key: rows for key, rows in others.items() if rows[0] != rows[1]})
                self.assertNotIn(FORGED, ' '.join(filter(None, forged.values())))
                for canary in (FORGED, self.rival.canary):
                    self.assertNotIn(canary, answer.text)
                self.assertEqual(answer.status_code, response.status_code)
                if route.method == 'POST':
                    self.assertTrue(changed, 'It was done.')
