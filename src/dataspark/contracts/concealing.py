"""A contract's text without the examples of some of its columns; all else, comments too, stays as it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

_EXAMPLES = "examples"


def without_examples(text: str, hidden: Mapping[str, Collection[str]], mask: str) -> str:
    """The text with `mask` for each example of the hidden columns (by table) and of what is inside of them.

    The text must be one of a contract that could be read. A table that `hidden` does not know has none of its examples left.
    """
    if _EXAMPLES not in text:
        return text
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    places = {place for column in _hidden(root, hidden) for place in _examples(column)}
    for start, end in sorted(places, reverse=True):
        written = text[start:end]
        text = f'{text[:start]}"{mask}"{written[len(written.rstrip()) :]}{text[end:]}'
    return text


def _hidden(root: Any, hidden: Mapping[str, Collection[str]]) -> Iterator[Any]:
    for table in _items(_value(root, "schema")):
        names = hidden.get(_text(table, "name"))
        for column in _items(_value(table, "properties")):
            if names is None or _text(column, "name") in names:
                yield column


def _examples(node: Any) -> Iterator[tuple[int, int]]:
    """Where each example below a node begins and ends. One that another column shares by an alias is found where it stands."""
    if node.id == "mapping":
        for key, value in node.value:
            yield from _scalars(value) if key.value == _EXAMPLES else _examples(value)
    elif node.id == "sequence":
        for item in node.value:
            yield from _examples(item)


def _scalars(node: Any) -> Iterator[tuple[int, int]]:
    if node.id == "scalar":
        if node.end_mark.index > node.start_mark.index:
            yield node.start_mark.index, node.end_mark.index
        return
    for item in node.value:
        yield from _scalars(item[1] if isinstance(item, tuple) else item)


def _value(mapping: Any, key: str) -> Any:
    return next((value for name, value in mapping.value if name.value == key), None)


def _items(sequence: Any) -> list[Any]:
    return [one for one in sequence.value if one.id == "mapping"] if sequence is not None else []


def _text(mapping: Any, key: str) -> str:
    found = _value(mapping, key)
    return str(found.value) if found is not None else ""
