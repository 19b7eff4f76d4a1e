"""Changes to a contract's file that leave everything else in it as it is, comments and layout included.

A change is a splice of text at the places that the YAML parser marks. Writing the parsed tree anew would set indents,
quotes and line breaks after its own taste, and a person could not see what changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-zÀ-ÿ_/][A-Za-z0-9À-ÿ_./ -]*[A-Za-z0-9À-ÿ_.]|[A-Za-zÀ-ÿ]")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"})
"""What YAML does not read as a text unless it stands in quotes."""


class NotEditable(Exception):
    """The file does not say it in a place of its own (a merge, an alias): only a person can change it."""


@dataclass(frozen=True)
class Change:
    """One change of one table."""

    table: str


@dataclass(frozen=True)
class AddColumn(Change):
    """A new property at the end."""

    name: str
    keys: tuple[tuple[str, str], ...]
    """Further keys and their values as YAML, in order: `logicalType`, `physicalType`."""
    settings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Custom properties and their values: `aliases`, `formats`."""


@dataclass(frozen=True)
class AddTo(Change):
    """More values in the list of a property's custom property, which is made where it is missing."""

    column: str
    setting: str
    values: tuple[str, ...]
    first: tuple[str, ...] = ()
    """What a list that is not there yet begins with: what held so far without being said."""
    instead_of: str = ""
    """An option of `logicalTypeOptions` that said so far what the list says now."""


@dataclass(frozen=True)
class Say(Change):
    """One word as a property's custom property."""

    column: str
    setting: str
    value: str


@dataclass(frozen=True)
class SetType(Change):
    """Another type; `physical` is empty for one that needs none."""

    column: str
    logical: str
    physical: str = ""


def edited(text: str, change: Change) -> str:
    """The file's text after a change. Raises NotEditable."""
    file = _File(text)
    match change:
        case AddColumn():
            return file.add_column(change)
        case AddTo():
            return _add_to(file, change)
        case Say():
            column = file.column(change.table, change.column)
            return file.set_custom(column, change.setting, scalar(change.value))
        case SetType():
            return _set_type(file, change)
        case _:
            raise NotEditable(f"no way to make {change}")


