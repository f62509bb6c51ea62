from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError

from .dealer_allocation import EDITABLE_STATES


class DealerAllocation(models.Model):
    """The way of an allocation: draft → submitted → in force → closed; or refused, or cancelled."""

    _inherit = 'dealer.allocation'

    # ----------------------------------------------------------------- Asking

    def action_compute(self):
        """Find the open orders and the stock as they are now, and share anew.

        Whoever may decide can do so with what was submitted as well: the rule shares, not the one
        who decides, and what was set by hand stays as it was asked for.
        """
        self.check_access('write')
        submitted = self.filtered(lambda allocation: allocation.state == 'submitted')
        (self - submitted)._check_editable()
        if submitted:
            submitted._check_may_decide()
        self._refresh_claims()
        for allocation in submitted:
            allocation._message_log(body=self.env._('Computed again from the open orders and the stock.'))
        return True

    def action_submit(self):
        """Hand the drafts in; the approvers are asked."""
        for allocation in self._filter_step('submitted', EDITABLE_STATES):
            allocation.check_access('write')
            allocation._check_corrections()
            allocation._check_something_shared()
            allocation._move('submitted', requester_id=self.env.uid, state_reason=False)
            allocation._ask_approvers(
                self.env._('Approve the allocation'),
                self.env._(
                    '%(user)s asks to share out %(shared)s of "%(product)s" among %(count)s orders that ask for'
                    ' %(claimed)s.',
                    user=self.env.user.name,
                    shared=allocation._format_quantity(allocation.allocated_quantity),
                    product=allocation.product_id.display_name,
                    count=len(allocation.sudo().line_ids.order_id),
                    claimed=allocation._format_quantity(allocation.claimed_quantity),
                ),
            )
        return True

    def action_withdraw(self):
        """Take back what was submitted and is not decided, to change it."""
        for allocation in self._filter_step('draft', {'submitted', 'refused'}):
            if allocation.requester_id != self.env.user:
                allocation._check_manager()
            allocation.check_access('write')
            allocation._move('draft', requester_id=False, state_reason=False)
            allocation._drop_approval()
        return True

    def action_cancel(self):
        """Drop what is not in force, for good."""
        for allocation in self._filter_step('cancelled', EDITABLE_STATES | {'submitted'}):
            if allocation.state == 'submitted' and allocation.requester_id != self.env.user:
                allocation._check_manager()
            allocation.check_access('write')
            allocation._move('cancelled')
            allocation._drop_approval()
        return True

    # --------------------------------------------------------------- Deciding

    def action_approve(self):
        """Put the shares into force: every delivery gets exactly its share reserved.

        :raise AccessError: for anyone but a channel manager
        :raise UserError: for one's own request; if orders or stock have changed since it was computed; if
            another allocation of the product is in force
        """
        allocations = self._filter_step('approved', {'submitted'}, {'closed'})
        allocations._check_may_decide()
        for allocation in allocations:
            allocation._check_none_in_force()
            moves = allocation._get_claiming_moves()
            if changes := allocation._describe_changes(moves):
                raise UserError(
                    self.env._(
                        'Things have changed since %(allocation)s was computed. %(changes)s Press "Compute", look at'
                        ' the shares, and approve it then.',
                        allocation=allocation.name,
                        changes=changes,
                    )
                )
            allocation._check_something_shared()
            allocation._move('approved', approver_id=self.env.uid, approved_date=fields.Datetime.now())
            # The database has the last word on whether it is the only one, before any stock is touched.
            allocation.flush_recordset(['state'])
            allocation._reserve_shares(moves)
            allocation._close_approval(self.env._('Approved'))
            allocation._tell_orders()
        return True

    def action_refuse(self, reason=None):
        """Refuse what was submitted.

        :param str reason: required, told to whoever asked
        """
        allocations = self._filter_step('refused', {'submitted'})
        allocations._check_may_decide()
        self._check_reason(reason)
        for allocation in allocations:
            allocation._move('refused', state_reason=reason)
            allocation._close_approval(reason)
            allocation._tell_requester(self.env._('Allocation refused'), reason)
        return True

    def action_close(self):
        """End allocations in force: what is reserved stays so, what is free Odoo hands out as ever.

        :raise AccessError: for anyone but a channel manager
        """
        allocations = self._filter_step('closed', {'approved'})
        allocations._check_manager()
        for allocation in allocations:
            allocation._close()
        return True

    # ------------------------------------------------------------------ Guards

    def _describe_impossible_step(self, state):
        return self.env._(
            'The allocation %(allocation)s is in the state "%(state)s": this step is not possible from there.',
            allocation=self.name,
            state=state,
        )

    def _check_something_shared(self):
        for allocation in self:
            if not allocation.allocated_quantity:
                raise UserError(
                    self.env._(
                        'The allocation %(allocation)s shares nothing out: no open order asks for "%(product)s", or'
                        ' there is none of it. Press "Compute" once that has changed.',
                        allocation=allocation.name,
                        product=allocation.product_id.display_name,
                    )
                )

    def _check_none_in_force(self):
        self.ensure_one()
        # The one in force counts, whoever may read it.
        other = self.sudo().search(
            [
                ('warehouse_id', '=', self.warehouse_id.id),
                ('product_id', '=', self.product_id.id),
                ('state', '=', 'approved'),
                ('id', '!=', self.id),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    'The allocation %(other)s of "%(product)s" is in force in this warehouse: close it first.',
                    other=other.name,
                    product=self.product_id.display_name,
                )
            )

    # ------------------------------------------------------------------ Moving

    def _drop_approval(self):
        self.sudo().activity_unlink(['dealer_management.mail_activity_type_approval'])

    # ------------------------------------------------------------------ Telling

    def _tell_orders(self):
        """Write the shares into the chatter of each order, and tell the salespeople which are theirs."""
        self.ensure_one()
        # The orders are told, and their salespeople, whoever shares the product out.
        lines = self.sudo().line_ids.filtered('order_id')
        bodies = {}
        of_salesperson = defaultdict(list)
        for order, order_lines in lines.grouped('order_id').items():
            told = self.env._(
                '%(allocation)s: %(share)s of %(open)s %(unit)s of %(product)s are reserved for this order. %(reason)s.',
                allocation=self.name,
                share=self._format_quantity(sum(order_lines.mapped('allocated_quantity'))),
                open=self._format_quantity(sum(order_lines.mapped('open_quantity'))),
                unit=self.product_uom_id.name,
                product=self.product_id.display_name,
                reason='; '.join(order_lines.mapped('explanation')),
            )
            bodies[order.id] = told
            of_salesperson[order.user_id].append((order, told))
        lines.order_id._message_log_batch(bodies)
        for salesperson, orders in of_salesperson.items():
            if salesperson and salesperson != self.env.user:
                self.sudo().message_notify(
                    partner_ids=salesperson.partner_id.ids,
                    subject=self.env._('%s has been shared out', self.product_id.display_name),
                    body=self._list_orders(orders),
                )
