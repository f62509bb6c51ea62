"""What the web client asks the server for when a menu is opened: read off the views themselves.

A column that is added to a view tomorrow is measured tomorrow.
"""

import datetime
from dataclasses import dataclass, field

from lxml import etree

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

ALWAYS_INVISIBLE = ('1', 'True')
# As the web client has them.
LIST_LIMIT, KANBAN_LIMIT, COUNT_LIMIT, X2MANY_LIMIT, ACTIVITY_LIMIT = 80, 40, 10001, 40, 100


@dataclass
class Screen:
    """A view of an action, as one role sees it.

    :ivar calls: ``[(model, method, keyword arguments)]`` that opening it makes
    """

    name: str
    role: str
    calls: list = field(default_factory=list)


class Reader:
    """Reads menus and views as a user does."""

    def __init__(self, env, user, role):
        self.env = env(user=user.id, context={'lang': 'en_US', 'tz': 'Asia/Shanghai'})
        self.role = role

    def read_menus(self, roots):
        """Screens of all window actions below the menus ``roots`` (xml ids), in their order; one for each view."""
        menus = self.env['ir.ui.menu'].load_web_menus(False)
        screens, done = [], set()

        def walk(menu):
            model, action_id = menu['actionModel'], menu['actionID']
            if model == 'ir.actions.act_window' and action_id not in done:
                done.add(action_id)
                screens.extend(self.read_action(self.env[model].browse(action_id), menu['name']))
            for child in menu['children']:
                walk(menus[child])

        for root in roots:
            menu_id = self.env.ref(root).id
            if menu_id in menus:
                walk(menus[menu_id])
        return screens

    def read_action(self, action, name):
        action = action.sudo()
        model = self.env[action.res_model]
        if model.is_transient():
            return []
        context = self._evaluate(action.context or '{}')
        views = [(view_id, kind) for view_id, kind in action.views]
        answer = model.with_context(context).get_views([*views, (action.search_view_id.id, 'search')], {})
        self.models = answer['models']
        archs = {kind: etree.fromstring(view['arch']) for kind, view in answer['views'].items()}
        domain, group_by = self._read_search(archs['search'], context, self._evaluate(action.domain or '[]'))
        screens = []
        for _view_id, kind in views:
            screen = Screen(f'{name}: {kind}', self.role)
            getattr(self, f'_read_{kind}')(screen, model.with_context(context), archs[kind], domain, group_by)
            screens.append(screen)
        # What is found in a small world as well: a page without records is no measure of one with them.
        if typed := self._read_typed(archs['search'], '1'):
            kind = next((kind for _view_id, kind in views if kind in ('list', 'kanban')), None)
            if kind:
                screen = Screen(f'{name}: searched', self.role)
                base = self._evaluate(action.domain or '[]')
                reader = getattr(self, f'_read_{kind}')
                reader(screen, model.with_context(context), archs[kind], list(Domain(base) & Domain(typed)), [])
                screens.append(screen)
        for screen in screens:
            for _model, _method, kwargs in screen.calls:
                kwargs.setdefault('context', {**self.env.context, **context})
        return screens

    # ------------------------------------------------------------------ Search

    def _evaluate(self, text):
        names = {'uid': self.env.uid, 'context_today': datetime.date.today, 'active_id': False}
        return safe_eval(text, names)

    def _read_search(self, arch, context, domain):
        """What the filters that an action turns on ask for: ``(domain, groupings)``."""
        wanted, groups, facets = [], [], {}
        for key, value in context.items():
            if key.startswith('search_default_') and value:
                wanted.append(key.removeprefix('search_default_'))
        for position, part in enumerate(self._split_groups(arch)):
            for node in part:
                if node.get('name') not in wanted or node.tag != 'filter':
                    continue
                if node.get('domain'):
                    facets.setdefault(position, []).append(Domain(self._evaluate(node.get('domain'))))
                if group := self._evaluate(node.get('context') or '{}').get('group_by'):
                    groups.append(group)
        return list(Domain.AND([Domain(domain), *map(Domain.OR, facets.values())])), groups

    @staticmethod
    def _split_groups(arch):
        """The filters of a search view, parted where a separator stands: those of one part are alternatives."""
        part = []
        for node in arch.iter('filter', 'separator', 'group'):
            if node.tag == 'filter':
                part.append(node)
            elif part:
                yield part
                part = []
        if part:
            yield part

    def _read_typed(self, arch, text):
        """The domain of a text that is typed into the search, for the first field of it."""
        node = arch.find('.//field')
        if node is None:
            return None
        if node.get('filter_domain'):
            return safe_eval(node.get('filter_domain'), {'self': text, 'raw_value': text})
        return [(node.get('name'), node.get('operator') or 'ilike', text)]

    # ------------------------------------------------------------------- Views

    def _read_list(self, screen, model, arch, domain, group_by, kind='list'):
        specification = self._read_fields(arch, model._name)
        group_by = group_by or [name for name in (arch.get('default_group_by') or '').split(',') if name]
        order = {'order': arch.get('default_order')} if arch.get('default_order') else {}
        limit = int(arch.get('limit') or (KANBAN_LIMIT if kind == 'kanban' else LIST_LIMIT))
        if not group_by:
            call = {'domain': domain, 'specification': specification, 'limit': limit, 'offset': 0, **order}
            screen.calls.append((model._name, 'web_search_read', {**call, 'count_limit': COUNT_LIMIT}))
            return
        screen.calls.append(
            (
                model._name,
                'web_read_group',
                {
                    'domain': domain,
                    'groupby': self._group(model, group_by)[: 1 if kind == 'kanban' else None],
                    'aggregates': self._read_aggregates(arch, model),
                    'auto_unfold': kind == 'kanban',
                    'unfold_read_specification': specification,
                    'unfold_read_default_limit': limit,
                    'limit': None if kind == 'kanban' else LIST_LIMIT,
                    'offset': 0,
                    **order,
                },
            )
        )

    def _read_kanban(self, screen, model, arch, domain, group_by):
        self._read_list(screen, model, arch, domain, group_by, kind='kanban')
        bar = arch.find('progressbar')
        group_by = group_by or [arch.get('default_group_by')]
        if bar is not None and group_by[0]:
            progress = {'field': bar.get('field'), 'colors': safe_eval(bar.get('colors'))}
            call = {'domain': domain, 'group_by': group_by[0], 'progress_bar': progress}
            screen.calls.append((model._name, 'read_progress_bar', call))

    def _read_form(self, screen, model, arch, domain, group_by):
        """The first record that was ever made: the same one however many there are."""
        record = model.search(domain, order='id', limit=1) or model.search([], order='id', limit=1)
        if not record:
            return
        specification = self._read_fields(arch, model._name, is_form=True)
        screen.calls.append((model._name, 'web_read', {'args': [record.ids], 'specification': specification}))
        if arch.find('.//chatter') is not None:
            thread = {'thread_model': model._name, 'thread_id': record.id}
            wanted = ['activities', 'attachments', 'contact_fields', 'followers', 'scheduledMessages']
            screen.calls += [
                ('/mail/thread/messages', None, {**thread, 'fetch_params': {'limit': 30}}),
                ('/mail/data', None, {'fetch_params': [['mail.thread', {**thread, 'request_list': wanted}]]}),
            ]

    def _read_pivot(self, screen, model, arch, domain, _group_by):
        nodes = arch.findall('field')
        rows, columns = (
            self._group(model, [self._with_interval(node) for node in nodes if node.get('type') == kind])
            for kind in ('row', 'col')
        )
        sets = [rows[:row] + columns[:column] for row in range(len(rows) + 1) for column in range(len(columns) + 1)]
        measures = [node.get('name') for node in nodes if node.get('type') == 'measure']
        call = {'domain': domain, 'grouping_sets': sets, 'aggregates': self._aggregate(model, measures)}
        screen.calls.append((model._name, 'formatted_read_grouping_sets', call))

    def _read_graph(self, screen, model, arch, domain, group_by):
        nodes = [node for node in arch.findall('field') if node.get('invisible') not in ALWAYS_INVISIBLE]
        groups = [self._with_interval(node) for node in nodes if node.get('type') != 'measure']
        measures = [node.get('name') for node in nodes if node.get('type') == 'measure']
        call = {
            'domain': domain,
            'groupby': self._group(model, group_by or groups),
            'aggregates': self._aggregate(model, measures),
        }
        screen.calls.append((model._name, 'formatted_read_group', call))

    def _read_calendar(self, screen, model, arch, domain, _group_by):
        """The present month."""
        start = arch.get('date_start')
        stop = arch.get('date_stop') or start
        first = datetime.date.today().replace(day=1)
        last = first + datetime.timedelta(days=41)
        names = {node.get('name') for node in arch.iter('field')} | {start, stop}
        names |= {arch.get(name) for name in ('color', 'date_delay', 'all_day') if arch.get(name)}
        call = {'domain': [*domain, (start, '<=', str(last)), (stop, '>=', str(first))], 'fields': sorted(names)}
        screen.calls.append((model._name, 'search_read', call))

    def _read_hierarchy(self, screen, model, arch, domain, _group_by):
        parent = arch.get('parent_field') or 'parent_id'
        call = {
            'domain': domain or [(parent, '=', False)],
            'specification': self._read_fields(arch, model._name),
            'parent_field': parent,
            'child_field': arch.get('child_field'),
        }
        screen.calls.append((model._name, 'hierarchy_read', call))

    def _read_activity(self, screen, model, arch, domain, _group_by):
        call = {'res_model': model._name, 'domain': domain, 'limit': ACTIVITY_LIMIT, 'offset': 0, 'fetch_done': True}
        screen.calls.append(('mail.activity', 'get_activity_data', call))
        shown = [*domain, ('activity_ids', '!=', False)]
        call = {'domain': shown, 'specification': self._read_fields(arch, model._name), 'limit': ACTIVITY_LIMIT}
        screen.calls.append((model._name, 'web_search_read', call))

    # ------------------------------------------------------------------- Parts

    @staticmethod
    def _with_interval(node):
        return f'{node.get("name")}:{node.get("interval")}' if node.get('interval') else node.get('name')

    @staticmethod
    def _group(model, names):
        """Groupings as the server wants them: dates by month unless said otherwise."""
        return [
            f'{name}:month' if ':' not in name and model._fields[name].type in ('date', 'datetime') else name
            for name in names
        ]

    @staticmethod
    def _aggregate(model, names):
        fields = [(name, model._fields[name]) for name in names if name and name in model._fields]
        return ['__count', *(f'{name}:{item.aggregator or "sum"}' for name, item in fields)]

    def _read_aggregates(self, arch, model):
        """The sums that a list shows below its groups."""
        names = {node.get('name') for node in arch.iter('field') if node.get('sum') or node.get('avg')}
        stored = [name for name in sorted(names) if model._fields[name].store and model._fields[name].aggregator]
        return self._aggregate(model, stored)

    def _read_fields(self, arch, model_name, is_form=False):
        """The specification of what a view shows."""
        specification = {}
        depth = len(list(arch.iterancestors('field')))
        for node in arch.iter('field'):
            if len(list(node.iterancestors('field'))) != depth:
                continue
            name = node.get('name')
            item = self.models[model_name]['fields'].get(name)
            if not item:
                continue
            hidden = node.get('invisible') in ALWAYS_INVISIBLE
            spec = specification.setdefault(name, {})
            if item['type'] in ('many2one', 'reference'):
                spec.setdefault('fields', {})
                if not hidden:
                    spec['fields']['display_name'] = {}
            elif item['type'] in ('one2many', 'many2many') and not hidden:
                self._read_lines(node, item, spec, is_form)
        return specification

    def _read_lines(self, node, item, spec, is_form):
        """What is shown of a field of several records: the view that stands in the form, or their names."""
        view = node.find('list') if node.find('list') is not None else node.find('kanban')
        if is_form and view is not None:
            spec['fields'] = self._read_fields(view, item['relation'])
            spec['limit'] = int(view.get('limit') or X2MANY_LIMIT)
            if view.get('default_order'):
                spec['order'] = view.get('default_order')
        elif node.get('widget') in ('many2many_tags', 'many2many_tags_avatar', 'many2many_avatar_user'):
            spec['fields'] = {'display_name': {}}
        else:
            spec['fields'] = {}
