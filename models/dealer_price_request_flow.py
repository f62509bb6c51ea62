from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class DealerPriceRequest(models.Model):
    """The steps of a special price: submitted, approved or refused, closed."""

    _inherit = 'dealer.price.request'

    def action_submit(self):
        """Ask for the price: the people whose limits are deep enough are told.

        :raise UserError: if nothing is asked for, or for days that are over, or after the dealer's end
        """
        for request in self.filtered(lambda request: request.state != 'requested'):
            if request.state != 'draft':
                raise UserError(self.env._('The special price %s has been decided already.', request.name))
            # Through the rules of who may write which dealer's.
            request.check_access('write')
            request.line_ids._remember_list_price()
            request._check_can_be_asked()
            # Whoever asks cannot write the step by hand.
            request.sudo().write({'state': 'requested', 'requester_id': self.env.uid})
            request._ask_approvers(
                self.env._('Decide on the special price %s', request.name),
                self.env._(
                    '%(user)s asks for up to %(depth)s %% off for %(dealer)s: %(reason)s',
                    user=self.env.user.name,
                    depth=f'{request.discount_depth:.2f}',
                    dealer=request.sudo().dealer_id.display_name,
                    reason=request.reason,
                ),
            )
        return True

    def action_approve(self, note=None):
        """Grant the price: from now on orders use it.

        :param str note: optional, told to whoever asked
        :raise AccessError: for anyone whose limit is not deep enough
        :raise UserError: for one's own request
        """
        requests = self.filtered(lambda request: request.state != 'approved')
        requests._check_may_decide()
        for request in requests:
            # The list may have changed since: who decides, decides on today's discount.
            depth = request.discount_depth
            request.line_ids._remember_list_price()
            if request.discount_depth > depth:
                requests._check_may_decide()
            request._check_can_be_asked()
            request._check_floor_can_be_passed()
        return requests._decide('approved', note)

    def action_refuse(self, reason=None):
        """Refuse the price.

        :param str reason: required, told to whoever asked
        """
        self._check_reason(reason)
        requests = self.filtered(lambda request: request.state != 'refused')
        requests._check_may_decide()
        return requests._decide('refused', reason)

    def action_close(self, reason=None):
        """End an approved price today: confirmed orders keep it, no other gets it.

        :param str reason: required, told to whoever asked
        """
        self._check_reason(reason)
        self._check_manager()
        requests = self.filtered(lambda request: request.state != 'closed')
        for request in requests:
            if request.state != 'approved':
                raise UserError(self.env._('Only an approved special price can be closed, not %s.', request.name))
        requests.sudo().write({'state': 'closed', 'decision_note': reason})
        for request in requests:
            request._tell_requester(self.env._('%s was closed', request.name), reason)
        return True

    def action_cancel(self):
        """Take back what was asked for, as long as nobody has decided."""
        requests = self.filtered(lambda request: request.state != 'cancelled')
        requests.check_access('write')
        for request in requests:
            if request.state not in ('draft', 'requested'):
                raise UserError(self.env._('The special price %s has been decided already.', request.name))
        requests.sudo().write({'state': 'cancelled'})
        requests._close_approval(self.env._('Taken back'))
        return True

    def action_draft(self):
        """Take a request back to be changed, as long as nobody has decided."""
        requests = self.filtered(lambda request: request.state != 'draft')
        requests.check_access('write')
        for request in requests:
            if request.state not in ('requested', 'cancelled'):
                raise UserError(self.env._('The special price %s has been decided already.', request.name))
        requests._close_approval(self.env._('Taken back'))
        requests.sudo().write({'state': 'draft', 'requester_id': self.env.uid})
        return True

    def action_view_orders(self):
        """Open the orders that use these special prices."""
        self.check_access('read')
        orders = self.env['sale.order.line'].search([('price_request_id', 'in', self.ids)]).order_id
        return orders._get_records_action(name=self.env._('Orders'))

    # ----------------------------------------------------------------- Checks

    def _check_can_be_asked(self):
        """Check that what is asked for can be.

        :raise UserError: with what is wrong
        """
        self.ensure_one()
        today = self.company_id._get_dealer_date()
        # The dealer may be out of the sight of whoever decides; its end is not.
        dealer = self.sudo().dealer_id
        if not self.line_ids:
            raise UserError(self.env._('Please say for which products the special price %s is.', self.name))
        if self.date_to < today:
            raise UserError(
                self.env._('The special price %(name)s ends on %(day)s, in the past.', name=self.name, day=self.date_to)
            )
        if message := dealer._get_dealer_block_message():
            raise UserError(message)
        last_day = dealer._get_last_price_day(self.company_id)
        if last_day and self.date_to > last_day:
            raise UserError(
                self.env._(
                    'The agreement with "%(dealer)s" ends on %(end)s: a special price cannot go on until %(day)s.',
                    dealer=dealer.display_name,
                    end=last_day,
                    day=self.date_to,
                )
            )
        for line in self.line_ids:
            if line.discount <= 0:
                raise UserError(
                    self.env._(
                        'The special price of %(product)s is not below its list price %(price)s: no approval is needed.',
                        product=line.product_id.display_name,
                        price=self.currency_id.format(line.list_price),
                    )
                )

    def _check_floor_can_be_passed(self):
        """Where the company lets nothing go below the floor, nobody approves it either."""
        self.ensure_one()
        if self.company_id.root_id.dealer_floor_policy == 'block' and self.is_below_floor:
            line = self.line_ids.filtered('is_below_floor')[0]
            raise UserError(
                self.env._(
                    'The floor price of %(product)s is %(floor)s: the company lets nothing be sold below it.',
                    product=line.product_id.display_name,
                    floor=self.currency_id.format(line.floor_price),
                )
            )

    def _check_may_decide(self):
        """Whoever has a limit that is deep enough decides; without limits, every channel manager.

        :raise AccessError: for anyone else
        :raise UserError: for one's own request
        """
        by_limit = self.filtered(lambda request: request._get_limit_approvers() is not None)
        if not self.env.su:
            by_limit.check_access('write')
        for request in by_limit:
            if not self.env.su and not request._is_approver(self.env.user):
                raise AccessError(
                    self.env._(
                        'A discount of %(depth)s %% is not for you to decide on: %(who)s.',
                        depth=f'{request.discount_depth:.2f}',
                        who=request._describe_approvers(),
                    )
                )
            request._check_not_requester()
        others = self - by_limit
        return super(DealerPriceRequest, others)._check_may_decide() if others else None

    def _check_not_requester(self):
        """Neither who asks decides, nor who wrote down what is asked for."""
        for request in self:
            if request.create_uid == self.env.user and not self.env.su:
                raise UserError(
                    self.env._('You wrote "%s" yourself: somebody else has to decide on it.', request.display_name)
                )
        return super()._check_not_requester()

    def _get_limit_approvers(self):
        self.ensure_one()
        return self.env['dealer.price.limit']._get_approvers(self.company_id, self.discount_depth)

    def _is_approver(self, user):
        approvers = self._get_limit_approvers()
        if approvers is None:
            return user.has_group('dealer_management.group_dealer_manager')
        return user in approvers

    @api.model
    def _is_told_to_staff(self):
        return self.env['sale.order']._is_told_to_staff()

    def _describe_approvers(self):
        approvers = self._get_limit_approvers()
        if approvers is None:
            return self.env._('channel managers decide')
        if not approvers:
            return self.env._('it is deeper than any limit')
        return self.env._('%s may', self.env._(', ').join(approvers.mapped('name')))

    # -------------------------------------------------------------- Decisions

    def _decide(self, state, note):
        self._check_note(note)
        for request in self:
            if request.state != 'requested':
                raise UserError(self.env._('The special price %s is not waiting for a decision.', request.name))
        # Decided here alone: nobody has the right to write the answer by hand.
        self.sudo().write(
            {
                'state': state,
                'approver_id': self.env.uid,
                'decision_note': note,
                'decided_date': fields.Datetime.now(),
            }
        )
        # The quotations that the prices were asked for have them now, if they stand there already.
        waiting = self.sudo().order_id.filtered(lambda order: order.state in ('draft', 'sent'))
        waiting.order_line._compute_price_request_line_id()
        answers = dict(self._fields['state']._description_selection(self.env))
        for request in self:
            request._close_approval(note or answers[state])
            request._tell_requester(self.env._('%(name)s: %(answer)s', name=request.name, answer=answers[state]), note)
        return True

    def _ask_approvers(self, summary, note):
        self.ensure_one()
        approvers = self._get_limit_approvers()
        if approvers is None:
            return super()._ask_approvers(summary, note)
        if not approvers and not self._is_told_to_staff():
            raise UserError(self.env._('This price cannot be granted. Please ask your channel account manager.'))
        if not approvers:
            raise UserError(
                self.env._(
                    'Nobody may approve %(depth)s %% off: the deepest limit is %(limit)s %%.',
                    depth=f'{self.discount_depth:.2f}',
                    limit=max(
                        self.env['dealer.price.limit']
                        .sudo()
                        .search([('company_id', '=', self.company_id.root_id.id)])
                        .mapped('discount_max')
                    ),
                )
            )
        return self._schedule_approval(approvers, summary, note)

    def _tell_requester(self, summary, note):
        """A dealer who asked in its portal gets a mail instead of a to-do."""
        in_portal = self.filtered(lambda request: request.requester_id.share)
        for request in in_portal:
            request.sudo().message_post(
                body=' '.join(filter(None, (summary, note))),
                partner_ids=request.requester_id.partner_id.ids,
                subtype_xmlid='mail.mt_comment',
            )
        return super(DealerPriceRequest, self - in_portal)._tell_requester(summary, note)
