from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

ALLOCATION_FIELDS = frozenset({'allocation_line_id', 'allocated_quantity'})


class StockMove(models.Model):
    """A delivery that an allocation holds reserves and delivers no more than its share.

    What holds it stands on the move itself, so that no reservation anywhere asks the database for it:
    the scheduler, "Check Availability" and the arrival of goods all pass ``_action_assign``. When the
    allocation ends, it is taken off the moves that are still open.
    """

    _inherit = 'stock.move'

    allocation_line_id = fields.Many2one(
        'dealer.allocation.line', 'Allocation', readonly=True, copy=False, index='btree_not_null', ondelete='set null'
    )
    allocated_quantity = fields.Float(
        'Allocated',
        digits='Product Unit',
        readonly=True,
        copy=False,
        help="The move's share of the product by the allocation in force, in the product's own unit.",
    )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_allocation_inherited(vals_list)
        self._hold_what_is_added(vals_list)
        for vals in vals_list:
            # Said, not left to defaults: anybody may set defaults of their own.
            vals.setdefault('allocation_line_id', False)
            vals.setdefault('allocated_quantity', 0)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not ALLOCATION_FIELDS.isdisjoint(vals):
            raise AccessError(self.env._('The share of a delivery is found by an allocation, not written.'))
        return super().write(vals)

    def _check_allocation_inherited(self, vals_list):
        """Refuse shares that are made up; the rest of a delivery takes its own along, see ``_split``."""
        shared = [vals for vals in vals_list if vals.get('allocation_line_id') or vals.get('allocated_quantity')]
        if not shared:
            return
        # Whether a share is in force is asked whoever may read it.
        lines = self.env['dealer.allocation.line'].sudo().browse({vals.get('allocation_line_id') for vals in shared})
        in_force = {
            (line.id, line.sale_line_id.id) for line in lines.exists() if line.allocation_id.state == 'approved'
        }
        if any((vals.get('allocation_line_id'), vals.get('sale_line_id')) not in in_force for vals in shared):
            raise AccessError(self.env._('The share of a delivery is found by an allocation, not written.'))

    @api.model
    def _hold_what_is_added(self, vals_list):
        """What is added to an order line that has a share is held with it: ordering more is no way to get more."""
        added = [vals for vals in vals_list if vals.get('sale_line_id') and not vals.get('allocation_line_id')]
        # Whoever adds to an order need not be allowed to read its deliveries. Odoo has just read them to
        # find out how much to deliver, so nothing is asked of the database here.
        sale_lines = self.env['sale.order.line'].sudo().browse({vals['sale_line_id'] for vals in added})
        for held in sale_lines.move_ids.filtered('allocation_line_id'):
            if held.allocation_line_id.state != 'approved':
                continue
            for vals in added:
                if (vals['sale_line_id'], vals.get('location_id')) == (held.sale_line_id.id, held.location_id.id):
                    vals.update(allocation_line_id=held.allocation_line_id.id, allocated_quantity=0)

    # ---------------------------------------------------------------- Reserving

    def _update_reserved_quantity_vals(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """A move that is held needs no more than what is missing of its share."""
        move = self
        if self.allocation_line_id:
            uom = self.product_id.uom_id
            missing = self.allocated_quantity - sum(self.move_line_ids.mapped('quantity_product_uom'))
            need = min(need, uom.round(missing))
            if uom.compare(need, 0) <= 0:
                return [], 0
            if uom != self.product_uom:
                # 7 pieces of a dozen are 7 pieces, not 0.58 dozens.
                move = self.with_context(reserve_in_product_unit=True)
        return super(StockMove, move)._update_reserved_quantity_vals(
            need, location_id, lot_id, package_id, owner_id, strict
        )

    def _trigger_assign(self):
        """Goods have arrived: an allocation may end before they are handed out."""
        if self:
            self.env['dealer.allocation']._follow_arrival(self.product_id, self.location_dest_id)
        return super()._trigger_assign()

    # --------------------------------------------------------------- Delivering

    def _action_done(self, cancel_backorder=False):
        held = self.filtered('allocation_line_id')
        held._check_share_not_exceeded(self - held)
        # Who delivers need not be allowed to read allocations.
        allocations = held.sudo().allocation_line_id.allocation_id
        result = super()._action_done(cancel_backorder=cancel_backorder)
        allocations._close_served()
        return result

    def _action_cancel(self):
        # Who cancels an order need not be allowed to read allocations.
        allocations = self.filtered('allocation_line_id').sudo().allocation_line_id.allocation_id
        result = super()._action_cancel()
        allocations._close_served()
        return result

    def _check_share_not_exceeded(self, others):
        """Nobody delivers more than the share by typing it in, or by adding the product to the delivery.

        :param others: what is delivered at the same time
        :raise UserError: naming the order, its share and the allocation
        """
        for move in self:
            added = others.filtered(
                lambda other, move=move: (
                    other.picking_id == move.picking_id
                    and other.product_id == move.product_id
                    and not other.sale_line_id
                )
            )
            uom = move.product_id.uom_id
            quantity = sum((move | added).mapped(lambda done: done._get_leaving_quantity()))
            if uom.compare(quantity, move.allocated_quantity) > 0:
                # Named to whoever delivers, with or without the right to read allocations and orders.
                allocation = move.sudo().allocation_line_id.allocation_id
                raise UserError(
                    self.env._(
                        '"%(product)s" is short and has been shared out: by %(allocation)s, %(order)s gets %(share)s,'
                        ' not %(quantity)s. A channel manager can close the allocation.',
                        product=move.product_id.display_name,
                        allocation=allocation.name,
                        order=move.sudo().sale_line_id.order_id.name,
                        share=allocation._format_quantity(move.allocated_quantity),
                        quantity=allocation._format_quantity(quantity),
                    )
                )

    def _get_leaving_quantity(self):
        """How much leaves when this move is done, in the product's unit."""
        self.ensure_one()
        if self.state in ('done', 'cancel') or not self.picked:
            return 0
        return sum(self.move_line_ids.filtered('picked').mapped('quantity_product_uom'))

    # -------------------------------------------------------- Splitting, merging

    def _split(self, qty, restrict_partner_id=False):
        """What is left of the share goes along with what is left of the delivery."""
        vals_list = super()._split(qty, restrict_partner_id)
        if self.allocation_line_id and vals_list:
            # To the piece: in dozens, what this move keeps is rounded.
            kept = max(self.product_qty, sum(self.move_line_ids.mapped('quantity_product_uom')))
            rest = max(0, self.product_id.uom_id.round(self.allocated_quantity - kept))
            for vals in vals_list:
                vals.update(allocation_line_id=self.allocation_line_id.id, allocated_quantity=rest)
            # The share is nobody's to write by hand.
            self.sudo().allocated_quantity -= rest
        return vals_list

    def _merge_moves_fields(self):
        """The move that stays takes over the shares of those that it absorbs."""
        if held := self.allocation_line_id[:1]:
            # Not among the values returned, for those are written by hand of whoever is at work.
            self[0].sudo().write(
                {'allocation_line_id': held.id, 'allocated_quantity': sum(self.mapped('allocated_quantity'))}
            )
            self[1:].sudo().allocated_quantity = 0
        return super()._merge_moves_fields()
