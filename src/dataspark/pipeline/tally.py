"""Counting verdicts into the ledgers of files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from dataspark.contracts.contract import Rule
from dataspark.pipeline.ledger import FileLedger
from dataspark.pipeline.ports import Engine, Row


class Tally:
    """The ledgers of a table's files, while a batch goes through."""

    def __init__(self, engine: Engine, ledgers: dict[int, FileLedger]) -> None:
        self.engine, self.ledgers = engine, ledgers

    def count(self, counter: str, rows: str, sign: int = 1) -> None:
        """Add the rows of a relation to one counter of their files, or take them off it."""
        self.counts({counter: "TRUE"}, rows, sign)

    def counts(self, which: Mapping[str, str], rows: str, sign: int = 1) -> dict[int, list[int]]:
        """The same for several counters at once: counter → the condition of its rows. Returns what each file has."""
        found = {file: counted for file, *counted in self._counted(which.values(), rows)}
        for file, counted in found.items():
            ledger = self.ledgers[file]
            for counter, times in zip(which, counted, strict=True):
                setattr(ledger, counter, getattr(ledger, counter) + sign * times)
        return found

    def reasons(self, rows: str, sign: int = 1) -> None:
        """Add every reason of the rows of a relation (`_file`, `_reasons`), or take them off."""
        found = f"SELECT _file, unnest(_reasons) AS code FROM {rows}"
        for file, code, times in self.engine.rows(f"SELECT _file, code, count(*) FROM ({found}) GROUP BY _file, code"):
            reasons = self.ledgers[file].reasons
            reasons[code] += sign * times
            if not reasons[code]:
                del reasons[code]

    def verdicts(self, rows: str, rules: Sequence[Rule] = ()) -> None:
        """Count the judged rows of a relation: the good ones, with their warnings `_w0`, `_w1`…, and the others."""
        warned = [f"_ok AND {column}" for column in _columns(rules)]
        for file, good, bad, *found in self._counted(["_ok", "NOT _ok", *warned], rows):
            self.ledgers[file].accepted += good
            self.ledgers[file].quarantined += bad
            self._warn(file, rules, found)

    def warnings(self, rules: Sequence[Rule], rows: str) -> None:
        """Add the warnings of the rows of a relation."""
        for file, *found in self._counted(_columns(rules), rows) if rules else ():
            self._warn(file, rules, found)

    def _warn(self, file: int, rules: Sequence[Rule], found: Sequence[int]) -> None:
        self.ledgers[file].warnings += Counter({rule.code: n for rule, n in zip(rules, found, strict=True) if n})

    def _counted(self, conditions: Iterable[str], rows: str) -> list[Row]:
        """(file, rows for which each condition holds …)."""
        sums = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions)
        return self.engine.rows(f"SELECT _file, {sums} FROM {rows} GROUP BY _file")


def _columns(rules: Sequence[Rule]) -> list[str]:
    """Where staging says whether a row breaks each of the rules that only warn."""
    return [f"_w{number}" for number in range(len(rules))]
