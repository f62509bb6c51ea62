from datetime import timezone

from odoo import api, fields, models

HOUR = 3600


class DealerComplaint(models.Model):
    """How long we took, in working hours of whoever answers: measured when it happens, with or without deadlines.

    The time in which a complaint was not in our hands, because the dealer was asked or had our solution,
    does not count.
    """

    _inherit = 'dealer.complaint'

    first_reply_hours = fields.Float(
        'Hours to the First Reply',
        compute='_compute_first_reply_hours',
        store=True,
        aggregator=None,
        help='Working hours from when it was received until a person replied.',
    )
    resolution_hours = fields.Float(
        'Hours to the Solution',
        compute='_compute_resolution_hours',
        store=True,
        aggregator=None,
        help='Working hours from when it was received until it was solved, without those in which it was not in our'
        ' hands.',
    )
    idle_hours = fields.Float(
        'Hours Not in Our Hands',
        readonly=True,
        copy=False,
        aggregator=None,
        help='Working hours in which we waited for the dealer, or the dealer had our solution and then came back.',
    )

    # --------------------------------------------------------------- Computes

    @api.depends('date_received', 'date_first_reply')
    def _compute_first_reply_hours(self):
        replied = self.filtered('date_first_reply')
        (self - replied).first_reply_hours = 0
        spans = [(complaint, complaint.date_received, complaint.date_first_reply) for complaint in replied]
        for complaint, hours in zip(replied, self._count_working_hours(spans), strict=True):
            complaint.first_reply_hours = hours

    @api.depends('date_received', 'date_solved', 'idle_hours')
    def _compute_resolution_hours(self):
        solved = self.filtered('date_solved')
        (self - solved).resolution_hours = 0
        spans = [(complaint, complaint.date_received, complaint.date_solved) for complaint in solved]
        for complaint, hours in zip(solved, self._count_working_hours(spans), strict=True):
            complaint.resolution_hours = max(hours - complaint.idle_hours, 0)

    # ------------------------------------------------------------ Idle hours

    def write(self, vals):
        if not vals.get('waiting_since', True):
            # While it is solved it is not in our hands anyway: that is counted when it comes back.
            self.filtered(lambda complaint: not complaint.date_solved)._add_idle_hours('waiting_since')
        if not vals.get('date_solved', True):
            self._add_idle_hours('date_solved', 'date_closed', until='waiting_since')
        return super().write(vals)

    def _add_idle_hours(self, *names, until=None):
        """Before it is in our hands again: add the time since it was not, by the first of these fields that is set.

        :param until: the field of a moment from which on the time is counted otherwise, if it is set
        """
        now = self._get_now()
        spans = [
            (complaint, since, (until and complaint[until]) or now)
            for complaint in self
            if (since := next((complaint[name] for name in names if complaint[name]), None))
        ]
        # Counted by a step, written by nobody by hand.
        for (complaint, _since, _now), hours in zip(spans, self._count_working_hours(spans), strict=True):
            complaint.sudo().idle_hours += hours

    # ---------------------------------------------------------- Working time

    @api.model
    def _count_working_hours(self, spans):
        """Working hours of many spans of time, by whose hours each complaint is answered.

        Days off and make-up days are read once for each calendar, whatever the number of complaints.

        :param spans: list of ``(complaint, start, end)``, naive UTC
        :return: list of floats in the same order
        """
        clocks = {}
        hours = []
        for complaint, start, end in spans:
            # Whoever speaks to us need not be allowed to read teams and companies.
            company = complaint.sudo().company_id
            calendar = complaint.sudo().team_id.calendar_id or company.resource_calendar_id
            if not calendar:
                seconds = (end - start).total_seconds()
            else:
                if (calendar, company) not in clocks:
                    clocks[calendar, company] = calendar._get_working_time(company=company)
                seconds = clocks[calendar, company].seconds(_utc(start), _utc(end))
            hours.append(max(seconds, 0) / HOUR)
        return hours


def _utc(moment):
    return moment.replace(tzinfo=timezone.utc)
