from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

# What makes a line one of free goods.
GIVEN = ('is_free_goods', 'is_replacement', 'complaint_outcome_id')
# What of such a line was decided.
FIXED = frozenset(
    {
        *GIVEN,
        'order_id',
        'product_id',
        'product_uom_id',
        'product_uom_qty',
        'price_unit',
        'discount',
    }
)


class SaleOrder(models.Model):
    """An order of free goods stays that dealer's: a rebate statement or a complaint stands behind it."""

    _inherit = 'sale.order'

    def write(self, vals):
        if 'partner_id' in vals and not self.env.su:
            given_away = self.filtered(lambda order: order.partner_id.id != vals['partner_id'])
            if given_away.order_line.filtered('is_free_goods'):
                raise UserError(self.env._('The free goods on this order were given to its dealer: they stay there.'))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_free_goods(self):
        if self.order_line.filtered('is_free_goods'):
            raise UserError(self.env._('An order of free goods is kept on record.'))

    def _get_minimum_refusal(self):
        # What is given away need not come to any amount.
        goods = self.order_line.filtered(lambda line: not line.display_type)
        if goods and all(goods.mapped('is_free_goods')):
            return False
        return super()._get_minimum_refusal()

    def _confirm_or_ask(self, summary, user):
        """Confirm this order of free goods; what refuses it is told to ``user`` in a to-do on the order."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.action_confirm()
        except UserError as error:
            self.activity_schedule(
                'mail.mail_activity_data_todo', summary=summary, note=plaintext2html(str(error)), user_id=user.id
            )


class SaleOrderLine(models.Model):
    """A line of free goods costs nothing, whatever floors and price lists say; only steps that give away make it."""

    _inherit = 'sale.order.line'

    is_free_goods = fields.Boolean(
        'Free Goods', readonly=True, copy=False, help='Given by a rebate statement, or for a complaint.'
    )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get(name) for vals in vals_list for name in GIVEN):
            self._check_may_give_away()
        # Said, not left to defaults, which anybody may set, and which hold in sudo() as well.
        return super().create(
            [
                {
                    **vals,
                    'is_free_goods': bool(vals.get('is_free_goods')),
                    'is_replacement': bool(vals.get('is_free_goods') and vals.get('complaint_outcome_id')),
                }
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if any(vals.get(name) for name in GIVEN):
            self._check_may_give_away()
        if not self.env.su and not FIXED.isdisjoint(vals):
            self._check_free_goods_stay(vals)
        return super().write(vals)

    def _check_may_give_away(self):
        """Check that a settlement or a complaint is at work: nobody else gives goods away.

        :raise AccessError: for users
        """
        if not self.env.su:
            raise AccessError(
                self.env._('Free goods are given by settling a rebate or a complaint, not by writing them.')
            )

    def _check_free_goods_stay(self, vals):
        """Check that ``vals`` change nothing of what was decided; a form may send what it has read.

        :raise UserError: for a line of free goods
        """
        for line in self.filtered('is_free_goods'):
            for name in FIXED & vals.keys():
                field = line._fields[name]
                if field.convert_to_write(line[name], line) != vals[name]:
                    raise UserError(
                        self.env._('What is given for free is settled by its rebate statement or its complaint.')
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_free_goods(self):
        if any(self.mapped('is_free_goods')):
            raise UserError(self.env._('What is given for free is settled by its rebate statement or its complaint.'))

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

    def _compute_price_reason(self):
        free = self.filtered('is_free_goods')
        free.price_reason = False
        return super(SaleOrderLine, self - free)._compute_price_reason()

    def _compute_discount(self):
        free = self.filtered('is_free_goods')
        result = super(SaleOrderLine, self - free)._compute_discount()
        free.discount = 0
        return result

    def _may_have_special_price(self):
        return super()._may_have_special_price() and not self.is_free_goods

    def _filter_below_floor(self):
        return super(SaleOrderLine, self.filtered(lambda line: not line.is_free_goods))._filter_below_floor()
