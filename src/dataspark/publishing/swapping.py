"""What is loaded → what readers see, in one short transaction: all tables of the release at one moment, or none.

The tables that are replaced are locked first, all at once. So a reader's transaction that has read one of them is waited
for, and one that comes later waits and then finds the new ones: none sees tables of two releases. Nobody is kept waiting
long, for who cannot have the locks within a moment lets go, and tries again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dataspark.errors import PublishBusy, RowsRefused
from dataspark.publishing.claiming import drop_staging, oids, staging_of
from dataspark.publishing.database import Database, Locked
from dataspark.publishing.dependents import grants, make_views, require_restorable, views_on
from dataspark.publishing.memory import MARK, Publication, write_publication
from dataspark.publishing.shapes import ForeignKey, Shape
from dataspark.sql.text import name

_PATIENCE = (50, 400)
"""Milliseconds for which readers may be kept waiting by a swap that waits for another reader: first, and at most."""
_PAUSE = (0.02, 1.5)
"""Seconds between two tries: first, and at most."""
_GROWTH = 1.5
"""Short readers are soon out of the way; for long ones it is no use to try often."""
_HOLDERS = """
SELECT DISTINCT a.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no name'),
    to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.relation = ANY(%s::oid[]) AND l.granted AND a.pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1 LIMIT 3
