"""From rows to the gold rows that they count in, and back: the models' ways (`sql/parsing`), one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dataspark.engines.duckdb.engine import DuckDBEngine
from dataspark.errors import StatementRejected
from dataspark.pipeline.model import fingerprint, statement
from dataspark.plan import Model
from dataspark.project import MEMORY_FOLDER
from dataspark.reader import Release, require_files
from dataspark.sql.parsing import TRACE_ID, TRACED, Parser, Provenance, Way
from dataspark.sql.text import conjunction, name, names, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

FOLLOWED_UP = 100_000
"""Forward, rows of one table beyond this many are counted and not followed."""
FOLLOWED_DOWN = 10_000
"""Backward, of more rows than this only those that are shown are followed."""
_SHIFT = 40
"""A row's identity in one number: the file's number above this bit, the line or the row in the file below."""


@dataclass
class Rows:
    """Rows of one table that belong to the trace."""

    table: TableRef
    count: int = 0
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    first: list[tuple[str | None, ...]] = field(default_factory=list)
    """The first few, every value as text."""
    positions: list[tuple[int, int]] = field(default_factory=list)
    """Of silver rows: `_file` and `_line` of the first few."""
    remarks: list[str] = field(default_factory=list)
    exact: bool = True
    """Whether there are no more: FALSE where not all of the rows before them were followed."""
    followed: bool = True
    """Whether the rows behind all of them were looked for, and not behind the first few only."""
    ids: list[int] = field(default_factory=list)
    """The identities of the first of them, many more than are shown."""


class Lineage:
    """The tables of one release and the ways between them."""

    def __init__(self, workspace: Workspace, release: Release, engine: DuckDBEngine, limit: int) -> None:
        self.workspace, self.release, self.engine, self.limit = workspace, release, engine, limit
        self.session = engine.session
        # Each statement looks at the same few files anew; they are never written again.
        self.session.run("SET parquet_metadata_cache = true")
        self.parser = Parser(workspace.project.root / MEMORY_FOLDER)
        self.models = [model for model in workspace.plan.models if model.table in release.versions]
        self._paths: dict[TableRef, list[str]] = {}
        self._columns: dict[TableRef, list[tuple[str, str]]] = {}

    # Tables

    def bind(self, table: TableRef) -> str:
        """Let the released version of a table answer to its name. Returns the name."""
        if table not in self._columns:
            require_files(self.workspace, self.release, table)
            paths = self._paths[table] = self.workspace.tables.paths(table, self.release.versions[table])
            if paths:
                # As the engine would, which would open the table's log a second time.
                self.session.run(f"CREATE OR REPLACE VIEW {_named(table)} AS SELECT * FROM {_parquet(paths)}")
            else:
                self.engine.bind(table, self.release.versions[table])
            self._columns[table] = self.session.columns(f"FROM {_named(table)}")
        return _named(table)

    def columns(self, table: TableRef) -> list[tuple[str, str]]:
        """The (name, SQL type) of a table's columns."""
        self.bind(table)
        return self._columns[table]

    def whole(self, table: TableRef, where: str = "TRUE") -> str:
        """The query for a table's rows with their identity."""
        known = self.bind(table)
        if table.layer is Layer.SILVER:
            return f"SELECT *, {_identity('_file', '_line')} FROM {known} WHERE {where}"
        if not self._paths[table]:
            return f"SELECT *, CAST(NULL AS BIGINT) AS {TRACE_ID} FROM {known} LIMIT 0"
        return (
            f"SELECT *, {_identity('file_index', 'file_row_number')} FROM {_parquet(self._paths[table])} WHERE {where}"
        )

    def keep(self, table: TableRef, condition: str) -> Rows:
        """Keep the rows of a table that meet a condition as those to go on from."""
        self.engine.keep(_kept(table), self.whole(table, condition))
        return self._described(table)

    # Ways

    def provenance(self, model: Model, table: TableRef) -> Provenance:
        """How the rows of an input come into a model."""
        columns = {str(one): [column for column, _kind in self.columns(one)] for one in model.inputs}
        found = self.parser.provenance(statement(model, self._as_of), str(table), columns)
        self.parser.save()
        # A model that was edited since may give columns that its table does not have yet.
        there = {column.lower() for column, _kind in self.columns(model.table)}
        ways = (replace(way, keys=tuple(key for key in way.keys if key.lower() in there)) for way in found.ways)
        return replace(found, ways=tuple(ways))

    def _changed(self, model: Model) -> list[str]:
        """What to say of a model that was edited after the release was made."""
        state = self.workspace.lake.state(model.table)
        if state.get("version") != self.release.versions[model.table] or "fingerprint" not in state:
            return []
        same = fingerprint(model, self.release.versions, self._as_of) == state["fingerprint"]
        return [] if same else [f"{model.path} has changed since this release: `dataspark run` builds it anew"]

    @property
    def _as_of(self) -> datetime:
        return datetime.fromisoformat(self.release.as_of)

    def forward(self, table: TableRef) -> Iterator[Rows]:
        """The gold rows that the kept rows of `table` count in, model by model."""
        followed = {table}
        for model in self.models:
            inputs = [one for one in model.inputs if one in followed]
            if not inputs or not all(one in self.release.versions for one in model.inputs):
                continue
            found = self._built(model, inputs)
            if found.count and found.followed:
                followed.add(model.table)
            if found.count or found.remarks:
                yield found

    def _built(self, model: Model, inputs: Sequence[TableRef]) -> Rows:
        """The rows of a model that rows of its inputs count in; those that depend on them are kept."""
        kept, found, remarks = name(_kept(model.table)), 0, self._changed(model)
        for one in model.inputs:
            self.bind(one)
        for one in inputs:
            try:
                known = self.provenance(model, one)
                for way in known.ways:
                    rows = self._built_on(model, one, way)
                    into = f"INSERT INTO {kept}" if found else f"CREATE OR REPLACE TEMP TABLE {kept} AS"
                    self.session.run(f"{into} {rows}")
                    found += 1
            except StatementRejected as error:
                known = Provenance((), False, False, f"the engine refused its way: {_first_line(error)}")
            remarks += _remarks(known, one)
        if not found:
            return Rows(model.table, remarks=list(dict.fromkeys(remarks)), followed=False)
        if found > 1:
            self.session.run(
                f"CREATE OR REPLACE TEMP TABLE {kept} AS "
                f"SELECT * EXCLUDE (_on), bool_or(_on) AS _on FROM {kept} GROUP BY ALL"
            )
        return self._depending(model.table, remarks)

    def _depending(self, table: TableRef, remarks: list[str]) -> Rows:
        """Describe the kept rows, and keep of them those that would not be there alike without the rows before them."""
        kept, described = name(_kept(table)), self._described(table)
        depending = int(self.session.rows(f"SELECT count(*) FILTER (WHERE _on) FROM {kept}")[0][0])
        if described.count and not depending:
            remarks = ["other rows say the same: it is there without this one, so what is made from it is not listed"]
        if depending > FOLLOWED_UP:
            remarks.append("too many to follow further")
        described.followed = 0 < depending <= FOLLOWED_UP
        if described.followed:
            self.session.run(f"DELETE FROM {kept} WHERE NOT _on; ALTER TABLE {kept} DROP COLUMN _on")
        described.remarks += dict.fromkeys(remarks)
        return described

    def _built_on(self, model: Model, table: TableRef, way: Way) -> str:
        """The query for the rows of a model that the kept rows of an input count in, on one way."""
        own = f"SELECT {TRACE_ID} FROM {name(_kept(table))}"
        mine = f"{TRACE_ID} IN ({own})" if way.needs_all else f"{TRACE_ID} IS NOT NULL"
        self._let_trace(self.whole(table) if way.needs_all else f"SELECT * FROM {name(_kept(table))}")
        self.engine.keep("_keys", f"SELECT DISTINCT {_listed(way.keys)} FROM ({way.sql}) WHERE {mine}")
        on = "TRUE"
        if way.merged:
            self._let_trace(self.whole(table))
            others = f"SELECT * FROM ({way.sql}) WHERE {TRACE_ID} NOT IN ({own})"
            shared = self._matching(others, model.table, way.keys, "_keys")
            enough = " LIMIT 1" if self._size("_keys") == 1 else ""
            self.engine.keep("_shared", f"SELECT DISTINCT {_listed(way.keys)} FROM ({shared}{enough})")
            on = f"NOT EXISTS (SELECT 1 FROM _shared AS s WHERE {_same('g', 's', way.keys)})"
        found = self._matching(self.whole(model.table), model.table, way.keys, "_keys")
        return f"SELECT g.*, {on} AS _on FROM ({found}) AS g"

    def backward(self, table: TableRef) -> Iterator[Rows]:
        """The rows that the kept rows of a gold table are made from, down to silver, nearest first."""
        reached = {table: self._described(table)}
        for model in reversed(self.models):
            if model.table not in reached:
                continue
            if model.table != table:
                yield reached[model.table]
            for one in model.inputs:
                if one in self.release.versions:
                    self._add_sources(model, one, reached, start=table)
        yield from (found for one, found in reached.items() if one.layer is Layer.SILVER)

    def _add_sources(self, model: Model, table: TableRef, reached: dict[TableRef, Rows], start: TableRef) -> None:
        made = reached[model.table]
        try:
            found = self.provenance(model, table)
            if model.table != start and found.ways and all(way.merged for way in found.ways):
                made.remarks.append(f"stands for every row of {table} that says the same")
                return
            count, ids = self._sources(model, table, found.ways)
        except StatementRejected as error:
            made.remarks.append(f"{table}: the engine refused the way: {_first_line(error)}")
            return
        made.remarks += [*_remarks(found, table, backward=True), *self._changed(model)]
        if not count:
            return
        exact = made.exact and made.followed
        if table in reached:  # it is an input of several models
            before = reached[table]
            both = sorted({*ids, *before.ids})
            exact = exact and before.exact and len(ids) == count and len(before.ids) == before.count
            count = len(both) if exact else max(count, before.count, len(both))
            ids = both[:FOLLOWED_DOWN]
        reached[table] = self._fetched(table, count, ids, exact, reached[table].remarks if table in reached else [])

    def _sources(self, model: Model, table: TableRef, ways: Sequence[Way]) -> tuple[int, list[int]]:
        """How many rows of an input the kept rows of a model are made from, and the first of them."""
        for one in model.inputs:
            self.bind(one)
        self._let_trace(self.whole(table))
        queries = []
        for way in ways:
            pairs = f"SELECT * FROM ({way.sql}) WHERE {TRACE_ID} IS NOT NULL"
            queries.append(
                f"SELECT {TRACE_ID} FROM ({self._matching(pairs, model.table, way.keys, _kept(model.table))})"
            )
        if not queries:
            return 0, []
        distinct = "" if len(ways) == 1 and ways[0].once else "DISTINCT "
        found = f"SELECT {distinct}{TRACE_ID} FROM ({' UNION ALL '.join(queries)})"
        query = f"SELECT count(*), min({TRACE_ID}, {FOLLOWED_DOWN}) FROM ({found})"
        count, ids = self.session.rows(query)[0]
        return count, list(ids or ())

    def _fetched(self, table: TableRef, count: int, ids: list[int], exact: bool, remarks: list[str]) -> Rows:
        """Keep rows to go on from: all, or of many those that are shown."""
        followed = ids if count <= FOLLOWED_DOWN else ids[: self.limit]
        self.engine.keep(_kept(table), self._located(table, followed))
        found = self._described(table)
        found.count, found.ids, found.exact, found.followed = count, ids, exact, len(followed) == count
        found.remarks += remarks
        return found

    def _located(self, table: TableRef, ids: Sequence[int]) -> str:
        """The query for rows by their identity; ranges tell the engine where not to look."""
        file, row = ("_file", "_line") if table.layer is Layer.SILVER else ("file_index", "file_row_number")
        by_file: dict[int, list[int]] = {}
        for one in ids:
            by_file.setdefault(one >> _SHIFT, []).append(one & ((1 << _SHIFT) - 1))
        ranges = (f"({file} = {one} AND {row} BETWEEN {min(rows)} AND {max(rows)})" for one, rows in by_file.items())
        self.engine.keep("_ids", f"SELECT unnest([{', '.join(map(str, ids))}]) AS {TRACE_ID}")
        return f"SELECT r.* FROM ({self.whole(table, ' OR '.join(ranges))}) AS r SEMI JOIN _ids USING ({TRACE_ID})"

    # Pieces

    def _let_trace(self, query: str) -> None:
        self.session.run(f"CREATE OR REPLACE TEMP VIEW {TRACED} AS {query}")

    def _matching(self, rows: str, table: TableRef, keys: Sequence[str], others: str) -> str:
        """The rows whose keys, columns of `table`, are among those of the relation `others`.

        The range of each key is written out, so that the engine passes over the parts of files that are outside.
        """
        if not keys:
            return f"SELECT * FROM ({rows}) WHERE EXISTS (FROM {name(others)})"
        kinds = {column.lower(): kind for column, kind in self.columns(table)}
        spans = self.session.rows(
            f"SELECT {', '.join(f'min({name(k)})::VARCHAR, max({name(k)})::VARCHAR, count(*) - count({name(k)})' for k in keys)} "
            f"FROM {name(others)}"
        )[0]
        conditions, ranges = [], []
        for number, key in enumerate(keys):
            low, high, missing = spans[3 * number : 3 * number + 3]
            equal = "IS NOT DISTINCT FROM" if missing else "="
            conditions.append(f"r.{name(key)} {equal} s.{name(key)}")
            kind = kinds[key.lower()]
            if not missing and low is not None and "[" not in kind:
                ranges.append(f"r.{name(key)} BETWEEN CAST({text(low)} AS {kind}) AND CAST({text(high)} AS {kind})")
        among = f"SELECT DISTINCT {names(keys)} FROM {name(others)}"
        return f"SELECT r.* FROM ({rows}) AS r SEMI JOIN ({among}) AS s ON {conjunction(conditions)} WHERE {conjunction(ranges)}"

    def _size(self, relation: str) -> int:
        return int(self.session.rows(f"SELECT count(*) FROM {relation}")[0][0])

    def _described(self, table: TableRef) -> Rows:
        """The kept rows of a table: how many, and the first few."""
        kept = name(_kept(table))
        shown = [(c, kind) for c, kind in self.columns(table) if c not in ("_file", "_line")]
        columns = [column for column, _kind in shown]
        rows = self.session.rows(
            f"SELECT {TRACE_ID}, {', '.join(f'{name(c)}::VARCHAR' for c in columns)} FROM {kept} ORDER BY 1 LIMIT {self.limit}"
        )
        first = [tuple(row[1:]) for row in rows]
        positions = (
            [(row[0] >> _SHIFT, row[0] & ((1 << _SHIFT) - 1)) for row in rows] if table.layer is Layer.SILVER else []
        )
        return Rows(table, self._size(kept), tuple(columns), tuple(kind for _, kind in shown), first, positions)


def _remarks(found: Provenance, table: TableRef, backward: bool = False) -> list[str]:
    if found.trouble:
        return [f"{table}: {found.trouble}"]
    remarks = [f"reads {table} as a whole"] if found.as_a_whole else []
    if found.windows and not backward and found.ways:
        remarks.append("a window function may let it weigh on other rows too")
    return remarks


def _first_line(error: StatementRejected) -> str:
    return (error.message.splitlines() or [""])[0]


def _named(table: TableRef) -> str:
    return f"{table.layer}.{name(table.name)}"


def _parquet(paths: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(text, paths))}])"


def _kept(table: TableRef) -> str:
    return f"_kept_{table.layer}_{table.name}"


def _identity(file: str, row: str) -> str:
    return f"(CAST({file} AS BIGINT) << {_SHIFT}) + {row} AS {TRACE_ID}"


def _listed(keys: Sequence[str]) -> str:
    return names(keys) if keys else "1 AS one"


def _same(left: str, right: str, keys: Sequence[str]) -> str:
    return conjunction(f"{left}.{name(key)} IS NOT DISTINCT FROM {right}.{name(key)}" for key in keys)
