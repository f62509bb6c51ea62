from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerRebateCriterion(models.Model):
    """Something that is found about a dealer and that rebates depend on: display, faults, diversion."""

    _name = 'dealer.rebate.criterion'
    _description = 'Rebate Criterion'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_diversion = fields.Boolean(
        'Diversion', help='Quantities that were found diverted (窜货) do not count in any rebate.'
    )

    def write(self, vals):
        if 'is_diversion' in vals:
            for criterion in self:
                if criterion.is_diversion != vals['is_diversion'] and criterion._is_found():
                    raise UserError(
                        self.env._('"%s" has been found already: make another criterion of it.', criterion.name)
                    )
        return super().write(vals)

    def _is_found(self):
        """Whether findings count by it; those of all companies, whoever may see them."""
        findings = self.env['dealer.rebate.finding'].sudo()
        return bool(findings.search_count([('criterion_id', 'in', self.ids), ('state', '=', 'confirmed')], limit=1))


class DealerRebateCondition(models.Model):
    """What a rebate depends on beside its bands: it is withheld, raised or lowered."""

    _name = 'dealer.rebate.condition'
    _description = 'Condition of a Rebate Program'
    _inherit = ['dealer.rebate.part']
    _order = 'program_id, sequence, id'

    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ('overdue', 'The dealer has overdue invoices'),
            ('criterion', 'Something was found'),
            ('mix', 'Share of chosen products'),
        ],
        'If',
        required=True,
        default='overdue',
    )
    criterion_id = fields.Many2one('dealer.rebate.criterion', ondelete='restrict')
    category_ids = fields.Many2many(
        'product.category', 'dealer_rebate_condition_category_rel', string='Share of Categories'
    )
    product_tmpl_ids = fields.Many2many(
        'product.template',
        'dealer_rebate_condition_product_rel',
        string='Share of Products',
        context={'active_test': False},
    )
    share = fields.Float('Share (%)', digits=(7, 4), help='Reached with at least this share of the sales.')
    effect = fields.Selection(
        [
            ('withhold', 'withhold part of the rebate'),
            ('adjust', 'pay more or less of the base'),
        ],
        'Then',
        required=True,
        default='withhold',
        help='A share withholds where it is not reached, and pays more where it is.',
    )
    withheld = fields.Float('Withheld (%)', digits=(7, 4), default=100, help='100: nothing is paid.')
    rate = fields.Float(
        'Rate of the Base (%)', digits=(7, 4), help='Above 0 a bonus, below 0 a penalty; for each finding.'
    )
    needs_band = fields.Boolean('Only with a Band', default=True, help='Only dealers that reach a band get the bonus.')

    def _get_key(self):
        """The name of the condition in the arithmetic: of its gate or bonus, and of its part of the sales."""
        self.ensure_one()
        return f'condition {self.id}'

    @api.depends('kind', 'criterion_id', 'category_ids', 'product_tmpl_ids', 'share')
    def _compute_display_name(self):
        for condition in self:
            if condition.kind == 'overdue':
                condition.display_name = self.env._('Overdue invoices')
            elif condition.kind == 'criterion':
                condition.display_name = condition.criterion_id.name or self.env._('Something was found')
            else:
                chosen = [*condition.category_ids.mapped('name'), *condition.product_tmpl_ids.mapped('name')]
                condition.display_name = self.env._(
                    'Share of %(products)s, %(share)s %%', products=', '.join(chosen), share=f'{condition.share:g}'
                )
