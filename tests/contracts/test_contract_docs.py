"""docs/contracts.md: every example is read, every reason code is one that the example really gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.odcs import HEAD, Contracts, table
from dataspark.answers.reasons import STRUCTURAL_WORDS
from dataspark.contracts import columns, dialect, quality
from dataspark.contracts.contract import Contract, HistoryMetric, Metric, OnViolation, Operator, RuleKind, Severity
from dataspark.contracts.custom import OURS
from dataspark.sql.silver import STRUCTURAL

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
RULES = [line for line in PAGE.splitlines() if line.startswith("| ") and "| `{name: " in line]


def whole(block: str) -> str:
    """A block is a whole file, a list of properties, or keys of a schema object."""
    if block.startswith("apiVersion"):
        return block
    if block.startswith("- name"):
        return table(block)
    return HEAD + "  - name: t\n" + "".join(f"    {line}\n" for line in block.splitlines())


def codes(contract: Contract) -> set[str]:
    found = {rule.code for rule in contract.rules} | {rule.code for rule in contract.table_rules}
    found |= {rule.code for rule in contract.history_rules}
    return found | {link.code for link in contract.relationships}


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_read(contracts: Contracts, block: str) -> None:
    contracts.write(whole(block))
    assert contracts.read(models=["dim_magasin", "fact_ventes"])


@pytest.mark.parametrize("row", RULES)
def test_every_rule_gives_its_reason_code(contracts: Contracts, row: str) -> None:
    _, _, code, example, *_ = (cell.strip() for cell in row.split("|"))
    (code,) = CODE.findall(code)
    (example,) = CODE.findall(example)
    contracts.write(table(f"- {example}\n- {{name: cle, logicalType: integer, unique: true}}"))
    (contract,) = contracts.read()
    assert code in codes(contract)


def test_every_kind_of_rule_is_described() -> None:
    told = {CODE.findall(row.split("|")[2])[0].partition(".")[2] for row in RULES}
    assert {kind.value for kind in RuleKind} - {"custom"} <= told
    assert len(RULES) == 20


def cells() -> list[list[str]]:
    """Every row of every table of the page, split into cells."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def test_every_line_that_is_no_record_has_its_reason_and_cure() -> None:
    told = {row[1].strip("`"): row[3] for row in cells() if row[1].startswith("`csv.")}
    assert set(told) == set(STRUCTURAL_WORDS) == set(STRUCTURAL)
    assert all(told.values())


def test_every_rule_of_tables_and_over_time_has_its_code_and_cure(contracts: Contracts) -> None:
    rows = [row for row in cells() if len(row) == 5 and row[0].startswith(("`", "a query")) and row[4]]
    assert {row[0].strip("`") for row in rows} >= {m.value for m in (*Metric, *HistoryMetric)} - {"sql"}
    told = {cell.strip("`") for row in rows for cell in row[1:3] if re.fullmatch(r"`[\w+]+\.\w+`", cell)}
    history = "type: custom, engine: dataspark, implementation: "
    more = f"""quality:
  - {{type: library, metric: rowCount, mustBeGreaterThan: 0}}
  - {{type: library, metric: duplicateValues, mustBe: 0, arguments: {{properties: [email, pays]}}}}
  - {{{history} {{metric: rowCount}}}}
  - {{{history} {{metric: freshness, maxAge: 1h}}}}
"""
    metrics = ", ".join(f"{{metric: {one}, mustBe: 1}}" for one in ("nullValues", "missingValues", "duplicateValues"))
    invalid = "{metric: invalidValues, mustBe: 1, arguments: {pattern: x}}"
    columns = f"- {{name: email, logicalType: string, quality: [{metrics}, {invalid}]}}\n- {{name: pays, logicalType: string}}"
    contracts.write(table(columns, more))
    (contract,) = contracts.read()
    assert codes(contract) == told - {"table.NAME"}


def test_what_happens_without_a_parent_is_described() -> None:
    (row,) = (row for row in cells() if row[0] == "relationship")
    assert all(f"`{word}`" in row[4] for word in OnViolation)


def test_every_word_of_ours_is_described() -> None:
    words = {name for names in OURS.values() for name in names} | {
        item.value for item in (*Metric, *HistoryMetric, *Operator)
    }
    words |= {"withinDeviations", "ofRuns", "maxAge", "column"}
    assert [word for word in sorted(words) if f"`{word}`" not in PAGE and word != "sql"] == []


def test_every_option_and_key_is_described() -> None:
    words = {option for options in columns._OPTIONS.values() for option in options} | set(dialect._KEYS)
    words |= {argument for arguments in quality._ARGUMENTS.values() for argument in arguments} | set(quality._UNITS)
    words |= {*columns.STRING_FORMATS, *columns._INTEGER_FORMATS, *(severity.value for severity in Severity)}
    assert [word for word in sorted(words) if not re.search(rf"\b{word}\b", PAGE)] == []


def test_the_codes_of_table_rules(contracts: Contracts) -> None:
    block = next(block for block in BLOCKS if "pays_differents" in block)
    contracts.write(whole(block))
    (contract,) = contracts.read()
    assert {rule.code for rule in contract.table_rules} == {
        "table.rowCount",
        "email+pays.duplicateValues",
        "table.pays_differents",
        "email.nullValues",
    }
