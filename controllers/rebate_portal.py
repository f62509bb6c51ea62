import re
from decimal import Decimal

from odoo.fields import Domain
from odoo.http import request, route

from .portal import DealerPortal

# Statements that a program's card names; its page has them all.
CARD_STATEMENTS = 3
# A dealer who asks what more would bring does not sell more than this.
AMOUNT_MAX = Decimal(10) ** 12


class RebatePortal(DealerPortal):
    """A dealer's rebates: how far it is, what the next band is worth, what was settled."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if 'rebate_count' in counters:
            dealer = self._get_portal_dealer()
            values['rebate_count'] = (
                request.env['dealer.rebate.payout']
                .sudo()
                .search_count(request.env['dealer.rebate.payout']._get_shown_domain(dealer))
            )
        return values

    # Not read-only, nor is the page of a program: where one cannot be worked out, a channel manager gets a to-do.
    @route(['/my/rebates'], type='http', auth='user', website=True)
    def portal_my_rebates(self, **kw):
        dealer = self._get_portal_dealer()
        if not dealer:
            return request.redirect('/my')
        payouts = self._get_shown_payouts(dealer).grouped('program_id')
        cards = self._get_rebate_cards(dealer, payouts)
        return request.render(
            'dealer_management.portal_my_rebates',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'rebates',
                # What ends first comes first.
                'current_cards': sorted((card for card in cards if card.progress), key=lambda card: card.days_left),
                'broken_cards': [card for card in cards if card.is_broken],
                'former_cards': [card for card in cards if not card.progress and not card.is_broken],
                'payouts': payouts,
                'shown_statements': CARD_STATEMENTS,
            },
        )

    @route(['/my/rebates/<int:program_id>'], type='http', auth='user', website=True)
    def portal_my_rebate(self, program_id, amount='', **kw):
        dealer = self._get_portal_dealer()
        payouts = self._get_shown_payouts(dealer).filtered(lambda payout: payout.program_id.id == program_id)
        program = payouts.program_id or self._get_open_programs(dealer).filtered(lambda found: found.id == program_id)
        card = program and program._get_shown_card(dealer)
        # A program that is not for this dealer, or that does not exist, is answered alike.
        if not card or not (card.progress or card.is_broken or payouts):
            return request.redirect('/my/rebates')
        return request.render(
            'dealer_management.portal_my_rebate',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'rebate',
                'card': card,
                'program': program,
                'agreed': program._get_agreed(),
                'program_payouts': payouts,
                **self._prepare_what_if_values(card, self._clean_text(amount, 30)),
            },
        )

    # ------------------------------------------------------------------ Parts

    def _get_shown_payouts(self, dealer):
        """The statements that the user's own dealer may see, in sudo, the newest first."""
        # The dealer is the session's own: see ``_get_portal_dealer``.
        payouts = request.env['dealer.rebate.payout'].sudo()
        return payouts.search(payouts._get_shown_domain(dealer))

    def _get_open_programs(self, dealer):
        """The programs that are open in the dealer's company, in sudo, whether they are for this dealer or not."""
        # A portal user has no right on programs: what is shown of them is what concerns its own dealer.
        programs = request.env['dealer.rebate.program'].sudo()
        if not dealer:
            return programs
        return programs.search(
            Domain('company_id', 'parent_of', self._get_company(dealer).ids)
            & Domain('state', '=', 'open')
            & Domain('amends_id', '=', False)
        )

    def _get_rebate_cards(self, dealer, payouts):
        """A card for each program that the dealer takes part in, or has been settled by.

        :param payouts: ``{program: statements}``
        """
        programs = self._get_open_programs(dealer)
        cards = [program._get_shown_card(dealer) for program in programs]
        former = [program for program in payouts if program not in programs]
        cards += [program._get_shown_card(dealer) for program in former]
        return [card for card in cards if card.progress or card.is_broken or card.program in payouts]

    def _prepare_what_if_values(self, card, text):
        """What the typed amount would bring: ``{'amount', 'effect', 'amount_problem'}``."""
        values = {'amount': text, 'effect': None, 'amount_problem': None}
        if not (text and card.progress):
            return values
        amount = self._read_amount(text)
        if amount is None:
            return {**values, 'amount_problem': request.env._('Please type a figure above 0, such as 50,000.')}
        program = card.program
        effect = card.progress.what_if(amount)
        return {
            **values,
            'effect': {
                'worth': program._format_gain(effect.worth),
                'sentence': request.env._(
                    'With %(more)s more in this period you earn %(then)s instead of %(now)s.',
                    more=program._format_measure(amount),
                    then=program._format_earned(card.progress.earned + effect.worth),
                    now=program._format_earned(card.progress.earned),
                ),
            },
        }

    @staticmethod
    def _read_amount(text):
        """The amount that ``text`` says, with two decimals at most; None if it says none above 0."""
        text = text.replace(' ', '')
        if not re.fullmatch(r'([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]{1,2})?', text):
            return None
        amount = Decimal(text.replace(',', ''))
        return amount if 0 < amount < AMOUNT_MAX else None
