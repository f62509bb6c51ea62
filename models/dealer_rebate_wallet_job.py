from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date


class DealerRebateWalletCredit(models.Model):
    """What has expired is booked, and what is about to expire is announced: once a day, safe to run twice."""

    _inherit = 'dealer.rebate.wallet.credit'

    recipient_ids = fields.Many2many('res.partner', compute='_compute_recipient_ids', compute_sudo=True)

    def _compute_recipient_ids(self):
        people = self.dealer_id._get_dealer_recipients()
        for credit in self:
            credit.recipient_ids = people[credit.dealer_id]

    @api.model
    def _cron_follow_wallets(self):
        """Book what has expired and remind dealers, company by company: a run that is killed goes on."""
        # The job is nobody's; what it does is the rule.
        credits = self.sudo()
        companies = credits._read_group([('remaining', '>', 0)], ['company_id'])
        self.env['ir.cron']._commit_progress(remaining=len(companies))
        for (company,) in companies:
            credits._expire(company)
            credits._tell_before_expiry(company)
            if not self.env['ir.cron']._commit_progress(1):
                break

    # ----------------------------------------------------------------- Expiry

    @api.model
    def _expire(self, company):
        """Book what dealers of ``company`` have not used in time, by one entry.

        It is booked today, or, where the books are locked, on the first day that is open.

        :return: the entry, or none
        """
        today = company._get_dealer_date()
        domain = [('company_id', '=', company.id), ('remaining', '>', 0), ('date_expiry', '<', today)]
        # Another run may be at it, or an order that gives back.
        credits = self.search(domain, order='id').try_lock_for_update().filtered_domain(domain)
        moves = self.env['account.move'].with_company(company)
        if not credits:
            return moves
        journal = company.root_id.dealer_wallet_journal_id or credits[0].move_id.journal_id
        locks = company._get_violated_lock_dates(today, False, journal)
        vals = credits._prepare_expiry_vals(company, journal, locks[-1][0] + timedelta(days=1) if locks else today)
        if locks:
            vals['narration'] = self.env._(
                'Expired by %(day)s; the books are locked until %(lock)s.',
                day=format_date(self.env, today),
                lock=format_date(self.env, locks[-1][0]),
            )
        move = moves.create(vals)
        move._post(soft=False)
        self.env['dealer.rebate.wallet.use'].create(
            [
                {
                    'credit_id': credit.id,
                    'kind': 'expiry',
                    'date': credit.date_expiry,
                    'amount': credit.remaining,
                    'origin': move.name,
                    'move_id': move.id,
                }
                for credit in credits
            ]
        )
        return move

    def _prepare_expiry_vals(self, company, journal, day):
        return {
            'move_type': 'entry',
            'company_id': company.id,
            'journal_id': journal.id,
            'date': day,
            'ref': self.env._('Expired in rebate wallets'),
            'line_ids': [Command.create(vals) for credit in self for vals in credit._prepare_expiry_lines_vals()],
        }

    def _prepare_expiry_lines_vals(self):
        """What is left goes back to where it came from, at the rate that it came at."""
        self.ensure_one()
        items = self.move_id.line_ids
        owed = items.filtered(lambda item: item.rebate_role == 'wallet')
        expense = items.filtered(lambda item: item.rebate_role == 'payout')
        balance = self.company_id.currency_id.round(-owed.balance * self.remaining / self.amount)
        shared = {
            'partner_id': self.dealer_id.id,
            'currency_id': self.currency_id.id,
            'rebate_role': 'wallet',
            'rebate_program_id': self.program_id.id,
            'name': self.env._(
                'Rebate %(statement)s: expired after %(day)s',
                statement=self.display_name,
                day=format_date(self.env, self.date_expiry),
            ),
        }
        return [
            {**shared, 'account_id': account.id, 'amount_currency': sign * self.remaining, 'balance': sign * balance}
            for account, sign in ((owed.account_id, 1), (expense.account_id, -1))
        ]

    # --------------------------------------------------------------- Reminder

    @api.model
    def _tell_before_expiry(self, company):
        """Write one mail to each dealer about all that expires soon, and that it was told, in one transaction."""
        days = company.root_id.dealer_wallet_notice_days
        if not days:
            return
        today = company._get_dealer_date()
        domain = [
            ('company_id', '=', company.id),
            ('remaining', '>', 0),
            ('told_date', '=', False),
            ('date_expiry', '>=', today),
            ('date_expiry', '<=', today + timedelta(days=days)),
        ]
        credits = self.search(domain, order='dealer_id, date_expiry, id').try_lock_for_update().filtered_domain(domain)
        credits.told_date = fields.Datetime.now()
        template = self.env.ref('dealer_management.mail_template_wallet_expiry', raise_if_not_found=False)
        first = self.browse(of_dealer[0].id for of_dealer in credits.grouped('dealer_id').values())
        if (reachable := first.filtered('recipient_ids')) and template:
            template.send_mail_batch(reachable.ids, email_layout_xmlid='mail.mail_notification_light')
            self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger()

    def _get_told_credits(self):
        """What the mail that this credit stands for is about."""
        self.ensure_one()
        return self.search(
            [
                ('company_id', '=', self.company_id.id),
                ('dealer_id', '=', self.dealer_id.id),
                ('told_date', '=', self.told_date),
            ],
            order='date_expiry, id',
        )
