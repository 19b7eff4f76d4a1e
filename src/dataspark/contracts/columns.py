"""One ODCS property → one Column with its row rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dataspark.contracts import custom
from dataspark.contracts.bounds import Literal, as_argument, exact, read_literal
from dataspark.contracts.contract import Column, LogicalType, Rule, RuleKind, Severity
from dataspark.contracts.drafts import ColumnHead, Promise, TableHead
from dataspark.contracts.formats import ISO, format_mistake
from dataspark.contracts.nodes import Listing, Mistakes, Node, Scalar, Table
from dataspark.contracts.patterns import pattern_mistake
from dataspark.project import did_you_mean

STRING_FORMATS = ("email", "uuid", "uri", "hostname", "ipv4", "ipv6")
_NUMBERS = (LogicalType.INTEGER, LogicalType.NUMBER)
_MOMENTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)
_LOWER = (RuleKind.MINIMUM, RuleKind.EXCLUSIVE_MINIMUM)
_UPPER = (RuleKind.MAXIMUM, RuleKind.EXCLUSIVE_MAXIMUM)
_BOUNDS = (*_LOWER, *_UPPER)
_LENGTHS = (RuleKind.MIN_LENGTH, RuleKind.MAX_LENGTH)
_TEXT_OPTIONS = ("minLength", "maxLength", "pattern", "format")
_BOUND_OPTIONS = tuple(kind.value for kind in _BOUNDS)
_OPTIONS: dict[LogicalType, tuple[str, ...]] = {
    LogicalType.STRING: _TEXT_OPTIONS,
    LogicalType.INTEGER: (*_BOUND_OPTIONS, "multipleOf", "format"),
    LogicalType.NUMBER: (*_BOUND_OPTIONS, "multipleOf", "format"),
    LogicalType.BOOLEAN: (),
    LogicalType.DATE: (*_BOUND_OPTIONS, "format"),
    LogicalType.TIMESTAMP: (*_BOUND_OPTIONS, "format", "timezone", "defaultTimezone"),
    LogicalType.TIME: (*_BOUND_OPTIONS, "format"),
}
_INTEGER_FORMATS = {
    "i8": (-(2**7), 2**7 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "i64": None,
    "u8": (0, 2**8 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
}
_DECIMAL = re.compile(r"(decimal|numeric|number|dec)\s*(\(\s*(\d+)\s*(,\s*(-?\d+)\s*)?\))?", re.IGNORECASE)
_DOUBLE = re.compile(r"double( precision)?|float[48]?|real|float\s*\(\s*\d+\s*\)", re.IGNORECASE)
_MOST_DIGITS = 38


def read_type(prop: Table, words: str, mistakes: Mistakes) -> LogicalType | None:
    """The column's type, or None and a mistake."""
    given = prop.text("logicalType")
    known = [kind.value for kind in LogicalType]
    if given in known:
        return LogicalType(given)
    listed = ", ".join(known)
    if not given:
        mistakes.add(prop.place("logicalType"), f"{words}: has no `logicalType` (one of {listed})")
    elif given in ("array", "object", "map", "vector"):
        message = f"the type `{given}` is not supported: a field of a raw file is one value (one of {listed})"
        mistakes.add(prop.place("logicalType"), f"{words}: {message}")
    else:
        close = did_you_mean(given, known) or f" (one of {listed})"
        mistakes.add(prop.place("logicalType"), f"{words}: unknown type `{given}`{close}")
    return None


def read_column(head: ColumnHead, table: TableHead, promises: Sequence[Promise]) -> Column:
    """Read a column; `promises` are the row rules that its `quality` makes."""
    kind = head.kind
    settings = custom.read_custom(head.node, "a property", head.words, table.mistakes)
    trim = custom.flag(settings, "trim", True, head.words, table.mistakes)
    column = Column(
        head.name,
        kind or LogicalType.STRING,
        trim=trim,
        aliases=custom.texts(settings, "aliases", head.words, table.mistakes),
        may_be_absent=_may_be_absent(head, settings, table),
        description=head.node.text("description"),
        classification=head.node.text("classification"),
    )
    if kind is None:
        return column
    reader = _Reader(head, kind, settings, table)
    true_values, false_values = reader.booleans(column)
    return replace(
        column,
        decimal=reader.decimal(),
        formats=reader.formats(),
        true_values=true_values,
        false_values=false_values,
        rules=reader.rules([*reader.promises(), *promises]),
    )


