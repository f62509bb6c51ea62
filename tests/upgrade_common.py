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
from .upgrade_scripts import GO_ON, USED

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
# Odoo declares this table by two fields, of rules and of roles, with two rules of deletion: the field that is set up
# last has its way, which depends on what is installed along.
OF_EITHER_KIND = {('constraint', 'rule_group_rel.rule_group_rel_group_id_fkey')}
# Records of these are the module's, whatever the demonstration data made.
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
