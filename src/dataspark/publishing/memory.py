"""What a schema says of itself: a table of one row, `_dataspark`, and the schema's comment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dataspark.publishing.database import Database
from dataspark.sql.text import name, text

MARK = "_dataspark"
"""The table that tells a schema of DataSpark's from somebody else's."""
_COLUMNS = (
    "project text NOT NULL, release text NOT NULL, as_of timestamptz NOT NULL, published_at timestamptz NOT NULL, "
    "roles text[] NOT NULL, tables jsonb NOT NULL"
)


@dataclass(frozen=True)
class Loaded:
    """A table that is there."""

    version: int
    """Of the lake's table."""
    rows: int
    fingerprint: str
    """What its rows and their form were made from."""
    words: str
    """What its comments and references were made from."""
    loaded: str
    """When its rows came (ISO, UTC)."""


@dataclass(frozen=True)
class Publication:
    """What a schema holds."""

    project: str
    release: str
    as_of: str
    """The date of the run that made the release (ISO, UTC)."""
    published: str
    """When readers began to see it (ISO, UTC)."""
    roles: tuple[str, ...]
    """Who may read every table, also those that come later."""
    tables: Mapping[str, Loaded]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def read_publication(database: Database, schema: str) -> Publication | None:
    """What the schema holds; None where it is not there or was not made by DataSpark."""
    there = database.rows("SELECT to_regclass(%s) IS NOT NULL", [f"{name(schema)}.{name(MARK)}"])[0][0]
    if not there:
        return None
    found = database.rows(
        f"SELECT project, release, {_iso('as_of')}, {_iso('published_at')}, roles, tables::text FROM {_mark(schema)}",
        doing=f"reading what is published in `{schema}`",
    )
    if not found:
        return None
    project, release, as_of, published, roles, tables = found[0]
    loaded = {table: Loaded(**said) for table, said in json.loads(tables).items()}
    return Publication(project, release, as_of, published, tuple(roles), loaded)


def _iso(column: str) -> str:
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+00:00\"')"


def _mark(schema: str) -> str:
    return f"{name(schema)}.{name(MARK)}"


def write_publication(database: Database, schema: str, now: Publication) -> None:
    """Write down what the schema holds from now on; within the transaction that makes it so."""
    mark = _mark(schema)
    database.run(f"CREATE TABLE IF NOT EXISTS {mark} ({_COLUMNS})")
    database.run(f"COMMENT ON TABLE {mark} IS 'What dataspark publish wrote here, and from which release'")
    database.run(f"DELETE FROM {mark}")
    roles = ", ".join(map(text, now.roles))
    tables = json.dumps({table: asdict(loaded) for table, loaded in now.tables.items()})
    database.run(
        f"INSERT INTO {mark} VALUES ({text(now.project)}, {text(now.release)}, {text(now.as_of)}, "
        f"{text(now.published)}, ARRAY[{roles}]::text[], {text(tables)})"
    )
    said = f"DataSpark: project {now.project}, release {now.release} as of {now.as_of}, published {now.published}"
    database.run(f"COMMENT ON SCHEMA {name(schema)} IS {text(said)}")
