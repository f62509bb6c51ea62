import inspect
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from .access_common import AccessMixin, read_table

# Columns of the table that are no relation.
KEYS = ('model', 'method')
# Arguments that say why.
REASONS = frozenset({'reason', 'note', 'question', 'answer'})


# Where a role is tried that may call the method nowhere: all others are strangers to the record as well.
HOME = ('shared', 'own', 'mine')


def is_private(model_class, method):
    return any(getattr(vars(cls).get(method), '_api_private', False) for cls in model_class.__mro__)


def get_public_methods(env):
    """``[(model, method)]`` of all that this module lets be called from outside and Odoo does not have itself."""
    found = []
    for name in sorted(env.registry):
        classes = env.registry[name].__mro__
        ours, others = set(), set()
        for cls in classes:
            names = {key for key, value in vars(cls).items() if inspect.isfunction(value) and key[0] != '_'}
            (ours if cls.__module__.startswith('odoo.addons.dealer_management.') else others).update(names)
        if env[name]._abstract and not name.endswith('.week'):
            continue  # what inherits from it has its methods
        found += [(name, method) for method in sorted(ours - others) if not is_private(env.registry[name], method)]
    return found


@tagged('post_install', '-at_install')
class TestAccessMethods(AccessMixin, HttpCase):
    """The table in tests/data/access_methods.csv says who may call what, on whose records; all else is denied.

    A row is a method that can be called over JSON-2, a column whose record it is, a cell the roles that may.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpAccess()
        cls.silver.company_id = False
        cls.table = {}
        for row in read_table('access_methods'):
            key = tuple(row.pop(name) for name in KEYS)
            cls.table[key] = {relation: set(roles.split()) for relation, roles in row.items()}
        again = cls.world['dealer.complaint', 'own'].copy({'title': 'Broken again'})
        cls.arguments = {
            ('dealer.complaint', 'action_merge_into'): {'target_id': again.id},
            ('dealer.complaint', 'action_split'): {'parts': [{'title': 'A part'}]},
            ('dealer.territory', 'route_request'): {'address': {'country_id': cls.env.ref('base.cn').id}},
            ('dealer.allocation.line', 'action_correct'): {'quantity': 1, 'reason': 'A tender'},
            ('res.partner', 'action_dealer_change_tier'): {'grade_id': cls.silver.id, 'reason': 'Grown'},
            ('sale.order', 'action_use_wallet'): {'amount': 0},
        }
        cls.given = cls.prepare_given()

    @classmethod
    def prepare_given(cls):
        """``{(model, method): {field: value}}``: what has to be so for the step to be possible."""
        requester, approver = cls.users['employee'].id, cls.users['head'].id
        asked = {'state': 'submitted', 'requester_id': requester}
        decided = {'requester_id': requester, 'approver_id': approver}
        stages = cls.env['dealer.complaint.stage'].search([]).grouped('state')

        def at(state):
            return {'state': state, 'stage_id': stages[state][0].id}

        given = {
            'dealer.allocation': {
                'action_approve action_refuse action_withdraw': asked,
                'action_close': {**decided, 'state': 'approved'},
            },
            'dealer.authorization': {
                'action_approve action_refuse action_withdraw': asked,
                'action_suspend action_revoke action_view_renewal': {**decided, 'state': 'active'},
                'action_renew': {**decided, 'state': 'active', 'date_to': '2027-06-30'},
                'action_print_certificate action_open_verification': {
                    **decided,
                    'state': 'active',
                    'certificate_number': 'C-1',
                    'certificate_token': 'known to those who may read it',
                },
                'action_resume': {**decided, 'state': 'suspended'},
            },
            'dealer.complaint': {
                'action_answer': {**at('solved'), 'answer': '<p>Sorry</p>'},
                'action_confirm': at('answered'),
                'action_close': at('confirmed'),
                'action_reopen': at('closed'),
                'action_resume': {'waiting_since': '2026-05-04 04:00:00'},
            },
            'dealer.price.change': {
                'action_approve action_refuse': {**asked, 'new_pricelist_id': cls.pricelist_silver.id},
                'action_draft': {**decided, 'state': 'refused', 'new_pricelist_id': cls.pricelist_silver.id},
                'action_preview action_submit action_view_new_list': {'new_pricelist_id': cls.pricelist_silver.id},
            },
            'dealer.price.deviation': {'action_settle': {**decided, 'state': 'confirmed'}},
            'dealer.price.request': {
                'action_approve action_refuse': {**asked, 'state': 'requested'},
                'action_close': {**decided, 'state': 'approved'},
                'action_draft': {**decided, 'state': 'refused'},
            },
            'dealer.rebate.payout': {'action_hold': {'state': 'confirmed'}, 'action_release': {'state': 'held'}},
            'dealer.rebate.program': {
                'action_approve action_refuse': asked,
                'action_draft': {**decided, 'state': 'refused'},
                'action_open': {**decided, 'state': 'approved'},
                'action_amend action_close action_settle action_accrue': {**decided, 'state': 'open'},
            },
            'dealer.rebate.run': {
                'action_confirm action_cancel': {'state': 'preview'},
                'action_post': {'state': 'confirmed'},
            },
            'res.partner': {
                'action_dealer_onboard action_dealer_activate': {'dealer_state': 'prospect'},
                'action_dealer_prospect': {'dealer_state': 'onboarding'},
            },
            'sale.order': {
                'action_place_quick_order': {'state': 'draft', 'dealer_portal_state': 'draft'},
                'action_request_special_price action_request_territory_approval': {'state': 'draft'},
                'action_use_wallet action_waive_minimum': {'state': 'draft'},
            },
        }
        return {
            (model, method): values
            for model, steps in given.items()
            for methods, values in steps.items()
            for method in methods.split()
        }

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

    def get_arguments(self, model, method, function):
        reasons = {name: 'Because' for name in inspect.signature(function).parameters if name in REASONS}
        return self.arguments.get((model, method), reasons)

    def arrange(self, records, values):
        """Put ``records`` into the state that is given, past all rules."""
        columns = SQL(', ').join(SQL('%s = %s', SQL.identifier(name), value) for name, value in values.items())
        table = SQL.identifier(records._table)
        self.env.cr.execute(SQL('UPDATE %s SET %s WHERE id IN %s', table, columns, tuple(records.ids)))
        self.env.transaction.clear()

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

    def get_records(self, model, relation):
        if self.env[model]._abstract:
            return self.env[model] if relation == 'shared' else None
        records = self.world.get((model, relation))
        return records and records[:1]

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
