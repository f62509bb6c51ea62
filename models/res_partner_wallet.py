from odoo import fields, models


class ResPartner(models.Model):
    """What a dealer has in its rebate wallet."""

    _inherit = 'res.partner'

    wallet_balance = fields.Char(
        'Rebate Wallet',
        compute='_compute_wallet_balance',
        groups='dealer_management.group_dealer_access,account.group_account_readonly,account.group_account_invoice',
        help='What it can pay orders with today.',
    )
    has_wallet = fields.Boolean(
        compute='_compute_wallet_balance',
        groups='dealer_management.group_dealer_access,account.group_account_readonly,account.group_account_invoice',
    )

    def _compute_wallet_balance(self):
        dealers = self.commercial_partner_id
        credits = self.env['dealer.rebate.wallet.credit']
        balances = credits._get_balances(dealers)
        owners = {dealer for (dealer,) in credits._read_group([('dealer_id', 'in', dealers.ids)], ['dealer_id'])}
        for partner in self:
            dealer = partner.commercial_partner_id
            partner.has_wallet = dealer in owners
            partner.wallet_balance = self.env._(', ').join(
                currency.format(amount) for (owner, currency), amount in balances.items() if owner == dealer
            ) or (dealer in owners and self.env.company.currency_id.format(0))

    def _is_paid_by_wallet_of(self, dealer):
        """Whether the wallet of ``dealer`` pays what this contact is invoiced: it is the dealer, a contact of it, or
        a branch with no other dealer between."""
        # Whoever writes orders need not be allowed to read all that stands above a contact.
        payer = self.sudo().commercial_partner_id
        while payer != dealer and not payer.is_dealer and payer.parent_id:
            payer = payer.parent_id.commercial_partner_id
        return payer == dealer

    def action_view_wallet(self):
        """Open what the dealer has in its rebate wallet, and had."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_rebate_wallet_action')
        action['domain'] = [('dealer_id', '=', self.commercial_partner_id.id)]
        action['context'] = {'search_default_open': 0, 'search_default_by_dealer': 0}
        return action
