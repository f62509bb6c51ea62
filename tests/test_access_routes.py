import csv
import re
from contextlib import nullcontext

from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from .portal_routes import fill, find_own, find_routes, get_files, make_form
from .portal_world import PortalWorldCase

TABLE = 'dealer_management/tests/data/access_routes.csv'
MISSING, FAR = 10**8, 2**40
# What is shown to somebody; all else refuses, or leads somewhere.
SHOWN = ('200', 'answer')
# Calls that write nothing.
READING = ('/my/quick-order/find', '/my/quick-order/paste')
# Where the body names a record of the dealer's, and by what.
NAMED = {'/my/quick-order/save': 'order_id', '/my/quick-order/place': 'order_id'}
# Whoever has the order's token may go on.
TOKENS = ('/my/orders/<int:order_id>/accept', '/my/orders/<int:order_id>/wallet')


def describe(response):
    """An answer as the table has it: a status, ``login``, where it leads to, or what a script is told."""
    if 'application/json' in response.headers.get('Content-Type', ''):
        return describe_json(response.json())
    if response.is_redirect:
        path = re.sub(r'^https?://[^/]+|[?#].*', '', response.headers['Location'])
        return 'login' if path == '/web/login' else re.sub(r'\d+', '#', path)
    return str(response.status_code)


def describe_json(answer):
    if isinstance(answer, dict) and 'jsonrpc' in answer:
        if error := answer.get('error'):
            return {100: 'login', 404: '404'}.get(error['code'], f'error {error["data"]["name"]}')
        answer = answer['result']
    if isinstance(answer, dict):
        if 'error' in answer:
            return 'refused'
        answer = any(answer.values())
    return 'answer' if answer else 'nothing'


