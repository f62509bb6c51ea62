from odoo import fields, models

from .dealer_rebate_program import ACCRUALS


class ResCompany(models.Model):
    """What a company's new rebate programs begin with."""

    _inherit = 'res.company'

    dealer_rebate_product_id = fields.Many2one(
        'product.product',
        'Product of New Rebate Programs',
        domain="[('type', '=', 'service')]",
        groups='base.group_user',
        help='Its taxes and accounts are those of the credit notes. Each program may name another one.',
    )
    dealer_rebate_accrual_method = fields.Selection(
        ACCRUALS,
        'Accruals of New Rebate Programs',
        required=True,
        default='earned',
        groups='base.group_user',
        help='What is booked for rebates at the end of each month, until they are settled.',
    )

    def _get_dealer_rebate_product(self):
        """The product that rebates are documented by unless a program names another one."""
        self.ensure_one()
        company = self.sudo().root_id
        product = company.dealer_rebate_product_id or self.env.ref(
            'dealer_management.product_rebate', raise_if_not_found=False
        )
        return (product or self.env['product.product']).with_env(self.env)
