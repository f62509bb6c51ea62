from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..tools import rebate
from ..tools.exact import exact

ZERO = Decimal(0)


class DealerRebateRun(models.Model):
    """What is to be settled and corrected, computed and shown; nothing is booked before it is posted."""

    _inherit = 'dealer.rebate.run'

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Said, not left to defaults, which anybody may set: steps are taken by their buttons.
            settled = self._get_settled_fields()
            nothing = {name: False for name in settled if self._fields[name].type != 'one2many'}
            vals_list = [
                {**{name: value for name, value in vals.items() if name not in settled}, **nothing, 'state': 'draft'}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if not self._get_settled_fields().isdisjoint(vals):
                raise AccessError(self.env._('A settlement is prepared and decided by its steps, not by writing it.'))
            if not {'program_id', 'period_to', 'date'}.isdisjoint(vals) and any(run.state != 'draft' for run in self):
                raise UserError(self.env._('The settlement has been computed: cancel it to settle something else.'))
        return super().write(vals)

    @api.model
    def _get_settled_fields(self):
        return frozenset(
            {'state', 'period_from', 'previewed_date', 'confirmed_by_id', 'confirmed_date', 'payout_ids'}
            | {'computation_ids', 'posted_by_id', 'posting_stopped', 'done_date'}
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        if any(run.state not in ('draft', 'cancelled') for run in self):
            raise UserError(self.env._('A settlement that is under way or done is kept on record.'))

    # ------------------------------------------------------------------ Steps

    def action_preview(self):
        """Compute, or compute again, what each dealer has earned and is to be paid.

        :raise UserError: before the period has ended, while another settlement of the program is under
            way, or where something cannot be counted
        """
        for run in self:
            run._check_may_prepare()
            if run.state not in ('draft', 'preview'):
                raise UserError(self.env._('The settlement "%s" has been confirmed already.', run.display_name))
            run._preview()
        return True

    def action_confirm(self):
        """Fix what is to be paid: only accountants do, since it is they who answer for the books.

        :raise AccessError: for anyone but an accountant
        :raise UserError: where it could not be posted: see ``_check_can_be_posted``
        """
        runs = self.filtered(lambda run: run.state != 'confirmed')
        runs._check_accountant()
        for run in runs:
            if run.state != 'preview':
                raise UserError(
                    self.env._(
                        'Only a settlement that was computed is confirmed: preview "%s" first.', run.display_name
                    )
                )
            run._check_can_be_posted()
            run.sudo()._confirm()
        return True

    def action_cancel(self):
        """Give up what was computed and not posted: all of it can be settled again.

        :raise UserError: once something was posted
        """
        for run in self.filtered(lambda run: run.state != 'cancelled'):
            if run.state in ('confirmed', 'posting'):
                run._check_accountant()
            else:
                run._check_may_prepare()
            run._lock()
            if run.state == 'done' or 'posted' in run.sudo().payout_ids.mapped('state'):
                raise UserError(
                    self.env._(
                        'Statements of "%s" have been posted: they stay. What was wrong is corrected by the next'
                        ' settlement.',
                        run.display_name,
                    )
                )
            run.sudo()._discard()
            run.sudo().state = 'cancelled'
        return True

    def _check_may_prepare(self):
        """:raise AccessError: for anyone but channel managers and accountants"""
        user = self.env.user
        if not self.env.su and not (
            user.has_group('dealer_management.group_dealer_manager') or user.has_group('account.group_account_invoice')
        ):
            raise AccessError(self.env._('Only channel managers and accountants prepare settlements.'))
        self.check_access('write')

    def _check_accountant(self):
        """:raise AccessError: for anyone but accountants"""
        if not self.env.su and not self.env.user.has_group('account.group_account_invoice'):
            raise AccessError(self.env._('Only accountants confirm and post settlements.'))
        self.check_access('write')

    # --------------------------------------------------------------- Computing

    def _preview(self):
        self.ensure_one()
        # What is computed again with each preview needs no message for each record.
        run = self.sudo().with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        program = run.program_id
        program._lock_settlement(run)
        period = run._check_period()
        run._discard()
        asked, settlements = run._find_asked(period)
        accounts = program._compute_accounts(asked, day=run.date, overdue=program._get_known_overdue(settlements))
        fresh = run._find_fresh(accounts, settlements)
        payouts = run._create_payouts(fresh)
        run._create_computations(fresh, settlements, payouts)
        run.write(
            {
                'state': 'preview',
                'period_from': min([each.date_from for each in asked], default=period.date_from),
                'previewed_date': fields.Datetime.now(),
            }
        )
        # The database must tell a second run at once, not at the end.
        run.flush_recordset(['state'])

    def _check_period(self):
        """Return the last period that is settled.

        :raise UserError: if the run does not end with a period, or before it has ended
        """
        program = self.program_id
        if program.amends_id or program.state not in ('open', 'closed'):
            raise UserError(self.env._('The rebate program "%s" is not open: nothing is settled.', program.title))
        period = program._get_period(self.period_to)
        if not period or period.date_to != self.period_to:
            raise UserError(
                self.env._(
                    'No period of "%(program)s" ends on %(day)s.',
                    program=program.title,
                    day=format_date(self.env, self.period_to),
                )
            )
        if period.date_to >= program.company_id._get_dealer_date():
            raise UserError(
                self.env._(
                    'The period lasts until %s: it is settled from the day after on.',
                    format_date(self.env, period.date_to),
                )
            )
        if self.date <= period.date_to:
            raise UserError(
                self.env._(
                    'The accounting date has to be later than %s, when the period ends.',
                    format_date(self.env, period.date_to),
                )
            )
        return period

    def _find_asked(self, period):
        """What is computed: periods that are not settled, and those that are, since they may have changed.

        :return: ``{period: dealers}``, ``{(dealer id, period): settlement}``
        """
        program = self.program_id
        settlements = program._get_settlements()
        if program.is_cumulative:
            # One period looks at all that was settled before: the last of them, if that is later.
            periods = [max([period, *(settled for _dealer_id, settled in settlements)])]
        else:
            periods = [each for each in program._get_periods() if each.date_to <= period.date_to]
        known = program._get_known_dealers(settlements, periods)
        return {each: program._find_dealers(each) | known[each] for each in periods}, settlements

    def _find_fresh(self, accounts, settlements):
        """``{(dealer id, period): (account, what was settled before)}`` of what is new or has changed."""
        before = self._get_settled_before(settlements)
        fresh = {}
        for key, account in accounts.items():
            settlement, settled = settlements.get(key), before(key)
            if not settlement or not settlement.computation_id or account.earned != settled:
                fresh[key] = (account, settled)
        return fresh

    def _create_computations(self, fresh, settlements, payouts):
        """Keep the proof of what is new or has changed."""
        self.ensure_one()
        new = [key for key in fresh if key not in settlements]
        created = self.env['dealer.rebate.settlement'].create(
            [self._prepare_settlement_vals(fresh[key][0]) for key in new]
        )
        settlements = {**settlements, **dict(zip(new, created, strict=True))}
        plain_terms = {}
        computations = self.env['dealer.rebate.computation'].create(
            [
                {
                    **self._prepare_computation_vals(account, settled, settlements[key], plain_terms),
                    'payout_id': payouts[account.dealer_id].id,
                }
                for key, (account, settled) in fresh.items()
            ]
        )
        computations._keep_lines([account for account, _settled in fresh.values()])
        return computations

    def _get_settled_before(self, settlements):
        """What was settled before, of the same window: a function of ``(dealer id, period)``."""
        cumulative = self.program_id.is_cumulative
        by_dealer = defaultdict(list)
        for (dealer_id, period), settlement in settlements.items():
            if settlement.computation_id:
                by_dealer[dealer_id].append((period, exact(settlement.computation_id.earned)))

        def settled_before(key):
            dealer_id, period = key
            past = [
                (each, earned)
                for each, earned in by_dealer[dealer_id]
                if each == period or (cumulative and each.date_to <= period.date_to)
            ]
            return max(past)[1] if past else ZERO

        return settled_before

    def _prepare_settlement_vals(self, account):
        return {
            'program_id': self.program_id.id,
            'company_id': self.company_id.id,
            'dealer_id': account.dealer_id,
            'period_from': account.period.date_from,
            'period_to': account.period.date_to,
            # Said, not left to defaults: see ``_prepare_payout_vals``.
            'computation_id': False,
        }

    def _prepare_computation_vals(self, account, settled, settlement, plain_terms):
        earning = account.earning
        return {
            'settlement_id': settlement.id,
            'program_id': self.program_id.id,
            'dealer_id': account.dealer_id,
            'company_id': self.company_id.id,
            'number': (settlement.computation_id.number or 0) + 1,
            'run_id': self.id,
            'window_from': account.window.date_from,
            'window_to': account.window.date_to,
            'version': ', '.join(str(piece.version.version) for piece in account.pieces),
            'grade_id': account.grade_id,
            'base': float(earning.base),
            'whole': float(earning.whole),
            'earned': float(account.earned),
            'settled_before': float(settled),
            'delta': float(account.earned - settled),
            'reason': earning.reason,
            'band': 0 if earning.band is None else earning.band + 1,
            'proof': account.describe(plain_terms),
        }

    # ---------------------------------------------------------------- Payouts

    def _create_payouts(self, fresh):
        """One statement for each dealer with something new, or with a carry that is paid at last.

        :return: ``{dealer id: statement}``
        """
        carried, deltas = self._get_carried(), defaultdict(lambda: ZERO)
        for (dealer_id, _period), (account, settled) in fresh.items():
            deltas[dealer_id] += account.earned - settled
        terms = self._get_settling_terms()
        payouts = {
            dealer_id: rebate.settle(deltas.get(dealer_id, ZERO), carried_in=carried.get(dealer_id, ZERO), **terms)
            for dealer_id in {**deltas, **carried}
        }
        payouts = {dealer_id: payout for dealer_id, payout in payouts.items() if dealer_id in deltas or payout.paid}
        if not payouts:
            return {}
        currency, rate = self._get_pay_rate()
        created = self.env['dealer.rebate.payout'].create(
            [self._prepare_payout_vals(dealer_id, payout, currency, rate) for dealer_id, payout in payouts.items()]
        )
        return {payout.dealer_id.id: payout for payout in created}

    def _get_carried(self):
        """``{dealer id: what was settled and not paid}``, if it is not 0; what is still to be posted counts as paid."""
        groups = self.env['dealer.rebate.payout']._read_group(
            [('program_id', '=', self.program_id.id), ('run_id', '!=', self.id)],
            ['dealer_id'],
            ['delta:sum', 'paid:sum'],
        )
        carried = {dealer.id: exact(delta) - exact(paid) for dealer, delta, paid in groups}
        return {dealer_id: amount for dealer_id, amount in carried.items() if amount}

    def _get_settling_terms(self):
        """How all that is due is paid and carried, see ``tools.rebate.settle``."""
        program = self.program_id
        is_last = self.period_to >= program._get_periods()[-1].date_to
        return {
            # Nothing is carried beyond the end of the program.
            'minimum': ZERO if is_last else exact(program.minimum),
            'unit': program._get_earned_unit(),
            'debit': program.debit_negative,
        }

    def _get_pay_rate(self):
        """What is paid in: ``(currency, its rate on the accounting date)``; the program's own has the rate None.

        :raise UserError: without a rate on that day
        """
        program = self.program_id
        currency = program.payout_currency_id or program.currency_id
        if currency == program.currency_id or program.reward == rebate.FREE_GOODS:
            return program.currency_id, None
        return currency, program._get_exact_rate(currency, self.date)

    def _prepare_payout_vals(self, dealer_id, payout, currency, rate):
        return {
            'run_id': self.id,
            'program_id': self.program_id.id,
            'company_id': self.company_id.id,
            'dealer_id': dealer_id,
            'delta': float(payout.delta),
            'carried_in': float(payout.carried_in),
            'due': float(payout.due),
            'paid': float(payout.paid),
            'carried_out': float(payout.carried_out),
            # Said, not left to defaults, which anybody may set, and which hold in sudo() as well.
            'name': '/',
            'state': 'preview',
            'hold_reason': False,
            'posted_date': False,
            'move_id': False,
            'sale_order_id': False,
            'pay_currency_id': currency.id,
            **self.program_id._prepare_paid_vals(payout.paid, currency, rate),
        }

    # ------------------------------------------------------------ Two at once

    def _lock(self):
        """Wait for whoever works on the run, and see what they did.

        :raise UserError: while it is being worked on
        """
        if not self.sudo().try_lock_for_update(allow_referencing=True):
            self._raise_under_way()

    def _raise_under_way(self):
        raise UserError(self.env._('Somebody is working on this settlement at this moment: please try again.'))

    def _confirm(self):
        self._lock()
        payouts = self.payout_ids
        numbers = self.env['ir.sequence'].next_by_code_batch('dealer.rebate.payout', len(payouts))
        for payout, number in zip(payouts, numbers, strict=True):
            payout.name = number
        payouts.state = 'confirmed'
        for computation in self.computation_ids:
            computation.settlement_id.computation_id = computation
        self.write({'state': 'confirmed', 'confirmed_by_id': self.env.uid, 'confirmed_date': fields.Datetime.now()})

    def _discard(self):
        """Forget what this run has computed: each settlement is again what it was before."""
        settlements = self.computation_ids.settlement_id
        self.payout_ids.unlink()
        self.computation_ids.unlink()
        settlements._restore_computation()
