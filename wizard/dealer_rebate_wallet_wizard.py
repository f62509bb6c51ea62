from odoo import api, fields, models


class DealerRebateWalletWizard(models.TransientModel):
    """Asks how much of an order the dealer's rebate wallet pays."""

    _name = 'dealer.rebate.wallet.wizard'
    _description = 'Pay from the Rebate Wallet'
    _inherit = ['dealer.window.mixin']

    order_id = fields.Many2one('sale.order', required=True, readonly=True, ondelete='cascade')
    partner_id = fields.Many2one(related='order_id.partner_id', related_sudo=False)
    currency_id = fields.Many2one(related='order_id.currency_id', related_sudo=False)
    state = fields.Selection(related='order_id.state', related_sudo=False)
    wallet_limit = fields.Monetary(related='order_id.wallet_limit', related_sudo=False)
    wallet_paid = fields.Monetary(related='order_id.wallet_paid', related_sudo=False)
    amount = fields.Monetary(
        'Pay',
        compute='_compute_amount',
        compute_sudo=False,
        store=True,
        readonly=False,
        help='Before taxes. 0: nothing is paid from the wallet.',
    )

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if self.env.context.get('active_model') == 'sale.order':
            defaults['order_id'] = self.env.context.get('active_id')
        return defaults

    @api.depends('order_id')
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.wallet_paid or wizard.wallet_limit

    def action_apply(self):
        """Have the wallet pay the amount, under the user's own rights."""
        self.ensure_one()
        self.order_id.action_use_wallet(self.amount)
        return {'type': 'ir.actions.act_window_close'}

    def action_remove(self):
        """Have the wallet pay nothing."""
        self.ensure_one()
        self.order_id.action_use_wallet(0)
        return {'type': 'ir.actions.act_window_close'}
