from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

PAST = 'past_date_closed'


class DealerComplaint(models.Model):
    """Complaints of another system, taken over by Odoo's own import: open ones go on here, closed ones stay closed."""

    _inherit = 'dealer.complaint'

    past_date_closed = fields.Datetime(
        'Closed in the Former System',
        compute='_compute_past_date_closed',
        inverse='_inverse_past_date_closed',
        help='Only when complaints are imported: what was closed long ago comes in as closed on that day.',
    )

    @api.depends('date_closed', 'source')
    def _compute_past_date_closed(self):
        for complaint in self:
            complaint.past_date_closed = complaint.source == 'import' and complaint.date_closed

    def _inverse_past_date_closed(self):
        """The same file may be imported again; nothing is closed this way."""
        for complaint in self:
            if complaint.past_date_closed and complaint.past_date_closed != complaint.date_closed:
                raise UserError(
                    self.env._('The complaint %s is here already: please close it by its steps.', complaint.name)
                )

    @api.model
    def get_import_templates(self):
        return [
            *super().get_import_templates(),
            {
                'label': self.env._('Import Template for Complaints'),
                'template': '/dealer_management/static/csv/complaints.csv',
            },
        ]

    @api.model_create_multi
    def create(self, vals_list):
        complaints = self
        if self.env.context.get('import_file'):
            # Nobody is told a thousand times what is assigned by a file.
            complaints = self.with_context(mail_auto_subscribe_no_notify=True)
        return super(DealerComplaint, complaints).create(vals_list)

    @api.model
    def _prepare_new_vals_list(self, vals_list):
        """What is imported says so; and what was closed elsewhere begins closed, on its day."""
        if not self.env.context.get('import_file'):
            return super()._prepare_new_vals_list(vals_list)
        past = [self._prepare_past_vals(vals) if vals.get(PAST) else {} for vals in vals_list]
        # An empty cell says nothing: the default holds.
        new = super()._prepare_new_vals_list(
            [
                {'source': 'import', **{name: value for name, value in vals.items() if value and name != PAST}}
                for vals in vals_list
            ]
        )
        return [{**vals, **closed} for vals, closed in zip(new, past, strict=True)]

    @api.model
    def _prepare_past_vals(self, vals):
        """Values of a complaint that was closed elsewhere.

        :raise UserError: for whoever is no manager
        :raise ValidationError: if it was closed before it came in, or is to be closed
        """
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_manager'):
            raise UserError(self.env._('Only a channel manager takes over complaints that are closed.'))
        if not (vals.get('dealer_id') or vals.get('partner_id')):
            raise ValidationError(self.env._('Please say which dealer complained, for what was closed.'))
        closed = fields.Datetime.to_datetime(vals[PAST])
        received = fields.Datetime.to_datetime(vals.get('date_received'))
        if not received or not received <= closed <= fields.Datetime.now():
            raise ValidationError(
                self.env._('A complaint that was closed needs the day it came in, and was closed between then and now.')
            )
        stage = self.env['dealer.complaint.stage']._get_first('closed')
        return {
            'stage_id': stage.id,
            'state': stage.state,
            'is_open': False,
            'date_answered': closed,
            'date_closed': closed,
            # History is nobody's work.
            'user_id': vals.get('user_id'),
        }
