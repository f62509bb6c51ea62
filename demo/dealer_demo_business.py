import random
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

MONTHS = 12
# How much each of the twelve months sells; by position, so that the data is the same whenever it is made.
SEASON = [1.0, 0.6, 0.9, 1.1, 1.2, 1.2, 1.0, 0.9, 1.2, 1.3, 1.1, 1.0]
TIER_VOLUME = {'core': 3.0, 'senior': 1.6, 'ordinary': 0.8}


class DealerDemo(models.AbstractModel):
    """Twelve months of business: orders, deliveries, invoices, returns, credit notes, payments."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_business(self):
        """Make the last twelve full months of business, and a few open quotations."""
        self._fill_warehouse()
        orders = self._create_orders()
        orders.action_confirm()
        dates = {order: order.commitment_date for order in orders}
        for order, date in dates.items():
            order.date_order = date - timedelta(days=2)
        self._deliver(orders, dates)
        invoices = self._invoice(orders, dates)
        returned = self._return_some(orders, dates)
        invoices |= self._invoice(returned, {order: dates[order] + timedelta(days=14) for order in returned})
        self._grant_allowances(invoices)
        self._pay(invoices)
        self._create_quotations()

    @api.model
    def _first_day(self):
        return fields.Date.context_today(self) - relativedelta(months=MONTHS, day=1)

    @api.model
    def _get_products(self):
        return self.env['product.product'].search(
            [
                (
                    'categ_id',
                    'in',
                    [self._ref(f'product_category_{code}').id for code in ('faucet', 'shower', 'ceramic', 'accessory')],
                )
            ],
            order='default_code',
        )

    @api.model
    def _fill_warehouse(self):
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', self.env.company.id)], limit=1)
        self.env['stock.quant'].with_context(inventory_mode=True).create(
            [
                {
                    'product_id': product.id,
                    'location_id': warehouse.lot_stock_id.id,
                    'inventory_quantity': 60000,
                }
                for product in self._get_products()
            ]
        ).action_apply_inventory()

    @api.model
    def _create_orders(self):
        """One order a month and dealer that buys from us; the core dealers' with more lines."""
        rnd = random.Random(20260101)
        dealers = self.env['res.partner'].search(
            [
                ('is_dealer', '=', True),
                ('upstream_dealer_id', '=', False),
                ('dealer_state', 'not in', ('prospect', 'onboarding')),
            ],
            order='dealer_code',
        )
        tiers = {self._ref(f'tier_{code}'): volume for code, volume in TIER_VOLUME.items()}
        leaving = self._get_dealers_by_state('suspended', 'terminated')
        products = list(self._get_products())
        vals_list = []
        for month in range(MONTHS):
            first = self._first_day() + relativedelta(months=month)
            for dealer in dealers:
                if dealer in leaving and month > 7:
                    continue
                day = datetime.combine(first + timedelta(days=rnd.randrange(27)), time(2, rnd.randrange(60)))
                volume = SEASON[month] * tiers[dealer.grade_id]
                chosen = rnd.sample(products, rnd.randint(3, 5) if volume > 2 else rnd.randint(2, 3))
                vals_list.append(
                    {
                        'partner_id': dealer.id,
                        'partner_shipping_id': dealer.child_ids.filtered(lambda c: c.type == 'delivery').id,
                        'company_id': self.env.company.id,
                        'user_id': dealer.channel_account_manager_id.id,
                        'date_order': day,
                        'commitment_date': day + timedelta(days=2),
                        'client_order_ref': f'PO-{first:%y%m}-{dealer.dealer_code}',
                        'order_line': [
                            Command.create(
                                {'product_id': product.id, 'product_uom_qty': self._get_quantity(rnd, product, volume)}
                            )
                            for product in chosen
                        ],
                    }
                )
        return self.env['sale.order'].create(vals_list)

    @api.model
    def _get_quantity(self, rnd, product, volume):
        """Tens of cheap goods, units of dear ones."""
        amount = volume * rnd.uniform(6000, 16000)
        return max(1, round(amount / product.list_price / 5) * 5)

    @api.model
    def _deliver(self, orders, dates):
        """Deliver everything ordered, each on its day."""
        moves = orders.picking_ids.move_ids
        for move in moves:
            move.quantity = move.product_uom_qty
        moves.picked = True
        orders.picking_ids._action_done()
        self._date_pickings(orders.picking_ids, dates)

    @api.model
    def _date_pickings(self, pickings, dates):
        for order, order_pickings in pickings.grouped('sale_id').items():
            order_pickings.date_done = dates[order]
            order_pickings.move_ids.date = dates[order]
            order_pickings.move_ids.move_line_ids.date = dates[order]

    @api.model
    def _invoice(self, orders, dates):
        """Invoice or credit what was delivered or returned, posted on the day."""
        moves = orders._create_invoices(grouped=True, final=True)
        for move in moves:
            move.invoice_date = dates[move.line_ids.sale_line_ids.order_id[:1]].date()
        # Numbers follow the dates.
        moves.sorted('invoice_date').action_post()
        return moves

    @api.model
    def _return_some(self, orders, dates):
        """Every twentieth order sends part of its first line back, two weeks later."""
        returned = orders[7::20]
        pickings = self.env['stock.picking']
        for order in returned:
            wizard = self.env['stock.return.picking'].create({'picking_id': order.picking_ids[:1].id})
            line = wizard.product_return_moves[:1]
            line.write({'quantity': max(1, line.move_id.quantity // 5), 'to_refund': True})
            pickings |= wizard._create_return()
        pickings.move_ids.filtered('product_uom_qty').picked = True
        for move in pickings.move_ids:
            move.quantity = move.product_uom_qty
        pickings._action_done()
        self._date_pickings(pickings, {order: dates[order] + timedelta(days=10) for order in returned})
        return returned

    @api.model
    def _grant_allowances(self, invoices):
        """Credit notes for a price difference, on every fortieth invoice."""
        today = fields.Date.context_today(self)
        credited = invoices.filtered(lambda move: move.move_type == 'out_invoice')[5::40]
        for invoice in credited:
            line = invoice.invoice_line_ids[:1]
            refund = invoice._reverse_moves(
                [
                    {
                        'invoice_date': min(invoice.invoice_date + timedelta(days=20), today),
                        'ref': 'Price difference',
                    }
                ]
            )
            refund.invoice_line_ids[1:].unlink()
            # A price difference takes no goods back: the order stays invoiced in full.
            refund.invoice_line_ids.write(
                {
                    'quantity': 1,
                    'price_unit': round(line.price_subtotal * 0.05, 2),
                    'sale_line_ids': [Command.clear()],
                }
            )
            refund.action_post()

    @api.model
    def _pay(self, invoices):
        """Dealers pay what is due by month, on the tenth of the next; the last months are open."""
        rnd = random.Random(8)
        late = self._get_dealers_by_state('suspended')
        for month in range(MONTHS - 2):
            first = self._first_day() + relativedelta(months=month)
            last = first + relativedelta(months=1)
            due = invoices.filtered(
                lambda move, first=first, last=last: (
                    move.move_type == 'out_invoice'
                    and first <= move.invoice_date < last
                    and move.payment_state in ('not_paid', 'partial')
                    and not (
                        move.commercial_partner_id in late and first >= self._first_day() + relativedelta(months=6)
                    )
                    and rnd.random() > 0.04
                )
            )
            if not due:
                continue
            self.env['account.payment.register'].with_context(active_model='account.move', active_ids=due.ids).create(
                {'payment_date': last + timedelta(days=9), 'group_payment': True}
            )._create_payments()

    @api.model
    def _create_quotations(self):
        """A few orders of this month that still wait: quotations, sent and draft."""
        rnd = random.Random(9)
        products = list(self._get_products())
        dealers = self._get_dealers_by_state('active').filtered(lambda dealer: not dealer.upstream_dealer_id)
        quotations = self.env['sale.order'].create(
            [
                {
                    'partner_id': dealer.id,
                    'company_id': self.env.company.id,
                    'user_id': dealer.channel_account_manager_id.id,
                    'order_line': [
                        Command.create({'product_id': product.id, 'product_uom_qty': rnd.randint(1, 8) * 5})
                        for product in rnd.sample(products, 3)
                    ],
                }
                for dealer in dealers[:6]
            ]
        )
        quotations[:4].state = 'sent'
