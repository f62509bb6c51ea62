from odoo import api, models
from odoo.exceptions import AccessError


class ReportDealerPriceList(models.AbstractModel):
    """What the printed price list of a dealer shows."""

    _name = 'report.dealer_management.dealer_price_list'
    _description = 'Price List of a Dealer'

    @api.model
    def _get_report_values(self, docids, data=None):
        dealers = self.env['res.partner'].browse(docids)
        self._check_may_print(dealers)
        return {
            'doc_ids': docids,
            'doc_model': 'res.partner',
            'docs': dealers,
            'price_lists': {dealer: self._get_price_list(dealer) for dealer in dealers},
        }

    def _check_may_print(self, dealers):
        """Check that the user may see these dealers' prices: the portal prints its own, as superuser, after
        it has checked whose they are.

        :raise AccessError: for portal users who come by another way
        :raise UserError: for contacts that are no dealers
        """
        dealers.check_access('read')
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._('Please print your prices from the page "Prices".'))
        dealers._check_are_dealers()

    def _get_price_list(self, dealer):
        company = dealer.company_id or self.env.company
        # Whoever may print the dealer's list need not be allowed to read products and price lists.
        products = (
            self.env['product.product']
            .sudo()
            .with_context(lang=dealer.lang)
            .with_company(company)
            .search(dealer._get_orderable_domain(company), order='categ_id, default_code, id')
        )
        return dealer.with_context(lang=dealer.lang)._get_price_list(products, company.sudo())
