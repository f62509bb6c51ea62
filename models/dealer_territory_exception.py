from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .dealer_authorization_coverage import TERRITORY_VERDICTS


class DealerTerritoryException(models.Model):
    """A request to let an order go where it may not go, and the answer.

    What is approved stands on the lines: so many of a product, to this territory, against this
    grant. More of it, or another territory, asks for another approval.
    """

    _name = 'dealer.territory.exception'
    _description = 'Exception for an Order outside the Authorization'
    _inherit = ['dealer.approval.mixin']
    _order = 'id desc'
    _rec_name = 'order_id'

    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='cascade')
    # Staff of the channel need not have a right on orders to find a request by the order's number.
    order_name = fields.Char(related='order_id.name', string='Order Number')
    company_id = fields.Many2one(related='order_id.company_id', store=True)
    partner_id = fields.Many2one(related='order_id.partner_id', string='Customer')
    dealer_id = fields.Many2one('res.partner', readonly=True, index='btree_not_null')
    partner_shipping_id = fields.Many2one('res.partner', 'Delivery Address', required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [('requested', 'Requested'), ('approved', 'Approved'), ('refused', 'Refused')],
        required=True,
        readonly=True,
        default='requested',
        index=True,
        tracking=True,
    )
    decision_note = fields.Char('Answer', readonly=True)
    decided_date = fields.Datetime('Decided on', readonly=True)
    line_ids = fields.One2many('dealer.territory.exception.line', 'exception_id', 'Goods', readonly=True)

    _decided_by_somebody = models.Constraint(
        "CHECK (state = 'requested' OR approver_id IS NOT NULL)", 'Somebody has decided on what is decided.'
    )

    @api.model
    def _request(self, order, lines, verdicts, reason, address):
        """Write the request for ``lines`` down and ask the approvers; made by this step alone."""
        buyers = order._get_buying_dealers()
        request = self.sudo().create(
            {
                'order_id': order.id,
                'dealer_id': buyers[:1].id,
                'partner_shipping_id': (address or order.partner_shipping_id).id,
                'reason': reason,
                'requester_id': self.env.uid,
                # Said, not left to defaults: anybody may set defaults of their own.
                'state': 'requested',
                'approver_id': False,
                'decision_note': False,
                'decided_date': False,
                'line_ids': [
                    fields.Command.create(
                        {
                            'sale_line_id': line.id,
                            'product_id': line.product_id.id,
                            'product_uom_id': line.product_uom_id.id,
                            'quantity': line.product_uom_qty,
                            'verdict': verdicts[line].territory_verdict,
                            'territory_id': verdicts[line].territory_id,
                            'authorization_id': verdicts[line].authorization_id,
                        }
                    )
                    for line in lines
                ],
            }
        )
        request._ask_approvers(
            self.env._('Decide on the order %s', order.name),
            self.env._('%(user)s asks for an exception: %(reason)s', user=self.env.user.name, reason=reason),
        )
        return request.with_env(self.env)

    @api.model
    def _filter_not_approved(self, lines, verdicts, address=None):
        """The ``lines`` that no approval covers as they are, by one query.

        :param address: where they go; their orders' delivery addresses unless given
        """
        # An approval holds, whoever may read it.
        approved = (
            self.env['dealer.territory.exception.line']
            .sudo()
            .search([('sale_line_id', 'in', lines.ids), ('exception_id.state', '=', 'approved')])
        )
        return lines.filtered(
            lambda line: (
                not approved.filtered(
                    lambda allowed: (
                        allowed.sale_line_id == line.sudo()._origin
                        and allowed._covers(line.sudo(), verdicts[line], address)
                    )
                )
            )
        )

    def write(self, vals):
        """An approval is what was asked and answered: only the chatter and to-dos of it go on."""
        if not self.env.su and not vals.keys().isdisjoint(self._get_settled_fields()):
            raise AccessError(self.env._('A request is made and decided by its steps, not by writing it.'))
        return super().write(vals)

    @api.model
    def _get_settled_fields(self):
        """What was asked and answered."""
        return frozenset(
            {
                'order_id',
                'dealer_id',
                'partner_shipping_id',
                'reason',
                'line_ids',
                'requester_id',
                'state',
                'approver_id',
                'decision_note',
                'decided_date',
            }
        )

    def action_approve(self, note=None):
        """Let the orders go where they go.

        :param str note: optional, told to whoever asked
        :raise AccessError: for anyone but a channel manager
        :raise UserError: for one's own request
        """
        return self._decide('approved', note)

    def action_refuse(self, reason=None):
        """Refuse the exception.

        :param str reason: required, told to whoever asked
        """
        self._check_reason(reason)
        return self._decide('refused', reason)

    def _decide(self, state, note):
        self._check_note(note)
        requests = self.filtered(lambda request: request.state != state)
        requests._check_may_decide()
        for request in requests:
            if request.state != 'requested':
                raise UserError(self.env._('The request for %s has been decided already.', request.order_id.name))
        # Decided here alone: nobody has the right to write the answer by hand.
        requests.sudo().write(
            {
                'state': state,
                'approver_id': self.env.uid,
                'decision_note': note,
                'decided_date': fields.Datetime.now(),
            }
        )
        answers = dict(self._fields['state']._description_selection(self.env))
        for request in requests:
            request._close_approval(note or answers[state])
            order = request.sudo().order_id
            order.message_post(
                body=self.env._(
                    'Exception %(answer)s by %(user)s. %(note)s',
                    answer=answers[state],
                    user=self.env.user.name,
                    note=note or '',
                )
            )
            request._tell_requester(self.env._('%(order)s: %(answer)s', order=order.name, answer=answers[state]), note)
        return True


class DealerTerritoryExceptionLine(models.Model):
    """Goods of an order that go where they may not go: what exactly was asked for."""

    _name = 'dealer.territory.exception.line'
    _description = 'Goods of a Territory Exception'

    exception_id = fields.Many2one('dealer.territory.exception', required=True, index=True, ondelete='cascade')
    sale_line_id = fields.Many2one('sale.order.line', index='btree_not_null', ondelete='set null')
    product_id = fields.Many2one('product.product', required=True, ondelete='restrict')
    quantity = fields.Float(digits='Product Unit', required=True)
    product_uom_id = fields.Many2one('uom.uom', 'Unit', required=True, ondelete='restrict')
    verdict = fields.Selection(TERRITORY_VERDICTS, required=True)
    territory_id = fields.Many2one('dealer.territory', ondelete='restrict')
    authorization_id = fields.Many2one('dealer.authorization', 'Held by', ondelete='restrict')

    def _covers(self, line, verdict, address=None):
        """Whether what was approved is at least what ``line`` moves, for the same buyer, to the same place
        against the same grant."""
        self.ensure_one()
        request, order = self.exception_id, line.order_id
        # Places outside every territory have only their address in common with themselves.
        same_place = self.territory_id or request.partner_shipping_id == (address or order.partner_shipping_id).sudo()
        return (
            self.product_id == line.product_id
            and request.dealer_id == order._get_buying_dealers()[:1]
            and bool(same_place)
            and (self.territory_id.id, self.authorization_id.id) == (verdict.territory_id, verdict.authorization_id)
            and self.product_uom_id.compare(
                self.quantity,
                line.product_uom_id._compute_quantity(
                    max(line.product_uom_qty, line.qty_delivered), self.product_uom_id, round=False
                ),
            )
            >= 0
        )
