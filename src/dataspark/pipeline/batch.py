"""One way through a batch: raw files and waiting rows → verdicts → silver, quarantine and ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import OnViolation, Severity
from dataspark.errors import RuleStopped
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.ledger import FileLedger, prove
from dataspark.pipeline.ports import BrokenLine, Engine, RawFile, Written
from dataspark.sql import silver
from dataspark.sql.silver import Judgement
from dataspark.sql.text import name, names, text
from dataspark.tables import Layer, TableRef


class Overtaken(Exception):
    """A row that waited in the quarantine has a key that silver knows by now: only a rebuild tells which one counts."""


_PARTS = (
    *("judged", "bad", "good", "refused", "accepted", "late", "repeated"),
    *("matched", "several", "chain", "again", "broken", "new"),
)


@dataclass(frozen=True)
class Again:
    """The quarantined rows that are judged once more; false where there are none."""

    reasons: tuple[str, ...] = ()
    """Those that have one of these reasons…"""
    everything: bool = False
    """…or every one that is a record."""

    def __bool__(self) -> bool:
        return self.everything or bool(self.reasons)

    @property
    def condition(self) -> str:
        """The condition that picks them from the quarantine."""
        return "_text IS NULL" if self.everything else f"list_has_any(_reasons, [{', '.join(map(text, self.reasons))}])"


class Batch:
    """One way through a batch: new files, and the quarantined rows that are judged again."""

    def __init__(self, engine: Engine, task: Task, head: Head, fresh: Sequence[RawFile], again: Again) -> None:
        self.engine, self.task, self.head, self.fresh, self.again = engine, task, head, fresh, again
        self.contract = task.contract
        columns_of = {code: frozenset(condition.columns) for code, condition in task.conditions.items()}
        self.judgement = Judgement(self.contract, task.as_of, columns_of)
        self.silver = TableRef(Layer.SILVER, self.contract.name)
        self.quarantine = TableRef(Layer.QUARANTINE, self.contract.name)
        self.data = [column.name for column in self.contract.columns]
        self.ledgers = {number: FileLedger.from_json(one.as_json()) for number, one in head.files.items()}
        self.broken: Sequence[BrokenLine] = ()
        self.repeats = self.refuses = self.meets = False

    def run(self) -> Head:
        """Judge, write, count. Raises RuleStopped, Overtaken, LedgerError: then nothing of this batch counts."""
        try:
            self._stage()
            self._list_reasons()
            self._refuse()
            self._find_repeats()
            written = self._write_silver()
            quarantine = self._write_quarantine()
        finally:
            self.engine.drop([self._relation(part) for part in _PARTS])
        rows = sum(ledger.accepted for ledger in self.head.files.values()) + written.rows
        prove(self.contract.name, self.ledgers, rows)
        return Head(
            written.version,
            quarantine,
            self.task.fingerprint,
            self.task.as_of.isoformat(),
            self.ledgers,
            dict(self.task.parents),
        )

    # Stage and judge

    def _stage(self) -> None:
        read = self.engine.stage(self._relation("new"), self.fresh, self.contract, self.judgement.stage)
        self.broken = read.broken
        for file in self.fresh:
            self.ledgers[file.number] = FileLedger(read=read.read.get(file.number, 0))
        for line in read.broken:
            self.ledgers[line.file].quarantined += 1
            self.ledgers[line.file].reasons[line.reason] += 1
        judged = f"SELECT * FROM {self._name('new')}"
        if self.again:
            self.engine.bind(self.quarantine, self.head.quarantine)
            self.engine.keep(self._relation("again"), self.judgement.stage(self._waiting(), silver.POSITION))
            judged += f" UNION ALL SELECT * FROM {self._name('again')}"
        self.engine.show(self._relation("judged"), judged)

    def _waiting(self) -> str:
        """The quarantined rows that are judged again."""
        return f"(SELECT {names(self.data)}, _file, _line FROM {self.quarantine} WHERE {self.again.condition})"

    def _list_reasons(self) -> None:
        self.engine.keep(self._relation("bad"), self.judgement.reasons(self._name("judged")))
        self.engine.show(self._relation("good"), f"SELECT * FROM {self._name('judged')} WHERE _ok")
        stops = {rule.code: rule for rule in self.contract.rules if rule.severity is Severity.FAIL}
        for code, rows, file, line in self._broken_rules() if stops else ():
            if code in stops:
                raise self._stop(code, rows, file, line)

    def _broken_rules(self) -> list[tuple[str, int, int, int]]:
        found = f"SELECT unnest(_reasons) AS code, _file, _line FROM {self._name('bad')}"
        query = f"SELECT code, count(*), min(_file), arg_min(_line, _file) FROM ({found}) GROUP BY code ORDER BY code"
        return [(str(code), int(rows), int(file), int(line)) for code, rows, file, line in self.engine.rows(query)]

    def _stop(self, code: str, rows: int, file: int, line: int) -> RuleStopped:
        source = next(raw.name for raw in self.task.archive.files if raw.number == file)
        return RuleStopped(
            f"`{self.contract.name}` breaks `{code}`, which stops the run: {rows:,} rows, one in {source}, line {line}",
            "mend the file in `sources` and run again, or give the rule another severity than `fail`",
        )

    # Rows that their neighbours refuse

    def _refuse(self) -> None:
        refusals = [*self._not_unique(), *self._without_parent()]
        self.refuses = bool(refusals)
        if not refusals:
            self.engine.show(self._relation("accepted"), f"SELECT * FROM {self._name('good')}")
            return
        merged = f"SELECT _file, _line, flatten(list(_reasons)) AS _reasons FROM ({' UNION ALL '.join(refusals)}) GROUP BY ALL"
        self.engine.keep(self._relation("refused"), merged)
        self.engine.show(self._relation("accepted"), self._without(self._name("good"), "refused"))

    def _not_unique(self) -> Iterable[str]:
        rows = f"SELECT {names(self.data)}, _file, _line FROM {self._name('good')}"
        if self.head.version is not None:
            self.engine.bind(self.silver, self.head.version)
            rows += f" UNION ALL SELECT {names(self.data)}, _file, _line FROM {self.silver}"
        query = silver.unique_violations(self.contract, f"({rows})")
        if query:
            yield silver.within(f"({query})", self._name("good"), silver.SAME_POSITION)

    def _without_parent(self) -> Iterable[str]:
        good = self._name("good")
        for link in self.contract.relationships:
            if link.on_violation is OnViolation.KEEP:
                continue  # counted over the whole table, in orphans.py
            parent = TableRef(Layer.SILVER, link.parent)
            self.engine.bind(parent, self.task.parents[link.parent])
            query = silver.orphans(link, good, str(parent))
            if link.on_violation is OnViolation.HOLD:
                yield f"SELECT _file, _line, [{text(link.code)}] AS _reasons FROM ({query})"
                continue
            found = self.engine.rows(f"SELECT _file, count(*), min(_line) FROM ({query}) GROUP BY _file ORDER BY _file")
            if found:
                raise self._stop(link.code, sum(row[1] for row in found), found[0][0], found[0][2])

    # Keys that come more than once

    def _find_repeats(self) -> None:
        if self.contract.keep_duplicates and not self.contract.primary_key:
            return
        accepted = self._name("accepted")
        self.repeats = self._repeats_within(accepted)
        self.meets = self._meets_silver()
        if not (self.repeats or self.meets):
            return
        sources = [part for part, used in (("repeated", self.repeats), ("matched", self.meets)) if used]
        keys = " UNION ".join(f"SELECT {names(self.contract.key)} FROM {self._name(part)}" for part in sources)
        self.engine.keep(self._relation("several"), keys)
        same = silver.key_match(self.contract, "a", "b")
        columns = f"{names(self.data)}, _file, _line"
        several = silver.within(accepted, self._name("several"), same)
        rows = f"SELECT {columns}, FALSE AS _old FROM ({several})"
        if self.meets:
            rows += f" UNION ALL SELECT {columns}, TRUE AS _old FROM {self._name('matched')}"
        self.engine.keep(self._relation("chain"), silver.chain(self.contract, f"({rows})"))

    def _repeats_within(self, rows: str) -> bool:
        """Find the keys that come more than once in this batch, looking at as few of them as possible."""
        rising = silver.rising(self.contract, rows)
        among = None
        if rising:
            if self.engine.rows(rising)[0][0]:
                return False
            self.engine.keep(self._relation("late"), silver.late_keys(self.contract, rows))
            late, all_ = (self.engine.rows(f"SELECT count(*) FROM {r}")[0][0] for r in (self._name("late"), rows))
            among = self._name("late") if late * 4 < all_ else None
        self.engine.keep(self._relation("repeated"), silver.repeated_keys(self.contract, rows, among))
        return self._any("repeated")

    def _meets_silver(self) -> bool:
        """Find the rows of silver whose key comes again."""
        if self.head.version is None:
            return False
        self.engine.bind(self.silver, self.head.version)
        same = silver.key_match(self.contract, "a", "b")
        self.engine.keep(self._relation("matched"), silver.within(str(self.silver), self._name("accepted"), same))
        if self.again:
            back = f"SELECT 1 FROM {self._name('again')} AS a JOIN {self._name('matched')} AS b ON {same} WHERE a._ok"
            if self.engine.rows(f"SELECT EXISTS ({back})")[0][0]:
                raise Overtaken
        return self._any("matched")

    # Write

    def _write_silver(self) -> Written:
        """Write the accepted rows and settle the ledger. `rows` is how many more silver has now."""
        self._settle()
        base = self.head.version
        if base is None:
            new = self._name("new")
            return self.engine.overwrite(self.silver, self._winners(new), (self._relation("new"), self._winners))
        winners = self._winners(self._name("judged"))
        gone = f"(SELECT * FROM {self._name('chain')} WHERE _old AND _verdict = 'superseded')"
        lost = self.engine.rows(f"SELECT count(*) FROM {gone}")[0][0] if self.meets else 0
        if lost:
            return self.engine.replace_rows(self.silver, base, gone, winners, self.contract.key)
        if not self.engine.rows(f"SELECT EXISTS ({winners})")[0][0]:
            return Written(base, 0)
        return self.engine.append(self.silver, base, winners)

    def _winners(self, relation: str) -> str:
        rows = f"(SELECT * FROM {relation} WHERE _ok)"
        if self.refuses:
            rows = f"({self._without(rows, 'refused')})"
        if self.repeats or self.meets:
            rows = f"({self._without(rows, 'chain', 'NOT _old AND _verdict <> ' + text('accepted'))})"
        return f"SELECT {names(self.data)}, _file, _line FROM {rows}"

    def _settle(self) -> None:
        """Count every verdict per file. Rows that are judged again first leave the count they had."""
        if self.again:
            self._count("quarantined", f"{self._name('again')}", -1)
            self._count_reasons(f"SELECT _file, _reasons FROM {self.quarantine} WHERE {self.again.condition}", -1)
        self._count("accepted", self._name("good"))
        self._count("quarantined", self._name("bad"))
        self._count_reasons(f"SELECT _file, _reasons FROM {self._name('bad')}")
        if self.refuses:
            self._count("accepted", self._name("refused"), -1)
            self._count("quarantined", self._name("refused"))
            self._count_reasons(f"SELECT _file, _reasons FROM {self._name('refused')}")
        if self.repeats or self.meets:
            for verdict, counter in (("duplicate", "duplicates"), ("superseded", "superseded")):
                rows = f"(SELECT * FROM {self._name('chain')} WHERE _verdict = {text(verdict)})"
                self._count(counter, rows)
                self._count("accepted", rows, -1)
        self._count_warnings()

    def _count(self, counter: str, rows: str, sign: int = 1) -> None:
        for file, found in self.engine.rows(f"SELECT _file, count(*) FROM {rows} GROUP BY _file"):
            ledger = self.ledgers[file]
            setattr(ledger, counter, getattr(ledger, counter) + sign * found)

    def _count_reasons(self, rows: str, sign: int = 1) -> None:
        found = f"SELECT _file, unnest(_reasons) AS code FROM ({rows})"
        for file, code, times in self.engine.rows(f"SELECT _file, code, count(*) FROM ({found}) GROUP BY _file, code"):
            reasons = self.ledgers[file].reasons
            reasons[code] += sign * times
            if not reasons[code]:
                del reasons[code]

    def _count_warnings(self) -> None:
        rules = self.judgement.warnings
        if not rules:
            return
        sums = ", ".join(f"count(*) FILTER (WHERE _w{number})" for number in range(len(rules)))
        for file, *found in self.engine.rows(f"SELECT _file, {sums} FROM {self._name('accepted')} GROUP BY _file"):
            self.ledgers[file].warnings += Counter({rule.code: n for rule, n in zip(rules, found, strict=True) if n})

    def _write_quarantine(self) -> int:
        base = self.head.quarantine
        rejected = self._rejected()
        if base is None:
            return self.engine.overwrite(self.quarantine, rejected).version
        if self.again and self._again_changed():
            stay = f"SELECT * FROM {self.quarantine} WHERE NOT ({self.again.condition})"
            return self.engine.overwrite(self.quarantine, f"{stay} UNION ALL {rejected}").version
        fresh = f"SELECT * FROM ({rejected}) WHERE _file IN ({', '.join(str(f.number) for f in self.fresh) or 'NULL'})"
        if not self.engine.rows(f"SELECT EXISTS ({fresh})")[0][0]:
            return base
        return self.engine.append(self.quarantine, base, fresh).version

    def _rejected(self) -> str:
        """Every row of this batch that is not accepted for what it says, as it came."""
        kinds = [("_file", "INTEGER"), ("_line", "BIGINT"), ("reason", "VARCHAR"), ("line_text", "VARCHAR")]
        lines = [(line.file, line.line, line.reason, line.text) for line in self.broken]
        self.engine.values(self._relation("broken"), kinds, lines)
        texts = ", ".join(f"_raw[{number}] AS {name(column)}" for number, column in enumerate(self.data, 1))
        nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name(column)}" for column in self.data)
        no_text = "CAST(NULL AS VARCHAR) AS _text"
        parts = [
            f"SELECT _file, _line, _reasons, {no_text}, {texts} FROM {self._name('bad')}",
            f"SELECT _file, _line, [reason] AS _reasons, line_text AS _text, {nothing} FROM {self._name('broken')}",
        ]
        if self.refuses:
            same = "g._file = r._file AND g._line = r._line"
            rows = (
                f"(SELECT g.*, r._reasons FROM {self._name('good')} AS g JOIN {self._name('refused')} AS r ON {same})"
            )
            parts.append(f"SELECT _file, _line, _reasons, {no_text}, {texts} FROM {rows}")
        return " UNION ALL ".join(parts)

    def _again_changed(self) -> bool:
        """Whether a row that was judged again has another verdict, or other reasons."""
        before = f"SELECT _file, _line, list_sort(_reasons) FROM {self.quarantine} WHERE {self.again.condition}"
        judged = [f"SELECT _file, _line, list_sort(_reasons) FROM {self._name('bad')}"]
        if self.refuses:
            judged.append(f"SELECT _file, _line, list_sort(_reasons) FROM {self._name('refused')}")
        return bool(self.engine.rows(f"SELECT EXISTS ({before} EXCEPT ({' UNION ALL '.join(judged)}))")[0][0])

    # Names

    def _without(self, rows: str, part: str, which: str = "TRUE") -> str:
        gone = f"(SELECT _file, _line FROM {self._name(part)} WHERE {which})"
        return silver.without(rows, gone, silver.SAME_POSITION)

    def _any(self, part: str) -> bool:
        return bool(self.engine.rows(f"SELECT EXISTS (SELECT 1 FROM {self._name(part)})")[0][0])

    def _relation(self, part: str) -> str:
        return f"{self.contract.name}__{part}"

    def _name(self, part: str) -> str:
        return name(self._relation(part))
