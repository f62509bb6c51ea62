from odoo import api, fields, models
from odoo.exceptions import UserError

from .dealer_deadline_clock import Clocks
from .dealer_deadline_policy import DEALER_KINDS

# kind: the moment of the complaint at which it has happened
HAPPENED = {
    'acknowledge': 'date_acknowledged',
    'first_reply': 'date_first_reply',
    'form': 'date_form',
    'resolve': 'date_solved',
    'confirm': 'date_confirmed',
}
# What of a complaint says which policy holds, and when its clocks began.
WATCHED = ('type_id', 'priority', 'dealer_id', 'date_received', 'date_found')
# These begin with the complaint; the dealer confirms what we have answered.
FIRST_KINDS = ('acknowledge', 'first_reply', 'form', 'resolve')
COPIED = (
    'kind',
    'clock',
    'unit',
    'amount',
    'roll_forward',
    'pauses',
    'credit_amount',
    'tell_50',
    'tell_75',
    'tell_100',
)


class DealerDeadlinePolicy(models.Model):
    """Which policy holds for a complaint."""

    _inherit = 'dealer.deadline.policy'

    @api.model
    def _find_targets(self, complaints):
        """The targets that policies set for these complaints, found by two queries.

        :return: ``{complaint: targets}``
        """
        companies = complaints.company_id.parent_ids
        policies = self.search_fetch(
            [
                ('company_id', 'in', [False, *companies.ids]),
                ('type_id', 'in', [False, *complaints.type_id.ids]),
                ('grade_id', 'in', [False, *complaints.grade_id.ids]),
                ('priority', 'in', [False, *set(complaints.mapped('priority'))]),
            ],
            ['company_id', 'type_id', 'grade_id', 'priority'],
        )
        chosen, found = {}, {}
        for complaint in complaints:
            key = complaint._get_policy_key()
            if key not in chosen:
                chosen[key] = policies._choose(*key)
            found[complaint] = chosen[key]
        policy_ids = [policy.id for policy in chosen.values()]
        targets = (
            self.env['dealer.deadline.target'].search_fetch([('policy_id', 'in', policy_ids)]).grouped('policy_id')
        )
        return {
            complaint: targets.get(policy, self.env['dealer.deadline.target']) for complaint, policy in found.items()
        }

    def _choose(self, company, complaint_type, grade, priority):
        """The most specific of these policies: by type, then tier, then priority, then the nearest company."""
        holding = self.filtered(
            lambda policy: (
                (not policy.company_id or policy.company_id in company.parent_ids)
                and (not policy.type_id or policy.type_id == complaint_type)
                and (not policy.grade_id or policy.grade_id == grade)
                and (not policy.priority or policy.priority == priority)
            )
        )
        return max(
            holding,
            key=lambda policy: (
                bool(policy.type_id),
                bool(policy.grade_id),
                bool(policy.priority),
                len(policy.company_id.parent_ids),
            ),
            default=self.browse(),
        )


