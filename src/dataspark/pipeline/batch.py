"""One way through a batch: raw files and waiting rows → verdicts → silver, quarantine and ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dataspark.contracts.contract import OnViolation, Severity
from dataspark.errors import RuleStopped
from dataspark.pipeline.chains import Chains, Overtaken
from dataspark.pipeline.heads import Head, Task
from dataspark.pipeline.ledger import FileLedger, prove
from dataspark.pipeline.parts import Parts
from dataspark.pipeline.ports import BrokenLine, Engine, RawFile, Written
from dataspark.pipeline.tally import Tally
from dataspark.sql import silver
from dataspark.sql.silver import Judgement
from dataspark.sql.text import name, names, text
from dataspark.tables import Layer, TableRef


@dataclass(frozen=True)
class Again:
    """The quarantined rows that are judged once more as they came; false where there are none."""

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
        self.parts = Parts(engine, self.contract.name)
        columns_of = {code: frozenset(condition.columns) for code, condition in task.conditions.items()}
        self.judgement = Judgement(self.contract, task.as_of, columns_of, engine.by_row)
        self.silver = TableRef(Layer.SILVER, self.contract.name)
        self.quarantine = TableRef(Layer.QUARANTINE, self.contract.name)
        self.data = [column.name for column in self.contract.columns]
        self.ledgers = {number: FileLedger.from_json(one.as_json()) for number, one in head.files.items()}
        self.tally = Tally(engine, self.ledgers)
        self.mended = task.decisions.mended(since=head.fixes)
        self.broken: Sequence[BrokenLine] = ()
        self.chains = Chains(self.parts, self.contract, head.version)
        self.refuses = False

    @property
    def returns(self) -> bool:
        """Whether rows are judged again that were read before, as they came or as a person mended them."""
        return bool(self.again or self.mended)

    def run(self) -> Head:
        """Judge, write, count. Raises RuleStopped, Overtaken, LedgerError: then nothing of this batch counts."""
        try:
            self._stage()
            self._list_reasons()
            self._refuse()
            self.chains.find(self.returns)
            written = self._write_silver()
            quarantine, repeats = self._write_quarantine(), self._write_repeats()
        finally:
            self.parts.drop()
        rows = sum(ledger.accepted for ledger in self.head.files.values()) + written.rows
        prove(self.contract.name, self.ledgers, rows)
        return Head(
            written.version,
            quarantine,
            repeats,
            self.head.journal,
            self.task.fingerprint,
            self.task.as_of.isoformat(),
            self.ledgers,
            dict(self.task.parents),
            self.task.archive.erased,
            len(self.task.decisions.fixes),
            self._judged(),
        )

    def _judged(self) -> dict[str, str]:
        """Reason → the run that last judged the rows that have it."""
        if self.head.version is None or self.again.everything:
            return {"*": self.task.run}
        return {**self.head.judged, **dict.fromkeys(self.again.reasons, self.task.run)}

    # Stage and judge

    def _stage(self) -> None:
        read = self.engine.stage(self.parts.relation("new"), self.fresh, self.contract, self.judgement.stage)
        self._keep_mended()
        self.broken = [line for line in read.broken if (line.file, line.line) not in self.mended]
        for file in self.fresh:
            self.ledgers[file.number] = FileLedger(read=read.read.get(file.number, 0))
        for line in self.broken:
            self.ledgers[line.file].quarantined += 1
            self.ledgers[line.file].reasons[line.reason] += 1
        judged = f"SELECT * FROM {self._as_read(self.parts.name('new'))}"
        if self.returns:
            self.engine.keep(self.parts.relation("again"), self.judgement.stage(self._waiting(), silver.POSITION))
            judged += f" UNION ALL SELECT * FROM {self.parts.name('again')}"
        self.engine.show(self.parts.relation("judged"), judged)

    def _keep_mended(self) -> None:
        """The mended rows that were not judged yet, and the positions of all that there are."""
        place = [("_file", "INTEGER"), ("_line", "BIGINT")]
        if self.mended:
            rows = [(*fix.position, *(fix.values.get(column) for column in self.data)) for fix in self.mended.values()]
            columns = [*place, *((column, "VARCHAR") for column in self.data)]
            self.engine.values(self.parts.relation("mended"), columns, rows)
        if self.returns and self.task.decisions.fixes:
            self.engine.values(self.parts.relation("fixed"), place, list(self.task.decisions.mended()))

    def _as_read(self, rows: str) -> str:
        """The rows of new files without those that a person mended: these come in with their mended text."""
        return f"({self.parts.without(rows, 'mended')})" if self.mended else rows

    def _waiting(self) -> str:
        """The text of the rows that are judged again."""
        columns = f"{names(self.data)}, _file, _line"
        parts = []
        if self.again:
            rows = f"(SELECT {columns} FROM {self._bound_quarantine()} WHERE {self.again.condition})"
            parts.append(self.parts.without(rows, "mended") if self.mended else f"SELECT * FROM {rows}")
        if self.mended:
            parts.append(f"SELECT {columns} FROM {self.parts.name('mended')}")
        return f"({' UNION ALL '.join(parts)})"

    def _bound_quarantine(self) -> str:
        self.engine.bind(self.quarantine, self.head.quarantine)
        return str(self.quarantine)

    @property
    def _comes_back(self) -> str:
        """The condition that picks the rows that are judged again from the quarantine."""
        conditions = [self.again.condition] if self.again else []
        if self.mended:
            conditions.append(f"(_file, _line) IN (SELECT (_file, _line) FROM {self.parts.name('mended')})")
        return " OR ".join(conditions) or "FALSE"

    def _list_reasons(self) -> None:
        self.engine.keep(self.parts.relation("bad"), self.judgement.reasons(self.parts.name("judged")))
        self.engine.show(self.parts.relation("good"), f"SELECT * FROM {self.parts.name('judged')} WHERE _ok")
        stops = {rule.code: rule for rule in self.contract.rules if rule.severity is Severity.FAIL}
        for code, rows, file, line in self._broken_rules() if stops else ():
            if code in stops:
                broke = f"SELECT _file, _line FROM {self.parts.name('bad')} WHERE list_contains(_reasons, {text(code)})"
                raise self._stop(code, rows, file, line, broke)

    def _broken_rules(self) -> list[tuple[str, int, int, int]]:
        found = f"SELECT unnest(_reasons) AS code, _file, _line FROM {self.parts.name('bad')}"
        query = f"SELECT code, count(*), min(_file), arg_min(_line, _file) FROM ({found}) GROUP BY code ORDER BY code"
        return [(str(code), int(rows), int(file), int(line)) for code, rows, file, line in self.engine.rows(query)]

    def _stop(self, code: str, rows: int, file: int, line: int, broke: str) -> RuleStopped:
        places = f"SELECT _file, _line FROM {self.parts.name('mended')}"
        mended = self.engine.rows(f"({broke}) INTERSECT ({places})") if self.mended else []
        source = next(raw.name for raw in self.task.archive.files if raw.number == file)
        return RuleStopped(
            f"`{self.contract.name}` breaks `{code}`, which stops the run: {rows:,} rows, one in {source}, line {line}",
            "mend the file in `sources` and run again, or give the rule another severity than `fail`"
            + (f"; {len(mended):,} mended rows break it and were handed back" if mended else ""),
            mended,
        )

    # Rows that their neighbours refuse

    def _refuse(self) -> None:
        refusals = [*self._not_unique(), *self._without_parent()]
        self.refuses = bool(refusals)
        if not refusals:
            self.engine.show(self.parts.relation("accepted"), f"SELECT * FROM {self.parts.name('good')}")
            return
        listed = "flatten(list(_reasons ORDER BY _reasons[1])) AS _reasons"  # no two of a row begin with the same code
        merged = f"SELECT _file, _line, {listed} FROM ({' UNION ALL '.join(refusals)}) GROUP BY _file, _line"
        self.engine.keep(self.parts.relation("refused"), merged)
        self.engine.show(self.parts.relation("accepted"), self.parts.without(self.parts.name("good"), "refused"))

    def _not_unique(self) -> Iterable[str]:
        rows = f"SELECT {names(self.data)}, _file, _line FROM {self.parts.name('good')}"
        if self.head.version is not None:
            self.engine.bind(self.silver, self.head.version)
            rows += f" UNION ALL SELECT {names(self.data)}, _file, _line FROM {self.silver}"
        query = silver.unique_violations(self.contract, f"({rows})")
        if query:
            if self.returns and self.head.version is not None:
                lost = silver.within(f"({query})", str(self.silver), silver.SAME_POSITION)
                if self.parts.exists(lost):
                    raise Overtaken
            yield silver.within(f"({query})", self.parts.name("good"), silver.SAME_POSITION)

    def _without_parent(self) -> Iterable[str]:
        good = self.parts.name("good")
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
                rows = sum(row[1] for row in found)
                raise self._stop(link.code, rows, found[0][0], found[0][2], f"SELECT _file, _line FROM ({query})")

    # Write

    def _write_silver(self) -> Written:
        """Write the accepted rows and settle the ledger. `rows` is how many more silver has now."""
        self._settle()
        base = self.head.version
        if base is None:
            return self._fill_silver()
        winners = self._winners(self.parts.name("judged"))
        gone = f"(SELECT * FROM {self.parts.name('chain')} WHERE _old AND _verdict = 'superseded')"
        lost = self.engine.rows(f"SELECT count(*) FROM {gone}")[0][0] if self.chains.meets else 0
        if lost:
            return self.engine.replace_rows(self.silver, base, gone, winners, self.contract.key)
        if not self.parts.exists(winners):
            return Written(base, 0)
        return self.engine.append(self.silver, base, winners)

    def _fill_silver(self) -> Written:
        """Write the table anew. Mended rows come behind those of the files, which are written slice by slice."""

        def winners(part: str) -> str:
            return self._winners(self._as_read(part))

        new = self.parts.relation("new")
        written = self.engine.overwrite(self.silver, winners(name(new)), (new, winners))
        mended = self._winners(self.parts.name("again")) if self.returns else ""
        if not mended or not self.parts.exists(mended):
            return written
        more = self.engine.append(self.silver, written.version, mended)
        return Written(more.version, written.rows + more.rows)

    def _winners(self, relation: str) -> str:
        rows = f"(SELECT * FROM {relation} WHERE _ok)"
        if self.refuses:
            rows = f"({self.parts.without(rows, 'refused')})"
        if self.chains.there:
            rows = f"({self.parts.without(rows, 'chain', 'NOT _old AND _verdict <> ' + text('accepted'))})"
        return f"SELECT {names(self.data)}, _file, _line FROM {rows}"

    def _settle(self) -> None:
        """Count every verdict per file. Rows that are judged again first leave the count they had."""
        count, reasons = self.tally.count, self.tally.reasons
        if self.returns and self.head.version is not None:
            back = f"(SELECT * FROM {self._bound_quarantine()} WHERE {self._comes_back})"
            count("quarantined", back, -1)
            count("held", self._held(back), -1)
            reasons(back, -1)
        warnings = self.judgement.warnings
        self.tally.verdicts(self.parts.name("judged"), () if self.refuses else warnings)
        reasons(self.parts.name("bad"))
        if self.refuses:
            self.tally.warnings(warnings, self.parts.name("accepted"))
            count("accepted", self.parts.name("refused"), -1)
            count("quarantined", self.parts.name("refused"))
            count("held", self._held(self.parts.name("refused")))
            reasons(self.parts.name("refused"))
        if self.chains.there:
            verdicts = {"duplicates": "_verdict = 'duplicate'", "superseded": "_verdict = 'superseded'"}
            for file, lost in self.tally.counts(verdicts, self.parts.name("chain")).items():
                self.ledgers[file].accepted -= sum(lost)
        if self.returns and self.task.decisions.fixes:
            count(
                "fixed",
                f"({silver.within(self.parts.name('accepted'), self.parts.name('fixed'), silver.SAME_POSITION)})",
            )

    def _held(self, rows: str) -> str:
        """The rows that only wait for their parent."""
        return f"(SELECT * FROM {rows} WHERE {silver.only_held(self.contract)})"

    def _write_quarantine(self) -> int:
        base = self.head.quarantine
        rejected = self._rejected()
        if base is None:
            return self.engine.overwrite(self.quarantine, rejected).version
        if self.mended or (self.again and self._again_changed()):
            stay = f"SELECT * FROM {self._bound_quarantine()} WHERE NOT ({self._comes_back})"
            return self.engine.overwrite(self.quarantine, f"{stay} UNION ALL {rejected}").version
        fresh = f"SELECT * FROM ({rejected}) WHERE _file IN ({', '.join(str(f.number) for f in self.fresh) or 'NULL'})"
        if not self.parts.exists(fresh):
            return base
        return self.engine.append(self.quarantine, base, fresh).version

    def _write_repeats(self) -> int | None:
        """Say where the rows are that another row of their key stands for."""
        table, base = TableRef(Layer.REPEATS, self.contract.name), self.head.repeats
        columns = f"{names(self.contract.key)}, _file, _line, _verdict"
        lost = f"SELECT {columns} FROM {self.parts.name('chain')} WHERE _verdict <> 'accepted'"
        if self.chains.there and self.parts.exists(lost):
            anew = base is None or self.head.version is None
            return (self.engine.overwrite(table, lost) if anew else self.engine.append(table, base or 0, lost)).version
        if base is None or self.head.version is not None:
            return base
        return self.engine.overwrite(table, self._no_repeats()).version

    def _no_repeats(self) -> str:
        key = names(self.contract.key)
        return f"SELECT {key}, _file, _line, CAST(NULL AS VARCHAR) AS _verdict FROM {self.parts.name('judged')} WHERE FALSE"

    def _rejected(self) -> str:
        """Every row of this batch that is not accepted for what it says, as it came."""
        kinds = [("_file", "INTEGER"), ("_line", "BIGINT"), ("reason", "VARCHAR"), ("line_text", "VARCHAR")]
        lines = [(line.file, line.line, line.reason, line.text) for line in self.broken]
        self.engine.values(self.parts.relation("broken"), kinds, lines)
        texts = ", ".join(f"_raw[{number}] AS {name(column)}" for number, column in enumerate(self.data, 1))
        nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name(column)}" for column in self.data)
        no_text = "CAST(NULL AS VARCHAR) AS _text"
        parts = [
            f"SELECT _file, _line, _reasons, {no_text}, {texts} FROM {self.parts.name('bad')}",
            f"SELECT _file, _line, [reason] AS _reasons, line_text AS _text, {nothing} FROM {self.parts.name('broken')}",
        ]
        if self.refuses:
            same = "g._file = r._file AND g._line = r._line"
            good, refused = self.parts.name("good"), self.parts.name("refused")
            rows = f"(SELECT g.*, r._reasons FROM {good} AS g JOIN {refused} AS r ON {same})"
            parts.append(f"SELECT _file, _line, _reasons, {no_text}, {texts} FROM {rows}")
        return " UNION ALL ".join(parts)

    def _again_changed(self) -> bool:
        """Whether a row that was judged again has another verdict, or other reasons."""
        rows = f"{self._bound_quarantine()} WHERE {self.again.condition}"
        before = f"SELECT _file, _line, list_sort(_reasons) FROM {rows}"
        judged = [f"SELECT _file, _line, list_sort(_reasons) FROM {self.parts.name('bad')}"]
        if self.refuses:
            judged.append(f"SELECT _file, _line, list_sort(_reasons) FROM {self.parts.name('refused')}")
        return bool(self.engine.rows(f"SELECT EXISTS ({before} EXCEPT ({' UNION ALL '.join(judged)}))")[0][0])
