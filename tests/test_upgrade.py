import unittest

from odoo.tests import get_db_name

from .inventory import compare_content, take_content, take_own_records, take_structure
from .lifecycle_common import LifecycleCase, OwnDatabase
from .upgrade_common import get_added, get_earlier_releases, has_history, upgrade


@unittest.skipUnless(
    has_history(), 'needs the commits of earlier versions: a clone of the repository, not a part of it'
)
class UpgradeCase(LifecycleCase):
    """An earlier version with its demonstration data is brought to the present.

    Here from the oldest and from the newest of the earlier versions, both as they first were: most has
    changed since. ``./dev bench change`` goes up from all of them, as they first and as they last were,
    and in databases that lack what the module did not need then.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.releases = get_earlier_releases()
        installed = OwnDatabase.existing(get_db_name())
        cls.structure = take_structure(installed)
        cls.own_records = take_own_records(installed)
        cls.db.install('l10n_cn')

    def check(self, release):
        differences = upgrade(self.db, release.first, self.structure, self.own_records)
        self.assertEqual(differences, [], '\n'.join(differences))
        self.assertEqual(self.db.value_of('SELECT count(*) FROM res_partner WHERE is_dealer'), 40)


class TestUpgradeFromOldest(UpgradeCase):
    def test_oldest(self):
        self.assertEqual(self.releases[0].version, '19.0.1.0.0')
        self.check(self.releases[0])


class TestUpgradeFromNewest(UpgradeCase):
    def test_newest(self):
        self.check(self.releases[-1])


class TestInventory(LifecycleCase):
    """The readings that the tests of upgrades and of the uninstallation rest on notice what they are for."""

    def test_content(self):
        self.db.execute('DELETE FROM res_bank')
        self.db.execute("INSERT INTO res_bank (name) VALUES ('One'), ('Two')")
        before = take_content(self.db, ['res_bank'])
        self.assertEqual(compare_content(before, self.db), [])
        self.db.execute("UPDATE res_bank SET name = 'Other' WHERE name = 'One'")
        self.db.execute("INSERT INTO res_bank (name) VALUES ('Later')")
        self.assertEqual(compare_content(before, self.db), ['res_bank.name says something else'])
        self.assertEqual(compare_content(before, self.db, ['res_bank.name']), [])
        self.db.execute("DELETE FROM res_bank WHERE name = 'Two'")
        self.assertEqual(compare_content(before, self.db), ['res_bank had 2 rows, of which 1 are left'])

    def test_structure(self):
        before = take_structure(self.db)
        self.db.execute('ALTER TABLE res_partner ALTER COLUMN name SET DEFAULT 1, ADD CHECK (id > 0)')
        self.db.execute('CREATE INDEX ON res_partner (name, id)')
        self.assertEqual(
            {kind for kind, _name in get_added(before, take_structure(self.db))}, {'column', 'constraint', 'index'}
        )
