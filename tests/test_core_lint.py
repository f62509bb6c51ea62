import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from odoo.modules import Manifest
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tools import config, file_path

import odoo.addons
from odoo.addons.test_lint.tests import (
    test_docstring,
    test_dunderinit,
    test_eslint,
    test_i18n,
    test_index,
    test_jstranslate,
    test_manifests,
    test_markers,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_override_signatures,
    test_pofile,
    test_pylint,
    test_routes,
    test_test_holes,
)

MODULE = 'dealer_management'


def _run_for_both(command, run=subprocess.run, **options):
    """Comments in the source speak to pylint-odoo as well, about messages that Odoo's own checkers do not have.

    Tests are no way into the product, and would double the time.
    """
    # Nor is there a limit to lift: what runs between fork and exec may wait for ever for another thread's lock.
    options.pop('preexec_fn', None)
    return run([*command, '--disable=unknown-option-value', '--ignore=tests'], **options)


class OwnFilesMixin:
    """One of the checks that Odoo's ``test_lint`` makes of addons, made of this one alone.

    Of a copy of it, as it lies in an addons folder: the checks walk through folders, not through links.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = Path(file_path(f'{MODULE}/__manifest__.py')).resolve().parent
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.copy = Path(folder.name, MODULE)
        shutil.copytree(source, cls.copy, ignore=shutil.ignore_patterns('.*', 'bench', 'doc'))
        # Odoo opens no files outside.
        cls.startClassPatcher(patch.object(odoo.addons, '__path__', [folder.name, *odoo.addons.__path__]))
        manifest = Manifest._from_path(str(cls.copy))
        cls.startClassPatcher(patch.object(Manifest, 'all_addon_manifests', staticmethod(lambda: [manifest])))
        cls.startClassPatcher(patch.object(Manifest, 'for_addon', staticmethod(lambda *args, **kwargs: manifest)))


class OwnModelsMixin:
    """One of the checks that Odoo's ``test_lint`` makes of all models, made of those that this module has to do with.

    They make a sub-test of each method: too many to report each. What fails is told at the end, if it is ours.
    """

    def setUp(self):
        super().setUp()
        self.complaints = []
        items = Registry.items
        ours = f'odoo.addons.{MODULE}.'
        self.startPatcher(
            patch.object(
                Registry,
                'items',
                lambda registry: [
                    (name, model)
                    for name, model in items(registry)
                    if any(base.__module__.startswith(ours) for base in model.mro())
                ],
            )
        )

    def tearDown(self):
        self.assertEqual(self.complaints, [], '\n'.join(self.complaints))
        super().tearDown()

    @contextmanager
    def subTest(self, msg=None, **params):
        self._subtest = SimpleNamespace(params=params)
        try:
            yield
        except (AssertionError, TypeError) as complaint:
            if params.get('module', MODULE) == MODULE:
                self.complaints.append(f'{params}: {complaint}')


@tagged('post_install', '-at_install')
class TestManifest(OwnFilesMixin, test_manifests.ManifestLinter):
    def test_manifests(self):
        with self.assertNoLogs(test_manifests.__name__, 'WARNING'):
            return super().test_manifests()


@tagged('post_install', '-at_install')
class TestPackage(OwnFilesMixin, test_dunderinit.TestDunderinit):
    pass


@tagged('post_install', '-at_install')
class TestTestFiles(OwnFilesMixin, test_test_holes.TestTestHoles):
    pass


@tagged('post_install', '-at_install')
class TestImports(OwnFilesMixin, test_orm_import.TestDunderinit):
    pass


@tagged('post_install', '-at_install')
class TestOnchange(OwnFilesMixin, test_onchange_domains.TestOnchangeDomains):
    pass


@tagged('post_install', '-at_install')
class TestScripts(OwnFilesMixin, test_jstranslate.TestJsTranslations):
    pass


@tagged('post_install', '-at_install')
class TestProps(OwnFilesMixin, test_i18n.TestI18n):
    pass


@tagged('post_install', '-at_install')
class TestESLint(OwnFilesMixin, test_eslint.TestESLint):
    """Made where ``eslint`` is installed; nothing else of this repository needs it."""

    def test_eslint(self):
        self._test_eslint([MODULE], file_path('test_lint/tests/eslintrc'))


@tagged('post_install', '-at_install')
class TestMarkers(OwnFilesMixin, test_markers.TestConflictMarkers):
    def test_conflict_markers(self):
        files = [path for path in self.copy.rglob('*') if path.suffix in test_markers.EXTENSIONS]
        self.assertTrue(files)
        for path in files:
            self.check_file(str(path))


@tagged('post_install', '-at_install')
class TestTemplate(OwnFilesMixin, test_pofile.PotLinter):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(test_pofile, 'get_modules', lambda: [MODULE]))


@tagged('post_install', '-at_install')
class TestPylint(OwnFilesMixin, test_pylint.TestPyLint):
    """Odoo's own pylint checkers: SQL injection, translations, overrides of unlink."""

    def test_pylint(self):
        # Else it reads the whole of Odoo as well.
        with patch.object(config, 'root_path', str(self.copy)), patch.object(subprocess, 'run', _run_for_both):
            return super().test_pylint()


@tagged('post_install', '-at_install')
class TestDocstrings(OwnModelsMixin, test_docstring.TestDocstring):
    pass


@tagged('post_install', '-at_install')
class TestNames(OwnModelsMixin, test_naming.TestNaming):
    pass


@tagged('post_install', '-at_install')
class TestSignatures(OwnModelsMixin, test_override_signatures.TestLintOverrideSignatures):
    pass


@tagged('post_install', '-at_install')
class TestIndexes(test_index.TestIndex):
    """Of all models: what a module adds to others' models counts as well."""


@tagged('post_install', '-at_install')
class TestRoutes(test_routes.RoutesLinter):
    """Of all routes of the installed modules."""

    def test_routes_definition(self):
        with self.assertNoLogs(test_routes.__name__, 'WARNING'):
            return super().test_routes_definition()
