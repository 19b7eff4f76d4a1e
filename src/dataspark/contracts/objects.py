"""One ODCS schema object → the draft of one Contract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dataspark.contracts import custom
from dataspark.contracts.columns import read_column, read_type
from dataspark.contracts.contract import Column, Contract, files_called
from dataspark.contracts.dialect import read_dialect
from dataspark.contracts.drafts import Codes, ColumnHead, TableDraft, TableHead
from dataspark.contracts.headers import column_name
from dataspark.contracts.nodes import Mistakes, Node, Table
from dataspark.contracts.quality import read_quality
from dataspark.contracts.relationships import read_relationships
from dataspark.project import IDENTIFIER
from dataspark.tables import Layer

_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LAYERS = (Layer.SILVER, Layer.GOLD)


def read_object(node: Table, number: int, mistakes: Mistakes) -> TableDraft:
    """Read the schema object `node`, the `number`-th of its file."""
    name = node.text("name")
    words = f"schema `{name}`" if name else f"schema {number}"
    if not name and node.get("name"):
        mistakes.add(node.place("name"), f"{words}: the name must be a text that is not empty")
    elif name and not IDENTIFIER.fullmatch(name):
        message = "use lower-case letters, digits and _, no digit first"
        mistakes.add(node.place("name"), f"{words}: `{name}` is no name of a table: {message}")
    elif name.startswith("_") or name == Layer.QUARANTINE:  # its folder stands among the tables
        mistakes.add(
            node.place("name"), f"{words}: `{name}` is a name that the lake keeps for itself; take another one"
        )
    settings = custom.read_custom(node, "a schema object", words, mistakes)
    layer = Layer(custom.choice(settings, "layer", _LAYERS, words, mistakes) or Layer.SILVER)
    columns = _heads(node, words, mistakes)
    key = _primary_key(columns, mistakes)
    timezone = _timezone(settings, columns, words, mistakes)
    head = TableHead(name, layer, words, timezone, key, columns, Codes(mistakes), mistakes)
    return _draft(node, settings, head)


def _draft(node: Table, settings: Table, head: TableHead) -> TableDraft:
    qualities = [read_quality(column.node, head, column) for column in head.columns]
    columns = [
        read_column(column, head, quality.promises) for column, quality in zip(head.columns, qualities, strict=True)
    ]
    _check_titles(head, columns)
    qualities.append(read_quality(node, head, None))
    links = tuple(read_relationships(node, head))
    contract = Contract(
        name=head.name,
        columns=tuple(columns),
        path=head.mistakes.path,
        line=node.line,
        layer=head.layer,
        primary_key=head.key,
        relationships=tuple(link for link, _ in links),
        row_rules=tuple(rule for quality in qualities for rule in quality.row_rules),
        table_rules=tuple(rule for quality in qualities for rule in quality.table_rules),
        history_rules=tuple(rule for quality in qualities for rule in quality.history_rules),
        dialect=read_dialect(settings, head.words, head.mistakes),
        files=_files(settings, head),
        timezone=head.timezone,
        keep_duplicates=_keep_duplicates(settings, head),
        description=node.text("description"),
    )
    return TableDraft(contract, head, node, links)


def _check_titles(head: TableHead, columns: Sequence[Column]) -> None:
    """A title in a header may mean one column only."""
    owners = {column_name(column.name): column.name for column in columns}
    for column in columns:
        words = f"{head.words}, property `{column.name}`"
        found = head.column(column.name)
        place: Node = found.node.place("customProperties") if found else head.columns[0].node
        for alias in column.aliases:
            owner = owners.setdefault(column_name(alias), column.name)
            if not alias.strip():
                head.mistakes.add(place, f"{words}: an alias must be a text that is not empty")
            elif owner != column.name:
                head.mistakes.add(place, f"{words}: the alias `{alias}` is also a title of `{owner}`")


def _heads(node: Table, words: str, mistakes: Mistakes) -> tuple[ColumnHead, ...]:
    heads: list[ColumnHead] = []
    for number, prop in enumerate(node.tables("properties"), start=1):
        name = prop.text("name")
        of_column = f"{words}, property {f'`{name}`' if name else number}"
        _check_name(prop, name, of_column, [head.name for head in heads], mistakes)
        heads.append(ColumnHead(name, read_type(prop, of_column, mistakes), prop, of_column))
    if not heads:
        mistakes.add(node.place("properties"), f"{words}: has no `properties`: name its columns")
    return tuple(heads)


def _check_name(prop: Table, name: str, words: str, taken: Sequence[str], mistakes: Mistakes) -> None:
    place = prop.place("name")
    same = next((other for other in taken if other.lower() == name.lower()), "")
    if not name and prop.get("name"):
        mistakes.add(place, f"{words}: the name must be a text that is not empty")
    elif name == "as_of":
        mistakes.add(place, f"{words}: `as_of` is the run's date in conditions; give the column another name")
    elif name.startswith("_"):
        mistakes.add(place, f"{words}: names that begin with _ are reserved")
    elif name and not _COLUMN.fullmatch(name):
        mistakes.add(place, f"{words}: `{name}` is no name of a column: use letters, digits and _, a letter first")
    if name and same:
        mistakes.add(place, f"{words}: there is already a column `{same}` (capitals make no difference)")


def _primary_key(columns: Sequence[ColumnHead], mistakes: Mistakes) -> tuple[str, ...]:
    keyed = [column for column in columns if column.node.flag("primaryKey")]
    positions = {column.name: _position(column.node) for column in keyed}
    for column in columns:
        if column not in keyed and _position(column.node) is not None:
            place = column.node.place("primaryKeyPosition")
            mistakes.add(place, f"{column.words}: has a `primaryKeyPosition` but no `primaryKey: true`")
    if all(position is None for position in positions.values()):
        return tuple(column.name for column in keyed)
    seen: set[int] = set()
    for column in keyed:
        position = positions[column.name]
        place = column.node.place("primaryKeyPosition")
        if position is None or not 1 <= position <= len(keyed):
            given = "none" if position is None else position
            message = f"`primaryKeyPosition` is {given}: the {len(keyed)} key columns are numbered 1 to {len(keyed)}"
            mistakes.add(place, f"{column.words}: {message}")
        elif position in seen:
            mistakes.add(place, f"{column.words}: two columns have the `primaryKeyPosition` {position}")
        seen.add(position or 0)
    return tuple(sorted(positions, key=lambda name: positions[name] or 0))


def _position(prop: Table) -> int | None:
    """ODCS writes "not in the key" as -1."""
    position = prop.number("primaryKeyPosition")
    return position if isinstance(position, int) and position != -1 else None


def _timezone(settings: Table, columns: Sequence[ColumnHead], words: str, mistakes: Mistakes) -> str:
    """The table's zone; ODCS names one per column, but a table here has one."""
    stated: list[tuple[str, Node, str]] = []
    given = custom.word(settings, "timezone", words, mistakes)
    if given is not None:
        stated.append((given, settings.place("timezone"), words))
    for column in columns:
        options = column.node.table("logicalTypeOptions")
        zone = options.text("defaultTimezone")
        if zone:
            stated.append((zone, options.place("defaultTimezone"), column.words))
    valid = [(zone, place, owner) for zone, place, owner in stated if _check_zone(zone, place, owner, mistakes)]
    for zone, place, owner in valid:
        if zone != valid[0][0]:
            mistakes.add(place, f"{owner}: `{zone}` differs from `{valid[0][0]}`: a table has one time zone")
    return valid[0][0] if valid else "UTC"


