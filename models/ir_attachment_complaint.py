from odoo import models
from odoo.exceptions import AccessError

MODEL = 'dealer.complaint'


class IrAttachment(models.Model):
    """What was shown for a complaint stays as it was shown: nobody changes or deletes another's file."""

    _inherit = 'ir.attachment'

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation not in ('write', 'unlink') or not self:
            return result
        others = self.sudo().filtered(lambda file: file.res_model == MODEL and file.create_uid != self.env.user)
        if not others:
            return result
        forbidden = others.with_env(self.env) | (result[0] if result else self.browse())
        return forbidden, lambda: AccessError(
            self.env._('What somebody else has shown for a complaint stays as it was.')
        )
