"""The ODCS JSON schema, and its complaints in words that name the table and the column.

The schema comes with the package `open-data-contract-standard`. It is draft 2019-09 and says `unevaluatedProperties:
false` at every level, so a misspelt key is found wherever it stands.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataspark.contracts.nodes import Listing, Node, Scalar, Table, plain
from dataspark.errors import ProjectError
from dataspark.project import did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_PACKAGE = "open_data_contract_standard"
_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "empty",
}
_LIST_WORDS = {
    "schema": "schema",
    "properties": "property",
    "quality": "quality",
    "relationships": "relationship",
    "customProperties": "custom property",
}
_FORM_KEYWORDS = ("oneOf", "anyOf", "required", "not")
_Path = Sequence[str | int]


@dataclass(frozen=True)
class Complaint:
    """One thing that the schema finds wrong."""

    place: Node
    message: str
    told_better: bool
    """Our own rules speak of the same in clearer words."""


def schema_text() -> bytes:
    """The schema as it is shipped. Raises ProjectError when the package is not installed."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ProjectError(f"the package {_PACKAGE} is not installed", hint="install dataspark again")
    return Path(found.origin).with_name("schema.json").read_bytes()


def complaints(document: Node) -> Iterator[Complaint]:
    """Everything that the schema says against `document`, each thing once."""
    said: set[tuple[Node, str]] = set()
    for error in _validator().iter_errors(_with_types(plain(document))):
        for place, message, better in _explain(error, document):
            if (place, message) not in said:
                said.add((place, message))
                yield Complaint(place, message, better)


@cache
def _validator() -> Any:
    """Compiled once a process. The import takes a quarter of a second, so files that passed are remembered."""
    import jsonschema

    return jsonschema.Draft201909Validator(json.loads(schema_text()))


def _with_types(value: object) -> object:
    """A property without a type would match every `if logicalType is …` of the schema; an empty word matches none."""
    if isinstance(value, dict):
        found = {key: _with_types(item) for key, item in value.items()}
        properties = found.get("properties")
        for prop in properties if isinstance(properties, list) else ():
            if isinstance(prop, dict):
                prop.setdefault("logicalType", "")
        return found
    return [_with_types(item) for item in value] if isinstance(value, list) else value


def _explain(error: ValidationError, document: Node) -> Iterator[tuple[Node, str, bool]]:
    path = list(error.absolute_path)
    words = _words(path, document)
    better = _told_better(error, path)
    if error.validator in ("unevaluatedProperties", "additionalProperties"):
        yield from _unknown_keys(error, document, words)
    elif error.validator in ("oneOf", "anyOf") and _only_branch(error):
        for inner in _only_branch(error):
            yield from _explain(inner, document)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        for key in missing:
            yield _place(path, document), f"{words}`{key}` is missing", better
    else:
        yield _place(path, document), words + _reason(error, path), better


def _unknown_keys(error: ValidationError, document: Node, words: str) -> Iterator[tuple[Node, str, bool]]:
    """The keys that no part of the schema speaks of.

    The validator counts a key as unknown too when the part that knows it failed for another reason; that reason is
    an error of its own, so such keys are left out.
    """
    known = set(_known_keys(error.schema, error.instance))
    holder = _node(error.absolute_path, document)
    for key in error.instance:
        if key not in known and isinstance(holder, Table):
            yield holder.place(key), f"{words}`{key}` is not a known key{did_you_mean(key, known)}", False


def _known_keys(schema: Mapping[str, Any], instance: object) -> Iterator[str]:
    yield from schema.get("properties", ())
    if "$ref" in schema:
        definition = schema["$ref"].rpartition("/")[2]
        yield from _known_keys(_validator().schema["$defs"][definition], instance)
    for branches in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(branches, ()):
            yield from _known_keys(branch, instance)
    if "then" in schema and _validator().evolve(schema=schema["if"]).is_valid(instance):
        yield from _known_keys(schema["then"], instance)


def _only_branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the one alternative that has the value's type; empty when it is not one."""
    by_branch: dict[object, list[ValidationError]] = {}
    for inner in error.context or ():
        by_branch.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [
        errors
        for errors in by_branch.values()
        if not any(inner.validator == "type" and not inner.relative_path for inner in errors)
    ]
    return fitting[0] if len(fitting) == 1 else []


def _told_better(error: ValidationError, path: _Path) -> bool:
    """What the readers of this package report in all cases, with a better place or better words."""
    if list(path) == ["apiVersion"] or (path and path[-1] in ("logicalType", "metric")):
        return bool(error.validator == "enum")
    in_quality = len(path) > 1 and path[-2] == "quality"
    return in_quality and error.validator in _FORM_KEYWORDS


def _reason(error: ValidationError, path: _Path) -> str:
    key = f"`{path[-1]}` " if path and isinstance(path[-1], str) else ""
    match error.validator:
        case "type":
            return f"{key}must be {_type_words(error.validator_value)}, not {_given(error.instance)}"
        case "enum":
            allowed = [str(value) for value in error.validator_value]
            close = did_you_mean(str(error.instance), allowed) or f" (known: {', '.join(allowed)})"
            return f"{key}has the unknown value `{error.instance}`{close}"
        case "minItems":
            return f"{key}needs at least {error.validator_value} items"
        case "pattern":
            return f"{key}`{error.instance}` contains characters that are not allowed here"
        case "oneOf" | "anyOf" | "not":
            return f"{key}has none of the forms that ODCS allows"
        case _:
            return f"{key}{error.message}"


def _type_words(types: str | list[str]) -> str:
    return " or ".join(_TYPES[name] for name in ([types] if isinstance(types, str) else types))


def _given(value: object) -> str:
    if isinstance(value, dict | list):
        return _TYPES["object" if isinstance(value, dict) else "array"]
    if value is None:
        return "empty"
    return f"the text `{value}`" if isinstance(value, str) else f"`{str(value).lower()}`"


def _node(path: _Path, document: Node) -> Node | None:
    node: Node | None = document
    for step in path:
        if isinstance(step, str):
            node = node.get(step) if isinstance(node, Table) else None
        else:
            node = node.items[step] if isinstance(node, Listing) else None
    return node


def _place(path: _Path, document: Node) -> Node:
    """The key of a value in an object, the item itself in a list: the same places that our own rules point to."""
    parent = _node(path[:-1], document) if path else None
    if isinstance(parent, Table) and isinstance(path[-1], str):
        return parent.place(path[-1])
    return _node(path, document) or document


def _words(path: _Path, document: Node) -> str:
    """Where something is: "schema `achats`, property `montant`: "."""
    parts: list[str] = []
    for at, step in enumerate(path):
        if isinstance(step, int):
            what = path[at - 1] if at else ""
            thing = _LIST_WORDS.get(str(what), str(what))
            parts.append(f"{thing} {_name(_node(path[: at + 1], document)) or step + 1}")
        elif step not in _LIST_WORDS and at < len(path) - 1 and not isinstance(path[at + 1], int):
            parts.append(step)
    return ", ".join(parts) + ": " if parts else ""


def _name(node: Node | None) -> str:
    for key in ("name", "property"):
        name = node.get(key) if isinstance(node, Table) else None
        if isinstance(name, Scalar) and isinstance(name.value, str):
            return f"`{name.value}`"
    return ""
