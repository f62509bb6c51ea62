"""What the tests of a database's life share: a database of its own, Odoo run on it, and what stands in it."""

import os
import shutil
import subprocess
import sys
import unittest
from contextlib import suppress

import odoo
from odoo.tests import BaseCase, tagged
from odoo.tools import config

CORE = os.path.dirname(odoo.__path__[0])
MODULE = 'dealer_management'


class OwnDatabase:
    """A database that nothing else uses, with its files; Odoo runs on it as a process of its own."""

    def __init__(self, name, template=None):
        """Make it, as a copy of ``template`` if there is one, else empty."""
        self.name = name
        self.filestore = os.path.join(config['data_dir'], 'filestore', name)
        subprocess.run(['createdb', *(['-T', template] if template else []), name], check=True)
        if template:
            with suppress(FileNotFoundError):
                shutil.copytree(os.path.join(config['data_dir'], 'filestore', template), self.filestore)

    @classmethod
    def existing(cls, name):
        """A database that is there already, to be read."""
        db = cls.__new__(cls)
        db.name = name
        return db

    def drop(self):
        odoo.sql_db.close_db(self.name)
        subprocess.run(['dropdb', '--if-exists', '--force', self.name], check=True)
        shutil.rmtree(self.filestore, ignore_errors=True)

    # -------------------------------------------------------------- Running

    def run_odoo(self, *arguments, stdin=None, addons=None):
        """Run Odoo in a process of its own; what it logs above INFO is an AssertionError.

        :param addons: a folder that holds another state of the module, which is run instead
        """
        odoo.sql_db.close_db(self.name)
        options = ['-d', self.name, '--no-http', '--log-level=warn']
        if addons:
            options.append('--addons-path=' + ','.join([*get_core_addons(), str(addons)]))
        if not stdin:
            options.append('--stop-after-init')
        process = subprocess.run(
            [sys.executable, '-m', 'odoo', *arguments, *options],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, 'ODOO_RC': config['config']},
        )
        output = process.stdout + process.stderr
        complaints = [
            line
            for line in output.splitlines()
            if any(f' {level} ' in line for level in ('WARNING', 'ERROR', 'CRITICAL'))
            # What Python deprecates in Odoo's own code is not ours to mend.
            and f'py.warnings: {CORE}' not in line
        ]
        if process.returncode or complaints:
            raise AssertionError(f'odoo {arguments} ended with {process.returncode}:\n{output[-6000:]}')
        return process.stdout

    def run_script(self, script, addons=None):
        """Run an Odoo shell script."""
        return self.run_odoo('shell', stdin=script, addons=addons)

    def install(self, *modules, addons=None):
        self.run_odoo('-i', ','.join(modules), addons=addons)

    def install_with_demo(self, addons=None):
        """Install the module with its demonstration data."""
        # Odoo loads demo data only where the dependencies have theirs; this module needs none.
        self.execute('UPDATE ir_module_module SET demo = TRUE')
        self.run_odoo('-i', MODULE, '--with-demo', addons=addons)
        # What is installed later has no demo data of the others to build on.
        self.execute('UPDATE ir_module_module SET demo = FALSE')

    def upgrade(self):
        self.run_odoo('-u', MODULE)

    def uninstall(self):
        self.run_script(f"env['ir.module.module'].search([('name', '=', '{MODULE}')]).button_immediate_uninstall()\n")

    # -------------------------------------------------------------- Reading

    def execute(self, query, *arguments):
        with odoo.sql_db.db_connect(self.name).cursor() as cr:
            cr.execute(query, arguments or None)
            return cr.fetchall() if cr.description else []

    def value_of(self, query, *arguments):
        return self.execute(query, *arguments)[0][0]


def get_core_addons():
    """The addons path of Odoo itself."""
    return [path for path in config['addons_path'] if not os.path.isdir(os.path.join(path, MODULE))]


@tagged('post_install', '-at_install')
@unittest.skipUnless(os.environ.get('DEALER_PREPARED_DB'), 'needs the database that ./dev test prepares')
class LifecycleCase(BaseCase):
    """Has a database of its own, ``db``: a copy of the one that holds what the module needs, and not the module."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.db = OwnDatabase(f'dealer_{cls.__name__.lower()}_{os.getpid()}', os.environ['DEALER_PREPARED_DB'])
        cls.addClassCleanup(cls.db.drop)
