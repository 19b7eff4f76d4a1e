"""Ctrl-C while Spark works: one line, the exit code of an interruption, and no Java process that is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cli.calling import dataspark
from sparkcluster import QUICK


def project(root: Path) -> Path:
    assert dataspark("init", root).code == 0
    settings = "\n".join(f'"{key}" = "{value}"' for key, value in QUICK.items())
    with (root / "dataspark.toml").open("a") as file:
        file.write(
            f'\n[engine]\nname = "spark"\nmaster = "local[2]"\nmemory_limit = "1GiB"\n[engine.spark]\n{settings}\n'
        )
    return root


def running(root: Path, scratch: Path) -> subprocess.Popen[str]:
    """A run in a process group of its own, as a terminal starts it. Its Java process is called with `scratch`."""
    scratch.mkdir()
    command = [sys.executable, "-m", "dataspark", "run", "--project", str(root)]
    return subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def java(scratch: Path) -> list[psutil.Process]:
    """The Java processes of a run, whoever is their parent by now."""
    found = psutil.process_iter(["name", "cmdline"])
    return [one for one in found if one.info["name"] == "java" and str(scratch) in " ".join(one.info["cmdline"] or ())]


def wait_for_work(process: subprocess.Popen[str], scratch: Path, seconds: float) -> None:
    """Wait until the run's Java process has worked for so many seconds of processor time."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            if any(sum(one.cpu_times()[:2]) > seconds for one in java(scratch)):
                return
        time.sleep(0.05)
    raise AssertionError(f"the run ended before it was interrupted: {process.communicate()}")


@pytest.mark.parametrize(("whom", "seconds"), [("group", 0.3), ("group", 8.0), ("process", 8.0)])
def test_one_line_and_nothing_left(tmp_path: Path, whom: str, seconds: float) -> None:
    """While Java starts, and while it works. A terminal tells the whole group, most schedulers the process alone."""
    scratch = tmp_path / "scratch"
    with running(project(tmp_path / "shop"), scratch) as process:
        wait_for_work(process, scratch, seconds)
        (os.killpg if whom == "group" else os.kill)(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    lines = [line for line in err.splitlines() if "…" not in line]
    assert lines == ["interrupted: nothing half-written is visible, the next run goes on from what was finished"], err
    assert java(scratch) == []
    assert list(scratch.glob("dataspark-spark-*")) == []
