import datetime
from typing import NamedTuple

from odoo import api, models
from odoo.tools import ormcache


class DealerList(NamedTuple):
    """A price list that dealers buy at, or that replaces another: what decides who gets it, and when."""

    id: int
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
            self.for_dealers
            and self.holds_on(day)
            and (not self.grade_ids or dealer.grade_id.id in self.grade_ids)
            and (not self.type_ids or dealer.dealer_type_id.id in self.type_ids)
        )

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
        if not self.env['res.groups']._is_feature_enabled('product.group_product_pricelist'):
            return chosen
        partners = self.env['res.partner'].browse(partner_ids)
        if not self._get_dealer_lists():
            return chosen
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
        # Whoever writes an order need not be allowed to read tiers and types.
        of_dealers = partners.sudo().filtered('commercial_partner_id.is_dealer')
        if not of_dealers:
            return {}
        company = self.env.company.sudo()
        day = day or company._get_dealer_date()
        owners = {*company.parent_ids.ids, False}
        found_lists = (*self._get_dealer_lists(), *map(self._as_dealer_list, in_preparation or ()))
        lists = {found.id: found for found in found_lists if found.company_id in owners}
        if odoo_choices is None:
            odoo_choices = super()._get_partner_pricelist_multi(of_dealers.ids)
        choices = {}
        for partner in of_dealers:
            choice = self._choose_dealer_list(partner.commercial_partner_id, day, lists)
            choice = choice or Choice(odoo_choices[partner.id].id, 'default')
            choices[partner.with_env(self.env)] = choice._replace(
                pricelist_id=self._follow_replacements(choice.pricelist_id, day, lists)
            )
        return choices

    @api.model
    def _choose_dealer_list(self, dealer, day, lists):
        specific = dealer.specific_property_product_pricelist
        tier_list = dealer.grade_id.default_pricelist_id
        if specific and specific != tier_list and self._is_usable(specific, day, lists):
            return Choice(specific.id, 'agreed')
        candidates = [found for found in lists.values() if found.is_for(dealer, day)]
        # The tier's list comes to the dealer as its own; in companies that it is not for, it does not.
        if specific and specific == tier_list and self._is_usable(specific, day, lists):
            candidates.append(lists.get(specific.id) or self._as_dealer_list(specific))
        if not candidates:
            return None
        best = max(candidates, key=lambda found: found.get_rank(tier_list.id))
        if best.is_seasonal:
            return Choice(best.id, 'season')
        return Choice(best.id, 'tier' if best.id == tier_list.id else 'level')

    @api.model
    def _is_usable(self, pricelist, day, lists):
        """Whether a list that a tier or a contact names holds on the day, or has been replaced by then: it may have
        ended or been archived since, and still leads to the list that took its place."""
        if any(found.replaces_id == pricelist.id and found.date_start <= day for found in lists.values()):
            return True
        return pricelist.active and (lists.get(pricelist.id) or self._as_dealer_list(pricelist)).holds_on(day)

    @api.model
    def _follow_replacements(self, pricelist_id, day, lists):
        """The list that has taken the place of this one by ``day``, step by step; or this one."""
        successors = {}
        for found in sorted(lists.values(), key=lambda found: (found.date_start, found.id)):
            if found.replaces_id and found.date_start <= day:
                successors[found.replaces_id] = found.id
        while pricelist_id in successors:
            pricelist_id = successors[pricelist_id]
        return pricelist_id

    @api.model
    @ormcache()
    def _get_dealer_lists(self):
        """All lists of levels that dealers buy at, and all that replace others, as tuples.

        Asked for with every order and contact: no query, until a price list changes.
        """
        # In no company and of no user: what is kept is the same for all. Archived lists are in preparation, or over.
        lists = (
            self.sudo()
            .with_context(active_test=True, allowed_company_ids=[])
            .search(['|', ('dealer_level_id.audience', '=', 'dealer'), ('replaces_id', '!=', False)], order='id')
        )
        return tuple(self._as_dealer_list(pricelist) for pricelist in lists)

    @api.model
    def _as_dealer_list(self, pricelist):
        return DealerList(
            id=pricelist.id,
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
