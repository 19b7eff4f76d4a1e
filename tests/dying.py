"""A run that ends itself with SIGKILL. On its own, so that the process that is started for it imports little else."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltalake  # noqa: F401  (loaded before the fork: a run would load it a hundred times)

from dataspark.engines.duckdb import engine, writing
from dataspark.lake import delta, rawfiles, storage
from workbench import Bench


def run_and_die(root: Path, moment: int) -> None:
    """Run the project and end this process at its `moment`-th trace. Ends with code 0 when it had fewer."""
    left = [moment]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def traced(*args: Any, **options: Any) -> Any:
            tick()
            result = function(*args, **options)
            tick()
            return result

        return traced

    def torn(session: Any, query: str, area: Any, folder: str, fields: Any) -> Any:
        tick()
        if left[0] == 1 and not area.is_remote:  # leave half a file behind, as a kill inside COPY does
            there = Path(area.location(folder))
            there.mkdir(parents=True, exist_ok=True)
            (there / "part-torn.parquet").write_bytes(b"PAR1 and then nothing")
        tick()
        return writing_parquet(session, query, area, folder, fields)

    writing_parquet = writing.write_parquet
    engine.write_parquet = around(torn)  # type: ignore[assignment]
    storage.Folder.write = around(storage.Folder.write)  # type: ignore[method-assign]
    if any(value.startswith("s3://") for value in os.environ.values()):
        from dataspark.lake.objects import Bucket

        Bucket.write = around(Bucket.write)  # type: ignore[method-assign]
        Bucket.claim = around(Bucket.claim)  # type: ignore[method-assign]
    rawfiles.copy_hashed = around(rawfiles.copy_hashed)
    delta.DeltaTables._commit = around(delta.DeltaTables._commit)  # type: ignore[method-assign]
    delta.DeltaTables._create = around(delta.DeltaTables._create)  # type: ignore[method-assign]
    Bench(root).run(as_of="2025-06-21")
