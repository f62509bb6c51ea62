from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.allocation import Claim, Share, share
from .arguments import is_number


class DealerAllocationLine(models.Model):
    """The claim of an order line on a scarce product, its share, and the reason for it.

    Tier, weight and quantities are kept as they were when it was computed. Shares set by hand come
    first; the others share the rest.
    """

    _name = 'dealer.allocation.line'
    _description = 'Share of a Scarce Product'
    _order = 'weight desc, order_date, id'

    allocation_id = fields.Many2one('dealer.allocation', required=True, index=True, ondelete='cascade')
    state = fields.Selection(related='allocation_id.state')
    product_uom_id = fields.Many2one(related='allocation_id.product_uom_id')
    sale_line_id = fields.Many2one('sale.order.line', 'Order Line', index='btree_not_null', ondelete='set null')
    order_id = fields.Many2one(related='sale_line_id.order_id', store=True)
    # To be found by, whoever may read orders.
    order_name = fields.Char('Order Number', related='order_id.name')
    partner_id = fields.Many2one('res.partner', 'Customer', required=True, index=True, ondelete='restrict')
    tier_id = fields.Many2one('res.partner.grade', ondelete='set null')
    weight = fields.Float(digits=(6, 2))
    order_date = fields.Datetime(required=True)
    open_quantity = fields.Float('Open', digits='Product Unit', help='Ordered and neither delivered nor being picked.')
    weighted_quantity = fields.Float('By Weight', digits='Product Unit', compute='_compute_shares', store=True)
    first_come_quantity = fields.Float('First Come', digits='Product Unit', compute='_compute_shares', store=True)
    allocated_quantity = fields.Float('Share', digits='Product Unit', compute='_compute_shares', store=True)
    corrected_quantity = fields.Float(
        'Set by Hand', digits='Product Unit', help='Counts if you give a reason; the others share the rest.'
    )
    correction_reason = fields.Char('Why')
    filled = fields.Float(compute='_compute_filled', digits=(3, 0))
    explanation = fields.Text('Reason', compute='_compute_explanation')
    move_ids = fields.One2many('stock.move', 'allocation_line_id', 'Deliveries')

    # ------------------------------------------------------------ Constraints

    _sale_line_unique = models.Constraint('UNIQUE (allocation_id, sale_line_id)', 'An order line claims only once.')
    _within_the_claim = models.Constraint(
        'CHECK (allocated_quantity BETWEEN 0 AND open_quantity)', 'Nobody gets more than is asked for.'
    )

    @api.constrains('corrected_quantity', 'correction_reason', 'open_quantity')
    def _check_correction(self):
        for line in self:
            if line.corrected_quantity and not (line.correction_reason or '').strip():
                raise ValidationError(
                    self.env._('Please give a reason for the share of %s that you set by hand.', line._get_order_name())
                )
            if (
                line.product_uom_id.compare(line.corrected_quantity, line.open_quantity) > 0
                or line.corrected_quantity < 0
            ):
                allocation = line.allocation_id
                raise ValidationError(
                    self.env._(
                        '%(order)s asks for %(open)s of "%(product)s": its share cannot be set to %(quantity)s.',
                        order=line._get_order_name(),
                        open=allocation._format_quantity(line.open_quantity),
                        product=allocation.product_id.display_name,
                        quantity=allocation._format_quantity(line.corrected_quantity),
                    )
                )

    def _get_order_name(self):
        # The order is named to whoever shares out, with or without the right to read orders.
        return self.sudo().order_id.name or self.sudo().partner_id.display_name

    # --------------------------------------------------------------- Computes

    @api.depends(
        'allocation_id.available_quantity',
        'allocation_id.step',
        'allocation_id.line_ids.open_quantity',
        'allocation_id.line_ids.weight',
        'allocation_id.line_ids.order_date',
        'allocation_id.line_ids.corrected_quantity',
        'allocation_id.line_ids.correction_reason',
    )
    def _compute_shares(self):
        digits = self.env['decimal.precision'].precision_get('Product Unit')

        def exact(number):
            return Decimal(f'{number:.{digits}f}')

        for allocation in self.allocation_id:
            lines = allocation.line_ids.sorted(lambda line: line._get_rank())
            left = exact(max(0, allocation.available_quantity))
            shares = {}
            for line in lines.filtered('correction_reason'):
                # Never more than there is, or than is asked for, whatever somebody is typing.
                part = max(Decimal(0), min(exact(line.corrected_quantity), exact(line.open_quantity), left))
                shares[line] = (part, Share(Decimal(0), Decimal(0)))
                left -= part
            claims = [
                Claim(line, exact(line.open_quantity), Decimal(f'{line.weight:.2f}'), line._get_rank())
                for line in lines - lines.filtered('correction_reason')
            ]
            step = max(exact(allocation.step), exact(10**-digits))
            shares.update((line, (part.quantity, part)) for line, part in share(left, claims, step).items())
            for line in lines:
                quantity, part = shares[line]
                line.allocated_quantity = float(quantity)
                line.weighted_quantity = float(part.by_weight)
                line.first_come_quantity = float(part.first_come)

    def _get_rank(self):
        """Who came first: by the order's date, then as the orders were made."""
        sale_line = self.sudo().sale_line_id
        return (self.order_date, sale_line.order_id.id or 0, sale_line.id or 0, self._origin.id or 0)

    @api.depends('allocated_quantity', 'open_quantity')
    def _compute_filled(self):
        for line in self:
            line.filled = 100 * line.allocated_quantity / line.open_quantity if line.open_quantity else 0

    @api.depends('weight', 'tier_id', 'open_quantity', 'allocated_quantity', 'correction_reason')
    @api.depends_context('lang')
    def _compute_explanation(self):
        for line in self:
            line.explanation = line._explain()

    def _explain(self):
        """Why this share, as a sentence in the reader's language."""
        self.ensure_one()
        form = self.allocation_id._format_quantity
        allocated, claimed = form(self.allocated_quantity), form(self.open_quantity)
        if self.correction_reason:
            return self.env._(
                'Set by hand to %(share)s of %(open)s: %(reason)s',
                share=allocated,
                open=claimed,
                reason=self.correction_reason,
            )
        weight = form(self.weight)
        # A tier is named to whoever reads the share.
        tier = self.sudo().tier_id.name
        by_weight = form(self.weighted_quantity)
        if tier:
            parts = [
                self.env._(
                    'Tier %(tier)s, weight %(weight)s: %(share)s of %(open)s',
                    tier=tier,
                    weight=weight,
                    share=by_weight,
                    open=claimed,
                )
            ]
        else:
            parts = [
                self.env._('Weight %(weight)s: %(share)s of %(open)s', weight=weight, share=by_weight, open=claimed)
            ]
        if self.first_come_quantity:
            parts.append(self.env._('then %s more, first come', form(self.first_come_quantity)))
        if not self.weight:
            parts.append(self.env._('served after all others'))
        return '; '.join(parts)

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        """By hand, only a share is corrected, as long as the allocation is not handed in."""
        if not self.env.su:
            if not vals.keys() <= {'corrected_quantity', 'correction_reason'}:
                raise UserError(
                    self.env._('Claims and shares are found, not written: set a share by hand, and say why.')
                )
            self.allocation_id._check_editable()
        result = super().write(vals)
        if not self.env.context.get('allocation_lines_together'):
            self.allocation_id._check_corrections()
        return result

    def action_correct(self, quantity=0, reason=None):
        """Set this share by hand; the others share the rest.

        :param float quantity: in the product's unit, up to what is asked for
        :param str reason: shown with the share; without one the share is found by the rule again
        """
        self.ensure_one()
        self.env['dealer.approval.mixin']._check_note(reason)
        if not is_number(quantity or 0):
            raise UserError(self.env._('Please enter the quantity as a number.'))
        self.write({'corrected_quantity': quantity if reason else 0, 'correction_reason': reason or False})
        return True
