"""Many rows by SQL: copies of what the ORM has made, so that every computed column is as the ORM computes it."""

from contextlib import contextmanager

from odoo.tools import SQL


@contextmanager
def without_indexes(env, *tables):
    """Fill tables without their secondary indexes and triggers; both are there again afterwards."""
    env.flush_all()
    # What stands behind a constraint goes with it alone: such an index stays.
    env.cr.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
             FROM pg_index
            WHERE indrelid = ANY(%s::regclass[])
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
        [list(tables)],
    )
    indexes = env.cr.fetchall()
    for name, _definition in indexes:
        env.cr.execute(f'DROP INDEX {name}')
    env.cr.execute('SET session_replication_role = replica')
    yield
    env.cr.execute('SET session_replication_role = origin')
    for _name, definition in indexes:
        env.cr.execute(definition)


def copy_rows(records, count, **columns):
    """Insert ``count`` copies of ``records``: all stored columns as they are, but for ``columns``.

    :param columns: SQL of what differs, as text or :class:`SQL`: it may use ``n``, the number of the copy
        from 1, ``place``, the number of the new row from 0, and the columns of the record
    :return: the new ids: each copy of the records after the other, in the order of their ids
    :rtype: range
    """
    env, table = records.env, SQL.identifier(records._table)
    env.flush_all()
    [(first,)] = env.execute_query(SQL('SELECT COALESCE(max(id), 0) + 1 FROM %s', table))
    kept = [
        SQL.identifier(name)
        for name, field in records._fields.items()
        if field.store and field.column_type and name != 'id' and name not in columns
    ]
    env.cr.execute(
        SQL(
            """INSERT INTO %(table)s (id, %(names)s)
               SELECT %(first)s + place, %(values)s
                 FROM (SELECT source.*, n, row_number() OVER (ORDER BY n, source.id) - 1 AS place
                         FROM %(table)s source, generate_series(1, %(count)s) n
                        WHERE source.id IN %(sources)s) source""",
            table=table,
            names=SQL(', ').join([*kept, *map(SQL.identifier, columns)]),
            first=first,
            values=SQL(', ').join([*kept, *(SQL('%s', _as_sql(value)) for value in columns.values())]),
            count=count,
            sources=tuple(records.ids),
        )
    )
    env.cr.execute(SQL('SELECT setval(%s, (SELECT max(id) FROM %s))', f'{records._table}_id_seq', table))
    env.invalidate_all()
    return range(first, first + count * len(records))


def _as_sql(value):
    return value if isinstance(value, SQL) else SQL(value)


def pick(values, number):
    """SQL that deals ``values`` out in turn, by the SQL ``number``."""
    return SQL('(%s::int[])[1 + (%s) %% %s]', list(values), SQL(number), len(values))


def shift_dates(model, days):
    """The columns of ``model`` that are dates or times, as many days earlier as the SQL ``days`` says."""
    return {
        name: SQL('(%s - make_interval(days => (%s)::int))::%s', SQL.identifier(name), SQL(days), SQL(kind))
        for name, field in model._fields.items()
        if field.store and (kind := {'date': 'date', 'datetime': 'timestamp'}.get(field.type))
    }


def settle_statistics(env):
    """Commit; and the database looks as after it has stood for a night."""
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute('VACUUM ANALYZE')
    connection.autocommit = False
