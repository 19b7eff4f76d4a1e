"""The forms that rows are answered in, and which one a caller wants."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dataspark.api.problems import Kind, Problem
from dataspark.api.values import distinct, exact
from dataspark.reader import Result

_BATCH = 500
MOST_BYTES = 64 * 1024 * 1024
"""What one answer may weigh."""


class Form(StrEnum):
    """A form of rows, as `?format=` names it."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def media_type(self) -> str:
        """How HTTP names it."""
        return MEDIA_TYPES[self]


MEDIA_TYPES: dict[Form, str] = {
    Form.JSON: "application/json",
    Form.NDJSON: "application/x-ndjson",
    Form.CSV: "text/csv",
    Form.PARQUET: "application/vnd.apache.parquet",
    Form.ARROW: "application/vnd.apache.arrow.stream",
}
_BY_MEDIA_TYPE = {media_type: form for form, media_type in MEDIA_TYPES.items()}
_RANGES = {"*/*": Form.JSON, "application/*": Form.JSON, "text/*": Form.CSV}


@dataclass(frozen=True)
class Head:
    """What is told besides the rows."""

    table: str | None
    release: str
    masked: Sequence[str] = ()


def chosen(accept: str, written: str | None) -> Form:
    """The form that a caller wants: `?format=` first, then `Accept` with its weights. Raises Problem."""
    if written is not None:
        try:
            return Form(written.lower())
        except ValueError:
            raise Problem(
                Kind.WRONG_FORMAT, f"there is no format `{written[:40]}`", f"there are: {', '.join(Form)}"
            ) from None
    if not accept.strip():
        return Form.JSON
    wanted = sorted(_ranges(accept), key=lambda one: -one[1])
    for media_range, weight in wanted:
        form = _BY_MEDIA_TYPE.get(media_range) or _RANGES.get(media_range)
        if form and weight > 0:
            return form
    raise not_acceptable(MEDIA_TYPES.values())


def not_acceptable(there: Any) -> Problem:
    """No form that there is is wanted."""
    return Problem(Kind.NOT_ACCEPTABLE, "there is no form that `Accept` names", f"there are: {', '.join(there)}")


def accepts(accept: str, media_type: str) -> bool:
    """Whether a caller takes one form, the only one that there is."""
    if not accept.strip():
        return True
    main = media_type.partition("/")[0]
    return any(one in (media_type, f"{main}/*", "*/*") and weight > 0 for one, weight in _ranges(accept))


def _ranges(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.split(","):
        media_range, *parameters = (word.strip().lower() for word in part.split(";"))
        weights = [word.partition("=")[2] for word in parameters if word.startswith("q=")]
        try:
            found.append((media_range, float(weights[0]) if weights else 1.0))
        except ValueError:
            found.append((media_range, 0.0))
    return found


@dataclass(frozen=True)
class Fetched:
    """Rows in the form that is wanted, all but what stands around them in JSON."""

    content: bytes
    rows: int
    last: tuple[Any, ...] | None
    """The values of hidden columns in the last row that is shown, where there are more rows."""


def fetch(result: Result, form: Form, limit: int, hidden: int = 0) -> Fetched:
    """The first `limit` rows. The last `hidden` columns are not shown. Raises Problem where they weigh too much."""
    if form in (Form.PARQUET, Form.ARROW):
        return _columnar(result, form, limit, hidden)
    names = distinct(result.columns[: len(result.columns) - hidden])
    writer = _WRITERS[form](names)
    rows, last = 0, None
    for batch in result.batches(_BATCH, limit + 1):
        for row in batch:
            if rows == limit:
                return Fetched(writer.content(), rows, last)
            rows += 1
            writer.write([exact(value) for value in row[: len(names)]])
            last = row[len(names) :]
        if writer.size > MOST_BYTES:
            raise _too_much()
    return Fetched(writer.content(), rows, None)


class _Json:
    """Objects, one behind the other; in brackets only when they are sent."""

    between, ends = ",", ("[", "]")

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.size = names, 0
        self._parts: list[str] = []

    def write(self, row: Sequence[Any]) -> None:
        part = json.dumps(dict(zip(self.names, row, strict=True)), ensure_ascii=False, separators=(",", ":"))
        self.size += len(part)
        self._parts.append(part)

    def content(self) -> bytes:
        return (self.ends[0] + self.between.join(self._parts) + self.ends[1]).encode("utf-8", "replace")


class _Lines(_Json):
    between, ends = "\n", ("", "\n")

    def content(self) -> bytes:
        return super().content() if self._parts else b""


class _Csv:
    """A header, then rows; NULL is empty, a list is JSON."""

    def __init__(self, names: Sequence[str]) -> None:
        self._out = io.StringIO()
        self._writer = csv.writer(self._out)
        self._writer.writerow(names)

    @property
    def size(self) -> int:
        return self._out.tell()

    def write(self, row: Sequence[Any]) -> None:
        self._writer.writerow([_field(value) for value in row])

    def content(self) -> bytes:
        return self._out.getvalue().encode("utf-8", "replace")


def _field(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


_WRITERS: dict[Form, type[_Json] | type[_Csv]] = {Form.JSON: _Json, Form.NDJSON: _Lines, Form.CSV: _Csv}


def _columnar(result: Result, form: Form, limit: int, hidden: int) -> Fetched:
    table = result.to_arrow(limit + 1)
    if table.nbytes > MOST_BYTES:
        raise _too_much()
    more = table.num_rows > limit
    shown = len(result.columns) - hidden
    table = table.slice(0, limit)
    last = None
    if more and hidden and limit:
        last = tuple(table.column(number)[table.num_rows - 1].as_py() for number in range(shown, shown + hidden))
    table = table.select(range(shown)).rename_columns(distinct(table.column_names[:shown]))
    return Fetched(_parquet(table) if form is Form.PARQUET else _arrow(table), table.num_rows, last)


def _parquet(table: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    return bytes(out.getvalue())


def _arrow(table: Any) -> bytes:
    import pyarrow as pa

    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return bytes(out.getvalue())


def _too_much() -> Problem:
    return Problem(
        Kind.TOO_MUCH, f"the answer weighs more than {MOST_BYTES // 2**20} MiB", "ask for fewer rows or columns"
    )
