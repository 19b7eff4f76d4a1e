"""A mended file: exported rows of a quarantine, as somebody's spreadsheet saved them again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dataspark.answers.queue import Queue
from dataspark.errors import Mistake, UsageError
from dataspark.lake.storage import storage_errors
from dataspark.pipeline.decisions import Fix, Position
from dataspark.pipeline.rowid import RowId
from dataspark.project import did_you_mean

ROW, CONTRACT = "_row", "_contract"
AGAIN = "export the rows again and mend them there: `dataspark quarantine export TABLE FILE`"
_DELIMITERS = (",", ";", "\t")
"""What spreadsheets write between cells, by the country of the machine."""


class Sheet:
    """A mended file, looked at as a whole: every call that refuses it tells all mistakes of its kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise UsageError(f"there is no file {path}", AGAIN)
        with storage_errors(f"reading {path}"):
            self.content = path.read_bytes()
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.content.count(b"\n", 0, error.start) + 1
            raise self._wrong([(line, "is not UTF-8")], "save it as CSV in UTF-8") from error
        delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="_surplus")
        self.columns = [title.strip() for title in reader.fieldnames or ()]
        reader.fieldnames = self.columns
        missing = [title for title in (ROW, CONTRACT) if title not in self.columns]
        if missing:
            raise self._wrong([(1, f"has no column `{title}`") for title in missing], AGAIN)
        self.rows: list[dict[str, Any]] = []
        self.lines: list[int] = []
        for row in reader:
            if any(value for value in row.values()):  # spreadsheets leave rows of nothing behind
                self.rows.append(row)
                self.lines.append(reader.line_num)
        if not self.rows:
            raise UsageError(f"{path.name} has no row", AGAIN)

    def table(self) -> str:
        """The table of all rows. Raises UsageError for names that are none, and for rows of several tables."""
        identities = self._identities()
        first = identities[0].table
        others = [
            (line, f"row {one} is not of `{first}`, as the first one is")
            for line, one in zip(self.lines, identities, strict=True)
            if one.table != first
        ]
        if others:
            raise self._wrong(others, "mend one table a file")
        return first

    def _identities(self) -> list[RowId]:
        found, wrong = [], []
        for line, row in zip(self.lines, self.rows, strict=True):
            written = row[ROW] or ""
            if RowId.looks_like(written):
                found.append(RowId.parse(written))
            else:
                wrong.append((line, f"`{written}` names no row"))
        if wrong:
            raise self._wrong(wrong, "leave the column `_row` as it was exported")
        return found

    def positions(self, queue: Queue) -> dict[Position, int]:
        """Place of each row → its index here. Raises UsageError for unknown rows and for two versions of one."""
        found: dict[Position, int] = {}
        wrong = []
        for index, identity in enumerate(self._identities()):
            try:
                file = queue.file_of(identity)
            except UsageError as error:
                wrong.append((self.lines[index], error.message))
                continue
            position = (file.number, identity.line)
            first = found.setdefault(position, index)
            if first != index and self.rows[first] != self.rows[index]:
                message = f"row {identity} is in line {self.lines[first]} too, in another version"
                wrong.append((self.lines[index], message))
        if wrong:
            raise self._wrong(wrong, "keep one version of each row, and only rows that were exported")
        return found

    def data(self, queue: Queue) -> list[str]:
        """The columns that hold data. Raises UsageError when one is missing, unknown, or there are surplus cells."""
        given = [column for column in self.columns if column and not column.startswith("_")]
        wrong = [
            (1, f"has a column `{column}` that `{queue.table}` has not{did_you_mean(column, queue.columns)}")
            for column in given
            if column not in queue.columns
        ]
        wrong += [(1, f"has no column `{column}`") for column in queue.columns if column not in given]
        wrong += [
            (line, "has more cells than the first line")
            for line, row in zip(self.lines, self.rows, strict=True)
            if row.get("_surplus")
        ]
        if wrong:
            raise self._wrong(wrong, AGAIN)
        return list(queue.columns)

    def values(self, index: int, columns: Sequence[str]) -> dict[str, str]:
        """The fields of a row."""
        return {column: self.rows[index].get(column) or "" for column in columns}

    def refuse_conflicts(
        self, changed: Iterable[Position], positions: Mapping[Position, int], pending: Mapping[Position, Fix]
    ) -> None:
        """Raise UsageError for rows that somebody mended in another way, which no run has judged yet."""
        wrong = [
            (
                self.lines[positions[one]],
                f"row {self.rows[positions[one]][ROW]} was mended by {pending[one].by} already",
            )
            for one in changed
            if one in pending
        ]
        if wrong:
            raise self._wrong(wrong, "let that be judged first (`dataspark quarantine replay`), then export again")

    def refuse_unless_waiting(
        self, queue: Queue, positions: Mapping[Position, int], known: Mapping[Position, object]
    ) -> None:
        """Raise UsageError for rows that are not in the quarantine (any more)."""
        wrong = list(self._gone(queue, positions, known))
        if wrong:
            raise self._wrong(wrong, "mend only rows that are in the quarantine: `dataspark quarantine` lists them")

    def _gone(
        self, queue: Queue, positions: Mapping[Position, int], known: Mapping[Position, object]
    ) -> Iterator[tuple[int, str]]:
        for (file, line), index in positions.items():
            if (file, line) in known:
                continue
            left = queue.rows(f"_file = {file} AND _line = {line}")
            identity = self.rows[index][ROW]
            became = f"left the quarantine: it was {left[0].status}" if left else "was never in the quarantine"
            yield self.lines[index], f"row {identity} {became}"

    def _wrong(self, found: Sequence[tuple[int, str]], hint: str) -> UsageError:
        mistakes = [Mistake(self.path.name, line, message) for line, message in found]
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        return UsageError(f"{self.path.name} has {count}: nothing was changed", hint, mistakes)
