"""Upgrades from earlier states of this repository: what stood before still stands, and nothing is missing."""

import ast
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from odoo.tools import file_path

from .inventory import compare, compare_content, get_columns, take_content, take_own_records, take_structure
from .lifecycle_common import MODULE

ROOT = Path(file_path(f'{MODULE}/__manifest__.py')).resolve().parent

# Documents and master data: what they say must not change by an upgrade.
CORE_TABLES = (
    'account_move',
    'account_move_line',
    'account_partial_reconcile',
    'account_payment_term',
    'product_category',
    'product_pricelist',
    'product_pricelist_item',
    'product_product',
    'product_template',
    'purchase_order',
    'rating_rating',
    'res_company',
    'res_partner',
    'res_partner_grade',
    'res_users',
    'sale_order',
    'sale_order_line',
    'stock_lot',
    'stock_move',
    'stock_move_line',
    'stock_picking',
    'stock_quant',
)
OF_EVERY_WRITE = ('write_date', 'write_uid')
# Records of these are the module's, whatever the demonstration data made.
# Odoo declares this table by two fields, of rules and of roles, with two rules of deletion: the field that is set up
# last has its way, which depends on what is installed along.
OF_EITHER_KIND = {('constraint', 'rule_group_rel.rule_group_rel_group_id_fkey')}
ITS_OWN = ('ir_', 'mail_template', 'res_groups_implied', 'rule_group')
# What a customer chooses, as the demonstration company did.
CHOSEN = (
    "'channel_id'",
    "'property_account_expense_id'",
    "'property_account_income_id'",
    *(
        f"'dealer_complaint_team complaint_team_{team}', '{column}'"
        for team in ('head_office', 'service')
        for column in ('calendar_id', 'company_id', 'user_id')
    ),
)

# What the demonstration data of earlier versions lacked: a wallet that pays an order, a dispute and accruals, where
# there were such.
USED = """
from dateutil.relativedelta import relativedelta

if 'dealer.rebate.dispute' in env and not env['dealer.rebate.dispute'].search_count([]):
    def user(name):
        return env.ref(f'dealer_management.user_{name}')

    company = user('accountant').company_id
    open_programs = env['dealer.rebate.program'].search([('state', '=', 'open')])
    first = open_programs[0].date_from
    program = env['dealer.rebate.program'].with_user(user('staff_all')).with_company(company).create(
        {
            'title': 'Into the wallet',
            'company_id': company.id,
            'period': 'whole',
            'date_from': first,
            'date_to': first + relativedelta(months=3, days=-1),
            'payout_method': 'wallet',
            'wallet_max_share': 30,
            'band_ids': [(0, 0, {'threshold': 0, 'rate': 1})],
        }
    )
    program.action_submit()
    program.with_user(user('manager')).action_approve()
    program.with_user(user('manager')).action_open()
    run = env['dealer.rebate.run'].with_user(user('accountant')).with_company(company).create(
        {'program_id': program.id, 'period_to': program.date_to, 'date': program.date_to + relativedelta(days=10)}
    )
    run.action_preview()
    run.action_confirm()
    run.action_post()
    credit = env['dealer.rebate.wallet.credit'].search([], order='amount DESC', limit=1)
    product = env['product.product'].search([('sale_ok', '=', True), ('is_storable', '=', True)], limit=1)
    order = env['sale.order'].with_company(company).create(
        {
            'partner_id': credit.dealer_id.id,
            'company_id': company.id,
            'order_line': [(0, 0, {'product_id': product.id, 'product_uom_qty': 200})],
        }
    )
    order.action_use_wallet(order.wallet_limit)
    order.action_confirm()
    statement = credit.payout_id
    line = env['dealer.rebate.settlement.line'].search(
        [('computation_id', 'in', statement.computation_ids.ids), ('document', '!=', False)], limit=1
    )
    env['dealer.rebate.dispute'].create(
        {'computation_id': line.computation_id.id, 'move_line_id': line.move_line_id.id, 'reason': 'What is this?'}
    )
    accruals = open_programs.with_user(user('accountant')).with_company(company)._prepare_accruals(None)
    accruals.action_post()
    assert credit.amount_used > 0 and accruals, (credit.read(), accruals)
    env.cr.commit()
"""

