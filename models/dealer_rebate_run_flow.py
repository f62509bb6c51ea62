from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class DealerRebateRun(models.Model):
    """The steps of a settlement until it is posted: previewed, confirmed, or cancelled; and who may take them."""

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

    def _discard(self):
        """Forget what this run has computed: each settlement is again what it was before."""
        settlements = self.computation_ids.settlement_id
        self.payout_ids.unlink()
        self.computation_ids.unlink()
        settlements._restore_computation()

    # ---------------------------------------------------------------- Who may

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

    # ------------------------------------------------------------ Two at once

    def _lock(self):
        """Wait for whoever works on the run, and see what they did.

        :raise UserError: while it is being worked on
        """
        if not self.sudo().try_lock_for_update(allow_referencing=True):
            self._raise_under_way()

    def _raise_under_way(self):
        raise UserError(self.env._('Somebody is working on this settlement at this moment: please try again.'))
