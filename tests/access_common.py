import csv
from contextlib import contextmanager

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import file_open

from .common import ROLES, DealerMixin

# The columns of the tables, in their order, and the groups of each.
ACCESS_ROLES = {
    'public': 'base.group_public',
    'clerk': 'base.group_portal',  # of the dealer that is "own"
    'rival': 'base.group_portal',  # of the dealer that is "other"
    'employee': ROLES['employee'],
    'salesman': ROLES['salesman'],
    'warehouse': 'stock.group_stock_user',
    'billing': 'account.group_account_invoice',
    'bookkeeper': 'account.group_account_readonly',
    'accountant': ROLES['accountant'],
    'staff_own': ROLES['staff_own'],
    'staff': ROLES['staff'],
    'manager': ROLES['manager'],
    'complaint': ROLES['complaint'],
    'head': 'dealer_management.group_dealer_complaint_confidential',
    'auditor': ROLES['auditor'],
    'abroad': ROLES['manager'],  # of the second company
    'system': 'base.group_system',
}


def read_table(name):
    """The rows of ``tests/data/<name>.csv``."""
    with file_open(f'dealer_management/tests/data/{name}.csv') as file:
        return list(csv.DictReader(file))


def get_own_models(env):
    """The names of the models that this module brings, and of Odoo's whose access it changes."""
    data = env['ir.model.data'].search([('module', '=', 'dealer_management')])
    own, changed = set(), set()
    for model, names in (('ir.model', own), ('ir.rule', changed), ('ir.model.access', changed)):
        records = env[model].browse(data.filtered(lambda row, model=model: row.model == model).mapped('res_id'))
        names.update(records.mapped('model' if model == 'ir.model' else 'model_id.model'))
    own = {name for name in own if env[name]._original_module == 'dealer_management' and not env[name]._abstract}
    return own, changed - own


