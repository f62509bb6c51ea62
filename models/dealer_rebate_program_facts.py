import itertools
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..tools import rebate
from .dealer_rebate_program_base import Buckets


class Facts(NamedTuple):
    """What is read once for all dealers.

    :param periods: of the program
    :param targets: ``{version: {dealer id: {first day of a period, or False for all: amount}}}``
    """

    periods: list
    targets: dict
    buckets: Buckets
    parts: tuple
    base: dict
    findings: dict
    overdue: dict
    deducted: dict


class DealerRebateProgram(models.Model):
    """What the arithmetic is to know of the dealers, read in a fixed number of queries. Writes nothing."""

    _inherit = 'dealer.rebate.program'

    def _read_facts(self, dealers, asked, spans, versions, until, day, overdue):
        pieces = [(terms, span) for cut in spans.values() for _version, terms, span in cut]
        looked_at = [span for _terms, span in pieces]
        if any(terms.growth for terms, _span in pieces):
            looked_at += [span.shift_years(-1) for span in looked_at]
        buckets = Buckets.cut(looked_at)
        parts = self._get_parts([version for version, _terms in versions])
        keys = {gate.key for terms, _span in pieces for gate in (*terms.gates, *terms.adjustments)}
        conditions = self.env['dealer.rebate.condition'].sudo()
        conditions = conditions.union(*(version.condition_ids for version, _terms in versions))
        conditions = conditions.filtered(lambda condition: condition._get_key() in keys)
        return Facts(
            self._get_periods(),
            self._read_targets(spans),
            buckets,
            tuple(parts),
            self._read_base(dealers, buckets, parts, until),
            self._read_findings(dealers, conditions, looked_at, until),
            self._read_overdue(dealers, conditions, asked, day, overdue),
            self._read_deducted(asked, until, day),
        )

    def _get_parts(self, versions):
        """``{name in the arithmetic: ids of products}`` of what shares of the sales are taken of."""
        parts = {}
        for version in versions:
            if version.driver == rebate.MIX:
                parts[rebate.MIX] = self._find_products(version.mix_category_ids, version.mix_product_tmpl_ids)
            for condition in version.condition_ids.filtered(lambda condition: condition.kind == 'mix'):
                parts[condition._get_key()] = self._find_products(condition.category_ids, condition.product_tmpl_ids)
        return parts

    def _find_products(self, categories, templates):
        """The ids of the variants of ``templates`` and of all products in and below ``categories``."""
        products = self.env['product.product'].sudo().with_context(active_test=False)
        domain = ['|', ('product_tmpl_id', 'in', templates.ids), ('categ_id', 'child_of', categories.ids)]
        return products.search(domain).ids

    def _read_targets(self, spans):
        """The targets of the dealers, of those versions that look at attainment: see ``Facts``."""
        targets = {}
        for version, terms, _span in itertools.chain.from_iterable(spans.values()):
            if terms.driver == rebate.ATTAINMENT and version not in targets:
                targets[version] = defaultdict(dict)
                # Whoever asks what a dealer has earned need not be allowed to see its target.
                for target in version.sudo().target_ids:
                    targets[version][target.dealer_id.id][target.date_from] = target.amount
        return targets

    def _read_findings(self, dealers, conditions, looked_at, until):
        """``{(dealer id, criterion id): [(day, times)]}`` of what was confirmed in the days looked at."""
        criteria = conditions.criterion_id
        if not criteria:
            return {}
        last = max(span.date_to for span in looked_at)
        rows = (
            self.env['dealer.rebate.finding']
            .sudo()
            .search_fetch(
                [
                    ('state', '=', 'confirmed'),
                    ('criterion_id', 'in', criteria.ids),
                    ('dealer_id', 'in', dealers.ids),
                    ('company_id', 'in', self._get_company_ids()),
                    ('date', '>=', min(span.date_from for span in looked_at)),
                    ('date', '<=', min(last, until) if until else last),
                ],
                ['dealer_id', 'criterion_id', 'date', 'times'],
                order='id',
            )
        )
        findings = defaultdict(list)
        for row in rows:
            findings[row.dealer_id.id, row.criterion_id.id].append((row.date, row.times))
        return findings

    def _read_overdue(self, dealers, conditions, asked, day, known):
        """``{(dealer id, period): whether it has overdue invoices}``; what is known stays as it was."""
        if 'overdue' not in conditions.mapped('kind'):
            return known
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT member.dealer_id
                  FROM account_move_line aml
                  JOIN (%s) AS member ON member.partner_id = aml.partner_id
                  JOIN account_account account ON account.id = aml.account_id
                 WHERE aml.parent_state = 'posted' AND aml.reconciled IS NOT TRUE AND aml.amount_residual > 0
                   AND account.account_type = 'asset_receivable'
                   AND aml.date_maturity < %s AND aml.company_id = ANY(%s)
                """,
                self._list_members(self._find_members(dealers, contacts=True)),
                day,
                self._get_company_ids(),
            )
        )
        late = {dealer_id for (dealer_id,) in rows}
        found = {(dealer.id, period): dealer.id in late for period, dealers in asked.items() for dealer in dealers}
        return {**found, **known}

    def _read_deducted(self, asked, until, day):
        """``{(dealer id, period): what earlier rebates of the stack take off the base}``, exact.

        Earlier by sequence, whichever is settled first: what is settled does not depend on the order.
        """
        if self.stack_base != rebate.NET or not self.stack_id:
            return {}
        taken = defaultdict(Decimal)
        earlier = self.stack_id.program_ids.filtered(
            lambda program: (
                program.lowers_later
                and not program.amends_id
                and program.sequence < self.sequence
                and program.state in ('approved', 'open', 'closed')
            )
        )
        for program in earlier:
            settlements = program._get_settlements()
            known = program._get_known_dealers(settlements, asked)
            eligible = {
                period: (program._find_dealers(period, dealers) | known[period]) & dealers
                for period, dealers in asked.items()
            }
            # As it was settled: what a dealer owes later changes neither its rebate nor those that are net of it.
            overdue = program._get_known_overdue(settlements)
            for key, account in program._compute_accounts(eligible, until=until, day=day, overdue=overdue).items():
                taken[key] += account.earning.earned
        return taken
