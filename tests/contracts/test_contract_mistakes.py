"""What is said of wrong contracts: every mistake, with its line, in words that help."""

from __future__ import annotations

import pytest

from contracts.odcs import HEAD, Contracts, table
from dataspark.contracts.reading import read_contracts
from dataspark.errors import ContractError

TEN = """\
apiVersion: v3.1.0
kind: DataContract
id: retail
version: 1.0.0
statut: active
schema:
  - name: achats
    customProperties:
      - {property: timezone, value: Europe/Pari}
    properties:
      - name: id_achat
        logicalType: integer
        requird: true
      - name: id_client
        logicalType: intger
        relationships:
          - to: clinets.id_client
      - name: montant
        logicalType: number
        physicalType: decimal(50,2)
        logicalTypeOptions:
          minimum: 10
          maximum: 5
      - name: email
        logicalType: string
        logicalTypeOptions:
          pattern: '(?=x)'
        customProperties:
          - {property: severity, value: eror}
    quality:
      - {type: library, metric: rowCount}
"""


def test_ten_mistakes_are_told_at_once(contracts: Contracts) -> None:
    contracts.write(TEN)
    contracts.write(table("- {name: id_client, logicalType: integer, primaryKey: true}", name="clients"), "other")
    found = contracts.mistakes()
    assert [(mistake.path, mistake.line, mistake.message) for mistake in found] == [
        ("contracts/t.odcs.yaml", line, message)
        for line, message in [
            (5, "`statut` is not a known key, did you mean `status`?"),
            (9, "schema `achats`: unknown time zone `Europe/Pari`: use an IANA name such as Europe/Paris"),
            (13, "schema `achats`, property `id_achat`: `requird` is not a known key, did you mean `required`?"),
            (15, "schema `achats`, property `id_client`: unknown type `intger`, did you mean `integer`?"),
            (
                17,
                "schema `achats`, relationship of `id_client`: no contract describes a silver table `clinets`, "
                "did you mean `clients`?",
            ),
            (
                20,
                "schema `achats`, property `montant`: `decimal(50,2)` is not supported: "
                "precision 1 to 38, scale 0 to precision",
            ),
            (23, "schema `achats`, property `montant`: `minimum` 10 and `maximum` 5 leave no value"),
            (
                27,
                "schema `achats`, property `email`: the pattern '(?=x)' cannot be used: "
                "look-ahead and look-behind `(?=` are not supported by RE2",
            ),
            (
                29,
                "schema `achats`, property `email`: `eror` is no value of `severity` (known: error, warning, fail)",
            ),
            (
                31,
                "schema `achats`, quality 1: has no operator: say what the number must be, for example `mustBe: 0`",
            ),
        ]
    ]


def test_mistakes_of_all_files_are_told_together(contracts: Contracts) -> None:
    contracts.write("a: [", "b")
    contracts.write(table("- {name: a, logicalType: strin}"), "a")
    contracts.write("", "c")
    assert [(mistake.path, mistake.line) for mistake in contracts.mistakes()] == [
        ("contracts/a.odcs.yaml", 9),
        ("contracts/b.odcs.yaml", 1),
        ("contracts/c.odcs.yaml", 1),
    ]


def test_the_error_is_for_exit_code_2_and_shows_file_and_line(contracts: Contracts) -> None:
    contracts.write(table("- {name: a, logicalType: strin}"))
    with pytest.raises(
        ContractError, match=r"(?s)1 mistake\n  contracts/t\.odcs\.yaml:9: .*did you mean `string`"
    ) as error:
        contracts.read()
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [1\nb: 2\n", 2, "is not YAML"),
        ("a: b: c\n", 1, "is not YAML: mapping values are not allowed"),
        ("a:\n\tb: 1\n", 2, "is not YAML: found character that cannot start any token"),
        ("a: 'x\n", 1, "is not YAML: found unexpected end of stream"),
        ("a: 1\n---\nb: 2\n", 2, "is not YAML: but found another document"),
        ("a: \x01\n", 1, "is not YAML: "),
        ("a: *nowhere\n", 1, "is not YAML: found undefined alias"),
        ("- a\n", 1, "is empty or no ODCS contract"),
        ("\n", 1, "is empty or no ODCS contract"),
        ("text\n", 1, "is empty or no ODCS contract"),
    ],
)
def test_files_that_are_no_contract(contracts: Contracts, text: str, line: int, message: str) -> None:
    contracts.write(text)
    (found,) = contracts.mistakes()
    assert found.line == line
    assert message in found.message


