from odoo import api, fields, models
from odoo.exceptions import UserError

OUTCOMES = [
    ('return', 'Return'),
    ('replacement', 'Replacement'),
    ('refund', 'Refund'),
    ('allowance', 'Allowance'),
    ('repair', 'Repair'),
    ('explanation', 'Explanation'),
    ('compensation', 'Credit for Our Delay'),
]
# What the real document of an outcome is.
SETTLED = frozenset(
    {'state', 'picking_id', 'sale_order_id', 'credit_note_id', 'repair_id', 'cost_move_id', 'deadline_id', 'cost'}
)


class DealerComplaintOutcome(models.Model):
    """What a complaint leads to: each outcome makes a real document and is linked with it both ways."""

    _name = 'dealer.complaint.outcome'
    _description = 'Complaint Outcome'
    _order = 'complaint_id, id'
    _rec_name = 'kind'
    _check_company_auto = True

    complaint_id = fields.Many2one('dealer.complaint', required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='complaint_id.company_id', store=True, index=True)
    dealer_id = fields.Many2one(related='complaint_id.dealer_id')
    kind = fields.Selection(OUTCOMES, 'Outcome', required=True)
    product_id = fields.Many2one('product.product', check_company=True, index='btree_not_null')
    lot_id = fields.Many2one('stock.lot', 'Lot')
    quantity = fields.Float(digits='Product Unit')
    product_uom_id = fields.Many2one('uom.uom', 'Unit')
    invoice_line_id = fields.Many2one(
        'account.move.line',
        'Invoice Line',
        index='btree_not_null',
        check_company=True,
        help='What is refunded, or granted an allowance on.',
    )
    amount = fields.Monetary(help='Untaxed amount of an allowance or a credit.')
    currency_id = fields.Many2one('res.currency', required=True, default=lambda self: self.env.company.currency_id)
    note = fields.Text('Explanation')
    state = fields.Selection(
        [('draft', 'Planned'), ('made', 'Document Made'), ('done', 'Done'), ('cancelled', 'Cancelled')],
        required=True,
        readonly=True,
        copy=False,
        default='draft',
        index=True,
    )
    # The document.
    picking_id = fields.Many2one('stock.picking', 'Return Receipt', readonly=True, copy=False, index='btree_not_null')
    sale_order_id = fields.Many2one(
        'sale.order', 'Replacement Order', readonly=True, copy=False, index='btree_not_null'
    )
    credit_note_id = fields.Many2one('account.move', 'Credit Note', readonly=True, copy=False, index='btree_not_null')
    repair_id = fields.Many2one('repair.order', 'Repair', readonly=True, copy=False, index='btree_not_null')
    cost_move_id = fields.Many2one('account.move', 'Cost Entry', readonly=True, copy=False, index='btree_not_null')
    deadline_id = fields.Many2one('dealer.deadline', 'Missed Deadline', readonly=True, copy=False, ondelete='restrict')
    cost = fields.Monetary('Cost to Us', currency_field='company_currency_id', readonly=True, copy=False)
    company_currency_id = fields.Many2one(related='company_id.currency_id', string='Company Currency')

    _once_a_deadline = models.UniqueIndex(
        '(deadline_id) WHERE deadline_id IS NOT NULL', 'A missed deadline is credited once.'
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_made(self):
        if any(outcome.state != 'draft' for outcome in self):
            raise UserError(self.env._('An outcome with a document is kept on record: please cancel it.'))
