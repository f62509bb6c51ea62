from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

OUTCOMES = [
    ('return', 'Return'),
    ('replacement', 'Replacement'),
    ('refund', 'Refund'),
    ('allowance', 'Allowance'),
    ('repair', 'Repair'),
    ('explanation', 'Explanation'),
    ('compensation', 'Credit for Our Delay'),
]
# Those that are about goods, and those that credit an invoice line.
GOODS_KINDS = frozenset({'return', 'replacement', 'refund', 'repair'})
CREDIT_KINDS = frozenset({'refund', 'allowance'})
# kind: the field of its document
DOCUMENTS = {
    'return': 'picking_id',
    'replacement': 'sale_order_id',
    'refund': 'credit_note_id',
    'allowance': 'credit_note_id',
    'repair': 'repair_id',
    'compensation': 'credit_note_id',
}
# What the steps write, and nobody by hand.
SETTLED = frozenset(
    {'state', 'picking_id', 'sale_order_id', 'credit_note_id', 'repair_id', 'cost_move_id', 'deadline_id', 'cost'}
)
# Who may see what a document has to do with complaints.
COMPLAINT_READERS = 'dealer_management.group_dealer_access,account.group_account_readonly,account.group_account_invoice'


class DealerComplaintOutcome(models.Model):
    """What a complaint leads to: each outcome makes a real document and is linked with it both ways."""

    _name = 'dealer.complaint.outcome'
    _description = 'Complaint Outcome'
    _inherit = ['dealer.complaint.link.mixin']
    _order = 'complaint_id, id'
    _rec_name = 'kind'
    _check_company_auto = True

    complaint_id = fields.Many2one(
        'dealer.complaint', required=True, index=True, ondelete='restrict', check_company=True
    )
    company_id = fields.Many2one(related='complaint_id.company_id', store=True, index=True)
    dealer_id = fields.Many2one(related='complaint_id.dealer_id')
    kind = fields.Selection(OUTCOMES, 'Outcome', required=True)
    # --- What is given: proposed by the complaint, see dealer_complaint_outcome_proposal.py
    product_id = fields.Many2one(
        'product.product',
        check_company=True,
        index='btree_not_null',
        compute='_compute_product_id',
        store=True,
        readonly=False,
        precompute=True,
    )
    lot_id = fields.Many2one(
        'stock.lot',
        check_company=True,
        domain="[('product_id', '=', product_id)]",
        compute='_compute_lot_id',
        store=True,
        readonly=False,
        precompute=True,
    )
    quantity = fields.Float(
        digits='Product Unit', compute='_compute_quantity', store=True, readonly=False, precompute=True
    )
    allowed_uom_ids = fields.Many2many('uom.uom', compute='_compute_allowed_uom_ids')
    product_uom_id = fields.Many2one(
        'uom.uom',
        'Unit',
        domain="[('id', 'in', allowed_uom_ids)]",
        compute='_compute_product_uom_id',
        store=True,
        readonly=False,
        precompute=True,
    )
    invoice_line_id = fields.Many2one(
        'account.move.line',
        index='btree_not_null',
        check_company=True,
        domain="[('move_type', '=', 'out_invoice'), ('parent_state', '=', 'posted'), ('display_type', '=', 'product'),"
        " ('partner_id', 'child_of', dealer_id), ('company_id', '=', company_id)]",
        compute='_compute_invoice_line_id',
        store=True,
        readonly=False,
        precompute=True,
        help='What is refunded, or granted an allowance on.',
    )
    amount = fields.Monetary(
        compute='_compute_amount',
        store=True,
        readonly=False,
        precompute=True,
        help='Before taxes. That of a refund is the quantity at the price of the invoice, at most what is left of it.',
    )
    currency_id = fields.Many2one(
        'res.currency', required=True, compute='_compute_currency_id', store=True, readonly=False, precompute=True
    )
    reduces_order = fields.Boolean(
        'Update Quantities on the Order',
        compute='_compute_reduces_order',
        store=True,
        readonly=False,
        precompute=True,
        help='What comes back is no more delivered on its order. Not so for what is replaced or repaired.',
    )
    under_warranty = fields.Boolean(default=True, help='The dealer pays nothing for the parts.')
    note = fields.Text('Told to the Dealer')
    state = fields.Selection(
        [('draft', 'Planned'), ('made', 'Document Made'), ('done', 'Done'), ('cancelled', 'Cancelled')],
        required=True,
        readonly=True,
        copy=False,
        default='draft',
        index=True,
    )
    # --- The document
    picking_id = fields.Many2one('stock.picking', 'Return Receipt', readonly=True, copy=False, index='btree_not_null')
    sale_order_id = fields.Many2one(
        'sale.order', 'Replacement Order', readonly=True, copy=False, index='btree_not_null'
    )
    credit_note_id = fields.Many2one('account.move', readonly=True, copy=False, index='btree_not_null')
    repair_id = fields.Many2one('repair.order', readonly=True, copy=False, index='btree_not_null')
    cost_move_id = fields.Many2one('account.move', 'Cost Entry', readonly=True, copy=False, index='btree_not_null')
    deadline_id = fields.Many2one('dealer.deadline', 'Missed Deadline', readonly=True, copy=False, ondelete='restrict')
    cost = fields.Monetary('Cost to Us', currency_field='company_currency_id', readonly=True, copy=False)
    company_currency_id = fields.Many2one(related='company_id.currency_id', string='Company Currency')

    _once_a_deadline = models.UniqueIndex(
        '(deadline_id) WHERE deadline_id IS NOT NULL', 'A missed deadline is credited once.'
    )
    _not_negative = models.Constraint(
        'CHECK (COALESCE(quantity, 0) >= 0 AND COALESCE(amount, 0) >= 0)',
        'Quantity and amount of an outcome cannot be negative.',
    )
    _one_document = models.Constraint(
        'CHECK (num_nonnulls(picking_id, sale_order_id, credit_note_id, repair_id) <= 1)',
        'An outcome has one document.',
    )

    # ------------------------------------------------------------ Constraints

    @api.constrains('lot_id', 'product_id')
    def _check_lot(self):
        # Whoever settles complaints need not have a role in the warehouse.
        for outcome in self.sudo():
            if outcome.lot_id and outcome.lot_id.product_id != outcome.product_id:
                raise ValidationError(
                    self.env._(
                        'The lot "%(lot)s" is not one of "%(product)s".',
                        lot=outcome.lot_id.name,
                        product=outcome.product_id.display_name,
                    )
                )

    @api.constrains('invoice_line_id')
    def _check_invoice_line(self):
        # Whoever settles complaints need not be allowed to read every invoice.
        for outcome in self.sudo().filtered('invoice_line_id'):
            line = outcome.invoice_line_id
            if line.move_id.commercial_partner_id.dealer_id != outcome.dealer_id:
                raise ValidationError(
                    self.env._(
                        '%(invoice)s is not an invoice to %(dealer)s.',
                        invoice=line.move_id.display_name,
                        dealer=outcome.dealer_id.display_name or self.env._('an unknown dealer'),
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Said, not left to defaults, which anybody may set.
            new = {**dict.fromkeys(SETTLED, False), 'state': 'draft'}
            vals_list = [{**vals, **new} for vals in vals_list]
        outcomes = super().create(vals_list)
        if not self.env.su:
            outcomes.complaint_id._check_takes_outcomes()
        return outcomes

    def write(self, vals):
        if not self.env.su:
            if not SETTLED.isdisjoint(vals):
                raise UserError(self.env._('This is written by the steps of the outcome, not by hand.'))
            if any(outcome.state != 'draft' for outcome in self):
                raise UserError(
                    self.env._('The document of this outcome exists: please cancel the outcome and plan another one.')
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_made(self):
        if any(outcome.state != 'draft' for outcome in self):
            raise UserError(self.env._('An outcome with a document is kept on record: please cancel it.'))
