from collections import defaultdict
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools.exact import exact


class DealerRebateRun(models.Model):
    """What is to be settled and corrected, computed and shown; nothing is booked before it is posted."""

    _inherit = 'dealer.rebate.run'

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
            return max(past)[1] if past else Decimal(0)

        return settled_before

    # ------------------------------------------------------------------ Proof

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
