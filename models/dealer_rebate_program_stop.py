from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .dealer_rebate_program_settlement import UNDER_WAY


class DealerRebateProgram(models.Model):
    """The end of a program before its time: closed, or cancelled as if it had never been."""

    _inherit = 'dealer.rebate.program'

    closed_date = fields.Date(
        'Closed on', readonly=True, copy=False, help='Periods that begin later do not take place.'
    )
    may_cancel = fields.Boolean(compute='_compute_may_cancel')

    @api.depends('state')
    @api.depends_context('uid')
    def _compute_may_cancel(self):
        is_manager = self.env.user.has_group('dealer_management.group_dealer_manager')
        is_staff = self.env.user.has_group('dealer_management.group_dealer_staff')
        for program in self:
            if program.state in ('approved', 'open'):
                program.may_cancel = is_manager
            else:
                program.may_cancel = is_staff and program.state in ('draft', 'submitted', 'refused')

    @api.model
    def _get_settled_fields(self):
        return super()._get_settled_fields() | {'closed_date'}

    def action_close(self):
        """Close open programs: no further period begins; those that have begun are still settled.

        :raise AccessError: for anyone but a channel manager
        :raise UserError: for an amendment, which is closed with its program
        """
        programs = self._filter_step('closed', ('open',))
        programs._check_manager()
        programs._check_not_amendments()
        for program in programs:
            program._move('closed', closed_date=program.company_id._get_dealer_date())
            # Amendments may be out of the sight of whoever closes the program that they amend.
            amendments = program.sudo().amendment_ids
            in_force = amendments.filtered(lambda version: version.state in ('approved', 'open'))
            in_force._move('closed', closed_date=program.closed_date)
            amendments.filtered(lambda version: version.state in ('draft', 'submitted'))._end()
        return True

    def action_cancel(self):
        """End programs that nothing was settled or accrued by.

        :raise AccessError: for an approved program, for anyone but a channel manager
        :raise UserError: once something was settled or accrued
        """
        programs = self._filter_step('cancelled', ('draft', 'submitted', 'refused', 'approved', 'open'))
        programs.check_access('write')
        approved = programs.filtered(lambda program: program.state in ('approved', 'open'))
        if approved:
            approved._check_manager()
        approved._serialize_terms()
        for program in approved:
            program._check_nothing_booked()
        programs._end()
        for program in programs.filtered('requester_id'):
            program._tell_requester(self.env._('%s was cancelled', program.display_name), False)
        # Amendments may be out of the sight of whoever cancels the program that they amend.
        programs.sudo().amendment_ids.filtered(lambda version: version.state not in ('cancelled', 'refused'))._end()
        return True

    def _end(self):
        self._move('cancelled')
        self._close_approval(self.env._('Cancelled'))

    def _check_nothing_booked(self):
        """Check that no money depends on the program, or on the amendment from its first day on.

        :raise UserError: once something was settled or accrued, or is about to be
        """
        self.ensure_one()
        # Money is counted, whoever may see it.
        root = (self.amends_id or self).sudo()
        since = self.date_from if self.amends_id else root.date_from
        self._check_not_being_settled()
        settled = root.settlement_ids.filtered(
            lambda settlement: settlement.computation_id and settlement.period_to >= since
        )
        if settled or root._has_bookings(since if self.amends_id else None):
            self._raise_booked()

    def _check_not_being_settled(self):
        """Check that no settlement was computed with other terms than those that are to hold.

        :raise UserError: while a settlement is under way
        """
        for program in self:
            # Settlements are looked at, whoever may see them.
            root = (program.amends_id or program).sudo()
            if root.run_ids.filtered(lambda run: run.state in UNDER_WAY):
                raise UserError(
                    self.env._('"%s" is being settled: finish or cancel the settlement first.', root.display_name)
                )

    def _has_bookings(self, since=None):
        """Whether journal items were made by the program, ``since`` a day."""
        domain = Domain('rebate_program_id', '=', self.id) & Domain('parent_state', '!=', 'cancel')
        if since:
            domain &= Domain('date', '>=', since)
        return bool(self.env['account.move.line'].search_count(domain, limit=1))

    def _raise_booked(self):
        if self.amends_id:
            raise UserError(
                self.env._(
                    '"%s" cannot be cancelled any more: something was settled, or accrued, by it. Amend the program'
                    ' from a later day on.',
                    self.display_name,
                )
            )
        raise UserError(
            self.env._(
                '"%s" cannot be cancelled any more: something was settled, or accrued, by it. Close it instead.',
                self.display_name,
            )
        )

    def _get_periods(self, date_from=None, date_to=None):
        """Those that begin after the program was closed do not take place."""
        periods = super()._get_periods(date_from, date_to)
        closed_date = (self.amends_id or self).closed_date
        if date_from or not closed_date:
            return periods
        return [period for period in periods if period.date_from <= closed_date]
