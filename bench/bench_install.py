"""Installation into years of business: what it costs, what it computes for what is there, and that it changes none of it.

Two databases without the module, one of them with years of orders, deliveries and invoices, get the module in turn.
"""

import importlib
import os
import statistics
import time

from common import environment, finish, parse_arguments, report
from order_world import make_orders
from rebate_world import make_invoices
from rows import settle_statistics

import odoo

ORDERS, ORDER_LINES = int(os.environ.get('BENCH_ORDERS', '60000')), 5
INVOICE_LINES = int(os.environ.get('BENCH_LINES', '200000'))
PARTNERS, PRODUCTS, DAYS = 500, 200, 1000
ROUNDS = 3
# Odoo's bot and the administrator get roles, and Odoo notes that on their contacts.
TOLERATED = ('res_partner.write_date',)
# Creating the columns, indexes and constraints of the module on tables of that size is bound to take something.
MOST_SECONDS_A_MILLION = 60
TABLES = (
    *('sale_order', 'sale_order_line', 'account_move', 'account_move_line', 'stock_picking', 'stock_move'),
    *('stock_move_line', 'res_partner', 'product_template', 'product_product'),
)


def make_years(database):
    """Business by SQL, as if it had always been there; returns how many rows."""
    with environment(database, commit=True) as env:
        env['account.chart.template'].try_loading('generic_coa', env.company, install_demo=False)
        partners = env['res.partner'].create(
            [{'name': f'Customer {number}', 'is_company': True, 'customer_rank': 1} for number in range(PARTNERS)]
        )
        products = env['product.product'].create(
            [{'name': f'Goods {number}', 'type': 'consu', 'list_price': 10} for number in range(PRODUCTS)]
        )
        make_orders(env, partners, products, ORDERS, DAYS, ORDER_LINES)
        make_invoices(env, partners, products, INVOICE_LINES, '2023-01-01', DAYS)
        settle_statistics(env)


def measure(without):
    # Odoo finds addons only once it has read its configuration.
    lifecycle, inventory = (
        importlib.import_module(f'odoo.addons.dealer_management.tests.{name}')
        for name in ('lifecycle_common', 'inventory')
    )
    years = lifecycle.OwnDatabase(f'bench_years_{os.getpid()}', without)
    try:
        start = time.perf_counter()
        make_years(years.name)
        before = inventory.take_content(years, TABLES)
        rows = sum(content.count for content in before.values())
        print(f'     {rows:,} rows made in {time.perf_counter() - start:.0f} s', flush=True)
        taken, differences = {without: [], years.name: []}, []
        for _round in range(ROUNDS):
            for template, seconds in taken.items():
                odoo.sql_db.close_db(template)  # nobody may look at what is copied
                database = lifecycle.OwnDatabase(f'bench_install_{os.getpid()}', template)
                try:
                    start = time.perf_counter()
                    database.install(lifecycle.MODULE)
                    seconds.append(time.perf_counter() - start)
                    if template == years.name:
                        differences = inventory.compare_content(before, database, TOLERATED)
                        filled = read_backfill(database, inventory.get_columns(years))
                finally:
                    database.drop()
    finally:
        years.drop()
    empty, full = (statistics.median(seconds) for seconds in taken.values())
    print('     computed for what was there: ' + (', '.join(filled) or 'nothing'), flush=True)
    for difference in differences:
        print(f'     {difference}', flush=True)
    more = (full - empty) / rows * 1_000_000
    return [
        report(
            f'installed into {rows:,} rows of business, against an empty database',
            f'at most {MOST_SECONDS_A_MILLION} s more a million rows',
            f'{full / empty:.2f} x the time, {more:.0f} s more a million rows',
            more <= MOST_SECONDS_A_MILLION,
        ),
        report('what was there', 'says the same', f'{len(differences)} columns say something else', not differences),
    ]


def read_backfill(database, columns):
    """The columns of the module on the big tables that hold something after the installation."""
    filled = []
    for table in TABLES:
        added = sorted(database_columns(database, table) - columns[table])
        for column in added:
            [(count,)] = database.execute(f'SELECT count("{column}") FROM "{table}"')  # noqa: S608
            if count:
                filled.append(f'{table}.{column} ({count:,})')
    return filled


def database_columns(database, table):
    query = "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    return {name for (name,) in database.execute(query, table)}


plain, _module = parse_arguments(__doc__)
finish(measure(plain))
