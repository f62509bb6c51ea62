import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import ormcache


class DealerList(NamedTuple):
    """A price list that dealers buy at, or that replaces another: what decides who gets it, and when."""

    id: int
    active: bool
    company_id: int | bool
    for_dealers: bool
    is_seasonal: bool
    grade_ids: frozenset
    type_ids: frozenset
    date_start: datetime.date
    date_end: datetime.date
    sequence: int
    replaces_id: int | bool

    def is_for(self, dealer, day):
        return (
            self.active
            and self.for_dealers
            and self.holds_on(day)
            and (not self.grade_ids or dealer.grade_id.id in self.grade_ids)
            and (not self.type_ids or dealer.dealer_type_id.id in self.type_ids)
        )

    def get_turning_days(self):
        """The first day of the list, and the first after it."""
        days = {self.date_start} - {datetime.date.min}
        if self.date_end < datetime.date.max:
            days.add(self.date_end + datetime.timedelta(days=1))
        return days

    def holds_on(self, day):
        return self.date_start <= day <= self.date_end

    def get_rank(self, tier_list_id=False):
        """Which of several goes first: before the season, then the one that names more of the dealer, then the
        later one, then by the order that the lists are given."""
        named_tier = bool(self.grade_ids) or self.id == tier_list_id
        return (
            self.is_seasonal,
            named_tier + bool(self.type_ids),
            self.date_start,
            -self.sequence,
            -self.id,
        )


class Choice(NamedTuple):
    """The price list that a dealer buys from, and why.

    ``reason`` is one of ``agreed`` (with this dealer alone), ``season``, ``level`` (by tier, type
    and date), ``tier`` (the list that the tier gives), ``default`` (Odoo's own choice).
    """

    pricelist_id: int | bool
    reason: str


