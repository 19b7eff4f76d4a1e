"""The jobs that are measured: the hand-written scripts and `dataspark run`, each with what it needs beforehand."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from processes import Cost, answer, measured

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
EXAMPLE = HERE.parent / "examples" / "retail"
AS_OF = "2025-12-31"
_LARGE = 1 << 20
# The code that stands beside this folder is what is measured, installed or not.
_ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(filter(None, [str(HERE.parent / "src"), os.environ.get("PYTHONPATH")]))}


@dataclass(frozen=True)
class Script:
    """A hand-written job: it makes everything anew in a folder."""

    name: str
    file: str
    sources: Path
    tables: str = "parquet"
    """What it writes: plain files, or `delta` tables in `lake`."""
    options: Sequence[str] = ()
    most: int | None = None
    """Bytes of memory that its process may have; None: what there is."""

    @property
    def folder(self) -> Path:
        """What it writes to."""
        return OUT / "runs" / self.name

    def prepare(self) -> None:
        """Forget the run before."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self) -> Cost:
        """Do the job."""
        given = [str(self.sources), str(self.folder), "--as-of", AS_OF, *self.options]
        return measured([sys.executable, str(HERE / self.file), *given], most=self.most)

    def outcome(self) -> dict[str, str]:
        """What it left behind."""
        return _outcome(self.tables, self.folder)


@dataclass(frozen=True)
class DataSpark:
    """`dataspark run` on a project of its own."""

    name: str
    sources: Path
    checks: bool = False
    """With the example's checks and the contract of a gold table, which the scripts have no counterpart of."""
    start: str = "new"
    """What is there before each run: `new` (nothing), `known` (no lake, but the project was read before), `kept` (the
    lake as the last run left it), `saved` (the lake as it was when it was saved)."""
    options: Sequence[str] = ()
    engine: Mapping[str, str | int] = field(default_factory=dict)
    """The project's [engine]; empty: the default one."""
    command: Sequence[str] = field(default_factory=lambda: default_command())

    @property
    def folder(self) -> Path:
        """The project."""
        return OUT / "runs" / self.name

    @property
    def _saved(self) -> Path:
        return self.folder.with_name(f"{self.name}.saved")

    def create(self) -> None:
        """Copy the example: contracts and models, and the checks if they are wanted."""
        for folder in (self.folder, self._saved):
            shutil.rmtree(folder, ignore_errors=True)
        for part in ("contracts", "models", *(["checks"] if self.checks else [])):
            shutil.copytree(EXAMPLE / part, self.folder / part)
        if not self.checks:
            for contract in (self.folder / "contracts").glob("*.odcs.yaml"):
                if contract.name.startswith(("dim_", "fact_", "kpi_")):  # a promise about gold is a check, too
                    contract.unlink()
        settings = f'[project]\nname = "retail"\n\n[lake]\nsources = {json.dumps(str(self.sources))}\n'
        if self.engine:
            settings += "\n[engine]\n" + "".join(f"{key} = {json.dumps(said)}\n" for key, said in self.engine.items())
        (self.folder / "dataspark.toml").write_text(settings, encoding="utf-8")

    def prepare(self) -> None:
        """Bring the project into the state that the run starts from."""
        if not self.folder.exists():
            self.create()
        if self.start != "kept":
            shutil.rmtree(self.folder / "lake", ignore_errors=True)
        if self.start == "new":
            shutil.rmtree(self.folder / ".dataspark", ignore_errors=True)
        if self.start == "saved":
            _clone(self._saved, self.folder / "lake")

    def save(self) -> None:
        """Keep the lake as it is now, for runs that start from it."""
        (self.folder / "lake").rename(self._saved)

    def run(self) -> Cost:
        """Do the job."""
        given = ["run", "--project", str(self.folder), "--as-of", AS_OF, "--json", *self.options]
        return measured([*self.command, *given], _ENVIRONMENT)

    def outcome(self) -> dict[str, str]:
        """What it left behind."""
        return _outcome("delta", self.folder)


Job = Script | DataSpark


def default_command() -> list[str]:
    """The installed command, else the same call by the interpreter that runs this."""
    if given := os.environ.get("DATASPARK_BENCH_COMMAND"):
        return shlex.split(given)
    installed = Path(sys.executable).with_name("dataspark")
    if installed.exists():
        return [str(installed)]
    return [sys.executable, "-c", "from dataspark.cli.main import main; main()"]


def _outcome(kind: str, folder: Path) -> dict[str, str]:
    return dict(json.loads(answer([sys.executable, str(HERE / "outcome.py"), kind, str(folder)])))


def _clone(source: Path, target: Path) -> None:
    """Copy a lake. Its large files never change, so that a second name for them is enough."""

    def put(one: str, other: str) -> None:
        if Path(one).stat().st_size > _LARGE:
            os.link(one, other)
        else:
            shutil.copy2(one, other)

    shutil.copytree(source, target, copy_function=put)
