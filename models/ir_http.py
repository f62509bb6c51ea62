from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """The portal's quick order speaks the dealer's language."""
        return [*super()._get_translation_frontend_modules_name(), 'dealer_management']