# The roles of the demonstration company go on with today's parts: a complaint, and a rebate on what was
# invoiced before.
GO_ON = """
from dateutil.relativedelta import relativedelta

def user(name):
    return env.ref(f'dealer_management.user_{name}')

company = user('accountant').company_id
env['dealer.complaint.team'].search([]).member_ids |= user('complaint')
dealer = env['res.partner'].search([('is_dealer', '=', True), ('dealer_state', '=', 'active')], limit=1)
complaint = env['dealer.complaint'].with_user(user('complaint')).with_company(company).create(
    {
        'title': 'Boxes are broken',
        'dealer_id': dealer.id,
        'type_id': env.ref('dealer_management.complaint_type_service').id,
    }
)
assert complaint.name.startswith('C') and complaint.stage_id and complaint.deadline_ids, complaint.read()
sales = [('move_type', '=', 'out_invoice'), ('state', '=', 'posted'), ('company_id', '=', company.id)]
first = env['account.move'].search(sales, order='invoice_date', limit=1).invoice_date.replace(day=1)
program = env['dealer.rebate.program'].with_user(user('staff_all')).with_company(company).create(
    {
        'title': 'After the upgrade',
        'company_id': company.id,
        'period': 'whole',
        'date_from': first,
        'date_to': first + relativedelta(months=3, days=-1),
        'product_id': env.ref('dealer_management.product_rebate').id,
        'band_ids': [(0, 0, {'threshold': 0, 'rate': 1})],
    }
)
program.action_submit()
program.with_user(user('manager')).action_approve()
program.with_user(user('manager')).action_open()
run = env['dealer.rebate.run'].with_user(user('accountant')).with_company(company).create(
    {'program_id': program.id, 'period_to': program.date_to, 'date': program.date_to + relativedelta(days=10)}
)
run.action_preview()
run.action_confirm()
run.action_post()
assert run.state == 'done' and sum(run.payout_ids.mapped('paid')) > 0, run.read()
env.cr.commit()
"""


class Release(NamedTuple):
    """A version of the module, as it first was and as it last was."""

    version: str
    first: str
    last: str


def has_history():
    """Whether this is a clone with all its commits; what was exported, or cloned in part, has none to go back to."""
    return (
        bool(shutil.which('git'))
        and _git('rev-parse', '--show-toplevel', check=False).strip() == bytes(ROOT)
        and _git('rev-parse', '--is-shallow-repository').strip() == b'false'
    )


def get_earlier_releases():
    """All versions that the manifest had before, oldest first, on the line of commits that led here."""
    rises = _git('log', '--first-parent', '--reverse', '--format=%H', "-G'version':", '--', '__manifest__.py')
    rises = rises.decode().split()
    return [
        Release(_get_version(first), first, _git('rev-parse', f'{rise}^').decode().strip())
        for first, rise in pairwise(rises)
        if _get_version(first) != _get_version(rise)
    ]


def get_depends(commit):
    """The modules that this one needed as of ``commit``."""
    return tuple(_get_manifest(commit)['depends'])


def _get_version(commit):
    return _get_manifest(commit)['version']


def _get_manifest(commit):
    return ast.literal_eval(_git('show', f'{commit}:__manifest__.py').decode())


def _git(*arguments, check=True):
    process = subprocess.run(['git', '-C', str(ROOT), *arguments], capture_output=True, check=check)
    return process.stdout


@contextmanager
def exported(commit):
    """An addons folder with the module as it was at ``commit``."""
    with tempfile.TemporaryDirectory() as folder:
        archive = _git('archive', f'--prefix={MODULE}/', commit)
        subprocess.run(['tar', '-x', '-C', folder], input=archive, check=True)
        yield folder


def upgrade(db, commit, installed_structure, own_records):
    """Make ``db`` what a customer has who runs the module as of ``commit``, and bring it to the present.

    :param OwnDatabase db: a database that holds what the module needs, and not the module
    :param installed_structure: the structure of a database into which the module was installed today
    :param own_records: the records that it brings along
    :return: sentences on what is lost, or differs from a new installation
    """
    structure = take_structure(db)
    with exported(commit) as addons:
        db.install_with_demo(addons)
        db.run_script(USED, addons)
    tables = get_columns(db).keys()
    before = take_content(db, [table for table in tables if table in CORE_TABLES or table.startswith('dealer_')])
    db.upgrade()
    lost = compare_content(before, db, OF_EVERY_WRITE)
    now = take_own_records(db)
    db.run_script(GO_ON)
    brought = {key: value for key, value in now.items() if key in own_records or key[0].startswith(ITS_OWN)}
    return [
        *lost,
        *compare(get_added(structure, installed_structure), get_added(structure, take_structure(db))),
        *(line for line in compare(own_records, brought) if not any(name in line for name in CHOSEN)),
    ]


def get_added(before, after):
    """What ``after`` has that ``before`` had not, or had otherwise."""
    return {key: value for key, value in after.items() if before.get(key) != value and key not in OF_EITHER_KIND}
