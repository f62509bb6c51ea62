from odoo import api, models

CONFIDENTIAL_GROUP = 'dealer_management.group_dealer_complaint_confidential'
# Who of a team may work on every complaint of its company that is not confidential.
WORKING_GROUPS = ('dealer_management.group_dealer_complaint', 'dealer_management.group_dealer_staff')


class DealerComplaint(models.Model):
    """Who answers: of a balanced team, the member with the fewest open complaints who may work on it."""

    _inherit = 'dealer.complaint'

    @api.model
    def _complete_team(self, vals_list):
        """The person as well, where none is named."""
        result = super()._complete_team(vals_list)
        unassigned = [vals for vals in vals_list if not vals.get('user_id')]
        company = self.env.company
        members = self._choose_members(
            [
                (vals['team_id'], vals.get('company_id') or company.id, vals['dealer_id'], vals['confidential'])
                for vals in unassigned
            ]
        )
        for vals, member in zip(unassigned, members, strict=True):
            vals['user_id'] = member.id
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get('team_id') and 'user_id' not in vals:
            self._assign_unassigned()
        return result

    def _assign_unassigned(self):
        """Give the open complaints that nobody has to the members of their teams."""
        unassigned = self.filtered(lambda complaint: complaint.is_open and not complaint.user_id)
        members = self._choose_members(
            [
                (complaint.team_id.id, complaint.company_id.id, complaint.dealer_id.id, complaint.confidential)
                for complaint in unassigned
            ]
        )
        for complaint, member in zip(unassigned, members, strict=True):
            if member:
                complaint.user_id = member

    @api.model
    def _choose_members(self, cases):
        """Choose who takes what, all at once: in as many queries for 200 complaints as for one.

        :param cases: list of (team id, company id, dealer id, whether it is confidential)
        :return: list of users, empty where the team is assigned by hand or no member may take it
        """
        # Who tells of a complaint (a dealer, a mail) need not be allowed to read teams and their members.
        teams = self.env['dealer.complaint.team'].sudo().browse({team_id for team_id, *_case in cases if team_id})
        members = {team.id: team.member_ids for team in teams if team.assignment == 'balanced'}
        nobody = self.env['res.users'].sudo()
        loads = self._get_open_loads(nobody.union(*members.values()))
        chosen = []
        for team_id, company_id, dealer_id, confidential in cases:
            dealer = self.env['res.partner'].sudo().browse(dealer_id)
            able = members.get(team_id, nobody).filtered(
                lambda user, case=(company_id, dealer, confidential): self._may_be_taken_by(user, *case)
            )
            # The longest on board where the loads are equal: the same every time.
            member = min(able, key=lambda user: (loads[user], user.id), default=nobody)
            if member:
                loads[member] += 1
            chosen.append(member)
        return chosen

    @api.model
    def _get_open_loads(self, users):
        """``{user: number of open complaints}``, of every company and team."""
        if not users:
            return {}
        # Also what the current user may not see keeps people busy.
        groups = self.sudo()._read_group(
            [('user_id', 'in', users.ids), ('is_open', '=', True)], ['user_id'], ['__count']
        )
        return {**dict.fromkeys(users, 0), **dict(groups)}

    @api.model
    def _may_be_taken_by(self, user, company_id, dealer, confidential):
        """Whether ``user`` may work on a complaint of ``dealer`` in that company."""
        if company_id not in user._get_company_ids():
            return False
        if confidential:
            return user.has_group(CONFIDENTIAL_GROUP)
        return any(user.has_group(group) for group in WORKING_GROUPS) or (
            user.has_group('dealer_management.group_dealer_staff_own') and dealer.channel_account_manager_id == user
        )

    def action_assign_to_me(self):
        """Take the complaints over."""
        self.filtered(lambda complaint: complaint.user_id != self.env.user).write({'user_id': self.env.uid})
        return True
