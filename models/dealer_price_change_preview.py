from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, split_every

MONTHS = 12
# Products that are priced at a time: what is kept in memory, not how many queries a product takes.
PAGE = 2000
# Who does not buy yet, or does not buy any more.
NOT_TOUCHED = ('prospect', 'terminated')


class Sold(NamedTuple):
    """What a dealer was invoiced of a product: in the product's own unit, and untaxed in the company's currency."""

    quantity: float
    amount: float


class DealerPriceChange(models.Model):
    """What the change would do: to which dealers, to which products, and to last year's sales."""

    _inherit = 'dealer.price.change'

    @api.depends('new_pricelist_id', 'previewed_date', 'date_start')
    def _compute_warning(self):
        """What the preview found that somebody should look at, as sentences."""
        rules = self.env['product.pricelist.item'].search(
            [('base', '=', 'pricelist'), ('base_pricelist_id', 'in', self.pricelist_id.ids)]
        )
        for change in self:
            computed = rules.filtered(lambda rule, change=change: rule.base_pricelist_id == change.pricelist_id)
            lists = computed.pricelist_id - change.new_pricelist_id
            change.warning = '\n'.join(change._describe_warnings(lists.filtered('active'))) or False

    def _describe_warnings(self, computed_lists):
        self.ensure_one()
        comma = self.env._(', ')
        if computed_lists:
            yield self.env._(
                'These lists are computed from "%(list)s" and do not change with it: %(others)s.',
                list=self.pricelist_id.name,
                others=comma.join(computed_lists.mapped('name')),
            )
        if not self.pricelist_id.company_id and len(self.env['res.company'].sudo().search([], limit=2)) > 1:
            yield self.env._(
                'The list is shared by all companies and changes in each of them; the figures are those of %s.',
                self.company_id.name,
            )
        if not self.previewed_date:
            return
        if below := len(self.line_ids.filtered('is_below_floor')):
            yield self.env._('Products that fall below the floor at the new prices: %s.', below)
        if not self.dealer_count:
            yield self.env._('No dealer buys from this list on that day: nobody is told.')
        if self.other_dealer_ids:
            yield self.env._(
                'These dealers buy from another list until then and would come to the new one: %s.',
                comma.join(self.other_dealer_ids.mapped('name')),
            )

    def action_preview(self):
        """Find out anew which dealers and products are touched, and by how much.

        :raise UserError: without a new list, or once it is decided
        """
        for change in self:
            change.check_access('write')
            if change.state not in ('draft', 'submitted'):
                raise UserError(
                    self.env._('The price change %s has been decided: its figures stay as they were.', change.name)
                )
            change._check_prepared()
            change._refresh_preview()
        return True

    def action_view_products(self):
        """Open the products whose prices change, as list, pivot table and graph."""
        return self._get_effect_action('dealer_management.dealer_price_change_line_action')

    def action_view_dealers(self):
        """Open the dealers that are touched, as list, pivot table and graph."""
        return self._get_effect_action('dealer_management.dealer_price_change_dealer_action')

    def _get_effect_action(self, xmlid):
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id(xmlid)
        action['domain'] = [('change_id', 'in', self.ids)]
        return action

    def _check_prepared(self):
        for change in self:
            if not change.new_pricelist_id:
                raise UserError(self.env._('Please prepare the new list of %s first.', change.name))

    @api.model
    def _prepare_empty_preview_vals(self):
        return {
            'line_ids': [fields.Command.clear()],
            'dealer_line_ids': [fields.Command.clear()],
            'other_dealer_ids': [fields.Command.clear()],
            'previewed_date': False,
            'product_count': 0,
            'dealer_count': 0,
            'turnover': 0,
            'effect': 0,
            'effect_percent': 0,
        }

    # ---------------------------------------------------------------- Preview

    def _refresh_preview(self):
        """Keep what the change would do today, by a number of queries that grows neither with the products
        nor with the dealers."""
        self.ensure_one()
        # The figures are of all dealers and invoices, whoever asks.
        change = self.sudo().with_company(self.company_id)
        dealers, others = change._find_touched_dealers()
        sales = change._read_sales(dealers)
        change.write(change._prepare_empty_preview_vals())
        lines = self.env['dealer.price.change.line'].sudo().create(change._prepare_lines_vals(sales))
        dealer_lines = self.env['dealer.price.change.dealer'].sudo()
        dealer_lines = dealer_lines.create(change._prepare_dealers_vals(dealers, sales, lines))
        turnover, effect = sum(dealer_lines.mapped('turnover')), sum(dealer_lines.mapped('effect'))
        change.write(
            {
                'other_dealer_ids': [fields.Command.set(others.ids)],
                'previewed_date': fields.Datetime.now(),
                'product_count': len(lines.filtered('difference')),
                'dealer_count': len(dealers),
                'turnover': turnover,
                'effect': effect,
                'effect_percent': effect / turnover * 100 if turnover else 0,
            }
        )

    def _find_touched_dealers(self):
        """The dealers that buy from the old list on the day before and from the new one on the first day,
        and those that come to the new one from elsewhere.

        :return: ``(dealers, others)``
        """
        partners = self.env['res.partner'].search(
            Domain('is_dealer', '=', True)
            & Domain('dealer_state', 'not in', NOT_TOUCHED)
            & (Domain('company_id', '=', False) | Domain('company_id', 'child_of', self.company_id.id))
        )
        pricelists = self.env['product.pricelist']
        before = pricelists._choose_dealer_lists(partners, fields.Date.subtract(self.date_start, days=1))
        after = pricelists._choose_dealer_lists(partners, self.date_start, in_preparation=self.new_pricelist_id)
        coming = partners.filtered(lambda dealer: after[dealer].pricelist_id == self.new_pricelist_id.id)
        dealers = coming.filtered(lambda dealer: before[dealer].pricelist_id == self.pricelist_id.id)
        return dealers, coming - dealers

    def _compare_prices(self):
        """What each product costs on the last day of the old list and on the first of the new one.

        :return: ``{product: (old price, new price)}`` of the products that cost something else, or
            that a rule names
        """
        first_moment = self.company_id._get_dealer_day_start(self.date_start)
        last_moment = fields.Datetime.subtract(first_moment, seconds=1)
        products = self.env['product.product'].search(
            [('sale_ok', '=', True), ('company_id', 'in', [False, *self.company_id.parent_ids.ids])]
        )
        digits = self.env['decimal.precision'].precision_get('Product Price')
        compared = {}
        for ids in split_every(PAGE, products.ids):
            page = products.browse(ids)
            old_prices = self.pricelist_id._get_prices(page, date=last_moment)
            new_prices = self.new_pricelist_id._get_prices(page, date=first_moment)
            naming = self._filter_naming_rules({rule for _price, rule in (*old_prices.values(), *new_prices.values())})
            for product in page:
                (old, old_rule), (new, new_rule) = old_prices[product], new_prices[product]
                differs = float_compare(old, new, precision_digits=digits)
                if differs or not naming.isdisjoint({old_rule, new_rule}):
                    compared[product] = (round(old, digits), round(new, digits))
        return compared

    @api.model
    def _filter_naming_rules(self, rule_ids):
        rules = self.env['product.pricelist.item'].browse(rule_id for rule_id in rule_ids if rule_id)
        return set(rules.filtered(lambda rule: rule.applied_on in ('0_product_variant', '1_product')).ids)

    def _read_sales(self, dealers):
        """What ``dealers`` were invoiced in the twelve months before today, by one query.

        Posted invoices and receipts less credit notes, whichever contact of the dealer they name.

        :return: ``{dealer: {product: Sold}}``; what names no product stands under an empty one
        """
        self.env['account.move.line'].flush_model()
        self.env['account.move'].flush_model(['move_type'])
        self.env['res.partner'].flush_model(['commercial_partner_id'])
        today = self.company_id._get_dealer_date()
        rows = self.env.execute_query(
            SQL(
                """SELECT partner.commercial_partner_id, line.product_id, line.product_uom_id,
                          SUM(CASE WHEN move.move_type = 'out_refund' THEN -line.quantity ELSE line.quantity END),
                          SUM(-line.balance)
                     FROM account_move_line line
                     JOIN account_move move ON move.id = line.move_id
                     JOIN res_partner partner ON partner.id = line.partner_id
                    WHERE line.parent_state = 'posted'
                      AND line.display_type = 'product'
                      AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                      AND line.invoice_date >= %(first)s AND line.invoice_date < %(today)s
                      AND line.company_id = ANY(%(companies)s)
                      AND partner.commercial_partner_id = ANY(%(dealers)s)
                 GROUP BY partner.commercial_partner_id, line.product_id, line.product_uom_id""",
                first=fields.Date.subtract(today, months=MONTHS),
                today=today,
                companies=self.env['res.company'].search([('id', 'child_of', self.company_id.id)]).ids,
                dealers=dealers.ids,
            )
        )
        products = self.env['product.product'].browse({row[1] for row in rows if row[1]})
        units = self.env['uom.uom'].browse({row[2] for row in rows if row[2]})
        sales = defaultdict(lambda: defaultdict(lambda: Sold(0, 0)))
        for dealer_id, product_id, unit_id, invoiced, amount in rows:
            product = products.browse(product_id or ()).with_prefetch(products._prefetch_ids)
            unit = units.browse(unit_id or ()).with_prefetch(units._prefetch_ids)
            quantity = unit._compute_quantity(invoiced, product.uom_id, round=False, raise_if_failure=False)
            of_dealer = sales[dealers.browse(dealer_id)]
            sold = of_dealer[product]
            of_dealer[product] = Sold(sold.quantity + quantity, sold.amount + amount)
        return sales

    def _get_company_rate(self):
        """What one of the list's currency is in the company's, today."""
        return self.currency_id._get_conversion_rate(
            self.currency_id, self.company_currency_id, self.company_id, self.company_id._get_dealer_date()
        )

    def _prepare_lines_vals(self, sales):
        prices = self._compare_prices()
        products = self.env['product.product'].concat(*prices)
        floors = self.company_id._get_floor_prices(
            products, self.currency_id, self.company_id._get_dealer_day_start(self.date_start)
        )
        digits = self.env['decimal.precision'].precision_get('Product Price')
        rate = self._get_company_rate()
        quantities = defaultdict(float)
        for of_dealer in sales.values():
            for product, sold in of_dealer.items():
                quantities[product] += sold.quantity
        vals_list = []
        for product, (old, new) in prices.items():
            difference, floor = round(new - old, digits), floors.get(product, 0)
            vals_list.append(
                {
                    'change_id': self.id,
                    'product_id': product.id,
                    'product_code': product.default_code,
                    'categ_id': product.categ_id.id,
                    'old_price': old,
                    'new_price': new,
                    'difference': difference,
                    'difference_percent': difference / old * 100 if old else 0,
                    'quantity': quantities[product],
                    'effect': quantities[product] * difference * rate,
                    'floor_price': floor,
                    'is_below_floor': float_compare(new, floor, precision_digits=digits) < 0,
                }
            )
        return vals_list

    def _prepare_dealers_vals(self, dealers, sales, lines):
        rate = self._get_company_rate()
        differences = {line.product_id: line.difference * rate for line in lines}
        vals_list = []
        for dealer in dealers:
            of_dealer = sales[dealer]
            turnover = sum(sold.amount for sold in of_dealer.values())
            effect = sum(sold.quantity * differences.get(product, 0) for product, sold in of_dealer.items())
            vals_list.append(
                {
                    'change_id': self.id,
                    'dealer_id': dealer.id,
                    'grade_id': dealer.grade_id.id,
                    'turnover': turnover,
                    'effect': effect,
                    'effect_percent': effect / turnover * 100 if turnover else 0,
                }
            )
        return vals_list
