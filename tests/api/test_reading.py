"""Rows, forms, pages, ETags: what a key that may read gets."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dataspark
from api.serving import Server
from workbench import Bench


def test_a_kpi_has_the_values_of_the_release_to_the_last_digit(served: Server, retail: Bench) -> None:
    told = served.get("/v1/kpis/ca_par_pays").json()
    with dataspark.open(retail.root) as lake:
        wanted = {row[0]: (row[1], row[2]) for row in lake.table("kpi_ca_par_pays").rows()}
    assert {row["pays"]: (row["nb_achats"], Decimal(row["ca_total"])) for row in told["rows"]} == wanted
    assert told["release"] == "r000002"
    assert told["next"] is None
    assert {one["name"]: one["type"] for one in told["columns"]}["ca_total"] == "DECIMAL(18,2)"


def test_every_form_has_the_same_rows(served: Server) -> None:
    path, query = "/v1/tables/fact_achats/rows", {"sort": "id_achat", "limit": 3}
    rows = served.get(path, **query).json()["rows"]
    lines = served.get(path, headers={"Accept": "application/x-ndjson"}, **query)
    assert [json.loads(line) for line in lines.text.splitlines()] == rows
    table = served.get(path, headers={"Accept": "text/csv;q=0.9, image/png"}, **query)
    assert table.headers["content-type"].startswith("text/csv")
    assert list(csv.DictReader(io.StringIO(table.text))) == [{k: str(v) for k, v in row.items()} for row in rows]
    parquet = pq.read_table(io.BytesIO(served.get(path, format="parquet", **query).content)).to_pylist()
    arrow = pa.ipc.open_stream(served.get(path, format="arrow", **query).content).read_all().to_pylist()
    assert parquet == arrow
    assert [row["montant"] for row in parquet] == [Decimal(row["montant"]) for row in rows]
    assert parquet[0]["date_achat"].isoformat().replace("+00:00", "Z") == rows[0]["date_achat"]


@pytest.mark.parametrize(
    ("table", "sort"),
    [
        ("fact_achats", ""),
        ("fact_achats", "dim_produit_id"),  # nothing but ties
        ("fact_achats", "-dim_temps_id,dim_produit_id"),
        ("quarantine.achats", "-montant"),  # texts, and nothing
        ("agregation_jour", "-ca_moyen"),  # floats
    ],
)
def test_pages_have_every_row_once_and_in_order(served: Server, retail: Bench, table: str, sort: str) -> None:
    paged = served.rows(table, sort=sort, limit=97)
    with dataspark.open(retail.root) as lake:
        count = lake.table(table).rows().__len__()
    whole = served.rows(table, sort=sort, limit=500)
    assert len(paged) == count
    assert paged == whole
    column = sort.split(",")[0].lstrip("-")
    if column:
        present = [row[column] for row in paged if row[column] is not None]
        assert present == sorted(present, reverse=sort.startswith("-"))
        assert all(row[column] is None for row in paged[len(present) :])  # NULL is last both ways


def test_filters_and_columns(served: Server, retail: Bench) -> None:
    filters = ["montant:gte:300.00", "dim_produit_id:in:1|2|3|4|5", "date_achat:lt:2025-09-01"]
    rows = served.rows("fact_achats", filter=filters, columns="id_achat,montant", limit=500)
    with dataspark.open(retail.root) as lake:
        wanted = lake.sql(
            "SELECT id_achat, montant FROM fact_achats WHERE montant >= 300 AND dim_produit_id IN (1, 2, 3, 4, 5) "
            "AND date_achat < TIMESTAMPTZ '2025-09-01 00:00:00+00'"
        ).rows()
    assert wanted
    assert sorted((row["id_achat"], Decimal(row["montant"])) for row in rows) == sorted(wanted)
    quoted = served.rows("dim_produit", filter=["produit:eq:it's; DROP TABLE x --"])
    assert quoted == []
    assert [row["produit"] for row in served.rows("dim_produit", filter=["produit:starts:Mou"])] == ["Mouse"]


def test_a_cursor_stays_in_its_release(served: Server) -> None:
    old = served.get("/v1/tables/fact_achats/rows", release="r000001", limit=5).json()
    assert old["release"] == "r000001"
    follow = served.get("/v1/tables/fact_achats/rows", limit=5, cursor=old["next"]).json()
    assert follow["release"] == "r000001"
    numbers = {served.get("/v1/tables/fact_achats", release=one).json()["rows"] for one in ("r000001", "r000002")}
    assert len(numbers) == 2


def test_the_link_leads_to_the_next_page(served: Server) -> None:
    first = served.get("/v1/tables/fact_achats/rows", sort="-montant", limit=2, format="csv")
    path = first.headers["link"].partition("<")[2].partition(">")[0]
    second = served.get(path).text
    assert second == "\r\n".join(
        [
            first.text.split("\r\n")[0],
            *served.get("/v1/tables/fact_achats/rows", sort="-montant", limit=4, format="csv").text.split("\r\n")[3:],
        ]
    )


def test_who_has_it_is_told_so(served: Server) -> None:
    for path in ("/v1/kpis/ca_par_pays", "/v1/tables", "/v1/tables/dim_pays/rows?limit=3"):
        first = served.get(path)
        etag = first.headers["etag"]
        again = served.get(path, headers={"If-None-Match": f'"other", {etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert served.get(path, headers={"If-None-Match": '"r000002-0"'}).status_code == 200
        assert first.headers["cache-control"].startswith("private")
    etags = {
        served.get("/v1/kpis/ca_par_pays", scope, headers={"Accept": form}).headers["etag"]
        for scope in ("read", "unmasked")
        for form in ("application/json", "text/csv")
    }
    etags.add(served.get("/v1/kpis/ca_par_pays", release="r000001").headers["etag"])
    assert len(etags) == 5


def test_sql_over_the_release(served: Server) -> None:
    sql = "SELECT pays, ca_total FROM kpi_ca_par_pays ORDER BY ca_total DESC LIMIT 2; -- done"
    told = served.post("/v1/sql", {"sql": sql}).json()
    best = served.get("/v1/tables/kpi_ca_par_pays/rows", sort="-ca_total", limit=2, columns="pays,ca_total").json()
    assert told["rows"] == best["rows"]
    values = "SELECT 'nan'::DOUBLE AS n, [1.5::DECIMAL(3,1)] AS l, TIMESTAMPTZ '2025-01-01 12:00:00+02' AS t, 1 AS t"
    assert served.post("/v1/sql", {"sql": values}).json()["rows"] == [
        {"n": "NaN", "l": ["1.5"], "t": "2025-01-01T10:00:00Z", "t_1": 1}
    ]
    assert len(served.post("/v1/sql", {"sql": "FROM range(100000)"}).json()["rows"]) == 500


def test_classified_values_stay_inside(served: Server, retail: Bench) -> None:
    with dataspark.open(retail.root) as lake:
        secrets = [
            str(value)
            for row in lake.sql(
                "SELECT nom, email FROM silver.clients WHERE nom IS NOT NULL AND email IS NOT NULL"
            ).rows()
            for value in row
        ]
    asked = [
        *("/v1/tables/dim_client/rows?limit=500", "/v1/tables/silver.clients/rows?limit=500&sort=-email"),
        *("/v1/quarantine/clients?limit=500", "/v1/trace/clients/12", "/v1/trace/gold.kpi_ca_par_pays/France?limit=50"),
        *("/v1/runs?limit=5", "/v1/quality"),
    ]
    for path in asked:
        hidden = served.get(path)
        assert hidden.status_code == 200, hidden.text
        assert [secret for secret in secrets if secret in hidden.text] == [], path
    profiles = served.post("/v1/sql", {"sql": "FROM quality.profiles"}).text
    assert [secret for secret in secrets if secret in profiles] == []
    told = served.post("/v1/sql", {"sql": "SELECT max(email) AS m, count(email) AS n FROM silver.clients"}).json()
    assert told["rows"] == [{"m": None, "n": 0}]
    assert served.rows("dim_client", filter=[f"email:eq:{secrets[1]}"]) == []
    assert served.get(f"/v1/trace/dim_client/email={secrets[1]}").status_code == 403
    for path in asked[:2]:
        assert secrets[1] in served.get(path, "unmasked").text
    assert '"raw":"12,' in served.get("/v1/trace/clients/12", "unmasked").text
    assert served.get("/v1/tables/dim_client/rows?limit=1").json()["masked"] == ["nom", "email"]


def test_what_stands_behind_the_rows(served: Server, retail: Bench) -> None:
    quarantine = {one["table"]: one["rows"] for one in served.get("/v1/quarantine").json()["tables"]}
    assert quarantine == {table: len(retail.quarantine(table)) for table in ("clients", "achats")}
    row = served.get("/v1/quarantine/achats", limit=1).json()["rows"][0]
    assert row["_reasons"]
    assert served.get("/v1/quality/achats").json()["quarantined"] == quarantine["achats"]
    steps = served.get("/v1/lineage/kpi_ca_par_pays.ca_total").json()["steps"]
    way = [(one["source"]["table"], one["target"]["table"]) for one in steps]
    assert {("raw.achats", "silver.achats"), ("gold.fact_achats", "gold.kpi_ca_par_pays")} <= set(way)
    picture = served.get("/v1/lineage/kpi_ca_par_pays.ca_total", headers={"Accept": "image/svg+xml"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.text.startswith("<svg")
    assert [one["id"] for one in served.get("/v1/releases").json()["releases"]] == ["r000002", "r000001"]
    run = served.get("/v1/runs").json()["runs"][0]
    assert run["outcome"] == "released"
    assert served.get(f"/v1/runs/{run['id']}").json()["steps"]
    traced = served.get("/v1/trace/gold.kpi_ca_par_pays/France").json()["start"]["first"][0]
    assert traced["ca_total"] == served.rows("kpi_ca_par_pays", filter=["pays:eq:France"])[0]["ca_total"]


def test_the_server_tells_of_itself(served: Server) -> None:
    assert served.client.get("/health").json() == {"status": "ok"}
    assert served.client.get("/ready").json() == {"status": "ready", "release": "r000002"}
    served.get("/v1/kpis/ca_par_pays")
    figures = served.get("/metrics").text
    assert 'dataspark_http_request_duration_seconds_count{method="GET",route="/v1/kpis/{kpi}",status="200"}' in figures
    assert 'dataspark_release_info{project="retail",release="r000002"} 1.0' in figures
    page = served.client.get("/docs")
    assert "://" not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    assert {served.client.get(f"/{one}").status_code for one in loaded} == {200}
