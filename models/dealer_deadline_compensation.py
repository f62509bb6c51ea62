from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL, split_every

from .dealer_deadline_job import BATCH

UNCREDITED = 'dealer_management.mail_activity_complaint_uncredited'
# A credit that could not be made is tried again after this time.
AGAIN = timedelta(hours=1)


class DealerDeadline(models.Model):
    """Deadlines bind both sides: for those of ours that we miss the dealer is credited what the policy states."""

    _inherit = 'dealer.deadline'

    credit_again = fields.Datetime(
        'Credit to Be Tried Again',
        readonly=True,
        copy=False,
        help='The credit could not be made: then it is tried again.',
    )

    _credit_again_idx = models.Index('(credit_again) WHERE credit_again IS NOT NULL')

    # ------------------------------------------------- Whatever comes between

    def _credit_missed(self):
        """Credit the dealers for these missed deadlines of ours.

        A credit that cannot be made, such as without a sales journal, holds up neither the others nor the step that
        has found the miss: its person is told what stands in the way, and the job tries again.
        """
        # See _compensate.
        deadlines = self.sudo().filtered(lambda deadline: deadline.party == 'us' and deadline.credit_amount)
        if not deadlines:
            return
        try:
            with self.env.cr.savepoint():
                deadlines._compensate()
        except (UserError, RedirectWarning) as obstacle:
            if len(deadlines) == 1:
                deadlines._put_off_credit(obstacle)
                return
            for deadline in deadlines:
                deadline._credit_missed()
        else:
            deadlines._settle_credit()

    def _put_off_credit(self, obstacle):
        """Try the credit of this deadline (in sudo) again later; its person is told once.

        :param obstacle: the exception that says what stands in the way
        """
        self.ensure_one()
        is_new = not self.credit_again
        self.credit_again = fields.Datetime.now() + AGAIN
        if is_new:
            self._get_credited_complaint()._remind(UNCREDITED, note=obstacle.args[0])

    def _hand_credits_over_to(self, complaint):
        """What stands in the way of the credits of these deadlines (in sudo) is for the people of ``complaint`` from now
        on, which theirs are being merged into.
        """
        activity_type = self.env.ref(UNCREDITED, raise_if_not_found=False)
        todos = self._get_credited_complaint().activity_ids.filtered(
            lambda todo: todo.activity_type_id == activity_type
        )
        if todos:
            complaint._remind(UNCREDITED, note=todos[0].note)

    def _get_credited_complaint(self):
        """Where the dealer is credited for these deadlines: at the complaint that theirs was merged into, if it was."""
        merged = self.complaint_id.filtered('merged_into_id')
        return merged.merged_into_id | (self.complaint_id - merged)

    def _settle_credit(self):
        """Nothing stands in the way of the credits of these deadlines (in sudo) any more."""
        put_off = self.filtered('credit_again')
        put_off.credit_again = False
        put_off._get_credited_complaint().filtered(
            lambda complaint: not any((complaint | complaint.merged_ids).deadline_ids.mapped('credit_again'))
        )._settle(UNCREDITED)

    @api.model
    def _try_credits_again(self):
        """Make the credits that could not be made before, batch by batch."""
        jobs = self.env['ir.cron']
        put_off = self.search([('credit_again', '<=', fields.Datetime.now())], order='credit_again, id')
        if not put_off:
            return
        jobs._commit_progress(remaining=len(put_off))
        for ids in split_every(BATCH, put_off.ids):
            # Whatever was left to another complaint or credited meanwhile is not to be tried again.
            self.browse(ids).try_lock_for_update().filtered('credit_again')._credit_missed()
            if not jobs._commit_progress(len(ids)):
                return

    # ----------------------------------------------------------- The credits

    def _compensate(self):
        """Credit the dealers what their policies state for these missed deadlines, once each.

        One draft credit note for each deadline, so that it proves itself. What was credited already, is not ours, is
        no breach, or is of nobody that we know, is left alone; the last is credited once the dealer is known. Two
        that do it at once wait for each other, and the second starts over.

        :return: the outcomes that were made
        """
        # A breach is found by a job or by any step of whoever is at work; what follows from it is by rule.
        missed = self.sudo().filtered(
            lambda deadline: (
                deadline.is_breached
                and deadline.party == 'us'
                and deadline.currency_id
                and deadline.currency_id.compare_amounts(deadline.credit_amount, 0) > 0
                and deadline.complaint_id.dealer_id
            )
        )
        outcomes = missed.env['dealer.complaint.outcome']
        if not missed:
            return outcomes
        missed.flush_recordset()
        self.env.cr.execute(SQL('UPDATE dealer_deadline SET id = id WHERE id IN %s', tuple(missed.ids)))
        missed -= outcomes.search([('deadline_id', 'in', missed.ids)]).deadline_id
        outcomes = outcomes.create([deadline._prepare_compensation_vals() for deadline in missed])
        outcomes._make_compensation()
        return outcomes

    def _prepare_compensation_vals(self):
        self.ensure_one()
        return {
            'complaint_id': self._get_credited_complaint().id,
            'kind': 'compensation',
            'amount': self.credit_amount,
            'currency_id': self.currency_id.id,
            'deadline_id': self.id,
        }


class DealerComplaint(models.Model):
    _inherit = 'dealer.complaint'

    def write(self, vals):
        unknown = self.filtered(lambda complaint: not complaint.dealer_id) if vals.get('dealer_id') else self.browse()
        result = super().write(vals)
        # What was missed while nobody knew whose complaint it was.
        unknown.sudo().deadline_ids._credit_missed()
        return result
