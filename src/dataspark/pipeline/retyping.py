"""Values that are not of their column's type: what they look like now, and what the contract would have to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dataspark.contracts.contract import Column, Contract, Dialect, LogicalType, RuleKind
from dataspark.contracts.editing import AddTo, Change, SetType
from dataspark.contracts.formats import ISO, format_mistake
from dataspark.inference.guessing import enough, guess
from dataspark.inference.moments import written
from dataspark.inference.values import fits

_MOMENTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)
_NUMBERS = (LogicalType.INTEGER, LogicalType.NUMBER)
_DAY_FIRST, _MONTH_FIRST = re.compile(r"d+([-/.])M+\1yyyy"), re.compile(r"M+([-/.])d+\1yyyy")


@dataclass(frozen=True)
class Retyped:
    """What a column's values look like."""

    looks: str
    accept: tuple[Change, ...] = ()
    instead: str = ""
    """What to do where no change of the contract can accept them."""
    anything: bool = False
    """They have no form in common: they may be a column of texts now, or just wrong."""


def retyped(contract: Contract, column: Column, values: Mapping[str, int], earlier: bool) -> Retyped:
    """What `values` look like; `earlier`: whether the table has files that were written otherwise."""
    if column.type in _MOMENTS and (found := _moments(contract, column, values)):
        return found
    if column.type in _NUMBERS:
        if found := _numbers(contract, column, values):
            return found
        if found := _other_decimal(contract, values, earlier):
            return found
    return _text(contract, column, values)


def _moments(contract: Contract, column: Column, values: Mapping[str, int]) -> Retyped | None:
    found = written(values, explicit=column.type is LogicalType.DATE)
    if not found or not enough(sum(found.counts.values()), sum(values.values())):
        return None
    usable = [form for form in found.formats or (ISO,) if not format_mistake(form, column.type)]
    kinds = {found.type, column.type}
    if not usable or (LogicalType.TIME in kinds and len(kinds) > 1):
        return None
    now = column.formats or (ISO,)
    new = tuple(form for form in usable if form not in now)
    looks = f"they look like {' and '.join(usable)}" + (f" ({found.note})" if found.note else "")
    if mixed := _mixed_order(now, new):
        return Retyped(looks, (), mixed)
    one = "format" if len(column.formats) == 1 and column.formats != (ISO,) else ""
    return Retyped(looks, (AddTo(contract.name, column.name, "formats", new, now, one),))


def _mixed_order(now: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Why formats that put the day first do not go with formats that put the month first."""
    for one, other in ((_DAY_FIRST, _MONTH_FIRST), (_MONTH_FIRST, _DAY_FIRST)):
        marks = {found[1] for form in now if (found := one.match(form))}
        if any((found := other.match(form)) and found[1] in marks for form in new):
            return "day first and month first cannot be told apart in one table: have it sent as before"
    return ""


def _numbers(contract: Contract, column: Column, values: Mapping[str, int]) -> Retyped | None:
    """Whole numbers that have decimals now, or numbers that are longer than their decimal."""
    found = guess(column.name, values, contract.dialect.decimal).column
    if found.type is not LogicalType.NUMBER and not (found.type is LogicalType.INTEGER and column.decimal):
        return None
    if found.type is LogicalType.INTEGER:
        longest = max(len(text.lstrip("+-")) for text in values)
        scale = column.decimal[1] if column.decimal else 0
        physical = f"decimal({min(38, longest + scale + 4)},{scale})"
        return _accepting(contract, column, f"they are numbers with up to {longest} digits", "number", physical)
    physical = "decimal({},{})".format(*found.decimal) if found.decimal else ""
    return _accepting(contract, column, "they are numbers with decimals", "number", physical)


def _other_decimal(contract: Contract, values: Mapping[str, int], earlier: bool) -> Retyped | None:
    mark = "." if contract.dialect.decimal == "," else ","
    fit = fits(Column("", LogicalType.NUMBER), Dialect(decimal=mark))
    if not enough(sum(count for text, count in values.items() if fit(text)), sum(values.values())):
        return None
    name = "comma" if mark == "," else "point"
    way = f'say `decimal: "{mark}"` in the contract\'s dialect'
    if earlier:
        way = (
            f'have it sent as before, or read such files as a table of its own with `decimal: "{mark}"` in its dialect'
        )
    return Retyped(f"they are numbers with a decimal {name}, and a table has one decimal mark", (), way)


def _text(contract: Contract, column: Column, values: Mapping[str, int]) -> Retyped:
    found = guess(column.name, values, contract.dialect.decimal).column
    if column.type is LogicalType.BOOLEAN and found.type is LogicalType.BOOLEAN:
        words = f"{'/'.join(found.true_values)} and {'/'.join(found.false_values)}"
        return Retyped(f"they are {words}", (), "add the words to `trueValues` and `falseValues`")
    if found.type is LogicalType.STRING:
        return replace(_accepting(contract, column, "they look like text", "string", ""), anything=True)
    return _accepting(contract, column, f"they look like {found.type}", "string", "")


def _accepting(contract: Contract, column: Column, looks: str, logical: str, physical: str) -> Retyped:
    """Another type, unless something else of the contract stands on the type there is."""
    needs = [rule.code for rule in column.rules if rule.kind not in (RuleKind.REQUIRED, RuleKind.TYPE, RuleKind.UNIQUE)]
    needs += [rule.code for rule in contract.row_rules if re.search(rf"\b{column.name}\b", str(rule.argument), re.I)]
    needs += [link.code for link in contract.relationships if column.name in link.columns]
    stays = column.type is LogicalType.NUMBER and logical == "number"
    if needs and not stays:
        stand = "stands" if len(needs) == 1 else "stand"
        way = f"{', '.join(needs)} {stand} on the type: have it sent as before, or change the contract"
        return Retyped(looks, (), way)
    return Retyped(looks, (SetType(contract.name, column.name, logical, physical),))
