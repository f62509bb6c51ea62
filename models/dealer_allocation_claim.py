from odoo import fields, models
from odoo.fields import Domain


class DealerAllocation(models.Model):
    """Who claims how much of the product, and how much of it there is."""

    _inherit = 'dealer.allocation'

    def _refresh_claims(self, hold_back=True):
        """Find the open orders and the stock as they are now; the shares that were set by hand stay.

        :param bool hold_back: hold as much back as before
        """
        # Found here, not entered: nobody has the right to make claims up.
        for allocation in self.sudo():
            moves = allocation._get_claiming_moves()
            stock = allocation._get_stock_quantity(moves)
            held_back = allocation.stock_quantity - allocation.available_quantity if hold_back else 0
            corrections = {
                line.sale_line_id: (line.corrected_quantity, line.correction_reason)
                for line in allocation.line_ids
                if line.correction_reason
            }
            allocation.line_ids.unlink()
            lines = self.env['dealer.allocation.line'].sudo()
            lines = lines.create(
                [
                    allocation._prepare_line_vals(sale_line, sale_line_moves, corrections.get(sale_line))
                    for sale_line, sale_line_moves in moves.grouped('sale_line_id').items()
                ]
            )
            allocation.write(
                {
                    'stock_quantity': stock,
                    'available_quantity': max(0, stock - held_back),
                    'computed_date': fields.Datetime.now(),
                }
            )
            for name in ('allocated_quantity', 'weighted_quantity', 'first_come_quantity'):
                # Worked out in any case: anybody may set defaults of their own.
                self.env.add_to_compute(lines._fields[name], lines)

    def _prepare_line_vals(self, sale_line, moves, correction):
        order = sale_line.order_id
        buyer = order._get_buying_dealers()[:1]
        tier = buyer.grade_id
        open_quantity = self._sum_demand(moves)
        quantity, reason = correction or (0, False)
        return {
            'allocation_id': self.id,
            'sale_line_id': sale_line.id,
            'partner_id': (buyer or order.partner_id.commercial_partner_id).id,
            'tier_id': tier.id,
            'weight': tier.supply_weight if tier else self.company_id.dealer_supply_weight,
            'order_date': order.date_order,
            'open_quantity': open_quantity,
            'corrected_quantity': min(quantity, open_quantity),
            'correction_reason': reason,
        }

    # ------------------------------------------------------------------- Stock

    def _get_claiming_moves(self):
        """The deliveries that take part, in sudo: of confirmed orders, from stock, not done and not being picked.

        Of a delivery in several steps that is the first, which takes the goods out of stock. What is
        made or bought to order takes nothing from it.
        """
        self.ensure_one()
        # Whoever shares the product out need not be allowed to read deliveries and orders.
        moves = (
            self.env['stock.move']
            .sudo()
            .search(
                Domain('product_id', '=', self.product_id.id)
                & Domain('company_id', '=', self.company_id.id)
                & Domain('state', 'in', ['confirmed', 'partially_available', 'assigned'])
                & Domain('picked', '=', False)
                & Domain('procure_method', '=', 'make_to_stock')
                & Domain('move_orig_ids', '=', False)
                & Domain('location_id', 'child_of', self._get_home().id)
                & Domain('sale_line_id.order_id.state', '=', 'sale'),
                order='date, id',
            )
        )
        if self.date_until:
            company = self.company_id
            moves = moves.filtered(lambda move: company._get_dealer_date(move.date) <= self.date_until)
        return moves

    def _get_stock_quantity(self, moves):
        """How much there is for ``moves``: free in the warehouse, or reserved for them already."""
        return self._get_free_quantity() + self._sum_reserved(moves)

    def _get_free_quantity(self, allow_negative=False):
        # The stock is what it is, whoever may read it.
        quants = self.env['stock.quant'].sudo()
        return quants._get_available_quantity(self.product_id, self._get_home(), allow_negative=allow_negative)

    def _sum_demand(self, moves):
        return self.product_uom_id.round(sum(moves.mapped('product_qty')))

    def _sum_reserved(self, moves):
        return self.product_uom_id.round(sum(moves.move_line_ids.mapped('quantity_product_uom')))

    # ----------------------------------------------------------------- Changes

    def _describe_changes(self, moves):
        """What has changed since the allocation was computed, as a sentence, or False.

        :param moves: the deliveries that claim now
        """
        self.ensure_one()
        uom = self.product_uom_id
        now = {line: self._sum_demand(moves) for line, moves in moves.grouped('sale_line_id').items()}
        then = {line.sale_line_id: line.open_quantity for line in self.sudo().line_ids}
        changed = [
            line for line in now.keys() | then.keys() if uom.compare(now.get(line, 0), then.get(line, 0)) or not line
        ]
        if changed:
            # Named to whoever decides, with or without the right to read orders.
            orders = self.env['sale.order.line'].sudo().concat(*changed).order_id.sorted('id')
            return self.env._('These orders ask for another quantity by now: %s.', ', '.join(orders.mapped('name')))
        stock = self._get_stock_quantity(moves)
        if uom.compare(stock, self.stock_quantity):
            return self.env._(
                'There are %(now)s for these orders by now, and not %(then)s.',
                now=self._format_quantity(stock),
                then=self._format_quantity(self.stock_quantity),
            )
        return False
