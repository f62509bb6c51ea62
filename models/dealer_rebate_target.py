from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerRebateTarget(models.Model):
    """What one dealer has to reach in a period, where attainment decides."""

    _name = 'dealer.rebate.target'
    _description = "Dealer's Target in a Rebate Program"
    _inherit = ['dealer.rebate.part']
    _order = 'program_id, dealer_id, date_from, id'

    dealer_id = fields.Many2one(
        'res.partner', required=True, index=True, ondelete='restrict', domain="[('is_dealer', '=', True)]"
    )
    date_from = fields.Date('Period From', help='The first day of the period. Empty: of every period.')
    amount = fields.Float('Target', required=True, digits=(16, 2))

    _one_a_period = models.UniqueIndex(
        "(program_id, dealer_id, COALESCE(date_from, '1900-01-01'))", 'A dealer has one target a period.'
    )
    _amount_positive = models.Constraint('CHECK (amount > 0)', 'A target is more than 0.')


class DealerRebateStack(models.Model):
    """Rebates on the same sales, applied one after another by their sequence."""

    _name = 'dealer.rebate.stack'
    _description = 'Rebate Stack'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    program_ids = fields.One2many('dealer.rebate.program', 'stack_id', 'Programs', context={'active_test': False})

    @api.constrains('company_id')
    def _check_company_of_programs(self):
        # Programs of other companies are checked, whoever may see them.
        for program in self.sudo().program_ids:
            if program.company_id != program.stack_id.company_id:
                raise ValidationError(
                    self.env._(
                        '"%(program)s" is in the stack "%(stack)s", and belongs to %(company)s.',
                        program=program.title,
                        stack=program.stack_id.name,
                        company=program.company_id.name,
                    )
                )
