from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from .dealer_deadline_clock import SECOND

BATCH = 100
# What one run takes on; the job goes on at once if more is due.
LIMIT = 5000


class DealerDeadline(models.Model):
    """Somebody is told what is about to be due and what was missed: nobody has to open a screen for it.

    Each level is told once: what is told, and that it was, is one transaction.
    """

    _inherit = 'dealer.deadline'

    activity_ids = fields.One2many('mail.activity', 'dealer_deadline_id', readonly=True)

    @api.model
    def _cron_follow_deadlines(self):
        """Tell what is due, batch by batch: a run that is killed goes on where it stopped.

        The moments to look at stand in ``next_check``: one indexed query finds them among any number
        of open complaints.
        """
        jobs = self.env['ir.cron']
        # The job is nobody's; what it does is the rule.
        deadlines = self.sudo()
        if not deadlines._plan_marked():
            return
        due = deadlines.search(self._get_check_domain(), order='next_check, id', limit=LIMIT)
        jobs._commit_progress(remaining=len(due))
        for ids in split_every(BATCH, due.ids):
            deadlines.browse(ids)._check()
            if not jobs._commit_progress(len(ids)):
                return
        deadlines._try_credits_again()
        if len(due) == LIMIT:
            jobs._commit_progress(remaining=deadlines.search_count(self._get_check_domain(), limit=LIMIT))

    @api.model
    def _get_check_domain(self):
        return Domain('next_check', '<=', fields.Datetime.now())

    def _check(self):
        """Tell the highest level that these deadlines have reached, and note what is missed."""
        # Another run may be at it, or somebody who meets the deadline in this very moment.
        deadlines = self.try_lock_for_update().filtered_domain(self._get_check_domain())
        now = fields.Datetime.now()
        levels = {deadline: deadline._get_level(now) for deadline in deadlines}
        missed = deadlines.filtered(lambda deadline: levels[deadline] == 100)
        missed._miss()
        for deadline, level in levels.items():
            deadline.told = level
            marks = {75: deadline.warning, 100: deadline.due + SECOND}
            deadline.next_check = False if level == 100 else deadline._find_next_check(deadline, marks)
        to_tell = deadlines.filtered(lambda deadline: deadline[f'tell_{deadline.told}'])
        to_tell.filtered(lambda deadline: deadline.party == 'us')._remind_our_people(now)
        to_tell.filtered(lambda deadline: deadline.party == 'dealer')._remind_dealers()

    def _get_level(self, now):
        """The highest level that is reached: the lower ones are not told any more."""
        self.ensure_one()
        if now > self.due:
            return 100
        return 75 if self.warning and now >= self.warning and self.tell_75 else 50

    # ------------------------------------------------------------ Our people

    def _remind_our_people(self, now):
        """Put these deadlines on the lists of whoever has to see to them, instead of what was there before."""
        self.activity_ids.unlink()
        activity_type = self.env.ref('dealer_management.mail_activity_type_deadline')
        model = self.env['ir.model']._get_id('dealer.complaint')
        vals_list = []
        for deadline in self:
            for user in deadline._get_told_users():
                day = fields.Datetime.context_timestamp(deadline.with_context(tz=deadline.tz), deadline.due).date()
                vals_list.append(
                    {
                        'activity_type_id': activity_type.id,
                        'res_model_id': model,
                        'res_id': deadline.complaint_id.id,
                        'dealer_deadline_id': deadline.id,
                        'user_id': user.id,
                        'summary': deadline.with_context(lang=user.lang)._describe_level(),
                        'date_deadline': day,
                        'automated': True,
                    }
                )
        # The list rings by itself: a mail for each would be one query more for each of them.
        self.env['mail.activity'].with_context(mail_activity_quick_update=True).create(vals_list)

    def _get_told_users(self):
        """Whom to tell: whoever it is assigned to, or else the team; at 100 % the team leader as well."""
        self.ensure_one()
        complaint, team = self.complaint_id, self.complaint_id.team_id
        users = complaint.user_id or team.user_id or team.member_ids
        users |= self.escalation_user_id
        if self.told == 100:
            users |= team.user_id
        users = users.filtered(lambda user: user.active and user._is_internal())
        if complaint.confidential:
            trusted = self.env.ref('dealer_management.group_dealer_complaint_confidential').all_user_ids
            users = (users & trusted) or trusted.filtered(lambda user: user.active and not user._is_superuser())
        return users

    def _describe_level(self):
        self.ensure_one()
        kind = dict(self._fields['kind']._description_selection(self.env))[self.kind]
        if self.told == 100:
            return self.env._('Missed: %s', kind)
        return self.env._('%(percent)s %% of the time is gone: %(kind)s', percent=self.told, kind=kind)

    # --------------------------------------------------------------- Dealers

    def _remind_dealers(self):
        """Write to the contacts of the complaints, in their language, what we wait for and until when."""
        template = self.env.ref('dealer_management.mail_template_dealer_deadline', raise_if_not_found=False)
        reachable = self.complaint_id.filtered(lambda complaint: complaint._get_contact().email)
        if template and reachable:
            template.send_mail_batch(reachable.ids, email_layout_xmlid='mail.mail_notification_light')
            self.env.ref('mail.ir_cron_mail_scheduler_action')._trigger()


class DealerComplaint(models.Model):
    """What the mail about a dealer's deadline says."""

    _inherit = 'dealer.complaint'

    def _get_contact(self):
        """Who is written to for the dealer."""
        self.ensure_one()
        return self.partner_id or self.dealer_id

    def _get_dealer_deadline(self):
        """What the dealer has to do next: its open deadline that is due first."""
        self.ensure_one()
        return self._get_deadlines('running').filtered(lambda deadline: deadline.party == 'dealer').sorted('due')[:1]
