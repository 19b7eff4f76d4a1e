"""Keys that are written down nowhere: a container's role, a program, a role that is assumed; and keys that expire."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from awscontainer import Container, container_role
from cli.calling import dataspark
from conftest import place_in_s3
from dataspark.engines.duckdb.session import Session
from dataspark.errors import StorageError, UsageError
from dataspark.lake import access, awschain
from dataspark.lake.access import Access, open_access, renewals
from dataspark.lake.credentials import Credentials
from dataspark.lake.objects import Bucket
from dataspark.project import EngineSettings, StorageSettings
from dataspark.serving.shelf import Shelf
from dataspark.wiring import open_workspace
from s3server import ROLE, Server, s3_server
from test_incremental import arrive, lab
from test_killed import FIRST
from workbench import Bench


@pytest.fixture
def nowhere(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Areas in S3, and no key in the environment or in a file. Returns AWS's file of settings, which is empty."""
    place_in_s3(s3, monkeypatch)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(awschain, "_FOUND", {})
    return config


@pytest.fixture
def container(server: Server, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Container]:
    """A role that has the server's key."""
    with container_role(server.key, server.secret) as role:
        for name, value in role.environment.items():
            monkeypatch.setenv(name, value)
        yield role


@pytest.fixture
def bench(tmp_path: Path, nowhere: Path) -> Bench:
    return lab(tmp_path / "lab", "keep")


def program(folder: Path, body: str) -> str:
    """The command of a program for `credential_process`."""
    file = folder / "program.py"
    file.write_text(body)
    return f"{sys.executable} {file}"


def test_the_role_of_a_container(bench: Bench, container: Container) -> None:
    arrive(bench, 1, FIRST)
    done = dataspark("run", "--as-of", "2025-06-15", project=bench.root)
    assert done.code == 0, done.err
    assert bench.silver("visits", "child") == [("1",), ("2",)]
    assert dataspark("doctor", project=bench.root).code == 0
    assert container.asked == 1, "one key for as long as it lasts"


def test_a_key_that_soon_expires_is_renewed_before_a_run(bench: Bench, container: Container) -> None:
    container.lasts = 120
    arrive(bench, 1, FIRST)
    before = container.asked
    bench.run(as_of="2025-06-15")
    assert container.asked > before


def test_a_program_that_has_the_key(
    bench: Bench, server: Server, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"Version": 1, "AccessKeyId": server.key, "SecretAccessKey": server.secret}
    nowhere.write_text(f"[profile tool]\ncredential_process = {program(tmp_path, f'print({json.dumps(key)!r})')}\n")
    monkeypatch.setenv("AWS_PROFILE", "tool")
    arrive(bench, 1, FIRST)
    assert dataspark("run", "--as-of", "2025-06-15", project=bench.root).code == 0


