"""The lineage of a column or a table, and its picture."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataspark.answers.columnlineage import ColumnName, Decider, Lineage, Lineages, Step, tables
from dataspark.errors import UsageError
from dataspark.rendering.lineage.layout import Wire, layout
from dataspark.rendering.lineage.mermaid import mermaid
from dataspark.rendering.lineage.picture import project_svg, svg
from dataspark.rendering.lineage.text import lineage_text
from test_columns import ACHATS, CLIENTS
from workbench import Bench

CONTRACTS = {"contracts/clients.odcs.yaml": CLIENTS, "contracts/achats.odcs.yaml": ACHATS}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.of_example(tmp_path_factory.mktemp("lineage") / "retail")


@pytest.fixture(scope="module")
def known(retail: Bench) -> Lineages:
    return Lineages(retail.workspace)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Lineages:
    """A project with a model that cannot be followed, and one that reads it."""
    models = {"vague": "SELECT c AS tout FROM silver.clients AS c", "suite": "SELECT tout FROM vague"}
    files = CONTRACTS | {f"models/{name}.sql": sql for name, sql in models.items()}
    return Lineages(Bench.of_files(tmp_path_factory.mktemp("broken"), files).workspace)


def column(text: str) -> ColumnName:
    table, _, name = text.rpartition(".")
    return ColumnName(table, name)


def step(text: str) -> Step:
    source, kind, target = text.split()
    return Step(column(source), column(target), kind)


def test_all_steps_of_a_column_with_what_decides_on_its_rows(known: Lineages) -> None:
    found = known.of("kpi_ca_par_pays.ca_total")
    assert found.asked == "gold.kpi_ca_par_pays.ca_total"
    assert set(found.steps) == {
        step("raw.achats.montant TRANSFORMATION silver.achats.montant"),
        step("silver.achats.montant IDENTITY gold.fact_achats.montant"),
        step("gold.fact_achats.montant AGGREGATION gold.kpi_ca_par_pays.ca_total"),
    }
    assert [(part.name, part.path) for part in found.tables] == [
        ("raw.achats", "contracts/achats.odcs.yaml"),
        ("silver.achats", "contracts/achats.odcs.yaml"),
        ("gold.fact_achats", "models/fact_achats.sql"),
        ("gold.kpi_ca_par_pays", "models/kpi_ca_par_pays.sql"),
    ]
    rows = {one for one in found.deciders if one.table == "gold.kpi_ca_par_pays" and one.kind == "GROUP"}
    assert rows == {Decider("gold.kpi_ca_par_pays", column("gold.dim_client.dim_pays_id"), "GROUP")}
    assert found.unknown == ()


def test_what_a_raw_column_is_used_for(known: Lineages) -> None:
    found = known.of("raw.clients.pays", downstream=True)
    assert {part.name: part.columns for part in found.tables} == {
        "raw.clients": ("pays",),
        "silver.clients": ("pays",),
        "gold.dim_pays": ("dim_pays_id", "pays"),
        "gold.dim_client": ("pays", "dim_pays_id"),
        "gold.kpi_ca_par_pays": ("pays",),
    }
    assert Decider("gold.kpi_ca_par_pays", column("gold.dim_client.dim_pays_id"), "GROUP") in found.deciders
    assert found.checks == ()
    of_amounts = known.of("gold.fact_achats.montant", downstream=True)
    assert of_amounts.checks == ("achats_orphelins", "agregations", "ca_par_pays", "croissance", "faits_complets")


def test_upstream_and_downstream_are_the_same_steps(known: Lineages, retail: Bench) -> None:
    up = {one for node in tables(retail.workspace) for one in known.of(node.name).steps}
    down = {one for node in tables(retail.workspace) for one in known.of(node.name, downstream=True).steps}
    assert up == down
    assert len(up) > 80


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("dim_client", "gold.dim_client"),
        ("gold.dim_client", "gold.dim_client"),
        ("DIM_CLIENT.NOM", "gold.dim_client.nom"),
        ("silver.achats", "silver.achats"),
        ("Silver.achats.Montant", "silver.achats.montant"),
        ("raw.achats.montant", "raw.achats.montant"),
    ],
)
def test_names(known: Lineages, written: str, means: str) -> None:
    assert known.of(written).asked == means


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("dim_clint", "there is no table `gold.dim_clint` to follow", "did you mean `dim_client`?"),
        ("silver.achat.montant", "no table `silver.achat` to follow", "did you mean `silver.achats`?"),
        ("fact_achats.montnat", "gold.fact_achats has no column `montnat`", "did you mean `montant`?"),
        ("quarantine.achats", "no model and no check reads `quarantine.achats`", "as they came: `raw.achats`"),
        ("", "there is no table `gold.` to follow", "there are: "),
    ],
)
def test_names_that_mean_nothing(known: Lineages, written: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        known.of(written)
    assert hint in caught.value.hint


def test_what_cannot_be_followed_is_said(broken: Lineages) -> None:
    up, down = broken.of("suite.tout"), broken.of("silver.clients.nom", downstream=True)
    assert set(up.unknown) == {"gold.vague", "gold.suite"}
    assert set(down.unknown) == {"gold.vague", "gold.suite"}
    assert set(down.links) == set(up.links) == {("silver.clients", "gold.vague"), ("gold.vague", "gold.suite")}
    assert "could not be followed; its columns may come from any of gold.vague" in "\n".join(lineage_text(up))
    assert "could not be followed" in svg(down)
    assert "not followed" in mermaid(down)


def test_a_quarantine_that_is_read_takes_part(tmp_path: Path) -> None:
    bench = Bench.of_files(tmp_path, CONTRACTS | {"models/m.sql": "SELECT nom AS n FROM quarantine.clients"})
    found = Lineages(bench.workspace).of("m.n")
    assert set(found.steps) == {
        step("raw.clients.nom IDENTITY quarantine.clients.nom"),
        step("quarantine.clients.nom IDENTITY gold.m.n"),
    }


def test_json_is_plain_and_says_who_makes_each_step(known: Lineages) -> None:
    found = known.of("kpi_volumes_jour.ca_total").as_json()
    assert found["direction"] == "upstream"
    assert found["steps"][0] == {
        "source": {"table": "gold.agregation_jour", "column": "ca_total"},
        "target": {"table": "gold.kpi_volumes_jour", "column": "ca_total"},
        "kind": "IDENTITY",
        "made_by": "models/kpi_volumes_jour.sql",
    }


def test_the_text_of_a_column(known: Lineages) -> None:
    assert "\n".join(lineage_text(known.of("kpi_ca_par_pays.ca_total"))).startswith(
        """\