def test_a_file_that_is_not_utf8_or_not_there(contracts: Contracts) -> None:
    path = contracts.write("")
    path.write_bytes(b"a: 1\nb: \xe9\n")
    project = contracts.project()
    assert [(found.line, found.message) for found in contracts.mistakes()] == [(2, "is not UTF-8 text")]
    path.unlink()
    with pytest.raises(ContractError, match="cannot be read: No such file"):
        read_contracts(project)


def test_an_alias_inside_of_itself(contracts: Contracts) -> None:
    contracts.write(HEAD.replace("status: active", "tags: &a [*a]") + "  []\n")
    assert any("nested more than 50 levels deep" in mistake.message for mistake in contracts.mistakes())


def test_a_key_that_is_there_twice(contracts: Contracts) -> None:
    contracts.write(table("- name: a\n  logicalType: string\n  required: true\n  logicalType: date"))
    (found,) = contracts.mistakes()
    assert (found.line, found.message) == (12, "the key `logicalType` is there twice, first in line 10")


def test_an_unknown_tag(contracts: Contracts) -> None:
    assert contracts.messages(table("- {name: a, logicalType: !!python/name:os string}")) == [
        "the tag !!python/name:os is not supported"
    ]


@pytest.mark.parametrize("version", ["v3.0.2", "v2.2.0", "v4.0.0", "3.1"])
def test_other_versions_of_odcs(contracts: Contracts, version: str) -> None:
    contracts.write(table("- {name: a, logicalType: string}").replace("v3.1.0", version))
    found = contracts.mistakes()
    assert found[0].line == 1
    assert "is no supported apiVersion: ODCS v3.1.0 and v3.2.0 are" in found[0].message


def test_the_head_is_checked_by_the_schema(contracts: Contracts) -> None:
    text = table("- {name: a, logicalType: string}").replace("version: 1.0.0\n", "").replace("kind: DataContract\n", "")
    assert contracts.messages(text) == ["`kind` is missing", "`version` is missing"]


def test_no_schema(contracts: Contracts) -> None:
    assert contracts.messages(HEAD.replace("schema:\n", "")) == ["has no `schema`: it describes no table"]
    assert contracts.messages(HEAD + "  []\n") == ["has no `schema`: it describes no table"]


COLUMN = "- {name: a, logicalType: string, %s}"


