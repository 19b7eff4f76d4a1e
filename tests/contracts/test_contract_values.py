"""What a right contract becomes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.odcs import HEAD, Contracts, table
from dataspark.contracts.contract import (
    Column,
    Contract,
    Dialect,
    LogicalType,
    Metric,
    OnViolation,
    Operator,
    Relationship,
    Rule,
    RuleKind,
    Severity,
    TableRule,
)
from dataspark.tables import Layer


def one(contracts: Contracts, properties: str, more: str = "") -> Contract:
    contracts.write(table(properties, more))
    (contract,) = contracts.read()
    return contract


def column(contracts: Contracts, prop: str) -> Column:
    return one(contracts, prop).columns[0]


def rules(contracts: Contracts, prop: str) -> list[tuple[str, object]]:
    return [(rule.code, rule.argument) for rule in column(contracts, prop).rules]


@pytest.mark.parametrize("version", ["v3.1.0", "v3.2.0"])
def test_both_versions_are_read(contracts: Contracts, version: str) -> None:
    contracts.write(table("- {name: a, logicalType: string}").replace("v3.1.0", version))
    (contract,) = contracts.read()
    assert contract == Contract(
        name="t",
        columns=(Column("a", LogicalType.STRING),),
        path="contracts/t.odcs.yaml",
        line=7,
        files=("t.csv*", "t[-_]*.csv*", "t/*.csv*"),
    )


def test_no_contracts(contracts: Contracts) -> None:
    assert contracts.read() == ()


def test_several_tables_of_several_files_in_order(contracts: Contracts) -> None:
    contracts.write(table("- {name: a, logicalType: string}", name="z"), "1")
    two = table("- {name: a, logicalType: string}", name="c")
    contracts.write(two + two.removeprefix(HEAD).replace("name: c", "name: b"), "2")
    assert [contract.name for contract in contracts.read()] == ["z", "c", "b"]


STRING = "- {name: a, logicalType: string, logicalTypeOptions: {%s}}"
NUMBER = "- {name: a, logicalType: number, logicalTypeOptions: {%s}}"
INTEGER = "- {name: a, logicalType: integer, logicalTypeOptions: {%s}}"


@pytest.mark.parametrize(
    ("prop", "code", "argument"),
    [
        ("- {name: a, logicalType: string, required: true}", "a.required", None),
        ("- {name: a, logicalType: string, primaryKey: true}", "a.required", None),
        ("- {name: a, logicalType: boolean}", "a.type", None),
        (STRING % "format: uuid", "a.format", "uuid"),
        (STRING % "pattern: '^x$'", "a.pattern", "^x$"),
        (STRING % "minLength: 2", "a.minLength", 2),
        (STRING % "maxLength: 9", "a.maxLength", 9),
        (NUMBER % "minimum: 0.1", "a.minimum", Decimal("0.1")),
        (NUMBER % "maximum: 12345678901234567.89", "a.maximum", Decimal("12345678901234567.89")),
        (INTEGER % "exclusiveMinimum: 0", "a.exclusiveMinimum", 0),
        (INTEGER % "exclusiveMaximum: -3", "a.exclusiveMaximum", -3),
        (NUMBER % "multipleOf: 0.01", "a.multipleOf", Decimal("0.01")),
        ("- {name: a, logicalType: string, enum: [{value: x}, {value: '1'}]}", "a.enum", ("x", "1")),
        ("- {name: a, logicalType: string, unique: true}", "a.unique", None),
    ],
)
def test_each_kind_of_rule(contracts: Contracts, prop: str, code: str, argument: object) -> None:
    found = {rule.code: rule for rule in column(contracts, prop).rules}
    rule = found[code]
    assert rule == Rule(code, RuleKind(code.partition(".")[2]), "a", Severity.ERROR, argument, line=rule.line)
    assert type(rule.argument) is type(argument)


def test_rules_come_in_the_order_of_their_kinds(contracts: Contracts) -> None:
    prop = """
- name: a
  unique: true
  logicalType: string
  logicalTypeOptions: {maxLength: 5, minLength: 1, pattern: x, format: email}
  customProperties: [{property: enum, value: [x]}]
  required: true
"""
    codes = [rule.kind for rule in column(contracts, prop).rules]
    assert codes == [
        RuleKind.REQUIRED,
        RuleKind.FORMAT,
        RuleKind.PATTERN,
        RuleKind.MIN_LENGTH,
        RuleKind.MAX_LENGTH,
        RuleKind.ENUM,
        RuleKind.UNIQUE,
    ]


def test_a_rule_knows_its_line(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: number
  required: true
  logicalTypeOptions:
    minimum: 1
"""
    assert [(rule.code, rule.line) for rule in column(contracts, prop).rules] == [
        ("a.required", 11),
        ("a.type", 10),
        ("a.minimum", 13),
    ]


