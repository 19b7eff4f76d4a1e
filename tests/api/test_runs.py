"""Runs by HTTP: started, followed, stopped; and what is left of them."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.serving import Server
from dataspark.errors import LakeBusy
from dataspark.wiring import open_workspace


@pytest.fixture(scope="module")
def own(retail: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a copy of the project: runs change it."""
    import shutil

    root = Path(shutil.copytree(retail.root, tmp_path_factory.mktemp("runs") / "retail"))
    server = Server(root)
    yield server
    server.stop()


def events(server: Server, path: str, last: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    headers = {**server.headers("run"), "Accept": "text/event-stream", "Last-Event-ID": str(last)}
    with server.client.stream("GET", path, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        number = 0
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            number = int(value) if field == "id" else number
            if field == "data":
                yield number, json.loads(value)


def test_a_run_is_started_and_followed_to_its_release(own: Server) -> None:
    started = own.post("/v1/runs", {"as_of": "2025-12-31", "full_refresh": True}, "run")
    assert started.status_code == 202, started.text
    again = own.post("/v1/runs", {}, "run")
    assert (again.status_code, again.headers["location"]) == (409, started.headers["location"])
    heard = list(events(own, started.json()["events"]))
    assert [heard[0][1]["event"], heard[-1][1]["event"]] == ["begun", "ended"]
    assert heard[-1][1]["outcome"] == "released"
    assert {one["step"] for _, one in heard if one["event"] == "step-ended"} >= {"clients", "kpi_ca_par_pays"}
    rest = list(events(own, started.json()["events"], last=heard[-3][0]))
    assert rest == heard[-2:]
    record = own.get(started.headers["location"]).json()
    assert (record["id"], record["outcome"]) == (started.json()["id"], "released")
    late = own.client.delete(started.headers["location"], headers=own.headers("run"))
    assert (late.status_code, late.json()["type"]) == (409, "/problems/not-running")


def test_a_new_release_is_seen_at_once(own: Server) -> None:
    before = own.get("/v1/kpis/volumes_mois")
    known = before.json()["release"]
    content = "id_achat,id_client,date_achat,montant,produit\n900002,1,2025-03-01 10:00:00,12.50,Mouse\n"
    (own.project / "data" / "sources" / "achats-3.csv").write_text(content)
    run = own.post("/v1/runs", {"as_of": "2025-12-31"}, "run").json()
    assert list(events(own, run["events"]))[-1][1]["outcome"] == "released"
    after = own.get("/v1/kpis/volumes_mois", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["release"] > known) == (200, True)
    sums = [sum(row["nb_achats"] for row in answer.json()["rows"]) for answer in (before, after)]
    assert sums[1] == sums[0] + 1


def test_wrong_orders(own: Server) -> None:
    for order, says in (
        ({"as_of": "demain"}, "`demain` is no date"),
        ({"select": ["kpi_nix"]}, "kpi_nix"),
        ({"fullrefresh": True}, "fullrefresh"),
        ({"full_refresh": "oui"}, "full_refresh"),
    ):
        answer = own.post("/v1/runs", order, "run")
        assert answer.status_code == 422, answer.text
        assert says in answer.text


def test_a_busy_lake_and_a_run_that_is_stopped(own: Server) -> None:
    workspace = open_workspace(own.project)
    with workspace.lake.hold("a test"):
        busy = own.post("/v1/runs", {}, "run")
        assert (busy.status_code, busy.json()["type"]) == (409, "/problems/busy")
        assert "process" not in busy.text
    before = own.get("/ready").json()["release"]
    run = own.post("/v1/runs", {"as_of": "2025-12-31", "full_refresh": True}, "run").json()
    stopped = own.client.delete(f"/v1/runs/{run['id']}", headers=own.headers("run"))
    assert stopped.status_code == 202
    assert list(events(own, run["events"]))[-1][1]["outcome"] == "stopped"
    with _held(own.project):
        assert own.get("/ready").json()["release"] == before


def test_a_server_that_is_stopped_stops_its_run_and_one_that_is_killed_does_no_harm(own: Server) -> None:
    follower = Server(own.project)
    run = follower.post("/v1/runs", {"full_refresh": True, "as_of": "2025-12-31"}, "run").json()
    stream = events(follower, run["events"])
    next(stream)
    began = time.monotonic()
    follower.process.send_signal(signal.SIGTERM)
    list(stream)  # it ends, and does not keep the server
    follower.stop()
    assert time.monotonic() - began < 8
    assert follower.process.returncode == 0
    workspace = open_workspace(own.project)
    with workspace.lake.hold("a test"):
        assert not workspace.lake.runs()[-1]["published"]
    killed = Server(own.project)
    killed.post("/v1/runs", {"full_refresh": True, "as_of": "2025-12-31"}, "run")
    killed.process.kill()
    killed.stop()
    with _held(own.project):  # it went on to its end
        assert workspace.lake.runs()[-1]["published"]
    assert own.get("/ready").json()["status"] == "ready"


@contextmanager
def _held(project: Path) -> Iterator[None]:
    """Hold the lake, as soon as nobody else does."""
    lake, until = open_workspace(project).lake, time.monotonic() + 20
    with ExitStack() as holding:
        while True:
            try:
                holding.enter_context(lake.hold("a test"))
                break
            except LakeBusy:
                assert time.monotonic() < until
                time.sleep(0.1)
        yield
