from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .account_move_line_rebate import REBATE_READERS

# What settlements and complaints say of journal items, and what rebates go by.
ROLE_FIELDS = ('rebate_role', 'rebate_program_id', 'credited_line_id', 'is_allowance')


class AccountMove(models.Model):
    """A document that pays a rebate statement stays: what it paid counts as settled, whatever becomes of it."""

    _inherit = 'account.move'

    rebate_payout_ids = fields.One2many(
        'dealer.rebate.payout', 'move_id', 'Rebate Statement', readonly=True, groups=REBATE_READERS
    )

    def write(self, vals):
        if vals.get('state') in ('draft', 'cancel'):
            self.filtered(lambda move: move.state == 'posted')._check_books_no_rebate()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_rebate(self):
        self._check_books_no_rebate()

    @api.constrains('reversed_entry_id')
    def _check_reverses_no_rebate(self):
        """However a reversal is made: the statement would stay settled, and nobody would pay it again."""
        self.reversed_entry_id._check_books_no_rebate()

    def _check_books_no_rebate(self):
        """Check that none of these documents pays a rebate statement, or books what else rebates rely on.

        :raise UserError: for one that does
        """
        # Whoever works on documents need not be allowed to read statements; the rule holds all the same.
        payout = self.env['dealer.rebate.payout'].sudo().search([('move_id', 'in', self.ids)], limit=1)
        if payout:
            raise UserError(
                self.env._(
                    '%(document)s pays the rebate statement %(statement)s: it cannot be deleted, cancelled, reset to'
                    ' draft or reversed. What was settled wrongly is corrected by the next settlement.',
                    document=payout.move_id.display_name,
                    statement=payout.name,
                )
            )

    def action_view_rebate_payout(self):
        """Open the rebate statement that these documents pay."""
        return self.rebate_payout_ids._get_records_action(name=self.env._('Rebate Statement'))


class AccountMoveLine(models.Model):
    """What a journal item does for rebates is said by settlements, and goes along when it is reversed."""

    _inherit = 'account.move.line'

    @api.model
    def default_get(self, fields):
        """No default says it: anybody may set those, and they hold in sudo() as well.

        Left out here, not blanked in ``create``: there, whoever may not read these fields could make no item.
        """
        defaults = super().default_get(fields)
        return {name: value for name, value in defaults.items() if name not in ROLE_FIELDS}

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su and any(vals.get(name) for vals in vals_list for name in ROLE_FIELDS):
            # Whoever sends it along, from a copy or an import, is not believed.
            lines.sudo()._filter_role_made_up().write(dict.fromkeys(ROLE_FIELDS, False))
        return lines

    def write(self, vals):
        if not self.env.su and any(name in vals for name in ROLE_FIELDS):
            raise AccessError(
                self.env._('What a journal item does for rebates is said by settling rebates and complaints.')
            )
        return super().write(vals)

    def _filter_role_made_up(self):
        """Those that say something of rebates that no item of the entry which they reverse says."""
        return self.filtered(
            lambda line: line._get_role() not in [item._get_role() for item in line.move_id.reversed_entry_id.line_ids]
        )

    def _get_role(self):
        self.ensure_one()
        return [self[name] for name in ROLE_FIELDS]
