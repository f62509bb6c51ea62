from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

# What dealers say about a line of the statement, what they were answered, and whether they were right.
DISPUTES = [
    ('这张发票对应的货物已经退回，请核对是否应扣除。', None, None),
    ('该发票含补发商品，不应计入返利基数。', '已核实：补发商品未开入此发票，金额无误，维持原结算。', 'action_refuse'),
]


class DealerDemo(models.AbstractModel):
    """What becomes of rebates: wallets filled and used, lines disputed, accruals booked up to the last month."""

    _inherit = 'dealer.demo'

    @api.model
    def _create_business(self):
        result = super()._create_business()
        self._fill_wallets()
        self._use_wallets()
        self._dispute_lines()
        self._accrue_last_month()
        return result

    @api.model
    def _fill_wallets(self):
        """What was bought of ceramics in the first three months is settled into the dealers' wallets."""
        begin = self._first_day()
        program = self._create_program(
            'rebate_ceramics',
            'Ceramics Stocking Rebate',
            '陶瓷洁具备货返利',
            date_from=begin,
            date_to=begin + relativedelta(months=3, days=-1),
            period='whole',
            grade_ids=[Command.set([self._ref('tier_core').id, self._ref('tier_senior').id])],
            category_ids=[Command.set(self._ref('product_category_ceramic').ids)],
            band_ids=[Command.create({'threshold': 0, 'rate': 2})],
            payout_method='wallet',
            wallet_max_share=30,
        )
        self._settle(program)

    @api.model
    def _use_wallets(self):
        """Two dealers order: one order is paid in part and invoiced, the other waits."""
        credits = self.env['dealer.rebate.wallet.credit'].search([], order='amount DESC, id', limit=2)
        orders = self.env['sale.order'].create(
            [
                {
                    'partner_id': credit.dealer_id.id,
                    'company_id': self.env.company.id,
                    'user_id': credit.dealer_id.channel_account_manager_id.id,
                    'order_line': [
                        Command.create({'product_id': product.id, 'product_uom_qty': 100})
                        for product in self._get_products()[:2]
                    ],
                }
                for credit in credits
            ]
        )
        for order in orders:
            order.action_use_wallet(order.wallet_limit)
        paid = orders[0]
        paid.action_confirm()
        for move in paid.picking_ids.move_ids:
            move.quantity = move.product_uom_qty
        paid.picking_ids.move_ids.picked = True
        paid.picking_ids._action_done()
        paid._create_invoices().action_post()

    @api.model
    def _dispute_lines(self):
        """The dealer with a login in the portal asks about two lines of its last statement."""
        user = self._ref('user_dealer')
        dealer = user.commercial_partner_id
        statement = self.env['dealer.rebate.payout'].search(
            [('dealer_id', '=', dealer.id), ('state', '=', 'posted')], order='date DESC, id DESC', limit=1
        )
        lines = self.env['dealer.rebate.settlement.line'].search(
            [('computation_id', 'in', statement.computation_ids.ids), ('document', '!=', False)], limit=len(DISPUTES)
        )
        disputes = self.env['dealer.rebate.dispute']
        # As the portal does for its users, who have no right of their own on disputes.
        disputes = disputes.with_user(user).sudo()
        for line, (reason, answer, step) in zip(lines, DISPUTES, strict=False):
            dispute = disputes.create(
                {
                    'computation_id': line.computation_id.id,
                    'move_line_id': line.move_line_id.id,
                    'reason': reason,
                    'contact': user.name,
                }
            )
            if step:
                getattr(dispute.with_user(self._ref('user_manager')), step)(answer)
        self._send_nothing('dealer.rebate.dispute')

    @api.model
    def _accrue_last_month(self):
        """The accountant has booked what dealers may expect up to the end of the last month."""
        programs = self.env['dealer.rebate.program'].search([('state', '=', 'open')])
        last_day = fields.Date.context_today(self).replace(day=1) - timedelta(days=1)
        accruals = programs.with_user(self._ref('user_accountant')).with_company(self.env.company)
        accruals._prepare_accruals(last_day).action_post()
