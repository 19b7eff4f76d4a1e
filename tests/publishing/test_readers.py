"""Readers never see tables of two releases, and no publish that stops leaves anything half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import dataspark
from dataspark.errors import DataSparkError, PublishBusy, PublishError
from postgres import Base, Server, database
from publishing.test_schemas import change, star
from publishing.test_values import of_models
from workbench import Bench

ROWS = "SELECT range AS id, {n} AS n FROM range(2000)"


def numbered(root: Path) -> Bench:
    """Two releases whose every table says which release it is of, and one table that never changes."""
    bench = of_models(root, a=ROWS.format(n=1), b=ROWS.format(n=1), still="SELECT 1 AS n")
    change(bench, a=ROWS.format(n=2), b=ROWS.format(n=2))
    return bench


READS: dict[str, tuple[str, list[str]]] = {
    "one statement": (
        "READ COMMITTED",
        ["SELECT (SELECT sum(n) FROM p.a), (SELECT sum(n) FROM p.b)"],
    ),
    "a join": ("READ COMMITTED", ["SELECT sum(a.n), sum(b.n) FROM p.a JOIN p.b USING (id)"]),
    "one after the other": ("READ COMMITTED", ["SELECT sum(n) FROM p.a", "SELECT sum(n) FROM p.b"]),
    "the other way round": ("READ COMMITTED", ["SELECT sum(n) FROM p.b", "SELECT sum(n) FROM p.a"]),
    "a snapshot": ("REPEATABLE READ", ["SELECT 1 FROM p.still", "SELECT sum(n) FROM p.a", "SELECT sum(n) FROM p.b"]),
}


def hammer(
    base: Base, read: str, stop: threading.Event, seen: list[tuple[Any, ...]], wrong: list[BaseException]
) -> None:
    level, queries = READS[read]
    try:
        with base.connect() as connection:
            while not stop.is_set():
                connection.execute(f"BEGIN ISOLATION LEVEL {level}")  # type: ignore[call-overload]
                found = [row for query in queries for row in connection.execute(query).fetchall()]  # type: ignore[call-overload]
                connection.execute("COMMIT")
                seen.append(tuple(value for row in found for value in row)[-2:])
                time.sleep(0.002)
    except psycopg.Error as error:
        wrong.append(error)


def test_readers_see_one_release_at_a_time(base: Base, tmp_path: Path) -> None:
    bench = numbered(tmp_path / "p")
    dataspark.publish(bench.root, base.url, release="r000001")
    stop, wrong = threading.Event(), list[BaseException]()
    seen: dict[str, list[tuple[Any, ...]]] = {read: [] for read in READS}
    threads = [threading.Thread(target=hammer, args=(base, read, stop, seen[read], wrong)) for read in READS]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            done = dataspark.publish(bench.root, base.url, release=f"r00000{2 - number % 2}")
            assert [one.outcome for one in done.tables] == ["loaded", "loaded", "kept"]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong
    for read, found in seen.items():
        assert set(found) == {(2000, 2000), (4000, 4000)}, read
        assert len(found) > 20, read


def test_a_snapshot_from_before_the_swap_sees_the_new_rows_and_not_none(base: Base, tmp_path: Path) -> None:
    bench = numbered(tmp_path / "p")
    dataspark.publish(bench.root, base.url, release="r000001")
    with base.connect() as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        assert reader.execute("SELECT n FROM p.still").fetchall() == [(1,)]
        dataspark.publish(bench.root, base.url)
        assert reader.execute("SELECT sum(a.n), sum(b.n) FROM p.a JOIN p.b USING (id)").fetchall() == [(4000, 4000)]


@contextmanager
def reading(base: Base, *queries: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A reader in the middle of its transaction."""
    with base.connect(application_name="tableau", autocommit=False) as connection:
        for query in queries:
            connection.execute(query)  # type: ignore[call-overload]
        yield connection
        connection.rollback()


def test_a_reader_that_does_not_end_is_named_and_left_alone(base: Base, tmp_path: Path) -> None:
    bench = numbered(tmp_path / "p")
    dataspark.publish(bench.root, base.url, release="r000001")
    with reading(base, "SELECT sum(n) FROM p.b") as reader:
        with pytest.raises(
            PublishBusy, match=r"`p` could not be replaced within 0.6 s: dataspark \(tableau, process \d+"
        ):
            dataspark.publish(bench.root, base.url, wait=0.6)
        # It was not ended, others read on meanwhile, and nothing is left behind.
        assert reader.execute("SELECT sum(n) FROM p.a").fetchall() == [(2000,)]
        assert base.rows("SELECT sum(n) FROM p.b") == [(2000,)]
        assert base.rows("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '\\_data%'") == [(0,)]
    assert dataspark.publish(bench.root, base.url).changed
    assert base.rows("SELECT sum(n) FROM p.b") == [(4000,)]


def test_a_reader_who_needs_what_a_swap_holds_goes_first(base: Base, tmp_path: Path) -> None:
    """It holds one table and asks for the other while the swap waits: the server must not end the reader."""
    bench = numbered(tmp_path / "p")
    dataspark.publish(bench.root, base.url, release="r000001")
    told: list[str] = []
    with reading(base, "SELECT sum(n) FROM p.b") as reader:
        publisher = background(lambda: dataspark.publish(bench.root, base.url), told)
        until(
            lambda: (
                base.rows("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted")[0][0] > 0
            )
        )
        assert reader.execute("SELECT sum(n) FROM p.a").fetchall() == [(2000,)]
    publisher.join()
    assert told == ["done"]


