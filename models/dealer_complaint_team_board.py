from odoo import api, fields, models


class DealerComplaintTeam(models.Model):
    """What the teams' board shows: how much there is to do, and how late."""

    _inherit = 'dealer.complaint.team'

    unassigned_count = fields.Integer('Unassigned', compute='_compute_board')
    late_count = fields.Integer('Late', compute='_compute_board')
    waiting_count = fields.Integer('Waiting for the Dealer', compute='_compute_board')

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_board(self):
        """Three queries for all teams; each counts what the user may see."""
        now = fields.Datetime.now()
        unassigned = self._count_open([('user_id', '=', False)])
        late = self._count_open([('next_due', '<', now), ('waiting_since', '=', False), ('state', '!=', 'answered')])
        waiting = self._count_open(['|', ('waiting_since', '!=', False), ('state', '=', 'answered')])
        for team in self:
            team.unassigned_count = unassigned.get(team, 0)
            team.late_count = late.get(team, 0)
            team.waiting_count = waiting.get(team, 0)

    def _count_open(self, domain):
        """``{team: number}`` of these teams' open complaints of ``domain``."""
        domain = fields.Domain('team_id', 'in', self.ids) & fields.Domain('is_open', '=', True) & fields.Domain(domain)
        return dict(self.env['dealer.complaint']._read_group(domain, ['team_id'], ['__count']))

    def action_view_complaints(self):
        """Open the complaints of these teams; the context may name filters (``search_default_…``)."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_complaint_action')
        filters = {name: value for name, value in self.env.context.items() if name.startswith('search_default_')}
        return {
            **action,
            'domain': [('team_id', 'in', self.ids)],
            'context': {'default_team_id': self[:1].id, **(filters or {'search_default_open': 1})},
        }
