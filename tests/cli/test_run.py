"""`dataspark run` and `plan`: what they say and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.calling import AS_OF, dataspark
from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.report import CheckReport, ModelReport, RunReport, StepReport, TableReport
from dataspark.rendering.run import run_text
from dataspark.rendering.text import WIDTH


def test_a_run_tells_every_table_model_and_check(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own)
    truth = json.loads((own / "data/sources/truth.json").read_text())["tables"]["achats"]
    answer = dataspark("run", "--as-of", AS_OF, "--full-refresh")
    assert answer.code == 0
    row = next(line.split() for line in answer.out.splitlines() if line.split()[:1] == ["achats"])
    counted = [truth[key] for key in ("read", "accepted", "quarantined", "duplicates", "superseded")]
    assert [int(number.replace(",", "")) for number in row[2:7]] == counted
    assert "achats was rebuilt from bronze: full refresh" in answer.out
    assert "achats: quarantined because of" in answer.out
    assert "warning  achats_orphelins" in answer.out
    assert [line for line in answer.out.splitlines() if len(line) > WIDTH] == []


def test_a_run_tells_its_steps_on_stderr(own: Path) -> None:
    answer = dataspark("run", "--as-of", AS_OF, project=own)
    kinds = [line.split()[0] for line in answer.err.splitlines()]
    assert kinds[:3] == ["ingest", "refine", "refine"]
    assert kinds[-2:] == ["audit", "publish"]
    assert all(line.endswith(" s") for line in answer.err.splitlines())


def test_the_next_commands_can_be_copied(own: Path) -> None:
    answer = dataspark("run", "--as-of", AS_OF, "--full-refresh", "--quiet", project=own)
    assert f"dataspark quarantine achats --project {own}" in answer.out


def test_nothing_new_is_three_lines(own: Path) -> None:
    answer = dataspark("run", "--as-of", AS_OF, "--quiet", project=own)
    first, second, third = answer.out.splitlines()
    assert first == "retail: nothing new, 2 tables and 14 models are up to date"
    assert second.startswith("release r000001 stays")
    assert "dataspark status" in third
    assert answer.err == ""


def test_json_is_the_report_and_nothing_else(own: Path) -> None:
    answer = dataspark("run", "--as-of", AS_OF, "--json", project=own)
    assert answer.err == ""
    assert answer.json["ok"] is True
    assert answer.json["release"] == "r000001"
    kinds = list(dict.fromkeys(step["kind"] for step in answer.json["steps"]))
    assert kinds == ["ingest", "refine", "model", "record", "audit", "publish"]


def test_a_blocking_check_ends_with_1_and_keeps_the_release(own: Path) -> None:
    (own / "checks" / "jamais.sql").write_text("SELECT pays FROM dim_pays")
    answer = dataspark("run", "--as-of", AS_OF, "--quiet", project=own)
    assert answer.code == 1
    assert "FAILED  jamais: 9 rows" in answer.out
    assert "this run is not released" in answer.out
    assert answer.err.startswith("error: a check that blocks the release failed")
    as_json = dataspark("run", "--as-of", AS_OF, "--json", project=own)
    assert (as_json.code, as_json.json["ok"], as_json.json["published"]) == (1, False, False)
    assert "not released" in dataspark("runs", project=own).out


def test_a_rule_that_stops_the_run_ends_with_1(own: Path) -> None:
    contract = own / "contracts" / "achats.odcs.yaml"
    contract.write_text(contract.read_text().replace("severity: warning", "severity: fail", 1))
    answer = dataspark("run", "--as-of", AS_OF, project=own)
    assert answer.code == 1
    assert answer.out == ""
    assert "error: `achats` breaks `row.montant_eleve`, which stops the run" in answer.err
    assert "refine achats … stopped after" in answer.err


def test_every_mistake_of_a_project_is_listed(own: Path) -> None:
    (own / "models" / "bad.sql").write_text("SELECT *\nFROM silver.achat")
    (own / "models" / "worse.sql").write_text("SELEC 1")
    answer = dataspark("run", project=own)
    assert answer.code == 2
    assert "models/bad.sql:2: there is no table `silver.achat`; did you mean `silver.achats`?" in answer.err
    assert "models/worse.sql:1" in answer.err
    mistakes = dataspark("plan", "--json", project=own).json["error"]["mistakes"]
    assert [(one["path"], one["line"]) for one in mistakes] == [("models/bad.sql", 2), ("models/worse.sql", 1)]


def test_wrong_calls(project: Path) -> None:
    for options, words in (
        (["--as-of", "yesterday"], "`yesterday` is no date"),
        (["--memory-limit", "lots"], "`lots` is no size"),
        (["--engine", "spork"], "there is no engine `spork`"),
        (["--select", "kpi_ca_par_pay"], "did you mean `kpi_ca_par_pays`?"),
        (["--profile", "prod"], "unknown profile `prod`"),
    ):
        answer = dataspark("run", *options, project=project)
        assert answer.code == 2, options
        assert words in answer.err


def test_a_lake_that_is_held_ends_with_3(own: Path) -> None:
    from dataspark.wiring import open_workspace

    with open_workspace(own).lake.hold("a test"):
        answer = dataspark("run", project=own)
    assert answer.code == 3
    assert "is held by process" in answer.err
    assert "hint: wait for it to end" in answer.err


def test_plan_says_what_a_run_then_does(own: Path) -> None:
    dataspark("run", "--as-of", AS_OF, "--quiet", project=own)  # a copied file is looked at again
    assert "nothing to do" in dataspark("plan", "--as-of", AS_OF, project=own).out
    line = "900001,1,2025-03-01 10:00:00,12.50,Mouse\n"
    (own / "data/sources/achats_2.csv").write_text(f"id_achat,id_client,date_achat,montant,produit\n{line}")
    plan = dataspark("plan", "--as-of", AS_OF, "--json", project=own).json
    achats = next(table for table in plan["tables"] if table["name"] == "achats")
    assert (achats["files"], achats["action"]) == (["achats_2.csv"], "refine")
    actions = {model["name"]: model["action"] for model in plan["models"]}
    assert actions["fact_achats"] == "build if an input changes"
    assert actions["dim_pays"] == "keep"
    report = dataspark("run", "--as-of", AS_OF, "--json", project=own).json
    built = {model["name"] for model in report["models"] if model["changed"]}
    assert built <= {name for name, action in actions.items() if action != "keep"}
    assert "fact_achats" in built


def test_plan_before_the_first_run(fresh: Path) -> None:
    plan = dataspark("plan", project=fresh)
    assert plan.code == 0
    assert "first run" in plan.out
    assert "never built" in plan.out
    assert not (fresh / "lake").exists()


def test_plan_knows_why_a_table_is_rebuilt(own: Path) -> None:
    contract = own / "contracts" / "clients.odcs.yaml"
    contract.write_text(contract.read_text().replace("maxLength: 200", "maxLength: 150", 1))
    plan = dataspark("plan", "--as-of", AS_OF, project=own).out
    assert "rebuild" in plan
    assert "the contract changed" in plan
    assert "full refresh" in dataspark("plan", "--full-refresh", project=own).out
    left_out = dataspark("plan", "--select", "dim_pays", "--json", project=own).json["models"]
    assert sum(model["action"] == "leave out" for model in left_out) == 13


def report(**changes: object) -> RunReport:
    ledger = FileLedger(read=3, accepted=1, quarantined=2)
    ledger.reasons.update({f"c.{n}": 1 for n in range(12)})
    given = {
        "tables": [TableReport("t", 1, ledger, 0, True)],
        "models": [ModelReport("m", 1, 0, True)],
        "steps": [StepReport("ingest", "sources", 0.1)],
        "release": "r000001",
        "published": True,
    }
    return RunReport("id", "p", "duckdb", "2025-01-01", "2025-12-31T18:00:00+00:00", **{**given, **changes})  # type: ignore[arg-type]


def test_many_reasons_are_cut_and_counted() -> None:
    assert "    … and 4 more reasons" in run_text(report())


def test_models_left_out_are_told() -> None:
    lines = "\n".join(run_text(report(published=False, models=[ModelReport("m", 1, 0, False, stale=True)])))
    assert "not selected, out of date" in lines
    assert "this run is not released" in lines


def test_a_failing_check_shows_rows_on_one_line_each() -> None:
    check = CheckReport("c", 7, True, "", ("a", "b"), (("x\ny", None), ("é" * 50, "\x1b[31m")))
    lines = "\n".join(run_text(report(checks=[check], published=False)))
    assert "x␊y" in lines
    assert "NULL" in lines
    assert "\x1b" not in lines
    assert "… and 5 more" in lines


def test_a_model_whose_input_was_never_built(fresh: Path) -> None:
    (fresh / "models/autre.sql").write_text("SELECT 1 AS un")
    (fresh / "models/de_autre.sql").write_text("SELECT un FROM autre")
    answer = dataspark("run", "--select", "de_autre", "--quiet", project=fresh)
    assert (answer.code, answer.out) == (2, "")
    assert "`de_autre` is made from `autre`, which was never built and is not selected" in answer.err
    assert "hint: `--select '+de_autre'` builds what it is made from, too" in answer.err
    assert dataspark("run", "--select", "+de_autre", "--quiet", project=fresh).code == 0
    assert dataspark("run", "--select", "de_autre", "--quiet", project=fresh).code == 0, "it is there now"
