from odoo import api, fields, models


class DealerComplaintTeam(models.Model):
    """Who answers complaints: its members, its working hours, its mail address."""

    _name = 'dealer.complaint.team'
    _description = 'Complaint Team'
    _inherit = ['mail.alias.mixin.optional', 'mail.thread']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one('res.company', help='Empty: for every company.')
    user_id = fields.Many2one('res.users', 'Team Leader', domain=[('share', '=', False)], tracking=True)
    member_ids = fields.Many2many(
        'res.users', 'dealer_complaint_team_member_rel', 'team_id', 'user_id', 'Members', domain=[('share', '=', False)]
    )
    assignment = fields.Selection(
        [('manual', 'By Hand'), ('balanced', 'By Open Load')],
        required=True,
        default='balanced',
        help='By open load: a new complaint goes to the member with the fewest open ones.',
    )
    calendar_id = fields.Many2one(
        'resource.calendar',
        'Working Hours',
        check_company=True,
        ondelete='restrict',
        help="The clock of this team's deadlines. Empty: the company's working hours.",
    )
    type_ids = fields.One2many('dealer.complaint.type', 'team_id', 'Complaint Types')
    complaint_count = fields.Integer('Open Complaints', compute='_compute_complaint_count')

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_complaint_count(self):
        counts = dict(
            self.env['dealer.complaint']._read_group(
                [('team_id', 'in', self.ids), ('is_open', '=', True)], ['team_id'], ['__count']
            )
        )
        for team in self:
            team.complaint_count = counts.get(team, 0)

    def write(self, vals):
        """Other working hours plan anew what is open of the team's complaints."""
        result = super().write(vals)
        if 'calendar_id' in vals:
            self.env['dealer.deadline']._plan_complaints_anew([('team_id', 'in', self.ids)])
        return result

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values['alias_model_id'] = self.env['ir.model']._get_id('dealer.complaint')
        if self.id:
            values['alias_defaults'] = {'team_id': self.id}
        return values