@pytest.mark.parametrize(
    ("prop", "message"),
    [
        ("- {name: a, logicalType: array}", "the type `array` is not supported: a field of a raw file is one value"),
        ("- {name: a, logicalType: object}", "the type `object` is not supported"),
        ("- {name: a}", "has no `logicalType`"),
        ("- {name: a, logicalTyp: string, logicalType: string}", "`logicalTyp` is not a known key"),
        ("- {name: 'prix ttc', logicalType: string}", "`prix ttc` is no name of a column"),
        ("- {name: '', logicalType: string}", "the name must be a text that is not empty"),
        ("- {name: _line, logicalType: string}", "names that begin with _ are reserved"),
        ("- {logicalType: string}", "property 1: `name` is missing"),
        (COLUMN % "required: 'yes'", "`required` must be true or false, not the text `yes`"),
        (COLUMN % "logicalTypeOptions: {minimum: '1'}", "`minimum` does not fit a string: it is for integer, number"),
        (COLUMN % "logicalTypeOptions: {minLenght: 1}", "did you mean `minLength`?"),
        (COLUMN % "logicalTypeOptions: {minLength: 3, maxLength: 2}", "`minLength` 3 is more than `maxLength` 2"),
        (COLUMN % "logicalTypeOptions: {minLength: -1}", "less than the minimum of 0"),
        (COLUMN % "logicalTypeOptions: {format: mail}", "unknown format `mail`, did you mean `email`?"),
        (COLUMN % "logicalTypeOptions: {format: password}", "(known: email, uuid, uri, hostname, ipv4, ipv6)"),
        (COLUMN % "logicalTypeOptions: {pattern: '('}", "is no regular expression: missing ), unterminated"),
        (COLUMN % "enum: []", "the valid values must be a list of at least one value"),
        (COLUMN % "enum: [x]", "enum 1: must be an object, not the text `x`"),
        ("- {name: a, logicalType: boolean, logicalTypeOptions: {minLength: 1}}", "does not fit a boolean"),
        ("- {name: a, logicalType: number, physicalType: money}", "unknown physicalType `money` of a number"),
        ("- {name: a, logicalType: number, physicalType: decimal}", "`decimal` needs its digits: write decimal(12,2)"),
        ("- {name: a, logicalType: number, physicalType: 'decimal(5,6)'}", "scale 0 to precision"),
        ("- {name: a, logicalType: number, physicalType: 'decimal(0)'}", "precision 1 to 38"),
        ("- {name: a, logicalType: number, logicalTypeOptions: {multipleOf: 0}}", "must be a number above 0"),
        ("- {name: a, logicalType: number, logicalTypeOptions: {minimum: .inf}}", "`.inf` is no number"),
        ("- {name: a, logicalType: number, logicalTypeOptions: {minimum: 1, exclusiveMaximum: 1}}", "leave no value"),
        ("- {name: a, logicalType: integer, logicalTypeOptions: {maximum: 1e400}}", "`1e400` is a text"),
        (
            "- {name: a, logicalType: integer, logicalTypeOptions: {maximum: 9223372036854775808}}",
            "is outside of the 64-bit integers",
        ),
        ("- {name: a, logicalType: integer, logicalTypeOptions: {format: u64}}", "the format `u64` is not supported"),
        ("- {name: a, logicalType: date, logicalTypeOptions: {minimum: 01/02/2025}}", "is no date (yyyy-MM-dd)"),
        (
            "- {name: a, logicalType: date, logicalTypeOptions: {minimum: 2025-02-30}}",
            "`2025-02-30` day is out of range",
        ),
        ("- {name: a, logicalType: timestamp, logicalTypeOptions: {minimum: noon}}", "`noon` is no timestamp"),
        ("- {name: a, logicalType: time, logicalTypeOptions: {minimum: '25:00'}}", "hour must be in 0..23"),
        ("- {name: a, logicalType: date, logicalTypeOptions: {format: jj/MM/yyyy}}", "unknown letter j"),
        ("- {name: a, logicalType: date, logicalTypeOptions: {format: MM/yyyy}}", "needs a year (y), a month (M) and"),
        ("- {name: a, logicalType: date, logicalTypeOptions: {format: dd/MM/yy}}", "`yy` is not supported: write yyyy"),
        ('- {name: a, logicalType: date, logicalTypeOptions: {format: "yyyy-MM-dd\'T"}}', "quote ' is not closed"),
        ("- {name: a, logicalType: time, logicalTypeOptions: {format: 'mm:ss'}}", "needs an hour (HH)"),
        (
            "- {name: a, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Paris}}",
            "unknown time zone `Paris`",
        ),
    ],
)
def test_one_mistake_in_a_column(contracts: Contracts, prop: str, message: str) -> None:
    contracts.write(table(prop))
    (found,) = contracts.mistakes()
    assert found.line == 9
    assert message in found.message
    assert found.message.startswith("schema `t`, property ")


