from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command


class DealerComplaint(models.Model):
    _inherit = 'dealer.complaint'

    company_currency_id = fields.Many2one(related='company_id.currency_id', string='Company Currency')
    cost = fields.Monetary(
        'Cost to Us',
        currency_field='company_currency_id',
        compute='_compute_cost',
        compute_sudo=True,
        store=True,
        help='What its outcomes have cost us: credits before taxes, and goods at what they cost.',
    )

    @api.depends('outcome_ids.cost')
    def _compute_cost(self):
        for complaint in self:
            currency = complaint.company_id.currency_id
            costs = (currency._to_decimal(outcome.cost) for outcome in complaint.outcome_ids)
            complaint.cost = float(sum(costs, Decimal(0)))


class DealerComplaintOutcome(models.Model):
    """What an outcome has cost us, in the company's currency, once it is done; and where that is booked."""

    _inherit = 'dealer.complaint.outcome'

    def _settle_cost(self):
        """Note what this outcome (in sudo) costs, and move the cost of a replacement where its type wants it."""
        self.ensure_one()
        self.cost = self._get_cost() if self.state == 'done' else 0
        if self.state == 'done' and self.kind == 'replacement' and not self.cost_move_id:
            self._book_replacement()

    def _get_cost(self):
        """What the document of this outcome has cost us, in the company's currency."""
        self.ensure_one()
        if note := self.credit_note_id:
            return abs(note.amount_untaxed_signed)
        if order := self.sale_order_id:
            delivered = order.order_line.move_ids.filtered(
                lambda move: move.state == 'done' and move.location_dest_id.usage == 'customer'
            )
            return delivered._get_complaint_value()
        if receipt := self.picking_id:
            # Sound goods that are back in stock are worth what they cost; broken ones nothing, until somebody
            # has looked at them.
            sound = self.complaint_id.quantity_kind not in ('broken', 'faulty')
            return -self._get_received_moves(receipt)._get_complaint_value() if sound else 0
        return self.repair_id.move_ids.filtered(
            lambda move: move.state == 'done' and move.repair_line_type == 'add'
        )._get_complaint_value()

    def _get_received_moves(self, receipt):
        moves = receipt.move_ids
        while receipt := receipt.backorder_ids:
            moves |= receipt.move_ids
        return moves.filtered(lambda move: move.state == 'done')

    # ----------------------------------------------------------- Where it is booked

    def _get_cost_account(self):
        """The account that the complaint's type names for what the company bears; empty: where the goods were sold."""
        self.ensure_one()
        complaint_type = self.complaint_id.type_id.with_company(self.company_id)
        return complaint_type.cost_account_id if complaint_type.bearer == 'company' else self.env['account.account']

    def _book_replacement(self):
        """Move the cost of the goods from their expense account to the one that the type names, by one entry."""
        account = self._get_cost_account()
        goods = self.product_id.with_company(self.company_id)
        expense = goods._get_product_accounts()['expense']
        if not account or not expense or account == expense or self.company_currency_id.is_zero(self.cost):
            return
        journal = self.company_id._get_complaint_journal()
        self.cost_move_id = self.env['account.move'].create(self._prepare_cost_move_vals(journal, account, expense))
        self.cost_move_id.action_post()

    def _prepare_cost_move_vals(self, journal, account, expense):
        reference = self.env._(
            '%(order)s, replacement for %(complaint)s',
            order=self.sale_order_id.name,
            complaint=self._get_reference() or self.env._('a complaint'),
        )
        mark = {'name': reference, 'partner_id': self.dealer_id.id, 'product_id': self.product_id.id}
        return {
            'move_type': 'entry',
            'journal_id': journal.id,
            'company_id': self.company_id.id,
            'date': self.company_id._get_open_day(journal),
            'ref': reference,
            'line_ids': [
                Command.create({**mark, 'account_id': account.id, 'balance': self.cost}),
                Command.create({**mark, 'account_id': expense.id, 'balance': -self.cost}),
            ],
        }


class StockMove(models.Model):
    _inherit = 'stock.move'

    def _get_complaint_value(self):
        """What the goods of these moves are worth to the company: as they were valued, or at their cost."""
        total = Decimal(0)
        for move in self:
            goods = move.product_id.with_company(move.company_id)
            at_cost = goods.standard_price * move.product_uom._compute_quantity(
                move.quantity, goods.uom_id, round=False
            )
            total += move.company_id.currency_id._to_decimal(abs(move.value) or at_cost)
        return float(total)
