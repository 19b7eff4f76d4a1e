"""How a table's raw files are written: the custom property `dialect`."""

from __future__ import annotations

import codecs

from dataspark.contracts import custom
from dataspark.contracts.contract import Dialect
from dataspark.contracts.nodes import Mistakes, Table
from dataspark.project import did_you_mean

_KEYS = ("delimiter", "quote", "escape", "encoding", "decimal", "nullTokens", "header")


def read_dialect(settings: Table, words: str, mistakes: Mistakes) -> Dialect:
    """Read the `dialect` among a schema object's custom properties."""
    node = settings.get("dialect")
    if node is None:
        return Dialect()
    if not isinstance(node, Table):
        mistakes.add(settings.place("dialect"), f"{words}: `dialect` must be an object, such as {{delimiter: ';'}}")
        return Dialect()
    words = f"{words}, dialect"
    for key in node.entries:
        if key not in _KEYS:
            mistakes.add(node.place(key), f"{words}: unknown key `{key}`{did_you_mean(key, _KEYS)}")
    quote = _character(node, "quote", '"', words, mistakes, may_be_empty=True)
    dialect = Dialect(
        delimiter=_character(node, "delimiter", ",", words, mistakes),
        quote=quote,
        escape=_character(node, "escape", quote, words, mistakes, may_be_empty=not quote),
        encoding=_encoding(node, words, mistakes),
        decimal=custom.choice(node, "decimal", (".", ","), words, mistakes) or ".",
        null_tokens=tuple(dict.fromkeys(("", *custom.texts(node, "nullTokens", words, mistakes)))),
        header=custom.flag(node, "header", True, words, mistakes),
    )
    _check_distinct(node, dialect, words, mistakes)
    return dialect


def _character(node: Table, key: str, default: str, words: str, mistakes: Mistakes, may_be_empty: bool = False) -> str:
    value = custom.word(node, key, words, mistakes)
    if value is None:
        return default
    if value in ("\r", "\n", "\0") or not (len(value) == 1 or (may_be_empty and not value)):
        several = "one character or empty" if may_be_empty else "one character"
        mistakes.add(node.place(key), f"{words}: `{key}` must be {several} and no line end, not {value!r}")
        return default
    return value


def _check_distinct(node: Table, dialect: Dialect, words: str, mistakes: Mistakes) -> None:
    for key in ("quote", "escape"):
        if getattr(dialect, key) == dialect.delimiter:
            place = node.place(key) if node.get(key) else node.place("delimiter")
            mistakes.add(place, f"{words}: `delimiter` and `{key}` are the same character {dialect.delimiter!r}")
            return


def _encoding(node: Table, words: str, mistakes: Mistakes) -> str:
    name = custom.word(node, "encoding", words, mistakes)
    if name is None:
        return Dialect().encoding
    try:
        # Encoding something refuses the codecs that are no text encodings, such as base64.
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ("utf-8", "latin-1", "cp1252", "iso8859-15", "utf-16")
        mistakes.add(
            node.place("encoding"), f"{words}: unknown encoding `{name}`{did_you_mean(name, known) or ', try cp1252'}"
        )
        return Dialect().encoding
