"""DataSpark's own settings inside ODCS: `customProperties`, where the standard has no key for them.

ODCS lets anyone add properties, so others' are left alone. One that is nearly ours is a typo, and one of ours in the
wrong place would do nothing; both are mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable

from dataspark.contracts.nodes import Listing, Mistakes, Node, Scalar, Table

OURS: dict[str, tuple[str, ...]] = {
    "a schema object": ("files", "dialect", "timezone", "duplicates", "layer"),
    "a property": ("formats", "severity", "trim", "trueValues", "falseValues", "enum"),
    "a relationship": ("onViolation", "holdFor"),
    "the whole file": (),
}
"""Where each of our properties belongs."""

_TYPO = 0.8


def read_custom(holder: Table, where: str, words: str, mistakes: Mistakes) -> Table:
    """Our custom properties of `holder` as one table of name and value; `words` says in messages what it is."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for item in holder.tables("customProperties"):
        name = item.text("property")
        if item.text("vendor").lower() not in ("", "dataspark"):
            continue
        value = item.get("value")
        complaint = _misplaced(name, where)
        if complaint:
            mistakes.add(item, f"{words}: {complaint}")
        elif name in found:
            mistakes.add(item, f"{words}: the custom property `{name}` is there twice")
        elif name in OURS[where] and value is not None:
            place = item.place("value")
            found[name] = (place if isinstance(place, Scalar) else Scalar(item.line, name, name), value)
    return Table(holder.line, found)


def _misplaced(name: str, where: str) -> str:
    if name in OURS[where]:
        return ""
    owner = next((place for place, names in OURS.items() if name in names), "")
    if owner:
        return f"the custom property `{name}` belongs to {owner}, not to {where}"
    import difflib

    close = difflib.get_close_matches(name.lower(), [known.lower() for known in OURS[where]], n=1, cutoff=_TYPO)
    meant = [known for known in OURS[where] if close and known.lower() == close[0]]
    return f"unknown custom property `{name}`, did you mean `{meant[0]}`?" if meant else ""


def choice(table: Table, key: str, allowed: Iterable[str], words: str, mistakes: Mistakes) -> str:
    """One word of `allowed`; empty when the key is absent or wrong."""
    node = table.get(key)
    if node is None:
        return ""
    names = list(allowed)
    if isinstance(node, Scalar) and node.value in names:
        return node.text
    given = f"`{node.text}`" if isinstance(node, Scalar) else "this"
    mistakes.add(table.place(key), f"{words}: {given} is no value of `{key}` (known: {', '.join(names)})")
    return ""


def flag(table: Table, key: str, default: bool, words: str, mistakes: Mistakes) -> bool:
    """True or false."""
    node = table.get(key)
    if node is None:
        return default
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    mistakes.add(table.place(key), f"{words}: `{key}` must be true or false")
    return default


def texts(table: Table, key: str, words: str, mistakes: Mistakes) -> tuple[str, ...]:
    """A text or a list of texts, each as it was written, so that `no`, `1` and `null` need no quotes."""
    node = table.get(key)
    items = node.items if isinstance(node, Listing) else (node,) if node else ()
    found = tuple(item.text for item in items if isinstance(item, Scalar))
    if len(found) != len(items) or (node and not items):
        mistakes.add(table.place(key), f"{words}: `{key}` must be a text or a list of texts")
    return found


def word(table: Table, key: str, words: str, mistakes: Mistakes) -> str | None:
    """One text, possibly empty; None when the key is absent or wrong."""
    node = table.get(key)
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    mistakes.add(table.place(key), f"{words}: `{key}` must be a text")
    return None
