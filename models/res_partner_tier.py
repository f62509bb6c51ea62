from odoo import api, fields, models
from odoo.exceptions import UserError


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
        if 'grade_id' not in vals:
            return super().write(vals)
        old_grades = {
            partner: partner.grade_id
            for partner in self
            if partner.is_dealer and partner.grade_id.id != vals['grade_id']
        }
        grade = self.env['res.partner.grade'].browse(vals['grade_id'])
        if old_grades and grade.company_id not in (grade.company_id.browse(), self.env.company):
            # Odoo hands the tier's price list to the current company: let that be the tier's own.
            other_vals = {name: value for name, value in vals.items() if name != 'grade_id'}
            in_company = self.with_company(grade.company_id)
            result = super(ResPartner, in_company).write({'grade_id': grade.id}) and (
                not other_vals or super().write(other_vals)
            )
        else:
            result = super().write(vals)
        if old_grades:
            self.browse(partner.id for partner in old_grades)._follow_tier_change(old_grades)
        return result

    def _follow_tier_change(self, old_grades=None):
        """Record the dealers' new tier and hand them its terms in place of the old one's.

        :param dict old_grades: ``{dealer: former tier}``; none for a dealer's first tier
        """
        # The history is written by this rule alone; nobody has the right to write it.
        self.env['dealer.tier.period'].sudo()._record_change(
            self,
            first=old_grades is None,
            reason=self.env.context.get('dealer_tier_reason'),
            date=self.env.context.get('dealer_tier_date'),
        )
        by_grades = self.grouped(
            lambda dealer: ((old_grades or {}).get(dealer, dealer.grade_id.browse()), dealer.grade_id)
        )
        for (old, new), dealers in by_grades.items():
            dealers._replace_tier_terms(old._get_terms(), new._get_terms())

    def action_dealer_change_tier(self, grade_id, reason, date=None):
        """Give the dealers another tier.

        :param int grade_id: id of the new tier, or False for none
        :param str reason: required, kept in the history
        :param date: its first day, inclusive; today unless given, neither in the future nor
            before the present tier began
        :raise UserError: if the reason is missing or the date does not fit
        """
        if not (reason or '').strip():
            raise UserError(self.env._('Please say why the tier changes: a reason is required.'))
        if others := self.filtered(lambda partner: not partner.is_dealer):
            raise UserError(self.env._('"%s" is not a dealer.', others[0].display_name))
        dealers = self.filtered(lambda dealer: dealer.grade_id.id != grade_id)
        dealers.with_context(dealer_tier_reason=reason, dealer_tier_date=date).write({'grade_id': grade_id})
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