"""
_FOREIGN_KEYS = """
SELECT k.conname, c.relname, p.relname, k.convalidated,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (num, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.num ORDER BY n.place),
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS n (num, place)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.num ORDER BY n.place)
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_class AS p ON p.oid = k.confrelid
JOIN pg_namespace AS s ON s.oid = c.relnamespace
WHERE k.contype = 'f' AND s.nspname = %s AND p.relnamespace = c.relnamespace
"""


@dataclass(frozen=True)
class Turn:
    """What readers are to see instead of what they see."""

    schema: str
    shapes: tuple[Shape, ...]
    """Every table that the schema is to hold."""
    loaded: frozenset[str]
    """Those that wait in the staging schema."""
    removed: frozenset[str]
    """Tables of the last publish that are not to be there any more."""
    publication: Publication
    readers: tuple[str, ...]
    """Roles that are given the right to read all tables now; those of the publication have it on tables that are new."""


def swap(database: Database, turn: Turn, wait: float, waiting: Callable[[str], object]) -> list[str]:
    """Let readers see what is loaded. Returns the views of others that were made again.

    Raises PublishBusy where readers hold tables longer than `wait` seconds, UsageError where something of others would be
    lost: then they go on seeing what they saw.
    """
    until = time.monotonic() + wait
    most = min(_PATIENCE[1], _deadlock_timeout(database) // 2)
    patience, pause = float(_PATIENCE[0]), _PAUSE[0]
    while True:
        try:
            return _try(database, turn, int(min(patience, most)))
        except Locked as error:
            holders = _holders(database, turn)
            if time.monotonic() + pause > until:
                raise PublishBusy(
                    f"`{turn.schema}` could not be replaced within {wait:g} s: {holders or error.message}",
                    "readers still see what was published before; publish again when they have ended, or wait longer by --wait",
                ) from error
        waiting(holders)
        time.sleep(pause)
        patience, pause = min(patience * _GROWTH, most), min(pause * _GROWTH, _PAUSE[1])


def _deadlock_timeout(database: Database) -> int:
    """Milliseconds after which the server ends one of two that wait for each other: that must never be a reader."""
    return int(database.rows("SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'")[0][0])


def _replaced(database: Database, turn: Turn) -> dict[str, int]:
    return oids(database, turn.schema, turn.loaded | turn.removed)


def _holders(database: Database, turn: Turn) -> str:
    found = database.rows(_HOLDERS, [list(_replaced(database, turn).values())])
    return "; ".join(
        f"{user} ({program}, process {pid} of the server) reads since {since} UTC"
        for pid, user, program, since in found
    )


def _try(database: Database, turn: Turn, patience: int) -> list[str]:
    schema, staging = name(turn.schema), name(staging_of(turn.schema))
    with database.transaction():
        database.run(f"SET LOCAL lock_timeout = {patience}")
        database.run(f"CREATE SCHEMA IF NOT EXISTS {schema}", f"making the schema `{turn.schema}`")
        old = _replaced(database, turn)
        moved = {table: oid for table, oid in old.items() if table != MARK}
        if moved:
            tables = ", ".join(f"{schema}.{name(table)}" for table in old)
            database.run(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE", "replacing tables")
        ours = oids(database, turn.schema, {shape.table for shape in turn.shapes} | turn.removed)
        require_restorable(database, list(moved.values()), list(ours.values()))
        rights = {table: _rights(database, turn, table, oid) for table, oid in moved.items() if table in turn.loaded}
        views = views_on(database, list(moved.values()))
        for view in reversed(views):
            database.run(f"DROP VIEW {view.called}")
        kept = _drop_keys(database, turn, moved)
        if moved:
            database.run("DROP TABLE " + ", ".join(f"{schema}.{name(table)}" for table in moved), "replacing tables")
        for table in sorted(turn.loaded):
            database.run(f"ALTER TABLE {staging}.{name(table)} SET SCHEMA {schema}", "replacing tables")
        for key in _keys(turn.shapes):
            if key not in kept:
                database.run(key.added(turn.schema), f"references of {key.table}")
        _describe(database, turn)
        write_publication(database, turn.schema, turn.publication)
        _let_read(database, turn, rights)
        make_views(database, views)
        drop_staging(database, turn.schema)
    return [view.called for view in views]


def _keys(shapes: Sequence[Shape]) -> list[ForeignKey]:
    return [key for shape in shapes for key in shape.foreign_keys]


def _rights(database: Database, turn: Turn, table: str, oid: int) -> list[str]:
    columns = next([field.name for field in shape.fields] for shape in turn.shapes if shape.table == table)
    return grants(database, oid, f"{name(turn.schema)}.{name(table)}", columns)


def _drop_keys(database: Database, turn: Turn, moved: Mapping[str, int]) -> set[ForeignKey]:
    """Drop the references of tables that stay, where these point to a table that goes or are promised no more."""
    kept = set()
    wanted = set(_keys(turn.shapes))
    for key, _valid in _there(database, turn.schema):
        if key.table in moved:
            continue  # it goes with its table
        if key in wanted and key.parent not in moved:
            kept.add(key)
        elif key.table in turn.publication.tables:
            table = f"{name(turn.schema)}.{name(key.table)}"
            database.run(f"ALTER TABLE {table} DROP CONSTRAINT {name(key.name)}", f"references of {key.table}")
    return kept


def _there(database: Database, schema: str) -> list[tuple[ForeignKey, bool]]:
    """The references between tables of the schema, and whether all rows were seen to keep them."""
    return [
        (ForeignKey(called, table, tuple(columns), parent, tuple(parent_columns)), valid)
        for called, table, parent, valid, columns, parent_columns in database.rows(_FOREIGN_KEYS, [schema])
    ]


def _describe(database: Database, turn: Turn) -> None:
    for shape in turn.shapes:
        if shape.table not in turn.loaded:
            for statement in shape.described(turn.schema):
                database.run(statement, f"comments of {shape.table}")


def _let_read(database: Database, turn: Turn, rights: Mapping[str, Sequence[str]]) -> None:
    """Rights that others had on what was replaced are given again; whoever may read the whole schema reads new tables too."""
    schema = name(turn.schema)
    for statement in (statement for statements in rights.values() for statement in statements):
        database.run(statement, "rights on the tables")
    new = [table for table in sorted(turn.loaded) if table not in rights]
    for role in turn.publication.roles:
        tables = [shape.table for shape in turn.shapes] if role in turn.readers else new
        database.run(f"GRANT USAGE ON SCHEMA {schema} TO {name(role)}", f"rights of `{role}`")
        for table in [*tables, MARK]:
            database.run(f"GRANT SELECT ON {schema}.{name(table)} TO {name(role)}", f"rights of `{role}`")


def prove(database: Database, turn: Turn) -> list[str]:
    """Look at the rows of references that were added; readers go on meanwhile. Returns those that rows do not keep."""
    wanted = set(_keys(turn.shapes))
    broken = []
    for key, valid in _there(database, turn.schema):
        if valid or key not in wanted:
            continue
        table = f"{name(turn.schema)}.{name(key.table)}"
        try:
            database.run(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name(key.name)}", f"references of {key.table}")
        except RowsRefused:
            broken.append(f"{key.table}({', '.join(key.columns)}) → {key.parent}")
    return sorted(broken)
