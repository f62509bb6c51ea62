"""What people do with a database besides its business: filters, favourites, defaults, exports, to-dos, templates.

Odoo keeps these in tables of its own, beside the records that they are about. ``use`` makes one of each for
every model of the module, so that what an uninstallation leaves of them can be seen.
"""

import json
from datetime import timedelta

from odoo import fields

from .access_common import get_own_models

TEXT = 'Kept by a user'
# Fields of the module on others' models, by which somebody may search or group: {model: (field, of a record behind)}.
CORE_FIELDS = {
    'res.partner': ('dealer_state', 'upstream_dealer_id'),
    'sale.order.line': ('territory_verdict', 'territory_id'),
}


def use(env):
    """Do with every model of the module whatever Odoo lets people do with any."""
    for name in sorted(get_own_models(env)[0]):
        model = env[name]
        _keep_views(model)
        if not (model._transient or not model._auto):
            _keep_templates(model)
            _keep_records(model)
    order = env['sale.order'].search([], limit=1)
    env['ir.attachment'].create(
        {'name': 'Kept with an order', 'res_model': order._name, 'res_id': order.id, 'raw': b'x'}
    )
    for name, (field, link) in CORE_FIELDS.items():
        _keep_fields(env[name], field, link)


def _get_model_id(model):
    return model.env['ir.model']._get_id(model._name)


def _keep_views(model):
    """A favourite, an export template, an action, a view, a scheduled job."""
    env, name, model_id = model.env, model._name, _get_model_id(model)
    window = env['ir.actions.act_window'].create({'name': TEXT, 'res_model': name})
    code = {'name': TEXT, 'model_id': model_id, 'state': 'code', 'code': 'pass'}
    env['ir.actions.server'].create({**code, 'binding_model_id': model_id})
    env['ir.cron'].create({**code, 'cron_name': TEXT, 'active': False})
    env['ir.filters'].create([{'name': TEXT, 'model_id': name, 'user_ids': users} for users in ([], env.user.ids)])
    env['ir.filters'].create({'name': 'Of an action', 'model_id': name, 'action_id': window.id})
    env['ir.exports'].create({'name': TEXT, 'resource': name, 'export_fields': [(0, 0, {'name': 'display_name'})]})
    env['ir.ui.view'].create({'name': TEXT, 'model': name, 'type': 'list', 'arch': '<list><field name="id"/></list>'})
    env['ir.actions.client'].create({'name': TEXT, 'tag': 'reload', 'res_model': name})
    env['ir.actions.report'].create({'name': TEXT, 'model': name, 'report_name': 'web.external_layout'})
    partners = env.ref('base.action_partner_form')
    env['ir.embedded.actions'].create(
        {'name': TEXT, 'parent_action_id': window.id, 'parent_res_model': name, 'action_id': partners.id}
    )
    settings = env['res.users.settings']._find_or_create_for_user(env.user)
    # On another action of a view: what hangs on the one above goes with it.
    settings.embedded_actions_config_ids = [(0, 0, {'action_id': partners.id, 'res_model': name, 'res_id': model_id})]
    env['base_import.mapping'].create({'res_model': name, 'column_name': TEXT, 'field_name': 'display_name'})


def _keep_templates(model):
    """Letters, steps and addresses that are prepared for its records, and who may see them."""
    env, name, model_id = model.env, model._name, _get_model_id(model)
    env['mail.template'].create({'name': TEXT, 'model_id': model_id, 'body_html': TEXT})
    env['sms.template'].create({'name': TEXT, 'model_id': model_id, 'body': TEXT})
    env['mail.message.subtype'].create({'name': TEXT, 'res_model': name})
    env['ir.rule'].create({'name': TEXT, 'model_id': model_id, 'domain_force': '[]'})
    env['ir.model.access'].create(
        {'name': TEXT, 'model_id': model_id, 'group_id': env.ref('base.group_system').id, 'perm_read': True}
    )
    if env['ir.model']._get(name).is_mail_activity:
        kind = env['mail.activity.type'].create({'name': TEXT, 'res_model': name})
        env['mail.activity.plan'].create(
            {'name': TEXT, 'res_model': name, 'template_ids': [(0, 0, {'activity_type_id': kind.id})]}
        )
    if env['ir.model']._get(name).is_mail_thread:
        alias = {'alias_name': f'kept-{name}'.replace('.', '-')}
        env['mail.alias'].create({**alias, 'alias_model_id': model_id})
    env['mail.alias'].create(
        {
            'alias_name': f'child-{name}'.replace('.', '-'),
            'alias_model_id': _get_model_id(env['res.partner']),
            'alias_parent_model_id': model_id,
        }
    )


def _keep_records(model):
    """A file, an external id, a note, a follower, a to-do, a meeting, a rating, of the newest record."""
    env, name = model.env, model._name
    record = model.with_context(active_test=False).search([], order='id desc', limit=1)
    if not record:
        return
    about = {'res_model': name, 'res_id': record.id}
    env['ir.attachment'].create({'name': TEXT, 'raw': f'{TEXT}: {name}'.encode(), **about})
    env['ir.model.data'].create(
        {'module': '__export__', 'name': f'kept_{record._table}', 'model': name, 'res_id': record.id}
    )
    env['calendar.event'].create(
        {
            'name': TEXT,
            'start': fields.Datetime.now(),
            'stop': fields.Datetime.now() + timedelta(hours=1),
            'res_model_id': _get_model_id(model),
            'res_id': record.id,
        }
    )
    env['rating.rating'].create({'res_model_id': _get_model_id(model), 'res_id': record.id, 'rating': 5})
    if 'message_ids' not in record:
        return
    env['mail.scheduled.message'].create(
        {
            'model': name,
            'res_id': record.id,
            'author_id': env.user.partner_id.id,
            'body': TEXT,
            'scheduled_date': fields.Datetime.now() + timedelta(days=1),
        }
    )
    env['mail.message'].create({'model': name, 'res_id': record.id, 'body': TEXT})
    record.message_subscribe(env.user.partner_id.ids)
    if 'activity_ids' in record:
        record.activity_schedule('mail.mail_activity_data_todo', summary=TEXT)


def _keep_fields(model, field, link):
    """What names a field of the module on a model of Odoo: by it people search, group, export, import and begin."""
    env, name = model.env, model._name
    env['ir.filters'].create(
        [
            {'name': f'{TEXT} 1', 'model_id': name, 'domain': f'[("{field}", "!=", False)]'},
            {'name': f'{TEXT} 2', 'model_id': name, 'domain': f'[("{link}.name", "!=", False)]'},
            {'name': f'{TEXT} 3', 'model_id': name, 'context': f"{{'group_by': ['{field}']}}"},
            {'name': f'{TEXT} 4', 'model_id': name, 'sort': json.dumps([f'{field} desc'])},
            {'name': f'{TEXT}, without dealers', 'model_id': name, 'domain': '[("id", ">", 1)]'},
        ]
    )
    names = ('display_name', field, f'{link}/name')
    env['ir.exports'].create(
        {'name': TEXT, 'resource': name, 'export_fields': [(0, 0, {'name': line}) for line in names]}
    )
    env['ir.default'].set(name, field, next(iter(dict(model._fields[field]._description_selection(env)))))
    env['base_import.mapping'].create({'res_model': name, 'column_name': TEXT, 'field_name': field})
