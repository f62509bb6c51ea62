from datetime import date
from decimal import Decimal

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import TransactionCase

from .common import DealerMixin

# From 100,000 2 %, from 300,000 4 %, from 500,000 6 %.
SCALE = ((100_000, 2), (300_000, 4), (500_000, 6))


class RebateMixin(DealerMixin):
    """A company that keeps its books in CNY, a dealer, goods in two categories, and programs of 2026 by quarters."""

    @classmethod
    def setUpRebates(cls):
        cls.setUpDealers()
        cls.company = cls.env.company
        cls.cny, cls.usd, cls.eur = (cls.env.ref(f'base.{code}') for code in ('CNY', 'USD', 'EUR'))
        cls.cny.active = True
        cls.company.currency_id = cls.cny
        if not cls.company.chart_template:
            cls.env['account.chart.template'].try_loading('generic_coa', cls.company, install_demo=False)
        cls.journal = cls.env['account.journal'].search(
            [('type', '=', 'sale'), ('company_id', '=', cls.company.id)], limit=1
        )
        cls.bank = cls.env['account.journal'].search(
            [('type', '=', 'bank'), ('company_id', '=', cls.company.id)], limit=1
        )
        cls.taps, cls.sinks = cls.env['product.category'].create([{'name': 'Taps'}, {'name': 'Sinks'}])
        cls.tap, cls.sink, cls.freight, cls.rebate_product = cls.env['product.product'].create(
            [
                {'name': 'Tap', 'type': 'consu', 'categ_id': cls.taps.id},
                {'name': 'Sink', 'type': 'consu', 'categ_id': cls.sinks.id},
                {'name': 'Freight', 'type': 'service'},
                {'name': 'Sales Rebate', 'type': 'service'},
            ]
        )
        (cls.tap | cls.sink | cls.freight | cls.rebate_product).taxes_id = False
        cls.dealer = cls.make_dealer('Golden', grade_id=cls.gold.id)
        cls.author, cls.approver = cls.users['staff'], cls.users['manager']
        cls.accountant = cls.users['accountant']

    @classmethod
    def make_program(cls, bands=SCALE, state='open', **vals):
        """An open program of 2026, of ``(threshold, rate)``, or of bands as they are written."""
        band_vals = [band if isinstance(band, dict) else {'threshold': band[0], 'rate': band[1]} for band in bands]
        program = cls.env['dealer.rebate.program'].create(
            {
                'title': 'Quarterly rebate',
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                'product_id': cls.rebate_product.id,
                'band_ids': [Command.create(band) for band in band_vals],
                'requester_id': cls.author.id,
                **vals,
            }
        )
        if state != 'draft':
            program.write({'state': state, 'approver_id': cls.approver.id})
        return program

    @classmethod
    def invoice(cls, dealer, day, *amounts, move_type='out_invoice', post=True, currency=None, **vals):
        """A posted invoice of amounts for taps, or of ``(product, quantity, price)``."""
        lines = [amount if isinstance(amount, tuple) else (cls.tap, 1, amount) for amount in amounts]
        move = cls.env['account.move'].create(
            {
                'move_type': move_type,
                'partner_id': dealer.id,
                'invoice_date': day,
                'journal_id': cls.journal.id,
                'currency_id': (currency or cls.company.currency_id).id,
                'invoice_line_ids': [
                    Command.create(
                        {'product_id': product.id, 'quantity': quantity, 'price_unit': price, 'tax_ids': False}
                    )
                    for product, quantity, price in lines
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def refund(cls, dealer, day, *amounts, origin=None, **vals):
        """A posted credit note; with ``origin``, linked to that invoice."""
        if origin:
            vals['reversed_entry_id'] = origin.id
        return cls.invoice(dealer, day, *amounts, move_type='out_refund', **vals)

    @classmethod
    def pay(cls, move, day, amount=None):
        """A payment of the invoice, or of a part of it, into the bank."""
        wizard = (
            cls.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=move.ids)
            .create({'payment_date': day, 'journal_id': cls.bank.id})
        )
        if amount is not None:
            wizard.amount = amount
        return wizard._create_payments()

    @classmethod
    def set_rate(cls, currency, day, rate):
        """``rate`` is what one unit of ``currency`` is worth in the company's."""
        currency.active = True
        return cls.env['res.currency.rate'].create(
            {'currency_id': currency.id, 'name': day, 'inverse_company_rate': rate, 'company_id': cls.company.id}
        )

    @classmethod
    def period(cls, program, number=1):
        return program._get_periods()[number - 1]

    @classmethod
    def account(cls, program, dealer=None, number=1, **options):
        """What the dealer has earned in the period of this number."""
        dealer = dealer or cls.dealer
        period = cls.period(program, number)
        return program._read_accounts([period], dealer, **options)[dealer.id, period]

    @classmethod
    def measure(cls, program, dealer=None, number=1, **options):
        """What the bands look at in that period."""
        return cls.account(program, dealer, number, **options).earning.whole

    def assertEarned(self, program, amount, dealer=None, number=1, **options):
        self.assertEqual(self.account(program, dealer, number, **options).earned, Decimal(str(amount)))

    @classmethod
    def settle(cls, program, number=1, day=None, post=True):
        """Preview, confirm and post the settlement of the periods until that of this number."""
        period = cls.period(program, number)
        run = (
            cls.env['dealer.rebate.run']
            .with_user(cls.accountant)
            .create(
                {
                    'program_id': program.id,
                    'period_to': period.date_to,
                    'date': day or date.fromordinal(period.date_to.toordinal() + 10),
                }
            )
        )
        run.action_preview()
        run.action_confirm()
        if post:
            run.action_post()
        return run


class RebateCase(RebateMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time('2027-02-01 04:00:00'))
        cls.setUpRebates()