@pytest.mark.parametrize(
    ("physical", "decimal"),
    [
        ("decimal(12,2)", (12, 2)),
        ("NUMERIC( 38 , 38 )", (38, 38)),
        ("decimal(9)", (9, 0)),
        ("double", None),
        ("DOUBLE PRECISION", None),
        ("float", None),
    ],
)
def test_physical_types_of_numbers(contracts: Contracts, physical: str, decimal: tuple[int, int] | None) -> None:
    found = column(contracts, f"- {{name: a, logicalType: number, physicalType: '{physical}'}}")
    assert found.decimal == decimal


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("format: i8", [("a.minimum", -128), ("a.maximum", 127)]),
        ("format: u16, maximum: 9", [("a.minimum", 0), ("a.maximum", 9)]),
        ("format: i32, minimum: -9999999999", [("a.minimum", -(2**31)), ("a.maximum", 2**31 - 1)]),
        ("format: i64", []),
    ],
)
def test_integer_formats_are_ranges(contracts: Contracts, options: str, expected: list[tuple[str, int]]) -> None:
    assert rules(contracts, INTEGER % options)[1:] == expected


@pytest.mark.parametrize(
    ("kind", "bound", "argument"),
    [
        ("date", "2025-12-31", "2025-12-31"),
        ("timestamp", "2025-12-31", "2025-12-30T23:00:00+00:00"),
        ("timestamp", "2025-07-01 12:00", "2025-07-01T10:00:00+00:00"),
        ("timestamp", "2025-07-01T12:00:00.5Z", "2025-07-01T12:00:00.500000+00:00"),
        ("time", "12:30", "12:30:00"),
    ],
)
def test_bounds_of_dates_are_iso_and_utc(contracts: Contracts, kind: str, bound: str, argument: str) -> None:
    prop = f"- {{name: a, logicalType: {kind}, logicalTypeOptions: {{minimum: '{bound}'}}}}"
    contract = one(contracts, prop, "customProperties: [{property: timezone, value: Europe/Paris}]")
    assert contract.timezone == "Europe/Paris"
    assert contract.columns[0].rules[1].argument == argument


def test_a_date_needs_no_quotes(contracts: Contracts) -> None:
    prop = "- {name: a, logicalType: date, logicalTypeOptions: {minimum: 2025-12-31}}"
    assert rules(contracts, prop)[1] == ("a.minimum", "2025-12-31")


def test_the_zone_of_columns_is_the_tables(contracts: Contracts) -> None:
    prop = "- {name: a, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Paris}}"
    assert one(contracts, prop).timezone == "Europe/Paris"


def test_formats(contracts: Contracts) -> None:
    assert column(contracts, "- {name: a, logicalType: date, logicalTypeOptions: {format: dd/MM/yyyy}}").formats == (
        "dd/MM/yyyy",
    )
    several = "- {name: a, logicalType: timestamp, customProperties: [{property: formats, value: %s}]}"
    formats = ("iso", "dd/MM/yyyy HH:mm:ss.SSS", "yyyyMMdd'T'HHmmssXXX")
    assert column(contracts, several % list(formats)).formats == formats
    assert column(contracts, several % "iso").formats == ()


def test_values_that_are_valid(contracts: Contracts) -> None:
    prop = "- {name: a, logicalType: %s, customProperties: [{property: enum, value: %s}]}"
    assert rules(contracts, prop % ("string", "[x, 'NO', x]"))[0] == ("a.enum", ("x", "NO"))
    assert rules(contracts, prop % ("integer", "[1, 2]"))[1] == ("a.enum", (1, 2))
    assert rules(contracts, prop % ("number", "[1, 0.1]"))[1] == ("a.enum", (1, Decimal("0.1")))
    assert rules(contracts, prop % ("date", "[2025-01-01]"))[1] == ("a.enum", ("2025-01-01",))
    assert rules(contracts, prop % ("boolean", "[yes]"))[1] == ("a.enum", (True,))


