from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, split_every

UNCLOSED = 'dealer_management.mail_activity_complaint_unclosed'
# Complaints that are looked at between two commits.
BATCH = 100
# Whole days that a dealer has after it was told that its silence will be taken for consent.
NOTICE = 3


class DealerComplaint(models.Model):
    """A dealer that neither confirms our answer nor comes back to it agrees: it is told before, and when it is so."""

    _inherit = 'dealer.complaint'

    date_silence_warned = fields.Datetime(
        'Told of the Coming End', readonly=True, copy=False, help='The dealer was told that silence ends it.'
    )

    @api.model
    def _cron_follow_silence(self):
        """Tell the dealers, and close what they have left unanswered; safe at any time and twice."""
        ids = self.sudo().search(self._get_silence_domain(fields.Datetime.now()), order='id').ids
        self.env['ir.cron']._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            self.sudo().browse(batch)._follow_silence()
            if not self.env['ir.cron']._commit_progress(len(batch)):
                break

    @api.model
    def _get_silence_domain(self, now):
        """Answered complaints that may have to be warned or closed at ``now``: all of them, and few others."""
        types = self.env['dealer.complaint.type'].sudo().with_context(active_test=False)
        due = [
            Domain('type_id', 'in', kinds.ids)
            & Domain('date_answered', '<=', now - timedelta(days=max(days - NOTICE, 0)))
            for days, kinds in types.search([('silence_days', '>', 0)]).grouped('silence_days').items()
        ]
        return Domain('state', '=', 'answered') & Domain.OR(due)

    def _follow_silence(self):
        """Warn, or close, each of these complaints that it is time for."""
        # Another run, or somebody who reopens one, may be at it.
        complaints = self.try_lock_for_update()
        complaints.invalidate_recordset()
        now = fields.Datetime.now()
        for complaint in complaints.filtered(lambda complaint: complaint.state == 'answered'):
            last_day, is_warned = complaint._get_silence_end()
            today = complaint._get_dealers_day(now)
            if not is_warned and today > last_day - timedelta(days=NOTICE):
                complaint._warn_of_silence(now)
            elif is_warned and today > last_day:
                complaint._close_by_silence()

    def _get_silence_end(self):
        """The dealer's last day to speak, and whether it was told so.

        It has its days after our answer or its own later word, and ``NOTICE`` days from the warning on.

        :return: date (inclusive), bool
        """
        self.ensure_one()
        since = max(filter(None, (self.date_answered, self.date_last_word)))
        days = self.type_id.silence_days
        last_day = self._get_dealers_day(since) + timedelta(days=days)
        is_warned = bool(self.date_silence_warned) and self.date_silence_warned >= since
        if is_warned:
            warned = self._get_dealers_day(self.date_silence_warned)
            last_day = max(last_day, warned + timedelta(days=min(NOTICE, days) - 1))
        return last_day, is_warned

    def _get_dealers_day(self, moment):
        """The date at ``moment`` (naive UTC) where the dealer is."""
        zone = ZoneInfo(self.dealer_id.tz) if self.dealer_id.tz else self.company_id._get_dealer_zone()
        return moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(zone).date()

    def _warn_of_silence(self, now):
        self.date_silence_warned = now
        last_day, _warned = self._get_silence_end()
        complaint = self.with_context(lang=self._get_sender_lang())
        complaint._tell_by_machine(
            complaint.env._(
                'We have answered your complaint %(number)s. If we hear nothing from you until %(date)s, we take it'
                ' that you agree, and close it.',
                number=complaint.name,
                date=format_date(complaint.env, last_day),
            )
        )

    def _close_by_silence(self):
        """Close it; what stands in the way is told to its person, once."""
        try:
            with self.env.cr.savepoint():
                self.action_close()
                self.closed_by_silence = True
                complaint = self.with_context(lang=self._get_sender_lang())
                complaint._tell_by_machine(
                    complaint.env._(
                        'We have closed your complaint %s, for we heard nothing from you after our answer. If anything'
                        ' is still wrong, please write to us or reopen it.',
                        complaint.name,
                    )
                )
        except UserError as obstacle:
            self.invalidate_recordset()
            self._remind(UNCLOSED, note=str(obstacle))

    def _tell_by_machine(self, text):
        """A message to the dealer that no person has written: it stops no clock."""
        contact = self.partner_id or self.dealer_id
        return self.message_post(
            body=text, message_type='auto_comment', subtype_xmlid='mail.mt_comment', partner_ids=contact.ids
        )
