"""The main pages of staff and portal: what each asks of the server, how many queries that takes, and how long."""

import json
import os
import statistics
from dataclasses import dataclass

from load_world import PASSWORD
from screens import Reader, Screen
from serving import Visitor

MENUS = ['dealer_management.dealer_menu_root', 'dealer_management.account_menu_rebates']
# Whose screens are opened: the one who sees everything, the one who sees some, and those with a part of their own.
STAFF = ('manager', 'own_1', 'complaint', 'accountant')
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '3'))


@dataclass(frozen=True)
class Figure:
    """What a page takes.

    :ivar ratio: the time, as a multiple of /my without the module
    :ivar is_empty: there was no record to show
    """

    queries: int
    ratio: float
    is_empty: bool = False


def read_screens(world):
    """What staff open, by the menus and views of their roles."""
    screens, seen = [], set()
    for role in STAFF:
        reader = Reader(world.env, world.users[role], role)
        for screen in [*reader.read_menus(MENUS), *read_other_screens(world, reader)]:
            # What the manager sees is not opened again by those who see the same of it.
            if role in ('manager', 'own_1') or screen.name not in seen:
                screens.append(screen)
        seen |= {screen.name for screen in screens}
    return screens


def read_other_screens(world, reader):
    """What is opened otherwise than by a menu of the module."""
    env, role = reader.env, reader.role
    screens = [
        Screen('Dealers: found by name', role, [('res.partner', 'name_search', {'name': 'dealer 12'})]),
        Screen('Monday Page', role, [('dealer.complaint.week', 'get_week', {'day': False})]),
    ]
    if env['dealer.territory'].has_access('read'):
        panel = {'hierarchize': True, 'limit': 500, 'enable_counters': False, 'expand': False}
        call = ('dealer.territory', 'search_panel_select_range', {'args': ['parent_id'], **panel})
        screens.append(Screen('Territories: panel', role, [call]))
    if env['sale.order'].has_access('read') and role in ('manager', 'own_1'):
        action = world.env.ref('sale.action_orders')
        screens += [
            screen
            for screen in reader.read_action(env[action._name].browse(action.id), 'Orders')
            if screen.name.rpartition(': ')[2] in ('list', 'form', 'searched')
        ]
    return screens


def read_portal_paths(world):
    """What a dealer opens in the portal: ``[(name, path)]``; the documents are those of the big dealer."""
    env, dealer = world.env, world.dealers[0]

    def first(model, domain):
        return env[model].search(domain, order='id', limit=1)

    payout = first('dealer.rebate.payout', [('dealer_id', '=', dealer.id), ('state', '=', 'posted')])
    complaint = first('dealer.complaint', [('dealer_id', '=', dealer.id), ('confidential', '=', False)])
    order = first('sale.order', [('partner_id', '=', dealer.id), ('state', '=', 'sale')])
    counters = '/my/counters'
    return [
        ('Home', '/my'),
        ('Home: counters', counters),
        ('Dealer', '/my/dealer'),
        ('Authorizations', '/my/authorizations'),
        ('Prices', '/my/prices'),
        ('Prices: searched', '/my/prices?search=12'),
        ('Quick order', '/my/quick-order'),
        ('Quick order: find', '/my/quick-order/find'),
        ('Special prices', '/my/special-prices'),
        ('Price changes', '/my/price-changes'),
        ('Rebates', '/my/rebates'),
        ('Rebate program', f'/my/rebates/{world.program.id}'),
        ('Rebate statement', f'/my/rebates/statements/{payout.id}'),
        ('Wallet', '/my/wallet'),
        ('Complaints', '/my/complaints'),
        ('Complaints: searched', '/my/complaints?search=boxes'),
        ('Complaint', f'/my/complaints/{complaint.id}'),
        ('Complaint: new', '/my/complaints/new'),
        ('Orders', '/my/orders'),
        ('Order', f'/my/orders/{order.id}'),
        ('Invoices', '/my/invoices'),
    ]


POSTED = {
    '/my/quick-order/find': {'query': 'product 12'},
    '/my/counters': {
        'counters': [
            'order_count',
            'quotation_count',
            'invoice_count',
            'complaint_count',
            'rebate_count',
            'wallet_count',
        ]
    },
}


class Measurer:
    """Opens pages on a served world, by turns with /my without the module.

    :ivar server: that serves both databases
    """

    def __init__(self, server, plain, database, plain_login):
        self.server, self.database = server, database
        self.plain = Visitor(server, plain).log_in(plain_login, PASSWORD)
        self.visitors = {}
        self.base = self._measure_home()

    def _measure_home(self):
        """Seconds of /my without the module."""
        for _warm in range(3):
            self.plain.get('/my')
        return statistics.median(self._ask(lambda: self.plain.get('/my'))[1] for _round in range(9))

    def _ask(self, function):
        """``(queries, seconds)``, as the server says itself."""
        size = self.server.read_size()
        function()
        answers = self.server.read_answers(size)
        return sum(answer.queries for answer in answers), sum(answer.seconds for answer in answers)

    def visit(self, login):
        if login not in self.visitors:
            self.visitors[login] = Visitor(self.server, self.database).log_in(login, PASSWORD)
        return self.visitors[login]

    def measure(self, function):
        """The figure of a page, warm; nothing is told of one that cannot be opened."""
        is_empty = function() is False
        queries, seconds, base = [], [], []
        for _round in range(ROUNDS):
            base.append(self._ask(lambda: self.plain.get('/my'))[1])
            count, took = self._ask(function)
            queries.append(count)
            seconds.append(took)
        return Figure(min(queries), statistics.median(seconds) / statistics.median(base), is_empty)

    def open_screen(self, screen):
        """Make a screen's calls; returns whether the first of them found a record."""
        visitor = self.visit(screen.role)
        answers = []
        for model, method, kwargs in screen.calls:
            if method is None:
                answer = visitor.ask(model, **{name: value for name, value in kwargs.items() if name != 'context'})
            else:
                sent = json.loads(json.dumps(kwargs, default=str))
                answer = visitor.call(model, method, *sent.pop('args', ()), **sent)
            answers.append(answer)
        found = answers[0]
        return bool(found['length'] if isinstance(found, dict) and 'length' in found else found)

    def open_path(self, path, login):
        visitor = self.visit(login)
        if path in POSTED:
            visitor.ask(path, **POSTED[path])
        else:
            visitor.get(path)


def measure_pages(world, measurer):
    """``{(who, page): Figure}`` of all of them."""
    figures = {}
    for screen in read_screens(world):
        if screen.calls:
            figures[screen.role, screen.name] = measurer.measure(lambda screen=screen: measurer.open_screen(screen))
    for login, who in ((world.dealers[0].email, 'big dealer'), (world.dealers[1].email, 'dealer')):
        for name, path in read_portal_paths(world):
            if who == 'dealer' and any(part.isdigit() for part in path.split('/')):
                continue  # the documents are the big one's
            figures[who, name] = measurer.measure(lambda path=path, login=login: measurer.open_path(path, login))
    path = world.get_certificate_path()
    public = Visitor(measurer.server, measurer.database)
    figures['anybody', 'Certificate'] = measurer.measure(lambda: public.get(path))
    return figures
