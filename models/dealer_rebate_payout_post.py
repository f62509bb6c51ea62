from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import rebate


class DealerRebatePayout(models.Model):
    """A statement is settled in one transaction with its document; single ones can be held back."""

    _inherit = 'dealer.rebate.payout'

    _document_settles = models.Constraint(
        "CHECK (state = 'posted' OR (move_id IS NULL AND sale_order_id IS NULL))",
        'What a document has paid is settled.',
    )

    # ---------------------------------------------------------------- Posting

    def _post_batch(self):
        """Make the documents of those of these statements that are to be posted, and settle them, in one
        transaction. The caller has locked them.

        :return: the statements that were settled
        :raise UserError: with all that is in the way
        """
        # They may have been posted, or held back, before they were locked.
        self.invalidate_recordset(['state'])
        payouts = self.filtered(lambda payout: payout.state == 'confirmed')
        if not payouts:
            return payouts
        payouts._check_obstacles()
        # One write for all: the documents follow in the same transaction, and are tracked themselves.
        payouts.with_context(tracking_disable=True).write({'state': 'posted', 'posted_date': fields.Datetime.now()})
        for method, of_method in payouts.filtered('paid').grouped('payout_method').items():
            getattr(of_method, f'_pay_by_{method}')()
        payouts._release_accruals()
        return payouts

    def _get_document_date(self):
        """The day that the documents of these statements of one run are dated.

        That of the run; what was held back and is released later is dated the day of its release.
        """
        run = self.run_id.ensure_one()
        return run.company_id._get_dealer_date() if run.state == 'done' else run.date

    # -------------------------------------------------------------- Holding back

    def action_hold(self, reason=None):
        """Hold statements back: they are not posted until they are released.

        :param str reason: required, kept on the statement
        :raise AccessError: for anyone but an accountant or a channel manager
        :raise UserError: without a reason, or for what is not waiting to be posted
        """
        self.env['dealer.approval.mixin']._check_reason(reason)
        if not self.env.su and not self.env.user.has_groups(
            'account.group_account_invoice,dealer_management.group_dealer_manager'
        ):
            raise AccessError(self.env._('Only an accountant or a channel manager holds a statement back.'))
        self.check_access('read')
        payouts = self.filtered(lambda payout: payout.state != 'held')
        payouts._check_waits_in('confirmed')
        # Steps are taken by buttons: nobody has the right to write them.
        payouts.sudo().write({'state': 'held', 'hold_reason': reason})
        return True

    def action_release(self):
        """Release statements that were held back; where all others are settled, they are posted at once.

        :raise AccessError: for anyone but an accountant
        :raise UserError: for what has not been confirmed, or with what is in the way of posting
        """
        self.check_access('read')
        self.run_id._check_accountant()
        payouts = self.filtered(lambda payout: payout.state not in ('confirmed', 'posted'))
        payouts._check_waits_in('held')
        # As above.
        payouts.sudo().write({'state': 'confirmed', 'hold_reason': False})
        for run, of_run in payouts.grouped('run_id').items():
            if run.state == 'done':
                late = of_run.sudo().with_company(run.company_id)
                late._convert_anew()
                late._post_batch()
        return True

    def _convert_anew(self):
        """What these statements of one run pay in another currency is paid at the rate of the day that their
        documents are dated.

        :raise UserError: without a rate on that day
        """
        in_money = self.filtered(lambda payout: payout.reward != rebate.FREE_GOODS)
        for currency, payouts in in_money.grouped('pay_currency_id').items():
            # They are of one run, and so of one program.
            program = payouts.program_id
            if currency == program.currency_id:
                continue
            rate = program._get_exact_rate(currency, payouts._get_document_date())
            for payout in payouts:
                paid = program.currency_id._to_decimal(payout.paid)
                payout.write(program._prepare_paid_vals(paid, currency, rate))

    def _check_waits_in(self, state):
        """Check that all of these statements are in ``state``.

        :raise UserError: with the first that is not
        """
        names = dict(self._fields['state']._description_selection(self.env))
        for payout in self:
            if payout.state != state:
                raise UserError(
                    self.env._(
                        'The statement %(statement)s is in the state "%(state)s": only those in the state'
                        ' "%(needed)s" can take this step.',
                        statement=payout.display_name,
                        state=names[payout.state],
                        needed=names[state],
                    )
                )
