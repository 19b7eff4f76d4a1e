"""docs/contracts.md: every example is read, every reason code is one that the example really gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.odcs import HEAD, Contracts, table
from dataspark.contracts.contract import Contract, Metric, Operator, RuleKind
from dataspark.contracts.custom import OURS

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
    return found | {link.code for link in contract.relationships}


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_read(contracts: Contracts, block: str) -> None:
    contracts.write(whole(block))
    assert contracts.read()


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


def test_every_word_of_ours_is_described() -> None:
    words = {name for names in OURS.values() for name in names} | {item.value for item in (*Metric, *Operator)}
    assert [word for word in sorted(words) if f"`{word}`" not in PAGE and word != "sql"] == []


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