def _may_be_absent(head: ColumnHead, settings: Table, table: TableHead) -> bool:
    allowed = custom.choice(settings, "absent", ("allowed",), head.words, table.mistakes) == "allowed"
    if allowed and (head.node.flag("required") or head.name in table.key):
        message = "`absent: allowed` does not go with a required column: every row of such a file would break it"
        table.mistakes.add(settings.place("absent"), f"{head.words}: {message}")
    return allowed


def read_valid_values(node: Node, place: Node, kind: LogicalType, table: TableHead, words: str) -> tuple[object, ...]:
    """A list of valid values, each typed as the column's values are."""
    mistakes = table.mistakes
    if not isinstance(node, Listing) or not node.items:
        mistakes.add(place, f"{words}: the valid values must be a list of at least one value")
        return ()
    found: list[object] = []
    for item in node.items:
        try:
            found.append(read_literal(item, kind, table.timezone).argument)
        except ValueError as exc:
            text = item.text if isinstance(item, Scalar) else "this"
            mistakes.add(item, f"{words}: the valid value `{text}` {exc}")
    return tuple(dict.fromkeys(found))


def check_pattern(place: Node, pattern: str, kind: LogicalType, words: str, mistakes: Mistakes) -> bool:
    """Whether `pattern` can be used for a column of this type."""
    if kind is not LogicalType.STRING:
        mistakes.add(place, f"{words}: `pattern` is for string columns, this one is {kind}")
        return False
    complaint = pattern_mistake(pattern)
    if complaint:
        mistakes.add(place, f"{words}: the pattern {pattern!r} cannot be used: {complaint}")
    return not complaint


