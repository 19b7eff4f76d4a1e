"""Where the columns of a query come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.sql.parsing import Parser, is_unnamed

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
        ("SELECT x FROM silver.clients AS c(x, id, y)", {"x": ["silver.clients.id IDENTITY"]}),
        ("SELECT id FROM silver.clients AS c(x, id, y)", {"id": ["silver.clients.nom IDENTITY"]}),
        (
            "SELECT sum(montant) OVER v AS s FROM silver.achats WINDOW w AS (PARTITION BY client), v AS (w ORDER BY jour)",
            {"s": [f"silver.achats.{name} AGGREGATION" for name in ("client", "jour", "montant")]},
        ),
        ("SELECT id, (SELECT nom) AS n FROM silver.clients",
         {"id": ["silver.clients.id IDENTITY"], "n": ["silver.clients.nom IDENTITY"]}),
        ("SELECT r.n, c.id FROM silver.clients AS c, range(len(c.nom)) AS r(n)",
         {"n": ["silver.clients.nom TRANSFORMATION"], "id": ["silver.clients.id IDENTITY"]}),
        ("SELECT nom FROM silver.clients EXCEPT SELECT pays FROM dim_pays", {"nom": ["silver.clients.nom IDENTITY"]}),
        ("SELECT EXISTS (SELECT * FROM silver.achats AS a WHERE a.client = c.id) AS e FROM silver.clients AS c", {"e": []}),
        ("SELECT [n || pays FOR n IN ['x']] AS l FROM silver.clients", {"l": ["silver.clients.pays TRANSFORMATION"]}),
    ],
)  # fmt: skip
def test_values_come_from(parser: Parser, sql: str, expected: dict[str, list[str]]) -> None:
    found = origins(parser, sql)
    if "plus" in found:  # (the correlation is a column of the subquery's condition, and may be named or not)
        found["plus"] = [one for one in found["plus"] if "montant" in one]
    assert found == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        # What a later round brings: `s` has `t` in the first one, and a name in the second.
        (
            "WITH RECURSIVE r AS (SELECT 1 AS k, 'x' AS s, 'y' AS t UNION ALL "
            "SELECT k + 1, t, c.nom FROM r JOIN silver.clients AS c ON c.id = k) SELECT k, s FROM r",
            {"k": [], "s": ["silver.clients.nom IDENTITY"]},
        ),
        (
            "WITH RECURSIVE r(a, b, c) AS (SELECT id, nom, pays FROM silver.clients UNION "
            "SELECT a + 1, c, b || 'x' FROM r WHERE a < 5) SELECT o.b, a FROM r AS o",
            {
                "b": ["silver.clients.nom TRANSFORMATION", "silver.clients.pays TRANSFORMATION"],
                "a": ["silver.clients.id TRANSFORMATION"],
            },
        ),
        (
            "WITH RECURSIVE r AS (SELECT * FROM silver.clients UNION ALL SELECT * FROM r WHERE id < 3), "
            "other AS (SELECT pays FROM r) SELECT * FROM other",
            {"pays": ["silver.clients.pays IDENTITY"]},
        ),
        (
            "SELECT id, nom FROM silver.clients UNION ALL BY NAME SELECT pays AS nom, pays_id AS id, 1 AS un FROM dim_pays",
            {
                "id": ["gold.dim_pays.pays_id IDENTITY", "silver.clients.id IDENTITY"],
                "nom": ["gold.dim_pays.pays IDENTITY", "silver.clients.nom IDENTITY"],
                "un": [],
            },
        ),
        (
            "WITH u(a, b, c, d) AS (SELECT * FROM silver.clients UNION BY NAME SELECT pays, pays_id FROM dim_pays) "
            "SELECT c, d FROM u",
            {
                "c": ["gold.dim_pays.pays IDENTITY", "silver.clients.pays IDENTITY"],
                "d": ["gold.dim_pays.pays_id IDENTITY"],
            },
        ),
        (
            "SELECT * FROM (PIVOT silver.clients ON pays IN ('FR', 'BE') USING max(nom))",
            {
                "id": ["silver.clients.id IDENTITY"],
                "fr": ["silver.clients.nom AGGREGATION", "silver.clients.pays AGGREGATION"],
                "be": ["silver.clients.nom AGGREGATION", "silver.clients.pays AGGREGATION"],
            },
        ),
        (
            "WITH p AS (PIVOT (SELECT jour, client, montant FROM silver.achats) ON client IN (1), jour IN ('d') "
            'USING sum(montant) AS s, count(*) AS n GROUP BY montant) SELECT "1_d_s" AS s, "1_d_n" AS n FROM p',
            {
                "s": [f"silver.achats.{name} AGGREGATION" for name in ("client", "jour", "montant")],
                "n": [f"silver.achats.{name} AGGREGATION" for name in ("client", "jour")],
            },
        ),
        (
            "SELECT q.x, z FROM silver.clients PIVOT (min(nom) FOR pays IN ('FR' AS f, 'BE') GROUP BY id) AS q(x, y, z)",
            {
                "x": ["silver.clients.id IDENTITY"],
                "z": ["silver.clients.nom AGGREGATION", "silver.clients.pays AGGREGATION"],
            },
        ),
        (
            "FROM (UNPIVOT silver.clients ON nom, upper(pays) AS p INTO NAME k VALUE v)",
            {
                "id": ["silver.clients.id IDENTITY"],
                "k": [],
                "v": ["silver.clients.nom IDENTITY", "silver.clients.pays TRANSFORMATION"],
            },
        ),
        (
            "SELECT value, id FROM (UNPIVOT silver.clients ON COLUMNS(* EXCLUDE (id)))",
            {
                "value": ["silver.clients.nom IDENTITY", "silver.clients.pays IDENTITY"],
                "id": ["silver.clients.id IDENTITY"],
            },
        ),
        (
            "SELECT * FROM silver.clients UNPIVOT INCLUDE NULLS ((v, w) FOR k IN ((nom, pays) AS 'x', (pays, nom)))",
            {
                "id": ["silver.clients.id IDENTITY"],
                "k": [],
                "v": ["silver.clients.nom IDENTITY", "silver.clients.pays IDENTITY"],
                "w": ["silver.clients.nom IDENTITY", "silver.clients.pays IDENTITY"],
            },
        ),
    ],
)
def test_values_of_recursive_queries_unions_by_name_and_pivots(
    parser: Parser, sql: str, expected: dict[str, list[str]]
) -> None:
    assert origins(parser, sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (PIVOT silver.clients ON pays USING max(nom))",
        "SELECT id FROM silver.clients PIVOT (max(nom) FOR pays IN (SELECT pays FROM dim_pays))",
        "FROM (UNPIVOT silver.clients ON COLUMNS('n.*'))",
        "WITH RECURSIVE r(a, b) USING KEY (a) AS (SELECT 1, 2 UNION SELECT a + 1, b FROM r WHERE a < 3) SELECT a FROM r",
        "SELECT #2 AS x FROM silver.clients",
        "SELECT q.nom FROM query('FROM silver.clients') AS q, silver.achats",
        "VALUES (1)",
    ],
)
def test_what_does_not_say_its_columns_is_not_guessed_at(parser: Parser, sql: str) -> None:
    assert origins(parser, sql) == {}


def test_what_is_read_twice_at_each_of_many_steps_is_followed_once(parser: Parser) -> None:
    steps = ", ".join(f"t{n} AS (SELECT a || b AS a, b || a AS b FROM t{n - 1})" for n in range(1, 40))
    sql = f"WITH t0 AS (SELECT nom AS a, pays AS b FROM silver.clients), {steps} SELECT a FROM t39"
    assert origins(parser, sql) == {"a": ["silver.clients.nom TRANSFORMATION", "silver.clients.pays TRANSFORMATION"]}


def test_a_column_without_a_name_keeps_its_place(parser: Parser) -> None:
    sql = "SELECT max(nom), id, pays AS id FROM silver.clients GROUP BY ALL"
    assert origins(parser, sql) == {
        "_col_0": ["silver.clients.nom AGGREGATION"],
        "id": ["silver.clients.id IDENTITY", "silver.clients.pays IDENTITY"],  # either may be meant
        "_col_2": ["silver.clients.pays IDENTITY"],
    }
    assert is_unnamed("_col_0")
    assert not is_unnamed("id")


def test_what_cannot_be_followed_has_no_columns(parser: Parser) -> None:
    assert origins(parser, "SELECT nothing.x FROM silver.achats") in ({}, {"x": []})


def test_answers_are_remembered(parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = parser.origins("SELECT id FROM silver.achats", COLUMNS)
    parser.save()
    monkeypatch.setattr("dataspark.sql.parsing.parse", None)
    assert Parser(tmp_path).origins("SELECT id FROM silver.achats", COLUMNS) == first
