"""Many dealers in the portal at once: each reads, orders, complains and looks its rebates up, over and over."""

import itertools
import os
import random
import statistics
import threading
import time
import uuid
from dataclasses import dataclass

from load_world import PASSWORD
from serving import Visitor, WrongAnswer

DEALERS = int(os.environ.get('BENCH_VISITORS', '50'))
# Whatever comes first ends it.
VISITS, SECONDS = int(os.environ.get('BENCH_VISITS', '40')), int(os.environ.get('BENCH_SECONDS', '240'))


@dataclass(frozen=True)
class Visit:
    """One thing that a dealer did: when it began, and how long the answer took."""

    what: str
    start: float
    seconds: float


class DealerVisitor:
    """One dealer's people in the portal.

    :ivar refused: what was answered wrongly
    """

    def __init__(self, server, database, login, number):
        self.visitor, self.login = Visitor(server, database), login
        # Each begins elsewhere: at any moment all of it goes on.
        steps = [getattr(self, name) for name in self.STEPS]
        self.steps = itertools.islice(itertools.cycle(steps), number % len(steps), None)
        self.random = random.Random(number)
        self.visits, self.refused = [], []
        self.draft = None

    # Prices are looked at more often than complaints are made.
    STEPS = (
        'see_home',
        'see_counters',
        'see_prices',
        'find_products',
        'save_order',
        'see_quick_order',
        'place_order',
        'see_orders',
        'see_prices',
        'see_rebates',
        'see_statement',
        'see_wallet',
        'see_complaints',
        'complain',
        'see_complaint',
        'see_authorizations',
        'see_invoices',
    )

    def log_in(self):
        self.visitor.log_in(self.login, PASSWORD)
        # What a browser has at hand from the pages before.
        page = self.visitor.get('/my/rebates')
        self.statement = _find_path(page, '/my/rebates/statements/')
        return self

    def run(self, until, visits):
        for step in itertools.islice(self.steps, visits):
            start = time.perf_counter()
            if start > until:
                break
            try:
                step()
            except (WrongAnswer, OSError) as error:
                self.refused.append(f'{step.__name__}: {error}')
            else:
                self.visits.append(Visit(step.__name__, start, time.perf_counter() - start))

    def see_home(self):
        self.visitor.get('/my')

    def see_counters(self):
        names = ('order_count', 'quotation_count', 'invoice_count', 'complaint_count')
        self.visitor.ask('/my/counters', counters=list(names))

    def see_prices(self):
        self.visitor.get(f'/my/prices?search={self.random.randrange(10, 40)}')

    def find_products(self):
        # Who is authorized for one category has no product of some numbers.
        found = self.visitor.ask('/my/quick-order/find', query=f'product {self.random.randrange(1, 10)}')
        self.found = found or self._find()

    def save_order(self):
        products = [row['id'] for row in getattr(self, 'found', None) or self._find()]
        lines = [[product, self.random.randrange(1, 9)] for product in products]
        self.draft = self._check(self.visitor.ask('/my/quick-order/save', lines=lines))

    def _find(self):
        found = self.visitor.ask('/my/quick-order/find', query='product')
        if not found:
            raise WrongAnswer('no product was found')
        return found

    def see_quick_order(self):
        self.visitor.get('/my/quick-order')

    def place_order(self):
        if not self.draft:
            self.save_order()
        placed = self.visitor.ask('/my/quick-order/place', order_id=self.draft['order_id'], amount=self.draft['amount'])
        self.draft = None
        if 'url' not in self._check(placed):
            raise WrongAnswer(f'the order was not placed: {placed}')

    def see_orders(self):
        self.visitor.get('/my/orders')

    def see_rebates(self):
        self.visitor.get('/my/rebates')

    def see_statement(self):
        self.visitor.get(self.statement)

    def see_wallet(self):
        self.visitor.get('/my/wallet')

    def see_complaints(self):
        self.visitor.get('/my/complaints')

    def complain(self):
        token = self.visitor.read_token('/my/complaints/new')
        form = {
            'csrf_token': token,
            'intake_key': uuid.uuid4().hex,
            'type_id': 'bench',
            'description': 'The boxes were wet, and what was in them is broken.',
        }
        answer = self.visitor.post('/my/complaints/new', form, headers={'Accept': 'application/json'}, as_json=True)
        self.complaint = self._check(answer)['url']

    def see_complaint(self):
        self.visitor.get(getattr(self, 'complaint', '/my/complaints'))

    def see_authorizations(self):
        self.visitor.get('/my/authorizations')

    def see_invoices(self):
        self.visitor.get('/my/invoices')

    @staticmethod
    def _check(answer):
        if 'error' in answer:
            raise WrongAnswer(answer['error'])
        return answer


class HomeVisitor(DealerVisitor):
    """Somebody who only opens /my: the measure of the others, without the module."""

    STEPS = ('see_home',)

    def log_in(self):
        self.visitor.log_in(self.login, PASSWORD)
        return self


def _find_path(page, start):
    """The first address in a page that begins so."""
    position = page.find(start)
    if position < 0:
        raise WrongAnswer(f'there is no {start}')
    return page[position : position + len(start) + 12].partition('"')[0].partition('?')[0]


def visit_at_once(visitors, visits=VISITS):
    """Let all of them go on at the same time, ``visits`` each; returns ``(visits by their beginning, refusals)``."""
    _run_all([visitor.log_in for visitor in visitors])
    until = time.perf_counter() + SECONDS
    _run_all([lambda visitor=visitor: visitor.run(until, visits) for visitor in visitors])
    made = sorted((visit for visitor in visitors for visit in visitor.visits), key=lambda visit: visit.start)
    return made, [message for visitor in visitors for message in visitor.refused]


def _run_all(functions):
    """Run each in a thread of its own; the first exception is raised again."""
    errors = []

    def run(function):
        try:
            function()
        except Exception as error:  # of a thread: it is raised below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def compare_thirds(visits):
    """By what the time of the last third is a multiple of that of the first, kind by kind of visit.

    The median over the kinds, of the ratio of their medians: each third has all of them.
    """
    third = len(visits) // 3
    ratios = []
    for what in {visit.what for visit in visits}:
        first, last = (
            [visit.seconds for visit in part if visit.what == what] for part in (visits[:third], visits[-third:])
        )
        if first and last:
            ratios.append(statistics.median(last) / statistics.median(first))
    return statistics.median(ratios)
