"""Whatever is asked wrongly: a problem that says what, nothing of the inside, and a server that lives on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.serving import Server
from workbench import Bench

ROWS = "/v1/tables/fact_achats/rows"
INSIDE = (
    "duckdb",
    "DuckDB",
    "Traceback",
    ".py",
    "read_parquet",
    "part-",
    "pydantic",
    "starlette",
    "fastapi",
    "sqlglot",
)


def judged(answer: Any, retail: Bench, status: int, kind: str) -> dict[str, Any]:
    """The problem of an answer, after a look at what every problem must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert (told["type"], told["status"]) == (f"/problems/{kind}", status)
    assert told["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert [word for word in (*INSIDE, str(retail.root), "/tmp") if word in answer.text] == []
    return told


@pytest.mark.parametrize(
    ("path", "status", "kind", "says"),
    [
        ("/v1/nix", 404, "unknown-path", ""),
        ("/v1/tables/kpi_ca_par_pay/rows", 404, "unknown-table", "did you mean `kpi_ca_par_pays`?"),
        ("/v1/kpis/nix", 404, "unknown-table", ""),
        ("/v1/tables/x.y.z", 404, "unknown-table", ""),
        (f"{ROWS}?columns=montan", 404, "unknown-column", "did you mean `montant`?"),
        (f"{ROWS}?sort=-nix", 404, "unknown-column", ""),
        (f"{ROWS}?filter=nix:eq:1", 404, "unknown-column", ""),
        (f"{ROWS}?filter=montant:gte:cher", 422, "wrong-filter", "`cher` is no value of `montant`"),
        (f"{ROWS}?filter=montant:gte", 422, "wrong-filter", "COLUMN:OPERATOR:VALUE"),
        (f"{ROWS}?filter=montant:like:1", 422, "wrong-filter", "there is no operator `like`"),
        (f"{ROWS}?filter=montant:contains:1", 422, "wrong-filter", "for texts"),
        (f"{ROWS}?filter=montant:eq:%00", 422, "wrong-filter", ""),
        ("/v1/tables/quarantine.achats/rows?sort=_reasons", 422, "wrong-sort", ""),
        (f"{ROWS}?cursor=nix", 400, "wrong-cursor", ""),
        (f"{ROWS}?cursor=%F0%9F%92%A9", 400, "wrong-cursor", ""),
        (f"{ROWS}?limit=0", 422, "wrong-value", "limit"),
        (f"{ROWS}?release=r999999", 404, "unknown-release", "there is no release `r999999`"),
        (f"{ROWS}?release=../../etc/passwd", 404, "unknown-release", ""),
        ("/v1/releases/..%2F..%2Fx", 404, "unknown-path", ""),
        (f"{ROWS}?format=xlsx", 400, "wrong-format", "parquet"),
        ("/v1/runs/nix", 404, "unknown-run", ""),
        ("/v1/lineage/kpi_nix", 404, "unknown-table", ""),
        ("/v1/lineage/kpi_ca_par_pays.ca_totl", 404, "unknown-column", "ca_total"),
        ("/v1/lineage/kpi_ca_par_pays?format=png", 400, "wrong-format", "svg"),
        ("/v1/quality/nix", 404, "unknown-table", ""),
        ("/v1/trace/achats/nix,nix", 422, "wrong-value", ""),
        ("/v1/trace/clients/987654321", 404, "unknown-row", ""),
        (f"/v1/tables?x={'a' * 9000}", 414, "too-long", ""),
        ("/v1/sql", 405, "method", ""),
    ],
)
def test_questions(served: Server, retail: Bench, path: str, status: int, kind: str, says: str) -> None:
    answer = served.get(path)
    judged(answer, retail, status, kind)
    assert says in answer.text


@pytest.mark.parametrize(
    ("sql", "status", "says"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", 422, "may not use read_csv()"),
        ("FROM '/etc/passwd'", 404, "has no table"),
        ("COPY (SELECT 1) TO '/tmp/x'", 422, "one SELECT"),
        ("ATTACH '/tmp/x.db'", 422, "one SELECT"),
        ("INSTALL httpfs", 422, "one SELECT"),
        ("PRAGMA version", 422, "one SELECT"),
        ("SET memory_limit = '1TB'", 422, "one SELECT"),
        ("SELECT 1; SELECT 2", 422, "one SELECT"),
        ("FROM duckdb_views()", 422, "may not use duckdb_views()"),
        ("SELECT getenv('HOME')", 422, "may not use getenv()"),
        ("SELECT nix FROM kpi_ca_par_pays", 422, "nix"),
        ("FROM gold.kpi_ca_par_pay", 404, "did you mean `kpi_ca_par_pays`?"),
        ("SELECT 'x'::INTEGER", 422, "refused"),
        ("SELECT repeat('x', 3000000) FROM dim_pays", 422, "longer than"),
        ("SELECT string_agg(range::VARCHAR, '') FROM range(1000000)", 422, "longer than"),
        ("SELEC", 422, "syntax error"),
    ],
)
def test_sql(served: Server, retail: Bench, sql: str, status: int, says: str) -> None:
    answer = served.post("/v1/sql", {"sql": sql})
    judged_text = answer.text.replace("/tmp/x", "")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.text
    assert str(retail.root) not in judged_text
    assert "read_parquet" not in judged_text


def test_a_question_out_of_time(served: Server, retail: Bench) -> None:
    endless = {"sql": "SELECT count(*) FROM range(1000000000) a, range(1000) b"}
    answer = served.post("/v1/sql", endless)
    judged(answer, retail, 503, "time-limit")
    assert int(answer.headers["retry-after"]) >= 1
    assert served.post("/v1/sql", {"sql": "SELECT 1 AS one"}).json()["rows"] == [{"one": 1}]


def test_a_cursor_of_another_question(served: Server, retail: Bench) -> None:
    cursor = served.get(ROWS, sort="montant", limit=3, release="r000001").json()["next"]
    for path, query in (
        ("/v1/tables/agregation_jour/rows", {"sort": "montant"}),
        (ROWS, {"sort": "-montant"}),
        (ROWS, {"sort": "montant", "filter": "montant:gt:1"}),
        (ROWS, {"sort": "montant", "release": "r000002"}),
    ):
        judged(served.get(path, cursor=cursor, **query), retail, 400, "wrong-cursor")
    judged(served.get(ROWS, "unmasked", cursor=cursor, sort="montant"), retail, 400, "wrong-cursor")
    torn = cursor[:-4] + ("AAAA" if not cursor.endswith("AAAA") else "BBBB")
    judged(served.get(ROWS, cursor=torn, sort="montant"), retail, 400, "wrong-cursor")


def test_bodies(served: Server, retail: Bench) -> None:
    headers = served.headers()
    too_large = served.client.post("/v1/sql", content=b" " * 70_000, headers=headers)
    judged(too_large, retail, 413, "too-large")
    in_parts = served.client.post("/v1/sql", content=(b" " * 1000 for _ in range(100)), headers=headers)
    judged(in_parts, retail, 413, "too-large")
    judged(served.client.post("/v1/sql", content=b"sql=1", headers=headers), retail, 415, "media")
    for body in (b"{", b"[]", b"null", b'{"sql": 1}', b'{"sql": "SELECT 1", "limti": 3}', b"\xff\xfe", b""):
        answer = served.client.post("/v1/sql", content=body, headers={**headers, "Content-Type": "application/json"})
        judged(answer, retail, 422, "wrong-value")


def test_accept(served: Server, retail: Bench) -> None:
    for path in ("/v1/kpis/ca_par_pays", "/v1/tables", "/v1/runs"):
        judged(served.get(path, headers={"Accept": "image/png"}), retail, 406, "not-acceptable")
    judged(served.get(ROWS, headers={"Accept": "text/csv;q=0"}), retail, 406, "not-acceptable")


def test_every_kind_of_problem_is_described_where_its_type_leads(served: Server) -> None:
    told = served.get("/v1/nix").json()
    assert served.client.get(told["type"]).json()["title"] == told["title"]


def test_what_is_wrong_inside_is_told_to_the_log_alone(scratch: Path) -> None:
    server = Server(scratch)
    try:
        record = max((scratch / "lake" / "gold" / "_runs").iterdir())
        record.write_text("{}")  # nobody expects that
        defect = server.get("/v1/runs")
        assert (defect.status_code, defect.json()["type"]) == (500, "/problems/internal")
        assert "KeyError" not in defect.text
        (scratch / "models" / "kpi_ca_par_pays.sql").write_text("SELECT secret_word FRM silver.clients")
        for answer in (server.post("/v1/runs", {}, "run"), server.get("/v1/lineage/kpi_ca_par_pays")):
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/project")
            assert [word for word in ("secret_word", "models/", str(scratch)) if word in answer.text] == []
        assert server.get("/v1/tables/dim_pays/rows?limit=1").status_code in (200, 503)
        log = server.stop()
        assert defect.headers["x-request-id"] in log
        assert "KeyError" in log
        assert "models/kpi_ca_par_pays.sql:1" in log
    finally:
        server.stop()