@pytest.mark.parametrize(
    ("kind", "custom", "message"),
    [
        ("string", "severty, value: error", "unknown custom property `severty`, did you mean `severity`?"),
        ("string", "Trim, value: true", "unknown custom property `Trim`, did you mean `trim`?"),
        ("string", "dialect, value: {}", "`dialect` belongs to a schema object, not to a property"),
        ("string", "trim, value: 'no'", "`trim` must be true or false"),
        ("string", "severity, value: {minimum: error}", "the column has no rule `minimum` (it has: none)"),
        ("integer", "severity, value: {typ: error}", "the column has no rule `typ`, did you mean `type`?"),
        ("integer", "severity, value: {type: bad}", "`bad` is no value of `type` (known: error, warning, fail)"),
        ("string", "enum, value: x", "the valid values must be a list of at least one value"),
        ("string", "enum, value: [NO]", "the valid value `NO` is read by YAML as False: put it in quotes"),
        ("string", "enum, value: [1]", "the valid value `1` is read by YAML as 1: put it in quotes"),
        ("integer", "enum, value: [x]", "the valid value `x` is a text, not a number"),
        ("integer", "enum, value: [null]", "the valid value `null` is no value"),
        ("string", "formats, value: [yyyy]", "`formats` is for dates and times, this one is string"),
        ("date", "formats, value: [[a]]", "`formats` must be a text or a list of texts"),
        ("date", "formats, value: [iso, yyyy-MM]", "the format `yyyy-MM` cannot be used"),
        ("string", "trueValues, value: [x]", "`trueValues` is for boolean columns, this one is string"),
        ("boolean", "trueValues, value: [N]", "`n` is both a true value and a false value"),
    ],
)
def test_custom_properties_of_a_column(contracts: Contracts, kind: str, custom: str, message: str) -> None:
    found = contracts.messages(table(f"- {{name: a, logicalType: {kind}, customProperties: [{{property: {custom}}}]}}"))
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("custom", "message"),
    [
        ("file, value: x.csv", "unknown custom property `file`, did you mean `files`?"),
        ("severity, value: error", "`severity` belongs to a property, not to a schema object"),
        ("onViolation, value: keep", "`onViolation` belongs to a relationship, not to a schema object"),
        ("layer, value: bronze", "`bronze` is no value of `layer` (known: silver, gold)"),
        ("duplicates, value: drop", "`drop` is no value of `duplicates` (known: collapse, keep)"),
        ("timezone, value: CET+1", "unknown time zone `CET+1`"),
        ("timezone, value: ../etc", "unknown time zone `../etc`"),
        ("timezone, value: 3", "`timezone` must be a text"),
        ("files, value: /x.csv", "`/x.csv` is no file pattern"),
        ("files, value: [../x.csv]", "`../x.csv` is no file pattern"),
        ("files, value: []", "`files` must be a text or a list of texts"),
        ("dialect, value: ';'", "`dialect` must be an object"),
        ("dialect, value: {delimeter: ';'}", "unknown key `delimeter`, did you mean `delimiter`?"),
        ("dialect, value: {delimiter: '||'}", "`delimiter` must be one character and no line end, not '||'"),
        ("dialect, value: {delimiter: ''}", "`delimiter` must be one character"),
        ('dialect, value: {quote: "\\n"}', "`quote` must be one character or empty and no line end"),
        ("dialect, value: {delimiter: '\"'}", "`delimiter` and `quote` are the same character"),
        ("dialect, value: {delimiter: ';', escape: ';'}", "`delimiter` and `escape` are the same character ';'"),
        ("dialect, value: {decimal: ';'}", "`;` is no value of `decimal` (known: ., ,)"),
        ("dialect, value: {encoding: utf-9}", "unknown encoding `utf-9`, did you mean `utf-8`?"),
        ("dialect, value: {encoding: base64}", "unknown encoding `base64`"),
        ("dialect, value: {header: 'no'}", "`header` must be true or false"),
        ("dialect, value: {nullTokens: {a: b}}", "`nullTokens` must be a text or a list of texts"),
    ],
)
def test_custom_properties_of_a_table(contracts: Contracts, custom: str, message: str) -> None:
    more = f"customProperties:\n  - {{property: {custom}}}"
    contracts.write(table("- {name: a, logicalType: string}", more))
    (found,) = contracts.mistakes()
    assert found.line == 9
    assert message in found.message


