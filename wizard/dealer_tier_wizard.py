from odoo import api, fields, models
from odoo.fields import Command


class DealerTierWizard(models.TransientModel):
    """Grades dealers: the new tier, since when, and why."""

    _name = 'dealer.tier.wizard'
    _description = 'Change the Tier of Dealers'
    _inherit = ['dealer.window.mixin']

    dealer_ids = fields.Many2many('res.partner', string='Dealers', required=True)
    grade_id = fields.Many2one('res.partner.grade', 'New Tier')
    date = fields.Date('From', required=True, default=lambda self: self.env.company._get_dealer_date())
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if 'dealer_ids' in fields and self.env.context.get('active_model') == 'res.partner':
            defaults['dealer_ids'] = [Command.set(self.env.context.get('active_ids', []))]
        return defaults

    def action_apply(self):
        """Give the dealers the new tier."""
        self.ensure_one()
        self.dealer_ids.action_dealer_change_tier(self.grade_id.id, self.reason, self.date)
        return {'type': 'ir.actions.act_window_close'}
