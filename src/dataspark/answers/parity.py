"""Whether two engines make the same tables of a project: it is run by both, and everything that came out is compared."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dataspark.answers.matching import Half, Match, match
from dataspark.answers.scratch import Carried, Scratch, Step, carry_out
from dataspark.errors import ProjectError, UsageError
from dataspark.lake.borrowed import Snapshot
from dataspark.lake.files import FileLake
from dataspark.lake.storage import storage_errors
from dataspark.pipeline.ingest import ingest
from dataspark.pipeline.watch import Watch
from dataspark.project import LakeSettings
from dataspark.tables import Layer, TableRef
from dataspark.wiring import Workspace, open_reader, read_as_of, require_engine

SAMPLE = 3
"""Differing rows of each kind that are shown where nobody says how many."""
_PLACE = ("_file", "_line")
_TWO = 2


@dataclass(frozen=True)
class Statement:
    """One statement that an engine was given on a table's way."""

    purpose: str
    sql: str


@dataclass(frozen=True)
class Ran:
    """One engine's run."""

    name: str
    """`duckdb`; `duckdb-2` where the same engine ran twice."""
    seconds: float
    error: str
    """What stopped it; empty where it went through."""


@dataclass(frozen=True)
class TableParity:
    """One table of both."""

    match: Match
    seconds: tuple[float | None, float | None]
    """What the step took that made it; None for tables that another one's step made along with it."""
    statements: tuple[tuple[Statement, ...], tuple[Statement, ...]] = ((), ())
    """How each engine made it, where the two differ."""

    @property
    def table(self) -> str:
        """`silver.achats`."""
        return self.match.diff.table

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return self.match.equal

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        told = self.match.diff.as_json()
        del told["state"]
        return {
            **told,
            "equal": self.equal,
            "columns_compared": self.match.columns,
            "looked_at": self.match.looked_at,
            "order": [list(names) for names in self.match.order],
            "seconds": list(self.seconds),
            "statements": [[asdict(one) for one in side] for side in self.statements],
        }


@dataclass(frozen=True)
class Unlike:
    """A count that is another one: of a file's ledger or of a check."""

    of: str
    """`achats, achats.csv`, or the check's name."""
    what: str
    """`accepted`, `reasons montant.type`, `failures`."""
    first: str
    second: str


@dataclass(frozen=True)
class Parity:
    """A project on two engines."""

    project: str
    as_of: str
    runs: tuple[Ran, Ran]
    tables: tuple[TableParity, ...]
    """Every table that either made, silver first."""
    ledgers: int
    """How many files' ledgers were compared."""
    unlike_ledgers: tuple[Unlike, ...]
    checks: int
    unlike_checks: tuple[Unlike, ...]

    @property
    def equal(self) -> bool:
        """Whether nobody could tell which engine ran."""
        stopped = any(run.error for run in self.runs)
        return not (stopped or self.unlike_ledgers or self.unlike_checks) and all(one.equal for one in self.tables)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "project": self.project,
            "as_of": self.as_of,
            "equal": self.equal,
            "runs": [asdict(run) for run in self.runs],
            "tables": [one.as_json() for one in self.tables],
            "ledgers": {"compared": self.ledgers, "unlike": [asdict(one) for one in self.unlike_ledgers]},
            "checks": {"compared": self.checks, "unlike": [asdict(one) for one in self.unlike_checks]},
        }


def parity(
    workspace: Workspace,
    engines: Sequence[str],
    as_of: str | datetime | None = None,
    select: Sequence[str] = (),
    keep: str | None = None,
    bronze: bool = False,
    sample: int = SAMPLE,
    watch: Watch | None = None,
) -> Parity:
    """Run the project on two engines into scratch lakes and compare every table, ledger and check.

    Both read the same raw files: those that wait in `sources` now, or with `bronze` the lake's archive with what people
    decided about its rows. Neither is changed. `select` are models by pattern, each with what it is made from. The lakes
    go to the folder `keep` and stay there; without it they are deleted. One engine may be named twice: then a
    difference means that a model does not determine its result.

    Raises UsageError, the project's own error when both engines stop with the same words, and WorldError.
    """
    names = _names(engines)
    plan, moment = workspace.plan, read_as_of(as_of)
    patterns = [f"+{pattern.lstrip('+')}" for pattern in select]
    plan.select(patterns)
    with _folder(keep) as root:
        area, snapshot = _raw_files(workspace, root, bronze)
        runs = []
        for engine, name in zip(engines, names, strict=True):
            scratch = Scratch.of(workspace, engine, f"{root}/{name}", area, snapshot)
            runs.append(carry_out(scratch, name, moment, patterns, watch or Watch()))
        _raise_shared_error(runs)
        return _Comparing(workspace, runs[0], runs[1], sample).told(moment)


def _names(engines: Sequence[str]) -> tuple[str, str]:
    if len(engines) != _TWO:
        raise UsageError(f"{len(engines)} engines are named where two are compared", "write `--engines duckdb,spark`")
    first, second = (require_engine(name) for name in engines)
    return first, second if second != first else f"{second}-2"


@contextmanager
def _folder(keep: str | None) -> Iterator[str]:
    if keep is None:
        with storage_errors("making a folder for scratch lakes"):
            made = tempfile.mkdtemp(prefix="dataspark-parity-")
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return
    if "://" not in keep and Path(keep).exists() and (not Path(keep).is_dir() or any(Path(keep).iterdir())):
        raise UsageError(f"{keep} is there already", "name a folder that is empty or not there yet")
    yield keep if "://" in keep else str(Path(keep).resolve())


