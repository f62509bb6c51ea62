from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..tools.exact import exact

# What the dealer itself may see: what is settled, and what is about to be.
SHOWN_STATES = ('confirmed', 'posted')


class Source(NamedTuple):
    """The lines of one document in a computation, and what they come to, exact."""

    document: str
    date: Any
    lines: Any
    measure: Decimal
    share: Decimal


class DealerRebatePayout(models.Model):
    """The statement as the dealer gets it: in the portal, on paper, as a spreadsheet."""

    _inherit = 'dealer.rebate.payout'

    explanation = fields.Html(
        'Step by Step',
        compute='_compute_explanation',
        sanitize=False,
        compute_sudo=True,
        help='How each period that it settles or corrects came about.',
    )

    @api.depends('computation_ids')
    @api.depends_context('lang')
    def _compute_explanation(self):
        for payout in self:
            payout.explanation = Markup().join(
                Markup('<h5>%s</h5>%s') % (computation._describe_period(), computation.explanation)
                for computation in payout.computation_ids.sorted('window_from')
            )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for payout in self:
            payout.access_url = f'/my/rebates/statements/{payout.id}'
        return result

    @api.model
    def _get_shown_domain(self, dealer):
        """The statements that the people of ``dealer`` see in the portal: no previews, nothing that is held back."""
        return Domain('dealer_id', 'in', dealer.ids) & Domain('state', 'in', SHOWN_STATES)

    def _check_may_print(self):
        """Check that the user may take the statements along: the portal prints its own, as superuser, after it
        has checked whose they are.

        :raise AccessError: for portal users who come by another way
        """
        self.check_access('read')
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._('Please take your statements from the page "Rebates".'))

    def _get_file_name(self):
        """The name of the statement as a file, without an extension."""
        self.ensure_one()
        number = self.name if self.name != '/' else self.env._('Preview')
        return f'{number} {self.dealer_id.dealer_code or ""}'.strip()

    def _get_report_base_filename(self):
        return self._get_file_name()

    def action_download_xlsx(self):
        """Download the statement as a spreadsheet."""
        self.ensure_one()
        self._check_may_print()
        return {'type': 'ir.actions.act_url', 'url': f'/dealer/rebates/statements/{self.id}.xlsx', 'target': 'download'}

    # ------------------------------------------------------------- What it says

    def _get_totals(self):
        """From what was earned to what is carried on: ``[(kind, label, exact value, text)]``.

        A line that comes to nothing is left out, but for what is paid.
        """
        self.ensure_one()
        program = self.program_id
        first = self.computation_ids.filtered(lambda computation: computation.number == 1)
        earned = sum((exact(computation.delta) for computation in first), Decimal())
        corrected = exact(self.delta) - earned
        carried_in, paid, carried_out = (exact(self[name]) for name in ('carried_in', 'paid', 'carried_out'))
        totals = [
            ('earned', self.env._('Earned'), earned),
            ('corrected', self.env._('Corrections of former periods'), corrected),
            ('carried_in', self.env._('Carried from before'), carried_in),
            ('paid', self.env._('Claimed back') if paid < 0 else self.env._('Paid'), paid),
            ('carried_out', self.env._('Carried on to the next settlement'), carried_out),
        ]
        return [
            (kind, label, value, program._format_earned(value))
            for kind, label, value in totals
            if value or kind in ('earned', 'paid')
        ]

    def _describe_state(self):
        """The state as the dealer reads it: nobody outside posts anything."""
        self.ensure_one()
        return {
            'preview': self.env._('Preview: nothing of this is settled yet'),
            'confirmed': self.env._('Being settled'),
            'held': self.env._('Held back: not settled'),
            'posted': self.env._('Rebate settled'),
        }[self.state]

    def _describe_payment(self):
        """What it was paid in, where that is another currency or goods; else nothing."""
        self.ensure_one()
        program = self.program_id
        if not self.paid or self.reward == 'free_goods' or self.pay_currency_id == program.currency_id:
            return ''
        return self.env._(
            'Paid as %(amount)s, at %(rate)s for one %(currency)s.',
            amount=self.pay_currency_id.format(self.pay_amount),
            rate=program._format_money(exact(self.pay_rate, 8), more=6),
            currency=self.pay_currency_id.name,
        )

    def _get_computations(self):
        """The settled periods, then the corrections of former ones."""
        return self.computation_ids.sorted(lambda computation: (computation.number > 1, computation.period_from))

    def _get_sources(self):
        """All source lines, ``{computation: [Source]}``, by the day and the number of their documents."""
        lines = self.env['dealer.rebate.settlement.line'].search(
            [('computation_id', 'in', self.computation_ids.ids)], order='computation_id, date, document, id'
        )
        sources = defaultdict(list)
        for (computation, document, date), found in lines.grouped(
            lambda line: (line.computation_id, line.document, line.date)
        ).items():
            sources[computation].append(
                Source(
                    document or '',
                    date,
                    found,
                    sum((exact(line.measure, 4) for line in found), Decimal()),
                    sum((exact(line.share) for line in found), Decimal()),
                )
            )
        return sources
