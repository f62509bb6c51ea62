import base64
import io
import zipfile
from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace

from dateutil.relativedelta import relativedelta

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from .complaint_portal_common import make_photo
from .rebate_common import RebateMixin
from .territory_common import TerritoryMixin
from .wallet_common import WalletMixin


class PortalWorldMixin(TerritoryMixin, WalletMixin, RebateMixin):
    """Two dealers, each with one of everything that the portal shows: ``cls.own`` and ``cls.rival``.

    Whatever belongs to one of them is called by its canary, a word that stands nowhere else.
    """

    # What each name holds besides, for whoever wants to see it drawn.
    PAYLOAD = ''

    @classmethod
    def setUpDealers(cls):
        # Each of the others asks for it.
        return None if 'users' in cls.__dict__ else super().setUpDealers()

    @classmethod
    def setUpWorld(cls):
        cls.setUpRebates()
        sales_journal = cls.journal
        cls.setUpWallet()
        cls.journal = sales_journal  # invoices are made in this one
        cls.china = cls.env.ref('base.cn')
        cls.requester, cls.approver = cls.users['staff'], cls.users['manager']
        cls.today = cls.company._get_dealer_date()
        cls.first_day = cls.today.replace(day=1) - relativedelta(months=3)
        (cls.pricelist_gold | cls.pricelist_silver).currency_id = cls.cny
        cls.own = cls.make_holder(cls.golden, 'owncanary', cls.pricelist_gold)
        cls.rival = cls.make_holder(cls.silvery, 'rivalcanary', cls.pricelist_silver)

    @classmethod
    def make_holder(cls, dealer, canary, pricelist):
        """A dealer's people and all that it has."""
        word = f'{canary} {cls.PAYLOAD}'.strip()
        dealer.write({'name': f'{word} Dealer', 'channel_account_manager_id': cls.requester.id, 'tz': 'Asia/Shanghai'})
        clerk = new_test_user(cls.env, login=f'clerk_{canary}', groups='base.group_portal')
        clerk.partner_id.write({'parent_id': dealer.id, 'name': f'{word} Clerk', 'phone': '1'})
        holder = SimpleNamespace(word=word, canary=canary, login=clerk.login, clerk=clerk, dealer=dealer)
        holder.address = cls.env['res.partner'].create(
            {'name': f'{word} Store', 'parent_id': dealer.id, 'type': 'delivery', 'city': word, 'street': word}
        )
        holder.product = cls._make_product(holder)
        holder.grant = cls._make_grant(holder)
        holder.change = cls._make_change(holder, pricelist)
        holder.special = cls.grant_price(
            dealer,
            (holder.product, 50, 60),
            date_from=cls.today,
            date_to=cls.today + relativedelta(days=60),
            project_name=word,
            end_customer_name=word,
            reason=word,
        )
        cls._make_orders(holder)
        cls._make_rebate(holder)
        cls._make_wallet(holder)
        cls._make_complaint(holder)
        return holder

    @classmethod
    def _make_product(cls, holder):
        category = cls.env['product.category'].create({'name': f'{holder.word} Goods'})
        return cls.env['product.product'].create(
            {
                'name': f'{holder.word} Product',
                'default_code': f'{holder.canary}-1',
                'categ_id': category.id,
                'type': 'consu',
                'list_price': 100,
                'taxes_id': False,
                'invoice_policy': 'order',
                'property_account_income_id': cls.sales_account.id,
                'only_dealer_ids': [Command.set(holder.dealer.ids)],
                'image_1920': base64.b64encode(make_photo()),
            }
        )

    @classmethod
    def _make_grant(cls, holder):
        holder.territory = cls.make_territory(
            f'{holder.word} Area', False, {'state_id': cls.env.ref('base.state_cn_GD').id, 'city': holder.word}
        )
        return cls.grant(
            holder.dealer,
            holder.territory,
            product_tmpl_ids=holder.product.product_tmpl_id,
            date_from=cls.today - relativedelta(days=5),
            date_to=cls.today + relativedelta(days=300),
            note=f'<p>{holder.canary} terms</p>',
        )

    @classmethod
    def _make_change(cls, holder, pricelist):
        """A change of the dealer's prices that comes in twenty days: the dealer's line of it."""
        change = (
            cls.env['dealer.price.change']
            .with_user(cls.requester)
            .create(
                {
                    'pricelist_id': pricelist.id,
                    'date_start': cls.today + relativedelta(days=20),
                    'adjustment': 5,
                    'announcement': f'<p>{holder.canary} brass is dear</p>',
                }
            )
        )
        cls.add_rule(pricelist, holder.product, price=90)
        change.action_prepare()
        change.action_submit()
        change.with_user(cls.approver).action_approve()
        return change.sudo().dealer_line_ids.filtered(lambda line: line.dealer_id == holder.dealer)

    @classmethod
    def _make_orders(cls, holder):
        """A confirmed and delivered order, a quotation, and a draft of the portal."""
        values = {'client_order_ref': holder.word, 'dealer_note': holder.word}
        holder.order = cls.make_quotation(holder.dealer, (holder.product, 10), **values)
        holder.order.action_confirm()
        holder.picking = holder.order.picking_ids
        holder.picking.move_ids.write({'quantity': 10, 'picked': True})
        holder.picking.button_validate()
        holder.quotation = cls.make_quotation(
            holder.dealer, (holder.product, 8), require_signature=True, require_payment=False, **values
        )
        holder.quotation.action_quotation_sent()
        holder.quotation._portal_ensure_token()
        orders = cls.env['sale.order']
        holder.draft = orders.create(orders._prepare_quick_order_vals(holder.dealer, cls.company))
        holder.draft._set_quick_order({holder.product: 3}, holder.address, holder.word, holder.word)

    @classmethod
    def _make_rebate(cls, holder):
        """A program for this dealer alone, a statement of it, and a question about a line that was answered."""
        holder.invoice = cls.invoice(
            holder.dealer, cls.first_day, (holder.product, 10, 11_000), (holder.product, 1, 200_000)
        )
        holder.invoice.ref = holder.word
        holder.program = cls.make_program(
            title=f'{holder.word} Program',
            date_from=cls.first_day,
            date_to=cls.first_day + relativedelta(years=1, days=-1),
            period='month',
            dealer_ids=[Command.set(holder.dealer.ids)],
        )
        run = cls.settle(holder.program, post=False).with_user(cls.env.user)
        run.payout_ids.state = 'posted'
        run.state = 'done'
        holder.payout = run.payout_ids
        holder.lines = cls.env['dealer.rebate.settlement.line'].search(
            [('computation_id', 'in', holder.payout.computation_ids.ids)], order='id'
        )
        asked = cls.env['dealer.rebate.dispute'].with_user(holder.clerk).sudo()
        holder.dispute = asked.create(
            {
                **asked._prepare_new_vals(),
                'computation_id': holder.lines[1].computation_id.id,
                'move_line_id': holder.lines[1].move_line_id.id,
                'reason': holder.word,
                'contact': holder.word,
            }
        ).with_env(cls.env)
        holder.dispute.with_user(cls.requester).action_refuse(holder.word)

    @classmethod
    def _make_wallet(cls, holder):
        """A wallet with money, some of which paid for an order."""
        program = cls.make_wallet_program(f'{holder.word} Wallet', dealer_ids=[Command.set(holder.dealer.ids)])
        holder.credit = cls.fill_wallet(holder.dealer, 5000, expiry='2099-12-31', program=program)
        paid = cls.make_quotation(holder.dealer, (holder.product, 10))
        paid.action_use_wallet(200)
        paid.action_confirm()

    @classmethod
    def _make_complaint(cls, holder):
        """A complaint with a photograph, answered; and another one, whose problem form lacks something."""
        staff = cls.users['complaint']
        complaints = cls.env['dealer.complaint'].with_user(holder.clerk).sudo()
        values = {
            'type_id': cls.env.ref('dealer_management.complaint_type_damage').id,
            'description': f'{holder.word} is crushed',
            'picking_id': holder.picking.id,
            'product_id': holder.product.id,
            'quantity': 2,
            'quantity_kind': 'broken',
            'date_found': '2026-01-05 02:00:00',
            'lot_name': holder.word,
            'phone': holder.canary,
        }
        complaint = complaints._create_from_portal(
            holder.dealer, holder.clerk.partner_id, values, [(f'{holder.canary}.jpg', make_photo())]
        ).with_env(cls.env)
        complaint._say_from_portal(holder.clerk.partner_id, f'{holder.word} said')
        complaint.with_user(staff)._tell_dealer(f'{holder.word} asked')
        outcome = (
            cls.env['dealer.complaint.outcome']
            .with_user(staff)
            .create({'complaint_id': complaint.id, 'kind': 'explanation', 'note': holder.word})
        )
        outcome.action_make()
        complaint.answer = f'<p>{holder.canary} answer</p>'
        complaint.with_user(staff).action_answer()
        holder.complaint = complaint
        holder.file = complaint._get_evidence()
        holder.incomplete = cls.env['dealer.complaint'].create(
            {
                'title': f'{holder.word} by telephone',
                'dealer_id': holder.dealer.id,
                'partner_id': holder.clerk.partner_id.id,
                'type_id': values['type_id'],
            }
        )


