"""Keys: who may do what, how they are kept, and how a server learns that one is worthless."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from api.serving import Server
from cli.calling import dataspark
from dataspark.api.keys import KeyRing, Keys, Scope
from dataspark.errors import UsageError


def test_without_a_key_nothing_is_told(served: Server) -> None:
    for headers in ({}, {"Authorization": "Bearer ds_nix"}, {"Authorization": f"Basic {served.tokens['read']}"}):
        for path in ("/v1/tables", "/v1/nix", "/metrics"):
            answer = served.client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (401, "/problems/no-key")
            assert answer.headers["www-authenticate"] == "Bearer"
    in_the_address = served.client.get("/v1/tables", params={"key": served.tokens["read"]})
    assert in_the_address.status_code == 401


def test_scopes(served: Server) -> None:
    for scope in ("read", "unmasked"):
        answer = served.client.post("/v1/runs", headers=served.headers(scope))
        assert (answer.status_code, answer.json()["needed"]) == (403, "run")
    assert served.get("/v1/keys", "run").json()["needed"] == "admin"
    listed = served.get("/v1/keys", "admin")
    assert {one["name"] for one in listed.json()["keys"]} >= {"read", "run", "admin", "unmasked"}
    assert "digest" not in listed.text


def test_a_key_is_kept_as_a_hash_for_its_owner_alone(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "deep" / "keys.json")
    token, key = keys.create("bi", ["read"], "90d")
    content = keys.path.read_text()
    assert token not in content
    assert token.removeprefix("ds_") not in content
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert token.endswith(key.ending)
    assert len(token) == 46
    with pytest.raises(UsageError, match="there is a key `bi` already"):
        keys.create("bi", ["read"])
    with pytest.raises(UsageError, match="no scope `raed`"):
        keys.create("other", ["raed"])
    with pytest.raises(UsageError, match="cannot last `soon`"):
        keys.create("other", ["read"], "soon")
    with pytest.raises(UsageError, match="no key `bo`"):
        keys.revoke("bo")


def test_a_key_is_worthless_when_it_is_revoked_or_over(served: Server) -> None:
    token, _ = served.keys.create("brief", ["read"])
    served.tokens["brief"] = token
    _until(served, "brief", 200)
    answer = served.client.delete("/v1/keys/brief", headers=served.headers("admin"))
    assert answer.status_code == 204
    assert served.get("/v1/tables", "brief").status_code == 401
    token, _ = served.keys.create("brief", ["read"])
    served.tokens["brief"] = token
    _until(served, "brief", 200)
    assert dataspark("api", "key", "revoke", "brief", project=served.project).code == 0
    _until(served, "brief", 401)


def _until(served: Server, key: str, status: int) -> None:
    until = time.monotonic() + 4
    while served.get("/v1/tables", key).status_code != status:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_classification_counts_at_once(scratch: Path) -> None:
    """For kept answers, older releases, ETags and SQL: a restarted server would say the same."""
    server = Server(scratch, requests_per_minute="100000")
    contract = scratch / "contracts" / "clients.odcs.yaml"
    before = contract.read_text()
    path = "/v1/tables/silver.clients/rows?limit=2&columns=id_client,pays"
    older, sql = f"{path}&release=r000001", {"sql": "SELECT count(pays) AS n FROM silver.clients"}

    def until_masked(wanted: list[str] | None) -> None:
        until = time.monotonic() + 6
        while server.get(path).json().get("masked") != wanted:
            assert time.monotonic() < until
            time.sleep(0.1)

    try:
        first = [server.get(path), server.get(path), server.get(older)]
        assert first[0].json()["masked"] == []
        counted = server.post("/v1/sql", sql).json()["rows"]
        contract.write_text(before.replace("- name: pays\n", "- name: pays\n        classification: restricted\n"))
        until_masked(["pays"])
        for answer in (server.get(path), server.get(older)):
            assert [row["pays"] for row in answer.json()["rows"]] == [None, None]
        assert server.get(path, headers={"If-None-Match": first[0].headers["etag"]}).status_code == 200
        assert server.post("/v1/sql", sql).json()["rows"] == [{"n": 0}]
        assert server.get(path, "unmasked").json()["rows"] == first[0].json()["rows"]
        assert server.get("/v1/trace/clients/12").json()["rows"][0]["values"]["pays"] is None
        contract.write_text("nothing that could be read")
        until_masked(None)
        assert (server.get(path).status_code, server.get(path).json()["type"]) == (503, "/problems/project")
        contract.write_text(before)
        until_masked([])
        assert server.get(path).json() == first[0].json()
        assert server.post("/v1/sql", sql).json()["rows"] == counted
    finally:
        server.stop()


def test_the_command_shows_a_key_once(scratch: Path) -> None:
    made = dataspark("api", "key", "create", "bi", "--scope", "read,run", "--expires", "1d", project=scratch)
    assert made.code == 0
    listed = dataspark("api", "key", "list", "--json", project=scratch)
    assert listed.json[0]["scopes"] == ["read", "run"]
    assert made.out.strip() not in listed.out
    assert "bi" in dataspark("api", "key", "list", project=scratch).out


def test_a_server_that_nobody_could_read_does_not_start(scratch: Path) -> None:
    refused = dataspark("api", project=scratch)
    assert refused.code == 2
    assert "has no key" in refused.err
    assert "api key create" in refused.err
    assert dataspark("api", "--open", "--host", "0.0.0.0", project=scratch).code == 2
    assert "belong together" in dataspark("api", "--open", "--tls-key", "x", project=scratch).err


def test_an_open_server_answers_to_this_machine_alone(scratch: Path) -> None:
    server = Server(scratch, "--open", cors_origins="https://app.example.com", requests_per_minute="12")
    try:
        told = server.client.get("/v1/tables/dim_client/rows", params={"limit": 1})
        assert told.json()["rows"][0]["email"] is None
        assert server.client.post("/v1/runs").json()["needed"] == "run"
        rebound = server.client.get("/v1/tables", headers={"Host": "evil.example.com"})
        assert (rebound.status_code, rebound.json()["type"]) == (421, "/problems/host")
        ours = server.client.get("/v1/tables", headers={"Origin": "https://app.example.com"})
        assert ours.headers["access-control-allow-origin"] == "https://app.example.com"
        theirs = server.client.get("/v1/tables", headers={"Origin": "https://evil.example.com"})
        assert "access-control-allow-origin" not in theirs.headers
        answers = [server.client.get("/v1/tables") for _ in range(12)]
        late = answers[-1]
        assert (late.status_code, late.json()["type"]) == (429, "/problems/too-many")
        assert 1 <= int(late.headers["retry-after"]) <= 60
        assert server.get("/v1/tables").status_code == 200  # another caller has requests of its own
    finally:
        server.stop()


def test_origins_are_closed_by_default(served: Server) -> None:
    answer = served.get("/v1/tables", headers={"Origin": "https://app.example.com"})
    assert "access-control-allow-origin" not in answer.headers


def test_a_container_has_its_key_from_outside(tmp_path: Path) -> None:
    given = {"DATASPARK_KEY": "x" * 40, "DATASPARK_KEY_SCOPES": "read,run"}
    ring = KeyRing(Keys(tmp_path / "nowhere" / "keys.json"), given)
    ring.refresh()
    key = ring.find("x" * 40)
    assert key is not None
    assert [key.allows(scope) for scope in (Scope.READ, Scope.RUN, Scope.UNMASKED)] == [True, True, False]
    assert ring.secret() == KeyRing(Keys(tmp_path / "other.json"), given).secret()
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(UsageError, match="DATASPARK_KEY is too short"):
        KeyRing(Keys(tmp_path / "keys.json"), {"DATASPARK_KEY": "secret"})


def test_a_project_without_a_release_is_alive_and_not_ready(tmp_path: Path) -> None:
    assert dataspark("init", tmp_path / "boutique").code == 0
    server = Server(tmp_path / "boutique")
    try:
        assert server.client.get("/health").status_code == 200
        ready = server.client.get("/ready")
        assert (ready.status_code, ready.json()["type"]) == (503, "/problems/not-ready")
        nothing = server.get("/v1/tables")
        assert (nothing.status_code, nothing.json()["type"]) == (404, "/problems/unknown-release")
        assert server.get("/v1/runs").json() == {"runs": []}
        assert "dataspark_http_requests_open 1.0" in server.get("/metrics").text
    finally:
        server.stop()
