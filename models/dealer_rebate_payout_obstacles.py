from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list

# Dealers that one sentence names.
NAMED = 10


class DealerRebatePayout(models.Model):
    """What is in the way of booking statements, said at once and before anything is written."""

    _inherit = 'dealer.rebate.payout'

    def _check_obstacles(self):
        """Check that these statements can be booked.

        :raise UserError: one that names all that is in the way, and what to do
        """
        sentences = [
            sentence
            for _run, payouts in self.filtered('paid').grouped('run_id').items()
            for sentence in payouts.with_company(payouts.company_id)._find_obstacles()
        ]
        if sentences:
            raise UserError('\n'.join(dict.fromkeys(sentences)))

    def _find_obstacles(self):
        """What is in the way of these statements of one run, as sentences; by a fixed number of queries."""
        sentences = self._find_dealer_obstacles()
        method = self.program_id.payout_method
        if method in ('credit_note', 'vendor_bill'):
            sentences += self._find_product_obstacles()
            sentences += self._find_journal_obstacles()
            sentences += self._find_currency_obstacles()
        elif method == 'free_goods':
            sentences += self._find_free_goods_obstacles()
        elif method == 'wallet':
            sentences += self._find_wallet_obstacles()
            sentences += self._find_currency_obstacles()
        return sentences

    # ----------------------------------------------------------------- Dealers

    def _find_dealer_obstacles(self):
        sentences = []
        dealers = self.dealer_id
        if archived := dealers.filtered(lambda dealer: not dealer.active):
            sentences.append(self.env._('Archived dealers cannot be paid: %s. Unarchive them.', archived._list_names()))
        account = {
            'credit_note': 'property_account_receivable_id',
            'vendor_bill': 'property_account_payable_id',
        }.get(self.program_id.payout_method)
        if account and (without := dealers.filtered(lambda dealer: not dealer[account])):
            label = self.env['res.partner'].fields_get([account], ['string'])[account]['string']
            sentences.append(
                self.env._(
                    'Dealers without an account in "%(field)s": %(dealers)s. Set it on their contacts.',
                    field=label,
                    dealers=without._list_names(),
                )
            )
        return sentences

    # ------------------------------------------------- Product, accounts, taxes

    def _find_product_obstacles(self):
        program, product = self.program_id, self.program_id.product_id
        if not product:
            return [
                self.env._('The rebate program "%s" has no rebate product: choose one in the program.', program.title)
            ]
        names = {'product': product.display_name, 'program': program.title}
        sentences = []
        if not product.active:
            sentences.append(
                self.env._('The product "%(product)s" of the program "%(program)s" is archived: unarchive it.', **names)
            )
        if product.company_id and product.company_id not in self.company_id.parent_ids:
            sentences.append(
                self.env._('The product "%(product)s" of the program "%(program)s" is another company\'s.', **names)
            )
        sale = self.program_id.payout_method == 'credit_note'
        accounts = product.product_tmpl_id._get_product_accounts()
        if not accounts['income' if sale else 'expense']:
            sentences.append(
                self.env._(
                    'The product "%(product)s" of the program "%(program)s" has no account: set one on it, or on its'
                    ' category.',
                    **names,
                )
            )
        taxes = product.taxes_id if sale else product.supplier_taxes_id
        if taxes and not taxes._filter_taxes_by_company(self.company_id):
            sentences.append(
                self.env._(
                    'The product "%(product)s" of the program "%(program)s" has only taxes of other companies: give it'
                    ' those of %(company)s, or none.',
                    **names,
                    company=self.company_id.name,
                )
            )
        return sentences

    # -------------------------------------------------------- Journals and locks

    def _find_journal_obstacles(self):
        program, company = self.program_id, self.company_id
        kind = 'sale' if self.program_id.payout_method == 'credit_note' else 'purchase'
        journal = program.journal_id
        if journal and (journal.type != kind or journal.company_id not in company.parent_ids or not journal.active):
            return [
                self.env._(
                    'The journal "%(journal)s" of the program "%(program)s" is archived, another company\'s, or not for'
                    ' such documents: choose another one, or none.',
                    journal=journal.display_name,
                    program=program.title,
                )
            ]
        journals = journal.with_env(self.env)
        if not journal:
            journals = journals.search([*journals._check_company_domain(company), ('type', '=', kind)], limit=1)
        if not journals:
            return [
                self.env._(
                    'The company "%(company)s" has no journal for the documents of the program "%(program)s": make one.',
                    company=company.name,
                    program=program.title,
                )
            ]
        product = program.product_id
        taxes = product.taxes_id if kind == 'sale' else product.supplier_taxes_id
        return self._find_locks(journals, bool(taxes))

    def _find_locks(self, journal, has_taxes):
        """Odoo would date the documents on a later day, without a word."""
        day, run = self._get_document_date(), self.run_id
        if not (locks := self.company_id._get_violated_lock_dates(day, has_taxes, journal)):
            return []
        if day != run.date:
            return [
                self.env._(
                    'The books are locked on %(day)s, the day of the release: %(locks)s. Unlock the books.',
                    day=format_date(self.env, day),
                    locks=self.company_id._format_lock_dates(locks),
                )
            ]
        return [
            self.env._(
                'The books are locked on %(day)s, the accounting date of "%(run)s": %(locks)s. Choose a later date, or'
                ' unlock the books.',
                day=format_date(self.env, day),
                run=run.display_name,
                locks=self.company_id._format_lock_dates(locks),
            )
        ]

    # ------------------------------------------------------------- Currencies

    def _find_currency_obstacles(self):
        day, company = self._get_document_date(), self.company_id
        foreign = (self.pay_currency_id | self.program_id.currency_id) - company.currency_id
        sentences = [
            self.env._('The currency %s is archived: activate it.', currency.name)
            for currency in foreign
            if not currency.active
        ]
        rated = self.env['res.currency.rate'].search(
            [
                ('currency_id', 'in', foreign.ids),
                ('company_id', 'in', [False, company.root_id.id]),
                ('name', '<=', day),
            ]
        )
        # Odoo would take 1 for a rate that it does not know.
        sentences += [
            self.env._(
                'There is no exchange rate of %(currency)s on %(day)s: enter it.',
                currency=currency.name,
                day=format_date(self.env, day),
            )
            for currency in foreign - rated.currency_id
        ]
        return sentences


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _list_names(self):
        """The names of these contacts, the first of many."""
        names = self[:NAMED].mapped('display_name')
        if len(self) > NAMED:
            names.append(self.env._('%s others', len(self) - NAMED))
        return format_list(self.env, names)
