from odoo import fields, models
from odoo.tools import format_date

from ..tools import rebate
from ..tools.exact import exact
from .dealer_rebate_program_accrual import ZERO, Expected


class DealerRebatePayout(models.Model):
    """What was accrued for a statement is released when it is posted: what is left is the true-up."""

    _inherit = 'dealer.rebate.payout'

    company_currency_id = fields.Many2one(related='company_id.currency_id', string='Company Currency')
    paid_value = fields.Monetary(
        'Paid, in the Books',
        readonly=True,
        copy=False,
        currency_field='company_currency_id',
        help="The amount paid in the company's currency, as its document has booked it at the rate of its date.",
    )
    accrued_before = fields.Monetary(
        readonly=True,
        copy=False,
        currency_field='company_currency_id',
        help='What the ledger had accrued for the dealer by this program before the statement was posted.',
    )
    accrual_released = fields.Monetary(
        readonly=True,
        copy=False,
        currency_field='company_currency_id',
        help='What of it was for the settled periods; the rest stays accrued for what is still expected.',
    )
    true_up = fields.Monetary(
        'True-Up',
        readonly=True,
        copy=False,
        currency_field='company_currency_id',
        help='Paid less released: what the statement costs beyond its accruals, or less than they were.',
    )
    accrual_move_id = fields.Many2one(
        'account.move',
        'Release Entry',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        help='Releases the accruals of all statements that were posted together.',
    )

    def _release_accruals(self):
        """Bring the accruals of these statements' dealers to what is still expected once they are paid.

        Called in the transaction that posts them. One entry a program: dated as the settlement, or as the
        last accrual if that is later, for nothing is released before it was accrued.

        :return: the entries, posted, with those of former steps
        :raise UserError: if the day is closed
        """
        moves = super()._release_accruals() or self.env['account.move']
        for program, payouts in self.grouped('program_id').items():
            moves |= payouts._release_program_accruals(program)
        return moves

    def _release_program_accruals(self, program):
        # The ledger and the other statements are read for whoever may post these.
        program = program.sudo()
        if program._is_accrued():
            program._draw_accrual_numbers()
        changes, vals_by_payout = {}, {}
        booked = program._read_booked()[program.id]
        expected = self._read_still_expected(program) if booked else {}
        account = program._get_accrual_places().accrued if booked else None
        paid_values = self._read_paid_values()
        for payout in self:
            dealer_id = payout.dealer_id.id
            of_dealer = booked.get(dealer_id, {})
            in_all = sum(of_dealer.values(), ZERO)
            # A settlement never accrues: what is missing is booked by the next accrual.
            still = min(expected.get(dealer_id, ZERO), in_all)
            accrued = rebate.accrue(still, in_all, program.company_id.currency_id._get_smallest())
            if of_dealer and dealer_id not in changes:
                changes[dealer_id] = program._get_accrual_changes(accrued, of_dealer, account)
                # Another statement of the same dealer finds what this one leaves.
                booked[dealer_id] = {account.id: accrued.expected}
            vals_by_payout[payout] = payout._prepare_true_up_vals(accrued, paid_values[payout])
        move = self._create_release_entry(program, changes)
        for payout, vals in vals_by_payout.items():
            if changes.get(payout.dealer_id.id):
                vals['accrual_move_id'] = move.id
            # Statements are written by their steps alone.
            payout.sudo().write(vals)
        return move

    def _read_still_expected(self, program):
        """What the dealers may expect beside these statements: ``{dealer id: amount}`` in the company's currency.

        As of the last accrual: what was sold since is accrued next time, not by a settlement.
        """
        day = program._get_last_accrual_date() or self._get_document_date()
        expected = program._read_expected(day, dealers=self.dealer_id, paying=self)
        return {
            dealer_id: program._convert_to_company(of_dealer.total, day)
            for dealer_id, of_dealer in expected.items()
            if of_dealer != Expected(ZERO, ZERO)
        }

    def _read_paid_values(self):
        """``{statement: what it has paid in the company's currency}``: as its document has booked it.

        The books may have a smallest unit more or less than the day's rate gives, for Odoo converts each document
        in its own way, before it takes out taxes that are in the price. They are what the statement cost.
        """
        items = self.env['account.move.line'].sudo()
        booked = dict(
            items._read_group(
                [('move_id', 'in', self.move_id.ids), ('rebate_role', '=', 'payout')], ['move_id'], ['balance:sum']
            )
        )
        return {
            payout: exact(booked[payout.move_id], payout.company_currency_id.decimal_places)
            if payout.move_id in booked
            else payout._convert_paid()
            for payout in self
        }

    def _convert_paid(self):
        """What the statement pays in the company's currency at the rate of its date; free goods cost nothing here."""
        if self.reward == rebate.FREE_GOODS:
            return ZERO
        amount = exact(self.pay_amount, self.pay_currency_id.decimal_places)
        return self.company_id._convert_rebate(amount, self.pay_currency_id, self._get_document_date())

    def _prepare_true_up_vals(self, accrued, paid):
        """What the statement says of its accruals.

        :param accrued: a :class:`tools.rebate.Accrual` of its dealer
        :param Decimal paid: in the company's currency
        """
        self.ensure_one()
        return {
            'paid_value': float(paid),
            'accrued_before': float(accrued.booked),
            'accrual_released': -float(accrued.entry),
            'true_up': float(paid + accrued.entry),
        }

    def _create_release_entry(self, program, changes):
        """Post the entry of a program, if anything changes."""
        moves = self.env['account.move']
        if not any(changes.values()):
            return moves
        day = program._get_release_day(self._get_document_date())
        program._check_accrual_day(day)
        reference = self.env._(
            'Rebate accrual released: %(program)s, settlement of %(day)s',
            program=program.display_name,
            day=format_date(self.env, self.run_id[:1].date),
        )
        # Whoever may post statements releases what was accrued for them; that items are a rebate's, nobody
        # says by hand.
        move = moves.sudo().create(program._prepare_accrual_move_vals(day, changes, reference))
        move.action_post()
        return move.with_env(self.env)


class DealerRebateProgram(models.Model):
    _inherit = 'dealer.rebate.program'

    def _get_release_day(self, day):
        """The day on which a settlement of ``day`` releases accruals: that of the last accrual if it is later."""
        self.ensure_one()
        return max(day, self._get_last_accrual_date() or day)


class DealerRebateRun(models.Model):
    _inherit = 'dealer.rebate.run'

    def _check_can_be_posted(self):
        """Where something is accrued, it has to be possible to release it on the day of the settlement."""
        result = super()._check_can_be_posted()
        for run in self:
            # Whoever settles need not have prepared the accruals.
            program = run.program_id.sudo()
            if program._read_booked()[program.id]:
                program._check_accrual_day(program._get_release_day(run.date))
        return result
