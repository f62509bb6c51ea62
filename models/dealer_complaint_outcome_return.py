from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class DealerComplaintOutcome(models.Model):
    """A return: Odoo's own return of the delivery, or a receipt from the dealer where no delivery is known."""

    _inherit = 'dealer.complaint.outcome'

    def _check_return(self):
        self._check_goods()
        if not self._get_known_deliveries():
            return
        left = max((self._get_returnable(move) for move in self._find_delivered_moves()), default=0)
        unit = self.product_id.uom_id
        if unit.compare(self._get_quantity_in(unit), left) > 0:
            raise UserError(
                self.env._(
                    'Of %(product)s no more than %(left)s %(unit)s can come back by one delivery: see the transfers of'
                    ' the delivery. Please lower the quantity, or choose another delivery or lot.',
                    product=self.product_id.display_name,
                    left=f'{max(left, 0):.10g}',
                    unit=unit.name,
                )
            )

    def _make_return(self):
        # Odoo returns one delivery after the other.
        pickings = [
            outcome._return_delivery() if outcome._get_known_deliveries() else outcome._receive_from_dealer()
            for outcome in self
        ]
        self._set_documents(pickings)

    def _get_state_of_return(self):
        if self.picking_id.state == 'cancel':
            return 'cancelled'
        backorders = self.picking_id
        while backorders := backorders.backorder_ids:
            if any(picking.state not in ('done', 'cancel') for picking in backorders):
                return 'made'
        return 'done' if self.picking_id.state == 'done' else 'made'

    def _withdraw_return(self):
        self.picking_id.action_cancel()

    # -------------------------------------------------------- By the delivery

    def _get_known_deliveries(self):
        """The deliveries that the complaint, or the invoice line of this outcome, speaks of."""
        complaint = self.complaint_id
        sold = self.invoice_line_id.sale_line_ids or complaint.move_id.invoice_line_ids.sale_line_ids
        return complaint.picking_id or complaint.order_id.picking_ids or sold.order_id.picking_ids

    def _find_delivered_moves(self):
        """What those deliveries have brought of the goods, the latest first."""
        return (
            self._get_known_deliveries()
            .move_ids.filtered(
                lambda move: (
                    move.state == 'done'
                    and move.product_id == self.product_id
                    and move.location_dest_id.usage == 'customer'
                    and move.picking_id._can_return()
                )
            )
            .sorted('id', reverse=True)
        )

    def _get_returnable(self, move):
        """How much of a delivery can still come back, of the lot if one is named; in the product's own unit."""
        returns = move.returned_move_ids.filtered(lambda back: back.state != 'cancel')
        if not self.lot_id:
            return move.product_uom._compute_quantity(move.quantity, self.product_id.uom_id, round=False) - sum(
                returns.mapped('product_qty')
            )
        back = returns.filtered(lambda back: not back.move_line_ids)
        return (
            self._sum_lot(move.move_line_ids) - self._sum_lot(returns.move_line_ids) - sum(back.mapped('product_qty'))
        )

    def _sum_lot(self, move_lines):
        return sum(move_lines.filtered(lambda item: item.lot_id == self.lot_id).mapped('quantity_product_uom'))

    def _return_delivery(self):
        """Return the goods by Odoo's own return of their delivery.

        :return: the receipt
        """
        unit = self.product_id.uom_id
        wanted = self._get_quantity_in(unit)
        delivered = next(
            move for move in self._find_delivered_moves() if unit.compare(wanted, self._get_returnable(move)) <= 0
        )
        wizard = self.env['stock.return.picking'].create({'picking_id': delivered.picking_id.id})
        line = wizard.product_return_moves.filtered(lambda line: line.move_id == delivered)
        line.write({'quantity': self._get_quantity_in(delivered.product_uom), 'to_refund': self.reduces_order})
        picking = wizard._create_return()
        if reference := self._get_reference():
            picking.origin = self.env._(
                '%(complaint)s, return of %(delivery)s', complaint=reference, delivery=delivered.picking_id.name
            )
        self._name_lot(picking.move_ids)
        # Odoo lets go of what other returns of the delivery expect, with their lots.
        for other in (delivered.returned_move_ids - picking.move_ids).filtered(lambda back: not back.move_line_ids):
            other._action_assign()
            other.picking_id.complaint_outcome_ids._name_lot(other)
        return picking

    # ------------------------------------------------- Without a known delivery

    def _receive_from_dealer(self):
        """A receipt from the dealer, where nobody knows the delivery any more.

        :return: the receipt
        """
        warehouse = self._get_warehouse()
        kind = warehouse.out_type_id.return_picking_type_id or warehouse.in_type_id
        source = self.dealer_id.with_company(self.company_id).property_stock_customer
        picking = self.env['stock.picking'].create(
            {
                'picking_type_id': kind.id,
                'partner_id': self.dealer_id.id,
                'company_id': self.company_id.id,
                'location_id': source.id,
                'location_dest_id': kind.default_location_dest_id.id,
                'origin': self._get_reference(),
                'move_ids': [
                    Command.create(
                        {
                            'product_id': self.product_id.id,
                            'product_uom_qty': self.quantity,
                            'product_uom': self.product_uom_id.id,
                            'location_id': source.id,
                            'location_dest_id': kind.default_location_dest_id.id,
                            'company_id': self.company_id.id,
                            'partner_id': self.dealer_id.id,
                            'to_refund': False,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        self._name_lot(picking.move_ids)
        picking.message_post(
            body=self.env._('The delivery by which the goods went out is not known: this is a receipt of its own.'),
            subtype_xmlid='mail.mt_note',
        )
        return picking

    def _get_warehouse(self):
        """The warehouse that delivered, or the company's first.

        :raise UserError: for a company without one
        """
        complaint = self.complaint_id
        known = complaint.picking_id.picking_type_id.warehouse_id or complaint.order_id.warehouse_id
        warehouse = known or self.env['stock.warehouse'].search([('company_id', '=', self.company_id.id)], limit=1)
        if not warehouse:
            raise UserError(self.env._('%s has no warehouse: please create one first.', self.company_id.name))
        return warehouse

    def _name_lot(self, moves):
        """Expect the lot that the outcome names, and no other one of the delivery's."""
        open_moves = moves.filtered(lambda move: move.state not in ('done', 'cancel'))
        if not self.lot_id or open_moves.move_line_ids.lot_id == self.lot_id:
            return
        open_moves.move_line_ids.unlink()
        self.env['stock.move.line'].create(
            [
                {**move._prepare_move_line_vals(quantity=move.product_qty), 'lot_id': self.lot_id.id}
                for move in open_moves
            ]
        )
