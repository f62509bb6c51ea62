from odoo import fields, models

REBATE_READERS = 'dealer_management.group_dealer_access,account.group_account_readonly,account.group_account_invoice'


class AccountMoveLine(models.Model):
    """A journal item that books a rebate says so: rebates do not count rebates."""

    _inherit = 'account.move.line'

    rebate_role = fields.Selection(
        [('accrual', 'Accrual'), ('payout', 'Payout'), ('wallet', 'Wallet'), ('complaint', 'Complaint')],
        'Rebate',
        readonly=True,
        groups=REBATE_READERS,
        help='What the item does in the books of a rebate program, or why no program counts it.',
    )
    rebate_program_id = fields.Many2one(
        'dealer.rebate.program',
        readonly=True,
        index='btree_not_null',
        ondelete='restrict',
        groups=REBATE_READERS,
    )

    # What rebates count of a dealer in some days, without reading the ledger itself: see
    # ``dealer.rebate.program._get_line_conditions``.
    _rebate_base_idx = models.Index(
        """(partner_id, invoice_date) INCLUDE (product_id, balance, move_id, journal_id, company_id, price_request_line_id)
           WHERE parent_state = 'posted' AND display_type = 'product'
             AND rebate_role IS NULL AND is_downpayment IS NOT TRUE"""
    )

    def _get_diverted_quantity(self, finding):
        """How much of this line was diverted, by ``finding`` and by those that are confirmed."""
        self.ensure_one()
        findings = self.env['dealer.rebate.finding'].sudo()
        [[confirmed]] = findings._read_group(
            [('move_line_id', '=', self.id), ('state', '=', 'confirmed'), ('id', '!=', finding.id)],
            [],
            ['quantity:sum'],
        )
        return confirmed + (finding.quantity if finding.state != 'cancelled' else 0)
