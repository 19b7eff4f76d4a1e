"""Random queries over the tables of `tables.sql`, by the templates of `grammar.sql`: the same on both engines?

`test_random.py` tries a few by fixed seeds. By hand, in the folder `tests`, whatever differs is printed:

    PYTHONPATH=../src python -m dialect.randomqueries SEED COUNT

A line that is printed is no proof of a mistake: where engines add in different orders, a last digit may turn a comparison
of floats, and a literal that fails stops Spark even where no row asks for it.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dialect.engines import HERE, Engines

_GAP = re.compile(r"\{([a-z ]+)\}")
_SECTION = re.compile(r"-- ([a-z ]+?)(: literals| of [a-z])?")
AT_ONCE = 40
"""Expressions in one query."""
_YEARS = "year(least(d, d2, ts, ts2)) > 100 AND year(greatest(d, d2, ts, ts2)) < 9000"
SOURCES = {"t": "t", "n": "n", "m": f"(SELECT * FROM m WHERE {_YEARS})", "o": "o"}
"""The tables. Years must not be moved beyond those that are promised."""
_OF_EXPRESSIONS = ("int", "dec", "dbl", "str", "date", "ts", "tz", "bool", "list")


@dataclass(frozen=True)
class Grammar:
    """What may stand for the name of a type."""

    templates: dict[str, list[str]] = field(default_factory=dict)
    leaves: dict[str, list[str]] = field(default_factory=dict)
    """Those without gaps, without columns."""
    columns: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(type, table) → its columns."""

    @classmethod
    def read(cls, file: Path = HERE / "grammar.sql") -> Grammar:
        """The grammar of a file, of that beside this one unless another one is named."""
        grammar = cls()
        listed: list[str] = []
        for line in file.read_text().splitlines():
            if found := _SECTION.fullmatch(line):
                listed = grammar._section(found[1], found[2] or "")
            elif line and not line.startswith("-- "):
                listed.append(line)
        return grammar

    def _section(self, name: str, kind: str) -> list[str]:
        if kind.startswith(" of "):
            return self.columns.setdefault((name, kind.removeprefix(" of ")), [])
        return (self.leaves if kind else self.templates).setdefault(name, [])


class Writer:
    """Writes queries at random; the same ones for the same seed."""

    nested: tuple[str, ...] = _OF_EXPRESSIONS
    """What is put in brackets, and not within itself for ever."""

    def __init__(self, seed: int, grammar: Grammar | None = None) -> None:
        self.grammar, self.chance = grammar or Grammar.read(), random.Random(seed)

    def expression(self, table: str) -> str:
        """An expression over a table."""
        return self._filled(
            self._template(self.chance.choice(_OF_EXPRESSIONS)), table, self.chance.choice((1, 2, 2, 3))
        )

    def query(self) -> str:
        """A whole query."""
        return self._filled(self._template("query"), "t", 2)

    def _filled(self, template: str, table: str, depth: int) -> str:
        return _GAP.sub(lambda gap: self._any(gap[1], table, depth), template)

    def _any(self, name: str, table: str, depth: int) -> str:
        leaves = [*self.grammar.leaves.get(name, ()), *(2 * self.grammar.columns.get((name, table), []))]
        if leaves and (name not in self.grammar.templates or depth <= 0 or self.chance.random() < 0.15):
            return self.chance.choice(leaves)
        inner = self._filled(self._template(name), table, depth - (name in self.nested))
        return f"({inner})" if name in self.nested else inner

    def _template(self, name: str) -> str:
        return self.chance.choice(self.grammar.templates[name])


def runs(engines: Engines, query: str) -> bool:
    """Whether DuckDB runs it: what does not fit, or stops, says nothing."""
    import duckdb

    try:
        engines.duck.execute(query).fetchall()
    except duckdb.Error:
        return False
    return True


def expressions(engines: Engines, writer: Writer, count: int, table: str) -> Iterator[str]:
    """Expressions over a table that DuckDB runs."""
    key = "k" if table == "t" else "id"
    while count:
        made = writer.expression(table)
        if runs(engines, f"SELECT {key}, ({made}) AS c FROM {SOURCES[table]}"):
            count -= 1
            yield made


def queries(engines: Engines, writer: Writer, count: int) -> Iterator[str]:
    """Queries that DuckDB runs."""
    while count:
        made = writer.query()
        if runs(engines, made):
            count -= 1
            yield made


def differences(engines: Engines, seed: int, count: int) -> Iterator[str]:
    """What differs among so many expressions, and a quarter as many queries; what is refused is told as such."""
    writer = Writer(seed)
    for table, share in (("t", 2), ("n", 5), ("m", 5), ("o", 10)):
        listed = list(expressions(engines, writer, count // share, table))
        for start in range(0, len(listed), AT_ONCE):
            yield from engines.different(listed[start : start + AT_ONCE], SOURCES[table])
    for query in queries(engines, writer, count // 4):
        if how := _difference(engines, query):
            yield f"{query}  →  {how}"


def _difference(engines: Engines, query: str) -> str:
    try:
        return engines.difference(query)
    except Exception as error:  # noqa: BLE001 - whatever an engine or the translation stops with is to be seen
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def main(seed: int, count: int) -> None:
    """Print what differs, and what was refused how often."""
    import os
    import tempfile
    import time

    from dataspark.engines.spark.session import Session
    from sparks import SETTINGS

    os.environ["TZ"] = "UTC"
    time.tzset()
    session = Session(SETTINGS)
    session.set("spark.sql.shuffle.partitions", "1")
    refused: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for different in differences(Engines.over(session._spark, Path(folder)), seed, count):
            _what, is_refused, why = different.partition("  →  refused: ")
            if is_refused:
                refused[why] += 1
            else:
                sys.stdout.write(f"{different}\n")
                sys.stdout.flush()
    session.close()
    sys.stderr.writelines(f"refused {often} ×: {why}\n" for why, often in refused.most_common())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
