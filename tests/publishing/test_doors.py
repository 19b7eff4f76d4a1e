"""The command, addresses and everything that keeps a database closed."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

import dataspark
from cli.calling import dataspark as call
from dataspark.errors import PublishError, UsageError
from dataspark.publishing.address import Address, read_address
from postgres import Base
from publishing.test_schemas import change, star
from workbench import Bench


def test_the_command_says_what_it_did(base: Base, retail: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    told = call("publish", base.url, "--schema", "ventes", project=retail.root)
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == f"retail  release r000001, as of 2025-12-31 → {base.url}"
    assert any(line.split()[:3] == ["dim_pays", "9", "loaded"] for line in lines)
    assert "  masked   dim_client: nom, email (NULL; `--unmasked` publishes the values)" in lines
    assert "  release  r000001: readers see it now" in lines
    assert "dim_pays … 9 rows" in told.err.splitlines()
    monkeypatch.setenv("DATASPARK_POSTGRESQL_URL", base.url)
    again = call("publish", "--schema", "ventes", "--json", project=retail.root)
    assert again.code == 0
    assert not again.err
    assert (again.json["changed"], again.json["release"], again.json["schema"]) == (False, "r000001", "ventes")
    assert {one["outcome"] for one in again.json["tables"]} == {"kept"}
    status = call("publish", "--status", "--schema", "ventes", project=retail.root)
    assert status.out.splitlines()[0] == "ventes  release r000001 of retail, as of 2025-12-31"
    as_json = call("publish", "--status", "--schema", "ventes", "--json", project=retail.root).json
    assert (as_json["project"], as_json["release"], as_json["newest_release"]) == ("retail", "r000001", "r000001")
    assert as_json["tables"]["dim_pays"]["rows"] == 9
    nothing = call("publish", "--status", project=retail.root)
    assert nothing.code == 2
    assert "error: nothing is published in schema `retail`" in nothing.err


def test_status_says_that_a_newer_release_is_not_published(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    dataspark.publish(bench.root, base.url)
    change(bench, dim="SELECT 9 AS id, 'c' AS code, 's' AS secret", fact="SELECT 1 AS n, 9 AS dim_id, 'c' AS code")
    told = call("publish", base.url, "--status", project=bench.root)
    assert told.out.splitlines()[-1] == "  newer      release r000002 is not published"


def test_a_project_without_a_release_and_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATASPARK_POSTGRESQL_URL", raising=False)
    (tmp_path / "dataspark.toml").touch()
    none = call("publish", project=tmp_path)
    assert none.code == 2
    assert "error: no database is named" in none.err
    early = call("publish", "postgresql://localhost:1/x", project=tmp_path)
    assert early.code == 2
    assert "has no release yet" in early.err


def test_doors_that_stay_closed(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = star(tmp_path / "p")
    server = base.server
    base.run("DROP ROLE IF EXISTS avec_mdp", "CREATE ROLE avec_mdp LOGIN PASSWORD 'p@ss/w0rd'")
    door = f"127.0.0.1:{server.port}/{base.name}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    cases = {
        f"postgresql://u:geheim@127.0.0.1:{port}/x": (
            r"u:\*\*\*@.* cannot be opened: .*refused",
            "is the server running",
        ),
        f"postgresql://avec_mdp:geheim@{door}": ("cannot be opened: password authentication failed", "PGPASSWORD"),
        f"postgresql://dataspark@127.0.0.1:{server.port}/nowhere": ('database "nowhere" does not exist', "createdb"),
        f"postgresql://nobody_here@{door}": ('role "nobody_here" does not exist', "names of the database"),
    }
    for url, (told, hint) in cases.items():
        with pytest.raises(PublishError, match=told) as caught:
            dataspark.publish(bench.root, url)
        assert caught.value.exit_code == 3
        assert hint in caught.value.hint
        assert "geheim" not in f"{caught.value} {caught.value.__cause__}"
    monkeypatch.setenv("PGPASSWORD", "p@ss/w0rd")
    with pytest.raises(
        PublishError, match=r"making the schema `p`|making the schema `_dataspark_p`: permission denied"
    ) as caught:
        dataspark.publish(bench.root, f"postgresql://avec_mdp@{door}")
    assert f'GRANT CREATE ON DATABASE "{base.name}" TO "avec_mdp"' in caught.value.hint
    base.run(f'GRANT CREATE ON DATABASE "{base.name}" TO avec_mdp')
    assert dataspark.publish(bench.root, f"postgresql://avec_mdp@{door}").changed
    base.run("DROP OWNED BY avec_mdp CASCADE")


def test_addresses_are_read_and_shown_without_their_secrets() -> None:
    def shown(url: str) -> str:
        return Address(url).shown

    assert shown("postgresql://u:p%40ss@h:5432/d") == "postgresql://u:***@h:5432/d"
    assert shown("postgres://h/d?password=x&sslmode=require") == "postgres://h/d?password=***&sslmode=require"
    assert shown("postgresql://u@[::1]:5432/d") == "postgresql://u@[::1]:5432/d"
    assert shown("postgresql:///d?service=prod") == "postgresql:///d?service=prod"
    assert Address("postgresql://u:p%40s@h/d").hide("no p@s, no p%40s") == "no ***, no ***"
    assert read_address(None, {"DATASPARK_POSTGRESQL_URL": "postgresql://h/d"}).url == "postgresql://h/d"
    for wrong, told in {
        "mysql://u:geheim@h/d": r"`mysql://…` is no address",
        "host=h password=geheim": "what is given is no address",
        "postgresql+asyncpg://u:geheim@h/d": r"`postgresql\+asyncpg://…` is no address",
        "postgresql://u:ge/heim@h/d": r"cannot be read: write `/`, `#`",
    }.items():
        with pytest.raises(UsageError, match=told) as caught:
            read_address(wrong, {})
        assert "heim" not in str(caught.value)


def test_psycopg_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = star(tmp_path / "p")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    told = call("publish", "postgresql://h/d", "--json", project=bench.root)
    assert told.code == 2
    error = json.loads(told.out)["error"]
    assert error["message"] == "publishing needs psycopg, which is not installed"
    assert error["hint"] == "pip install 'dataspark[postgresql]'"