def scalar(value: str) -> str:
    """A text as YAML reads it back, in quotes where it needs them."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    # YAML takes the line separators of Unicode for line ends, also within quotes.
    return value if plain else json.dumps(value, ensure_ascii=not value.isprintable())


def listed(values: Sequence[str]) -> str:
    """Texts as a YAML list on one line."""
    return f"[{', '.join(map(scalar, values))}]"


def _within(value: str) -> str:
    """A value as it stands inside of brackets, where a comma would end it."""
    return value if value[0] in "[{\"'" or "," not in value else json.dumps(value, ensure_ascii=False)


def _add_to(file: _File, change: AddTo) -> str:
    column = file.column(change.table, change.column)
    value = file.custom(column, change.setting)
    if value is not None:
        return file.extend(value, change.values)
    text = file.set_custom(column, change.setting, listed((*change.first, *change.values)))
    if not change.instead_of:
        return text
    return _without_option(_File(text), change)


def _without_option(file: _File, change: AddTo) -> str:
    column = file.column(change.table, change.column)
    options = file.pair(column, "logicalTypeOptions")
    if options and len(options[1].value) == 1:
        return file.remove(column, "logicalTypeOptions")
    return file.remove(options[1], change.instead_of) if options else file.text


def _set_type(file: _File, change: SetType) -> str:
    column = file.column(change.table, change.column)
    text = file.set_key(column, "logicalType", change.logical)
    again = _File(text)
    column = again.column(change.table, change.column)
    if change.physical:
        return again.set_key(column, "physicalType", change.physical)
    return again.remove(column, "physicalType") if again.pair(column, "physicalType") else text


class _File:
    """One text and the marks of its parts."""

    def __init__(self, text: str) -> None:
        import yaml

        self.text = text
        self.end = "\r\n" if "\r\n" in text else "\n"
        self.root: Any = yaml.compose(text, Loader=yaml.SafeLoader)

    # Finding

    def pair(self, mapping: Any, key: str) -> tuple[Any, Any] | None:
        return next(((k, v) for k, v in mapping.value if k.value == key), None)

    def get(self, mapping: Any, key: str) -> Any:
        found = self.pair(mapping, key)
        if found is None:
            raise NotEditable(f"`{key}` is not written there")
        return found[1]

    def named(self, items: Any, key: str, name: str) -> Any:
        for item in items.value:
            found = self.pair(item, key)
            if found and found[1].value == name:
                return item
        raise NotEditable(f"`{name}` is not written there")

    def table(self, name: str) -> Any:
        return self.named(self.get(self.root, "schema"), "name", name)

    def column(self, table: str, name: str) -> Any:
        return self.named(self.get(self.table(table), "properties"), "name", name)

    def custom(self, column: Any, setting: str) -> Any:
        found = self.pair(column, "customProperties")
        items = found[1].value if found else ()
        of_setting = (item for item in items if (name := self.pair(item, "property")) and name[1].value == setting)
        item = next(of_setting, None)
        return self.get(item, "value") if item is not None else None

    # Changing

    def splice(self, start: int, end: int, text: str) -> str:
        return self.text[:start] + text + self.text[end:]

    def add_lines(self, behind: Any, lines: Sequence[str]) -> str:
        """New lines behind the last line of a node, below a comment that stands on it."""
        at = self.text.find("\n", self.last(behind))
        block = self.end.join(lines)
        if at < 0:
            return self.text + self.end + block + self.end
        at -= self.text[at - 1] == "\r"
        return self.splice(at, at, self.end + block)

    def last(self, node: Any) -> int:
        """Where a node's own text ends; marks of blocks stand behind the comments and blank lines after them."""
        if not isinstance(node.value, str) and not node.flow_style and node.value:
            child = node.value[-1]
            return self.last(child[1] if isinstance(child, tuple) else child)
        end: int = node.end_mark.index
        return len(self.text[:end].rstrip()) if end > node.start_mark.index else end

    def set_key(self, mapping: Any, key: str, value: str) -> str:
        found = self.pair(mapping, key)
        value = _within(value) if mapping.flow_style else value
        if found:
            return self.splice(found[1].start_mark.index, self.last(found[1]), value)
        if mapping.flow_style:
            at = self.last(mapping.value[-1][1])
            return self.splice(at, at, f", {key}: {value}")
        name = self.pair(mapping, "logicalType") or mapping.value[-1]
        return self.add_lines(name[1], [f"{' ' * mapping.start_mark.column}{key}: {value}"])

    def set_custom(self, column: Any, setting: str, value: str) -> str:
        existing = self.custom(column, setting)
        if existing is not None:
            return self.splice(existing.start_mark.index, self.last(existing), value)
        flow = f"{{property: {setting}, value: {value}}}"
        found = self.pair(column, "customProperties")
        if found and found[1].value:
            return self.append(found[1], flow, [f"- property: {setting}", f"  value: {value}"])
        if column.flow_style:
            return self.set_key(column, "customProperties", f"[{flow}]")
        indent = " " * column.start_mark.column
        block = ["customProperties:", f"  - property: {setting}", f"    value: {value}"]
        return self.add_lines(column, [indent + line for line in block])

    def append(self, items: Any, flow: str, block: Sequence[str]) -> str:
        """One more item, written as the last one is."""
        last = items.value[-1]
        if items.flow_style:
            at = self.last(last)
            return self.splice(at, at, f", {flow}")
        indent = " " * items.start_mark.column
        lines = [f"- {flow}"] if getattr(last, "flow_style", True) else list(block)
        apart = len(items.value) > 1 and self._blank_between(items.value[-2], last)
        return self.add_lines(last, [*([""] if apart else []), *(indent + line for line in lines)])

    def _blank_between(self, one: Any, other: Any) -> bool:
        between = self.text[self.last(one) : other.start_mark.index]
        return any(not line.strip() for line in between.splitlines()[1:-1])

    def extend(self, value: Any, values: Sequence[str]) -> str:
        """More values in a list, or a list in place of one value."""
        if isinstance(value.value, str):
            return self.splice(
                value.start_mark.index, self.last(value), f"[{scalar(value.value)}, {listed(values)[1:]}"
            )
        if value.flow_style:
            at = self.last(value.value[-1])
            return self.splice(at, at, f", {listed(values)[1:-1]}")
        indent = " " * value.start_mark.column
        return self.add_lines(value.value[-1], [f"{indent}- {scalar(one)}" for one in values])

    def remove(self, mapping: Any, key: str) -> str:
        """Take out one key with its value."""
        index = next(n for n, (k, _v) in enumerate(mapping.value) if k.value == key)
        name, value = mapping.value[index]
        if mapping.flow_style:
            behind = mapping.value[index + 1 :]
            start = name.start_mark.index if behind or not index else self.last(mapping.value[index - 1][1])
            return self.splice(start, behind[0][0].start_mark.index if behind else self.last(value), "")
        start = self.text.rfind("\n", 0, name.start_mark.index) + 1
        end = self.text.find("\n", self.last(value)) + 1 or len(self.text)
        if self.text[start : name.start_mark.index].strip():  # the item's dash stands on this line
            raise NotEditable(f"`{key}` stands behind a dash")
        return self.splice(start, end, "")

    def add_column(self, change: AddColumn) -> str:
        items = self.get(self.table(change.table), "properties")
        keys = [("name", scalar(change.name)), *change.keys]
        settings = [(name, listed(values)) for name, values in change.settings]
        custom = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in settings)
        pairs = [f"{key}: {value}" for key, value in keys]
        within = [f"{key}: {_within(value)}" for key, value in keys]
        flow = ", ".join([*within, *([f"customProperties: [{custom}]"] if custom else [])])
        block = [f"{'  ' if n else '- '}{pair}" for n, pair in enumerate(pairs)]
        block += ["  customProperties:"] if settings else []
        for name, value in settings:
            block += [f"    - property: {name}", f"      value: {value}"]
        return self.append(items, f"{{{flow}}}", block)
