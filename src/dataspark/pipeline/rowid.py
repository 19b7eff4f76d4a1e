"""A row's name for people: `achats:3f2a9c1b:1042`, which stays the same however often the table is rebuilt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dataspark.errors import UsageError
from dataspark.pipeline.ports import RawFile

_FORM = re.compile(r"(?P<table>\w+):(?P<sha>[0-9a-f]{8,64}):(?P<line>[1-9]\d*)")
_DIGITS = 8


@dataclass(frozen=True, order=True)
class RowId:
    """Where a row comes from: its table, the content of its raw file, and the line on which it begins."""

    table: str
    sha: str
    """The first digits, at least eight, of the SHA-256 that the raw file arrived with."""
    line: int

    def __str__(self) -> str:
        return f"{self.table}:{self.sha}:{self.line}"

    @classmethod
    def of(cls, table: str, file: RawFile, line: int) -> RowId:
        """The name of a row."""
        return cls(table, file.first_sha256[:_DIGITS], line)

    @classmethod
    def parse(cls, text: str) -> RowId:
        """Read a row's name. Raises UsageError for another text."""
        found = _FORM.fullmatch(text.strip())
        if not found:
            raise UsageError(f"`{text}` names no row", "a row is called like achats:3f2a9c1b:1042 (see `_row`)")
        return cls(found["table"], found["sha"], int(found["line"]))

    @staticmethod
    def looks_like(text: str) -> bool:
        """Whether a text has the form of a row's name."""
        return _FORM.fullmatch(text.strip()) is not None

    def file(self, archived: Iterable[RawFile]) -> RawFile:
        """The raw file that the row is in. Raises UsageError when bronze has none such, or several."""
        found = [file for file in archived if file.first_sha256.startswith(self.sha)]
        if len(found) == 1:
            return found[0]
        many = "several raw files" if found else "no raw file"
        raise UsageError(f"there is {many} of `{self.table}` whose SHA-256 begins with {self.sha}: row {self}")
