"""What has no translation is refused, with its line, with the reason and with a way out where there is one."""

from __future__ import annotations

import re

import pytest

from dataspark.engines.duckdb.binding import Binder
from dataspark.errors import StatementRejected
from dataspark.project import EngineSettings
from dataspark.sql.spark import Relation, Translator
from dialect.engines import HERE, TABLES

Refusal = tuple[int, str, str]


def refusals() -> list[Refusal]:
    """(line, words of the message, query)."""
    found = []
    for part in (HERE / "refusals.sql").read_text().split("\n\n")[1:]:
        first, _, query = part.strip().partition("\n")
        line, _, message = first.removeprefix("-- ").partition(": ")
        found.append((int(line), message, query))
    return found


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator(Binder(EngineSettings()))


@pytest.fixture(scope="module")
def relations() -> dict[str, Relation]:
    import duckdb

    duck = duckdb.connect()
    duck.execute((HERE / "tables.sql").read_text())
    columns = {table: duck.execute(f"DESCRIBE {table}").fetchall() for table in TABLES}
    return {table: Relation(f"`{table}`", tuple((row[0], row[1]) for row in rows)) for table, rows in columns.items()}


@pytest.mark.parametrize(("line", "message", "query"), refusals(), ids=[found[1][:40] for found in refusals()])
def test_refusals(translator: Translator, relations: dict[str, Relation], line: int, message: str, query: str) -> None:
    with pytest.raises(StatementRejected, match=re.escape(message)) as error:
        translator.query(query, relations)
    assert error.value.line == line


def test_what_duckdb_itself_refuses(translator: Translator, relations: dict[str, Relation]) -> None:
    with pytest.raises(StatementRejected, match='Referenced column "nope" not found') as error:
        translator.query("SELECT k\nFROM t\nWHERE nope = 1", relations)
    assert error.value.line == 3


def test_values_that_are_cast_again_and_again_stay_small(
    translator: Translator, relations: dict[str, Relation]
) -> None:
    """A cast of a text names it several times: written out, ten of them would take gigabytes."""
    sizes = []
    query = "s"
    for _ in range(10):
        query = f"CAST(TRY_CAST({query} AS INTEGER) AS VARCHAR)"
        sizes.append(len(translator.query(f"SELECT {query} AS x FROM t", relations).sql))
    assert sizes[-1] < 20 * sizes[0]
