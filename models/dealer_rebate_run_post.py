from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

# Statements that are posted between two commits; a settlement of no more is posted at once.
BATCH = 200


class DealerRebateRun(models.Model):
    """Posting a settlement: confirmed → being posted → settled, batch by batch.

    Each batch is one transaction: its documents, and that its statements are settled. Whatever is
    killed goes on where it stopped, and two that post at once never take the same statement.
    """

    _inherit = 'dealer.rebate.run'

    posted_by_id = fields.Many2one('res.users', 'Posted by', readonly=True, copy=False)
    posting_stopped = fields.Text(readonly=True, copy=False, help='What was in the way.')
    done_date = fields.Datetime('Settled on', readonly=True, copy=False)

    def action_post(self):
        """Post the confirmed settlements: a small one at once, a large one in the background.

        Calling it again goes on with what was stopped, and does nothing to what is settled.

        :raise AccessError: for anyone but an accountant
        :raise UserError: if a settlement is not confirmed, or with all that is in the way; nothing is posted then
        """
        self._check_accountant()
        runs = self.filtered(lambda run: run.state != 'done')
        for run in runs:
            if run.state not in ('confirmed', 'posting'):
                raise UserError(
                    self.env._('The settlement "%s" has to be confirmed before it is posted.', run.display_name)
                )
        runs._check_can_be_posted()
        # The steps are taken by buttons: nobody writes them by hand.
        runs.sudo().write({'state': 'posting', 'posted_by_id': self.env.uid, 'posting_stopped': False})
        for run in runs:
            if run.to_post_count <= BATCH:
                run._post_next_batch()
        if runs.filtered(lambda run: run.state == 'posting'):
            runs._trigger_posting()
        return True

    def _check_can_be_posted(self):
        result = super()._check_can_be_posted()
        for run in self:
            # What is in the way is told to whoever posts, whatever of it they may read.
            payouts = run.sudo().payout_ids.filtered(lambda payout: payout.state in ('preview', 'confirmed'))
            payouts._check_obstacles()
        return result

    @api.model
    def _trigger_posting(self):
        # Accountants need not be allowed to run jobs.
        self.env.ref('dealer_management.ir_cron_rebate_post').sudo()._trigger()

    @api.model
    def _cron_post(self):
        """Post what is being posted, batch by batch; safe to kill at any moment and to run twice at once."""
        jobs = self.env['ir.cron']
        runs = self.sudo().search([('state', '=', 'posting'), ('posting_stopped', '=', False)], order='id')
        jobs._commit_progress(remaining=sum(runs.mapped('to_post_count')))
        for run in runs:
            while (posted := run._try_next_batch()) and run.state == 'posting':
                if not jobs._commit_progress(posted):
                    return
            jobs._commit_progress(posted)

    def _try_next_batch(self):
        """Post the next batch; if that cannot be done, say so on the settlement and leave it.

        :return: the number of statements that were settled
        """
        try:
            # Another one may be posting: what PostgreSQL cannot serialize is done again.
            return retrying(partial(self._post_next_batch), self.env)
        except UserError as error:
            self.env.cr.rollback()
            self._stop_posting(str(error))
            return 0

    def _stop_posting(self, reason):
        self.posting_stopped = reason
        self.activity_schedule(
            'mail.mail_activity_data_todo',
            summary=self.env._('The settlement could not be posted to the end'),
            note=reason,
            user_id=self.posted_by_id.id,
        )

    def _post_next_batch(self):
        """Settle the next statements of this settlement, and the settlement itself after the last one.

        :return: the number of statements that were settled
        """
        self.ensure_one()
        # Whoever may post books all that the settlement says, in their own name, also from the job.
        run = self.with_user(self.posted_by_id).sudo().with_company(self.company_id)
        to_post = run.env['dealer.rebate.payout'].search(run._get_to_post_domain(), order='id')
        posted = to_post.try_lock_for_update(allow_referencing=True, limit=BATCH)._post_batch()
        if not run.env['dealer.rebate.payout'].search_count(run._get_to_post_domain(), limit=1):
            run.write({'state': 'done', 'done_date': fields.Datetime.now()})
            self.invalidate_recordset(['state', 'done_date'])
        return len(posted)

    def _get_to_post_domain(self):
        return [('run_id', 'in', self.ids), ('state', '=', 'confirmed')]
