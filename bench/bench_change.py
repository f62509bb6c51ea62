"""Change: brought to the present from every earlier version, as it first and as it last was, with its data.

Each begins in a database that holds what the module needed then and no more, has the demonstration data of
that version, and must end as a new installation does, with every document and record as before. The suite
does the same from two of them (``tests/test_upgrade.py``).
"""

import importlib
import os
import subprocess
import time

from common import finish, parse_arguments, report

ONLY = os.environ.get('BENCH_VERSIONS', '').split()


def measure(with_module):
    # Odoo finds addons only once it has read its configuration.
    inventory, lifecycle_common, upgrade_common = (
        importlib.import_module(f'odoo.addons.dealer_management.tests.{name}')
        for name in ('inventory', 'lifecycle_common', 'upgrade_common')
    )
    if not upgrade_common.has_history():
        raise SystemExit('The commits of earlier versions are needed: a clone of the repository, not a part of it.')
    installed = lifecycle_common.OwnDatabase.existing(with_module)
    expected = inventory.take_structure(installed), inventory.take_own_records(installed)
    results, bases = [], {}
    try:
        for release in upgrade_common.get_earlier_releases():
            if ONLY and release.version not in ONLY:
                continue
            for state, commit in (('first', release.first), ('last', release.last)):
                depends = upgrade_common.get_depends(commit)
                if depends not in bases:
                    bases[depends] = lifecycle_common.OwnDatabase(f'bench_change_base_{len(bases)}_{os.getpid()}')
                    # As Odoo does for a database that it makes itself.
                    bases[depends].execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
                    bases[depends].run_odoo('-i', ','.join([*depends, 'l10n_cn']), '--load-language=en_US,zh_CN')
                db = lifecycle_common.OwnDatabase(f'bench_change_{os.getpid()}', bases[depends].name)
                try:
                    start = time.monotonic()
                    differences = upgrade_common.upgrade(db, commit, *expected)
                    orders = db.value_of('SELECT count(*) FROM sale_order')
                except (AssertionError, subprocess.CalledProcessError) as error:
                    differences, orders = [str(error)], 0
                finally:
                    db.drop()
                for difference in differences:
                    print(f'     {difference}')
                figure = f'{len(differences)} differences, {orders} orders, {time.monotonic() - start:.0f} s'
                what = f'from {release.version} as it {state} was ({commit[:8]})'
                results.append(report(what, 'no difference', figure, not differences))
    finally:
        for base in bases.values():
            base.drop()
    return results


_without, module = parse_arguments(__doc__)
finish(measure(module))
