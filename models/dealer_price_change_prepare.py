import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

# A percentage of a rule has no digits of its own; beyond these it is noise of the computation.
PERCENT_DIGITS = 6
DAY_IN_NAME = re.compile(r' · \d{4}-\d{2}-\d{2}$')


class DealerPriceChange(models.Model):
    """The new list: a copy of the old one with every rule adjusted, archived until it is approved."""

    _inherit = 'dealer.price.change'

    def action_prepare(self):
        """Prepare the new lists; those that are there are kept, with what was edited in them.

        :raise UserError: if the change was handed in, or the old list ends before the first day
        """
        for change in self.filtered(lambda change: not change.new_pricelist_id):
            change._check_draft()
            change.check_access('write')
            change._prepare_list()
        return True

    def action_prepare_anew(self):
        """Discard what was prepared, with all that was edited in it, and prepare it again."""
        self._check_draft()
        self.check_access('write')
        for change in self.sudo().filtered('new_pricelist_id'):
            discarded = change.new_pricelist_id
            change.write({'new_pricelist_id': False, **change._prepare_empty_preview_vals()})
            discarded.unlink()
        return self.action_prepare()

    def action_view_new_list(self):
        """Open the new list, to edit its rules."""
        self.ensure_one()
        return self.new_pricelist_id._get_records_action(name=self.env._('New Price List'))

    def _prepare_list(self):
        self.ensure_one()
        old = self.pricelist_id
        if old.date_end and old.date_end < fields.Date.subtract(self.date_start, days=1):
            raise UserError(
                self.env._(
                    'The price list "%(list)s" ends on %(end)s, before %(day)s: nobody would come from it to the new one.',
                    list=old.name,
                    end=old.date_end,
                    day=self.date_start,
                )
            )
        # Whoever prepares a change need not be allowed to make price lists: this one sells nothing yet.
        new = old.sudo().copy(self._prepare_list_vals())
        for lang, _name in self.env['res.lang'].get_installed():
            new.with_context(lang=lang).name = self._name_new_list(old.with_context(lang=lang).name)
        self.env['product.pricelist.item'].sudo().create(self._prepare_rules_vals(new))
        self.sudo().new_pricelist_id = new

    def _prepare_list_vals(self):
        old = self.pricelist_id
        return {
            'name': self._name_new_list(old.name),
            'active': False,
            'date_start': self.date_start,
            # A list that ends with the day before makes way for this one.
            'date_end': old.date_end and old.date_end >= self.date_start and old.date_end,
            'replaces_id': old.id,
            # Written with the adjustment, rule by rule.
            'item_ids': [],
        }

    def _name_new_list(self, name):
        """The old list's name with the first day; a day that an earlier change has added goes."""
        return f'{DAY_IN_NAME.sub("", name)} · {fields.Date.to_string(self.date_start)}'

    def _prepare_rules_vals(self, new):
        """The values of the new list's rules: all of the old list's that have not ended by the first day."""
        rules = (
            self.env['product.pricelist.item'].sudo().search([('pricelist_id', '=', self.pricelist_id.id)], order='id')
        )
        # Of two rules alike the later one goes first, so their order stays.
        rules = rules.filtered(
            lambda rule: not rule.date_end or self.company_id._get_dealer_date(rule.date_end) >= self.date_start
        )
        return [
            {**vals, 'pricelist_id': new.id, **self._prepare_adjusted_vals(rule)}
            for rule, vals in zip(rules, rules.copy_data(), strict=True)
        ]

    # -------------------------------------------------------------- Arithmetic

    def _prepare_adjusted_vals(self, rule):
        """The prices of ``rule`` raised by the adjustment.

        A fixed price p becomes p × (1 + a). A discount d becomes 1 - (1 - d) × (1 + a), so that what
        is paid rises by a. Of a formula, the fee and the margins rise like a fixed price.
        """
        factor = 1 + self.adjustment / 100
        if rule.compute_price == 'fixed':
            return {'fixed_price': self._round_price(rule.fixed_price * factor)}
        if rule.compute_price == 'percentage':
            return {'percent_price': self._adjust_discount(rule.percent_price, factor)}
        discount = self._adjust_discount(rule.price_discount, factor)
        return {
            'price_discount': discount,
            # The same number for rules on the cost, the other way round.
            'price_markup': -discount,
            **{
                name: self._round_price(rule[name] * factor)
                for name in ('price_surcharge', 'price_min_margin', 'price_max_margin')
            },
        }

    @api.model
    def _adjust_discount(self, discount, factor):
        return float_round(100 - (100 - discount) * factor, precision_digits=PERCENT_DIGITS)

    def _round_price(self, price):
        """As fine as prices are in this database, and whole where the currency has no smaller coin."""
        digits = self.env['decimal.precision'].precision_get('Product Price')
        if not self.currency_id.decimal_places:
            digits = 0
        return float_round(price, precision_digits=digits)

    # ---------------------------------------------------------------- Following

    def _move_prepared_lists(self):
        """The new lists begin on the days of their changes, and are named after them."""
        for change in self.filtered('new_pricelist_id'):
            # The list is the change's own, whoever may write lists.
            new = change.new_pricelist_id.sudo()
            if new.date_start == change.date_start:
                continue
            new.date_start = change.date_start
            for lang, _name in self.env['res.lang'].get_installed():
                translated = new.with_context(lang=lang)
                if DAY_IN_NAME.search(translated.name):
                    translated.name = change._name_new_list(translated.name)