@pytest.fixture
def lender(nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that lends keys for a while, to a profile that may ask for them."""
    with s3_server(roles=True) as server:
        keys = f"[base]\naws_access_key_id = {server.key}\naws_secret_access_key = {server.secret}\n"
        (tmp_path / "credentials").write_text(keys)
        nowhere.write_text(f"[profile loader]\nrole_arn = {ROLE}\nsource_profile = base\nregion = us-east-1\n")
        monkeypatch.setenv("AWS_PROFILE", "loader")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", server.url)
        yield server


def test_a_role_that_is_assumed(bench: Bench, lender: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real temporary key with its token, through every client; then the same key by the environment, and a wrong token."""
    owner = Access(StorageSettings(lender.url), Credentials(lender.key, lender.secret))
    for name in ("dataspark-test-raw", "dataspark-test-lake"):  # who makes a bucket need not be who uses it
        Bucket(f"s3://{name}", owner).make()
    arrive(bench, 1, FIRST)
    done = dataspark("run", "--as-of", "2025-06-15", project=bench.root)
    assert done.code == 0, done.err
    key = open_access(bench.workspace.project.storage).credentials
    assert key.access_key != lender.key
    assert key.session_token
    assert key.expires
    assert 800 < key.expires - time.time() <= 3600
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", key.session_token)
    asked = dataspark("query", "SELECT child FROM silver.visits ORDER BY child", "--json", project=bench.root)
    assert asked.json == [{"child": 1}, {"child": 2}]
    monkeypatch.setenv("AWS_SESSION_TOKEN", key.session_token[:-6] + "wrong!")
    told = dataspark("status", project=bench.root)
    assert told.code == 3
    assert f"does not know the key {key.access_key}" in told.err
    assert key.session_token[:20] not in told.err


def test_a_program_that_fails_is_not_quoted(
    bench: Bench, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = program(tmp_path, "raise SystemExit('the secret is hush')")
    nowhere.write_text(f"[profile tool]\ncredential_process = {failing}\n")
    monkeypatch.setenv("AWS_PROFILE", "tool")
    told = dataspark("run", project=bench.root)
    assert told.code == 3
    assert "the program of `credential_process` failed" in told.err
    assert "hush" not in told.err


def test_a_container_that_hands_out_nothing(bench: Bench, container: Container) -> None:
    container.broken = True
    told = dataspark("run", project=bench.root)
    assert told.code == 3
    assert "AWS's own places give no key for S3" in told.err


def test_a_profile_that_is_not_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UsageError, match=r"AWS's own places give no key for S3: .*nobody"):
        bench.workspace.lake  # noqa: B018


def test_no_key_at_all(bench: Bench) -> None:
    with pytest.raises(UsageError, match="an area of the lake is in S3 and there is no key for it") as told:
        bench.workspace.lake  # noqa: B018
    assert "dataspark[aws]" not in told.value.hint, "it is installed"


@pytest.mark.parametrize("profile", ["", "work"])
def test_without_the_library(bench: Bench, monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(UsageError, match="no key for the profile `work`" if profile else "no key for it") as told:
        bench.workspace.lake  # noqa: B018
    assert "pip install 'dataspark[aws]'" in told.value.hint


def test_it_is_not_loaded_where_a_key_is_written_down(s3: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        del sys.modules[name]
    open_access(StorageSettings())
    assert "botocore" not in sys.modules


class Calendar:
    """A time that passes when it is told to, and keys that last for so long from then."""

    def __init__(self, lasts: float) -> None:
        self.now, self.lasts, self.asked, self.away = 1_000_000.0, lasts, 0, False

    def key(self) -> Credentials:
        if self.away:
            raise StorageError("away")
        self.asked += 1
        return Credentials(f"k{self.asked}", "s", None, self.now + self.lasts)

    def access(self) -> Access:
        return Access(StorageSettings("http://host"), self.key(), self.key, lambda: self.now)


@pytest.mark.parametrize(("lasts", "kept"), [(3600, 3600 - access.RENEWED), (120, 60), (4, 10)])
def test_a_key_is_renewed_in_time(lasts: float, kept: float) -> None:
    calendar = Calendar(lasts)
    told = calendar.access()
    assert told.until == calendar.now + kept
    calendar.now += kept - 1
    assert told.credentials.access_key == "k1"
    calendar.now += 1
    assert told.credentials.access_key == "k2"
    assert told.credentials.access_key == "k2"


def test_a_key_that_cannot_be_renewed_is_used_to_its_end() -> None:
    calendar = Calendar(3600)
    told = calendar.access()
    calendar.away = True
    calendar.now += 3600 - 1
    assert told.credentials.access_key == "k1"
    calendar.now += 60
    with pytest.raises(StorageError, match="away"):
        _ = told.credentials
    calendar.away = False
    assert told.credentials.access_key == "k2"


def test_an_engine_hears_of_a_newer_key_once(server: Server) -> None:
    calendar = Calendar(3600)
    told = calendar.access()
    news = renewals(told)
    session = Session(EngineSettings(), ["SELECT 1"], news)
    try:
        secret = "SELECT secret_string FROM duckdb_secrets()"
        assert session.rows(secret) == []
        calendar.now += 3600
        assert "key_id=k2" in session.rows(secret)[0][0]
        calendar.now += 3600
        answer = session.sibling().batches("FROM range(3)", 1)
        assert [next(answer), next(answer)] == [[(0,)], [(1,)]]
        assert "key_id=k3" in session.rows(secret)[0][0]
        assert news() == []
    finally:
        session.close()


def test_open_releases_do_not_outlive_their_keys(bench: Bench, container: Container) -> None:
    """Servers keep releases open for days: one whose key is about to expire is opened anew for the next reader."""
    arrive(bench, 1, FIRST)
    bench.run(as_of="2025-06-15")
    later = 0.0
    shelf = Shelf(lambda: open_workspace(bench.root), calendar=lambda: time.time() + later)
    question = "SELECT count(*) FROM silver.visits"
    with shelf.reader() as first:
        with shelf.reader() as same:
            assert same._engine is first._engine
        later = 3600 - access.RENEWED
        with shelf.reader() as newer:
            assert newer._engine is not first._engine
            assert newer.sql(question).rows() == first.sql(question).rows(), "whoever reads the older one may go on"
    assert shelf._leaving == []
    shelf.close()
