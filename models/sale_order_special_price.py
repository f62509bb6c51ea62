from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class SaleOrder(models.Model):
    """Which project an order is for, and whether its special prices still hold when it is confirmed."""

    _inherit = 'sale.order'

    project_request_id = fields.Many2one(
        'dealer.price.request',
        'Dealer Project',
        domain="[('dealer_id.child_ids', 'any', [('id', '=', partner_id)]), ('project_name', '!=', False),"
        " ('state', '=', 'approved')]",
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        groups='sales_team.group_sale_salesman,dealer_management.group_dealer_access',
        help='The project whose special prices the order may use.',
    )

    @api.constrains('project_request_id', 'partner_id')
    def _check_project_of_dealer(self):
        # Whoever writes the order need not be allowed to read the dealer's prices.
        for order in self.sudo().filtered('project_request_id'):
            if order.project_request_id.dealer_id != order.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        'The special prices for "%s" are another dealer\'s.', order.project_request_id.project_name
                    )
                )

    def write(self, vals):
        if vals.keys().isdisjoint({'partner_id', 'project_request_id', 'company_id', 'pricelist_id'}):
            return super().write(vals)
        special = self.order_line.filtered(lambda line: line.sudo().price_request_line_id)
        result = super().write(vals)
        # What was another dealer's price, or another project's, is not taken along.
        lost = special.filtered(lambda line: not line.sudo().price_request_line_id)
        for order, of_order in lost.grouped('order_id').items():
            if order.state == 'sale':
                raise UserError(
                    self.env._(
                        'The order %s was confirmed at special prices, which do not hold for what it is changed to:'
                        ' please cancel it and order anew.',
                        order.name,
                    )
                )
            of_order._price_anew()
            order.show_update_pricelist = False
        return result

    @api.onchange('project_request_id')
    def _onchange_project_request_id(self):
        # As with another price list: Odoo then offers to update the prices. A new order is asked without a project.
        if self.project_request_id or self.order_line.sudo().price_request_line_id:
            self.show_update_pricelist = bool(self.order_line)

    def _recompute_prices(self):
        result = super()._recompute_prices()
        self._get_update_prices_lines()._split_special_prices()
        return result

    def _get_channel_refusal(self):
        return super()._get_channel_refusal() or self._get_special_price_refusal() or self._get_ended_list_refusal()

    def _get_ended_list_refusal(self):
        """Why the price list of this quotation does not hold any longer, as a sentence, or False.

        An offer that says until when it is valid is kept until then.
        """
        self.ensure_one()
        if not self._get_buying_dealers():
            return False  # before its price list is read, for that is no dealer's
        pricelist, today = self.pricelist_id.sudo(), self.company_id.sudo()._get_dealer_date()
        is_ended = pricelist.dealer_level_id and pricelist.date_end and pricelist.date_end < today
        if not is_ended or (self.validity_date and self.validity_date >= today):
            return False
        return self.env._(
            'The price list "%(list)s" ended on %(day)s: please choose the present one and update the prices of %(order)s.',
            list=pricelist.with_env(self.env).sudo().name,
            day=format_date(self.env, pricelist.date_end),
            order=self.name,
        )

    def _get_special_price_refusal(self):
        """Why the special prices of this quotation do not hold any longer, as a sentence, or False."""
        self.ensure_one()
        lines = self.order_line.sudo().filtered('price_request_line_id')
        if not lines:
            return False
        if message := lines.with_env(self.env)._get_special_price_refusal():
            return message
        request_lines = lines.price_request_line_id
        used = request_lines._get_quantities_used(self)
        for request_line in request_lines.filtered('quantity_max'):
            asked = sum(line._get_ordered_quantity() for line in lines if line.price_request_line_id == request_line)
            left = max(request_line.quantity_max - used[request_line], 0)
            if request_line.product_uom_id.compare(asked, left) > 0:
                return self.env._(
                    'At the special price %(name)s only %(left)s %(unit)s of %(product)s are left, and %(asked)s are'
                    ' ordered: please update the prices of %(order)s.',
                    name=request_line.request_id.name,
                    left=f'{left:.10g}',
                    unit=request_line.product_uom_id.name,
                    product=request_line.product_id.display_name,
                    asked=f'{asked:.10g}',
                    order=self.name,
                )
        return False
