"""What the parts of this package hand to each other while a file is being read."""

from __future__ import annotations

from dataclasses import dataclass, field

from dataspark.contracts.contract import Contract, LogicalType, Relationship, RuleKind, Severity
from dataspark.contracts.nodes import Mistakes, Node, Table
from dataspark.tables import Layer


@dataclass(frozen=True)
class ColumnHead:
    """A column's name and type, read before its rules because other parts refer to them."""

    name: str
    kind: LogicalType | None
    """None when the type is wrong: what depends on it is not judged."""
    node: Table
    words: str
    """How messages call it: "schema `achats`, property `montant`"."""


class Codes:
    """The reason codes of one table. Each may mean one thing only."""

    def __init__(self, mistakes: Mistakes) -> None:
        self._taken: set[str] = set()
        self._mistakes = mistakes

    def take(self, code: str, place: Node, words: str, cure: str) -> None:
        """Claim `code`; when it is taken already, that is a mistake and `cure` says what to do."""
        if code in self._taken:
            self._mistakes.add(place, f"{words}: two rules have the reason code `{code}`: {cure}")
        self._taken.add(code)

    def __contains__(self, code: str) -> bool:
        return code in self._taken


@dataclass(frozen=True)
class TableHead:
    """What the rules of a table need to know of it."""

    name: str
    layer: Layer
    words: str
    timezone: str
    key: tuple[str, ...]
    columns: tuple[ColumnHead, ...]
    codes: Codes
    mistakes: Mistakes

    def column(self, name: str) -> ColumnHead | None:
        """The column called `name`."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Promise:
    """A row rule of a column before its code and severity are known."""

    kind: RuleKind
    argument: object
    place: Node
    severity: Severity | None = None
    """None: what the column says."""
    description: str = ""


@dataclass(frozen=True)
class TableDraft:
    """A table's contract, and where its parts came from, until relationships across files are checked."""

    contract: Contract
    head: TableHead
    node: Table
    links: tuple[tuple[Relationship, Node], ...] = field(default=())