def _raw_files(workspace: Workspace, root: str, bronze: bool) -> tuple[str, Snapshot]:
    """Where the raw files are that both engines read, and the list of them."""
    tables = [contract.name for contract in workspace.plan.tables]
    if bronze:
        snapshot = Snapshot.of(workspace.lake, tables)
        if not any(archive.files for archive in snapshot.archives.values()):
            raise UsageError(
                "the archive of this project is empty", "`dataspark run` fills it; or leave out `--bronze`"
            )
        return workspace.project.lake.bronze, snapshot
    settings = LakeSettings(workspace.project.lake.sources, f"{root}/bronze", f"{root}/silver", f"{root}/gold")
    lake = FileLake(settings, workspace.project.storage, workspace.project.engine.temp_directory)
    ingest(lake, workspace.plan.tables)
    return settings.bronze, Snapshot.of(lake, tables)


def _raise_shared_error(runs: Sequence[Carried]) -> None:
    """What stops both alike is no difference between them."""
    first, second = (run.error for run in runs)
    if first and second and (str(first) == str(second) or isinstance(first, ProjectError)):
        raise first


@dataclass(frozen=True)
class _Comparing:
    workspace: Workspace
    first: Carried
    second: Carried
    sample: int

    def told(self, as_of: datetime) -> Parity:
        ledgers, unlike_ledgers = self._ledgers()
        checks, unlike_checks = self._checks()
        return Parity(
            self.workspace.project.name,
            as_of.isoformat(),
            (_ran(self.first), _ran(self.second)),
            tuple(self._tables()),
            ledgers,
            tuple(unlike_ledgers),
            checks,
            tuple(unlike_checks),
        )

    def _tables(self) -> Iterator[TableParity]:
        mine, theirs = self.first.workspace.versions(), self.second.workspace.versions()
        known = sorted({*mine, *theirs}, key=lambda table: (list(Layer).index(table.layer), table.name))
        if not known:
            return
        project = self.first.workspace.project
        engine = open_reader(project.engine, self.first.workspace.lake, self.first.workspace.tables)
        try:
            for table in known:
                halves = self._half(self.first, table, mine), self._half(self.second, table, theirs)
                yield self._table(table, match(engine, table, *halves, self._key(table), self.sample))
        finally:
            engine.close()

    def _half(self, run: Carried, table: TableRef, versions: dict[TableRef, int]) -> Half:
        return Half(run.name, run.workspace.tables, versions.get(table))

    def _table(self, table: TableRef, found: Match) -> TableParity:
        step = _step(table)
        shown = table.layer in (Layer.SILVER, Layer.GOLD)
        took = [run.took.get(step) if shown else None for run in (self.first, self.second)]
        sides = ((), ()) if found.equal else (_statements(self.first, step), _statements(self.second, step))
        return TableParity(found, (took[0], took[1]), sides)

    def _key(self, table: TableRef) -> tuple[str, ...]:
        """What a row is told by. Where a row of a raw file stands never comes twice, nor does a key in silver."""
        if table.layer in (Layer.QUARANTINE, Layer.REPEATS):
            return _PLACE
        for contract in self.workspace.contracts:
            if TableRef(contract.layer, contract.name) == table and contract.primary_key:
                return contract.primary_key
        return _PLACE if table.layer is Layer.SILVER else ()

    def _ledgers(self) -> tuple[int, list[Unlike]]:
        compared = 0
        unlike: list[Unlike] = []
        for contract in self.workspace.plan.tables:
            heads = [run.workspace.head(contract.name) for run in (self.first, self.second)]
            names = {file.number: file.name for file in self.first.workspace.lake.archive(contract.name).files}
            for number in sorted({*heads[0].files, *heads[1].files}):
                compared += 1
                sides = [_counts(head.files[number].as_json()) if number in head.files else {} for head in heads]
                unlike += _unlike(f"{contract.name}, {names[number]}", *sides)
        return compared, unlike

    def _checks(self) -> tuple[int, list[Unlike]]:
        if self.first.report is None or self.second.report is None:
            return 0, []
        sides = [
            {check.name: {"failures": check.failures, "blocks": int(check.blocks)} for check in report.checks}
            for report in (self.first.report, self.second.report)
        ]
        names = dict.fromkeys([*sides[0], *sides[1]])
        unlike = [one for name in names for one in _unlike(name, sides[0].get(name, {}), sides[1].get(name, {}))]
        return len(names), unlike


def _ran(run: Carried) -> Ran:
    return Ran(run.name, run.seconds, str(run.error) if run.error else "")


def _step(table: TableRef) -> Step:
    return ("model" if table.layer is Layer.GOLD else "refine"), table.name


def _statements(run: Carried, step: Step) -> tuple[Statement, ...]:
    return tuple(Statement(*one) for one in run.workspace.heard.statements.get(step, ()))


def _counts(ledger: dict[str, Any]) -> dict[str, int]:
    """A ledger as plain counts: `accepted`, `reasons montant.type`. What counts nothing is not there."""
    found: dict[str, int] = {}
    for what, count in ledger.items():
        found |= {f"{what} {code}": rows for code, rows in count.items()} if isinstance(count, dict) else {what: count}
    return {what: count for what, count in found.items() if count}


def _unlike(of: str, first: dict[str, int], second: dict[str, int]) -> Iterator[Unlike]:
    for what in sorted({*first, *second}):
        mine, theirs = first.get(what, 0), second.get(what, 0)
        if mine != theirs:
            yield Unlike(of, what, f"{mine:,}", f"{theirs:,}")
