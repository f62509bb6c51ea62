from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

ALLOCATION_STATES = [
    ('draft', 'Draft'),
    ('submitted', 'Submitted'),
    ('refused', 'Refused'),
    ('approved', 'In Force'),
    ('closed', 'Closed'),
    ('cancelled', 'Cancelled'),
]
# What is shared, and how, can be changed only before it is handed in.
EDITABLE_STATES = frozenset({'draft', 'refused'})


class DealerAllocation(models.Model):
    """A product that is short, shared among the open orders for it, by tier and first come.

    Every open delivery of the product from the warehouse is a claim: dealers' orders and those of
    other customers alike. Once approved, each delivery has its share reserved, and reserves no more
    than that while the allocation is in force: see ``stock.move``.

    Quantities are in the product's own unit.
    """

    _name = 'dealer.allocation'
    _description = 'Allocation of a Scarce Product'
    _inherit = ['dealer.approval.mixin']
    _order = 'id desc'
    _check_company_auto = True

    # ---------------------------------------------------------------- Fields

    name = fields.Char('Reference', required=True, readonly=True, copy=False, default='/')
    product_id = fields.Many2one(
        'product.product',
        required=True,
        index=True,
        ondelete='restrict',
        check_company=True,
        domain="[('is_storable', '=', True)]",
        tracking=True,
    )
    product_uom_id = fields.Many2one(related='product_id.uom_id', string='Unit')
    warehouse_id = fields.Many2one(
        'stock.warehouse',
        required=True,
        ondelete='restrict',
        default=lambda self: self.env['stock.warehouse'].search([('company_id', '=', self.env.company.id)], limit=1),
        tracking=True,
    )
    company_id = fields.Many2one(related='warehouse_id.company_id', store=True, precompute=True, index=True)
    date_until = fields.Date(
        'Deliveries Due Until',
        tracking=True,
        help='Only deliveries that are due until this day, inclusive, take part; all of them if you leave it empty.',
    )
    step = fields.Float(
        'Share in Steps of',
        digits='Product Unit',
        required=True,
        default=1,
        help='The smallest quantity that is handed out, such as 12 for a product that leaves in boxes of 12.',
    )
    stock_quantity = fields.Float(
        'In Stock for These Orders',
        digits='Product Unit',
        readonly=True,
        copy=False,
        help='What is free in the warehouse, and what these orders have reserved already.',
    )
    available_quantity = fields.Float(
        'To Share Out',
        digits='Product Unit',
        copy=False,
        tracking=True,
        help='Proposed as all there is. Lower it to hold something back: it stays free for orders that come later.',
    )
    line_ids = fields.One2many('dealer.allocation.line', 'allocation_id', 'Shares', copy=False)
    # For the record rule on own dealers alone: it is judged in sudo, and leaves all lines in the cache
    # of the field that it goes through.
    claim_ids = fields.One2many('dealer.allocation.line', 'allocation_id', 'Claims', copy=False)
    claimed_quantity = fields.Float(
        'Asked For', digits='Product Unit', compute='_compute_quantities', store=True, copy=False
    )
    allocated_quantity = fields.Float(
        'Shared Out', digits='Product Unit', compute='_compute_quantities', store=True, copy=False
    )
    short_quantity = fields.Float('Short by', digits='Product Unit', compute='_compute_short_quantity')
    computed_date = fields.Datetime('Computed on', readonly=True, copy=False)

    state = fields.Selection(
        ALLOCATION_STATES, required=True, readonly=True, default='draft', copy=False, tracking=True, index=True
    )
    state_reason = fields.Char('Reason', readonly=True, copy=False, tracking=True)
    approved_date = fields.Datetime('Approved on', readonly=True, copy=False)
    closed_date = fields.Datetime('Closed on', readonly=True, copy=False)

    # ------------------------------------------------------------ Constraints

    _name_unique = models.Constraint('UNIQUE (name, company_id)', 'Two allocations cannot have the same reference.')
    _step_positive = models.Constraint('CHECK (step > 0)', 'A product is shared in steps of more than 0.')
    _available_positive = models.Constraint(
        'CHECK (available_quantity >= 0)', 'Less than nothing cannot be shared out.'
    )
    _shared_what_there_is = models.Constraint(
        "CHECK (state != 'approved' OR (allocated_quantity <= available_quantity AND available_quantity <= stock_quantity))",
        'No more can be shared out than there is.',
    )
    _decided_by_somebody = models.Constraint(
        "CHECK (state NOT IN ('approved', 'closed') OR approver_id IS NOT NULL)",
        'Somebody has approved what is in force.',
    )
    _one_in_force = models.UniqueIndex(
        "(company_id, warehouse_id, product_id) WHERE state = 'approved'",
        'Another allocation of this product is in force in this warehouse: close it first.',
    )

    @api.constrains('available_quantity')
    def _check_available_quantity(self):
        for allocation in self:
            if allocation.product_uom_id.compare(allocation.available_quantity, allocation.stock_quantity) > 0:
                raise ValidationError(
                    self.env._(
                        'Only %(stock)s of "%(product)s" are there for these orders: %(available)s cannot be shared'
                        ' out.',
                        stock=allocation._format_quantity(allocation.stock_quantity),
                        product=allocation.product_id.display_name,
                        available=allocation._format_quantity(allocation.available_quantity),
                    )
                )

    @api.constrains('available_quantity', 'line_ids')
    def _check_corrections(self):
        """What was set by hand is there to be shared out."""
        for allocation in self:
            corrected = allocation.line_ids.filtered('correction_reason')
            total = sum(corrected.mapped('corrected_quantity'))
            if allocation.product_uom_id.compare(total, allocation.available_quantity) > 0:
                raise ValidationError(
                    self.env._(
                        'The shares set by hand come to %(total)s of "%(product)s", but only %(available)s are shared'
                        ' out.',
                        total=allocation._format_quantity(total),
                        product=allocation.product_id.display_name,
                        available=allocation._format_quantity(allocation.available_quantity),
                    )
                )

    # --------------------------------------------------------------- Computes

    @api.depends('line_ids.open_quantity', 'line_ids.allocated_quantity')
    def _compute_quantities(self):
        for allocation in self:
            allocation.claimed_quantity = sum(allocation.line_ids.mapped('open_quantity'))
            allocation.allocated_quantity = sum(allocation.line_ids.mapped('allocated_quantity'))

    @api.depends('claimed_quantity', 'available_quantity')
    def _compute_short_quantity(self):
        for allocation in self:
            allocation.short_quantity = max(0, allocation.claimed_quantity - allocation.available_quantity)

    @api.depends('name', 'product_id')
    def _compute_display_name(self):
        for allocation in self:
            number = '' if allocation.name == '/' else allocation.name
            allocation.display_name = f'{number} {allocation.product_id.display_name or ""}'.strip()

    def _format_quantity(self, quantity):
        """A quantity as people write it: 30, not 30.00."""
        digits = self.env['decimal.precision'].precision_get('Product Unit')
        return formatLang(self.env, quantity, digits=0 if quantity == int(quantity) else digits)

    # ------------------------------------------------------------------- CRUD

    @api.model
    def _get_term_fields(self):
        """What is shared and how: settled when the allocation is handed in."""
        return frozenset(
            {'product_id', 'warehouse_id', 'date_until', 'step', 'available_quantity', 'line_ids', 'claim_ids'}
        )

    @api.model
    def _get_flow_fields(self):
        """What the steps of the flow write, and nobody by hand."""
        return frozenset(
            {
                'name',
                'company_id',
                'stock_quantity',
                'claimed_quantity',
                'allocated_quantity',
                'computed_date',
                'state',
                'state_reason',
                'requester_id',
                'approver_id',
                'approved_date',
                'closed_date',
            }
        )

    @api.model_create_multi
    def create(self, vals_list):
        wanted = []
        numbers = self.env['ir.sequence'].next_by_code_batch('dealer.allocation', len(vals_list))
        for vals, number in zip(vals_list, numbers, strict=True):
            self._check_not_written_by_hand(vals)
            # Said, not left to defaults: anybody may set defaults of their own.
            vals.update(
                name=number,
                state='draft',
                state_reason=False,
                stock_quantity=0,
                claimed_quantity=0,
                allocated_quantity=0,
                computed_date=False,
                requester_id=False,
                approver_id=False,
                approved_date=False,
                closed_date=False,
            )
            wanted.append(vals.pop('available_quantity', None))
        allocations = super().create(vals_list)
        allocations._refresh_claims()
        for allocation, quantity in zip(allocations, wanted, strict=True):
            # A form that has not been computed yet sends 0 along: that is no wish to hold everything back.
            if quantity:
                allocation.available_quantity = quantity
        return allocations

    def write(self, vals):
        self._check_not_written_by_hand(vals)
        if not self._get_term_fields().isdisjoint(vals):
            self._check_editable()
        # The shares that are set by hand are judged together, when all of them are written.
        result = super(DealerAllocation, self.with_context(allocation_lines_together=True)).write(vals)
        if not vals.keys().isdisjoint({'product_id', 'warehouse_id', 'date_until'}):
            # What was held back of another product, or elsewhere, says nothing here.
            self._refresh_claims(hold_back=vals.keys().isdisjoint({'product_id', 'warehouse_id'}))
        return result

    def _check_not_written_by_hand(self, vals):
        if not self.env.su and not self._get_flow_fields().isdisjoint(vals):
            raise UserError(
                self.env._('An allocation goes from state to state by its steps (Submit, Approve…), not by writing it.')
            )

    def _check_editable(self):
        """Refuse to change what was handed in.

        :raise UserError: with what to do instead
        """
        for allocation in self:
            if not self.env.su and allocation.state not in EDITABLE_STATES:
                raise UserError(
                    self.env._(
                        'The allocation %s has been submitted and is settled. Withdraw it as long as it is not'
                        ' approved; later, close it and make another.',
                        allocation.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_record(self):
        for allocation in self:
            if allocation.state not in EDITABLE_STATES:
                raise UserError(self.env._('The allocation %s is on record and cannot be deleted.', allocation.name))
