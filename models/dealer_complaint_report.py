from odoo import api, fields, models
from odoo.tools import SQL

from .dealer_complaint import PRIORITIES
from .dealer_complaint_stage import COMPLAINT_STATES


class DealerComplaintReport(models.Model):
    """Complaints beside the deliveries that they are to be measured by.

    One row a complaint, and one row a delivered stock move: so complaints per 100 deliveries are right by dealer,
    tier, territory, company, product and month, or any two of them. A delivery of three products is one delivery,
    and one of each product: deliveries are counted by their number, not by their rows. What only complaints have
    (type, cause, …) divides no deliveries: there the ratio is empty.
    """

    _name = 'dealer.complaint.report'
    _description = 'Complaint Analysis'
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'document'

    kind = fields.Selection([('complaint', 'Complaint'), ('delivery', 'Delivery')], 'Row', readonly=True)
    document = fields.Char('Number', readonly=True)
    complaint_id = fields.Many2one('dealer.complaint', readonly=True)
    picking_id = fields.Many2one('stock.picking', 'Delivery', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    confidential = fields.Boolean(readonly=True)
    date = fields.Datetime(readonly=True, help='When a complaint was received, or a delivery left.')
    dealer_id = fields.Many2one('res.partner', readonly=True)
    grade_id = fields.Many2one('res.partner.grade', 'Tier', readonly=True, help='On that day.')
    territory_id = fields.Many2one(
        'dealer.territory',
        readonly=True,
        help='Where the order of the delivery went; of a complaint without an order, where the dealer is.',
    )
    product_id = fields.Many2one('product.product', readonly=True)
    product_categ_id = fields.Many2one('product.category', 'Product Category', readonly=True)
    lot_name = fields.Char('Lot or Serial Number', readonly=True)
    # --- What only complaints have
    type_id = fields.Many2one('dealer.complaint.type', readonly=True)
    state = fields.Selection(COMPLAINT_STATES, readonly=True)
    priority = fields.Selection(PRIORITIES, readonly=True)
    team_id = fields.Many2one('dealer.complaint.team', readonly=True)
    user_id = fields.Many2one('res.users', 'Assigned to', readonly=True)
    cause_id = fields.Many2one('dealer.complaint.cause', 'Root Cause', readonly=True)
    party_id = fields.Many2one('dealer.complaint.party', 'Accountable', readonly=True)
    currency_id = fields.Many2one('res.currency', readonly=True)
    # --- Figures
    complaint_count = fields.Integer('Complaints', readonly=True)
    open_count = fields.Integer('Still Open', readonly=True)
    reopened_count = fields.Integer('Reopened', readonly=True, help='Complaints that were reopened at least once.')
    delivery_count = fields.Integer('Deliveries', readonly=True)
    per_hundred = fields.Float(
        'Complaints per 100 Deliveries',
        readonly=True,
        aggregator='avg',
        digits=(16, 2),
        help='Empty without deliveries.',
    )
    first_reply_hours = fields.Float(
        'Hours to the First Reply', readonly=True, aggregator='avg', digits=(16, 1), help='Working hours, on average.'
    )
    resolution_hours = fields.Float(
        'Hours to the Solution', readonly=True, aggregator='avg', digits=(16, 1), help='Working hours, on average.'
    )
    cost = fields.Monetary('Cost to Us', readonly=True, help='Of all outcomes.')
    rating = fields.Float(
        'Satisfaction', readonly=True, aggregator='avg', digits=(16, 2), help='Stars that dealers gave, 1 to 5.'
    )

    _depends = {
        'dealer.complaint': [
            'name',
            'company_id',
            'confidential',
            'date_received',
            'dealer_id',
            'grade_id',
            'territory_id',
            'order_id',
            'picking_id',
            'product_id',
            'lot_name',
            'merged_into_id',
            'type_id',
            'state',
            'is_open',
            'priority',
            'team_id',
            'user_id',
            'cause_id',
            'party_id',
            'reopen_count',
            'date_first_reply',
            'first_reply_hours',
            'date_solved',
            'resolution_hours',
            'rating_last_value',
        ],
        'dealer.complaint.outcome': ['complaint_id', 'cost', 'state'],
        'dealer.tier.period': ['dealer_id', 'grade_id', 'date_from', 'date_to'],
        'product.product': ['product_tmpl_id'],
        'product.template': ['categ_id'],
        'res.company': ['partner_id'],
        'res.partner': ['commercial_partner_id', 'is_dealer', 'tz'],
        'sale.order.line': ['order_id', 'territory_id'],
        'stock.move': ['picking_id', 'product_id', 'state', 'sale_line_id'],
        'stock.picking': ['name', 'partner_id', 'picking_type_id', 'sale_id', 'state', 'date_done'],
        'stock.picking.type': ['code'],
    }

    # ----------------------------------------------------------------- Query

    @property
    def _table_query(self):
        return SQL('%s UNION ALL %s', self._get_complaint_query(), self._get_delivery_query())

    @api.model
    def _get_complaint_query(self):
        return SQL(
            """
            SELECT complaint.id * 2::bigint AS id,
                   'complaint' AS kind,
                   complaint.name AS document,
                   complaint.id AS complaint_id,
                   NULL::integer AS picking_id,
                   complaint.company_id,
                   COALESCE(complaint.confidential, FALSE) AS confidential,
                   complaint.date_received AS date,
                   complaint.dealer_id,
                   complaint.grade_id,
                   COALESCE((SELECT territory_id FROM sale_order_line
                              WHERE order_id = COALESCE(picking.sale_id, complaint.order_id)
                                AND territory_id IS NOT NULL LIMIT 1), complaint.territory_id) AS territory_id,
                   complaint.product_id,
                   template.categ_id AS product_categ_id,
                   complaint.lot_name,
                   complaint.type_id,
                   complaint.state,
                   complaint.priority,
                   complaint.team_id,
                   complaint.user_id,
                   complaint.cause_id,
                   complaint.party_id,
                   %(currency)s AS currency_id,
                   1 AS complaint_count,
                   CASE WHEN complaint.is_open THEN 1 ELSE 0 END AS open_count,
                   CASE WHEN complaint.reopen_count > 0 THEN 1 ELSE 0 END AS reopened_count,
                   0 AS delivery_count,
                   NULL::numeric AS per_hundred,
                   CASE WHEN complaint.date_first_reply IS NOT NULL THEN complaint.first_reply_hours END
                       AS first_reply_hours,
                   CASE WHEN complaint.date_solved IS NOT NULL THEN complaint.resolution_hours END AS resolution_hours,
                   COALESCE(outcome.cost, 0) * COALESCE(account_currency_table.rate, 1) AS cost,
                   NULLIF(complaint.rating_last_value, 0) AS rating
              FROM dealer_complaint complaint
         LEFT JOIN (SELECT complaint_id, SUM(cost) AS cost FROM dealer_complaint_outcome
                     WHERE state != 'cancelled' GROUP BY complaint_id) outcome ON outcome.complaint_id = complaint.id
         LEFT JOIN %(rates)s ON account_currency_table.company_id = complaint.company_id
         LEFT JOIN stock_picking picking ON picking.id = complaint.picking_id
         LEFT JOIN product_product product ON product.id = complaint.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE complaint.merged_into_id IS NULL
            """,
            currency=self.env.company.currency_id.id,
            rates=self.env['res.currency']._get_simple_currency_table(self.env.companies),
        )

    @api.model
    def _get_delivery_query(self):
        """Done moves of deliveries to dealers; not grouped, so that conditions on days reach the moves."""
        return SQL(
            """
            SELECT move.id * 2::bigint + 1 AS id,
                   'delivery' AS kind,
                   picking.name AS document,
                   NULL::integer AS complaint_id,
                   picking.id AS picking_id,
                   picking.company_id,
                   FALSE AS confidential,
                   picking.date_done AS date,
                   dealer.id AS dealer_id,
                   period.grade_id,
                   sold.territory_id,
                   move.product_id,
                   template.categ_id AS product_categ_id,
                   NULL AS lot_name,
                   NULL::integer AS type_id,
                   NULL AS state,
                   NULL AS priority,
                   NULL::integer AS team_id,
                   NULL::integer AS user_id,
                   NULL::integer AS cause_id,
                   NULL::integer AS party_id,
                   %(currency)s AS currency_id,
                   0 AS complaint_count,
                   0 AS open_count,
                   0 AS reopened_count,
                   1 AS delivery_count,
                   NULL::numeric AS per_hundred,
                   NULL::numeric AS first_reply_hours,
                   NULL::numeric AS resolution_hours,
                   0 AS cost,
                   NULL::numeric AS rating
              FROM stock_move move
              JOIN stock_picking picking ON picking.id = move.picking_id
              JOIN stock_picking_type operation ON operation.id = picking.picking_type_id
              JOIN res_partner contact ON contact.id = picking.partner_id
              JOIN res_partner dealer ON dealer.id = contact.commercial_partner_id
              JOIN product_product product ON product.id = move.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN sale_order_line sold ON sold.id = move.sale_line_id
              JOIN res_company company ON company.id = picking.company_id
              JOIN res_partner home ON home.id = company.partner_id
         LEFT JOIN resource_calendar hours ON hours.id = company.resource_calendar_id
         LEFT JOIN dealer_tier_period period ON period.dealer_id = dealer.id
               AND (picking.date_done AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(home.tz, NULLIF(hours.tz, 'UTC'), %(tz)s))::date
                   BETWEEN period.date_from AND COALESCE(period.date_to, 'infinity'::date)
             WHERE move.state = 'done' AND picking.state = 'done' AND operation.code = 'outgoing' AND dealer.is_dealer
            """,
            currency=self.env.company.currency_id.id,
            # As _get_dealer_zone of a company: a day begins and ends where the company is.
            tz=self.env['res.company']._get_founder_zone(),
        )

    # ------------------------------------------------------------ Aggregates

    def _read_group_select(self, aggregate_spec, query):
        """A delivery counts once in each group, and a ratio is of the whole group, never a mean of ratios."""
        if aggregate_spec == 'delivery_count:sum':
            return self._get_deliveries_sql(query)
        if aggregate_spec == 'per_hundred:avg':
            complaints = self._field_to_sql(self._table, 'complaint_count', query)
            return SQL('100.0 * SUM(%s) / NULLIF(%s, 0)', complaints, self._get_deliveries_sql(query))
        return super()._read_group_select(aggregate_spec, query)

    def _get_deliveries_sql(self, query):
        return SQL('COUNT(DISTINCT %s)', self._field_to_sql(self._table, 'picking_id', query))

    # --------------------------------------------------------------- Actions

    def action_open(self):
        """The complaint or the delivery of this row."""
        self.ensure_one()
        record = self.complaint_id or self.picking_id
        return {
            'type': 'ir.actions.act_window',
            'res_model': record._name,
            'res_id': record.id,
            'views': [(False, 'form')],
        }
