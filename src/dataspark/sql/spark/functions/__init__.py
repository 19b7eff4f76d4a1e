"""The functions that are known to have the same meaning on both engines, by DuckDB's names."""

from dataspark.sql.spark.functions import conditions, lists, moments, numbers, texts
from dataspark.sql.spark.functions.call import Call, Functions

FUNCTIONS = Functions.joined(
    numbers.FUNCTIONS, texts.FUNCTIONS, moments.FUNCTIONS, lists.FUNCTIONS, conditions.FUNCTIONS
)

__all__ = ["FUNCTIONS", "Call"]
