"""Projects that cannot be planned or built: every mistake at once, with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bad_input.shop import PROPERTIES, Shop, lines
from dataspark.errors import ContractError, DataSparkError, Mistake, ModelError, ProjectError
from workbench import Bench

TEN = """
apiVersion: v3.1.0
kind: DataContract
id: ten
name: ten
version: 1.0.0
status: active
schema:
  - name: Ten Tables
    customProperties:
      - {property: dialect, value: {delimiter: ';;', encoding: utf-9, colour: red}}
      - {property: timezone, value: Europe/Pariss}
    properties:
      - {name: id, logicalType: integr}
      - {name: id, logicalType: integer}
      - name: name
        logicalType: string
        logicalTypeOptions: {pattern: "(", minLength: 5, maxLength: 2}
      - name: parent
        logicalType: integer
        relationships: [{to: nowhere.id, type: foreignKey}]
    quality:
      - {type: custom, engine: dataspark, name: x}
"""
GOOD = lines("1,Ada,10", "2,Bob,20")


def mistakes(shop: Shop, kind: type[ProjectError] = ModelError) -> tuple[Mistake, ...]:
    """What is said of a project; nothing may have been read for it."""
    error = shop.stops(kind, ".", GOOD)
    assert isinstance(error, ProjectError)
    assert error.exit_code == 2
    return error.mistakes


def test_a_contract_with_ten_mistakes(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, **{"contracts/ten.odcs.yaml": TEN})
    found = mistakes(shop, ContractError)
    assert len(found) >= 10
    assert all(mistake.path == "contracts/ten.odcs.yaml" and mistake.line > 0 for mistake in found)
    told = "\n".join(str(mistake) for mistake in found)
    for word in (
        "Ten Tables",
        "integr",
        "already",
        "delimiter",
        "utf-9",
        "colour",
        "Pariss",
        "nowhere",
        "minLength",
        "(",
    ):
        assert word in told, word
    assert shop.archived() == []


def test_mistakes_of_every_contract_at_once(tmp_path: Path) -> None:
    broken = "apiVersion: v3.1.0\nkind: [\n"
    shop = Shop.open(tmp_path, **{"contracts/ten.odcs.yaml": TEN, "contracts/yaml.odcs.yaml": broken})
    assert {mistake.path for mistake in mistakes(shop, ContractError)} == {
        "contracts/ten.odcs.yaml", "contracts/yaml.odcs.yaml",
    }  # fmt: skip


def test_two_models_that_need_each_other(tmp_path: Path) -> None:
    models = {
        "models/a.sql": "SELECT *\nFROM b",
        "models/b.sql": "SELECT * FROM gold.a",
        "models/own.sql": "SELECT *\nFROM\n  own",
    }
    shop = Shop.open(tmp_path, **models)
    told = [str(mistake) for mistake in mistakes(shop)]
    assert any("models need each other: a → b → a" in one or "models need each other: b → a → b" in one for one in told)
    assert "models/own.sql:3: `own` reads itself" in told


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT *\nFROM silver.sale", "models/m.sql:2: there is no table `silver.sale`; did you mean `silver.sales`?"),
        ("SELECT *\nFROM total", "models/m.sql:2: there is no table `total`; did you mean `totals`?"),
        (
            "SELECT * FROM bronze.sales",
            "models/m.sql:1: there is no table `bronze.sales`; there are: silver.sales",
        ),
        ("SELECT *\n\nFROM silver.sales WHERE (id = 1", "models/m.sql:3: SQL error: Expecting )"),
        ("SELECT 1; SELECT 2", "models/m.sql:1: 2 statements where there must be one SELECT"),
        ("DROP TABLE x", "models/m.sql:1: DROP where there must be one SELECT"),
        ("", "models/m.sql:1: 0 statements where there must be one SELECT"),
        ("SELECT 'open\n", "models/m.sql:1: SQL error"),
    ],
)
def test_a_model_that_cannot_be_planned(tmp_path: Path, sql: str, told: str) -> None:
    shop = Shop.open(tmp_path, **{"models/m.sql": sql})
    assert [str(mistake)[: len(told)] for mistake in mistakes(shop)] == [told]
    assert shop.archived() == []


@pytest.mark.parametrize(
    ("sql", "line", "words"),
    [
        ("SELECT id,\n  nmae\nFROM silver.sales", 2, 'Referenced column "nmae" not found'),
        ("SELECT id\nFROM silver.sales\nWHERE nofunction(id) > 1", 3, "nofunction"),
        ("SELECT id FROM silver.sales\nGROUP BY name", 1, "must appear in the GROUP BY clause"),
        ("SELECT id,\n  nmae,\n  TIMESTAMP '2025-01-01' < as_of AS past\nFROM silver.sales", 2, '"nmae" not found'),
        ("SELECT CAST(name AS INTEGER) AS n\nFROM silver.sales", 1, "Could not convert string 'Ada' to INT32"),
    ],
)
def test_a_model_that_the_engine_refuses(tmp_path: Path, sql: str, line: int, words: str) -> None:
    shop = Shop.open(tmp_path)
    shop.reads(GOOD)
    before = shop.workspace.lake.release()
    (tmp_path / "models" / "m.sql").write_text(sql)
    error = shop.stops(ModelError, "the model `m` cannot be built")
    assert isinstance(error, ModelError)
    (mistake,) = error.mistakes
    assert (mistake.path, mistake.line) == ("models/m.sql", line)
    assert words in mistake.message
    assert shop.workspace.lake.release() == before
    (tmp_path / "models" / "m.sql").write_text("SELECT id FROM silver.sales")
    shop.passes()
    assert shop.gold("m") == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("sql", "line", "words", "said"),
    [
        ("SELECT *\nFROM totals\nWHERE nmae = 1", 3, "nmae", "the check `c` cannot be run"),
        ("SELECT * FROM totals\nWHERE (", 2, "SQL error", "in the project"),
        ("SELECT *\nFROM total", 2, "did you mean `totals`?", "in the project"),
        ("-- severity: loud\nSELECT 1", 1, "severity `loud`", "in the project"),
    ],
)
def test_a_check_with_an_error(tmp_path: Path, sql: str, line: int, words: str, said: str) -> None:
    shop = Shop.open(tmp_path, **{"checks/c.sql": sql})
    error = shop.stops(ModelError, said, GOOD)
    assert isinstance(error, ModelError)
    (mistake,) = error.mistakes
    assert (mistake.path, mistake.line) == ("checks/c.sql", line)
    assert words in mistake.message
    assert shop.workspace.lake.release() is None


RULE = """    quality:
      - {type: custom, engine: dataspark, name: rule, implementation: "CONDITION"}
