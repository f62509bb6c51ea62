"""What the tests of the public methods share: which there are, and a record that each can be called on."""

import inspect

from odoo.tools import SQL

from .access_common import AccessMixin, read_table

# Columns of the table that are no relation.
KEYS = ('model', 'method')
# Arguments that say why.
REASONS = frozenset({'reason', 'note', 'question', 'answer'})


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


class AccessMethodsMixin(AccessMixin):
    """The world of records, with the table in tests/data/access_methods.csv: ``table[model, method][relation]``.

    ``given`` says what has to be so for a step to be possible, ``arguments`` what it is called with.
    """

    @classmethod
    def setUpMethods(cls):
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

    def get_records(self, model, relation):
        if self.env[model]._abstract:
            return self.env[model] if relation == 'shared' else None
        records = self.world.get((model, relation))
        return records and records[:1]

    def get_arguments(self, model, method, function):
        reasons = {name: 'Because' for name in inspect.signature(function).parameters if name in REASONS}
        return self.arguments.get((model, method), reasons)

    def arrange(self, records, values):
        """Put ``records`` into the state that is given, past all rules."""
        columns = SQL(', ').join(SQL('%s = %s', SQL.identifier(name), value) for name, value in values.items())
        table = SQL.identifier(records._table)
        self.env.cr.execute(SQL('UPDATE %s SET %s WHERE id IN %s', table, columns, tuple(records.ids)))
        self.env.transaction.clear()
