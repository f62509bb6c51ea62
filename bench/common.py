"""What the benchmarks share: two databases in one process, measured by turns.

Machines are noisy, so nothing here is a time on its own: each figure is a ratio of two medians
that were taken alternately in one run, or a count of queries.
"""

import argparse
import os
import statistics
import time
from contextlib import contextmanager

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def parse_arguments(description):
    """Return the databases ``(without, with)`` the module that ``./dev bench`` has made."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--without', required=True, help='database without the module')
    parser.add_argument('--with', dest='module', required=True, help='database with the module')
    arguments = parser.parse_args()
    config.parse_config(['-c', os.environ['ODOO_RC'], '--log-level=error', '--no-http'])
    return arguments.without, arguments.module


@contextmanager
def environment(db_name, commit=False):
    """An environment on ``db_name``, rolled back at the end unless ``commit``."""
    with Registry(db_name).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': False})
        yield env
        env.flush_all()
        if not commit:
            cr.rollback()


def measure(env, function):
    """Run ``function(env)`` from a cold cache: ``(seconds, queries)``, the flush included."""
    env.flush_all()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    function(env)
    env.flush_all()
    return time.perf_counter() - start, env.cr.sql_log_count - queries


def compare(env_without, without, env_with, with_module, rounds=25):
    """Measure both by turns.

    :return: ``(ratio of the median times, queries without, queries with)``
    """
    measure(env_without, without), measure(env_with, with_module)  # warm
    times = ([], [])
    for _round in range(rounds):
        seconds, queries_without = measure(env_without, without)
        times[0].append(seconds)
        seconds, queries_with = measure(env_with, with_module)
        times[1].append(seconds)
    return statistics.median(times[1]) / statistics.median(times[0]), queries_without, queries_with


def report(what, promise, figure, kept):
    """Print one line of the result."""
    print(f'{"ok  " if kept else "MISS"} {what}: {figure} (promised: {promise})', flush=True)
    return kept


def report_queries(what, most, compared):
    """Report what the module adds to ``what``, where ``most`` queries more were promised at most.

    :param compared: the figures of :func:`compare`
    """
    ratio, without, with_module = compared
    more = with_module - without
    promise = f'at most {most} {"query" if most == 1 else "queries"} more' if most else 'no extra query'
    return report(what, promise, f'{more:+d} queries ({without} without), {ratio:.2f} x the time', more <= most)


def finish(results):
    """End with an exit code that says whether every promise was kept."""
    odoo.sql_db.close_all()
    raise SystemExit(0 if all(results) else 1)
