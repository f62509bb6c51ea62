"""Years of orders by SQL: copies of orders that the ORM has made, with their deliveries."""

from rows import copy_rows, pick, shift_dates, without_indexes

from odoo.fields import Command
from odoo.tools import SQL

STEPS = ('quotation', 'confirmed', 'delivered')
TABLES = ('sale_order', 'sale_order_line', 'stock_picking', 'stock_move', 'stock_move_line')


def make_orders(env, partners, products, count, days, lines):
    """``count`` orders of ``lines`` lines each over so many ``days``, a third of them at each of the steps.

    :return: the ids, by step
    """
    templates = [_make_order(env, partners[0], products[:lines], step) for step in STEPS]
    with without_indexes(env, *TABLES):
        copies = [_copy_order(order, partners, products, count // len(STEPS), days) for order in templates]
    return dict(zip(STEPS, copies, strict=True))


def _make_order(env, partner, products, step):
    order = env['sale.order'].create(
        {
            'partner_id': partner.id,
            'user_id': False,
            'order_line': [Command.create({'product_id': product.id, 'product_uom_qty': 2}) for product in products],
        }
    )
    if step != 'quotation':
        order.action_confirm()
    if step == 'delivered':
        order.picking_ids.move_ids.write({'quantity': 2, 'picked': True})
        order.picking_ids._action_done()
    return order


def _copy_order(order, partners, products, count, days):
    [(known,)] = order.env.execute_query(SQL('SELECT max(id) FROM sale_order'))
    earlier = f'mod(n * 17, {days})'
    product = pick(products.ids, 'n * 7 + place * 37')
    partner = pick(partners.ids, 'n * 7919')
    orders = copy_rows(
        order,
        count,
        **shift_dates(order, earlier),
        name=f"'BENCH/' || {known} + n",
        access_token='md5(random()::text)',
        partner_id=partner,
        partner_invoice_id=partner,
        partner_shipping_id=partner,
    )
    lines = copy_rows(
        order.order_line,
        count,
        **shift_dates(order.order_line, earlier),
        order_id=f'{orders.start} + n - 1',
        order_partner_id=partner,
        product_id=product,
    )
    pickings = order.picking_ids
    if pickings:
        copies = copy_rows(
            pickings,
            count,
            **shift_dates(pickings, earlier),
            name=f"'BENCH/OUT/' || {known} + n",
            origin=f"'BENCH/' || {known} + n",
            partner_id=partner,
            sale_id=f'{orders.start} + n - 1',
        )
        links = {'picking_id': f'{copies.start} + n - 1', 'product_id': product}
        moves = copy_rows(
            pickings.move_ids,
            count,
            **shift_dates(pickings.move_ids, earlier),
            **links,
            partner_id=partner,
            sale_line_id=f'{lines.start} + place',
        )
        if pickings.move_line_ids:
            details = pickings.move_line_ids
            copy_rows(details, count, **shift_dates(details, earlier), **links, move_id=f'{moves.start} + place')
    return orders
