import os
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from odoo.tests import BaseCase, tagged
from odoo.tools import file_path

SCRIPT = Path(file_path('dealer_management/__manifest__.py')).resolve().with_name('dev')


@tagged('post_install', '-at_install')
@unittest.skipUnless(os.environ.get('DEALER_PREPARED_DB'), 'needs the environment of ./dev test')
class TestDevScript(BaseCase):
    """What ./dev says when something is wrong: a sentence each, and an exit code."""

    def run_dev(self, *arguments, **environment):
        return subprocess.run(
            [str(SCRIPT), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
            timeout=120,
        )

    def assertFails(self, sentence, *arguments, **environment):
        process = self.run_dev(*arguments, **environment)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(sentence, process.stderr)

    def test_help_and_unknown_verb(self):
        self.assertIn('./dev up', self.run_dev('help').stdout)
        self.assertFails('unknown verb dance', 'dance')

    def test_odoo_home_without_odoo(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertFails('there is no Odoo in', 'psql', ODOO_HOME=folder)

    def test_odoo_of_another_version(self):
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder, 'odoo')
            package.mkdir()
            (package / 'release.py').write_text("version_info = (18, 0, 0, 'final', 0, '')\n")
            self.assertFails('is 18.0, not 19.0', 'psql', ODOO_HOME=folder)

    def test_busy_port(self):
        with socket.socket() as busy:
            busy.bind(('127.0.0.1', 0))
            busy.listen()
            port = str(busy.getsockname()[1])
            self.assertFails(f'port {port} is in use', 'up', PORT=port)

    def test_wrong_python(self):
        self.assertFails('is not Python 3.11', 'psql', PYTHON='/bin/true')

    def test_database_names(self):
        self.assertFails('needs a name', 'db')
        self.assertFails('needs a name', 'db', 'a-b')
        self.assertFails('has a purpose of its own', 'db', 'demo')

    def test_unknown_benchmark(self):
        self.assertFails('there is no benchmark nothing', 'bench', 'nothing')

    def test_psql_and_exit_code_of_the_shell(self):
        process = self.run_dev('psql', 'postgres', '-Atc', 'SELECT 6 * 7')
        self.assertEqual((process.returncode, process.stdout), (0, '42\n'))
