"""The fixture of this package."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.odcs import Contracts


@pytest.fixture
def contracts(tmp_path: Path) -> Contracts:
    return Contracts(tmp_path)
