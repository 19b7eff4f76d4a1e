"""Examples of columns that are not for everybody, taken out of a contract's text."""

from __future__ import annotations

import yaml

from dataspark.contracts.concealing import without_examples

TEXT = """\
# examples: [kept]
schema:
  - name: clients
    properties:
      - name: nom   # who
        examples:
          - Ann
          - 'O''Hara: "x"'  # a hard one
          - |
            two
            lines
          - >-
            folded
            text
          -
        logicalType: string
      - {name: pays, examples: [FR, "BE"]}
      - name: adresse
        logicalType: object
        properties:
          - name: rue
            examples: [{ville: Lyon, codes: [69001, 69002]}]
      - {name: mail, examples: &mails [a@b.fr, c@d.fr]}
      - {name: autre, examples: *mails}
  - name: inconnus
    properties:
      - {name: pays, examples: [CH]}
"""
SECRETS = ("Ann", "Hara", "two", "lines", "folded", "Lyon", "69001", "a@b.fr", "c@d.fr", "CH")


def test_examples_of_hidden_columns_are_masked_and_nothing_else_is_touched() -> None:
    told = without_examples(TEXT, {"clients": {"nom", "adresse", "autre"}}, "•••")
    assert [secret for secret in SECRETS if secret in told] == []
    before, after = yaml.safe_load(TEXT), yaml.safe_load(told)
    nom, pays, adresse, mail, autre = after["schema"][0]["properties"]
    assert nom == {"name": "nom", "examples": ["•••"] * 4 + [None], "logicalType": "string"}
    assert pays == before["schema"][0]["properties"][1]
    assert adresse["properties"][0]["examples"] == [{"ville": "•••", "codes": ["•••", "•••"]}]
    assert mail["examples"] == autre["examples"] == ["•••", "•••"]  # they are written once
    assert after["schema"][1]["properties"][0]["examples"] == ["•••"]  # nobody says what is hidden there
    assert "# a hard one" in told
    assert told.startswith("# examples: [kept]\n")


def test_a_text_without_any_stays_as_it_is() -> None:
    assert without_examples("schema: []\n", {}, "•••") == "schema: []\n"
    assert without_examples(TEXT, {"clients": set(), "inconnus": set()}, "•••") == TEXT
