"""ODCS files → contracts, or every mistake in all of them at once.

Reading goes in four steps: YAML to a tree that knows its lines, the tree against the JSON schema (once per content),
each schema object to a contract by our own rules, and last what only all files together show: names that are taken,
foreign keys that lead nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataspark.contracts import custom
from dataspark.contracts.contract import Contract
from dataspark.contracts.drafts import TableDraft
from dataspark.contracts.nodes import Listing, Mistakes, Node, Scalar, Table, Value
from dataspark.contracts.objects import read_object
from dataspark.contracts.relationships import check_relationships
from dataspark.contracts.schema import complaints, schema_text
from dataspark.contracts.validated import digest, read_validated, write_validated
from dataspark.errors import ContractError
from dataspark.project import Project, did_you_mean
from dataspark.tables import Layer

API_VERSIONS = ("v3.1.0", "v3.2.0")
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value"})
"""JSON has no dates, so a date without quotes is a text."""
_TYPED_TAGS = frozenset({f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"})
_MERGE_TAG = f"{_TAG}merge"
_DEEPEST = 50


def read_contracts(project: Project, instead: Mapping[Path, str] | None = None) -> tuple[Contract, ...]:
    """Read every contract of `project`, in the order of their files; `instead` are texts to read in place of files.

    Raises ContractError with every mistake of every file.
    """
    texts = instead or {}
    paths = sorted({*project.contract_files, *texts})
    files = [_File(project.root, path, texts.get(path)) for path in paths]
    if not files:
        return ()
    drafts = [draft for file in files for draft in file.drafts()]
    _check_tables(drafts, project)
    check_relationships(drafts)
    _check_schema(project.root, files)
    mistakes = [mistake for file in files for mistake in file.mistakes]
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise ContractError(f"the contracts have {count}", mistakes=mistakes)
    return tuple(draft.contract for draft in drafts)


class _File:
    """One contract file: its content, its tree, and what is wrong with it."""

    def __init__(self, root: Path, path: Path, text: str | None = None) -> None:
        self.mistakes = Mistakes(path.as_posix())
        self.content = b""
        try:
            self.content = (root / path).read_bytes() if text is None else text.encode("utf-8")
        except OSError as exc:
            self.mistakes.add_line(0, f"cannot be read: {exc.strerror or exc}")
        self.document = _parse(self.content, self.mistakes)

    def drafts(self) -> list[TableDraft]:
        """The tables that the file describes."""
        document = self.document
        if document is None:
            return []
        _check_head(document, self.mistakes)
        objects = enumerate(document.tables("schema"), start=1)
        return [read_object(node, number, self.mistakes) for number, node in objects]


def _parse(content: bytes, mistakes: Mistakes) -> Table | None:
    """The file as a tree; None and a mistake when it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        mistakes.add_line(content.count(b"\n", 0, exc.start) + 1, "is not UTF-8 text")
        return None
    document = _Yaml(text, mistakes).read() if not len(mistakes) else None
    if isinstance(document, Table):
        return document
    if not len(mistakes):
        mistakes.add_line(1, "is empty or no ODCS contract: it must begin with keys such as `apiVersion: v3.1.0`")
    return None