"""


def with_rule(root: Path, condition: str) -> Shop:
    return Shop.open(root, properties=PROPERTIES + RULE.replace("CONDITION", condition))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("amuont > 0", "`row.rule` names no column: `amuont`; did you mean `amount`?"),
        ("amount >", "`row.rule`: SQL error"),
        ("amount > 0)", "`row.rule`: SQL error"),
    ],
)
def test_a_condition_with_an_error(tmp_path: Path, condition: str, words: str) -> None:
    (mistake,) = mistakes(with_rule(tmp_path, condition))
    assert mistake.path == "contracts/shop.odcs.yaml"
    assert mistake.line == 19
    assert words in mistake.message


@pytest.mark.parametrize(
    "condition", ["nofunction(amount) > 0", "name > DATE '2025-01-01'", "CAST(name AS INTEGER) > 1"]
)
@pytest.mark.parametrize("content", [GOOD, lines("1,Ada,10", "2")])
def test_a_condition_that_the_engine_refuses(tmp_path: Path, condition: str, content: str) -> None:
    shop = with_rule(tmp_path, condition)
    error = shop.stops(DataSparkError, "sales", content)
    assert error.exit_code == 2
    assert "contracts/shop.odcs.yaml" in str(error)


def test_a_project_that_is_none(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.stops(ProjectError, "is no project: it has no dataspark.toml")


def test_a_file_that_two_tables_claim(tmp_path: Path) -> None:
    other = (tmp_path / "x", Shop.open(tmp_path))[1]
    text = (tmp_path / "contracts" / "shop.odcs.yaml").read_text()
    (tmp_path / "contracts" / "more.odcs.yaml").write_text(text.replace("name: sales", "name: more"))
    other.stops(ProjectError, "sales.csv belongs to both `more` and `sales`", GOOD)
    assert other.archived() == []


def test_a_file_that_is_called_like_a_table_belongs_to_it(tmp_path: Path) -> None:
    contract = """
apiVersion: v3.1.0
kind: DataContract
id: clients
version: 1.0.0
status: active
schema:
  - {name: client, properties: [{name: id, logicalType: integer}]}
  - {name: client_adresses, properties: [{name: rue, logicalType: string}]}
"""
    shop = Bench.of_files(tmp_path, {"contracts/clients.odcs.yaml": contract})
    shop.put("client.csv", "id\n1\n")
    shop.put("client_2.csv", "id\n2\n")
    shop.put("client_adresses.csv", "rue\nrue du Lac\n")
    shop.put("client_adresses_2.csv", "rue\nrue Haute\n")
    shop.run()
    assert shop.silver("client", "id") == [("1",), ("2",)]
    assert shop.silver("client_adresses", "rue") == [("rue Haute",), ("rue du Lac",)]
    (tmp_path / "contracts/clients.odcs.yaml").write_text(
        contract.replace("{name: client,", "{name: client, customProperties: [{property: files, value: 'client*'}],")
    )
    shop.put("client_adresses_3.csv", "rue\nrue Basse\n")
    with pytest.raises(ProjectError, match=r"client_adresses.csv belongs to both `client` and `client_adresses`"):
        shop.run()
