"""Functions that are refused, with the reason and a way out."""

from __future__ import annotations

_NOW = "each run, and each engine, has its own; `as_of` is the run's date"
_CHANCE = "its result is chance: no two runs would agree"
_LENGTH = "it gives an INTERVAL, which no column can hold here: take `date_diff` or `date_sub`"
_FORMAT = "each engine has its own formats: join texts by `||` and `round`"
_HASH = "each engine has its own: take `md5` or `sha256`"

REASONS = {
    **dict.fromkeys(
        ("now", "today", "current_date", "current_timestamp", "current_time", "get_current_timestamp"), _NOW
    ),
    **dict.fromkeys(("localtime", "localtimestamp", "transaction_timestamp", "current_localtimestamp"), _NOW),
    **dict.fromkeys(("random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "setseed"), _CHANCE),
    **dict.fromkeys(("age",), _LENGTH),
    **dict.fromkeys(("format", "printf"), _FORMAT),
    **dict.fromkeys(("hash", "md5_number"), _HASH),
    "list_distinct": "the order of its values is chance: take `list_sort` of it",
    "nextval": "rows have no order in which they are numbered: take `row_number() OVER (ORDER BY …)`",
    "rowid": "rows have no number of their own: take `row_number() OVER (ORDER BY …)`",
}
"""Name of a function, or of a word that is one without brackets → why it is refused."""
