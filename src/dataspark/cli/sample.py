"""`dataspark sample`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, QuietOption
from dataspark.cli.output import answer, calling, paint, say
from dataspark.cli.progress import counting
from dataspark.errors import UsageError

if TYPE_CHECKING:
    from dataspark.sample import Truth

RowsOption = Annotated[
    int | None,
    typer.Option("--rows", metavar="N", min=1, help="Purchases; a sixteenth as many clients.", show_default="23663"),
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="S", help="Another seed gives other data.")]
ToOption = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="Where to write.", show_default="the project's `sources`")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are no sample.")]

_FILES = ("clients.csv", "achats.csv")


def sample(
    rows: RowsOption = None,
    seed: SeedOption = 42,
    to: ToOption = None,
    force: ForceOption = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write sample data with planted defects.

    clients.csv and achats.csv, and truth.json that counts what is planted in them. The same rows and seed give the
    same bytes. The truth holds for a run `--as-of 2025-12-31`.
    """
    folder = to if to is not None else _sources(project, profile)
    if not force:
        _refuse_to_replace(folder)
    with counting(quiet or as_json) as progress:
        truth = _write(folder, rows, seed, progress)
    if as_json:
        answer({"folder": str(folder), "truth": {**asdict(truth), "tables": _without_lines(truth)}})
    else:
        from dataspark.rendering.sample import sample_text

        say(sample_text(truth, folder, paint(), calling(project, profile) if to is None else None))


def _sources(project: Path, profile: str | None) -> Path:
    from dataspark.project import read_project

    sources = read_project(project, profile).lake.sources
    if "://" in sources:
        raise UsageError(
            f"the project's sources are at {sources}",
            "write to a folder with `--to DIR`, then `dataspark upload DIR/*.csv`",
        )
    return Path(sources)


def _refuse_to_replace(folder: Path) -> None:
    there = [name for name in _FILES if (folder / name).exists()]
    if there and not (folder / "truth.json").exists():
        raise UsageError(
            f"{folder} has a {there[0]} that is no sample", "write elsewhere with `--to DIR`, or `--force`"
        )


def _write(folder: Path, rows: int | None, seed: int, progress: object) -> Truth:
    from dataspark.engines.duckdb.session import Session
    from dataspark.lake.storage import storage_errors
    from dataspark.project import EngineSettings
    from dataspark.sample import write_sample

    session = Session(EngineSettings())
    try:
        with storage_errors(f"writing the sample to {folder}"):
            return write_sample(folder, rows, seed, progress, execute=session.run)  # type: ignore[arg-type]
    finally:
        session.close()


def _without_lines(truth: Truth) -> dict[str, object]:
    # The planted lines are in truth.json: thousands of them are no answer.
    return {name: {**asdict(table), "lines": None} for name, table in truth.tables.items()}
