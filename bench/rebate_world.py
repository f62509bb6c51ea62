"""A year of invoices by SQL: what the rebate benchmarks are measured on."""

from rows import without_indexes

from odoo.tools import SQL

YEAR = 2025
DEALERS, CATEGORIES, PRODUCTS, LINES_A_MOVE = 500, 40, 400, 10


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


def make_invoices(env, dealers, products, lines, first=f'{YEAR}-01-01', days=360):
    """``lines`` posted invoice lines over ``days`` from the day ``first``, one invoice in twenty being a linked refund.

    They are dealt out to the dealers in turn; a dealer that is named twice gets twice as many.
    """
    # A journal of their own: what is posted beside them looks for the last number of its own series.
    journals = env['account.journal']
    journal = journals.search([('code', '=', 'BENCH'), ('company_id', '=', env.company.id)])
    journal = journal or journals.create({'name': 'Bench', 'code': 'BENCH', 'type': 'sale', 'sequence': 99})
    receivable = env['account.account'].search([('account_type', '=', 'asset_receivable')], limit=1)
    income = env['account.account'].search([('account_type', '=', 'income')], limit=1)
    [(last, made)] = env.execute_query(
        SQL("SELECT COALESCE(max(id), 0), count(*) FILTER (WHERE name LIKE 'BENCH/%%') FROM account_move")
    )
    values = {
        'last': last,
        'made': made,
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
        'first': first,
        'days': days,
        'unit': env.ref('uom.product_uom_unit').id,
    }
    with without_indexes(env, 'account_move', 'account_move_line'):
        env.cr.execute(
            """
            WITH made AS (
                SELECT n, %(last)s + n AS id, (%(dealers)s::int[])[1 + (n * 7919) %% %(dealer_count)s] AS partner_id,
                       %(first)s::date + ((n * 31) %% %(days)s) AS day, n %% 20 = 0 AS is_refund
                  FROM generate_series(1, %(moves)s) AS n
            )
            INSERT INTO account_move (id, name, sequence_prefix, sequence_number, move_type, state, date, invoice_date,
                                      invoice_date_due, partner_id, commercial_partner_id, partner_shipping_id,
                                      invoice_partner_display_name, company_id, journal_id, currency_id,
                                      invoice_currency_rate, payment_state, auto_post, reversed_entry_id, create_uid,
                                      write_uid, create_date, write_date, posted_before, checked, access_token,
                                      amount_tax,
                                      amount_tax_signed)
            SELECT made.id, 'BENCH/' || %(made)s + n, 'BENCH/', %(made)s + n,
                   CASE WHEN is_refund THEN 'out_refund' ELSE 'out_invoice' END, 'posted', day, day, day + 30,
                   partner_id, partner_id, partner_id, dealer.name, %(company)s, %(journal)s, %(currency)s, 1, 'not_paid',
                   'no', CASE WHEN is_refund AND n > %(dealer_count)s THEN made.id - %(dealer_count)s END, 1, 1, day, day,
                   TRUE, TRUE, md5(random()::text), 0, 0
              FROM made JOIN res_partner dealer ON dealer.id = partner_id
            """,
            values,
        )
        env.cr.execute("SELECT setval('account_move_id_seq', (SELECT max(id) FROM account_move))")
        # The line of place 0 is what the dealer owes: the sum of the others.
        env.cr.execute(
            """
            WITH made AS (
                SELECT move.id, move.name, move.partner_id, move.invoice_date, move.invoice_date_due,
                       CASE WHEN move.move_type = 'out_refund' THEN 1 ELSE -1 END AS sign,
                       place, 1 + (move.id * 13 + place * 17) %% 9 AS quantity,
                       10 + (move.id * 31 + place * 101) %% 9000 / 100.0 AS price,
                       (%(products)s::int[])[1 + (move.id * 3 + place * 37) %% %(product_count)s] AS product_id
                  FROM account_move move, generate_series(1, %(lines_a_move)s) AS place
                 WHERE move.id > %(last)s
            ), lines AS (
                SELECT *, sign * round(quantity * price, 2) AS balance, %(income)s AS account_id,
                       'Goods of the bench with a name of ordinary length' AS label, 'product' AS kind
                  FROM made
             UNION ALL
                SELECT id, name, partner_id, invoice_date, invoice_date_due, sign, 0, NULL, NULL, NULL,
                       -sign * sum(round(quantity * price, 2)), %(receivable)s, name, 'payment_term'
                  FROM made
              GROUP BY id, name, partner_id, invoice_date, invoice_date_due, sign
            )
            INSERT INTO account_move_line (move_id, move_name, parent_state, journal_id, company_id, company_currency_id,
                                           currency_id, account_id, name, display_type, partner_id, date, invoice_date,
                                           date_maturity, product_id, product_uom_id, quantity, price_unit, price_subtotal,
                                           price_total, debit, credit, balance, amount_currency, amount_residual,
                                           amount_residual_currency, reconciled, is_downpayment, sequence)
            SELECT id, name, 'posted', %(journal)s, %(company)s, %(currency)s, %(currency)s, account_id, label, kind,
                   partner_id, invoice_date, invoice_date, CASE WHEN place = 0 THEN invoice_date_due END, product_id,
                   CASE WHEN place > 0 THEN %(unit)s END, quantity, price, abs(balance), abs(balance),
                   GREATEST(balance, 0), GREATEST(-balance, 0), balance, balance,
                   CASE WHEN place = 0 THEN balance ELSE 0 END, CASE WHEN place = 0 THEN balance ELSE 0 END, FALSE, FALSE,
                   place
              FROM lines
          ORDER BY id, place
            """,
            values,
        )
        env.cr.execute(
            """
            UPDATE account_move move
               SET amount_untaxed = abs(balance), amount_total = abs(balance), amount_residual = abs(balance),
                   amount_untaxed_signed = balance, amount_untaxed_in_currency_signed = balance,
                   amount_total_signed = balance, amount_total_in_currency_signed = balance,
                   amount_residual_signed = balance
              FROM account_move_line line
             WHERE line.move_id = move.id AND line.display_type = 'payment_term' AND move.id > %(last)s
            """,
            values,
        )
    env.cr.execute('ANALYZE account_move')
    env.cr.execute('ANALYZE account_move_line')
    env.invalidate_all()
