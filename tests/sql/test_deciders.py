"""Which columns decide what rows a query has."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.sql.parsing import Parser

COLUMNS = {"silver.a": ["id", "c", "m"], "silver.b": ["id", "n"]}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT m, c FROM silver.a", ""),
        ("SELECT id FROM silver.a WHERE c > 1 OR m IS NULL", "FILTER a.c, FILTER a.m"),
        ("SELECT c, sum(m) AS s FROM silver.a GROUP BY c HAVING sum(m) > 3", "GROUP a.c, FILTER a.m"),
        ("SELECT c AS k, sum(m) AS s FROM silver.a GROUP BY k", "GROUP a.c"),
        ("SELECT c, sum(m) AS s FROM silver.a GROUP BY ALL", "GROUP a.c"),
        ("SELECT DISTINCT c FROM silver.a", "GROUP a.c"),
        ("SELECT DISTINCT ON (c) m FROM silver.a", "GROUP a.c"),
        ("SELECT m FROM silver.a JOIN silver.b USING (id)", "JOIN a.id, JOIN b.id"),
        ("SELECT m FROM silver.a AS x LEFT JOIN silver.b AS y ON x.c = y.n", "JOIN a.c, JOIN b.n"),
        ("SELECT m FROM silver.a, silver.b WHERE a.id = b.id", "FILTER a.id, FILTER b.id"),
        ("SELECT m FROM silver.a ORDER BY c LIMIT 3", "FILTER a.c"),
        ("SELECT m FROM silver.a ORDER BY c", ""),
        ("SELECT m FROM silver.a QUALIFY row_number() OVER (PARTITION BY c ORDER BY id) = 1", "FILTER a.c, FILTER a.id"),
        ("WITH t AS (SELECT id AS x, m * 2 AS y FROM silver.a) SELECT 1 AS o FROM t WHERE y > 3", "FILTER a.m"),
        ("SELECT m FROM silver.a WHERE c IN (SELECT n FROM silver.b WHERE id > 1)", "FILTER a.c, FILTER b.id, FILTER b.n"),
        ("SELECT m FROM silver.a AS x WHERE EXISTS (SELECT 1 FROM silver.b AS y WHERE y.id = x.c)", "FILTER a.c, FILTER b.id"),
        ("SELECT m FROM (SELECT * FROM silver.a WHERE c = 1) AS t SEMI JOIN silver.b ON t.id = b.id",
         "FILTER a.c, JOIN a.id, JOIN b.id"),
        ("SELECT c FROM silver.a UNION ALL SELECT n FROM silver.b WHERE id = 3", "FILTER b.id"),
        ("SELECT c FROM silver.a UNION SELECT n FROM silver.b", "GROUP a.c, GROUP b.n"),
        ("SELECT c FROM silver.a EXCEPT SELECT n FROM silver.b", "FILTER a.c, FILTER b.n"),
        ("SELECT c AS x FROM silver.a UNION ALL SELECT n FROM silver.b ORDER BY x LIMIT 3", "FILTER a.c, FILTER b.n"),
        ("(SELECT c, m AS x FROM silver.a) ORDER BY 2 LIMIT 3", "FILTER a.m"),
        ("SELECT m AS x FROM silver.a ORDER BY x LIMIT 3", "FILTER a.m"),
        ("SELECT m AS x FROM silver.a ORDER BY x IN (SELECT n FROM silver.b WHERE id > 1) LIMIT 3",
         "FILTER a.m, FILTER b.id, FILTER b.n"),
        ("SELECT DISTINCT ON (x) c AS x, m FROM silver.a ORDER BY x, id", "FILTER a.c, GROUP a.c, FILTER a.id"),
        ("SELECT c FROM silver.a QUALIFY row_number() OVER w = 1 WINDOW w AS (ORDER BY m)", "FILTER a.m"),
        ("SELECT x FROM silver.a, unnest([m]) AS u(x)", "JOIN a.m"),
        ("SELECT c, unnest([m]) AS x FROM silver.a", "JOIN a.m"),
        ("SELECT c FROM silver.a, range(m) AS r(x)", "JOIN a.m"),
        ("WITH RECURSIVE r AS (SELECT id, c FROM silver.a UNION ALL SELECT b.id, b.n FROM r JOIN silver.b ON r.c = b.id "
         "WHERE r.id < 9) SELECT 1 AS o FROM r WHERE c > 1",
         "FILTER a.c, JOIN a.c, FILTER a.id, FILTER b.id, JOIN b.id, FILTER b.n, JOIN b.n"),
        ("SELECT c FROM silver.a UNION ALL BY NAME SELECT n AS c FROM silver.b WHERE id > 1", "FILTER b.id"),
        ("FROM (PIVOT silver.a ON c IN (1) USING sum(m))", "GROUP a.id"),
        ("FROM (UNPIVOT silver.a ON c, m)", "FILTER a.c, FILTER a.m"),
        ("SELECT id FROM silver.a UNPIVOT INCLUDE NULLS (v FOR k IN (c, m))", ""),
        ("SELECT nothing.x FROM silver.a WHERE nothing.y", ""),
    ],
)  # fmt: skip
def test_rows_are_decided_by(tmp_path: Path, sql: str, expected: str) -> None:
    found = Parser(tmp_path).deciders(sql, COLUMNS)
    assert ", ".join(f"{one.kind} {one.table.removeprefix('silver.')}.{one.column}" for one in found) == expected


def test_answers_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = Parser(tmp_path)
    first = parser.deciders("SELECT id FROM silver.a WHERE c > 1", COLUMNS)
    parser.save()
    monkeypatch.setattr("dataspark.sql.parsing.parse", None)
    assert Parser(tmp_path).deciders("SELECT id FROM silver.a WHERE c > 1", COLUMNS) == first