def _check_zone(zone: str, place: Node, words: str, mistakes: Mistakes) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mistakes.add(place, f"{words}: unknown time zone `{zone}`: use an IANA name such as Europe/Paris")
        return False
    return True


def _files(settings: Table, head: TableHead) -> tuple[str, ...]:
    given = custom.texts(settings, "files", head.words, head.mistakes)
    if head.layer is Layer.GOLD:
        for key in ("files", "dialect"):
            if settings.get(key):
                head.mistakes.add(
                    settings.place(key), f"{head.words}: a gold table comes from a model, not from `{key}`"
                )
        return ()
    for pattern in given:
        if not pattern or pattern.startswith("/") or "\\" in pattern or ".." in pattern.split("/") or "://" in pattern:
            message = f"`{pattern}` is no file pattern: write it relative to the sources, such as {head.name}/*.csv"
            head.mistakes.add(settings.place("files"), f"{head.words}: {message}")
    return given or files_called(head.name)


def _keep_duplicates(settings: Table, head: TableHead) -> bool:
    keep = custom.choice(settings, "duplicates", ("collapse", "keep"), head.words, head.mistakes) == "keep"
    if keep and head.key:
        message = f"`duplicates: keep` does not go with a primary key ({', '.join(head.key)})"
        head.mistakes.add(settings.place("duplicates"), f"{head.words}: {message}")
    return keep
