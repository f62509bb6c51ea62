from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools import rebate
from ..tools.exact import exact
from .dealer_rebate_run import SETTLED

ZERO = Decimal(0)


class Expected(NamedTuple):
    """What one dealer may expect of a program, in its currency.

    :param earned: by the periods that are not settled yet, exact; less than 0 for a cumulative program
        that has settled more than was sold since
    :param unpaid: settled but not paid: carried on, held back, or not posted yet; negative if it was paid too much
    """

    earned: Decimal
    unpaid: Decimal

    @property
    def total(self):
        """What is to be accrued: what a dealer owes is no asset before it is set off or claimed."""
        return max(self.earned + self.unpaid, ZERO)


class DealerRebateProgram(models.Model):
    """What a program is expected to pay, and what the ledger has accrued for it."""

    _inherit = 'dealer.rebate.program'

    accrual_expense_account_id = fields.Many2one(
        'account.account', 'Rebate Expense', check_company=True, help="Empty: the company's."
    )
    accrual_account_id = fields.Many2one(
        'account.account', 'Accrued Rebates', check_company=True, help="Empty: the company's."
    )
    accrual_journal_id = fields.Many2one(
        'account.journal',
        check_company=True,
        domain="[('type', '=', 'general')]",
        help="Empty: the company's.",
    )
    accrual_ids = fields.One2many('dealer.rebate.accrual', 'program_id', 'Accruals of the Program')
    # Counts the entries made for the program: two at once cannot both draw the next number.
    accrual_number = fields.Integer(readonly=True, copy=False)

    @api.constrains('accrual_method', 'accrual_rate', 'measure')
    def _check_accrual_rate(self):
        for program in self.filtered(lambda program: program.accrual_method == 'estimate'):
            if program.measure != 'amount':
                raise ValidationError(
                    self.env._(
                        'Accruals of "%s" cannot be a rate of what was sold: it counts no amounts.', program.title
                    )
                )
            if not 0 < program.accrual_rate <= 100:
                raise ValidationError(
                    self.env._('The accrual rate of "%s" lies above 0 and at 100 percent at most.', program.title)
                )

    @api.model
    def _get_settled_fields(self):
        return super()._get_settled_fields() | {'accrual_ids', 'accrual_number'}

    def _is_accrued(self):
        """Whether accruals are made for it: not for free goods, which cost nothing before they are delivered."""
        self.ensure_one()
        return self.accrual_method != 'none' and self.reward != rebate.FREE_GOODS

    # --------------------------------------------------------------- Expected

    def _read_expected(self, day, dealers=None, paying=None):
        """What the dealers may expect on ``day``, in a fixed number of queries.

        :param dealers: only these; all unless given
        :param paying: statements that count as paid already
        :rtype: {dealer id: Expected}
        """
        self.ensure_one()
        if not self._is_accrued():
            return {}
        earned, unpaid = self._read_unsettled(day, dealers), self._read_unpaid(dealers, paying)
        return {
            dealer_id: Expected(earned.get(dealer_id, ZERO), unpaid.get(dealer_id, ZERO))
            for dealer_id in earned.keys() | unpaid.keys()
        }

    def _get_unsettled_periods(self, day):
        """The periods that have begun by ``day`` and that no run has settled."""
        self.ensure_one()
        ((settled_until,),) = (
            self.env['dealer.rebate.run']
            .sudo()
            ._read_group([('program_id', '=', self.id), ('state', 'in', SETTLED)], [], ['period_to:max'])
        )
        return [
            period
            for period in self._get_periods()
            if period.date_from <= day and (not settled_until or period.date_to > settled_until)
        ]

    def _read_unsettled(self, day, dealers=None):
        """What the periods that are not settled have earned until ``day``: ``{dealer id: exact amount}``."""
        periods = self._get_unsettled_periods(day)
        earned = self._read_corrections(day, dealers)
        if not periods:
            return dict(earned)
        if self.is_cumulative:
            # The last one looks at all the others; what they have settled is not earned again.
            periods = periods[-1:]
            for dealer_id, settled in self._read_settled(dealers).items():
                earned[dealer_id] -= settled
        for (dealer_id, _period), account in self._read_accounts(periods, dealers=dealers, until=day).items():
            earned[dealer_id] += self._get_accrued_value(account)
        return dict(earned)

    def _read_corrections(self, day, dealers=None):
        """What the next settlement will change of those that are settled: ``{dealer id: amount}``, negative for returns."""
        corrections = defaultdict(Decimal)
        if self.is_cumulative:
            return corrections
        settlements = {
            key: settlement
            for key, settlement in self._get_settlements().items()
            if settlement.computation_id and (dealers is None or settlement.dealer_id in dealers)
        }
        if not settlements:
            return corrections
        asked = self._get_known_dealers(settlements, {period for _dealer_id, period in settlements})
        overdue = self._get_known_overdue(settlements)
        for key, account in self._compute_accounts(asked, until=day, overdue=overdue).items():
            settled = exact(settlements[key].computation_id.earned)
            corrections[account.dealer_id] += account.earned - settled
        return corrections

    def _get_accrued_value(self, account):
        """What is accrued for one dealer and period by the program's method, exact."""
        if self.accrual_method == 'estimate':
            return rebate.estimate(account.earning.base, Decimal(repr(self.accrual_rate)))
        return account.earned

    def _read_settled(self, dealers=None):
        """All that was settled so far, paid or not: ``{dealer id: amount}``."""
        return self._read_amounts(
            SQL(
                """
                SELECT computation.dealer_id, COALESCE(SUM(computation.delta), 0)::text
                  FROM dealer_rebate_computation computation
                  JOIN dealer_rebate_run run ON run.id = computation.run_id
                 WHERE computation.program_id = %(program)s AND run.state IN %(settled)s AND %(dealers)s
              GROUP BY computation.dealer_id
                """,
                program=self.id,
                settled=SETTLED,
                dealers=self._get_dealers_condition('computation.dealer_id', dealers),
            )
        )

    def _read_unpaid(self, dealers=None, paying=None):
        """What was settled and is not paid: ``{dealer id: amount}``.

        What the last statement carries on, and the statements that are still to be posted.
        """
        return self._read_amounts(
            SQL(
                """
                SELECT dealer_id,
                       (SUM(delta) - SUM(paid)
                        + COALESCE(SUM(paid) FILTER (WHERE state != 'posted' AND id != ALL(%(paying)s)), 0))::text
                  FROM dealer_rebate_payout
                 WHERE program_id = %(program)s AND state != 'preview' AND %(dealers)s
              GROUP BY dealer_id
                """,
                program=self.id,
                paying=paying.ids if paying else [],
                dealers=self._get_dealers_condition('dealer_id', dealers),
            )
        )

    @api.model
    def _get_dealers_condition(self, column, dealers):
        if dealers is None:
            return SQL('TRUE')
        return SQL('%s = ANY(%s)', SQL.identifier(*column.split('.')), dealers.ids)

    def _read_amounts(self, query):
        self.env.flush_all()
        return {dealer_id: Decimal(amount) for dealer_id, amount in self.env.execute_query(query)}

    # ----------------------------------------------------------------- Booked

    def _read_booked(self):
        """What the ledger has accrued for these programs, whoever booked it.

        :return: ``{program id: {dealer id: {account id: amount in the company's currency}}}``
        """
        booked = defaultdict(lambda: defaultdict(dict))
        if not self:
            return booked
        self.env['account.move.line'].flush_model()
        # The side of the dealers: the expense is booked without one.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rebate_program_id, partner_id, account_id, (-SUM(balance))::text
                  FROM account_move_line
                 WHERE rebate_program_id IN %s AND rebate_role = 'accrual' AND parent_state = 'posted'
                   AND partner_id IS NOT NULL
              GROUP BY rebate_program_id, partner_id, account_id
                HAVING SUM(balance) != 0
                """,
                tuple(self.ids),
            )
        )
        for program_id, dealer_id, account_id, amount in rows:
            booked[program_id][dealer_id][account_id] = Decimal(amount)
        return booked

    def _get_last_accrual_date(self):
        """The day of the last accrual that stands in the books, or None; what was released since does not count."""
        self.ensure_one()
        # Whoever settles need not be allowed to read accruals.
        accruals = self.env['dealer.rebate.accrual'].sudo()
        last = accruals.search(
            [('program_id', '=', self.id), ('state', '=', 'posted'), ('move_id.state', '=', 'posted')],
            order='date desc, id desc',
            limit=1,
        )
        return last.date or None
