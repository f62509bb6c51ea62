from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class DealerRebateProgram(models.Model):
    """Which lines of the ledger a program counts."""

    _inherit = 'dealer.rebate.program'

    def _get_line_conditions(self):
        """What counts of the ledger: goods of the scope that were sold, without the exceptions."""
        # As the index of such lines says it. What books or pays a rebate is no sale; nor is what was
        # given away, or paid beforehand.
        yield SQL("aml.parent_state = 'posted' AND aml.display_type = 'product'")
        yield SQL('aml.rebate_role IS NULL AND aml.is_downpayment IS NOT TRUE AND aml.balance != 0')
        company_ids = self._get_company_ids()
        journals = self.env['account.journal'].sudo().with_context(active_test=False)
        # Branches use the journals of the companies above.
        journals = journals.search([('type', '=', 'sale')], order='id')
        yield SQL('aml.journal_id = ANY(%s) AND aml.company_id = ANY(%s)', journals.ids, company_ids)
        if self.exclude_special_prices:
            yield SQL('aml.price_request_line_id IS NULL')
        if self.product_tmpl_ids or self.category_ids:
            categories = self._get_categories_below(self.category_ids)
            yield SQL(
                '(template.id = ANY(%s) OR template.categ_id = ANY(%s))', self.product_tmpl_ids.ids, categories.ids
            )
        if self.excluded_product_tmpl_ids:
            yield SQL('template.id != ALL(%s)', self.excluded_product_tmpl_ids.ids)
        if self.excluded_category_ids:
            categories = self._get_categories_below(self.excluded_category_ids)
            yield SQL('template.categ_id != ALL(%s)', categories.ids)
        if not self.include_services:
            yield SQL("(template.type != 'service' OR product.id = ANY(%s))", self._get_discount_products().ids)
        elif freight := self._get_freight_products():
            yield SQL('product.id != ALL(%s)', freight.ids)

    @api.model
    def _get_categories_below(self, categories):
        return categories.sudo().search([('id', 'child_of', categories.ids)]) if categories else categories

    @api.model
    def _get_freight_products(self):
        """What carriers charge never counts, nor what a promotion takes off it, not even where services do."""
        products = self.env['product.product'].sudo()
        if 'delivery.carrier' in self.env:
            carriers = self.env['delivery.carrier'].sudo().with_context(active_test=False)
            products |= carriers.search([('product_id', '!=', False)]).product_id
        return products | self._get_reward_products(Domain('reward_type', '=', 'shipping'))

    def _get_discount_products(self):
        """Discounts of whole orders are services to Odoo, and yet the goods were sold for less.

        They are of no quantity or weight. Gift cards and wallets of customers pay for goods, and take nothing off.
        """
        if self.measure != 'amount':
            return self.env['product.product']
        companies = self.env['res.company'].sudo().browse(self._get_company_ids()) | self.company_id.sudo().parent_ids
        return companies.sale_discount_product_id | self._get_reward_products(
            Domain('reward_type', '=', 'discount') & Domain('program_type', 'not in', ('gift_card', 'ewallet'))
        )

    @api.model
    def _get_reward_products(self, domain):
        """The products of the order lines that rewards of promotions become, if there are any."""
        if 'loyalty.reward' not in self.env:
            return self.env['product.product']
        rewards = self.env['loyalty.reward'].sudo().with_context(active_test=False)
        return rewards.search(domain).discount_line_product_id

    def _get_company_ids(self):
        """The company and its branches."""
        companies = below = self.company_id.sudo()
        while below := below.child_ids - companies:
            companies |= below
        return companies.ids
