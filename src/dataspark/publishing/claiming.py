"""One publisher at a time, and only in a schema that is DataSpark's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from dataspark.errors import PublishBusy, UsageError
from dataspark.publishing.database import Database
from dataspark.publishing.memory import MARK, Publication, read_publication
from dataspark.publishing.shapes import LONGEST
from dataspark.sql.text import name, text

_PREFIX = "_dataspark_"
_STAGING = "DataSpark loads here what `{}` will hold; nobody should read it"
_RELATIONS = "('r', 'p', 'v', 'm', 'f', 'S')"
"""Kinds in pg_class: tables, views, materialized views, foreign tables, sequences."""


def staging_of(schema: str) -> str:
    """The schema that is loaded while readers read `schema`."""
    return f"{_PREFIX}{schema}"


def require_name(schema: str) -> str:
    """The name of a schema. Raises UsageError for one that PostgreSQL would not keep as it is."""
    longest = LONGEST - len(_PREFIX)
    if not schema or len(schema.encode()) > longest or "\x00" in schema:
        raise UsageError(f"`{schema}` is no name of a schema", f"write 1 to {longest} bytes")
    if schema.startswith(("pg_", _PREFIX)) or schema == "information_schema":
        raise UsageError(f"`{schema}` is a name that is not free", "choose another one by --schema")
    return schema


@contextmanager
def held(database: Database, schema: str) -> Iterator[None]:
    """Be the only publisher to a schema; the server ends this by itself when the connection ends.

    Raises PublishBusy where another one is.
    """
    key = f"dataspark publish {schema}"
    if not database.rows("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])[0][0]:
        raise PublishBusy(
            f"another publish to schema `{schema}` of {database.place} is going on{_holder(database, key)}",
            "wait until it has ended, then publish again: tables that did not change are not loaded twice",
        )
    yield


def _holder(database: Database, key: str) -> str:
    found = database.rows(
        "SELECT a.usename, a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') "
        "FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
        "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
        "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        "AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(%s, 0)",
        [key],
    )
    return f", by {found[0][0]} since {found[0][2]} UTC (process {found[0][1]} of the server)" if found else ""


def claim(database: Database, schema: str, project: str, tables: Collection[str]) -> Publication | None:
    """What DataSpark published in the schema before; None where it is not there or empty.

    Raises UsageError where the schema, or a table that is to be published, is somebody else's.
    """
    before = read_publication(database, schema)
    there = [found[0] for found in _relations(database, schema)]
    if before is None and there:
        some = ", ".join(there[:3]) + (" …" if len(there) > 3 else "")
        raise UsageError(
            f"schema `{schema}` of {database.place} holds what DataSpark did not make ({some}): it is left as it is",
            "choose another schema by --schema; it is made if it is not there",
        )
    if before is None:
        return None
    if before.project != project:
        raise UsageError(
            f"schema `{schema}` of {database.place} holds the project `{before.project}`, not `{project}`",
            "choose another schema by --schema",
        )
    strange = sorted((set(there) & set(tables)) - before.tables.keys())
    if strange:
        raise UsageError(
            f"{schema}.{strange[0]} was not made by DataSpark, and a table of this name is to be published",
            "rename or drop what is there, or choose another schema by --schema",
        )
    return before


def _relations(database: Database, schema: str) -> list[tuple[str, int]]:
    found = database.rows(
        "SELECT c.relname, c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        f"WHERE n.nspname = %s AND c.relkind IN {_RELATIONS} ORDER BY c.relname",
        [schema],
    )
    return [(relation, oid) for relation, oid in found]


def oids(database: Database, schema: str, tables: Collection[str]) -> dict[str, int]:
    """Which of these tables are there, and what PostgreSQL knows them by."""
    return {relation: oid for relation, oid in _relations(database, schema) if relation in tables or relation == MARK}


def clear_staging(database: Database, schema: str) -> None:
    """Begin with an empty staging schema: what a publish left behind that was interrupted is dropped.

    Raises UsageError where a schema of this name is not one of ours.
    """
    staging, said = staging_of(schema), _STAGING.format(schema)
    drop_staging(database, schema)
    doing = f"making the schema `{staging}`"
    with database.transaction():
        database.run(f"CREATE SCHEMA {name(staging)}", doing)
        database.run(f"COMMENT ON SCHEMA {name(staging)} IS {text(said)}")


def drop_staging(database: Database, schema: str) -> None:
    """Drop what was loaded and not published. Raises UsageError where a schema of this name is not one of ours."""
    staging = staging_of(schema)
    found = database.rows(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
        [staging],
    )
    if not found:
        return
    if found[0][0] != _STAGING.format(schema):
        raise UsageError(
            f"schema `{staging}` of {database.place} was not made by DataSpark: it is left as it is",
            "rename or drop it: tables are loaded there before they are published",
        )
    # Nobody was given a right on it, so there is nothing in it that is not ours.
    database.run(f"DROP SCHEMA {name(staging)} CASCADE", f"dropping the schema `{staging}`")
