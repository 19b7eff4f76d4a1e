"""A run over a lake in S3 that is killed at some moment and run again ends like one that was not."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import place_in_s3
from test_killed import history, prepared, released, told
from workbench import Bench

CODE = "import sys; from pathlib import Path; from dying import run_and_die; run_and_die(Path(sys.argv[1]), int(sys.argv[2]))"


def die(bench: Bench, moment: int) -> int:
    command = [sys.executable, "-c", CODE, str(bench.root), str(moment)]
    return subprocess.run(command, cwd=Path(__file__).parents[1], check=False, timeout=120).returncode


def test_killed_and_run_again(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of a process that is dead is seen to be free on its own machine: nobody waits."""
    place_in_s3(f"{s3}-whole", monkeypatch)
    whole = prepared(tmp_path / "whole")
    before = released(whole)
    whole.run(as_of="2025-06-21")
    wanted, after, recorded = told(whole), released(whole), history(whole)
    for moment in (13, 61):
        place_in_s3(f"{s3}-{moment}", monkeypatch)
        bench = prepared(tmp_path / str(moment))
        assert die(bench, moment) == -signal.SIGKILL, f"the run had no moment {moment}"
        assert released(bench) in (before, after), f"readers see a mixture after a kill at moment {moment}"
        bench.run(as_of="2025-06-21")
        assert told(bench) == wanted, f"killed at moment {moment}"
        assert history(bench) == recorded, f"killed at moment {moment}"
