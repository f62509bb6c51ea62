from dateutil.relativedelta import relativedelta

from odoo import models

from ..tools import wallet


class DealerRebatePayout(models.Model):
    """Statements that are paid into the dealers' rebate wallets."""

    _inherit = 'dealer.rebate.payout'

    def _pay_by_wallet(self):
        """Pay these statements into their dealers' wallets, or out of them what was paid too much.

        Every statement has a journal entry of its own, made and posted in one batch: the account of the
        rebate product against that of the wallets. Claims take what is there, first what expires first;
        what is not there is carried to the next settlement.
        """
        # Accountants settle; nobody has the right to write statements and wallets.
        payouts = self.sudo()
        paid = payouts.filtered(lambda payout: payout.paid > 0)
        claims = payouts.filtered(lambda payout: payout.paid < 0)
        taken = claims._find_wallet_claims()
        claims._carry_what_is_not_in_wallet(taken)
        amounts = {payout: payout.pay_currency_id._to_decimal(payout.pay_amount) for payout in paid}
        amounts |= {payout: -sum(of_payout.values()) for payout, of_payout in taken.items() if of_payout}
        moves = (
            payouts.env['account.move']
            .with_context(tracking_disable=True)
            .create([payout._prepare_wallet_move_vals(float(amount)) for payout, amount in amounts.items()])
        )
        moves._post(soft=False)
        for payout, move in zip(amounts, moves, strict=True):
            payout.move_id = move
        payouts.env['dealer.rebate.wallet.credit'].create([payout._prepare_wallet_credit_vals() for payout in paid])
        payouts.env['dealer.rebate.wallet.use'].create(
            [
                payout._prepare_wallet_claim_vals(credit, float(amount))
                for payout, of_payout in taken.items()
                for credit, amount in of_payout.items()
            ]
        )

    def _find_wallet_claims(self):
        """``{payout: {credit: Decimal}}``: what these claims take out of which credits, by one query."""
        credits = self.env['dealer.rebate.wallet.credit'].search(
            [
                ('dealer_id', 'in', self.dealer_id.ids),
                ('company_id', 'in', self.company_id.ids),
                ('remaining', '>', 0),
            ]
        )
        left = {credit: credit._to_tool() for credit in credits.sorted(lambda credit: credit._get_expiry_key())}
        taken = {}
        for payout in self:
            own = [tool for credit, tool in left.items() if credit._is_of_payout(payout)]
            taken[payout] = wallet.give_up(payout.pay_currency_id._to_decimal(-payout.pay_amount), own)
            for credit, amount in taken[payout].items():
                left[credit] = left[credit]._replace(left=left[credit].left - amount)
        return taken

    def _carry_what_is_not_in_wallet(self, taken):
        """Carry what the wallets cannot give back: it is set off against what is paid later."""
        for payout in self:
            there = float(sum(taken[payout].values()))
            if payout.pay_currency_id.compare_amounts(there, -payout.pay_amount) == 0:
                continue
            back = -payout.currency_id.round(there * payout.pay_rate)
            payout.write(
                {
                    'paid': back,
                    'carried_out': payout.currency_id.round(payout.due - back),
                    'pay_amount': -there,
                    'pay_difference': 0,
                }
            )
            payout.message_post(
                body=self.env._(
                    'Only %(there)s were left in the rebate wallet of %(dealer)s to be claimed back: the rest is carried'
                    ' to the next settlement.',
                    there=payout.pay_currency_id.format(there),
                    dealer=payout.dealer_id.display_name,
                )
            )

    def _prepare_wallet_move_vals(self, amount):
        """The entry for ``amount`` in the currency that is paid in; negative where it is claimed back."""
        self.ensure_one()
        company, currency = self.company_id, self.pay_currency_id
        settings, program = company.root_id, self.program_id
        day = self._get_document_date()
        balance = currency._convert(amount, company.currency_id, company, day)
        shared = {
            'partner_id': self.dealer_id.id,
            'currency_id': currency.id,
            'rebate_program_id': program.id,
            'name': self.env._('Rebate %(statement)s: %(program)s', statement=self.name, program=program.display_name),
        }
        return {
            'move_type': 'entry',
            'company_id': company.id,
            'journal_id': settings.dealer_wallet_journal_id.id,
            'date': day,
            'partner_id': self.dealer_id.id,
            'ref': self.name,
            'line_ids': [
                (
                    0,
                    0,
                    {
                        **shared,
                        'account_id': program._get_wallet_expense_account().id,
                        'rebate_role': 'payout',
                        'amount_currency': amount,
                        'balance': balance,
                    },
                ),
                (
                    0,
                    0,
                    {
                        **shared,
                        'account_id': settings.dealer_wallet_account_id.id,
                        'rebate_role': 'wallet',
                        'amount_currency': -amount,
                        'balance': -balance,
                    },
                ),
            ],
        }

    def _prepare_wallet_credit_vals(self):
        self.ensure_one()
        day, months = self._get_document_date(), self.program_id.wallet_months
        return {
            'payout_id': self.id,
            'company_id': self.company_id.id,
            'dealer_id': self.dealer_id.id,
            'program_id': self.program_id.id,
            'currency_id': self.pay_currency_id.id,
            'date': day,
            'date_expiry': months > 0 and day + relativedelta(months=months),
            'max_share': self.program_id.wallet_max_share,
            'amount': self.pay_amount,
        }

    def _prepare_wallet_claim_vals(self, credit, amount):
        self.ensure_one()
        return {
            'credit_id': credit.id,
            'kind': 'correction',
            'date': self._get_document_date(),
            'amount': amount,
            'origin': self.name,
            'payout_id': self.id,
            'move_id': self.move_id.id,
        }
