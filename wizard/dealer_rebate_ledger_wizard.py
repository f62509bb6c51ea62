from odoo import fields, models
from odoo.tools import format_date


class DealerRebateLedgerWizard(models.TransientModel):
    """Asks as of which day rebates and ledger are compared."""

    _name = 'dealer.rebate.ledger.wizard'
    _description = 'Rebates and Ledger as of a Day'

    date = fields.Date('As of', required=True, default=lambda self: self.env.company._get_last_month_end())

    def action_open(self):
        """Open the report as of the day."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_ledger_action')
        day = format_date(self.env, self.date)
        return {
            **action,
            'display_name': self.env._('Rebates and Ledger as of %s', day),
            'context': {'search_default_group_program': 1, 'rebate_until': fields.Date.to_string(self.date)},
        }
