from odoo import api, fields, models
from odoo.fields import Domain

# Who may read allocations; see security/ir.model.access.csv.
READERS = 'dealer_management.group_dealer_staff_own,dealer_management.group_dealer_auditor,stock.group_stock_user'


class SaleOrder(models.Model):
    """The shares of scarce products that an order was given."""

    _inherit = 'sale.order'

    # Computed in sudo: whoever may read orders reads what was reserved for them.
    allocation_count = fields.Integer('Allocations', compute='_compute_allocation_count', compute_sudo=True)

    def _compute_allocation_count(self):
        counts = dict(
            self.env['dealer.allocation.line']._read_group(
                Domain('order_id', 'in', self.ids) & Domain('allocation_id.state', 'in', ['approved', 'closed']),
                ['order_id'],
                ['allocation_id:count_distinct'],
            )
        )
        for order in self:
            order.allocation_count = counts.get(order._origin, 0)

    def action_view_allocations(self):
        """Open the allocations in which these orders have a share."""
        self.check_access('read')
        lines = self.env['dealer.allocation.line'].search([('order_id', 'in', self.ids)])
        return lines.allocation_id._get_records_action(name=self.env._('Allocations'))


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    allocation_line_ids = fields.One2many('dealer.allocation.line', 'sale_line_id', 'Allocations', groups=READERS)
    allocated_quantity = fields.Float(
        'Allocated',
        digits='Product Unit',
        compute='_compute_allocated_quantity',
        compute_sudo=True,
        help="What the latest allocation gave to this line, in the line's unit.",
    )
    is_allocated = fields.Boolean('Has a Share', compute='_compute_allocated_quantity', compute_sudo=True)

    @api.depends('allocation_line_ids.allocated_quantity', 'allocation_line_ids.state', 'product_uom_id')
    def _compute_allocated_quantity(self):
        for line in self:
            shares = line.allocation_line_ids.filtered(lambda share: share.state in ('approved', 'closed'))
            latest = shares.sorted('id')[-1:]
            line.is_allocated = bool(latest)
            line.allocated_quantity = latest.product_uom_id._compute_quantity(
                latest.allocated_quantity, line.product_uom_id, rounding_method='HALF-UP', raise_if_failure=False
            )
