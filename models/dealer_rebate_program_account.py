import itertools
from dataclasses import asdict, replace
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError

from ..tools import rebate
from ..tools.exact import exact
from .dealer_rebate_program_period import ONE_DAY, Period

ZERO = Decimal(0)


def to_plain(value):
    """What JSON can hold, without the loss of a digit."""
    if isinstance(value, dict):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [to_plain(each) for each in value]
    return f'{value:f}' if isinstance(value, Decimal) else value


class Piece(NamedTuple):
    """A part of a window by date, with the version that held, its terms, and the figures of that part alone."""

    version: models.BaseModel
    span: Period
    terms: rebate.Terms
    figures: rebate.Figures


class Account(NamedTuple):
    """What one dealer has earned in one period, and how.

    :param window: what was counted: the period, or all since the first day
    :param pieces: :class:`Piece` by date
    :param earning: exact, see ``tools.rebate.Earning``
    :param shares: what each piece brought, before caps and gates: by these the lines of the pieces share
    :param earned: rounded, in the currency of the program or in units of free goods
    :param grade_id: id of the dealer's tier on the last day, or None
    :param overdue: whether it had overdue invoices when it was asked
    """

    dealer_id: int
    period: Period
    window: Period
    pieces: tuple
    earning: rebate.Earning
    shares: tuple
    earned: Decimal
    grade_id: int | None
    overdue: bool

    def describe(self, plain_terms):
        """All that went into it and came out, for the proof: plain values, decimals as text.

        :param dict plain_terms: ``{version: (its terms, its conditions)}``, filled by need: many accounts share them
        """
        for piece in self.pieces:
            if piece.version not in plain_terms:
                plain_terms[piece.version] = (
                    to_plain(asdict(piece.terms)),
                    {condition._get_key(): condition.display_name for condition in piece.version.condition_ids},
                )
        return {
            'overdue': self.overdue,
            'pieces': [
                {
                    'version_id': piece.version.id,
                    'version': piece.version.version,
                    'date_from': str(piece.span.date_from),
                    'date_to': str(piece.span.date_to),
                    'terms': plain_terms[piece.version][0],
                    'conditions': plain_terms[piece.version][1],
                    'figures': to_plain(vars(piece.figures)),
                    'brought': str(share),
                }
                for piece, share in zip(self.pieces, self.shares, strict=True)
            ],
            'parts': [to_plain(part._asdict()) for part in self.earning.parts],
        }


