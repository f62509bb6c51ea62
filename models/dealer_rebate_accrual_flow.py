from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..tools import rebate

ACCOUNTANTS = 'account.group_account_invoice'
PREPARERS = f'{ACCOUNTANTS},dealer_management.group_dealer_manager'


class DealerRebateAccrual(models.Model):
    """The way of an accrual: prepared → booked, or discarded."""

    _inherit = 'dealer.rebate.accrual'

    def action_refresh(self):
        """Prepare accruals anew, from the sales and the ledger of now."""
        for accrual in self.filtered(lambda accrual: accrual.state == 'draft'):
            accrual.program_id._prepare_accruals(accrual.date)
        # What has become needless is removed.
        return len(self.exists()) == len(self) or self._get_list_action()

    def action_post(self):
        """Book accruals, all or none: one entry each, dated as they say.

        :raise AccessError: for anyone but accountants
        :raise UserError: if something has changed since they were prepared, or the day is closed
        """
        self._check_accountant()
        self.check_access('read')
        accruals = self.filtered(lambda accrual: accrual.state == 'draft')
        if not accruals:
            return True
        # Locks the programs, which those who book need not have the right to write.
        accruals.program_id.sudo()._draw_accrual_numbers()
        vals_list = [accrual._prepare_move_vals() for accrual in accruals]
        # By the rights of the accountant; but that items are a rebate's, nobody says by hand.
        self.env['account.move'].check_access('create')
        moves = self.env['account.move'].sudo().create(vals_list)
        moves.action_post()
        for accrual, move in zip(accruals, moves, strict=True):
            # Nobody has the right to write it by hand.
            accrual.sudo().write({'state': 'posted', 'move_id': move.id, 'posted_by_id': self.env.uid})
        accruals.sudo().activity_feedback(
            ['dealer_management.mail_activity_type_rebate_accrual'], feedback=self.env._('Booked')
        )
        return True

    def action_discard(self):
        """Remove accruals that are not booked."""
        self._check_may_prepare()
        self.check_access('read')
        # Nobody has the right to do it by hand; what is booked is kept on record.
        self.exists().sudo().unlink()
        return self._get_list_action()

    @api.model
    def _get_list_action(self):
        return self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_accrual_action')

    # ----------------------------------------------------------------- Checks

    @api.model
    def _check_may_prepare(self):
        if not self.env.su and not self.env.user.has_groups(PREPARERS):
            raise AccessError(self.env._('Only accountants and channel managers prepare accruals.'))

    @api.model
    def _check_accountant(self):
        if not self.env.su and not self.env.user.has_group(ACCOUNTANTS):
            raise AccessError(self.env._('Only accountants book accruals.'))

    # ---------------------------------------------------------------- Figures

    def _write_figures(self, program, day, figures):
        """Write what is to be booked, into this draft or a new one."""
        lines = [self._prepare_line_vals(program, dealer_id, line) for dealer_id, line in figures.items()]
        accrued = [line.accrual for line in figures.values()]
        expected, booked = sum(a.expected for a in accrued), sum(a.booked for a in accrued)
        vals = {
            'date': day,
            'rate': float(program.company_id._get_rebate_rate(program.currency_id, day)),
            'expected': float(expected),
            'booked': float(booked),
            'entry': float(expected - booked),
            'prepared_date': fields.Datetime.now(),
            'line_ids': [Command.clear(), *(Command.create(line) for line in lines)],
        }
        if self:
            self.write(vals)
            return self
        # Said, not left to defaults, which anybody may set, and which hold in sudo() as well.
        new = {'program_id': program.id, 'state': 'draft', 'posted_by_id': False, 'move_id': False}
        return self.create({**new, **vals})

    @api.model
    def _prepare_line_vals(self, program, dealer_id, figures):
        unit, (expected, accrual, _changes) = program._get_unit(), figures
        return {
            'dealer_id': dealer_id,
            'earned': float(rebate.round_half_up(expected.earned, unit)),
            'unpaid': float(expected.unpaid),
            'expected': float(accrual.expected),
            'booked': float(accrual.booked),
            'entry': float(accrual.entry),
        }

    def _prepare_move_vals(self):
        """The entry of what was prepared.

        :raise UserError: if the figures are others by now
        """
        self.ensure_one()
        program = self.program_id
        figures = program._read_accrual_figures(self.date)
        now = {
            dealer_id: (float(line.accrual.expected), float(line.accrual.booked)) for dealer_id, line in figures.items()
        }
        prepared = {line.dealer_id.id: (line.expected, line.booked) for line in self.line_ids}
        vals = program.sudo()._prepare_accrual_move_vals(
            self.date,
            {dealer_id: line.changes for dealer_id, line in figures.items()},
            self.env._(
                'Rebate accrual: %(program)s until %(day)s',
                program=program.display_name,
                day=format_date(self.env, self.date),
            ),
        )
        if now != prepared or not vals:
            raise UserError(
                self.env._(
                    'Sales, settlements or the ledger have changed since the accrual %s was prepared: prepare it'
                    ' anew and look at it again.',
                    self.display_name,
                )
            )
        return vals
