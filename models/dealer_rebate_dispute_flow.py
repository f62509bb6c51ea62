from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError


class DealerRebateDispute(models.Model):
    """The way of a dispute: open → accepted or refused, either with an answer that the dealer gets."""

    _inherit = 'dealer.rebate.dispute'

    def action_accept(self, note=None):
        """Agree with the dealer.

        :param str note: required, how it is put right; told to the dealer
        :raise AccessError: for who does not look after the dealer
        :raise UserError: without a note, for what one has written oneself, or for what was refused
        """
        return self._decide('accepted', note)

    def action_refuse(self, reason=None):
        """Disagree with the dealer.

        :param str reason: required, told to the dealer
        :raise AccessError: for who does not look after the dealer
        :raise UserError: without a reason, for what one has written oneself, or for what was accepted
        """
        return self._decide('refused', reason)

    def _decide(self, state, answer):
        self._check_reason(answer)
        self._check_may_decide()
        disputes = self._filter_step(state, ('open',))
        if not disputes:
            return True
        disputes._move(state, approver_id=self.env.uid, answer=answer.strip(), decided_date=fields.Datetime.now())
        # The to-dos may be another's.
        disputes.sudo().activity_feedback(['mail.mail_activity_data_todo'], feedback=answer)
        disputes._tell_dealer()
        return True

    def _check_may_decide(self):
        """Whoever looks after the dealer answers it, but nobody what they have written down themselves."""
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_staff_own'):
            raise AccessError(self.env._('Whoever looks after the dealer answers its disputes.'))
        self.check_access('write')
        self._check_not_requester()

    def _describe_impossible_step(self, state_name):
        self.ensure_one()
        return self.env._('The dispute %(number)s is answered already: %(state)s.', number=self.name, state=state_name)

    # ---------------------------------------------------------------- Telling

    def _ask_for_answer(self):
        """Put the disputes on the list of whoever looks after the dealer, or else of the channel managers."""
        # The dealer's people write in the portal, without any right of their own here.
        for dispute in self.sudo():
            manager = dispute.dealer_id.channel_account_manager_id
            # What the dealer wrote is text, not markup.
            note = Markup('<p>%s</p>') % dispute.reason
            for user in manager or dispute.company_id._get_dealer_approvers():
                dispute.activity_schedule(
                    'mail.mail_activity_data_todo',
                    summary=self.env._(
                        '%(dealer)s disputes %(document)s in its rebate',
                        dealer=dispute.dealer_id.name,
                        document=dispute.document,
                    ),
                    note=note,
                    user_id=user.id,
                )

    def _tell_dealer(self):
        """Mail the answer to the contact who asked, or else to the dealer."""
        for dispute in self.sudo():
            recipient = dispute.requester_id.partner_id if dispute.requester_id.share else dispute.dealer_id
            dispute.with_context(lang=recipient.lang).message_post(
                body=dispute.with_context(lang=recipient.lang)._prepare_answer_body(),
                partner_ids=recipient.ids,
                subtype_xmlid='mail.mt_comment',
            )

    def _prepare_answer_body(self):
        """The mail's text: the answer, and the way to the statement."""
        self.ensure_one()
        states = dict(self._fields['state']._description_selection(self.env))
        head = self.env._(
            'Your dispute %(number)s about %(document)s: %(answer)s',
            number=self.name,
            document=self.document,
            answer=states[self.state],
        )
        link = Markup('<a href="%s">%s</a>') % (
            f'{self.get_base_url()}{self.payout_id.access_url}?computation={self.computation_id.id}',
            self.env._('Open the statement'),
        )
        return Markup('<p>%s</p><p>%s</p><p>%s</p>') % (head, self.answer, link)

    # ---------------------------------------------------------------- Showing

    @api.model
    def _prepare_list_action(self, domain):
        """The action that lists the disputes of ``domain``."""
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_dispute_action')
        return {**action, 'domain': domain, 'context': {}}
