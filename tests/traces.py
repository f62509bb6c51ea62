"""Where a database names models, fields or the module itself: in which column of whatever table, however hidden."""

import re
from typing import NamedTuple

from .lifecycle_common import MODULE

# Every column that can hold a name; nothing is listed by hand, so that none is forgotten.
TEXT_COLUMNS = """
    SELECT table_name::text, column_name::text
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
       AND data_type IN ('character varying', 'text', 'json', 'jsonb')
"""
OWN = """
    SELECT own.{columns} FROM {table} own
     WHERE EXISTS (SELECT FROM ir_model_data WHERE model = %(model)s AND res_id = own.id AND module = %(module)s)
       AND NOT EXISTS (SELECT FROM ir_model_data WHERE model = %(model)s AND res_id = own.id AND module != %(module)s)
"""
# What Odoo itself leaves of any module, and why it may.
TOLERATED = {
    # It is still in the list of what can be installed, with what it says of itself and the id of that row.
    'ir_module_module.name',
    'ir_module_module.icon',
    'ir_module_module.description',
    'ir_model_data.name',
    # What was said about an order or an invoice stays said, with a link that leads nowhere.
    'mail_message.body',
}


class Names(NamedTuple):
    """What is looked for, each a list of names: models, and fields on the models that stay."""

    models: list
    fields: list


def take_names(db):
    """The names that go with the module: those which no other module knows.

    A field that is called by a single word is left out: the word is found everywhere.
    """
    models = [model for (model,) in _get_own(db, 'ir.model', 'model')]
    fields = [
        (model, name) for model, name in _get_own(db, 'ir.model.fields', 'model, own.name') if model not in models
    ]
    known = {
        name
        for (name,) in db.execute(
            """SELECT name FROM ir_model_fields field
                WHERE EXISTS (SELECT FROM ir_model_data
                               WHERE model = 'ir.model.fields' AND res_id = field.id AND module != %s)""",
            MODULE,
        )
    }
    return Names(models, sorted({name for _model, name in fields if '_' in name} - known))


def find_traces(db, names):
    """``{'table.column': number of rows}`` that name one of ``names``, or the module."""
    # Letters, digits and underscores end a name; a dot does not, for a path may begin or go on with it.
    pattern = rf'\m({"|".join(re.escape(name) for name in [MODULE, *names.models, *names.fields])})\M'
    found = {}
    for table, column in db.execute(TEXT_COLUMNS):
        # Names of tables and columns come from the database's own catalogue.
        query = f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~ %s'  # noqa: S608
        if count := db.value_of(query, pattern):
            found[f'{table}.{column}'] = count
    return found


def _get_own(db, model, columns):
    query = OWN.format(columns=columns, table=model.replace('.', '_'))
    with_values = query.replace('%(model)s', f"'{model}'").replace('%(module)s', f"'{MODULE}'")
    return db.execute(with_values)