def background(work: Callable[[], object], told: list[str]) -> threading.Thread:
    def run() -> None:
        try:
            work()
            told.append("done")
        except DataSparkError as error:
            told.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until(condition: Callable[[], bool]) -> None:
    for _try in range(400):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def publisher_of(bench: Bench, base: Base) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dataspark", "publish", base.url, "--project", str(bench.root), "-q"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))


def staged(base: Base) -> int:
    return int(base.rows("SELECT count(*) FROM pg_tables WHERE schemaname = '_dataspark_p'")[0][0])


def test_a_publisher_killed_while_it_loads(base: Base, tmp_path: Path) -> None:
    bench = of_models(tmp_path / "p", a=ROWS.format(n=1), b=ROWS.format(n=1))
    dataspark.publish(bench.root, base.url)
    change(bench, a=ROWS.format(n=2), b="SELECT range AS id, 2 AS n, repeat('x', 200) AS large FROM range(400000)")
    publisher = publisher_of(bench, base)
    until(lambda: bool(base.rows("SELECT 1 FROM pg_stat_progress_copy WHERE tuples_processed > 5000")))
    publisher.send_signal(signal.SIGKILL)
    publisher.wait()
    until(lambda: not base.rows("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'dataspark publish%'"))
    assert staged(base) == 1  # `a` is loaded and `b` was not
    assert base.rows("SELECT sum(a.n), sum(b.n) FROM p.a JOIN p.b USING (id)") == [(2000, 2000)]
    change(bench, b=ROWS.format(n=3))
    dataspark.publish(bench.root, base.url)
    assert base.rows("SELECT sum(a.n), sum(b.n) FROM p.a JOIN p.b USING (id)") == [(4000, 6000)]
    assert base.rows("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '\\_data%'") == [(0,)]


@pytest.mark.parametrize("how", ["the session is ended", "the server dies"])
def test_a_connection_that_is_lost_before_the_swap(postgres: Server, tmp_path: Path, how: str) -> None:
    bench = numbered(tmp_path / "p")
    told: list[str] = []
    with database(postgres) as base:
        dataspark.publish(bench.root, base.url, release="r000001")
        reader = base.connect(autocommit=False)
        reader.execute("SELECT sum(n) FROM p.b")
        publisher = background(lambda: dataspark.publish(bench.root, base.url), told)
        until(lambda: staged(base) == 2)
        if how == "the server dies":
            postgres.stop()
        else:
            ended = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dataspark pub%'"
            )
            base.run(ended)
        publisher.join()
        reader.close()
        if how == "the server dies":
            postgres.start()
        assert told[0].startswith("PublishError: ")
        assert "the connection to" in told[0]
        assert "readers still see what was published before" in told[0]
        assert base.rows("SELECT sum(a.n), sum(b.n) FROM p.a JOIN p.b USING (id)") == [(2000, 2000)]
        dataspark.publish(bench.root, base.url)
        assert base.rows("SELECT sum(a.n), sum(b.n) FROM p.a JOIN p.b USING (id)") == [(4000, 4000)]
        assert base.rows("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '\\_data%'") == [(0,)]


def test_a_full_disk_leaves_the_old_tables(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    dataspark.publish(bench.root, base.url)
    change(bench, fact="SELECT 1 AS n, 1 AS dim_id, 'c1' AS code")
    base.run(
        "CREATE FUNCTION public.full_disk() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'could not extend file \"base/5/16384\": No space left on device' USING ERRCODE = '53100'; END $$",
        "CREATE EVENT TRIGGER no_space ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.full_disk()",
    )
    with pytest.raises(
        PublishError,
        match=r"loading fact: the server's disk is full: could not extend .*No space left on device\n\nhint: free some space",
    ) as caught:
        dataspark.publish(bench.root, base.url)
    assert caught.value.exit_code == 3
    assert base.rows("SELECT count(*) FROM p.fact") == [(2,)]
    base.run("DROP EVENT TRIGGER no_space")
    dataspark.publish(bench.root, base.url)
    assert base.rows("SELECT count(*) FROM p.fact") == [(1,)]


def test_what_a_killed_publish_left_goes_though_nothing_is_to_be_done(base: Base, tmp_path: Path) -> None:
    """It takes room on a disk that may have been the reason."""
    bench = star(tmp_path / "p")
    dataspark.publish(bench.root, base.url)
    change(bench, fact="SELECT 1 AS n, 1 AS dim_id, 'c1' AS code")
    base.run(
        "CREATE FUNCTION public.killed() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END $$",
        "CREATE EVENT TRIGGER killer ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.killed()",
    )
    with pytest.raises(PublishError, match=r"the connection to .* was lost"):
        dataspark.publish(bench.root, base.url)
    left = "SELECT count(*) FROM pg_namespace WHERE nspname = '_dataspark_p'"
    assert base.rows(left) == [(1,)]
    base.run("DROP EVENT TRIGGER killer")
    assert not dataspark.publish(bench.root, base.url, release="r000001").changed
    assert base.rows(left) == [(0,)]