@tagged('post_install', '-at_install')
class TestAccessRoutes(PortalWorldCase):
    """The table in tests/data/access_routes.csv is what every route answers to every role; all else fails.

    ``own`` is what belongs to whoever asks, or to the first dealer where it is no dealer that asks; ``other``
    is everything that does not: another dealer's, what does not exist, and wrong tokens.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {'public': None, 'stranger': 'stranger', 'own': cls.own.login, 'rival': cls.rival.login}
        cls.roles |= {role: f'test_{role}' for role in ('staff', 'auditor', 'accountant', 'employee')}
        cls.make_stranger()
        cls.routes = find_routes(cls.env)

    def read_table(self):
        with file_open(TABLE) as file:
            return {(row.pop('route'), row.pop('method'), row.pop('whose')): row for row in csv.DictReader(file)}

    def get_whose(self, route):
        named = find_own(route, self.own) or route.rule in NAMED
        return ('own', 'other') if named else ('-',)

    def find_others(self, route, role):
        """``[(values of the address, form)]`` of requests of ``role`` that name nothing of theirs."""
        holder, other = self.get_holders(role)
        mine, foreign = find_own(route, holder), find_own(route, other)
        form = make_form(self, holder, route)
        if route.rule in NAMED:
            name = NAMED[route.rule]
            ids = (make_form(self, other, route)[name], MISSING, FAR, -1, 'x')
            return [({}, {**form, name: value}) for value in ids]
        if route.rule in TOKENS:
            return self.find_without_token(role, form)
        if 'token' in mine:
            right = mine['token']
            wrong = (right[:-1], f'{right}x', right.swapcase(), 'x' * 32, 'False', 'é', foreign['token'])
            found = [{**mine, 'token': token} for token in wrong]
            if 'number' in mine:
                found += [{**mine, 'number': number} for number in ('SQ-0', foreign['number'])]
        else:
            # Who is no dealer has nothing: another's is no other to it than the first one's.
            found, numbers = ([foreign], (MISSING, 0, -1, FAR)) if self.is_dealer(role) else ([], (MISSING,))
            found += [dict.fromkeys(mine, number) for number in numbers]
            if len(mine) > 1:  # each part for itself, the others being right
                found += [{**mine, name: value} for name in mine for value in (foreign[name], MISSING, 0)]
        return [(values, form) for values in found]

    def find_without_token(self, role, form):
        """Requests for an order without its token, and for what is none with any."""
        holder, other = self.get_holders(role)
        found = [({'order_id': number}, form) for number in (MISSING, -1, FAR)]
        if role == 'accountant':
            return found  # reads orders by right, as Odoo has it
        order = other.quotation
        wrong = ('', 'x', order.access_token[:-1], f'{order.access_token}x', holder.quotation.access_token)
        return found + [({'order_id': order.id}, {**form, 'access_token': token}) for token in wrong]

    def ask(self, route, values, form):
        """The answer to a request, as the table has it, and its text without what changes each time."""
        path = fill(route, values)
        response = self.request(route.method, path, form, files=get_files(route))
        self.assertLess(response.status_code, 500, path)
        body = re.sub(r'[0-9a-f]{40}o\d*', '', self.read_body(response))
        for name, value in values.items():
            body = body.replace(f'/{value}', f'/{name}')
        cell = describe(response)
        # Where to go after the login is what was asked for.
        return cell, '' if cell == 'login' else body

    def look(self, route, whose, role):
        """What ``role`` is answered: a set of cells, which should have one."""
        holder, other = self.get_holders(role)
        if whose != 'other':
            cell, body = self.ask(route, find_own(route, holder), make_form(self, holder, route))
            self.assertNotIn(other.canary, body)
            if cell not in SHOWN:
                self.assertNotIn(holder.canary, body)
            return {cell}
        answers = {self.ask(route, values, form) for values, form in self.find_others(route, role)}
        for _cell, body in answers:
            self.assertNotIn(holder.canary, body)
            self.assertNotIn(other.canary, body)
        self.assertEqual(len({body for _cell, body in answers}), 1, "Another's is answered as what does not exist.")
        return {cell for cell, _body in answers}

    @staticmethod
    def is_writing(route):
        return route.method != 'GET' and route.rule not in READING

    @staticmethod
    def is_dealer(role):
        return role in ('own', 'rival')

    def get_holders(self, role):
        """Whose things are asked for as one's own, and whose as another's."""
        return (self.rival, self.own) if role == 'rival' else (self.own, self.rival)

    def test_every_route_has_its_rows(self):
        expected = {(route.rule, route.method, whose) for route in self.routes for whose in self.get_whose(route)}
        table = self.read_table()
        self.assertEqual(set(table), expected)
        for key, row in table.items():
            self.assertEqual(row.keys(), self.roles.keys(), 'Every role has its column.')
            self.assertTrue(all(row.values()), key)

    @mute_logger('odoo.http')
    def test_table(self):
        table = self.read_table()
        for role, login in self.roles.items():
            self.log_in(login)
            for route in self.routes:
                for whose in self.get_whose(route):
                    cell = table[route.rule, route.method, whose][role]
                    is_refused = whose == 'other' or not (self.is_dealer(role) or cell in SHOWN)
                    with self.subTest(role=role, route=route.rule, method=route.method, whose=whose), self.undone():
                        is_done = self.is_dealer(role) and not is_refused and self.is_writing(route)
                        before = self.count_writes() if is_done else None
                        with self.assertNothingWritten() if is_refused else nullcontext():
                            self.assertEqual(self.look(route, whose, role), {cell})
                        if is_done:
                            self.assertNotEqual(self.count_writes(), before, 'It was done.')

    @mute_logger('odoo.http')
    def test_what_is_no_id(self):
        self.log_in(self.own.login)
        for route in self.routes:
            numbers = [name for converter, name in route.parts if converter == 'int']
            mine = {**dict.fromkeys(numbers, 1), **find_own(route, self.own)}
            for name in numbers:
                for value in ('abc', '1.5'):
                    path = fill(route, {**mine, name: value})
                    with self.subTest(path), self.assertNothingWritten():
                        response = self.request(route.method, path, make_form(self, self.own, route))
                        self.assertEqual(describe(response), '404')
