from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """An entry that books rebate accruals, or releases them, stays: the next accrual books what has changed."""

    _inherit = 'account.move'

    def _check_books_no_rebate(self):
        result = super()._check_books_no_rebate()
        # Whoever works on entries need not be allowed to read accruals; the rule holds all the same.
        env = self.sudo().env
        accrual = env['dealer.rebate.accrual'].search([('move_id', 'in', self.ids)], limit=1)
        payout = env['dealer.rebate.payout'].search([('accrual_move_id', 'in', self.ids)], limit=1)
        if found := accrual or payout:
            raise UserError(
                self.env._(
                    '%(entry)s books the rebate accruals of "%(program)s": it cannot be deleted, cancelled, reset to'
                    ' draft or reversed. What has changed is booked by the next accrual.',
                    entry=(accrual.move_id or payout.accrual_move_id).display_name,
                    program=found.program_id.title,
                )
            )
        return result
