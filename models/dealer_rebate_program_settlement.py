from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools import rebate
from .dealer_rebate_program_period import Period

# A run in one of these states holds figures that are not settled yet.
UNDER_WAY = ('preview', 'confirmed', 'posting')


class DealerRebateProgram(models.Model):
    """What settlements of a program share: one at a time, and exchange rates."""

    _inherit = 'dealer.rebate.program'

    def _get_settlements(self):
        """``{(dealer id, Period): settlement}`` of the program."""
        self.ensure_one()
        settlements = self.env['dealer.rebate.settlement'].sudo().search([('program_id', '=', self.id)])
        return {
            (settlement.dealer_id.id, Period(settlement.period_from, settlement.period_to)): settlement
            for settlement in settlements
        }

    def _get_known_dealers(self, settlements, periods):
        """``{period: dealers}`` that were settled: they are computed again, whether it is for them still or not.

        Each period of a cumulative program looks at all that was settled before.
        """
        partners, cumulative = self.env['res.partner'].sudo(), self.is_cumulative
        return {
            period: partners.browse(
                sorted({dealer_id for dealer_id, settled in settlements if cumulative or settled == period})
            )
            for period in periods
        }

    @api.model
    def _get_known_overdue(self, settlements):
        """Whether dealers were late when a period was settled: what they owe later does not change it."""
        return {
            key: settlement.computation_id.proof['overdue']
            for key, settlement in settlements.items()
            if settlement.computation_id
        }

    def _lock_settlement(self, run):
        """Let one run at a time compute for the program.

        :raise UserError: while another one is under way
        """
        self.ensure_one()
        self.run_ids.flush_recordset(['state'])
        if not self.try_lock_for_update(allow_referencing=True):
            run._raise_under_way()
        # A new version of the row: whoever began before we commit, and waits to compute from what was then,
        # is sent back by PostgreSQL to begin again (REPEATABLE READ), and sees what we have settled.
        self.env.cr.execute(SQL('UPDATE dealer_rebate_program SET write_date = write_date WHERE id = %s', self.id))
        if other := self.run_ids.filtered(lambda other: other != run and other.state in UNDER_WAY):
            raise UserError(
                self.env._(
                    'Another settlement of "%(program)s" is under way, until %(day)s: finish or cancel it first.',
                    program=self.title,
                    day=format_date(self.env, other[0].period_to),
                )
            )

    def _get_exact_rate(self, currency, day):
        """What one unit of ``currency`` is worth in the program's currency on ``day``.

        :raise UserError: if there is no rate on or before that day
        """
        self.ensure_one()
        values = {}
        for each in currency | self.currency_id:
            rate = self._find_rate(each, day)
            if rate is None:
                raise UserError(
                    self.env._(
                        '%(currency)s has no exchange rate on %(date)s. Enter the rate of that day under Invoicing /'
                        ' Configuration / Currencies.',
                        currency=each.name,
                        date=format_date(self.env, day),
                    )
                )
            values[each] = rate
        return rebate.round_half_up(Decimal(1) * values[self.currency_id] / values[currency], Decimal('0.00000001'))

    def _prepare_paid_vals(self, amount, currency, rate):
        """What a statement says of ``amount`` (in the program's currency) once it is paid in ``currency``.

        :param rate: of ``_get_exact_rate``; None where ``currency`` is the program's own, or goods are given
        """
        if rate is None:
            return {'pay_rate': 1, 'pay_amount': float(amount), 'pay_difference': 0}
        converted = rebate.pay_in_currency(amount, rate, unit=currency._get_smallest(), home_unit=self._get_unit())
        return {
            'pay_rate': float(converted.rate),
            'pay_amount': float(converted.paid),
            'pay_difference': float(converted.difference),
        }

    def _find_rate(self, currency, day):
        """The rate of ``currency`` against the rates' base, on or before ``day``, or None."""
        rate = (
            self.env['res.currency.rate']
            .sudo()
            .search(
                [
                    ('currency_id', '=', currency.id),
                    ('name', '<=', day),
                    ('company_id', 'in', [False, self.company_id.root_id.id]),
                ],
                order='company_id, name desc',
                limit=1,
            )
        )
        if rate:
            return Decimal(repr(rate.rate))
        return Decimal(1) if currency == self.company_id.currency_id else None
