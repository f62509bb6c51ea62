from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .account_move_line_rebate import REBATE_READERS

# What of a line of free goods was settled.
FIXED = frozenset(
    {
        'is_free_goods',
        'order_id',
        'product_id',
        'product_uom_id',
        'product_uom_qty',
        'price_unit',
        'discount',
    }
)


class SaleOrder(models.Model):
    """An order of free goods pays a rebate statement: it stays that dealer's."""

    _inherit = 'sale.order'

    rebate_payout_ids = fields.One2many(
        'dealer.rebate.payout', 'sale_order_id', 'Rebate Statement', readonly=True, groups=REBATE_READERS
    )

    def write(self, vals):
        if 'partner_id' in vals and not self.env.su:
            given_away = self.filtered(lambda order: order.partner_id.id != vals['partner_id'])
            if given_away.order_line.filtered('is_free_goods'):
                raise UserError(self.env._('The free goods on this order are a rebate of its dealer: they stay there.'))
        if vals.get('state') == 'cancel':
            self._check_gives_no_rebate()
        return super().write(vals)

    def _check_gives_no_rebate(self):
        """Check that none of these orders delivers a statement: it counts as settled, and nobody would deliver it.

        :raise UserError: for one that does
        """
        # Whoever works on orders need not be allowed to read statements; the rule holds all the same.
        payout = self.env['dealer.rebate.payout'].sudo().search([('sale_order_id', 'in', self.ids)], limit=1)
        if payout:
            raise UserError(
                self.env._(
                    'The order %(order)s delivers the rebate statement %(statement)s: it cannot be cancelled. What was'
                    ' settled wrongly is corrected by the next settlement.',
                    order=payout.sale_order_id.name,
                    statement=payout.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_free_goods(self):
        if self.order_line.filtered('is_free_goods'):
            raise UserError(self.env._('An order of free goods pays a rebate statement: it is kept on record.'))

    def action_view_rebate_payout(self):
        """Open the rebate statement that these orders pay."""
        return self.rebate_payout_ids._get_records_action(name=self.env._('Rebate Statement'))

    def _get_minimum_refusal(self):
        # What is given away need not come to any amount.
        goods = self.order_line.filtered(lambda line: not line.display_type)
        if goods and all(goods.mapped('is_free_goods')):
            return False
        return super()._get_minimum_refusal()


class SaleOrderLine(models.Model):
    """A line of free goods costs nothing, whatever floors and price lists say; only settlements make it."""

    _inherit = 'sale.order.line'

    is_free_goods = fields.Boolean('Free Goods', readonly=True, copy=False, help='Given by a rebate statement.')

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get('is_free_goods') for vals in vals_list):
            self._check_may_give_away()
        # Said, not left to defaults, which anybody may set, and which hold in sudo() as well.
        return super().create([{**vals, 'is_free_goods': bool(vals.get('is_free_goods'))} for vals in vals_list])

    def write(self, vals):
        if vals.get('is_free_goods'):
            self._check_may_give_away()
        if not self.env.su and not FIXED.isdisjoint(vals):
            self._check_free_goods_stay(vals)
        return super().write(vals)

    def _check_may_give_away(self):
        """Check that a settlement is at work: nobody else gives goods away.

        :raise AccessError: for users
        """
        if not self.env.su:
            raise AccessError(self.env._('Free goods are given by settling a rebate, not by writing them.'))

    def _check_free_goods_stay(self, vals):
        """Check that ``vals`` change nothing of what was settled; a form may send what it has read.

        :raise UserError: for a line of free goods
        """
        for line in self.filtered('is_free_goods'):
            for name in FIXED & vals.keys():
                field = line._fields[name]
                if field.convert_to_write(line[name], line) != vals[name]:
                    raise UserError(self.env._('What a rebate gives for free is settled by its statement.'))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_free_goods(self):
        if any(self.mapped('is_free_goods')):
            raise UserError(self.env._('What a rebate gives for free is settled by its statement.'))

    def copy_data(self, default=None):
        """A copy is a new order: it is paid for."""
        vals_list = super().copy_data(default)
        for line, vals in zip(self, vals_list, strict=True):
            if line.is_free_goods:
                for name in ('price_unit', 'technical_price_unit', 'discount'):
                    vals.pop(name, None)
        return vals_list

    # ------------------------------------------------------------------ Price

    def _compute_price_unit(self):
        free = self.filtered('is_free_goods')
        result = super(SaleOrderLine, self - free)._compute_price_unit()
        free.update({'price_unit': 0, 'technical_price_unit': 0})
        return result

    def _compute_discount(self):
        free = self.filtered('is_free_goods')
        result = super(SaleOrderLine, self - free)._compute_discount()
        free.discount = 0
        return result

    def _may_have_special_price(self):
        return super()._may_have_special_price() and not self.is_free_goods

    def _filter_below_floor(self):
        return super(SaleOrderLine, self.filtered(lambda line: not line.is_free_goods))._filter_below_floor()

    def _prepare_invoice_line(self, **optional_values):
        """No rebate counts what a rebate gave."""
        values = super()._prepare_invoice_line(**optional_values)
        if self.is_free_goods:
            # Accountants invoice without a role in the channel.
            program = self.sudo().order_id.rebate_payout_ids.program_id[:1]
            values |= {'rebate_role': 'payout', 'rebate_program_id': program.id}
        return values