def test_severities_of_a_column(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: integer
  required: true
  logicalTypeOptions: {minimum: 1}
  customProperties: [{property: severity, value: %s}]
"""
    assert {rule.severity for rule in column(contracts, prop % "fail").rules} == {Severity.FAIL}
    found = column(contracts, prop % "{minimum: warning}")
    assert [rule.severity for rule in found.rules] == [Severity.ERROR, Severity.ERROR, Severity.WARNING]
    assert found.required


def test_the_other_settings_of_a_column(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: boolean
  description: d
  classification: c
  customProperties:
    - {property: trim, value: false}
    - {property: trueValues, value: [oui, 1, on]}
    - {property: falseValues, value: [non, 0, no]}
    - {property: steward, value: Anne}
    - {property: format, value: theirs, vendor: others}
"""
    found = column(contracts, prop)
    assert (found.trim, found.description, found.classification) == (False, "d", "c")
    assert (found.true_values, found.false_values) == (("oui", "1", "on"), ("non", "0", "no"))


def test_settings_of_a_table(contracts: Contracts) -> None:
    more = """
description: d
customProperties:
  - {property: files, value: ["in/*.txt", x.csv]}
  - {property: duplicates, value: keep}
  - property: dialect
    value: {delimiter: "\\t", quote: "'", encoding: latin-1, decimal: ",", nullTokens: [NA, null, -999], header: false}
"""
    contract = one(contracts, "- {name: a, logicalType: string}", more)
    assert contract.description == "d"
    assert contract.files == ("in/*.txt", "x.csv")
    assert contract.keep_duplicates
    assert contract.dialect == Dialect("\t", "'", "'", "iso8859-1", ",", ("", "NA", "null", "-999"), header=False)


def test_a_dialect_without_quotes(contracts: Contracts) -> None:
    more = "customProperties: [{property: dialect, value: {quote: ''}}]"
    dialect = one(contracts, "- {name: a, logicalType: string}", more).dialect
    assert (dialect.quote, dialect.escape) == ("", "")


def test_a_composite_key_in_the_order_of_its_positions(contracts: Contracts) -> None:
    props = """
- {name: a, logicalType: string, primaryKey: true, primaryKeyPosition: 2}
- {name: b, logicalType: string, unique: true, primaryKey: true, primaryKeyPosition: 1}
- {name: c, logicalType: string, primaryKeyPosition: -1}
"""
    contract = one(contracts, props)
    assert contract.primary_key == ("b", "a")
    codes = [rule.code for rule in contract.rules]
    assert codes == ["a.required", "b.required", "b.unique"]


def test_a_key_without_positions_is_in_the_order_of_the_columns(contracts: Contracts) -> None:
    props = "- {name: b, logicalType: string, primaryKey: true}\n- {name: a, logicalType: string, primaryKey: true}"
    assert one(contracts, props).primary_key == ("b", "a")


def test_unique_says_nothing_of_a_column_that_is_the_key(contracts: Contracts) -> None:
    prop = "- {name: a, logicalType: string, primaryKey: true, unique: true}"
    assert [code for code, _ in rules(contracts, prop)] == ["a.required"]


def test_relationships(contracts: Contracts) -> None:
    contracts.write(
        table(
            "- {name: x, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}\n"
            "- {name: y, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}\n"
            "- {name: z, logicalType: string, unique: true}",
            name="parent",
        ),
        "parent",
    )
    props = """
- {name: a, logicalType: integer}
- {name: b, logicalType: integer}
- name: c
  logicalType: string
  relationships:
    - type: foreignKey
      to: parent.z
      customProperties: [{property: onViolation, value: hold}]
"""
    more = "relationships: [{from: [child.b, child.a], to: [parent.x, parent.y]}]"
    contracts.write(table(props, more, "child"), "child")
    child = next(contract for contract in contracts.read() if contract.name == "child")
    assert child.relationships == (
        Relationship(("c",), "parent", ("z",), OnViolation.HOLD, line=15),
        Relationship(("b", "a"), "parent", ("x", "y"), OnViolation.KEEP, line=8),
    )
    assert child.relationships[1].code == "b+a.relationship"


def test_a_circle_of_keep(contracts: Contracts) -> None:
    props = "- {name: a, logicalType: string, primaryKey: true}\n"
    link = "- {name: b, logicalType: string, relationships: [{to: %s.a}]}"
    contracts.write(table(props + link % "u", name="t"), "t")
    contracts.write(table(props + link % "t", name="u"), "u")
    assert [contract.relationships[0].parent for contract in contracts.read()] == ["u", "t"]


def test_row_rules(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: integer
  quality: [{type: custom, engine: dataspark, implementation: a > 0}]
"""
    more = """
quality:
  - {type: custom, engine: dataspark, name: futur, implementation: a < as_of, severity: info, description: d}
  - {type: custom, engine: dataspark, implementation: a < 9, severity: fail}
  - {type: text, description: for people}
"""
    contract = one(contracts, prop, more)
    assert contract.row_rules == (
        Rule("row.1", RuleKind.CUSTOM, None, Severity.ERROR, "a > 0", line=15),
        Rule("row.futur", RuleKind.CUSTOM, None, Severity.WARNING, "a < as_of", "d", 9),
        Rule("row.2", RuleKind.CUSTOM, None, Severity.FAIL, "a < 9", line=10),
    )


def test_no_invalid_value_at_all_is_a_rule_of_rows(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: string
  customProperties: [{property: severity, value: warning}]
  quality:
    - {metric: invalidValues, mustBe: 0, arguments: {validValues: [x, y]}, severity: fail, description: d}
    - {type: library, metric: invalidValues, mustBe: 0, unit: rows, arguments: {pattern: '^x'}}
"""
    contract = one(contracts, prop)
    assert contract.columns[0].rules == (
        Rule("a.pattern", RuleKind.PATTERN, "a", Severity.WARNING, "^x", line=14),
        Rule("a.enum", RuleKind.ENUM, "a", Severity.FAIL, ("x", "y"), "d", 13),
    )
    assert contract.table_rules == ()


def test_some_invalid_values_are_a_rule_of_the_table(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: string
  quality:
    - {metric: invalidValues, mustBeLessThan: 5, unit: percent, arguments: {validValues: [x], pattern: '^x'}}
"""
    (rule,) = one(contracts, prop).table_rules
    assert rule == TableRule(
        "a.invalidValues",
        Metric.INVALID_VALUES,
        Operator.MUST_BE_LESS_THAN,
        (5.0,),
        ("a",),
        percent=True,
        valid_values=("x",),
        pattern="^x",
        line=12,
    )


def test_table_rules(contracts: Contracts) -> None:
    props = """
- name: a
  logicalType: string
  quality:
    - {metric: nullValues, mustBe: 0}
    - {metric: missingValues, mustBeBetween: [0, 5], arguments: {missingValues: [null, '', NA]}, severity: warning}
    - {metric: duplicateValues, mustBeLessOrEqualTo: 1.5, unit: percent, severity: fail}
    - {type: sql, query: 'select max({column}) from {table}', mustBe: 3}
- {name: b, logicalType: string}
"""
    more = """
quality:
  - {metric: rowCount, mustBeGreaterThan: 10}
  - {metric: rowCount, mustBeGreaterThan: 100, severity: warning, name: beaucoup}
  - {metric: duplicateValues, mustBe: 0, arguments: {properties: [a, b]}}
  - {type: sql, name: somme, query: 'select count(*) from ${object}', mustNotBeBetween: [1, 2]}
"""
    found = {rule.code: rule for rule in one(contracts, props, more).table_rules}
    assert list(found) == [
        "a.nullValues",
        "a.missingValues",
        "a.duplicateValues",
        "table.1",
        "table.rowCount",
        "table.beaucoup",
        "a+b.duplicateValues",
        "table.somme",
    ]
    assert found["a.nullValues"].missing_values == (None, "")
    missing = found["a.missingValues"]
    assert (missing.missing_values, missing.bounds, missing.severity) == (
        (None, "", "NA"),
        (0.0, 5.0),
        Severity.WARNING,
    )
    assert (found["a.duplicateValues"].percent, found["a.duplicateValues"].severity) == (True, Severity.FAIL)
    assert (found["table.1"].query, found["table.1"].columns) == ("select max(a) from silver.t", ("a",))
    assert found["a+b.duplicateValues"].columns == ("a", "b")
    assert found["table.somme"].query == "select count(*) from silver.t"
    assert found["table.somme"].operator is Operator.MUST_NOT_BE_BETWEEN


@pytest.mark.parametrize("operator", list(Operator))
def test_every_operator(contracts: Contracts, operator: Operator) -> None:
    bounds = "[1, 2]" if "Between" in operator else "1"
    more = f"quality: [{{metric: rowCount, {operator}: {bounds}}}]"
    (rule,) = one(contracts, "- {name: a, logicalType: string}", more).table_rules
    assert rule.operator is operator
    assert rule.bounds == ((1.0, 2.0) if "Between" in operator else (1.0,))


def test_a_gold_table(contracts: Contracts) -> None:
    more = "customProperties: [{property: layer, value: gold}]"
    contracts.write(table("- {name: a, logicalType: string}", more, "kpi"))
    (contract,) = contracts.read(models=["kpi"])
    assert (contract.layer, contract.files) == (Layer.GOLD, ())


def test_anchors_and_merge_keys(contracts: Contracts) -> None:
    props = """
- &first {name: a, logicalType: string, required: true}
- {<<: *first, name: b}
"""
    contract = one(contracts, props)
    assert [rule.code for rule in contract.rules] == ["a.required", "b.required"]
