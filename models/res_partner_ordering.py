from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    """What a dealer may order, at which prices, and where it may go."""

    _inherit = 'res.partner'

    def _get_orderable_domain(self, company):
        """Domain of the ``product.product`` records that this dealer sees and orders in the portal.

        Goods that are sold, by this company, to this dealer; where territories are guarded, those
        that its authorizations name.
        """
        self.ensure_one()
        dealer = self.sudo()
        domain = (
            Domain('sale_ok', '=', True)
            & Domain('type', '=', 'consu')
            & Domain('company_id', 'in', [*company.parent_ids.ids, False])
            & (Domain('only_dealer_ids', '=', False) | Domain('only_dealer_ids', 'in', dealer.ids))
        )
        policy = dealer.grade_id.territory_policy or company.sudo().root_id.dealer_territory_policy
        if policy != 'off':
            # A second-level dealer sells under the grants of the dealers that supply it.
            grants = (
                self.env['dealer.authorization']
                .sudo()
                .search(
                    [
                        ('dealer_id', 'in', dealer._get_dealer_chain(dealer).ids),
                        ('company_id', '=', company.root_id.id),
                        ('is_in_force', '=', True),
                    ]
                )
            )
            domain &= grants._get_granted_products_domain()
        return domain

    def _get_dealer_pricelist(self, company, day=None):
        """The list that this dealer buys from in ``company`` on ``day``, and why, as ``Choice``."""
        self.ensure_one()
        pricelists = self.env['product.pricelist'].sudo().with_company(company)
        return pricelists._choose_dealer_lists(self.sudo(), day)[self]

    def _get_delivery_addresses(self):
        """Where this dealer's goods may go: itself, and the addresses it has for deliveries."""
        self.ensure_one()
        # The addresses of the dealer's own, whoever looks.
        addresses = self.sudo().search(
            [
                ('id', 'child_of', self.id),
                ('commercial_partner_id', '=', self.id),
                ('type', 'in', ('delivery', 'other')),
            ],
            order='name, id',
        )
        return self.sudo() | addresses

    def _get_delivery_label(self):
        """One line that says where a delivery goes."""
        self.ensure_one()
        place = ' '.join(filter(None, (self.state_id.name, self.city, self.street)))
        return ', '.join(filter(None, (self.name or self.commercial_partner_id.name, place)))
