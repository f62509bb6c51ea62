from odoo.fields import Command

from .common import DealerMixin

DAY = '2026-04-10'


class PostingMixin(DealerMixin):
    """Confirmed statements of a settlement, made without computing them: what is posted is what they say."""

    @classmethod
    def setUpPosting(cls):
        cls.setUpDealers()
        cls.accountant = cls.users['accountant']
        cls.approver = cls.users['manager']
        cls.rebate_product = cls.env['product.product'].create(
            {'name': 'Rebate', 'type': 'service', 'taxes_id': False, 'supplier_taxes_id': False}
        )
        cls.goods = cls.env['product.product'].create({'name': 'Goods', 'type': 'consu', 'taxes_id': False})

    @classmethod
    def make_posting_program(cls, **vals):
        return cls.env['dealer.rebate.program'].create(
            {
                'title': 'Yearly Rebate',
                'date_from': '2026-01-01',
                'date_to': '2026-12-31',
                'product_id': cls.rebate_product.id,
                'state': 'open',
                'approver_id': cls.approver.id,
                'band_ids': [Command.create({'threshold': 0, 'rate': 1})],
                **vals,
            }
        )

    @classmethod
    def make_run(cls, *amounts, program=None, day=DAY, state='confirmed', dealers=None, pay_vals=(), **vals):
        """A confirmed run that pays each of the amounts to a dealer of its own."""
        program = program or cls.make_posting_program(**vals)
        run = cls.env['dealer.rebate.run'].create(
            {
                'program_id': program.id,
                'period_from': '2026-01-01',
                'period_to': '2026-03-31',
                'date': day,
                'state': state,
            }
        )
        dealers = dealers or [cls.make_dealer(f'Dealer {number}') for number in range(len(amounts))]
        cls.env['dealer.rebate.payout'].create(
            [
                {
                    'name': f'RS-TEST-{run.id}-{number}',
                    'run_id': run.id,
                    'program_id': program.id,
                    'company_id': program.company_id.id,
                    'dealer_id': dealer.id,
                    'delta': amount,
                    'due': amount,
                    'paid': amount,
                    'pay_amount': amount,
                    'pay_currency_id': (program.payout_currency_id or program.currency_id).id,
                    'state': 'confirmed',
                    **dict(pay_vals),
                }
                for number, (dealer, amount) in enumerate(zip(dealers, amounts, strict=True))
            ]
        )
        return run

    @classmethod
    def make_open_invoice(cls, dealer, amount, day, **vals):
        move = cls.env['account.move'].create(
            {
                'move_type': 'out_invoice',
                'partner_id': dealer.id,
                'invoice_date': day,
                'invoice_line_ids': [
                    Command.create({'product_id': cls.goods.id, 'quantity': 1, 'price_unit': amount, 'tax_ids': False})
                ],
                **vals,
            }
        )
        move.action_post()
        return move

    @classmethod
    def post(cls, run):
        run.with_user(cls.accountant).action_post()
        return run.payout_ids.sorted('id')
