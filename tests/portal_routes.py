"""The routes of the module as Odoo knows them, and a request for each that does what it is for."""

import inspect
import re
from dataclasses import dataclass, field

from dateutil.relativedelta import relativedelta

from odoo.http import _generate_routing_rules

from ..controllers.complaint_portal_new import LINK_NAMES
from .complaint_portal_common import BOX

MODULE = 'odoo.addons.dealer_management.'
SIGNATURE = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
# What the parts of an address name, as attributes of a holder of ``PortalWorldMixin``; orders differ by route.
PARTS = {
    'grant_id': 'grant',
    'program_id': 'program',
    'payout_id': 'payout',
    'complaint_id': 'complaint',
    'file_id': 'file',
    'product_id': 'product',
    'order_id': 'draft',
}


@dataclass(frozen=True)
class Route:
    """One way in: a rule of the routing map and how it is asked."""

    rule: str
    method: str  # GET, POST or JSON
    routing: dict = field(compare=False)
    handler: object = field(compare=False)

    @property
    def parts(self):
        """``[(converter, name)]`` of what the address leaves open."""
        return re.findall(r'<(\w+):(\w+)>', self.rule)

    @property
    def takes_forms(self):
        return self.method != 'JSON' and 'POST' in (self.routing['methods'] or ['POST'])

    def fill(self, values):
        """The address with ``values`` by name in it."""
        return re.sub(r'<\w+:(\w+)>', lambda part: str(values[part[1]]), self.rule)


def find_routes(env):
    """All routes that the module defines, or says more about than the module that does."""
    routes = set()
    # As the routing map is made, which cannot be asked for outside of a request.
    for rule, endpoint in _generate_routing_rules(sorted(env.registry._init_modules), nodb_only=False):
        method, routing = endpoint.func, endpoint.routing
        owners = (cls for cls in type(method.__self__).__mro__ if method.__name__ in vars(cls))
        if not any(cls.__module__.startswith(MODULE) for cls in owners):
            continue
        # What is open to any method is a page that is read.
        kinds = ['JSON'] if routing['type'] == 'jsonrpc' else routing['methods'] or ['GET']
        routes.update(Route(rule, kind, routing, method) for kind in kinds)
    return sorted(routes, key=lambda route: (route.rule, route.method))


def make_form(world, holder, route):
    """What the people of ``holder`` send there, and it is done."""
    day = world.today
    forms = {
        '/my/special-prices': {
            'lines': f'{holder.product.default_code} 5 80',
            'date_from': str(day),
            'date_to': str(day + relativedelta(days=30)),
            'project': 'Airport',
            'customer': 'City',
            'reason': 'A tender',
        },
        '/my/complaints/new': {
            'type_id': str(holder.complaint.type_id.id),
            'order_id': str(holder.order.id),
            'picking_id': str(holder.picking.id),
            'move_id': '',
            'rebate_payout_id': '',
            'rebate_dispute_id': '',
            'rebate_line': '',
            'product_id': str(holder.product.id),
            'description': 'Two are wet',
            'lot_name': 'L1',
            'phone': '2',
            'quantity': '1',
            'quantity_kind': 'broken',
            'date_found': f'{day}T00:00',
            'sample_taken': '',
            'intake_key': 'a' * 32,
        },
        '/my/complaints/<int:complaint_id>/say': {'message': 'One more', 'form_key': 'b' * 32},
        '/my/complaints/<int:complaint_id>/confirm': {'stars': '4', 'feedback': 'Good', 'form_key': 'c' * 32},
        '/my/complaints/<int:complaint_id>/reopen': {'reopen_reason': 'Still broken'},
        '/my/complaints/<int:complaint_id>/withdraw': {'withdraw_reason': 'Found it'},
        '/my/rebates/statements/<int:payout_id>': {
            'line': str(holder.lines[0].id),
            'reason': 'Ten too many',
            'contact': 'Wang',
            'page': '1',
            'search': '',
        },
        '/my/orders/<int:order_id>/wallet': {'amount': '10', 'access_token': holder.quotation.access_token},
        '/my/orders/<int:order_id>/accept': {
            'access_token': holder.quotation.access_token,
            'name': 'Clerk',
            'signature': SIGNATURE,
        },
        '/my/quick-order/find': {'query': holder.canary},
        '/my/quick-order/paste': {'text': f'{holder.product.default_code} 4'},
        '/my/quick-order/save': {
            'order_id': holder.draft.id,
            'lines': [[holder.product.id, 2]],
            'address_id': holder.address.id,
            'note': 'Soon',
            'reference': 'B-7',
            'version': None,
            'wallet': 0,
        },
        '/my/quick-order/place': {'order_id': holder.draft.id, 'amount': holder.draft.amount_total},
    }
    forms['/my/complaints/<int:complaint_id>/complete'] = {
        name: value for name, value in forms['/my/complaints/new'].items() if name != 'intake_key'
    }
    if route.method == 'GET':
        return {}
    return dict(forms.get(route.rule, {}))


def get_files(route):
    """The photographs that the form is sent with."""
    if route.method == 'POST' and route.rule.rpartition('/')[2] in ('new', 'complete'):
        return [('files', (name, content)) for name, content in BOX]
    return None


def name_records(route):
    """``{part of the address: attribute of a holder}``."""
    records = {name: PARTS[name] for _converter, name in route.parts if name in PARTS}
    if 'order_id' in records:
        for end, attribute in (('again/<int:order_id>', 'order'), ('/accept', 'quotation'), ('/wallet', 'quotation')):
            if route.rule.endswith(end):
                records['order_id'] = attribute
    if route.rule.endswith(('/complete', '/withdraw')):
        records['complaint_id'] = 'incomplete'
    return records


def find_own(route, holder):
    """``{part of the address: value}`` of what ``holder`` has."""
    values = {name: getattr(holder, attribute).id for name, attribute in name_records(route).items()}
    parts = dict(map(reversed, route.parts))
    if 'number' in parts:
        values |= {'number': holder.grant.certificate_number, 'token': holder.grant.sudo().certificate_token}
    elif 'token' in parts:
        values['token'] = holder.change.access_token
    return values


def fill(route, values):
    """The address with these values, on the first page."""
    return route.fill({'page': 1, 'size': 'small', **values})


def find_parameters(route):
    """What the page reads of the query, by the names of its handler's arguments."""
    arguments = inspect.signature(route.handler).parameters.values()
    names = [argument.name for argument in arguments if argument.kind is argument.POSITIONAL_OR_KEYWORD]
    if route.rule == '/my/complaints/new':
        names += LINK_NAMES
    parts = {name for _converter, name in route.parts}
    return [name for name in names if name not in parts]
