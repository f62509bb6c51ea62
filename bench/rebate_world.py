"""A year of invoices by SQL: what the rebate benchmarks are measured on."""

from contextlib import contextmanager

YEAR = 2025
DEALERS, CATEGORIES, PRODUCTS, LINES_A_MOVE = 500, 40, 400, 10


@contextmanager
def without_indexes(env, *tables):
    """Fill tables without their secondary indexes and triggers; both are there again afterwards."""
    env.cr.execute(
        """SELECT indexname, indexdef FROM pg_indexes
            WHERE tablename = ANY(%s) AND indexname NOT LIKE '%%_pkey'""",
        [list(tables)],
    )
    indexes = env.cr.fetchall()
    for name, _definition in indexes:
        env.cr.execute(f'DROP INDEX "{name}"')
    env.cr.execute('SET session_replication_role = replica')
    yield
    env.cr.execute('SET session_replication_role = origin')
    for _name, definition in indexes:
        env.cr.execute(definition)


def make_masters(env):
    """Dealers, categories and products; returns ``(dealers, categories, products)``."""
    if not env.company.chart_template:
        env['account.chart.template'].try_loading('generic_coa', env.company, install_demo=False)
    categories = env['product.category'].create([{'name': f'Bench {number}'} for number in range(CATEGORIES)])
    products = env['product.product'].create(
        [
            {'name': f'Bench {number}', 'type': 'consu', 'list_price': 10, 'categ_id': categories[number % 40].id}
            for number in range(PRODUCTS)
        ]
    )
    kind = env.ref('dealer_management.dealer_type_distributor')
    dealers = env['res.partner'].create(
        [
            {
                'name': f'Bench dealer {number}',
                'is_company': True,
                'is_dealer': True,
                'dealer_state': 'active',
                'dealer_type_id': kind.id,
                'customer_rank': 1,
            }
            for number in range(DEALERS)
        ]
    )
    env.flush_all()
    return dealers, categories, products


def make_invoices(env, dealers, products, lines):
    """``lines`` posted invoice lines over twelve months of YEAR, one invoice in twenty being a linked refund."""
    journal = env['account.journal'].search([('type', '=', 'sale'), ('company_id', '=', env.company.id)], limit=1)
    receivable = env['account.account'].search([('account_type', '=', 'asset_receivable')], limit=1)
    income = env['account.account'].search([('account_type', '=', 'income')], limit=1)
    values = {
        'moves': lines // LINES_A_MOVE,
        'lines_a_move': LINES_A_MOVE,
        'company': env.company.id,
        'currency': env.company.currency_id.id,
        'journal': journal.id,
        'receivable': receivable.id,
        'income': income.id,
        'dealers': dealers.ids,
        'products': products.ids,
        'dealer_count': len(dealers),
        'product_count': len(products),
        'first': f'{YEAR}-01-01',
        'unit': env.ref('uom.product_uom_unit').id,
    }
    with without_indexes(env, 'account_move', 'account_move_line'):
        env.cr.execute(
            """
            WITH last AS (SELECT COALESCE(max(id), 0) AS id FROM account_move),
            made AS (
                SELECT n, last.id + n AS id, (%(dealers)s::int[])[1 + (n * 7919) %% %(dealer_count)s] AS partner_id,
                       %(first)s::date + ((n * 31) %% 360) AS day, n %% 20 = 0 AS is_refund
                  FROM generate_series(1, %(moves)s) AS n, last
            )
            INSERT INTO account_move (id, name, move_type, state, date, invoice_date, partner_id, commercial_partner_id,
                                      company_id, journal_id, currency_id, payment_state, auto_post, reversed_entry_id,
                                      create_uid, write_uid, amount_residual)
            SELECT id, 'BENCH/' || n, CASE WHEN is_refund THEN 'out_refund' ELSE 'out_invoice' END, 'posted', day, day,
                   partner_id, partner_id, %(company)s, %(journal)s, %(currency)s, 'not_paid', 'no',
                   CASE WHEN is_refund AND n > %(dealer_count)s THEN id - %(dealer_count)s END, 1, 1, 0
              FROM made
            """,
            values,
        )
        env.cr.execute("SELECT setval('account_move_id_seq', (SELECT max(id) FROM account_move))")
        env.cr.execute(
            """
            WITH made AS (
                SELECT move.id, move.name, move.partner_id, move.invoice_date, move.move_type = 'out_refund' AS is_refund,
                       place, 1 + (move.id * 13 + place * 17) %% 9 AS quantity,
                       10 + (move.id * 31 + place * 101) %% 9000 / 100.0 AS price,
                       (%(products)s::int[])[1 + (move.id * 3 + place * 37) %% %(product_count)s] AS product_id
                  FROM account_move move, generate_series(0, %(lines_a_move)s) AS place
                 WHERE move.name LIKE 'BENCH/%%'
            )
            INSERT INTO account_move_line (move_id, move_name, parent_state, journal_id, company_id, company_currency_id,
                                           currency_id, account_id, name, display_type, partner_id, date, invoice_date,
                                           product_id, product_uom_id, quantity, price_unit, debit, credit, balance,
                                           amount_currency, amount_residual, reconciled, is_downpayment)
            SELECT id, name, 'posted', %(journal)s, %(company)s, %(currency)s, %(currency)s,
                   CASE place WHEN 0 THEN %(receivable)s ELSE %(income)s END,
                   CASE place WHEN 0 THEN name ELSE 'Goods of the bench with a name of ordinary length' END,
                   CASE place WHEN 0 THEN 'payment_term' ELSE 'product' END, partner_id, invoice_date, invoice_date,
                   CASE WHEN place > 0 THEN product_id END, CASE WHEN place > 0 THEN %(unit)s END, quantity, price, 0, 0,
                   CASE WHEN is_refund THEN 1 ELSE -1 END * round(quantity * price, 2),
                   CASE WHEN is_refund THEN 1 ELSE -1 END * round(quantity * price, 2), 0, place > 0, FALSE
              FROM made
            """,
            values,
        )
    env.cr.execute('ANALYZE account_move')
    env.cr.execute('ANALYZE account_move_line')
    env.invalidate_all()
