"""Hypothesis without deadlines, as one example is a whole run over a project; and the S3 server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from s3server import Server, s3_server

settings.register_profile(
    "runs",
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CI" in os.environ,  # CI judges the change, not the luck of the day
    phases=[Phase.explicit, Phase.reuse, Phase.generate] if "CI" in os.environ else [*Phase],
)
settings.load_profile("runs")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """An S3 server, started once for each process of the tests."""
    with s3_server() as running:
        yield running


@pytest.fixture
def s3(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Credentials of the server, its endpoint, and a name that no other test has."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "DATASPARK_"))]:
        monkeypatch.delenv(name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"t{uuid.uuid4().hex[:20]}"


@pytest.fixture(params=["folders", "s3"])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every lake of the test is in folders, or in S3; not for tests with two lakes."""
    if request.param == "s3":
        place_in_s3(request.getfixturevalue("s3"), monkeypatch)
    return str(request.param)


def place_in_s3(name: str, monkeypatch: pytest.MonkeyPatch, *areas: str) -> None:
    """Let the areas (all four unless named) be in S3, below prefixes that are called `name`.

    Their buckets are those of all tests: a new one costs the server more than a run costs.
    """
    places = {
        "sources": f"s3://dataspark-test-raw/{name}",
        "bronze": f"s3://dataspark-test-raw/{name}-bronze/some/prefix",
        "silver": f"s3://dataspark-test-lake/{name}/silver",
        "gold": f"s3://dataspark-test-lake/{name}/gold",
    }
    for area in areas or places:
        monkeypatch.setenv(f"DATASPARK_LAKE_{area.upper()}", places[area])
