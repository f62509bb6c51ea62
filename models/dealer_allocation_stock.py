from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerAllocation(models.Model):
    """What an allocation does to the stock, and until when.

    It holds until a channel manager closes it, until all that was shared out has left, or until so
    much has arrived that nobody is short any more. While it is in force, its deliveries reserve no
    more than their share, see ``stock.move``; deliveries of other orders take what is free beyond it.
    """

    _inherit = 'dealer.allocation'

    def _reserve_shares(self, moves):
        """Reserve for each of ``moves`` (in sudo) exactly what its order line was given.

        :raise UserError: if the stock does not let itself be reserved so
        """
        self.ensure_one()
        uom = self.product_uom_id
        of_sale_line = moves.grouped('sale_line_id')
        for line in self.sudo().line_ids:
            left = line.allocated_quantity
            for move in of_sale_line.get(line.sale_line_id, moves.browse()):
                # An order line that is delivered in several parts: the first is served first.
                part = uom.round(min(left, move.product_qty))
                left = uom.round(left - part)
                move.write({'allocation_line_id': line.id, 'allocated_quantity': part})
        # All is put down before it is handed out anew, each delivery to its share: see ``stock.move``.
        moves._do_unreserve()
        moves._action_assign()
        for move in moves:
            if uom.compare(self._sum_reserved(move), move.allocated_quantity):
                raise UserError(
                    self.env._(
                        'Of "%(product)s", %(share)s could not be reserved for %(order)s: is it kept in another place,'
                        ' or only in whole packages?',
                        product=self.product_id.display_name,
                        share=self._format_quantity(move.allocated_quantity),
                        order=move.sale_line_id.order_id.name,
                    )
                )

    # ----------------------------------------------------------------- Closing

    def _close(self, reason=False):
        """End it: its deliveries reserve as ever from now on."""
        self.ensure_one()
        # Goods were handed out as approved; who delivers the last of them need not have any right here.
        self.sudo()._get_held_moves().write({'allocation_line_id': False, 'allocated_quantity': 0})
        self._move('closed', closed_date=fields.Datetime.now(), state_reason=reason)

    def _get_held_moves(self):
        """The deliveries that these allocations hold, in sudo."""
        return (
            self.env['stock.move']
            .sudo()
            .search([('allocation_line_id.allocation_id', 'in', self.ids), ('state', 'not in', ('done', 'cancel'))])
        )

    def _close_served(self):
        """Close those of which nothing waits to be delivered any more."""
        in_force = self.filtered(lambda allocation: allocation.state == 'approved')
        if not in_force:
            return
        waiting = in_force._get_held_moves().filtered('allocated_quantity').allocation_line_id.allocation_id
        for allocation in in_force - waiting:
            allocation._close(self.env._('All that was shared out has been delivered.'))

    @api.model
    def _follow_arrival(self, products, locations):
        """Goods have arrived at ``locations``: nobody is short any more, or somebody should share again."""
        # What is in force is followed up whoever receives the goods.
        in_force = self.sudo().search(
            [
                ('state', '=', 'approved'),
                ('product_id', 'in', products.ids),
                ('warehouse_id', 'in', locations.warehouse_id.ids),
            ]
        )
        for allocation in in_force:
            home = allocation._get_home()
            if not any(place._child_of(home) for place in locations):
                continue  # Not on the shelves yet.
            allocation._follow_stock(self.env._('Enough has arrived for all.'))

    def _ask_to_share_again(self, summary, note):
        """Give whoever asked a to-do, once."""
        self.ensure_one()
        if self.activity_search(['mail.mail_activity_data_todo'], user_id=self.requester_id.id):
            return
        self.activity_schedule(
            'mail.mail_activity_data_todo',
            summary=summary,
            note=Markup('<p>%s</p>') % note,
            user_id=self.requester_id.id,
        )

    @api.model
    def _list_orders(self, orders):
        """A list of ``(order, text)`` with links, for a message."""
        items = Markup().join(Markup('<li>%s: %s</li>') % (order._get_html_link(), text) for order, text in orders)
        return Markup('<ul>%s</ul>') % items
