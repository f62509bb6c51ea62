"""What is worked on while servers are killed: dealers, staff, goods, a delivery, invoices of a quarter."""

import io
import itertools
from datetime import timedelta

from common import environment
from PIL import Image

from odoo import fields
from odoo.fields import Command

DEALERS, STATEMENTS, DEADLINES = 20, 450, 150
STAFF = {
    # login: its groups
    'boss': 'dealer_management.group_dealer_manager,account.group_account_manager,sales_team.group_sale_manager',
    'asker': 'dealer_management.group_dealer_staff',
    'person': 'dealer_management.group_dealer_complaint',
    'operator': 'base.group_system',
    'clerk': 'base.group_portal',
}
JOBS = ('dealer_management.ir_cron_rebate_post', 'dealer_management.ir_cron_deadline')
LONG_AGO = timedelta(days=3)


def make_photo(number):
    """A photograph that is unlike all others."""
    picture = Image.effect_noise((640, 480), 60).convert('RGB')
    picture.putpixel((0, 0), (number % 256, number // 256 % 256, 0))
    stream = io.BytesIO()
    picture.save(stream, 'JPEG', quality=80)
    return stream.getvalue()


class World:
    """Made and looked at in a process of its own, by its own connections."""

    def __init__(self, db_name):
        self.db_name = db_name
        self.numbers = itertools.count(1)
        with self.changing() as env:
            self._make_people(env)
            self._make_goods(env)
            self._make_invoices(env)
            self._make_complaint_types(env)
            self.jobs = {xmlid: env.ref(xmlid).id for xmlid in JOBS}

    def changing(self):
        return environment(self.db_name, commit=True)

    def looking(self):
        return environment(self.db_name)

    # ------------------------------------------------------------------ Once

    def _make_people(self, env):
        env.company.country_id = env.ref('base.cn')
        env.company.partner_id.tz = 'Asia/Shanghai'
        if not env.company.chart_template:
            env['account.chart.template'].try_loading('generic_coa', env.company, install_demo=False)
        common = {'is_company': True, 'is_dealer': True, 'dealer_state': 'active', 'customer_rank': 1}
        self.dealers = (
            env['res.partner']
            .create(
                [
                    {**common, 'name': f'Fault dealer {number}', 'email': f'dealer{number}@example.com'}
                    for number in range(DEALERS)
                ]
            )
            .ids
        )
        self.users = {}
        for login, groups in STAFF.items():
            user = (
                env['res.users']
                .with_context(no_reset_password=True)
                .create(
                    {
                        'name': login,
                        'login': login,
                        'password': login,
                        'email': f'{login}@example.com',
                        'group_ids': [Command.set([env.ref(group).id for group in groups.split(',')])],
                    }
                )
            )
            self.users[login] = user.id
        # Somebody who is told by mail, of a server that never answers.
        env['res.users'].browse(self.users['person']).notification_type = 'email'
        clerk = env['res.users'].browse(self.users['clerk']).partner_id
        clerk.parent_id = self.dealers[0]
        self.contact = clerk.id

    def _make_goods(self, env):
        self.products = (
            env['product.product']
            .create([{'name': f'Fault {number}', 'type': 'consu', 'list_price': 100 + number} for number in range(3)])
            .ids
        )
        self.rebate_product = (
            env['product.product'].create({'name': 'Fault rebate', 'type': 'service', 'taxes_id': False}).id
        )
        order = env['sale.order'].create(
            {
                'partner_id': self.dealers[0],
                'order_line': [Command.create({'product_id': self.products[0], 'product_uom_qty': 5})],
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.quantity = 5
        picking.move_ids.picked = True
        picking.button_validate()
        self.picking = picking.id

    def _make_invoices(self, env):
        env['account.move'].create(
            [
                {
                    'move_type': 'out_invoice',
                    'partner_id': dealer,
                    'invoice_date': '2026-02-10',
                    'invoice_line_ids': [
                        Command.create({'product_id': self.products[0], 'quantity': 1, 'price_unit': 1000 + dealer})
                    ],
                }
                for dealer in self.dealers
            ]
        ).action_post()

    def _make_complaint_types(self, env):
        team = env['dealer.complaint.team'].create(
            {
                'name': 'Fault team',
                'assignment': 'balanced',
                'member_ids': [Command.set([self.users['person']])],
                'alias_name': 'faults',
            }
        )
        self.address = team.alias_email or 'faults@localhost'
        self.damage_type = env.ref('dealer_management.complaint_type_damage').id
        env['dealer.complaint.type'].browse(self.damage_type).team_id = team
        late_type = env['dealer.complaint.type'].create({'name': 'Fault', 'code': 'fault', 'team_id': team.id})
        env['dealer.deadline.policy'].create(
            {
                'name': 'Fault',
                'type_id': late_type.id,
                'target_ids': [
                    Command.create({'kind': kind, 'clock': 'calendar', 'unit': 'hours', 'amount': 1})
                    for kind in ('first_reply', 'form')
                ],
            }
        )
        self.late_type = late_type.id

    # ----------------------------------------------------- Once for each kill

    def make_run(self):
        """A settlement of all dealers' first quarter that waits to be computed."""
        with self.changing() as env:
            program = env['dealer.rebate.program'].create(
                {
                    'title': f'Fault {next(self.numbers)}',
                    'date_from': '2026-01-01',
                    'date_to': '2026-12-31',
                    'product_id': self.rebate_product,
                    'state': 'open',
                    'approver_id': self.users['boss'],
                    'requester_id': self.users['asker'],
                    'band_ids': [Command.create({'threshold': 0, 'rate': 1})],
                }
            )
            run = env['dealer.rebate.run'].create(
                {'program_id': program.id, 'period_to': '2026-03-31', 'date': '2026-04-10'}
            )
            return run.id

    def make_posting(self):
        """A large settlement that is being posted in the background: more statements than two batches hold."""
        run_id = self.make_run()
        with self.changing() as env:
            run = env['dealer.rebate.run'].browse(run_id)
            run.write({'state': 'posting', 'posted_by_id': self.users['boss']})
            env['dealer.rebate.payout'].create(
                [
                    {
                        'name': f'FAULT-{run_id}-{number}',
                        'run_id': run_id,
                        'program_id': run.program_id.id,
                        'company_id': run.company_id.id,
                        'dealer_id': partner.id,
                        **dict.fromkeys(('delta', 'due', 'paid', 'pay_amount'), 0.37 * (number + 1)),
                        'pay_currency_id': run.currency_id.id,
                        'state': 'confirmed',
                    }
                    for number, partner in enumerate(
                        env['res.partner'].create(
                            [
                                {'name': f'Posted {run_id} {number}', 'is_dealer': True, 'customer_rank': 1}
                                for number in range(STATEMENTS)
                            ]
                        )
                    )
                ]
            )
        return run_id

    def make_rivals(self):
        """Two dealers' requests for the same exclusive area."""
        number = next(self.numbers)
        with self.changing() as env:
            state = env.ref('base.state_cn_GD')
            territory = env['dealer.territory'].create(
                {
                    'name': f'Fault {number}',
                    'area_ids': [
                        Command.create(
                            {'country_id': state.country_id.id, 'state_id': state.id, 'city': f'Fault {number}'}
                        )
                    ],
                }
            )
            grants = env['dealer.authorization'].with_user(self.users['asker'])
            for dealer in self.dealers[:2]:
                grants |= grants.create(
                    {
                        'dealer_id': dealer,
                        'territory_id': territory.id,
                        'date_from': '2026-01-01',
                        'date_to': '2099-12-31',
                    }
                )
            grants.action_submit()
            return grants.ids

    def make_price_request(self):
        with self.changing() as env:
            request = (
                env['dealer.price.request']
                .with_user(self.users['asker'])
                .create(
                    {
                        'dealer_id': self.dealers[1],
                        'date_from': fields.Date.today(),
                        'date_to': fields.Date.add(fields.Date.today(), days=30),
                        'reason': f'Fault {next(self.numbers)}',
                        'line_ids': [
                            Command.create({'product_id': self.products[0], 'quantity_max': 10, 'special_price': 90})
                        ],
                    }
                )
            )
            request.action_submit()
            return request.id

    def make_late_complaints(self):
        """Complaints of which two deadlines each are over, ours and the dealer's, and nobody was told."""
        with self.changing() as env:
            return (
                env['dealer.complaint']
                .with_context(mail_auto_subscribe_no_notify=True)
                .create(
                    [
                        {
                            'title': f'Fault {number}',
                            'dealer_id': self.dealers[0],
                            'partner_id': self.contact,
                            'type_id': self.late_type,
                            'user_id': self.users['person'],
                            'date_received': fields.Datetime.now() - LONG_AGO,
                        }
                        for number in range(DEADLINES)
                    ]
                )
                .ids
            )
