import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class PreparedList(NamedTuple):
    """A price list that a price change has prepared and that has not begun, as far as is known."""

    change_id: int
    change_name: str
    state: str
    company_id: int
    date_start: datetime.date


class ProductPricelist(models.Model):
    """A list that a price change has prepared takes effect by that change alone, and stands still from
    the day that it is handed in until it begins."""

    _inherit = 'product.pricelist'

    price_change_ids = fields.One2many(
        'dealer.price.change', 'new_pricelist_id', 'Prepared by', groups='dealer_management.group_dealer_access'
    )

    def write(self, vals):
        if not self._get_change_fields().isdisjoint(vals):
            self._check_set_by_change()
        if not self._get_frozen_fields().isdisjoint(vals):
            self._check_not_frozen()
        return super().write(vals)

    def unlink(self):
        self._check_set_by_change()
        return super().unlink()

    @api.model
    def _get_change_fields(self):
        """What the price change says of its list, as long as it has not begun."""
        return frozenset({'active', 'date_start', 'replaces_id', 'company_id', 'currency_id'})

    @api.model
    def _get_frozen_fields(self):
        """What was handed in besides: who buys at which prices, and until when."""
        return frozenset({'date_end', 'dealer_level_id', 'grade_ids', 'dealer_type_ids', 'item_ids'})

    @api.model
    @ormcache()
    def _get_prepared_lists(self):
        """``{id of a price list: PreparedList}`` of all price changes that have not begun.

        Asked for with every writing of a price list or rule: no query, until a price change changes.
        """
        changes = (
            self.env['dealer.price.change']
            .sudo()
            .search([('new_pricelist_id', '!=', False), ('state', '!=', 'in_force')])
        )
        return {
            change.new_pricelist_id.id: PreparedList(
                change.id, change.name, change.state, change.company_id.id, change.date_start
            )
            for change in changes
        }

    def _find_prepared(self):
        """``{price list: PreparedList}`` of those of ``self`` that a change has prepared and that have not
        begun; nobody is kept from anything in sudo, where the steps of the change work."""
        if self.env.su:
            return {}
        prepared = self._get_prepared_lists()
        found = {}
        for pricelist in self:
            if pricelist.id in prepared and not self._has_begun(prepared[pricelist.id]):
                found[pricelist] = prepared[pricelist.id]
        return found

    @api.model
    def _has_begun(self, prepared):
        company = self.env['res.company'].sudo().browse(prepared.company_id)
        return prepared.state == 'approved' and prepared.date_start <= company._get_dealer_date()

    def _check_set_by_change(self):
        """Check that no price change has the say about these lists.

        :raise UserError: naming the change
        """
        for pricelist, prepared in self._find_prepared().items():
            raise UserError(
                self.env._(
                    'The price list "%(list)s" was prepared by the price change %(change)s: its first day, what it'
                    ' replaces and whether it is in use are decided there.',
                    list=pricelist.sudo().name,
                    change=prepared.change_name,
                )
            )

    def _check_not_frozen(self):
        """Check that the prices of these lists were not handed in, or have begun since.

        :raise UserError: naming the change
        """
        for pricelist, prepared in self._find_prepared().items():
            # Whoever hands the change in at this moment waits, or comes first: then this one is run again.
            self.env['dealer.price.change'].sudo().browse(prepared.change_id).lock_for_update(allow_referencing=True)
            if prepared.state in ('submitted', 'approved'):
                raise UserError(
                    self.env._(
                        'The price list "%(list)s" belongs to the price change %(change)s, which was handed in: its'
                        ' rules and days stand until the change is taken back or has begun.',
                        list=pricelist.sudo().name,
                        change=prepared.change_name,
                    )
                )


class ProductPricelistItem(models.Model):
    """The rules of a list that was handed in stand with it, wherever they are written from."""

    _inherit = 'product.pricelist.item'

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._check_lists_not_frozen(rules.pricelist_id.ids)
        return rules

    def write(self, vals):
        self._check_not_frozen()
        result = super().write(vals)
        if 'pricelist_id' in vals:
            self._check_lists_not_frozen([vals['pricelist_id']])
        return result

    def unlink(self):
        self._check_not_frozen()
        return super().unlink()

    @api.model
    @ormcache()
    def _get_prepared_rules(self):
        """``{rule id: id of its price list}`` of the lists in ``_get_prepared_lists``."""
        list_ids = list(self.env['product.pricelist']._get_prepared_lists())
        rules = self.sudo().search_fetch([('pricelist_id', 'in', list_ids)], ['pricelist_id'])
        return {rule.id: rule.pricelist_id.id for rule in rules}

    def _check_not_frozen(self):
        """Check that these rules may be written; the rules themselves are not read for it."""
        if not self.env.su:
            prepared = self._get_prepared_rules()
            self._check_lists_not_frozen({prepared[rule_id] for rule_id in self._ids if rule_id in prepared})

    @api.model
    def _check_lists_not_frozen(self, list_ids):
        """Check that rules may come to, stay in, or leave these lists."""
        pricelists = self.env['product.pricelist']
        known = pricelists._get_prepared_lists()
        prepared = pricelists.browse(list_id for list_id in list_ids if list_id in known)
        if prepared:
            prepared._check_not_frozen()
            # What belongs to it may be something else from now on.
            pricelists._forget_dealer_lists()