class _Yaml:
    """One text as a tree of our own nodes."""

    def __init__(self, text: str, mistakes: Mistakes) -> None:
        import yaml

        self._yaml = yaml
        self._text = text
        self._mistakes = mistakes
        # libyaml is ten times as fast; it is missing where PyYAML was built without it.
        self._loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def read(self) -> Node | None:
        """The tree, or None and a mistake with its line."""
        try:
            loader = self._loader(self._text)
            try:
                root = loader.get_single_node()
                return self._node(root, loader, 0) if root is not None else None
            finally:
                loader.dispose()
        except self._yaml.MarkedYAMLError as exc:
            mark = exc.problem_mark or exc.context_mark
            # The end of a file is marked on the line after the last one.
            line = min(mark.line + 1, len(self._text.splitlines())) if mark else 0
            context = f" ({exc.context})" if exc.context else ""
            self._mistakes.add_line(line, f"is not YAML: {exc.problem}{context}")
        except self._yaml.YAMLError as exc:
            position = getattr(exc, "position", 0)
            line = self._text.count("\n", 0, position) + 1
            self._mistakes.add_line(line, f"is not YAML: {str(exc).splitlines()[0]}")
        return None

    def _node(self, node: Any, loader: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        if depth > _DEEPEST:
            # An alias may stand inside of what it refers to.
            self._mistakes.add_line(line, f"is nested more than {_DEEPEST} levels deep")
            return Scalar(line, None, "")
        if isinstance(node, self._yaml.MappingNode):
            return Table(line, self._entries(node, loader, depth))
        if isinstance(node, self._yaml.SequenceNode):
            return Listing(line, tuple(self._node(item, loader, depth + 1) for item in node.value))
        return Scalar(line, self._value(node, loader, line), node.value)

    def _value(self, node: Any, loader: Any, line: int) -> Value:
        if node.tag in _TYPED_TAGS:
            try:
                found: Value = loader.construct_object(node)
            except ValueError:
                self._mistakes.add_line(line, f"`{node.value}` cannot be read as a value: put it in quotes")
                return None
            return found
        if node.tag not in _TEXT_TAGS:
            self._mistakes.add_line(line, f"the tag {node.tag.replace(_TAG, '!!')} is not supported")
        return str(node.value)

    def _entries(self, node: Any, loader: Any, depth: int) -> dict[str, tuple[Scalar, Node]]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            value = self._node(value_node, loader, depth + 1)
            if key_node.tag == _MERGE_TAG:
                merged = {**_merged(value), **merged}
                continue
            key = str(key_node.value)
            if key in entries:
                self._mistakes.add_line(line, f"the key `{key}` is there twice, first in line {entries[key][0].line}")
                continue
            entries[key] = (Scalar(line, key, key), value)
        return {**merged, **entries}


def _merged(value: Node) -> dict[str, tuple[Scalar, Node]]:
    """What `<<:` brings in; of several, the first wins."""
    if isinstance(value, Listing):
        found: dict[str, tuple[Scalar, Node]] = {}
        for item in reversed(value.items):
            found.update(_merged(item))
        return found
    return dict(value.entries) if isinstance(value, Table) else {}


def _check_head(document: Table, mistakes: Mistakes) -> None:
    version = document.text("apiVersion")
    if version not in API_VERSIONS and document.get("apiVersion"):
        known = " and ".join(API_VERSIONS)
        given = f"`{version}`" if version else "this"
        mistakes.add(document.place("apiVersion"), f"{given} is no supported apiVersion: ODCS {known} are")
    custom.read_custom(document, "the whole file", "the file", mistakes)
    node = document.get("schema")
    if node is None or (isinstance(node, Listing) and not node.items):
        mistakes.add(document.place("schema"), "has no `schema`: it describes no table")


def _check_tables(drafts: Sequence[TableDraft], project: Project) -> None:
    """Names are unique, and a gold table has a model."""
    owners: dict[tuple[Layer, str], TableDraft] = {}
    models = [model.name for model in project.models]
    for draft in drafts:
        layer, name, mistakes = draft.contract.layer, draft.contract.name, draft.head.mistakes
        place = draft.node.place("name")
        if name and (layer, name) in owners:
            first = owners[layer, name].contract
            mistakes.add(place, f"{draft.head.words}: is also described in {first.path}:{first.line}")
        owners.setdefault((layer, name), draft)
        if layer is Layer.GOLD and name not in models:
            mistakes.add(place, f"{draft.head.words}: there is no model `{name}`{did_you_mean(name, models)}")


def _check_schema(root: Path, files: Sequence[_File]) -> None:
    """Hold the files that have not passed yet against the JSON schema."""
    schema = schema_text()
    known = read_validated(root)
    passed: set[str] = set()
    for file in files:
        name = digest(file.content, schema)
        if file.document is None or (name not in known and not _passes(file.document, file.mistakes)):
            continue
        passed.add(name)
    if passed - known:
        write_validated(root, passed)


def _passes(document: Table, mistakes: Mistakes) -> bool:
    found = list(complaints(document))
    clear = [item for item in found if not item.told_better and not mistakes.covers(item.place)]
    if not clear and not len(mistakes):
        # Our own rules should have told it better and did not; it is a mistake all the same.
        clear = found
    for item in clear:
        mistakes.add(item.place, item.message)
    return not found
