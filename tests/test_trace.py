"""Traces of the default sample against its planted truth, its raw lines, and what is left without a row."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataspark.answers.rawsearch import Verdict
from dataspark.answers.trace import Trace, Tracer, tracer
from dataspark.engines.duckdb.session import Session
from dataspark.project import EngineSettings
from dataspark.sample import write_sample
from workbench import Bench

COMPUTED_BY_WINDOWS = {"dim_pays": ["pays"], "dim_produit": ["produit"], "kpi_taux_croissance": ["annee", "mois", "ca"]}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench.of_example(tmp_path_factory.mktemp("trace") / "retail")
    session = Session(EngineSettings())
    write_sample(made.sources, execute=session.run)
    session.close()
    assert made.run().published
    return made


@pytest.fixture(scope="module")
def opened(bench: Bench) -> Iterator[Tracer]:
    with tracer(bench.workspace) as found:
        yield found


@pytest.fixture(scope="module")
def lines(bench: Bench) -> dict[str, list[str]]:
    return {table: (bench.sources / f"{table}.csv").read_text().splitlines() for table in ("achats", "clients")}


@pytest.fixture(scope="module")
def planted(bench: Bench) -> list[tuple[str, dict[str, Any]]]:
    truth = json.loads((bench.sources / "truth.json").read_text())["tables"]
    return [(table, line) for table in truth for line in truth[table]["lines"]]


def row_id(bench: Bench, table: str, line: int) -> str:
    [file] = bench.workspace.lake.archive(table).files
    return f"{table}:{file.sha256[:8]}:{line}"


def test_every_planted_defect_is_found_for_the_right_reason(
    bench: Bench, opened: Tracer, lines: dict[str, list[str]], planted: list[tuple[str, dict[str, Any]]]
) -> None:
    lost = [(table, line) for table, line in planted if line["outcome"] != "accepted"]
    chosen = random.Random(1).sample(lost, 1000)
    for table in ("achats", "clients"):
        of_table = {line["line"]: line for one, line in chosen if one == table}
        rows = opened.rows(table, [row_id(bench, table, line) for line in of_table])
        assert [row.line for row in rows] == list(of_table)
        for row in rows:
            line = of_table[row.line]
            assert (row.verdict, row.raw) == (line["outcome"], lines[table][row.line - 1]), line
            assert {reason.code for reason in row.reasons} == set(line["reasons"]), line
            if line["outcome"] == "duplicate":
                assert row.instead == row_id(bench, table, line["original"])
        for row in rows[:20]:
            assert opened.trace(table, row.id).rows == (row,)
    assert {line["outcome"] for _table, line in chosen} == {"quarantined", "duplicate", "superseded"}


def test_a_superseded_row_names_the_one_that_took_its_place(
    bench: Bench, opened: Tracer, lines: dict[str, list[str]], planted: list[tuple[str, dict[str, Any]]]
) -> None:
    later = [line for table, line in planted if table == "achats" and line["kind"] == "conflict" and line["original"]]
    for line in later[:20]:
        key = lines["achats"][line["line"] - 1].split(",")[0]
        earlier, newest = opened.trace("achats", key).rows
        assert (earlier.line, earlier.verdict) == (line["original"], Verdict.SUPERSEDED)
        assert (newest.line, newest.verdict) == (line["line"], Verdict.ACCEPTED)
        assert earlier.instead == newest.id


@pytest.mark.parametrize("kind", ["montant_eleve", "orphan_of_nobody", "padding", "date_format"])
def test_an_accepted_row_shows_its_warnings(
    bench: Bench, opened: Tracer, planted: list[tuple[str, dict[str, Any]]], kind: str
) -> None:
    expected = {"montant_eleve": ["row.montant_eleve"], "orphan_of_nobody": ["id_client.relationship"]}
    for line in [line for table, line in planted if table == "achats" and line["kind"] == kind][:10]:
        [row] = opened.rows("achats", [row_id(bench, "achats", line["line"])])
        assert row.verdict is Verdict.ACCEPTED
        assert [warning.code for warning in row.warnings] == expected.get(kind, [])


def test_bytes_are_those_of_the_file(bench: Bench, opened: Tracer, lines: dict[str, list[str]]) -> None:
    content = (bench.sources / "clients.csv").read_bytes()
    for line in (2, 700, len(lines["clients"])):
        [row] = opened.rows("clients", [row_id(bench, "clients", line)])
        assert content[row.start : row.end].decode() == row.raw == lines["clients"][line - 1]


# Gold, against a project without the row


def named(found: Trace, model: str) -> Counter[tuple[str | None, ...]]:
    rows = next((rows for rows in found.tables if rows.table.name == model), None)
    if rows is None:
        return Counter()
    assert rows.count == len(rows.first), "the test looks at all of them"
    return Counter(tuple(str(value) if value is not None else None for value in row) for row in rows.first)


@pytest.mark.parametrize(("table", "line"), [("achats", 500), ("achats", 101), ("clients", 12)])
def test_the_gold_rows_of_a_row_are_those_that_change_without_it(
    bench: Bench, tmp_path: Path, table: str, line: int
) -> None:
    """Line 101 is a purchase of nobody, line 500 a plain one."""
    with tracer(bench.workspace, limit=1000) as opened:
        found = opened.trace(table, row_id(bench, table, line))
    without = Bench.of_example(tmp_path / "without")
    for name in ("achats", "clients"):
        shutil.copy(bench.sources / f"{name}.csv", without.sources / f"{name}.csv")
    kept = (bench.sources / f"{table}.csv").read_text().splitlines(keepends=True)
    (without.sources / f"{table}.csv").write_text("".join([*kept[: line - 1], *kept[line:]]))
    assert without.run().published
    for model in bench.workspace.plan.models:
        if model.name in COMPUTED_BY_WINDOWS:
            continue
        changed = Counter(bench.gold(model.name)) - Counter(without.gold(model.name))
        if table == "clients":  # the purchases of a client that is gone are the unknown member's, which grows
            changed = Counter({row: times for row, times in changed.items() if "Inconnu" not in row})
        told = named(found, model.name)
        assert changed <= told, model.name
        # A calendar says nothing of a sum; the unknown member stays while another orphan is there.
        if table == "achats" and model.name not in ("dim_temps", "dim_client"):
            assert set(told) <= set(changed), model.name


def test_a_row_that_others_repeat_is_not_followed(bench: Bench, opened: Tracer) -> None:
    found = opened.trace("achats", row_id(bench, "achats", 500))
    products = next(rows for rows in found.tables if rows.table.name == "dim_produit")
    assert (products.count, products.followed) == (1, False)
    assert any("other rows say the same" in remark for remark in products.remarks)
    facts = next(rows for rows in found.tables if rows.table.name == "fact_achats")
    assert facts.count == 1, "not every purchase of the product"


def sources(found: Trace) -> dict[str, int]:
    return {str(rows.table): rows.count for rows in found.tables if rows.exact}


def test_a_fact_ends_at_its_line(bench: Bench, opened: Tracer, lines: dict[str, list[str]]) -> None:
    for (key,) in random.Random(2).sample(bench.gold("fact_achats", "id_achat"), 5):
        found = opened.trace("gold.fact_achats", key)
        [row] = [row for row in found.rows if row.table == "achats"]
        assert lines["achats"][row.line - 1] == row.raw
        assert row.raw.split(",")[0].strip('" ').lstrip("0") == key
        assert row.values
        assert row.values["id_achat"] == key


def test_a_total_counts_the_lines_that_are_in_it(bench: Bench, opened: Tracer) -> None:
    for country, purchases in bench.gold("kpi_ca_par_pays", "pays, nb_achats")[::4]:
        found = opened.trace("kpi_ca_par_pays", country)
        assert sources(found)["gold.fact_achats"] == sources(found)["silver.achats"] == int(purchases)
    clients = (bench.sources / "clients.csv").read_text().count("France")
    assert 0 < sources(opened.trace("kpi_ca_par_pays", "France"))["silver.clients"] <= clients
    day = bench.gold("agregation_jour", "date, nb_transactions")[7]
    assert sources(opened.trace("agregation_jour", day[0]))["silver.achats"] == int(day[1])
    whole = opened.trace("kpi_distributions_statistiques", "montant")
    assert sources(whole) == {"gold.fact_achats": len(bench.gold("fact_achats"))}, (
        "of so many only the first are followed"
    )
    assert all(rows.count for rows in whole.tables)


def test_there_and_back(bench: Bench, opened: Tracer) -> None:
    forward = opened.trace("achats", row_id(bench, "achats", 500))
    ways = {rows.table.name: rows for rows in forward.tables if rows.followed}
    for model, columns in (
        ("fact_achats", 1),
        ("agregation_jour", 1),
        ("agregation_semaine", 2),
        ("kpi_ca_par_pays", 1),
    ):
        rows = ways[model]
        key = ",".join(
            f"{column}={value}" for column, value in list(zip(rows.columns, rows.first[0], strict=True))[:columns]
        )
        with tracer(bench.workspace, limit=3000) as all_:
            back = all_.lineage
            back.keep(rows.table, all_.condition(rows.table, key))
            found = {str(one.table): one for one in back.backward(rows.table)}
        assert (1, 500) in found["silver.achats"].positions, model
