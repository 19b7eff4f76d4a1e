"""A whole stack: real servers, started and ended by the command, and a run on them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import obstore
import psutil
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from cli.calling import AS_OF, Answer, dataspark
from dataspark.stack.control import prefect_settings
from sparks import require_spark
from stack.stacks import Stack, stack_of


def _spark_is_there() -> bool:
    from dataspark.stack.parts.spark import SPARK

    return SPARK.lack() is None


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Stack, Answer]]:
    """A stack with all that this machine can have, and what `up` said."""
    parts = "s3,postgres,prefect,spark" if _spark_is_there() else "s3,postgres,prefect"
    with stack_of(parts) as stack:
        yield stack, stack.up()
        stack.down()
        assert stack.processes() == []
        assert stack.open_ports() == []


@pytest.fixture
def stack(running: tuple[Stack, Answer]) -> Stack:
    assert running[1].code == 0, running[1].err
    return running[0]


def _secrets(stack: Stack) -> dict[str, str]:
    return dict(json.loads((stack.folder / "credentials.json").read_text()))


def _prefect(stack: Stack, path: str, body: object = None, password: str | None = None) -> object:
    """Ask Prefect's API."""
    url = f"http://127.0.0.1:{4200 + stack.offset}/api{path}"
    told = f"dataspark:{password or _secrets(stack)['prefect']}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(told).decode()}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as answer:
        return json.load(answer)


async def _ask(stack: Stack, question: str, password: str | None = None) -> list[tuple[object, ...]]:
    """Ask PostgreSQL."""
    told = password or _secrets(stack)["postgres"]
    port = 5432 + stack.offset
    to = await asyncpg.connect(host="127.0.0.1", port=port, user="dataspark", password=told, database="prefect")
    try:
        return [tuple(row) for row in await to.fetch(question)]
    finally:
        await to.close()


def _bucket(stack: Stack, name: str, secret: str | None = None) -> S3Store:
    return S3Store(
        name,
        endpoint=f"http://127.0.0.1:{8333 + stack.offset}",
        region="us-east-1",
        access_key_id="dataspark",
        secret_access_key=secret or _secrets(stack)["s3"],
        client_options={"allow_http": True},
    )


def test_up_shows_each_address_and_password_once(running: tuple[Stack, Answer]) -> None:
    stack, said = running
    assert said.code == 0, said.err
    lines = {line.split("  ")[1].strip(): line for line in said.out.splitlines() if line.startswith("  ")}
    secrets = _secrets(stack)
    assert f"http://127.0.0.1:{8333 + stack.offset}" in lines["S3"]
    assert secrets["s3"] in lines["S3"]
    assert f"postgresql://127.0.0.1:{5432 + stack.offset}/prefect" in lines["PostgreSQL"]
    assert secrets["postgres"] in lines["PostgreSQL"]
    assert f"http://127.0.0.1:{4200 + stack.offset}" in lines["Prefect"]
    assert secrets["prefect"] in lines["Prefect"]
    again = stack.up()
    assert again.code == 0
    assert "up already" in again.out
    assert str(stack.folder / "credentials.json") in again.out
    assert not any(secret in again.out for name, secret in secrets.items() if name != "user")


def test_passwords_are_for_their_owner_only(stack: Stack) -> None:
    holding = [
        file
        for file in stack.folder.rglob("*")
        if file.is_file() and "logs" not in file.parts and file.suffix in (".json", ".toml", ".conf", "")
        if any(secret.encode() in file.read_bytes() for name, secret in _secrets(stack).items() if name != "user")
    ]
    assert {file.name for file in holding} >= {"credentials.json", "aws-credentials"}
    assert {oct(stat.S_IMODE(file.stat().st_mode)) for file in holding} == {"0o600"}
    outside = [file for file in stack.project.rglob("*") if file.is_file() and stack.folder not in file.parents]
    assert not [
        file for file in outside if any(s.encode() in file.read_bytes() for s in list(_secrets(stack).values())[1:])
    ]
    for process in stack.processes():
        assert not any(secret in " ".join(process.cmdline()) for secret in list(_secrets(stack).values())[1:])


