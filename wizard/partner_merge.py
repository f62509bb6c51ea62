from odoo import models
from odoo.exceptions import UserError


class PartnerMerge(models.TransientModel):
    _inherit = 'base.partner.merge.automatic.wizard'

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """A dealer takes up its duplicates; two dealers, each with its history, are not merged."""
        dealers = self.env['res.partner'].browse(partner_ids).exists().filtered('is_dealer')
        if len(dealers) > 1:
            raise UserError(
                self.env._(
                    '%(dealers)s are all dealers, each with a history of its own, and cannot be merged. Terminate'
                    ' the one that is to go, or turn a mere prospect back into a contact first.',
                    dealers=', '.join(f'"{dealer.display_name}"' for dealer in dealers),
                )
            )
        return super()._merge(partner_ids, dealers or dst_partner, extra_checks)