class DealerRebateProgram(models.Model):
    """Who has earned what: the arithmetic applied to the ledger, in a fixed number of queries. Writes nothing."""

    _inherit = 'dealer.rebate.program'

    def _read_accounts(self, periods, dealers=None, until=None, versions=None):
        """What the dealers have earned in these periods.

        :param periods: of ``_get_periods``
        :param dealers: only these; else all that the program is for
        :param until: a day after which nothing counts, and as of which overdue invoices are looked at
        :param versions: to try others than those that are approved, such as a draft alone
        :return: ``{(dealer id, period): Account}``
        :raise UserError: where something cannot be counted
        """
        self.ensure_one()
        asked = {period: self._find_dealers(period, dealers) for period in periods}
        return self._compute_accounts(asked, until=until, versions=versions)

    def _compute_accounts(self, asked, until=None, day=None, overdue=None, versions=None, start=None):
        """The same for ``{period: dealers}``, whether the program is still for them or not.

        :param day: as of which overdue invoices are looked at: ``until``, or today, unless given
        :param start: the first day of another time that the terms are tried on
        :param overdue: ``{(dealer id, period): bool}`` of what was settled with that before: it stays
        """
        self.ensure_one()
        program = (self.amends_id or self).sudo()
        versions = [(version, version._get_terms()) for version in versions or program._get_versions()]
        windows = {period: program._get_window(period, start) for period in asked}
        dealers = self.env['res.partner'].sudo().union(*asked.values())
        if not dealers:
            return {}
        day = day or until or program.company_id._get_dealer_date()
        spans = {period: program._cut_window(window, versions) for period, window in windows.items()}
        facts = program._read_facts(dealers, asked, spans, versions, until, day, overdue or {})
        unit = program._get_earned_unit()
        accounts = {}
        for period, period_dealers in asked.items():
            tiers = program._get_tiers(period_dealers, min(period.date_to, day))
            for dealer in period_dealers:
                pieces = program._build_pieces(dealer, period, windows[period], spans[period], facts)
                earning, shares = program._earn(pieces)
                accounts[dealer.id, period] = Account(
                    dealer.id,
                    period,
                    windows[period],
                    tuple(pieces),
                    earning,
                    tuple(shares),
                    rebate.round_half_up(earning.earned, unit),
                    tiers[dealer].id if dealer in tiers else None,
                    facts.overdue.get((dealer.id, period), False),
                )
        return accounts

    def _get_unit(self):
        """The smallest amount of the program's currency."""
        return self.currency_id._get_smallest()

    def _get_earned_unit(self):
        """The smallest that is earned: of the currency, or one unit of free goods."""
        return Decimal(1) if self.reward == rebate.FREE_GOODS else self._get_unit()

    def _earn(self, pieces):
        try:
            return rebate.earn_window([(piece.terms, piece.figures) for piece in pieces])
        except rebate.RebateError as error:
            raise UserError(self._describe_rebate_error(error)) from error

    # ----------------------------------------------------------------- Figures

    def _cut_window(self, window, versions):
        """``[(version, terms, Period)]``: which terms hold when, the first ones from ever on."""
        spans = []
        for (version, terms), following in itertools.zip_longest(versions, versions[1:]):
            begin = max(window.date_from, version.date_from) if spans else window.date_from
            end = min(window.date_to, following[0].date_from - ONE_DAY) if following else window.date_to
            if begin <= end:
                spans.append((version, terms, Period(begin, end)))
        return spans

    def _build_pieces(self, dealer, period, window, spans, facts):
        """The figures of one dealer for each version that holds in the window."""
        base, overdue = facts.base.get(dealer.id, {}), facts.overdue.get((dealer.id, period), False)
        prior = None
        if any(terms.growth for _version, terms, _span in spans):
            prior = self._sum_measure(base, facts.buckets.inside(window.shift_years(-1)))
        pieces = []
        for version, terms, span in spans:
            buckets = facts.buckets.inside(span)
            sums = [base[bucket] for bucket in buckets if bucket in base]
            shares = {name: sum((row.parts[n] for row in sums), ZERO) for n, name in enumerate(facts.parts)}
            figures = rebate.Figures(
                measure=sum((row.measure for row in sums), ZERO),
                prior=prior,
                target=self._get_target(version, dealer, period, window, facts),
                parts=shares,
                times=self._count_findings(version, dealer, span, overdue, facts),
                failed=self._find_failed(version, dealer, window, overdue, facts),
            )
            pieces.append(Piece(version, span, terms, figures))
        if deducted := facts.deducted.get((dealer.id, period)):
            # Programs that are net have one version a window.
            pieces = [piece._replace(figures=replace(piece.figures, deducted=deducted)) for piece in pieces]
        return pieces

    def _sum_measure(self, base, buckets):
        return sum((base[bucket].measure for bucket in buckets if bucket in base), ZERO)

    def _get_target(self, version, dealer, period, window, facts):
        """What the dealer has to reach in the window: its own target, or the program's; None for no target."""
        if version not in facts.targets:
            return None
        own = facts.targets[version].get(dealer.id, {})
        periods = [each for each in facts.periods if window.date_from <= each.date_from <= window.date_to]
        amounts = [own.get(each.date_from, own.get(False, version.target)) for each in periods or [period]]
        return exact(sum(amounts), 2) or None

    def _count_findings(self, version, dealer, span, overdue, facts):
        """How often each bonus or penalty counts in ``span``."""
        times = {}
        for condition in version.condition_ids.filtered(lambda condition: condition.effect == 'adjust'):
            if condition.kind == 'overdue':
                times[condition._get_key()] = int(overdue)
            elif condition.kind == 'criterion':
                found = facts.findings.get((dealer.id, condition.criterion_id.id), ())
                times[condition._get_key()] = sum(n for day, n in found if span.date_from <= day <= span.date_to)
        return times

    def _find_failed(self, version, dealer, window, overdue, facts):
        """The gates that the dealer failed in the window."""
        failed = set()
        for condition in version.condition_ids.filtered(lambda condition: condition.effect == 'withhold'):
            found = facts.findings.get((dealer.id, condition.criterion_id.id), ())
            if (condition.kind == 'overdue' and overdue) or (
                condition.kind == 'criterion' and any(window.date_from <= day <= window.date_to for day, _n in found)
            ):
                failed.add(condition._get_key())
        return frozenset(failed)