def test_nothing_listens_beyond_loopback(stack: Stack) -> None:
    for process in stack.processes():
        for one in process.net_connections("inet"):
            assert one.status != psutil.CONN_LISTEN or one.laddr.ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1"), process


def test_every_door_wants_its_password(stack: Stack) -> None:
    with pytest.raises(BaseError, match="SignatureDoesNotMatch"):
        obstore.list(_bucket(stack, "gold", "wrong")).collect()
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(_ask(stack, "SELECT 1", "wrong"))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        _prefect(stack, "/flows/count", {}, "wrong")
    with pytest.raises(urllib.error.HTTPError, match="401"):  # the filer behind the S3 door
        urllib.request.urlopen(f"http://127.0.0.1:{18338 + stack.offset}/buckets/", timeout=5)


def test_what_prefect_knows_is_in_postgresql(stack: Stack) -> None:
    made = _prefect(stack, "/flows/", {"name": "seen-from-outside"})
    assert isinstance(made, dict)
    assert asyncio.run(_ask(stack, "SELECT id::text FROM flow WHERE name = 'seen-from-outside'")) == [(made["id"],)]
    told = prefect_settings(stack.project)
    assert told["PREFECT_API_URL"] == f"http://127.0.0.1:{4200 + stack.offset}/api"
    assert told["PREFECT_API_AUTH_STRING"] == f"dataspark:{_secrets(stack)['prefect']}"


def test_a_project_runs_on_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-another-server")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-another-server")
    asked = {"project": stack.project}
    assert dataspark("upload", stack.project / "data/sources/ventes.csv", "--profile", "stack", **asked).code == 0
    done = dataspark("run", "--profile", "stack", "--engine", "duckdb", "--as-of", AS_OF, "--json", **asked)
    assert done.code == 0, done.out
    assert done.json["release"] == "r000001"
    names = {one["path"] for page in obstore.list(_bucket(stack, "gold")) for one in page}
    assert "_release.json" in names
    rows = dataspark("query", "select sum(ca_total) as ca from ca_par_produit", "--json", "--profile", "stack", **asked)
    assert "644.3" in rows.out
    assert not (stack.project / "lake").exists()


_ON_THE_CLUSTER = """
import sys
from pyspark.sql import SparkSession
from dataspark.engines.spark import settings
from dataspark.engines.spark.jars import installed_jars
from dataspark.project import read_project
from pathlib import Path

engine = read_project(sys.argv[1], "stack").engine
assert engine.name == "spark", engine
builder = SparkSession.builder
for key, value in settings.application(engine, installed_jars(), Path(sys.argv[2])).items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
print(spark.range(0, 1000, 1, 4).selectExpr("sum(id)").first()[0])
spark.stop()
"""


def test_spark_works_with_the_settings_of_the_profile(stack: Stack, tmp_path: Path) -> None:
    if "spark" not in stack.parts:
        require_spark()
    command = [sys.executable, "-c", _ON_THE_CLUSTER, str(stack.project), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "499500", done.stderr
    # A worker deletes what an application leaves behind, so its master is asked.
    master = next(part for part in stack.status().json["parts"] if part["name"] == "spark")
    with urllib.request.urlopen(f"{master['page']}/json/") as told:
        known = json.load(told)
    apps = [app["name"] for app in known["activeapps"] + known["completedapps"]]
    assert "dataspark" in apps, "the application ran elsewhere"


def test_a_part_that_dies_is_started_again_and_keeps_what_it_has(stack: Stack) -> None:
    obstore.put(_bucket(stack, "sources"), "kept.txt", b"kept")
    before = {name: stack.pid(name) for name in ("s3", "postgres")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    _until(lambda: stack.status().code == 3)
    _until(lambda: stack.status().json["ok"])
    for part in stack.status().json["parts"]:
        if part["name"] in before:
            assert part["pid"] != before[part["name"]]
            assert part["restarts"] == 1
            assert part["trouble"] == "ended with SIGKILL"
    assert bytes(obstore.get(_bucket(stack, "sources"), "kept.txt").bytes()) == b"kept"
    # Prefect finds its database again by itself.
    assert _prefect(stack, "/flows/", {"name": "after-the-restart"})


def _until(holds: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.05)
