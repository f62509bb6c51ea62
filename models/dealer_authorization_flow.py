import datetime

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

from .dealer_authorization import EDITABLE_STATES, GRANTED_STATES


class DealerAuthorization(models.Model):
    """The way of a grant: draft → submitted → approved → active → expired, suspended or revoked."""

    _inherit = 'dealer.authorization'

    # ----------------------------------------------------------------- Asking

    def action_submit(self):
        """Hand the drafts in; the approvers are asked."""
        for grant in self._filter_step('submitted', EDITABLE_STATES):
            grant.check_access('write')
            grant._check_dealer_not_terminated()
            if grant.date_to < grant.company_id._get_dealer_date():
                raise UserError(
                    self.env._('The authorization %s would have ended already: correct its dates.', grant.name)
                )
            grant._move('submitted', requester_id=self.env.uid, state_reason=False)
            grant._ask_approvers(
                self.env._('Approve the authorization'),
                self.env._('%(user)s asks for: %(grant)s', user=self.env.user.name, grant=grant._describe()),
            )
        return True

    def action_withdraw(self):
        """Take back what was submitted and is not decided, to change it."""
        for grant in self._filter_step('draft', {'submitted', 'refused'}):
            if grant.requester_id != self.env.user:
                grant._check_manager()
            grant.check_access('write')
            grant._move('draft', requester_id=False, state_reason=False)
            grant._drop_activities()
        return True

    # --------------------------------------------------------------- Deciding

    def action_approve(self):
        """Approve what was submitted: the certificate is issued, and nobody else can be granted the same.

        :raise AccessError: for anyone but a channel manager
        :raise UserError: for one's own request
        :raise ValidationError: if another dealer's grant or the quota is in the way
        """
        grants = self._filter_step('approved', {'submitted'}, GRANTED_STATES - {'revoked', 'expired'})
        if not grants:
            return True
        grants._check_may_decide()
        # From here on, grants and territories stand still: see there.
        grants.company_id._serialize_dealer_grants()
        grants._check_dealer_not_terminated()
        for grant in grants:
            if not grant._get_boxes():
                raise UserError(
                    self.env._('The authorization %s covers nothing: its carve-outs take everything out.', grant.name)
                )
            today = grant.company_id._get_dealer_date()
            grant._issue_certificate()
            grant._move(
                'active' if grant.date_from <= today else 'approved',
                approver_id=self.env.uid,
                approved_date=today,
                state_reason=False,
            )
            grant._close_approval(self.env._('Approved'))
            grant._plan_reports()
        grants._rebuild_coverage()
        grants._check_dealer_quota()
        return True

    def action_refuse(self, reason=None):
        """Refuse what was submitted.

        :param str reason: required, told to whoever asked
        """
        grants = self._filter_step('refused', {'submitted'})
        grants._check_may_decide()
        self._check_reason(reason)
        for grant in grants:
            grant._move('refused', state_reason=reason)
            grant._close_approval(reason)
            grant._tell_requester(self.env._('Authorization refused'), reason)
        return True

    # -------------------------------------------------------------- Afterwards

    def action_suspend(self, reason=None):
        """Take the grants out of force for the time being; nobody else can be granted the same.

        :param str reason: required
        """
        grants = self._filter_step('suspended', {'approved', 'active'})
        grants._check_manager()
        self._check_reason(reason)
        for grant in grants:
            today = grant.company_id._get_dealer_date()
            grant._move('suspended', suspended_date=today, state_reason=reason)
        return True

    def action_resume(self):
        """Put suspended grants back into force, from today on."""
        grants = self._filter_step('active', {'suspended'})
        grants._check_manager()
        grants._check_dealer_not_terminated()
        for grant in grants:
            grant.sudo().write({'suspended_date': False, 'state_reason': False})
            grant._move(grant._get_state_by_date())
        return True

    def action_revoke(self, reason=None):
        """End the grants today, for good: today is the first day without them.

        :param str reason: required
        """
        grants = self._filter_step('revoked', {'approved', 'active', 'suspended'})
        grants._check_manager()
        self._check_reason(reason)
        for grant in grants:
            grant._revoke(reason)
        return True

    def _revoke(self, reason):
        self._move('revoked', revoked_date=self.company_id._get_dealer_date(), state_reason=reason)
        self._drop_activities()

    def action_renew(self):
        """Prepare the grant's renewal: a copy that follows on, for as long again; or open the one there is."""
        self.ensure_one()
        if self.state not in GRANTED_STATES - {'revoked'}:
            raise UserError(
                self.env._('The authorization %s was not granted, or was revoked: nothing to renew.', self.name)
            )
        renewal = self.renewal_ids.filtered(lambda grant: grant.state not in ('refused', 'revoked'))[:1]
        if not renewal:
            self.check_access('write')
            # Only the link is written in sudo: it says where the copy comes from.
            renewal = self.copy(self._prepare_renewal_vals())
            renewal.sudo().renewed_from_id = self
        return renewal._get_records_action(name=self.env._('Renewal'))

    def action_view_renewal(self):
        """Open the renewals of these grants."""
        return self.renewal_ids._get_records_action(name=self.env._('Renewal'))

    def _prepare_renewal_vals(self):
        start = fields.Date.add(self.date_to, days=1)
        months = (start.year - self.date_from.year) * 12 + start.month - self.date_from.month
        if months and start.day == self.date_from.day:
            # Whole months stay whole months: a year follows a year, leap or not.
            end = fields.Date.subtract(fields.Date.add(start, months=months), days=1)
        else:
            end = start + (self.date_to - self.date_from)
        return {'date_from': start, 'date_to': end}

    # ------------------------------------------------------------------ Guards

    def _describe_impossible_step(self, state):
        return self.env._(
            'The authorization %(grant)s is in the state "%(state)s": this step is not possible from there.',
            grant=self.display_name,
            state=state,
        )

    def _check_dealer_quota(self, since=datetime.date.min):
        """No territory that has a quota carries more dealers than that on any day of these grants.

        A grant counts for its own territory and for those above it: a quota says how many dealers
        work in an area, not how many large areas reach over it.

        :param since: the first day that counts
        :raise ValidationError: naming the territory and its dealers
        """
        nodes = {int(node) for path in self.territory_id.mapped('parent_path') for node in path.split('/')[:-1]}
        limited = self.env['dealer.territory'].sudo().browse(nodes).filtered('dealer_quota')
        for territory in limited:
            # Few territories have a quota, and only those above the grants at hand come here.
            grants = self.sudo().search(
                [
                    ('territory_id', 'child_of', territory.id),
                    ('state', 'in', list(GRANTED_STATES)),
                    ('reserved_until', '>=', max(since, min(self.mapped('date_from')))),
                ]
            )
            for first in {max(since, grant.date_from) for grant in self | grants}:
                at_once = grants.filtered(
                    lambda grant, first=first: grant.date_from <= first <= grant.reserved_until
                ).dealer_id
                if len(at_once) > territory.dealer_quota and self.filtered(
                    lambda grant, first=first: grant.date_from <= first <= grant.reserved_until
                ):
                    raise ValidationError(
                        self.env._(
                            'The territory "%(territory)s" has a quota of %(quota)s dealers. On %(day)s it would have'
                            ' %(count)s: %(dealers)s.',
                            territory=territory.display_name,
                            quota=territory.dealer_quota,
                            day=first,
                            count=len(at_once),
                            dealers=self.env._(', ').join(at_once.mapped('name')),
                        )
                    )

    # ------------------------------------------------------------------ Moving

    def _get_state_by_date(self):
        """The state of a granted authorization that is neither suspended nor revoked, by its dates."""
        today = self.company_id._get_dealer_date()
        if today < self.date_from:
            return 'approved'
        return 'active' if today <= self.date_to else 'expired'

    def _drop_activities(self):
        self.sudo().activity_unlink(
            ['dealer_management.mail_activity_type_approval', 'dealer_management.mail_activity_type_authorization_end']
        )
