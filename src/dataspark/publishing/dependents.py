"""What others made on the tables: rights, indexes and views are made again on what replaces them, all else is refused.

Nothing of somebody else's is ever dropped for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dataspark.errors import DataSparkError, PublishError, UsageError
from dataspark.publishing.database import Database
from dataspark.sql.text import name, text

_VIEWS = """
WITH RECURSIVE reading (oid, depth) AS (
    SELECT r.ev_class, 1
    FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = ANY(%s::oid[]) AND r.ev_class <> d.refobjid
    UNION
    SELECT r.ev_class, reading.depth + 1
    FROM reading
    JOIN pg_depend AS d ON d.refobjid = reading.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
    WHERE r.ev_class <> d.refobjid
)
SELECT c.oid, c.relkind::text, c.oid::regclass::text, quote_ident(pg_get_userbyid(c.relowner)),
    pg_get_viewdef(c.oid), array_to_string(c.reloptions, ', '), pg_has_role(c.relowner, 'USAGE')
FROM pg_class AS c JOIN (SELECT oid, max(depth) AS depth FROM reading GROUP BY oid) AS found ON found.oid = c.oid
ORDER BY found.depth, c.oid
"""
_LOST = """
SELECT pg_describe_object(d.classid, d.objid, 0)
FROM pg_depend AS d
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY(%(all)s::oid[])
    AND (d.classid IN ('pg_policy'::regclass, 'pg_publication_rel'::regclass, 'pg_statistic_ext'::regclass)
        OR d.classid = 'pg_trigger'::regclass
            AND EXISTS (SELECT FROM pg_trigger AS t WHERE t.oid = d.objid AND NOT t.tgisinternal))
UNION
SELECT pg_describe_object('pg_constraint'::regclass, c.oid, 0)
FROM pg_constraint AS c
WHERE c.contype = 'f' AND c.confrelid = ANY(%(replaced)s::oid[]) AND NOT c.conrelid = ANY(%(ours)s::oid[])
UNION
SELECT pg_describe_object('pg_rewrite'::regclass, r.oid, 0)
FROM pg_rewrite AS r WHERE r.ev_class = ANY(%(replaced)s::oid[])
UNION
SELECT pg_describe_object('pg_class'::regclass, i.inhrelid, 0)
FROM pg_inherits AS i WHERE i.inhparent = ANY(%(replaced)s::oid[])
ORDER BY 1
"""
_GRANTS = """
SELECT a.privilege_type, a.is_grantable, a.grantee, NULL
FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE c.oid = %(oid)s::oid AND a.grantee <> c.relowner
UNION ALL
SELECT a.privilege_type, a.is_grantable, a.grantee, t.attname
FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid CROSS JOIN LATERAL aclexplode(t.attacl) AS a
WHERE c.oid = %(oid)s::oid AND NOT t.attisdropped AND a.grantee <> c.relowner
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid), i.indrelid::regclass::text, i.indexrelid::regclass::text
FROM pg_index AS i
WHERE i.indrelid = %s::oid AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
ORDER BY 3
"""
_COMMENTS = """
SELECT t.attname, d.description
FROM pg_description AS d LEFT JOIN pg_attribute AS t ON t.attrelid = d.objoid AND t.attnum = d.objsubid AND d.objsubid > 0
WHERE d.classoid = 'pg_class'::regclass AND d.objoid = %s::oid
"""


@dataclass(frozen=True)
class View:
    """A view that reads what is replaced, and everything that makes it again."""

    called: str
    """Its name with its schema, quoted where it must be."""
    owner: str
    made: tuple[str, ...]
    """The statements that make it as it was."""


def views_on(database: Database, tables: Collection[int]) -> list[View]:
    """The views that read these tables, also by other views; those that others read come first.

    Raises UsageError for one that cannot be made again.
    """
    views = []
    for oid, kind, called, owner, definition, options, ours in database.rows(_VIEWS, [list(tables)]):
        if kind == "m":
            raise UsageError(
                f"the materialized view {called} reads tables that are to be replaced, and would have to be filled again",
                "make it a plain view, which is kept; or drop it and make it again after each publish",
            )
        if not ours:
            raise UsageError(
                f"the view {called} reads tables that are to be replaced, and {database.user} may not make it again",
                f"GRANT {owner} TO {name(database.user)}; or drop the view",
            )
        settings = f" WITH ({options})" if options else ""
        made = [
            f"CREATE VIEW {called}{settings} AS {definition.rstrip().rstrip(';')}",
            f"ALTER VIEW {called} OWNER TO {owner}",
            *_comments(database, oid, called),
            *grants(database, oid, called),
        ]
        views.append(View(called, owner, tuple(made)))
    return views


def _comments(database: Database, oid: int, called: str) -> list[str]:
    return [
        f"COMMENT ON {f'COLUMN {called}.{name(column)}' if column else f'VIEW {called}'} IS {text(said)}"
        for column, said in database.rows(_COMMENTS, [oid])
    ]


def make_views(database: Database, views: Sequence[View]) -> None:
    """Make views again. Raises UsageError where one reads a column that is there no more."""
    for view in views:
        try:
            for statement in view.made:
                database.run(statement)
        except PublishError as error:
            raise UsageError(
                f"the view {view.called} (of {view.owner}) cannot be made again: {error.message}",
                "nothing was published; change the view, or drop it and publish again",
            ) from error


def require_restorable(database: Database, replaced: Collection[int], ours: Collection[int]) -> None:
    """Raise UsageError where something stands on tables that would be lost with them. `ours` are all of our tables."""
    views = [found[0] for found in database.rows(_VIEWS, [list(replaced)])]
    asked = {"all": [*replaced, *views], "replaced": list(replaced), "ours": list(ours)}
    lost = [found[0] for found in database.rows(_LOST, asked)]
    if lost:
        raise UsageError(
            f"on tables that are to be replaced there is what would be lost with them: {'; '.join(lost)}",
            "nothing was published; drop it, or read the tables through a view, which is kept",
        )


def grants(database: Database, oid: int, target: str, columns: Collection[str] | None = None) -> list[str]:
    """The statements that give `target` the rights which others have on a relation; `columns` are those it has."""
    found = []
    for privilege, grantable, grantee, column in database.rows(_GRANTS, {"oid": oid}):
        if column is not None and columns is not None and column not in columns:
            continue
        on = f"{privilege} ({name(column)})" if column is not None else privilege
        option = " WITH GRANT OPTION" if grantable else ""
        found.append(f"GRANT {on} ON {target} TO {_role(database, grantee)}{option}")
    return found


def _role(database: Database, oid: int) -> str:
    return str(database.rows("SELECT quote_ident(pg_get_userbyid(%s::oid))", [oid])[0][0]) if oid else "PUBLIC"


def make_indexes(database: Database, old: int, staged: str, columns: Mapping[str, str]) -> None:
    """Make the indexes that others made on a table again, on what will replace it. `staged` is its quoted name.

    Raises UsageError for one over a column that is there no more.
    """
    for definition, table, index in database.rows(_INDEXES, [old]):
        try:
            database.run(definition.replace(f" ON {table} ", f" ON {staged} ", 1))
        except DataSparkError as error:
            raise UsageError(
                f"the index {index} cannot be made again: {error.message}",
                f"nothing was published; drop it and publish again; the columns are {', '.join(columns)}",
            ) from error
