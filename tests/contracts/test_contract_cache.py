"""The JSON schema is asked once per content, and what a contract means has a fingerprint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.odcs import Contracts, table
from dataspark.contracts.changes import fingerprint
from dataspark.contracts.contract import Contract
from dataspark.contracts.schema import schema_text
from dataspark.contracts.validated import digest

GOOD = table("- {name: a, logicalType: string, required: true}")
TYPO = table("- {name: a, logicalType: string, requird: true}")


def cache(contracts: Contracts) -> Path:
    return contracts.root / ".dataspark" / "validated.json"


def remembered(contracts: Contracts) -> set[str]:
    return set(json.loads(cache(contracts).read_text("utf-8"))["passed"])


def known_by(path: Path) -> str:
    return digest(path.read_bytes(), schema_text())


def pretend(contracts: Contracts, *digests: str) -> None:
    """Claim that contents passed; only the schema sees the typo, so a claim that is believed lets it through."""
    cache(contracts).parent.mkdir(exist_ok=True)
    cache(contracts).write_text(json.dumps({"passed": digests}), "utf-8")


def test_a_content_that_passed_is_not_validated_again(contracts: Contracts) -> None:
    path = contracts.write(TYPO)
    pretend(contracts, known_by(path))
    assert [contract.name for contract in contracts.read()] == ["t"]


def test_a_changed_content_is_validated(contracts: Contracts) -> None:
    contracts.write(GOOD)
    contracts.read()
    contracts.write(TYPO)
    (found,) = contracts.mistakes()
    assert found.message == "schema `t`, property `a`: `requird` is not a known key, did you mean `required`?"
    assert found.line == 9
    contracts.write(GOOD)
    contracts.read()


def test_only_what_passed_is_remembered(contracts: Contracts) -> None:
    good = contracts.write(GOOD, "good")
    contracts.write(TYPO.replace("name: t", "name: u"), "bad")
    contracts.mistakes()
    assert remembered(contracts) == {known_by(good)}
    assert len(contracts.mistakes()) == 1


def test_a_file_that_is_gone_is_forgotten(contracts: Contracts) -> None:
    gone = contracts.write(GOOD.replace("name: t", "name: u"), "u")
    contracts.write(GOOD)
    contracts.read()
    gone.unlink()
    kept = contracts.write(GOOD + "# changed\n")
    contracts.read()
    assert remembered(contracts) == {known_by(kept)}


def test_our_own_rules_are_judged_each_time(contracts: Contracts) -> None:
    contracts.write(table("- {name: a, logicalType: string, relationships: [{to: u.a}]}"), "t")
    parent = contracts.write(table("- {name: a, logicalType: string, primaryKey: true}", name="u"), "u")
    contracts.read()
    parent.unlink()
    (found,) = contracts.mistakes()
    assert "no contract describes a silver table `u`" in found.message


def test_a_digest_stands_for_content_and_schema(contracts: Contracts) -> None:
    assert digest(b"x", b"schema 1") != digest(b"x", b"schema 2")
    assert digest(b"x", b"schema") != digest(b"y", b"schema")
    path = contracts.write(TYPO)
    pretend(contracts, digest(path.read_bytes(), b"an older schema"))
    assert len(contracts.mistakes()) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"passed": 3}', b'{"passed": [3]}', b"\xff\xfe", b"null"])
def test_a_broken_cache_is_ignored_and_replaced(contracts: Contracts, content: bytes) -> None:
    path = contracts.write(TYPO)
    cache(contracts).parent.mkdir()
    cache(contracts).write_bytes(content)
    assert len(contracts.mistakes()) == 1
    path.write_text(GOOD)
    contracts.read()
    assert remembered(contracts) == {known_by(path)}


def test_a_cache_that_cannot_be_written_is_ignored(contracts: Contracts) -> None:
    contracts.write(GOOD)
    (contracts.root / ".dataspark").write_text("in the way")
    assert contracts.read() == contracts.read()
    assert (contracts.root / ".dataspark").read_text() == "in the way"


def test_writing_leaves_nothing_behind(contracts: Contracts) -> None:
    contracts.write(GOOD)
    contracts.read()
    assert [path.name for path in (contracts.root / ".dataspark").iterdir()] == ["validated.json"]


def test_heavy_modules_are_loaded_only_for_a_new_file(contracts: Contracts) -> None:
    contracts.write(GOOD)
    contracts.read()
    code = (
        "import sys; from dataspark.project import read_project;"
        "from dataspark.contracts.reading import read_contracts;"
        "assert 'yaml' not in sys.modules; read_contracts(read_project('.', environ={}));"
        "assert 'yaml' in sys.modules; assert 'jsonschema' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=contracts.root, check=True, env=_environ())


BASE = """
- name: a
  logicalType: number
  physicalType: decimal(12,2)
  description: %s
  required: true
  logicalTypeOptions: {minimum: %s}
  customProperties: [{property: severity, value: %s}]
