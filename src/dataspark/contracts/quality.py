"""ODCS `quality` → row rules and table rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dataspark.contracts import custom
from dataspark.contracts.columns import check_pattern, read_valid_values
from dataspark.contracts.contract import HistoryRule, Metric, Operator, Rule, RuleKind, Severity, TableRule
from dataspark.contracts.drafts import ColumnHead, Promise, TableHead
from dataspark.contracts.history import read_history
from dataspark.contracts.nodes import Listing, Node, Scalar, Table, number_of
from dataspark.project import IDENTIFIER, did_you_mean

ENGINE = "dataspark"
_SEVERITIES = {**{severity.value: severity for severity in Severity}, "info": Severity.WARNING}
"""ODCS leaves the words free and uses `info` in its examples."""
_TYPES = ("library", "sql", "custom", "text")
_KEYS_OF_TYPES = {"query": "sql", "implementation": "custom", "engine": "custom"}
"""The keys that only one type of rule has."""
_UNITS = ("rows", "percent")
_METRICS = tuple(metric.value for metric in Metric if metric is not Metric.SQL)
_OPERATORS = tuple(operator.value for operator in Operator)
_PAIRS = (Operator.MUST_BE_BETWEEN, Operator.MUST_NOT_BE_BETWEEN)
_ARGUMENTS: dict[Metric, tuple[str, ...]] = {
    Metric.INVALID_VALUES: ("validValues", "pattern"),
    Metric.MISSING_VALUES: ("missingValues",),
    Metric.DUPLICATE_VALUES: ("properties",),
}
_PLACEHOLDER = re.compile(r"\$?\{(\w+)\}")


@dataclass
class Quality:
    """The rules that one `quality` list makes."""

    promises: list[Promise] = field(default_factory=list)
    """Row rules of the column."""
    row_rules: list[Rule] = field(default_factory=list)
    """SQL conditions over a row."""
    table_rules: list[TableRule] = field(default_factory=list)
    history_rules: list[HistoryRule] = field(default_factory=list)


def read_quality(holder: Table, table: TableHead, column: ColumnHead | None) -> Quality:
    """Read the `quality` of a property, or of the whole table when `column` is None."""
    found = Quality()
    for number, item in enumerate(holder.tables("quality"), start=1):
        _Item(item, number, table, column, found).read()
    return found


class _Item:
    """One entry of a `quality` list."""

    def __init__(self, node: Table, number: int, table: TableHead, column: ColumnHead | None, found: Quality) -> None:
        self.node, self.table, self.column, self.found = node, table, column, found
        self.name = node.text("name")
        holder = column.words if column else table.words
        self.words = f"{holder}, quality {f'`{self.name}`' if self.name else number}"
        self.mistakes = table.mistakes

    def wrong(self, key: str, message: str) -> None:
        self.mistakes.add(self.node.place(key), f"{self.words}: {message}")

    def read(self) -> None:
        """Read the entry by its type; `text` is for people."""
        given = self.node.text("type")
        meant = next((kind for key, kind in _KEYS_OF_TYPES.items() if self.node.get(key)), "library")
        if given and given not in _TYPES:
            self.wrong("type", f"unknown type `{given}`{did_you_mean(given, _TYPES)} (known: {', '.join(_TYPES)})")
        elif not given and meant != "library":
            self.wrong("", f"has no `type`: write `type: {meant}`")
        elif given != "text":
            read = {"sql": self._sql, "custom": self._custom}.get(given, self._library)
            read()
            return
        for key in (*_KEYS_OF_TYPES, *_OPERATORS, "metric", "arguments"):
            self.mistakes.settle(self.node.place(key))

    def _severity(self) -> Severity | None:
        given = self.node.text("severity")
        if given and given not in _SEVERITIES:
            close = did_you_mean(given, _SEVERITIES) or f" (known: {', '.join(_SEVERITIES)})"
            self.wrong("severity", f"unknown severity `{given}`{close}")
        return _SEVERITIES.get(given)

    def _code(self, prefix: str, default: str) -> str:
        """A code from the rule's name, or `default`."""
        if self.name and not IDENTIFIER.fullmatch(self.name):
            slug = re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")
            cure = f", write `{slug}`" if IDENTIFIER.fullmatch(slug) else ""
            self.wrong("name", f"`{self.name}` is no name: lower-case letters, digits and _ only{cure}")
        code = f"{prefix}.{self.name or default}"
        self.table.codes.take(code, self.node.place("name"), self.words, "give each a `name` of its own")
        return code

    def _custom(self) -> None:
        engine = self.node.text("engine")
        if engine != ENGINE:
            self.wrong(
                "engine", f"unknown engine `{engine}`: only `{ENGINE}` rules are run" if engine else "has no `engine`"
            )
        implementation = self.node.get("implementation")
        if isinstance(implementation, Table):
            self._history(implementation)
            return
        condition = self.node.text("implementation").strip()
        if not condition:
            self.wrong("implementation", "has no `implementation`: write a SQL condition that every row must meet")
        code = self._code("row", self._next("row"))
        rule = Rule(
            code,
            RuleKind.CUSTOM,
            None,
            self._severity() or Severity.ERROR,
            condition,
            self.node.text("description"),
            self.node.line,
        )
        self.found.row_rules.append(rule)

    def _history(self, implementation: Table) -> None:
        """An object in place of a condition: a rule about the table in time."""
        if self.column:
            self.wrong("implementation", "a rule about time is for a table: move it to the schema object's `quality`")
            return
        rule = read_history(implementation, self.table, self.words)
        if rule:
            code = self._code("table", rule.code)
            severity, description = self._severity() or Severity.ERROR, self.node.text("description")
            line = self.node.line
            self.found.history_rules.append(
                replace(rule, code=code, severity=severity, description=description, line=line)
            )

    def _next(self, prefix: str) -> str:
        number = 1
        while f"{prefix}.{number}" in self.table.codes:
            number += 1
        return str(number)

    def _sql(self) -> None:
        comparison = self._comparison()
        query = self.node.text("query").strip()
        if not query:
            self.wrong("query", "has no `query`: write a SELECT that gives one number")
        code = self._code("table", self._next("table"))
        if comparison:
            columns = (self.column.name,) if self.column else ()
            self._add_table_rule(code, Metric.SQL, comparison, columns, query=self._replaced(query))

    def _replaced(self, query: str) -> str:
        known = {"table": f"{self.table.layer}.{self.table.name}"}
        known["object"] = known["table"]
        if self.column:
            known["column"] = known["property"] = self.column.name

        def value(found: re.Match[str]) -> str:
            if found.group(1) not in known:
                listed = ", ".join(f"{{{word}}}" for word in known)
                self.wrong("query", f"`{found.group()}` stands for nothing here (known: {listed})")
            return known.get(found.group(1), found.group())

        return _PLACEHOLDER.sub(value, query)

    def _library(self) -> None:
        given = self.node.text("metric")
        if given not in _METRICS:
            close = did_you_mean(given, _METRICS) or f" (known: {', '.join(_METRICS)})"
            self.wrong("metric", f"unknown metric `{given}`{close}" if given else f"has no `metric`{close}")
            return
        metric = Metric(given)
        comparison, percent, fits = self._comparison(), self._percent(metric), self._fits(metric)
        arguments = self._arguments(metric)
        valid_values, pattern = self._validity(metric, arguments)
        if not comparison or not fits:
            return
        if metric is Metric.INVALID_VALUES and comparison == (Operator.MUST_BE, (0.0,)) and not percent:
            self._promise(valid_values, pattern, arguments)
            return
        columns = self._columns(metric, arguments)
        code = self._metric_code(metric, columns)
        self._add_table_rule(
            code,
            metric,
            comparison,
            columns,
            percent=percent,
            valid_values=valid_values,
            pattern=pattern,
            missing_values=self._missing_values(arguments),
        )

    def _promise(self, valid_values: tuple[object, ...] | None, pattern: str | None, arguments: Table) -> None:
        """No invalid value at all: each row can be judged by itself, so bad ones go to the quarantine."""
        severity, description = self._severity(), self.node.text("description")
        if valid_values is not None:
            place = arguments.place("validValues")
            self.found.promises.append(Promise(RuleKind.ENUM, valid_values, place, severity, description))
        if pattern is not None:
            place = arguments.place("pattern")
            self.found.promises.append(Promise(RuleKind.PATTERN, pattern, place, severity, description))

    def _metric_code(self, metric: Metric, columns: tuple[str, ...]) -> str:
        """By metric; by name where another rule already has that code."""
        prefix = "+".join(columns) or "table"
        if self.name and f"{prefix}.{metric}" in self.table.codes:
            return self._code(prefix, metric)
        code = f"{prefix}.{metric}"
        self.table.codes.take(code, self.node, self.words, "give this one a `name`")
        return code

    def _add_table_rule(
        self,
        code: str,
        metric: Metric,
        comparison: tuple[Operator, tuple[float, ...]],
        columns: tuple[str, ...],
        **more: object,
    ) -> None:
        operator, bounds = comparison
        rule = TableRule(
            code,
            metric,
            operator,
            bounds,
            columns,
            severity=self._severity() or Severity.ERROR,
            description=self.node.text("description"),
            line=self.node.line,
            **more,  # type: ignore[arg-type]
        )
        self.found.table_rules.append(rule)

    def _comparison(self) -> tuple[Operator, tuple[float, ...]] | None:
        """The one operator of the rule and its numbers."""
        given = [key for key in self.node.entries if key.startswith("must")]
        unknown = [key for key in given if key not in _OPERATORS]
        for key in unknown:
            self.wrong(key, f"unknown operator `{key}`{did_you_mean(key, _OPERATORS)}")
        if unknown:
            return None
        if not given:
            self.wrong("", "has no operator: say what the number must be, for example `mustBe: 0`")
            return None
        if len(given) > 1:
            self.wrong(given[1], f"has two operators, `{given[0]}` and `{given[1]}`: write two rules")
            return None
        operator = Operator(given[0])
        bounds = self._bounds(operator)
        return (operator, bounds) if bounds else None

    def _bounds(self, operator: Operator) -> tuple[float, ...]:
        node = self.node.get(operator)
        wanted = 2 if operator in _PAIRS else 1
        items = node.items if wanted == 2 and isinstance(node, Listing) else (node,) if node else ()
        numbers = [number for number in (number_of(item) for item in items) if number is not None]
        if len(numbers) != wanted or len(items) != wanted:
            self.wrong(operator, f"`{operator}` needs {'two numbers, such as [1, 10]' if wanted == 2 else 'a number'}")
            return ()
        if wanted == 2 and numbers[0] > numbers[1]:
            self.wrong(operator, f"`{operator}`: {numbers[0]} is more than {numbers[1]}")
            return ()
        return tuple(float(number) for number in numbers)

    def _percent(self, metric: Metric) -> bool:
        unit = self.node.text("unit")
        known = f" (known: {', '.join(_UNITS)})"
        if unit and unit not in _UNITS:
            self.wrong("unit", f"unknown unit `{unit}`{did_you_mean(unit, _UNITS) or known}")
        if unit == "percent" and metric is Metric.ROW_COUNT:
            self.wrong("unit", "a row count has no percent")
        return unit == "percent"

    def _fits(self, metric: Metric) -> bool:
        """Whether the metric can be measured where it stands."""
        if self.column and metric is Metric.ROW_COUNT:
            self.wrong("metric", "`rowCount` is for a table: move it to the schema object's `quality`")
            return False
        if not self.column and metric not in (Metric.ROW_COUNT, Metric.DUPLICATE_VALUES):
            self.wrong("metric", f"`{metric}` is for a column: move it to the property's `quality`")
            return False
        return True

    def _arguments(self, metric: Metric) -> Table:
        arguments = self.node.table("arguments")
        known = _ARGUMENTS.get(metric, ())
        for key in arguments.entries:
            if key not in known:
                message = f"`{metric}` has no argument `{key}`{did_you_mean(key, known)}"
                self.mistakes.add(arguments.place(key), f"{self.words}: {message}")
        return arguments

    def _validity(self, metric: Metric, arguments: Table) -> tuple[tuple[object, ...] | None, str | None]:
        kind = self.column.kind if self.column else None
        if metric is not Metric.INVALID_VALUES or kind is None:
            return None, None
        values, pattern = arguments.get("validValues"), arguments.text("pattern")
        if not values and not pattern:
            self.wrong("arguments", "needs `arguments` with `validValues` or `pattern`")
        place = arguments.place("pattern")
        if pattern and not check_pattern(place, pattern, kind, self.words, self.mistakes):
            pattern = ""
        at = arguments.place("validValues")
        typed = read_valid_values(values, at, kind, self.table, self.words) if values else ()
        return typed or None, pattern or None

    def _columns(self, metric: Metric, arguments: Table) -> tuple[str, ...]:
        if self.column or metric is not Metric.DUPLICATE_VALUES:
            if arguments.get("properties"):
                self._argument_wrong(arguments, "`properties` is for the schema object's `quality`")
            return (self.column.name,) if self.column else ()
        names = custom.texts(arguments, "properties", self.words, self.mistakes)
        if not names:
            self.wrong("arguments", "needs `arguments` with `properties`, the columns that must not repeat together")
        for name in names:
            if not self.table.column(name):
                close = did_you_mean(name, (column.name for column in self.table.columns))
                self._argument_wrong(arguments, f"`{name}` is no column of `{self.table.name}`{close}")
        return names

    def _argument_wrong(self, arguments: Table, message: str) -> None:
        self.mistakes.add(arguments.place("properties"), f"{self.words}: {message}")

    def _missing_values(self, arguments: Table) -> tuple[str | None, ...]:
        node = arguments.get("missingValues")
        if node is None:
            return (None, "")
        items: Iterator[Node] = iter(node.items if isinstance(node, Listing) else (node,))
        return tuple(None if item.value is None else item.text for item in items if isinstance(item, Scalar))
