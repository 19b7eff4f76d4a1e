"""A scan as a contract's file: YAML with the evidence as comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from dataspark.answers.scan import ColumnFinding, Scan
from dataspark.contracts.contract import Column, Dialect, LogicalType
from dataspark.contracts.editing import listed, scalar
from dataspark.contracts.headers import column_name
from dataspark.rendering.text import plural

_WIDTH = 116


def contract_yaml(scan: Scan) -> list[str]:
    """The lines of the proposed contract."""
    lines = [*_comments(_head(scan), ""), "apiVersion: v3.1.0", "kind: DataContract", f"id: {scalar(scan.table)}"]
    lines += ["version: 1.0.0", "status: draft", "schema:", f"  - name: {scalar(scan.table)}", *_settings(scan)]
    lines.append("    properties:")
    for number, column in enumerate(scan.columns):
        lines += [*([""] if number else []), *_property(column)]
    return lines


def _head(scan: Scan) -> Iterator[str]:
    yield f"Proposed by `dataspark scan` for {scan.file}: {plural(scan.measured.read, 'row')}. Read it, correct it, then run."
    part = "all of them" if scan.whole else f"the first {scan.sampled:,}"
    yield f"Types were read from {part}; what is empty, does not fit or comes twice was counted in the whole file."
    yield f"As it stands {plural(scan.quarantined, 'row')} of this file would go to the quarantine."
    for what, why in scan.evidence.items():
        yield f"{what} {_said(scan.dialect, what)}: {why}"
    yield from scan.notes


def _said(dialect: Dialect, what: str) -> str:
    value = getattr(dialect, {"nullTokens": "null_tokens"}.get(what, what))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, str) else " ".join(repr(token) for token in value if token)


def _settings(scan: Scan) -> Iterator[str]:
    dialect, usual = scan.dialect, Dialect()
    said = [("delimiter", dialect.delimiter, usual.delimiter), ("quote", dialect.quote, usual.quote)]
    said += [("escape", dialect.escape, dialect.quote), ("encoding", dialect.encoding, usual.encoding)]
    said += [("decimal", dialect.decimal, usual.decimal)]
    pairs = [f"{key}: {scalar(value)}" for key, value, default in said if value != default]
    tokens = [token for token in dialect.null_tokens if token]
    pairs += [f"nullTokens: {listed(tokens)}"] if tokens else []
    pairs += [] if dialect.header else ["header: false"]
    name = scan.table
    found = any(fnmatchcase(scan.file, glob) for glob in (f"{name}.csv*", f"{name}[-_]*.csv*", f"{name}/*.csv*"))
    if pairs or not found:
        yield "    customProperties:"
    if not found:
        yield "      - property: files"
        yield f"        value: {listed([scan.pattern])}"
    if pairs:
        yield "      - property: dialect"
        yield "        value:"
        yield from (f"          {pair}" for pair in pairs)


def _property(found: ColumnFinding) -> Iterator[str]:
    column = found.column
    yield from _comments(found.evidence, "      ")
    yield f"      - name: {scalar(column.name)}"
    yield f"        logicalType: {column.type.value}"
    if column.decimal:
        yield "        physicalType: decimal({},{})".format(*column.decimal)
    if found.key:
        yield "        primaryKey: true"
    elif found.required:
        yield "        required: true  # never empty"
    custom = list(_custom(column, found.title))
    if custom:
        yield "        customProperties:"
    for name, values in custom:
        yield f"          - property: {name}"
        yield f"            value: {listed(values)}"
    yield from _comments([f"could say: {one}" for one in found.suggestions], "        ")


def _custom(column: Column, title: str) -> Iterator[tuple[str, Sequence[str]]]:
    if column_name(title) != column_name(column.name):
        yield "aliases", (title,)
    if column.formats:
        yield "formats", column.formats
    if column.type is LogicalType.BOOLEAN and column.true_values != Column("", LogicalType.BOOLEAN).true_values:
        yield "trueValues", column.true_values
        yield "falseValues", column.false_values


def _comments(sentences: Sequence[str] | Iterator[str], indent: str) -> Iterator[str]:
    for sentence in sentences:
        # A line separator of Unicode would end the comment, and what follows would be YAML.
        shown = "".join(letter if letter.isprintable() else "·" for letter in sentence)
        yield f"{indent}# {shown if len(shown) <= 3 * _WIDTH else shown[: 3 * _WIDTH] + '…'}"
