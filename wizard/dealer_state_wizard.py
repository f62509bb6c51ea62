from odoo import api, fields, models
from odoo.fields import Command


class DealerStateWizard(models.TransientModel):
    """Asks for the reason before dealers are suspended or terminated."""

    _name = 'dealer.state.wizard'
    _description = 'Suspend or Terminate Dealers'
    _inherit = ['dealer.window.mixin']

    dealer_ids = fields.Many2many('res.partner', string='Dealers', required=True)
    dealer_state = fields.Selection(
        [('suspended', 'Suspend'), ('terminated', 'Terminate')], 'Step', required=True, default='suspended'
    )
    reason = fields.Char(required=True)
    open_order_count = fields.Integer('Confirmed Orders', compute='_compute_open_order_count')

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if 'dealer_ids' in fields and self.env.context.get('active_model') == 'res.partner':
            defaults['dealer_ids'] = [Command.set(self.env.context.get('active_ids', []))]
        return defaults

    @api.depends('dealer_ids')
    def _compute_open_order_count(self):
        for wizard in self:
            # Channel managers see how many orders go on, without the right to read orders.
            wizard.open_order_count = (
                self.env['sale.order']
                .sudo()
                .search_count(
                    [
                        ('partner_id.commercial_partner_id', 'in', wizard.dealer_ids.ids),
                        ('state', '=', 'sale'),
                        ('delivery_status', 'in', ('pending', 'started', 'partial')),
                    ]
                )
            )

    def action_apply(self):
        """Suspend or terminate the dealers for the reason given."""
        self.ensure_one()
        if self.dealer_state == 'suspended':
            self.dealer_ids.action_dealer_suspend(self.reason)
        else:
            self.dealer_ids.action_dealer_terminate(self.reason)
        return {'type': 'ir.actions.act_window_close'}
