from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare


class DealerPriceLimit(models.Model):
    """How deep a special price may go, and who may approve it so far.

    A request is decided by whoever is named in a limit that is deep enough. Where a company has
    no limits, every channel manager decides on every depth.
    """

    _name = 'dealer.price.limit'
    _description = 'Approval Limit for Special Prices'
    _order = 'company_id, discount_max, id'
    _rec_name = 'discount_max'
    _check_company_auto = True

    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company.root_id
    )
    discount_max = fields.Float(
        'Up To (%)',
        digits='Discount',
        required=True,
        help='The deepest discount on the list price, inclusive, that these people may approve.',
    )
    user_ids = fields.Many2many(
        'res.users',
        'dealer_price_limit_user_rel',
        'limit_id',
        'user_id',
        'May Approve',
        required=True,
        domain="[('share', '=', False), ('all_group_ids', 'in', approver_group_id)]",
    )
    approver_group_id = fields.Many2one('res.groups', compute='_compute_approver_group_id')

    _discount_in_range = models.Constraint(
        'CHECK (discount_max > 0 AND discount_max <= 100)', 'A limit lies between 0 and 100 %.'
    )
    _one_a_depth = models.UniqueIndex(
        '(company_id, discount_max)', 'There is a limit of this depth already: name the people there.'
    )

    def _compute_approver_group_id(self):
        self.approver_group_id = self.env.ref('dealer_management.group_dealer_staff')

    @api.constrains('user_ids')
    def _check_users(self):
        for limit in self:
            if not limit.user_ids:
                raise ValidationError(self.env._('Please name who may approve up to %s %%.', limit.discount_max))
            strangers = limit.user_ids.filtered(lambda user: not user.has_group('dealer_management.group_dealer_staff'))
            if strangers:
                raise ValidationError(
                    self.env._(
                        '"%s" is no channel staff for all dealers, and cannot approve prices.', strangers[0].name
                    )
                )

    @api.depends('discount_max')
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = self.env._('up to %s %%', f'{limit.discount_max:.10g}')

    @api.model
    def _get_approvers(self, company, depth):
        """Who may approve a discount of ``depth`` percent.

        :return: users, in sudo; or None where the company has set no limits
        """
        # Whoever asks need not be allowed to read who decides.
        limits = self.sudo().search([('company_id', '=', company.root_id.id)])
        if not limits:
            return None
        deep_enough = limits.filtered(lambda limit: float_compare(limit.discount_max, depth, precision_digits=2) >= 0)
        return deep_enough.user_ids.filtered('active')
