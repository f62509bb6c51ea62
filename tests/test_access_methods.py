from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from .access_methods_common import AccessMethodsMixin, get_public_methods

# Where a role is tried that may call the method nowhere: all others are strangers to the record as well.
HOME = ('shared', 'own', 'mine')


@tagged('post_install', '-at_install')
class TestAccessMethods(AccessMethodsMixin, HttpCase):
    """The table in tests/data/access_methods.csv says who may call what, on whose records; all else is denied.

    A row is a method that can be called over JSON-2, a column whose record it is, a cell the roles that may.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpMethods()

    def may_call(self, role, model, method, records):
        """Whether the role may call the method, as JSON-2 does; all that it did is taken back.

        What fails in any other way than by a sentence is an error of the test.
        """
        key = (model, method)
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            if values := self.given.get(key):
                self.arrange(records, values)
            mine = self.env[model].with_user(self.users[role]).browse(records.ids)
            function = get_public_method(mine, method)
            arguments = self.get_arguments(model, method, function)
            function(mine, **arguments)
            self.env.flush_all()
        except AccessError:
            return False
        except UserError:  # a rule is in the way, and not the want of rights
            return True
        else:
            return True
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    # ------------------------------------------------------------------ In process

    def test_every_method_has_its_row(self):
        self.assertEqual(set(self.table), set(get_public_methods(self.env)), 'Add it to tests/data/access_methods.csv.')

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_table(self):
        wrong = []
        for (model, method), row in self.table.items():
            known = set().union(*row.values()) | {'clerk', 'rival', 'abroad'}
            for relation, granted in row.items():
                records = self.get_records(model, relation)
                if records is None:
                    self.assertFalse(granted, f'{model}, {method}: there is no record for {relation}')
                    continue
                # That whoever may do it at home may do it elsewhere as well is for the tests of the steps.
                roles = [role for role in self.users if relation in HOME or role in known - granted]
                expected = granted & set(roles)
                actual = {role for role in roles if self.may_call_on(role, model, method, relation, records)}
                if actual != expected:
                    wrong.append(f'{model}, {method}, {relation}: "{" ".join(r for r in self.users if r in actual)}"')
        self.assertFalse(wrong, '\n'.join(wrong))

    def may_call_on(self, role, model, method, relation, records):
        if relation in ('mine', 'theirs'):
            self.open_windows(self.users[role])
        with self.subTest(model=model, method=method, relation=relation, role=role):
            return self.may_call(role, model, method, records)
        return None

    # ----------------------------------------------------------------- Over JSON-2

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_over_json(self):
        """Who may not is answered 403, whoever names a record that is not there by a sentence; nothing has changed."""
        before = self.get_checksums()
        for (model, method), row in self.table.items():
            found = (self.get_records(model, relation) for relation in ('abroad', 'own', 'theirs', 'shared'))
            records = next(records for records in found if records is not None)
            function = get_public_method(records, method)
            ids = None if hasattr(function, '_api_model') else records.ids
            arguments = self.get_arguments(model, method, function)
            with self.subTest(model=model, method=method):
                if 'employee' not in set().union(*row.values()):
                    response = self.post('employee', model, method, ids, arguments)
                    self.assertEqual(response.status_code, 403, response.text[:300])
                if ids:
                    response = self.post('manager', model, method, [2**31 - 1], arguments)
                    self.assertLess(response.status_code, 500, response.text[:300])
        self.assertEqual(self.get_checksums(), before)

    def post(self, role, model, method, ids, arguments):
        if role not in self.keys:
            keys = self.env['res.users.apikeys'].with_user(self.users[role])
            self.keys[role] = keys._generate('rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        values = {'context': {}, **arguments, **({'ids': ids} if ids else {})}
        headers = {'Authorization': f'bearer {self.keys[role]}'}
        return self.url_open(f'/json/2/{model}/{method}', json=values, headers=headers)

    def setUp(self):
        super().setUp()
        self.keys = {}

    def get_checksums(self):
        """``{table: checksum}`` of what dealers have, windows left out: those are nobody's but their user's."""
        self.env.flush_all()
        checksums = {}
        for model in sorted({model for model, relation in self.world if relation in ('own', 'shared')}):
            if self.env[model]._auto and (model.startswith('dealer.') or model in ('res.partner', 'sale.order')):
                table = SQL.identifier(self.env[model]._table)
                self.env.cr.execute(SQL('SELECT md5(string_agg(md5(t::text), %s ORDER BY id)) FROM %s t', '', table))
                [checksums[model]] = self.env.cr.fetchone()
        return checksums
