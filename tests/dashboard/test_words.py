"""What the dashboard says in French of what DataSpark says in English: rules that rows break, and errors."""

from __future__ import annotations

import ast
import base64
import string
import tomllib
from pathlib import Path

import pytest

import dataspark
from dashboard.conftest import Open, words
from dataspark.answers.reasons import SAYINGS, STRUCTURAL_WORDS
from dataspark.answers.reasons import words as english
from dataspark.contracts.contract import Contract, RuleKind
from dataspark.dashboard.reasons import label, meaning
from dataspark.dashboard.words import Words, texts
from dataspark.dashboard.words.sentences import translated
from dataspark.rendering.lineage.picture import WORDS
from dataspark.wiring import open_workspace
from workbench import Bench

SOURCE = Path(dataspark.__file__).parent
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: ventes
version: 1.0.0
status: active
schema:
  - name: ventes
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - name: prix
        logicalType: number
        physicalType: decimal(8,2)
        required: true
        logicalTypeOptions: {minimum: 0, exclusiveMaximum: 500, multipleOf: 0.05}
      - name: remise
        logicalType: number
        logicalTypeOptions: {exclusiveMinimum: 0, maximum: 9}
      - name: jour
        logicalType: date
        customProperties: [{property: formats, value: [iso, dd/MM/yyyy]}]
      - {name: mail, logicalType: string, unique: true, logicalTypeOptions: {format: email}}
      - {name: code, logicalType: string, logicalTypeOptions: {pattern: "[A-Z]+", minLength: 2, maxLength: 5}}
      - name: pays
        logicalType: string
        customProperties: [{property: enum, value: [FR, BE]}]
    quality:
      - {type: custom, engine: dataspark, name: passe, implementation: "jour <= as_of", description: "Pas de vente à venir."}
"""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    bench = Bench.of_files(tmp_path_factory.mktemp("mots") / "ventes", {"contracts/ventes.odcs.yaml": CONTRACT})
    return open_workspace(bench.root).contracts[0]


def test_every_kind_of_rule_has_french_words(contract: Contract) -> None:
    french = Words("fr")
    codes = [*(rule.code for rule in contract.rules), *STRUCTURAL_WORDS, "prix.disparue"]
    assert {rule.kind for rule in contract.rules} == set(RuleKind)
    for code in codes:
        said = meaning(french, contract, code)
        if code == "row.passe":
            assert said == english(contract, code) == "Pas de vente à venir."  # people's own words
            assert label(french, contract, code) == code
            continue
        assert said != english(contract, code), code
        if code != "prix.disparue":
            assert label(french, contract, code) != code
        assert not {" is ", " the ", " of "} & {f" {word} " for word in said.split()}, said
    assert meaning(french, contract, "prix.required") == "prix est vide."
    assert meaning(french, contract, "jour.type") == "jour n’est pas du type date écrit iso ou dd/MM/yyyy."
    assert meaning(french, contract, "prix.exclusiveMaximum") == "prix n’est pas inférieur à 500."
    assert meaning(french, contract, "pays.enum") == "pays n’est aucun de : FR, BE."
    assert label(french, contract, "pays.enum") == "pays : valeur inconnue"


def test_in_english_a_reason_is_its_code(contract: Contract) -> None:
    spoken = Words("en")
    for code in [*(rule.code for rule in contract.rules), *STRUCTURAL_WORDS]:
        assert label(spoken, contract, code) == code
        assert meaning(spoken, contract, code) == english(contract, code)
    assert {key: texts("en")[f"reason.{key}"] for key in SAYINGS} == dict(SAYINGS)
    assert {key: texts("en")[f"picture.{key}"] for key in WORDS} == dict(WORDS)


def test_every_translated_sentence_is_one_that_the_program_says() -> None:
    said = {_template(node) for file in SOURCE.rglob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8")))}
    listed = tomllib.loads((SOURCE / "dashboard/words/sentences.fr.toml").read_text("utf-8"))["sentence"]
    assert [one["en"] for one in listed if one.get("part_of", one["en"]) not in said] == []
    for one in listed:
        fields = {name for _, name, _, _ in string.Formatter().parse(one["said"]) if name is not None}
        assert fields <= set(map(str, range(one["en"].count("{}")))), one


def _template(node: ast.AST) -> str | None:
    """A text of the program with {} for what it fills in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def test_sentences() -> None:
    for told, wanted in {
        "release r000002 has no table `nix`": "la version r000002 n’a pas de table `nix`",
        "the query was refused (line 3): Binder Error: x": "la requête a été refusée (ligne 3) : Binder Error: x",
        "the query was refused: Binder Error: x": "la requête a été refusée : Binder Error: x",
        "the question took longer than the 20 seconds that it may": "la question a pris plus que les 20 secondes permises",
        "the contracts have 2 mistakes\n  a.yaml:3": "les contrats ont des erreurs\n  a.yaml:3",
        "nobody says this": "nobody says this",
        "": "",
    }.items():
        assert translated(told, "fr") == wanted
        assert translated(told, "en") == told


def test_pages_say_it_in_french(opened: Open, retail: Path) -> None:
    at = opened(retail, "quality", language="fr")
    reasons = next(one.value for one in at.dataframe if "Ce que cela veut dire" in one.value.columns)
    told = dict(zip(reasons["Raison"], reasons["Ce que cela veut dire"], strict=True))
    assert told["montant.exclusiveMinimum"].startswith("montant n’est pas supérieur à 0.")
    assert "montant : trop petit" in at.selectbox(key="quarantine_reason_achats").options
    assert any("montant : mauvais type" in one for one in at.dataframe[-1].value["Raisons"])
    at = opened(retail, "catalogue", language="fr")
    picture = next(body for one in at.get("html") if "base64," in (body := str(one.proto.body)))
    drawn = base64.b64decode(picture.partition("base64,")[2].partition('"')[0]).decode()
    assert "calculé à partir de la ligne" in drawn
    assert "autres colonnes" in drawn
    at = opened(retail, "sql", language="fr")
    at.text_area(key="sql_query").set_value("SELECT * FROM nulle_part")
    at.button[0].click().run()
    assert "la version r000002 n’a pas de table `nulle_part`" in words(at)
