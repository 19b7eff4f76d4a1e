"""Where columns come from, and whose values are not for everybody: `ColumnLineage` over whole projects."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dataspark.columns import ColumnLineage
from dataspark.sql.parsing import Parser
from dataspark.tables import TableRef
from workbench import EXAMPLES, Bench

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: {0}\nversion: 1.0.0\nstatus: active\nschema:\n  - name: {0}\n"
CLIENTS = (
    HEAD.format("clients")
    + """
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: nom, logicalType: string, classification: personal}
      - {name: pays, logicalType: string, classification: public}
"""
)
ACHATS = (
    HEAD.format("achats")
    + """
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: client, logicalType: integer}
      - {name: montant, logicalType: number}
"""
)


def gold_contract(name: str, column: str, classification: str) -> str:
    return (
        HEAD.format(name)
        + f"""
    customProperties: [{{property: layer, value: gold}}]
    properties:
      - {{name: {column}, logicalType: string, classification: {classification}}}
"""
    )


def lineage(root: Path, contracts: dict[str, str] | None = None, **models: str) -> ColumnLineage:
    files = {"contracts/clients.odcs.yaml": CLIENTS, "contracts/achats.odcs.yaml": ACHATS}
    files |= {f"contracts/{name}.odcs.yaml": text for name, text in (contracts or {}).items()}
    files |= {f"models/{name}.sql": sql for name, sql in models.items()}
    return ColumnLineage(Bench.of_files(root, files).workspace)


def raw(known: ColumnLineage, table: str, column: str) -> set[str]:
    """The raw columns below a column."""
    if table.startswith("raw."):
        return {f"{table}.{column}"}
    return {end for one in known.origins(table)[column] for end in raw(known, one.table, one.column)}


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> ColumnLineage:
    return ColumnLineage(Bench.of_example(tmp_path_factory.mktemp("columns") / "retail").workspace)


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("dim_pays", "dim_pays_id", "clients.pays"),
        ("dim_client", "nom", "clients.nom"),
        ("dim_client", "dim_pays_id", "clients.pays"),
        ("dim_produit", "produit", "achats.produit"),
        ("fact_achats", "dim_client_id", "clients.id_client"),
        ("fact_achats", "dim_temps_id", "achats.date_achat"),
        ("fact_achats", "quantite", ""),
        ("agregation_jour", "ca_total", "achats.montant"),
        ("agregation_jour", "nb_transactions", ""),
        ("dim_temps", "nom_jour", "achats.date_achat"),
        ("agregation_semaine", "ca_moyen", "achats.montant"),
        ("kpi_ca_par_pays", "ca_total", "achats.montant"),
        ("kpi_ca_par_pays", "pays", "clients.pays"),
        ("kpi_taux_croissance", "taux_croissance", "achats.date_achat achats.montant"),
        ("kpi_distributions_statistiques", "mediane", "achats.montant"),
        ("kpi_distributions_statistiques", "metrique", ""),
    ],
)
def test_retail_goes_back_to_the_raw_files(retail: ColumnLineage, table: str, column: str, expected: str) -> None:
    assert raw(retail, f"gold.{table}", column) == {f"raw.{one}" for one in expected.split()}


def test_retail_is_followed_whole(retail: ColumnLineage) -> None:
    models = sorted(file.stem for file in (EXAMPLES / "retail/models").glob("*.sql"))
    assert [name for name in models if not retail.is_followed(TableRef.parse(name))] == []
    dim_client = TableRef.parse("dim_client")
    assert retail.classified(dim_client, retail.columns["gold.dim_client"]) == {"nom", "email"}


@pytest.mark.parametrize(
    ("sql", "columns", "hidden"),
    [
        ("SELECT id, nom AS titre FROM silver.clients", "id titre", "titre"),
        ("SELECT upper(nom) AS n, length(pays) AS l FROM silver.clients", "n l", "n"),
        ("SELECT max(nom) AS dernier, count(*) AS nb FROM silver.clients", "dernier nb", "dernier"),
        ("SELECT pays AS x FROM silver.clients UNION ALL SELECT nom FROM silver.clients", "x", "x"),
        ("WITH t AS (SELECT nom AS a, pays AS b FROM silver.clients) SELECT b, a FROM t", "b a", "a"),
        ("SELECT lag(nom) OVER (ORDER BY id) AS avant, id FROM silver.clients", "avant id", "avant"),
        ("SELECT row_number() OVER (ORDER BY nom) AS rang, id FROM silver.clients", "rang id", "rang"),
        (
            "SELECT a.montant, c.nom FROM silver.achats AS a JOIN silver.clients AS c ON c.id = a.client",
            "montant nom",
            "nom",
        ),
        ("SELECT (SELECT min(nom) FROM silver.clients) AS n, id FROM silver.achats", "n id", "n"),
        ("SELECT CASE WHEN nom IS NULL THEN 0 ELSE 1 END AS a_un_nom FROM silver.clients", "a_un_nom", "a_un_nom"),
        ("SELECT s.k AS x FROM (SELECT {'k': nom} AS s FROM silver.clients)", "x", "x"),
        ("SELECT NOM AS X, Id FROM silver.clients", "X Id", "X"),
        # What does not say which columns it reads is not for everybody as a whole.
        ("SELECT c AS tout, id FROM silver.clients AS c", "tout id", "tout id"),
        ("SELECT x, n FROM query('SELECT 1 AS x') AS q, (SELECT max(nom) AS n FROM silver.clients)", "x n", "x n"),
        ("SELECT #2 AS x, id FROM silver.clients", "x id", "x id"),
        ("SELECT struct_pack(*) AS tout FROM silver.clients", "tout", "tout"),
        ("SELECT COLUMNS('n.*') AS x FROM silver.clients", "x", "x"),
        ("SELECT max(nom), id FROM silver.clients GROUP BY id", "max(nom) id", "max(nom)"),
        ("SELECT * FROM (PIVOT silver.clients ON pays USING max(nom))", "id France", "id France"),
        ("SELECT nom, montant FROM quarantine.clients CROSS JOIN silver.achats", "nom montant", "nom"),
        ("SELECT _text AS t, id FROM quarantine.clients", "t id", "t"),
        ("SELECT * FROM repeats.clients", "_text x", "_text x"),
        ("SELECT montant FROM silver.achats", "montant", ""),
        # Functions that make rows of nothing.
        ("SELECT r.n, pays, nom FROM silver.clients CROSS JOIN range(3) AS r(n)", "n pays nom", "nom"),
        ("SELECT generate_series AS n FROM generate_series(1, 3)", "n", ""),
        ("SELECT r.n, pays FROM silver.clients AS c, range(len(c.nom)) AS r(n)", "n pays", "n"),
        # Under another name, by place, by name, round by round.
        ("SELECT (SELECT nom) AS n, id FROM silver.clients", "n id", "n"),
        ("SELECT id, pays FROM silver.clients AS c(nom, id, pays)", "id pays", "id"),
        ("SELECT pays, nom FROM (SELECT nom AS pays, pays AS nom FROM silver.clients)", "pays nom", "pays"),
        (
            "SELECT id, pays FROM silver.clients UNION BY NAME SELECT nom AS pays, 1 AS un FROM silver.clients",
            "id pays un",
            "pays",
        ),
        (
            "WITH RECURSIVE r AS (SELECT 1 AS k, '' AS s, '' AS t UNION ALL "
            "SELECT k + 1, t, nom FROM r JOIN silver.clients ON id = k) SELECT k, s FROM r",
            "k s",
            "s",
        ),
        ("SELECT * FROM (PIVOT silver.clients ON pays IN ('FR') USING max(nom))", "id FR", "FR"),
        ("SELECT * FROM (PIVOT silver.clients ON nom IN ('Ada') USING count(*) AS n)", "id pays Ada_n", "Ada_n"),
        ("FROM (UNPIVOT silver.clients ON nom, pays INTO NAME k VALUE v)", "id k v", "v"),
        ("SELECT count(*) OVER w AS n, id FROM silver.clients WINDOW w AS (PARTITION BY nom)", "n id", "n"),
    ],
)
def test_classification_is_inherited(tmp_path: Path, sql: str, columns: str, hidden: str) -> None:
    known = lineage(tmp_path, m=sql, suite="SELECT * FROM m")
    asked = columns.split() if "(" not in columns else ["max(nom)", "id"]
    assert known.classified(TableRef.parse("m"), asked) == set(hidden.split())
    assert known.classified(TableRef.parse("suite"), asked) == set(hidden.split()), "and from table to table"


def test_a_column_that_no_table_is_known_to_have_is_hidden(tmp_path: Path) -> None:
    known = lineage(
        tmp_path, m="SELECT max(nom), 1 AS un FROM silver.clients", suite='SELECT "max(nom)" AS x, un FROM m'
    )
    assert known.classified(TableRef.parse("suite"), ["x", "un"]) == {"x"}


def test_a_column_without_a_name_is_found_by_its_place(tmp_path: Path) -> None:
    models = {
        "m": "SELECT max(nom), 1 AS un FROM silver.clients",
        "named": "SELECT x, y FROM m AS t(x, y)",
        "united": "SELECT 1 AS x, 2 AS y UNION ALL SELECT * FROM m",
    }
    known = lineage(tmp_path, **models)
    assert known.columns["gold.m"] == ("un",)
    assert known.classified(TableRef.parse("named"), ["x", "y"]) == {"x"}
    assert known.classified(TableRef.parse("united"), ["x", "y"]) == {"x"}


def test_public_in_a_gold_contract_ends_it(tmp_path: Path) -> None:
    models = {"m": "SELECT left(nom, 1) AS initiale, nom FROM silver.clients", "suite": "SELECT initiale, nom FROM m"}
    known = lineage(tmp_path, {"m": gold_contract("m", "initiale", "public")}, **models)
    assert known.classified(TableRef.parse("m"), ["initiale", "nom"]) == {"nom"}
    assert known.classified(TableRef.parse("suite"), ["initiale", "nom"]) == {"nom"}


def test_a_gold_contract_classifies_too(tmp_path: Path) -> None:
    contract = {"m": gold_contract("m", "marge", "restricted")}
    known = lineage(
        tmp_path, contract, m="SELECT montant AS marge, id FROM silver.achats", suite="SELECT marge AS x FROM m"
    )
    assert known.classified(TableRef.parse("m"), ["marge", "id"]) == {"marge"}
    assert known.classified(TableRef.parse("suite"), ["x"]) == {"x"}


def test_tables_besides_gold(tmp_path: Path) -> None:
    known = lineage(tmp_path, m="SELECT 1 AS un")
    asked = ["id", "nom", "_text", "_file"]
    assert known.classified(TableRef.parse("silver.clients"), asked) == {"nom"}
    assert known.classified(TableRef.parse("quarantine.clients"), asked) == {"nom", "_text"}
    assert known.classified(TableRef.parse("quarantine.achats"), asked) == set()
    assert known.classified(TableRef.parse("m"), ["un"]) == set()
    assert known.classified(TableRef.parse("gone"), ["x", "y"]) == {"x", "y"}, "a model of an older release"
    for layer in ("silver", "quarantine", "journal"):
        assert known.classified(TableRef.parse(f"{layer}.gone"), ["x", "_file"]) == {"x", "_file"}, (
            "its contract is gone"
        )
    assert known.classified(TableRef.parse("quality.counts"), ["table_name"]) == set()


def test_nothing_is_hidden_where_nothing_is_classified(tmp_path: Path) -> None:
    contracts = {"clients": CLIENTS.replace("personal", "public")}
    known = lineage(tmp_path, contracts, m="SELECT c AS tout FROM silver.clients AS c")
    assert known.classified(TableRef.parse("m"), ["tout"]) == set()
    assert known.classified(TableRef.parse("gone"), ["x"]) == set()


QUERIES = (
    "SELECT id, nom AS titre, pays FROM silver.clients",
    "SELECT upper(nom) AS n, length(pays) AS l, coalesce(pays, nom) AS c FROM silver.clients",
    "SELECT pays, max(nom) AS m, count(*) AS nb, string_agg(nom, ',' ORDER BY id) AS s FROM silver.clients GROUP BY pays",
    "SELECT pays AS x, id FROM silver.clients UNION ALL SELECT nom, id FROM silver.clients",
    "WITH t AS (SELECT id, nom || pays AS a FROM silver.clients), u AS (SELECT id, a AS b FROM t) SELECT b, id AS c FROM u",
    "SELECT id, lag(nom) OVER (ORDER BY id) AS avant, max(pays) OVER (PARTITION BY id) AS p FROM silver.clients",
    "SELECT id, row_number() OVER (ORDER BY nom) AS rang FROM silver.clients",
    "SELECT a.id, c.nom, a.montant FROM silver.achats AS a JOIN silver.clients AS c ON c.id = a.client",
    "SELECT id, (SELECT nom FROM silver.clients AS c WHERE c.id = a.client) AS n FROM silver.achats AS a",
    "SELECT id, pays, CASE WHEN nom > 'm' THEN 1 ELSE 0 END AS tard FROM silver.clients",
    "SELECT id, s.k AS x, s.l AS y FROM (SELECT id, {'k': nom, 'l': pays} AS s FROM silver.clients)",
    "SELECT id, list_transform([pays, 'x'], z -> z || nom) AS l FROM silver.clients",
    "SELECT id, unnest([nom, pays]) AS u FROM silver.clients",
    "SELECT * EXCLUDE (pays) REPLACE (lower(nom) AS nom) FROM silver.clients",
    "SELECT c AS tout, id FROM silver.clients AS c",
    "SELECT id, (SELECT nom) AS n FROM silver.clients",
    "SELECT id, to_json(c) AS j FROM silver.clients AS c",
    "SELECT id, u.v FROM silver.clients, unnest([nom]) AS u(v)",
    "SELECT x.id, x.n FROM (SELECT id, nom AS n FROM silver.clients) AS x, LATERAL (SELECT 1)",
    "SELECT arg_max(nom, id) AS a, arg_max(id, pays) AS b, count(DISTINCT pays) AS c FROM silver.clients",
    "SELECT id, nom = 'a' AS est_a, [n for n in [nom]] AS l, struct_pack(n := nom).n AS s FROM silver.clients",
    "FROM silver.clients SELECT id, columns('n.*')",
    "SELECT x AS id, pays FROM silver.clients AS c(x, pays, y)",
    "SELECT id, rank() OVER w AS r FROM silver.clients WINDOW w AS (ORDER BY nom)",
    "SELECT * FROM (PIVOT silver.clients ON pays IN ('p1', 'p2') USING max(nom) AS m, count(*))",
    "SELECT id, k, v FROM (UNPIVOT silver.clients ON nom, pays INTO NAME k VALUE v) WHERE k = 'nom'",
    "SELECT id, #2 AS x FROM silver.clients",
    "SELECT id, pays FROM silver.clients UNION ALL BY NAME SELECT nom AS pays, id + 9 AS id FROM silver.clients",
)


@pytest.mark.parametrize("query", QUERIES)
def test_what_changes_with_a_column_comes_from_it(tmp_path: Path, query: str) -> None:
    """The engine is asked: a column of which a value moves when only names move must be known to come from them."""
    columns = {"silver.clients": ["id", "nom", "pays"], "silver.achats": ["id", "client", "montant"]}
    known = Parser(tmp_path).origins(query, columns)
    with duckdb.connect() as engine:
        engine.execute(
            "CREATE SCHEMA silver; CREATE TABLE silver.achats AS SELECT 7 AS id, 1 AS client, 2.5 AS montant"
        )
        answers = []
        for names in (("a", "z", "k"), ("y", "b", "q")):
            rows = ", ".join(f"({n}, '{name}', 'p{n}')" for n, name in enumerate(names, 1))
            engine.execute(f"CREATE OR REPLACE TABLE silver.clients AS FROM (VALUES {rows}) AS t(id, nom, pays)")
            found = engine.execute(query)
            titles = [one[0] for one in found.description]
            answer = found.fetchall()
            if "id" in titles:  # each value beside those of its row; else each column for itself
                answer.sort(key=lambda row: row[titles.index("id")])
            values = [list(map(str, of)) for of in zip(*answer, strict=True)]
            answers.append(values if "id" in titles else list(map(sorted, values)))
    moved = {title for title, before, after in zip(titles, *answers, strict=True) if before != after}
    assert moved, "the query shows no name"
    told = {column for column, of in known.items() if any(one.column == "nom" for one in of)}
    unknown = {title for title in titles if title not in known}
    assert moved <= told | unknown
