from odoo import fields, models
from odoo.exceptions import UserError


class DealerPriceDeviation(models.Model):
    """The way of a deviation: reported → confirmed → settled, or dismissed."""

    _inherit = 'dealer.price.deviation'

    def _alert(self):
        """Put deviations beyond the tolerance on the list of whoever looks after the dealer, once each."""
        for deviation in self.filtered(lambda found: found.is_beyond_tolerance and not found.alert_date):
            # The dealer may be another's; the alert is for whoever looks after it.
            manager = deviation.sudo().dealer_id.channel_account_manager_id
            # Who has just reported it knows of it.
            told = manager - self.env.user or deviation.company_id._get_dealer_approvers()
            for user in told:
                deviation.sudo().activity_schedule(
                    'mail.mail_activity_data_todo',
                    summary=self.env._('Price deviation: %s', deviation.product_id.display_name),
                    note=self.env._(
                        '%(dealer)s sells at %(seen)s instead of the suggested %(suggested)s (%(percent)s %%).',
                        dealer=deviation.sudo().dealer_id.display_name,
                        seen=deviation.currency_id.format(deviation.price_seen),
                        suggested=deviation.currency_id.format(deviation.suggested_price),
                        percent=f'{deviation.deviation:+.1f}',
                    ),
                    user_id=user.id,
                )
            deviation.sudo().alert_date = fields.Datetime.now()

    def action_confirm(self, answer=None):
        """Confirm that the dealer sold at that price.

        :param str answer: optional, told to whoever reported it
        :raise AccessError: for anyone but a channel manager
        :raise UserError: for one's own report
        """
        return self._decide('confirmed', answer)

    def action_dismiss(self, reason=None):
        """Dismiss the report: it was another price, another seller, or with consent.

        :param str reason: required, told to whoever reported it
        """
        self._check_reason(reason)
        return self._decide('dismissed', reason)

    def action_settle(self, reason=None):
        """Settle what was confirmed: the price was put right, or something was agreed.

        :param str reason: required, how it was settled
        :raise AccessError: for anyone but a channel manager
        """
        self._check_reason(reason)
        self._check_manager()
        deviations = self.filtered(lambda deviation: deviation.state != 'settled')
        for deviation in deviations:
            if deviation.state != 'confirmed':
                raise UserError(self.env._('Only a confirmed deviation can be settled, not %s.', deviation.name))
        for company, settled in deviations.grouped('company_id').items():
            # Settled here alone: nobody has the right to write it by hand.
            settled.sudo().write({'state': 'settled', 'settlement': reason, 'settled_date': company._get_dealer_date()})
        deviations.sudo().activity_feedback(['mail.mail_activity_data_todo'], feedback=reason)
        return True

    def _decide(self, state, answer):
        self._check_note(answer)
        deviations = self.filtered(lambda deviation: deviation.state != state)
        deviations._check_may_decide()
        for deviation in deviations:
            if deviation.state != 'reported':
                raise UserError(self.env._('The deviation %s is not waiting for a decision.', deviation.name))
        # Decided here alone: nobody has the right to write the answer by hand.
        deviations.sudo().write(
            {'state': state, 'approver_id': self.env.uid, 'answer': answer, 'decided_date': fields.Datetime.now()}
        )
        answers = dict(self._fields['state']._description_selection(self.env))
        if state == 'dismissed':
            deviations.sudo().activity_feedback(['mail.mail_activity_data_todo'], feedback=answer)
        for deviation in deviations:
            deviation._tell_requester(
                self.env._('%(name)s: %(answer)s', name=deviation.name, answer=answers[state]), answer
            )
        return True
