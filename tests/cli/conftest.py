"""A small retail project with a finished run, and a copy of it for tests that change something."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.calling import AS_OF, EXAMPLES, dataspark


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that ran. Only for questions: nobody may change it."""
    root = tmp_path_factory.mktemp("cli") / "retail"
    leftovers = shutil.ignore_patterns("lake", "data", ".dataspark")
    shutil.copytree(EXAMPLES / "retail", root, ignore=leftovers)
    assert dataspark("sample", "--rows", 2000, "--quiet", project=root).code == 0
    assert dataspark("run", "--as-of", AS_OF, "--quiet", project=root).code == 0
    return root


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(project, tmp_path / "retail"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """What `dataspark init` makes."""
    root = tmp_path / "boutique"
    assert dataspark("init", root).code == 0
    return root