class _Reader:
    """Reads the parts of one column whose type is known."""

    def __init__(self, head: ColumnHead, kind: LogicalType, settings: Table, table: TableHead) -> None:
        self.prop, self.kind, self.settings, self.table = head.node, kind, settings, table
        self.name, self.words, self.mistakes = head.name, head.words, table.mistakes
        self.options = head.node.table("logicalTypeOptions")

    def wrong(self, place: Node, message: str) -> None:
        self.mistakes.add(place, f"{self.words}: {message}")

    def decimal(self) -> tuple[int, int] | None:
        """Precision and scale of an exact number."""
        given = self.prop.text("physicalType").strip()
        if self.kind is not LogicalType.NUMBER or not given or _DOUBLE.fullmatch(given):
            return None
        found = _DECIMAL.fullmatch(given)
        place = self.prop.place("physicalType")
        if not found:
            self.wrong(place, f"unknown physicalType `{given}` of a number: write decimal(12,2) or double")
        elif not found.group(3):
            self.wrong(place, f"`{given}` needs its digits: write {given}(12,2)")
        else:
            precision, scale = int(found.group(3)), int(found.group(5) or 0)
            if 1 <= precision <= _MOST_DIGITS and 0 <= scale <= precision:
                return precision, scale
            limits = f"precision 1 to {_MOST_DIGITS}, scale 0 to precision"
            self.wrong(place, f"`{given}` is not supported: {limits}")
        return None

    def formats(self) -> tuple[str, ...]:
        """The accepted formats of a date, timestamp or time."""
        several = self.settings.get("formats")
        if self.kind not in _MOMENTS:
            if several:
                self.wrong(self.settings.place("formats"), f"`formats` is for dates and times, this one is {self.kind}")
            return ()
        one = self.options.text("format")
        if one and several:
            self.wrong(
                self.settings.place("formats"), "has both `format` and `formats`: write all of them in `formats`"
            )
        place = self.settings.place("formats") if several else self.options.place("format")
        found = custom.texts(self.settings, "formats", self.words, self.mistakes) if several else (one,) if one else ()
        for form in found:
            complaint = format_mistake(form, self.kind)
            if complaint:
                self.wrong(place, f"the format `{form}` cannot be used: {complaint}")
        return () if found == (ISO,) else tuple(dict.fromkeys(found))

    def booleans(self, usual: Column) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts that mean true, and those that mean false."""
        yes = self._words("trueValues", usual.true_values)
        no = self._words("falseValues", usual.false_values)
        both = sorted({text.lower() for text in yes} & {text.lower() for text in no})
        if both:
            place = self.settings.place("trueValues" if self.settings.get("trueValues") else "falseValues")
            self.wrong(place, f"`{both[0]}` is both a true value and a false value")
        return yes, no

    def _words(self, key: str, usual: tuple[str, ...]) -> tuple[str, ...]:
        if self.settings.get(key) is None:
            return usual
        if self.kind is not LogicalType.BOOLEAN:
            self.wrong(self.settings.place(key), f"`{key}` is for boolean columns, this one is {self.kind}")
            return usual
        return custom.texts(self.settings, key, self.words, self.mistakes)

    def promises(self) -> Iterator[Promise]:
        """The rules that the property itself states."""
        self._check_options()
        required = self.prop.flag("required")
        if required or self.name in self.table.key:
            yield Promise(RuleKind.REQUIRED, None, self.prop.place("required" if required else "primaryKey"))
        if self.kind is not LogicalType.STRING:
            yield Promise(RuleKind.TYPE, None, self.prop.place("logicalType"))
        if self.kind is LogicalType.STRING:
            yield from self._text_rules()
        elif self.kind is not LogicalType.BOOLEAN:
            yield from self._bounds()
        if self.kind in _NUMBERS:
            yield from self._multiple()
        yield from self._enums()
        if self.prop.flag("unique") and self.table.key != (self.name,):
            yield Promise(RuleKind.UNIQUE, None, self.prop.place("unique"))

    def _check_options(self) -> None:
        allowed = _OPTIONS[self.kind]
        for key in self.options.entries:
            owners = [kind.value for kind, keys in _OPTIONS.items() if key in keys]
            if key in allowed:
                continue
            if owners:
                message = f"`{key}` does not fit a {self.kind}: it is for {', '.join(owners)}"
            else:
                message = f"`{key}` is not a known option of a {self.kind}{did_you_mean(key, allowed)}"
            self.wrong(self.options.place(key), message)

    def _text_rules(self) -> Iterator[Promise]:
        form = self.options.text("format")
        if form and form not in STRING_FORMATS:
            listed = ", ".join(STRING_FORMATS)
            close = did_you_mean(form, STRING_FORMATS) or f" (known: {listed})"
            self.wrong(self.options.place("format"), f"unknown format `{form}`{close}")
        elif form:
            yield Promise(RuleKind.FORMAT, form, self.options.place("format"))
        pattern = self.options.text("pattern")
        place = self.options.place("pattern")
        if pattern and check_pattern(place, pattern, self.kind, self.words, self.mistakes):
            yield Promise(RuleKind.PATTERN, pattern, place)
        yield from self._lengths()

    def _lengths(self) -> Iterator[Promise]:
        found = {kind: self.options.number(kind) for kind in _LENGTHS}
        for kind, length in found.items():
            if isinstance(length, int):
                yield Promise(kind, length, self.options.place(kind))
        least, most = found.values()
        if least is not None and most is not None and least > most:
            self.wrong(self.options.place("maxLength"), f"`minLength` {least} is more than `maxLength` {most}")

    def _bounds(self) -> Iterator[Promise]:
        found: dict[RuleKind, tuple[Literal, Node]] = {}
        for kind in _BOUNDS:
            node, place = self.options.get(kind), self.options.place(kind)
            if node is None:
                continue
            try:
                found[kind] = (read_literal(node, self.kind, self.table.timezone), place)
            except ValueError as exc:
                text = node.text if isinstance(node, Scalar) else "this"
                self.wrong(place, f"`{kind}`: `{text}` {exc}")
        self._check_range(found)
        found.update(self._integer_range(found))
        for kind, (literal, place) in found.items():
            yield Promise(kind, literal.argument, place)

    def _check_range(self, found: Mapping[RuleKind, tuple[Literal, Node]]) -> None:
        for low in (kind for kind in _LOWER if kind in found):
            for high in (kind for kind in _UPPER if kind in found):
                (least, _), (most, place) = found[low], found[high]
                exclusive = low is not RuleKind.MINIMUM or high is not RuleKind.MAXIMUM
                if least.value > most.value or (exclusive and least.value == most.value):
                    message = f"`{low}` {least.argument} and `{high}` {most.argument} leave no value"
                    self.wrong(place, message)

    def _integer_range(
        self, found: Mapping[RuleKind, tuple[Literal, Node]]
    ) -> Iterator[tuple[RuleKind, tuple[Literal, Node]]]:
        """The range that a format such as `i32` promises, where the bounds do not promise more."""
        form, place = self.options.text("format"), self.options.place("format")
        if self.kind is not LogicalType.INTEGER or not form:
            return
        if form not in _INTEGER_FORMATS:
            known = ", ".join(_INTEGER_FORMATS)
            self.wrong(place, f"the format `{form}` is not supported: integers have 64 bits with sign (known: {known})")
            return
        limits = _INTEGER_FORMATS[form] or ()
        for kind, limit, better in zip((RuleKind.MINIMUM, RuleKind.MAXIMUM), limits, (max, min), strict=False):
            given = found[kind][0].value if kind in found else limit
            if better(given, limit) == limit:
                yield kind, (Literal(limit, limit), place)

    def _multiple(self) -> Iterator[Promise]:
        node, place = self.options.get("multipleOf"), self.options.place("multipleOf")
        step = exact(node) if node else None
        if step is not None and step > 0:
            yield Promise(RuleKind.MULTIPLE_OF, as_argument(step), place)
        elif node:
            self.wrong(place, "`multipleOf` must be a number above 0")

    def _enums(self) -> Iterator[Promise]:
        own, standard = self.settings.get("enum"), self.prop.get("enum")
        if isinstance(standard, Listing):
            values = tuple(item.get("value") or item for item in standard.items if isinstance(item, Table))
            place = self.prop.place("enum")
            if values or not standard.items:
                yield from self._enum(Listing(place.line, values), place)
        if own:
            yield from self._enum(own, self.settings.place("enum"))

    def _enum(self, node: Node, place: Node) -> Iterator[Promise]:
        values = read_valid_values(node, place, self.kind, self.table, self.words)
        if values:
            yield Promise(RuleKind.ENUM, values, place)

    def rules(self, promises: Iterable[Promise]) -> tuple[Rule, ...]:
        """The rules in the order of RuleKind, each with its code and severity."""
        kept = sorted(promises, key=lambda promise: list(RuleKind).index(promise.kind))
        severities = self._severities({promise.kind for promise in kept})
        rules = []
        for promise in kept:
            code = f"{self.name}.{promise.kind}"
            self.table.codes.take(code, promise.place, self.words, "say it once")
            severity = promise.severity or severities.get(promise.kind, Severity.ERROR)
            rules.append(
                Rule(code, promise.kind, self.name, severity, promise.argument, promise.description, promise.place.line)
            )
        return tuple(rules)

    def _severities(self, kinds: set[RuleKind]) -> dict[RuleKind, Severity]:
        node, place = self.settings.get("severity"), self.settings.place("severity")
        if node is None:
            return {}
        if not isinstance(node, Table):
            severity = custom.choice(self.settings, "severity", Severity, self.words, self.mistakes)
            found = dict.fromkeys(kinds, Severity(severity)) if severity else {}
        else:
            found = dict(self._severity_by_kind(node, kinds))
        for kind in (RuleKind.REQUIRED, RuleKind.TYPE):
            if self.name in self.table.key and found.get(kind) is Severity.WARNING:
                self.wrong(place, f"`{kind}` of a primary key column cannot be a warning: its rows would have no key")
        return found

    def _severity_by_kind(self, node: Table, kinds: set[RuleKind]) -> Iterator[tuple[RuleKind, Severity]]:
        words = f"{self.words}, severity"
        for key in node.entries:
            if key not in kinds:
                present = [kind.value for kind in RuleKind if kind in kinds]
                close = did_you_mean(key, present) or f" (it has: {', '.join(present) or 'none'})"
                self.mistakes.add(node.place(key), f"{words}: the column has no rule `{key}`{close}")
                continue
            severity = custom.choice(node, key, Severity, words, self.mistakes)
            if severity:
                yield RuleKind(key), Severity(severity)
