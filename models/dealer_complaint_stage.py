from odoo import api, fields, models
from odoo.exceptions import UserError

COMPLAINT_STATES = [
    ('received', 'Received'),
    ('analysed', 'Analysed'),
    ('solved', 'Solved'),
    ('answered', 'Answered'),
    ('confirmed', 'Confirmed by the Dealer'),
    ('closed', 'Closed'),
    ('cancelled', 'Withdrawn'),
]
# Nobody has anything to do any more.
DONE_STATES = frozenset({'closed', 'cancelled'})
# The dealer has our answer.
ANSWERED_STATES = frozenset({'answered', 'confirmed', 'closed'})


class DealerComplaintStage(models.Model):
    """A column of the complaints' kanban; its state says what it means to the rules."""

    _name = 'dealer.complaint.stage'
    _description = 'Complaint Stage'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    state = fields.Selection(
        COMPLAINT_STATES,
        'Meaning',
        required=True,
        help='What a complaint in this stage has behind it. Deadlines, rights and the portal go by it;'
        ' several stages may mean the same.',
    )
    fold = fields.Boolean('Folded', help='Shown folded in the kanban.')
    active = fields.Boolean(default=True)
    description = fields.Text('What Is to Be Done', translate=True)

    def write(self, vals):
        if 'state' in vals:
            self._check_state_kept(vals['state'])
        return super().write(vals)

    def _check_state_kept(self, state):
        """Check that no complaint changes its state because its stage gets another meaning.

        :raise UserError: for a stage in which there are complaints
        """
        changed = self.filtered(lambda stage: stage.state != state)
        # Also complaints that the user may not see.
        if changed and self.env['dealer.complaint'].sudo().search_count([('stage_id', 'in', changed.ids)], limit=1):
            raise UserError(
                self.env._('There are complaints in this stage: its meaning stays. Please make another stage.')
            )

    @api.model
    def _get_first(self, state):
        """The first stage that means ``state``.

        :raise UserError: if there is none
        """
        stage = self.search([('state', '=', state)], limit=1)
        if not stage:
            names = dict(self._fields['state']._description_selection(self.env))
            raise UserError(self.env._('No complaint stage means "%s": please make one.', names[state]))
        return stage
