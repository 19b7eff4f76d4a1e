"""A parsed file as a tree whose every value knows its line, and the list of what is wrong in it.

The readers of this package ask the tree for what they expect; a value of another type reads as absent,
because the JSON schema reports wrong types for all of them (`schema.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dataspark.errors import Mistake

Value = str | int | float | bool | None
"""What a scalar can be. Dates stay texts, as they are in JSON."""


@dataclass(frozen=True, eq=False)
class Node:
    """A place in a file. Two nodes are equal only when they are the same one."""

    line: int


@dataclass(frozen=True, eq=False)
class Scalar(Node):
    """One value."""

    value: Value
    text: str
    """The value as it was written, without quotes."""


@dataclass(frozen=True, eq=False)
class Listing(Node):
    """A list of values."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, eq=False)
class Table(Node):
    """Keys and their values."""

    entries: Mapping[str, tuple[Scalar, Node]] = field(default_factory=dict)
    """By key: the key's own place, and the value."""

    def get(self, key: str) -> Node | None:
        """The value of `key`."""
        return self.entries[key][1] if key in self.entries else None

    def place(self, key: str) -> Node:
        """Where to point for a mistake in `key`: the key, or the whole when it is absent."""
        return self.entries[key][0] if key in self.entries else self

    def text(self, key: str) -> str:
        """A text; empty when there is none."""
        node = self.get(key)
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""

    def flag(self, key: str) -> bool:
        """True or false; false when there is none."""
        node = self.get(key)
        return isinstance(node, Scalar) and node.value is True

    def number(self, key: str) -> int | float | None:
        """A number."""
        node = self.get(key)
        return number_of(node) if node else None

    def table(self, key: str) -> Table:
        """Keys and values below `key`; empty when there are none."""
        node = self.get(key)
        return node if isinstance(node, Table) else Table(self.place(key).line)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables in the list below `key`."""
        node = self.get(key)
        if isinstance(node, Listing):
            yield from (item for item in node.items if isinstance(item, Table))


def number_of(node: Node) -> int | float | None:
    """The number that `node` is. True and false are no numbers here, though Python says so."""
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    return None


def plain(node: Node) -> object:
    """The tree as ordinary lists and dictionaries."""
    if isinstance(node, Table):
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


class Mistakes:
    """Everything that is wrong in one file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._found: dict[tuple[int, str], None] = {}
        self._places: dict[int, Node] = {}

    def add(self, place: Node, message: str) -> None:
        """Note one more; saying the same of one line twice counts once."""
        self._found[place.line, message] = None
        self._places[id(place)] = place

    def add_line(self, line: int, message: str) -> None:
        """Note one that has a line but no node: the file could not be parsed."""
        self._found[line, message] = None

    def settle(self, place: Node) -> None:
        """Nothing more needs to be said of this place: another mistake explains it."""
        self._places[id(place)] = place

    def covers(self, place: Node) -> bool:
        """Whether something was said about this very place."""
        return id(place) in self._places

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Mistake]:
        return (Mistake(self.path, line, message) for line, message in self._found)
