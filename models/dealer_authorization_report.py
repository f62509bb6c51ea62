from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class DealerAuthorizationReport(models.Model):
    """A report on the execution of a grant (执行报告) that its dealer owes by a day."""

    _name = 'dealer.authorization.report'
    _description = 'Execution Report of an Authorization'
    _order = 'date_due, id'
    _rec_name = 'date_due'

    authorization_id = fields.Many2one(
        'dealer.authorization', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='authorization_id.company_id', store=True)
    dealer_id = fields.Many2one(related='authorization_id.dealer_id', store=True, index=True)
    channel_account_manager_id = fields.Many2one(related='authorization_id.channel_account_manager_id')
    territory_id = fields.Many2one(related='authorization_id.territory_id')
    date_due = fields.Date('Due on', required=True, readonly=True)
    date_received = fields.Date('Received on', index=True)
    note = fields.Text('Findings')
    reminded = fields.Boolean(readonly=True, copy=False)
    is_overdue = fields.Boolean(compute='_compute_is_overdue', search='_search_is_overdue')

    _one_a_day = models.Constraint(
        'UNIQUE (authorization_id, date_due)', 'An authorization has one report due on a day.'
    )

    @api.depends('date_due', 'date_received', 'company_id')
    def _compute_is_overdue(self):
        for report in self:
            today = (report.company_id or self.env.company)._get_dealer_date()
            report.is_overdue = not report.date_received and bool(report.date_due) and report.date_due < today

    def _search_is_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        overdue = [('date_received', '=', False), ('date_due', '<', self.env.company._get_dealer_date())]
        domain = fields.Domain(overdue)
        return fields.Domain.OR(domain if wanted else ~domain for wanted in value)

    def write(self, vals):
        if not self.env.su and vals.keys() - {'date_received', 'note'}:
            raise AccessError(self.env._('The days on which reports are due follow from the authorization.'))
        return super().write(vals)

    def action_receive(self):
        """Note that the reports came in today; those that had come in keep their day."""
        for report in self.filtered(lambda report: not report.date_received):
            report.date_received = report.company_id._get_dealer_date()
        return True

    def action_reopen(self):
        """Take back that the reports came in."""
        self.date_received = False
        return True


class DealerAuthorization(models.Model):
    """When the dealer reports on what it makes of its grant."""

    _inherit = 'dealer.authorization'

    report_interval = fields.Integer(
        'Execution Report Every', default=3, help='In months; 0: the dealer owes no reports.'
    )
    report_ids = fields.One2many('dealer.authorization.report', 'authorization_id', 'Execution Reports')
    report_due_date = fields.Date('Next Report Due', compute='_compute_report_due_date')

    _report_interval_positive = models.Constraint(
        'CHECK (report_interval >= 0)', 'The interval of the execution reports cannot be negative.'
    )

    @api.model
    def _get_term_fields(self):
        return super()._get_term_fields() | {'report_interval'}

    @api.depends('report_ids.date_due', 'report_ids.date_received')
    def _compute_report_due_date(self):
        for grant in self:
            open_reports = grant.report_ids.filtered(lambda report: not report.date_received)
            grant.report_due_date = min(open_reports.mapped('date_due'), default=False)

    def _plan_reports(self):
        """Write down the days on which reports are due, the last one on the grant's last day."""
        vals_list = []
        for grant in self:
            if not grant.report_interval or grant.report_ids:
                continue
            number, due = 1, False
            while not due or due < grant.date_to:
                # Counted from the beginning: the 31st does not wander to the 28th for good.
                following = fields.Date.add(grant.date_from, months=number * grant.report_interval)
                due = min(fields.Date.subtract(following, days=1), grant.date_to)
                # What would have been due before the approval is not owed.
                if due >= grant.approved_date:
                    vals_list.append({'authorization_id': grant.id, 'date_due': due})
                number += 1
        # The days follow from the terms, whoever approves them.
        self.env['dealer.authorization.report'].sudo().create(vals_list)

    def action_receive_report(self):
        """Note that the execution report that is due next has come in."""
        for grant in self:
            report = grant.report_ids.filtered(lambda report: not report.date_received).sorted('date_due')[:1]
            if not report:
                raise UserError(self.env._('No execution report of %s is due.', grant.display_name))
            report.action_receive()
        return True
