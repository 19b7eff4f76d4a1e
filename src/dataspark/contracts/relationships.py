"""Foreign keys: reading them from ODCS, and checking them against the tables that they point to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataspark.contracts import custom
from dataspark.contracts.contract import Contract, OnViolation, Relationship, RuleKind
from dataspark.contracts.drafts import TableDraft, TableHead
from dataspark.contracts.nodes import Listing, Node, Scalar, Table
from dataspark.project import AGE_FORM, did_you_mean, read_age
from dataspark.tables import Layer

Link = tuple[Relationship, Node]
_CURE = "a column set has one parent"


def read_relationships(node: Table, table: TableHead) -> Iterator[Link]:
    """The relationships of the columns, then those of the table."""
    for column in table.columns:
        for item in column.node.tables("relationships"):
            yield from _read(item, (column.name,), column.words, table)
    for item in node.tables("relationships"):
        columns = _own_columns(item, table)
        if columns:
            yield from _read(item, columns, table.words, table)


def _read(item: Table, columns: tuple[str, ...], words: str, table: TableHead) -> Iterator[Link]:
    settings = custom.read_custom(item, "a relationship", f"{words}, relationship", table.mistakes)
    chosen = custom.choice(settings, "onViolation", OnViolation, f"{words}, relationship", table.mistakes)
    on_violation = OnViolation(chosen) if chosen else OnViolation.KEEP
    if table.layer is Layer.GOLD and on_violation is OnViolation.HOLD:
        table.mistakes.add(item, f"{words}: `hold` is for silver tables, a gold table has no quarantine")
    hold_for = _hold_for(settings, on_violation, f"{words}, relationship", table)
    targets = [_reference(text) for text in _texts(item, "to")]
    if not targets:
        return
    if None in targets:
        _wrong_reference(item, "to", words, table)
        return
    pairs = [target for target in targets if target]
    parents = sorted({parent for parent, _ in pairs})
    if len(parents) > 1:
        table.mistakes.add(item.place("to"), f"{words}: `to` names several tables: {', '.join(parents)}")
        return
    if len(pairs) != len(columns):
        message = f"{len(columns)} columns cannot refer to {len(pairs)}"
        table.mistakes.add(item.place("to"), f"{words}: {message}")
        return
    link = Relationship(columns, parents[0], tuple(column for _, column in pairs), on_violation, hold_for, item.line)
    table.codes.take(link.code, item, words, _CURE)
    yield link, item


def _hold_for(settings: Table, on_violation: OnViolation, words: str, table: TableHead) -> int:
    node = settings.get("holdFor")
    if node is None:
        return 0
    given = node.text if isinstance(node, Scalar) else "this"
    age = read_age(given)
    if age is None:
        table.mistakes.add(settings.place("holdFor"), f"{words}: `{given}` is no span of time: {AGE_FORM}")
    elif on_violation is not OnViolation.HOLD:
        table.mistakes.add(settings.place("holdFor"), f"{words}: `holdFor` is for `onViolation: hold`")
    return age or 0


def _own_columns(item: Table, table: TableHead) -> tuple[str, ...]:
    """The `from` side of a relationship of the table."""
    found: list[str] = []
    for text in _texts(item, "from"):
        reference = _reference(text)
        if not reference:
            _wrong_reference(item, "from", table.words, table)
            return ()
        owner, column = reference
        if owner != table.name:
            table.mistakes.add(
                item.place("from"), f"{table.words}: `from` names `{owner}`, this table is `{table.name}`"
            )
            return ()
        if not table.column(column):
            close = did_you_mean(column, (head.name for head in table.columns))
            message = f"`{column}` is no column of `{table.name}`{close}"
            table.mistakes.add(item.place("from"), f"{table.words}: {message}")
            return ()
        found.append(column)
    return tuple(found)


def _texts(item: Table, key: str) -> list[str]:
    node = item.get(key)
    nodes = node.items if isinstance(node, Listing) else (node,)
    return [part.value for part in nodes if isinstance(part, Scalar) and isinstance(part.value, str)]


def _reference(text: str) -> tuple[str, str] | None:
    table, _, column = text.partition(".")
    return (table, column) if table and column and "." not in column and "/" not in text else None


def _wrong_reference(item: Table, key: str, words: str, table: TableHead) -> None:
    table.mistakes.add(item.place(key), f"{words}: write `{key}` as table.column")


def check_relationships(drafts: Sequence[TableDraft]) -> None:
    """Check every relationship against its parent, wherever that is."""
    tables = {(draft.contract.layer, draft.contract.name): draft for draft in drafts}
    for draft in drafts:
        for link, place in draft.links:
            for message in _link_mistakes(link, draft, tables):
                draft.head.mistakes.add(place, f"{draft.head.words}, relationship of {_names(link.columns)}: {message}")
    for layer in Layer:
        _check_circles([draft for draft in drafts if draft.contract.layer is layer])


def _link_mistakes(
    link: Relationship, child: TableDraft, tables: Mapping[tuple[Layer, str], TableDraft]
) -> Iterator[str]:
    layer = child.contract.layer
    parent = tables.get((layer, link.parent))
    if parent is None:
        known = [name for where, name in tables if where is layer]
        yield f"no contract describes a {layer} table `{link.parent}`{did_you_mean(link.parent, known)}"
        return
    missing = [name for name in link.parent_columns if not parent.head.column(name)]
    for name in missing:
        close = did_you_mean(name, (column.name for column in parent.head.columns))
        yield f"`{name}` is no column of `{link.parent}`{close}"
    if missing:
        return
    if not _identifies(parent.contract, link.parent_columns):
        key = _names(parent.contract.primary_key) if parent.contract.primary_key else "it has none"
        yield f"{_names(link.parent_columns)} is neither the primary key of `{link.parent}` ({key}) nor unique"
    yield from _type_mistakes(link, child, parent)


def _identifies(parent: Contract, columns: tuple[str, ...]) -> bool:
    if set(columns) == set(parent.primary_key) and len(columns) == len(parent.primary_key):
        return True
    return len(columns) == 1 and any(rule.kind is RuleKind.UNIQUE for rule in parent.column(columns[0]).rules)


def _type_mistakes(link: Relationship, child: TableDraft, parent: TableDraft) -> Iterator[str]:
    for own, other in zip(link.columns, link.parent_columns, strict=True):
        here, there = child.head.column(own), parent.head.column(other)
        if here and there and here.kind and there.kind and here.kind is not there.kind:
            yield f"`{own}` is {here.kind}, `{link.parent}.{other}` is {there.kind}"


def _check_circles(drafts: Sequence[TableDraft]) -> None:
    """A parent must be refined before a child that waits for it, so waiting tables cannot stand in a circle."""
    parents = {draft.contract.name: {link.parent for link, _ in draft.links} for draft in drafts}
    for draft in drafts:
        for link, place in draft.links:
            if link.on_violation is not OnViolation.KEEP and draft.contract.name in _ancestors(link.parent, parents):
                message = f"`onViolation: {link.on_violation}` in a circle: `{link.parent}` refers back to this table"
                draft.head.mistakes.add(place, f"{draft.head.words}: {message}; only `keep` can")


def _ancestors(name: str, parents: Mapping[str, set[str]]) -> set[str]:
    """`name` and everything it refers to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        table = waiting.pop()
        if table not in found:
            found.add(table)
            waiting.extend(parents.get(table, ()))
    return found


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)
