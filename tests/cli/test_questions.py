"""Questions to a lake: `explain`, `query`, `status`, `runs`, `releases`, `doctor`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cli.calling import AS_OF, dataspark

REVENUE = "select pays, nb_achats, ca_total from kpi_ca_par_pays order by ca_total desc"


def test_query_as_a_table(project: Path) -> None:
    answer = dataspark("query", REVENUE, project=project)
    head, *rows = answer.out.splitlines()
    assert head.split() == ["pays", "nb_achats", "ca_total"]
    assert len(rows) == 10
    assert len({len(row) for row in rows}) == 1, "numbers end at one place"


def test_query_as_csv_and_json(project: Path) -> None:
    as_csv = list(csv.DictReader(io.StringIO(dataspark("query", REVENUE, "--format", "csv", project=project).out)))
    as_json = dataspark("query", REVENUE, "--json", project=project).json
    assert [row["pays"] for row in as_csv] == [row["pays"] for row in as_json]
    assert [float(row["ca_total"]) for row in as_csv] == [row["ca_total"] for row in as_json]
    typed = dataspark(
        "query", "select 1::decimal(4,2) a, null b, true c, [date '2025-01-01'] d, now() e", "--json", project=project
    )
    row = typed.json[0]
    assert (row["a"], row["b"], row["c"], row["d"]) == (1.0, None, True, ["2025-01-01"])
    assert row["e"].endswith("+00:00")


def test_query_stops_at_a_limit_and_says_so(project: Path) -> None:
    answer = dataspark("query", "from silver.achats", project=project)
    assert len(answer.out.splitlines()) == 51
    assert "the first 50 rows" in answer.err
    assert (
        len(dataspark("query", "from silver.achats", "--limit", 3, "--format", "csv", project=project).out.splitlines())
        == 4
    )
    assert dataspark("query", "from dim_pays where false", project=project).out.endswith("(no rows)\n")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select * from kpi_ca_par_pay", "did you mean `kpi_ca_par_pays`?"),
        ("delete from dim_pays", "a query must be one SELECT"),
        ("select 1; drop view gold.dim_pays", "a query must be one SELECT"),
        ("select\nnope from dim_pays", "the query was refused (line 2)"),
        ("select 'x'::int", "the query was refused"),
    ],
)
def test_query_refuses(sql: str, words: str, project: Path) -> None:
    answer = dataspark("query", sql, project=project)
    assert answer.code == 2
    assert answer.out == ""
    assert words in answer.err


def test_query_reads_an_older_release(own: Path) -> None:
    (own / "models" / "dim_pays.sql").write_text("SELECT 1 AS dim_pays_id, 'Nulle part' AS pays")
    for check in (own / "checks").iterdir():
        check.unlink()
    assert dataspark("run", "--as-of", AS_OF, "--quiet", project=own).code == 0
    count = "select count(*) as n from dim_pays"
    assert dataspark("query", count, "--json", project=own).json == [{"n": 1}]
    assert dataspark("query", count, "--release", "r000001", "--json", project=own).json == [{"n": 9}]
    unknown = dataspark("query", count, "--release", "r000009", project=own)
    assert (unknown.code, "there is no release `r000009`" in unknown.err) == (2, True)


def test_questions_before_the_first_run(fresh: Path) -> None:
    assert "no release yet" in dataspark("status", project=fresh).out
    assert dataspark("runs", project=fresh).out == "no run yet\n"
    assert dataspark("releases", project=fresh).out == "no release yet\n"
    assert "silver.ventes: never refined" in dataspark("quality", project=fresh).out
    for call in (["query", "select 1"], ["export", "gold"], ["vacuum"], ["rollback", "r000001"]):
        answer = dataspark(*call, project=fresh)
        assert answer.code == 2
        assert "has no release yet" in answer.err
        assert "hint: make one: `dataspark run`" in answer.err
    assert "was never refined" in dataspark("quarantine", "ventes", project=fresh).err
    assert not (fresh / "lake").exists()


def test_status_names_the_release_its_tables_and_the_last_run(project: Path) -> None:
    shown = dataspark("status", project=project).out
    assert "release r000001" in shown
    assert "last run" in shown
    status = dataspark("status", "--json", project=project).json
    rows = {table["name"]: table["rows"] for table in status["tables"]}
    for table, number in rows.items():
        assert dataspark("query", f"select count(*) n from {table}", "--json", project=project).json == [{"n": number}]
    assert status["last_run"]["outcome"] == "released"


def test_runs_and_releases(own: Path) -> None:
    dataspark("run", "--as-of", AS_OF, "--quiet", project=own)
    assert [run["outcome"] for run in dataspark("runs", "--json", project=own).json] == ["released", "nothing new"]
    assert len(dataspark("runs", "--limit", 1, "--json", project=own).json) == 1
    assert "what readers see" in dataspark("releases", project=own).out
    assert [one["id"] for one in dataspark("releases", "--json", project=own).json] == ["r000001"]


def test_explain_a_model(project: Path) -> None:
    answer = dataspark("explain", "kpi_ca_par_pays", project=project)
    assert "made by  models/kpi_ca_par_pays.sql" in answer.out
    assert "gold.dim_client" in answer.out
    assert (project / "models" / "kpi_ca_par_pays.sql").read_text().rstrip() in answer.out


def test_explain_a_model_as_spark_gets_it(project: Path) -> None:
    steps = dataspark("explain", "fact_achats", "--engine", "spark", "--json", project=project).json["steps"]
    assert [step["title"] for step in steps] == ["the model", "as the engine gets it"]
    assert "make_timestamp(epoch_us(date_achat))" in steps[0]["sql"]
    assert "epoch_us" not in steps[1]["sql"]
    assert "silver.achats" in steps[1]["sql"]
    assert len(dataspark("explain", "fact_achats", "--json", project=project).json["steps"]) == 1


def test_explain_a_silver_table_shows_sql_that_the_engine_takes(project: Path) -> None:
    found = dataspark("explain", "silver.achats", "--json", project=project).json
    assert "montant.exclusiveMinimum" in [code for code, _severity, _description in found["rules"]]
    assert "gold.fact_achats" in found["read_by"]
    assert len(found["steps"]) >= 4
    assert dataspark("explain", "achats", project=project).out.startswith("silver.achats\n")


def test_explain_an_unknown_table(project: Path) -> None:
    answer = dataspark("explain", "silver.achat", project=project)
    assert answer.code == 2
    assert "did you mean `silver.achats`?" in answer.err


def test_doctor_finds_a_healthy_project_healthy(project: Path) -> None:
    answer = dataspark("doctor", project=project)
    assert answer.code == 0
    assert "all is well" in answer.out
    assert "BAD" not in answer.out


def test_doctor_without_a_project_looks_at_the_machine(tmp_path: Path) -> None:
    answer = dataspark("doctor", project=tmp_path)
    assert answer.code == 0
    assert "none in" in answer.out


def test_doctor_names_a_damaged_state(own: Path) -> None:
    (own / "lake/silver/_state/achats.json").write_text("{")
    answer = dataspark("doctor", "--json", project=own)
    assert answer.code == 3
    bad = [one for one in answer.json["findings"] if not one["ok"]]
    assert [one["what"] for one in bad] == ["state"]
    assert "achats.json is damaged" in bad[0]["found"]


def test_doctor_names_a_file_that_is_gone_and_a_mistake(own: Path) -> None:
    release = json.loads((own / "lake/gold/_release.json").read_text())
    assert "gold.dim_pays" in release["tables"]
    for file in (own / "lake/gold/dim_pays").glob("*.parquet"):
        file.unlink()
    (own / "models" / "bad.sql").write_text("SELEC 1")
    answer = dataspark("doctor", project=own)
    assert answer.code == 2
    assert "models/bad.sql:1" in answer.out
    assert "files of gold.dim_pays, version 0, are gone" in answer.out


def test_doctor_names_who_holds_the_lake(own: Path) -> None:
    from dataspark.wiring import open_workspace

    with open_workspace(own).lake.hold("a test"):
        answer = dataspark("doctor", project=own)
    assert answer.code == 0
    assert "is held by process" in answer.out
