"""What a run did, as plain values that any door can render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dataspark.pipeline.ledger import FileLedger


@dataclass(frozen=True)
class TableReport:
    """One silver table after its turn. The ledger is over all files that the table was ever given."""

    name: str
    new_files: int
    """Files that this run took in."""
    ledger: FileLedger
    version: int
    changed: bool
    rebuilt: str = ""
    """Why the table was rebuilt from bronze; empty where it was not."""
    events: dict[str, int] = field(default_factory=dict)
    """What happened to quarantined rows in this run: `quarantined`, `judged`, `released`, `fixed` → rows."""
    parents_found: int = 0
    """Rows that were kept without their parent by an earlier run and have it now."""


@dataclass(frozen=True)
class ModelReport:
    """One gold table after its turn."""

    name: str
    rows: int
    version: int
    changed: bool
    stale: bool = False
    """Left out by `--select` although an input changed: the release does not move."""


@dataclass(frozen=True)
class CheckReport:
    """One check, or one promise of a contract about a whole table."""

    name: str
    failures: int
    """Rows that the check found."""
    blocks: bool
    """Whether failures keep the release where it is."""
    message: str = ""
    columns: tuple[str, ...] = ()
    sample: tuple[tuple[str | None, ...], ...] = ()
    """The first failures."""

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return self.failures > 0


@dataclass(frozen=True)
class StepReport:
    """How long something took."""

    kind: str
    """`ingest`, `refine`, `model`, `record`, `audit` or `publish`."""
    name: str
    seconds: float


@dataclass
class RunReport:
    """One run. `ok` is False when a blocking check failed: then `release` is the one that readers still see."""

    id: str
    """Runs sort by it: when it began, and which process it was."""
    project: str
    engine: str
    """`duckdb` or `spark`."""
    started: str
    """When it began (ISO, UTC)."""
    as_of: str
    """The run's date (ISO, UTC)."""
    tables: list[TableReport] = field(default_factory=list)
    models: list[ModelReport] = field(default_factory=list)
    checks: list[CheckReport] = field(default_factory=list)
    steps: list[StepReport] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    """What is worth knowing and stops nothing, as sentences."""
    drift: list[dict[str, object]] = field(default_factory=list)
    """How new files differ from their tables' earlier ones: what `Drift.as_json` gives, those that stop a run first."""
    release: str | None = None
    """The release that readers see after the run; None where there is none yet."""
    published: bool = False
    """Whether this run moved the release."""
    seconds: float = 0.0
    error: str = ""
    """Why the run stopped; empty where it went through."""

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way of a release."""
        return not self.error and not any(check.failed and check.blocks for check in self.checks)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> RunReport:
        """Read back what `as_json` gave."""
        parts = {
            "tables": [
                TableReport(**{**one, "ledger": FileLedger.from_json(one["ledger"])}) for one in record["tables"]
            ],
            "models": [ModelReport(**one) for one in record["models"]],
            "checks": [CheckReport(**one) for one in record["checks"]],
            "steps": [StepReport(**one) for one in record["steps"]],
        }
        return cls(**{key: value for key, value in {**record, **parts}.items() if key != "ok"})

    def as_json(self) -> dict[str, Any]:
        """The report as its record keeps it and `--json` prints it."""
        record = asdict(self)
        for table, report in zip(record["tables"], self.tables, strict=True):
            table["ledger"] = report.ledger.as_json()
        return {**record, "ok": self.ok}
