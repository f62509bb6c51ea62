from odoo import api, models
from odoo.exceptions import AccessError, UserError

# Written by the steps of a settlement, and by nobody else.
STEPS = frozenset(
    {
        'state',
        'period_from',
        'previewed_date',
        'confirmed_by_id',
        'confirmed_date',
        'posted_by_id',
        'posting_stopped',
        'done_date',
        'payout_ids',
        'computation_ids',
    }
)
# What a settlement is of: fixed from the preview on.
ASKED = frozenset({'program_id', 'period_to', 'date'})


class DealerRebateRun(models.Model):
    """Users say what is to be settled; its steps write all else."""

    _inherit = 'dealer.rebate.run'

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Said, not left to defaults, which anybody may set.
            nothing = dict.fromkeys(STEPS, False) | {'state': 'draft'}
            vals_list = [
                {**{name: value for name, value in vals.items() if name not in STEPS}, **nothing} for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if not STEPS.isdisjoint(vals):
                raise AccessError(self.env._('A settlement is taken further by its buttons, not by writing it.'))
            if not ASKED.isdisjoint(vals) and any(run.state != 'draft' for run in self):
                raise UserError(self.env._('What has been previewed stays as it is: cancel it and settle anew.'))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        for run in self:
            if run.state in ('confirmed', 'posting', 'done'):
                raise UserError(self.env._('The settlement "%s" is kept on record.', run.display_name))