class AccessMixin(DealerMixin):
    """A world with a record of every model: ``world[model, relation]``.

    The relation says whose it is:

    - ``own``: of the dealer that ``clerk`` works for, ``staff_own`` looks after and ``salesman`` sells to
    - ``other``: of another dealer of the same company, whose clerk is ``rival``
    - ``abroad``: of a dealer of the second company, or of that company
    - ``secret``: of a confidential complaint of the own dealer
    - ``shared``: of no company and no dealer
    - ``mine``, ``theirs``: a window that the user itself has opened, or somebody else

    It is made by the superuser, straight into the state that is wanted: how it comes about is for other tests.
    """

    @classmethod
    def setUpAccess(cls):
        cls.env = cls.env(context={**cls.env.context, 'tracking_disable': True, 'mail_create_nolog': True})
        cls.setUpDealers()
        cls.second_company = cls.env['res.company'].create({'name': 'Second Company'})
        cls.env['stock.warehouse'].create({'name': 'Second', 'code': 'SEC', 'company_id': cls.second_company.id})
        cls.setUpRoles()
        cls.world = {}
        cls.setUpPolicy()
        for relation, company in (('own', cls.company), ('other', cls.company), ('abroad', cls.second_company)):
            with cls.in_company(company):
                cls.setUpSide(relation)
        cls.join('own', cls.company)
        cls.join('abroad', cls.second_company)
        cls.setUpSecret()
        cls.setUpWindows()
        cls.env.flush_all()
        cls.env.invalidate_all()
        # Those of the second company as well are seen from no company in particular.
        cls.world = {key: records.with_env(cls.env) for key, records in cls.world.items()}

    @classmethod
    def setUpRoles(cls):
        cls.users['public'] = cls.env.ref('base.public_user')
        for role, groups in ACCESS_ROLES.items():
            if role not in cls.users:
                cls.users[role] = new_test_user(cls.env, login=f'test_{role}', groups=groups)
        cls.users['abroad'].write(
            {'company_ids': [Command.set(cls.second_company.ids)], 'company_id': cls.second_company.id}
        )
        cls.users = {role: cls.users[role] for role in ACCESS_ROLES}
        cls.requester = cls.users['staff']

    @classmethod
    @contextmanager
    def in_company(cls, company):
        """All that is made here is made in ``company``."""
        before = cls.env, cls.company
        cls.env = cls.env(context={**cls.env.context, 'allowed_company_ids': company.ids})
        cls.company = company.with_env(cls.env)
        cls.approver = cls.users['manager' if company == before[1] else 'abroad']
        try:
            yield
        finally:
            cls.env, cls.company = before

    @classmethod
    def add(cls, relation, model_name, /, **vals):
        """A new record of the world."""
        record = cls.env[model_name].create(vals)
        cls.join(relation, record)
        return record

    @classmethod
    def join(cls, relation, *found):
        """Take records into the world that others have made."""
        for records in found:
            assert records, f'There is no {records._name} for {relation}.'
            key = records._name, relation
            cls.world[key] = cls.world.get(key, records.browse()) | records

    # ------------------------------------------------------------ What all share

    @classmethod
    def setUpPolicy(cls):
        """What belongs to no company and to no dealer."""
        cls.add('shared', 'repair.tags', name='Urgent')
        cls.gold.company_id = False
        cls.level = cls.env.ref('dealer_management.dealer_price_level_c')
        cls.join('shared', cls.distributor, cls.gold, cls.level, cls.pricelist_gold)
        cls.join('shared', cls.env.ref('dealer_management.dealer_channel_shop'))
        cls.add('shared', 'dealer.region.class', name='Rich')
        cls.add('shared', 'dealer.complaint.cause', name='Packing')
        cls.add('shared', 'dealer.complaint.party', name='Carrier')
        cls.add('shared', 'dealer.complaint.stage', name='Seen', state='received')
        cls.criterion = cls.add('shared', 'dealer.rebate.criterion', name='Late')
        cls.plain_type = cls.add('shared', 'dealer.complaint.type', name='Plain', code='test_plain', needs_cause=False)
        cls.secret_type = cls.add(
            'shared', 'dealer.complaint.type', name='Secret', code='test_secret', confidential=True
        )
        cls.rebate_product = cls.env['product.product'].create({'name': 'Rebate', 'type': 'service', 'taxes_id': False})

    # ------------------------------------------------------- One dealer's records

    @classmethod
    def setUpSide(cls, relation):
        """A dealer of the company, and one record of everything that a dealer can have."""
        cls.setUpDealer(relation)
        cls.setUpOrder(relation)
        cls.setUpTerritory(relation)
        cls.setUpPrices(relation)
        cls.setUpRebates(relation)
        cls.setUpProof(relation)
        cls.setUpComplaint(relation, cls.plain_type)

    @classmethod
    def setUpDealer(cls, relation):
        china, guangdong = cls.env.ref('base.cn'), cls.env.ref('base.state_cn_GD')
        cls.dealer = cls.make_dealer(
            f'Dealer {relation}',
            grade_id=cls.gold.id,
            company_id=relation == 'abroad' and cls.company.id,
            channel_account_manager_id=relation == 'own' and cls.users['staff_own'].id,
            email=f'{relation}@dealer.example',
            country_id=china.id,
            state_id=guangdong.id,
        )
        if relation != 'abroad':
            cls.users['clerk' if relation == 'own' else 'rival'].partner_id.parent_id = cls.dealer
        cls.join(relation, cls.dealer, cls.dealer.tier_period_ids)
        cls.address = cls.add(
            relation,
            'res.partner',
            name='Address',
            parent_id=cls.dealer.id,
            company_id=cls.dealer.company_id.id,
            type='delivery',
            country_id=china.id,
        )

    @classmethod
    def setUpOrder(cls, relation):
        """An order for goods that are not there, shared out; and an invoice."""
        cls.scarce = cls.add(
            relation,
            'product.product',
            name=f'Scarce {relation}',
            type='consu',
            is_storable=True,
            list_price=100,
            taxes_id=False,
            company_id=relation == 'abroad' and cls.company.id,
        )
        cls.join(relation, cls.scarce.product_tmpl_id)
        cls.order = cls.add(
            relation,
            'sale.order',
            partner_id=cls.dealer.id,
            user_id=cls.users['salesman' if relation == 'own' else 'system'].id,
            order_line=[Command.create({'product_id': cls.scarce.id, 'product_uom_qty': 5, 'price_unit': 100})],
        )
        cls.order.action_confirm()
        cls.join(relation, cls.order.order_line, cls.order.picking_ids, cls.order.picking_ids.move_ids)
        move = cls.order.picking_ids.move_ids
        cls.add(relation, 'stock.move.line', **move._prepare_move_line_vals(quantity=1))
        cls.add(relation, 'stock.lot', name='LOT', product_id=cls.scarce.id, company_id=cls.company.id)
        allocation = cls.add(relation, 'dealer.allocation', product_id=cls.scarce.id)
        cls.join(relation, allocation.line_ids)
        cls.invoice = cls.make_invoice()
        cls.join(relation, cls.invoice, cls.invoice.line_ids, cls.invoice.journal_id, cls.make_credit(cls.invoice))
        cls.add(
            relation,
            'repair.order',
            product_id=cls.scarce.id,
            partner_id=cls.dealer.id,
            company_id=cls.company.id,
            picking_type_id=cls.find_repairs(cls.company).id,
        )

    @classmethod
    def find_repairs(cls, company):
        warehouse = cls.env['stock.warehouse'].search([('company_id', '=', company.id)], limit=1)
        return warehouse.repair_type_id

    @classmethod
    def make_credit(cls, invoice):
        """What ties an invoice to a credit note of a part of it."""
        credit = invoice._reverse_moves([{'invoice_date': '2026-02-02', 'date': '2026-02-02'}])
        credit.invoice_line_ids.price_unit = 10
        credit.action_post()
        due = (invoice | credit).line_ids.filtered(lambda line: line.account_type == 'asset_receivable')
        due.reconcile()
        return due.matched_credit_ids

    @classmethod
    def make_invoice(cls):
        accounts = cls.env['account.account'].create(
            [
                {'code': f'A{cls.dealer.id}1', 'name': 'Sales', 'account_type': 'income'},
                {'code': f'A{cls.dealer.id}2', 'name': 'Due', 'account_type': 'asset_receivable', 'reconcile': True},
            ]
        )
        cls.dealer.property_account_receivable_id = accounts[1]
        journal = cls.env['account.journal'].create(
            {'code': f'J{cls.dealer.id}'[-5:], 'name': 'Invoices', 'type': 'sale', 'company_id': cls.company.id}
        )
        line = {'product_id': cls.scarce.id, 'price_unit': 100, 'account_id': accounts[0].id, 'tax_ids': False}
        invoice = cls.env['account.move'].create(
            {
                'move_type': 'out_invoice',
                'partner_id': cls.dealer.id,
                'invoice_date': '2026-02-01',
                'journal_id': journal.id,
                'invoice_line_ids': [Command.create(line)],
            }
        )
        invoice.action_post()
        return invoice

    @classmethod
    def setUpTerritory(cls, relation):
        china, guangdong = cls.env.ref('base.cn'), cls.env.ref('base.state_cn_GD')
        territory = cls.add(relation, 'dealer.territory', name=f'South {relation}')
        cls.add(
            relation,
            'dealer.territory.area',
            territory_id=territory.id,
            country_id=china.id,
            state_id=guangdong.id,
            city=relation,
        )
        days = {'date_from': '2026-01-01', 'date_to': '2099-12-31'}
        grant = cls.add(
            relation, 'dealer.authorization', dealer_id=cls.dealer.id, territory_id=territory.id, kind='shared', **days
        )
        cls.add(relation, 'dealer.authorization.carveout', authorization_id=grant.id, territory_id=territory.id)
        cls.add(relation, 'dealer.authorization.report', authorization_id=grant.id, date_due='2026-06-30')
        # One that is in force, so that it covers something.
        held = cls.env['dealer.authorization'].create(
            {'dealer_id': cls.dealer.id, 'territory_id': territory.id, 'requester_id': cls.requester.id, **days}
        )
        held._move('active', requester_id=cls.requester.id, approver_id=cls.approver.id)
        held._rebuild_coverage()
        cls.join(relation, cls.env['dealer.authorization.coverage'].search([('authorization_id', '=', held.id)]))
        exception = cls.add(
            relation,
            'dealer.territory.exception',
            order_id=cls.order.id,
            dealer_id=cls.dealer.id,
            partner_shipping_id=cls.address.id,
            reason='A tender',
            requester_id=cls.requester.id,
            line_ids=[
                Command.create(
                    {
                        'sale_line_id': cls.order.order_line.id,
                        'product_id': cls.scarce.id,
                        'product_uom_id': cls.scarce.uom_id.id,
                        'quantity': 5,
                        'verdict': 'no_grant',
                    }
                )
            ],
        )
        cls.join(relation, exception.line_ids)

    @classmethod
    def setUpPrices(cls, relation):
        pricelist = cls.add(
            relation,
            'product.pricelist',
            name=f'Prices {relation}',
            company_id=cls.company.id,
            dealer_level_id=cls.level.id,
            item_ids=[Command.create({'product_tmpl_id': cls.scarce.product_tmpl_id.id, 'fixed_price': 90})],
        )
        cls.join(relation, pricelist.item_ids)
        if relation != 'other':  # a company has one
            cls.add(relation, 'dealer.price.limit', discount_max=50, user_ids=[Command.set(cls.approver.ids)])
        request = cls.add(
            relation,
            'dealer.price.request',
            dealer_id=cls.dealer.id,
            date_from='2026-01-01',
            date_to='2099-12-31',
            reason='A tender',
            pricelist_id=pricelist.id,
            requester_id=cls.requester.id,
            line_ids=[Command.create({'product_id': cls.scarce.id, 'quantity_max': 5, 'special_price': 80})],
        )
        cls.join(relation, request.line_ids)
        change = cls.add(
            relation,
            'dealer.price.change',
            pricelist_id=pricelist.id,
            date_start='2099-01-01',
            requester_id=cls.requester.id,
        )
        cls.add(relation, 'dealer.price.change.line', change_id=change.id, product_id=cls.scarce.id, floor_price=70)
        cls.add(relation, 'dealer.price.change.dealer', change_id=change.id, dealer_id=cls.dealer.id, turnover=1000)
        cls.add(
            relation,
            'dealer.price.deviation',
            dealer_id=cls.dealer.id,
            product_id=cls.scarce.id,
            level_id=cls.level.id,
            pricelist_id=pricelist.id,
            price_seen=50,
            seen_at='A market',
            requester_id=cls.requester.id,
        )

    @classmethod
    def setUpRebates(cls, relation):
        cls.add(relation, 'dealer.rebate.stack', name='Together', company_id=cls.company.id)
        cls.program = cls.add(
            relation,
            'dealer.rebate.program',
            title=f'Rebate {relation}',
            date_from='2026-01-01',
            date_to='2026-12-31',
            product_id=cls.rebate_product.id,
            requester_id=cls.requester.id,
            band_ids=[Command.create({'threshold': 0, 'rate': 2})],
            driver='attainment',
            target_ids=[Command.create({'dealer_id': cls.dealer.id, 'amount': 1000})],
            condition_ids=[Command.create({'criterion_id': cls.criterion.id})],
        )
        cls.join(relation, cls.program.band_ids, cls.program.target_ids, cls.program.condition_ids)
        cls.add(relation, 'dealer.rebate.finding', name='Late', dealer_id=cls.dealer.id, criterion_id=cls.criterion.id)

    @classmethod
    def setUpProof(cls, relation):
        """A settlement of a program that pays into the wallet, proved, disputed, and used."""
        owner = {'company_id': cls.company.id, 'dealer_id': cls.dealer.id, 'program_id': cls.program.id}
        run = cls.add(relation, 'dealer.rebate.run', program_id=cls.program.id, period_to='2026-03-31')
        settlement = cls.add(
            relation, 'dealer.rebate.settlement', period_from='2026-01-01', period_to='2026-03-31', **owner
        )
        payout = cls.add(
            relation,
            'dealer.rebate.payout',
            run_id=run.id,
            delta=20,
            due=20,
            paid=20,
            pay_amount=20,
            pay_currency_id=cls.company.currency_id.id,
            state='posted',
            **owner,
        )
        days = {'window_from': '2026-01-01', 'window_to': '2026-03-31'}
        computation = cls.add(
            relation,
            'dealer.rebate.computation',
            settlement_id=settlement.id,
            number=1,
            run_id=run.id,
            payout_id=payout.id,
            earned=20,
            base=1000,
            line_count=1,
            **days,
            **owner,
        )
        cls.set_proof(computation, cls.invoice.invoice_line_ids)
        cls.join(relation, cls.env['dealer.rebate.settlement.line'].search([('computation_id', '=', computation.id)]))
        cls.add(
            relation,
            'dealer.rebate.dispute',
            computation_id=computation.id,
            move_line_id=cls.invoice.invoice_line_ids.id,
            reason='Not mine',
        )
        credit = cls.add(
            relation,
            'dealer.rebate.wallet.credit',
            payout_id=payout.id,
            currency_id=cls.company.currency_id.id,
            date='2026-04-01',
            max_share=50,
            amount=20,
            **owner,
        )
        cls.add(relation, 'dealer.rebate.wallet.use', credit_id=credit.id, kind='order', date='2026-04-02', amount=5)
        accrual = cls.add(
            relation,
            'dealer.rebate.accrual',
            program_id=cls.program.id,
            date='2026-04-30',
            expected=20,
            entry=20,
            line_ids=[Command.create({'dealer_id': cls.dealer.id, 'expected': 20, 'entry': 20})],
        )
        cls.join(relation, accrual.line_ids)
        cls.join(relation, cls.env['dealer.rebate.ledger'].search([('program_id', '=', cls.program.id)]))
        cls.payout = payout

    @classmethod
    def set_proof(cls, computation, line):
        """Have ``line`` be what the rebate was earned with: kept in columns that only SQL knows."""
        computation.flush_recordset()
        cls.env.cr.execute(
            """
            UPDATE dealer_rebate_computation
               SET line_move_line_ids = ARRAY[%s], line_weights = ARRAY[1000], line_shares = ARRAY[2000],
                   line_amounts = ARRAY[1000], line_dates = ARRAY[%s::date], line_documents = ARRAY[%s]
             WHERE id = %s
            """,
            [line.id, line.date, line.move_id.name, computation.id],
        )

    # ----------------------------------------------------------------- Complaints

    @classmethod
    def setUpComplaint(cls, relation, complaint_type):
        if relation != 'secret':
            cls.setUpComplaintPolicy(relation)
        cls.complaint = cls.add(
            relation,
            'dealer.complaint',
            title=f'Broken {relation}',
            dealer_id=cls.dealer.id,
            type_id=complaint_type.id,
            product_id=cls.scarce.id,
        )
        cls.add(relation, 'dealer.complaint.outcome', complaint_id=cls.complaint.id, kind='explanation', note='Sorry')
        cls.join(relation, cls.complaint.deadline_ids)
        cls.env.flush_all()
        for report in ('dealer.complaint.report', 'dealer.deadline.report'):
            cls.join(relation, cls.env[report].search([('complaint_id', '=', cls.complaint.id)]))
        cls.setUpTalk(relation)

    @classmethod
    def setUpComplaintPolicy(cls, relation):
        if relation == 'other':
            return
        company = relation == 'abroad' and cls.company.id
        relation = relation if company else 'shared'
        cls.add(relation, 'dealer.complaint.team', name=f'Team {relation}', company_id=company)
        policy = cls.add(
            relation,
            'dealer.deadline.policy',
            name=f'Policy {relation}',
            company_id=company,
            type_id=cls.plain_type.id,
            target_ids=[Command.create({'kind': 'resolve', 'amount': 24})],
        )
        cls.join(relation, policy.target_ids)
        calendar = cls.env['resource.calendar'].create({'name': f'Hours {relation}', 'company_id': company})
        cls.add(relation, 'dealer.makeup.day', calendar_id=calendar.id, date='2026-05-09')

    @classmethod
    def setUpTalk(cls, relation):
        """What hangs on a complaint in Odoo's own models."""
        about = {'res_model': 'dealer.complaint', 'res_id': cls.complaint.id}
        user = cls.users['head'] if relation == 'secret' else cls.approver
        speaker = user.partner_id
        message = cls.add(
            relation,
            'mail.message',
            model='dealer.complaint',
            res_id=cls.complaint.id,
            body='Broken',
            message_type='comment',
            subtype_id=cls.env.ref('mail.mt_comment').id,
            author_id=speaker.id,
        )
        cls.add(relation, 'mail.notification', mail_message_id=message.id, res_partner_id=speaker.id)
        cls.add(relation, 'ir.attachment', name='box.txt', raw=b'broken', **about)
        cls.add(
            relation,
            'mail.activity',
            res_model_id=cls.env['ir.model']._get_id('dealer.complaint'),
            res_id=cls.complaint.id,
            summary='Look',
            user_id=user.id,
        )
        if not cls.complaint.message_partner_ids & speaker:
            cls.env['mail.followers'].create({**about, 'partner_id': speaker.id})
        cls.join(relation, cls.env['mail.followers'].search([(name, '=', value) for name, value in about.items()]))
        cls.add(
            relation,
            'rating.rating',
            res_model_id=cls.env['ir.model']._get_id('dealer.complaint'),
            res_id=cls.complaint.id,
            rating=1,
            consumed=True,
        )

    @classmethod
    def setUpSecret(cls):
        cls.dealer = cls.world['res.partner', 'own'].filtered('is_dealer')
        cls.scarce = cls.world['product.product', 'own']
        cls.setUpComplaint('secret', cls.secret_type)

    # -------------------------------------------------------------------- Windows

    @classmethod
    def setUpWindows(cls):
        """Windows are their user's own: ``open_windows`` says whose they are."""
        dealer, complaint = cls.dealer, cls.world['dealer.complaint', 'own']
        program, order = cls.world['dealer.rebate.program', 'own'], cls.world['sale.order', 'own']
        for relation in ('mine', 'theirs'):
            cls.add(relation, 'dealer.state.wizard', dealer_ids=[Command.set(dealer.ids)], reason='Unpaid')
            cls.add(relation, 'dealer.tier.wizard', dealer_ids=[Command.set(dealer.ids)], reason='Grown')
            cls.add(relation, 'dealer.reason.wizard', step='complaint_cancel', reason='A mistake')
            cls.add(relation, 'dealer.complaint.merge', complaint_ids=[Command.set(complaint.ids)])
            split = cls.add(relation, 'dealer.complaint.split', complaint_id=complaint.id)
            cls.add(
                relation, 'dealer.complaint.split.part', split_id=split.id, title='A part', type_id=cls.plain_type.id
            )
            trial = cls.add(
                relation,
                'dealer.rebate.trial',
                program_id=program.id,
                date_from='2026-01-01',
                date_to='2026-12-31',
            )
            cls.add(relation, 'dealer.rebate.trial.line', trial_id=trial.id)
            cls.add(relation, 'dealer.rebate.wallet.wizard', order_id=order.id)
            cls.add(relation, 'dealer.rebate.accrual.wizard', company_id=cls.company.id, date='2026-05-31')
            cls.add(relation, 'dealer.rebate.ledger.wizard', date='2026-05-31')

    @classmethod
    def open_windows(cls, user):
        """Have ``user`` be the one who opened the windows that are its own."""
        for (model, relation), records in cls.world.items():
            if relation == 'mine':
                records.flush_recordset()
                records.env.cr.execute(
                    f'UPDATE {cls.env[model]._table} SET create_uid = %s WHERE id = ANY(%s)',  # noqa: S608
                    [user.id, records.ids],
                )
                records.invalidate_recordset(['create_uid'])


class AccessCase(AccessMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpAccess()
