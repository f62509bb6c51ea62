from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date


class AccrualPlaces(NamedTuple):
    """Where the accruals of a program are booked: two accounts and a journal."""

    expense: models.Model
    accrued: models.Model
    journal: models.Model


class DealerRebateProgram(models.Model):
    """The entry by which the ledger comes to what is expected: debit rebate expense, credit accrued rebates."""

    _inherit = 'dealer.rebate.program'

    def _get_accrual_places(self):
        """The program's own accounts and journal, or those of its company.

        :rtype: AccrualPlaces
        :raise UserError: naming what is missing
        """
        self.ensure_one()
        company = self.company_id
        expense = self.accrual_expense_account_id or company._get_rebate_setting('dealer_rebate_expense_account_id')
        accrued = self.accrual_account_id or company._get_rebate_setting('dealer_rebate_accrual_account_id')
        journal = self.accrual_journal_id or company._get_rebate_setting('dealer_rebate_accrual_journal_id')
        missing = [
            label
            for label, place in (
                (self.env._('the rebate expense account'), expense),
                (self.env._('the accrued rebates account'), accrued),
                (self.env._('the rebate accrual journal'), journal),
            )
            if not place
        ]
        if missing:
            raise UserError(
                self.env._(
                    'Accruals of "%(program)s" cannot be booked without %(missing)s: set it in the settings of'
                    ' %(company)s, under Dealers.',
                    program=self.title,
                    missing=missing[0],
                    company=company.name,
                )
            )
        return AccrualPlaces(expense, accrued, journal)

    def _check_accrual_day(self, day):
        """Check that entries can be booked on ``day``: Odoo would silently take another one.

        :raise UserError: naming the lock and the first open day
        """
        for program in self:
            company = program.company_id
            locks = company._get_violated_lock_dates(day, False, program._get_accrual_places().journal)
            if locks:
                raise UserError(
                    self.env._(
                        'Accruals of "%(program)s" cannot be booked on %(day)s: the books are closed by %(locks)s.'
                        ' The first open day is %(open)s.',
                        program=program.title,
                        day=format_date(self.env, day),
                        locks=company._format_lock_dates(locks),
                        open=format_date(self.env, max(lock for lock, _field in locks) + timedelta(days=1)),
                    )
                )

    def _draw_accrual_numbers(self):
        """Lock the programs until the end of the transaction.

        Whoever books accruals of them at the same time waits, and has to start over with what was booked
        meanwhile: PostgreSQL lets nobody change a row that has changed since its snapshot.
        """
        self.flush_recordset(['accrual_number'])
        self.env.cr.execute(
            SQL(
                'UPDATE dealer_rebate_program SET accrual_number = COALESCE(accrual_number, 0) + 1 WHERE id IN %s',
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(['accrual_number'])

    def _get_company_rate(self, day):
        """What one unit of the program's currency is worth in the company's on ``day``.

        :raise UserError: without a rate until then: Odoo would take 1
        """
        self.ensure_one()
        company = self.company_id
        return company._get_rebate_rate(self.currency_id, day)

    def _get_accrual_changes(self, accrued, booked, account):
        """How each account of a dealer changes: all is brought to ``account``.

        :param accrued: a :class:`tools.rebate.Accrual`
        :param booked: ``{account id: amount}``
        :return: ``{account id: change}``, credits being positive, without what does not change
        """
        changes = {account_id: -amount for account_id, amount in booked.items() if account_id != account.id}
        changes[account.id] = accrued.expected - booked.get(account.id, Decimal(0))
        return {account_id: change for account_id, change in changes.items() if change}

    def _prepare_accrual_move_vals(self, day, changes, reference):
        """The values of one entry.

        :param changes: ``{dealer id: {account id: change}}``, see ``_get_accrual_changes``
        :return: the values, or None if nothing changes
        """
        self.ensure_one()
        places = self._get_accrual_places()
        mark = {'rebate_role': 'accrual', 'rebate_program_id': self.id, 'name': reference}
        lines = [
            {**mark, 'account_id': account_id, 'partner_id': dealer_id, 'balance': -float(change)}
            for dealer_id, by_account in sorted(changes.items())
            for account_id, change in sorted(by_account.items())
        ]
        total = sum((change for by_account in changes.values() for change in by_account.values()), Decimal(0))
        if total:
            lines.append({**mark, 'account_id': places.expense.id, 'balance': float(total)})
        if not lines:
            return None
        return {
            'move_type': 'entry',
            'journal_id': places.journal.id,
            'company_id': self.company_id.id,
            'date': day,
            'ref': reference,
            'line_ids': [Command.create(line) for line in lines],
        }
