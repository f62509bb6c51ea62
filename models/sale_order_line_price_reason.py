from odoo import api, fields, models
from odoo.tools import format_date

from .product_pricelist_rules import PriceRules


class SaleOrderLine(models.Model):
    """Why this price: the list, the rule, the days, the special price behind each order line.

    Until the order is confirmed it is worked out anew; what was said then is kept with the line,
    for lists and rules change.
    """

    _inherit = 'sale.order.line'

    price_reason = fields.Text(
        'Why This Price',
        compute='_compute_price_reason',
        compute_sudo=True,
        help='What the price of the line rests on.',
    )
    price_facts = fields.Json('Facts behind the Price', readonly=True, copy=False, groups='base.group_user')

    @api.depends(
        'product_id',
        'product_uom_id',
        'product_uom_qty',
        'price_unit',
        'discount',
        'price_request_line_id',
        'order_id.partner_id',
        'order_id.pricelist_id',
        'order_id.date_order',
        'order_id.state',
    )
    @api.depends_context('lang', 'uid')
    def _compute_price_reason(self):
        # Dealers are told; other customers' prices are Odoo's own business.
        priced = self.filtered(lambda line: line.product_id and line._get_special_price_dealer().is_dealer)
        (self - priced).price_reason = False
        rewards = priced.filtered(lambda line: line._get_loyalty_reward())
        for line in rewards:
            line.price_reason = self.env._('Given by "%s".', line._get_loyalty_reward().program_id.name)
        priced -= rewards
        # What an order was confirmed at before anybody kept why, nobody knows.
        facts = priced.filtered(lambda line: line.order_id.state in ('draft', 'sent'))._find_price_facts()
        for line in priced:
            line.price_reason = line._describe_price(facts.get(line) or line.price_facts)

    def _keep_price_facts(self):
        """Keep what the prices of these lines rest on, with the lines."""
        for line, facts in self._find_price_facts().items():
            # Found by this rule: nobody writes why a price is what it is.
            line.sudo().price_facts = facts

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create([self._without_price_facts(vals) for vals in vals_list])
        lines._filter_priced_for_dealers()._keep_price_facts()
        return lines

    def write(self, vals):
        vals = self._without_price_facts(vals)
        if vals.keys().isdisjoint({'price_unit', 'discount', 'product_id', 'product_uom_qty', 'product_uom_id'}):
            return super().write(vals)
        before = {line: (line.product_id, line.price_unit, line.discount) for line in self}
        result = super().write(vals)
        # Where the price has stayed, what it rests on has stayed as well.
        self._filter_priced_for_dealers().filtered(
            lambda line: before[line] != (line.product_id, line.price_unit, line.discount)
        )._keep_price_facts()
        return result

    @api.model
    def _without_price_facts(self, vals):
        """What a price rests on is found; whoever sends it along, from a copy or an import, is not believed."""
        if self.env.su or 'price_facts' not in vals:
            return vals
        return {name: value for name, value in vals.items() if name != 'price_facts'}

    def _filter_priced_for_dealers(self):
        """The lines of dealers' confirmed orders."""
        return self.filtered(
            lambda line: (
                line.order_id.state == 'sale' and line.product_id and line._get_special_price_dealer().is_dealer
            )
        )

    def _get_loyalty_reward(self):
        """What of a loyalty program made the line, where such programs are installed."""
        return self['reward_id'] if 'reward_id' in self._fields else False

    # ------------------------------------------------------------------ Facts

    def _find_price_facts(self):
        """What the prices of these lines rest on now, by a number of queries that does not grow with them.

        :return: ``{line: {'list', 'reason', 'list_from', 'list_to', 'rule', 'rule_price', 'rule_from',
            'rule_to', 'rule_is_open', 'min_quantity', 'special', 'special_to', 'project', 'list_price'}}``,
            names, ISO days, and the list's price where the line has another; what does not apply is left out
        """
        # The rule holds, whoever may read price lists and agreements.
        lines = self.sudo().filtered(
            lambda line: (
                line.product_id
                and not line.display_type
                and line.order_id
                # No list says what comes off the whole order, or is given.
                and not line._takes_off_order()
                and not line._get_loyalty_reward()
            )
        )
        pricelists = self.env['product.pricelist'].sudo()
        facts = {}
        for order, of_order in lines.grouped('order_id').items():
            pricelist = order.pricelist_id.with_context(price_rules=PriceRules(of_order.product_id))
            company = order.company_id
            day = company._get_dealer_date(order.date_order)
            choice = pricelists.with_company(company)._choose_dealer_lists(order.partner_id, day).get(order.partner_id)
            for line in of_order:
                facts[line.with_env(self.env)] = line._find_facts_of_line(pricelist, choice)
        return facts

    def _find_facts_of_line(self, pricelist, choice):
        facts = {}
        if pricelist:
            chosen = choice and choice.pricelist_id == pricelist.id
            facts |= {
                'list': pricelist.name,
                'reason': choice.reason if chosen else 'chosen',
                'list_from': pricelist.date_start,
                'list_to': pricelist.date_end,
            }
            price, rule_id = pricelist._get_product_price_rule(
                self.product_id.with_context(**self._get_product_price_context()), **self._get_pricelist_kwargs()
            )
            if rule := self.env['product.pricelist.item'].browse(rule_id or ()):
                company = self.order_id.company_id
                facts |= {
                    'rule': rule.name,
                    'rule_price': rule.price,
                    'rule_is_open': rule._is_open_to_dealers(),
                    'rule_from': rule.date_start and company._get_dealer_date(rule.date_start),
                    'rule_to': rule.date_end and company._get_dealer_date(rule.date_end),
                    'min_quantity': rule.min_quantity,
                }
            if not self.price_request_line_id and not self._costs(price):
                facts['list_price'] = price
        if request_line := self.price_request_line_id:
            facts |= {
                'special': request_line.request_id.name,
                'special_to': request_line.request_id.date_to,
                'project': request_line.request_id.project_name,
            }
        return {
            name: fields.Date.to_string(value) if name.endswith(('_from', '_to')) else value
            for name, value in facts.items()
            if value
        }

    def _costs(self, price):
        """Whether the line costs, after its discount, ``price``, one as in a price list."""
        paid = self.price_unit * (1 - (self.discount or 0) / 100)
        digits = self.env['decimal.precision'].precision_get('Product Price')
        # A discount has two digits of its own: half of its last one is no other price.
        tolerance = abs(self.price_unit) * 0.00005 if self.discount else 0
        return abs(paid - self._from_list_price(price)) <= max(tolerance, 0.5 * 10**-digits)

    # --------------------------------------------------------------- Sentences

    def _describe_price(self, facts):
        """Say in the reader's language what ``facts`` found."""
        self.ensure_one()
        if not facts:
            return False
        sentences = []
        if facts.get('special'):
            sentences.append(
                self.env._(
                    'Special price %(name)s, until %(day)s.',
                    name=' · '.join(filter(None, (facts['special'], facts.get('project')))),
                    day=format_date(self.env, facts['special_to']),
                )
            )
        elif facts.get('list_price'):
            sentences.append(
                self.env._(
                    'The price was entered by hand, or the list has changed since: by the list it is %s.',
                    self.currency_id.format(facts['list_price']),
                )
            )
        if facts.get('list'):
            sentences.append(self._describe_price_list(facts))
        if not facts.get('rule'):
            sentences.append(self.env._('No rule names the product: its sales price.'))
        elif facts.get('rule_is_open') or self.order_id._is_told_to_staff():
            # What a price is made of, our cost or another list, is not told to dealers.
            sentences.append(self._describe_price_rule(facts))
        return ' '.join(sentences)

    def _describe_price_list(self, facts):
        name = facts['list']
        sentence = {
            'agreed': self.env._('Price list "%s", agreed with this dealer.', name),
            'season': self.env._('Price list "%s", for before the season.', name),
            'level': self.env._('Price list "%s", for dealers of this tier and type.', name),
            'tier': self.env._('Price list "%s", which comes with the tier.', name),
            'default': self.env._('Price list "%s".', name),
            'chosen': self.env._('Price list "%s", chosen on the order.', name),
        }[facts['reason']]
        days = self._describe_days(facts.get('list_from'), facts.get('list_to'))
        return ' '.join(filter(None, (sentence, days and self.env._('It holds %s.', days))))

    def _describe_price_rule(self, facts):
        parts = [
            facts['rule_price'],
            facts.get('min_quantity') and self.env._('from %s', f'{facts["min_quantity"]:.10g}'),
            self._describe_days(facts.get('rule_from'), facts.get('rule_to')),
        ]
        return self.env._(
            'Rule: %(rule)s: %(terms)s.', rule=facts['rule'], terms=self.env._(', ').join(filter(None, parts))
        )

    def _describe_days(self, first, last):
        first, last = (day and format_date(self.env, day) for day in (first, last))
        if first and last:
            return self.env._('from %(first)s to %(last)s', first=first, last=last)
        if first:
            return self.env._('from %s on', first)
        return last and self.env._('until %s', last)


class ProductPricelistItem(models.Model):
    _inherit = 'product.pricelist.item'

    def _is_open_to_dealers(self):
        """Whether the rule says nothing but a price, or what comes off the sales price."""
        self.ensure_one()
        return self.compute_price == 'fixed' or (self.base == 'list_price' and self.compute_price == 'percentage')


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def write(self, vals):
        if vals.get('state') != 'sale':
            return super().write(vals)
        confirmed = self.filtered(lambda order: order.state != 'sale')
        result = super().write(vals)
        confirmed.order_line._filter_priced_for_dealers()._keep_price_facts()
        return result
