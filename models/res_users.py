from odoo import api, fields, models

from .res_partner_qualification import FACTS_GROUPS


class ResUsers(models.Model):
    _inherit = 'res.users'

    # As Odoo would inherit it, but for the computing ahead: making a user then takes the right to
    # read the facts.
    dealer_properties = fields.Properties(
        related='partner_id.dealer_properties',
        inherited=True,
        readonly=False,
        precompute=False,
        groups=FACTS_GROUPS,
        copy=False,
    )

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
