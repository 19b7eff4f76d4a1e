"""The rejected rows themselves, as they came, with the file and the line that they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dataspark.answers.quality import silver_name
from dataspark.errors import UsageError
from dataspark.pipeline.heads import Head
from dataspark.pipeline.ledger import total
from dataspark.plan import nearest_name
from dataspark.reader import Result
from dataspark.sql.text import name, names, text
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace

_OURS = ("_file", "_line", "_reasons", "_text")


@dataclass(frozen=True)
class Rejected:
    """Rows of one quarantine."""

    table: str
    count: int
    rows: Result
    """`_file` (its name), `_line`, `_reasons`, the columns as they came, `_text` (a line that is no record)."""


@contextmanager
def rejected(workspace: Workspace, table: str, reason: str | None = None) -> Iterator[Rejected]:
    """The quarantine of a table as the last run left it, by file and line; `reason` is a code or a pattern of codes.

    Raises UsageError for an unknown table, one without a run, or a reason that no row has.
    """
    bare = silver_name(workspace, table)
    head = Head.from_json(workspace.lake.state(TableRef(Layer.SILVER, bare)))
    if head.quarantine is None:
        raise UsageError(f"`{bare}` was never refined", "`dataspark run` does that")
    codes = _codes(bare, head, reason)
    quarantine = TableRef(Layer.QUARANTINE, bare)
    columns = [f.name for f in workspace.tables.fields(quarantine, head.quarantine) if f.name not in _OURS]
    with workspace.engine() as engine:
        engine().bind(quarantine, head.quarantine)
        archived = [(file.number, file.name) for file in workspace.lake.archive(bare).files]
        engine().values("raw_files", [("number", "INTEGER"), ("name", "VARCHAR")], archived)
        where = f"WHERE list_has_any(q._reasons, [{', '.join(map(text, codes))}])" if reason else ""
        rows = f"FROM {quarantine.layer}.{name(bare)} AS q {where}"
        count = engine().rows(f"SELECT count(*) {rows}")[0][0]
        query = (
            f"SELECT f.name AS _file, _line, array_to_string(_reasons, '; ') AS _reasons, {names(columns)}, _text "
            f"{rows.replace(' AS q ', ' AS q LEFT JOIN raw_files AS f ON f.number = q._file ')} ORDER BY q._file, _line"
        )
        yield Rejected(bare, count, Result(engine().session, query))


def _codes(table: str, head: Head, reason: str | None) -> list[str]:
    known = sorted(code for code, rows in total(head.files.values()).reasons.items() if rows)
    found = [code for code in known if reason and fnmatchcase(code, reason)]
    if reason and not found:
        raise UsageError(f"no row of `{table}` is quarantined because of `{reason}`", nearest_name(reason, known))
    return found
