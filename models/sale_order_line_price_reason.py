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
    price_facts = fields.Json('Facts behind the Price', readonly=True, copy=False)

    @api.depends('product_id', 'product_uom_id', 'product_uom_qty', 'price_unit', 'discount', 'order_id.state')
    @api.depends_context('lang')
    def _compute_price_reason(self):
        priced = self.filtered(lambda line: line.product_id and not line.display_type)
        (self - priced).price_reason = False
        open_lines = priced.filtered(lambda line: line.order_id.state != 'sale' or not line.price_facts)
        facts = open_lines._find_price_facts()
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
        result = super().write(vals)
        if not vals.keys().isdisjoint({'price_unit', 'discount', 'product_id', 'product_uom_qty', 'product_uom_id'}):
            self._filter_priced_for_dealers()._keep_price_facts()
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

    # ------------------------------------------------------------------ Facts

    def _find_price_facts(self):
        """What the prices of these lines rest on now, by a number of queries that does not grow with them.

        :return: ``{line: {'list', 'reason', 'list_from', 'list_to', 'rule', 'rule_price', 'rule_from',
            'rule_to', 'min_quantity', 'special', 'special_to', 'special_price', 'by_hand'}}``, names and ISO
            days; what does not apply is left out
        """
        # The rule holds, whoever may read price lists and agreements.
        lines = self.sudo().filtered(lambda line: line.product_id and not line.display_type and line.order_id)
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
            rule_id = pricelist._get_product_rule(self.product_id, **self._get_pricelist_kwargs())
            if rule := self.env['product.pricelist.item'].browse(rule_id or ()):
                facts |= {
                    'rule': rule.name,
                    'rule_price': rule.price,
                    'rule_from': rule.date_start,
                    'rule_to': rule.date_end,
                    'min_quantity': rule.min_quantity,
                }
        if request_line := self.price_request_line_id:
            facts |= {
                'special': request_line.request_id.name,
                'special_to': request_line.request_id.date_to,
                'project': request_line.request_id.project_name,
            }
        elif self._has_price_by_hand():
            facts['by_hand'] = True
        return {
            name: fields.Date.to_string(value) if name.endswith(('_from', '_to')) else value
            for name, value in facts.items()
            if value
        }

    # --------------------------------------------------------------- Sentences

    def _describe_price(self, facts):
        """Say in the reader's language what ``facts`` found."""
        self.ensure_one()
        facts = facts or {}
        sentences = []
        if facts.get('special'):
            sentences.append(
                self.env._(
                    'Special price %(name)s, until %(day)s.',
                    name=' · '.join(filter(None, (facts['special'], facts.get('project')))),
                    day=format_date(self.env, facts['special_to']),
                )
            )
        elif facts.get('by_hand'):
            sentences.append(self.env._('The price was entered by hand.'))
        if facts.get('list'):
            sentences.append(self._describe_price_list(facts))
        if facts.get('rule'):
            sentences.append(self._describe_price_rule(facts))
        else:
            sentences.append(self.env._('No rule names the product: its sales price.'))
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
            facts.get('min_quantity') and self.env._('from %s', f'{facts["min_quantity"]:g}'),
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


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def write(self, vals):
        if vals.get('state') != 'sale':
            return super().write(vals)
        confirmed = self.filtered(lambda order: order.state != 'sale')
        result = super().write(vals)
        confirmed.order_line._filter_priced_for_dealers()._keep_price_facts()
        return result
