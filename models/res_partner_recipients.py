from odoo import models


class ResPartner(models.Model):
    """Who of a dealer's people is written to."""

    _inherit = 'res.partner'

    def _get_dealer_recipients(self):
        """``{dealer: contacts}``, the dealer's own contact and its portal users, each address once, by one query."""
        # Whoever tells dealers something need not be allowed to read users.
        users = self.env['res.users'].sudo()
        found = users.search([('share', '=', True), ('partner_id.commercial_partner_id', 'in', self.ids)], order='id')
        people = found.partner_id.grouped('commercial_partner_id')
        recipients = {}
        for dealer in self:
            contacts = dealer | people.get(dealer, self.browse()).with_env(self.env)
            # The first of those with the same address stays.
            by_address = {contact.email_normalized: contact.id for contact in reversed(contacts)}
            by_address.pop(False, None)
            recipients[dealer] = self.browse(sorted(by_address.values()))
        return recipients