class DealerComplaint(models.Model):
    """The deadlines of a complaint begin as the policies say, and are planned anew when what they rest on changes."""

    _inherit = 'dealer.complaint'

    def write(self, vals):
        self._check_received(vals)
        watched = [name for name in WATCHED if name in vals]
        # What is written may take the complaint out of the user's sight.
        complaints = self.sudo()
        before = {complaint: [complaint[name] for name in watched] for complaint in complaints} if watched else {}
        teams = {complaint: complaint.team_id for complaint in complaints} if 'team_id' in vals else {}
        result = super().write(vals)
        if teams:
            # Whoever has it now answers in its own working hours.
            handed = complaints.filtered(lambda complaint: teams[complaint] != complaint.team_id)
            self.env['dealer.deadline']._plan_complaints_anew([('id', 'in', handed.ids)])
        if watched:
            changed = complaints.filtered(lambda complaint: before[complaint] != [complaint[name] for name in watched])
            changed.filtered('is_open')._plan_deadlines_anew()
        return result

    def _check_received(self, vals):
        """Check that our own clock is not turned back.

        :raise UserError: if somebody other than a manager says that a complaint came in later
        """
        received = fields.Datetime.to_datetime(vals.get('date_received'))
        if not received or self.env.su or self.env.user.has_group('dealer_management.group_dealer_manager'):
            return
        for complaint in self:
            if received > complaint.date_received:
                raise UserError(
                    self.env._(
                        'Our deadlines run from when %s came in: only a channel manager says that it came in later.',
                        complaint.display_name,
                    )
                )

    def _start_deadlines(self, kinds=None, now=None):
        """Start the clocks of ``kinds`` as the policies say: of all that begin with the complaint, if None.

        What the dealer has to do waits until the dealer is known. What runs already runs on; what the
        dealer has to confirm begins anew with each answer.

        :param now: naive UTC, when a confirmation begins
        """
        complaints = self.sudo()  # whoever complains or answers need not be allowed to write deadlines
        clocks, new = Clocks(), []
        known = {(deadline.complaint_id, deadline.kind): deadline for deadline in complaints.deadline_ids}
        for complaint, targets in self.env['dealer.deadline.policy'].sudo()._find_targets(complaints).items():
            for target in complaint._get_due_targets(targets, kinds or FIRST_KINDS):
                deadline = known.get((complaint, target.kind))
                if deadline and deadline.kind != 'confirm':
                    continue
                vals = complaint._prepare_deadline_vals(target, complaint._get_deadline_start(target.kind, now), clocks)
                if deadline:
                    deadline.activity_ids.unlink()
                    deadline.write(vals)
                else:
                    new.append(vals)
        self._create_deadlines(new)

    def _plan_deadlines_anew(self):
        """Plan what is open by the policy that now holds, from where it began; what is done or missed stays."""
        complaints = self.sudo()  # see above
        clocks, new, missed = Clocks(), [], self.env['dealer.deadline'].sudo()
        for complaint, found in self.env['dealer.deadline.policy'].sudo()._find_targets(complaints).items():
            known = {deadline.kind: deadline for deadline in complaint.deadline_ids}
            kinds = [*FIRST_KINDS, *(known.keys() & {'confirm'})]
            targets = {target.kind: target for target in complaint._get_due_targets(found, kinds)}
            for kind, target in targets.items():
                deadline = known.get(kind)
                if deadline and not deadline._is_open():
                    continue
                start = deadline.started if kind == 'confirm' else complaint._get_deadline_start(kind)
                vals = complaint._prepare_deadline_vals(target, start, clocks, deadline)
                if deadline:
                    deadline._write_course(vals)
                    missed += deadline.filtered('is_breached')
                else:
                    new.append(vals)
            complaint.deadline_ids.filtered(lambda d, kinds=targets: d._is_open() and d.kind not in kinds).unlink()
        missed._miss()
        self._create_deadlines(new)

    def _create_deadlines(self, vals_list):
        # Whoever complains or answers need not be allowed to write deadlines.
        deadlines = self.env['dealer.deadline'].sudo().create(vals_list)
        for deadline in deadlines.filtered('without_hours'):
            deadline._note_without_hours()
        # What it asks for has happened already, too late.
        deadlines.filtered('is_breached')._miss()

    # ------------------------------------------------------ What they rest on

    def _get_policy_key(self):
        """What policies choose by: ``(company, type, tier, priority)``."""
        self.ensure_one()
        return self.company_id, self.type_id, self.grade_id, self.priority

    def _get_due_targets(self, targets, kinds):
        """The targets of ``kinds`` that can run: the dealer's own ones not before it is known."""
        self.ensure_one()
        return targets.filtered(
            lambda target: target.kind in kinds and (self.dealer_id or target.kind not in DEALER_KINDS)
        )

    def _get_deadline_start(self, kind, now=None):
        self.ensure_one()
        if kind == 'confirm':
            return now or self.date_answered
        return (kind == 'form' and self.date_found) or self.date_received

    def _get_deadline_clock(self, kind, own):
        """Whose working hours, and whose days: ``(calendar, time zone)``.

        :param own: the working hours that the target of this kind names, if any
        """
        self.ensure_one()
        dealer = self.dealer_id
        if kind in DEALER_KINDS:
            own = own or dealer.complaint_calendar_id
        calendar = own or self.team_id.calendar_id or self.company_id.resource_calendar_id
        # A dealer without hours of its own has ours, on the clock of its place.
        tz = kind in DEALER_KINDS and not own and dealer.tz
        return calendar, tz or calendar.tz or 'UTC'

    def _prepare_deadline_vals(self, target, start, clocks, deadline=None):
        """The values of a deadline of this complaint.

        :param deadline: that is planned anew, with all that it stood still, if there is one
        """
        self.ensure_one()
        calendar, tz = self._get_deadline_clock(target.kind, target.calendar_id)
        vals = {
            **{name: target[name] for name in COPIED},
            'complaint_id': self.id,
            'target_id': target.id,
            'party': 'dealer' if target.kind in DEALER_KINDS else 'us',
            'calendar_id': calendar.id,
            'tz': tz,
            'currency_id': target.currency_id.id,
            'escalation_user_id': target.escalation_user_id.id,
            'started': start,
            'told': deadline.told if deadline else 0,
        }
        state = self._get_new_deadline_state(target) if deadline is None else self._get_open_state(target, deadline)
        vals['state'], vals['done_at'], stops = state
        vals.update(self.env['dealer.deadline']._prepare_course_vals(vals, calendar, self.company_id, stops, clocks))
        if vals['state'] != 'running' and fields.Datetime.to_datetime(stops[-1][0]) > vals['due']:
            vals.update(self._prepare_missed_vals(vals['state']))
        return vals

    def _prepare_missed_vals(self, state):
        """What a deadline has more that was over, when it is planned, before its clock stood still."""
        self.ensure_one()
        vals = {'is_breached': True}
        if state == 'paused':
            # The dealer is asked, but it is late none the less: the job tells.
            vals['next_check'] = fields.Datetime.now()
        if self.source == 'import' or self.split_from_id:
            # Another system's misses are not ours to credit; those of the whole were credited there.
            vals['credit_amount'] = 0
        return vals

    def _get_new_deadline_state(self, target):
        """``(state, done at, stops)`` of a new deadline: what it asks for may have happened, or the dealer be asked."""
        self.ensure_one()
        happened = target.kind != 'confirm' and self[HAPPENED[target.kind]]
        if happened:
            return 'done', happened, [[fields.Datetime.to_string(happened), False]]
        stops = self._get_earlier_stops(target)
        if target.pauses and self.waiting_since:
            return 'paused', False, [*stops, [fields.Datetime.to_string(self.waiting_since), False]]
        return 'running', False, stops

    def _get_earlier_stops(self, target):
        """The times in which the clock of a new deadline stood still before, as :attr:`~.DealerDeadline.stops`."""
        return []

    def _get_open_state(self, target, deadline):
        """As above, of an open deadline that ``target`` plans anew: it stands still only if it waits for the dealer."""
        self.ensure_one()
        stops = [list(stop) for stop in deadline.stops or []]
        stood = bool(stops) and not stops[-1][1]
        waits = bool(target.pauses and self.waiting_since)
        if waits and not stood:
            stops.append([fields.Datetime.to_string(self.waiting_since), False])
        elif stood and not waits:
            stops[-1][1] = fields.Datetime.to_string(fields.Datetime.now())
        return 'paused' if waits else 'running', False, stops
