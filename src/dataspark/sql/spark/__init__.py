"""DuckDB's dialect → Spark SQL with the same meaning, value by value and type by type.

Models, rules, checks and the pipeline's own statements are written once, in DuckDB's dialect. Here they become Spark SQL.
The syntax tree is DuckDB's own (its parser's JSON), and so are the types: each expression's type is asked of DuckDB,
with its arguments replaced by values of their types. What comes out is made by name from lists of what is known to be
the same (`functions/`, `aggregates.py`, `windows.py`); whatever is on no list is refused with its line, never passed
on to be run with another meaning.

| DuckDB | Spark |
|---|---|
| TIMESTAMP | TIMESTAMP_NTZ |
| TIMESTAMP WITH TIME ZONE | TIMESTAMP (the session's zone is UTC) |
| HUGEINT and unsigned | the next signed type, at most BIGINT: a value beyond it stops the query |
| TIME | STRING, as `HH:MM:SS` with as much fraction as it has |
| INTERVAL | no type of a column: months, days and microseconds of an expression |
| ENUM, UUID | STRING |
"""

from dataspark.sql.spark.expr import Untranslatable
from dataspark.sql.spark.translator import Duck, Relation, Translated, Translator

__all__ = ["Duck", "Relation", "Translated", "Translator", "Untranslatable"]
