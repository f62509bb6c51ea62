from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import TransactionCase

from .complaint_common import ComplaintMixin
from .rebate_common import RebateMixin


class OutcomeMixin(ComplaintMixin, RebateMixin):
    """A company with books and a warehouse, a dealer with an invoice of ten taps at 100 less 10 %, and complaints."""

    @classmethod
    def setUpDealers(cls):
        # Both of the others ask for it.
        return None if 'users' in cls.__dict__ else super().setUpDealers()

    @classmethod
    def setUpOutcomes(cls):
        cls.setUpRebates()
        cls.setUpComplaints()
        cls.staff = cls.users['complaint']
        cls.tax = cls.env['account.tax'].create(
            {'name': 'VAT 13 %', 'amount': 13, 'type_tax_use': 'sale', 'company_id': cls.company.id}
        )
        cls.cost_account = cls.env['account.account'].create(
            {'name': 'Transit Damage', 'code': '669901', 'account_type': 'expense'}
        )
        cls.pricelist = cls.env['product.pricelist'].create({'name': 'Prices in CNY', 'currency_id': cls.cny.id})
        cls.warehouse = cls.env['stock.warehouse'].search([('company_id', '=', cls.company.id)], limit=1)
        cls.valve = cls.env['product.product'].create(
            {
                'name': 'Valve',
                'type': 'consu',
                'is_storable': True,
                'tracking': 'lot',
                'standard_price': 40,
                'list_price': 100,
                'invoice_policy': 'delivery',
                'taxes_id': [Command.set(cls.tax.ids)],
            }
        )
        cls.lots = cls.env['stock.lot'].create(
            [{'name': name, 'product_id': cls.valve.id} for name in ('LOT-A', 'LOT-B')]
        )
        for lot in cls.lots:
            cls.env['stock.quant']._update_available_quantity(cls.valve, cls.warehouse.lot_stock_id, 50, lot_id=lot)

    @classmethod
    def sell(cls, quantity=10, price=100, discount=10, lot=None):
        """An order of valves for the dealer, delivered and invoiced.

        :return: ``(order, delivery, invoice)``
        """
        order = cls.env['sale.order'].create(
            {
                'partner_id': cls.dealer.id,
                'pricelist_id': cls.pricelist.id,
                'order_line': [
                    Command.create(
                        {
                            'product_id': cls.valve.id,
                            'product_uom_qty': quantity,
                            'price_unit': price,
                            'discount': discount,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        delivery = cls.deliver(order, lot)
        invoice = order._create_invoices()
        invoice.invoice_date = '2026-03-10'
        invoice.action_post()
        return order, delivery, invoice

    @classmethod
    def deliver(cls, order, lot=None):
        """Deliver all of an order, of one lot."""
        delivery = order.picking_ids.filtered(lambda picking: picking.state not in ('done', 'cancel'))
        delivery.move_line_ids.unlink()
        cls.env['stock.move.line'].create(
            [
                {
                    **move._prepare_move_line_vals(quantity=move.product_qty),
                    'lot_id': (lot or cls.lots[0]).id if move.has_tracking != 'none' else False,
                    'picked': True,
                }
                for move in delivery.move_ids
            ]
        )
        delivery.button_validate()
        return delivery

    @classmethod
    def receive(cls, receipt):
        receipt.move_ids.picked = True
        receipt.button_validate()

    @classmethod
    def plan(cls, complaint, kind, **vals):
        """An outcome, as complaint staff plan it."""
        return (
            cls.env['dealer.complaint.outcome']
            .with_user(cls.staff)
            .create({'complaint_id': complaint.id, 'kind': kind, **vals})
        )

    def make(self, complaint, kind, **vals):
        """An outcome that complaint staff have planned and made, for whoever looks at it."""
        outcome = self.plan(complaint, kind, **vals)
        outcome.action_make()
        return outcome.with_env(self.env)

    def post(self, outcome):
        outcome.credit_note_id.with_user(self.accountant).action_post()


class OutcomeCase(OutcomeMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2026-11-20 04:00:00'))
        cls.setUpOutcomes()
