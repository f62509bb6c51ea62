"""Load: the main pages of staff and portal over a large channel, and 50 dealers in the portal at once."""

import os
import statistics
import time

from common import environment, finish, parse_arguments, report
from load_pages import Measurer, measure_pages
from load_visits import DEALERS, DealerVisitor, HomeVisitor, compare_thirds, visit_at_once
from load_world import PASSWORD, LoadWorld, Size, count_rows
from serving import Server

from odoo.fields import Command

# A page may take so many queries more over a hundred times the data: the ORM reads 1,000 records at a time.
MORE_QUERIES = int(os.environ.get('BENCH_MORE_QUERIES', '3'))
# Odoo opens the first ten columns of a board, by a query each: a small world has fewer.
MORE_COLUMNS = 9
# And at most so many times as long as /my without the module.
SLOWEST, GROWTH = 20, 1.25
PLAIN_LOGIN = 'plain'


def make_plain_users(database):
    """Portal users where the module is not: the first, and one for each dealer who visits; returns their logins."""
    logins = [PLAIN_LOGIN, *(f'{PLAIN_LOGIN}{number}' for number in range(DEALERS))]
    with environment(database, commit=True) as env:
        group = env.ref('base.group_portal')
        users = (
            env['res.users']
            .with_context(no_reset_password=True)
            .create([{'name': login, 'login': login, 'group_ids': [Command.set(group.ids)]} for login in logins])
        )
        users[0].password = PASSWORD
        env.flush_all()
        # One hash for all, as in the world.
        env.cr.execute(
            'UPDATE res_users SET password = (SELECT password FROM res_users WHERE id = %s) WHERE id IN %s',
            [users[0].id, tuple(users.ids)],
        )
    return logins


def grow(world, size):
    start = time.perf_counter()
    world.grow(size)
    print(f'     {size}: made in {time.perf_counter() - start:.0f} s', flush=True)


def measure_world(world, plain, module):
    with Server(plain, module) as server:
        return measure_pages(world, Measurer(server, plain, module, PLAIN_LOGIN))


def compare_pages(small, large):
    """Print the table, and report what grows or takes too long."""
    print(f'     {"who":12} {"page":42} {"queries":>8} {"of 1/100":>8} {"x /my":>6}', flush=True)
    for (who, page), figure in large.items():
        few = small[who, page].queries if (who, page) in small else '-'
        print(f'     {who:12} {page:42} {figure.queries:8} {few:>8} {figure.ratio:6.1f}', flush=True)
    # A page without records is no measure of one with them.
    compared = {key: figure for key, figure in large.items() if key in small and not small[key].is_empty}
    grown = [
        f'{who}: {page} ({small[who, page].queries} → {figure.queries})'
        for (who, page), figure in compared.items()
        if figure.queries > small[who, page].queries + MORE_QUERIES + (MORE_COLUMNS if page.endswith('kanban') else 0)
    ]
    slow = [f'{who}: {page} ({figure.ratio:.0f} x)' for (who, page), figure in large.items() if figure.ratio > SLOWEST]
    most = max(large.values(), key=lambda figure: figure.queries).queries
    usual = statistics.median(figure.ratio for figure in large.values())
    return [
        report(
            f'queries of {len(compared)} pages over 100 times the data ({len(large) - len(compared)} more were empty before)',
            f'at most {MORE_QUERIES} more, and {MORE_COLUMNS} for the columns of a board',
            f'{len(grown)} grow, none takes more than {most}' + ''.join(f'\n       {line}' for line in grown),
            not grown,
        ),
        report(
            f'time of {len(large)} pages, against /my without the module',
            f'at most {SLOWEST} x',
            f'{len(slow)} take longer; {usual:.1f} x in the middle' + ''.join(f'\n       {line}' for line in slow),
            not slow,
        ),
    ]


def measure_visits(world, plain, module, plain_logins):
    """What happens while many dealers are in the portal at once, against as many who open /my without the module."""
    logins = world.give_logins(DEALERS)
    with Server(plain, module) as server:
        # Every page once by everybody: connections, caches and threads are there before anything is measured.
        warm = [DealerVisitor(server, module, login, number) for number, login in enumerate(logins)]
        _visits, refused_warm = visit_at_once(warm, len(DealerVisitor.STEPS))
        homes = [HomeVisitor(server, plain, login, number) for number, login in enumerate(plain_logins[1:])]
        alone, refused_alone = visit_at_once(homes)
        visitors = [DealerVisitor(server, module, login, number) for number, login in enumerate(logins)]
        visits, refused = visit_at_once(visitors)
    refused = [*refused_warm, *refused_alone, *refused]
    base = statistics.median(visit.seconds for visit in alone)
    for what in DealerVisitor.STEPS:
        taken = [visit.seconds for visit in visits if visit.what == what]
        if taken:
            slowest = statistics.quantiles(taken, n=20)[-1] / base
            print(
                f'     {what:20} {statistics.median(taken) / base:5.1f} x /my, 95 % within {slowest:5.1f} x', flush=True
            )
    growth = compare_thirds(visits)
    what = f'{len(logins)} dealers in the portal at once, {len(visits)} visits in {visits[-1].start - visits[0].start:.0f} s'
    return [
        report(what, 'no error', f'{len(refused)}' + ''.join(f'\n       {line}' for line in refused[:3]), not refused),
        report(what, f'the last third at most {GROWTH} x the first', f'{growth:.2f} x', growth <= GROWTH),
        report(
            what,
            f'at most {SLOWEST} x /my without the module, visited by as many',
            f'{statistics.median(visit.seconds for visit in visits) / base:.1f} x',
            statistics.median(visit.seconds for visit in visits) / base <= SLOWEST,
        ),
    ]


def main():
    plain, module = parse_arguments(__doc__)
    plain_logins = make_plain_users(plain)
    whole = Size.whole()
    with environment(module, commit=True) as env:
        world = LoadWorld(env)
        grow(world, whole.divide(100))
        small = measure_world(world, plain, module)
        grow(world, whole)
        print('     ' + ', '.join(f'{count:,} {what}' for what, count in count_rows(env).items()), flush=True)
        results = compare_pages(small, measure_world(world, plain, module))
        results += measure_visits(world, plain, module, plain_logins)
    finish(results)


if __name__ == '__main__':
    main()
