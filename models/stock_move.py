from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare

from .stock_move_line import SHARES_JUDGED

ALLOCATION_FIELDS = frozenset({'allocation_line_id', 'allocated_quantity'})
# What is typed in as reserved or picked.
LINE_FIELDS = frozenset({'move_line_ids', 'quantity', 'lot_ids'})


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
        shrinking = self._filter_shrinking(vals)
        judged = self.env.context.get('shares_judged') is SHARES_JUDGED
        if judged or LINE_FIELDS.isdisjoint(vals) or not self._is_shared_out():
            result = super().write(vals)
        else:
            # Lines that are written together are judged together, in whatever order they are written.
            before = self.move_line_ids._get_taken()
            result = super(StockMove, self.with_context(shares_judged=SHARES_JUDGED)).write(vals)
            self.move_line_ids._check_shares_kept(before)
        shrinking._cut_shares()
        return result

    def unlink(self):
        held = self.filtered(lambda move: move.allocation_line_id and move.state not in ('done', 'cancel'))
        # Who deletes a delivery need not be allowed to read allocations.
        allocations = held.sudo().allocation_line_id.allocation_id
        result = super().unlink()
        allocations._follow_claims()
        return result

    def _is_shared_out(self):
        """Might an allocation be in force for any of the products?"""
        in_force = self.env['dealer.allocation']._map_in_force()
        return bool(in_force) and not in_force.keys().isdisjoint(self.product_id.ids)

    def _filter_shrinking(self, vals):
        """Those that claim less once ``vals`` are written; not if the rest goes into another move, see ``_split``."""
        if 'product_uom_qty' not in vals or self.env.context.get('do_not_unreserve') is not None:
            return self.browse()
        return self.filtered(
            lambda move: (
                move.allocation_line_id
                and move.state not in ('done', 'cancel')
                and move.product_uom.compare(vals['product_uom_qty'], move.product_uom_qty) < 0
            )
        )

    def _cut_shares(self):
        """Less is claimed: no share is larger than that, and what is over may be enough for the others."""
        # The share is nobody's to write by hand.
        for move in self.sudo():
            move.allocated_quantity = max(0, min(move.allocated_quantity, move.product_qty))
        self.sudo().allocation_line_id.allocation_id._follow_claims()

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
        # A part of a share is no more than the share.
        shares = {line.id: line.allocated_quantity for line in lines.exists()}
        for vals in shared:
            line_id = vals.get('allocation_line_id')
            if (line_id, vals.get('sale_line_id')) not in in_force or (
                float_compare(vals.get('allocated_quantity') or 0, shares[line_id], precision_digits=4) > 0
            ):
                raise AccessError(self.env._('The share of a delivery is found by an allocation, not written.'))

    @api.model
    def _hold_what_is_added(self, vals_list):
        """What is added to an order line that has a share is held with it: ordering more is no way to get more."""
        # Less ordered is a move of less than nothing, and claims nothing.
        added = [
            vals
            for vals in vals_list
            if vals.get('sale_line_id') and not vals.get('allocation_line_id') and vals.get('product_uom_qty', 0) >= 0
        ]
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
        """A move that is held needs no more than what is missing of its share; others leave the shares alone."""
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
        elif in_force := self.env['dealer.allocation']._find_in_force(self.product_id, location_id, above=True):
            need = min(need, in_force._get_spare_quantity())
            if in_force.product_uom_id.compare(need, 0) <= 0:
                return [], 0
        return super(StockMove, move)._update_reserved_quantity_vals(
            need, location_id, lot_id, package_id, owner_id, strict
        )

    def _action_assign(self, force_qty=False):
        """What Odoo reserves by itself keeps to the shares: see ``_update_reserved_quantity_vals``."""
        moves = self.with_context(shares_judged=SHARES_JUDGED) if self._is_shared_out() else self
        return super(StockMove, moves)._action_assign(force_qty=force_qty)

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
        if cancel_backorder:
            # What was not delivered is claimed no more.
            allocations._follow_claims()
        else:
            allocations._close_served()
        return result

    def _action_cancel(self):
        # Who cancels an order need not be allowed to read allocations.
        allocations = self.filtered('allocation_line_id').sudo().allocation_line_id.allocation_id
        result = super()._action_cancel()
        allocations._follow_claims()
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
            move._check_share(sum((move | added).mapped(lambda done: done._get_leaving_quantity())))

    def _check_share(self, quantity):
        """Refuse that this move takes ``quantity``, in the product's unit, if that is more than its share.

        :raise UserError: naming the order, its share and the allocation
        """
        self.ensure_one()
        if self.product_id.uom_id.compare(quantity, self.allocated_quantity) <= 0:
            return
        # Named to whoever delivers, with or without the right to read allocations and orders.
        allocation = self.sudo().allocation_line_id.allocation_id
        raise UserError(
            self.env._(
                '"%(product)s" is short and has been shared out: by %(allocation)s, %(order)s gets %(share)s,'
                ' not %(quantity)s. A channel manager can close the allocation.',
                product=self.product_id.display_name,
                allocation=allocation.name,
                order=self.sudo().sale_line_id.order_id.name,
                share=allocation._format_quantity(self.allocated_quantity),
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
        share = self.allocated_quantity
        vals_list = super()._split(qty, restrict_partner_id)
        if self.allocation_line_id and vals_list:
            # To the piece: in dozens, what this move keeps is rounded.
            kept = max(self.product_qty, sum(self.move_line_ids.mapped('quantity_product_uom')))
            rest = max(0, self.product_id.uom_id.round(share - kept))
            for vals in vals_list:
                vals.update(allocation_line_id=self.allocation_line_id.id, allocated_quantity=rest)
            # The share is nobody's to write by hand.
            self.sudo().allocated_quantity = share - rest
        return vals_list

    def _merge_moves_fields(self):
        """The move that stays takes over the shares of those that it absorbs."""
        if held := self.allocation_line_id[:1]:
            # Not among the values returned, for those are written by hand of whoever is at work.
            self[0].sudo().write(
                {'allocation_line_id': held.id, 'allocated_quantity': sum(self.mapped('allocated_quantity'))}
            )
            # They claim nothing of their own any more, and are about to be cancelled.
            self[1:].sudo().write({'allocation_line_id': False, 'allocated_quantity': 0})
        return super()._merge_moves_fields()
