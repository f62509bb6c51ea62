from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    """No dealer's order goes below the floor, or below the minimum of its tier, unnoticed."""

    _inherit = 'sale.order'

    price_warning = fields.Text(compute='_compute_price_warning', compute_sudo=True, groups='base.group_user')
    special_price_needed = fields.Boolean(compute='_compute_price_warning', compute_sudo=True, groups='base.group_user')
    minimum_waived = fields.Boolean(
        'Below the Minimum Order',
        copy=False,
        tracking=True,
        help="A channel manager lets this order be smaller than the minimum of the dealer's tier.",
    )
    is_below_minimum = fields.Boolean(compute='_compute_price_warning', compute_sudo=True, groups='base.group_user')
    special_price_ended = fields.Boolean(compute='_compute_price_warning', compute_sudo=True, groups='base.group_user')

    @api.depends('partner_id', 'order_line.price_subtotal', 'order_line.product_uom_qty', 'minimum_waived', 'state')
    def _compute_price_warning(self):
        """What would be said if the quotation were confirmed now."""
        self.price_warning = False
        self.special_price_needed = self.special_price_ended = self.is_below_minimum = False
        for order in self.filtered(lambda order: order.state in ('draft', 'sent')):
            lines = order._get_lines_below_floor()
            policy = order._get_floor_policy()
            minimum = order._get_minimum_refusal()
            special = order._get_special_price_refusal() or order._get_ended_list_refusal()
            floor = lines and order._describe_below_floor(lines, policy)
            order.price_warning = ' '.join(filter(None, (floor, minimum, special))) or False
            order.special_price_needed = bool(lines) and policy == 'approval'
            order.special_price_ended = bool(special)
            order.is_below_minimum = bool(minimum)

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered('minimum_waived')._check_may_waive_minimum()
        orders._check_confirmed_prices()
        return orders

    def write(self, vals):
        if vals.get('minimum_waived'):
            self.filtered(lambda order: not order.minimum_waived)._check_may_waive_minimum()
        if vals.keys().isdisjoint({'state', 'partner_id', 'partner_invoice_id', 'currency_id', 'company_id'}):
            return super().write(vals)
        before = {order: (order.state, order._get_buying_dealers(), order.currency_id) for order in self}
        result = super().write(vals)
        # Whatever is confirmed without passing ``action_confirm``, or goes to another buyer, is judged as well.
        self.filtered(
            lambda order: before[order] != (order.state, order._get_buying_dealers(), order.currency_id)
        )._check_confirmed_prices()
        return result

    def _check_confirmed_prices(self):
        """Refuse confirmed orders that the rules on prices would not have let through.

        :raise UserError: with the reason
        """
        confirmed = self.filtered(lambda order: order.state == 'sale')
        confirmed.order_line._filter_ordered()._check_floor()
        for order in confirmed:
            message = order._get_minimum_refusal()
            if not message and not self.env.su:
                message = order.order_line._filter_ordered()._get_special_price_refusal()
            if message:
                raise UserError(message)

    def _check_may_waive_minimum(self):
        if self and not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_manager'):
            raise AccessError(self.env._('Only a channel manager lets an order be below the minimum.'))

    def action_waive_minimum(self):
        """Let these orders be smaller than the minimum of their dealers' tiers.

        :raise AccessError: for anyone but a channel manager
        """
        self.minimum_waived = True
        return True

    # ------------------------------------------------------------------ Rules

    def _get_channel_refusal(self):
        return super()._get_channel_refusal() or self._get_floor_refusal() or self._get_minimum_refusal()

    def _get_floor_policy(self):
        """``off``, ``warn``, ``approval`` or ``block``: the company's rule for lines below the floor."""
        self.ensure_one()
        # A branch keeps the rule of the company whose prices they are.
        company = self.company_id.sudo().root_id
        return company.dealer_floor_policy if company.dealer_floor_pricelist_id else 'off'

    def _get_lines_below_floor(self):
        """The lines of this dealer's order that are below the floor, by a fixed number of queries."""
        self.ensure_one()
        if self._get_floor_policy() == 'off' or not self._get_buying_dealers():
            return self.order_line.browse()
        return self.order_line._filter_below_floor()

    def _get_floor_refusal(self):
        """Why this quotation cannot be confirmed at its prices, as a sentence, or False."""
        self.ensure_one()
        policy = self._get_floor_policy()
        if policy not in ('approval', 'block'):
            return False
        lines = self._get_lines_below_floor()
        return lines and self._describe_below_floor(lines, policy)

    def _describe_below_floor(self, lines, policy):
        """Say which lines are below the floor and what to do, to whoever is at work: a dealer is not told
        what the floor is."""
        self.ensure_one()
        goods = self.env._(', ').join(lines.product_id.mapped('display_name'))
        if not self._is_told_to_staff() and policy != 'warn':
            return self.env._(
                'The price of %s has to be approved first. Please ask your channel account manager.', goods
            )
        remedy = {
            'warn': False,
            'approval': self.env._('An approved special price is needed: use "Ask for a Special Price" on the order.'),
            'block': self.env._('Such an order is not accepted.'),
        }[policy]
        return ' '.join(filter(None, (self.env._('Below the floor price: %s.', goods), remedy)))

    def _get_minimum_refusal(self):
        """Why this quotation is too small for the dealer's tier, as a sentence, or False."""
        self.ensure_one()
        # The tier's rule holds, whoever may read tiers.
        order = self.sudo()
        dealer = order._get_buying_dealers()[:1]
        minimum = dealer.grade_id.minimum_order_amount
        if not minimum or order.minimum_waived:
            return False
        company = order.company_id
        goods, discounts = order._get_goods_and_discounts()
        # A tier's amounts are in the company's currency.
        amount = order.currency_id._convert(goods + discounts, company.currency_id, company, order.date_order)
        if company.currency_id.compare_amounts(amount, minimum) >= 0:
            return False
        return self.env._(
            'An order of the tier %(tier)s comes to at least %(minimum)s before taxes; this one to %(amount)s.',
            tier=dealer.grade_id.with_env(self.env).sudo().name,
            minimum=company.currency_id.format(minimum),
            amount=company.currency_id.format(amount),
        )

    def _get_goods_and_discounts(self):
        """What the goods come to before taxes, and what is taken off the whole order (negative)."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        discounts = lines.filtered(lambda line: line._takes_off_order())
        goods = lines.filtered(lambda line: not line._is_side_line())
        return sum(goods.mapped('price_subtotal')), sum(discounts.mapped('price_subtotal'))

    def _get_share_after_discounts(self):
        """Which part of the goods' price is left after the discounts on the whole order: 1 without any."""
        goods, discounts = self._get_goods_and_discounts()
        return max(1 + discounts / goods, 0) if goods > 0 and discounts else 1

    # --------------------------------------------------------- Special prices

    def action_request_special_price(self):
        """Prepare a request for special prices for the lines that are below the floor, or have been
        discounted by hand; open it.

        :return: the action that opens the draft
        """
        self.ensure_one()
        self.check_access('write')
        request = self.env['dealer.price.request'].create(self._prepare_price_request_vals())
        # The quotation that it is for is set here alone.
        request.sudo().order_id = self
        return request._get_records_action(name=self.env._('Special Price'))

    def _prepare_price_request_vals(self):
        today = self.company_id._get_dealer_date()
        lines = self._get_lines_below_floor() or self.order_line.filtered(
            lambda line: line.product_id and not line._is_side_line()
        )
        by_product = lines.grouped('product_id')
        return {
            'dealer_id': self._get_buying_dealers()[:1].id,
            'company_id': self.company_id.id,
            'currency_id': self.currency_id.id,
            'date_from': today,
            'date_to': max(filter(None, (self.validity_date, fields.Date.add(today, days=14)))),
            'reason': self.env._('For the quotation %s', self.name),
            'line_ids': [
                fields.Command.create(
                    {
                        'product_id': product.id,
                        'quantity_max': sum(line._get_ordered_quantity() for line in of_product),
                        'special_price': min(line._get_price_to_ask_for() for line in of_product),
                    }
                )
                for product, of_product in by_product.items()
            ],
        }
