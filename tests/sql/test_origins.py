"""Where the columns of a query come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.sql.parsing import Parser

COLUMNS = {
    "silver.achats": ["id", "client", "montant", "jour"],
    "silver.clients": ["id", "nom", "pays"],
    "gold.dim_pays": ["pays_id", "pays"],
}


@pytest.fixture
def parser(tmp_path: Path) -> Parser:
    return Parser(tmp_path)


def origins(parser: Parser, sql: str) -> dict[str, list[str]]:
    found = parser.origins(sql, COLUMNS)
    return {column: [f"{one.table}.{one.column} {one.kind}" for one in of] for column, of in found.items()}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM silver.achats", {"id": ["silver.achats.id IDENTITY"]}),
        (
            "SELECT a.montant * 2 AS double FROM silver.achats AS a",
            {"double": ["silver.achats.montant TRANSFORMATION"]},
        ),
        (
            "SELECT jour, sum(montant) AS ca, count(*) AS nb FROM silver.achats WHERE client > 3 GROUP BY jour",
            {"jour": ["silver.achats.jour IDENTITY"], "ca": ["silver.achats.montant AGGREGATION"], "nb": []},
        ),
        (
            "WITH t AS (SELECT client, sum(montant) AS ca FROM silver.achats GROUP BY 1) "
            "SELECT c.nom, t.ca / 2 AS moitie FROM t JOIN silver.clients AS c ON c.id = t.client",
            {"nom": ["silver.clients.nom IDENTITY"], "moitie": ["silver.achats.montant AGGREGATION"]},
        ),
        (
            "SELECT nom AS x FROM silver.clients UNION ALL SELECT pays FROM dim_pays",
            {"x": ["gold.dim_pays.pays IDENTITY", "silver.clients.nom IDENTITY"]},
        ),
        (
            "SELECT coalesce(c.nom, '?') || c.pays AS titre FROM silver.clients AS c",
            {"titre": ["silver.clients.nom TRANSFORMATION", "silver.clients.pays TRANSFORMATION"]},
        ),
        (
            "SELECT row_number() OVER (ORDER BY pays) AS n FROM silver.clients",
            {"n": ["silver.clients.pays AGGREGATION"]},
        ),
        (
            "SELECT * FROM silver.clients",
            {name: [f"silver.clients.{name} IDENTITY"] for name in ("id", "nom", "pays")},
        ),
        (
            "SELECT id, (SELECT max(montant) FROM silver.achats AS a WHERE a.client = c.id) AS plus FROM silver.clients AS c",
            {"id": ["silver.clients.id IDENTITY"], "plus": ["silver.achats.montant AGGREGATION"]},
        ),
    ],
)
def test_values_come_from(parser: Parser, sql: str, expected: dict[str, list[str]]) -> None:
    found = origins(parser, sql)
    if "plus" in found:  # (the correlation is a column of the subquery's condition, and may be named or not)
        found["plus"] = [one for one in found["plus"] if "montant" in one]
    assert found == expected


def test_what_cannot_be_followed_has_no_columns(parser: Parser) -> None:
    assert origins(parser, "SELECT nothing.x FROM silver.achats") in ({}, {"x": []})


def test_answers_are_remembered(parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = parser.origins("SELECT id FROM silver.achats", COLUMNS)
    parser.save()
    monkeypatch.setattr("dataspark.sql.parsing.parse", None)
    assert Parser(tmp_path).origins("SELECT id FROM silver.achats", COLUMNS) == first
