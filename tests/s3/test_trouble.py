"""S3 that is away, slow, overloaded or closed: tried again where that helps, else told; nothing is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import s3proxy
from conftest import place_in_s3
from dataspark.errors import DataSparkError, StorageError, UsageError
from dataspark.lake import access
from dataspark.lake.areas import buckets
from dataspark.project import StorageSettings
from dataspark.reader import open_reader
from s3proxy import Proxy, Request, proxied
from s3server import READER, READER_SECRET, Server
from test_incremental import HEADERS, arrive, lab
from test_killed import FIRST, SECOND
from workbench import Bench, csv


@pytest.fixture
def proxy(server: Server, s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before the server, in all settings, and a lake in S3 behind it. Nobody waits long."""
    monkeypatch.setattr(access, "RETRY_SECONDS", 6)
    monkeypatch.setattr(access, "SILENT_SECONDS", 5)
    monkeypatch.setattr(access, "ENGINE_RETRIES", 3)
    with proxied(server.url) as made:
        place_in_s3(s3, monkeypatch)
        monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", made.url)
        yield made


@pytest.fixture
def bench(tmp_path: Path, proxy: Proxy) -> Bench:
    """A project with one finished run."""
    made = lab(tmp_path, "hold")
    arrive(made, 1, FIRST)
    made.run(as_of="2025-06-15")
    proxy.seen.clear()
    return made


def test_a_run_with_nothing_new_reads_no_file(bench: Bench, proxy: Proxy) -> None:
    sources = bench.workspace.lake.sources
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: sources.write(f"strangers/{number}.bin", b"nobody reads this"), range(1200)))
    proxy.seen.clear()
    report = bench.run(as_of="2025-06-15")
    assert not report.published
    assert not [request for request in proxy.seen if re.search(r"\.(csv|parquet|bin)|_delta_log", request.key)]
    assert sum(request.lists for request in proxy.seen) == 2, "a page of names for each thousand files"
    assert len(proxy.seen) <= 30
    changes = [request.key.rpartition("/")[2] for request in proxy.seen if request.method != "GET"]
    assert sorted(changes)[:2] == [f"{report.id}.json", "_lock"]
    assert set(changes) == {f"{report.id}.json", "_lock"}


@pytest.mark.parametrize("trouble", [s3proxy.SLOW_DOWN, s3proxy.LOSE_ANSWER, s3proxy.CUT])
def test_passing_trouble_is_not_noticed(bench: Bench, proxy: Proxy, trouble: str) -> None:
    """Every fifth request fails once: the run ends as if nothing had been."""
    failed: set[tuple[str, str]] = set()

    def behave(request: Request) -> str:
        # What breaks off behind its head is asked for again by us; by the library that reads Delta's logs it is not.
        ours = request.method == "GET" and not request.lists and request.key.endswith((".csv", ".json"))
        if trouble == s3proxy.CUT and not (ours and "_delta_log" not in request.key):
            return s3proxy.PASS
        # The engine starts an upload in parts by a POST and does not try that again when it is cut off.
        if trouble != s3proxy.SLOW_DOWN and request.method == "POST":
            return s3proxy.PASS
        if request.number % 5 or (request.method, request.key) in failed:
            return s3proxy.PASS
        failed.add((request.method, request.key))
        return trouble

    arrive(bench, 2, SECOND)
    proxy.behave = behave
    assert bench.run(as_of="2025-06-21").published
    assert len(failed) > 4
    proxy.behave = lambda request: s3proxy.PASS
    assert sorted(bench.gold("notes"), key=str) == [("bye", "1"), ("hello", "1"), (None, "1")]


