from odoo import api, fields, models

# step: (model, method that takes the reason as its argument)
STEPS = {
    'allocation_refuse': ('dealer.allocation', 'action_refuse'),
    'authorization_refuse': ('dealer.authorization', 'action_refuse'),
    'authorization_suspend': ('dealer.authorization', 'action_suspend'),
    'authorization_revoke': ('dealer.authorization', 'action_revoke'),
    'complaint_cancel': ('dealer.complaint', 'action_cancel'),
    'complaint_reopen': ('dealer.complaint', 'action_reopen'),
    'complaint_wait': ('dealer.complaint', 'action_wait'),
    'deviation_dismiss': ('dealer.price.deviation', 'action_dismiss'),
    'deviation_settle': ('dealer.price.deviation', 'action_settle'),
    'dispute_accept': ('dealer.rebate.dispute', 'action_accept'),
    'dispute_refuse': ('dealer.rebate.dispute', 'action_refuse'),
    'exception_refuse': ('dealer.territory.exception', 'action_refuse'),
    'price_change_refuse': ('dealer.price.change', 'action_refuse'),
    'price_refuse': ('dealer.price.request', 'action_refuse'),
    'price_close': ('dealer.price.request', 'action_close'),
    'rebate_program_refuse': ('dealer.rebate.program', 'action_refuse'),
    'rebate_hold': ('dealer.rebate.payout', 'action_hold'),
}


class DealerReasonWizard(models.TransientModel):
    """Asks for the reason that a step needs."""

    _name = 'dealer.reason.wizard'
    _description = 'Reason for a Step'
    _inherit = ['dealer.window.mixin']

    step = fields.Selection(
        [
            ('allocation_refuse', 'Refuse the Allocation'),
            ('authorization_refuse', 'Refuse the Authorization'),
            ('authorization_suspend', 'Suspend the Authorization'),
            ('authorization_revoke', 'Revoke the Authorization'),
            ('complaint_cancel', 'Withdraw the Complaint'),
            ('complaint_reopen', 'Reopen the Complaint'),
            ('complaint_wait', 'Ask the Dealer'),
            ('deviation_dismiss', 'Dismiss the Price Deviation'),
            ('deviation_settle', 'Settle the Price Deviation'),
            ('dispute_accept', 'Accept the Dispute'),
            ('dispute_refuse', 'Refuse the Dispute'),
            ('exception_refuse', 'Refuse the Exception'),
            ('order_exception', 'Ask for Approval'),
            ('price_change_refuse', 'Refuse the Price Change'),
            ('price_refuse', 'Refuse the Special Price'),
            ('price_close', 'Close the Special Price'),
            ('rebate_program_refuse', 'Refuse the Rebate Program'),
            ('rebate_hold', 'Hold the Statement Back'),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Text(required=True)
    order_id = fields.Many2one('sale.order', readonly=True)
    partner_id = fields.Many2one(related='order_id.partner_id', related_sudo=False)
    warning = fields.Text(compute='_compute_warning')
    partner_shipping_id = fields.Many2one(
        'res.partner',
        'Delivery Address',
        compute='_compute_partner_shipping_id',
        compute_sudo=False,
        store=True,
        readonly=False,
        help='Choose another one to ask for a change of the address before you make it.',
    )

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if self.env.context.get('active_model') == 'sale.order':
            defaults['order_id'] = self.env.context.get('active_id')
        return defaults

    @api.depends('order_id')
    def _compute_partner_shipping_id(self):
        for wizard in self:
            wizard.partner_shipping_id = wizard.order_id.partner_shipping_id

    @api.depends('order_id')
    def _compute_warning(self):
        for wizard in self:
            wizard.warning = wizard.order_id.territory_warning

    def action_apply(self):
        """Take the step with the reason given, under the user's own rights."""
        self.ensure_one()
        if self.step == 'order_exception':
            changed = self.partner_shipping_id - self.order_id.partner_shipping_id
            self.order_id.action_request_territory_approval(self.reason, changed.id)
        else:
            model, method = STEPS[self.step]
            getattr(self.env[model].browse(self.env.context.get('active_ids', [])), method)(self.reason)
        return {'type': 'ir.actions.act_window_close'}
