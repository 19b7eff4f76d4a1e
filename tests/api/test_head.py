"""HEAD: what GET answers, without the body."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from api.serving import Server

_OF_THE_MOMENT = ("date", "x-request-id")
ROWS = "/v1/tables/fact_achats/rows"


def _others(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _OF_THE_MOMENT}


@pytest.mark.parametrize(
    "path",
    [
        *("/health", "/ready", "/docs", "/docs/swagger-ui.css", "/openapi.json", "/problems/unknown-table"),
        *("/v1/tables", "/v1/tables/dim_pays", f"{ROWS}?sort=-montant&limit=2", f"{ROWS}?limit=3&format=parquet"),
        *("/v1/kpis", "/v1/kpis/ca_par_pays?format=csv", "/v1/releases", "/v1/releases/r000001", "/v1/runs"),
        *("/v1/quality", "/v1/quality/achats", "/v1/quarantine", "/v1/quarantine/achats?limit=2"),
        *("/v1/lineage/kpi_ca_par_pays?format=svg", "/v1/trace/gold.kpi_ca_par_pays/France"),
        *("/v1/nix", "/v1/tables/nix", f"{ROWS}?limit=0", "/v1/tables?format=csv&release=r9", "/v1/keys"),
    ],
)
def test_a_head_is_a_get_without_its_body(served: Server, path: str) -> None:
    heads = [served.client.head(path, headers=served.headers()), served.client.head(path, headers=served.headers())]
    wanted = served.get(path)
    for head in heads:  # the second one may be a kept answer
        assert (head.status_code, head.content) == (wanted.status_code, b"")
        assert _others(dict(head.headers)) == _others(dict(wanted.headers))
    assert int(heads[0].headers["content-length"]) == len(wanted.content) > 0


def test_a_head_has_the_whole_answer_kept_for_a_get(served: Server) -> None:
    path = f"{ROWS}?limit=7&columns=id_achat"
    head = served.client.head(path, headers=served.headers())
    again = served.client.head(path, headers={**served.headers(), "If-None-Match": head.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", head.headers["etag"])
    assert "link" in head.headers
    assert len(served.get(path).json()["rows"]) == 7


def test_a_head_needs_the_key_that_a_get_needs(served: Server) -> None:
    assert served.client.head("/v1/tables").status_code == 401
    assert served.client.head("/v1/keys", headers=served.headers()).status_code == 403
    open_to_this_key = served.client.head(f"{ROWS}?limit=2", headers=served.headers("unmasked"))
    assert open_to_this_key.headers["etag"] != served.get(ROWS, limit=2).headers["etag"]


def test_figures_tell_a_head_from_a_get(served: Server) -> None:
    assert served.client.head("/metrics", headers=served.headers()).content == b""
    assert 'method="HEAD"' in served.get("/metrics").text


def test_what_has_no_get_has_no_head(served: Server) -> None:
    events = served.client.head("/v1/runs/x/events", headers=served.headers("run"))
    assert (events.status_code, events.headers["allow"]) == (405, "GET")
    sql = served.client.head("/v1/sql", headers=served.headers())
    assert (sql.status_code, sql.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/runs", "GET, HEAD, POST"),
        ("PUT", "/v1/runs/x", "DELETE, GET, HEAD"),
        ("POST", "/v1/runs/x/events", "GET"),
        ("PATCH", "/v1/tables", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_all_that_there_are(served: Server, method: str, path: str, allow: str) -> None:
    answer = served.client.request(method, path, headers=served.headers("admin"))
    assert (answer.status_code, answer.json()["type"], answer.headers["allow"]) == (405, "/problems/method", allow)


def test_the_connection_goes_on_behind_a_head(served: Server) -> None:
    """A body that were sent nevertheless would stand where the next answer is looked for."""
    where = urlsplit(served.address)
    key = f"Host: x\r\nAuthorization: Bearer {served.tokens['read']}\r\n"
    asked = f"HEAD /v1/kpis/ca_par_pays HTTP/1.1\r\n{key}\r\nGET /health HTTP/1.1\r\n{key}Connection: close\r\n\r\n"
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=10) as caller:
        caller.sendall(asked.encode())
        told = b"".join(iter(lambda: caller.recv(65_536), b"")).decode()
    first, second, body = told.split("\r\n\r\n")
    assert first.startswith("HTTP/1.1 200")
    assert (second.splitlines()[0], body) == ("HTTP/1.1 200 OK", '{"status":"ok"}')
