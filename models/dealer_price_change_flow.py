from odoo import fields, models
from odoo.exceptions import UserError


class DealerPriceChange(models.Model):
    """The way of a price change: draft → submitted → approved → in force; or refused, or cancelled."""

    _inherit = 'dealer.price.change'

    def action_submit(self):
        """Hand the changes in: the new lists stand still, and the approvers are asked.

        :raise UserError: without a new list, for a day that is not in the future, or if nothing changes
        """
        for change in self.filtered(lambda change: change.state != 'submitted'):
            change._check_draft()
            change.check_access('write')
            change._check_can_be_asked()
            change._refresh_preview()
            if not change.product_count:
                raise UserError(
                    self.env._('The price change %s changes no price: edit the rules of its new list.', change.name)
                )
            # Whoever asks cannot write the step by hand.
            change.sudo().write({'state': 'submitted', 'requester_id': self.env.uid})
            change._ask_approvers(
                self.env._('Decide on the price change %s', change.name),
                self.env._(
                    '%(user)s asks for new prices from %(day)s on: %(products)s products, %(dealers)s dealers,'
                    ' %(effect)s in a year.',
                    user=self.env.user.name,
                    day=change.date_start,
                    products=change.product_count,
                    dealers=change.dealer_count,
                    effect=change.company_currency_id.format(change.effect),
                ),
            )
        return True

    def action_approve(self, note=None):
        """Approve the changes: the new lists take effect by their first days, and the dealers are told.

        :param str note: optional, told to whoever asked
        :raise AccessError: for anyone but a channel manager
        :raise UserError: for one's own request, or if the first day has come
        """
        changes = self.filtered(lambda change: change.state not in ('approved', 'in_force'))
        changes._check_may_decide()
        changes._check_submitted()
        for change in changes:
            change._check_can_be_asked()
            # Those who are told are those who are touched today.
            change._refresh_preview()
        changes._decide('approved', note)
        # Made active here alone: until today, nobody could.
        changes.sudo().new_pricelist_id.active = True
        changes._trigger_announcements()
        return True

    def action_refuse(self, reason=None):
        """Refuse the changes.

        :param str reason: required, told to whoever asked
        """
        self._check_reason(reason)
        changes = self.filtered(lambda change: change.state != 'refused')
        changes._check_may_decide()
        changes._check_submitted()
        return changes._decide('refused', reason)

    def action_draft(self):
        """Take changes back that were not approved, to change them."""
        changes = self.filtered(lambda change: change.state != 'draft')
        changes.check_access('write')
        for change in changes:
            if change.state not in ('submitted', 'refused'):
                raise UserError(self.env._('The price change %s has been decided already.', change.name))
        changes._close_approval(self.env._('Taken back'))
        changes.sudo().write(
            {
                'state': 'draft',
                'requester_id': self.env.uid,
                'approver_id': False,
                'decision_note': False,
                'decided_date': False,
            }
        )
        return True

    def action_cancel(self):
        """End changes before they begin: dealers that were told are told that the old prices go on.

        :raise AccessError: for an approved change, for anyone but a channel manager
        :raise UserError: from the first day on
        """
        changes = self.filtered(lambda change: change.state != 'cancelled')
        changes.check_access('write')
        approved = changes.filtered(lambda change: change.state in ('approved', 'in_force'))
        if approved:
            approved._check_manager()
        for change in approved:
            if change._has_begun():
                raise UserError(
                    self.env._(
                        'The price change %(change)s has begun on %(day)s: change the prices by another one.',
                        change=change.name,
                        day=change.date_start,
                    )
                )
        changes.sudo().write({'state': 'cancelled'})
        approved.sudo().new_pricelist_id.active = False
        changes._close_approval(self.env._('Cancelled'))
        for change in approved:
            change._tell_requester(self.env._('%s was cancelled', change.name), False)
        approved._trigger_announcements()
        return True

    # ----------------------------------------------------------------- Checks

    def _check_can_be_asked(self):
        """Check that the change can take effect by its day.

        :raise UserError: with what is wrong
        """
        self.ensure_one()
        self._check_prepared()
        if self._has_begun():
            raise UserError(
                self.env._(
                    'The first day of the price change %(change)s is %(day)s: it has to lie in the future.',
                    change=self.name,
                    day=self.date_start,
                )
            )
        # Another list may be out of the sight of whoever asks; its effect is not.
        old = self.sudo().pricelist_id
        earlier = old.replaced_by_ids.filtered(
            lambda other: other.active and other != self.sudo().new_pricelist_id and other.date_start <= self.date_start
        )
        if earlier:
            raise UserError(
                self.env._(
                    '"%(other)s" takes the place of "%(list)s" on %(day)s already: change the prices of that list.',
                    other=earlier[0].name,
                    list=old.name,
                    day=earlier[0].date_start,
                )
            )

    def _check_submitted(self):
        for change in self:
            if change.state != 'submitted':
                raise UserError(self.env._('The price change %s is not waiting for a decision.', change.name))

    def _decide(self, state, note):
        self._check_note(note)
        # Decided here alone: nobody has the right to write the answer by hand.
        self.sudo().write(
            {
                'state': state,
                'approver_id': self.env.uid,
                'decision_note': note,
                'decided_date': fields.Datetime.now(),
            }
        )
        answers = dict(self._fields['state']._description_selection(self.env))
        for change in self:
            change._close_approval(note or answers[state])
            change._tell_requester(self.env._('%(name)s: %(answer)s', name=change.name, answer=answers[state]), note)
        return True