"""


def one(contracts: Contracts, text: str) -> Contract:
    contracts.write(text)
    (contract,) = contracts.read()
    return contract


def test_comments_lines_and_descriptions_mean_nothing(contracts: Contracts) -> None:
    first = one(contracts, table(BASE % ("one", "0.10", "error")))
    text = table(BASE % ("two", "0.1", "error"), "description: new\ndataGranularityDescription: new")
    second = one(contracts, "# a comment\n\n" + text.replace("id: test", "id: other # comment"))
    assert second.line != first.line
    assert fingerprint(second) == fingerprint(first)
    assert fingerprint(replace(first, path="elsewhere")) == fingerprint(first)


@pytest.mark.parametrize(
    "text",
    [
        table(BASE % ("one", "0.11", "error")),
        table(BASE % ("one", "0.1", "warning")),
        table((BASE % ("one", "0.1", "error")).replace("12,2", "13,2")),
        table((BASE % ("one", "0.1", "error")).replace("  required: true\n", "")),
        table((BASE % ("one", "0.1", "error")).replace("minimum", "exclusiveMinimum")),
        table((BASE % ("one", "0.1", "error")) + "- {name: b, logicalType: string}"),
        table(BASE % ("one", "0.1", "error"), "customProperties: [{property: timezone, value: Europe/Paris}]"),
        table(BASE % ("one", "0.1", "error"), "customProperties: [{property: dialect, value: {delimiter: ';'}}]"),
        table(BASE % ("one", "0.1", "error"), "customProperties: [{property: duplicates, value: keep}]"),
        table(BASE % ("one", "0.1", "error"), "quality: [{type: custom, engine: dataspark, implementation: a > 1}]"),
    ],
)
def test_another_meaning_has_another_fingerprint(contracts: Contracts, text: str) -> None:
    base = one(contracts, table(BASE % ("one", "0.1", "error")))
    assert fingerprint(one(contracts, text)) != fingerprint(base)


def test_texts_and_numbers_are_told_apart(contracts: Contracts) -> None:
    prop = "- {name: a, logicalType: %s, customProperties: [{property: enum, value: [%s]}]}"
    contract = one(contracts, table(prop % ("string", "'1'")))
    (rule,) = contract.columns[0].rules
    number = replace(contract, columns=(replace(contract.columns[0], rules=(replace(rule, argument=(1,)),)),))
    true = replace(contract, columns=(replace(contract.columns[0], rules=(replace(rule, argument=(True,)),)),))
    assert len({fingerprint(contract), fingerprint(number), fingerprint(true)}) == 3


def test_the_fingerprint_is_the_same_in_every_process(contracts: Contracts) -> None:
    contract = one(contracts, table(BASE % ("one", "0.1", "{minimum: fail}")))
    code = (
        "from dataspark.project import read_project; from dataspark.contracts.reading import read_contracts;"
        "from dataspark.contracts.changes import fingerprint;"
        "print(fingerprint(read_contracts(read_project('.', environ={}))[0]), end='')"
    )
    for seed in ("1", "2"):
        environ = {**_environ(), "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=contracts.root, check=True, env=environ, capture_output=True, text=True
        )
        assert done.stdout == fingerprint(contract)


def _environ() -> dict[str, str]:
    """The package may be installed or found by the path that this process uses."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
