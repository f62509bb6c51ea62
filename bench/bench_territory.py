"""Territories: what judging an order costs, with a large tree and many grants; resolution; the public page."""

import itertools
import random
from unittest.mock import patch

from common import compare, environment, finish, measure, parse_arguments, report, report_queries
from territory_world import make_country, make_grants, make_territories

NUMBERS = itertools.count()
STATES, CITIES, DEALERS, GRANTS, LINES = 40, 25, 500, 2000, 20


def make_world(env):
    """1,000 territories below 40 states, 2,000 grants to 500 dealers; returns ``(dealer, address)``."""
    random.seed(19)
    country, states = make_country(env, STATES)
    env.company.dealer_territory_policy = 'block'
    _tops, towns = make_territories(env, states, CITIES - 1)
    categories = env['product.category'].create([{'name': f'Bench {number}'} for number in range(20)])
    products = env['product.product'].create(
        [
            {'name': f'Bench {number}', 'type': 'consu', 'list_price': 10, 'categ_id': categories[number % 20].id}
            for number in range(LINES)
        ]
    )
    dealers = env['res.partner'].create(
        [{'name': f'Bench dealer {number}', 'is_dealer': True, 'country_id': country.id} for number in range(DEALERS)]
    )
    make_grants(env, dealers, towns[: len(towns) - 100], categories, GRANTS - 1)
    dealer = dealers[0]
    home, home_state = towns[-1], states[-1]
    env['dealer.authorization'].create(
        {
            'dealer_id': dealer.id,
            'territory_id': home.id,
            'date_from': '2020-01-01',
            'date_to': '2099-12-31',
            'state': 'active',
        }
    )
    dealer.write({'state_id': home_state.id, 'city': f'City {CITIES - 2}'})
    free = env['res.partner'].create(
        {'name': 'Bench customer', 'country_id': country.id, 'state_id': home_state.id, 'city': f'City {CITIES - 3}'}
    )
    env.flush_all()
    for table in ('dealer_territory', 'dealer_territory_area', 'dealer_authorization_coverage', 'dealer_authorization'):
        env.cr.execute(f'ANALYZE {table}')
    return dealer, free, products


def make_plain_world(env):
    """The same customers and products, without the module."""
    country = env['res.country'].create({'name': 'Bench Country', 'code': 'Q1'})
    categories = env['product.category'].create([{'name': f'Bench {number}'} for number in range(20)])
    products = env['product.product'].create(
        [
            {'name': f'Bench {number}', 'type': 'consu', 'list_price': 10, 'categ_id': categories[number % 20].id}
            for number in range(LINES)
        ]
    )
    dealer, free = env['res.partner'].create(
        [
            {'name': 'Bench dealer', 'is_company': True, 'country_id': country.id},
            {'name': 'Bench customer', 'country_id': country.id},
        ]
    )
    return dealer, free, products


def confirm(partner, products):
    """Two functions: make a quotation beforehand, and confirm the one that was made."""
    waiting = []

    def prepare(env):
        waiting.append(
            env['sale.order']
            .create(
                {
                    'partner_id': partner.id,
                    'order_line': [(0, 0, {'product_id': product.id, 'product_uom_qty': 1}) for product in products],
                }
            )
            .id
        )

    def run(env):
        env['sale.order'].browse(waiting.pop()).action_confirm()

    return prepare, run


def compare_confirmations(env_one, one, env_other, other, rounds=15):
    """As ``compare``, with the quotations made outside of what is measured."""

    (prepare_one, run_one), (prepare_other, run_other) = one, other
    for _number in range(rounds + 1):
        prepare_one(env_one)
        prepare_other(env_other)
    return compare(env_one, run_one, env_other, run_other, rounds=rounds)


class _Off:
    """The policy's hook taken out: nothing is judged."""

    def __init__(self, env):
        self.lines = type(env['sale.order.line'])

    def __call__(self, function):
        def run(env):
            with patch.object(self.lines, '_judge_territory', lambda lines, **kwargs: {}):
                function(env)

        return run


def main():
    without, module = parse_arguments(__doc__)
    results = []
    with environment(without) as plain, environment(module) as env:
        plain_dealer, plain_free, plain_products = make_plain_world(plain)
        _dealer, customer, goods = make_plain_world(env)
        results.append(
            report_queries(
                f'confirm an order of {LINES} lines where territories are not guarded',
                1,
                compare_confirmations(plain, confirm(plain_free, plain_products), env, confirm(customer, goods)),
            )
        )
        dealer, free, products = make_world(env)
        off = _Off(env)

        prepare, run = confirm(dealer, products)
        ratio, queries_off, queries_on = compare_confirmations(env, (prepare, off(run)), env, (prepare, run))
        results.append(
            report(
                f'confirm an order of {LINES} lines, 1,000 territories, 2,000 grants, against the hook taken out',
                '<= 1.10 x the time',
                f'{ratio:.2f} x, {queries_on - queries_off:+d} queries',
                ratio <= 1.10,
            )
        )
        results += [
            report_queries(
                f'confirm an order of {LINES} lines of a dealer, against no module at all',
                6,
                compare_confirmations(plain, confirm(plain_dealer, plain_products), env, confirm(dealer, products)),
            ),
            report_queries(
                f'confirm an order of {LINES} lines of a customer who is no dealer, in an open area',
                3,
                compare_confirmations(plain, confirm(plain_free, plain_products), env, confirm(free, products)),
            ),
        ]

        # 5,000 areas: an address is found by one query, as fast as with 40.
        territories = env['dealer.territory']
        state = env['res.country.state'].search([('code', '=', 'B0')], limit=1)
        address = (state.country_id.id, state.id, 'City 3', False)
        few = measure(env, lambda env: territories._resolve_addresses(env.company, [address] * 1))
        top = territories.search([('name', '=', 'State 0')])
        territories.create(
            [
                {
                    'name': f'More {number}',
                    'parent_id': top.id,
                    'area_ids': [
                        (0, 0, {'country_id': state.country_id.id, 'state_id': state.id, 'city': f'More {number}'})
                    ],
                }
                for number in range(4000)
            ]
        )
        env.flush_all()
        env.cr.execute('ANALYZE dealer_territory_area')
        runs = [measure(env, lambda env: territories._resolve_addresses(env.company, [address])) for _n in range(20)]
        queries = runs[-1][1]
        results.append(
            report(
                'find the territory of an address among 5,000 areas',
                'one query, and one for the company',
                f'{queries} queries, {sorted(run[0] for run in runs)[10] / few[0]:.2f} x the time of 1,000 areas',
                queries <= 2,
            )
        )
    finish(results)


main()
