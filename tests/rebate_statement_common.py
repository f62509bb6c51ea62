from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo.tests import new_test_user

from ..models.dealer_rebate_program_period import ONE_DAY
from ..tools import rebate
from .rebate_common import RebateMixin


class StatementMixin(RebateMixin):
    """A program by months that began three months ago, and statements of it, for two dealers with portal users.

    Statements are written as a settlement leaves them, without the run and the posting around them.
    """

    @classmethod
    def setUpStatements(cls):
        cls.setUpRebates()
        cls.today = cls.company._get_dealer_date()
        cls.first_day = cls.today.replace(day=1) - relativedelta(months=3)
        cls.rival_dealer = cls.make_dealer('Rival', grade_id=cls.gold.id)
        cls.clerk = new_test_user(cls.env, login='rebate_clerk', groups='base.group_portal', email='clerk@example.com')
        cls.clerk.partner_id.parent_id = cls.dealer
        cls.rival = new_test_user(cls.env, login='rebate_rival', groups='base.group_portal')
        cls.rival.partner_id.parent_id = cls.rival_dealer
        cls.stranger = new_test_user(cls.env, login='rebate_stranger', groups='base.group_portal')
        cls.dealer.channel_account_manager_id = cls.users['staff']
        cls.program = cls.make_program(
            title='Monthly rebate',
            date_from=cls.first_day,
            date_to=cls.first_day + relativedelta(years=1) - ONE_DAY,
            period='month',
        )

    @classmethod
    def make_run(cls, program, number=1, **vals):
        """A run that has settled the periods until that of this number."""
        period = cls.period(program, number)
        return cls.env['dealer.rebate.run'].create(
            {
                'program_id': program.id,
                'period_from': period.date_from,
                'period_to': period.date_to,
                'date': period.date_to + relativedelta(days=5),
                'state': 'done',
                **vals,
            }
        )

    @classmethod
    def make_statement(cls, program, dealer, number=1, state='posted', carried_in=0, carried_out=0, run=None, **vals):
        """The statement of what the dealer has earned in the period of this number, as the ledger says."""
        account = cls.account(program, dealer, number)
        settlement = cls.env['dealer.rebate.settlement'].search(
            [
                ('program_id', '=', program.id),
                ('dealer_id', '=', dealer.id),
                ('period_from', '=', account.period.date_from),
            ]
        ) or cls.env['dealer.rebate.settlement'].create(
            {
                'program_id': program.id,
                'company_id': program.company_id.id,
                'dealer_id': dealer.id,
                'period_from': account.period.date_from,
                'period_to': account.period.date_to,
            }
        )
        before = Decimal(str(settlement.computation_id.earned or 0))
        run = run or cls.make_run(program, number)
        delta = account.earned - before
        due = delta + Decimal(str(carried_in))
        payout = cls.env['dealer.rebate.payout'].create(
            {
                'name': cls.env['ir.sequence'].next_by_code('dealer.rebate.payout'),
                'run_id': run.id,
                'program_id': program.id,
                'company_id': program.company_id.id,
                'dealer_id': dealer.id,
                'pay_currency_id': program.currency_id.id,
                'delta': float(delta),
                'carried_in': carried_in,
                'due': float(due),
                'paid': float(due - Decimal(str(carried_out))),
                'carried_out': carried_out,
                'state': state,
                **vals,
            }
        )
        computation = cls.make_computation(settlement, payout, account, before)
        settlement.computation_id = computation
        return payout

    @classmethod
    def make_computation(cls, settlement, payout, account, before):
        earning = account.earning
        computation = cls.env['dealer.rebate.computation'].create(
            {
                'settlement_id': settlement.id,
                'number': len(settlement.computation_ids) + 1,
                'run_id': payout.run_id.id,
                'payout_id': payout.id,
                'window_from': account.window.date_from,
                'window_to': account.window.date_to,
                'base': float(earning.base),
                'whole': float(earning.whole),
                'earned': float(account.earned),
                'settled_before': float(before),
                'delta': float(account.earned - before),
                'reason': earning.reason,
                'band': 0 if earning.band is None else earning.band + 1,
                'proof': cls.describe(account),
            }
        )
        cls.keep_lines(computation, account)
        return computation

    @classmethod
    def describe(cls, account):
        """The proof of an account: terms, figures and steps, numbers as texts."""

        def plain(part):
            return {
                name: str(value) if isinstance(value, Decimal) else value
                for name, value in part._asdict().items()
                if value is not None
            }

        figures = account.pieces[-1].figures
        return {
            'versions': [
                {
                    'version': piece.version.version,
                    'bands': [{'threshold': str(band.threshold)} for band in piece.terms.bands],
                }
                for piece in account.pieces
            ],
            'figures': {name: str(getattr(figures, name)) for name in ('prior', 'target') if getattr(figures, name)},
            'parts': [plain(part) for part in account.earning.parts],
        }

    @classmethod
    def keep_lines(cls, computation, account):
        """The invoice lines of the window, with their shares."""
        items = cls.env['account.move.line'].search(
            [
                ('partner_id', '=', account.dealer_id),
                ('move_id.move_type', 'in', ('out_invoice', 'out_refund')),
                ('parent_state', '=', 'posted'),
                ('display_type', '=', 'product'),
                ('rebate_role', '=', False),
                ('date', '>=', account.window.date_from),
                ('date', '<=', account.window.date_to),
            ],
            order='id',
        )
        measures = [Decimal(f'{-item.balance:.2f}') for item in items]
        shares = rebate.split(account.earned, list(enumerate(measures))) if sum(measures) else {}
        cls.env.flush_all()
        cls.env.cr.execute(
            """
            UPDATE dealer_rebate_computation
               SET line_move_line_ids = %s, line_measures = %s::numeric[], line_shares = %s::bigint[],
                   line_amounts = %s::numeric[], line_dates = %s::date[], line_documents = %s, line_count = %s
             WHERE id = %s
            """,
            [
                items.ids,
                measures,
                [int(shares.get(place, 0) * 100) for place in range(len(items))],
                measures,
                [item.date for item in items],
                [item.move_id.name for item in items],
                len(items),
                computation.id,
            ],
        )
        cls.env.invalidate_all()
