"""What stands in a database, so that two states of it, or two databases, can be compared.

Three readings, each a dictionary: its structure, what its rows say, and the records that the module itself
brings along. A comparison is a list of sentences, empty if all is the same.
"""

import json
import re
from collections import defaultdict
from typing import NamedTuple

from .lifecycle_common import MODULE

STRUCTURE = (
    """SELECT 'column', table_name || '.' || column_name,
              concat_ws(' ', data_type, udt_name, character_maximum_length, numeric_precision, numeric_scale,
                        'nullable ' || is_nullable, column_default)
         FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT 'index', tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'sequence', sequencename::text, '' FROM pg_sequences WHERE schemaname = 'public'",
    """SELECT 'type', typname::text, '' FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype = 'r'""",
)
COLUMNS = """
    SELECT table_name::text, column_name::text
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""
FOREIGN_KEYS = """
    SELECT pointing.relname::text, attname::text, pointed.relname::text
      FROM pg_constraint
      JOIN pg_class pointing ON pointing.oid = conrelid
      JOIN pg_class pointed ON pointed.oid = confrelid
      JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND cardinality(conkey) = 1
"""
ACTION_TABLES = {
    'ir.actions.act_window': 'ir_act_window',
    'ir.actions.client': 'ir_act_client',
    'ir.actions.report': 'ir_act_report_xml',
    'ir.actions.server': 'ir_act_server',
    'ir.actions.act_url': 'ir_act_url',
}
# What tells of the database and the moment, not of the record.
OF_ITS_DATABASE = {
    'id',
    'access_token',
    'arch_prev',
    'create_date',
    'create_uid',
    'lastcall',
    'nextcall',
    'parent_path',
    'write_date',
    'write_uid',
}
# Written anew from the Python code at each start of an upgrade: they cannot lag behind.
REFLECTED = {
    'ir_model',
    'ir_model_constraint',
    'ir_model_fields',
    'ir_model_fields_selection',
    'ir_model_inherit',
    'ir_model_relation',
}
ACTION_ID = re.compile(r'name="\d+"')


class Content(NamedTuple):
    """What the rows of a table say, up to the last of its ids."""

    last_id: int
    count: int
    sums: dict  # column: sum over a hash of each value with its row's id


def compare(expected, found):
    """Sentences on where two dictionaries differ."""
    return [
        f'{key}: {expected.get(key, "nothing")!r} expected, {found.get(key, "nothing")!r} found'
        for key in sorted(expected.keys() | found.keys(), key=str)
        if expected.get(key) != found.get(key)
    ]


def take_structure(db):
    """Every column, constraint, index, sequence and type: ``{(kind, name): definition}``."""
    return {(kind, name): definition for query in STRUCTURE for kind, name, definition in db.execute(query)}


def get_columns(db):
    columns = defaultdict(set)
    for table, column in db.execute(COLUMNS):
        columns[table].add(column)
    return columns


def take_content(db, tables):
    """What the rows of ``tables`` say: ``{table: Content}``; a table without ids is left out."""
    columns = get_columns(db)
    return {table: _sum_up(db, table, sorted(columns[table])) for table in tables if 'id' in columns.get(table, ())}


def compare_content(before, db, tolerated=()):
    """Sentences on what rows no longer say that they said ``before``, later rows and columns apart.

    :param tolerated: names, ``column`` or ``table.column``, that may change
    """
    columns, sentences = get_columns(db), []
    for table, content in before.items():
        if table not in columns:
            if content.count:
                sentences.append(f'{table} is gone, with {content.count} rows')
            continue
        common = sorted(content.sums.keys() & columns[table])
        now = _sum_up(db, table, common, content.last_id)
        if now.count != content.count:
            sentences.append(f'{table} had {content.count} rows, of which {now.count} are left')
            continue
        sentences += [
            f'{table}.{column} says something else'
            for column in common
            if now.sums[column] != content.sums[column] and not {column, f'{table}.{column}'} & set(tolerated)
        ]
    return sentences


def _sum_up(db, table, columns, last_id=None):
    # Names of tables and columns come from the database's own catalogue.
    sums = ''.join(
        f""", sum(hashtextextended(concat(id, ':', coalesce("{column}"::text, E'\\x01')), 0))""" for column in columns
    )
    [(newest, count, *values)] = db.execute(
        f'SELECT coalesce(max(id), 0), count(*) {sums} FROM "{table}" WHERE id <= coalesce(%s, id)',  # noqa: S608
        last_id,
    )
    return Content(newest, count, dict(zip(columns, values, strict=True)))


def take_own_records(db):
    """The records that the module brings along, each with what it says: ``{(xml id, column): value}``.

    References are told by the external id of what they point to: ids differ from database to database.
    """
    columns = get_columns(db)
    references = {(table, column): target for table, column, target in db.execute(FOREIGN_KEYS)}
    names, own = {}, defaultdict(dict)
    for module, name, model, res_id in db.execute('SELECT module, name, model, res_id FROM ir_model_data'):
        table = ACTION_TABLES.get(model, model.replace('.', '_'))
        # Of a model each module that extends it has a name: which came last depends on the way here.
        names[table, res_id] = min(f'{module}.{name}', names.get((table, res_id), '~'))
        if module == MODULE and table in columns.keys() - REFLECTED:
            own[table][res_id] = name
    values = {}
    for table, rows in own.items():
        kept = sorted(column for column in columns[table] - OF_ITS_DATABASE)
        selected = ', '.join(f'"{column}"::text' for column in kept)
        for res_id, *row in db.execute(f'SELECT id, {selected} FROM "{table}" WHERE id = ANY(%s)', list(rows)):  # noqa: S608
            for column, value in zip(kept, row, strict=True):
                target = references.get((table, column))
                values[f'{table} {rows[res_id]}', column] = _read_value(column, value, target, names)
    for table, pairs in _get_relations(references, columns).items():
        (one, one_target), (other, other_target) = pairs
        for one_id, other_id in db.execute(f'SELECT "{one}", "{other}" FROM "{table}"'):  # noqa: S608
            one_name, other_name = names.get((one_target, one_id)), names.get((other_target, other_id))
            if one_name and other_name and MODULE in (one_name.split('.')[0], other_name.split('.')[0]):
                values[table, f'{one_name} - {other_name}'] = 'related'
    return values


def _read_value(column, value, target, names):
    """What a value says, whatever the ids of its database.

    :param target: the table that it points to
    """
    if value is None:
        return None
    if target:
        return names.get((target, int(value)), 'a record without a name')
    if column == 'action':
        model, _comma, res_id = value.partition(',')
        return names.get((ACTION_TABLES[model], int(res_id)), 'an action without a name')
    if not value.startswith('{"en_US": '):
        return value
    # The English, and which other languages there are: what a customer's translator wrote outlives upgrades.
    values = json.loads(value)
    return ACTION_ID.sub('name="…"', values['en_US']), *sorted(values.keys() - {'en_US'})


def _get_relations(references, columns):
    """``{table: [(column, what it points to), …]}`` of the tables behind many2many fields."""
    relations = defaultdict(list)
    for (table, column), target in sorted(references.items()):
        if 'id' not in columns[table]:
            relations[table].append((column, target))
    return {table: pairs for table, pairs in relations.items() if len(pairs) == 2}
