"""Rebates: 500 dealers and a million invoice lines: settling against one bare GROUP BY, one dealer, memory, growth."""

import datetime
import os
import resource
import statistics
import time
from functools import partial

from common import environment, finish, parse_arguments, report
from rebate_world import YEAR, make_invoices, make_masters
from rows import settle_statistics

from odoo.fields import Command

LINES = int(os.environ.get('BENCH_LINES', '1000000'))
SMALL = LINES // 100
ROUNDS = 3
BARE = """
    SELECT aml.partner_id, template.categ_id, date_trunc('month', aml.invoice_date), sum(-aml.balance)
      FROM account_move_line aml
      JOIN product_product product ON product.id = aml.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE aml.parent_state = 'posted' AND aml.display_type = 'product'
       AND aml.rebate_role IS NULL AND aml.is_downpayment IS NOT TRUE
       AND aml.invoice_date BETWEEN %(first)s AND %(last)s {dealer}
  GROUP BY 1, 2, 3
"""
DAYS = {'first': f'{YEAR}-01-01', 'last': f'{YEAR}-12-31'}


def make_program(env, categories, period):
    product = env['product.product'].create({'name': 'Rebate', 'type': 'service'})
    program = env['dealer.rebate.program'].create(
        {
            'title': f'Bench {period}',
            'date_from': DAYS['first'],
            'date_to': DAYS['last'],
            'period': period,
            'product_id': product.id,
            'category_ids': [Command.set(categories.ids)],
            'band_ids': [Command.create({'threshold': n * 2_000, 'rate': n}) for n in (1, 2, 3)],
            'requester_id': env.ref('base.user_admin').id,
        }
    )
    program.write({'state': 'open', 'approver_id': env.uid})
    env.flush_all()
    return program


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def run_bare(env, dealer=None):
    env.cr.execute(BARE.format(dealer='AND aml.partner_id = %(dealer)s' if dealer else ''), {**DAYS, 'dealer': dealer})
    env.cr.fetchall()


def compare(env, bare, ours, rounds=ROUNDS):
    """Ratio of the median times, taken by turns, and the queries of ours; each round from a cold cache."""
    times, queries = ([], []), 0
    for _round in range(rounds):
        times[0].append(seconds(lambda: bare(env)))
        env.flush_all()
        env.invalidate_all()
        before = env.cr.sql_log_count
        times[1].append(seconds(lambda: ours(env)))
        queries = env.cr.sql_log_count - before
    return statistics.median(times[1]) / statistics.median(times[0]), queries, statistics.median(times[1])


def compute(program, periods, env):
    program._read_accounts(periods)


def preview(program, env):
    """Compute everything and keep the proof, then take it back."""
    with env.cr.savepoint(flush=False) as savepoint:
        run = env['dealer.rebate.run'].create(
            {'program_id': program.id, 'period_to': DAYS['last'], 'date': f'{YEAR + 1}-01-10'}
        )
        run.action_preview()
        env.flush_all()
        savepoint.rollback()
    env.invalidate_all()


def measure_programs(env, programs, size):
    results = {}
    for period, program in programs.items():
        periods = program._get_periods()
        ratio, queries, took = compare(env, run_bare, partial(compute, program, periods))
        proof_ratio, proof_queries, _took = compare(env, run_bare, partial(preview, program), 2)
        results[period] = (ratio, queries, proof_ratio, proof_queries, took)
        print(
            f'     {size:>9,} lines, {period}: computed {ratio:.2f} x with {queries} queries,'
            f' with the proof {proof_ratio:.2f} x with {proof_queries}',
            flush=True,
        )
    return results


def measure_one_dealer(env, program, dealer):
    day = datetime.date(YEAR, 12, 30)
    run_bare(env, dealer.id), program._get_progress(dealer, day)  # warm
    times, figures = ([], []), 0
    for _round in range(25):
        times[0].append(seconds(lambda: run_bare(env, dealer.id)))
        before = env.cr.sql_log_count
        times[1].append(seconds(lambda: program._get_progress(dealer, day)))
        figures = env.cr.sql_log_count - before
    # What reads the ledger, without what finds out whether the program is for the dealer.
    ledger = count_ledger_queries(env, program, dealer, day)
    return statistics.median(times[1]) / statistics.median(times[0]), figures, ledger


def count_ledger_queries(env, program, dealer, day):
    queries, execute = [], type(env).execute_query

    def counted(self, query):
        if 'account_move_line' in query.code or 'WITH RECURSIVE member' in query.code:
            queries.append(query)
        return execute(self, query)

    type(env).execute_query = counted
    try:
        program._get_progress(dealer, day)
    finally:
        type(env).execute_query = execute
    return len(queries)


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    _without, module = parse_arguments(__doc__)
    results = []
    with environment(module, commit=True) as env:
        dealers, categories, products = make_masters(env)
        programs = {period: make_program(env, categories, period) for period in ('quarter', 'year')}
        make_invoices(env, dealers, products, SMALL)
        settle_statistics(env)
        small = measure_programs(env, programs, SMALL)
        env.cr.execute("DELETE FROM account_move_line WHERE move_name LIKE 'BENCH/%'")
        env.cr.execute("DELETE FROM account_move WHERE name LIKE 'BENCH/%'")
        make_invoices(env, dealers, products, LINES)
        settle_statistics(env)
        before = memory()
        large = measure_programs(env, programs, LINES)
        grown = memory() - before
        for period in programs:
            ratio, queries, proof_ratio, proof_queries, took = large[period]
            results += [
                report(f'{period}: 500 dealers computed', 'at most 1.5 x', f'{ratio:.2f} x', ratio <= 1.5),
                report(f'{period}: with the proof written', 'at most 4 x', f'{proof_ratio:.2f} x', proof_ratio <= 4),
                report(
                    f'{period}: queries do not grow with the lines',
                    'as many as with a hundredth',
                    f'{queries} and {proof_queries}, against {small[period][1]} and {small[period][3]}',
                    queries <= small[period][1] and proof_queries <= small[period][3],
                ),
                report(
                    f'{period}: time from a hundredth of the lines',
                    'at most 100 x',
                    f'{took / small[period][4]:.0f} x',
                    took / small[period][4] <= 100,
                ),
            ]
        ratio, queries, ledger = measure_one_dealer(env, programs['quarter'], dealers[7])
        results += [
            report("one dealer's progress: queries of its figures", 'at most 3', f'{ledger} of {queries}', ledger <= 3),
            report("one dealer's progress", 'at most 5 x', f'{ratio:.2f} x', ratio <= 5),
            report('peak memory', 'less than 300 MB more', f'{grown:.0f} MB', grown < 300),
        ]
    finish(results)


if __name__ == '__main__':
    main()
