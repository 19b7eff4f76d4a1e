"""Texts: parts, searches, patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dataspark.sql.spark.expr import Expr, of_type
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.functions.lists import FUNCTIONS as FUNCTIONS_OF_LISTS
from dataspark.sql.spark.patterns import java_pattern, java_replacement, like, matches_nothing, whole
from dataspark.sql.spark.types import spark_type
from dataspark.sql.spark.writing import case, integer, text

FUNCTIONS = Functions()
FUNCTIONS.same("replace", "reverse", "translate", "md5", "ascii")
_LARGER = (
    *("00DF", "0149", "01F0", "0390", "03B0", "0587", "1E96-1E9A", "1F50", "1F52", "1F54", "1F56", "1F80-1FAF"),
    *("1FB2-1FB4", "1FB6-1FB7", "1FBC", "1FC2-1FC4", "1FC6-1FC7", "1FCC", "1FD2-1FD3", "1FD6-1FD7", "1FE2-1FE4"),
    *("1FE6-1FE7", "1FF2-1FF4", "1FF6-1FF7", "1FFC", "FB00-FB06", "FB13-FB17"),
)
"""Letters whose capitals are several letters (Unicode's SpecialCasing.txt)."""
_SMALLER = ("0130", "03A3")
"""Letters whose small form is several letters, or depends on their place in a word."""


_BLANKS = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
"""What DuckDB trims where it is not told otherwise: Unicode's blanks, but neither tabs nor line ends."""


def _word(call: Call, place: int = 0) -> str:
    return call.arg(place, "VARCHAR")


@FUNCTIONS.called("upper", "ucase", "lower", "lcase")
def _case(call: Call) -> Expr:
    """Letter by letter where the whole would be another: DuckDB maps each letter to one letter."""
    return call.from_args(("VARCHAR",), _upper if call.name in ("upper", "ucase") else _lower)


def _upper(value: str) -> str:
    letter = case(
        ("x = 'ß'", "'ẞ'"),
        ("length(upper(x)) = 1", "upper(x)"),
        ("length(initcap(x)) = 1", "initcap(x)"),
        otherwise="x",
    )
    return case((f"{value} RLIKE {text(_class(_LARGER))}", _letters(value, letter)), otherwise=f"upper({value})")


def _lower(value: str) -> str:
    letter = case(("x = 'Σ'", "'σ'"), ("x = 'İ'", "'i'"), ("length(lower(x)) = 1", "lower(x)"), otherwise="x")
    return case((f"{value} RLIKE {text(_class(_SMALLER))}", _letters(value, letter)), otherwise=f"lower({value})")


def _letters(value: str, letter: str) -> str:
    """Each letter `x` of a text replaced."""
    return f"array_join(transform(split({value}, ''), x -> {letter}), '')"


def _class(ranges: Sequence[str]) -> str:
    """A class of letters, as Java writes it."""
    return "[" + "".join("-".join(rf"\x{{{end}}}" for end in one.split("-")) for one in ranges) + "]"


@FUNCTIONS.called("unicode", "ord")
def _code_point(call: Call) -> Expr:
    return call.from_args(("VARCHAR",), lambda value: case((f"{value} = ''", "-1"), otherwise=f"ascii({value})"))


@FUNCTIONS.called("chr")
def _letter(call: Call) -> Expr:
    if isinstance(code := call.args[0].constant, int) and 0 < code < 0x110000:
        return call.gives(text(chr(code)))
    return call.gives(f"decode(unhex(lpad(hex({call.arg(0, 'INTEGER')}), 8, '0')), 'UTF-32')")


@FUNCTIONS.called("length", "len", "char_length", "character_length")
def _length(call: Call) -> Expr:
    if call.args[0].type.endswith("[]"):
        return FUNCTIONS_OF_LISTS["array_length"](call)
    return call.gives(f"CAST(length({_word(call)}) AS BIGINT)")


@FUNCTIONS.called("strlen")
def _bytes(call: Call) -> Expr:
    return call.gives(f"CAST(octet_length({_word(call)}) AS BIGINT)")


# Parts


@FUNCTIONS.called("substring", "substr")
def _substring(call: Call) -> Expr:
    """Positions from 1, negative ones from the end; what lies before the text counts for the length."""
    start, sizes = call.args[1], call.args[2:]
    if all(isinstance(arg.constant, int) for arg in call.args[1:]) and int(str(start.constant)) > 0:
        rest = f", {sizes[0].constant}" if sizes else ""
        if not sizes or int(str(sizes[0].constant)) >= 0:
            return call.gives(f"substring({_word(call)}, {start.constant}{rest})")
    if not sizes:
        return call.from_args(
            ("VARCHAR", "BIGINT"), lambda value, first: f"substring({value}, {_place(_begin(value, first))})"
        )
    return call.from_args(("VARCHAR", "BIGINT", "BIGINT"), _part)


def _begin(value: str, first: str) -> str:
    return case((f"{first} < 0", f"length({value}) + {first} + 1"), otherwise=first)


def _place(place: str) -> str:
    return integer(f"greatest({place}, 1)")


def _part(value: str, first: str, size: str) -> str:
    begin = _begin(value, first)
    low = case((f"{size} < 0", f"({begin}) + {size}"), otherwise=f"({begin})")
    high = case((f"{size} < 0", f"({begin})"), otherwise=f"({begin}) + {size}")
    return f"substring({value}, {_place(low)}, {integer(f'greatest(({high}) - greatest({low}, 1), 0)')})"


@FUNCTIONS.called("left", "right")
def _end(call: Call) -> Expr:
    """A negative number leaves out as many letters at the other end."""

    def made(value: str, size: str) -> str:
        kept = case((f"{size} < 0", f"greatest(length({value}) + {size}, 0)"), otherwise=size)
        return f"{call.name}({value}, {integer(kept)})"

    return call.from_args(("VARCHAR", "BIGINT"), made)


@FUNCTIONS.called("trim", "ltrim", "rtrim")
def _trim(call: Call) -> Expr:
    where = {"trim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}[call.name]
    letters = _word(call, 1) if len(call.args) > 1 else text(_BLANKS)
    return call.gives(f"trim({where} {letters} FROM {_word(call)})")


@FUNCTIONS.called("||")
def _join(call: Call) -> Expr:
    if any(arg.is_null for arg in call.args):
        return of_type(f"CAST(NULL AS {spark_type(call.type)})", call.type)
    if call.type.endswith("[]"):
        return call.gives(f"concat({call.arg(0, call.type)}, {call.arg(1, call.type)})")
    return call.gives(f"concat({_word(call, 0)}, {_word(call, 1)})")


@FUNCTIONS.called("concat")
def _concat(call: Call) -> Expr:
    """NULLs are left out."""
    if call.type != "VARCHAR":
        raise call.refuse()
    parts = (f"coalesce({_word(call, place)}, '')" for place in range(len(call.args)))
    return call.gives(f"concat({', '.join(parts)})")


@FUNCTIONS.called("concat_ws")
def _concat_ws(call: Call) -> Expr:
    return call.gives(f"concat_ws({', '.join(_word(call, place) for place in range(len(call.args)))})")


@FUNCTIONS.called("contains", "starts_with", "ends_with", "prefix", "suffix", "^@")
def _has(call: Call) -> Expr:
    if call.args[0].type.endswith("[]"):
        return FUNCTIONS_OF_LISTS["list_contains"](call)
    theirs = {"contains": "contains", "ends_with": "endswith", "suffix": "endswith"}.get(call.name, "startswith")
    return call.gives(f"{theirs}({_word(call)}, {_word(call, 1)})")


@FUNCTIONS.called("strpos", "instr", "position")
def _find(call: Call) -> Expr:
    return call.gives(f"CAST(instr({_word(call)}, {_word(call, 1)}) AS BIGINT)")


@FUNCTIONS.called("lpad", "rpad")
def _pad(call: Call) -> Expr:
    return call.gives(f"{call.name}({_word(call)}, {call.arg(1, 'INTEGER')}, {_word(call, 2)})")


@FUNCTIONS.called("repeat")
def _repeat(call: Call) -> Expr:
    if call.type != "VARCHAR":
        raise call.refuse()
    return call.gives(f"repeat({_word(call)}, CAST({call.arg(1, 'BIGINT')} AS INT))")


@FUNCTIONS.called("sha256")
def _sha256(call: Call) -> Expr:
    return call.gives(f"sha2({_word(call)}, 256)")


@FUNCTIONS.called("split_part")
def _split_part(call: Call) -> Expr:
    """Places from 1, negative ones from the end; an empty text beyond."""
    return call.from_args(("VARCHAR", "VARCHAR", "BIGINT"), _nth_part)


def _nth_part(value: str, mark: str, place: str) -> str:
    by = case((f"{mark} = ''", "''"), otherwise=rf"concat('\\Q', replace({mark}, '\\E', '\\E\\\\E\\Q'), '\\E')")
    parts = f"split({value}, {by}, -1)"
    index = case((f"{place} < 0", f"size({parts}) + {place}"), otherwise=f"{place} - 1")
    found = f"coalesce(get({parts}, {integer(index)}), '')"
    missing = f"{value} IS NULL OR {mark} IS NULL OR {place} IS NULL"
    return case((missing, "NULL"), (f"{place} = 0", "''"), otherwise=found)


@FUNCTIONS.called("string_split", "str_split", "split", "string_to_array")
def _split(call: Call) -> Expr:
    mark = call.string(1)
    if not mark:
        raise call.refuse("a split by the empty text")
    return call.gives(f"split({_word(call)}, {text(re.escape(mark))}, -1)")


# Patterns


@FUNCTIONS.called("~~", "!~~", "like_escape", "not_like_escape", "~~*", "!~~*", "ilike_escape", "not_ilike_escape")
def _like(call: Call) -> Expr:
    """LIKE: without an escape unless one is named."""
    value = _word(call)
    escape = call.string(2) if len(call.args) > 2 else ""
    fold = "*" in call.name or "ilike" in call.name
    if call.args[1].literal and call.args[1].constant is not None:
        pattern = text(like(call.string(1), escape))
    elif escape:
        raise call.refuse("LIKE … ESCAPE with anything but a literal pattern")
    else:
        pattern = f"replace({_word(call, 1)}, '\\\\', '\\\\\\\\')"
    sql = f"({value} {'ILIKE' if fold else 'LIKE'} {pattern})"
    return call.gives(f"(NOT {sql})" if call.name.startswith(("!", "not")) else sql)


def _pattern(call: Call, place: int, options: str = "") -> str:
    try:
        return java_pattern(call.string(place), options)
    except ValueError as error:
        raise call.refuse(f"the pattern '{call.string(place)}' ({error})") from error


def _options(call: Call, place: int) -> str:
    return call.string(place) if len(call.args) > place else ""


@FUNCTIONS.called("regexp_matches")
def _matches(call: Call) -> Expr:
    return call.gives(f"({_word(call)} RLIKE {text(_pattern(call, 1, _options(call, 2)))})")


@FUNCTIONS.called("regexp_full_match", "~", "!~")
def _full_match(call: Call) -> Expr:
    sql = f"({_word(call)} RLIKE {text(whole(_pattern(call, 1, _options(call, 2))))})"
    return call.gives(f"(NOT {sql})" if call.name == "!~" else sql)


@FUNCTIONS.called("regexp_extract")
def _extract(call: Call) -> Expr:
    group = call.constant(2) if len(call.args) > 2 else 0
    if not isinstance(group, int):
        raise call.refuse("`regexp_extract` with names of groups")
    return call.gives(f"regexp_extract({_word(call)}, {text(_pattern(call, 1, _options(call, 3)))}, {group})")


@FUNCTIONS.called("regexp_extract_all")
def _extract_all(call: Call) -> Expr:
    _refuse_empty(call)
    group = call.constant(2) if len(call.args) > 2 else 0
    if not isinstance(group, int):
        raise call.refuse("`regexp_extract_all` with names of groups")
    return call.gives(f"regexp_extract_all({_word(call)}, {text(_pattern(call, 1, _options(call, 3)))}, {group})")


@FUNCTIONS.called("regexp_replace")
def _replace(call: Call) -> Expr:
    """The first match; with the option `g`, every one."""
    options = _options(call, 3)
    value, pattern = _word(call), _pattern(call, 1, options)
    if "g" in options:
        _refuse_empty(call)
        return call.gives(f"regexp_replace({value}, {text(pattern)}, {text(java_replacement(call.string(2)))})")
    # Spark has no way to replace one match only: all up to it is matched, too, and put back.
    flags, _, body = pattern.partition(")")
    first = rf"{flags})\A([\s\S]*?)({body})"
    return call.gives(f"regexp_replace({value}, {text(first)}, {text('$1' + java_replacement(call.string(2), 2))})")


@FUNCTIONS.called("string_split_regex", "str_split_regex", "regexp_split_to_array")
def _split_regex(call: Call) -> Expr:
    _refuse_empty(call)
    return call.gives(f"split({_word(call)}, {text(_pattern(call, 1))}, -1)")


def _refuse_empty(call: Call) -> None:
    if matches_nothing(call.string(1)):
        raise call.refuse(f"`{call.name}` by '{call.string(1)}', which also matches an empty text,")
