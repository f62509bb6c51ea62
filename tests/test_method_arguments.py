import inspect
import json
import re

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .access_methods_common import AccessMethodsMixin, get_public_methods

NONSENSE = (
    None,
    False,
    True,
    '',
    ' ',
    'x',
    'NaN',
    'x' * 100_000,
    '0001-01-01',
    '9999-12-31',
    -1,
    0,
    1.5,
    2**31 - 1,
    10**12,
    float('inf'),
    float('nan'),
    [],
    {},
    [1, 2],
    {'a': 1},
    [{}],
    [None],
)
# What the docstring says of an argument, and the values that may then be taken; for all others there is a sentence.
TYPES = {
    'str': (str,),
    'int': (int,),
    'float': (int, float),
    'list': (list,),
    'dict': (dict,),
}
DOCUMENTED = r':param (?:(\w+) )?{}:'
# Whoever is told that it may, by the table, in this order.
ROLES = ('manager', 'head', 'accountant', 'salesman')
# No order of the world needs an approval, and no program of it has accounts to accrue on.
IMPOSSIBLE = {('sale.order', 'action_request_territory_approval'), ('dealer.rebate.program', 'action_accrue')}
RELATIONS = ('own', 'shared')


@tagged('post_install', '-at_install')
class TestMethodArguments(AccessMethodsMixin, TransactionCase):
    """Other systems may send anything as the arguments of a public method: the answer is a sentence.

    Each is called as JSON-2 calls it, by somebody who may, on a record of one's own. A refused call raises what Odoo
    answers by 4xx and takes the transaction back with; anything else would be a 500.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpMethods()
        cls.methods = [
            (model, method, parameters)
            for model, method in get_public_methods(cls.env)
            if (parameters := cls.get_parameters(model, method))
        ]

    @classmethod
    def get_parameters(cls, model, method):
        """The arguments beside the records."""
        return list(inspect.signature(get_public_method(cls.env[model], method)).parameters)[1:]

    def test_every_argument_is_documented(self):
        """By its type, which says what may be sent; the tests below go by it."""
        self.assertGreater(len(self.methods), 30)
        for model, method, parameters in self.methods:
            for name in parameters:
                with self.subTest(model=model, method=method, argument=name):
                    self.assertIn(self.get_type(model, method, name), TYPES)

    @mute_logger('odoo.sql_db', 'odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_nonsense(self):
        for model, method, parameters in self.methods:
            for name in parameters:
                kind = TYPES.get(self.get_type(model, method, name), ())
                for value in NONSENSE:
                    with self.subTest(model=model, method=method, argument=name, value=str(value)[:20]):
                        taken = self.call(model, method, {name: value})
                        # What says nothing is as if it had not been sent.
                        if taken and value:
                            self.assertIn(type(value), kind, 'Taken, though it is nothing of the kind.')

    def test_nonsense_in_an_address(self):
        """What is sent inside of a dictionary is read with the same care."""
        for name, kind in (('country_id', int), ('state_id', int), ('city', str), ('zip', str)):
            for value in NONSENSE:
                with self.subTest(name, value=str(value)[:20]):
                    taken = self.call('dealer.territory', 'route_request', {'address': {name: value}})
                    if taken and value:
                        self.assertIs(type(value), kind)

    def test_no_argument_is_swallowed(self):
        """One that a method does not have is told to whoever sends it, by Odoo itself."""
        for model, method in get_public_methods(self.env):
            function = get_public_method(self.env[model], method)
            with self.subTest(model=model, method=method), self.assertRaises(TypeError):
                inspect.signature(function).bind(
                    self.env[model], **self.get_arguments(model, method, function), other=1
                )

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_arguments_that_there_are(self):
        """All arguments as they should be: where the step is possible, it is taken, and the other tests mean something."""
        taken = {(model, method) for model, method, _parameters in self.methods if self.call(model, method, {})}
        self.assertEqual({(model, method) for model, method, _parameters in self.methods} - taken, IMPOSSIBLE)

    def get_type(self, model, method, name):
        function = inspect.unwrap(get_public_method(self.env[model], method))
        found = re.search(DOCUMENTED.format(name), function.__doc__ or '')
        return found and found[1]

    def call(self, model, method, changed):
        """Whether the method takes these arguments; all that it did is taken back.

        What fails in any other way than by a sentence is an error of the test.

        :param dict changed: instead of the arguments that it is called with otherwise
        """
        row = self.table[model, method]
        relation = next(relation for relation in RELATIONS if row[relation])
        role = next((role for role in ROLES if role in row[relation]), min(row[relation]))
        records = self.get_records(model, relation)
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            if values := self.given.get((model, method)):
                self.arrange(records, values)
            mine = self.env[model].with_user(self.users[role]).with_context(lang='en_US').browse(records.ids)
            function = get_public_method(mine, method)
            result = function(mine, **{**self.get_arguments(model, method, function), **changed})
            self.env.flush_all()
            json.dumps(getattr(result, 'ids', result), default=str)
        except UserError as error:
            self.assertTrue(str(error).strip())
            return False
        except CheckViolation:  # which Odoo answers by the words of the constraint
            return False
        else:
            return True
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)