def test_custom_properties_of_the_file_and_twice(contracts: Contracts) -> None:
    text = table(
        "- {name: a, logicalType: string}",
        "customProperties: [{property: layer, value: silver}, {property: layer, value: silver}]",
    )
    text = text.replace("schema:\n", "customProperties: [{property: timezone, value: UTC}]\nschema:\n")
    assert contracts.messages(text) == [
        "the file: the custom property `timezone` belongs to a schema object, not to the whole file",
        "schema `t`: the custom property `layer` is there twice",
    ]


def test_positions_in_the_key(contracts: Contracts) -> None:
    props = """
- {name: a, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
- {name: b, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
- {name: c, logicalType: string, primaryKey: true}
- {name: d, logicalType: string, primaryKeyPosition: 2}
"""
    assert contracts.messages(table(props)) == [
        "schema `t`, property `b`: two columns have the `primaryKeyPosition` 1",
        "schema `t`, property `c`: `primaryKeyPosition` is none: the 3 key columns are numbered 1 to 3",
        "schema `t`, property `d`: has a `primaryKeyPosition` but no `primaryKey: true`",
    ]


def test_a_gap_in_the_key(contracts: Contracts) -> None:
    props = """
- {name: a, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
- {name: b, logicalType: string, primaryKey: true, primaryKeyPosition: 3}
"""
    assert contracts.messages(table(props)) == [
        "schema `t`, property `b`: `primaryKeyPosition` is 3: the 2 key columns are numbered 1 to 2"
    ]


@pytest.mark.parametrize("severity", ["warning", "{required: warning}"])
def test_a_key_column_cannot_be_empty(contracts: Contracts, severity: str) -> None:
    prop = "- {name: a, logicalType: string, primaryKey: true, customProperties: [{property: severity, value: %s}]}"
    assert contracts.messages(table(prop % severity)) == [
        "schema `t`, property `a`: `required` of a primary key column cannot be a warning: its rows would have no key"
    ]


def test_duplicates_and_a_key(contracts: Contracts) -> None:
    more = "customProperties: [{property: duplicates, value: keep}]"
    found = contracts.messages(table("- {name: a, logicalType: string, primaryKey: true}", more))
    assert found == ["schema `t`: `duplicates: keep` does not go with a primary key (a)"]


def test_names_of_columns_and_tables(contracts: Contracts) -> None:
    props = "- {name: Montant, logicalType: string}\n- {name: montant, logicalType: string}"
    contracts.write(table(props), "a")
    contracts.write(table("- {name: a, logicalType: string}"), "b")
    contracts.write(table("- {name: a, logicalType: string}", name="Ventes"), "c")
    contracts.write(table("- {name: a, logicalType: string}", name="_ventes"), "d")
    contracts.write(table("- {name: a, logicalType: string}", name="quarantine"), "e")
    assert [str(mistake) for mistake in contracts.mistakes()] == [
        "contracts/a.odcs.yaml:10: schema `t`, property `montant`: there is already a column `Montant` "
        "(capitals make no difference)",
        "contracts/b.odcs.yaml:7: schema `t`: is also described in contracts/a.odcs.yaml:7",
        "contracts/c.odcs.yaml:7: schema `Ventes`: `Ventes` is no name of a table: "
        "use lower-case letters, digits and _, no digit first",
        "contracts/d.odcs.yaml:7: schema `_ventes`: `_ventes` is a name that the lake keeps for itself; take another one",
        "contracts/e.odcs.yaml:7: schema `quarantine`: `quarantine` is a name that the lake keeps for itself; "
        "take another one",
    ]


