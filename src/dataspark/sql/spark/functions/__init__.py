"""The functions that are known to have the same meaning on both engines, by DuckDB's names."""

from dataspark.sql.spark.functions import conditions, durations, lists, moment_texts, moments, numbers, texts
from dataspark.sql.spark.functions.call import Call, Functions
from dataspark.sql.spark.functions.lists import ORDERLESS

FAMILIES = {
    "numbers": numbers.FUNCTIONS,
    "texts": texts.FUNCTIONS,
    "moments": Functions.joined(moments.FUNCTIONS, durations.FUNCTIONS, moment_texts.FUNCTIONS),
    "lists": lists.FUNCTIONS,
    "conditions": conditions.FUNCTIONS,
}
FUNCTIONS = Functions.joined(*FAMILIES.values())

__all__ = ["FAMILIES", "FUNCTIONS", "ORDERLESS", "Call"]
