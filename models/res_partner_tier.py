import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from .arguments import read_day, read_record


class TierChange(NamedTuple):
    """Why a tier changes, and its first day: today unless given."""

    reason: str | None = None
    date: datetime.date | None = None


class ResPartner(models.Model):
    """A dealer's tier, what it brings, and since when it has it."""

    _inherit = 'res.partner'

    dealer_grade_id = fields.Many2one(
        'res.partner.grade',
        'Tier of the Dealer',
        related='commercial_partner_id.grade_id',
        help='The tier of the dealer that this contact or branch belongs to.',
    )
    tier_period_ids = fields.One2many(
        'dealer.tier.period', 'dealer_id', 'Tier History', groups='dealer_management.group_dealer_access'
    )

    def write(self, vals):
        """A dealer's new tier is recorded and brings its terms, whoever sets it and how.

        The first tier may be written; every later one comes with a reason, through
        ``action_dealer_change_tier``.
        """
        if 'grade_id' not in vals:
            return super().write(vals)
        dealers = self.filtered(lambda partner: partner.is_dealer or vals.get('is_dealer'))
        old_grades = {
            dealer: dealer.grade_id for dealer in dealers if dealer.is_dealer and dealer.grade_id.id != vals['grade_id']
        }
        lists_before = {dealer: dealer.specific_property_product_pricelist.id for dealer in dealers}
        result = super().write(vals)
        if not self.env.su and not self._get_tier_change().reason and any(old_grades.values()):
            raise UserError(
                self.env._(
                    'Please change the tier of "%s" by "Change Tier", which asks for the reason.',
                    next(dealer for dealer, grade in old_grades.items() if grade).display_name,
                )
            )
        dealers._undo_foreign_pricelist(lists_before)
        if old_grades:
            self.browse(dealer.id for dealer in old_grades)._follow_tier_change(old_grades)
        return result

    def _with_tier_change(self, reason, date=None):
        """The records, ready to be given a tier for this reason and from this day.

        The context carries an object of our own, which no caller from outside can make up.
        """
        return self.with_context(dealer_tier_change=TierChange(reason, date))

    @api.model
    def _get_tier_change(self):
        change = self.env.context.get('dealer_tier_change')
        return change if isinstance(change, TierChange) else TierChange()

    def _undo_foreign_pricelist(self, lists_before):
        """Odoo hands a tier's price list to the current company, even one of another company."""
        for dealer in self:
            grade = dealer.grade_id.sudo()
            if grade.default_pricelist_id and self.env.company.id not in {
                company.id for company, terms in grade._get_terms().items() if terms
            }:
                # The price list comes with the tier, whatever the rights on price lists are.
                dealer.sudo().specific_property_product_pricelist = lists_before[dealer]

    def _follow_tier_change(self, old_grades=None, created=False):
        """Record the dealers' new tier and hand them its terms in place of the old one's.

        :param dict old_grades: ``{dealer: former tier}``; none for a dealer's first tier
        :param bool created: whether the dealers are new and have no history
        """
        change = self._get_tier_change()
        # The history is written by this rule alone; nobody has the right to write it.
        self.env['dealer.tier.period'].sudo()._record_change(self, change.reason, change.date, created)
        by_grades = self.grouped(
            lambda dealer: ((old_grades or {}).get(dealer, dealer.grade_id.browse()), dealer.grade_id)
        )
        for (old, new), dealers in by_grades.items():
            dealers._replace_tier_terms(old._get_terms(), new._get_terms())

    def action_dealer_change_tier(self, grade_id, reason, date=None):
        """Give the dealers another tier.

        :param int grade_id: id of the new tier, or False for none
        :param str reason: required, kept in the history
        :param str date: its first day, inclusive; today unless given, neither in the future nor
            before the present tier began
        :raise UserError: if the reason is missing or the date does not fit
        """
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._('Please say why the tier changes: a reason is required.'))
        grade = read_record(self.env['res.partner.grade'], grade_id)
        day = read_day(self.env, date)
        self._check_are_dealers()
        dealers = self.filtered(lambda dealer: dealer.grade_id != grade)
        dealers._with_tier_change(reason, day).write({'grade_id': grade.id})
        return True

    def _get_tiers_on(self, date):
        """Return ``{dealer: tier}`` as it was on ``date``, by one query.

        Asked of any contacts, answered for their dealers; a dealer without tier on that day is
        left out.
        """
        periods = (
            self.env['dealer.tier.period']
            .sudo()
            .search_fetch(
                [
                    ('dealer_id', 'in', self.commercial_partner_id.ids),
                    ('grade_id', '!=', False),
                    *self.env['dealer.tier.period']._get_domain_on(date),
                ],
                ['dealer_id', 'grade_id'],
            )
        )
        return {period.dealer_id.with_env(self.env): period.grade_id.with_env(self.env) for period in periods}

    # ------------------------------------------------------------------ Terms

    def _replace_tier_terms(self, old_terms, new_terms, keep_own=False):
        """Give the dealers the terms of ``new_terms`` and take back those of ``old_terms``.

        What a new tier says, holds; what it leaves open is taken back where it still is what the
        old tier gave. A term that was agreed with one dealer apart is left alone where the new
        tier says nothing of it, and always with ``keep_own``.

        :param dict old_terms: ``{company: {field of res.partner: value}}``
        :param dict new_terms: the same
        :param bool keep_own: only follow an edited tier: change what it had given, and fill what
            is empty
        """
        for company in old_terms.keys() | new_terms.keys():
            # A tier's terms come with the tier: who may set the tier, sets them, whatever the
            # rights on prices, payment terms and credit limits are.
            dealers = self.sudo().with_company(company)
            old, new = old_terms.get(company, {}), new_terms.get(company, {})
            for name in old.keys() | new.keys():
                empty = self._fields[name].get_company_dependent_fallback(dealers)
                given_before = {old.get(name, empty), empty}
                target = new.get(name, empty)
                affected = dealers.filtered(lambda dealer, name=name, target=target: dealer[name] != target)
                if keep_own or name not in new:
                    affected = affected.filtered(lambda dealer, name=name, given=given_before: dealer[name] in given)
                if affected:
                    affected.write({name: target.id if isinstance(target, models.BaseModel) else target})

    @api.model
    def _get_tier_term_fields(self):
        """Return ``{field of res.partner.grade: field of res.partner that it sets}``."""
        return {
            'default_pricelist_id': 'specific_property_product_pricelist',
            'payment_term_id': 'property_payment_term_id',
            'credit_limit': 'credit_limit',
        }
