"""In which encoding a file is written, as far as its bytes tell."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataspark.errors import HeaderError
from dataspark.lake.rawfiles import opened, other_kind

_CHUNK = 1 << 20
_LOOKED_AT = 64 << 10
"""Bytes of lines beyond ASCII that a guess is made from."""
_FEW = 0.1
"""Share of lines that may not be UTF-8 in a file that is."""
_CANDIDATES = (
    "cp1252", "iso8859_15", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r",
    "mac_roman", "cp850", "cp437", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
_SAME = frozenset({"cp1252", "iso8859_15", "cp1250", "cp1254", "cp1257"})
"""Encodings that short western texts do not tell apart."""


@dataclass(frozen=True)
class Encoding:
    """An encoding and why."""

    name: str
    evidence: str


def detect_encoding(path: Path) -> Encoding:
    """Look at a whole file. Raises HeaderError for one that is no text, DataError, StorageError."""
    with opened(path) as binary:
        beginning = binary.read(_CHUNK)
    kind = other_kind(beginning[:8])
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", "it begins with the mark of UTF-16")
    if kind:
        raise HeaderError(f"{path.name} is no CSV file: it begins like {kind[0]}", kind[1])
    if b"\0" in beginning:
        return _with_nuls(path, beginning)
    if _is_utf8(path):
        marked = " and it begins with its mark" if beginning.startswith(codecs.BOM_UTF8) else ""
        plain = beginning.isascii()
        return Encoding("utf-8", f"every byte decodes{marked}" + (", most likely plain ASCII" if plain else ""))
    if sum(byte < 32 and byte not in b"\t\r\n\f" for byte in beginning[:4096]) > len(beginning[:4096]) // 50:
        raise _no_text(path)
    return _guessed(path)


def _no_text(path: Path) -> HeaderError:
    return HeaderError(f"{path.name} is no text: it has bytes that no text has", "is it another kind of file?")


def _with_nuls(path: Path, beginning: bytes) -> Encoding:
    half = max(1, len(beginning) // 2)
    for name, zeros in (("utf-16-le", beginning[1::2].count(0)), ("utf-16-be", beginning[::2].count(0))):
        if zeros > 0.6 * half and beginning.count(0) < 1.2 * zeros:
            return Encoding(name, "every second byte is zero")
    if beginning.count(0) > len(beginning) // 500 + 1 or not _is_utf8(path):
        raise _no_text(path)
    return Encoding("utf-8", "every byte decodes, but there are NUL bytes")


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with opened(path) as binary:
        while chunk := binary.read(_CHUNK):
            yield chunk


def _guessed(path: Path) -> Encoding:
    from charset_normalizer import from_bytes

    sample, good, bad = _beyond_ascii(path)
    if bad <= _FEW * (good + bad):
        return Encoding("utf-8", f"{good:,} lines beyond ASCII decode, {bad:,} do not")
    found = from_bytes(sample, cp_isolation=list(_CANDIDATES))
    best = found.best()
    if best is None:
        return Encoding("cp1252", "it is not UTF-8 and like no encoding that is known; this one is the most common")
    name = best.encoding
    if name in _SAME and _decodes(sample, "cp1252"):
        name = "cp1252"
    return Encoding(codecs.lookup(name).name, "it is not UTF-8; its letters beyond ASCII look like this encoding")


def _decodes(sample: bytes, name: str) -> bool:
    try:
        sample.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _beyond_ascii(path: Path) -> tuple[bytes, int, int]:
    """(lines beyond ASCII, how many of them are UTF-8, how many are not)."""
    lines: list[bytes] = []
    size = good = bad = 0
    with opened(path) as binary:
        while (line := binary.readline(_LOOKED_AT)) and size < _LOOKED_AT:
            if line.isascii():
                continue
            decodes = _decodes(line, "utf-8")
            good, bad = good + decodes, bad + (not decodes)
            lines.append(line)
            size += len(line)
    return b"".join(lines), good, bad
