"""Rules about a table in time: what they become, and what is wrong with them, each with its line."""

from __future__ import annotations

import pytest

from contracts.odcs import Contracts, table
from dataspark.contracts.changes import fingerprint
from dataspark.contracts.contract import Contract, HistoryMetric, Severity

COLUMNS = "- {name: a, logicalType: string}\n- {name: jour, logicalType: date}"
RULE = "quality:\n  - {TEXT, type: custom, engine: dataspark,\n     implementation: {OBJECT}}"
GOLD = "customProperties: [{property: layer, value: gold}]\n"


def written(contracts: Contracts, rule: str, implementation: str, more: str = "") -> None:
    text = RULE.replace("TEXT", rule or "dimension: timeliness").replace("OBJECT", implementation)
    contracts.write(table(COLUMNS, more + text))


def read(contracts: Contracts, rule: str, implementation: str) -> Contract:
    written(contracts, rule, implementation)
    (contract,) = contracts.read()
    return contract


def test_what_a_rule_becomes(contracts: Contracts) -> None:
    (volume,) = read(contracts, "", "metric: rowCount").history_rules
    assert (volume.code, volume.deviations, volume.runs) == ("table.volume", 3, 10)
    assert volume.severity is Severity.ERROR
    whole = "metric: rowCount, withinDeviations: 2.5, ofRuns: 5"
    (volume,) = read(contracts, "name: lignes, severity: warning, description: Peu de lignes", whole).history_rules
    assert (volume.code, volume.deviations, volume.runs) == ("table.lignes", 2.5, 5)
    assert (volume.severity, volume.description, volume.line) == (Severity.WARNING, "Peu de lignes", 9)
    (fresh,) = read(contracts, "", "metric: freshness, maxAge: 36h, column: jour").history_rules
    assert (fresh.code, fresh.metric, fresh.column) == ("table.freshness", HistoryMetric.FRESHNESS, "jour")


@pytest.mark.parametrize(
    ("age", "seconds"), [("36h", 129_600), ("90min", 5_400), ("1.5 h", 5_400), ("2d", 172_800), ("1w", 604_800)]
)
def test_ages(contracts: Contracts, age: str, seconds: int) -> None:
    (rule,) = read(contracts, "", f"metric: freshness, maxAge: {age}").history_rules
    assert rule.max_age == seconds


@pytest.mark.parametrize(
    ("implementation", "message"),
    [
        ("a: 1", "has no `metric` (known: rowCount, freshness)"),
        ("metric: rowcount", "unknown metric `rowcount`, did you mean `rowCount`?"),
        (
            "metric: rowCount, withinDeviation: 3",
            "`rowCount` has no key `withinDeviation`, did you mean `withinDeviations`",
        ),
        ("metric: rowCount, maxAge: 3h", "`rowCount` has no key `maxAge` (known: withinDeviations, ofRuns)"),
        ("metric: rowCount, withinDeviations: 0", "must be a number above 0"),
        ("metric: rowCount, withinDeviations: many", "must be a number above 0"),
        ("metric: rowCount, ofRuns: 2", "must be a whole number of at least 3"),
        ("metric: rowCount, ofRuns: 3.5", "must be a whole number of at least 3"),
        ("metric: freshness", "needs `maxAge`: how old the newest may be, for example 36h"),
        ("metric: freshness, maxAge: 36", "`36` is no age: write a number and min, h, d or w"),
        ("metric: freshness, maxAge: 3m", "`3m` is no age"),
        ("metric: freshness, maxAge: 0h", "`0h` is no age"),
        ("metric: freshness, maxAge: [1h]", "this is no age"),
        ("metric: freshness, maxAge: 1h, column: jours", "`jours` is no column of `t`, did you mean `jour`?"),
        ("metric: freshness, maxAge: 1h, column: a", "`a` is a string: freshness needs a date or a timestamp"),
        ("metric: freshness, maxAge: 1h, column: [a]", "`column` must be the name of a column"),
    ],
)
def test_mistakes_have_their_line(contracts: Contracts, implementation: str, message: str) -> None:
    written(contracts, "name: r", implementation)
    (found,) = contracts.mistakes()
    assert message in found.message
    assert found.message.startswith("schema `t`, quality `r`: ")
    assert found.line == 10


def test_a_gold_table_has_no_files(contracts: Contracts) -> None:
    for implementation, message in (
        ("metric: rowCount", "`rowCount` is about the rows of new files: a gold table has none"),
        ("metric: freshness, maxAge: 1h", "`freshness` of a gold table needs a `column`"),
    ):
        written(contracts, "name: r", implementation, GOLD)
        (found,) = contracts.mistakes(["t"])
        assert message in found.message
    written(contracts, "name: r", "metric: freshness, maxAge: 1h, column: jour", GOLD)
    assert contracts.read(["t"])[0].history_rules


def test_names_are_unique_among_all_rules_of_tables(contracts: Contracts) -> None:
    written(contracts, "name: r", "metric: rowCount}}\n  - {name: r, type: sql, query: select 1, mustBe: 1}#")
    (found,) = contracts.mistakes()
    assert "two rules have the reason code `table.r`" in found.message


def test_a_rule_about_time_does_not_rebuild_its_table(contracts: Contracts) -> None:
    one = read(contracts, "", "metric: rowCount")
    assert fingerprint(one) == fingerprint(read(contracts, "", "metric: freshness, maxAge: 1h"))
