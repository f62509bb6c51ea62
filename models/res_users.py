from odoo import api, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.model
    def _add_missing_default_values(self, values):
        """Give a contact portal access without losing the further facts of the dealer.

        For a user made of an existing contact Odoo avoids the contact's defaults, except those of
        properties, which then overwrite what the contact has.
        """
        defaults = super()._add_missing_default_values(values)
        if values.get('partner_id') and 'dealer_properties' not in values:
            defaults.pop('dealer_properties', None)
        return defaults
