"""Values as dates, moments and times of day."""

from __future__ import annotations

from dataspark.sql.spark.expr import Expr
from dataspark.sql.spark.types import is_moment, is_naive, spark_type
from dataspark.sql.spark.writing import case, failure, text

PLAIN_DATE = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
PLAIN_MOMENT = rf"{PLAIN_DATE}([ T][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?)?"
PLAIN_ZONE = r"([+-][0-9]{2}(:[0-9]{2})?)?"
"""Forms that both engines read alike."""
_ISO_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO_MOMENT = rf"{_ISO_DATE} ([01][0-9]|2[0-3]):[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?"
"""How nearly every text is written. To see that is cheaper than to write the value as text again."""
_DATE = r"\s*([0-9]{1,4})([-/\\ ])([0-9]{1,2})\2([0-9]{1,2})"
_TIME = r"([0-9]{1,2}:[0-9]{0,2}(?::[0-9]{0,2}(?:\.[0-9]*)?)?)"
_ZONE = r"(?:( ?UTC|Z)|([+-][0-9]{2}(?::?[0-9]{2})?)(:[0-9]{2})?)"
_MOMENT = rf"{_DATE}(?:(?:[ \t]+|T){_TIME}(?:(?<=:[0-9]{{0,2}}:[0-9.]{{0,99}}){_ZONE})?\s*)?"  # a zone wants seconds
_MIDNIGHT = r"([ \tT])24:00(?=(:00)?(\.0*)?([^0-9:.]|$))"
_CLOCK = r"^[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]*)?)?$|^[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]*)?$"
_LATEST = r"^24:00(:00(\.0*)?)?$"


def to_moment(value: Expr, wanted: str, attempt: bool) -> str | None:
    """`CAST(… AS DATE)`, `AS TIMESTAMP`, `AS TIMESTAMPTZ`."""
    target, sql = spark_type(wanted), value.sql
    if value.type == "DATE" or is_moment(value.type):
        return f"CAST({sql} AS {target})"  # the session's zone is UTC: a moment and its reading are the same
    if value.type != "VARCHAR":
        return None
    word = "TRY_CAST" if attempt else "CAST"
    plain = _ISO_DATE if wanted == "DATE" else _ISO_MOMENT
    as_written = (f"{sql} RLIKE {text(rf'^{plain}$')}", f"{word}({sql} AS {target})")
    if wanted == "DATE":
        return case(as_written, otherwise=f"{word}({_date(sql)} AS DATE)")
    earlier = f"regexp_replace({sql}, {text(_MIDNIGHT)}, '$1' || '00:00')"
    return case(
        as_written,
        (f"{sql} RLIKE {text(_MIDNIGHT)}", f"timestampadd(DAY, 1, {word}({_moment(earlier, wanted)} AS {target}))"),
        otherwise=f"{word}({_moment(sql, wanted)} AS {target})",
    )


def _date(sql: str) -> str:
    """A text with its date as Spark reads it: what stands behind is dropped. A text that has no date is left as none."""
    shape = rf"(?s)^(?:{_DATE}(?![0-9])(?! *\(BC\)).*|(.*))\z"
    return f"regexp_replace({sql}, {text(shape)}, '000$1-$3-$4$5')"


def _moment(sql: str, wanted: str) -> str:
    """A text with its moment as Spark reads it. DuckDB overlooks the zone where the type has none."""
    shape = rf"(?s)^(?:{_MOMENT}|(.*))\z"
    zone = "" if is_naive(wanted) else "$7$8"
    moment = f"regexp_replace({sql}, {text(shape)}, '00$1-$3-$4 $5{zone}$9')"
    return f"regexp_replace({moment}, ':(?![0-9])', '')"  # DuckDB takes `10:` and `10:20:`


def to_clock(value: Expr, _wanted: str, attempt: bool) -> str | None:
    """A time of day as text: `HH:MM:SS`, with the digits of its fraction that are not trailing zeros."""
    sql = value.sql
    if is_naive(value.type):
        return f"substring(CAST({sql} AS STRING), 12)"
    if value.type != "VARCHAR":
        return None
    of_day = case((f"{sql} RLIKE {text(_LATEST)}", "'24:00:00'"), otherwise=_clock(f"concat('2000-01-01 ', {sql})"))
    read = case((f"{sql} RLIKE {text(_CLOCK)}", of_day), otherwise=_clock(_moment(sql, "TIMESTAMP")))
    if attempt:
        return read
    return case((f"{sql} IS NOT NULL", f"coalesce({read}, {failure('could not convert `{}` to TIME', sql, 'STRING')})"))


def _clock(moment: str) -> str:
    return f"substring(CAST(TRY_CAST({moment} AS TIMESTAMP_NTZ) AS STRING), 12)"
