"""The Java that Spark runs on: which one it will take, and whether that is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dataspark.errors import EngineError

OLDEST = 17
"""The oldest Java that Spark 4 runs on."""
_HINT = f"install Java {OLDEST} or newer (a JDK or JRE, `openjdk-{OLDEST}-jre-headless` on Debian), or set JAVA_HOME"


def java_command() -> str:
    """The `java` that Spark starts: that of JAVA_HOME, else the one on the PATH.

    Raises EngineError when there is none, or when it is too old.
    """
    _version, command = _java()
    return command


def java_found() -> str:
    """The version and the place of Java, in words. Raises EngineError like `java_command`."""
    version, command = _java()
    return f"{version} ({command})"


def _java() -> tuple[str, str]:
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not command or not Path(command).exists():
        where = f"JAVA_HOME is {home}, where there is no bin/java" if home else "there is no `java` on the PATH"
        raise EngineError(f"Spark needs Java, and {where}", _HINT)
    version = _version_of(command)
    if (number := major(version)) < OLDEST:
        raise EngineError(f"Spark needs Java {OLDEST} or newer, and {command} is Java {number} ({version})", _HINT)
    return version, command


def _version_of(command: str) -> str:
    try:
        done = subprocess.run([command, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"{command} cannot be started: {error}", _HINT) from error
    found = re.search(r'version "([^"]+)"', done.stderr + done.stdout)
    if not found:
        raise EngineError(f"{command} does not say its version", _HINT)
    return found[1]


def major(version: str) -> int:
    """17 of `17.0.15`, 8 of `1.8.0_412`."""
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]
