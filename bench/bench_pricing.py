"""Prices and orders: a dealer's quick order of 200 lines against Odoo's own quotation; the price page."""

import itertools

from common import compare, environment, finish, measure, parse_arguments, report

LINES, PRODUCTS = 200, 2000
NUMBERS = itertools.count()


def make_products(env, number=PRODUCTS):
    return env['product.product'].create(
        [
            {
                'name': f'Bench part {index}',
                'default_code': f'BENCH-{index}',
                'type': 'consu',
                'list_price': 10 + index,
                'is_storable': True,
            }
            for index in range(number)
        ]
    )


def make_pricelist(env, products):
    """A list with a rule of its own for every product, as dealers have."""
    return env['product.pricelist'].create(
        {
            'name': 'Bench list',
            'company_id': False,
            'item_ids': [
                (
                    0,
                    0,
                    {
                        'applied_on': '1_product',
                        'product_tmpl_id': product.product_tmpl_id.id,
                        'compute_price': 'fixed',
                        'fixed_price': product.list_price * 0.7,
                    },
                )
                for product in products
            ],
        }
    )


def by_odoo(env, partner_id, product_ids):
    """The same 200 lines as a quotation of Odoo's own."""
    return env['sale.order'].create(
        {
            'partner_id': partner_id,
            'order_line': [
                (0, 0, {'product_id': product_id, 'product_uom_qty': 2 + next(NUMBERS) % 3})
                for product_id in product_ids
            ],
        }
    )


def by_quick_order(env, partner_id, product_ids):
    """What the portal does when a dealer saves: the draft, its 200 lines, and what the dealer is shown."""
    partner = env['res.partner'].browse(partner_id)
    orders = env['sale.order']
    order = orders.create(orders._prepare_quick_order_vals(partner, env.company))
    products = env['product.product'].browse(product_ids)
    order._set_quick_order({product: 2 + next(NUMBERS) % 3 for product in products})
    return order._read_quick_order()


def change_one_line(env, order_id):
    order = env['sale.order'].browse(order_id)
    wanted = {line.product_id: line.product_uom_qty for line in order.order_line}
    wanted[order.order_line[7].product_id] = 5 + next(NUMBERS) % 4
    order._set_quick_order(wanted)
    return order._read_quick_order()


def prepare(env, with_module):
    group = env.ref('product.group_product_pricelist')
    env.ref('base.group_user').implied_ids += group
    products = make_products(env)
    pricelist = make_pricelist(env, products)
    vals = {'name': 'Bench buyer', 'is_company': True, 'specific_property_product_pricelist': pricelist.id}
    if with_module:
        vals |= {'is_dealer': True, 'dealer_state': 'active'}
    return env['res.partner'].create(vals).id, products.ids


def main():
    without, module = parse_arguments(__doc__)
    results = []
    with environment(without) as env_without, environment(module) as env_with:
        buyer, products = prepare(env_without, False)
        dealer, dealer_products = prepare(env_with, True)
        ratio, queries_without, queries_with = compare(
            env_without,
            lambda env: by_odoo(env, buyer, products[:LINES]),
            env_with,
            lambda env: by_quick_order(env, dealer, dealer_products[:LINES]),
            rounds=9,
        )
        results.append(
            report(
                f'quick order of {LINES} lines, saved and shown, against the same quotation without the module',
                'at most 2 x the time',
                f'{ratio:.2f} x, {queries_with} queries against {queries_without}',
                ratio <= 2,
            )
        )
        ratio, queries_without, queries_with = compare(
            env_without,
            lambda env: by_odoo(env, buyer, products[:1]),
            env_with,
            lambda env: by_odoo(env, dealer, dealer_products[:1]),
            rounds=25,
        )
        results.append(
            report(
                "a dealer's quotation of one line without a special price",
                'no query more',
                f'{queries_with - queries_without:+d} queries, {ratio:.2f} x the time',
                queries_with <= queries_without,
            )
        )
        order = env_with['sale.order'].browse(by_quick_order(env_with, dealer, dealer_products[:LINES])['order_id'])
        whole = measure(env_with, lambda env: by_quick_order(env, dealer, dealer_products[:LINES]))
        one = measure(env_with, lambda env: change_one_line(env, order.id))
        results.append(
            report(
                f'one quantity changed in a quick order of {LINES} lines',
                'less than half of saving all of them',
                f'{one[0] / whole[0]:.2f} x, {one[1]} queries against {whole[1]}',
                one[0] < whole[0] / 2,
            )
        )
        partner = env_with['res.partner'].browse(dealer)
        counts = {}
        times = {}
        for number in (20, PRODUCTS):
            chosen = env_with['product.product'].browse(dealer_products[:number])
            measure(env_with, lambda env, chosen=chosen: partner._get_price_list(chosen, env.company))
            times[number], counts[number] = measure(
                env_with, lambda env, chosen=chosen: partner._get_price_list(chosen, env.company)
            )
        results.append(
            report(
                f'price list of {PRODUCTS} products against 20',
                'as many queries, but for the ORM reading 1,000 records at a time: at most 3 more a thousand',
                f'{counts[PRODUCTS]} against {counts[20]} queries, {times[PRODUCTS] / times[20]:.0f} x the time',
                counts[PRODUCTS] - counts[20] <= 3 * (PRODUCTS // 1000),
            )
        )
    finish(results)


if __name__ == '__main__':
    main()