def test_a_table_without_columns(contracts: Contracts) -> None:
    assert contracts.messages(HEAD + "  - {name: t}\n") == ["schema `t`: has no `properties`: name its columns"]


def test_a_table_has_one_time_zone(contracts: Contracts) -> None:
    prop = "- {name: a, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Paris}}"
    more = "customProperties: [{property: timezone, value: UTC}]"
    assert contracts.messages(table(prop, more)) == [
        "schema `t`, property `a`: `Europe/Paris` differs from `UTC`: a table has one time zone"
    ]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("metric: rowCount, mustBe: 1", "`rowCount` is for a table: move it to the schema object's `quality`"),
        ("metric: nullValue, mustBe: 1", "unknown metric `nullValue`, did you mean `nullValues`?"),
        ("type: library, mustBe: 1", "has no `metric` (known: rowCount, nullValues"),
        ("metric: nullValues", "has no operator: say what the number must be"),
        ("metric: nullValues, mustBe: 1, mustNotBe: 2", "has two operators, `mustBe` and `mustNotBe`: write two rules"),
        ("metric: nullValues, mustBeMoreThan: 1", "unknown operator `mustBeMoreThan`, did you mean `mustBeLessThan`?"),
        ("metric: nullValues, mustBe: zero", "`mustBe` needs a number"),
        ("metric: nullValues, mustBe: true", "`mustBe` needs a number"),
        ("metric: nullValues, mustBeBetween: [1]", "`mustBeBetween` needs two numbers, such as [1, 10]"),
        ("metric: nullValues, mustBeBetween: [1, x]", "`mustBeBetween` needs two numbers"),
        ("metric: nullValues, mustBeBetween: 5", "`mustBeBetween` needs two numbers"),
        ("metric: nullValues, mustBeBetween: [2, 1]", "2 is more than 1"),
        ("metric: nullValues, mustBe: 1, unit: pct", "unknown unit `pct`, did you mean `percent`?"),
        ("metric: nullValues, mustBe: 1, severity: eror", "unknown severity `eror`, did you mean `error`?"),
        ("metric: nullValues, mustBe: 1, arguments: {x: 1}", "`nullValues` has no argument `x`"),
        ("metric: nullValues, mustBe: 1, dimension: x", "`dimension` has the unknown value `x` (known: accuracy"),
        ("metric: nullValues, mustBe: 1, foo: x", "`foo` is not a known key"),
        ("metric: invalidValues, mustBe: 0", "needs `arguments` with `validValues` or `pattern`"),
        ("metric: invalidValues, mustBe: 0, arguments: {validValues: [1]}", "`1` is read by YAML as 1"),
        ("metric: invalidValues, mustBe: 0, arguments: {validValue: [x], pattern: x}", "did you mean `validValues`?"),
        ("metric: invalidValues, mustBe: 0, arguments: {pattern: '(a)\\1'}", "back-references such as `\\1`"),
        ("metric: duplicateValues, mustBe: 0, arguments: {properties: [a]}", "is for the schema object's `quality`"),
        ("type: sql, mustBe: 1", "has no `query`: write a SELECT that gives one number"),
        ("type: sql, query: 'select {colum}', mustBe: 1", "`{colum}` stands for nothing here"),
        ("query: select 1, mustBe: 1", "has no `type`: write `type: sql`"),
        ("engine: dataspark, implementation: a > 1", "has no `type`: write `type: custom`"),
        ("type: custm, engine: dataspark, implementation: a > 1", "unknown type `custm`, did you mean `custom`?"),
        ("type: custom, engine: dataspark", "has no `implementation`: write a SQL condition"),
        ("type: custom, engine: dataspark, implementation: ''", "has no `implementation`"),
        ("type: custom, engine: dataspark, implementation: {a: 1}", "a rule about time is for a table: move it"),
        ("type: custom, engine: soda, implementation: x", "unknown engine `soda`: only `dataspark` rules are run"),
        ("type: custom, implementation: x", "has no `engine`"),
        ("type: custom, engine: dataspark, implementation: x, name: Pas de futur", "write `pas_de_futur`"),
    ],
)
def test_one_mistake_in_quality(contracts: Contracts, rule: str, message: str) -> None:
    contracts.write(table(f"- name: a\n  logicalType: string\n  quality:\n    - {{{rule}}}"))
    (found,) = contracts.mistakes()
    assert found.line == 12
    assert message in found.message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("metric: nullValues, mustBe: 1", "`nullValues` is for a column: move it to the property's `quality`"),
        ("metric: rowCount, mustBe: 1, unit: percent", "a row count has no percent"),
        ("metric: duplicateValues, mustBe: 0", "needs `arguments` with `properties`"),
        (
            "metric: duplicateValues, mustBe: 0, arguments: {properties: [aa]}",
            "`aa` is no column of `t`, did you mean `a`?",
        ),
        (
            "type: sql, query: 'select {column}', mustBe: 1",
            "`{column}` stands for nothing here (known: {table}, {object})",
        ),
    ],
)
def test_one_mistake_in_the_quality_of_a_table(contracts: Contracts, rule: str, message: str) -> None:
    found = contracts.messages(table("- {name: a, logicalType: string}", f"quality: [{{{rule}}}]"))
    assert len(found) == 1
    assert message in found[0]


