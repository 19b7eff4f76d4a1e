"""What the package says of itself is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from dataspark.answers import health


def test_doctor_names_libraries_that_the_package_installs() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    installed = {re.split(r"[<>=!;\s]", requirement)[0].lower() for requirement in project["dependencies"]}
    assert {name.lower() for name in health._LIBRARIES} <= installed
