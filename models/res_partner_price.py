from odoo import fields, models


class ResPartner(models.Model):
    """What a dealer buys at, and until when."""

    _inherit = 'res.partner'

    price_request_count = fields.Integer(
        'Special Prices', compute='_compute_price_request_count', groups='dealer_management.group_dealer_access'
    )
    dealer_pricelist_reason = fields.Char(
        'Why This Price List',
        compute='_compute_dealer_pricelist_reason',
        compute_sudo=True,
        groups='dealer_management.group_dealer_access',
    )

    def _compute_price_request_count(self):
        counts = dict(
            self.env['dealer.price.request']._read_group(
                [('dealer_id', 'in', self.ids), ('is_in_force', '=', True)], ['dealer_id'], ['__count']
            )
        )
        for partner in self:
            partner.price_request_count = counts.get(partner, 0)

    def _compute_dealer_pricelist_reason(self):
        pricelists = self.env['product.pricelist']
        choices = pricelists._choose_dealer_lists(self.filtered('is_dealer'))
        for partner in self:
            choice = choices.get(partner)
            partner.dealer_pricelist_reason = choice and pricelists._describe_choice(choice)

    def _inverse_product_pricelist(self):
        """A list that the rules choose for a dealer anyway is not one agreed with it alone: a form that is saved
        hands back what it was shown."""
        pricelists = self.env['product.pricelist']
        shown = {partner: partner.property_product_pricelist for partner in self}
        before = {partner: partner.specific_property_product_pricelist for partner in self}
        result = super()._inverse_product_pricelist()
        for partner in self.filtered('is_dealer'):
            tier_list = partner.grade_id.sudo().default_pricelist_id
            partner.specific_property_product_pricelist = before[partner] if before[partner] == tier_list else False
            if pricelists._choose_dealer_lists(partner)[partner].pricelist_id != shown[partner].id:
                partner.specific_property_product_pricelist = shown[partner]
        return result

    def _get_last_price_day(self, company):
        """The last day on which the dealer may buy, as agreed with it; None where no end is agreed.

        Its own end, if one was set; else that of the authorization that lasts longest.
        """
        self.ensure_one()
        if self.dealer_ended_date:
            return self.dealer_ended_date
        # Whoever asks for a price need not be allowed to read all grants.
        grants = self.env['dealer.authorization'].sudo()
        [(last_day,)] = grants._read_group(
            [
                ('dealer_id', '=', self.id),
                ('company_id', '=', company.root_id.id),
                ('state', 'in', ('approved', 'active', 'suspended')),
            ],
            [],
            ['date_to:max'],
        )
        return last_day or None

    def action_view_price_requests(self):
        """Open the dealer's special prices."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_price_request_action')
        action['domain'] = [('dealer_id', '=', self.commercial_partner_id.id)]
        action['context'] = {'default_dealer_id': self.commercial_partner_id.id, 'search_default_in_force': 0}
        return action