gold.kpi_ca_par_pays.ca_total  models/kpi_ca_par_pays.sql

  made from                    value       by
  └─ gold.fact_achats.montant  aggregated  models/kpi_ca_par_pays.sql
     └─ silver.achats.montant  as it is    models/fact_achats.sql
        └─ raw.achats.montant  typed       contracts/achats.odcs.yaml
"""
    )
    assert "no column: it is a constant, or counts rows" in lineage_text(known.of("fact_achats.quantite"))[2]
    assert "says where the row was read" in lineage_text(known.of("silver.achats._file"))[2]


# The picture


def drawn(found: Lineage, **options: bool) -> ElementTree.Element:
    return ElementTree.fromstring(svg(found, **options))


def test_the_picture_has_every_step_and_nothing_else(known: Lineages) -> None:
    found = known.of("kpi_taux_croissance")
    root = drawn(found)
    ends = [(one.get("data-from"), one.get("data-to")) for one in root.iter(f"{SVG}g") if one.get("data-from")]
    assert sorted(ends) == sorted((str(one.source), str(one.target)) for one in found.steps)
    kinds = {path.get("class") for path in root.iter(f"{SVG}path")}
    assert {"wire identity", "wire transformation", "wire aggregation"} <= kinds
    assert "wire rows" not in kinds
    assert root.find(f"{SVG}title") is not None
    assert "begins with raw.achats.date_achat, raw.achats.montant" in (root.findtext(f"{SVG}desc") or "")
    assert "http" not in svg(found).replace("http://www.w3.org/2000/svg", ""), "nothing is loaded from elsewhere"


def test_the_picture_with_what_decides_on_rows(known: Lineages) -> None:
    root = drawn(known.of("kpi_ca_par_pays.ca_total"), rows=True)
    told = [one.text for one in root.iter(f"{SVG}title")]
    assert "gold.dim_client.dim_pays_id groups and joins the rows of gold.kpi_ca_par_pays" in told
    root = drawn(known.of("silver.clients.id_client", downstream=True), rows=True)
    assert "gold.kpi_ca_par_pays" in {one.get("data-table") for one in root.iter(f"{SVG}g")}, "it has rows by it only"


def test_names_of_a_picture_are_words_and_never_markup(tmp_path: Path) -> None:
    evil = '<b>&"x"'
    quoted = evil.replace('"', '""')
    bench = Bench.of_files(tmp_path, CONTRACTS | {"models/m.sql": f'SELECT id AS "{quoted}" FROM silver.achats'})
    found = Lineages(bench.workspace).of("m")
    assert [one.text for one in drawn(found).iter(f"{SVG}text")].count(evil) == 1
    assert "<b>" not in svg(found)


def test_links_lead_from_names(known: Lineages) -> None:
    text = svg(known.of("kpi_volumes_jour"), link=lambda table, column: f"{table}.html#{column or ''}")
    assert 'href="gold.agregation_jour.html#ca_total"' in text


def test_one_theme_has_no_other(known: Lineages) -> None:
    found = known.of("kpi_volumes_jour")
    assert "prefers-color-scheme" in svg(found)
    light, dark = svg(found, theme="light"), svg(found, theme="dark")
    assert "prefers-color-scheme" not in light + dark
    assert ("#ffffff" in light, "#ffffff" in dark, "#171e26" in dark) == (True, False, True)


def test_the_picture_of_the_project(retail: Bench) -> None:
    nodes = tables(retail.workspace)
    root = ElementTree.fromstring(project_svg(nodes))
    names = {one.get("data-table") for one in root.iter(f"{SVG}g")} - {None}
    assert names == {node.name for node in nodes}
    edges = {(one.get("data-from"), one.get("data-to")) for one in root.iter(f"{SVG}g")} - {(None, None)}
    assert ("gold.fact_achats", "gold.kpi_ca_par_pays") in edges
    assert len(edges) == sum(len(node.inputs) for node in nodes)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, float], list[Wire]]:
    """Boxes, and wires from earlier ones to later ones."""
    count = draw(st.integers(1, 9))
    heights = {f"t{n}": float(draw(st.integers(30, 300))) for n in range(count)}
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
    chosen = draw(st.lists(pairs, max_size=24)) if count > 1 else []
    return heights, [Wire(f"t{a}", 10.0 + n % 20, f"t{b}", 12.0) for n, (a, b) in enumerate(chosen)]


@given(graphs())
def test_boxes_never_meet_and_wires_go_between_them(graph: tuple[dict[str, float], list[Wire]]) -> None:
    heights, wires = graph
    found = layout(heights, wires)
    assert layout(heights, wires) == found
    assert min(found.tops.values()) >= 0
    assert max(found.tops[box] + heights[box] for box in heights) <= found.height + 1e-6
    for rank in set(found.ranks.values()):
        mine = sorted((found.tops[box], heights[box]) for box in heights if found.ranks[box] == rank)
        assert all(top + height < after + 1e-6 for (top, height), (after, _) in pairwise(mine))
        for way in found.ways.values():
            passing = [y for at, y in way if at == rank]
            assert not [1 for y in passing for top, height in mine if top < y < top + height]
    for wire in wires:
        assert found.ranks[wire.source] < found.ranks[wire.target]
        passed = [rank for rank, _y in found.ways[wire]]
        assert passed == list(range(found.ranks[wire.source] + 1, found.ranks[wire.target]))
