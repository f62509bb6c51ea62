from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import ormcache


class DealerAllocation(models.Model):
    """What an allocation in force keeps for its deliveries, from everybody else.

    A share that is not reserved (not yet, or not any more) is no more free for others than one that
    is. Whatever reserves asks here: see ``stock.move`` for what Odoo reserves by itself, and
    ``stock.move.line`` for what people type. Where nothing is in force that takes no query.
    """

    _inherit = 'dealer.allocation'

    # ------------------------------------------------------------ What is in force

    @api.model
    @ormcache()
    def _map_in_force(self):
        """Which products are shared out, and where: ``{product id: {location ids}}``.

        May name what has ended, and costs a look-up then; never leaves out what is in force. What has
        just ended is named, for that may be taken back with its transaction.
        """
        in_force = {}
        just_now = fields.Datetime.now() - timedelta(hours=1)
        # What is shared out is kept from everybody, whoever may read it.
        for allocation in self.sudo().search(Domain('state', '=', 'approved') | Domain('closed_date', '>', just_now)):
            in_force.setdefault(allocation.product_id.id, set()).add(allocation._get_home().id)
        return in_force

    def write(self, vals):
        result = super().write(vals)
        if vals.get('state') == 'approved':
            clear = self.env.registry.clear_cache
            clear()
            # Other threads may draw a map before this is final, that does not know of it.
            self.env.cr.postcommit.add(clear)
        return result

    @api.model
    def _find_in_force(self, product, location, above=False):
        """The allocation in force that shares out ``product`` at ``location``, in sudo, or an empty one.

        :param bool above: also where ``location`` is above the place that is shared out
        """
        allocations = self.sudo()
        place = location.sudo()
        homes = place.browse(self._map_in_force().get(product.id, ()))
        homes = homes.filtered(lambda home: place._child_of(home) or (above and home._child_of(place)))
        if not homes:
            return allocations.browse()
        return allocations.search(
            [
                ('product_id', '=', product.id),
                ('warehouse_id.lot_stock_id', 'in', homes.ids),
                ('state', '=', 'approved'),
            ],
            limit=1,
        )

    def _get_home(self):
        """The place whose stock is shared out."""
        return self.sudo().warehouse_id.lot_stock_id

    # -------------------------------------------------------------- What is kept

    def _get_kept_quantity(self):
        """How much of the shares is not reserved: kept for them all the same."""
        self.ensure_one()
        return self.product_uom_id.round(
            sum(
                max(0, min(move.allocated_quantity, move.product_qty) - self._sum_reserved(move))
                for move in self._get_held_moves()
            )
        )

    def _get_spare_quantity(self):
        """What others may take; less than 0 if not even the shares are there any more."""
        return self._get_free_quantity(allow_negative=True) - self._get_kept_quantity()

    # ------------------------------------------------------------------ Guarding

    def _check_taken(self, lines):
        """Refuse that ``lines`` (in sudo), which have just reserved more, take what is kept for others.

        :raise UserError: naming the allocation
        """
        self.ensure_one()
        held = lines.filtered(lambda line: line.move_id.allocation_line_id.allocation_id == self)
        for move in held.move_id:
            move._check_share(sum(move.move_line_ids.mapped('quantity_product_uom')))
        for some, measure in (
            (held, lambda: self._get_free_quantity(allow_negative=True)),
            (lines - held, self._get_spare_quantity),
        ):
            left = measure() if some else 0
            if self.product_uom_id.compare(left, 0) < 0:
                siblings = (some | some.move_id.move_line_ids).filtered(lambda line: line.product_id == self.product_id)
                self._refuse_to_take(sum(siblings.mapped('quantity_product_uom')), -left)

    def _refuse_to_take(self, quantity, excess):
        raise UserError(
            self.env._(
                '"%(product)s" is short and has been shared out by %(allocation)s: %(quantity)s cannot be taken here,'
                ' only %(available)s. The rest is kept for the orders that have a share. A channel manager can close'
                ' the allocation first.',
                product=self.product_id.display_name,
                allocation=self.name,
                quantity=self._format_quantity(quantity),
                available=self._format_quantity(max(0, self.product_uom_id.round(quantity - excess))),
            )
        )

    def _tell_stock_lost(self, lost):
        """Stock that was reserved for the shares is gone: on record each time, and one to-do."""
        self.ensure_one()
        told = self.env._(
            '%(lost)s of "%(product)s" that were reserved for orders of this allocation are gone.',
            lost=self._format_quantity(lost),
            product=self.product_id.display_name,
        )
        self._message_log(body=told)
        self._ask_to_share_again(self.env._('Reserved stock is gone: close this allocation and share again?'), told)

    # ---------------------------------------------------------------- Following

    def _follow_claims(self):
        """Claims have been cancelled or cut: all is served, or enough is there for the others, or somebody should
        share again.
        """
        self._close_served()
        self._follow_stock(self.env._('There is enough for all now.'))

    def _follow_stock(self, reason):
        """End those of which nobody is short any more, and hand out; ask whether to share what else is free.

        :param str reason: why it ends
        """
        for allocation in self.filtered(lambda allocation: allocation.state == 'approved'):
            moves = allocation._get_held_moves()
            missing = allocation._sum_demand(moves) - allocation._sum_reserved(moves)
            if allocation.product_uom_id.compare(allocation._get_free_quantity(), missing) >= 0:
                allocation._close(reason)
                # To those who waited for it, before anybody who came later.
                moves._action_assign()
                continue
            spare = allocation._get_spare_quantity()
            if allocation.product_uom_id.compare(spare, 0) > 0:
                allocation._ask_to_share_again(
                    self.env._('Free stock: close this allocation and share again?'),
                    self.env._(
                        '%(free)s of "%(product)s" are free. The orders of this allocation do not get them while it is'
                        ' in force.',
                        free=allocation._format_quantity(spare),
                        product=allocation.product_id.display_name,
                    ),
                )
