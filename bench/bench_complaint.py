"""Complaints: creating them against a lead of the same database, and finding what is due among 100,000 open ones."""

import os
import statistics

from common import compare, environment, finish, measure, parse_arguments, report

from odoo.tools import SQL

OPEN = int(os.environ.get('BENCH_COMPLAINTS', '100000'))
# One complaint in a hundred, with its three deadlines.
DUE = OPEN // 100 * 3
BATCH = 100


def make_masters(env):
    complaint_type = env['dealer.complaint.type'].create({'name': 'Bench', 'code': 'bench'})
    env['dealer.deadline.policy'].create(
        {
            'name': 'Bench',
            'type_id': complaint_type.id,
            'target_ids': [
                (0, 0, {'kind': 'acknowledge', 'clock': 'working', 'unit': 'hours', 'amount': 4}),
                (0, 0, {'kind': 'first_reply', 'clock': 'calendar', 'unit': 'hours', 'amount': 24}),
                (0, 0, {'kind': 'resolve', 'clock': 'working', 'unit': 'days', 'amount': 5}),
            ],
        }
    )
    dealer = env['res.partner'].create({'name': 'Bench', 'is_dealer': True, 'email': 'bench@example.com'})
    group = env.ref('dealer_management.group_dealer_complaint')
    users = env['res.users'].create(
        [
            {
                'name': f'Bench {n}',
                'login': f'bench_{n}',
                'email': f'bench{n}@example.com',
                'group_ids': [(4, group.id)],
            }
            for n in range(10)
        ]
    )
    return complaint_type, dealer, users


def measure_creating(env, complaint_type, dealer, somebody):
    """A complaint with three deadlines against a lead, both assigned to ``somebody``, or to nobody."""
    lead = {'name': 'Bench', 'partner_id': dealer.id, 'user_id': somebody.id}
    complaint = {'title': 'Bench', 'dealer_id': dealer.id, 'type_id': complaint_type.id, 'user_id': somebody.id}
    results = []
    for number, most in ((1, 1.5), (200, 1.5)):
        ratio, leads, complaints = compare(
            env,
            lambda env, number=number: env['crm.lead'].create([dict(lead) for _n in range(number)]),
            env,
            lambda env, number=number: env['dealer.complaint'].create([dict(complaint) for _n in range(number)]),
            rounds=25 if number == 1 else 5,
        )
        whose = 'assigned to somebody' if somebody else 'assigned to nobody'
        results.append(
            report(
                f'{number} complaint(s) {whose}, with three deadlines each',
                f'at most {most} x the queries of as many leads',
                f'{complaints} queries against {leads}: {complaints / leads:.2f} x; {ratio:.2f} x the time',
                complaints <= most * leads,
            )
        )
        if number > 1:
            each = complaints / number
            results.append(
                report(f'200 at once, {whose}', 'fewer than 10 queries each', f'{each:.2f} queries each', each < 10)
            )
    return results


def fill(env, complaint, users):
    """Copies of one complaint and its deadlines in SQL; one in a hundred is due."""
    own = {'id', 'name', 'user_id', 'complaint_id', 'next_check', 'warning', 'due'}
    complaint_columns, deadline_columns = (
        [
            SQL.identifier(name)
            for name, field in env[model]._fields.items()
            if field.column_type and field.store and name not in own
        ]
        for model in ('dealer.complaint', 'dealer.deadline')
    )
    env.cr.execute(
        SQL(
            """INSERT INTO dealer_complaint (%(columns)s, name, user_id)
               SELECT %(columns)s, 'BENCH/' || n, (%(users)s::int[])[1 + n %% %(count)s]
                 FROM dealer_complaint, generate_series(1, %(open)s) n
                WHERE id = %(complaint)s""",
            columns=SQL(', ').join(complaint_columns),
            users=users.ids,
            count=len(users),
            open=OPEN,
            complaint=complaint.id,
        )
    )
    env.cr.execute(
        SQL(
            """INSERT INTO dealer_deadline (%(columns)s, complaint_id, next_check, warning, due)
               SELECT %(columns)s, c.copy_id, c.moment, c.moment, now() AT TIME ZONE 'UTC' + interval '2 days'
                 FROM dealer_deadline,
                      (SELECT id AS copy_id,
                              now() AT TIME ZONE 'UTC' + CASE WHEN split_part(name, '/', 2)::int %% 100 = 0
                                  THEN -interval '1 minute' ELSE interval '1 day' END AS moment
                         FROM dealer_complaint WHERE name LIKE 'BENCH/%%') c
                WHERE complaint_id = %(complaint)s""",
            columns=SQL(', ').join(deadline_columns),
            complaint=complaint.id,
        )
    )
    env.cr.execute('ANALYZE dealer_complaint, dealer_deadline')
    env.invalidate_all()


def measure_finding(env):
    deadlines = env['dealer.deadline']

    def find(env):
        return env['dealer.deadline'].search(deadlines._get_check_domain(), order='next_check, id', limit=5000)

    def read_first(env):
        return env['dealer.deadline'].search([], order='id', limit=DUE)

    found = find(env)
    query = deadlines._search(deadlines._get_check_domain(), order='next_check, id', limit=5000).select()
    env.cr.execute('EXPLAIN ' + query.code, query.params)
    plan = ' '.join(line for (line,) in env.cr.fetchall())
    times = ([], [])
    for _round in range(25):
        times[0].append(measure(env, read_first)[0])
        seconds, queries = measure(env, find)
        times[1].append(seconds)
    ratio = statistics.median(times[1]) / statistics.median(times[0])
    what = f'finding {DUE:,} that are due among {OPEN:,} open complaints ({OPEN * 3:,} deadlines)'
    return found, [
        report(what, 'all of them', f'{len(found):,}', len(found) == DUE),
        report(
            what,
            'by the index, in one query',
            f'{queries} query, {"index" if "next_check_idx" in plan else plan}',
            queries == 1 and 'next_check_idx' in plan,
        ),
        report(what, 'at most 5 x the time of searching for just as many', f'{ratio:.2f} x', ratio <= 5),
    ]


def measure_telling(env, found):
    batch = found[:BATCH]
    took, queries = measure(env, lambda env: env['dealer.deadline'].browse(batch.ids)._check())
    told = len(batch.activity_ids)
    return report(
        f'telling {BATCH} of them to 10 people',
        'at most 1 query each',
        f'{told} told, {queries / BATCH:.2f} queries each ({took * 1000 / BATCH:.1f} ms each here)',
        queries <= BATCH and told == BATCH,
    )


def main():
    _without, module = parse_arguments(__doc__)
    results = []
    with environment(module) as env:
        complaint_type, dealer, users = make_masters(env)
        for somebody in (users[0], users.browse()):
            results += measure_creating(env, complaint_type, dealer, somebody)
        complaint = env['dealer.complaint'].create(
            {'title': 'Bench', 'dealer_id': dealer.id, 'type_id': complaint_type.id}
        )
        env.flush_all()
        fill(env, complaint, users)
        found, lines = measure_finding(env)
        results += [*lines, measure_telling(env, found)]
    finish(results)


if __name__ == '__main__':
    main()