@pytest.mark.parametrize("share", range(2))
def test_away_in_the_middle_of_a_run(bench: Bench, proxy: Proxy, share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it goes: readers see the old release, and the run that is given again ends right."""
    monkeypatch.setattr(access, "_RETRIES", 1)
    before = bench.gold("notes")
    arrive(bench, 2, SECOND)
    after = 20 + 90 * share
    proxy.seen.clear()
    proxy.behave = lambda request: s3proxy.REFUSE if request.number > after else s3proxy.PASS
    with pytest.raises(DataSparkError, match=re.escape(proxy.url)) as caught:
        bench.run(as_of="2025-06-21")
    assert caught.value.exit_code == 3
    proxy.behave = lambda request: s3proxy.PASS
    assert bench.workspace.lake.release_ids() == ["r000001"]
    assert bench.gold("notes") == before
    assert bench.run(as_of="2025-06-21").published
    assert sorted(bench.gold("notes"), key=str) == [("bye", "1"), ("hello", "1"), (None, "1")]


def test_a_reader_is_told_too(bench: Bench, proxy: Proxy) -> None:
    with open_reader(bench.root) as reader:
        proxy.behave = lambda request: s3proxy.SLOW_DOWN
        begun = time.monotonic()
        with pytest.raises(StorageError, match=r"asks to slow down and did so for 6 s") as caught:
            reader.table("notes").rows()
        assert time.monotonic() - begun < 30
        assert "run again later" in caught.value.hint


def test_a_server_that_says_nothing(bench: Bench, proxy: Proxy) -> None:
    proxy.behave, proxy.hang = (lambda request: s3proxy.HANG), 30
    begun = time.monotonic()
    with pytest.raises(StorageError, match=r"does not answer \(tried for up to 6 s\)"):
        bench.workspace.lake.release()
    assert time.monotonic() - begun < 20
    proxy.behave, proxy.hang = (lambda request: s3proxy.PASS), 0


def test_wrong_keys(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    key = bench.workspace.lake.gold.read("_release.json") and "AWS_ACCESS_KEY_ID"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(
        StorageError, match=r"reading s3://dataspark-test-lake/.*/_release\.json failed: .*does not accept the secret"
    ):
        bench.workspace.lake.release()
    with pytest.raises(StorageError, match="does not accept the secret") as caught:
        bench.run(as_of="2025-06-15")
    assert str(key) in caught.value.hint
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    with pytest.raises(StorageError, match="does not know the key nobody"):
        bench.run(as_of="2025-06-15")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(UsageError, match="half a key: AWS_ACCESS_KEY_ID is not set"):
        bench.run(as_of="2025-06-15")


def test_a_key_that_may_only_read(bench: Bench, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    if not server.own:
        pytest.skip("another server has no such user")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", READER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", READER_SECRET)
    with open_reader(bench.root) as reader:
        assert reader.table("notes").rows()
    with pytest.raises(StorageError, match=r"writing s3://.*/_lock failed: .* does not allow it to the key reader"):
        bench.run(as_of="2025-06-15")


def test_no_such_bucket(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only looks makes none; a run makes all of them."""
    for area in ("sources", "bronze", "silver", "gold"):
        monkeypatch.setenv(f"DATASPARK_LAKE_{area.upper()}", f"s3://{s3}-{area}")
    bench = lab(tmp_path, "keep")
    with pytest.raises(UsageError, match="has no release yet"):
        open_reader(tmp_path)
    assert bench.workspace.lake.source_files() == []
    sources = bench.workspace.lake.sources
    with pytest.raises(StorageError, match=r"the S3 endpoint http://\S+ has no such bucket"):
        sources.write("visits.csv", b"")
    bench.put("visits.csv", csv(HEADERS["visits"], "1,hello"))
    assert bench.run(as_of="2025-06-15").published
    assert bench.gold("notes") == [("hello", "1")]
    for bucket in buckets(bench.workspace.lake.areas):
        bucket.make()  # those that are there are left alone


def test_no_endpoint_there(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_RETRIES", 1)
    place_in_s3(s3, monkeypatch)
    monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match=r"the S3 endpoint http://127\.0\.0\.1:9 does not answer") as caught:
        lab(tmp_path, "keep").run(as_of="2025-06-15")
    assert "endpoint_url" in caught.value.hint


def test_nothing_waits_longer_than_is_said() -> None:
    made = access.Access(StorageSettings(), access.Credentials("k", "s"))
    assert made.endpoint == "https://s3.us-east-1.amazonaws.com"
    assert access.for_obstore(made, "b")["retry_config"]["retry_timeout"].total_seconds() == 30
    assert access.for_deltalake(made, "b")["retry_timeout"] == "30s"