def test_names_of_rules_are_unique(contracts: Contracts) -> None:
    prop = """
- name: a
  logicalType: string
  logicalTypeOptions: {pattern: x}
  quality:
    - {type: custom, engine: dataspark, implementation: a > b, name: n}
    - {metric: invalidValues, mustBe: 0, arguments: {pattern: y}}
"""
    more = """
quality:
  - {type: custom, engine: dataspark, implementation: a > c, name: n}
  - {metric: rowCount, mustBe: 1}
  - {metric: rowCount, mustBe: 2}
  - {type: sql, query: select 1, mustBe: 2, name: s}
  - {type: sql, query: select 1, mustBe: 2, name: s}
"""
    assert contracts.messages(table(prop, more)) == [
        "schema `t`, quality `n`: two rules have the reason code `row.n`: give each a `name` of its own",
        "schema `t`, quality 3: two rules have the reason code `table.rowCount`: give this one a `name`",
        "schema `t`, quality `s`: two rules have the reason code `table.s`: give each a `name` of its own",
        "schema `t`, property `a`: two rules have the reason code `a.pattern`: say it once",
    ]


PARENT = """
- {name: x, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
- {name: y, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
- {name: z, logicalType: string, unique: true}
- {name: w, logicalType: string}
"""


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("{to: paren.z}", "no contract describes a silver table `paren`, did you mean `parent`?"),
        ("{to: parent.zz}", "`zz` is no column of `parent`, did you mean `z`?"),
        ("{to: parent.w}", "`w` is neither the primary key of `parent` (`x`, `y`) nor unique"),
        ("{to: [parent.x, parent.y]}", "1 columns cannot refer to 2"),
        ("{to: parent}", "write `to` as table.column"),
        ("{to: a.parent.z}", "write `to` as table.column"),
        ("{to: schema/parent/properties/z}", "write `to` as table.column"),
        ("{to: parent.z, type: foreign}", "`type` has the unknown value `foreign`, did you mean `foreignKey`?"),
        ("{type: foreignKey}", "`to` is missing"),
        (
            "{to: parent.z, customProperties: [{property: onViolation, value: drop}]}",
            "`drop` is no value of `onViolation` (known: keep, hold, fail)",
        ),
        (
            "{to: parent.z, customProperties: [{property: onviolation, value: keep}]}",
            "unknown custom property `onviolation`, did you mean `onViolation`?",
        ),
    ],
)
def test_foreign_keys_to_nowhere(contracts: Contracts, link: str, message: str) -> None:
    contracts.write(table(PARENT, name="parent"), "parent")
    contracts.write(table(f"- name: a\n  logicalType: string\n  relationships:\n    - {link}"))
    (found,) = contracts.mistakes()
    assert found.line == 12
    assert message in found.message


