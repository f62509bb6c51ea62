import logging

from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from .dealer_rebate_program_card import Card

_logger = logging.getLogger(__name__)

TO_MEND = 'dealer_management.mail_activity_type_rebate_to_mend'


class DealerRebateProgram(models.Model):
    """One program that cannot be worked out keeps no dealer from all others: a channel manager is asked to mend it."""

    _inherit = 'dealer.rebate.program'

    def _get_shown_card(self, dealer):
        """Where the dealer stands today, or a card that says that this cannot be worked out.

        :rtype: dealer_rebate_program_card.Card
        """
        self.ensure_one()
        try:
            return self._get_dealer_card(dealer)
        except UserError as error:
            period = self._get_period(self.company_id._get_dealer_date())
            takes_part = bool(period and self._find_dealers(period, dealer))
            if takes_part:
                _logger.info('The rebates of program %s cannot be worked out: %s', self.id, error)
                self._ask_to_mend(dealer, error)
            return Card(self, None, is_broken=takes_part)

    def _ask_to_mend(self, dealer, error):
        """Give a channel manager a to-do, unless somebody has it already."""
        # A dealer's page finds it out; what is asked for concerns the managers alone.
        program = self.sudo()
        approver = program.company_id._get_dealer_approvers()[:1]
        if not approver or program.activity_search([TO_MEND]):
            return
        told = program.with_context(lang=approver.lang)
        program.activity_schedule(
            TO_MEND,
            summary=told.env._('Mend the rebate program %s', told.title),
            note=Markup('<p>%s</p>')
            % told.env._(
                'What %(dealer)s has earned cannot be worked out, and is not shown to it: %(problem)s',
                dealer=dealer.name,
                problem=str(error),
            ),
            user_id=approver.id,
        )
