"""Runs as log records, for whoever collects them: `logging.getLogger("dataspark")`, one JSON line each if wanted.

Every record has the fields `run_id`, `step` and `table`, None where there is none. Values of rows are in none of them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from dataspark.errors import DataSparkError, ProjectError
from dataspark.pipeline.watch import Watch

if TYPE_CHECKING:
    from dataspark.pipeline.report import RunReport, StepReport

LOGGER = logging.getLogger("dataspark")
LOGGER.addHandler(logging.NullHandler())  # a program that collects no logs hears nothing on stderr
_FIELDS = "dataspark_fields"
"""The attribute of a record that has its fields."""
_TABLE_STEPS = {"refine": "silver", "model": "gold"}
"""Kind of step → the layer of the table that it makes."""


@contextmanager
def logging_to(stream: TextIO, form: str) -> Iterator[None]:
    """Write the records of this process to a stream, as `json` or `text`: DataSpark's, and warnings of everything else."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATTERS[form]())
    root, level = logging.getLogger(), LOGGER.level
    LOGGER.setLevel(logging.INFO)
    logging.captureWarnings(True)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        logging.captureWarnings(False)
        LOGGER.setLevel(level)


@contextmanager
def silent() -> Iterator[None]:
    """Write no records: whoever is told in sentences needs none, and libraries let some of them out on their own."""
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.propagate = True


def log_error(error: DataSparkError) -> None:
    """One record for an error that ends a command: what, where, and the way out."""
    mistakes = [str(mistake) for mistake in error.mistakes] if isinstance(error, ProjectError) else []
    fields = {"error": type(error).__name__, "hint": error.hint, "exit_code": error.exit_code, "mistakes": mistakes}
    _write(logging.ERROR, error.message, {"run_id": None, "step": None, "table": None, **fields})


def log_note(text: str) -> None:
    """One record that is about no run."""
    _write(logging.WARNING, text, {"run_id": None, "step": None, "table": None})


class LogWatch(Watch):
    """Writes a record for the beginning and the end of a run and of its steps, for each failed check and each notice."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._run: RunReport | None = None

    def run_begins(self, run: RunReport) -> None:
        """Write which run it is."""
        self._run = run
        self._log(f"run of {run.project} begins", as_of=run.as_of, engine=run.engine, release=run.release)

    def step_begins(self, kind: str, name: str) -> None:
        """Write which step it is, for those who listen closely."""
        self._log(f"{kind} {name} begins", kind, name, logging.DEBUG)

    def step_ends(self, step: StepReport) -> None:
        """Write how long it took and what it did."""
        figures = _figures(self._run, step.kind, step.name) if self._run else {}
        self._log(f"{step.kind} {step.name} ended", step.kind, step.name, seconds=step.seconds, **figures)

    def step_fails(self, step: StepReport, error: BaseException) -> None:
        """Write what stopped it."""
        self._log(f"{step.kind} {step.name} stopped", step.kind, step.name, logging.ERROR, seconds=step.seconds)

    def run_ends(self, run: RunReport, error: BaseException | None) -> None:
        """Write what is to be known of the run, its failed checks and notices first."""
        for check in run.checks:
            if check.failed:
                level = logging.ERROR if check.blocks else logging.WARNING
                self._log(f"check {check.name} failed", "audit", check.name, level, failures=check.failures)
        for notice in run.notices:
            self._log(notice, level=logging.WARNING)
        ended: dict[str, Any] = {
            "seconds": run.seconds,
            "release": run.release,
            "published": run.published,
            "ok": run.ok,
        }
        if run.ok:
            self._log(f"run of {run.project} ended", **ended)
        else:
            why = f"stopped: {_kind(error)}" if error else "ended: a check that blocks the release failed"
            self._log(f"run of {run.project} {why}", level=logging.ERROR, error=_kind(error), **ended)

    def run_refused(self, error: DataSparkError) -> None:
        """Write that no run began."""
        self._log(f"no run of {self._project} began: {_kind(error)}", level=logging.ERROR, error=_kind(error))

    def _log(
        self, message: str, kind: str | None = None, name: str | None = None, level: int = logging.INFO, **more: Any
    ) -> None:
        layer = _TABLE_STEPS.get(kind or "")
        known = {
            "project": self._project,
            "run_id": self._run.id if self._run else None,
            "step": f"{kind} {name}" if kind else None,
            "table": f"{layer}.{name}" if layer else None,
        }
        _write(level, message, {**known, **more})


def _kind(error: BaseException | None) -> str | None:
    return type(error).__name__ if error else None


def _figures(run: RunReport, kind: str, name: str) -> dict[str, Any]:
    """What the step did, in numbers."""
    if kind == "refine":
        for table in run.tables:
            if table.name == name:
                rows = {
                    key: getattr(table.ledger, key)
                    for key in ("read", "accepted", "quarantined", "duplicates", "superseded")
                }
                return {**rows, "new_files": table.new_files, "version": table.version, "changed": table.changed}
    if kind == "model":
        for model in run.models:
            if model.name == name:
                return {"rows": model.rows, "version": model.version, "changed": model.changed}
    return {}


def _write(level: int, message: str, fields: Mapping[str, Any]) -> None:
    LOGGER.log(level, message, extra={_FIELDS: dict(fields), **{key: fields[key] for key in ("run_id", "step")}})


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: Mapping[str, Any] = getattr(record, _FIELDS, {"run_id": None, "step": None, "table": None})
        told = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "logger": record.name,
            **fields,
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class _Text(logging.Formatter):
    """`2026-03-01T06:00:02.120Z info run of retail begins  as_of=…`."""

    def format(self, record: logging.LogRecord) -> str:
        fields: Mapping[str, Any] = getattr(record, _FIELDS, {})
        shown = " ".join(
            f"{key}={json.dumps(value, ensure_ascii=False, default=str)}"
            for key, value in fields.items()
            if value not in (None, "", [])
        )
        line = f"{_moment(record.created)} {record.levelname.lower():7} {record.getMessage()}  {shown}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


_FORMATTERS: dict[str, type[logging.Formatter]] = {"json": _Json, "text": _Text}


def _moment(created: float) -> str:
    return datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