def test_foreign_keys_of_several_columns(contracts: Contracts) -> None:
    contracts.write(table(PARENT, name="parent"), "parent")
    contracts.write(table("- {name: k, logicalType: string, primaryKey: true}", name="other"), "z")
    more = """
relationships:
  - {from: [t.a, t.b], to: [parent.x, parent.y]}
  - {from: [t.a, t.c], to: [parent.x, parent.y]}
  - {from: [u.a], to: [parent.z]}
  - {from: [t.b, t.a], to: [parent.x, other.k]}
  - {from: a.b.c, to: parent.z}
  - {from: t.a, to: other.k}
  - {from: t.a, to: other.k}
"""
    props = "- {name: a, logicalType: integer}\n- {name: b, logicalType: string}"
    contracts.write(table(props, more))
    assert [(found.line, found.message) for found in contracts.mistakes()] == [
        (9, "schema `t`, relationship of `a`, `b`: `b` is string, `parent.y` is integer"),
        (10, "schema `t`: `c` is no column of `t`"),
        (11, "schema `t`: `from` names `u`, this table is `t`"),
        (12, "schema `t`: `to` names several tables: other, parent"),
        (13, "schema `t`: write `from` as table.column"),
        (14, "schema `t`, relationship of `a`: `a` is integer, `other.k` is string"),
        (15, "schema `t`, relationship of `a`: `a` is integer, `other.k` is string"),
        (15, "schema `t`: two rules have the reason code `a.relationship`: a column set has one parent"),
    ]


@pytest.mark.parametrize("choice", ["hold", "fail"])
def test_tables_that_wait_for_each_other(contracts: Contracts, choice: str) -> None:
    props = "- {name: a, logicalType: string, primaryKey: true}\n"
    link = "- {name: b, logicalType: string, relationships: [{to: %s.a, customProperties: [%s]}]}"
    contracts.write(table(props + link % ("u", ""), name="t"), "t")
    contracts.write(table(props + link % ("t", f"{{property: onViolation, value: {choice}}}"), name="u"), "u")
    contracts.write(table(props + link % ("t", f"{{property: onViolation, value: {choice}}}"), name="v"), "v")
    (found,) = contracts.mistakes()
    assert (found.path, found.line) == ("contracts/u.odcs.yaml", 10)
    assert f"`onViolation: {choice}` in a circle: `t` refers back to this table; only `keep` can" in found.message


def test_what_a_gold_table_cannot_have(contracts: Contracts) -> None:
    more = """
customProperties:
  - {property: layer, value: gold}
  - {property: files, value: x.csv}
  - {property: dialect, value: {}}
"""
    prop = """
- name: a
  logicalType: string
  primaryKey: true
- name: b
  logicalType: string
  relationships: [{to: kpi.a, customProperties: [{property: onViolation, value: hold}]}]
"""
    contracts.write(table(prop, more, "kpi"))
    assert [(found.line, found.message.partition(": ")[2]) for found in contracts.mistakes(models=["kpj"])] == [
        (7, "there is no model `kpi`, did you mean `kpj`?"),
        (10, "a gold table comes from a model, not from `files`"),
        (11, "a gold table comes from a model, not from `dialect`"),
        (18, "`hold` is for silver tables, a gold table has no quarantine"),
        (18, "`onViolation: hold` in a circle: `kpi` refers back to this table; only `keep` can"),
    ]
