"""The `implementation` of a custom rule that is an object: what a table promises in time.

ODCS allows a text or an object there and leaves its keys to the engine, so that other tools can still read the file.
"""

from __future__ import annotations

from dataspark.contracts.contract import HistoryMetric, HistoryRule, LogicalType
from dataspark.contracts.drafts import TableHead
from dataspark.contracts.nodes import Scalar, Table
from dataspark.project import AGE_FORM, did_you_mean, read_age
from dataspark.tables import Layer

_KEYS = {
    HistoryMetric.ROW_COUNT: ("withinDeviations", "ofRuns"),
    HistoryMetric.FRESHNESS: ("maxAge", "column"),
}
FEWEST = 3
"""Earlier runs that a mean needs."""
_CODES = {HistoryMetric.ROW_COUNT: "volume", HistoryMetric.FRESHNESS: "freshness"}


def read_history(node: Table, table: TableHead, words: str) -> HistoryRule | None:
    """Read the object; None when it is wrong, with every mistake told. The code is the default one, without prefix."""
    return _Reader(node, table, words).read()


class _Reader:
    def __init__(self, node: Table, table: TableHead, words: str) -> None:
        self.node, self.table, self.words = node, table, words
        self.right = True

    def wrong(self, key: str, message: str) -> None:
        self.right = False
        self.table.mistakes.add(self.node.place(key), f"{self.words}: {message}")

    def read(self) -> HistoryRule | None:
        given = self.node.text("metric")
        known = tuple(metric.value for metric in HistoryMetric)
        if given not in known:
            close = did_you_mean(given, known) or f" (known: {', '.join(known)})"
            self.wrong("metric", f"unknown metric `{given}`{close}" if given else f"has no `metric`{close}")
            return None
        metric = HistoryMetric(given)
        for key in self.node.entries:
            if key not in ("metric", *_KEYS[metric]):
                close = did_you_mean(key, _KEYS[metric]) or f" (known: {', '.join(_KEYS[metric])})"
                self.wrong(key, f"`{metric}` has no key `{key}`{close}")
        rule = self._volume() if metric is HistoryMetric.ROW_COUNT else self._freshness()
        return rule if self.right else None

    def _volume(self) -> HistoryRule:
        if self.table.layer is Layer.GOLD:
            self.wrong("metric", "`rowCount` is about the rows of new files: a gold table has none")
        deviations = self._number("withinDeviations", HistoryRule.deviations)
        if deviations <= 0:
            self.wrong("withinDeviations", "`withinDeviations` must be a number above 0")
        runs = self._number("ofRuns", HistoryRule.runs)
        if runs != int(runs) or runs < FEWEST:
            self.wrong("ofRuns", f"`ofRuns` must be a whole number of at least {FEWEST}")
        code = _CODES[HistoryMetric.ROW_COUNT]
        return HistoryRule(code, HistoryMetric.ROW_COUNT, deviations=float(deviations), runs=int(runs))

    def _number(self, key: str, default: float) -> float:
        """The number below `key`; 0, which no key allows, when it is something else."""
        found = self.node.number(key)
        return found if found is not None else 0 if self.node.get(key) else default

    def _freshness(self) -> HistoryRule:
        column = self.node.text("column") or None
        if column is None and self.node.get("column"):
            self.wrong("column", "`column` must be the name of a column")
        elif column is None and self.table.layer is Layer.GOLD:
            self.wrong("metric", "`freshness` of a gold table needs a `column`: no file arrives for it")
        if column:
            self._check_column(column)
        return HistoryRule(
            _CODES[HistoryMetric.FRESHNESS], HistoryMetric.FRESHNESS, max_age=self._max_age(), column=column
        )

    def _check_column(self, column: str) -> None:
        head = self.table.column(column)
        if head is None:
            close = did_you_mean(column, (known.name for known in self.table.columns))
            self.wrong("column", f"`{column}` is no column of `{self.table.name}`{close}")
        elif head.kind not in (LogicalType.DATE, LogicalType.TIMESTAMP, None):
            self.wrong("column", f"`{column}` is a {head.kind}: freshness needs a date or a timestamp")

    def _max_age(self) -> int:
        node = self.node.get("maxAge")
        if node is None:
            self.wrong("", "needs `maxAge`: how old the newest may be, for example 36h")
            return 0
        given = node.text.strip() if isinstance(node, Scalar) else ""
        seconds = read_age(given)
        if seconds is None:
            shown = f"`{given}` is" if given else "this is"
            self.wrong("maxAge", f"{shown} no age: {AGE_FORM}")
        return seconds or 0