class PortalWorldCase(PortalWorldMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpWorld()

    @classmethod
    def make_stranger(cls):
        """A portal user who belongs to no dealer: ``stranger``."""
        cls.stranger = new_test_user(cls.env, login='stranger', groups='base.group_portal')

    def log_in(self, login):
        """Come as ``login``; as anybody, with None."""
        self.authenticate(login, login)

    def request(self, method, path, data=None, token=None, files=None):
        """Ask as the browser of whoever is logged in does, without following a redirect.

        :param method: ``GET``, ``POST`` (a form, with the session's own token unless ``token`` is another one) or
            ``JSON``
        """
        if method == 'GET':
            return self.url_open(path, params=data, allow_redirects=False)
        if method == 'JSON':
            return self.url_open(path, json={'jsonrpc': '2.0', 'id': 0, 'params': data or {}}, allow_redirects=False)
        token = http.Request.csrf_token(self) if token is None else token
        return self.url_open(
            path, data={'csrf_token': token, **(data or {})}, files=files, allow_redirects=False, method='POST'
        )

    @contextmanager
    def undone(self):
        """Take back what is done within."""
        self.env.flush_all()
        savepoint = self.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    @contextmanager
    def assertNothingWritten(self):
        """No row of any table is added, changed or removed within, not even for a moment."""
        self.env.flush_all()
        before = self.count_writes()
        yield
        written = self.count_writes() - before
        self.assertFalse(written, 'Rows were written.')

    def count_writes(self):
        """What the transaction has written so far, of each table, taken back or not."""
        self.env.cr.execute(
            'SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS rows FROM pg_stat_xact_user_tables'
            ' WHERE n_tup_ins + n_tup_upd + n_tup_del > 0'
        )
        return Counter(dict(self.env.cr.fetchall()))

    @staticmethod
    def read_body(response):
        """What a person can read in the answer, also in a spreadsheet."""
        if 'spreadsheetml' not in response.headers.get('Content-Type', ''):
            return response.text
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            return ' '.join(archive.read(name).decode() for name in archive.namelist())
