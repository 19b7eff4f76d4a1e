"""Changes to a contract's file: what it says afterwards, and that nothing else in it moved."""

from __future__ import annotations

import difflib

import pytest

from contracts.odcs import HEAD, Contracts
from dataspark.contracts.editing import AddColumn, AddTo, Change, NotEditable, Say, SetType, edited
from dataspark.contracts.patches import make_patches

TEXT = (
    HEAD
    + """\
  - name: t   # the table
    properties:
      - {name: id, logicalType: integer, primaryKey: true}   # the key
      - {name: d, logicalType: date, logicalTypeOptions: {format: dd/MM/yyyy}}

      # written over several lines
      - name: e
        logicalType: date     # a day
        logicalTypeOptions:
          format: dd/MM/yyyy
          minimum: '2020-01-01'

      - name: n
        logicalType: number
        physicalType: decimal(10,2)
        customProperties:
          - property: aliases
            value:
              - Net    # as of 2024
          - property: absent
            value: allowed
      # the end
"""
)
CASES: list[tuple[Change, list[str]]] = [
    (
        AddTo("t", "id", "aliases", ("no", "N° x")),
        [
            "-      - {name: id, logicalType: integer, primaryKey: true}   # the key",
            "+      - {name: id, logicalType: integer, primaryKey: true, "
            'customProperties: [{property: aliases, value: ["no", "N° x"]}]}   # the key',
        ],
    ),
    (
        AddTo("t", "d", "formats", ("yyyyMMdd",), ("dd/MM/yyyy",), "format"),
        [
            "-      - {name: d, logicalType: date, logicalTypeOptions: {format: dd/MM/yyyy}}",
            "+      - {name: d, logicalType: date, "
            "customProperties: [{property: formats, value: [dd/MM/yyyy, yyyyMMdd]}]}",
        ],
    ),
    (
        AddTo("t", "e", "formats", ("yyyyMMdd",), ("dd/MM/yyyy",), "format"),
        [
            "-          format: dd/MM/yyyy",
            "+        customProperties:",
            "+          - property: formats",
            "+            value: [dd/MM/yyyy, yyyyMMdd]",
        ],
    ),
    (AddTo("t", "n", "aliases", ("Net HT",)), ["+              - Net HT"]),
    (
        SetType("t", "n", "string"),
        ["-        logicalType: number", "-        physicalType: decimal(10,2)", "+        logicalType: string"],
    ),
    (
        SetType("t", "id", "number", "decimal(12,0)"),
        [
            "-      - {name: id, logicalType: integer, primaryKey: true}   # the key",
            '+      - {name: id, logicalType: number, primaryKey: true, physicalType: "decimal(12,0)"}   # the key',
        ],
    ),
    (
        Say("t", "e", "absent", "allowed"),
        ["+        customProperties:", "+          - property: absent", "+            value: allowed"],
    ),
    (
        AddColumn("t", "z", (("logicalType", "string"),), (("aliases", ("Z z",)),)),
        [
            "+",
            "+      - name: z",
            "+        logicalType: string",
            "+        customProperties:",
            "+          - property: aliases",
            "+            value: [Z z]",
        ],
    ),
]


@pytest.mark.parametrize(("change", "lines"), CASES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_change_is_no_larger_than_it_must_be(
    contracts: Contracts, change: Change, lines: list[str], end: str
) -> None:
    before = TEXT.replace("\n", end)
    after = edited(before, change)
    assert after.count("\n") - after.count("\r\n") == (0 if end == "\r\n" else after.count("\n"))
    diff = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))
    assert sorted(line for line in diff[2:] if not line.startswith("@@")) == sorted(lines)
    contracts.write(after)
    assert contracts.read()


def test_what_only_a_person_can_change_is_refused() -> None:
    merged = TEXT.replace("      - {name: d,", "      - {<<: &d {name: d}, nom: d,")
    with pytest.raises(NotEditable, match="`d` is not written there"):
        edited(merged, Say("t", "d", "absent", "allowed"))


def test_a_change_after_which_the_contract_cannot_be_read_is_left_out(contracts: Contracts) -> None:
    contracts.write(TEXT)
    wrong, right = SetType("t", "e", "string"), AddTo("t", "n", "aliases", ("Netto",))
    patches = make_patches(contracts.project(), contracts.read(), [wrong, right])
    assert list(patches.refused) == [wrong]
    assert "`minimum` does not fit a string" in patches.refused[wrong]
    assert "+              - Netto" in patches.diff.splitlines()
    assert "string" not in patches.diff


def test_titles_mean_one_column(contracts: Contracts) -> None:
    text = TEXT.replace("- Net    # as of 2024", "- e")
    assert contracts.messages(text) == ["schema `t`, property `n`: the alias `e` is also a title of `e`"]
    absent = TEXT.replace(
        "primaryKey: true}", "primaryKey: true, customProperties: [{property: absent, value: allowed}]}"
    )
    assert "`absent: allowed` does not go with a required column" in contracts.messages(absent)[0]


def test_a_new_column_is_written_as_its_neighbours_are(contracts: Contracts) -> None:
    flow = HEAD + "  - name: t\n    properties:\n      - {name: id, logicalType: integer}\n"
    keys = (("logicalType", "number"), ("physicalType", "decimal(10,2)"))
    after = edited(flow, AddColumn("t", "z", keys, (("aliases", ("Z, z",)),)))
    assert after.splitlines()[-1] == (
        '      - {name: z, logicalType: number, physicalType: "decimal(10,2)", '
        'customProperties: [{property: aliases, value: ["Z, z"]}]}'
    )
    contracts.write(after)
    assert contracts.read()[0].column("z").aliases == ("Z, z",)
