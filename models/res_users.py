from odoo import api, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.model
    def _add_missing_default_values(self, values):
        """Leave the further facts of a dealer to the contact.

        Odoo adds the defaults of properties for every user that is made, even where it avoids the
        other defaults of the contact: they would overwrite the facts of a dealer that is given
        portal access, and ask for a right that whoever makes users need not have.
        """
        defaults = super()._add_missing_default_values(values)
        if 'dealer_properties' not in values:
            defaults.pop('dealer_properties', None)
        return defaults
