from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_common import ACCESS_ROLES, AccessCase, get_own_models, read_table

OPERATIONS = {'r': 'read', 'w': 'write', 'c': 'create', 'u': 'unlink'}
WINDOWS = ('mine', 'theirs')


@tagged('post_install', '-at_install')
class TestAccessRecords(AccessCase):
    """The table in tests/data/access_records.csv says who does what with whose records; all else is denied.

    Its columns are the roles, a cell the letters of what is granted: ``r``, ``w``, ``c`` and ``u`` (delete). Who may
    create is judged by a record that is there: whether the role could have made it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.table = {(row.pop('model'), row.pop('relation')): row for row in read_table('access_records')}

    def test_table(self):
        actual = self.read_world()
        wrong = [
            f'{model}, {relation}: {role} has "{actual[model, relation][role]}", not "{granted}"'
            for (model, relation), row in self.table.items()
            for role, granted in row.items()
            if actual[model, relation][role] != granted
        ]
        self.assertFalse(wrong, '\n'.join(wrong))

    def test_every_record_has_its_row(self):
        self.assertEqual(self.table.keys(), self.world.keys(), 'Add rows to tests/data/access_records.csv.')
        for row in self.table.values():
            self.assertEqual(row.keys(), ACCESS_ROLES.keys(), 'Every role has its column.')

    def test_every_model_has_its_records(self):
        """Whatever belongs to a company or to a dealer is there several times, for each to be told apart."""
        own, changed = get_own_models(self.env)
        for model in own | changed:
            relations = {relation for name, relation in self.world if name == model}
            with self.subTest(model):
                self.assertTrue(relations, 'Add a record to tests/access_common.py.')
                if model not in own:
                    continue
                fields = self.env[model]._fields
                if self.env[model]._transient:
                    self.assertEqual(relations, set(WINDOWS))
                elif 'dealer_id' in fields:
                    self.assertLessEqual({'own', 'other', 'abroad'}, relations)
                elif 'company_id' in fields:
                    self.assertIn('abroad', relations)
                if 'complaint_id' in fields and model not in self.get_windows():
                    self.assertIn('secret', relations)

    def get_windows(self):
        return {model for model, relation in self.world if relation in WINDOWS}

    def read_world(self):
        """``{(model, relation): {role: letters}}`` of what is granted on all records alike."""
        actual = {key: {} for key in self.world}
        for role, user in self.users.items():
            self.open_windows(user)
            for key, records in self.world.items():
                actual[key][role] = ''.join(
                    letter for letter, operation in OPERATIONS.items() if self.is_granted(records, user, operation)
                )
        return actual

    def is_granted(self, records, user, operation):
        """Whether ``user`` may do it with all ``records``; with some of them alone is a mistake of the world."""
        records = records.with_user(user)
        allowed = records._filtered_access(operation)
        self.assertIn(allowed, (records, records.browse()), f'{user.login}: {operation} some of {records}')
        return allowed == records

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_what_is_found_is_what_may_be_read(self):
        for role, user in self.users.items():
            self.open_windows(user)
            for (model, relation), row in self.table.items():
                records = self.world[model, relation]
                found = self.env[model].with_user(user).with_context(active_test=False)
                if not found.has_access('read'):
                    self.assertNotIn('r', row[role])
                    continue
                with self.subTest(role=role, model=model, relation=relation):
                    found = found.search([('id', 'in', records.ids)])
                    self.assertEqual(found.sudo(), records if 'r' in row[role] else records.browse())

    def test_auditor_reads_all_and_writes_nothing(self):
        own, _changed = get_own_models(self.env)
        for (model, relation), row in self.table.items():
            if model in own and relation in ('own', 'other', 'shared'):
                with self.subTest(model=model, relation=relation):
                    self.assertEqual(row['auditor'], 'r')

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_auditor_leaves_nothing_behind(self):
        """Neither a word nor a to-do nor a file. Where readers have their say, that is for the tests of those models."""
        own, _changed = get_own_models(self.env)
        for model in sorted(name for name, relation in self.world if relation == 'own' and name in own):
            for attempt in self.prepare_traces(self.world[model, 'own'][:1].with_user(self.users['auditor'])):
                with self.subTest(model), self.assertRaises(AccessError):
                    attempt()

    def prepare_traces(self, record):
        """Ways to leave something behind at ``record``."""
        file = {'name': 'x', 'raw': b'x', 'res_model': record._name, 'res_id': record.id}
        traces = [lambda: record.env['ir.attachment'].create(file)]
        if 'message_ids' in record and record._mail_post_access != 'read':
            traces.append(lambda: record.message_post(body='x'))
            if 'activity_ids' in record:
                traces.append(lambda: record.activity_schedule('mail.mail_activity_data_todo'))
        return traces

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_windows_are_about_what_may_be_read(self):
        """Nobody is told of somebody else's record by a window that it opens on its id."""
        tried = 0
        for role, user in self.users.items():
            for relation in ('own', 'other', 'abroad', 'secret'):
                for model, name in self.get_links_of_windows():
                    linked = self.env[self.env[model]._fields[name].comodel_name]
                    hidden = self.world.get((linked._name, relation), linked).with_user(user)
                    windows = self.env[model].with_user(user)
                    if not hidden or hidden.has_access('read') or not windows.has_access('create'):
                        continue
                    tried += 1
                    with self.subTest(role=role, relation=relation, model=model), self.assertRaises(AccessError):
                        windows.create(self.prepare_window(model, name, hidden))
        self.assertGreater(tried, 50)

    def get_links_of_windows(self):
        """What windows are opened on: ``[(model, field)]``."""
        return [
            (model, name)
            for model in self.get_windows()
            for name, field in self.env[model]._fields.items()
            if field.relational and field.store and (field.comodel_name, 'own') in self.world
        ]

    def prepare_window(self, model, name, linked):
        """The values of the world's own window, but about ``linked``."""
        field = self.env[model]._fields[name]
        [vals] = self.world[model, 'mine'].copy_data()
        return {**vals, name: linked[0].id if field.type == 'many2one' else [Command.set(linked[0].ids)]}
