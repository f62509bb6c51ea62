"""What people keep in Odoo's own tables by the names of the module's models and fields.

Odoo takes along what refers to a model that goes by a foreign key, its messages, files and to-dos; what has its name
alone would stay behind: a favourite that opens with an error, a template that exports nothing.
"""

import re
from collections import defaultdict

MODULE = 'dealer_management'
# Records that are about one model alone, and the field that names it; not every database has each of these models.
KEPT_BY_MODEL = {
    'base_import.mapping': 'res_model',
    'ir.actions.act_window': 'res_model',
    'ir.actions.client': 'res_model',
    'ir.actions.report': 'model',
    'ir.embedded.actions': 'parent_res_model',
    'ir.exports': 'resource',
    'ir.filters': 'model_id',
    'ir.ui.view': 'model',
    # A plan's steps hold on to the types of to-dos, without which the model itself could not go.
    'mail.activity.plan': 'res_model',
    'mail.message.subtype': 'res_model',
    'mail.scheduled.message': 'model',
    'res.users.settings.embedded.action': 'res_model',
}
# Where a word in quotation marks begins, in a domain, a context or an order: it may be the path to a field.
PATH = re.compile(r"""['"]([a-z][\w.]*)""")


def remove_kept(env):
    """Remove what is kept by the name of a model or a field that goes."""
    env = env(context={**env.context, 'active_test': False})
    models, names = _get_own(env)
    kept_by_model = {model: field for model, field in KEPT_BY_MODEL.items() if model in env}
    for model, field in kept_by_model.items():
        own = env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', model)])
        # The module's own go with it, in the order that Odoo finds.
        kept = env[model].search([(field, 'in', models), ('id', 'not in', own.mapped('res_id'))], order='id desc')
        if model == 'ir.ui.view':
            # None goes before those that inherit from it.
            for view in kept:
                view.unlink()
        else:
            kept.unlink()
    _remove_kept_by_field(env, names)


def _get_own(env):
    """The names of the models that no other module has, and of the fields on those that stay: ``{model: names}``."""
    models = _get_exclusive(env, 'ir.model').mapped('model')
    names = defaultdict(set)
    for field in _get_exclusive(env, 'ir.model.fields'):
        if field.model not in models:
            names[field.model].add(field.name)
    return models, names


def _get_exclusive(env, model):
    data = env['ir.model.data'].search([('model', '=', model)])
    own = data.filtered(lambda row: row.module == MODULE)
    return env[model].browse(set(own.mapped('res_id')) - set((data - own).mapped('res_id')))


def _remove_kept_by_field(env, names):
    """A search by a field that is gone is an error, and a favourite that begins with it a page that does not open."""
    filters = env['ir.filters'].search([('model_id', 'in', list(env.registry))])
    filters.filtered(
        lambda kept: any(
            _leads_to(env, kept.model_id, path.split('.'), names)
            for path in PATH.findall(f'{kept.domain} {kept.context} {kept.sort}')
        )
    ).unlink()
    # What else the template exports or the file brings is as it was.
    env['ir.exports.line'].search([]).filtered(  # pylint: disable=no-search-all
        lambda line: _leads_to(env, line.export_id.resource, (line.name or '').split('/'), names)
    ).unlink()
    if 'base_import.mapping' in env:
        env['base_import.mapping'].search([]).filtered(  # pylint: disable=no-search-all
            lambda kept: _leads_to(env, kept.res_model, (kept.field_name or '').split('/'), names)
        ).unlink()


def _leads_to(env, model, path, names):
    """Whether a path of fields, from ``model`` on, passes through one of ``names``."""
    for name in path:
        if name in names.get(model, ()):
            return True
        field = model in env and env[model]._fields.get(name)
        if not field or not field.relational:
            return False
        model = field.comodel_name
    return False
