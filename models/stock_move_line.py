from odoo import api, models

# In the context: whoever calls judges what is reserved. An object, for a client cannot send one along.
SHARES_JUDGED = object()
# What makes a line reserve more, or elsewhere.
RESERVING_FIELDS = frozenset(
    {'quantity', 'product_uom_id', 'location_id', 'location_dest_id', 'product_id', 'quant_id'}
)


class StockMoveLine(models.Model):
    """Nobody reserves by hand, or takes, what an allocation in force keeps for others.

    Odoo lets people type in more than is free, and then takes it away from other deliveries. Counting
    stock and scrapping go on as ever, for what is not there cannot be kept; but that is told.
    """

    _inherit = 'stock.move.line'

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if self.env.context.get('shares_judged') is not SHARES_JUDGED:
            lines._check_shares_kept({})
        return lines

    def write(self, vals):
        if RESERVING_FIELDS.isdisjoint(vals) or self.env.context.get('shares_judged') is SHARES_JUDGED:
            return super().write(vals)
        before = self._get_taken()
        result = super().write(vals)
        self._check_shares_kept(before)
        return result

    # ---------------------------------------------------------------- Judging

    def _get_taken(self):
        """What these lines take away from where an allocation shares out: ``{id: (allocation, quantity)}``."""
        allocations = self.env['dealer.allocation']
        taken = {}
        if not allocations._map_in_force():
            return taken
        # Judged whoever reserves, with or without the right to read allocations and orders.
        for (product, location), lines in self.sudo().grouped(lambda line: (line.product_id, line.location_id)).items():
            if allocation := allocations._find_in_force(product, location):
                for line in lines:
                    if line._takes_away_from(allocation):
                        taken[line.id] = (allocation, line.quantity_product_uom)
        return taken

    def _takes_away_from(self, allocation):
        """Does this line take goods away? Counting and scrapping say what is there; moving shelves takes nothing."""
        written_off = self.move_id.is_inventory or self.move_id.scrap_id
        return not written_off and not self.location_dest_id._child_of(allocation._get_home())

    def _check_shares_kept(self, before):
        """Refuse to reserve what is kept for others.

        :param dict before: what these lines took before, see ``_get_taken``
        :raise UserError: naming the allocation
        """
        grown = {}
        for line_id, (allocation, quantity) in self._get_taken().items():
            where, had = before.get(line_id, (None, 0))
            if allocation != where or allocation.product_uom_id.compare(quantity, had) > 0:
                grown.setdefault(allocation, []).append(line_id)
        for allocation, line_ids in grown.items():
            allocation._check_taken(self.sudo().browse(line_ids))

    # ----------------------------------------------------------------- Taking

    def _free_reservation(self, product_id, location_id, quantity, *args, **kwargs):
        """More is taken than is free, and others lose what they have reserved: not the shares of an allocation."""
        allocation = self.env['dealer.allocation']._find_in_force(product_id, location_id)
        if not allocation:
            return super()._free_reservation(product_id, location_id, quantity, *args, **kwargs)
        moves = allocation._get_held_moves()
        before = allocation._sum_reserved(moves)
        result = super()._free_reservation(product_id, location_id, quantity, *args, **kwargs)
        lost = allocation.product_uom_id.round(before - allocation._sum_reserved(moves))
        if allocation.product_uom_id.compare(lost, 0) > 0:
            line = self.sudo()
            if line._takes_away_from(allocation) and line.move_id.allocation_line_id.allocation_id != allocation:
                allocation._refuse_to_take(line.quantity_product_uom, lost)
            allocation._tell_stock_lost(lost)
        return result
