from odoo import api, fields, models
from odoo.tools import SQL

from .dealer_complaint import PRIORITIES
from .dealer_deadline_policy import KINDS

RESULTS = [('open', 'Running'), ('met', 'Met'), ('breached', 'Missed'), ('stopped', 'Stopped')]


class DealerDeadlineReport(models.Model):
    """Deadlines to be counted: one row a deadline, ours and the dealers', with all that its complaint is about.

    The share met is of those that are decided: what is open, or was stopped in time, counts neither way. What was
    merged into another complaint counts there.
    """

    _name = 'dealer.deadline.report'
    _description = 'Deadline Analysis'
    _auto = False
    _order = 'due desc, id desc'
    _rec_name = 'kind'

    complaint_id = fields.Many2one('dealer.complaint', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    confidential = fields.Boolean(readonly=True)
    kind = fields.Selection(KINDS, 'Target', readonly=True)
    party = fields.Selection([('us', 'We'), ('dealer', 'Dealer')], 'Whose Duty', readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    due = fields.Datetime('Due by', readonly=True)
    done_at = fields.Datetime('Done', readonly=True)
    date_received = fields.Datetime('Received', readonly=True)
    team_id = fields.Many2one('dealer.complaint.team', readonly=True)
    user_id = fields.Many2one('res.users', 'Assigned to', readonly=True)
    type_id = fields.Many2one('dealer.complaint.type', readonly=True)
    priority = fields.Selection(PRIORITIES, readonly=True)
    dealer_id = fields.Many2one('res.partner', readonly=True)
    grade_id = fields.Many2one('res.partner.grade', 'Tier', readonly=True)
    territory_id = fields.Many2one('dealer.territory', readonly=True)
    product_id = fields.Many2one('product.product', readonly=True)
    product_categ_id = fields.Many2one('product.category', 'Product Category', readonly=True)
    lot_name = fields.Char('Lot or Serial Number', readonly=True)
    # --- Figures
    met_count = fields.Integer('Met', readonly=True)
    missed_count = fields.Integer('Missed', readonly=True)
    decided_count = fields.Integer('Decided', readonly=True, help='Met or missed.')
    share_met = fields.Float(
        readonly=True, aggregator='avg', help='Of those that are decided: met, divided by met and missed.'
    )

    _depends = {
        'dealer.deadline': ['complaint_id', 'kind', 'party', 'result', 'due', 'done_at'],
        'dealer.complaint': [
            'company_id',
            'confidential',
            'date_received',
            'merged_into_id',
            'team_id',
            'user_id',
            'type_id',
            'priority',
            'dealer_id',
            'grade_id',
            'territory_id',
            'product_id',
            'lot_name',
        ],
        'product.product': ['product_tmpl_id'],
        'product.template': ['categ_id'],
    }

    @property
    def _table_query(self):
        return SQL('%s %s', self._select(), self._from())

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT deadline.id,
                   deadline.complaint_id,
                   complaint.company_id,
                   complaint.confidential,
                   deadline.kind,
                   deadline.party,
                   deadline.result,
                   deadline.due,
                   deadline.done_at,
                   complaint.date_received,
                   complaint.team_id,
                   complaint.user_id,
                   complaint.type_id,
                   complaint.priority,
                   complaint.dealer_id,
                   complaint.grade_id,
                   complaint.territory_id,
                   complaint.product_id,
                   template.categ_id AS product_categ_id,
                   complaint.lot_name,
                   CASE WHEN deadline.result = 'met' THEN 1 ELSE 0 END AS met_count,
                   CASE WHEN deadline.result = 'breached' THEN 1 ELSE 0 END AS missed_count,
                   CASE WHEN deadline.result IN ('met', 'breached') THEN 1 ELSE 0 END AS decided_count,
                   CASE deadline.result WHEN 'met' THEN 1.0 WHEN 'breached' THEN 0.0 END AS share_met
            """
        )

    @api.model
    def _from(self):
        return SQL(
            """
              FROM dealer_deadline deadline
              JOIN dealer_complaint complaint ON complaint.id = deadline.complaint_id
         LEFT JOIN product_product product ON product.id = complaint.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE complaint.merged_into_id IS NULL
            """
        )

    def _read_group_select(self, aggregate_spec, query):
        """The share of a group is of all its deadlines, never a mean of shares."""
        if aggregate_spec != 'share_met:avg':
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            '1.0 * SUM(%s) / NULLIF(SUM(%s), 0)',
            self._field_to_sql(self._table, 'met_count', query),
            self._field_to_sql(self._table, 'decided_count', query),
        )

    def action_open(self):
        """The complaint of this deadline."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'dealer.complaint',
            'res_id': self.complaint_id.id,
            'views': [(False, 'form')],
        }
