from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError

from .product_pricelist_rules import PriceRules

PORTAL_STATES = [
    ('draft', 'Being Written by the Dealer'),
    ('placed', 'Placed by the Dealer'),
]


class SaleOrder(models.Model):
    """An order that a dealer writes in its portal: a quotation like any other, from the first line on.

    What the dealer sees while it writes is what stands in the quotation; nothing is worked out a
    second time.
    """

    _inherit = 'sale.order'

    dealer_portal_state = fields.Selection(
        PORTAL_STATES,
        'Portal Order',
        readonly=True,
        copy=False,
        index='btree_not_null',
        tracking=True,
        help='How far the dealer has come with an order that it writes in the portal.',
    )
    dealer_placed_date = fields.Datetime('Placed on', readonly=True, copy=False)
    dealer_note = fields.Text('Note of the Dealer', copy=False)
    dealer_page_key = fields.Char(
        'Page Key',
        readonly=True,
        copy=False,
        groups='base.group_system',
        help='Of the page that it was begun on: a page that is not answered asks again, and makes no second draft.',
    )

    _dealer_page_key_unique = models.UniqueIndex(
        '(partner_id, dealer_page_key) WHERE dealer_page_key IS NOT NULL', 'This order has been begun already.'
    )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_portal_state_not_written(vals)
            # Said, not left to defaults, which anybody may set.
            nothing = {'dealer_portal_state': False, 'dealer_placed_date': False}
            vals_list = [{**vals, **nothing} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self._check_portal_state_not_written(vals)
        return super().write(vals)

    @api.model
    def _check_portal_state_not_written(self, vals):
        if not self.env.su and not vals.keys().isdisjoint({'dealer_portal_state', 'dealer_placed_date'}):
            raise ValidationError(self.env._('How far a dealer has come with its order is not written by hand.'))

    def _queues_mail(self):
        """Whoever writes in the portal does not wait for the mail server."""
        return bool(self.filtered('dealer_portal_state')) or super()._queues_mail()

    # ---------------------------------------------------------------- Writing

    @api.model
    def _prepare_quick_order_vals(self, dealer, company):
        """A new draft of ``dealer`` in the portal.

        It is neither signed nor paid by itself: staff confirm it, or the company's limit does.
        """
        return {
            'partner_id': dealer.id,
            'company_id': company.id,
            'user_id': dealer.user_id.id or dealer.channel_account_manager_id.id,
            'dealer_portal_state': 'draft',
            'require_signature': False,
            'require_payment': False,
        }

    @api.model
    def _create_quick_order(self, dealer, company, key=''):
        """Begin an order of ``dealer`` in the portal.

        :param str key: of the page that it is begun on, which has no draft yet
        """
        vals = self._prepare_quick_order_vals(dealer, company)
        try:
            with self.env.cr.savepoint():
                return self.create({**vals, 'dealer_page_key': key or False})
        except UniqueViolation as error:
            if 'dealer_page_key' not in (error.diag.constraint_name or ''):
                raise
            # The same page asked twice. What the other has made is seen by a new transaction only: try again.
            raise ConcurrencyError(str(error)) from error

    def _set_quick_order(self, quantities, address=None, note=None, reference=None):
        """Make the draft say just this, in one go, and leave alone what already does.

        :param dict quantities: ``{product.product record: quantity in its own unit}``
        :param address: one of the dealer's own delivery addresses
        """
        self.ensure_one()
        self._check_can_be_written()
        lines_of = self._get_quick_lines().grouped('product_id')
        written = self.order_line - self.order_line._filter_wallet()
        (written - written.filtered(lambda line: line.product_id in quantities)).unlink()
        vals = {}
        if address and address != self.partner_shipping_id:
            vals['partner_shipping_id'] = address.id
        for name, value in (('dealer_note', note), ('client_order_ref', reference)):
            if value is not None and (value or False) != self[name]:
                vals[name] = value or False
        if vals:
            self.write(vals)
        for product, lines in lines_of.items():
            if product in quantities:
                lines._set_quick_quantity(product, quantities[product])
        new = [product for product in quantities if product not in lines_of]
        # The price rules of all new products are read at once.
        rules = PriceRules(self.env['product.product'].union(*new))
        self.env['sale.order.line'].with_context(price_rules=rules).create(
            [
                {
                    'order_id': self.id,
                    'product_id': product.id,
                    'product_uom_id': product.uom_id.id,
                    'product_uom_qty': quantities[product],
                }
                for product in new
            ]
        )

    def _get_quick_lines(self):
        """The lines that the dealer writes: what its wallet pays is the order's own."""
        self.ensure_one()
        return self.order_line.filtered('product_id') - self.order_line._filter_wallet()

    def _update_order_line_info(self, product_id, quantity, *, section_id=False, child_field='order_line', **kwargs):
        """In the catalog, too, several lines of a product, one of them at a special price, are one quantity."""
        lines = self.order_line.filtered(
            lambda line: line.product_id.id == product_id and line.get_parent_section_line().id == section_id
        )
        if len(lines) < 2 or not lines.sudo().price_request_line_id:
            return super()._update_order_line_info(
                product_id, quantity, section_id=section_id, child_field=child_field, **kwargs
            )
        if quantity:
            lines._set_quick_quantity(lines.product_id, quantity)
            return lines.exists()[:1]._get_discounted_price()
        (lines - lines[:1]).unlink()
        return super()._update_order_line_info(
            product_id, quantity, section_id=section_id, child_field=child_field, **kwargs
        )

    def _check_can_be_written(self):
        if self.state not in ('draft', 'sent') or self.dealer_portal_state != 'draft':
            raise UserError(self.env._('The order %s has been placed already: please begin a new one.', self.name))

    def _refresh_quick_order(self):
        """Bring a draft of another day to today: its day, its price list, its prices."""
        self.ensure_one()
        self.date_order = fields.Datetime.now()
        choice = self.partner_id._get_dealer_pricelist(self.company_id)
        if choice.pricelist_id and choice.pricelist_id != self.pricelist_id.id:
            self.pricelist_id = choice.pricelist_id
        rules = PriceRules(self.order_line.product_id)
        self.with_context(price_rules=rules)._recompute_prices()

    # ---------------------------------------------------------------- Placing

    def action_place_quick_order(self):
        """Place the order that the dealer has written: a quotation for staff to confirm, or confirmed at
        once where it is below the company's limit.

        Safe to call twice.

        :raise UserError: with what is in the way; the draft stays as it is
        """
        for order in self:
            if order.dealer_portal_state == 'placed':
                continue
            order._check_can_be_written()
            order._refresh_quick_order()
            order._check_can_be_placed()
            # The dealer's step: it has no right of its own to write orders.
            order.sudo().write(
                {'dealer_portal_state': 'placed', 'dealer_placed_date': fields.Datetime.now(), 'state': 'sent'}
            )
            if not order._confirm_below_limit():
                order._tell_salesperson()
        return True

    def _check_can_be_placed(self):
        """Check what every order of a dealer in the portal must hold.

        :raise UserError: with what is wrong
        """
        self.ensure_one()
        if not self._get_quick_lines():
            raise UserError(self.env._('There is nothing on the order yet.'))
        problems = self._get_quick_problems()
        if problems:
            raise UserError(
                '\n'.join(
                    self.env._('%(product)s: %(problem)s', product=product.display_name, problem=problem)
                    for product, problem in problems.items()
                )
            )
        if not self.partner_id.sudo().commercial_partner_id.active:
            raise UserError(self.env._('The dealer is no longer active.'))
        # What needs an approval of where it goes is placed, and staff ask for it; all else is in the way.
        refusal = self._get_channel_refusal()
        if refusal and not (self.territory_approval_needed and refusal == self._get_territory_refusal()):
            raise UserError(refusal)

    def _get_quick_problems(self):
        """``{product: sentence}`` of the products that cannot be ordered, or not in this quantity."""
        self.ensure_one()
        products = self._get_quick_lines().product_id
        dealer = self.partner_id.sudo().commercial_partner_id
        orderable = products.filtered_domain(dealer._get_orderable_domain(self.company_id))
        problems = {}
        for product, lines in self._get_quick_lines().grouped('product_id').items():
            if product not in orderable:
                problems[product] = self.env._('This product cannot be ordered any longer.')
            else:
                quantity = sum(line._get_ordered_quantity() for line in lines)
                if problem := product._get_dealer_quantity_problem(quantity):
                    problems[product] = problem
        return problems

    def _confirm_below_limit(self):
        """Confirm the order if it is below the company's limit and nothing is in its way.

        :return: whether it was confirmed
        """
        self.ensure_one()
        company = self.company_id
        # The dealer is not told the limit.
        limit = company.sudo().dealer_portal_confirm_limit
        # Whatever part of it the wallet pays.
        amount = self.amount_untaxed + self.wallet_paid
        amount = self.currency_id._convert(amount, company.currency_id, company, self.date_order)
        if not limit or company.currency_id.compare_amounts(amount, limit) > 0 or self._get_channel_refusal():
            return False
        self.sudo().action_confirm()
        return True

    def _tell_salesperson(self):
        """A to-do for who confirms the order."""
        user = self.user_id or self.partner_id.sudo().commercial_partner_id.channel_account_manager_id
        if user:
            self.sudo().activity_schedule(
                'mail.mail_activity_data_todo',
                summary=self.env._('Confirm the order of %s', self.partner_id.display_name),
                user_id=user.id,
            )


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _set_quick_quantity(self, product, quantity):
        """Make these lines of one product come to ``quantity``; the special price is shared out anew."""
        if product.uom_id.compare(sum(line._get_ordered_quantity() for line in self), quantity) == 0:
            return
        first = self.filtered(lambda line: not line.sudo().price_request_line_id)[:1] or self[:1]
        (self - first).unlink()
        first.write({'product_uom_id': product.uom_id.id, 'product_uom_qty': quantity})
