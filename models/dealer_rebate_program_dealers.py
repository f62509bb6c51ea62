from odoo import models


class DealerRebateProgram(models.Model):
    """Who a program is for, period by period. Writes nothing."""

    _inherit = 'dealer.rebate.program'

    def _find_dealers(self, period, dealers=None):
        """The dealers that the program is for in ``period``, as they are known today.

        :param dealers: only these
        """
        self.ensure_one()
        program = (self.amends_id or self).sudo()
        domain = [
            ('is_dealer', '=', True),
            ('dealer_state', '!=', 'prospect'),
            # Those of the companies above are shared with their branches.
            ('company_id', 'in', [False, *program._get_company_ids(), *program.company_id.parent_ids.ids]),
        ]
        for field, records in (('dealer_type_id', program.dealer_type_ids), ('id', program.dealer_ids)):
            if records:
                domain.append((field, 'in', records.ids))
        if program.excluded_dealer_ids:
            domain.append(('id', 'not in', program.excluded_dealer_ids.ids))
        if dealers is not None:
            domain.append(('id', 'in', dealers.ids))
        if program.territory_ids:
            domain.append(('id', 'in', program._find_territory_dealers(period).ids))
        # Who bought and was archived has earned it all the same.
        partners = self.env['res.partner'].sudo().with_context(active_test=False)
        found = partners.search(domain, order='id').with_context(active_test=True)
        if program.grade_ids:
            # Nobody knows the tier of a day to come.
            tiers = program._get_tiers(found, min(period.date_to, program.company_id._get_dealer_date()))
            found = found.filtered(lambda dealer: dealer in tiers and tiers[dealer] in program.grade_ids)
        return found

    def _get_tiers(self, dealers, day):
        """``{dealer: tier}`` on ``day``; of a dealer whose history begins later, its first one: no older is known."""
        history = self.env['dealer.tier.period'].sudo()
        periods = history.search_fetch(
            [('dealer_id', 'in', dealers.ids)], ['dealer_id', 'grade_id', 'date_from'], order='date_from desc, id desc'
        )
        tiers, found = {}, set()
        for period in periods:
            # The newest that had begun; until one is found, the oldest seen.
            if period.dealer_id not in found:
                tiers[period.dealer_id] = period.grade_id
                if period.date_from <= day:
                    found.add(period.dealer_id)
        return {dealer: tier for dealer, tier in tiers.items() if tier}

    def _find_territory_dealers(self, period):
        """Who holds a grant of one of the territories, or of one below, at some time in ``period``."""
        grants = self.env['dealer.authorization'].sudo()
        return grants.search(
            [
                ('territory_id', 'child_of', self.territory_ids.ids),
                ('state', 'in', ('approved', 'active', 'suspended', 'expired', 'revoked')),
                ('date_from', '<=', period.date_to),
                ('valid_until', '>=', period.date_from),
            ]
        ).dealer_id