class ProductPricelist(models.Model):
    """Which price list a dealer buys from.

    The first of these that holds on the day:

    1. the list that was agreed with this dealer alone (on its contact, another than its tier's);
    2. the lists for before the season, of its tier and type;
    3. the lists that dealers buy at, of its tier and type, and the list that its tier gives; the one
       that names more of the dealer goes first, then the later one;
    4. whatever Odoo chooses for any customer.

    And whichever it is, a list that replaces it and has begun takes its place.
    """

    _inherit = 'product.pricelist'

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        chosen = super()._get_partner_pricelist_multi(partner_ids)
        if not self._get_dealer_lists():
            return chosen
        partners = self.env['res.partner'].browse(partner_ids)
        for partner, choice in self._choose_dealer_lists(partners, odoo_choices=chosen).items():
            chosen[partner.id] = self.browse(choice.pricelist_id or ())
        return chosen

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        """A list that belongs to a level is nobody's by accident: floors and dealers' prices least of all."""
        return [*super()._get_partner_pricelist_multi_search_domain_hook(company_id), ('dealer_level_id', '=', False)]

    @api.model
    def _choose_dealer_lists(self, partners, day=None, odoo_choices=None, in_preparation=None):
        """Choose the list that each dealer of ``partners`` buys from.

        :param day: as it will be, or was, on that day of the company; today unless given
        :param dict odoo_choices: ``{partner id: price list}`` as Odoo chose, if it was asked already
        :param in_preparation: archived price lists that are taken for active: what would be chosen with them
        :return: ``{partner: Choice}``, without the partners that belong to no dealer
        """
        company = self.env.company.sudo()
        # Whoever writes an order need not be allowed to read tiers and types; what was agreed, was so in this company.
        of_dealers = partners.sudo().with_company(company).filtered('commercial_partner_id.is_dealer')
        if not of_dealers:
            return {}
        if not self.env['res.groups']._is_feature_enabled('product.group_product_pricelist'):
            return dict.fromkeys(of_dealers.with_env(partners.env), Choice(False, 'default'))
        day = day or company._get_dealer_date()
        owners = {*company.parent_ids.ids, False}
        prepared = [self._as_dealer_list(pricelist)._replace(active=True) for pricelist in in_preparation or ()]
        found_lists = (*self._get_dealer_lists(), *prepared)
        lists = {found.id: found for found in found_lists if found.company_id in owners}
        if odoo_choices is None:
            # What Odoo would choose, without this rule.
            odoo_choices = super()._get_partner_pricelist_multi(of_dealers._ids)  # pylint: disable=super-method-mismatch
        choices = {}
        for partner in of_dealers:
            choice = self._choose_dealer_list(partner.commercial_partner_id, day, lists)
            choice = choice or Choice(odoo_choices[partner.id].id, 'default')
            replaced = self._follow_replacements(choice.pricelist_id, partner.commercial_partner_id, day, lists)
            choices[partner.with_env(partners.env)] = choice._replace(pricelist_id=replaced)
        return choices

    @api.model
    def _choose_dealer_list(self, dealer, day, lists):
        specific = dealer.specific_property_product_pricelist
        tier_list = dealer.grade_id.default_pricelist_id
        if specific and specific != tier_list and self._is_in_use(specific, dealer, day, lists):
            return Choice(specific.id, 'agreed')
        candidates = [found for found in lists.values() if found.is_for(dealer, day)]
        # The tier's list comes to the dealer as its own; in companies that it is not for, it does not.
        if specific and specific == tier_list and self._is_in_use(specific, dealer, day, lists):
            candidates.append(lists.get(specific.id) or self._as_dealer_list(specific))
        if not candidates:
            return None
        best = max(candidates, key=lambda found: found.get_rank(tier_list.id))
        if best.is_seasonal:
            return Choice(best.id, 'season')
        return Choice(best.id, 'tier' if best.id == tier_list.id else 'level')

    @api.model
    def _is_in_use(self, pricelist, dealer, day, lists):
        """Whether the list that somebody named for the dealer holds, or another that has taken its place."""
        if self._follow_replacements(pricelist.id, dealer, day, lists) != pricelist.id:
            return True
        return pricelist.active and (lists.get(pricelist.id) or self._as_dealer_list(pricelist)).holds_on(day)

    @api.model
    def _follow_replacements(self, pricelist_id, dealer, day, lists):
        """The list that has taken the place of this one for ``dealer`` by ``day``, step by step; or this one.

        A list that was archived since does not break the chain.
        """
        successors = [found for found in lists.values() if found.replaces_id == pricelist_id]
        for found in sorted(successors, key=lambda found: (found.date_start, found.id), reverse=True):
            is_named = found.is_for(dealer, day) if found.grade_ids or found.type_ids else found.holds_on(day)
            if found.active and is_named:
                return self._follow_replacements(found.id, dealer, day, lists)
            if not found.active:
                beyond = self._follow_replacements(found.id, dealer, day, lists)
                if beyond != found.id:
                    return beyond
        return pricelist_id

    @api.model
    @ormcache()
    def _get_dealer_lists(self):
        """All lists of levels that dealers buy at, and all that replace others, as tuples.

        Asked for with every order and contact: no query, until a price list changes.
        """
        # In no company and of no user: what is kept is the same for all. Archived lists are in preparation, or over:
        # they only link those before and after them.
        lists = (
            self.sudo()
            .with_context(active_test=False, allowed_company_ids=[])
            .search(['|', ('dealer_level_id.audience', '=', 'dealer'), ('replaces_id', '!=', False)], order='id')
        )
        return tuple(self._as_dealer_list(pricelist) for pricelist in lists)

    @api.model
    def _as_dealer_list(self, pricelist):
        return DealerList(
            id=pricelist.id,
            active=pricelist.active,
            company_id=pricelist.company_id.id,
            for_dealers=pricelist.dealer_audience == 'dealer',
            is_seasonal=bool(pricelist.is_seasonal),
            grade_ids=frozenset(pricelist.grade_ids.ids),
            type_ids=frozenset(pricelist.dealer_type_ids.ids),
            date_start=pricelist.date_start or datetime.date.min,
            date_end=pricelist.date_end or datetime.date.max,
            sequence=pricelist.sequence,
            replaces_id=pricelist.replaces_id.id,
        )

    @api.model
    def _find_next_choices(self, partner):
        """The next moments at which this dealer will buy from another list, or by other rules of its list.

        :return: ``[(moment in UTC, Choice)]``, in order, without the present
        """
        company, now = self.env.company.sudo(), fields.Datetime.now()
        days = {day for found in self._get_dealer_lists() if found.active for day in found.get_turning_days()}
        moments = {company._get_dealer_day_start(day) for day in days}
        current = self._choose_dealer_lists(partner)[partner]
        moments |= self._get_rule_moments(current.pricelist_id)
        choices = []
        for moment in sorted(moment for moment in moments if moment > now):
            choice = self._choose_dealer_lists(partner, company._get_dealer_date(moment))[partner]
            choices.append((moment, choice))
        return choices

    @api.model
    def _get_rule_moments(self, pricelist_id):
        """When rules of the list begin, and are over; those of the lists that it is computed from as well."""
        seen, todo, moments = set(), {pricelist_id} - {False}, set()
        while todo:
            seen |= todo
            rules = (
                self.env['product.pricelist.item']
                .sudo()
                .search_fetch([('pricelist_id', 'in', list(todo))], ['date_start', 'date_end', 'base_pricelist_id'])
            )
            moments.update(filter(None, rules.mapped('date_start')))
            moments.update(end + datetime.timedelta(seconds=1) for end in rules.mapped('date_end') if end)
            todo = set(rules.base_pricelist_id.ids) - seen
        return moments

    @api.model
    def _get_suggested_lists(self, company, day=None):
        """The lists of what retailers and consumers pay, in force in ``company`` on ``day``.

        :return: ``{'retailer': price list, 'consumer': price list}``, empty where there is none
        """
        day = day or company._get_dealer_date()
        lists = self.sudo().search(
            [
                ('dealer_level_id.audience', 'in', ('retailer', 'consumer')),
                ('company_id', 'in', [*company.parent_ids.ids, False]),
                '|',
                ('date_start', '=', False),
                ('date_start', '<=', day),
                '|',
                ('date_end', '=', False),
                ('date_end', '>=', day),
            ],
        )
        # The one that began last goes first; then by the order that the lists are given.
        lists = lists.sorted(lambda found: (found.date_start or datetime.date.min, -found.sequence), reverse=True)
        return {
            audience: lists.filtered(lambda found, audience=audience: found.dealer_audience == audience)[:1]
            for audience in ('retailer', 'consumer')
        }

    @api.model
    def _describe_choice(self, choice):
        """Say why a dealer buys from the list, and until when."""
        pricelist = self.sudo().browse(choice.pricelist_id or ())
        if not pricelist:
            return False
        return self.env['sale.order.line']._describe_price_list(
            {
                'list': pricelist.name,
                'reason': choice.reason,
                'list_from': pricelist.date_start,
                'list_to': pricelist.date_end,
            }
        )
